// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of epoll: level, edge and one-shot, for each event of a connection
 * (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <sys/epoll.h>

static int watch(int fd, __u32 events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };
	int ep = epoll_create1(0);

	if (ep < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev))
		xt_die("epoll");
	return ep;
}

/* The next event, or 0 when there is none (at once, or after the deadline). */
static __u32 next(int ep, bool wait)
{
	struct epoll_event ev = {};
	int rc;

	do {
		rc = epoll_wait(ep, &ev, 1, wait ? XT_DEADLINE_MS : 0);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0)
		xt_die("epoll_wait");
	return rc ? ev.events : 0;
}

static void rearm(int ep, int fd, __u32 events)
{
	struct epoll_event ev = { .events = events, .data.fd = fd };

	if (epoll_ctl(ep, EPOLL_CTL_MOD, fd, &ev))
		xt_die("EPOLL_CTL_MOD");
}

TEST_F(pair, F36_epoll_level)
{
	int ep = watch(self->server, EPOLLIN);
	char buf[2];

	EXPECT_EQ(0, next(ep, false));
	xt_send_all(self->client, "ab", 2);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	EXPECT_EQ(EPOLLIN, next(ep, false));
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	xt_recv_all(self->server, buf, 1);
	EXPECT_EQ(EPOLLIN, next(ep, false));
	xt_recv_all(self->server, buf, 1);
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_edge_in)
{
	int ep = watch(self->server, EPOLLIN | EPOLLET);
	char buf[4];

	EXPECT_EQ(0, next(ep, false));
	xt_send_all(self->client, "a", 1);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	EXPECT_EQ(0, next(ep, false));
	/* Each arrival is an edge, even with data unread. */
	xt_send_all(self->client, "b", 1);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	/* Reading a part is none. */
	xt_recv_all(self->server, buf, 1);
	EXPECT_EQ(0, next(ep, false));
	xt_send_all(self->client, "c", 1);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	close(ep);
}

TEST_F(pair, F36_epoll_edge_reported_at_add)
{
	int ep;

	xt_send_all(self->client, "a", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	ep = watch(self->server, EPOLLIN | EPOLLET);
	EXPECT_EQ(EPOLLIN, next(ep, false));
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_edge_out)
{
	int ep = watch(self->client, EPOLLOUT | EPOLLET);
	size_t sent;

	EXPECT_EQ(EPOLLOUT, next(ep, false));
	EXPECT_EQ(0, next(ep, false));
	sent = xt_fill(self->client);
	next(ep, false);
	EXPECT_EQ(0, next(ep, false));
	xt_drain(self->server, sent);
	EXPECT_EQ(EPOLLOUT, next(ep, true));
	close(ep);
}

TEST_F(pair, F36_epoll_edge_rdhup)
{
	int ep = watch(self->server, EPOLLIN | EPOLLRDHUP | EPOLLET);

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, next(ep, true));
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_hup)
{
	int ep = watch(self->server, EPOLLIN | EPOLLRDHUP);

	xt_send_all(self->server, "x", 1);
	ASSERT_EQ(0, xt_wait_outq(self->server, 0));
	xt_drain(self->client, 1);
	xt_close(&self->client);
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP, next(ep, true));
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	EXPECT_TRUE(xt_wait_all(self->server, POLLHUP) & POLLHUP);
	EXPECT_EQ(EPOLLIN | EPOLLRDHUP | EPOLLHUP, next(ep, true));
	close(ep);
}

TEST_F(pair, F36_epoll_err)
{
	int ep = watch(self->client, EPOLLIN | EPOLLET);
	__u32 seen = 0;

	xt_reset(&self->server);
	do {
		seen |= next(ep, true);
	} while (seen && !(seen & EPOLLHUP));
	EXPECT_EQ(EPOLLIN | EPOLLERR | EPOLLHUP, seen);
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_oneshot)
{
	int ep = watch(self->server, EPOLLIN | EPOLLONESHOT);

	xt_send_all(self->client, "a", 1);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	EXPECT_EQ(0, next(ep, false));
	xt_send_all(self->client, "b", 1);
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	EXPECT_EQ(0, next(ep, false));
	rearm(ep, self->server, EPOLLIN | EPOLLONESHOT);
	EXPECT_EQ(EPOLLIN, next(ep, false));
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_rearm_repeats_an_edge)
{
	int ep = watch(self->server, EPOLLIN | EPOLLET);

	xt_send_all(self->client, "a", 1);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	EXPECT_EQ(0, next(ep, false));
	rearm(ep, self->server, EPOLLIN | EPOLLET);
	EXPECT_EQ(EPOLLIN, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_closed_descriptor_leaves)
{
	int ep = watch(self->server, EPOLLIN | EPOLLOUT);

	EXPECT_EQ(EPOLLOUT, next(ep, false));
	xt_close(&self->server);
	EXPECT_EQ(0, next(ep, false));
	close(ep);
}

TEST_F(pair, F36_epoll_rcvlowat)
{
	int ep = watch(self->server, EPOLLIN | EPOLLET);

	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_RCVLOWAT, 4));
	xt_send_all(self->client, "ab", 2);
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	EXPECT_EQ(0, next(ep, false));
	xt_send_all(self->client, "cd", 2);
	EXPECT_EQ(EPOLLIN, next(ep, true));
	close(ep);
}

TEST_F(pair, F36_epoll_connecting)
{
	int listener = xt_listen(self->fam, 1);
	int fd = xt_socket(self->fam), ep;

	xt_nonblock(fd, true);
	ASSERT_EQ(-1, xt_try_connect(fd, self->fam, xt_port(listener)));
	ASSERT_EQ(EINPROGRESS, errno);
	ep = watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
	EXPECT_EQ(EPOLLOUT, next(ep, true));
	EXPECT_EQ(0, xt_sock_error(fd));
	close(ep);
	close(fd);
	close(listener);
}

TEST_F(pair, F36_epoll_refused)
{
	int bound = xt_bound(self->fam, 0);
	int fd = xt_socket(self->fam), ep;
	__u32 seen = 0;

	/* An unconnected socket hangs up at once, which is an edge, too. */
	ep = watch(fd, EPOLLOUT | EPOLLET);
	EXPECT_EQ(EPOLLOUT | EPOLLHUP, next(ep, false));
	xt_nonblock(fd, true);
	ASSERT_EQ(-1, xt_try_connect(fd, self->fam, xt_port(bound)));
	do {
		seen = next(ep, true);
	} while (seen && !(seen & EPOLLERR));
	EXPECT_EQ(EPOLLOUT | EPOLLERR | EPOLLHUP, seen);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(fd));
	close(ep);
	close(fd);
	close(bound);
}

TEST_F(pair, F36_epoll_listener_edge)
{
	int listener = xt_listen(self->fam, 4);
	int ep = watch(listener, EPOLLIN | EPOLLET);
	int a, b, server;

	EXPECT_EQ(0, next(ep, false));
	a = xt_connect(self->fam, xt_port(listener));
	EXPECT_EQ(EPOLLIN, next(ep, true));
	EXPECT_EQ(0, next(ep, false));
	b = xt_connect(self->fam, xt_port(listener));
	EXPECT_EQ(EPOLLIN, next(ep, true));
	server = xt_accept(listener);
	close(server);
	EXPECT_EQ(0, next(ep, false));
	close(a);
	close(b);
	close(ep);
	close(listener);
}

/* EPOLLEXCLUSIVE wakes at least one of several waiters. */
TEST_F(pair, F36_epoll_exclusive)
{
	int a = watch(self->server, EPOLLIN | EPOLLEXCLUSIVE);
	int b = watch(self->server, EPOLLIN | EPOLLEXCLUSIVE);

	xt_send_all(self->client, "x", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	EXPECT_NE(0, next(a, false) | next(b, false));
	close(a);
	close(b);
}

TEST_HARNESS_MAIN
