// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of accept and accept4 (F-12, F-36).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <fcntl.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/wait.h>

TEST_F(api, F36_accept_again)
{
	int listener = xt_listen(self->fam, 1);

	xt_nonblock(listener, true);
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EAGAIN, errno);
	close(listener);
}

TEST_F(api, F36_accept_not_listening)
{
	int client, server;

	EXPECT_EQ(-1, accept(self->fd, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	xt_pair(self->fam, &client, &server);
	EXPECT_EQ(-1, accept(client, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, accept(server, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	close(client);
	close(server);
}

static enum xt_fam later_fam;

static void connect_later(int port)
{
	int fd = xt_connect(later_fam, port);

	xt_expect_eof(fd);
	close(fd);
}

TEST_F(api, F36_accept_blocks_until_a_connection)
{
	int listener = xt_listen(self->fam, 1);
	struct xt_later later;
	int server;

	later_fam = self->fam;
	xt_later(&later, connect_later, xt_port(listener));
	server = accept(listener, NULL, NULL);
	EXPECT_LE(0, server);
	close(server);
	xt_later_join(&later);
	close(listener);
}

TEST_F(api, F36_accept_fills_the_address)
{
	int listener = xt_listen(self->fam, 1);
	socklen_t len = sizeof(union xt_addr);
	union xt_addr addr;
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = accept(listener, &addr.sa, &len);
	ASSERT_LE(0, server);
	EXPECT_EQ(xt_any(self->fam, 0, &(union xt_addr){}), len);
	EXPECT_TRUE(xt_addr_is_loopback(self->fam, &addr));
	EXPECT_EQ(xt_port(self->fd), xt_addr_port(&addr));
	close(server);
	close(listener);
}

TEST_F(api, F36_accept_truncates_the_address)
{
	int listener = xt_listen(self->fam, 1);
	char small[8] = { [4] = 0x55 };
	socklen_t len = 4;
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = accept(listener, (struct sockaddr *)small, &len);
	ASSERT_LE(0, server);
	EXPECT_EQ(xt_any(self->fam, 0, &(union xt_addr){}), len);
	EXPECT_EQ(0x55, small[4]);
	close(server);
	close(listener);
}

TEST_F(api, F36_accept_bad_address)
{
	int listener = xt_listen(self->fam, 1);
	union xt_addr addr;
	socklen_t len = -1;

	xt_nonblock(listener, true);
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	EXPECT_EQ(-1, accept(listener, &addr.sa, &len));
	EXPECT_EQ(EINVAL, errno);
	close(listener);
}

TEST_F(api, F36_accept4_flags)
{
	int listener = xt_listen(self->fam, 4);
	int c2, c3, s1, s2;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	c2 = xt_connect(self->fam, xt_port(listener));
	c3 = xt_connect(self->fam, xt_port(listener));
	s1 = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	ASSERT_LE(0, s1);
	EXPECT_TRUE(fcntl(s1, F_GETFL) & O_NONBLOCK);
	EXPECT_FALSE(fcntl(s1, F_GETFD) & FD_CLOEXEC);
	s2 = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ASSERT_LE(0, s2);
	EXPECT_FALSE(fcntl(s2, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(s2, F_GETFD) & FD_CLOEXEC);
	EXPECT_EQ(-1, accept4(listener, NULL, NULL, 0x1));
	EXPECT_EQ(EINVAL, errno);
	close(s1);
	close(s2);
	close(c2);
	close(c3);
	close(listener);
}

TEST_F(api, F36_socket_flags)
{
	int fd = socket(xt_domain(self->fam),
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, xt_proto);

	ASSERT_LE(0, fd);
	EXPECT_TRUE(fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_TRUE(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

TEST_F(api, F36_accept_does_not_inherit_nonblock)
{
	int listener = xt_listen(self->fam, 1);
	int server;

	xt_nonblock(listener, true);
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_FALSE(fcntl(server, F_GETFL) & O_NONBLOCK);
	close(server);
	close(listener);
}

TEST_F(api, F36_accept_inherits_options)
{
	int listener = xt_bound(self->fam, 0);
	struct linger linger = { .l_onoff = 1, .l_linger = 7 };
	socklen_t len = sizeof(linger);
	int server, rcvbuf;

	ASSERT_EQ(0, xt_set(listener, SOL_SOCKET, SO_KEEPALIVE, 1));
	ASSERT_EQ(0, xt_set(listener, SOL_SOCKET, SO_OOBINLINE, 1));
	ASSERT_EQ(0, xt_set(listener, SOL_SOCKET, SO_PRIORITY, 3));
	ASSERT_EQ(0, xt_set(listener, SOL_SOCKET, SO_RCVBUF, 40000));
	ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, TCP_NODELAY, 1));
	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, TCP_KEEPIDLE, 77));
	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, 9000));
	rcvbuf = xt_get(listener, SOL_SOCKET, SO_RCVBUF);
	ASSERT_EQ(0, listen(listener, 1));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_EQ(1, xt_get(server, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_EQ(1, xt_get(server, SOL_SOCKET, SO_OOBINLINE));
	EXPECT_EQ(0, xt_get(server, SOL_SOCKET, SO_PRIORITY));
	EXPECT_EQ(rcvbuf, xt_get(server, SOL_SOCKET, SO_RCVBUF));
	EXPECT_EQ(1, xt_get(server, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(77, xt_get(server, IPPROTO_TCP, TCP_KEEPIDLE));
	EXPECT_EQ(9000, xt_get(server, IPPROTO_TCP, TCP_USER_TIMEOUT));
	EXPECT_EQ(0, xt_get(server, SOL_SOCKET, SO_ACCEPTCONN));
	memset(&linger, 0, sizeof(linger));
	ASSERT_EQ(0, getsockopt(server, SOL_SOCKET, SO_LINGER, &linger, &len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(7, linger.l_linger);
	close(server);
	close(listener);
}

TEST_F(api, F36_accept_timeout)
{
	int listener = xt_listen(self->fam, 1);
	struct timeval tv = { .tv_usec = 50000 };
	__u64 begin = xt_now_ms();

	ASSERT_EQ(0, setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &tv,
				sizeof(tv)));
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EAGAIN, errno);
	/* Ticks that a busy machine makes up for come in a bunch. */
	EXPECT_LE(25, xt_now_ms() - begin);
	close(listener);
}

TEST_F(api, F36_accept_interrupted)
{
	int listener = xt_listen(self->fam, 1);

	xt_kick_start(false);
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EINTR, errno);
	xt_kick_stop();
	EXPECT_LT(0, xt_kicks());
	close(listener);
}

static void connect_after_kicks(int port)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	while (xt_kicks() < 3 && xt_now_ms() < end)
		xt_pause();
	connect_later(port);
}

TEST_F(api, F36_accept_restarted)
{
	int listener = xt_listen(self->fam, 1);
	struct xt_later later;
	int server;

	later_fam = self->fam;
	xt_kick_start(true);
	xt_later(&later, connect_after_kicks, xt_port(listener));
	server = accept(listener, NULL, NULL);
	EXPECT_LE(0, server);
	xt_kick_stop();
	EXPECT_LE(3, xt_kicks());
	close(server);
	xt_later_join(&later);
	close(listener);
}

static void shutdown_later(int fd)
{
	if (shutdown(fd, SHUT_RD))
		xt_die("shutdown");
}

TEST_F(api, F36_accept_woken_by_shutdown)
{
	int listener = xt_listen(self->fam, 1);
	struct xt_later later;

	xt_later(&later, shutdown_later, listener);
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);
	xt_later_join(&later);
	close(listener);
}

TEST_F(api, F36_accept_in_order)
{
	int listener = xt_listen(self->fam, 16);
	int clients[8], i, server;

	for (i = 0; i < 8; i++) {
		clients[i] = xt_connect(self->fam, xt_port(listener));
		xt_send_all(clients[i], &i, sizeof(i));
		/* Acknowledged data: this one stands in the queue. */
		ASSERT_EQ(0, xt_wait_outq(clients[i], 0));
	}
	for (i = 0; i < 8; i++) {
		server = xt_accept(listener);
		EXPECT_EQ(xt_port(clients[i]), xt_peer_port(server));
		close(server);
		close(clients[i]);
	}
	close(listener);
}

TEST_F(api, F36_accept_in_two_processes)
{
	int listener = xt_listen(self->fam, 16);
	int clients[2], i, status;
	pid_t pid[2];
	char id[2];

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i]) {
			int fd = accept(listener, NULL, NULL);
			char c = 'a' + i;

			if (fd < 0 || write(fd, &c, 1) != 1)
				_exit(1);
			/* Hold on, so that the other gets the other client. */
			_exit(read(fd, &c, 1) != 0);
		}
	}
	for (i = 0; i < 2; i++)
		clients[i] = xt_connect(self->fam, xt_port(listener));
	for (i = 0; i < 2; i++)
		xt_recv_all(clients[i], &id[i], 1);
	EXPECT_NE(id[0], id[1]);
	for (i = 0; i < 2; i++)
		xt_close(&clients[i]);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	close(listener);
}

TEST_F(api, F36_accepted_outlives_the_listener)
{
	int listener = xt_listen(self->fam, 1);
	char buf[4] = "";
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	xt_close(&listener);
	xt_send_all(self->fd, "abc", 3);
	xt_recv_all(server, buf, 3);
	EXPECT_STREQ("abc", buf);
	xt_send_all(server, "xyz", 3);
	xt_recv_all(self->fd, buf, 3);
	EXPECT_STREQ("xyz", buf);
	close(server);
}

TEST_HARNESS_MAIN
