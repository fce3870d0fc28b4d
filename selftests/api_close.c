// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of close: orderly, with unread data, with SO_LINGER, with data queued
 * (F-40, F-46, F-47).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

static void set_linger(int fd, int seconds)
{
	struct linger linger = { .l_onoff = 1, .l_linger = seconds };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		xt_die("SO_LINGER");
}

TEST_F(pair, F40_close_ends_the_stream)
{
	xt_close(&self->client);
	xt_expect_eof(self->server);
	EXPECT_EQ(0, xt_sock_error(self->server));
}

TEST_F(pair, F40_close_delivers_what_was_sent)
{
	char buf[8] = "";

	xt_send_all(self->client, "parting", 7);
	xt_close(&self->client);
	xt_recv_all(self->server, buf, 7);
	EXPECT_STREQ("parting", buf);
	xt_expect_eof(self->server);
}

TEST_F(pair, F40_close_delivers_a_full_queue)
{
	size_t sent = xt_fill(self->client);

	xt_close(&self->client);
	EXPECT_EQ(sent, xt_drain(self->server, sent));
	xt_expect_eof(self->server);
}

TEST_F(pair, F41_active_closer_waits)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);

	xt_close(&self->client);
	xt_expect_eof(self->server);
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(cport, sport, XT_FIN_WAIT2));
	xt_close(&self->server);
	EXPECT_EQ(XT_TIME_WAIT, xt_wait_state(cport, sport, XT_TIME_WAIT));
	EXPECT_EQ(XT_NONE, xt_wait_state(sport, cport, XT_NONE));
}

TEST_F(pair, F47_close_with_unread_data_resets)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);
	char c;

	xt_send_all(self->server, "unread", 6);
	ASSERT_EQ(6, xt_wait_inq(self->client, 6));
	xt_close(&self->client);
	ASSERT_TRUE(xt_wait_all(self->server, POLLERR) & POLLERR);
	EXPECT_EQ(-1, recv(self->server, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(XT_NONE, xt_wait_state(cport, sport, XT_NONE));
}

/* What was read is no reason for a reset. */
TEST_F(pair, F47_close_after_reading_all_is_orderly)
{
	xt_send_all(self->server, "read", 4);
	xt_drain(self->client, 4);
	xt_close(&self->client);
	xt_expect_eof(self->server);
}

TEST_F(pair, F47_data_after_close_is_reset)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	xt_close(&self->client);
	xt_expect_eof(self->server);
	/* Nobody is there to read it, so it is answered with a reset. */
	EXPECT_EQ(1, send(self->server, "x", 1, MSG_NOSIGNAL));
	ASSERT_TRUE(xt_wait_all(self->server, POLLERR | POLLHUP) & POLLHUP);
	EXPECT_EQ(EPIPE, xt_sock_error(self->server));
	while (send(self->server, "x", 1, MSG_NOSIGNAL) == 1 &&
	       xt_now_ms() < end)
		xt_pause();
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(pair, F46_linger_zero_resets)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);
	char c;

	set_linger(self->client, 0);
	xt_close(&self->client);
	ASSERT_TRUE(xt_wait_all(self->server, POLLERR) & POLLERR);
	EXPECT_EQ(-1, recv(self->server, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(XT_NONE, xt_state(cport, sport));
	EXPECT_EQ(XT_NONE, xt_wait_state(sport, cport, XT_NONE));
}

TEST_F(pair, F46_linger_zero_drops_the_queue)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);

	xt_fill(self->client);
	set_linger(self->client, 0);
	xt_close(&self->client);
	EXPECT_EQ(XT_NONE, xt_wait_state(cport, sport, XT_NONE));
	ASSERT_TRUE(xt_wait_all(self->server, POLLERR) & POLLERR);
	EXPECT_EQ(ECONNRESET, xt_sock_error(self->server));
}

/* The peer's end has come already: still a reset, still ECONNRESET or EPIPE. */
TEST_F(pair, F46_linger_zero_in_close_wait)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
	xt_reset(&self->server);
	EXPECT_EQ(XT_NONE, xt_wait_state(sport, cport, XT_NONE));
	EXPECT_EQ(XT_NONE, xt_wait_state(cport, sport, XT_NONE));
	EXPECT_EQ(ECONNRESET, xt_sock_error(self->client));
}

TEST_F(pair, F46_linger_returns_when_all_is_acknowledged)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);
	__u64 begin = xt_now_ms();

	xt_send_all(self->client, "abc", 3);
	set_linger(self->client, 30);
	xt_close(&self->client);
	EXPECT_GT(10000, xt_now_ms() - begin);
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(cport, sport, XT_FIN_WAIT2));
	xt_drain(self->server, 3);
	xt_expect_eof(self->server);
}

TEST_F(pair, F46_linger_waits_its_time)
{
	__u64 begin;

	xt_fill(self->client);
	set_linger(self->client, 1);
	begin = xt_now_ms();
	/* The peer reads nothing, so the queue can't empty. */
	xt_close(&self->client);
	EXPECT_LE(950, xt_now_ms() - begin);
	EXPECT_GT(10000, xt_now_ms() - begin);
	/* What is queued still goes, in the background. */
	EXPECT_LT(0, xt_inq(self->server));
}

static size_t to_drain;

static void drain_later(int fd)
{
	xt_drain(fd, to_drain);
}

TEST_F(pair, F46_linger_ends_early_when_the_peer_reads)
{
	struct xt_later later;
	__u64 begin;

	to_drain = xt_fill(self->client);
	set_linger(self->client, 60);
	begin = xt_now_ms();
	xt_later(&later, drain_later, self->server);
	xt_close(&self->client);
	EXPECT_GT(30000, xt_now_ms() - begin);
	xt_later_join(&later);
	xt_expect_eof(self->server);
}

/* A nonblocking socket lingers, too (close knows no O_NONBLOCK). */
TEST_F(pair, F46_linger_nonblocking)
{
	__u64 begin;

	xt_fill(self->client);
	xt_nonblock(self->client, true);
	set_linger(self->client, 1);
	begin = xt_now_ms();
	xt_close(&self->client);
	EXPECT_LE(950, xt_now_ms() - begin);
}

TEST_F(pair, F46_linger_interrupted)
{
	xt_fill(self->client);
	set_linger(self->client, 60);
	xt_kick_start(false);
	xt_close(&self->client);
	xt_kick_stop();
	EXPECT_LT(0, xt_kicks());
}

/* Simultaneous close over loopback: both ends come to an orderly end. */
TEST_F(pair, F40_both_close)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);
	enum xt_state a, b;

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	xt_expect_eof(self->client);
	xt_expect_eof(self->server);
	xt_close(&self->client);
	xt_close(&self->server);
	EXPECT_EQ(XT_TIME_WAIT, xt_wait_state(cport, sport, XT_TIME_WAIT));
	a = xt_state(cport, sport);
	b = xt_state(sport, cport);
	EXPECT_TRUE(a == XT_TIME_WAIT || b == XT_TIME_WAIT);
}

TEST_F(pair, F47_orphan_in_fin_wait2_ends)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);

	xt_sysctl("fin_timeout", "1");
	xt_close(&self->client);
	xt_expect_eof(self->server);
	EXPECT_EQ(XT_NONE, xt_wait_state(cport, sport, XT_NONE));
	EXPECT_EQ(XT_CLOSE_WAIT, xt_state(sport, cport));
}

/* A half-closed socket that a program still holds has no such limit. */
TEST_F(pair, F47_held_fin_wait2_stays)
{
	__u16 cport = xt_port(self->client), sport = xt_port(self->server);
	int other_client, other_server;

	xt_sysctl("fin_timeout", "1");
	xt_pair(self->fam, &other_client, &other_server);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(cport, sport, XT_FIN_WAIT2));
	/* By the time an orphan of the same age is gone it is still there. */
	cport = xt_port(other_client);
	sport = xt_port(other_server);
	close(other_client);
	xt_expect_eof(other_server);
	EXPECT_EQ(XT_NONE, xt_wait_state(cport, sport, XT_NONE));
	EXPECT_EQ(XT_FIN_WAIT2, xt_state(xt_port(self->client),
					 xt_port(self->server)));
	close(other_server);
}

TEST_HARNESS_MAIN
