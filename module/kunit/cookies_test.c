// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of SYN cookies: RFC 4987 section 3.6, F-24.
 */
#include "../cookies.c"
#include "seed.h"

#define FORGERIES	1000000

static struct xtcp_tuple ends(struct rnd_state *rnd)
{
	struct xtcp_tuple t = { .proto = IPPROTO_TCP };

	prandom_bytes_state(rnd, &t, offsetof(struct xtcp_tuple, proto));
	return t;
}

static u32 made(struct xtcp_cookie *c, const struct xtcp_tuple *t, u32 now_s)
{
	*c = (struct xtcp_cookie){
		.t = t, .mix = 7, .irs = 1000, .mss = 1460, .now_s = now_s,
	};
	return xtcp_cookies_make(c, false);
}

static bool opens(const struct xtcp_cookie *c, u32 now_s, u32 cookie)
{
	struct xtcp_cookie again = *c;

	again.mss = 0;
	again.now_s = now_s;
	return xtcp_cookies_open(&again, false, cookie) && again.mss == c->mss;
}

static bool stale(const struct xtcp_cookie *c, u32 now_s, u32 cookie)
{
	struct xtcp_cookie again = *c;

	again.now_s = now_s;
	return xtcp_cookies_stale(&again, cookie);
}

/* One period at least, two at most, and then never again. */
static void cookies_lifetime(struct kunit *test)
{
	struct rnd_state rnd;
	struct xtcp_cookie c;
	struct xtcp_tuple t;
	u32 cookie, s, made_s;

	xtcp_kunit_seed(test, &rnd);
	t = ends(&rnd);
	xtcp_cookies_init();
	made_s = 640 + xtcp_kunit_between(&rnd, 0, XTCP_COOKIE_PERIOD - 1);
	cookie = made(&c, &t, made_s);
	for (s = made_s; s < 640 + 2 * XTCP_COOKIE_PERIOD; s++)
		KUNIT_ASSERT_TRUE_MSG(test, opens(&c, s, cookie), "at %u", s);
	for (; s < 640 + 10 * XTCP_COOKIE_PERIOD; s++) {
		KUNIT_ASSERT_FALSE_MSG(test, opens(&c, s, cookie), "at %u", s);
		KUNIT_ASSERT_EQ_MSG(test, s < 640 + 4 * XTCP_COOKIE_PERIOD,
				    stale(&c, s, cookie), "at %u", s);
		KUNIT_ASSERT_FALSE(test, stale(&c, s, cookie ^ 1));
	}
}

/* After a pause nothing of before is good, whatever the last bit says. */
static void cookies_pause(struct kunit *test)
{
	struct rnd_state rnd;
	struct xtcp_cookie c;
	struct xtcp_tuple t;
	u32 cookie, n;

	xtcp_kunit_seed(test, &rnd);
	t = ends(&rnd);
	for (n = 2; n < 6; n++) {
		xtcp_cookies_init();
		cookie = made(&c, &t, 640);
		KUNIT_EXPECT_FALSE(test, opens(&c, 640 + n * XTCP_COOKIE_PERIOD,
					       cookie));
		KUNIT_EXPECT_EQ(test, n < 4,
				stale(&c, 640 + n * XTCP_COOKIE_PERIOD, cookie));
	}
}

/* Never more than announced, and the next class down. */
static void cookies_mss(struct kunit *test)
{
	struct rnd_state rnd;
	struct xtcp_cookie c;
	struct xtcp_tuple t;
	u32 mss, last = 0;
	int v6;

	xtcp_kunit_seed(test, &rnd);
	t = ends(&rnd);
	xtcp_cookies_init();
	for (v6 = 0; v6 < 2; v6++) {
		for (mss = 1; mss < 10000; mss++) {
			u32 cookie;

			made(&c, &t, 640);
			c.mss = mss;
			cookie = xtcp_cookies_make(&c, v6);
			KUNIT_ASSERT_LE(test, (u32)c.mss, mss);
			c.mss = 0;
			KUNIT_ASSERT_TRUE(test, xtcp_cookies_open(&c, v6, cookie));
			if (mss >= 88)
				KUNIT_ASSERT_LE(test, (u32)c.mss, mss);
			KUNIT_ASSERT_TRUE(test, mss == 1 || c.mss >= last);
			last = c.mss;
		}
		last = 0;
	}
}

/* Bound to both ends, the sequence number, the namespace and itself. */
static void cookies_altered(struct kunit *test)
{
	struct rnd_state rnd;
	struct xtcp_cookie c, other;
	struct xtcp_tuple t, u;
	u32 cookie, bit;

	xtcp_kunit_seed(test, &rnd);
	t = ends(&rnd);
	xtcp_cookies_init();
	cookie = made(&c, &t, 640);
	for (bit = 0; bit < 32; bit++)
		KUNIT_EXPECT_FALSE(test, opens(&c, 640, cookie ^ BIT(bit)));
	for (bit = 0; bit < 8 * offsetof(struct xtcp_tuple, proto); bit++) {
		u = t;
		((u8 *)&u)[bit / 8] ^= BIT(bit % 8);
		other = c;
		other.t = &u;
		KUNIT_EXPECT_FALSE(test, opens(&other, 640, cookie));
	}
	other = c;
	other.irs++;
	KUNIT_EXPECT_FALSE(test, opens(&other, 640, cookie));
	other = c;
	other.mix++;
	KUNIT_EXPECT_FALSE(test, opens(&other, 640, cookie));
}

/* A million guesses: one in 2^28 passes, if the top bits are guessed too. */
static void cookies_forged(struct kunit *test)
{
	struct rnd_state rnd;
	struct xtcp_cookie c;
	struct xtcp_tuple t;
	int i, passed = 0;

	xtcp_kunit_seed(test, &rnd);
	t = ends(&rnd);
	xtcp_cookies_init();
	made(&c, &t, 640);
	for (i = 0; i < FORGERIES; i++) {
		c.irs = prandom_u32_state(&rnd);
		passed += xtcp_cookies_open(&c, false, prandom_u32_state(&rnd));
	}
	/* Two by chance would be one run in a hundred thousand. */
	KUNIT_EXPECT_LT(test, passed, 2);
}

/* Options come back, at any millisecond, and the clock does not run ahead. */
static void cookies_timestamps(struct kunit *test)
{
	struct xtcp_opts opts, got;
	u32 now, wscale, ts;

	for (now = U32_MAX - 300; now != 300; now++) {
		for (wscale = 0; wscale <= 15; wscale++) {
			opts = (struct xtcp_opts){
				.has_wscale = wscale < 15,
				.wscale = wscale < 15 ? wscale : 0,
				.sack_perm = now & 1,
			};
			got = (struct xtcp_opts){};
			ts = xtcp_cookies_ts_make(&opts, now);
			KUNIT_ASSERT_LT(test, now - ts, 128U);
			KUNIT_ASSERT_TRUE(test, xtcp_cookies_ts_open(ts, now, &got));
			KUNIT_ASSERT_TRUE(test, opts.has_wscale == got.has_wscale);
			KUNIT_ASSERT_TRUE(test, opts.wscale == got.wscale);
			KUNIT_ASSERT_TRUE(test, opts.sack_perm == got.sack_perm);
		}
	}
	KUNIT_EXPECT_FALSE(test, xtcp_cookies_ts_open(1000, 999, &got));
	KUNIT_EXPECT_FALSE(test, xtcp_cookies_ts_open(1000, 131000, &got));
}

static struct kunit_case cookies_cases[] = {
	KUNIT_CASE(cookies_lifetime),
	KUNIT_CASE(cookies_pause),
	KUNIT_CASE(cookies_mss),
	KUNIT_CASE(cookies_altered),
	KUNIT_CASE(cookies_forged),
	KUNIT_CASE(cookies_timestamps),
	{}
};

static struct kunit_suite cookies_suite = {
	.name = "xtcp_cookies",
	.test_cases = cookies_cases,
};

kunit_test_suite(cookies_suite);
