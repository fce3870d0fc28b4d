// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the arithmetic of segments.
 */
#include "../segs.h"
#include "seed.h"

static void segs_count(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(0, 1000), 1);
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(1, 1000), 1);
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(1000, 1000), 1);
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(1001, 1000), 2);
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(65000, 1000), 65);
	KUNIT_EXPECT_EQ(test, xtcp_segs_count(65535, 8), 8192);
}

static void segs_cut(struct kunit *test)
{
	static const struct {
		u32 len, segs, room, cut;
	} cases[] = {
		/* All of it, up to a limit that is met exactly. */
		{ 10300, 11, 10300, 10300 },
		{ 10000, 10, 10000, 10000 },
		/* Too few segments; too small a window; both. */
		{ 10300, 10, 65535, 10000 },
		{ 10300, 1, 65535, 1000 },
		{ 10300, 11, 10299, 10000 },
		{ 10300, 11, 4500, 4000 },
		{ 10300, 3, 4500, 3000 },
		/* Not even one. */
		{ 10300, 11, 999, 0 },
		{ 10300, 0, 65535, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].cut,
				    xtcp_segs_cut(cases[i].len, 1000,
						  cases[i].segs, cases[i].room),
				    "case %d", i);
}

/* What is cut keeps within all limits, and leaves no full segment unused. */
static void segs_cut_random(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 10000; i++) {
		u32 mss = xtcp_kunit_between(&rnd, 8, 1460);
		u32 len = xtcp_kunit_between(&rnd, 1, 65535);
		u32 segs = xtcp_kunit_between(&rnd, 0, 64);
		u32 room = xtcp_kunit_between(&rnd, 0, 70000);
		u32 cut = xtcp_segs_cut(len, mss, segs, room);

		KUNIT_ASSERT_LE(test, cut, min(len, room));
		if (cut)
			KUNIT_ASSERT_LE(test, xtcp_segs_count(cut, mss), segs);
		if (cut == len)
			continue;
		KUNIT_ASSERT_EQ(test, cut % mss, 0);
		KUNIT_ASSERT_TRUE(test, cut / mss == segs ||
				  cut + mss > room || cut + mss > len);
	}
}

static struct kunit_case segs_cases[] = {
	KUNIT_CASE(segs_count),
	KUNIT_CASE(segs_cut),
	KUNIT_CASE(segs_cut_random),
	{}
};

static struct kunit_suite segs_suite = {
	.name = "xtcp_segs",
	.test_cases = segs_cases,
};

kunit_test_suite(segs_suite);
