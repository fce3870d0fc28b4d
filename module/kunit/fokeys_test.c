// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the keys and cookies of Fast Open: RFC 7413 section 4.1.2, F-27.
 */
#include "../fokeys.c"
#include "seed.h"

#define ONE	"03020100-07060504-0b0a0908-0f0e0d0c"
#define TWO	"13121110-17161514-1b1a1918-1f1e1d1c"

static void fokeys_text(struct kunit *test)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	u8 back[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	char text[XTCP_FOKEYS_TEXT];
	struct xtcp_fokeys keys;
	int i;

	KUNIT_ASSERT_EQ(test, 2, xtcp_fokeys_read(ONE "," TWO, raw));
	for (i = 0; i < sizeof(raw); i++)
		KUNIT_EXPECT_EQ(test, i, (int)raw[i]);
	xtcp_fokeys_set(&keys, raw, 2);
	KUNIT_EXPECT_EQ(test, 32, xtcp_fokeys_get(&keys, back));
	KUNIT_EXPECT_EQ(test, 0, memcmp(raw, back, sizeof(raw)));
	xtcp_fokeys_write(&keys, text);
	KUNIT_EXPECT_STREQ(test, text, ONE "," TWO);
	KUNIT_ASSERT_EQ(test, 1, xtcp_fokeys_read(TWO, raw));
	xtcp_fokeys_set(&keys, raw, 1);
	KUNIT_EXPECT_EQ(test, 16, xtcp_fokeys_get(&keys, back));
	xtcp_fokeys_write(&keys, text);
	KUNIT_EXPECT_STREQ(test, text, TWO);
}

static void fokeys_text_refused(struct kunit *test)
{
	static const char * const bad[] = {
		"", "-", ",", "0", "03020100", "03020100-07060504-0b0a0908",
		ONE ",", ONE "-", ONE " ", "," ONE, ONE TWO, ONE "," TWO ",",
		ONE "," TWO "," ONE, ONE ",00", " " ONE,
		"3020100-07060504-0b0a0908-0f0e0d0c",
		"003020100-07060504-0b0a0908-0f0e0d0c",
		"03020100-07060504-0b0a0908-0f0e0d0",
		"0302010g-07060504-0b0a0908-0f0e0d0c",
		"03020100:07060504:0b0a0908:0f0e0d0c",
		"0x020100-07060504-0b0a0908-0f0e0d0c",
	};
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, -EINVAL,
				    xtcp_fokeys_read(bad[i], raw), "'%s'",
				    bad[i]);
}

static struct xtcp_tuple ends(struct rnd_state *rnd, bool v6)
{
	struct xtcp_tuple t = { .proto = 6 };

	prandom_bytes_state(rnd, &t, offsetof(struct xtcp_tuple, proto));
	if (!v6) {
		ipv6_addr_set_v4mapped(t.laddr.s6_addr32[3], &t.laddr);
		ipv6_addr_set_v4mapped(t.faddr.s6_addr32[3], &t.faddr);
	}
	return t;
}

static int match(const struct xtcp_fokeys *keys, const struct xtcp_tuple *t,
		 bool v6, const struct xtcp_focookie *c)
{
	struct xtcp_opts opts = {
		.has_fo = 1, .fo_len = c->len, .fo_cookie = c->val,
	};

	return xtcp_fokeys_match(keys, t, v6, &opts);
}

/* Good for these ends and no others, whatever the ports, until the key is gone. */
static void check_cookie(struct kunit *test, struct rnd_state *rnd, bool v6)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	struct xtcp_tuple t = ends(rnd, v6), other;
	struct xtcp_focookie c, bad;
	struct xtcp_fokeys keys;
	int bit;

	prandom_bytes_state(rnd, raw, sizeof(raw));
	xtcp_fokeys_set(&keys, raw, 1);
	xtcp_fokeys_cookie(&keys.key[0], &t, v6, &c);
	KUNIT_ASSERT_EQ(test, XTCP_FOKEYS_COOKIE, (int)c.len);
	KUNIT_EXPECT_EQ(test, 1, match(&keys, &t, v6, &c));
	other = t;
	other.fport = ~other.fport;
	other.lport = ~other.lport;
	KUNIT_EXPECT_EQ(test, 1, match(&keys, &other, v6, &c));
	other = t;
	other.faddr.s6_addr[15] ^= 1;
	KUNIT_EXPECT_EQ(test, 0, match(&keys, &other, v6, &c));
	other = t;
	other.laddr.s6_addr[12] ^= 0x80;
	KUNIT_EXPECT_EQ(test, 0, match(&keys, &other, v6, &c));
	for (bit = 0; bit < 64; bit++) {
		bad = c;
		bad.val[bit / 8] ^= 1 << (bit % 8);
		KUNIT_EXPECT_EQ(test, 0, match(&keys, &t, v6, &bad));
	}
	bad = c;
	for (bad.len = 0; bad.len <= XTCP_FO_COOKIE_MAX; bad.len++)
		KUNIT_EXPECT_EQ(test, bad.len == c.len,
				match(&keys, &t, v6, &bad));
	/* The old key as the second one. */
	xtcp_fokeys_set(&keys, raw, 2);
	swap(keys.key[0], keys.key[1]);
	KUNIT_EXPECT_EQ(test, 2, match(&keys, &t, v6, &c));
	keys.num = 1;
	KUNIT_EXPECT_EQ(test, 0, match(&keys, &t, v6, &c));
}

static void fokeys_cookies(struct kunit *test)
{
	struct rnd_state rnd;
	int i;

	xtcp_kunit_seed(test, &rnd);
	for (i = 0; i < 100; i++) {
		check_cookie(test, &rnd, false);
		check_cookie(test, &rnd, true);
	}
}

static struct kunit_case fokeys_cases[] = {
	KUNIT_CASE(fokeys_text),
	KUNIT_CASE(fokeys_text_refused),
	KUNIT_CASE(fokeys_cookies),
	{}
};

static struct kunit_suite fokeys_suite = {
	.name = "xtcp_fokeys",
	.test_cases = fokeys_cases,
};

kunit_test_suite(fokeys_suite);
