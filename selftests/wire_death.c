// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that a port on the wire of TCP goes back to the kernel's TCP in every
 * way in which what held it can end (F-70).
 */
#include "xtcp_harness.h"
#include "wire_stack.h"
#include "xtcp_link.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

FIXTURE(death)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT(death)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(death, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(death, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(death, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(death)
{
	wire_ns();
	self->fam = variant->fam;
	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "200");
}

FIXTURE_TEARDOWN(death)
{
}

static bool taken(__u16 port)
{
	union xt_addr any;

	xt_any(XT_V6, port, &any);
	return wire_try_bind(KERNEL, &any, REUSE_NONE) == EADDRINUSE;
}

TEST_F(death, F70_close_of_bound)
{
	int fd = wire_bound(OURS, self->fam, 0);
	__u16 port = xt_port(fd);

	ASSERT_TRUE(taken(port));
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

TEST_F(death, F70_close_of_listener)
{
	int fd = wire_listen(OURS, self->fam, 0);
	__u16 port = xt_port(fd);

	ASSERT_TRUE(taken(port));
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

/* A listener that is shut down keeps its port until it is closed, as bound. */
TEST_F(death, F70_shutdown_of_listener)
{
	int fd = wire_bound(OURS, self->fam, 7000);

	ASSERT_EQ(0, listen(fd, 1));
	ASSERT_EQ(0, shutdown(fd, SHUT_RD));
	EXPECT_TRUE(taken(7000));
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, 7000));
}

TEST_F(death, F70_listener_with_unaccepted)
{
	int fd = wire_listen(OURS, self->fam, 0);
	__u16 port = xt_port(fd);
	int a = wire_connect(KERNEL, self->fam, port);
	int b = wire_connect(OURS, self->fam, port);

	ASSERT_TRUE(taken(port));
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	close(a);
	close(b);
}

/* The listener goes, the connection stays, and so does the port. */
TEST_F(death, F70_accepted_outlives_the_listener)
{
	int client, server;
	__u16 port;

	wire_pair(KERNEL, OURS, self->fam, &client, &server);
	port = xt_port(server);
	ASSERT_TRUE(taken(port));
	close(client);
	xt_expect_eof(server);
	EXPECT_TRUE(taken(port));
	close(server);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

TEST_F(death, F70_refused_connect)
{
	int fd = wire_bound(OURS, self->fam, 0);
	__u16 port = xt_port(fd);

	ASSERT_EQ(-1, xt_try_connect(fd, self->fam, 9));
	ASSERT_EQ(ECONNREFUSED, errno);
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

/* A port that connect chose goes with the failure; the socket stays open. */
TEST_F(death, F70_refused_connect_unbound)
{
	int holders[3], i, fd;

	/* The range has a port less than there are tries. */
	xt_sysctl("local_port_range", "40000 40001");
	fd = wire_socket(OURS, self->fam);
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(-1, xt_try_connect(fd, self->fam, 9));
		ASSERT_EQ(ECONNREFUSED, errno);
	}
	EXPECT_TRUE(wire_wait_free(KERNEL, 40000));
	EXPECT_TRUE(wire_wait_free(KERNEL, 40001));
	for (i = 0; i < 2; i++)
		holders[i] = wire_bound(KERNEL, self->fam, 40000 + i);
	EXPECT_EQ(-1, xt_try_connect(fd, self->fam, 9));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	close(fd);
	close(holders[0]);
	close(holders[1]);
}

/* Begins a connection that nobody answers. */
static int connecting(enum xt_fam fam)
{
	int fd = wire_socket(OURS, fam);
	union xt_addr addr;

	xt_silent_peer(fam, &addr);
	xt_nonblock(fd, true);
	if (xt_set(fd, IPPROTO_TCP, TCP_SYNCNT, 1) ||
	    !connect(fd, &addr.sa, sizeof(addr)) || errno != EINPROGRESS)
		xt_die("connect to nobody");
	return fd;
}

TEST_F(death, F70_timed_out_connect)
{
	int fd = connecting(self->fam);
	__u16 port = xt_port(fd);

	ASSERT_TRUE(taken(port));
	ASSERT_NE(0, xt_wait(fd, POLLOUT) & POLLERR);
	ASSERT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	close(fd);
}

/* Given up while nobody has answered yet. */
TEST_F(death, F70_abandoned_connect)
{
	int fd = connecting(self->fam);
	__u16 port = xt_port(fd);

	ASSERT_TRUE(taken(port));
	close(fd);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

TEST_F(death, F70_reset_by_peer)
{
	int client, server;
	__u16 port;

	wire_pair(OURS, KERNEL, self->fam, &client, &server);
	port = xt_port(client);
	ASSERT_TRUE(taken(port));
	xt_reset(&server);
	ASSERT_NE(0, xt_wait(client, POLLIN) & POLLERR);
	close(client);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

TEST_F(death, F70_linger_zero)
{
	int client, server;
	__u16 port;

	wire_pair(OURS, KERNEL, self->fam, &client, &server);
	port = xt_port(client);
	xt_reset(&client);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	close(server);
}

/* The peer closes first, so that there is no wait. */
TEST_F(death, F70_passive_close)
{
	int client, server;
	__u16 port;

	wire_pair(OURS, KERNEL, self->fam, &client, &server);
	port = xt_port(client);
	close(server);
	xt_expect_eof(client);
	close(client);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

TEST_F(death, F70_timewait_ends)
{
	int client, server;
	__u16 port, rport;

	if (xt_is_tcp())
		SKIP(return, "a knob of xtcp's");
	xt_sysctl("timewait_ms", "60000");
	wire_pair(OURS, KERNEL, self->fam, &client, &server);
	port = xt_port(client);
	rport = xt_port(server);
	close(client);
	xt_expect_eof(server);
	close(server);
	ASSERT_EQ(XT_TIME_WAIT, wire_wait_state(OURS, port, rport, XT_TIME_WAIT));
	EXPECT_TRUE(taken(port));
	xt_sysctl("timewait_ms", "300");
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
}

/* Half closed, then left to itself: the end of fin_timeout. */
TEST_F(death, F70_orphan_in_fin_wait_2)
{
	int client, server;
	__u16 port, rport;

	xt_sysctl("fin_timeout", "1");
	wire_pair(OURS, KERNEL, self->fam, &client, &server);
	port = xt_port(client);
	rport = xt_port(server);
	close(client);
	xt_expect_eof(server);
	EXPECT_EQ(XT_NONE, wire_wait_state(OURS, port, rport, XT_NONE));
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	close(server);
}

/* A child with a listener and both ends of a connection. */
static pid_t spawn_owner(enum xt_fam fam, __u16 ports[2])
{
	int client, server, fd, pipefd[2];
	pid_t pid;

	if (pipe(pipefd))
		xt_die("pipe");
	pid = fork();
	if (pid < 0)
		xt_die("fork");
	if (!pid) {
		fd = wire_listen(OURS, fam, 0);
		wire_pair(OURS, KERNEL, fam, &client, &server);
		xt_fill(client);
		ports[0] = xt_port(fd);
		ports[1] = xt_port(client);
		if (write(pipefd[1], ports, 4) != 4)
			_exit(1);
		for (;;)
			pause();
	}
	close(pipefd[1]);
	if (read(pipefd[0], ports, 4) != 4)
		xt_die("no ports");
	close(pipefd[0]);
	return pid;
}

TEST_F(death, F70_process_killed)
{
	__u16 ports[2];
	pid_t pid = spawn_owner(self->fam, ports);

	ASSERT_TRUE(taken(ports[0]));
	ASSERT_TRUE(taken(ports[1]));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	EXPECT_TRUE(wire_wait_free(KERNEL, ports[0]));
	EXPECT_TRUE(wire_wait_free(KERNEL, ports[1]));
}

/* SYN-ACKs are lost, so the peer's connection stays embryonic. */
TEST_F(death, F70_listener_with_embryonic)
{
	struct xt_link link;
	int listener, peer;
	__u16 port, from;

	xt_link_make(&link, self->fam);
	xt_link_enter(&link, 1);
	wire_knob(XTCP_WIRE_TCP);
	listener = xt_link_listen(&link, 1, 4);
	port = xt_port(listener);
	xt_link_cut(&link, 1);
	xt_link_enter(&link, 0);
	peer = wire_socket(KERNEL, self->fam);
	xt_nonblock(peer, true);
	ASSERT_EQ(-1, xt_link_connect(&link, peer, 1, port));
	ASSERT_EQ(EINPROGRESS, errno);
	from = xt_port(peer);
	ASSERT_EQ(XT_SYN_RECV,
		  xt_link_state(&link, 1, port, from, XT_SYN_RECV));
	ASSERT_TRUE(taken(port));
	close(listener);
	EXPECT_TRUE(wire_wait_free(KERNEL, port));
	close(peer);
}

/* Fills a namespace with all that may hold a port, and ends. */
static void leave_all_kinds(struct xt_link *link, enum xt_fam fam)
{
	int client, server, fd[2];

	xt_link_enter(link, 1);
	wire_knob(XTCP_WIRE_TCP);
	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "600000");
	/* An orphan holds its namespace; so it does the kernel's. */
	xt_sysctl("orphan_retries", "1");
	wire_bound(OURS, fam, 0);
	wire_listen(OURS, fam, 0);
	wire_pair(OURS, KERNEL, fam, &client, &server);
	close(client);
	xt_expect_eof(server);
	close(server);
	wire_pair(KERNEL, OURS, fam, &client, &server);
	xt_fill(server);
	xt_link_pair(link, fd);
	xt_link_cut(link, 0);
	xt_fill(fd[1]);
	_exit(0);
}

/*
 * Of a namespace that ends with everything in it nothing can be asked but that
 * it ends: then its end of the cable goes, and with it this one.
 */
TEST_F_TIMEOUT(death, F70_namespace_ends, 90)
{
	__u64 end = xt_now_ms() + 4 * XT_DEADLINE_MS;
	struct xt_link link;
	int status;
	pid_t pid;

	xt_link_make(&link, self->fam);
	wire_knob(XTCP_WIRE_TCP);
	pid = fork();
	if (!pid)
		leave_all_kinds(&link, self->fam);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_EQ(0, status);
	xt_link_enter(&link, 0);
	close(link.ns[1]);
	while (if_nametoindex("xa") && xt_now_ms() < end)
		xt_pause();
	EXPECT_EQ(0, if_nametoindex("xa"));
}

TEST_HARNESS_MAIN
