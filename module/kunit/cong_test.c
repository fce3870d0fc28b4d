// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of congestion control: what algorithms share, Reno, and the list of
 * algorithms: RFC 5681.
 */
#include <linux/export.h>

/* The module under test exports these already. */
#undef EXPORT_SYMBOL_GPL
#define EXPORT_SYMBOL_GPL(symbol)

#include "../cong.c"
#include "../cong_reno.c"
#include "seed.h"

static struct xtcp_cong reno(u32 cwnd, u32 ssthresh)
{
	struct xtcp_cong cong;

	memset(&cong, 0xff, sizeof(cong));
	xtcp_cong_init(&cong, &xtcp_cong_reno);
	cong.cwnd = cwnd;
	cong.ssthresh = ssthresh;
	return cong;
}

static void mark_private(struct xtcp_cong *cong)
{
	cong->priv[0] = 42;
}

static void cong_init_values(struct kunit *test)
{
	struct xtcp_cong_ops ops = xtcp_cong_reno;
	struct xtcp_cong cong;
	int i;

	ops.init = mark_private;
	memset(&cong, 0xff, sizeof(cong));
	xtcp_cong_init(&cong, &ops);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)&ops, (const void *)cong.ops);
	KUNIT_EXPECT_EQ(test, 10U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 0x7fffffffU, cong.ssthresh);
	KUNIT_EXPECT_EQ(test, 0U, cong.cwnd_cnt);
	KUNIT_EXPECT_EQ(test, U32_MAX, cong.cwnd_clamp);
	KUNIT_EXPECT_TRUE(test, xtcp_cong_in_slow_start(&cong));
	KUNIT_EXPECT_EQ(test, 42ULL, cong.priv[0]);
	for (i = 1; i < ARRAY_SIZE(cong.priv); i++)
		KUNIT_EXPECT_EQ(test, 0ULL, cong.priv[i]);
}

static void cong_slow_start(struct kunit *test)
{
	static const struct {
		u32 cwnd, ssthresh, clamp, acked, want, left;
	} cases[] = {
		{ 10, 100, U32_MAX, 1, 11, 0 },
		{ 10, 100, U32_MAX, 10, 20, 0 },
		{ 10, 100, U32_MAX, 0, 10, 0 },
		{ 98, 100, U32_MAX, 2, 100, 0 },
		{ 98, 100, U32_MAX, 5, 100, 3 },
		{ 100, 100, U32_MAX, 5, 100, 5 },
		{ 120, 100, U32_MAX, 5, 120, 5 },
		{ 10, 100, 15, 10, 15, 0 },
		{ 1, 0x7fffffff, U32_MAX, 1, 2, 0 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct xtcp_cong cong = reno(cases[i].cwnd, cases[i].ssthresh);
		u32 left;

		cong.cwnd_clamp = cases[i].clamp;
		left = xtcp_cong_slow_start(&cong, cases[i].acked);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].want, cong.cwnd,
				    "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].left, left, "case %d", i);
	}
}

static void cong_avoid(struct kunit *test)
{
	struct xtcp_cong cong = reno(10, 5);
	int i;

	/* One segment more for ten acknowledged, whichever way they come. */
	for (i = 0; i < 9; i++)
		xtcp_cong_avoid(&cong, 10, 1);
	KUNIT_EXPECT_EQ(test, 10U, cong.cwnd);
	xtcp_cong_avoid(&cong, 10, 1);
	KUNIT_EXPECT_EQ(test, 11U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 0U, cong.cwnd_cnt);
	xtcp_cong_avoid(&cong, 10, 25);
	KUNIT_EXPECT_EQ(test, 13U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 5U, cong.cwnd_cnt);

	/* A count left from a larger w is worth one segment, not many. */
	cong.cwnd_cnt = 95;
	xtcp_cong_avoid(&cong, 10, 0);
	KUNIT_EXPECT_EQ(test, 14U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 0U, cong.cwnd_cnt);

	/* w of 0 divides nothing by zero. */
	xtcp_cong_avoid(&cong, 0, 1);
	KUNIT_EXPECT_EQ(test, 15U, cong.cwnd);

	cong.cwnd_clamp = 16;
	xtcp_cong_avoid(&cong, 1, 50);
	KUNIT_EXPECT_EQ(test, 16U, cong.cwnd);
}

/* Section 3.1: cwnd doubles each round trip, then grows by one. */
static void reno_round_trips(struct kunit *test)
{
	struct xtcp_cong cong = reno(10, 80);
	static const u32 want[] = { 20, 40, 80, 81, 82, 83 };
	int i;

	for (i = 0; i < ARRAY_SIZE(want); i++) {
		u32 flight = cong.cwnd;

		while (flight--)
			xtcp_cong_reno.acked(&cong, 1, 0);
		KUNIT_EXPECT_EQ_MSG(test, want[i], cong.cwnd, "round trip %d",
				    i);
	}
}

/* An ACK that crosses ssthresh: the rest counts in avoidance. */
static void reno_crosses_ssthresh(struct kunit *test)
{
	struct xtcp_cong cong = reno(18, 20);

	xtcp_cong_reno.acked(&cong, 15, 0);
	KUNIT_EXPECT_EQ(test, 20U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 13U, cong.cwnd_cnt);
	xtcp_cong_reno.acked(&cong, 7, 0);
	KUNIT_EXPECT_EQ(test, 21U, cong.cwnd);
	KUNIT_EXPECT_EQ(test, 0U, cong.cwnd_cnt);
}

/* The same segments acknowledged in any portions grow cwnd by the same. */
static void reno_stretch_acks(struct kunit *test)
{
	struct rnd_state rnd;
	int round, i;

	xtcp_kunit_seed(test, &rnd);
	for (round = 0; round < 200; round++) {
		u32 start = xtcp_kunit_between(&rnd, 2, 40);
		u32 ssthresh = start + xtcp_kunit_between(&rnd, 0, 100);
		struct xtcp_cong one = reno(start, ssthresh);
		struct xtcp_cong many = one;
		u32 total = 0;

		for (i = 0; i < 50; i++) {
			u32 n = xtcp_kunit_between(&rnd, 1, min(many.cwnd, 16U));

			xtcp_cong_reno.acked(&many, n, 0);
			total += n;
		}
		while (total--)
			xtcp_cong_reno.acked(&one, 1, 0);
		/* A portion that spans a growth is counted by the old cwnd. */
		KUNIT_EXPECT_LE(test, one.cwnd, many.cwnd + 1);
		KUNIT_EXPECT_LE(test, many.cwnd, one.cwnd + 1);
	}
}

/* Equation (4). */
static void reno_ssthresh_table(struct kunit *test)
{
	static const struct {
		u32 flight, want;
	} cases[] = {
		{ 0, 2 }, { 1, 2 }, { 3, 2 }, { 4, 2 }, { 5, 2 }, { 6, 3 },
		{ 100, 50 }, { 101, 50 }, { U32_MAX, 0x7fffffff },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct xtcp_cong cong = reno(100, 200);

		KUNIT_EXPECT_EQ_MSG(test, cases[i].want,
				    xtcp_cong_reno.ssthresh(&cong,
							    cases[i].flight),
				    "flight %u", cases[i].flight);
		cong.cwnd_cnt = 7;
		xtcp_cong_reduce(&cong, cases[i].flight);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].want, cong.ssthresh,
				    "flight %u", cases[i].flight);
		KUNIT_EXPECT_EQ(test, 100U, cong.prior_cwnd);
		KUNIT_EXPECT_EQ(test, 200U, cong.prior_ssthresh);
		KUNIT_EXPECT_EQ(test, 0U, cong.cwnd_cnt);
		/* The new cwnd is the caller's to choose. */
		KUNIT_EXPECT_EQ(test, 100U, cong.cwnd);
	}
}

static u32 ssthresh_zero(struct xtcp_cong *cong, u32 flight)
{
	return 0;
}

/* An algorithm that goes too low is held at two segments. */
static void cong_reduce_floor(struct kunit *test)
{
	struct xtcp_cong_ops ops = xtcp_cong_reno;
	struct xtcp_cong cong;

	ops.ssthresh = ssthresh_zero;
	xtcp_cong_init(&cong, &ops);
	xtcp_cong_reduce(&cong, 10);
	KUNIT_EXPECT_EQ(test, 2U, cong.ssthresh);
}

static void cong_idle(struct kunit *test)
{
	static const struct {
		u32 cwnd, ssthresh, restart, want_cwnd, want_ssthresh;
	} cases[] = {
		/* Falls to the restart window, remembers three quarters. */
		{ 100, 20, 10, 10, 75 },
		{ 100, 90, 10, 10, 90 },
		{ 101, 20, 10, 10, 76 },
		/* Below the restart window nothing is gained by idling. */
		{ 4, 20, 10, 4, 20 },
		{ 10, 0x7fffffff, 10, 10, 0x7fffffff },
		{ 1, 2, 0, 1, 2 },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct xtcp_cong cong = reno(cases[i].cwnd, cases[i].ssthresh);

		cong.cwnd_cnt = 3;
		xtcp_cong_idle_restart(&cong, cases[i].restart);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].want_cwnd, cong.cwnd,
				    "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].want_ssthresh, cong.ssthresh,
				    "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, 0U, cong.cwnd_cnt, "case %d", i);
	}
}

static void registry_finds(struct kunit *test)
{
	struct xtcp_cong_ops other = xtcp_cong_reno;
	char names[32];

	KUNIT_EXPECT_NULL(test, xtcp_cong_get("reno"));
	KUNIT_EXPECT_EQ(test, 0, xtcp_cong_names(names, sizeof(names)));
	KUNIT_EXPECT_STREQ(test, "", names);

	strscpy(other.name, "other", sizeof(other.name));
	KUNIT_ASSERT_EQ(test, 0, xtcp_cong_register(&xtcp_cong_reno));
	KUNIT_EXPECT_EQ(test, -EEXIST, xtcp_cong_register(&xtcp_cong_reno));
	KUNIT_EXPECT_EQ(test, 0, xtcp_cong_register(&other));

	KUNIT_EXPECT_PTR_EQ(test, (const void *)xtcp_cong_get("reno"),
			    (const void *)&xtcp_cong_reno);
	KUNIT_EXPECT_PTR_EQ(test, (const void *)xtcp_cong_get("other"),
			    (const void *)&other);
	KUNIT_EXPECT_NULL(test, xtcp_cong_get("ren"));
	KUNIT_EXPECT_NULL(test, xtcp_cong_get("reno2"));
	KUNIT_EXPECT_NULL(test, xtcp_cong_get(""));
	KUNIT_EXPECT_EQ(test, 10, xtcp_cong_names(names, sizeof(names)));
	KUNIT_EXPECT_STREQ(test, "reno other", names);
	/* What does not fit is cut off, and the end is an end. */
	xtcp_cong_names(names, 7);
	KUNIT_EXPECT_STREQ(test, "reno o", names);

	xtcp_cong_unregister(&xtcp_cong_reno);
	KUNIT_EXPECT_NULL(test, xtcp_cong_get("reno"));
	xtcp_cong_unregister(&other);
	KUNIT_EXPECT_NULL(test, xtcp_cong_get("other"));
}

static void registry_refuses(struct kunit *test)
{
	struct xtcp_cong_ops ops = xtcp_cong_reno;

	ops.acked = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL, xtcp_cong_register(&ops));
	ops = xtcp_cong_reno;
	ops.ssthresh = NULL;
	KUNIT_EXPECT_EQ(test, -EINVAL, xtcp_cong_register(&ops));
	ops = xtcp_cong_reno;
	ops.name[0] = '\0';
	KUNIT_EXPECT_EQ(test, -EINVAL, xtcp_cong_register(&ops));
	/* A name must end, and be one word in the list of names. */
	memset(ops.name, 'x', sizeof(ops.name));
	KUNIT_EXPECT_EQ(test, -EINVAL, xtcp_cong_register(&ops));
	strscpy(ops.name, "two words", sizeof(ops.name));
	KUNIT_EXPECT_EQ(test, -EINVAL, xtcp_cong_register(&ops));
}

/* Each reference taken holds the owner once. */
static void registry_counts_references(struct kunit *test)
{
	struct xtcp_cong_ops ops = xtcp_cong_reno;
	int before = module_refcount(THIS_MODULE);
	const struct xtcp_cong_ops *got;

	ops.owner = THIS_MODULE;
	KUNIT_ASSERT_EQ(test, 0, xtcp_cong_register(&ops));
	got = xtcp_cong_get("reno");
	KUNIT_EXPECT_EQ(test, before + 1, module_refcount(THIS_MODULE));
	xtcp_cong_hold(got);
	KUNIT_EXPECT_EQ(test, before + 2, module_refcount(THIS_MODULE));
	xtcp_cong_put(got);
	xtcp_cong_put(got);
	KUNIT_EXPECT_EQ(test, before, module_refcount(THIS_MODULE));
	xtcp_cong_unregister(&ops);
}

static struct kunit_case cong_cases[] = {
	KUNIT_CASE(cong_init_values),
	KUNIT_CASE(cong_slow_start),
	KUNIT_CASE(cong_avoid),
	KUNIT_CASE(cong_reduce_floor),
	KUNIT_CASE(cong_idle),
	KUNIT_CASE(reno_round_trips),
	KUNIT_CASE(reno_crosses_ssthresh),
	KUNIT_CASE(reno_stretch_acks),
	KUNIT_CASE(reno_ssthresh_table),
	KUNIT_CASE(registry_finds),
	KUNIT_CASE(registry_refuses),
	KUNIT_CASE(registry_counts_references),
	{}
};

static struct kunit_suite cong_suite = {
	.name = "xtcp_cong",
	.test_cases = cong_cases,
};

kunit_test_suite(cong_suite);
