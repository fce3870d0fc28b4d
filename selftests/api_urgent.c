// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of urgent data: MSG_OOB, SO_OOBINLINE, SIOCATMARK, POLLPRI, SIGURG
 * (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>

static void send_urgent(int fd, char c)
{
	if (send(fd, &c, 1, MSG_OOB) != 1)
		xt_die("MSG_OOB");
}

static int at_mark(int fd)
{
	int val = -1;

	if (ioctl(fd, SIOCATMARK, &val))
		xt_die("SIOCATMARK");
	return val;
}

TEST_F(pair, F36_oob_byte)
{
	char c = 0;

	send_urgent(self->client, 'U');
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ('U', c);
	/* Read once only. */
	EXPECT_EQ(-1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_oob_none)
{
	char c;

	EXPECT_EQ(-1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ(EINVAL, errno);
	xt_send_all(self->client, "x", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	EXPECT_EQ(-1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_oob_peek)
{
	char c = 0;

	send_urgent(self->client, 'U');
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(self->server, &c, 1, MSG_OOB | MSG_PEEK));
	EXPECT_EQ('U', c);
	EXPECT_TRUE(xt_events(self->server, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_FALSE(xt_events(self->server, POLLPRI) & POLLPRI);
}

/* The urgent byte is taken out of the stream, and reading stops at it. */
TEST_F(pair, F36_oob_splits_the_stream)
{
	char buf[16] = "";

	xt_send_all(self->client, "abc", 3);
	send_urgent(self->client, 'U');
	xt_send_all(self->client, "def", 3);
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	ASSERT_EQ(0, xt_wait_outq(self->client, 0));
	EXPECT_EQ(0, at_mark(self->server));
	EXPECT_EQ(3, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(1, recv(self->server, buf, 1, MSG_OOB));
	EXPECT_EQ('U', buf[0]);
	EXPECT_EQ(3, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "def", 3));
	EXPECT_EQ(0, at_mark(self->server));
}

/* Passed by unread, an urgent byte is lost to the stream. */
TEST_F(pair, F36_oob_skipped)
{
	char buf[16] = "";

	xt_send_all(self->client, "abc", 3);
	send_urgent(self->client, 'U');
	xt_send_all(self->client, "def", 3);
	ASSERT_EQ(0, xt_wait_outq(self->client, 0));
	xt_recv_all(self->server, buf, 6);
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F36_oob_inline)
{
	char buf[16] = "";

	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_OOBINLINE, 1));
	xt_send_all(self->client, "abc", 3);
	send_urgent(self->client, 'U');
	xt_send_all(self->client, "def", 3);
	ASSERT_EQ(0, xt_wait_outq(self->client, 0));
	EXPECT_EQ(-1, recv(self->server, buf, 1, MSG_OOB));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(3, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	EXPECT_EQ(1, at_mark(self->server));
	EXPECT_EQ(4, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "Udef", 4));
}

/* Of a longer urgent send the last byte is the urgent one. */
TEST_F(pair, F36_oob_last_byte)
{
	char buf[16] = "";

	EXPECT_EQ(4, send(self->client, "abcU", 4, MSG_OOB));
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(self->server, buf, sizeof(buf), MSG_OOB));
	EXPECT_EQ('U', buf[0]);
	xt_recv_all(self->server, buf, 3);
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	EXPECT_EQ(-1, recv(self->server, buf, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(pair, F36_oob_trunc)
{
	char buf[4] = "";
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	send_urgent(self->client, 'U');
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recvmsg(self->server, &m, MSG_OOB));
	EXPECT_EQ(MSG_OOB, m.msg_flags & MSG_OOB);
	EXPECT_EQ('U', buf[0]);
}

TEST_F(pair, F36_oob_second_replaces_first)
{
	char buf[8] = "";

	send_urgent(self->client, 'U');
	ASSERT_TRUE(xt_wait(self->server, POLLPRI) & POLLPRI);
	send_urgent(self->client, 'V');
	ASSERT_EQ(0, xt_wait_outq(self->client, 0));
	EXPECT_EQ(1, recv(self->server, buf, 1, MSG_OOB));
	EXPECT_EQ('V', buf[0]);
	/* The first, unread when the second came, is gone. */
	EXPECT_EQ(-1, recv(self->server, buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(pair, F36_oob_select_and_epoll)
{
	struct epoll_event ev = { .events = EPOLLPRI }, seen = {};
	struct timeval tv = { .tv_sec = XT_DEADLINE_MS / 1000 };
	int ep = epoll_create1(0);
	fd_set e;
	char c;

	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->server, &ev));
	EXPECT_EQ(0, epoll_wait(ep, &seen, 1, 0));
	send_urgent(self->client, 'U');
	FD_ZERO(&e);
	FD_SET(self->server, &e);
	EXPECT_EQ(1, select(self->server + 1, NULL, NULL, &e, &tv));
	EXPECT_TRUE(FD_ISSET(self->server, &e));
	EXPECT_EQ(1, epoll_wait(ep, &seen, 1, 0));
	EXPECT_EQ(EPOLLPRI, seen.events);
	EXPECT_EQ(1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ(0, epoll_wait(ep, &seen, 1, 0));
	close(ep);
}

static int urgents;

static void count_urgent(int sig)
{
	(void)sig;
	__atomic_add_fetch(&urgents, 1, __ATOMIC_SEQ_CST);
}

TEST_F(pair, F36_sigurg)
{
	struct sigaction sa = { .sa_handler = count_urgent };
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	ASSERT_EQ(0, sigaction(SIGURG, &sa, NULL));
	ASSERT_EQ(0, fcntl(self->server, F_SETOWN, getpid()));
	send_urgent(self->client, 'U');
	while (!__atomic_load_n(&urgents, __ATOMIC_SEQ_CST) &&
	       xt_now_ms() < end)
		xt_pause();
	EXPECT_EQ(1, __atomic_load_n(&urgents, __ATOMIC_SEQ_CST));
}

TEST_F(pair, F36_siocspgrp)
{
	int pid = getpid(), val = 0;

	EXPECT_EQ(0, ioctl(self->server, SIOCSPGRP, &pid));
	EXPECT_EQ(0, ioctl(self->server, SIOCGPGRP, &val));
	EXPECT_EQ(pid, val);
}

TEST_F(pair, F36_oob_after_end)
{
	char c;

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_TRUE(xt_wait(self->server, POLLRDHUP) & POLLRDHUP);
	EXPECT_EQ(-1, recv(self->server, &c, 1, MSG_OOB));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, send(self->client, "U", 1, MSG_OOB | MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

/* Urgent mode is told even when the window is closed. */
TEST_F(pair, F36_oob_with_full_queue)
{
	xt_fill(self->client);
	EXPECT_EQ(-1, send(self->client, "U", 1, MSG_OOB | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_HARNESS_MAIN
