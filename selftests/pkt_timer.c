// SPDX-License-Identifier: GPL-2.0
/*
 * Retransmission timers and the ends they lead to, requirement by requirement:
 * RFC 9293 sections 3.8.1 and 3.8.3, RFC 6298, RFC 8961, RFC 7323 section 4.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */
#define LONG_S	1800	/* what a test may take whose time is virtual */

static struct tcp_info tcp_info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

static int knob_value(const char *name)
{
	char text[32];

	if (!xt_sysctl_read(name, text, sizeof(text)))
		xt_die("no knob %s", name);
	return atoi(text);
}

/* A connection on a path of @ms; the clocks of both ends know it. */
static int slow_path(struct peer *p, int ms)
{
	int listener = peer_listen(p), fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect_nothing(p, ms);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	close(listener);
	return fd;
}

/* Samples */

/* RFC6298-02: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR = 3 R. */
TEST_F(pkt, RFC6298_02_first_sample)
{
	struct peer *p = self->p;
	struct tcp_info i = tcp_info_of(slow_path(p, 400));

	EXPECT_LE(390000, i.tcpi_rtt);
	EXPECT_GE(600000, i.tcpi_rtt);
	EXPECT_LE(i.tcpi_rtt / 2 - 20000, i.tcpi_rttvar);
	EXPECT_GE(i.tcpi_rtt / 2 + 20000, i.tcpi_rttvar);
	EXPECT_LE(i.tcpi_rtt + 4 * i.tcpi_rttvar - 50000, i.tcpi_rto);
	EXPECT_GE(i.tcpi_rtt + 4 * i.tcpi_rttvar + 50000, i.tcpi_rto);
}

/* RFC6298-02: SRTT moves by an eighth of the difference. */
TEST_F(pkt, RFC6298_02_next_samples)
{
	struct peer *p = self->p;
	int fd = slow_path(p, 400), n;
	__u32 was, now, sample;
	__u64 sent;

	for (n = 0; n < 3; n++) {
		was = tcp_info_of(fd).tcpi_rtt;
		app_write(fd, n * 100, 100);
		sent = expect(p, ACK, 1 + n * 100, 1, .len = 100)->at_us;
		inject(p, ACK, 1, 101 + n * 100);
		sample = pkt_now_us() - sent;
		now = tcp_info_of(fd).tcpi_rtt;
		EXPECT_GT(was, now);
		EXPECT_GE(was - (was - sample) / 8 + 5000, now + 0);
		EXPECT_LE(was - was / 8 - 5000, now);
	}
}

/* RFC6298-06, RFC8961-02: each flight is measured. */
TEST_F(pkt, RFC6298_06_a_sample_each_round_trip)
{
	struct peer *p = self->p;
	int fd, n;
	__u32 was;

	pkt_patient();
	fd = slow_path(p, 200);
	for (n = 0; n < 5; n++) {
		was = tcp_info_of(fd).tcpi_rtt;
		app_write(fd, n * MSS, MSS);
		expect(p, ACK, 1 + n * MSS, 1, .len = MSS);
		inject(p, ACK, 1, 1 + (n + 1) * MSS);
		EXPECT_NE(was, tcp_info_of(fd).tcpi_rtt);
	}
}

/* RFC6298-05, RFC8961-03, RFC9293-MUST-18: what was sent twice tells nothing. */
TEST_F(pkt, MUST18_no_sample_of_a_retransmission)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 was = tcp_info_of(fd).tcpi_rtt;

	app_write(fd, 0, MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1, 1, .len = MSS, .min_ms = 150);
	expect_nothing(p, 100);
	inject(p, ACK, 1, 1 + MSS);
	EXPECT_EQ(was, tcp_info_of(fd).tcpi_rtt);
}

/* RFC7323-10, RFC6298-05: a timestamp tells even of what was sent twice. */
TEST_F(pkt, RFC7323_10_timestamps_measure_retransmissions)
{
	struct peer *p = self->p;
	__u32 was, first;
	int fd;

	p->ts = true;
	fd = peer_accepted(p);
	was = tcp_info_of(fd).tcpi_rtt;
	app_write(fd, 0, 100);
	first = expect(p, ACK, 1, 1, .len = 100)->tsval;
	expect(p, ACK, 1, 1, .len = 100, .min_ms = 150);
	/* The first was it that arrived. */
	inject(p, ACK, 1, 101, .tsecr = first);
	EXPECT_LT(was + 15000, tcp_info_of(fd).tcpi_rtt);
}

/* RFC7323-10: only where it moves SND.UNA. */
TEST_F(pkt, RFC7323_10_echo_without_news_measures_nothing)
{
	struct peer *p = self->p;
	__u32 was, old;
	int fd, n;

	pkt_patient();
	p->ts = true;
	fd = peer_accepted(p);
	app_write(fd, 0, 100);
	old = expect(p, ACK, 1, 1, .len = 100)->tsval;
	inject(p, ACK, 1, 101);
	was = tcp_info_of(fd).tcpi_rtt;
	for (n = 0; n < 5; n++)
		inject(p, ACK | PSH, 1 + n * 10, 101, .len = 10,
		       .tsecr = old - 5000);
	app_read(fd, 0, 50);
	EXPECT_EQ(was, tcp_info_of(fd).tcpi_rtt);
}

/* Bounds of the RTO */

/* RFC6298-01, RFC8961-01: a second, before anything is known. */
TEST_F(pkt, RFC6298_01_first_RTO)
{
	struct peer *p = self->p;

	peer_connect(p);
	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .min_ms = 950, .max_ms = 1500);
}

/* RFC6298-04, RFC8961-05: the cap is beyond a minute. */
TEST_F_TIMEOUT(pkt, RFC6298_04_cap_of_the_RTO, LONG_S)
{
	struct peer *p = self->p;
	__u64 last, gap = 0;
	int i;

	LONG();
	app_write(peer_accepted(p), 0, MSS);
	last = expect(p, ACK, 1, 1, .len = MSS)->at_us;
	/* 0.2 s times 2^10 would be 204.8 s. */
	for (i = 0; i < 11; i++) {
		if (!peer_next(p, 200000))
			break;
		gap = p->last->at_us - last;
		last = p->last->at_us;
	}
	EXPECT_EQ(11, i);
	EXPECT_LE(60000000, gap);
	EXPECT_GE(125000000, gap);
}

TEST_F(pkt, RFC6298_04_cap_by_knob)
{
	struct peer *p = self->p;
	__u64 last;
	int i;

	if (xt_is_tcp())
		SKIP(return, "kernel TCP's knob is not in every version");
	xt_sysctl("rto_max_ms", "1000");
	app_write(peer_accepted(p), 0, MSS);
	last = expect(p, ACK, 1, 1, .len = MSS)->at_us;
	for (i = 0; i < 6; i++) {
		expect(p, ACK, 1, 1, .len = MSS);
		EXPECT_GE(1500000, p->last->at_us - last);
		last = p->last->at_us;
	}
}

/* RFC6298-09: a SYN that was lost leaves 3 s for the first data. */
TEST_F(pkt, RFC6298_09_RTO_after_a_lost_SYN)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .min_ms = 900);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	xt_nonblock(fd, false);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	expect(p, ACK, 1, 1, .len = 10, .min_ms = 2900, .max_ms = 4500);
}

TEST_F(pkt, RFC6298_09_RTO_after_a_lost_SYNACK)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 900);
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	expect(p, ACK, 1, 1, .len = 10, .min_ms = 2900, .max_ms = 4500);
}

/* RFC6298-07: (5.1) a timer for each flight, (5.2) none when all is acked. */
TEST_F(pkt, RFC6298_07_stops_when_all_is_acknowledged)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	for (i = 0; i < 3; i++) {
		app_write(fd, i * 10, 10);
		expect(p, ACK, 1 + i * 10, 1, .len = 10);
		inject(p, ACK, 1, 11 + i * 10);
		expect_nothing(p, 500);
	}
}

/* RFC6298-07: never before an RTO has passed since it was sent last. */
TEST_F(pkt, RFC6298_07_not_before_its_time)
{
	struct peer *p = self->p;
	int fd = slow_path(p, 300);

	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	expect(p, ACK, 1, 1, .len = 10, .min_ms = 850);
	expect(p, ACK, 1, 1, .len = 10, .min_ms = 1700);
}

/* R1 and R2 */

/* RFC9293-SHLD-10: R1 is three retransmissions at the least. */
TEST_F(pkt, SHLD10_R1)
{
	EXPECT_LE(3, knob_value("retries1"));
}

/* RFC9293-SHLD-11: R2 is 100 s at the least. */
TEST_F_TIMEOUT(pkt, SHLD11_R2, LONG_S)
{
	struct peer *p = self->p;
	__u64 start;
	int fd;

	LONG();
	fd = peer_accepted(p);
	start = xt_now_ms();
	app_write(fd, 0, 10);
	while (!(xt_events(fd, POLLIN) & POLLERR) &&
	       xt_now_ms() - start < 2000000)
		peer_drain(p, 5000);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_LE(100000, xt_now_ms() - start);
	EXPECT_GE(1200000, xt_now_ms() - start);
}

static __u64 ms_until_refused(struct peer *p, int fd)
{
	__u64 start = xt_now_ms();

	while (!(xt_events(fd, POLLOUT) & POLLERR) &&
	       xt_now_ms() - start < 400000)
		peer_drain(p, 1000);
	return xt_now_ms() - start;
}

/* RFC9293-MUST-23: a SYN is given three minutes. */
TEST_F_TIMEOUT(pkt, MUST23_three_minutes_for_a_SYN, LONG_S)
{
	struct peer *p = self->p;
	int fd;

	DEVIATES(true, "6 retransmissions are 127 s; syn_retries=7 makes 255 s");
	LONG();
	fd = peer_connect(p);
	EXPECT_LE(180000, ms_until_refused(p, fd));
}

TEST_F_TIMEOUT(pkt, MUST23_three_minutes_by_knob, LONG_S)
{
	struct peer *p = self->p;
	int fd;

	LONG();
	xt_sysctl("syn_retries", "7");
	fd = peer_connect(p);
	EXPECT_LE(180000, ms_until_refused(p, fd));
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* RFC9293-MUST-21: for one connection, for its SYN, too. */
TEST_F(pkt, MUST21_R2_of_one_connection)
{
	struct peer *p = self->p;
	int fd = xt_socket(variant->fam);
	union xt_addr addr;

	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_SYNCNT, 1));
	xt_nonblock(fd, true);
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .min_ms = 900);
	EXPECT_NE(0, xt_wait(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	expect_nothing(p, 0);
}

/* RFC9293-TXT-21: all that was queued is gone, and the user knows. */
TEST_F(pkt, TXT21_user_timeout_flushes)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	char byte;

	inject(p, ACK | PSH, 1, 1, .len = 10);
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 500);
	app_write(fd, 0, 3 * MSS);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	/* What had come is still there, then the error. */
	app_read(fd, 0, 10);
	EXPECT_EQ(-1, recv(fd, &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(-1, send(fd, &byte, 1, MSG_NOSIGNAL));
	peer_drain(p, 0);
	inject(p, ACK, 11, 1 + MSS);
	expect(p, RST, 1 + MSS, 0);
}

/* RFC9293-MUST-20: orphans are given up sooner, by a knob of their own. */
TEST_F(pkt, MUST20_R2_of_an_orphan)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), n = 0;

	xt_sysctl("orphan_retries", "1");
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	while (peer_state(p) != XT_NONE && n < 10)
		n += peer_drain(p, 200);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_LE(1, n);
	EXPECT_GE(3, n);
}

/* RFC8961-05: doubled each time, whatever the first was. */
TEST_F(pkt, RFC8961_05_backoff_from_a_measured_RTO)
{
	struct peer *p = self->p;
	int fd = slow_path(p, 200), i;
	__u64 gap = 0, now, last;

	app_write(fd, 0, 10);
	last = expect(p, ACK, 1, 1, .len = 10)->at_us;
	for (i = 0; i < 4; i++) {
		now = expect(p, ACK, 1, 1, .len = 10)->at_us;
		if (gap)
			EXPECT_LE(gap * 3 / 2, now - last);
		gap = now - last;
		last = now;
	}
}

TEST_HARNESS_MAIN
