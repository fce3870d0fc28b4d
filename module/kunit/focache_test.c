// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what a client remembers of Fast Open: RFC 7413 sections 4.1.3 and
 * 4.1.3.1, F-27.
 */
#include "../focache.c"
#include "seed.h"

#define ENTRIES	(BUCKETS * WAYS)

static struct xtcp_focache *new_cache(struct kunit *test)
{
	struct xtcp_focache *cache = xtcp_focache_alloc();

	KUNIT_ASSERT_NOT_NULL(test, cache);
	return cache;
}

static struct xtcp_tuple server(u32 n, u16 port)
{
	struct xtcp_tuple t = { .proto = 6, .fport = htons(port), .lport = 77 };

	ipv6_addr_set_v4mapped(htonl(0x0a000001), &t.laddr);
	ipv6_addr_set_v4mapped(htonl(n), &t.faddr);
	return t;
}

static bool knows(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		  const char *want, u16 mss)
{
	struct xtcp_focookie c = {};
	u16 got = 0;

	return xtcp_focache_find(cache, t, &c, &got) && got == mss &&
	       c.len == strlen(want) && !memcmp(c.val, want, c.len);
}

static void keep(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		 const char *cookie, u16 mss)
{
	xtcp_focache_keep(cache, t, cookie, strlen(cookie), mss);
}

/* For the pair of addresses and the wire, whatever the ports. */
static void focache_cookies(struct kunit *test)
{
	struct xtcp_focache *cache = new_cache(test);
	struct xtcp_tuple a = server(1, 80), b = server(2, 80), c;
	struct xtcp_focookie none;
	u16 mss;

	KUNIT_EXPECT_FALSE(test, xtcp_focache_find(cache, &a, &none, &mss));
	keep(cache, &a, "abcdefgh", 1460);
	KUNIT_EXPECT_TRUE(test, knows(cache, &a, "abcdefgh", 1460));
	KUNIT_EXPECT_FALSE(test, xtcp_focache_find(cache, &b, &none, &mss));
	c = server(1, 443);
	c.lport = 5;
	KUNIT_EXPECT_TRUE(test, knows(cache, &c, "abcdefgh", 1460));
	c.proto = 253;
	KUNIT_EXPECT_FALSE(test, xtcp_focache_find(cache, &c, &none, &mss));
	c = a;
	c.laddr.s6_addr[15]++;
	KUNIT_EXPECT_FALSE(test, xtcp_focache_find(cache, &c, &none, &mss));
	keep(cache, &a, "0123456789abcdef", 536);
	KUNIT_EXPECT_TRUE(test, knows(cache, &a, "0123456789abcdef", 536));
	xtcp_focache_free(cache);
}

/* A minute, then twice as long each time, up to an hour and four minutes. */
static void focache_failures(struct kunit *test)
{
	struct xtcp_focache *cache = new_cache(test);
	struct xtcp_tuple a = server(1, 80), b = server(1, 81);
	u32 now = U32_MAX - 100, wait = 60;
	int i;

	KUNIT_EXPECT_FALSE(test, xtcp_focache_avoids(cache, &a, now));
	for (i = 0; i < 10; i++) {
		xtcp_focache_failed(cache, &a, now);
		KUNIT_EXPECT_TRUE(test, xtcp_focache_avoids(cache, &a, now));
		KUNIT_EXPECT_FALSE(test, xtcp_focache_avoids(cache, &b, now));
		now += wait;
		KUNIT_EXPECT_TRUE(test,
				  xtcp_focache_avoids(cache, &a, now - 1));
		KUNIT_EXPECT_FALSE(test, xtcp_focache_avoids(cache, &a, now));
		wait = min(2 * wait, 60U << 6);
	}
	xtcp_focache_worked(cache, &a);
	xtcp_focache_failed(cache, &a, now);
	KUNIT_EXPECT_FALSE(test, xtcp_focache_avoids(cache, &a, now + 60));
	xtcp_focache_free(cache);
}

/* A failure does not cost the cookie, nor the other way round. */
static void focache_both(struct kunit *test)
{
	struct xtcp_focache *cache = new_cache(test);
	struct xtcp_tuple a = server(1, 80);

	keep(cache, &a, "abcdefgh", 1460);
	xtcp_focache_failed(cache, &a, 1000);
	KUNIT_EXPECT_TRUE(test, knows(cache, &a, "abcdefgh", 1460));
	KUNIT_EXPECT_TRUE(test, xtcp_focache_avoids(cache, &a, 1001));
	xtcp_focache_worked(cache, &a);
	KUNIT_EXPECT_TRUE(test, knows(cache, &a, "abcdefgh", 1460));
	xtcp_focache_free(cache);
}

/* Never more than it has room for, and one that is used is not pushed out. */
static void focache_bounded(struct kunit *test)
{
	struct xtcp_focache *cache = new_cache(test);
	struct xtcp_tuple used = server(1, 80), t;
	struct xtcp_focookie none;
	int i, known = 0;
	u16 mss;

	keep(cache, &used, "abcdefgh", 1460);
	for (i = 2; i < 20 * ENTRIES; i++) {
		t = server(i, 80);
		keep(cache, &t, "ijklmnop", 1460);
		KUNIT_ASSERT_TRUE(test, knows(cache, &used, "abcdefgh", 1460));
		KUNIT_ASSERT_TRUE(test, knows(cache, &t, "ijklmnop", 1460));
	}
	for (i = 1; i < 20 * ENTRIES; i++) {
		t = server(i, 80);
		known += xtcp_focache_find(cache, &t, &none, &mss);
	}
	KUNIT_EXPECT_EQ(test, ENTRIES, known);
	xtcp_focache_free(cache);
}

static struct kunit_case focache_cases[] = {
	KUNIT_CASE(focache_cookies),
	KUNIT_CASE(focache_failures),
	KUNIT_CASE(focache_both),
	KUNIT_CASE(focache_bounded),
	{}
};

static struct kunit_suite focache_suite = {
	.name = "xtcp_focache",
	.test_cases = focache_cases,
};

kunit_test_suite(focache_suite);
