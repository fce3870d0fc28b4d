// SPDX-License-Identifier: GPL-2.0
/*
 * The table of connections, found by keyed hash under RCU, and the numbers
 * derived from a 4-tuple by keyed hash: RFC 9293 section 3.10.7, RFC 6528, RFC
 * 7323 section 5.4. Listeners have a table of their own (listeners.c).
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>

#include "reqsk.h"
#include "sock.h"
#include "tables.h"
#include "timewait.h"

#define EST_LOCKS	1024	/* a power of two */

static unsigned int conn_buckets;
module_param(conn_buckets, uint, 0444);
MODULE_PARM_DESC(conn_buckets, "buckets of the connection table (default: by memory)");

static struct {
	struct hlist_head *heads;
	unsigned int mask;
	spinlock_t locks[EST_LOCKS];	/* each guards some of the heads */
	hsiphash_key_t key;
} est;

static siphash_key_t start_key;

static u32 tuple_ports(const struct xtcp_tuple *t)
{
	return (__force u32)t->lport << 16 | (__force u32)t->fport;
}

/**
 * xtcp_tables_hash() - where in a table a 4-tuple has its place
 * @net: the namespace
 * @t: our end first
 *
 * The place is told to nobody, so the short form of SipHash will do.
 *
 * Context: any.
 * Return: the number.
 */
u32 xtcp_tables_hash(const struct net *net, const struct xtcp_tuple *t)
{
	u32 h;

	if (ipv6_addr_v4mapped(&t->faddr))
		h = hsiphash_3u32((__force u32)t->laddr.s6_addr32[3],
				  (__force u32)t->faddr.s6_addr32[3],
				  tuple_ports(t), &est.key);
	else
		h = hsiphash(t, sizeof(*t), &est.key);
	return h ^ net_hash_mix(net);
}

/**
 * xtcp_tables_siphash() - a number from a 4-tuple that others will see
 * @t: our end first
 * @key: what keeps it from being guessed
 *
 * The protocol that carries it does not count.
 *
 * Context: any.
 * Return: the number.
 */
u64 xtcp_tables_siphash(const struct xtcp_tuple *t, const siphash_key_t *key)
{
	if (ipv6_addr_v4mapped(&t->faddr))
		return siphash_3u32((__force u32)t->laddr.s6_addr32[3],
				    (__force u32)t->faddr.s6_addr32[3],
				    tuple_ports(t), key);
	return siphash(t, offsetof(struct xtcp_tuple, proto), key);
}

/* A socket keeps it, from before it enters the table. */
static u32 ent_hash(struct xtcp_ent *ent)
{
	return ent->kind == XTCP_ENT_SOCK ?
	       xtcp_sk(xtcp_ent_sk(ent))->table_hash :
	       xtcp_tables_hash(ent->net, &ent->t);
}

static void keep_hash(struct xtcp_ent *ent, u32 hash)
{
	if (ent->kind == XTCP_ENT_SOCK)
		xtcp_sk(xtcp_ent_sk(ent))->table_hash = hash;
}

static struct hlist_head *est_head(u32 hash)
{
	return &est.heads[hash & est.mask];
}

static spinlock_t *est_lock(u32 hash)
{
	return &est.locks[hash & est.mask & (EST_LOCKS - 1)];
}

static bool ent_match(const struct xtcp_ent *ent, const struct net *net,
		      const struct xtcp_tuple *t, int dif, int sdif)
{
	if (!xtcp_tuple_equal(&ent->t, t) || !net_eq(ent->net, net))
		return false;
	/* Without a device: only what did not come through a VRF. */
	return ent->dif ? ent->dif == dif || ent->dif == sdif : !sdif;
}

static bool ent_get(struct xtcp_ent *ent)
{
	switch (ent->kind) {
	case XTCP_ENT_SOCK:
		return refcount_inc_not_zero(&xtcp_ent_sk(ent)->sk_refcnt);
	case XTCP_ENT_REQ:
		return refcount_inc_not_zero(&container_of(ent, struct xtcp_req,
							   ent)->ref);
	default:
		return refcount_inc_not_zero(&container_of(ent, struct xtcp_tw,
							   ent)->ref);
	}
}

/**
 * xtcp_ent_put() - drop a reference had from xtcp_tables_lookup()
 * @ent: the entry, of any kind
 *
 * Context: any.
 */
void xtcp_ent_put(struct xtcp_ent *ent)
{
	switch (ent->kind) {
	case XTCP_ENT_SOCK:
		sock_put(xtcp_ent_sk(ent));
		break;
	case XTCP_ENT_REQ:
		xtcp_reqsk_put(container_of(ent, struct xtcp_req, ent));
		break;
	default:
		xtcp_timewait_put(container_of(ent, struct xtcp_tw, ent));
	}
}
EXPORT_SYMBOL_GPL(xtcp_ent_put);

/**
 * xtcp_ent_oow_limited() - space out the answers of a small object
 * @ent: the entry
 *
 * Each entry by itself, so that no third can learn from a shared budget
 * (CVE-2016-5696).
 *
 * Context: any.
 * Return: true when the segment at hand is not to be answered.
 */
bool xtcp_ent_oow_limited(struct xtcp_ent *ent)
{
	u16 now = (u16)(xtcp_now_ts() >> 6);
	u16 gap = xtcp_knob(ent->net, invalid_ratelimit) >> 6;
	u16 last = READ_ONCE(ent->oow_stamp);

	if (last && (u16)(now - last) < gap) {
		xtcp_mib_inc(ent->net, XTCP_MIB_ACK_SKIPPED);
		return true;
	}
	WRITE_ONCE(ent->oow_stamp, now ?: 1);
	return false;
}

/**
 * xtcp_tables_lookup() - who has this 4-tuple?
 * @net: the namespace
 * @t: our end first
 * @dif: interface the segment came by
 * @sdif: the interface enslaved to it, or 0
 *
 * Context: any; RCU read lock.
 * Return: the entry with a reference, or NULL.
 */
struct xtcp_ent *xtcp_tables_lookup(struct net *net, const struct xtcp_tuple *t,
				    int dif, int sdif)
{
	u32 hash = xtcp_tables_hash(net, t);
	struct xtcp_ent *ent;

	hlist_for_each_entry_rcu(ent, est_head(hash), node) {
		if (ent_match(ent, net, t, dif, sdif) && ent_get(ent))
			return ent;
	}
	return NULL;
}
EXPORT_SYMBOL_GPL(xtcp_tables_lookup);

/* Could both entries claim one segment? */
static bool ent_clash(const struct xtcp_ent *a, const struct xtcp_ent *b)
{
	return xtcp_tuple_equal(&a->t, &b->t) && net_eq(a->net, b->net) &&
	       (!a->dif || !b->dif || a->dif == b->dif);
}

/**
 * xtcp_tables_insert() - enter the table of connections
 * @ent: tuple, namespace and kind are set
 *
 * Context: any. The caller holds a reference for the table.
 * Return: 0, or -EADDRNOTAVAIL when the tuple is taken.
 */
int xtcp_tables_insert(struct xtcp_ent *ent)
{
	u32 hash = xtcp_tables_hash(ent->net, &ent->t);
	struct xtcp_ent *other;
	int err = 0;

	keep_hash(ent, hash);
	spin_lock_bh(est_lock(hash));
	hlist_for_each_entry(other, est_head(hash), node) {
		if (ent_clash(ent, other)) {
			err = -EADDRNOTAVAIL;
			break;
		}
	}
	if (!err)
		hlist_add_head_rcu(&ent->node, est_head(hash));
	spin_unlock_bh(est_lock(hash));
	return err;
}

/* What has the 4-tuple of @ent, but for @but. */
static struct xtcp_ent *find_clash(const struct xtcp_ent *ent, u32 hash,
				   const struct xtcp_ent *but)
{
	struct xtcp_ent *other;

	hlist_for_each_entry(other, est_head(hash), node) {
		if (other != but && ent_clash(ent, other))
			return other;
	}
	return NULL;
}

/* Is it a waiting entry that gives way? */
static struct xtcp_tw *yielding(struct xtcp_ent *ent, bool bound)
{
	struct xtcp_tw *tw = container_of(ent, struct xtcp_tw, ent);

	return ent->kind == XTCP_ENT_TW && xtcp_timewait_yields(tw, bound) ?
	       tw : NULL;
}

/**
 * xtcp_tables_claim() - enter the table, if need be in a waiting entry's place
 * @ent: a socket's; tuple and namespace are set
 * @bound: its port was bound by name
 * @old: the waiting entry that gave way, with the table's reference, or NULL
 *
 * Context: any. The caller holds a reference for the table.
 * Return: 0, or -EADDRNOTAVAIL when the tuple is taken.
 */
int xtcp_tables_claim(struct xtcp_ent *ent, bool bound, struct xtcp_tw **old)
{
	u32 hash = xtcp_tables_hash(ent->net, &ent->t);
	struct xtcp_tw *tw = NULL;
	struct xtcp_ent *other;
	int err = 0;

	keep_hash(ent, hash);
	spin_lock_bh(est_lock(hash));
	other = find_clash(ent, hash, NULL);
	if (other)
		tw = yielding(other, bound);
	if (other && (!tw || find_clash(ent, hash, other))) {
		tw = NULL;
		err = -EADDRNOTAVAIL;
	} else if (tw) {
		hlist_replace_rcu(&other->node, &ent->node);
		WRITE_ONCE(other->node.pprev, NULL);
	} else {
		hlist_add_head_rcu(&ent->node, est_head(hash));
	}
	spin_unlock_bh(est_lock(hash));
	*old = tw;
	return err;
}

/**
 * xtcp_tables_remove() - leave the table of connections
 * @ent: need not be in it
 *
 * Context: any.
 * Return: true when this call took it out; the table's reference is then the
 * caller's to drop.
 */
bool xtcp_tables_remove(struct xtcp_ent *ent)
{
	u32 hash;
	bool hashed;

	if (!xtcp_ent_hashed(ent))
		return false;
	hash = ent_hash(ent);
	spin_lock_bh(est_lock(hash));
	hashed = !hlist_unhashed(&ent->node);
	if (hashed)
		hlist_del_init_rcu(&ent->node);
	spin_unlock_bh(est_lock(hash));
	return hashed;
}

/**
 * xtcp_tables_replace() - put one entry in the place of another
 * @old: leaves; the table's reference to it becomes the caller's
 * @new: enters, with a reference for the table; same tuple and namespace
 *
 * A reader sees one of the two at any time.
 *
 * Context: any.
 * Return: false when @old was not in the table; nothing is done then.
 */
bool xtcp_tables_replace(struct xtcp_ent *old, struct xtcp_ent *new)
{
	u32 hash = ent_hash(old);
	bool hashed;

	keep_hash(new, hash);
	spin_lock_bh(est_lock(hash));
	hashed = !hlist_unhashed(&old->node);
	if (hashed) {
		hlist_replace_rcu(&old->node, &new->node);
		/* hlist_replace_rcu() leaves a poisoned back pointer. */
		WRITE_ONCE(old->node.pprev, NULL);
	}
	spin_unlock_bh(est_lock(hash));
	return hashed;
}

/*
 * Where the numbers of a 4-tuple start: in one half those of bytes, in the other
 * those of timestamps. Neither half tells of the other.
 */
static u64 start_of(const struct xtcp_tuple *t)
{
	return xtcp_tables_siphash(t, &start_key);
}

static u32 ts_off_of(const struct net *net, u64 start)
{
	return (u32)(start >> 32) ^ net_hash_mix(net);
}

/**
 * xtcp_tables_isn() - first numbers of a connection
 * @net: the namespace
 * @t: our end first
 * @ts_off: set to what xtcp_tables_ts_off() returns
 *
 * RFC 6528: a clock of one step each 4 µs, plus a keyed hash of the 4-tuple.
 *
 * Context: any.
 * Return: the initial sequence number.
 */
u32 xtcp_tables_isn(const struct net *net, const struct xtcp_tuple *t,
		    u32 *ts_off)
{
	u64 start = start_of(t);

	*ts_off = ts_off_of(net, start);
	return (u32)start + (u32)div_u64(ktime_get_ns(), 4 * NSEC_PER_USEC);
}

/**
 * xtcp_tables_ts_off() - what is added to the timestamp clock toward a peer
 * @net: the namespace
 * @t: our end first; the same 4-tuple always has the same offset, so that its
 *	timestamps go on growing from one connection to the next (RFC 6191)
 *
 * Context: any.
 * Return: the offset, ms.
 */
u32 xtcp_tables_ts_off(const struct net *net, const struct xtcp_tuple *t)
{
	return ts_off_of(net, start_of(t));
}

/**
 * xtcp_tables_buckets() - how many buckets a table has
 * @which: XTCP_WALK_LISTEN or XTCP_WALK_EST
 *
 * Context: any.
 * Return: their number.
 */
unsigned int xtcp_tables_buckets(int which)
{
	return which == XTCP_WALK_LISTEN ? XTCP_LISTEN_BUCKETS : est.mask + 1;
}
EXPORT_SYMBOL_GPL(xtcp_tables_buckets);

/**
 * xtcp_tables_bucket() - a bucket, to be walked under RCU
 * @which: XTCP_WALK_LISTEN (struct sock by sk_node) or XTCP_WALK_EST (struct
 *	xtcp_ent by node)
 * @i: its number, below xtcp_tables_buckets()
 *
 * Context: any.
 * Return: its head.
 */
struct hlist_head *xtcp_tables_bucket(int which, unsigned int i)
{
	return which == XTCP_WALK_LISTEN ? xtcp_listeners_bucket(i) :
					   &est.heads[i];
}
EXPORT_SYMBOL_GPL(xtcp_tables_bucket);

/* One bucket for each 16 kB of memory: chains stay short at a million. */
static unsigned int default_buckets(void)
{
	return clamp(nr_free_buffer_pages() / 4, 4096UL, 1UL << 20);
}

/**
 * xtcp_tables_init() - allocate the tables, draw the secrets
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int __init xtcp_tables_init(void)
{
	unsigned int n = conn_buckets ?: default_buckets();
	int i;

	n = roundup_pow_of_two(clamp(n, 16U, 1U << 24));
	est.heads = kvcalloc(n, sizeof(*est.heads), GFP_KERNEL);
	if (!est.heads)
		return -ENOMEM;
	conn_buckets = n;
	est.mask = n - 1;
	for (i = 0; i < EST_LOCKS; i++)
		spin_lock_init(&est.locks[i]);
	get_random_bytes(&est.key, sizeof(est.key));
	get_random_bytes(&start_key, sizeof(start_key));
	return 0;
}

/**
 * xtcp_tables_exit() - free the tables
 *
 * Context: module unload; the tables are empty.
 */
void xtcp_tables_exit(void)
{
	kvfree(est.heads);
}
