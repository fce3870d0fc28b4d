// SPDX-License-Identifier: GPL-2.0
/*
 * The congestion window and recovery, requirement by requirement: RFC 5681,
 * RFC 6582, RFC 8961, for Reno without SACK.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */
#define IW	10	/* initial window in segments, RFC 6928 */

static struct tcp_info tcp_info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

static int ssthresh(int fd)
{
	return tcp_info_of(fd).tcpi_snd_ssthresh;
}

static int cwnd(int fd)
{
	return tcp_info_of(fd).tcpi_snd_cwnd;
}

/* A connection with @segments to send, of which the first are on their way. */
static int sends(struct peer *p, int segments)
{
	int fd = peer_accepted(p), i;

	xt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4000000);
	app_write(fd, 0, segments * MSS);
	for (i = 0; i < IW && i < segments; i++)
		expect(p, ACK, 1 + i * MSS, 1, .len = MSS);
	return fd;
}

static void dupacks(struct peer *p, __u32 ack, int n)
{
	while (n--)
		inject(p, ACK, 1, ack);
}

/* Acknowledges all that was sent, segment by segment; returns what came. */
static int round_trip(struct peer *p, __u32 *una)
{
	__u32 end = p->nxt;
	int n = 0;

	while (*una != end) {
		*una += MSS;
		inject(p, ACK, 1, *una);
		n += peer_drain(p, 0);
	}
	return n + peer_drain(p, 2);
}

/* Starting */

/* RFC5681-01: both stacks use the ten of RFC 6928; a route restores the letter. */
TEST_F(pkt, RFC5681_01_initial_window_of_a_route)
{
	struct peer *p = self->p;
	int fd;

	pkt_route("initcwnd 4 rto_min 2s");
	fd = peer_accepted(p);
	EXPECT_EQ(4, cwnd(fd));
	app_write(fd, 0, 10 * MSS);
	EXPECT_EQ(4, peer_drain(p, SOON_MS));
}

/* RFC5681-01: likewise for who opens. */
TEST_F(pkt, RFC5681_01_initial_window_of_a_route_connecting)
{
	struct peer *p = self->p;
	int fd;

	pkt_route("initcwnd 3 rto_min 2s");
	fd = peer_connected(p);
	app_write(fd, 0, 10 * MSS);
	EXPECT_EQ(3, peer_drain(p, SOON_MS));
}

/* RFC5681-09: nor is the window after a pause larger. */
TEST_F(pkt, RFC5681_09_restart_window_of_a_route)
{
	struct peer *p = self->p;
	__u32 una = 1;
	int fd;

	pkt_route("initcwnd 2");
	fd = peer_accepted(p);
	xt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4000000);
	app_write(fd, 0, 14 * MSS);
	peer_drain(p, SOON_MS);
	while (una < 1 + 14 * MSS)
		round_trip(p, &una);
	EXPECT_LT(2, cwnd(fd));
	peer_drain(p, 1500);
	app_write(fd, 14 * MSS, 10 * MSS);
	EXPECT_EQ(2, peer_drain(p, SOON_MS));
}

/* RFC5681-02: the ACK of the handshake does not grow it. */
TEST_F(pkt, RFC5681_02_handshake_does_not_grow_cwnd)
{
	struct peer *p = self->p;

	EXPECT_EQ(IW, cwnd(peer_accepted(p)));
}

/* RFC5681-03: an ACK of many segments counts for no more than they were. */
TEST_F(pkt, RFC5681_03_stretch_ACK_in_slow_start)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, 60);
	inject(p, ACK, 1, 1 + IW * MSS);
	EXPECT_GE(2 * IW, peer_drain(p, SOON_MS));
	EXPECT_GE(2 * IW, cwnd(fd));
}

/* An ACK of a part of a segment lets no more than one segment's worth grow. */
TEST_F(pkt, RFC5681_03_divided_ACKs_gain_nothing)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_patient();
	fd = sends(p, 60);
	for (i = 1; i <= 10; i++)
		inject(p, ACK, 1, 1 + i * MSS / 10);
	EXPECT_GE(IW + 1, cwnd(fd));
}

/* RFC5681-03, RFC 7661: a window that is not used does not grow. */
TEST_F(pkt, RFC5681_03_unused_cwnd_does_not_grow)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_patient();
	fd = peer_accepted(p);
	for (i = 0; i < 20; i++) {
		app_write(fd, i * MSS, MSS);
		expect(p, ACK, 1 + i * MSS, 1, .len = MSS);
		inject(p, ACK, 1, 1 + (i + 1) * MSS);
	}
	EXPECT_EQ(IW, cwnd(fd));
}

/* Avoidance */

/* Into congestion avoidance: a loss that was mended. */
static int after_loss(struct peer *p, __u32 *una)
{
	int fd;

	pkt_patient();
	fd = sends(p, 200);
	dupacks(p, 1, 3);
	peer_drain(p, SOON_MS);
	*una = p->nxt;
	inject(p, ACK, 1, *una);
	peer_drain(p, SOON_MS);
	return fd;
}

/* RFC5681-04: a segment in a round trip, and not more. */
TEST_F(pkt, RFC5681_04_one_segment_a_round_trip)
{
	struct peer *p = self->p;
	int fd, was, i;
	__u32 una;

	fd = after_loss(p, &una);
	while (cwnd(fd) < ssthresh(fd))
		round_trip(p, &una);
	for (i = 0; i < 4; i++) {
		was = cwnd(fd);
		round_trip(p, &una);
		EXPECT_LE(was, cwnd(fd));
		EXPECT_GE(was + 1, cwnd(fd));
	}
	EXPECT_LE(was - 1, cwnd(fd));
	EXPECT_LT(ssthresh(fd), cwnd(fd));
}

/* RFC5681-13: what is in flight is never more than cwnd. */
TEST_F(pkt, RFC5681_13_cwnd_bounds)
{
	struct peer *p = self->p;
	__u32 una = 1;
	int fd, i;

	pkt_patient();
	fd = sends(p, 200);
	for (i = 0; i < 3; i++) {
		EXPECT_GE(cwnd(fd) * MSS, (int)(p->nxt - una));
		round_trip(p, &una);
		EXPECT_GE(cwnd(fd) * MSS, (int)(p->nxt - una));
	}
}

/* Loss */

/* RFC5681-05, RFC8961-04: half of the flight, then one segment. */
TEST_F(pkt, RFC5681_05_ssthresh_after_RTO)
{
	struct peer *p = self->p;
	int fd = sends(p, 40);

	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	EXPECT_EQ(1, cwnd(fd));
	EXPECT_GE(IW / 2, ssthresh(fd));
	EXPECT_LE(2, ssthresh(fd));
}

/* RFC5681-05: further timeouts of the same segment leave ssthresh as it is. */
TEST_F(pkt, RFC5681_05_ssthresh_held)
{
	struct peer *p = self->p;
	int fd = sends(p, 40), was, i;

	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	was = ssthresh(fd);
	for (i = 0; i < 2; i++) {
		expect(p, ACK, 1, 1, .len = MSS);
		EXPECT_EQ(was, ssthresh(fd));
		EXPECT_EQ(1, cwnd(fd));
	}
}

/* RFC5681-05: never below two segments. */
TEST_F(pkt, RFC5681_05_least_ssthresh)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("half of cwnd, not of what is in flight");
	fd = sends(p, 1);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	EXPECT_EQ(2, ssthresh(fd));
}

/* RFC5681-08: half of the flight, and the same once the loss is mended. */
TEST_F(pkt, RFC5681_08_ssthresh_of_fast_recovery)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, 10);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	EXPECT_EQ(5, ssthresh(fd));
	inject(p, ACK, 1, 1 + 10 * MSS);
	EXPECT_GE(5, cwnd(fd));
}

/* RFC5681-14: a second loss in the next window lowers it a second time. */
TEST_F(pkt, RFC5681_14_two_losses_two_reductions)
{
	struct peer *p = self->p;
	int fd, first;
	__u32 una;

	fd = after_loss(p, &una);
	first = ssthresh(fd);
	round_trip(p, &una);
	dupacks(p, una, 2);
	peer_drain(p, 0);
	dupacks(p, una, 1);
	peer_drain(p, 0);
	EXPECT_GT(first, ssthresh(fd));
	EXPECT_LE(2, ssthresh(fd));
}

/* RFC5681-14: so does the loss of what was sent again. */
TEST_F(pkt, RFC5681_14_lost_retransmission)
{
	struct peer *p = self->p;
	int fd = sends(p, 10);

	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS, .max_ms = 150);
	EXPECT_EQ(5, ssthresh(fd));
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	EXPECT_EQ(1, cwnd(fd));
	EXPECT_GE(5, ssthresh(fd));
}

/* RFC5681-06, RFC6582-01: the third, once; further ones send it no more. */
TEST_F(pkt, RFC5681_06_retransmitted_once)
{
	struct peer *p = self->p;

	pkt_patient();
	sends(p, 10);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	dupacks(p, 1, 10);
	expect_nothing(p, SOON_MS);
}

/*
 * RFC6582-01: after a timeout, three duplicates of what it sent again start no
 * recovery.
 */
TEST_F(pkt, RFC6582_01_duplicates_below_recover)
{
	struct peer *p = self->p;
	int fd = sends(p, 8), was;

	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	was = ssthresh(fd);
	inject(p, ACK, 1, 1 + MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	dupacks(p, 1 + MSS, 3);
	EXPECT_EQ(was, ssthresh(fd));
	while (peer_next(p, 0))
		EXPECT_NE(1 + MSS, peer_rel(p, p->last));
}

/* RFC6582-03: the full ACK lets no burst out. */
TEST_F(pkt, RFC6582_03_no_burst_after_recovery)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, 60);
	dupacks(p, 1, 2);
	peer_drain(p, 0);
	dupacks(p, 1, 1);
	expect(p, ACK, 1, 1, .len = MSS);
	inject(p, ACK, 1, p->nxt);
	EXPECT_GE(6, peer_drain(p, SOON_MS));
	EXPECT_GE(6, cwnd(fd));
}

/*
 * RFC6582-04 to the letter, the impatient variant: a timer that only the first
 * partial ACK restarts, by a knob. Both stacks restart it by each, which the
 * RFC calls slow but steady.
 */
TEST_F(pkt, RFC6582_04_timer_and_partial_ACKs)
{
	struct peer *p = self->p;
	int i;

	TCP_DEVIATES("each partial ACK restarts the timer: slow but steady");
	xt_sysctl("rfc6582_timer", "1");
	xt_sysctl("rto_min_us", "1000000");
	sends(p, 10);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS);
	for (i = 1; i < 3; i++) {
		expect_nothing(p, 400);
		inject(p, ACK, 1, 1 + i * MSS);
		expect(p, ACK, 1 + i * MSS, 1, .len = MSS);
	}
	/* A second behind the first partial ACK, not behind the second one. */
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS, .min_ms = 400, .max_ms = 900);
}

/* RFC6582-04: so a recovery that goes on does not time out. */
TEST_F(pkt, RFC6582_04_slow_but_steady)
{
	struct peer *p = self->p;
	int i;

	sends(p, 8);
	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS, .max_ms = 150);
	for (i = 1; i < 8; i++) {
		peer_drain(p, 60);
		inject(p, ACK, 1, 1 + i * MSS);
		expect(p, ACK, 1 + i * MSS, 1, .len = MSS, .max_ms = 150);
	}
	inject(p, ACK, 1, 1 + 8 * MSS);
	expect_nothing(p, 300);
}

/* RFC6582-05: a timeout ends recovery, and all goes again in order. */
TEST_F(pkt, RFC6582_05_timeout_in_recovery)
{
	struct peer *p = self->p;
	int fd = sends(p, 10);

	dupacks(p, 1, 3);
	expect(p, ACK, 1, 1, .len = MSS, .max_ms = 150);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	EXPECT_EQ(1, cwnd(fd));
	inject(p, ACK, 1, 1 + MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	expect_nothing(p, SOON_MS);
}

/* RFC5681-09: an idle hour is worth no more than the initial window. */
TEST_F(pkt, RFC5681_09_knob_keeps_cwnd)
{
	struct peer *p = self->p;
	__u32 una = 1;
	int fd, was;

	xt_sysctl("slow_start_after_idle", "0");
	fd = sends(p, 30);
	while (una < 1 + 30 * MSS)
		round_trip(p, &una);
	was = cwnd(fd);
	EXPECT_LT(IW, was);
	expect_nothing(p, 800);
	app_write(fd, 30 * MSS, MSS);
	expect(p, ACK, 1 + 30 * MSS, 1, .len = MSS);
	EXPECT_EQ(was, cwnd(fd));
}

TEST_HARNESS_MAIN
