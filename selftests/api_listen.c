// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of listen and of what a listening socket answers to every call
 * (F-10, F-21, F-36).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <signal.h>
#include <sys/ioctl.h>

static int connect_nonblock(enum xt_fam fam, __u16 port)
{
	int fd = xt_socket(fam);

	xt_nonblock(fd, true);
	if (xt_try_connect(fd, fam, port) && errno != EINPROGRESS)
		xt_die("connect");
	return fd;
}

TEST_F(api, F16_listen_unbound_takes_a_port)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	int server;

	ASSERT_EQ(0, listen(self->fd, 1));
	ASSERT_EQ(0, getsockname(self->fd, &addr.sa, &len));
	ASSERT_NE(0, xt_addr_port(&addr));
	EXPECT_EQ(XT_LISTEN, xt_state(xt_addr_port(&addr), 0));
	len = xt_loopback(self->fam, xt_addr_port(&addr), &addr);
	server = xt_socket(self->fam);
	EXPECT_EQ(0, connect(server, &addr.sa, len));
	close(server);
}

TEST_F(api, F10_listen_shows_in_procfs)
{
	int listener = xt_listen(self->fam, 1);
	__u16 port = xt_port(listener);

	EXPECT_EQ(XT_LISTEN, xt_state(port, 0));
	close(listener);
	EXPECT_EQ(XT_NONE, xt_wait_state(port, 0, XT_NONE));
}

TEST_F(api, F36_listen_again)
{
	int listener = xt_listen(self->fam, 0);
	int client, server;

	EXPECT_EQ(0, listen(listener, 5));
	EXPECT_EQ(0, listen(listener, 0));
	EXPECT_EQ(0, listen(listener, -1));
	client = xt_connect(self->fam, xt_port(listener));
	server = xt_accept(listener);
	close(server);
	close(client);
	close(listener);
}

TEST_F(api, F36_listen_when_connected)
{
	int client, server;

	xt_pair(self->fam, &client, &server);
	EXPECT_EQ(-1, listen(client, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, listen(server, 1));
	EXPECT_EQ(EINVAL, errno);
	close(client);
	close(server);
}

TEST_F(api, F36_acceptconn)
{
	int listener = xt_listen(self->fam, 1);

	EXPECT_EQ(0, xt_get(self->fd, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(1, xt_get(listener, SOL_SOCKET, SO_ACCEPTCONN));
	close(listener);
}

TEST_F(api, F15_connect_on_listener)
{
	int listener = xt_listen(self->fam, 1);
	int other = xt_listen(self->fam, 1);

	EXPECT_EQ(-1, xt_try_connect(listener, self->fam, xt_port(other)));
	EXPECT_EQ(EISCONN, errno);
	EXPECT_EQ(XT_LISTEN, xt_state(xt_port(listener), 0));
	close(listener);
	close(other);
}

TEST_F(api, F36_listener_send_recv)
{
	int listener = xt_listen(self->fam, 1);
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	char c;

	EXPECT_EQ(-1, send(listener, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(-1, recv(listener, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, getpeername(listener, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
	close(listener);
}

TEST_F(api, F36_listener_ioctls)
{
	int listener = xt_listen(self->fam, 1);
	int val;

	EXPECT_EQ(-1, ioctl(listener, FIONREAD, &val));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(listener, TIOCOUTQ, &val));
	EXPECT_EQ(EINVAL, errno);
	close(listener);
}

TEST_F(api, F36_listener_poll)
{
	int listener = xt_listen(self->fam, 4);
	int client, server;

	EXPECT_EQ(0, xt_events(listener, POLLIN | POLLOUT | POLLPRI | POLLRDHUP));
	client = xt_connect(self->fam, xt_port(listener));
	EXPECT_EQ(POLLIN | POLLRDNORM,
		  xt_wait(listener, POLLIN | POLLRDNORM | POLLOUT | POLLPRI));
	server = accept(listener, NULL, NULL);
	EXPECT_LE(0, server);
	EXPECT_EQ(0, xt_events(listener, POLLIN | POLLOUT));
	close(client);
	close(server);
	close(listener);
}

TEST_F(api, F40_listener_closed_resets_the_queue)
{
	int listener = xt_listen(self->fam, 4);
	int client = xt_connect(self->fam, xt_port(listener));
	char c;

	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	close(listener);
	ASSERT_TRUE(xt_wait_all(client, POLLHUP | POLLERR) & POLLERR);
	EXPECT_EQ(-1, recv(client, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	close(client);
}

TEST_F(api, F36_listener_shutdown_refuses_and_listens_again)
{
	int listener = xt_bound(self->fam, 4444);
	__u16 port = 4444;
	int server;

	ASSERT_EQ(0, listen(listener, 4));
	ASSERT_EQ(0, shutdown(listener, SHUT_RD));
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(0, xt_get(listener, SOL_SOCKET, SO_ACCEPTCONN));
	EXPECT_EQ(-1, accept(listener, NULL, NULL));
	EXPECT_EQ(EINVAL, errno);

	/* The port is still ours, so that it may listen again. */
	EXPECT_EQ(port, xt_port(listener));
	EXPECT_EQ(0, listen(listener, 1));
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, port));
	server = xt_accept(listener);
	close(server);
	close(listener);
}

TEST_F(api, F36_listener_shutdown_wr_is_harmless)
{
	int listener = xt_listen(self->fam, 4);
	int server;

	EXPECT_EQ(0, shutdown(listener, SHUT_WR));
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	close(server);
	close(listener);
}

TEST_F(api, F36_listener_unspec_stops_listening)
{
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	int listener = xt_listen(self->fam, 4);
	__u16 port = xt_port(listener);

	EXPECT_EQ(0, connect(listener, &unspec, sizeof(unspec)));
	EXPECT_EQ(XT_NONE, xt_wait_state(port, 0, XT_NONE));
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(listener);
}

TEST_F(api, F21_backlog_bounds_the_accept_queue)
{
	int listener = xt_listen(self->fam, 1);
	__u16 port = xt_port(listener);
	int clients[4], i, server, up = 0;

	for (i = 0; i < 2; i++)
		clients[i] = xt_connect(self->fam, port);
	/* Two fit in a backlog of one; further ones wait in SYN-SENT. */
	for (; i < 4; i++)
		clients[i] = connect_nonblock(self->fam, port);
	for (i = 0; i < 2; i++) {
		server = xt_accept(listener);
		close(server);
	}
	for (i = 2; i < 4; i++)
		up += (xt_events(clients[i], POLLOUT) & POLLOUT) != 0;
	EXPECT_EQ(0, up);
	/* Once there is room, a repeated SYN lets them in. */
	for (i = 2; i < 4; i++) {
		server = xt_accept(listener);
		close(server);
	}
	for (i = 0; i < 4; i++)
		close(clients[i]);
	close(listener);
}

TEST_F(api, F21_somaxconn_caps_the_backlog)
{
	int listener, clients[3], server;

	xt_run("echo 1 > /proc/sys/net/core/somaxconn");
	listener = xt_listen(self->fam, 100);
	clients[0] = xt_connect(self->fam, xt_port(listener));
	clients[1] = xt_connect(self->fam, xt_port(listener));
	clients[2] = connect_nonblock(self->fam, xt_port(listener));
	server = xt_accept(listener);
	EXPECT_EQ(0, xt_events(clients[2], POLLOUT) & POLLOUT);
	close(server);
	close(clients[0]);
	close(clients[1]);
	close(clients[2]);
	close(listener);
}

TEST_F(api, F10_data_before_accept)
{
	int listener = xt_listen(self->fam, 4);
	char buf[6] = "";
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	xt_send_all(self->fd, "early", 5);
	xt_close(&self->fd);
	server = xt_accept(listener);
	xt_recv_all(server, buf, 5);
	EXPECT_STREQ("early", buf);
	xt_expect_eof(server);
	close(server);
	close(listener);
}

TEST_F(api, F10_reset_before_accept)
{
	int listener = xt_listen(self->fam, 4);
	int server;
	char c;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	xt_reset(&self->fd);
	/* accept still hands it out; the error is read from it. */
	server = xt_accept(listener);
	ASSERT_TRUE(xt_wait_all(server, POLLERR | POLLHUP) & POLLERR);
	EXPECT_EQ(-1, recv(server, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	close(server);
	close(listener);
}

TEST_HARNESS_MAIN
