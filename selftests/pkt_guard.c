// SPDX-License-Identifier: GPL-2.0
/*
 * What guards a connection and asks after it, segment by segment: timestamps
 * and PAWS (F-31, RFC 7323), blind attacks (F-54, RFC 5961), keepalive (F-50,
 * F-51), ICMP and the path's MTU (F-06, F-53, RFC 5927, RFC 1191, RFC 8201).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */

static int with_timestamps(struct peer *p)
{
	p->ts = true;
	return peer_accepted(p);
}

/* Timestamps */

/* RFC7323-06: in every segment once agreed on. */
TEST_F(pkt, RFC7323_06_in_every_segment)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);

	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100, .ts = true);
	expect(p, ACK, 1, 1, .len = 100, .ts = true, .min_ms = 100);
	inject(p, ACK | PSH, 1, 101, .len = 10);
	app_read(fd, 0, 10);
	expect(p, ACK, 101, 11, .ts = true);
	inject(p, ACK, 21, 101, .len = 10);
	expect(p, ACK, 101, 11, .ts = true);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 101, 11, .ts = true);
	inject(p, FIN | ACK, 11, 102);
	expect(p, ACK, 102, 12, .ts = true);
	inject(p, FIN | ACK, 11, 102);
	expect(p, ACK, 102, 12, .ts = true);
}

/* RFC7323-07: a segment without one is dropped, the connection lives. */
TEST_F(pkt, RFC7323_07_missing_timestamp)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);

	/* Kernel TCP takes it. */
	if (!xt_is_tcp()) {
		inject(p, ACK | PSH, 1, 1, .len = 10, .no_ts = true);
		expect_nothing(p, SOON_MS);
		EXPECT_EQ(0, xt_inq(fd));
	}
	inject(p, ACK | PSH, 1, 1, .len = 10);
	app_read(fd, 0, 10);
	/* RST is exempt. */
	peer_drain(p, 0);
	inject(p, RST, 11, 1, .no_ts = true);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC7323-08: one that was not agreed on means nothing. */
TEST_F(pkt, RFC7323_08_unexpected_timestamp)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 10, .tsval = 5000, .tsecr = 1);
	inject(p, ACK | PSH, 11, 1, .len = 10, .tsval = 1, .tsecr = 1);
	app_read(fd, 0, 20);
	while (peer_next(p, SOON_MS))
		EXPECT_FALSE(p->last->has & HAS_TS);
}

/* RFC7323-09: which one is echoed. */

TEST_F(pkt, RFC7323_09_echo_of_the_last_in_order)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);

	/* A hole: that of the last segment that moved the window. */
	inject(p, ACK, 1, 1, .len = 10, .tsval = 1010);
	peer_drain(p, 100);
	inject(p, ACK, 21, 1, .len = 10, .tsval = 1020);
	expect(p, ACK, 1, 11, .tsecr = 1010);
	inject(p, ACK, 31, 1, .len = 10, .tsval = 1030);
	expect(p, ACK, 1, 11, .tsecr = 1010);
	/* What fills it. */
	inject(p, ACK, 11, 1, .len = 10, .tsval = 1025);
	expect(p, ACK, 1, 41, .tsecr = 1025);
	app_read(fd, 0, 40);
}

TEST_F(pkt, RFC7323_09_echo_of_the_earliest_delayed)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);
	int i;

	/* Use up the quick ACKs of the beginning. */
	for (i = 0; i < 40; i++) {
		inject(p, ACK | PSH, 1 + i * 10, 1, .len = 10);
		expect(p, ACK, 1, 11 + i * 10);
		if (p->last->at_us - p->mark_us > 20000)
			break;
	}
	inject(p, ACK, p->last->ack - p->iss, 1, .len = 10, .tsval = 2000);
	inject(p, ACK, p->last->ack - p->iss + 10, 1, .len = 10, .tsval = 2001);
	if (peer_next(p, 500)) {
		/* One for both has the earlier; one for each its own. */
		EXPECT_EQ(2000, p->last->tsecr);
	}
	close(fd);
}

/* PAWS: RFC7323-11 */
TEST_F(pkt, RFC7323_11_old_timestamp)
{
	/* Kernel TCP forgives one step. */
	static const __u32 older[] = { 998, 1, 0x80000800, 0xfffffff0 };
	struct peer *p = self->p;
	int fd = with_timestamps(p);
	unsigned int i;

	for (i = 0; i < COUNT(older); i++) {
		inject(p, ACK | PSH, 1, 1, .len = 10, .tsval = older[i]);
		expect(p, ACK, 1, 1, .tsecr = 1000);
		EXPECT_EQ(0, xt_inq(fd));
	}
	/* The same is no older, and newer is good over the wrap, too. */
	inject(p, ACK | PSH, 1, 1, .len = 10, .tsval = 1000);
	inject(p, ACK | PSH, 11, 1, .len = 10, .tsval = 0x70000000);
	inject(p, ACK | PSH, 21, 1, .len = 10, .tsval = 0xe0000000);
	inject(p, ACK | PSH, 31, 1, .len = 10, .tsval = 0x10000000);
	app_read(fd, 0, 40);
}

/* RFC7323-12: RST is exempt, and does not move the clock. */
TEST_F(pkt, RFC7323_12_RST_with_old_timestamp)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);

	inject(p, RST, 100, 1, .tsval = 0x7000);
	expect(p, ACK, 1, 1, .tsecr = 1000);
	inject(p, ACK | PSH, 1, 1, .len = 10, .tsval = 1001);
	app_read(fd, 0, 10);
	peer_drain(p, SOON_MS);
	inject(p, RST, 11, 1, .tsval = 1);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
}

/* A timestamp beyond the window must not be believed (RFC 7323 section 4.3). */
TEST_F(pkt, RFC7323_09_segments_out_of_window_teach_nothing)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);

	inject(p, ACK, 0x40000000, 1, .len = 10, .tsval = 0x6000);
	expect(p, ACK, 1, 1, .tsecr = 1000);
	inject(p, ACK | PSH, 1, 1, .len = 10, .tsval = 1001);
	app_read(fd, 0, 10);
}

/* F-31, RFC7323-14, -15: clocks of different connections tell nothing. */
TEST_F(pkt, RFC7323_14_offsets)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	bool seen[256] = {};
	int i, distinct = 0;
	struct peer q;

	for (i = 0; i < 64; i++) {
		peer_init(&q);
		q.dut = p->dut;
		q.ts = true;
		peer_syn(&q);
		expect(&q, SYN | ACK, 0, 1, .ts = true);
		distinct += !seen[q.tsecr >> 24];
		seen[q.tsecr >> 24] = true;
		inject(&q, RST, 1, 0);
	}
	close(listener);
	if (xt_is_tcp() && distinct == 1)
		SKIP(return, "this kernel's TCP has one offset for each host");
	EXPECT_LT(30, distinct);
}

/* RFC7323-15: one step a millisecond, never back. */
TEST_F(pkt, RFC7323_15_clock)
{
	struct peer *p = self->p;
	int fd = with_timestamps(p);
	__u64 at[2];
	__u32 ts[2], ms;
	int i;

	for (i = 0; i < 2; i++) {
		expect_nothing(p, 300);
		app_write(fd, i, 1);
		expect(p, ACK, 1 + i, 1, .len = 1);
		at[i] = p->last->at_us;
		ts[i] = p->last->tsval;
		inject(p, ACK, 1, 2 + i);
	}
	ms = (at[1] - at[0]) / 1000;
	EXPECT_LE(ms / 2, ts[1] - ts[0]);
	EXPECT_GE(ms * 2, ts[1] - ts[0]);
}

/* Blind attacks: F-54 */

/* RFC5961-04: a SYN with any number. */
TEST_F(pkt, RFC5961_04_SYN_in_ESTABLISHED)
{
	static const __u32 seq[] = { 0, 1, 100, -1000, 0x60000000 };
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	unsigned int i;

	for (i = 0; i < COUNT(seq); i++) {
		inject(p, SYN, seq[i], 0);
		expect(p, ACK, 1, 1);
		inject(p, SYN | ACK, seq[i], 1);
		expect(p, ACK, 1, 1);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, ACK | PSH, 1, 1, .len = 10);
	app_read(fd, 0, 10);
}

/* RFC5961-01 to -03, a sweep of the window. */
TEST_F(pkt, RFC5961_02_RST_in_ESTABLISHED)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 edge = p->edge, seq;

	for (seq = 2; seq < edge; seq += 3001) {
		inject(p, RST, seq, 0);
		expect(p, ACK, 1, 1);
	}
	inject(p, RST, edge - 1, 0);
	expect(p, ACK, 1, 1);
	inject(p, RST, edge + 1, 0);
	inject(p, RST, 0, 0);
	inject(p, RST | ACK, -1000, 1);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
}

/* RFC5961-06: answers are spaced out, for each connection by itself. */
TEST_F(pkt, RFC5961_06_challenges_are_spaced_out)
{
	struct peer *p = self->p;
	struct peer q;
	int fd[2], i;

	xt_sysctl("invalid_ratelimit", "500");
	peer_init(&q);
	fd[0] = peer_accepted(p);
	fd[1] = peer_accepted(&q);
	for (i = 0; i < 50; i++)
		inject(p, SYN, 0, 0);
	expect(p, ACK, 1, 1);
	expect_nothing(p, 0);
	/* CVE-2016-5696: the other has its share untouched. */
	inject(&q, SYN, 0, 0);
	expect(&q, ACK, 1, 1);
	expect_nothing(p, 600);
	inject(p, SYN, 0, 0);
	expect(p, ACK, 1, 1);
	close(fd[0]);
	close(fd[1]);
}

/* Keepalive: F-50, F-51, RFC9293-MUST-24 to -29, -SHLD-12 */

static void keepalive(int fd, int idle, int intvl, int count)
{
	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, intvl);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

TEST_F(pkt, MUST25_keepalive_is_off)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	EXPECT_EQ(0, xt_get(fd, SOL_SOCKET, SO_KEEPALIVE));
	EXPECT_LE(7200, xt_get(fd, IPPROTO_TCP, TCP_KEEPIDLE));
	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	expect_nothing(p, 1500);
}

/* The peer answers, late even: the clock restarts. */
TEST_F(pkt, MUST29_keepalive_answered)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	p->mark_us = pkt_now_us();
	keepalive(fd, 1, 1, 3);
	expect(p, ACK, 0, 1, .min_ms = 900, .max_ms = 1700);
	expect(p, ACK, 0, 1, .min_ms = 900, .max_ms = 1700);
	inject(p, ACK, 1, 1);
	expect(p, ACK, 0, 1, .min_ms = 900, .max_ms = 1700);
	inject(p, ACK | PSH, 1, 1, .len = 10);
	app_read(fd, 0, 10);
	peer_drain(p, 300);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
	expect_nothing(p, 1300);
}

TEST_F(pkt, F51_keepalive_unanswered)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	keepalive(fd, 1, 1, 2);
	expect(p, ACK, 0, 1, .min_ms = 900);
	expect(p, ACK, 0, 1, .min_ms = 900);
	expect(p, RST | ACK, 1, 1, .min_ms = 900);
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

TEST_F(pkt, F51_keepalive_peer_rebooted)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	keepalive(fd, 1, 1, 2);
	expect(p, ACK, 0, 1, .min_ms = 900);
	inject(p, RST, 1, 0);
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-MUST-26: what is outstanding has a timer that asks more often. */
TEST_F(pkt, MUST26_no_keepalive_with_data_outstanding)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u64 end;

	keepalive(fd, 1, 1, 9);
	app_write(fd, 0, 10);
	for (end = xt_now_ms() + 2500; xt_now_ms() < end;)
		if (peer_next(p, 100))
			EXPECT_EQ(10, p->last->len);
}

/* The other way: a probe is answered, with or without its garbage octet. */
TEST_F(pkt, MAY06_probe_of_the_peer)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK, 0, 1);
	expect(p, ACK, 1, 1, .max_ms = 500);
	inject(p, ACK, 0, 1, .len = 1);
	expect(p, ACK, 1, 1, .max_ms = 500);
	EXPECT_EQ(0, xt_inq(fd));
}

/* ICMP: RFC9293-MUST-54, -MUST-56, RFC5927-01 to -04 */

/* RFC5927-02: hard errors are soft once a connection is established. */
TEST_F(pkt, RFC5927_02_hard_errors_are_soft)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	int type = variant->fam == XT_V4 ? 3 : 1, code;

	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	for (code = 0; code < (variant->fam == XT_V4 ? 16 : 7); code++)
		if (variant->fam == XT_V6 || code != 4)
			peer_icmp(p, type, code, 0, 1);
	/* Time exceeded, parameter problem. */
	peer_icmp(p, variant->fam == XT_V4 ? 11 : 3, 0, 0, 1);
	peer_icmp(p, variant->fam == XT_V4 ? 12 : 4, 0, 0, 1);
	if (variant->fam == XT_V4)
		peer_icmp(p, 4, 0, 0, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	/* RFC9293-SHLD-25: it can be asked for, and ends nothing. */
	EXPECT_EQ(EPROTO, xt_sock_error(fd));
	EXPECT_EQ(0, xt_sock_error(fd));
	inject(p, ACK | PSH, 1, 11, .len = 10);
	app_read(fd, 0, 10);
}

static void too_big(struct peer *p, __u32 mtu, __u32 seq)
{
	if (pkt_fam() == XT_V4)
		peer_icmp(p, 3, 4, mtu, seq);
	else
		peer_icmp(p, 2, 0, mtu, seq);
}

/* F-06, RFC9293-TXT-25, RFC7323-16 */
TEST_F(pkt, F06_path_MTU_discovery)
{
	struct peer *p = self->p;
	__u32 hdr = variant->fam == XT_V4 ? 40 : 60, mss = 1300 - hdr;
	int fd;

	p->mss = 1400;
	fd = peer_accepted(p);
	app_write(fd, 0, 2800);
	expect(p, ACK, 1, 1, .len = 1400);
	expect(p, ACK, 1401, 1, .len = 1400);
	/* RFC5927-01: not about what is outstanding. */
	too_big(p, 1300, 2801 + 100000);
	too_big(p, 1300, -10000);
	expect_nothing(p, SOON_MS);
	too_big(p, 1300, 1);
	/* What was too big goes again, in pieces that fit. */
	expect(p, ACK, 1, 1, .len = mss, .max_ms = 150);
	inject(p, ACK, 1, 1 + mss);
	while (p->nxt < 2801 || peer_next(p, 50))
		EXPECT_GE(mss, p->last->len);
	inject(p, ACK, 1, 2801);
	app_write(fd, 2800, 1400);
	expect(p, ACK, 2801, 1, .len = mss, .again_ok = true);
}

/* RFC5927-04, RFC 8201: below the least MTU of the family it is no news. */
TEST_F(pkt, RFC5927_04_absurd_MTU)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	app_write(fd, 0, 2 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	/* Larger than what was sent. */
	too_big(p, 9000, 1);
	expect_nothing(p, SOON_MS);
	if (variant->fam == XT_V6) {
		too_big(p, 100, 1);
		expect_nothing(p, SOON_MS);
	}
	inject(p, ACK, 1, 1 + 2 * MSS);
	app_write(fd, 2 * MSS, MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
}

/* IP: RFC9293-MUST-48, -MUST-49, -SHLD-21, -SHLD-22 */
TEST_F(pkt, MUST48_diffserv_and_TTL)
{
	struct peer *p = self->p;
	bool v4 = variant->fam == XT_V4;
	int fd = peer_accepted(p);
	__u32 i;

	xt_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	for (i = 0; i < 64; i++) {
		xt_set(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_TOS : IPV6_TCLASS, i << 2);
		xt_set(fd, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		       v4 ? IP_TTL : IPV6_UNICAST_HOPS, i + 1);
		app_write(fd, i, 1);
		expect(p, ACK, 1 + i, 1, .len = 1);
		EXPECT_EQ(i << 2, p->last->tos);
		EXPECT_EQ(i + 1, p->last->ttl);
		inject(p, ACK, 1, 2 + i);
	}
}

TEST_HARNESS_MAIN
