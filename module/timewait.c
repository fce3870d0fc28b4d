// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT, and FIN-WAIT-2 that no process holds, as small objects without a
 * socket: RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337, RFC 6191, RFC 7323
 * section 5.
 *
 * All entries of a queue wait equally long, so a list in order of their start
 * is in order of their end too, and stays so when the knob turns: one timer
 * a queue serves any number of entries, and a new length acts at once on all.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/tcp.h>

#include "input.h"
#include "output.h"
#include "sock.h"
#include "timers.h"
#include "timewait.h"

#define EXPIRE_BATCH	512	/* entries in one go of the timer */
/* RFC 6191 and Linux: far enough ahead of the old connection's last byte. */
#define ISN_GAP		(65535 + 2)

enum queue { Q_TIME_WAIT, Q_FIN_WAIT2, Q_OWN };

static struct kmem_cache *tw_cache;

static_assert(sizeof(struct xtcp_tw) <= 128);

/* The clock of the waits: ms, wrapping; a wait is far shorter than 2^31. */
static u32 now_ms(void)
{
	return (u32)div_u64(ktime_get_ns(), NSEC_PER_MSEC);
}

static u32 queue_ms(const struct xtcp_twq *q)
{
	switch (q - q->xn->twq) {
	case Q_TIME_WAIT:
		return READ_ONCE(q->xn->knobs.timewait_ms);
	case Q_FIN_WAIT2:
		return READ_ONCE(q->xn->knobs.fin_timeout) * MSEC_PER_SEC;
	default:
		/* Entries with a length of their own: start is their end. */
		return 0;
	}
}

static struct xtcp_twq *queue_of(const struct xtcp_tw *tw)
{
	struct xtcp_net *xn = xtcp_net(tw->ent.net);

	if (tw->own)
		return &xn->twq[Q_OWN];
	return &xn->twq[tw->state == TCP_TIME_WAIT ? Q_TIME_WAIT :
						     Q_FIN_WAIT2];
}

/* Wake up when the head is due; @q locked. */
static void arm(struct xtcp_twq *q)
{
	struct xtcp_tw *head = list_first_entry_or_null(&q->list,
							struct xtcp_tw, lnode);
	s32 left;

	if (!head)
		return;
	left = head->start + queue_ms(q) - now_ms();
	mod_timer(&q->timer, jiffies + msecs_to_jiffies(max(left, 0)));
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

/* Enter the queue of its kind; the lock of the queues is held. */
static void enqueue(struct xtcp_tw *tw)
{
	struct xtcp_twq *q = queue_of(tw);
	struct xtcp_tw *pos;

	tw->start = now_ms() + (tw->own ? tw->own_ms : 0);
	/* Almost always this ends at once: the last is the latest. */
	list_for_each_entry_reverse(pos, &q->list, lnode) {
		if (!xtcp_before(tw->start, pos->start))
			break;
	}
	list_add(&tw->lnode, &pos->lnode);
	if (q->list.next == &tw->lnode)
		arm(q);
}

static void dequeue(struct xtcp_tw *tw)
{
	struct xtcp_twq *q = queue_of(tw);

	spin_lock_bh(&q->xn->tw_lock);
	list_del_init(&tw->lnode);
	spin_unlock_bh(&q->xn->tw_lock);
}

/*
 * Take @tw, already out of its queue, out of the world. Only who takes it out
 * of the table of connections ends it.
 */
static void finish(struct xtcp_tw *tw)
{
	atomic_dec(&xtcp_net(tw->ent.net)->tw_count);
	xtcp_bind_put_tw(tw);
	xtcp_timewait_put(tw);
}

/**
 * xtcp_timewait_kill() - end a wait early
 * @tw: the entry; the caller has a reference
 * @cause: why the connection ended, if that was still in FIN-WAIT-2
 *
 * Context: any.
 */
void xtcp_timewait_kill(struct xtcp_tw *tw, enum xtcp_end cause)
{
	if (!xtcp_tables_remove(&tw->ent))
		return;
	/* Whoever moves it to TIME-WAIT meanwhile is done with it after this. */
	dequeue(tw);
	if (tw->state == TCP_FIN_WAIT2)
		xtcp_ends_waited(tw, tw->own_ms, cause);
	finish(tw);
}
EXPORT_SYMBOL_GPL(xtcp_timewait_kill);

/* Take the head of @q, if it is due or @all, with a reference. */
static struct xtcp_tw *pop(struct xtcp_twq *q, bool all)
{
	struct xtcp_tw *tw;

	spin_lock_bh(&q->xn->tw_lock);
	tw = list_first_entry_or_null(&q->list, struct xtcp_tw, lnode);
	if (tw && (all || !xtcp_before(now_ms(), tw->start + queue_ms(q))))
		refcount_inc(&tw->ref);
	else
		tw = NULL;
	spin_unlock_bh(&q->xn->tw_lock);
	return tw;
}

static void expire(struct timer_list *t)
{
	struct xtcp_twq *q = NULL;
	struct xtcp_tw *tw;
	int n = 0;

	q = timer_container_of(q, t, timer);
	while (n++ < EXPIRE_BATCH && (tw = pop(q, false))) {
		xtcp_mib_inc(q->xn->net, XTCP_MIB_TW_EXPIRED);
		xtcp_timewait_kill(tw, XTCP_END_TIME_FIN_WAIT2);
		xtcp_timewait_put(tw);
	}
	spin_lock(&q->xn->tw_lock);
	arm(q);
	spin_unlock(&q->xn->tw_lock);
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
	int i;

	spin_lock_bh(&xn->tw_lock);
	for (i = 0; i < ARRAY_SIZE(xn->twq); i++)
		arm(&xn->twq[i]);
	spin_unlock_bh(&xn->tw_lock);
}

/* Is there room for one more? The oldest goes if need be. */
static bool make_room(struct xtcp_net *xn)
{
	int limit = READ_ONCE(xn->knobs.max_tw_buckets);
	struct xtcp_tw *oldest = NULL;
	int i;

	if (atomic_read(&xn->tw_count) < limit)
		return true;
	xtcp_mib_inc(xn->net, XTCP_MIB_TW_OVERFLOW);
	for (i = 0; limit && !oldest && i < ARRAY_SIZE(xn->twq); i++)
		oldest = pop(&xn->twq[i], true);
	if (!oldest)
		return false;
	xtcp_timewait_kill(oldest, XTCP_END_TW_BUCKETS);
	xtcp_timewait_put(oldest);
	return true;
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
	tw->rcv_wnd = min_t(u32, xtcp_receive_window(xp) >> xp->rcv_wscale,
			    U16_MAX);
	tw->rcv_wscale = xp->rcv_wscale;
	tw->ts_ok = xp->ts_ok;
	tw->ts_recent = xp->ts_recent;
	tw->ts_off = xp->ts_off;
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
	/* One for the table and the queue together. */
	refcount_set(&tw->ref, 1);
}

/* Is @sk to wait in @state at all? */
static bool waits(struct sock *sk, int state)
{
	struct xtcp_net *xn = xtcp_net(sock_net(sk));
	int own = xtcp_sk(sk)->timewait_ms;

	if (state != TCP_TIME_WAIT)
		return READ_ONCE(xn->knobs.fin_timeout);
	return own >= 0 ? own : READ_ONCE(xn->knobs.timewait_ms);
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
	struct xtcp_net *xn = xtcp_net(sock_net(sk));
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_tw *tw;

	if (state == TCP_TIME_WAIT)
		xtcp_ends_because(sk, sk->sk_state == TCP_CLOSING ?
				      XTCP_END_FIN_BOTH : XTCP_END_FIN_OURS);
	if (!waits(sk, state)) {
		xtcp_ends_because(sk, XTCP_END_TIME_FIN_WAIT2);
		goto done;
	}
	if (!make_room(xn)) {
		xtcp_ends_because(sk, XTCP_END_TW_BUCKETS);
		goto done;
	}
	tw = kmem_cache_zalloc(tw_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!tw) {
		/* Rather no wait than a connection that never ends. */
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_TW_FAILED);
		xtcp_ends_because(sk, XTCP_END_MEMORY);
		goto done;
	}
	fill(tw, sk, state);
	tw->bind = xtcp_bind_to_tw(sk);
	atomic_inc(&xn->tw_count);
	local_bh_disable();
	/* In the queue first: who finds it in the table may end it. */
	spin_lock(&xn->tw_lock);
	enqueue(tw);
	spin_unlock(&xn->tw_lock);
	if (xtcp_tables_replace(&xp->ent, &tw->ent)) {
		xp->gp_state = get_state_synchronize_rcu();
		__sock_put(sk);
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_TW_CREATED);
	} else {
		dequeue(tw);
		if (state == TCP_FIN_WAIT2)
			xtcp_ends_waited(tw, tw->own_ms, XTCP_END_OTHER);
		finish(tw);
	}
	local_bh_enable();
done:
	xtcp_sock_done(sk);
}

/*
 * Wait anew, from now on and for the full length (F-43). An entry that has
 * left the table is being ended, and who does so waits for the lock.
 */
static void restart(struct xtcp_tw *tw)
{
	struct xtcp_net *xn = xtcp_net(tw->ent.net);
	int was = TCP_TIME_WAIT;
	u32 ticket;

	spin_lock_bh(&xn->tw_lock);
	if (xtcp_ent_hashed(&tw->ent)) {
		list_del(&tw->lnode);
		was = tw->state;
		ticket = tw->own_ms;
		tw->state = TCP_TIME_WAIT;
		enqueue(tw);
	}
	spin_unlock_bh(&xn->tw_lock);
	/* The FIN that was waited for. */
	if (was == TCP_FIN_WAIT2)
		xtcp_ends_waited(tw, ticket, XTCP_END_FIN_OURS);
}

static void send_ack(const struct xtcp_tw *tw, const struct sk_buff *skb)
{
	struct xtcp_reply r = {
		.path = {
			.net = tw->ent.net,
			.t = tw->ent.t,
			.oif = tw->ent.dif,
			.tos = tw->tos,
			.mark = IP4_REPLY_MARK(tw->ent.net, skb->mark),
			.uid = make_kuid(tw->ent.net->user_ns, 0),
		},
		.seq = tw->snd_nxt,
		.ack = tw->rcv_nxt,
		.wnd = tw->rcv_wnd,
		.flags = XTCP_ACK,
		.v6 = tw->ent.v6,
	};

	if (tw->ts_ok) {
		r.opts.has_ts = 1;
		r.opts.tsval = xtcp_now_ts() + tw->ts_off;
		r.opts.tsecr = tw->ts_recent;
	}
	xtcp_reply_send(&r);
}

/* Answer a segment out of place, but not each of a flood. */
static void send_ack_limited(struct xtcp_tw *tw, const struct sk_buff *skb)
{
	if (!xtcp_ent_oow_limited(&tw->ent))
		send_ack(tw, skb);
}

static enum xtcp_drop refuse_with_reset(struct xtcp_tw *tw, struct sk_buff *skb)
{
	xtcp_reply_reset(tw->ent.net, skb, &tw->ent.t, tw->ent.v6);
	xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_KILLED);
	xtcp_timewait_kill(tw, XTCP_END_LATE_DATA);
	return XTCP_DROP_STATE;
}

/* Orphaned FIN-WAIT-2: what may still come is the FIN. */
static enum xtcp_drop fin_wait2(struct xtcp_tw *tw, struct sk_buff *skb,
				const struct xtcp_opts *opts, bool paws)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 wnd_end = tw->rcv_nxt + ((u32)tw->rcv_wnd << tw->rcv_wscale);

	/* A FIN in place needs no window. */
	if (paws || (cb->seq != tw->rcv_nxt &&
		     !xtcp_seq_acceptable(cb->seq, cb->end_seq, tw->rcv_nxt,
					  wnd_end))) {
		if (!(cb->flags & XTCP_RST))
			send_ack_limited(tw, skb);
		return paws ? XTCP_DROP_PAWS : XTCP_DROP_SEQ_OUT;
	}
	if (cb->flags & XTCP_RST) {
		if (cb->seq != tw->rcv_nxt) {
			send_ack_limited(tw, skb);
			return XTCP_DROP_RST_BAD;
		}
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_KILLED);
		xtcp_timewait_kill(tw, XTCP_END_RST_FIN_WAIT2);
		return XTCP_DROP_NONE;
	}
	if (cb->flags & XTCP_SYN) {
		send_ack_limited(tw, skb);
		return XTCP_DROP_SYN_BAD;
	}
	if (!(cb->flags & XTCP_ACK))
		return XTCP_DROP_NO_ACK;
	if (cb->end_seq == cb->seq)
		return XTCP_DROP_NONE;
	/* Data that no process will read. */
	if (cb->end_seq - !!(cb->flags & XTCP_FIN) != tw->rcv_nxt) {
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_ABORT_ON_DATA);
		return refuse_with_reset(tw, skb);
	}
	tw->rcv_nxt = cb->end_seq;
	if (opts->has_ts)
		tw->ts_recent = opts->tsval;
	send_ack(tw, skb);
	if (xtcp_knob(tw->ent.net, timewait_ms))
		restart(tw);
	else
		xtcp_timewait_kill(tw, XTCP_END_FIN_OURS);
	return XTCP_DROP_NONE;
}

/* RFC 6191 section 2: is a SYN proved to be of a new connection? */
static bool syn_is_new(const struct xtcp_tw *tw, const struct xtcp_skb_cb *cb,
		       const struct xtcp_opts *opts)
{
	if ((cb->flags & (XTCP_SYN | XTCP_RST | XTCP_ACK)) != XTCP_SYN)
		return false;
	if (tw->ts_ok && opts->has_ts &&
	    xtcp_after(opts->tsval, tw->ts_recent))
		return true;
	return xtcp_after(cb->seq, tw->rcv_nxt) &&
	       !(tw->ts_ok && opts->has_ts &&
		 xtcp_before(opts->tsval, tw->ts_recent));
}

static enum xtcp_drop time_wait(struct xtcp_tw *tw, struct sk_buff *skb,
				bool paws)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);

	if (cb->flags & XTCP_RST) {
		/* RFC 1337: an old duplicate must not assassinate the wait. */
		if (paws || cb->seq != tw->rcv_nxt ||
		    xtcp_knob(tw->ent.net, rfc1337))
			return XTCP_DROP_RST_BAD;
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_KILLED);
		xtcp_timewait_kill(tw, XTCP_END_FIN_OURS);
		return XTCP_DROP_NONE;
	}
	/* "The only thing that can arrive ... is a retransmission of the FIN." */
	if (cb->flags & XTCP_FIN && cb->end_seq == tw->rcv_nxt && !paws) {
		restart(tw);
		send_ack(tw, skb);
		return XTCP_DROP_NONE;
	}
	if (paws) {
		send_ack_limited(tw, skb);
		return XTCP_DROP_PAWS;
	}
	if (!(cb->flags & (XTCP_ACK | XTCP_SYN)))
		return XTCP_DROP_NO_ACK;
	/* A bare ACK in place tells nothing and needs no answer. */
	if (cb->seq == tw->rcv_nxt && cb->end_seq == cb->seq)
		return XTCP_DROP_NONE;
	send_ack_limited(tw, skb);
	return XTCP_DROP_SEQ_OUT;
}

/**
 * xtcp_timewait_segment() - a segment for a waiting entry
 * @tw: the entry; the caller has a reference
 * @skb: the segment; taken unless a new connection begins
 * @listening: somebody would take a new connection
 *
 * Context: softirq.
 * Return: true when the segment is a SYN that may begin a new connection: the
 * entry is gone, and the control block's sent_us has the sequence number to
 * begin with.
 */
bool xtcp_timewait_segment(struct xtcp_tw *tw, struct sk_buff *skb,
			   bool listening)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);
	enum xtcp_drop why = XTCP_DROP_OPT_BAD;
	struct xtcp_opts opts;
	bool paws;

	if (xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
			       th->syn))
		goto out;
	paws = tw->ts_ok && opts.has_ts &&
	       xtcp_before(opts.tsval, tw->ts_recent);
	if (tw->state == TCP_FIN_WAIT2) {
		why = fin_wait2(tw, skb, &opts, paws);
		goto out;
	}
	if (listening && syn_is_new(tw, cb, &opts)) {
		cb->sent_us = (tw->snd_nxt + ISN_GAP) ?: 1;
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_RECYCLED);
		xtcp_timewait_kill(tw, XTCP_END_FIN_OURS);
		return true;
	}
	why = time_wait(tw, skb, paws);
out:
	if (why)
		xtcp_mib_drop(tw->ent.net, why);
	kfree_skb(skb);
	return false;
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
	s32 left = READ_ONCE(tw->start) + queue_ms(queue_of(tw)) - now_ms();

	return max(left, 0);
}

/**
 * xtcp_timewait_net_init() - the queues of a new namespace
 * @xn: its share
 *
 * Context: process.
 */
void xtcp_timewait_net_init(struct xtcp_net *xn)
{
	int i;

	spin_lock_init(&xn->tw_lock);
	for (i = 0; i < ARRAY_SIZE(xn->twq); i++) {
		INIT_LIST_HEAD(&xn->twq[i].list);
		timer_setup(&xn->twq[i].timer, expire, 0);
		xn->twq[i].xn = xn;
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
	struct xtcp_tw *tw;
	int i;

	for (i = 0; i < ARRAY_SIZE(xn->twq); i++) {
		while ((tw = pop(&xn->twq[i], true))) {
			xtcp_timewait_kill(tw, XTCP_END_NETNS);
			xtcp_timewait_put(tw);
			cond_resched();
		}
		timer_delete_sync(&xn->twq[i].timer);
	}
	WARN_ON(atomic_read(&xn->tw_count));
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
