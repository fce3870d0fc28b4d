// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of reading and writing options: RFC 9293 section 3.2, RFC 7323, RFC
 * 7413.
 *
 * Input stands at the very end of its own allocation, so that a kernel with
 * KASAN sees a read of one byte too many.
 */
#include "../options.c"
#include "seed.h"

#define SYN	true
#define NO_SYN	false

struct parse_case {
	const char *what;
	const char *bytes;
	int len;
	bool syn;
	int ret;
	struct xtcp_opts want;
};

/* A string literal's bytes and their number. */
#define BYTES(s)	.bytes = (s), .len = sizeof(s) - 1

static const struct parse_case parse_cases[] = {
	{ "nothing", BYTES(""), SYN, 0, {} },
	{ "end of list", BYTES("\x00"), SYN, 0, {} },
	{ "only NOPs", BYTES("\x01\x01\x01\x01"), SYN, 0, {} },
	{ "MSS", BYTES("\x02\x04\x05\xb4"), SYN, 0, { .mss = 1460 } },
	{ "MSS of 65535", BYTES("\x02\x04\xff\xff"), SYN, 0, { .mss = 65535 } },
	{ "MSS without SYN", BYTES("\x02\x04\x05\xb4"), NO_SYN, 0, {} },
	{ "MSS too short", BYTES("\x02\x03\x05\x01"), SYN, 0, {} },
	{ "MSS too long", BYTES("\x02\x05\x05\xb4\x00\x01\x01\x01"),
	  SYN, 0, {} },
	{ "second MSS counts", BYTES("\x02\x04\x05\xb4\x02\x04\x02\x00"),
	  SYN, 0, { .mss = 512 } },
	{ "window scale", BYTES("\x01\x03\x03\x07"), SYN, 0,
	  { .has_wscale = 1, .wscale = 7 } },
	{ "window scale 0", BYTES("\x03\x03\x00\x01"), SYN, 0,
	  { .has_wscale = 1 } },
	{ "window scale 14", BYTES("\x03\x03\x0e"), SYN, 0,
	  { .has_wscale = 1, .wscale = 14 } },
	{ "window scale 15 is 14", BYTES("\x03\x03\x0f"), SYN, 0,
	  { .has_wscale = 1, .wscale = 14 } },
	{ "window scale 255 is 14", BYTES("\x03\x03\xff"), SYN, 0,
	  { .has_wscale = 1, .wscale = 14 } },
	{ "window scale without SYN", BYTES("\x03\x03\x07\x00"), NO_SYN, 0, {} },
	{ "window scale too short", BYTES("\x03\x02\x01\x01"), SYN, 0, {} },
	{ "window scale too long", BYTES("\x03\x04\x07\x07"), SYN, 0, {} },
	{ "SACK-permitted", BYTES("\x04\x02"), SYN, 0, { .sack_perm = 1 } },
	{ "SACK-permitted without SYN", BYTES("\x04\x02"), NO_SYN, 0, {} },
	{ "SACK-permitted too long", BYTES("\x04\x03\x01\x01"), SYN, 0, {} },
	{ "timestamps, aligned",
	  BYTES("\x01\x01\x08\x0a\x01\x02\x03\x04\xf1\xf2\xf3\xf4"), NO_SYN, 0,
	  { .has_ts = 1, .tsval = 0x01020304, .tsecr = 0xf1f2f3f4 } },
	{ "timestamps, first",
	  BYTES("\x08\x0a\x01\x02\x03\x04\xf1\xf2\xf3\xf4"), NO_SYN, 0,
	  { .has_ts = 1, .tsval = 0x01020304, .tsecr = 0xf1f2f3f4 } },
	{ "timestamps, then NOPs",
	  BYTES("\x08\x0a\x01\x02\x03\x04\xf1\xf2\xf3\xf4\x01\x01"), NO_SYN, 0,
	  { .has_ts = 1, .tsval = 0x01020304, .tsecr = 0xf1f2f3f4 } },
	{ "timestamps too short",
	  BYTES("\x01\x01\x08\x09\x01\x02\x03\x04\xf1\xf2\xf3\x01"), NO_SYN, 0,
	  {} },
	{ "timestamps too long",
	  BYTES("\x01\x08\x0b\x01\x02\x03\x04\xf1\xf2\xf3\xf4\x01"), NO_SYN, 0,
	  {} },
	{ "timestamps cut off",
	  BYTES("\x01\x01\x08\x0a\x01\x02\x03\x04\xf1\xf2\xf3"), NO_SYN,
	  -EINVAL, {} },
	{ "timestamps and SACK",
	  BYTES("\x01\x01\x08\x0a\x01\x02\x03\x04\xf1\xf2\xf3\xf4"
		"\x01\x01\x05\x0a\x00\x00\x00\x01\x00\x00\x00\x02"), NO_SYN, 0,
	  { .has_ts = 1, .tsval = 0x01020304, .tsecr = 0xf1f2f3f4 } },
	{ "a usual SYN",
	  BYTES("\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x07"
		"\x00\x00\x00\x00\x01\x03\x03\x0e"), SYN, 0,
	  { .mss = 1460, .sack_perm = 1, .has_ts = 1, .tsval = 7,
	    .has_wscale = 1, .wscale = 14 } },
	{ "Fast Open, a question", BYTES("\x22\x02"), SYN, 0, { .has_fo = 1 } },
	{ "Fast Open, least", BYTES("\x22\x06ghij"), SYN, 0,
	  { .has_fo = 1, .fo_len = 4 } },
	{ "Fast Open, usual", BYTES("\x01\x01\x22\x0aghijklmn"), SYN, 0,
	  { .has_fo = 1, .fo_len = 8 } },
	{ "Fast Open, most", BYTES("\x22\x12ghijklmnopqrstuv"), SYN, 0,
	  { .has_fo = 1, .fo_len = 16 } },
	{ "Fast Open, odd", BYTES("\x22\x09ghijklm"), SYN, 0, {} },
	{ "Fast Open, too short", BYTES("\x22\x04gh"), SYN, 0, {} },
	{ "Fast Open, one byte", BYTES("\x22\x03g"), SYN, 0, {} },
	{ "Fast Open, too long", BYTES("\x22\x14ghijklmnopqrstuvwx"), SYN,
	  0, {} },
	{ "Fast Open, cut off", BYTES("\x22\x0aghijklm"), SYN, -EINVAL,
	  {} },
	{ "Fast Open without SYN", BYTES("\x22\x0aghijklmn"), NO_SYN, 0,
	  {} },
	{ "unknown, skipped", BYTES("\xfd\x06\x02\x04\x05\xb4\x04\x02"), SYN,
	  0, { .sack_perm = 1 } },
	{ "unknown, no content", BYTES("\xfe\x02\x04\x02"), SYN, 0,
	  { .sack_perm = 1 } },
	{ "unknown, all 40 bytes",
	  BYTES("\xfe\x28ghijklmnopqrstuvwxyzghijklmnopqrstuvwx"),
	  SYN, 0, {} },
	{ "unknown, 41 of 40 bytes",
	  BYTES("\xfe\x29ghijklmnopqrstuvwxyzghijklmnopqrstuvwx"),
	  SYN, -EINVAL, {} },
	{ "end of list hides the rest", BYTES("\x04\x02\x00\x02\x04\x05\xb4"),
	  SYN, 0, { .sack_perm = 1 } },
	{ "end of list hides bad bytes", BYTES("\x00\x02\x00\xff"), SYN, 0,
	  {} },
	{ "length 0", BYTES("\x02\x00\x05\xb4"), SYN, -EINVAL, {} },
	{ "length 1", BYTES("\x02\x01\x05\xb4"), SYN, -EINVAL, {} },
	{ "length 0 of an unknown", BYTES("\x63\x00\x01\x01"), NO_SYN,
	  -EINVAL, {} },
	{ "length missing", BYTES("\x01\x01\x01\x02"), SYN, -EINVAL, {} },
	{ "length missing, alone", BYTES("\x08"), NO_SYN, -EINVAL, {} },
	{ "length beyond the end", BYTES("\x02\x05\x05\xb4"), SYN, -EINVAL,
	  {} },
	{ "length 255", BYTES("\xff\xff\xff\xff"), SYN, -EINVAL, {} },
	{ "good before bad is kept", BYTES("\x02\x04\x02\x18\x08\x00\x00\x00"),
	  SYN, -EINVAL, { .mss = 536 } },
};

/* @bytes at the end of an allocation of their own length. */
static u8 *tight(struct kunit *test, const void *bytes, int len)
{
	u8 *buf = kunit_kmalloc(test, max(len, 1), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	memcpy(buf, bytes, len);
	return buf;
}

static void expect_same(struct kunit *test, const struct xtcp_opts *want,
			const struct xtcp_opts *got, const char *what)
{
	KUNIT_EXPECT_EQ_MSG(test, (int)want->mss, (int)got->mss, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->has_ts, (int)got->has_ts,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, want->tsval, got->tsval, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, want->tsecr, got->tsecr, "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->has_wscale, (int)got->has_wscale,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->wscale, (int)got->wscale,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->sack_perm, (int)got->sack_perm,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->has_fo, (int)got->has_fo,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, (int)want->fo_len, (int)got->fo_len,
			    "%s", what);
	KUNIT_EXPECT_EQ_MSG(test, !got->fo_len, !got->fo_cookie, "%s", what);
	if (want->fo_cookie && got->fo_len == want->fo_len)
		KUNIT_EXPECT_EQ_MSG(test, 0, memcmp(want->fo_cookie,
						    got->fo_cookie,
						    want->fo_len), "%s", what);
}

static void options_parse_table(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(parse_cases); i++) {
		const struct parse_case *c = &parse_cases[i];
		u8 *buf = tight(test, c->bytes, c->len);
		struct xtcp_opts got;
		int ret;

		/* What was in it before must not show. */
		memset(&got, 0xff, sizeof(got));
		ret = xtcp_options_parse(&got, buf, c->len, c->syn);
		KUNIT_EXPECT_EQ_MSG(test, c->ret, ret, "%s", c->what);
		expect_same(test, &c->want, &got, c->what);
	}
}

/* Each usual SYN cut off anywhere: what is whole before the cut is kept. */
static void options_parse_truncated(struct kunit *test)
{
	static const u8 syn[] = {
		2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 7, 0, 0, 0, 9,
		1, 3, 3, 5,
	};
	/* Lengths at which no option is cut. */
	static const u32 whole = BIT(0) | BIT(4) | BIT(6) | BIT(16) | BIT(17) |
				 BIT(20);
	int len;

	for (len = 0; len <= sizeof(syn); len++) {
		u8 *buf = tight(test, syn, len);
		struct xtcp_opts got;
		int ret = xtcp_options_parse(&got, buf, len, SYN);

		KUNIT_EXPECT_EQ_MSG(test, ret, whole & BIT(len) ? 0 : -EINVAL,
				    "%d bytes", len);
		KUNIT_EXPECT_EQ_MSG(test, (int)got.mss, len >= 4 ? 1460 : 0,
				    "%d bytes", len);
		KUNIT_EXPECT_EQ_MSG(test, (int)got.sack_perm, len >= 6,
				    "%d bytes", len);
		KUNIT_EXPECT_EQ_MSG(test, (int)got.has_ts, len >= 16,
				    "%d bytes", len);
		KUNIT_EXPECT_EQ_MSG(test, (int)got.has_wscale, len >= 20,
				    "%d bytes", len);
	}
}

/* The rules once more, slowly, by index: what any input must give. */
static int parse_slowly(struct xtcp_opts *o, const u8 *b, int len, bool syn)
{
	int i = 0, n;

	memset(o, 0, sizeof(*o));
	for (;;) {
		if (i >= len || b[i] == 0)
			return 0;
		if (b[i] == 1) {
			i += 1;
			continue;
		}
		if (i + 1 >= len)
			return -EINVAL;
		n = b[i + 1];
		if (n < 2 || i + n > len)
			return -EINVAL;
		if (b[i] == 8 && n == 10) {
			o->has_ts = 1;
			o->tsval = (u32)b[i + 2] << 24 | b[i + 3] << 16 |
				   b[i + 4] << 8 | b[i + 5];
			o->tsecr = (u32)b[i + 6] << 24 | b[i + 7] << 16 |
				   b[i + 8] << 8 | b[i + 9];
		}
		if (syn && b[i] == 2 && n == 4)
			o->mss = b[i + 2] << 8 | b[i + 3];
		if (syn && b[i] == 3 && n == 3) {
			o->has_wscale = 1;
			o->wscale = b[i + 2] > 14 ? 14 : b[i + 2];
		}
		if (syn && b[i] == 4 && n == 2)
			o->sack_perm = 1;
		if (syn && b[i] == 34 &&
		    (n == 2 || (n >= 6 && n <= 18 && n % 2 == 0))) {
			o->has_fo = 1;
			o->fo_len = n - 2;
			o->fo_cookie = n > 2 ? b + i + 2 : NULL;
		}
		i += n;
	}
}

/* Field by field: there is padding, and it is nobody's. */
static bool same(const struct xtcp_opts *a, const struct xtcp_opts *b)
{
	return a->tsval == b->tsval && a->tsecr == b->tsecr &&
	       a->mss == b->mss && a->wscale == b->wscale &&
	       a->has_ts == b->has_ts && a->has_wscale == b->has_wscale &&
	       a->sack_perm == b->sack_perm && a->has_fo == b->has_fo &&
	       a->fo_len == b->fo_len && a->fo_cookie == b->fo_cookie;
}

static void expect_as_slowly(struct kunit *test, const u8 *buf, int len,
			     bool syn)
{
	struct xtcp_opts got, want;
	int ret = xtcp_options_parse(&got, buf, len, syn);
	int want_ret = parse_slowly(&want, buf, len, syn);

	if (ret != want_ret || !same(&got, &want))
		KUNIT_FAIL(test, "%d bytes, syn %d: %*ph", len, syn, len, buf);
}

/* Bytes that are options more often than chance would have it. */
static void likely_options(struct rnd_state *rnd, u8 *buf, int len)
{
	static const u8 kinds[] = { 0, 1, 1, 1, 2, 3, 4, 5, 8, 8, 34, 34, 253 };
	static const u8 lens[] = {
		0, 1, 2, 2, 3, 3, 4, 4, 6, 7, 10, 10, 10, 18, 40
	};
	int i;

	prandom_bytes_state(rnd, buf, len);
	for (i = 0; i + 1 < len; i += xtcp_kunit_between(rnd, 1, 4)) {
		u32 r = prandom_u32_state(rnd);

		buf[i] = kinds[r % ARRAY_SIZE(kinds)];
		if (r & 0x10000)
			buf[i + 1] = lens[(r >> 20) % ARRAY_SIZE(lens)];
	}
}

static void options_parse_random(struct kunit *test)
{
	struct rnd_state rnd;
	int i, len;

	xtcp_kunit_seed(test, &rnd);
	for (len = 0; len <= XTCP_OPTLEN_MAX; len++) {
		u8 *buf = tight(test, "", 0);

		if (len)
			buf = kunit_kmalloc(test, len, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, buf);
		for (i = 0; i < 3000; i++) {
			if (i & 1)
				prandom_bytes_state(&rnd, buf, len);
			else
				likely_options(&rnd, buf, len);
			expect_as_slowly(test, buf, len, i & 2);
		}
	}
}

/* The exact bytes that go on the wire. */
static void options_build_table(struct kunit *test)
{
	static const struct {
		struct xtcp_opts opts;
		int words;
		u32 word[10];
	} cases[] = {
		{ {}, 0, {} },
		{ { .mss = 1460 }, 1, { 0x020405b4 } },
		{ { .has_ts = 1, .tsval = 0x11223344, .tsecr = 0x55667788 },
		  3, { 0x0101080a, 0x11223344, 0x55667788 } },
		{ { .sack_perm = 1 }, 1, { 0x01010402 } },
		{ { .has_wscale = 1, .wscale = 14 }, 1, { 0x0103030e } },
		{ { .mss = 536, .has_wscale = 1 }, 2, { 0x02040218, 0x01030300 } },
		{ { .mss = 1440, .sack_perm = 1, .has_ts = 1, .tsval = 1,
		    .has_wscale = 1, .wscale = 7 },
		  5, { 0x020405a0, 0x0402080a, 1, 0, 0x01030307 } },
		{ { .mss = 1440, .sack_perm = 1, .has_wscale = 1, .wscale = 7 },
		  3, { 0x020405a0, 0x01010402, 0x01030307 } },
		{ { .has_fo = 1 }, 1, { 0x01012202 } },
		{ { .has_fo = 1, .fo_len = 8, .fo_cookie = "abcdefgh",
		    .mss = 1440 },
		  4, { 0x020405a0, 0x0101220a, 0x61626364, 0x65666768 } },
		{ { .has_fo = 1, .fo_len = 6, .fo_cookie = "abcdef" },
		  2, { 0x22086162, 0x63646566 } },
		{ { .has_fo = 1, .fo_len = 16,
		    .fo_cookie = "abcdefghijklmnop", .mss = 1440, .has_ts = 1,
		    .has_wscale = 1, .sack_perm = 1 },
		  10, { 0x020405a0, 0x0402080a, 0, 0, 0x01030300, 0x01012212,
			0x61626364, 0x65666768, 0x696a6b6c, 0x6d6e6f70 } },
	};
	int i, w;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		__be32 out[11];

		memset(out, 0xee, sizeof(out));
		KUNIT_EXPECT_EQ_MSG(test, cases[i].words * 4,
				    xtcp_options_len(&cases[i].opts),
				    "case %d", i);
		xtcp_options_build(&cases[i].opts, out);
		for (w = 0; w < cases[i].words; w++)
			KUNIT_EXPECT_EQ_MSG(test, cases[i].word[w],
					    be32_to_cpu(out[w]),
					    "case %d word %d", i, w);
		KUNIT_EXPECT_EQ_MSG(test, 0xeeeeeeee, be32_to_cpu(out[w]),
				    "case %d wrote too much", i);
	}
}

static void random_opts(struct rnd_state *rnd, struct xtcp_opts *o)
{
	static const u8 cookie[] = "0123456789abcdef";
	u32 r = prandom_u32_state(rnd);

	memset(o, 0, sizeof(*o));
	if (r & 1)
		o->mss = xtcp_kunit_between(rnd, 1, 65535);
	if (r & 2) {
		o->has_wscale = 1;
		o->wscale = xtcp_kunit_between(rnd, 0, XTCP_WSCALE_MAX);
	}
	if (r & 4) {
		o->has_ts = 1;
		o->tsval = prandom_u32_state(rnd);
		o->tsecr = prandom_u32_state(rnd);
	}
	o->sack_perm = !!(r & 8);
	o->has_fo = !!(r & 16);
	if (r & 16 && r & 32) {
		o->fo_len = 2 * xtcp_kunit_between(rnd, 2, 8);
		o->fo_cookie = cookie;
	}
}

static void options_roundtrip(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 2000; i++) {
		struct xtcp_opts o, back;
		__be32 out[XTCP_OPTLEN_MAX / 4];
		int len, ret;

		random_opts(&rnd, &o);
		len = xtcp_options_len(&o);
		KUNIT_ASSERT_EQ(test, 0, len % 4);
		KUNIT_ASSERT_LE(test, len, XTCP_OPTLEN_MAX);

		xtcp_options_build(&o, out);
		ret = xtcp_options_parse(&back, (u8 *)out, len, SYN);
		KUNIT_ASSERT_EQ(test, 0, ret);
		expect_same(test, &o, &back, "on a SYN");

		/* Off a SYN only the timestamps count. */
		o.mss = 0;
		o.has_wscale = 0;
		o.wscale = 0;
		o.sack_perm = 0;
		o.has_fo = 0;
		o.fo_len = 0;
		o.fo_cookie = NULL;
		xtcp_options_parse(&back, (u8 *)out, len, NO_SYN);
		expect_same(test, &o, &back, "off a SYN");
	}
}

static struct kunit_case options_cases[] = {
	KUNIT_CASE(options_parse_table),
	KUNIT_CASE(options_parse_truncated),
	KUNIT_CASE(options_parse_random),
	KUNIT_CASE(options_build_table),
	KUNIT_CASE(options_roundtrip),
	{}
};

static struct kunit_suite options_suite = {
	.name = "xtcp_options",
	.test_cases = options_cases,
};

kunit_test_suite(options_suite);
