// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of sequence arithmetic: RFC 9293 section 3.4.
 */
#include "../seq.h"
#include "seed.h"

/* Where a window or a number may begin: quiet places, and both wraps. */
static const u32 bases[] = {
	0, 1, 1000, 0x7ffffff0, 0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff,
};

static void seq_before_and_after(struct kunit *test)
{
	static const u32 distances[] = { 1, 2, 1000, 0x40000000, 0x7fffffff };
	int b, d;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		u32 a = bases[b];

		KUNIT_EXPECT_FALSE(test, xtcp_before(a, a));
		KUNIT_EXPECT_FALSE(test, xtcp_after(a, a));
		for (d = 0; d < ARRAY_SIZE(distances); d++) {
			u32 later = a + distances[d];

			KUNIT_EXPECT_TRUE(test, xtcp_before(a, later));
			KUNIT_EXPECT_FALSE(test, xtcp_before(later, a));
			KUNIT_EXPECT_TRUE(test, xtcp_after(later, a));
			KUNIT_EXPECT_FALSE(test, xtcp_after(a, later));
		}
	}
}

static void seq_between(struct kunit *test)
{
	static const struct {
		u32 seq, lo, hi;
		bool in;
	} cases[] = {
		{ 5, 5, 5, true },
		{ 4, 5, 5, false },
		{ 6, 5, 5, false },
		{ 5, 5, 9, true },
		{ 9, 5, 9, true },
		{ 10, 5, 9, false },
		{ 4, 5, 9, false },
		{ 0xfffffffe, 0xfffffffe, 2, true },
		{ 0xffffffff, 0xfffffffe, 2, true },
		{ 0, 0xfffffffe, 2, true },
		{ 2, 0xfffffffe, 2, true },
		{ 3, 0xfffffffe, 2, false },
		{ 0xfffffffd, 0xfffffffe, 2, false },
		/* The whole circle but one. */
		{ 0x80000000, 1, 0, true },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].in,
				    xtcp_between(cases[i].seq, cases[i].lo,
						 cases[i].hi),
				    "case %d", i);
}

/*
 * The RFC's table, counted byte by byte: @off is where the segment starts
 * relative to RCV.NXT.
 */
static bool acceptable_by_counting(int off, int len, int wnd)
{
	int i;

	/* With the right edge, which the RFC leaves out; see seq.h. */
	if (len == 0)
		return off >= 0 && off <= wnd;
	for (i = off; i < off + len; i++)
		if (i >= 0 && i < wnd)
			return true;
	return false;
}

static void expect_as_counted(struct kunit *test, u32 nxt, int off, int len,
			      int wnd)
{
	u32 seq = nxt + off;

	KUNIT_EXPECT_EQ_MSG(test, acceptable_by_counting(off, len, wnd),
			    xtcp_seq_acceptable(seq, seq + len, nxt, nxt + wnd),
			    "nxt %u off %d len %d wnd %d", nxt, off, len, wnd);
}

static void seq_acceptable_small(struct kunit *test)
{
	int b, off, len, wnd;

	for (b = 0; b < ARRAY_SIZE(bases); b++)
		for (wnd = 0; wnd <= 6; wnd++)
			for (off = -8; off <= 8; off++)
				for (len = 0; len <= 16; len++)
					expect_as_counted(test, bases[b], off,
							  len, wnd);
}

/* Windows as large as RFC 7323 allows, segments as large as IP does. */
static void seq_acceptable_large(struct kunit *test)
{
	const u32 wnd = 65535U << 14;
	int b;

	for (b = 0; b < ARRAY_SIZE(bases); b++) {
		u32 nxt = bases[b], end = nxt + wnd;

		KUNIT_EXPECT_TRUE(test, xtcp_seq_acceptable(nxt, nxt + 65535,
							    nxt, end));
		KUNIT_EXPECT_TRUE(test, xtcp_seq_acceptable(end - 1, end,
							    nxt, end));
		KUNIT_EXPECT_TRUE(test, xtcp_seq_acceptable(nxt - 65534,
							    nxt + 1, nxt, end));
		KUNIT_EXPECT_FALSE(test, xtcp_seq_acceptable(nxt - 65535, nxt,
							     nxt, end));
		KUNIT_EXPECT_FALSE(test, xtcp_seq_acceptable(end, end + 1,
							     nxt, end));
		KUNIT_EXPECT_FALSE(test, xtcp_seq_acceptable(end + wnd / 2,
							     end + wnd / 2 + 9,
							     nxt, end));
	}
}

/* Moving everything along the circle changes no answer. */
static void seq_shift_invariant(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 20000; i++) {
		int off = (int)xtcp_kunit_between(&rnd, 0, 200000) - 100000;
		u32 len = xtcp_kunit_between(&rnd, 0, 65535);
		u32 wnd = xtcp_kunit_between(&rnd, 0, 100000);
		u32 nxt = prandom_u32_state(&rnd);
		bool here = xtcp_seq_acceptable(nxt + off, nxt + off + len,
						nxt, nxt + wnd);
		bool far = xtcp_seq_acceptable(1000000 + off,
					       1000000 + off + len,
					       1000000, 1000000 + wnd);

		KUNIT_ASSERT_EQ_MSG(test, here, far,
				    "nxt %u off %d len %u wnd %u",
				    nxt, off, len, wnd);
	}
}

static struct kunit_case seq_cases[] = {
	KUNIT_CASE(seq_before_and_after),
	KUNIT_CASE(seq_between),
	KUNIT_CASE(seq_acceptable_small),
	KUNIT_CASE(seq_acceptable_large),
	KUNIT_CASE(seq_shift_invariant),
	{}
};

static struct kunit_suite seq_suite = {
	.name = "xtcp_seq",
	.test_cases = seq_cases,
};

kunit_test_suite(seq_suite);
