// SPDX-License-Identifier: GPL-2.0
/*
 * The safety audit: a namespace's memory of connections that left TIME-WAIT
 * before 2MSL were over, which keeps their late segments out of newer
 * connections, and counts them: RFC 9293 section 3.6.1.
 *
 * A record is found by a fingerprint of the 4-tuple, a keyed hash of 32 bits.
 * It chooses the shard and, in the shard's array, the eight places where the
 * record may be. An array begins with eight and doubles as these fill up.
 */
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>

#include "audit.h"
#include "netns.h"
#include "options.h"
#include "reqsk.h"
#include "sock.h"
#include "tables.h"

#define SHARD_BITS	10	/* of a fingerprint, at most */
#define SHARDS_MIN	16
#define PLACES_A_SHARD	512	/* with the knob's default, about */
#define SWEEP_EVERY	(round_jiffies_relative(XTCP_2MSL_MS / MSEC_PER_SEC * HZ))

/**
 * struct xtcp_audit_shard - a part of the memory
 * @lock: guards all below; taken in softirq
 * @sets: of XTCP_OLD_WAYS places in @places; a power of two, or 0
 * @places: the records
 */
struct xtcp_audit_shard {
	spinlock_t lock;	/* guards all below */
	u32 sets;
	struct xtcp_old *places;
};

static siphash_key_t fp_key;

static u16 now_units(void)
{
	return xtcp_old_time(xtcp_now_ts());
}

static u32 fingerprint(const struct xtcp_tuple *t)
{
	u32 ports = (__force u32)t->lport << 16 | (__force u32)t->fport;
	u32 fp;

	if (ipv6_addr_v4mapped(&t->faddr))
		fp = siphash_4u32((__force u32)t->laddr.s6_addr32[3],
				  (__force u32)t->faddr.s6_addr32[3], ports,
				  t->proto, &fp_key);
	else
		fp = siphash(t, sizeof(*t), &fp_key);
	return fp ?: 1;
}

static struct xtcp_audit_shard *shard_of(struct xtcp_audit *a, u32 fp)
{
	return &a->shards[fp & a->mask];
}

static u32 set_of(u32 fp, u32 sets)
{
	return fp >> SHARD_BITS & (sets - 1);
}

/* The places of @fp, or NULL when the shard has none; the shard is locked. */
static struct xtcp_old *ways_of(struct xtcp_audit_shard *s, u32 fp)
{
	if (!s->sets)
		return NULL;
	return s->places + set_of(fp, s->sets) * XTCP_OLD_WAYS;
}

/* Move what is still good: each set's records go to two sets of the new array. */
static void move(const struct xtcp_audit_shard *s, struct xtcp_old *places,
		 u32 sets, u16 now)
{
	u32 i;

	for (i = 0; i < s->sets * XTCP_OLD_WAYS; i++) {
		const struct xtcp_old *o = &s->places[i];

		if (xtcp_old_live(o, now))
			xtcp_old_put(places + set_of(o->fp, sets) *
					      XTCP_OLD_WAYS, o, now, false);
	}
}

/* Double the shard, if the knob and memory let it; the shard is locked. */
static bool grow(struct xtcp_net *xn, struct xtcp_audit_shard *s, u16 now)
{
	u32 sets = s->sets ? 2 * s->sets : 1;
	int more = (sets - s->sets) * XTCP_OLD_WAYS;
	struct xtcp_old *places;

	if (atomic_add_return(more, &xn->audit.places) >
	    READ_ONCE(xn->knobs.audit_max))
		goto fail;
	places = kcalloc(sets * XTCP_OLD_WAYS, sizeof(*places),
			 GFP_ATOMIC | __GFP_NOWARN);
	if (!places)
		goto fail;
	move(s, places, sets, now);
	kfree(s->places);
	s->places = places;
	s->sets = sets;
	return true;

fail:
	atomic_sub(more, &xn->audit.places);
	return false;
}

/* Remember @o, in a larger array if need be; the shard is locked. */
static bool put(struct xtcp_net *xn, struct xtcp_audit_shard *s,
		const struct xtcp_old *o, u16 now)
{
	struct xtcp_old *ways = ways_of(s, o->fp);

	if (ways && xtcp_old_put(ways, o, now, false) != XTCP_OLD_EVICTED)
		return true;
	if (grow(xn, s, now))
		ways = ways_of(s, o->fp);
	return ways && xtcp_old_put(ways, o, now, true) != XTCP_OLD_EVICTED;
}

/**
 * xtcp_audit_remember() - a connection leaves TIME-WAIT early
 * @net: the namespace
 * @t: our end first
 * @o: all but fingerprint and end are filled in
 * @start_ms: when its wait began, ms since boot
 *
 * To be called before the 4-tuple is free for another connection.
 *
 * Context: any.
 */
void xtcp_audit_remember(struct net *net, const struct xtcp_tuple *t,
			 struct xtcp_old *o, u32 start_ms)
{
	struct xtcp_net *xn = xtcp_net(net);
	struct xtcp_audit_shard *s;
	bool kept;

	o->fp = fingerprint(t);
	o->until = xtcp_old_time(start_ms + XTCP_2MSL_MS);
	s = shard_of(&xn->audit, o->fp);
	spin_lock_bh(&s->lock);
	kept = put(xn, s, o, now_units());
	spin_unlock_bh(&s->lock);
	if (!kept)
		xtcp_mib_inc(net, XTCP_MIB_AUDIT_FORGOTTEN);
	if (!delayed_work_pending(&xn->audit.sweep) &&
	    atomic_read(&xn->audit.places))
		schedule_delayed_work(&xn->audit.sweep, SWEEP_EVERY);
}

static bool nothing_known(const struct xtcp_audit *a)
{
	return !atomic_read(&a->places);
}

/**
 * xtcp_audit_isn() - let a new connection begin beyond the old ones
 * @net: the namespace
 * @t: its 4-tuple, our end first
 * @isn: the initial sequence number that is proposed, and the one to use
 *
 * Context: any.
 * Return: what xtcp_audit_sock() and xtcp_audit_embryo() find the old ones by;
 * 0 when there is none.
 */
u32 xtcp_audit_isn(struct net *net, const struct xtcp_tuple *t, u32 *isn)
{
	struct xtcp_audit *a = &xtcp_net(net)->audit;
	struct xtcp_audit_shard *s;
	struct xtcp_old *ways;
	bool known;
	u32 fp;

	if (nothing_known(a))
		return 0;
	fp = fingerprint(t);
	s = shard_of(a, fp);
	spin_lock_bh(&s->lock);
	ways = ways_of(s, fp);
	known = ways && xtcp_old_isn(ways, fp, now_units(), isn);
	spin_unlock_bh(&s->lock);
	return known ? fp : 0;
}

/* Is it late? Then it is counted, by why the old connection left. */
static bool late(struct net *net, u32 fp, const struct xtcp_old_seg *seg,
		 const struct xtcp_old_newer *n, bool *known)
{
	struct xtcp_audit *a = &xtcp_net(net)->audit;
	struct xtcp_audit_shard *s = shard_of(a, fp);
	int cause = XTCP_EARLY_NONE;
	struct xtcp_old *ways;

	*known = false;
	spin_lock_bh(&s->lock);
	ways = ways_of(s, fp);
	if (ways)
		cause = xtcp_old_late(ways, fp, now_units(), seg, n, known);
	spin_unlock_bh(&s->lock);
	if (cause == XTCP_EARLY_NONE)
		return false;
	xtcp_mib_inc(net, XTCP_MIB_LATE + cause);
	return true;
}

static struct xtcp_old_seg seg_of(const struct xtcp_skb_cb *cb,
				  const struct xtcp_opts *opts)
{
	return (struct xtcp_old_seg) {
		.seq = cb->seq,
		.ack = cb->ack,
		.tsval = opts->tsval,
		.syn = cb->flags & XTCP_SYN,
		.has_ack = cb->flags & XTCP_ACK,
		.has_ts = opts->has_ts,
	};
}

/**
 * xtcp_audit_nobody() - is a segment without a connection a late one?
 * @net: the namespace
 * @t: our end first
 * @skb: the segment; its control block is filled in
 *
 * Context: softirq.
 * Return: true when it is: it must open nothing. It is counted.
 */
bool xtcp_audit_nobody(struct net *net, const struct xtcp_tuple *t,
		       const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct xtcp_opts opts;
	struct xtcp_old_seg seg;
	bool known;

	if (nothing_known(&xtcp_net(net)->audit))
		return false;
	if (xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
			       th->syn))
		return false;
	seg = seg_of(XTCP_CB(skb), &opts);
	return late(net, fingerprint(t), &seg, NULL, &known);
}

/**
 * xtcp_audit_embryo() - is a segment for an embryonic connection a late one?
 * @req: the embryonic connection
 * @cb: the segment
 * @opts: its options
 *
 * Context: softirq.
 * Return: true when it is; it is counted.
 */
bool xtcp_audit_embryo(struct xtcp_req *req, const struct xtcp_skb_cb *cb,
		       const struct xtcp_opts *opts)
{
	struct xtcp_old_newer n = {
		.iss = req->iss,
		.snd_nxt = req->iss + 1,
		.ts0 = req->ts_recent,
		.ts = req->ts_ok,
		.acks = true,
	};
	struct xtcp_old_seg seg;
	bool known;

	if (!req->old_fp)
		return false;
	seg = seg_of(cb, opts);
	return late(req->ent.net, req->old_fp, &seg, &n, &known);
}

/**
 * xtcp_audit_sock() - is a segment for a connection a late one of an older?
 * @sk: the connection
 * @cb: the segment
 * @opts: its options
 *
 * Context: socket lock held.
 * Return: true when it is; it is counted.
 */
bool xtcp_audit_sock(struct sock *sk, const struct xtcp_skb_cb *cb,
		     const struct xtcp_opts *opts)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_old_newer n = {
		.iss = xp->iss,
		.snd_nxt = xp->snd_nxt,
		.ts0 = xp->old_ts,
		.ts = xp->ts_ok,
		/* No window is larger than 2^30. */
		.acks = xp->bytes_acked < 1U << 30,
	};
	struct xtcp_old_seg seg = seg_of(cb, opts);
	bool known, is_late;

	is_late = late(sock_net(sk), xp->old_fp, &seg, &n, &known);
	/* 2MSL are over: no need to ask again. */
	if (!known)
		xp->old_fp = 0;
	return is_late;
}

/* Throw out the stale; give the array back when nothing is left. */
static void sweep_shard(struct xtcp_audit *a, struct xtcp_audit_shard *s)
{
	struct xtcp_old *unused = NULL;
	u16 now = now_units();
	u32 i, live = 0;

	spin_lock_bh(&s->lock);
	for (i = 0; i < s->sets * XTCP_OLD_WAYS; i++) {
		if (xtcp_old_live(&s->places[i], now))
			live++;
		else
			s->places[i].fp = 0;
	}
	if (!live && s->sets) {
		unused = s->places;
		atomic_sub(s->sets * XTCP_OLD_WAYS, &a->places);
		s->places = NULL;
		s->sets = 0;
	}
	spin_unlock_bh(&s->lock);
	kfree(unused);
}

static void sweep(struct work_struct *work)
{
	struct xtcp_audit *a = container_of(to_delayed_work(work),
					    struct xtcp_audit, sweep);
	u32 i;

	for (i = 0; i <= a->mask; i++) {
		sweep_shard(a, &a->shards[i]);
		cond_resched();
	}
	if (atomic_read(&a->places))
		schedule_delayed_work(&a->sweep, SWEEP_EVERY);
}

/**
 * xtcp_audit_net_init() - an empty memory for a new namespace
 * @xn: its share; the knobs have their defaults
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_audit_net_init(struct xtcp_net *xn)
{
	struct xtcp_audit *a = &xn->audit;
	u32 n, i;

	n = clamp(xn->knobs.audit_max / PLACES_A_SHARD, SHARDS_MIN,
		  1 << SHARD_BITS);
	n = roundup_pow_of_two(n);
	a->shards = kvcalloc(n, sizeof(*a->shards), GFP_KERNEL);
	if (!a->shards)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		spin_lock_init(&a->shards[i].lock);
	a->mask = n - 1;
	atomic_set(&a->places, 0);
	INIT_DELAYED_WORK(&a->sweep, sweep);
	return 0;
}

/**
 * xtcp_audit_net_exit() - forget all
 * @xn: a namespace's share; no segment and no socket of it is left
 *
 * Context: process, sleeps.
 */
void xtcp_audit_net_exit(struct xtcp_net *xn)
{
	u32 i;

	cancel_delayed_work_sync(&xn->audit.sweep);
	for (i = 0; i <= xn->audit.mask; i++)
		kfree(xn->audit.shards[i].places);
	kvfree(xn->audit.shards);
}

/**
 * xtcp_audit_init() - draw the secret of the fingerprints
 *
 * Context: module load.
 */
void __init xtcp_audit_init(void)
{
	get_random_bytes(&fp_key, sizeof(fp_key));
}
