// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of poll and select in every phase of a connection's life (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/select.h>

#define ALL	(POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM | \
		 POLLRDBAND | POLLWRNORM | POLLWRBAND)
#define READ	(POLLIN | POLLRDNORM)
#define WRITE	(POLLOUT | POLLWRNORM)

TEST_F(pair, F36_poll_idle)
{
	EXPECT_EQ(WRITE, xt_events(self->client, ALL));
	EXPECT_EQ(WRITE, xt_events(self->server, ALL));
}

TEST_F(pair, F36_poll_readable)
{
	char c;

	xt_send_all(self->client, "x", 1);
	EXPECT_EQ(POLLIN, xt_wait(self->server, POLLIN));
	EXPECT_EQ(READ | WRITE, xt_events(self->server, ALL));
	xt_recv_all(self->server, &c, 1);
	EXPECT_EQ(WRITE, xt_events(self->server, ALL));
}

TEST_F(pair, F36_poll_not_writable)
{
	size_t sent = xt_fill(self->client);

	EXPECT_EQ(0, xt_events(self->client, ALL));
	xt_drain(self->server, sent);
	EXPECT_EQ(POLLOUT, xt_wait(self->client, POLLOUT));
}

/* The peer has shut down: readable (the end), half hung up, still writable. */
TEST_F(pair, F36_poll_rdhup)
{
	char c;

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_TRUE(xt_wait(self->server, POLLRDHUP) & POLLRDHUP);
	EXPECT_EQ(READ | POLLRDHUP | WRITE, xt_events(self->server, ALL));
	EXPECT_EQ(0, recv(self->server, &c, 1, 0));
	EXPECT_EQ(READ | POLLRDHUP | WRITE, xt_events(self->server, ALL));
}

/* We have shut down: a write would fail at once, so it is "writable". */
TEST_F(pair, F36_poll_after_own_shutdown)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(WRITE, xt_events(self->client, ALL));
}

TEST_F(pair, F36_poll_after_own_shut_rd)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_RD));
	EXPECT_EQ(READ | POLLRDHUP | WRITE, xt_events(self->client, ALL));
}

/* POLLHUP says that both directions are over. */
TEST_F(pair, F36_poll_hup)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	EXPECT_TRUE(xt_wait_all(self->client, POLLHUP) & POLLHUP);
	EXPECT_EQ(READ | POLLRDHUP | POLLHUP | WRITE,
		  xt_events(self->client, ALL));
	EXPECT_TRUE(xt_wait_all(self->server, POLLHUP) & POLLHUP);
	EXPECT_EQ(READ | POLLRDHUP | POLLHUP | WRITE,
		  xt_events(self->server, ALL));
}

TEST_F(pair, F36_poll_hup_by_own_shutdown)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_RDWR));
	EXPECT_EQ(READ | POLLRDHUP | POLLHUP | WRITE,
		  xt_events(self->client, ALL));
}

TEST_F(pair, F36_poll_err)
{
	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait_all(self->client, POLLERR | POLLHUP) & POLLERR);
	EXPECT_EQ(READ | WRITE | POLLRDHUP | POLLHUP | POLLERR,
		  xt_events(self->client, ALL));
	EXPECT_EQ(ECONNRESET, xt_sock_error(self->client));
	EXPECT_EQ(READ | WRITE | POLLRDHUP | POLLHUP,
		  xt_events(self->client, ALL));
}

/* POLLERR and POLLHUP come unasked. */
TEST_F(pair, F36_poll_err_unasked)
{
	xt_reset(&self->server);
	EXPECT_EQ(POLLERR | POLLHUP, xt_wait_all(self->client, 0) |
		  xt_wait(self->client, 0));
}

TEST_F(pair, F36_poll_data_then_end)
{
	char buf[4];

	xt_send_all(self->client, "abc", 3);
	xt_close(&self->client);
	ASSERT_TRUE(xt_wait(self->server, POLLRDHUP) & POLLRDHUP);
	xt_recv_all(self->server, buf, 3);
	EXPECT_TRUE(xt_events(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(0, recv(self->server, buf, 1, 0));
}

static void send_byte(int fd)
{
	xt_send_all(fd, "x", 1);
}

TEST_F(pair, F36_poll_wakes_on_data)
{
	struct pollfd p = { .fd = self->server, .events = POLLIN };
	struct xt_later later;

	xt_later(&later, send_byte, self->client);
	EXPECT_EQ(1, poll(&p, 1, XT_DEADLINE_MS));
	EXPECT_EQ(POLLIN, p.revents);
	xt_later_join(&later);
}

static void shut_wr(int fd)
{
	shutdown(fd, SHUT_WR);
}

TEST_F(pair, F36_poll_wakes_on_end)
{
	struct pollfd p = { .fd = self->server, .events = POLLRDHUP };
	struct xt_later later;

	xt_later(&later, shut_wr, self->client);
	EXPECT_EQ(1, poll(&p, 1, XT_DEADLINE_MS));
	EXPECT_EQ(POLLRDHUP, p.revents);
	xt_later_join(&later);
}

static void shut_rdwr(int fd)
{
	shutdown(fd, SHUT_RDWR);
}

/* Another thread's shutdown of the same socket wakes the poll, too. */
TEST_F(pair, F36_poll_wakes_on_own_shutdown)
{
	struct pollfd p = { .fd = self->server, .events = POLLIN };
	struct xt_later later;

	xt_later(&later, shut_rdwr, self->server);
	EXPECT_EQ(1, poll(&p, 1, XT_DEADLINE_MS));
	EXPECT_EQ(POLLIN | POLLHUP, p.revents);
	xt_later_join(&later);
}

static size_t later_len;

static void drain_all(int fd)
{
	xt_drain(fd, later_len);
}

TEST_F(pair, F36_poll_wakes_on_room)
{
	struct pollfd p = { .fd = self->client, .events = POLLOUT };
	struct xt_later later;

	later_len = xt_fill(self->client);
	xt_later(&later, drain_all, self->server);
	EXPECT_EQ(1, poll(&p, 1, XT_DEADLINE_MS));
	EXPECT_EQ(POLLOUT, p.revents);
	xt_later_join(&later);
}

TEST_F(pair, F36_poll_timeout)
{
	struct pollfd p = { .fd = self->server, .events = POLLIN };
	__u64 begin = xt_now_ms();

	EXPECT_EQ(0, poll(&p, 1, 50));
	EXPECT_LE(49, xt_now_ms() - begin);
	EXPECT_EQ(0, p.revents);
}

TEST_F(pair, F36_select)
{
	struct timeval tv = {};
	fd_set r, w, e;

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_ZERO(&e);
	FD_SET(self->server, &r);
	FD_SET(self->server, &w);
	FD_SET(self->server, &e);
	EXPECT_EQ(1, select(self->server + 1, &r, &w, &e, &tv));
	EXPECT_FALSE(FD_ISSET(self->server, &r));
	EXPECT_TRUE(FD_ISSET(self->server, &w));
	EXPECT_FALSE(FD_ISSET(self->server, &e));

	xt_send_all(self->client, "x", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	FD_SET(self->server, &r);
	FD_ZERO(&w);
	EXPECT_EQ(1, select(self->server + 1, &r, &w, &e, &tv));
	EXPECT_TRUE(FD_ISSET(self->server, &r));
}

TEST_F(pair, F36_select_wakes)
{
	struct timeval tv = { .tv_sec = XT_DEADLINE_MS / 1000 };
	struct xt_later later;
	fd_set r;

	FD_ZERO(&r);
	FD_SET(self->server, &r);
	xt_later(&later, send_byte, self->client);
	EXPECT_EQ(1, select(self->server + 1, &r, NULL, NULL, &tv));
	EXPECT_TRUE(FD_ISSET(self->server, &r));
	xt_later_join(&later);
}

static int ios;

static void count_io(int sig)
{
	(void)sig;
	__atomic_add_fetch(&ios, 1, __ATOMIC_SEQ_CST);
}

TEST_F(pair, F36_sigio)
{
	struct sigaction sa = { .sa_handler = count_io };
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	ASSERT_EQ(0, sigaction(SIGIO, &sa, NULL));
	ASSERT_EQ(0, fcntl(self->server, F_SETOWN, getpid()));
	EXPECT_EQ(getpid(), fcntl(self->server, F_GETOWN));
	ASSERT_EQ(0, fcntl(self->server, F_SETFL,
			   fcntl(self->server, F_GETFL) | O_ASYNC));
	xt_send_all(self->client, "x", 1);
	while (!__atomic_load_n(&ios, __ATOMIC_SEQ_CST) && xt_now_ms() < end)
		xt_pause();
	EXPECT_LT(0, __atomic_load_n(&ios, __ATOMIC_SEQ_CST));
}

TEST_HARNESS_MAIN
