// SPDX-License-Identifier: GPL-2.0
/*
 * The end of connections, segment by segment: F-40, F-46, F-47; RFC 9293
 * sections 3.6 and 3.10.7.4 (RST, FIN).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <string.h>
#include <unistd.h>

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

/*
 * RFC9293-MUST-58: who reads the end closes as a rule, so the ACK waits for the
 * FIN that it can ride on, but not for half a second.
 */
TEST_F(pkt, F40_ACK_of_FIN_waits_for_ours)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 10);
	expect(p, ACK, 1, 11);
	app_read(fd, 0, 10);
	inject(p, FIN | ACK, 11, 1);
	expect(p, ACK, 1, 12, .min_ms = 20, .max_ms = 500);
	xt_expect_eof(fd);
	close(fd);
	expect(p, FIN | ACK, 1, 12);
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
	__u64 sent;

	to_fin_wait_1(p);
	sent = p->mark_us;
	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 2, 2, .again_ok = true);
	state(p, XT_CLOSING);
	/* The timer runs from our FIN on, whatever came since. */
	p->mark_us = sent;
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
	peer_skip_repeats(p);
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

/* Returns by how much EstabResets rose. */
static unsigned long linger_0_in(struct peer *p, int (*reach)(struct peer *p),
				 __u32 seq, __u32 ack)
{
	int fd = reach(p);
	unsigned long before = pkt_counter("EstabResets");

	abortive(fd);
	close(fd);
	expect(p, RST | ACK, seq, ack, .again_ok = true);
	state(p, XT_NONE);
	expect_nothing(p, SOON_MS);
	return pkt_counter("EstabResets") - before;
}

/* F-46, RFC9293-TXT-20 */
TEST_F(pkt, F46_linger_0_in_ESTABLISHED)
{
	EXPECT_EQ(1, linger_0_in(self->p, peer_accepted, 1, 1));
}

TEST_F(pkt, F46_linger_0_in_FIN_WAIT_1)
{
	EXPECT_EQ(0, linger_0_in(self->p, to_fin_wait_1, 2, 1));
}

TEST_F(pkt, F46_linger_0_in_FIN_WAIT_2)
{
	EXPECT_EQ(0, linger_0_in(self->p, to_fin_wait_2, 2, 1));
}

TEST_F(pkt, F46_linger_0_in_CLOSE_WAIT)
{
	EXPECT_EQ(1, linger_0_in(self->p, to_close_wait, 1, 2));
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

TEST_HARNESS_MAIN
