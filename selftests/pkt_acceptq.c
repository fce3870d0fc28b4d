// SPDX-License-Identifier: GPL-2.0
/*
 * The accept queue, seen by the peer and in the ledger: what happens when it is
 * full, to whom nobody waits for, and how long accept let connections wait
 * (F-21, F-22, F-26).
 */
#include "xtcp_harness.h"
#include "ledger_fixture.h"

#include <netinet/tcp.h>

/* Two of five handshakes that end at once fit in a backlog of one. */
static void fill_accept_queue(struct books *b)
{
	int i;

	if (listen(b->listener, 1))
		xt_die("listen");
	for (i = 0; i < 5; i++)
		first_syn(b, client(b));
	for (i = 0; i < 2; i++)
		third_segment(b, &b->peers[i]);
}

/* The queue is full: a SYN is not even answered. */
static void syn_at_full_queue(struct books *b)
{
	struct peer *p = client(b);

	peer_syn(p);
	expect_nothing(p, SOON_MS);
	count(SYNS);
	count(SYN_ACCEPT_FULL);
}

/* F-22: the third segment is as if it had not come; the client tries again. */
TEST_F(ledger, F22_overflow_is_ignored)
{
	struct books *b = self->b;
	struct peer *p;
	int i;

	fill_accept_queue(b);
	for (i = 2; i < 5; i++) {
		p = &b->peers[i];
		inject(p, ACK, 1, 1);
		expect_nothing(p, SOON_MS);
		count(ACCEPT_FULL);
		EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	}
	syn_at_full_queue(b);
	check_ledger();
	EXPECT_EQ(2, told(b).accept_len);
	EXPECT_EQ(2, told(b).accept_peak);
	/* The SYN-ACK comes again, and the answer to it finds room. */
	accept_one(b);
	p = &b->peers[2];
	expect(p, SYN | ACK, 0, 1, .max_ms = 1500);
	count(SYNACK_RETRANS);
	third_segment(b, p);
	for (i = 3; i < 5; i++) {
		expect(&b->peers[i], SYN | ACK, 0, 1);
		count(SYNACK_RETRANS);
		inject(&b->peers[i], RST, 1, 0);
		count(EMBRYO_RSTS);
	}
	accept_one(b);
	accept_one(b);
	check_ledger();
}

/* F-22: with abort_on_overflow the client is told. */
TEST_F(ledger, F22_overflow_is_reset)
{
	struct books *b = self->b;
	struct peer *p;
	int i;

	xt_sysctl("abort_on_overflow", "1");
	fill_accept_queue(b);
	for (i = 2; i < 5; i++) {
		p = &b->peers[i];
		inject(p, ACK, 1, 1);
		expect(p, RST, 1, 0);
		EXPECT_EQ(XT_NONE, peer_state(p));
		count(ACCEPT_FULL);
		count(ACCEPT_ABORTS);
		count(RSTS_SENT);
	}
	syn_at_full_queue(b);
	check_ledger();
	accept_one(b);
	accept_one(b);
	check_ledger();
}

/* The same two ways, of a cookie. */
TEST_F(ledger, F22_overflow_by_cookies)
{
	struct books *b = self->b;
	struct peer *p;
	int i;

	xt_sysctl("syncookies", "2");
	ASSERT_EQ(0, listen(b->listener, 0));
	for (i = 0; i < 3; i++)
		cookie_offered(b, client(b));
	count(COOKIES_GOOD);
	third_segment(b, &b->peers[0]);
	p = &b->peers[1];
	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	count(COOKIES_GOOD);
	count(ACCEPT_FULL);
	check_ledger();
	xt_sysctl("abort_on_overflow", "1");
	p = &b->peers[2];
	inject(p, ACK, 1, 1);
	expect(p, RST, 1, 0);
	count(COOKIES_GOOD);
	count(ACCEPT_FULL);
	count(ACCEPT_ABORTS);
	count(RSTS_SENT);
	check_ledger();
	accept_one(b);
	check_ledger();
}

/* F-27: the bare third segment waits for data. */
TEST_F(ledger, F26_deferred)
{
	struct books *b = self->b;
	struct peer *p = client(b);
	int fd;

	ASSERT_EQ(0, xt_set(b->listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 10));
	first_syn(b, p);
	inject(p, ACK, 1, 1);
	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	count_n(DEFERRALS, 2);
	check_ledger();
	inject(p, ACK | PSH, 1, 1, .len = 10);
	count(BORN);
	fd = xt_accept(b->listener);
	count(ACCEPTED);
	app_read(fd, 0, 10);
	check_ledger();
	xt_reset(&fd);
}

/* Connections that are over before accept, and those that nobody accepts. */
TEST_F(ledger, F26_nobody_waits)
{
	struct books *b = self->b;
	struct tally closed;
	struct peer *p;
	int i;

	for (i = 0; i < 5; i++) {
		p = client(b);
		first_syn(b, p);
		third_segment(b, p);
	}
	for (i = 0; i < 2; i++) {
		inject(&b->peers[i], RST, 1, 0);
		ASSERT_EQ(XT_NONE, peer_wait_state(&b->peers[i], XT_NONE));
	}
	for (i = 0; i < 3; i++)
		accept_one(b);
	count_n(CLOSED_EARLY, 2);
	check_ledger();
	/* An embryonic connection goes with its listener, and is not told. */
	p = client(b);
	first_syn(b, p);
	close(b->listener);
	for (i = 3; i < 5; i++) {
		expect(&b->peers[i], RST | ACK, 1, 1, .maybe_ack = true);
		count(ABANDONED);
		count(RSTS_SENT);
	}
	expect_nothing(p, SOON_MS);
	tally_check(PKT_HERE, &b->nl, 0, &closed, &b->total);
}

/* How long accept let connections wait. */
TEST_F(ledger, F26_latency_of_accept)
{
	struct books *b = self->b;
	static const int wait_ms[] = { 0, 5, 40 };
	unsigned int i, bin, long_ones = 0;
	__u64 most, all, began, n = 0;
	struct peer *p;
	struct told t;

	most = pkt_now_us();
	for (i = 0; i < COUNT(wait_ms); i++) {
		p = client(b);
		first_syn(b, p);
		third_segment(b, p);
		for (began = pkt_now_us();
		     pkt_now_us() - began < wait_ms[i] * 1000ULL;)
			xt_pause();
		accept_one(b);
	}
	most = pkt_now_us() - most;
	t = told(b);
	EXPECT_EQ(COUNT(wait_ms), t.waits);
	EXPECT_GE(t.wait_max_us, 40000);
	EXPECT_GE(t.wait_sum_us, 45000);
	EXPECT_LE(t.wait_sum_us, most);
	EXPECT_LE(t.wait_max_us, t.wait_sum_us);
	ASSERT_EQ(24, t.nbins);
	for (bin = 0, all = 0; bin < t.nbins; bin++) {
		n += t.bins[bin];
		all += t.bins[bin] * (bin ? 1ULL << (bin - 1) : 0);
		if (bin >= 16)		/* 2^15 µs and more */
			long_ones += t.bins[bin];
	}
	EXPECT_EQ(COUNT(wait_ms), n);
	EXPECT_LE(all, t.wait_sum_us);
	EXPECT_GE(long_ones, 1);
	check_ledger();
}

TEST_HARNESS_MAIN
