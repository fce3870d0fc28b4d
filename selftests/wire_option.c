// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the choice of the wire: socket option XTCP_WIRE, knob net.xtcp.wire,
 * a listener on both wires (F-70).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"
#include "wire_stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const int values[] = { XTCP_WIRE_OWN, XTCP_WIRE_TCP, XTCP_WIRE_BOTH };

#define VALUES	(sizeof(values) / sizeof(*values))

static int set_wire(int fd, int value)
{
	return xt_set(fd, IPPROTO_TCP, XTCP_WIRE, value);
}

static int get_wire(int fd)
{
	return xt_get(fd, IPPROTO_TCP, XTCP_WIRE);
}

/* A fresh socket that goes by @wire. */
static int wire_fd(enum xt_fam fam, int wire)
{
	int fd = xt_socket(fam);

	if (set_wire(fd, wire))
		xt_die("XTCP_WIRE %d", wire);
	return fd;
}

static int listen_on(enum xt_fam fam, int wire)
{
	int fd = wire_fd(fam, wire);
	union xt_addr addr;
	socklen_t len = xt_loopback(fam, 0, &addr);

	if (bind(fd, &addr.sa, len) || listen(fd, 8))
		xt_die("listen on wire %d", wire);
	return fd;
}

/* Whether a byte goes through each way. */
static bool talks(int a, int b, char byte)
{
	char seen = 0, back = 0;

	xt_send_all(a, &byte, 1);
	xt_recv_all(b, &seen, 1);
	xt_send_all(b, &seen, 1);
	xt_recv_all(a, &back, 1);
	return seen == byte && back == byte;
}

static bool two_stacks(void)
{
	return !xt_is_tcp();
}

TEST_F(api, F70_set_and_get)
{
	size_t i;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	for (i = 0; i < VALUES; i++) {
		EXPECT_EQ(0, set_wire(self->fd, values[i]));
		EXPECT_EQ(values[i], get_wire(self->fd));
		EXPECT_EQ(0, xt_set(self->fd, IPPROTO_XTCP, XTCP_WIRE, 0));
		EXPECT_EQ(xt_wire, xt_get(self->fd, IPPROTO_XTCP, XTCP_WIRE));
	}
}

TEST_F(api, F70_bad_values)
{
	static const int bad[] = { -1, 1, 7, 252, 254, 258, 260, 1 << 30 };
	size_t i;
	char c = 6;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	ASSERT_EQ(0, set_wire(self->fd, XTCP_WIRE_BOTH));
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		EXPECT_EQ(-1, set_wire(self->fd, bad[i]));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(-1, setsockopt(self->fd, IPPROTO_TCP, XTCP_WIRE, &c, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(self->fd, IPPROTO_TCP, XTCP_WIRE, NULL, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(XTCP_WIRE_BOTH, get_wire(self->fd));
}

/* The kernel's TCP knows nothing of it. */
TEST_F(api, F70_not_an_option_of_the_kernels)
{
	int fd = wire_socket(KERNEL, self->fam);

	EXPECT_EQ(-1, set_wire(fd, XTCP_WIRE_TCP));
	EXPECT_EQ(ENOPROTOOPT, errno);
	close(fd);
}

static bool is_settled(int fd, int wire)
{
	size_t i;

	for (i = 0; i < VALUES; i++) {
		errno = 0;
		if (!set_wire(fd, values[i]) || errno != EINVAL)
			return false;
	}
	return set_wire(fd, 0) && get_wire(fd) == wire;
}

TEST_F(api, F70_settled_by_bind)
{
	union xt_addr addr;
	socklen_t len;
	size_t i;
	int fd;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	for (i = 0; i < VALUES; i++) {
		fd = wire_fd(self->fam, values[i]);
		len = xt_loopback(self->fam, 0, &addr);
		ASSERT_EQ(0, bind(fd, &addr.sa, len));
		EXPECT_TRUE(is_settled(fd, values[i]));
		ASSERT_EQ(0, listen(fd, 1));
		EXPECT_TRUE(is_settled(fd, values[i]));
		close(fd);
	}
}

/* Without bind; a socket on both wires connects by protocol 253. */
TEST_F(api, F70_settled_by_connect)
{
	int listener, fd, seen;
	size_t i;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	listener = listen_on(self->fam, XTCP_WIRE_BOTH);
	for (i = 0; i < VALUES; i++) {
		fd = wire_fd(self->fam, values[i]);
		ASSERT_EQ(0, xt_try_connect(fd, self->fam, xt_port(listener)));
		seen = values[i] == XTCP_WIRE_TCP ? XTCP_WIRE_TCP :
						    XTCP_WIRE_OWN;
		EXPECT_TRUE(is_settled(fd, seen));
		close(xt_accept(listener));
		close(fd);
	}
	close(listener);
}

/* A failed bind, or a connection that is over, settles nothing for ever. */
TEST_F(api, F70_free_again_after_refusals)
{
	union xt_addr addr;
	socklen_t len;
	int holder;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	holder = wire_listen(KERNEL, self->fam, 0);
	ASSERT_EQ(0, set_wire(self->fd, XTCP_WIRE_TCP));
	len = xt_loopback(self->fam, xt_port(holder), &addr);
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, len));
	EXPECT_EQ(EADDRINUSE, errno);
	ASSERT_EQ(0, set_wire(self->fd, XTCP_WIRE_OWN));
	EXPECT_EQ(0, bind(self->fd, &addr.sa, len));
	EXPECT_TRUE(is_settled(self->fd, XTCP_WIRE_OWN));
	close(holder);
}

/* Accepted connections are of the wire that they came by. */
TEST_F(api, F70_inherited_by_accept)
{
	static const int by[] = { XTCP_WIRE_OWN, XTCP_WIRE_TCP };
	int listener, client, server;
	size_t i;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	listener = listen_on(self->fam, XTCP_WIRE_BOTH);
	for (i = 0; i < 2; i++) {
		client = wire_fd(self->fam, by[i]);
		ASSERT_EQ(0, xt_try_connect(client, self->fam,
					    xt_port(listener)));
		server = xt_accept(listener);
		EXPECT_TRUE(is_settled(server, by[i]));
		EXPECT_TRUE(talks(client, server, 'i'));
		close(client);
		close(server);
	}
	close(listener);
}

/* A listener on one wire is deaf to the other. */
TEST_F(api, F70_the_other_wire_is_refused)
{
	static const int by[] = { XTCP_WIRE_OWN, XTCP_WIRE_TCP };
	int listener, fd, i;

	if (!two_stacks())
		SKIP(return, "an option of xtcp's");
	for (i = 0; i < 2; i++) {
		listener = listen_on(self->fam, by[i]);
		fd = wire_fd(self->fam, by[!i]);
		EXPECT_EQ(-1, xt_try_connect(fd, self->fam, xt_port(listener)));
		EXPECT_EQ(ECONNREFUSED, errno);
		close(fd);
		close(listener);
	}
}

/* The knob is read when the port is taken, not when the socket is made. */
TEST_F(api, F70_knob_counts_at_the_port)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 0, &addr);

	if (!two_stacks())
		SKIP(return, "a knob of xtcp's");
	wire_knob(XTCP_WIRE_OWN);
	EXPECT_EQ(XTCP_WIRE_OWN, get_wire(self->fd));
	wire_knob(XTCP_WIRE_BOTH);
	EXPECT_EQ(XTCP_WIRE_BOTH, get_wire(self->fd));
	wire_knob(XTCP_WIRE_TCP);
	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	wire_knob(XTCP_WIRE_OWN);
	EXPECT_TRUE(is_settled(self->fd, XTCP_WIRE_TCP));
	ASSERT_EQ(0, listen(self->fd, 1));
	EXPECT_EQ(XTCP_WIRE_TCP, get_wire(self->fd));
	close(wire_connect(KERNEL, self->fam, xt_port(self->fd)));
	close(xt_accept(self->fd));
}

TEST_F(api, F70_option_beats_knob)
{
	int fd;

	if (!two_stacks())
		SKIP(return, "a knob of xtcp's");
	wire_knob(XTCP_WIRE_TCP);
	ASSERT_EQ(0, set_wire(self->fd, XTCP_WIRE_OWN));
	EXPECT_EQ(XTCP_WIRE_OWN, get_wire(self->fd));
	fd = listen_on(self->fam, XTCP_WIRE_OWN);
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(fd)));
	close(fd);
}

static bool knob_takes(const char *text)
{
	int fd = open("/proc/sys/net/xtcp/wire", O_WRONLY);
	bool taken;

	if (fd < 0)
		xt_die("knob");
	taken = write(fd, text, strlen(text)) > 0;
	if (!taken && errno != EINVAL)
		xt_die("'%s'", text);
	close(fd);
	return taken;
}

TEST(F70_knob_values)
{
	static const char * const good[] = { "253", "6", "259" };
	static const char * const bad[] = {
		"0", "-1", "1", "5", "7", "252", "254", "258", "260", "512",
		"4294967302", "x", "6x",
	};
	char seen[32];
	size_t i, k;

	if (!two_stacks())
		SKIP(return, "a knob of xtcp's");
	xt_ns();
	for (k = 0; k < 3; k++) {
		EXPECT_TRUE(knob_takes(good[k]));
		for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
			EXPECT_FALSE(knob_takes(bad[i])) {
				TH_LOG("taken: '%s'", bad[i]);
			}
			ASSERT_TRUE(xt_sysctl_read("wire", seen, sizeof(seen)));
			EXPECT_STREQ(good[k], seen);
		}
	}
}

TEST(F70_knob_is_the_namespaces_own)
{
	char seen[32];

	if (!two_stacks())
		SKIP(return, "a knob of xtcp's");
	xt_ns();
	wire_knob(XTCP_WIRE_BOTH);
	if (unshare(CLONE_NEWNET))
		xt_die("unshare");
	ASSERT_TRUE(xt_sysctl_read("wire", seen, sizeof(seen)));
	EXPECT_STREQ("253", seen);
}

/* One listener, two clients of two stacks, both at once. */
TEST_F(api, F70_both_wires_at_once)
{
	int listener, client[2], server[2], i;

	if (!two_stacks())
		SKIP(return, "two stacks are needed");
	listener = listen_on(self->fam, XTCP_WIRE_BOTH);
	client[0] = wire_fd(self->fam, XTCP_WIRE_OWN);
	ASSERT_EQ(0, xt_try_connect(client[0], self->fam, xt_port(listener)));
	server[0] = xt_accept(listener);
	client[1] = wire_connect(KERNEL, self->fam, xt_port(listener));
	server[1] = xt_accept(listener);
	EXPECT_EQ(XTCP_WIRE_OWN, get_wire(server[0]));
	EXPECT_EQ(XTCP_WIRE_TCP, get_wire(server[1]));
	for (i = 0; i < 20; i++)
		EXPECT_TRUE(talks(client[i & 1], server[i & 1], 'a' + i));
	close(listener);
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(talks(client[i], server[i], 'z'));
		close(client[i]);
		xt_expect_eof(server[i]);
		close(server[i]);
	}
}

static int connected_from(enum wire_stack stack, enum xt_fam fam, __u16 from,
			  __u16 to)
{
	int fd = wire_bound(stack, fam, from);

	if (xt_try_connect(fd, fam, to))
		xt_die("connect");
	return fd;
}

/* The same four numbers on both wires are two connections. */
TEST_F(api, F70_same_tuple_on_both_wires)
{
	int listener, client[2], server[2], i;

	if (!two_stacks())
		SKIP(return, "two stacks are needed");
	listener = listen_on(self->fam, XTCP_WIRE_BOTH);
	wire_knob(XTCP_WIRE_OWN);
	client[0] = connected_from(OURS, self->fam, 4444, xt_port(listener));
	server[0] = xt_accept(listener);
	client[1] = connected_from(KERNEL, self->fam, 4444, xt_port(listener));
	server[1] = xt_accept(listener);
	for (i = 0; i < 2; i++)
		EXPECT_EQ(4444, xt_peer_port(server[i]));
	for (i = 0; i < 20; i++)
		EXPECT_TRUE(talks(client[i & 1], server[i & 1], 'a' + i));
	xt_reset(&client[0]);
	EXPECT_NE(0, xt_wait(server[0], POLLIN) & POLLIN);
	EXPECT_EQ(ECONNRESET, xt_sock_error(server[0]));
	EXPECT_TRUE(talks(client[1], server[1], 'z'));
	close(server[0]);
	close(server[1]);
	close(client[1]);
	close(listener);
}

TEST_HARNESS_MAIN
