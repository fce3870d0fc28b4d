// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that on the wire of TCP a port is one stack's at a time: whoever has
 * it keeps the other out, whatever address and options (F-70).
 */
#include "xtcp_harness.h"
#include "wire_stack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

FIXTURE(ports)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT(ports)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(ports, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(ports, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(ports, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(ports)
{
	if (xt_is_tcp())
		SKIP(return, "two stacks are needed");
	wire_ns();
	self->fam = variant->fam;
}

FIXTURE_TEARDOWN(ports)
{
}

static bool refused(enum wire_stack stack, const union xt_addr *addr,
		    const char *what)
{
	int reuse, err;
	bool all = true;

	for (reuse = 0; reuse < REUSE_KINDS; reuse++) {
		err = wire_try_bind(stack, addr, reuse);
		if (err == EADDRINUSE)
			continue;
		fprintf(stderr, "# bind of %s's to %s, reuse %d: %s\n",
			stack == OURS ? "xtcp" : "the kernel", what, reuse,
			strerror(err));
		all = false;
	}
	return all;
}

/* No address, no option and no family lets @stack have @port. */
static bool keeps_out(enum wire_stack stack, __u16 port)
{
	union xt_addr addr;
	bool all;

	xt_loopback(XT_V4, port, &addr);
	all = refused(stack, &addr, "127.0.0.1");
	inet_pton(AF_INET, "127.0.0.2", &addr.v4.sin_addr);
	all &= refused(stack, &addr, "127.0.0.2");
	xt_any(XT_V4, port, &addr);
	all &= refused(stack, &addr, "0.0.0.0");
	xt_loopback(XT_V6, port, &addr);
	all &= refused(stack, &addr, "::1");
	xt_any(XT_V6, port, &addr);
	all &= refused(stack, &addr, "::");
	xt_loopback(XT_MAPPED, port, &addr);
	return all & refused(stack, &addr, "::ffff:127.0.0.1");
}

static enum wire_stack other(enum wire_stack stack)
{
	return stack == OURS ? KERNEL : OURS;
}

/* A socket with all options that might let others in. */
static int bound_sharing(enum wire_stack stack, enum xt_fam fam, __u16 port)
{
	int fd = wire_socket(stack, fam);
	union xt_addr addr;
	socklen_t len = xt_loopback(fam, port, &addr);

	wire_reuse(fd, REUSE_BOTH);
	if (bind(fd, &addr.sa, len))
		xt_die("bind");
	return fd;
}

TEST_F(ports, F70_bound)
{
	int stack, fd;

	for (stack = OURS; stack <= KERNEL; stack++) {
		fd = wire_bound(stack, self->fam, 0);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(fd)));
		close(fd);
	}
}

TEST_F(ports, F70_bound_with_all_options)
{
	int stack, fd;

	for (stack = OURS; stack <= KERNEL; stack++) {
		fd = bound_sharing(stack, self->fam, 0);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(fd)));
		close(fd);
	}
}

TEST_F(ports, F70_low_port)
{
	int stack, fd;

	for (stack = OURS; stack <= KERNEL; stack++) {
		fd = wire_bound(stack, self->fam, 80 + stack);
		EXPECT_TRUE(keeps_out(other(stack), 80 + stack));
		close(fd);
	}
}

TEST_F(ports, F70_listening)
{
	int stack, fd;

	for (stack = OURS; stack <= KERNEL; stack++) {
		fd = wire_listen(stack, self->fam, 0);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(fd)));
		close(fd);
	}
}

TEST_F(ports, F70_connected_from)
{
	int stack, listener, fd;

	for (stack = OURS; stack <= KERNEL; stack++) {
		listener = wire_listen(stack, self->fam, 0);
		fd = wire_connect(stack, self->fam, xt_port(listener));
		EXPECT_TRUE(keeps_out(other(stack), xt_port(fd)));
		close(fd);
		close(listener);
	}
}

/* From here to there, across stacks: each side's port is its own. */
TEST_F(ports, F70_connected_across)
{
	int client, stack, server;

	for (stack = OURS; stack <= KERNEL; stack++) {
		wire_pair(stack, other(stack), self->fam, &client, &server);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(client)));
		EXPECT_TRUE(keeps_out(stack, xt_port(server)));
		close(client);
		close(server);
	}
}

TEST_F(ports, F70_timewait)
{
	int client, stack, server;
	__u16 lport, rport;

	for (stack = OURS; stack <= KERNEL; stack++) {
		wire_pair(stack, stack, self->fam, &client, &server);
		lport = xt_port(client);
		rport = xt_port(server);
		close(client);
		xt_expect_eof(server);
		close(server);
		ASSERT_EQ(XT_TIME_WAIT, wire_wait_state(stack, lport, rport,
							XT_TIME_WAIT));
		EXPECT_TRUE(keeps_out(other(stack), lport));
	}
}

/* A listener's port stays with its connections. */
TEST_F(ports, F70_accepted_keeps_the_port)
{
	int client, stack, server;

	for (stack = OURS; stack <= KERNEL; stack++) {
		wire_pair(other(stack), stack, self->fam, &client, &server);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(server)));
		xt_reset(&server);
		close(client);
	}
}

/* Two of xtcp's may share a port as two of the kernel's may. */
TEST_F(ports, F70_shared_within_a_stack)
{
	int stack, a, b;

	for (stack = OURS; stack <= KERNEL; stack++) {
		a = bound_sharing(stack, self->fam, 0);
		b = bound_sharing(stack, self->fam, xt_port(a));
		EXPECT_TRUE(keeps_out(other(stack), xt_port(a)));
		close(a);
		EXPECT_TRUE(keeps_out(other(stack), xt_port(b)));
		close(b);
	}
}

/* A refused bind leaves the socket fit for another port. */
TEST_F(ports, F70_another_port_after_refusal)
{
	int holder = wire_listen(KERNEL, self->fam, 0);
	int fd = wire_socket(OURS, self->fam);
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, xt_port(holder), &addr);

	EXPECT_EQ(-1, bind(fd, &addr.sa, len));
	EXPECT_EQ(EADDRINUSE, errno);
	EXPECT_EQ(0, xt_port(fd));
	len = xt_loopback(self->fam, 0, &addr);
	EXPECT_EQ(0, bind(fd, &addr.sa, len));
	EXPECT_NE(xt_port(holder), xt_port(fd));
	EXPECT_EQ(0, listen(fd, 1));
	close(fd);
	close(holder);
}

#define RANGE	10
#define LOW	40000

static void narrow_ranges(void)
{
	xt_sysctl("local_port_range", "40000 40009");
	xt_run("echo 40000 40009 >/proc/sys/net/ipv4/ip_local_port_range");
}

/* Notes @fd's port; false if it is out of range or was there before. */
static bool note_port(bool *seen, int fd)
{
	int port = xt_port(fd);

	if (port < LOW || port >= LOW + RANGE || seen[port - LOW]) {
		fprintf(stderr, "# port %d, twice or out of range\n", port);
		return false;
	}
	seen[port - LOW] = true;
	return true;
}

/* Both connect to one and the same port until none is left. */
TEST_F(ports, F70_range_shared_by_connects)
{
	int listener = wire_listen(KERNEL, self->fam, 7000);
	bool seen[RANGE] = {};
	int fds[RANGE], i;

	narrow_ranges();
	for (i = 0; i < RANGE; i++) {
		fds[i] = wire_connect(i & 1 ? OURS : KERNEL, self->fam, 7000);
		EXPECT_TRUE(note_port(seen, fds[i]));
		close(xt_accept(listener));
	}
	for (i = OURS; i <= KERNEL; i++) {
		int fd = wire_socket(i, self->fam);

		EXPECT_EQ(-1, xt_try_connect(fd, self->fam, 7000));
		EXPECT_EQ(EADDRNOTAVAIL, errno);
		close(fd);
	}
	for (i = 0; i < RANGE; i++)
		close(fds[i]);
	close(listener);
}

/* As above, with xtcp listening: the kernel never picks its port. */
TEST_F(ports, F70_range_shared_by_binds)
{
	bool seen[RANGE] = {};
	int fds[RANGE], i;
	__u16 port;

	narrow_ranges();
	for (i = 0; i < RANGE; i++) {
		fds[i] = i % 3 ? wire_bound(i & 1 ? OURS : KERNEL, self->fam, 0) :
				 wire_listen(OURS, self->fam, 0);
		EXPECT_TRUE(note_port(seen, fds[i]));
	}
	for (i = OURS; i <= KERNEL; i++) {
		union xt_addr addr;

		xt_loopback(self->fam, 0, &addr);
		EXPECT_EQ(EADDRINUSE, wire_try_bind(i, &addr, REUSE_NONE));
	}
	/* One of xtcp's goes, and the kernel may have it. */
	port = xt_port(fds[0]);
	close(fds[0]);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	for (i = 1; i < RANGE; i++)
		close(fds[i]);
}

/* To different peers the kernel shares a port among its own, never ours. */
TEST_F(ports, F70_kernel_connects_around_ours)
{
	int a = wire_listen(KERNEL, self->fam, 7000);
	int b = wire_listen(KERNEL, self->fam, 7001);
	int ours, fd, i;

	narrow_ranges();
	ours = wire_connect(OURS, self->fam, 7000);
	for (i = 0; i < RANGE - 1; i++) {
		fd = wire_connect(KERNEL, self->fam, 7001);
		EXPECT_NE(xt_port(ours), xt_port(fd));
	}
	fd = wire_socket(KERNEL, self->fam);
	EXPECT_EQ(-1, xt_try_connect(fd, self->fam, 7001));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	close(fd);
	close(ours);
	close(a);
	close(b);
}

/* Protocol 253 has ports of its own. */
TEST_F(ports, F70_own_wire_shares_nothing)
{
	int stack, fd, peer;
	__u16 port;

	wire_knob(XTCP_WIRE_OWN);
	for (stack = OURS; stack <= KERNEL; stack++) {
		fd = wire_listen(stack, self->fam, 0);
		port = xt_port(fd);
		peer = wire_listen(other(stack), self->fam, port);
		close(wire_connect(OURS, self->fam, port));
		close(wire_connect(KERNEL, self->fam, port));
		close(xt_accept(fd));
		close(xt_accept(peer));
		close(fd);
		close(peer);
	}
}

TEST_HARNESS_MAIN
