// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of many connections on one port, and of the limits of descriptors
 * (F-07, F-08).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <sys/resource.h>

#define MANY	500

static void need_descriptors(int n)
{
	struct rlimit lim;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		xt_die("getrlimit");
	lim.rlim_cur = n;
	if (lim.rlim_max < lim.rlim_cur)
		lim.rlim_max = lim.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &lim))
		xt_die("setrlimit");
}

TEST_F_TIMEOUT(api, F07_one_port_serves_many, 180)
{
	int clients[MANY], servers[MANY], listener, i, got;
	__u16 port;

	need_descriptors(2 * MANY + 64);
	listener = xt_listen(self->fam, 128);
	port = xt_port(listener);
	for (i = 0; i < MANY; i++) {
		clients[i] = xt_connect(self->fam, port);
		servers[i] = xt_accept(listener);
		ASSERT_EQ(port, xt_port(servers[i]));
		ASSERT_EQ(xt_port(clients[i]), xt_peer_port(servers[i]));
	}
	/* Each carries its own number, sent when all are there. */
	for (i = 0; i < MANY; i++)
		xt_send_all(clients[i], &i, sizeof(i));
	for (i = 0; i < MANY; i++) {
		xt_recv_all(servers[i], &got, sizeof(got));
		ASSERT_EQ(i, got);
		got = ~i;
		xt_send_all(servers[i], &got, sizeof(got));
	}
	for (i = 0; i < MANY; i++) {
		xt_recv_all(clients[i], &got, sizeof(got));
		ASSERT_EQ(~i, got);
		close(clients[i]);
		close(servers[i]);
	}
	close(listener);
}

TEST_F(api, F07_one_client_port_many_servers)
{
	int listeners[32], fds[32], i, server;
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 6000, &addr);

	for (i = 0; i < 32; i++) {
		listeners[i] = xt_listen(self->fam, 1);
		fds[i] = xt_socket(self->fam);
		ASSERT_EQ(0, xt_set(fds[i], SOL_SOCKET, SO_REUSEADDR, 1));
		ASSERT_EQ(0, bind(fds[i], &addr.sa, len));
	}
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(0, xt_try_connect(fds[i], self->fam,
					    xt_port(listeners[i])));
		server = xt_accept(listeners[i]);
		EXPECT_EQ(6000, xt_peer_port(server));
		close(server);
	}
	for (i = 0; i < 32; i++) {
		close(fds[i]);
		close(listeners[i]);
	}
}

/* Without a port of its own each client gets a different one. */
TEST_F(api, F07_client_ports_differ)
{
	static char seen[65536];
	int listener = xt_listen(self->fam, 128);
	int fds[100], i, twice = 0;

	for (i = 0; i < 100; i++) {
		fds[i] = xt_connect(self->fam, xt_port(listener));
		twice += seen[xt_port(fds[i])]++;
	}
	EXPECT_EQ(0, twice);
	for (i = 0; i < 100; i++)
		close(fds[i]);
	close(listener);
}

/* Ports of different destinations may be the same: the 4-tuple counts. */
TEST_F(api, F07_ports_are_reused_for_other_destinations)
{
	int a = xt_listen(self->fam, 64), b = xt_listen(self->fam, 64);
	int fds[20], i;

	xt_sysctl("local_port_range", "42000 42009");
	for (i = 0; i < 10; i++) {
		fds[i] = xt_connect(self->fam, xt_port(a));
		fds[10 + i] = xt_connect(self->fam, xt_port(b));
	}
	for (i = 0; i < 20; i++)
		close(fds[i]);
	close(a);
	close(b);
}

TEST_F(api, F08_socket_emfile)
{
	struct rlimit lim = { .rlim_cur = 16, .rlim_max = 16 };
	int fds[32], i;

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &lim));
	for (i = 0; i < 32; i++) {
		fds[i] = socket(xt_domain(self->fam), SOCK_STREAM, xt_proto);
		if (fds[i] < 0)
			break;
	}
	EXPECT_GT(32, i);
	EXPECT_EQ(EMFILE, errno);
	while (i--)
		close(fds[i]);
}

/* accept without a descriptor to give leaves the connection in the queue. */
TEST_F(api, F08_accept_emfile)
{
	int listener = xt_listen(self->fam, 4), server, top;
	struct rlimit lim, old;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &old));
	top = dup(listener);
	lim = old;
	lim.rlim_cur = top;
	close(top);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &lim));
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EMFILE, errno);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_TRUE(xt_events(listener, POLLIN) & POLLIN);
	server = xt_accept(listener);
	EXPECT_EQ(xt_port(self->fd), xt_peer_port(server));
	close(server);
	close(listener);
}

/* Connections come and go: nothing runs out, nothing is left but TIME-WAIT. */
TEST_F_TIMEOUT(api, F08_many_short_connections, 180)
{
	int listener = xt_listen(self->fam, 8), i;

	for (i = 0; i < 300; i++) {
		int client = xt_connect(self->fam, xt_port(listener));
		int server = xt_accept(listener);
		char c = i;

		xt_send_all(client, &c, 1);
		xt_recv_all(server, &c, 1);
		ASSERT_EQ((char)i, c);
		if (i % 3)
			xt_close(&client);
		else
			xt_reset(&client);
		close(server);
	}
	close(listener);
}

TEST_HARNESS_MAIN
