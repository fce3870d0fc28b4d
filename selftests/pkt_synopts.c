// SPDX-License-Identifier: GPL-2.0
/*
 * What a SYN carries, segment by segment: options and initial sequence
 * numbers (F-03, F-11; RFC 9293 sections 3.1, 3.2 and 3.4.1, RFC 6528).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"

#include <unistd.h>

/* Options */

/* RFC7323-01, -02: only what the SYN offered is in the answer. */
TEST_F(pkt, RFC7323_01_options_offered_and_answered)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	const struct pkt_seg *seg;

	p->ws = WS(7);
	peer_syn(p);
	seg = expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .no_ts = true);
	EXPECT_TRUE(seg->has & HAS_WS);
	EXPECT_FALSE(seg->has & HAS_SACK_PERM);
	inject(p, RST, 1, 0);

	peer_again(p);
	p->ws = 0;
	p->ts = true;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .ts = true, .tsecr = 1000, .ws = NO_WS);
	inject(p, RST, 1, 0, .no_ts = true);

	peer_again(p);
	p->ws = WS(0);
	peer_syn(p);
	seg = expect(p, SYN | ACK, 0, 1, .ts = true, .tsecr = 1000);
	EXPECT_TRUE(seg->has & HAS_WS);
	inject(p, ACK, 1, 1);
	close(xt_accept(listener));
	expect(p, FIN | ACK, 1, 1, .ts = true, .ws = NO_WS, .no_mss = true);
}

TEST_F(pkt, RFC7323_01_options_switched_off)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	xt_sysctl("window_scaling", "0");
	xt_sysctl("timestamps", "0");
	p->ws = WS(7);
	p->ts = true;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .ws = NO_WS, .no_ts = true);
	inject(p, RST, 1, 0);
	close(listener);
	peer_init(p);
	fd = peer_connect(p);
	expect(p, SYN, 0, 0, .mss = own_mss(), .ws = NO_WS, .no_ts = true);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

static void syn_with(struct peer *p, const void *opts, int len)
{
	peer_again(p);
	inject(p, SYN, 0, 0, .opts = opts, .optlen = len);
}

/* RFC9293-MUST-5, -MUST-6, -MUST-64: unknown, unaligned, in any order. */
TEST_F(pkt, MUST06_unknown_and_unaligned_options)
{
	static const __u8 unknown[] = {
		1, 254, 6, 9, 9, 9, 9, 8, 10, 0, 0, 3, 232, 0, 0, 0, 0, 1,
		77, 2, 3, 3, 4, 1, 2, 4, 3, 232, 200, 7, 1, 2, 3, 4, 5, 0,
	};
	/* What stands behind the End of Option List is none. */
	static const __u8 ended[] = { 2, 4, 3, 232, 0, 3, 3, 4, 8, 10, 0, 0 };
	/* Known kinds with lengths that they do not have. */
	static const __u8 odd[] = { 2, 3, 5, 3, 4, 1, 1, 8, 6, 0, 0, 0, 0, 1, 1, 0 };
	struct peer *p = self->p;
	int listener = peer_listen(p);
	const struct pkt_seg *seg;

	p->ws = WS(4);
	syn_with(p, unknown, sizeof(unknown));
	seg = expect(p, SYN | ACK, 0, 1, .ts = true, .tsecr = 1000);
	EXPECT_TRUE(seg->has & HAS_WS);
	inject(p, RST, 1, 0);
	syn_with(p, ended, sizeof(ended));
	expect(p, SYN | ACK, 0, 1, .no_ts = true, .ws = NO_WS);
	inject(p, RST, 1, 0);
	p->ws = 0;
	syn_with(p, odd, sizeof(odd));
	expect(p, SYN | ACK, 0, 1, .no_ts = true, .ws = NO_WS);
	inject(p, ACK, 1, 1, .opts = unknown, .optlen = sizeof(unknown));
	works(p, xt_accept(listener));
}

/* RFC9293-TXT-01: reserved bits, those of ECN and what was NS too. */
TEST_F(pkt, TXT01_reserved_bits)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	inject(p, SYN | ECE | CWR, 0, 0, .reserved = 15, .mss = 1000);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1, .reserved = 15);
	fd = xt_accept(listener);
	inject(p, ACK | PSH, 1, 1, .reserved = 15, .len = 100);
	app_read(fd, 0, 100);
	expect(p, ACK, 1, 101);
	inject(p, FIN | ACK, 101, 1, .reserved = 15);
	expect(p, ACK, 1, 102);
}

/* Initial sequence numbers: F-11, RFC9293-MUST-8, -MUST-9, RFC6528-01 */

/* How long a step of the ISN's clock is, ns; kernel TCP has a faster one. */
static __u64 isn_step_ns(void)
{
	return xt_is_tcp() ? 64 : 4000;
}

TEST_F(pkt, F11_ISN_follows_the_clock)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	__u64 asked[2], seen[2], steps;
	__u32 isn[2];
	int i;

	for (i = 0; i < 2; i++) {
		peer_again(p);
		asked[i] = pkt_now_us();
		peer_syn(p);
		expect(p, SYN | ACK, 0, 1);
		seen[i] = pkt_now_us();
		isn[i] = p->irs;
		inject(p, RST, 1, 0);
		EXPECT_EQ(XT_NONE, peer_state(p));
		expect_nothing(p, 100);
	}
	steps = isn[1] - isn[0];
	EXPECT_LE((asked[1] - seen[0] - 1) * 1000, (steps + 1) * isn_step_ns());
	EXPECT_GE((seen[1] - asked[0] + 1) * 1000, steps * isn_step_ns());
	close(listener);
}

/* Those of different peers tell nothing of each other. */
TEST_F(pkt, F11_ISN_differs_for_each_peer)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	bool seen[256] = {};
	int i, distinct = 0, near = 0;
	__u32 last = 0;
	struct peer q;

	for (i = 0; i < 128; i++) {
		peer_init(&q);
		q.dut = p->dut;
		peer_syn(&q);
		expect(&q, SYN | ACK, 0, 1);
		distinct += !seen[q.irs >> 24];
		seen[q.irs >> 24] = true;
		near += q.irs - last < 1 << 22;
		last = q.irs;
		inject(&q, RST, 1, 0);
		pkt_forget(q.last);
	}
	/* 101 of 256 are to be expected; below 60 has no likelihood at all. */
	EXPECT_LT(60, distinct);
	EXPECT_GT(8, near);
	close(listener);
}

/* F-03: the handshake at the wrap of the sequence space, ours and theirs. */
TEST_F(pkt, F03_handshake_at_the_wrap)
{
	static const __u32 iss[] = { 0xffffffff, 0xfffffffe, 0, 0x7fffffff,
				     0x80000000, 0xffffff9c };
	struct peer *p = self->p;
	int listener = peer_listen(p);
	unsigned int i;
	struct peer q;

	if (!xt_is_tcp())
		xt_sysctl("debug_iss", "4294967295");
	for (i = 0; i < COUNT(iss); i++) {
		peer_init(&q);
		q.dut = p->dut;
		q.iss = iss[i];
		peer_syn(&q);
		completes(&q, listener);
		EXPECT_TRUE(xt_is_tcp() || q.irs == 0xffffffff);
	}
}

TEST_HARNESS_MAIN
