// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the rate of use of ports, and of when they run out.
 */
#include "../outlook.c"
#include "seed.h"

/* Per second, of @n events spread evenly over each @ms, after @secs. */
static u32 steady(u32 n, u32 ms, u32 secs, u32 start)
{
	struct xtcp_rate r = {};
	u64 i;

	for (i = 0; i < (u64)n * secs * 1000 / ms; i++)
		xtcp_rate_add(&r, start + (u32)div_u64(i * ms, n));
	return xtcp_rate_read(&r, start + secs * 1000) / 1000;
}

static void rate_steady(struct kunit *test)
{
	static const u32 starts[] = { 0, 127, 0xffffff00, 12345 };
	static const u32 secs[] = { 1, 4, 30 };
	int i, k;

	for (i = 0; i < ARRAY_SIZE(starts); i++) {
		for (k = 0; k < ARRAY_SIZE(secs); k++) {
			KUNIT_EXPECT_GE(test, steady(20, 1, secs[k], starts[i]),
					19600);
			KUNIT_EXPECT_LE(test, steady(20, 1, secs[k], starts[i]),
					20400);
			KUNIT_EXPECT_GE(test, steady(3, 1000, secs[k], starts[i]),
					2);
			KUNIT_EXPECT_LE(test, steady(3, 1000, secs[k], starts[i]),
					4);
		}
	}
}

/* At full speed a fifth of a second is enough to tell. */
static void rate_begins_quickly(struct kunit *test)
{
	struct xtcp_rate r = {};
	u32 i;

	for (i = 0; i < 200 * 20; i++)
		xtcp_rate_add(&r, 77 + i / 20);
	KUNIT_EXPECT_GE(test, xtcp_rate_read(&r, 277) / 1000, 19000);
	KUNIT_EXPECT_LE(test, xtcp_rate_read(&r, 277) / 1000, 21000);
}

static void rate_ends(struct kunit *test)
{
	struct xtcp_rate r = {};
	u32 i;

	for (i = 0; i < 1000; i++)
		xtcp_rate_add(&r, i);
	KUNIT_EXPECT_LE(test, xtcp_rate_read(&r, 1000 + 20000) / 1000, 10);
	KUNIT_EXPECT_EQ(test, xtcp_rate_read(&r, 1000 + 100000), 0);
}

static struct xtcp_outlook outlook(u32 left, u32 per_s, u32 wait_ms)
{
	return (struct xtcp_outlook) {
		.left = left,
		.opens = per_s * 1000,
		.ends = per_s * 1000,
		.waits = per_s * 1000,
		.wait_ms = wait_ms,
		.bin_ms = 1000,
	};
}

static void outlook_exhaustion(struct kunit *test)
{
	struct xtcp_outlook o = outlook(28000, 1000, 60000);

	KUNIT_EXPECT_GE(test, xtcp_outlook_ms(&o), 27900);
	KUNIT_EXPECT_LE(test, xtcp_outlook_ms(&o), 28100);
	/* As many as wait come back in time. */
	o = outlook(28000, 400, 60000);
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), XTCP_OUTLOOK_NEVER);
	o = outlook(28000, 100000, 0);
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), XTCP_OUTLOOK_NEVER);
	o = outlook(0, 0, 0);
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), 0);
	o = outlook(1, 0, 0);
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), XTCP_OUTLOOK_NEVER);
}

/* What waits now comes back; here just in time, there just too late. */
static void outlook_waiting(struct kunit *test)
{
	struct xtcp_outlook o = outlook(5000, 1000, 60000);
	int i;

	for (i = 4; i < XTCP_OUTLOOK_BINS; i++)
		o.freed[i] = 1000;
	KUNIT_EXPECT_LE(test, xtcp_outlook_ms(&o), 5000);
	o.left = 5002;
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), XTCP_OUTLOOK_NEVER);
}

/* Connections that stay open use ports up although none waits. */
static void outlook_growth(struct kunit *test)
{
	struct xtcp_outlook o = { .left = 10000, .opens = 100000, .bin_ms = 1 };

	KUNIT_EXPECT_GE(test, xtcp_outlook_ms(&o), 99900);
	KUNIT_EXPECT_LE(test, xtcp_outlook_ms(&o), 100100);
	/* A little is noise. */
	o.ends = 99000;
	KUNIT_EXPECT_EQ(test, xtcp_outlook_ms(&o), XTCP_OUTLOOK_NEVER);
}

/* Against a simulation, a millisecond at a time. */
static void outlook_random(struct kunit *test)
{
	struct rnd_state rnd;
	int i, k;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 300; i++) {
		struct xtcp_outlook o =
			outlook(xtcp_kunit_between(&rnd, 1, 28000),
				xtcp_kunit_between(&rnd, 1, 20000),
				xtcp_kunit_between(&rnd, 0, 64000));
		u64 ms, said = xtcp_outlook_ms(&o);
		s64 left = o.left;

		for (k = 0; k < XTCP_OUTLOOK_BINS; k++)
			o.freed[k] = xtcp_kunit_between(&rnd, 0, 300);
		said = xtcp_outlook_ms(&o);
		for (ms = 1; ms < 64000; ms++) {
			u64 freed = 0;

			for (k = 0; k < div_u64(ms, 1000) && k < XTCP_OUTLOOK_BINS; k++)
				freed += o.freed[k];
			left = left_at(&o, ms, freed);
			if (left < 0)
				break;
		}
		/* No failure that was not announced, and in time. */
		if (left < 0)
			KUNIT_ASSERT_LE(test, said, ms + 1000);
		if (said != XTCP_OUTLOOK_NEVER && left < 0)
			KUNIT_ASSERT_GE(test, said + 1000, ms);
	}
}

static struct kunit_case outlook_cases[] = {
	KUNIT_CASE(rate_steady),
	KUNIT_CASE(rate_begins_quickly),
	KUNIT_CASE(rate_ends),
	KUNIT_CASE(outlook_exhaustion),
	KUNIT_CASE(outlook_waiting),
	KUNIT_CASE(outlook_growth),
	KUNIT_CASE(outlook_random),
	{}
};

static struct kunit_suite outlook_suite = {
	.name = "xtcp_outlook",
	.test_cases = outlook_cases,
};

kunit_test_suite(outlook_suite);
