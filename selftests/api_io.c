// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of sending and receiving: a byte stream without boundaries, blocking
 * and not, with timeouts and signals, and the errors of each (F-02, F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <signal.h>

TEST_F(pair, F02_no_boundaries)
{
	char buf[16] = "";

	xt_send_all(self->client, "ab", 2);
	xt_send_all(self->client, "cde", 3);
	xt_send_all(self->client, "f", 1);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F02_read_in_parts)
{
	char buf[4] = "";

	xt_send_all(self->client, "abcdef", 6);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(2, recv(self->server, buf, 2, 0));
	EXPECT_STREQ("ab", buf);
	EXPECT_EQ(3, recv(self->server, buf, 3, 0));
	EXPECT_STREQ("cde", buf);
	EXPECT_EQ(1, recv(self->server, buf, 3, 0));
	EXPECT_EQ('f', buf[0]);
}

TEST_F(pair, F02_both_directions)
{
	static unsigned char out[2][100000], in[100000];
	__u64 rnd = xt_seed();
	size_t i;

	for (i = 0; i < sizeof(out[0]); i++) {
		out[0][i] = xt_random(&rnd);
		out[1][i] = xt_random(&rnd);
	}
	xt_send_all(self->client, out[0], 50000);
	xt_send_all(self->server, out[1], 50000);
	xt_recv_all(self->server, in, 50000);
	EXPECT_EQ(0, memcmp(in, out[0], 50000));
	xt_recv_all(self->client, in, 50000);
	EXPECT_EQ(0, memcmp(in, out[1], 50000));
}

TEST_F(pair, F02_every_size)
{
	static unsigned char out[4096], in[4096];
	__u64 rnd = xt_seed();
	size_t i, len;

	for (i = 0; i < sizeof(out); i++)
		out[i] = xt_random(&rnd);
	for (len = 1; len <= sizeof(out); len += 1 + xt_random(&rnd) % 97) {
		ASSERT_EQ((ssize_t)len, send(self->client, out, len, 0));
		memset(in, 0, len);
		xt_recv_all(self->server, in, len);
		ASSERT_EQ(0, memcmp(in, out, len))
			TH_LOG("at length %zu", len);
	}
}

TEST_F(pair, F36_zero_length)
{
	char c = 'x';

	EXPECT_EQ(0, send(self->client, &c, 0, 0));
	EXPECT_EQ(0, write(self->client, &c, 0));
	/* A zero-length read waits for data like any other. */
	EXPECT_EQ(-1, recv(self->server, &c, 0, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	/* A zero-length send sends nothing, least of all an end of stream. */
	xt_send_all(self->client, "y", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	EXPECT_EQ(0, recv(self->server, &c, 0, 0));
	xt_recv_all(self->server, &c, 1);
	EXPECT_EQ('y', c);
}

TEST_F(pair, F36_recv_again)
{
	char c;

	EXPECT_EQ(-1, recv(self->client, &c, 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	xt_nonblock(self->client, true);
	EXPECT_EQ(-1, read(self->client, &c, 1));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(pair, F36_send_again)
{
	size_t sent = xt_fill(self->client);

	EXPECT_LT(0, sent);
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, xt_events(self->client, POLLOUT));
	xt_nonblock(self->client, true);
	EXPECT_EQ(-1, write(self->client, "x", 1));
	EXPECT_EQ(EAGAIN, errno);
	/* Room comes back when the peer reads. */
	EXPECT_EQ(sent, xt_drain(self->server, sent));
	EXPECT_TRUE(xt_wait(self->client, POLLOUT) & POLLOUT);
	EXPECT_EQ(1, write(self->client, "x", 1));
}

TEST_F(pair, F36_send_partial)
{
	size_t len = 64 << 20;
	char *buf = calloc(1, len);
	ssize_t n;

	ASSERT_NE(NULL, buf);
	n = send(self->client, buf, len, MSG_DONTWAIT);
	EXPECT_LT(0, n);
	EXPECT_GT((ssize_t)len, n);
	EXPECT_EQ((size_t)n, xt_drain(self->server, n));
	free(buf);
}

static void send_word(int fd)
{
	xt_send_all(fd, "word", 4);
}

TEST_F(pair, F36_recv_blocks_until_data)
{
	struct xt_later later;
	char buf[8] = "";

	xt_later(&later, send_word, self->client);
	EXPECT_EQ(4, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_STREQ("word", buf);
	xt_later_join(&later);
}

static size_t drain_len;

static void drain_later(int fd)
{
	xt_drain(fd, drain_len);
}

TEST_F(pair, F36_send_blocks_until_room)
{
	static char buf[300000];
	struct xt_later later;

	drain_len = xt_fill(self->client) + sizeof(buf);
	xt_later(&later, drain_later, self->server);
	/* A blocking send takes all of it. */
	EXPECT_EQ((ssize_t)sizeof(buf), send(self->client, buf, sizeof(buf), 0));
	xt_later_join(&later);
}

TEST_F(pair, F36_recv_timeout)
{
	struct timeval tv = { .tv_usec = 50000 }, back = {};
	socklen_t len = sizeof(back);
	__u64 begin;
	char c;

	ASSERT_EQ(0, setsockopt(self->client, SOL_SOCKET, SO_RCVTIMEO, &tv,
				sizeof(tv)));
	ASSERT_EQ(0, getsockopt(self->client, SOL_SOCKET, SO_RCVTIMEO, &back,
				&len));
	/* Kept in ticks, so not to the microsecond. */
	EXPECT_LE(50000, back.tv_usec);
	EXPECT_GE(60000, back.tv_usec);
	begin = xt_now_ms();
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	/* Ticks that a busy machine makes up for come in a bunch. */
	EXPECT_LE(25, xt_now_ms() - begin);
}

TEST_F(pair, F36_send_timeout)
{
	struct timeval tv = { .tv_usec = 50000 };
	__u64 begin;

	ASSERT_EQ(0, setsockopt(self->client, SOL_SOCKET, SO_SNDTIMEO, &tv,
				sizeof(tv)));
	xt_fill(self->client);
	begin = xt_now_ms();
	EXPECT_EQ(-1, send(self->client, "x", 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	/* Ticks that a busy machine makes up for come in a bunch. */
	EXPECT_LE(25, xt_now_ms() - begin);
}

TEST_F(pair, F36_bad_timeout)
{
	struct timeval tv = { .tv_usec = 1000001 };

	EXPECT_EQ(-1, setsockopt(self->client, SOL_SOCKET, SO_RCVTIMEO, &tv,
				 sizeof(tv)));
	EXPECT_EQ(EDOM, errno);
	EXPECT_EQ(-1, setsockopt(self->client, SOL_SOCKET, SO_SNDTIMEO, &tv, 2));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_recv_interrupted)
{
	char c;

	xt_kick_start(false);
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(EINTR, errno);
	xt_kick_stop();
	EXPECT_LT(0, xt_kicks());
}

static void send_after_kicks(int fd)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	while (xt_kicks() < 3 && xt_now_ms() < end)
		xt_pause();
	send_word(fd);
}

TEST_F(pair, F36_recv_restarted)
{
	struct xt_later later;
	char buf[8] = "";

	xt_kick_start(true);
	xt_later(&later, send_after_kicks, self->client);
	EXPECT_EQ(4, recv(self->server, buf, sizeof(buf), 0));
	xt_kick_stop();
	EXPECT_LE(3, xt_kicks());
	xt_later_join(&later);
}

/* With a timeout set a signal always interrupts (signal(7)). */
TEST_F(pair, F36_recv_with_timeout_is_not_restarted)
{
	struct timeval tv = { .tv_sec = 60 };
	char c;

	ASSERT_EQ(0, setsockopt(self->client, SOL_SOCKET, SO_RCVTIMEO, &tv,
				sizeof(tv)));
	xt_kick_start(true);
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(EINTR, errno);
	xt_kick_stop();
}

TEST_F(pair, F36_send_interrupted)
{
	xt_fill(self->client);
	xt_kick_start(false);
	EXPECT_EQ(-1, send(self->client, "x", 1, 0));
	EXPECT_EQ(EINTR, errno);
	xt_kick_stop();
}

TEST_F(pair, F36_send_interrupted_halfway)
{
	size_t len = 64 << 20;
	char *buf = calloc(1, len);
	ssize_t n;

	ASSERT_NE(NULL, buf);
	xt_kick_start(false);
	/* What was taken before the signal counts. */
	n = send(self->client, buf, len, 0);
	xt_kick_stop();
	EXPECT_LT(0, n);
	EXPECT_GT((ssize_t)len, n);
	EXPECT_EQ((size_t)n, xt_drain(self->server, n));
	free(buf);
}

static int pipes;

static void count_pipe(int sig)
{
	(void)sig;
	__atomic_add_fetch(&pipes, 1, __ATOMIC_SEQ_CST);
}

static int pipes_seen(void)
{
	return __atomic_load_n(&pipes, __ATOMIC_SEQ_CST);
}

TEST_F(pair, F36_sigpipe)
{
	struct sigaction sa = { .sa_handler = count_pipe };

	ASSERT_EQ(0, sigaction(SIGPIPE, &sa, NULL));
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, pipes_seen());
	EXPECT_EQ(-1, send(self->client, "x", 1, 0));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(1, pipes_seen());
	EXPECT_EQ(-1, write(self->client, "x", 1));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(2, pipes_seen());
}

TEST_F(pair, F36_sigpipe_after_reset)
{
	struct sigaction sa = { .sa_handler = count_pipe };

	ASSERT_EQ(0, sigaction(SIGPIPE, &sa, NULL));
	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait(self->client, POLLIN) & POLLERR);
	/* First the reset, without a signal, then the broken pipe with one. */
	EXPECT_EQ(-1, send(self->client, "x", 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, pipes_seen());
	EXPECT_EQ(-1, send(self->client, "x", 1, 0));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(1, pipes_seen());
	EXPECT_EQ(0, recv(self->client, &pipes, 1, 0));
}

TEST_F(pair, F36_recv_reports_reset_once)
{
	char c;

	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait(self->client, POLLIN) & POLLERR);
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(0, recv(self->client, &c, 1, 0));
	EXPECT_EQ(-1, send(self->client, &c, 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

static void reset_later(int fd)
{
	int copy = dup(fd);

	close(fd);
	xt_reset(&copy);
}

TEST_F(pair, F36_blocked_recv_sees_reset)
{
	struct xt_later later;
	char c;

	xt_later(&later, reset_later, self->server);
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	xt_later_join(&later);
	self->server = -1;
}

TEST_F(pair, F36_blocked_send_sees_reset)
{
	struct xt_later later;

	xt_fill(self->client);
	xt_later(&later, reset_later, self->server);
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(ECONNRESET, errno);
	xt_later_join(&later);
	self->server = -1;
}

/* What came before the reset is read before the error is. */
TEST_F(pair, F36_reset_with_data_queued)
{
	char buf[8] = "";

	xt_send_all(self->server, "kept", 4);
	ASSERT_EQ(4, xt_wait_inq(self->client, 4));
	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait_all(self->client, POLLIN | POLLERR) & POLLERR);
	EXPECT_EQ(4, recv(self->client, buf, sizeof(buf), 0));
	EXPECT_STREQ("kept", buf);
	EXPECT_EQ(-1, recv(self->client, buf, sizeof(buf), 0));
	EXPECT_EQ(ECONNRESET, errno);
}

TEST_F(pair, F36_bad_pointer)
{
	char *bad = (char *)1;
	char c;

	EXPECT_EQ(-1, send(self->client, bad, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	xt_send_all(self->client, "ok", 2);
	ASSERT_EQ(2, xt_wait_inq(self->server, 2));
	EXPECT_EQ(-1, recv(self->server, bad, 2, 0));
	EXPECT_EQ(EFAULT, errno);
	/* Nothing was taken by the failed calls. */
	xt_recv_all(self->server, &c, 1);
	EXPECT_EQ('o', c);
	xt_recv_all(self->server, &c, 1);
	EXPECT_EQ('k', c);
	EXPECT_EQ(0, xt_inq(self->server));
}

TEST_F(pair, F36_partly_bad_pointer)
{
	long page = sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char buf[8];
	ssize_t n;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, mprotect(map + page, page, PROT_NONE));
	memcpy(map + page - 3, "abc", 3);
	n = send(self->client, map + page - 3, 6, 0);
	/* Either nothing or what could be read, but never more. */
	ASSERT_TRUE((n == -1 && errno == EFAULT) || (n > 0 && n <= 3));
	if (n > 0) {
		xt_recv_all(self->server, buf, n);
		EXPECT_EQ(0, memcmp(buf, "abc", n));
	}
	xt_send_all(self->client, "!", 1);
	xt_recv_all(self->server, buf, 1);
	EXPECT_EQ('!', buf[0]);
	munmap(map, 2 * page);
}

TEST_F(pair, F36_sendto_ignores_the_address)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 9, &addr);
	char c;

	EXPECT_EQ(1, sendto(self->client, "x", 1, 0, &addr.sa, len));
	len = sizeof(addr);
	addr.sa.sa_family = 77;
	ASSERT_TRUE(xt_wait(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(1, recvfrom(self->server, &c, 1, 0, &addr.sa, &len));
	EXPECT_EQ('x', c);
	/* A stream has no address to give with the data. */
	EXPECT_EQ(0, len);
	EXPECT_EQ(77, addr.sa.sa_family);
}

TEST_HARNESS_MAIN
