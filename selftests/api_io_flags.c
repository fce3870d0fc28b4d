// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the flags of send and recv: MSG_PEEK, MSG_WAITALL, MSG_TRUNC,
 * MSG_DONTWAIT, MSG_MORE, and SO_RCVLOWAT, SO_PEEK_OFF (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <netinet/tcp.h>

static void send_six(int fd)
{
	xt_send_all(fd, "abcdef", 6);
}

TEST_F(pair, F36_peek)
{
	char buf[8] = "";

	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(3, recv(self->server, buf, 3, MSG_PEEK));
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), MSG_PEEK));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(6, xt_inq(self->server));
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F36_peek_across_segments)
{
	char buf[8] = "";

	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_NODELAY, 1));
	xt_send_all(self->client, "ab", 2);
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	xt_send_all(self->client, "cd", 2);
	ASSERT_EQ(4, xt_wait_inq(self->server, 4));
	EXPECT_EQ(3, recv(self->server, buf, 3, MSG_PEEK));
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(1, recv(self->server, buf, 1, 0));
	EXPECT_EQ(3, recv(self->server, buf, 8, MSG_PEEK));
	EXPECT_EQ(0, memcmp(buf, "bcd", 3));
}

TEST_F(pair, F36_peek_nothing)
{
	char c;

	EXPECT_EQ(-1, recv(self->server, &c, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_wait(self->server, POLLIN);
	EXPECT_EQ(0, recv(self->server, &c, 1, MSG_PEEK));
	EXPECT_EQ(0, recv(self->server, &c, 1, MSG_PEEK));
	EXPECT_EQ(0, recv(self->server, &c, 1, 0));
}

TEST_F(pair, F36_peek_blocks_until_data)
{
	struct xt_later later;
	char buf[8] = "";

	xt_later(&later, send_six, self->client);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), MSG_PEEK));
	EXPECT_EQ(6, xt_inq(self->server));
	xt_later_join(&later);
}

static void send_rest_when_peeked(int fd)
{
	xt_send_all(fd, "def", 3);
}

TEST_F(pair, F36_peek_waitall)
{
	struct xt_later later;
	char buf[8] = "";

	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	xt_later(&later, send_rest_when_peeked, self->client);
	EXPECT_EQ(6, recv(self->server, buf, 6, MSG_PEEK | MSG_WAITALL));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(6, xt_inq(self->server));
	xt_later_join(&later);
}

TEST_F(pair, F36_waitall)
{
	struct xt_later later;
	char buf[8] = "";

	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	xt_later(&later, send_rest_when_peeked, self->client);
	EXPECT_EQ(6, recv(self->server, buf, 6, MSG_WAITALL));
	EXPECT_STREQ("abcdef", buf);
	xt_later_join(&later);
}

static void send_and_finish(int fd)
{
	xt_send_all(fd, "def", 3);
	shutdown(fd, SHUT_WR);
}

TEST_F(pair, F36_waitall_ends_with_the_stream)
{
	struct xt_later later;
	char buf[16] = "";

	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	xt_later(&later, send_and_finish, self->client);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(0, recv(self->server, buf, sizeof(buf), MSG_WAITALL));
	xt_later_join(&later);
}

TEST_F(pair, F36_waitall_nonblocking)
{
	char buf[16] = "";

	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf),
			  MSG_WAITALL | MSG_DONTWAIT));
}

TEST_F(pair, F36_waitall_timeout)
{
	struct timeval tv = { .tv_usec = 50000 };
	char buf[16] = "";

	ASSERT_EQ(0, setsockopt(self->server, SOL_SOCKET, SO_RCVTIMEO, &tv,
				sizeof(tv)));
	send_six(self->client);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), MSG_WAITALL));
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F36_waitall_interrupted)
{
	char buf[16] = "";

	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	xt_kick_start(false);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), MSG_WAITALL));
	xt_kick_stop();
	EXPECT_LT(0, xt_kicks());
}

/* Larger than the receive buffer: the window must go on opening. */
static void send_big(int fd)
{
	static char big[8 << 20];

	memset(big, 'B', sizeof(big));
	xt_send_all(fd, big, sizeof(big));
}

TEST_F(pair, F36_waitall_larger_than_the_buffer)
{
	size_t len = 8 << 20;
	struct xt_later later;
	char *buf = calloc(1, len);

	ASSERT_NE(NULL, buf);
	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_RCVBUF, 65536));
	xt_later(&later, send_big, self->client);
	EXPECT_EQ((ssize_t)len, recv(self->server, buf, len, MSG_WAITALL));
	EXPECT_EQ('B', buf[len - 1]);
	xt_later_join(&later);
	free(buf);
}

TEST_F(pair, F36_trunc_discards)
{
	char buf[8] = "-------";

	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(4, recv(self->server, buf, 4, MSG_TRUNC));
	EXPECT_STREQ("-------", buf);
	EXPECT_EQ(2, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, memcmp(buf, "ef-----", 7));
}

TEST_F(pair, F36_trunc_without_buffer)
{
	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(6, recv(self->server, NULL, 100, MSG_TRUNC));
	EXPECT_EQ(0, xt_inq(self->server));
}

TEST_F(pair, F36_trunc_and_peek)
{
	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(6, recv(self->server, NULL, 100, MSG_TRUNC | MSG_PEEK));
	EXPECT_EQ(6, xt_inq(self->server));
}

TEST_F(pair, F36_more_holds_back)
{
	char buf[8] = "";

	/* Held until a send without the flag (or 200 ms, whichever is first). */
	EXPECT_EQ(3, send(self->client, "abc", 3, MSG_MORE));
	EXPECT_EQ(3, send(self->client, "def", 3, 0));
	ASSERT_TRUE(xt_wait(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F36_more_is_sent_in_the_end)
{
	char buf[8] = "";

	EXPECT_EQ(3, send(self->client, "abc", 3, MSG_MORE));
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("abc", buf);
}

TEST_F(pair, F36_more_is_sent_by_fin)
{
	char buf[8] = "";

	EXPECT_EQ(3, send(self->client, "abc", 3, MSG_MORE));
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("abc", buf);
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_rcvlowat)
{
	char buf[16] = "";

	EXPECT_EQ(1, xt_get(self->server, SOL_SOCKET, SO_RCVLOWAT));
	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_RCVLOWAT, 6));
	EXPECT_EQ(6, xt_get(self->server, SOL_SOCKET, SO_RCVLOWAT));
	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	EXPECT_EQ(0, xt_events(self->server, POLLIN));
	xt_send_all(self->client, "def", 3);
	EXPECT_EQ(POLLIN, xt_wait(self->server, POLLIN));
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), 0));
}

static void send_six_more(int fd)
{
	xt_send_all(fd, "defghi", 6);
}

/* Six more: Linux TCP counts the mark anew from what was copied already. */
TEST_F(pair, F36_rcvlowat_recv_blocks)
{
	struct xt_later later;
	char buf[16] = "";

	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_RCVLOWAT, 6));
	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	xt_later(&later, send_six_more, self->client);
	EXPECT_EQ(9, recv(self->server, buf, sizeof(buf), 0));
	xt_later_join(&later);
	/* Never more than was asked for. */
	xt_send_all(self->client, "xy", 2);
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	EXPECT_EQ(2, recv(self->server, buf, 2, 0));
}

TEST_F(pair, F36_rcvlowat_end_of_stream)
{
	char buf[16] = "";

	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_RCVLOWAT, 100));
	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_TRUE(xt_wait(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(3, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_EQ(0, recv(self->server, buf, sizeof(buf), 0));
}

/* Linux TCP has SO_PEEK_OFF since 6.9; without it the answer is plain. */
TEST_F(pair, F36_peek_offset)
{
	char buf[8] = "";

	if (xt_set(self->server, SOL_SOCKET, SO_PEEK_OFF, 2)) {
		EXPECT_EQ(EOPNOTSUPP, errno);
		return;
	}
	send_six(self->client);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(2, recv(self->server, buf, 2, MSG_PEEK));
	EXPECT_STREQ("cd", buf);
	EXPECT_EQ(2, recv(self->server, buf, 2, MSG_PEEK));
	EXPECT_STREQ("ef", buf);
}

TEST_F(pair, F36_errqueue_is_empty)
{
	char c;

	EXPECT_EQ(-1, recv(self->client, &c, 1, MSG_ERRQUEUE));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_HARNESS_MAIN
