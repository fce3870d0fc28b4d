// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT, and FIN-WAIT-2 that no process holds, as small objects without a
 * socket: RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191. What a segment does
 * to one is in twrcv.c.
 *
 * Entries live in shards, by the processor that made them. All entries of a
 * queue wait equally long, so a list in order of their start is in order of
 * their end too, and stays so when the knob turns: one timer a queue serves any
 * number of entries, and a new length acts at once on all. Those with a length
 * of their own are in a tree, by their end.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/tcp.h>

#include "compat/hrtimer.h"
#include "family.h"
#include "forecast.h"
#include "sock.h"
#include "timewait.h"

#define BATCH		32	/* entries in one hold of a lock */
#define EXPIRE_BATCHES	16	/* such holds in one go of the timer */
/* Between two goes of a timer, so that it never has a processor to itself. */
#define PAUSE_MS	2
#define SHARDS_MAX	16

enum queue { Q_TIME_WAIT, Q_FIN_WAIT2, Q_OWN, Q_MAX };

/**
 * struct xtcp_twq - waiting entries of one kind in a shard
 * @list: by their start, which only ever grows, so that the head is always the
 *	next to expire, whatever the length of the wait is set to
 * @tree: of Q_OWN instead: by their end
 * @timer: expires those due; re-armed for the next one
 * @shard: whose it is
 * @kind: enum queue
 */
struct xtcp_twq {
	struct list_head list;
	struct rb_root_cached tree;
	struct hrtimer timer;
	struct xtcp_tw_shard *shard;
	u8 kind;
};

/**
 * struct xtcp_tw_shard - the waiting entries that some processors made
 * @lock: guards the queues; taken in softirq
 * @xn: the namespace
 * @q: the queues, by enum queue
 */
struct xtcp_tw_shard {
	spinlock_t lock;	/* guards the queues */
	struct xtcp_net *xn;
	struct xtcp_twq q[Q_MAX];
} ____cacheline_aligned_in_smp;

static struct kmem_cache *tw_cache;

/* IPv6 may have 160, and does without. */
static_assert(sizeof(struct xtcp_tw) <= 128);

/* The clock of the waits: ms, wrapping; a wait is far shorter than 2^31. */
static u32 now_ms(void)
{
	return (u32)div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

static u32 queue_ms(const struct xtcp_net *xn, enum queue kind)
{
	switch (kind) {
	case Q_TIME_WAIT:
		return READ_ONCE(xn->knobs.timewait_ms);
	case Q_FIN_WAIT2:
		return READ_ONCE(xn->knobs.fin_timeout) * MSEC_PER_SEC;
	default:
		/* Entries with a length of their own: start is their end. */
		return 0;
	}
}

static enum queue kind_of(const struct xtcp_tw *tw)
{
	if (tw->own)
		return Q_OWN;
	return tw->state == TCP_TIME_WAIT ? Q_TIME_WAIT : Q_FIN_WAIT2;
}

static struct xtcp_tw_shard *shard_of(const struct xtcp_tw *tw)
{
	return &xtcp_net(tw->ent.net)->tw_shards[tw->shard];
}

static struct xtcp_twq *queue_of(const struct xtcp_tw *tw)
{
	return &shard_of(tw)->q[kind_of(tw)];
}

/* The next to expire, or NULL; the shard is locked. */
static struct xtcp_tw *head_of(struct xtcp_twq *q)
{
	struct rb_node *first = rb_first_cached(&q->tree);

	if (q->kind == Q_OWN)
		return first ? rb_entry(first, struct xtcp_tw, rb) : NULL;
	return list_first_entry_or_null(&q->list, struct xtcp_tw, lnode);
}

/* Wake up when the head is due; the shard is locked. */
static void arm(struct xtcp_twq *q)
{
	struct xtcp_tw *head = head_of(q);
	s32 left;

	if (!head)
		return;
	left = head->start + queue_ms(q->shard->xn, q->kind) - now_ms();
	hrtimer_start(&q->timer, ms_to_ktime(max(left, PAUSE_MS)),
		      HRTIMER_MODE_REL_SOFT);
}

static void tw_free(struct rcu_head *rcu)
{
	kmem_cache_free(tw_cache, container_of(rcu, struct xtcp_tw, rcu));
}

/**
 * xtcp_timewait_put() - drop a reference
 * @tw: the entry
 *
 * Context: any.
 */
void xtcp_timewait_put(struct xtcp_tw *tw)
{
	if (refcount_dec_and_test(&tw->ref))
		call_rcu(&tw->rcu, tw_free);
}

static bool ends_before(struct rb_node *a, const struct rb_node *b)
{
	return xtcp_before(rb_entry(a, struct xtcp_tw, rb)->start,
			   rb_entry(b, struct xtcp_tw, rb)->start);
}

/* Enter the queue of its kind; the shard is locked. */
static void enqueue(struct xtcp_tw *tw)
{
	struct xtcp_twq *q = queue_of(tw);

	/* Rounded up: no wait is shorter than asked. */
	tw->start = now_ms() + 1 + (tw->own ? tw->own_ms : 0);
	if (q->kind == Q_OWN)
		rb_add_cached(&tw->rb, &q->tree, ends_before);
	else
		list_add_tail(&tw->lnode, &q->list);
	tw->queued = 1;
	if (head_of(q) == tw)
		arm(q);
}

/* Leave the queue, unless that was done; the shard is locked. */
static void dequeue(struct xtcp_tw *tw)
{
	if (!tw->queued)
		return;
	tw->queued = 0;
	if (tw->own)
		rb_erase_cached(&tw->rb, &queue_of(tw)->tree);
	else
		list_del(&tw->lnode);
}

static void leave(struct xtcp_tw *tw)
{
	struct xtcp_tw_shard *s = shard_of(tw);

	spin_lock_bh(&s->lock);
	dequeue(tw);
	spin_unlock_bh(&s->lock);
}

/*
 * Take @tw, already out of table and queue, out of the world. Only who takes it
 * out of the table of connections ends it.
 */
static void finish(struct xtcp_tw *tw)
{
	atomic_dec(&xtcp_net(tw->ent.net)->tw_count);
	xtcp_bind_put_tw(tw);
	xtcp_timewait_put(tw);
}

/* Without a FIN all of the window may still come. */
static void add_window(struct xtcp_old *o, u32 wnd)
{
	o->rcv_end += wnd;
	o->span = xtcp_old_span_code(xtcp_old_span(o->span) + wnd);
}

/* When its wait began. */
static u32 began(const struct xtcp_tw *tw)
{
	return tw->start - (tw->own ? tw->own_ms : 0);
}

/* Remember @tw beyond its end; its 4-tuple is still taken. */
static void remember(const struct xtcp_tw *tw, enum xtcp_early why)
{
	struct xtcp_old o = {
		.rcv_end = tw->rcv_nxt,
		.snd_nxt = tw->snd_nxt,
		.ts_recent = tw->ts_recent,
		.span = tw->span,
		.cause = why,
		.ts = tw->ts_ok,
	};

	if (tw->state != TCP_TIME_WAIT)
		add_window(&o, (u32)tw->rcv_wnd << tw->rcv_wscale);
	xtcp_audit_remember(tw->ent.net, &tw->ent.t, &o,
			    tw->state == TCP_TIME_WAIT ? began(tw) : now_ms());
}

/**
 * xtcp_timewait_kill() - end a wait
 * @tw: the entry; the caller has a reference
 * @why: XTCP_EARLY_NONE if it lasted long enough, or nobody will ask
 * @cause: why the connection ended, if that was still in FIN-WAIT-2
 *
 * Context: any.
 */
void xtcp_timewait_kill(struct xtcp_tw *tw, enum xtcp_early why,
			enum xtcp_end cause)
{
	/* First: when it has left the table a new connection may come. */
	if (why != XTCP_EARLY_NONE && xtcp_ent_hashed(&tw->ent))
		remember(tw, why);
	if (!xtcp_tables_remove(&tw->ent))
		return;
	if (why != XTCP_EARLY_NONE)
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_EARLY + why);
	/* Whoever moves it to TIME-WAIT meanwhile is done with it after this. */
	leave(tw);
	if (tw->state == TCP_FIN_WAIT2)
		xtcp_ends_waited(tw, tw->own_ms, cause);
	finish(tw);
}
EXPORT_SYMBOL_GPL(xtcp_timewait_kill);

/* Is an entry that expires younger than 2MSL? */
static enum xtcp_early early(const struct xtcp_tw *tw, u32 now)
{
	if (tw->state != TCP_TIME_WAIT)
		return XTCP_EARLY_ORPHAN;
	if (tw->own)
		return tw->own_ms < XTCP_2MSL_MS ? XTCP_EARLY_OPTION :
						   XTCP_EARLY_NONE;
	return now - tw->start < XTCP_2MSL_MS ? XTCP_EARLY_KNOB :
						XTCP_EARLY_NONE;
}

/*
 * Take some of @q off it, due ones or @all, with a reference each; returns how
 * many.
 */
static int take(struct xtcp_twq *q, struct xtcp_tw **some, bool all)
{
	u32 now = now_ms(), ms = queue_ms(q->shard->xn, q->kind);
	struct xtcp_tw *tw;
	int n = 0;

	spin_lock_bh(&q->shard->lock);
	while (n < BATCH && (tw = head_of(q)) &&
	       (all || !xtcp_before(now, tw->start + ms))) {
		dequeue(tw);
		refcount_inc(&tw->ref);
		some[n++] = tw;
	}
	spin_unlock_bh(&q->shard->lock);
	return n;
}

static enum hrtimer_restart expire(struct hrtimer *t)
{
	struct xtcp_twq *q = container_of(t, struct xtcp_twq, timer);
	struct net *net = q->shard->xn->net;
	struct xtcp_tw *some[BATCH];
	int n = BATCH, i, rounds;

	for (rounds = 0; rounds < EXPIRE_BATCHES && n == BATCH; rounds++) {
		n = take(q, some, false);
		for (i = 0; i < n; i++) {
			xtcp_mib_inc(net, XTCP_MIB_TW_EXPIRED);
			xtcp_timewait_kill(some[i], early(some[i], now_ms()),
					   XTCP_END_TIME_FIN_WAIT2);
			xtcp_timewait_put(some[i]);
		}
	}
	spin_lock(&q->shard->lock);
	arm(q);
	spin_unlock(&q->shard->lock);
	return HRTIMER_NORESTART;
}

/**
 * xtcp_timewait_rescale() - a knob of the waits was turned
 * @net: the namespace
 *
 * Context: process.
 */
void xtcp_timewait_rescale(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	int i, kind;

	for (i = 0; i < xn->tw_nr_shards; i++) {
		struct xtcp_tw_shard *s = &xn->tw_shards[i];

		spin_lock_bh(&s->lock);
		for (kind = 0; kind < Q_MAX; kind++)
			arm(&s->q[kind]);
		spin_unlock_bh(&s->lock);
	}
}

/* The oldest of a kind in all shards, off its queue, with a reference. */
static struct xtcp_tw *take_oldest(struct xtcp_net *xn, enum queue kind)
{
	struct xtcp_tw_shard *s, *first = NULL;
	struct xtcp_tw *tw;
	u32 start = 0;
	int i;

	for (i = 0; i < xn->tw_nr_shards; i++) {
		s = &xn->tw_shards[i];
		spin_lock_bh(&s->lock);
		tw = head_of(&s->q[kind]);
		if (tw && (!first || xtcp_before(tw->start, start))) {
			first = s;
			start = tw->start;
		}
		spin_unlock_bh(&s->lock);
	}
	if (!first)
		return NULL;
	spin_lock_bh(&first->lock);
	tw = head_of(&first->q[kind]);
	if (tw) {
		dequeue(tw);
		refcount_inc(&tw->ref);
	}
	spin_unlock_bh(&first->lock);
	return tw;
}

/* Is there room for one more? The oldest goes if need be. */
static bool make_room(struct xtcp_net *xn)
{
	int limit = READ_ONCE(xn->knobs.max_tw_buckets);
	struct xtcp_tw *oldest = NULL;
	int kind;

	if (atomic_read(&xn->tw_count) < limit)
		return true;
	xtcp_mib_inc(xn->net, XTCP_MIB_TW_OVERFLOW);
	for (kind = 0; limit && !oldest && kind < Q_MAX; kind++)
		oldest = take_oldest(xn, kind);
	if (!oldest)
		return false;
	xtcp_timewait_kill(oldest, XTCP_EARLY_EVICTED, XTCP_END_TW_BUCKETS);
	xtcp_timewait_put(oldest);
	return true;
}

/* Sequence numbers that the peer used, as far as is known; bounded by 2^31. */
static u32 peer_sent(const struct xtcp_sock *xp)
{
	return xp->bytes_received >> 31 ? 1U << 31 : xp->rcv_nxt - xp->irs;
}

static void fill(struct xtcp_tw *tw, struct sock *sk, int state)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	tw->ent = xp->ent;
	INIT_HLIST_NODE(&tw->ent.node);
	tw->ent.kind = XTCP_ENT_TW;
	tw->ent.family6 = sk->sk_family == AF_INET6;
	tw->state = state;
	tw->rcv_nxt = xp->rcv_nxt;
	tw->snd_nxt = xp->snd_nxt;
	tw->span = xtcp_old_span_code(peer_sent(xp));
	tw->rcv_wnd = min_t(u32, xtcp_receive_window(xp) >> xp->rcv_wscale,
			    U16_MAX);
	tw->rcv_wscale = xp->rcv_wscale;
	tw->ts_ok = xp->ts_ok;
	tw->ts_recent = xp->ts_recent;
	tw->tos = xp->fam->family == AF_INET6 ? inet6_sk(sk)->tclass :
						 inet_sk(sk)->tos;
	tw->bind_auto = xp->bind_auto;
	tw->reuse = !!sk->sk_reuse;
	tw->reuseport = sk->sk_reuseport;
	tw->own = state == TCP_TIME_WAIT && xp->timewait_ms >= 0;
	if (tw->own)
		tw->own_ms = xp->timewait_ms;
	else if (state == TCP_FIN_WAIT2)
		tw->own_ms = xtcp_ends_wait(sk);
	tw->shard = raw_smp_processor_id() % xtcp_net(sock_net(sk))->tw_nr_shards;
	/* One for the table and the queue together. */
	refcount_set(&tw->ref, 1);
}

/* Is @sk to wait in @state? XTCP_EARLY_NONE, or why it is not to. */
static enum xtcp_early waits_not(struct sock *sk, int state)
{
	struct xtcp_net *xn = xtcp_net(sock_net(sk));
	int own = xtcp_sk(sk)->timewait_ms;

	if (state != TCP_TIME_WAIT)
		return READ_ONCE(xn->knobs.fin_timeout) ? XTCP_EARLY_NONE :
							  XTCP_EARLY_ORPHAN;
	if (own >= 0)
		return own ? XTCP_EARLY_NONE : XTCP_EARLY_OPTION;
	return READ_ONCE(xn->knobs.timewait_ms) ? XTCP_EARLY_NONE :
						  XTCP_EARLY_KNOB;
}

/* What the ledger is told of a wait that is none. */
static enum xtcp_end end_of(enum xtcp_early why)
{
	switch (why) {
	case XTCP_EARLY_EVICTED:
		return XTCP_END_TW_BUCKETS;
	case XTCP_EARLY_NOMEM:
		return XTCP_END_MEMORY;
	default:
		return XTCP_END_TIME_FIN_WAIT2;
	}
}

/* The connection ends without an entry. */
static void skip_wait(struct sock *sk, int state, enum xtcp_early why)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_old o = {
		.rcv_end = xp->rcv_nxt,
		.snd_nxt = xp->snd_nxt,
		.ts_recent = xp->ts_recent,
		.span = xtcp_old_span_code(peer_sent(xp)),
		.cause = why,
		.ts = xp->ts_ok,
	};

	if (state != TCP_TIME_WAIT)
		add_window(&o, xtcp_receive_window(xp));
	xtcp_ends_because(sk, end_of(why));
	xtcp_audit_remember(sock_net(sk), &xp->ent.t, &o, now_ms());
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_EARLY + why);
}

/* An entry, filled in; NULL, with @why, when there is to be none. */
static struct xtcp_tw *make(struct sock *sk, int state, enum xtcp_early *why)
{
	struct xtcp_net *xn = xtcp_net(sock_net(sk));
	struct xtcp_tw *tw;

	*why = waits_not(sk, state);
	if (*why)
		return NULL;
	if (!make_room(xn)) {
		*why = XTCP_EARLY_EVICTED;
		return NULL;
	}
	tw = kmem_cache_zalloc(tw_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tw) {
		/* Rather no wait than a connection that never ends. */
		xtcp_mib_inc(xn->net, XTCP_MIB_TW_FAILED);
		*why = XTCP_EARLY_NOMEM;
		return NULL;
	}
	fill(tw, sk, state);
	return tw;
}

/* Put @tw in the place of @sk, whose end it is not yet. */
static void replace(struct sock *sk, struct xtcp_tw *tw)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_tw_shard *s = shard_of(tw);

	tw->has_bind = xtcp_bind_to_tw(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->tw_count);
	local_bh_disable();
	/* In the queue first: who finds it in the table may end it. */
	spin_lock(&s->lock);
	enqueue(tw);
	spin_unlock(&s->lock);
	if (xtcp_tables_replace(&xp->ent, &tw->ent)) {
		if (xp->dest)
			xtcp_forecast_ended(sk, true);
		xp->gp_state = get_state_synchronize_rcu();
		__sock_put(sk);
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_TW_CREATED);
	} else {
		leave(tw);
		if (tw->state == TCP_FIN_WAIT2)
			xtcp_ends_waited(tw, tw->own_ms, XTCP_END_OTHER);
		finish(tw);
	}
	local_bh_enable();
}

/**
 * xtcp_timewait_start() - a connection needs its socket no more
 * @sk: the socket; state CLOSED afterwards
 * @state: TCP_TIME_WAIT, or TCP_FIN_WAIT2 of an orphan
 *
 * Context: softirq or process; socket lock held.
 */
void xtcp_timewait_start(struct sock *sk, int state)
{
	enum xtcp_early why;
	struct xtcp_tw *tw;

	if (state == TCP_TIME_WAIT)
		xtcp_ends_because(sk, sk->sk_state == TCP_CLOSING ?
				      XTCP_END_FIN_BOTH : XTCP_END_FIN_OURS);
	tw = make(sk, state, &why);
	if (tw)
		replace(sk, tw);
	else
		skip_wait(sk, state, why);
	xtcp_sock_done(sk);
}

/**
 * xtcp_timewait_restart() - wait anew, from now on and for the full length
 * @tw: the entry; the caller has a reference; in TIME-WAIT afterwards
 *
 * An entry that has left the table is being ended, and who does so waits for
 * the lock.
 *
 * Context: softirq.
 */
void xtcp_timewait_restart(struct xtcp_tw *tw)
{
	struct xtcp_tw_shard *s = shard_of(tw);
	int was = TCP_TIME_WAIT;
	u32 ticket = 0;

	spin_lock_bh(&s->lock);
	if (xtcp_ent_hashed(&tw->ent)) {
		dequeue(tw);
		was = tw->state;
		ticket = tw->own_ms;
		tw->state = TCP_TIME_WAIT;
		enqueue(tw);
	}
	spin_unlock_bh(&s->lock);
	/* The FIN that was waited for. */
	if (was == TCP_FIN_WAIT2)
		xtcp_ends_waited(tw, ticket, XTCP_END_FIN_OURS);
}

/**
 * xtcp_timewait_next_isn() - where a connection in place of an entry begins
 * @tw: the entry
 *
 * RFC 6191 and Linux: far enough ahead of the old connection's last byte.
 *
 * Context: any.
 * Return: an initial sequence number, not 0.
 */
u32 xtcp_timewait_next_isn(const struct xtcp_tw *tw)
{
	return (tw->snd_nxt + XTCP_OLD_GAP) ?: 1;
}

static bool is_loopback(const struct in6_addr *a)
{
	if (ipv6_addr_v4mapped(a))
		return ipv4_is_loopback(a->s6_addr32[3]);
	return ipv6_addr_loopback(a);
}

/* Does tw_reuse hold for connections from and to here? */
static bool reuse_allowed(struct net *net, const struct xtcp_tuple *t, int dif)
{
	switch (xtcp_knob(net, reuse)) {
	case 0:
		return false;
	case 2:
		/* As far as can be seen, of this host with itself. */
		return dif == LOOPBACK_IFINDEX || is_loopback(&t->laddr) ||
		       is_loopback(&t->faddr);
	default:
		return true;
	}
}

/**
 * xtcp_timewait_reuse_ms() - when may connect take an entry's 4-tuple over?
 * @tw: the entry
 *
 * Context: any.
 * Return: ms from now; U32_MAX when it may not.
 */
u32 xtcp_timewait_reuse_ms(const struct xtcp_tw *tw)
{
	u32 delay = xtcp_knob(tw->ent.net, tw_reuse_delay_ms);
	u32 age;

	if (tw->state != TCP_TIME_WAIT || !tw->ts_ok ||
	    !reuse_allowed(tw->ent.net, &tw->ent.t, tw->ent.dif))
		return U32_MAX;
	age = now_ms() - began(tw);
	return (s32)age > (s32)delay ? 0 : delay - age + 1;
}

/**
 * xtcp_timewait_will_keep_ms() - how long will a port be kept from connect?
 * @net: the namespace
 * @t: from and to
 *
 * Context: any.
 * Return: ms, by the knobs as they stand.
 */
u32 xtcp_timewait_will_keep_ms(struct net *net, const struct xtcp_tuple *t)
{
	u32 ms = xtcp_knob(net, timewait_ms);

	if (!xtcp_knob(net, timestamps) || !reuse_allowed(net, t, 0))
		return ms;
	return min_t(u32, ms, xtcp_knob(net, tw_reuse_delay_ms));
}

/**
 * xtcp_timewait_yields() - may connect take over an entry's 4-tuple?
 * @tw: the entry, in the table
 * @bound: the port was bound by name
 *
 * Only where timestamps, which go on growing, tell the peer the old connection
 * from the new one; and then, of a port that a program names, at once, whatever
 * tw_reuse says, as Linux does.
 *
 * Context: any; the bucket of the entry is locked.
 * Return: whether it may.
 */
bool xtcp_timewait_yields(const struct xtcp_tw *tw, bool bound)
{
	if (bound)
		return tw->state == TCP_TIME_WAIT && tw->ts_ok;
	return !xtcp_timewait_reuse_ms(tw);
}

/**
 * xtcp_timewait_taken() - connect has taken an entry's place in the table
 * @tw: the entry; the table's reference is taken
 *
 * Context: process.
 */
void xtcp_timewait_taken(struct xtcp_tw *tw)
{
	remember(tw, XTCP_EARLY_REUSE);
	xtcp_mib_inc(tw->ent.net, XTCP_MIB_EARLY + XTCP_EARLY_REUSE);
	xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_REUSED);
	leave(tw);
	finish(tw);
}

/**
 * xtcp_timewait_left_ms() - how long an entry still waits
 * @tw: the entry
 *
 * Context: any.
 * Return: ms.
 */
u32 xtcp_timewait_left_ms(const struct xtcp_tw *tw)
{
	s32 left = READ_ONCE(tw->start) - now_ms() +
		   queue_ms(xtcp_net(tw->ent.net), kind_of(tw));

	return max(left, 0);
}

static void init_shard(struct xtcp_tw_shard *s, struct xtcp_net *xn)
{
	int kind;

	spin_lock_init(&s->lock);
	s->xn = xn;
	for (kind = 0; kind < Q_MAX; kind++) {
		s->q[kind].kind = kind;
		s->q[kind].shard = s;
		s->q[kind].tree = RB_ROOT_CACHED;
		INIT_LIST_HEAD(&s->q[kind].list);
		xtcp_hrtimer_setup(&s->q[kind].timer, expire);
	}
}

/**
 * xtcp_timewait_net_init() - the queues of a new namespace
 * @xn: its share
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int xtcp_timewait_net_init(struct xtcp_net *xn)
{
	int i;

	xn->tw_nr_shards = min_t(int, num_possible_cpus(), SHARDS_MAX);
	xn->tw_shards = kvcalloc(xn->tw_nr_shards, sizeof(*xn->tw_shards),
				 GFP_KERNEL);
	if (!xn->tw_shards)
		return -ENOMEM;
	for (i = 0; i < xn->tw_nr_shards; i++)
		init_shard(&xn->tw_shards[i], xn);
	return 0;
}

/* End all of a queue. */
static void empty(struct xtcp_twq *q)
{
	struct xtcp_tw *some[BATCH];
	int n, i;

	hrtimer_cancel(&q->timer);
	while ((n = take(q, some, true))) {
		for (i = 0; i < n; i++) {
			xtcp_timewait_kill(some[i], XTCP_EARLY_NONE,
					   XTCP_END_NETNS);
			xtcp_timewait_put(some[i]);
		}
		cond_resched();
	}
}

/**
 * xtcp_timewait_net_exit() - end all waits of a namespace
 * @xn: its share
 *
 * Context: process; no segment arrives any more.
 */
void xtcp_timewait_net_exit(struct xtcp_net *xn)
{
	int i, kind;

	for (i = 0; i < xn->tw_nr_shards; i++) {
		for (kind = 0; kind < Q_MAX; kind++)
			empty(&xn->tw_shards[i].q[kind]);
	}
	WARN_ON(atomic_read(&xn->tw_count));
	kvfree(xn->tw_shards);
}

/**
 * xtcp_timewait_init() - make the cache of entries
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int __init xtcp_timewait_init(void)
{
	tw_cache = KMEM_CACHE(xtcp_tw, 0);
	return tw_cache ? 0 : -ENOMEM;
}

/**
 * xtcp_timewait_exit() - free the cache of entries
 *
 * Context: module unload; RCU callbacks have run.
 */
void xtcp_timewait_exit(void)
{
	kmem_cache_destroy(tw_cache);
}
