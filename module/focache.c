// SPDX-License-Identifier: GPL-2.0
/*
 * What a client remembers of Fast Open, a namespace by itself: RFC 7413
 * sections 4.1.3 and 4.1.3.1.
 *
 * Cookies are kept for a pair of addresses and a wire, failures for the peer's
 * port too: a cookie serves all ports of a server, but what breaks Fast Open on
 * the way may look at the port. Both are entries of one table of a fixed size,
 * where in each bucket the one not used for longest gives way.
 */
#include <linux/random.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "focache.h"

#define BUCKETS		64	/* a power of two */
#define WAYS		4	/* entries of a bucket */
#define AVOID_S		60	/* after the first failure; then doubled */
#define AVOID_MAX	6	/* doublings: little more than an hour */

/**
 * struct entry - one cookie, or one failure
 * @t: whose: our address and the peer's, the wire; the peer's port, or 0 for a
 *	cookie; our port is always 0
 * @used: when it was last asked for, in questions to the cache
 * @until_s: Fast Open is not to be tried before, seconds since boot
 * @mss: announced by the peer, bytes
 * @fails: failures in a row
 * @taken: the entry is in use
 * @cookie: the cookie
 */
struct entry {
	struct xtcp_tuple t;
	u32 used;
	u32 until_s;
	u16 mss;
	u8 fails;
	bool taken;
	struct xtcp_focookie cookie;
};

/**
 * struct xtcp_focache - the cache of a namespace
 * @lock: guards all below; taken in softirq
 * @secret: of the hash
 * @clock: questions asked so far
 * @bucket: the entries
 */
struct xtcp_focache {
	spinlock_t lock;	/* guards all below */
	siphash_key_t secret;
	u32 clock;
	struct entry bucket[BUCKETS][WAYS];
};

/**
 * xtcp_focache_alloc() - an empty cache
 *
 * Context: process.
 * Return: the cache, to be freed by xtcp_focache_free(), or NULL.
 */
struct xtcp_focache *xtcp_focache_alloc(void)
{
	struct xtcp_focache *cache = kvzalloc(sizeof(*cache), GFP_KERNEL);

	if (!cache)
		return NULL;
	spin_lock_init(&cache->lock);
	get_random_bytes(&cache->secret, sizeof(cache->secret));
	return cache;
}

/**
 * xtcp_focache_free() - the end of a cache
 * @cache: the cache, or NULL; nobody asks it any more
 *
 * Context: any.
 */
void xtcp_focache_free(struct xtcp_focache *cache)
{
	kvfree(cache);
}

/* What @t is kept under: a cookie, or a failure at a port. */
static struct xtcp_tuple key_of(const struct xtcp_tuple *t, bool port)
{
	struct xtcp_tuple key = *t;

	key.lport = 0;
	if (!port)
		key.fport = 0;
	return key;
}

static struct entry *bucket_of(struct xtcp_focache *cache,
			       const struct xtcp_tuple *key)
{
	u64 hash = siphash(key, sizeof(*key), &cache->secret);

	return cache->bucket[hash & (BUCKETS - 1)];
}

static struct entry *find(struct xtcp_focache *cache,
			  const struct xtcp_tuple *key)
{
	struct entry *e = bucket_of(cache, key);
	int i;

	lockdep_assert_held(&cache->lock);
	for (i = 0; i < WAYS; i++, e++) {
		if (e->taken && xtcp_tuple_equal(&e->t, key)) {
			e->used = ++cache->clock;
			return e;
		}
	}
	return NULL;
}

/* The entry of @key: what it was, or a new one in the place of the oldest. */
static struct entry *find_or_make(struct xtcp_focache *cache,
				  const struct xtcp_tuple *key)
{
	struct entry *e = find(cache, key), *at, *oldest;
	int i;

	if (e)
		return e;
	at = bucket_of(cache, key);
	oldest = at;
	for (i = 0; i < WAYS; i++, at++)
		if (!at->taken || (oldest->taken && (s32)(at->used - oldest->used) < 0))
			oldest = at;
	memset(oldest, 0, sizeof(*oldest));
	oldest->t = *key;
	oldest->taken = true;
	oldest->used = ++cache->clock;
	return oldest;
}

/**
 * xtcp_focache_find() - the cookie for a server
 * @cache: the cache
 * @t: our end first; ports do not count
 * @cookie: set when there is one
 * @mss: what the server announced with it, bytes; set when there is one
 *
 * Context: any.
 * Return: whether there is one.
 */
bool xtcp_focache_find(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		       struct xtcp_focookie *cookie, u16 *mss)
{
	struct xtcp_tuple key = key_of(t, false);
	struct entry *e;

	spin_lock_bh(&cache->lock);
	e = find(cache, &key);
	if (e) {
		*cookie = e->cookie;
		*mss = e->mss;
	}
	spin_unlock_bh(&cache->lock);
	return e;
}

/**
 * xtcp_focache_keep() - a server gave a cookie
 * @cache: the cache
 * @t: our end first; ports do not count
 * @cookie: its bytes
 * @len: how many, at most XTCP_FO_COOKIE_MAX
 * @mss: announced with it, bytes
 *
 * Context: any.
 */
void xtcp_focache_keep(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		       const u8 *cookie, u8 len, u16 mss)
{
	struct xtcp_tuple key = key_of(t, false);
	struct entry *e;

	spin_lock_bh(&cache->lock);
	e = find_or_make(cache, &key);
	memcpy(e->cookie.val, cookie, len);
	e->cookie.len = len;
	e->mss = mss;
	spin_unlock_bh(&cache->lock);
}

/**
 * xtcp_focache_failed() - Fast Open came to nothing: let it be for a while
 * @cache: the cache
 * @t: our end first
 * @now_s: seconds since boot
 *
 * Context: any.
 */
void xtcp_focache_failed(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t, u32 now_s)
{
	struct xtcp_tuple key = key_of(t, true);
	struct entry *e;

	spin_lock_bh(&cache->lock);
	e = find_or_make(cache, &key);
	e->until_s = now_s + (AVOID_S << e->fails);
	if (e->fails < AVOID_MAX)
		e->fails++;
	spin_unlock_bh(&cache->lock);
}

/**
 * xtcp_focache_worked() - Fast Open carried data: forget what was before
 * @cache: the cache
 * @t: our end first
 *
 * Context: any.
 */
void xtcp_focache_worked(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t)
{
	struct xtcp_tuple key = key_of(t, true);
	struct entry *e;

	spin_lock_bh(&cache->lock);
	e = find(cache, &key);
	if (e)
		e->taken = false;
	spin_unlock_bh(&cache->lock);
}

/**
 * xtcp_focache_avoids() - did Fast Open fail lately?
 * @cache: the cache
 * @t: our end first
 * @now_s: seconds since boot
 *
 * Context: any.
 * Return: whether it is not to be tried yet.
 */
bool xtcp_focache_avoids(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t, u32 now_s)
{
	struct xtcp_tuple key = key_of(t, true);
	struct entry *e;
	bool avoid;

	spin_lock_bh(&cache->lock);
	e = find(cache, &key);
	avoid = e && (s32)(e->until_s - now_s) > 0;
	spin_unlock_bh(&cache->lock);
	return avoid;
}
