// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what is remembered of connections that left TIME-WAIT early.
 */
#include "../oldconn.c"
#include "seed.h"

#define NOW	1000

static struct xtcp_old record(u32 fp, u32 first, u32 end, u32 snd_nxt)
{
	return (struct xtcp_old) {
		.fp = fp,
		.rcv_end = end,
		.snd_nxt = snd_nxt,
		.until = NOW + 235,
		.span = xtcp_old_span_code(end - first),
		.cause = XTCP_EARLY_KNOB,
	};
}

static void old_span(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_EQ(test, xtcp_old_span(xtcp_old_span_code(i)), i);
	KUNIT_EXPECT_EQ(test, xtcp_old_span(xtcp_old_span_code(U32_MAX)),
			1U << 31);
	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 100000; i++) {
		u32 n = xtcp_kunit_between(&rnd, 0, 1U << 31) >>
			xtcp_kunit_between(&rnd, 0, 31);
		u32 m = xtcp_old_span(xtcp_old_span_code(n));

		KUNIT_ASSERT_GE(test, m, n);
		KUNIT_ASSERT_LE(test, m - n, n / 8);
	}
}

static void old_lives_2msl(struct kunit *test)
{
	u32 start = 0xffffff00;
	struct xtcp_old o = { .fp = 1,
		.until = xtcp_old_time(start + XTCP_2MSL_MS) };

	KUNIT_EXPECT_TRUE(test, xtcp_old_live(&o, xtcp_old_time(start)));
	KUNIT_EXPECT_TRUE(test, xtcp_old_live(&o,
					      xtcp_old_time(start + XTCP_2MSL_MS)));
	KUNIT_EXPECT_FALSE(test, xtcp_old_live(&o, xtcp_old_time(start +
			XTCP_2MSL_MS + XTCP_OLD_UNIT_MS)));
	o.fp = 0;
	KUNIT_EXPECT_FALSE(test, xtcp_old_live(&o, xtcp_old_time(start)));
}

/* Whatever the clock says, the number is beyond what was sent, and not by far. */
static void old_isn(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = {};
	struct rnd_state rnd;
	u32 snd_nxt, isn;
	int i, k;

	xtcp_kunit_seed(test, &rnd);
	isn = 5;
	KUNIT_EXPECT_FALSE(test, xtcp_old_isn(ways, 7, NOW, &isn));
	KUNIT_EXPECT_EQ(test, isn, 5);
	for (i = 0; i < 20000; i++) {
		snd_nxt = prandom_u32_state(&rnd);
		for (k = 0; k < XTCP_OLD_WAYS; k++)
			ways[k] = record(7, 100, 200,
					 snd_nxt - k * XTCP_OLD_GAP);
		isn = prandom_u32_state(&rnd);
		KUNIT_ASSERT_TRUE(test, xtcp_old_isn(ways, 7, NOW, &isn));
		KUNIT_ASSERT_GE(test, isn - snd_nxt, XTCP_OLD_GAP);
		KUNIT_ASSERT_LE(test, isn - snd_nxt, XTCP_OLD_GAP_MAX);
		KUNIT_ASSERT_NE(test, isn, 0);
	}
	/* Of another 4-tuple; or over. */
	KUNIT_EXPECT_FALSE(test, xtcp_old_isn(ways, 8, NOW, &isn));
	KUNIT_EXPECT_FALSE(test, xtcp_old_isn(ways, 7, NOW + 236, &isn));
}

/*
 * Segments of the old connection, however its numbers lie to those of the newer
 * one, are late; those of the newer one are not.
 */
static void old_segments_random(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = {};
	struct rnd_state rnd;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 100000; i++) {
		u32 in = xtcp_kunit_between(&rnd, 1, 1U << 20);
		u32 out = xtcp_kunit_between(&rnd, 1, 1U << 20);
		u32 irs = prandom_u32_state(&rnd);
		u32 iss = prandom_u32_state(&rnd);
		u32 sent = xtcp_kunit_between(&rnd, 1, 1U << 30);
		struct xtcp_old_newer n = { .ts0 = 5000, .acks = true };
		struct xtcp_old_seg s = { .has_ack = true };
		bool known = false;

		ways[i % XTCP_OLD_WAYS] = record(7, irs, irs + in, iss + out);
		ways[i % XTCP_OLD_WAYS].ts = i & 1;
		n.ts = i & 1;
		s.has_ts = i & 1;
		ways[i % XTCP_OLD_WAYS].ts_recent = 4000;
		n.iss = prandom_u32_state(&rnd);
		KUNIT_ASSERT_TRUE(test, xtcp_old_isn(ways, 7, NOW, &n.iss));
		n.snd_nxt = n.iss + sent;

		s.seq = irs + xtcp_kunit_between(&rnd, 0, in);
		s.ack = iss + xtcp_kunit_between(&rnd, 0, out);
		s.tsval = xtcp_kunit_between(&rnd, 3000, 4000);
		KUNIT_ASSERT_EQ(test, XTCP_EARLY_KNOB,
				xtcp_old_late(ways, 7, NOW, &s, &n, &known));
		KUNIT_ASSERT_TRUE(test, known);
		/* The same numbers, but it acknowledges what is newer. */
		s.ack = n.iss + xtcp_kunit_between(&rnd, 1, sent);
		KUNIT_ASSERT_EQ(test, XTCP_EARLY_NONE,
				xtcp_old_late(ways, 7, NOW, &s, &n, &known));
		/* Or the ACK proves nothing, but the timestamp does. */
		n.acks = false;
		s.tsval = 5001;
		KUNIT_ASSERT_EQ(test, n.ts ? XTCP_EARLY_NONE : XTCP_EARLY_KNOB,
				xtcp_old_late(ways, 7, NOW, &s, &n, &known));
		ways[i % XTCP_OLD_WAYS].fp = 0;
	}
}

/* A clock that does not go on from one connection to the next proves nothing. */
static void old_clock_of_another(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = { record(7, 1000, 2000, 50) };
	struct xtcp_old_newer n = { .ts0 = 3000, .ts = true };
	struct xtcp_old_seg s = { .seq = 1500, .tsval = 4000, .has_ts = true };
	bool known;

	ways[0].ts = 1;
	ways[0].ts_recent = 4000;
	KUNIT_EXPECT_EQ(test, XTCP_EARLY_KNOB,
			xtcp_old_late(ways, 7, NOW, &s, &n, &known));
}

static void old_syn(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = { record(7, 1000, 2000, 50) };
	struct xtcp_old_seg s = { .syn = true, .seq = 1000 };
	bool known;

	KUNIT_EXPECT_EQ(test, XTCP_EARLY_KNOB,
			xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
	s.seq = 2001;
	KUNIT_EXPECT_EQ(test, XTCP_EARLY_NONE,
			xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
	s.seq = 1000;
	s.has_ts = true;
	s.tsval = 4001;
	/* The old one had none to compare it with. */
	KUNIT_EXPECT_EQ(test, XTCP_EARLY_KNOB,
			xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
	ways[0].ts = 1;
	ways[0].ts_recent = 4000;
	KUNIT_EXPECT_EQ(test, XTCP_EARLY_NONE,
			xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
	s.tsval = 4000;
	KUNIT_EXPECT_EQ(test, XTCP_EARLY_KNOB,
			xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
}

/* Those that follow each other take one place, and all of their numbers count. */
static void old_join(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = {};
	struct xtcp_old_seg s = { .has_ack = true };
	bool known;
	u32 i;

	for (i = 0; i < 100; i++) {
		struct xtcp_old o = record(7, i * 10000, i * 10000 + 500,
					   i * 70000);

		KUNIT_EXPECT_EQ(test, i ? XTCP_OLD_JOINED : XTCP_OLD_NEW,
				xtcp_old_put(ways, &o, NOW, false));
	}
	for (i = 0; i < 100; i++) {
		s.seq = i * 10000 + 250;
		KUNIT_EXPECT_EQ(test, XTCP_EARLY_KNOB,
				xtcp_old_late(ways, 7, NOW, &s, NULL, &known));
	}
}

static void old_evict(struct kunit *test)
{
	struct xtcp_old ways[XTCP_OLD_WAYS] = {};
	struct xtcp_old o;
	u32 i;

	for (i = 0; i < XTCP_OLD_WAYS; i++) {
		o = record(7 + i, 0, 10, 20);
		o.until += i != 3;
		KUNIT_EXPECT_EQ(test, XTCP_OLD_NEW,
				xtcp_old_put(ways, &o, NOW, false));
	}
	o = record(100, 0, 10, 20);
	KUNIT_EXPECT_EQ(test, XTCP_OLD_EVICTED,
			xtcp_old_put(ways, &o, NOW, false));
	for (i = 0; i < XTCP_OLD_WAYS; i++)
		KUNIT_EXPECT_EQ(test, ways[i].fp, 7 + i);
	/* The one that is over soonest goes. */
	KUNIT_EXPECT_EQ(test, XTCP_OLD_EVICTED,
			xtcp_old_put(ways, &o, NOW, true));
	KUNIT_EXPECT_EQ(test, ways[3].fp, 100);
	/* What is stale makes room. */
	o = record(101, 0, 10, 20);
	KUNIT_EXPECT_EQ(test, XTCP_OLD_NEW,
			xtcp_old_put(ways, &o, NOW + 300, false));
}

static struct kunit_case oldconn_cases[] = {
	KUNIT_CASE(old_span),
	KUNIT_CASE(old_lives_2msl),
	KUNIT_CASE(old_isn),
	KUNIT_CASE(old_segments_random),
	KUNIT_CASE(old_clock_of_another),
	KUNIT_CASE(old_syn),
	KUNIT_CASE(old_join),
	KUNIT_CASE(old_evict),
	{}
};

static struct kunit_suite oldconn_suite = {
	.name = "xtcp_oldconn",
	.test_cases = oldconn_cases,
};

kunit_test_suite(oldconn_suite);
