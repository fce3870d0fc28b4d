// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the round-trip time estimator: RFC 6298.
 */
#include "../rtt.c"
#include "seed.h"

#define MS	1000U
#define RTO_MIN	(200 * MS)
#define RTO_MAX	(120000 * MS)

static struct xtcp_rtt fresh(void)
{
	struct xtcp_rtt rtt;

	memset(&rtt, 0xff, sizeof(rtt));
	xtcp_rtt_init(&rtt, RTO_MIN, RTO_MAX);
	return rtt;
}

static void rtt_before_samples(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();

	KUNIT_EXPECT_EQ(test, 0U, rtt.srtt_us);
	KUNIT_EXPECT_EQ(test, 0U, rtt.mdev_us);
	KUNIT_EXPECT_EQ(test, U32_MAX, rtt.min_rtt_us);
	/* (2.1): 1 second. */
	KUNIT_EXPECT_EQ(test, 1000 * MS, rtt.rto_us);
}

/* (2.2): SRTT = R, RTTVAR = R / 2, RTO = SRTT + 4 * RTTVAR = 3 * R. */
static void rtt_first_sample(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();

	xtcp_rtt_sample(&rtt, 400 * MS);
	KUNIT_EXPECT_EQ(test, 400 * MS * 8, rtt.srtt_us);
	KUNIT_EXPECT_EQ(test, 200 * MS * 4, rtt.mdev_us);
	KUNIT_EXPECT_EQ(test, 1200 * MS, rtt.rto_us);
	KUNIT_EXPECT_EQ(test, 400 * MS, rtt.min_rtt_us);
}

/* (2.3), worked out by hand. */
static void rtt_known_sequence(struct kunit *test)
{
	static const struct {
		u32 sample, srtt8, var4, rto;
	} steps[] = {
		/* SRTT 800, RTTVAR 400 */
		{ 800000, 6400000, 1600000, 2400000 },
		/* RTTVAR 3/4 400 + 1/4 800, SRTT 7/8 800 + 1/8 1600 */
		{ 1600000, 7200000, 2000000, 2900000 },
		/* RTTVAR 3/4 500 + 1/4 800, SRTT 7/8 900 + 1/8 100 */
		{ 100000, 6400000, 2300000, 3100000 },
		/* no deviation: RTTVAR 3/4 575, SRTT 800 */
		{ 800000, 6400000, 1725000, 2525000 },
		{ 800000, 6400000, 1293750, 2093750 },
	};
	struct xtcp_rtt rtt = fresh();
	int i;

	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		xtcp_rtt_sample(&rtt, steps[i].sample);
		KUNIT_EXPECT_EQ_MSG(test, steps[i].srtt8, rtt.srtt_us,
				    "step %d", i);
		KUNIT_EXPECT_EQ_MSG(test, steps[i].var4, rtt.mdev_us,
				    "step %d", i);
		KUNIT_EXPECT_EQ_MSG(test, steps[i].rto, rtt.rto_us,
				    "step %d", i);
	}
	KUNIT_EXPECT_EQ(test, 100000U, rtt.min_rtt_us);
}

/* A steady path: the variance goes, rto_min_us stays as the margin. */
static void rtt_steady(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();
	int i;

	for (i = 0; i < 100; i++)
		xtcp_rtt_sample(&rtt, 50 * MS);
	KUNIT_EXPECT_EQ(test, 50 * MS * 8, rtt.srtt_us);
	KUNIT_EXPECT_LE(test, rtt.mdev_us, 4U);
	KUNIT_EXPECT_EQ(test, 250 * MS, rtt.rto_us);
}

/* The estimate follows a path that becomes slower, then faster. */
static void rtt_follows(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();
	int i;

	for (i = 0; i < 50; i++)
		xtcp_rtt_sample(&rtt, 10 * MS);
	/* The first slow sample lifts the RTO above itself at once. */
	xtcp_rtt_sample(&rtt, 300 * MS);
	KUNIT_EXPECT_GT(test, rtt.rto_us, 300 * MS);
	for (i = 0; i < 100; i++)
		xtcp_rtt_sample(&rtt, 300 * MS);
	KUNIT_EXPECT_GE(test, rtt.srtt_us / 8, 299 * MS);
	KUNIT_EXPECT_LE(test, rtt.srtt_us / 8, 300 * MS);
	for (i = 0; i < 100; i++)
		xtcp_rtt_sample(&rtt, 10 * MS);
	KUNIT_EXPECT_LE(test, rtt.srtt_us / 8, 11 * MS);
	KUNIT_EXPECT_EQ(test, 10 * MS, rtt.min_rtt_us);
}

static void rtt_extreme_samples(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();
	int i;

	/* 0 counts as 1, so that srtt_us tells that there was a sample. */
	xtcp_rtt_sample(&rtt, 0);
	KUNIT_EXPECT_EQ(test, 8U, rtt.srtt_us);
	KUNIT_EXPECT_EQ(test, 1U, rtt.min_rtt_us);
	for (i = 0; i < 100; i++)
		xtcp_rtt_sample(&rtt, 0);
	KUNIT_EXPECT_GT(test, rtt.srtt_us, 0U);
	KUNIT_EXPECT_GE(test, rtt.rto_us, RTO_MIN);

	/* The largest do not wrap anything around. */
	for (i = 0; i < 300; i++) {
		xtcp_rtt_sample(&rtt, U32_MAX);
		KUNIT_EXPECT_LE(test, rtt.rto_us, RTO_MAX);
		KUNIT_EXPECT_GE(test, rtt.rto_us, RTO_MIN);
	}
	KUNIT_EXPECT_EQ(test, RTO_MAX, rtt.rto_us);
	KUNIT_EXPECT_GE(test, rtt.srtt_us / 8, U32_MAX / 8 - 8);

	rtt = fresh();
	xtcp_rtt_sample(&rtt, U32_MAX);
	KUNIT_EXPECT_EQ(test, RTO_MAX, rtt.rto_us);
}

static void rtt_bounds(struct kunit *test)
{
	struct xtcp_rtt rtt;

	/* The first RTO keeps within them, too. */
	xtcp_rtt_init(&rtt, 10 * MS, 500 * MS);
	KUNIT_EXPECT_EQ(test, 500 * MS, rtt.rto_us);
	xtcp_rtt_sample(&rtt, 400 * MS);
	KUNIT_EXPECT_EQ(test, 500 * MS, rtt.rto_us);
	xtcp_rtt_init(&rtt, 3000 * MS, RTO_MAX);
	KUNIT_EXPECT_EQ(test, 3000 * MS, rtt.rto_us);

	/* Where they contradict, the upper one holds. */
	xtcp_rtt_init(&rtt, 900 * MS, 300 * MS);
	KUNIT_EXPECT_EQ(test, 300 * MS, rtt.rto_us);

	/* A small lower bound leaves the variance as the margin. */
	xtcp_rtt_init(&rtt, 1, RTO_MAX);
	xtcp_rtt_sample(&rtt, 100);
	KUNIT_EXPECT_EQ(test, 300U, rtt.rto_us);
}

/* (5.7) */
static void rtt_syn_lost(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();

	xtcp_rtt_syn_lost(&rtt);
	KUNIT_EXPECT_EQ(test, 3000 * MS, rtt.rto_us);
	xtcp_rtt_sample(&rtt, 10 * MS);
	KUNIT_EXPECT_EQ(test, 210 * MS, rtt.rto_us);

	/* With a sample, what was measured counts. */
	xtcp_rtt_syn_lost(&rtt);
	KUNIT_EXPECT_EQ(test, 210 * MS, rtt.rto_us);

	xtcp_rtt_init(&rtt, RTO_MIN, 2000 * MS);
	xtcp_rtt_syn_lost(&rtt);
	KUNIT_EXPECT_EQ(test, 2000 * MS, rtt.rto_us);
}

/* (5.5) */
static void rtt_backoff(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();
	unsigned int i;

	for (i = 0; i < 64; i++) {
		u32 want = i < 7 ? (1000 * MS) << i : RTO_MAX;

		KUNIT_EXPECT_EQ_MSG(test, want, xtcp_rtt_backed_off(&rtt, i),
				    "backoff %u", i);
	}
	KUNIT_EXPECT_EQ(test, 1000 * MS, rtt.rto_us);

	xtcp_rtt_init(&rtt, U32_MAX, U32_MAX);
	KUNIT_EXPECT_EQ(test, U32_MAX, xtcp_rtt_backed_off(&rtt, 0));
	KUNIT_EXPECT_EQ(test, U32_MAX, xtcp_rtt_backed_off(&rtt, 31));
}

static u64 distance(u64 a, u64 b)
{
	return a > b ? a - b : b - a;
}

/*
 * Against the RFC's formulas in fixed point with 20 bits behind the point.
 * The estimator rounds down to eighths and quarters, and each error shrinks
 * by 7/8 or 3/4 a step, so 2 and 16 µs bound their sums.
 */
static void rtt_random_against_formula(struct kunit *test)
{
	struct xtcp_rtt rtt = fresh();
	u64 srtt = 0, var = 0;
	struct rnd_state rnd;
	u32 base = 0;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 20000; i++) {
		u64 r;

		if (i % 1000 == 0)
			base = xtcp_kunit_between(&rnd, 1, 2000000);
		r = base + xtcp_kunit_between(&rnd, 0, base);
		xtcp_rtt_sample(&rtt, r);

		r <<= 20;
		if (!srtt) {
			srtt = r;
			var = r / 2;
		} else {
			var = var * 3 / 4 + distance(srtt, r) / 4;
			srtt = srtt * 7 / 8 + r / 8;
		}
		KUNIT_ASSERT_LE(test, distance(rtt.srtt_us / 8, srtt >> 20),
				2ULL);
		KUNIT_ASSERT_LE(test, distance(rtt.mdev_us, var >> 18), 16ULL);
		KUNIT_ASSERT_LE(test, distance(rtt.rto_us,
					       (srtt >> 20) +
					       max_t(u64, var >> 18, RTO_MIN)),
				18ULL);
	}
}

static struct kunit_case rtt_cases[] = {
	KUNIT_CASE(rtt_before_samples),
	KUNIT_CASE(rtt_first_sample),
	KUNIT_CASE(rtt_known_sequence),
	KUNIT_CASE(rtt_steady),
	KUNIT_CASE(rtt_follows),
	KUNIT_CASE(rtt_extreme_samples),
	KUNIT_CASE(rtt_bounds),
	KUNIT_CASE(rtt_syn_lost),
	KUNIT_CASE(rtt_backoff),
	KUNIT_CASE(rtt_random_against_formula),
	{}
};

static struct kunit_suite rtt_suite = {
	.name = "xtcp_rtt",
	.test_cases = rtt_cases,
};

kunit_test_suite(rtt_suite);
