// SPDX-License-Identifier: GPL-2.0
/*
 * The end of connections, segment by segment: F-40, F-43, F-44, F-46, F-47;
 * RFC 9293 sections 3.6 and 3.10.7.4 (RST, FIN), RFC 1337, RFC 6191.
 */
#include "kselftest_harness.h"
#include "pkt_fixture.h"

#include <string.h>
#include <unistd.h>

static void state_is(const char *where, struct peer *p, enum xt_state want)
{
	enum xt_state seen = peer_wait_state(p, want);

	if (seen != want)
		peer_fail(where, p, "state %d expected, %d seen", want, seen);
}

#define state(p, want)	state_is(PKT_HERE, p, want)

/* A reset by the stack under test, of either form, at @seq. */
#define expect_reset(p, seq) \
	expect(p, RST, seq, ANY, .maybe_ack = true, .again_ok = true)

static void abortive(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Ways into each state, from ESTABLISHED on; they return the socket. */

static int to_fin_wait_1(struct peer *p)
{
	int fd = peer_accepted(p);

	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 1, 1);
	state(p, XT_FIN_WAIT1);
	return fd;
}

static int to_fin_wait_2(struct peer *p)
{
	int fd = to_fin_wait_1(p);

	inject(p, ACK, 1, 2);
	state(p, XT_FIN_WAIT2);
	return fd;
}

static int to_close_wait(struct peer *p)
{
	int fd = peer_accepted(p);

	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 1, 2);
	state(p, XT_CLOSE_WAIT);
	return fd;
}

static int to_closing(struct peer *p)
{
	int fd = to_fin_wait_1(p);

	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 2, 2, .again_ok = true);
	state(p, XT_CLOSING);
	return fd;
}

static int to_last_ack(struct peer *p)
{
	int fd = to_close_wait(p);

	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 1, 2);
	state(p, XT_LAST_ACK);
	return fd;
}

static void to_time_wait(struct peer *p)
{
	close(to_fin_wait_2(p));
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
}

/* The four ways to close: RFC9293-TXT-15, -TXT-16 */

TEST_F(pkt, F40_active_close)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2, .max_ms = 500);
	state(p, XT_TIME_WAIT);
	xt_expect_eof(fd);
	expect_nothing(p, SOON_MS);
}

/* FIN-WAIT-1: the FIN that comes acknowledges ours. */
TEST_F(pkt, F40_active_close_FIN_acks_FIN)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_1(p);

	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
	xt_expect_eof(fd);
}

TEST_F(pkt, F40_passive_close)
{
	struct peer *p = self->p;
	int fd = to_close_wait(p);

	xt_expect_eof(fd);
	/* The other direction is open. */
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 2, .len = 100);
	inject(p, ACK, 2, 101);
	close(fd);
	expect(p, FIN | ACK, 101, 2);
	state(p, XT_LAST_ACK);
	inject(p, ACK, 2, 102);
	state(p, XT_NONE);
	inject(p, ACK, 2, 102);
	expect(p, RST, 102, 0);
}

TEST_F(pkt, F40_simultaneous_close)
{
	struct peer *p = self->p;
	int fd = to_closing(p);

	/* Anything but the ACK of our FIN leaves it there. */
	inject(p, ACK, 2, 1);
	peer_skip_repeats(p);
	state(p, XT_CLOSING);
	inject(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
	xt_expect_eof(fd);
}

TEST_F(pkt, TXT15_FIN_with_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, FIN | ACK, 1, 1, .len = 300);
	expect(p, ACK, 1, 302);
	state(p, XT_CLOSE_WAIT);
	app_read(fd, 0, 300);
	xt_expect_eof(fd);
}

/* A FIN counts in its place only. */
TEST_F(pkt, TXT15_FIN_out_of_order)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, FIN | ACK, 201, 1);
	expect(p, ACK, 1, 1);
	inject(p, ACK, 101, 1, .len = 100);
	expect(p, ACK, 1, 1);
	state(p, XT_ESTABLISHED);
	inject(p, ACK, 1, 1, .len = 100);
	expect(p, ACK, 1, 202);
	state(p, XT_CLOSE_WAIT);
	app_read(fd, 0, 200);
	xt_expect_eof(fd);
}

TEST_F(pkt, TXT15_FIN_out_of_order_in_FIN_WAIT)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	inject(p, FIN | ACK, 101, 2);
	expect(p, ACK, 2, 1);
	state(p, XT_FIN_WAIT2);
	inject(p, ACK, 1, 2, .len = 100);
	expect(p, ACK, 2, 102);
	state(p, XT_TIME_WAIT);
	app_read(fd, 0, 100);
	xt_expect_eof(fd);
}

/* RFC9293-TXT-17: what is queued goes before the FIN, then the peer speaks. */
TEST_F(pkt, TXT17_half_close)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 i;

	app_write(fd, 0, 3000);
	shutdown(fd, SHUT_WR);
	expect(p, ACK, 1, 1, .len = 1000);
	expect(p, ACK, 1001, 1, .len = 1000);
	expect(p, ACK, 2001, 1, .len = 1000, .again_ok = true);
	expect(p, FIN | ACK, 3001, 1);
	inject(p, ACK, 1, 3002);
	state(p, XT_FIN_WAIT2);
	for (i = 0; i < 100; i++)
		inject(p, ACK | PSH, 1 + i * 500, 3002, .len = 500);
	app_read(fd, 0, 50000);
	peer_drain(p, SOON_MS);
	inject(p, FIN | ACK, 50001, 3002);
	expect(p, ACK, 3002, 50002);
	xt_expect_eof(fd);
	state(p, XT_TIME_WAIT);
}

/* The FIN waits for data that the window keeps back. */
TEST_F(pkt, TXT17_FIN_behind_a_closed_window)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .zero_wnd = true);
	app_write(fd, 0, 500);
	shutdown(fd, SHUT_WR);
	state(p, XT_FIN_WAIT1);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 2, 1);
	expect(p, FIN | ACK, 1, 2, .len = 500);
	inject(p, ACK, 2, 502);
	state(p, XT_FIN_WAIT2);
}

/* RFC9293-TXT-28 */
TEST_F(pkt, TXT28_one_FIN_only)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	shutdown(fd, SHUT_WR);
	shutdown(fd, SHUT_WR);
	close(fd);
	expect_nothing(p, SOON_MS);
	state(p, XT_FIN_WAIT2);
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
}

/* RFC9293-MUST-19: the FIN is retransmitted with backoff, in three states. */

static void fin_repeats(struct peer *p, __u32 ack)
{
	__u64 start = p->mark_us;
	int i;

	for (i = 0; i < 3; i++)
		expect(p, FIN | ACK, 1, ack);
	/* 200 + 400 + 800 ms; 600 ms without backoff. */
	if (p->last->at_us - start < 1000000)
		peer_fail(__func__, p, "no backoff: three in %llu us",
			  p->last->at_us - start);
}

TEST_F(pkt, F40_FIN_retransmitted_in_FIN_WAIT_1)
{
	struct peer *p = self->p;

	to_fin_wait_1(p);
	fin_repeats(p, 1);
	inject(p, ACK, 1, 2);
	state(p, XT_FIN_WAIT2);
	expect_nothing(p, 300);
}

TEST_F(pkt, F40_FIN_retransmitted_in_LAST_ACK)
{
	struct peer *p = self->p;

	to_last_ack(p);
	fin_repeats(p, 2);
	inject(p, ACK, 2, 2);
	state(p, XT_NONE);
}

TEST_F(pkt, F40_FIN_retransmitted_in_CLOSING)
{
	struct peer *p = self->p;

	to_closing(p);
	expect(p, FIN | ACK, 1, 2, .min_ms = 100);
	expect(p, FIN | ACK, 1, 2);
	inject(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
	expect_nothing(p, SOON_MS);
}

/* The data was acknowledged, the FIN behind it was lost. */
TEST_F(pkt, F40_FIN_alone_retransmitted)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 101, 1);
	inject(p, ACK, 1, 101);
	expect(p, FIN | ACK, 101, 1, .min_ms = 150);
	inject(p, ACK, 1, 102);
	state(p, XT_FIN_WAIT2);
}

/* The peer's FIN again, as our ACK was lost: it is acknowledged again. */

TEST_F(pkt, TXT15_FIN_repeated_in_CLOSE_WAIT)
{
	struct peer *p = self->p;
	int fd = to_close_wait(p);

	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 1, 2);
	state(p, XT_CLOSE_WAIT);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 1, 2);
	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 2, 2, .again_ok = true);
	state(p, XT_LAST_ACK);
}

/* "This should not occur": text behind the peer's FIN is ignored. */
TEST_F(pkt, TXT15_data_after_FIN)
{
	struct peer *p = self->p;
	int fd = to_close_wait(p);

	inject(p, ACK | PSH, 2, 1, .len = 100);
	inject(p, FIN | ACK, 2, 1, .len = 100);
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(p->iss + 2, p->last->ack);
	EXPECT_EQ(0, xt_inq(fd));
	xt_expect_eof(fd);
	state(p, XT_CLOSE_WAIT);
}

/* RST in each state: RFC9293-MUST-12, -TXT-19, RFC5961-01 */

struct reset_case {
	int (*reach)(struct peer *p);
	__u32 seq;
	int err;
};

static void reset_in(struct __test_metadata *_metadata, struct peer *p,
		     const struct reset_case *c)
{
	enum xt_state before;
	int fd = c->reach(p);
	char byte;

	before = peer_state(p);
	/*
	 * Out of the window: silence. One before the next is not tried, as
	 * kernel TCP takes that behind a FIN, for some peer's sake.
	 */
	inject(p, RST, c->seq - 2, 0);
	inject(p, RST, c->seq + 0x40000000, 0);
	peer_skip_repeats(p);
	EXPECT_EQ(before, peer_state(p));
	/* In the window, but not the next: RFC 5961. */
	inject(p, RST, c->seq + 10, 0);
	expect(p, ACK, ANY, c->seq, .again_ok = true);
	EXPECT_EQ(before, peer_state(p));
	inject(p, RST, c->seq, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(c->err, xt_sock_error(fd));
	EXPECT_EQ(0, recv(fd, &byte, 1, MSG_DONTWAIT));
	expect_nothing(p, SOON_MS);
}

TEST_F(pkt, TXT19_RST_in_ESTABLISHED)
{
	struct reset_case c = { peer_accepted, 1, ECONNRESET };

	reset_in(_metadata, self->p, &c);
}

TEST_F(pkt, TXT19_RST_in_FIN_WAIT_1)
{
	struct reset_case c = { to_fin_wait_1, 1, ECONNRESET };

	reset_in(_metadata, self->p, &c);
}

TEST_F(pkt, TXT19_RST_in_FIN_WAIT_2)
{
	struct reset_case c = { to_fin_wait_2, 1, ECONNRESET };

	reset_in(_metadata, self->p, &c);
}

TEST_F(pkt, TXT19_RST_in_CLOSE_WAIT)
{
	struct reset_case c = { to_close_wait, 2, EPIPE };

	reset_in(_metadata, self->p, &c);
}

TEST_F(pkt, TXT19_RST_in_CLOSING)
{
	struct reset_case c = { to_closing, 2, ECONNRESET };

	reset_in(_metadata, self->p, &c);
}

TEST_F(pkt, TXT19_RST_in_LAST_ACK)
{
	struct reset_case c = { to_last_ack, 2, ECONNRESET };

	reset_in(_metadata, self->p, &c);
}

/* RFC9293-SHLD-2: a RST may carry data, which nobody gets. */
TEST_F(pkt, SHLD02_RST_with_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, RST, 1, 0, .len = 20);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	EXPECT_EQ(0, xt_inq(fd));
}

/* What was received before stays readable. */
TEST_F(pkt, TXT19_RST_behind_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	char byte;

	inject(p, ACK | PSH, 1, 1, .len = 100);
	inject(p, RST | ACK, 101, 1);
	app_read(fd, 0, 100);
	EXPECT_EQ(-1, recv(fd, &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(ECONNRESET, errno);
}

/* RST by us */

static void linger_0_in(struct peer *p, int (*reach)(struct peer *p),
			__u32 seq, __u32 ack)
{
	int fd = reach(p);

	abortive(fd);
	close(fd);
	expect(p, RST | ACK, seq, ack, .again_ok = true);
	state(p, XT_NONE);
	expect_nothing(p, SOON_MS);
}

/* F-46, RFC9293-TXT-20 */
TEST_F(pkt, F46_linger_0_in_ESTABLISHED)
{
	linger_0_in(self->p, peer_accepted, 1, 1);
}

TEST_F(pkt, F46_linger_0_in_FIN_WAIT_1)
{
	linger_0_in(self->p, to_fin_wait_1, 2, 1);
}

TEST_F(pkt, F46_linger_0_in_FIN_WAIT_2)
{
	linger_0_in(self->p, to_fin_wait_2, 2, 1);
}

TEST_F(pkt, F46_linger_0_in_CLOSE_WAIT)
{
	linger_0_in(self->p, to_close_wait, 1, 2);
}

/* Data in flight and data that was not sent are given up together. */
TEST_F(pkt, F46_linger_0_with_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .wnd = 100);
	app_write(fd, 0, 1000);
	expect(p, ACK, 1, 2, .len = 100);
	abortive(fd);
	close(fd);
	expect(p, RST | ACK, 101, 2);
	state(p, XT_NONE);
	expect_nothing(p, 300);
}

/* F-47, RFC9293-SHLD-3: the sender learns that data was lost. */
TEST_F(pkt, F47_close_with_unread_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 10);
	EXPECT_EQ(10, xt_wait_inq(fd, 10));
	peer_drain(p, SOON_MS);
	close(fd);
	expect_reset(p, 1);
	state(p, XT_NONE);
}

TEST_F(pkt, F47_data_after_close_in_FIN_WAIT_1)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK | PSH, 1, 1, .len = 10);
	/* Kernel TCP takes the number that the segment acknowledges. */
	expect_reset(p, xt_is_tcp() ? 1 : 2);
	state(p, XT_NONE);
}

TEST_F(pkt, F47_data_after_close_in_FIN_WAIT_2)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK, 1, 2);
	state(p, XT_FIN_WAIT2);
	inject(p, ACK | PSH, 1, 2, .len = 10);
	expect_reset(p, 2);
	state(p, XT_NONE);
}

/* What shutdown leaves open is no close. */
TEST_F(pkt, SHLD03_shutdown_takes_data)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	inject(p, ACK | PSH, 1, 2, .len = 10);
	app_read(fd, 0, 10);
	expect(p, ACK, 2, 11);
}

/* FIN-WAIT-2 without a process ends by itself, in silence. */
TEST_F(pkt, F47_orphan_in_FIN_WAIT_2)
{
	struct peer *p = self->p;
	__u64 start;

	xt_sysctl("fin_timeout", "1");
	close(to_fin_wait_2(p));
	start = xt_now_ms();
	state(p, XT_NONE);
	EXPECT_LE(900, xt_now_ms() - start);
	expect_nothing(p, 0);
	inject(p, FIN | ACK, 1, 2);
	expect(p, RST, 2, 0);
}

TEST_F(pkt, F47_orphan_in_FIN_WAIT_2_gets_FIN)
{
	struct peer *p = self->p;

	close(to_fin_wait_2(p));
	/* Old and empty segments change nothing. */
	inject(p, ACK, 1, 2);
	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
}

TEST_F(pkt, TXT19_RST_for_orphan_in_FIN_WAIT_2)
{
	struct peer *p = self->p;

	close(to_fin_wait_2(p));
	/* Kernel TCP answers these by an ACK, against section 3.10.7.4. */
	if (!xt_is_tcp()) {
		inject(p, RST, 1 + 0x40000000, 0);
		inject(p, RST, 0, 0);
		expect_nothing(p, SOON_MS);
	}
	state(p, XT_FIN_WAIT2);
	inject(p, RST, 1, 0);
	state(p, XT_NONE);
	expect_nothing(p, SOON_MS);
}

/* TIME-WAIT: F-43, RFC9293-MUST-13, -TXT-18 */

/* Each repetition is answered; here by a fresh clock, too. */
TEST_F(pkt, F43_repeated_FIN_restarts_the_clock)
{
	struct peer *p = self->p;
	__u64 start;
	int i;

	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "1500");
	to_time_wait(p);
	for (i = 0; i < 3; i++) {
		inject(p, FIN | ACK, 1, 2);
		expect(p, ACK, 2, 2, .max_ms = 500);
	}
	if (xt_is_tcp())
		return;
	expect_nothing(p, 1000);
	start = xt_now_ms();
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	expect_nothing(p, 1000);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(1490, xt_now_ms() - start);
	EXPECT_GE(2500, xt_now_ms() - start);
}

/* A stray segment restarts nothing. */
TEST_F(pkt, F43_stray_segments_do_not_restart_the_clock)
{
	struct peer *p = self->p;
	__u64 start;

	if (xt_is_tcp())
		SKIP(return, "kernel TCP's TIME-WAIT of 60 s cannot be shortened");
	xt_sysctl("timewait_ms", "1500");
	to_time_wait(p);
	start = xt_now_ms();
	expect_nothing(p, 1000);
	inject(p, ACK, 2, 2);
	inject(p, ACK, 1, 2, .len = 1);
	expect(p, ACK, 2, 2);
	inject(p, RST, 700, 0);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(1490, xt_now_ms() - start);
	EXPECT_GE(2300, xt_now_ms() - start);
}

/* RFC1337-01, -02, -03 with the knob, which F-43 has as its default. */
TEST_F(pkt, RFC1337_01_no_assassination)
{
	struct peer *p = self->p;

	xt_sysctl("rfc1337", "1");
	to_time_wait(p);
	inject(p, RST, 2, 0);
	inject(p, RST | ACK, 2, 2);
	inject(p, RST, 1, 0);
	inject(p, RST, 3, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	/* An old duplicate draws an ACK; the RST that it draws is harmless. */
	inject(p, ACK, 1, 1, .len = 1);
	expect(p, ACK, 2, 2);
	inject(p, RST, 2, 0);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	/* A bare ACK in its place is no question. */
	inject(p, ACK, 2, 2);
	expect_nothing(p, SOON_MS);
}

/* RFC9293-TXT-19 to the letter, without the knob */
TEST_F(pkt, TXT19_RST_in_TIME_WAIT)
{
	struct peer *p = self->p;

	xt_sysctl("rfc1337", "0");
	to_time_wait(p);
	inject(p, RST, 0x40000000, 0);
	inject(p, RST, 1, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	inject(p, RST, 2, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, SOON_MS);
}

/* A new connection takes the place: F-44, RFC 6191, RFC9293-MAY-2, -SHLD-4 */

struct reopen {
	bool ts;		/* the old connection had timestamps */
	bool new_ts;		/* the new one offers them */
	__u32 seq;		/* of the new SYN, relative to the old */
	__s32 ts_step;		/* of its timestamp, from the last */
	bool taken;
};

static void reopens(struct peer *p, const struct reopen *r)
{
	int listener = peer_listen(p);
	__u32 old_nxt;

	p->ts = r->ts;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	close(xt_accept(listener));
	expect(p, FIN | ACK, 1, 1);
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2, .ts = r->ts, .no_ts = !r->ts);
	state(p, XT_TIME_WAIT);
	old_nxt = p->irs + 2;
	if (!r->taken) {
		inject(p, SYN, r->seq, 0, .mss = 1000, .no_ts = !r->new_ts,
		       .tsval = r->new_ts ? p->tsval + r->ts_step : 0);
		expect(p, ACK, 2, 2);
		state(p, XT_TIME_WAIT);
		return;
	}
	p->iss += r->seq;
	p->tsval += r->ts_step;
	p->ts = r->new_ts;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .ts = r->new_ts, .no_ts = !r->new_ts);
	if ((__s32)(p->irs - old_nxt) <= 0)
		peer_fail(__func__, p, "the new ISN is not beyond the old");
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
}

TEST_F(pkt, MAY02_newer_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 3, .taken = true });
}

TEST_F(pkt, MAY02_much_newer_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 0x60000000, .taken = true });
}

/* RFC6191-05; both stacks answer by an ACK, so that a real client resets. */
TEST_F(pkt, RFC6191_05_older_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = -5000 });
}

TEST_F(pkt, RFC6191_05_same_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 0 });
}

TEST_F(pkt, RFC6191_01_newer_timestamp)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = -5000, .ts_step = 1, .taken = true });
}

TEST_F(pkt, RFC6191_02_same_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = 5000, .taken = true });
}

TEST_F(pkt, RFC6191_02_same_timestamp_older_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = -5000 });
}

TEST_F(pkt, RFC6191_05_older_timestamp)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = 5000, .ts_step = -1 });
}

TEST_F(pkt, RFC6191_03_no_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .seq = 5000,
		.taken = true });
}

TEST_F(pkt, RFC6191_03_no_timestamp_older_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .seq = -5000 });
}

TEST_F(pkt, RFC6191_04_first_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .new_ts = true, .seq = 5000,
		.taken = true });
}

/* Where nobody listens, no SYN ends the wait. */
TEST_F(pkt, MAY02_newer_SYN_without_a_listener)
{
	struct peer *p = self->p;

	to_time_wait(p);
	inject(p, SYN, 5000, 0, .mss = 1000);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
}

/* Half-open: RFC9293-TXT-29, RFC5961-04, RFC 9293 section 3.5.1 */
TEST_F(pkt, TXT29_half_open_connection_discovered)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	/* The peer rebooted, and knows nothing. */
	inject(p, SYN, 0x33333333, 0, .mss = 1000);
	expect(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	p->iss += 0x33333333;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	close(xt_accept(listener));
}

/* The active side speaks to a peer that rebooted: figure 11. */
TEST_F(pkt, TXT29_peer_rebooted)
{
	struct peer *p = self->p;
	int fd = peer_connected(p);

	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	inject(p, RST, 1, 0);
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, 300);
}

TEST_HARNESS_MAIN
