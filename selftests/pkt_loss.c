// SPDX-License-Identifier: GPL-2.0
/*
 * Loss and its repair, and how fast data goes, segment by segment: F-32, F-33;
 * RFC 5681, RFC 6298, RFC 6582, RFC 3042, RFC 6928, without SACK.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */
#define IW	10	/* initial window in segments, RFC 6928 */

/* The next @n segments are full ones, from @seq on. */
static void expect_flight(const char *where, struct peer *p, __u32 seq, int n)
{
	int i;

	for (i = 0; i < n; i++)
		peer_expect(where, p, ACK, seq + i * MSS, ANY,
			    &(struct pkt_want){ .len = MSS });
}

#define flight(p, seq, n)	expect_flight(PKT_HERE, p, seq, n)

static int sends(struct peer *p, int segments)
{
	int fd = peer_accepted(p);

	xt_set(fd, SOL_SOCKET, SO_SNDBUF, 200000);
	app_write(fd, 0, segments * MSS);
	flight(p, 1, segments < IW ? segments : IW);
	return fd;
}

static void dupacks(struct peer *p, __u32 ack, int n)
{
	while (n--)
		inject(p, ACK, 1, ack);
}

/* Congestion window */

TEST_F(pkt, RFC5681_01_initial_window)
{
	struct peer *p = self->p;

	pkt_patient();
	sends(p, 2 * IW);
	expect_nothing(p, SOON_MS);
}

/* RFC5681-02 */
TEST_F(pkt, RFC5681_02_initial_window_after_a_lost_SYN)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("wants two lost SYNs before it believes in loss");
	fd = peer_connect(p);
	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .min_ms = 900);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	xt_nonblock(fd, false);
	app_write(fd, 0, 5 * MSS);
	flight(p, 1, 1);
	expect_nothing(p, SOON_MS);
}

TEST_F(pkt, RFC5681_02_initial_window_after_a_lost_SYNACK)
{
	struct peer *p = self->p;
	int listener;

	TCP_DEVIATES("wants two lost SYNs before it believes in loss");
	listener = peer_listen(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 900);
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 5 * MSS);
	flight(p, 1, 1);
	expect_nothing(p, SOON_MS);
}

/* RFC5681-03, RFC9293-MUST-19: each ACK of a segment lets two out. */
TEST_F(pkt, RFC5681_03_slow_start)
{
	struct peer *p = self->p;
	int i;

	pkt_patient();
	sends(p, 40);
	for (i = 0; i < IW; i++) {
		inject(p, ACK, 1, 1 + (i + 1) * MSS);
		flight(p, 1 + (IW + 2 * i) * MSS, 2);
		expect_nothing(p, 0);
	}
}

/* RFC5681-13: the peer's window is a bound of its own. */
TEST_F(pkt, RFC5681_13_receive_window_bounds)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	p->wnd = 4 * MSS;
	fd = peer_accepted(p);
	app_write(fd, 0, 20 * MSS);
	flight(p, 1, 4);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 1 + 2 * MSS);
	flight(p, 1 + 4 * MSS, 2);
	expect_nothing(p, SOON_MS);
}

/* A cwnd of one segment after a timeout, and slow start from there. */
TEST_F(pkt, RFC5681_05_cwnd_after_RTO)
{
	struct peer *p = self->p;

	sends(p, 30);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 1 + MSS);
	flight(p, 1 + MSS, 2);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 1 + 3 * MSS);
	flight(p, 1 + 3 * MSS, 3);
}

/* RFC5681-09, RFC 2861: what an idle connection knew of the path is old. */
TEST_F(pkt, RFC5681_09_restart_after_idle)
{
	struct peer *p = self->p;
	int fd = sends(p, 40);
	__u32 i;

	for (i = 1; i <= IW; i++) {
		inject(p, ACK, 1, 1 + i * MSS);
		flight(p, 1 + (IW + 2 * (i - 1)) * MSS, 2);
	}
	inject(p, ACK, 1, 1 + 30 * MSS);
	flight(p, 1 + 30 * MSS, 10);
	inject(p, ACK, 1, 1 + 40 * MSS);
	expect_nothing(p, 1500);
	app_write(fd, 40 * MSS, 40 * MSS);
	flight(p, 1 + 40 * MSS, IW);
	/* A busy machine may be late for the timer, but nothing new goes. */
	peer_drain(p, SOON_MS);
	EXPECT_EQ(1 + (40 + IW) * MSS, p->nxt);
}

/* Fast retransmit and recovery */

/* RFC5681-06, RFC 3042 (RFC5681-07): two let new data out, the third mends. */
TEST_F(pkt, RFC5681_07_limited_transmit)
{
	struct peer *p = self->p;

	pkt_patient();
	sends(p, 20);
	dupacks(p, 1, 1);
	flight(p, 1 + 10 * MSS, 1);
	expect_nothing(p, 0);
	dupacks(p, 1, 1);
	flight(p, 1 + 11 * MSS, 1);
	expect_nothing(p, 0);
	dupacks(p, 1, 1);
	expect(p, ACK, 1, 1, .len = MSS);
	expect_nothing(p, SOON_MS);
}

TEST_F(pkt, RFC5681_06_fast_retransmit_on_the_third)
{
	struct peer *p = self->p;

	pkt_patient();
	sends(p, 6);
	dupacks(p, 1, 2);
	expect_nothing(p, SOON_MS);
	dupacks(p, 1, 1);
	expect(p, ACK, 1, 1, .len = MSS, .max_ms = 1500);
	expect_nothing(p, 0);
	inject(p, ACK, 1, 1 + 6 * MSS);
	expect_nothing(p, 300);
}

/* RFC5681-06: none of these is a duplicate ACK. */
TEST_F(pkt, RFC5681_06_what_is_no_duplicate)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_patient();
	fd = sends(p, 6);
	/* With data; with a new window. */
	for (i = 0; i < 4; i++)
		inject(p, ACK, 1 + i * 10, 1, .len = 10, .wnd = 65535);
	while (peer_next(p, 0))
		EXPECT_EQ(0, p->last->len);
	for (i = 0; i < 4; i++)
		inject(p, ACK, 41, 1, .wnd = 60000 + i);
	expect_nothing(p, 0);
	inject(p, ACK, 41, 1 + 6 * MSS);
	/* Nothing is outstanding. */
	for (i = 0; i < 4; i++)
		inject(p, ACK, 41, 1 + 6 * MSS, .wnd = 60003);
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(0, p->last->len);
	app_read(fd, 0, 40);
}

/* Three duplicates, by which Limited Transmit sends two segments; 12 are out. */
static void enters_recovery(struct peer *p)
{
	pkt_patient();
	sends(p, 40);
	dupacks(p, 1, 2);
	flight(p, 1 + 10 * MSS, 2);
	dupacks(p, 1, 1);
	expect(p, ACK, 1, 1, .len = MSS);
}

/* RFC5681-08: inflation lets new data out, half of the flight later. */
TEST_F(pkt, RFC5681_08_fast_recovery)
{
	struct peer *p = self->p;
	int i;

	enters_recovery(p);
	/* 12 are in flight, ssthresh is 5 or 6; 9 duplicates may come. */
	dupacks(p, 1, 9);
	for (i = 0; peer_next(p, 0); i++)
		EXPECT_EQ(1 + (12 + i) * MSS, peer_rel(p, p->last));
	EXPECT_LE(2, i);
	EXPECT_GE(7, i);
	/* Deflated: the flight is back at ssthresh. */
	inject(p, ACK, 1, 1 + 12 * MSS);
	i += peer_drain(p, SOON_MS);
	EXPECT_LE(4, i);
	EXPECT_GE(8, i);
}

/* Until so many have left the network that it is below ssthresh, all waits. */
TEST_F(pkt, RFC5681_08_window_in_recovery)
{
	struct peer *p = self->p;

	TCP_DEVIATES("proportional rate reduction (RFC 6937) sends earlier");
	enters_recovery(p);
	/* 12 are in flight; ssthresh is 5 or 6, and cwnd 3 more. */
	dupacks(p, 1, 3);
	expect_nothing(p, SOON_MS);
}

/* RFC6582-02: each partial ACK has the next hole sent at once. */
TEST_F(pkt, RFC6582_02_partial_acks)
{
	struct peer *p = self->p;

	pkt_patient();
	sends(p, 8);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	inject(p, ACK, 1, 1 + 2 * MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS, .max_ms = 1500);
	inject(p, ACK, 1, 1 + 5 * MSS);
	expect(p, ACK, 1 + 5 * MSS, 1, .len = MSS, .max_ms = 1500);
	expect_nothing(p, 0);
	inject(p, ACK, 1, 1 + 8 * MSS);
	expect_nothing(p, 300);
}

/*
 * RFC6582-01, -03: the full ACK ends recovery; once its segments are behind, a
 * new loss is mended as the first was.
 */
TEST_F(pkt, RFC6582_03_second_loss)
{
	struct peer *p = self->p;
	__u32 una = 1;
	int fd, i, n;

	pkt_patient();
	fd = sends(p, 8);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	inject(p, ACK, 1, 1 + 8 * MSS);
	app_write(fd, 8 * MSS, 40 * MSS);
	for (i = 0, n = 0; i < 2 || (i < 5 && n < 4); i++) {
		una = p->nxt;
		inject(p, ACK, 1, una);
		n = peer_drain(p, SOON_MS);
	}
	EXPECT_LE(4, n);
	dupacks(p, una, 2);
	peer_drain(p, 0);
	dupacks(p, una, 1);
	expect(p, ACK, una, 1, .len = MSS, .max_ms = 1500);
}

/* RFC6582-01, -05: after a timeout, duplicates of old data mean nothing. */
TEST_F(pkt, RFC6582_05_no_fast_retransmit_after_RTO)
{
	struct peer *p = self->p;

	sends(p, 8);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	inject(p, ACK, 1, 1 + MSS);
	flight(p, 1 + MSS, 2);
	dupacks(p, 1 + MSS, 5);
	while (peer_next(p, 0))
		EXPECT_NE(1 + MSS, peer_rel(p, p->last));
}

/* The retransmission timer */

/* RFC6298-08, RFC9293-MUST-19 */
TEST_F(pkt, RFC6298_08_backoff)
{
	struct peer *p = self->p;
	__u64 start;
	int i;

	sends(p, 1);
	start = p->mark_us;
	for (i = 0; i < 4; i++)
		expect(p, ACK, 1, 1, .len = MSS);
	/* 200 + 400 + 800 + 1600 ms; 800 ms without backoff. */
	EXPECT_LE(2400000, p->last->at_us - start);
	EXPECT_GE(8000000, p->last->at_us - start);
}

/*
 * RFC6298-03 wants no RTO below a second; both stacks have a knob for the
 * least, of 200 ms (a deviation that all deployed stacks make).
 */
TEST_F(pkt, RFC6298_03_least_RTO)
{
	struct peer *p = self->p;

	sends(p, 1);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150, .max_ms = 600);
}

TEST_F(pkt, RFC6298_03_least_RTO_by_knob)
{
	struct peer *p = self->p;

	if (xt_is_tcp())
		SKIP(return, "kernel TCP's knob is not in every version");
	xt_sysctl("rto_min_us", "1000000");
	sends(p, 1);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 900, .max_ms = 1500);
}

/* RFC6298-07: an ACK of new data starts the timer anew. */
TEST_F(pkt, RFC6298_07_restarted_by_acks)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int i;

	/* A round trip of 300 ms makes an RTO of about 900. */
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect_nothing(p, 300);
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 5 * MSS);
	flight(p, 1, 5);
	for (i = 1; i < 5; i++) {
		expect_nothing(p, 300);
		inject(p, ACK, 1, 1 + i * MSS);
	}
	expect(p, ACK, 1 + 4 * MSS, 1, .len = MSS, .min_ms = 500);
	/* All acknowledged: it stops. */
	inject(p, ACK, 1, 1 + 5 * MSS);
	expect_nothing(p, 1500);
}

/*
 * RFC6298-05, Karn: the late ACK of a retransmission measures nothing, and
 * the backed-off RTO stays until there is a new measurement: a path that has
 * become slow would otherwise never be found out.
 */
TEST_F(pkt, RFC6298_05_karn)
{
	struct peer *p = self->p;
	int fd = sends(p, 1);

	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	expect(p, ACK, 1, 1, .len = MSS);
	expect_nothing(p, 300);
	inject(p, ACK, 1, 1 + MSS);
	app_write(fd, MSS, MSS);
	flight(p, 1 + MSS, 1);
	expect(p, ACK, 1 + MSS, 1, .len = MSS, .min_ms = 500, .max_ms = 2500);
	inject(p, ACK, 1, 1 + 2 * MSS);
	/* This one measures. */
	app_write(fd, 2 * MSS, MSS);
	flight(p, 1 + 2 * MSS, 1);
	inject(p, ACK, 1, 1 + 3 * MSS);
	app_write(fd, 3 * MSS, MSS);
	flight(p, 1 + 3 * MSS, 1);
	expect(p, ACK, 1 + 3 * MSS, 1, .len = MSS, .min_ms = 150, .max_ms = 650);
}

/* RFC6298-02: a slow path is learnt: no retransmission before its RTT. */
TEST_F(pkt, RFC6298_02_RTO_follows_RTT)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd, i;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect_nothing(p, 600);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	for (i = 0; i < 3; i++) {
		app_write(fd, i * MSS, MSS);
		flight(p, 1 + i * MSS, 1);
		expect_nothing(p, 600);
		inject(p, ACK, 1, 1 + (i + 1) * MSS);
	}
}

/* F-53, RFC9293-TXT-21, -MUST-21: TCP_USER_TIMEOUT ends it. */
TEST_F(pkt, MUST21_user_timeout)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u64 start;

	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1000));
	start = xt_now_ms();
	app_write(fd, 0, MSS);
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_LE(950, xt_now_ms() - start);
	EXPECT_GE(3000, xt_now_ms() - start);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-MUST-20: R2 by the knob that counts it. */
TEST_F(pkt, MUST20_retries2)
{
	struct peer *p = self->p;
	int fd;

	xt_sysctl("retries2", "2");
	fd = sends(p, 1);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	expect(p, ACK, 1, 1, .len = MSS);
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* Retransmission of what was sent in small pieces, at the wrap. */
TEST_F(pkt, F03_retransmission_at_the_wrap)
{
	struct peer *p = self->p;

	if (!xt_is_tcp())
		xt_sysctl("debug_iss", "4294965000");
	p->iss = 0xfffffff0;
	sends(p, 6);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	inject(p, ACK, 1, 1 + 3 * MSS);
	expect(p, ACK, 1 + 3 * MSS, 1, .len = MSS, .max_ms = 150);
	expect(p, ACK, 1 + 3 * MSS, 1, .len = MSS, .min_ms = 150);
	inject(p, ACK, 1, 1 + 6 * MSS);
	expect_nothing(p, 300);
}

TEST_HARNESS_MAIN
