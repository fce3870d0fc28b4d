// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of connect where it succeeds or waits: blocking or not, interrupted,
 * to itself, again after a failure or a disconnect (F-01, F-12, F-15, F-36).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <arpa/inet.h>

static int disconnect(int fd)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };

	return connect(fd, &unspec, sizeof(unspec));
}

static int echo_works(int a, int b)
{
	char buf[5] = "";

	xt_send_all(a, "ping", 4);
	xt_recv_all(b, buf, 4);
	if (strcmp(buf, "ping"))
		return 0;
	xt_send_all(b, "pong", 4);
	xt_recv_all(a, buf, 4);
	return !strcmp(buf, "pong");
}

TEST_F(api, F01_echo)
{
	int listener = xt_listen(self->fam, 1);
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_TRUE(echo_works(self->fd, server));
	close(server);
	close(listener);
}

TEST_F(api, F12_established_on_both_sides)
{
	int listener = xt_listen(self->fam, 1);
	__u16 port = xt_port(listener), cport;
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	cport = xt_port(self->fd);
	EXPECT_EQ(XT_ESTABLISHED, xt_state(cport, port));
	server = xt_accept(listener);
	EXPECT_EQ(XT_ESTABLISHED, xt_state(port, cport));
	EXPECT_EQ(cport, xt_peer_port(server));
	EXPECT_EQ(port, xt_peer_port(self->fd));
	close(server);
	close(listener);
}

/* connect needs no accept: the handshake is the listener's alone. */
TEST_F(api, F12_connect_without_accept)
{
	int listener = xt_listen(self->fam, 1);

	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(4, send(self->fd, "data", 4, MSG_NOSIGNAL));
	EXPECT_EQ(0, xt_wait_outq(self->fd, 0));
	close(listener);
}

TEST_F(api, F36_connect_nonblocking)
{
	int listener = xt_listen(self->fam, 1);
	__u16 port = xt_port(listener);

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(POLLOUT, xt_wait(self->fd, POLLOUT));
	EXPECT_EQ(0, xt_sock_error(self->fd));
	/* The first call after completion reports it, later ones refuse. */
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(EISCONN, errno);
	close(listener);
}

TEST_F(api, F36_connect_connected)
{
	int listener = xt_listen(self->fam, 4);
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(EISCONN, errno);
	server = xt_accept(listener);
	EXPECT_EQ(-1, xt_try_connect(server, self->fam, xt_port(listener)));
	EXPECT_EQ(EISCONN, errno);
	close(server);
	close(listener);
}

TEST_F(api, F36_connect_already)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	__u16 port = xt_silent_peer(self->fam, &addr);

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EALREADY, errno);
	EXPECT_EQ(XT_SYN_SENT, xt_state(xt_port(self->fd), port));
	EXPECT_EQ(0, xt_events(self->fd, POLLIN | POLLOUT));
	EXPECT_EQ(-1, recv(self->fd, &addr, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, send(self->fd, &addr, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, getpeername(self->fd, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(api, F36_connect_timeout)
{
	struct timeval tv = { .tv_usec = 50000 };
	__u64 begin = xt_now_ms();
	union xt_addr addr;

	xt_silent_peer(self->fam, &addr);
	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_SNDTIMEO, &tv,
				sizeof(tv)));
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EINPROGRESS, errno);
	/* Ticks that a busy machine makes up for come in a bunch. */
	EXPECT_LE(25, xt_now_ms() - begin);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EALREADY, errno);
}

TEST_F(api, F36_connect_interrupted)
{
	union xt_addr addr;
	__u16 port = xt_silent_peer(self->fam, &addr);

	xt_kick_start(false);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EINTR, errno);
	xt_kick_stop();
	/* The attempt goes on. */
	EXPECT_EQ(XT_SYN_SENT, xt_state(xt_port(self->fd), port));
	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EALREADY, errno);
}

TEST_F(api, F36_connect_closed_halfway)
{
	union xt_addr addr;
	__u16 port = xt_silent_peer(self->fam, &addr), lport;

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	lport = xt_port(self->fd);
	xt_close(&self->fd);
	EXPECT_EQ(XT_NONE, xt_wait_state(lport, port, XT_NONE));
}

TEST_F(api, F36_connect_shut_down_halfway)
{
	union xt_addr addr;
	__u16 port = xt_silent_peer(self->fam, &addr), lport;

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	lport = xt_port(self->fd);
	EXPECT_EQ(0, shutdown(self->fd, SHUT_WR));
	EXPECT_EQ(XT_NONE, xt_wait_state(lport, port, XT_NONE));
	EXPECT_EQ(POLLOUT | POLLHUP | POLLERR,
		  xt_wait_all(self->fd, POLLOUT | POLLHUP));
	EXPECT_EQ(ECONNRESET, xt_sock_error(self->fd));
}

TEST_F(api, F36_unspec_on_fresh_socket)
{
	EXPECT_EQ(0, disconnect(self->fd));
}

TEST_F(api, F36_unspec_disconnects)
{
	int listener = xt_listen(self->fam, 4);
	__u16 port = xt_port(listener), lport;
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	int server;
	char c;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	lport = xt_port(self->fd);
	server = xt_accept(listener);
	EXPECT_EQ(0, disconnect(self->fd));
	EXPECT_EQ(-1, getpeername(self->fd, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(XT_NONE, xt_wait_state(lport, port, XT_NONE));
	/* An open connection is reset by it. */
	ASSERT_TRUE(xt_wait_all(server, POLLERR | POLLHUP) & POLLERR);
	EXPECT_EQ(-1, recv(server, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	xt_close(&server);

	/* And the socket connects again. */
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	server = xt_accept(listener);
	EXPECT_TRUE(echo_works(self->fd, server));
	close(server);
	close(listener);
}

TEST_F(api, F36_unspec_keeps_a_bound_port)
{
	int listener = xt_listen(self->fam, 4);
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 5432, &addr);
	int server;

	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(0, disconnect(self->fd));
	EXPECT_EQ(5432, xt_port(self->fd));
	server = xt_accept(listener);
	xt_close(&server);
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_EQ(5432, xt_peer_port(server));
	close(server);
	close(listener);
}

TEST_F(api, F36_unspec_while_connecting)
{
	union xt_addr addr;
	__u16 port = xt_silent_peer(self->fam, &addr), lport;
	int listener = xt_listen(self->fam, 4);

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	lport = xt_port(self->fd);
	EXPECT_EQ(0, disconnect(self->fd));
	EXPECT_EQ(XT_NONE, xt_wait_state(lport, port, XT_NONE));
	xt_nonblock(self->fd, false);
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	close(listener);
}

TEST_F(api, F15_again_after_refusal)
{
	int listener = xt_bound(self->fam, 0);
	int server;

	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(ECONNREFUSED, errno);
	ASSERT_EQ(0, listen(listener, 1));
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_TRUE(echo_works(self->fd, server));
	close(server);
	close(listener);
}

TEST_F(api, F15_to_itself)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 0, &addr);
	char buf[5] = "";
	__u16 port;

	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	port = xt_port(self->fd);
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(port, xt_peer_port(self->fd));
	EXPECT_EQ(XT_ESTABLISHED, xt_state(port, port));
	xt_send_all(self->fd, "self", 4);
	xt_recv_all(self->fd, buf, 4);
	EXPECT_STREQ("self", buf);
	ASSERT_EQ(0, shutdown(self->fd, SHUT_WR));
	xt_expect_eof(self->fd);
}

TEST_F(api, F15_to_itself_nonblocking)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 0, &addr);

	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(self->fd)));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_TRUE(xt_wait(self->fd, POLLOUT) & POLLOUT);
	EXPECT_EQ(0, xt_sock_error(self->fd));
	EXPECT_EQ(4, send(self->fd, "self", 4, 0));
	EXPECT_EQ(4, xt_wait_inq(self->fd, 4));
}

TEST_F(api, F36_connect_to_any_means_loopback)
{
	int listener = xt_listen(self->fam, 1);
	union xt_addr addr;
	socklen_t len = xt_any(self->fam, xt_port(listener), &addr);

	if (self->fam == XT_MAPPED)
		inet_pton(AF_INET6, "::ffff:0.0.0.0", &addr.v6.sin6_addr);
	ASSERT_EQ(0, connect(self->fd, &addr.sa, len));
	len = sizeof(addr);
	ASSERT_EQ(0, getpeername(self->fd, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(self->fam, &addr));
	close(listener);
}

TEST_F(api, F07_bound_port_serves_two_peers)
{
	int a = xt_listen(self->fam, 1), b = xt_listen(self->fam, 1);
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 5600, &addr);
	int other = xt_socket(self->fam);

	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, xt_set(other, SOL_SOCKET, SO_REUSEADDR, 1));
	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	ASSERT_EQ(0, bind(other, &addr.sa, len));
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(a)));
	/* The same 4-tuple is taken, another is free. */
	EXPECT_EQ(-1, xt_try_connect(other, self->fam, xt_port(a)));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	EXPECT_EQ(0, xt_try_connect(other, self->fam, xt_port(b)));
	EXPECT_EQ(5600, xt_port(other));
	close(other);
	close(a);
	close(b);
}

TEST_HARNESS_MAIN
