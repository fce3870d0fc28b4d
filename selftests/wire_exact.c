// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that on the wire of TCP nothing is taken but what is xtcp's: other
 * ports, other protocols and other sockets notice nothing (F-70).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"
#include "wire_stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* xtcp has a port, so its hooks look at all that comes. */
static int hook_in(enum xt_fam fam)
{
	wire_knob(XTCP_WIRE_TCP);
	return wire_listen(OURS, fam, 0);
}

static bool refused_by_kernel(enum wire_stack stack, enum xt_fam fam,
			      __u16 port)
{
	__u64 before = wire_stat(KERNEL, "OutRsts");
	int fd = wire_socket(stack, fam);
	bool refused = xt_try_connect(fd, fam, port) == -1 &&
		       errno == ECONNREFUSED;

	close(fd);
	return refused && wire_stat(KERNEL, "OutRsts") == before + 1;
}

/* Nobody's port: the kernel's TCP answers, and xtcp doesn't. */
TEST_F(api, F70_no_listener)
{
	int listener = hook_in(self->fam);
	__u64 before = wire_stat(OURS, "OutRsts");

	EXPECT_TRUE(refused_by_kernel(KERNEL, self->fam, 9));
	EXPECT_TRUE(refused_by_kernel(OURS, self->fam, 9));
	if (!xt_is_tcp())
		EXPECT_EQ(before, wire_stat(OURS, "OutRsts"));
	close(listener);
}

/* A port of xtcp's where nobody listens: bound only, or connected from. */
TEST_F(api, F70_port_without_listener)
{
	int listener = hook_in(self->fam);
	int bound = wire_bound(OURS, self->fam, 0);
	int client = wire_connect(OURS, self->fam, xt_port(listener));

	EXPECT_TRUE(refused_by_kernel(KERNEL, self->fam, xt_port(bound)));
	EXPECT_TRUE(refused_by_kernel(KERNEL, self->fam, xt_port(client)));
	close(bound);
	close(client);
	close(listener);
}

/* The listener is at another address of this host. */
TEST(F70_listener_at_another_address)
{
	union xt_addr addr;
	int fd;

	wire_ns();
	fd = wire_socket(OURS, XT_V4);
	xt_loopback(XT_V4, 0, &addr);
	inet_pton(AF_INET, "127.0.0.2", &addr.v4.sin_addr);
	ASSERT_EQ(0, bind(fd, &addr.sa, sizeof(addr.v4)));
	ASSERT_EQ(0, listen(fd, 1));
	EXPECT_TRUE(refused_by_kernel(KERNEL, XT_V4, xt_port(fd)));
	close(fd);
}

static bool ping_pong(int a, int b)
{
	char c = 0;

	xt_send_all(a, "p", 1);
	xt_recv_all(b, &c, 1);
	xt_send_all(b, &c, 1);
	xt_recv_all(a, &c, 1);
	return c == 'p';
}

/* The kernel's own, from before xtcp came, while it is there, after it left. */
TEST_F(api, F70_kernels_connections_go_on)
{
	int listener, fd[6], i;

	wire_pair(KERNEL, KERNEL, self->fam, &fd[0], &fd[1]);
	listener = hook_in(self->fam);
	EXPECT_TRUE(ping_pong(fd[0], fd[1]));
	wire_pair(KERNEL, KERNEL, self->fam, &fd[2], &fd[3]);
	fd[4] = wire_connect(KERNEL, self->fam, xt_port(listener));
	fd[5] = xt_accept(listener);
	for (i = 0; i < 30; i++)
		EXPECT_TRUE(ping_pong(fd[i % 6], fd[(i % 6) ^ 1]));
	close(listener);
	xt_close(&fd[5]);
	xt_expect_eof(fd[4]);
	xt_close(&fd[4]);
	EXPECT_TRUE(ping_pong(fd[0], fd[1]));
	EXPECT_TRUE(ping_pong(fd[2], fd[3]));
	for (i = 0; i < 4; i++)
		close(fd[i]);
}

/* A datagram to the same port number. */
TEST_F(api, F70_udp)
{
	int listener = hook_in(self->fam);
	int fd = socket(xt_domain(self->fam), SOCK_DGRAM, 0);
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, xt_port(listener), &addr);
	char c = 0;

	ASSERT_EQ(0, bind(fd, &addr.sa, len));
	ASSERT_EQ(0, connect(fd, &addr.sa, len));
	ASSERT_EQ(1, send(fd, "u", 1, 0));
	xt_recv_all(fd, &c, 1);
	EXPECT_EQ('u', c);
	close(fd);
	close(listener);
}

/* An error about a datagram goes to who sent it. */
TEST_F(api, F70_udp_port_unreachable)
{
	int listener = hook_in(self->fam);
	int fd = socket(xt_domain(self->fam), SOCK_DGRAM, 0);
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, xt_port(listener), &addr);

	ASSERT_EQ(0, connect(fd, &addr.sa, len));
	ASSERT_EQ(1, send(fd, "u", 1, 0));
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(fd));
	close(fd);
	close(listener);
}

TEST_F(api, F70_icmp_echo)
{
	int listener = hook_in(self->fam);

	EXPECT_EQ(0, xt_try("ping -qc2 -i0.01 -W5 %s >/dev/null",
			    self->fam == XT_V6 ? "::1" : "127.0.0.1"));
	close(listener);
}

/* A raw socket sees the kernel's segments as ever. */
TEST_F(api, F70_raw_socket)
{
	int listener = hook_in(self->fam);
	int raw, client, server;
	char buf[256];

	raw = socket(self->fam == XT_V6 ? AF_INET6 : AF_INET, SOCK_RAW,
		     IPPROTO_TCP);
	ASSERT_LE(0, raw);
	wire_pair(KERNEL, KERNEL, self->fam, &client, &server);
	EXPECT_NE(0, xt_wait(raw, POLLIN) & POLLIN);
	EXPECT_LE(20, recv(raw, buf, sizeof(buf), MSG_DONTWAIT));
	close(raw);
	close(client);
	close(server);
	close(listener);
}

/* A handshake with itself, as the kernel's TCP can. */
TEST_F(api, F70_connect_to_itself)
{
	union xt_addr addr;
	socklen_t len;
	char c = 0;

	wire_knob(XTCP_WIRE_TCP);
	len = xt_loopback(self->fam, 5000, &addr);
	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	ASSERT_EQ(0, connect(self->fd, &addr.sa, len));
	xt_send_all(self->fd, "s", 1);
	xt_recv_all(self->fd, &c, 1);
	EXPECT_EQ('s', c);
}

/* Bound is not listening, for either stack. */
TEST_F(api, F70_bound_refuses)
{
	int ours, theirs;

	wire_knob(XTCP_WIRE_TCP);
	ours = wire_bound(OURS, self->fam, 5001);
	theirs = wire_bound(KERNEL, self->fam, 5002);
	EXPECT_EQ(-1, xt_try_connect(ours, self->fam, 5002));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(-1, xt_try_connect(theirs, self->fam, 5001));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(ours);
	close(theirs);
}

TEST_HARNESS_MAIN
