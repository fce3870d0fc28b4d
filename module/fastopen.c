// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open on the side that listens: a SYN with a good cookie makes a
 * connection, whose data may be read, and answered, before the handshake ends:
 * RFC 7413 sections 4.1.2, 4.2 and 5.1.
 *
 *	SYN -> xtcp_fastopen_syn():	cookie asked for: in the SYN-ACK
 *					cookie good: child in SYN-RECEIVED, in
 *					the accept queue, with the SYN's text;
 *					its SYN-ACK waits in its rtxq as any
 *					segment does
 *	ACK -> xtcp_fastopen_settle():	the client is who it says
 *	RST -> xtcp_fastopen_settle():	it is not: counts as pending for a while
 *
 * Until then the child holds a reference to the listener, and counts among its
 * pending requests.
 */
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/tcp.h>

#include "fastopen.h"
#include "focache.h"
#include "input.h"
#include "output.h"

static void free_keys(struct rcu_head *rcu)
{
	kfree_sensitive(container_of(rcu, struct xtcp_fokeys, rcu));
}

/**
 * xtcp_fastopen_set_keys() - new keys for a namespace or a listener
 * @slot: where they are kept
 * @raw: XTCP_FOKEYS_LEN bytes for each
 * @num: how many, 1 or 2
 *
 * Cookies of keys that are gone are refused from then on.
 *
 * Context: process; may sleep.
 * Return: 0 or -ENOMEM.
 */
int xtcp_fastopen_set_keys(struct xtcp_fokeys __rcu **slot, const u8 *raw,
			   int num)
{
	struct xtcp_fokeys *keys = kmalloc(sizeof(*keys), GFP_KERNEL);

	if (!keys)
		return -ENOMEM;
	xtcp_fokeys_set(keys, raw, num);
	keys = unrcu_pointer(xchg(slot, RCU_INITIALIZER(keys)));
	if (keys)
		call_rcu(&keys->rcu, free_keys);
	return 0;
}

/**
 * xtcp_fastopen_get_keys() - the bytes of the keys in force
 * @slot: where they are kept
 * @raw: where to; room for XTCP_FOKEYS_MAX keys
 *
 * Context: any.
 * Return: how many bytes; 0 where there are none.
 */
int xtcp_fastopen_get_keys(struct xtcp_fokeys __rcu **slot, u8 *raw)
{
	const struct xtcp_fokeys *keys;
	int len = 0;

	rcu_read_lock();
	keys = rcu_dereference(*slot);
	if (keys)
		len = xtcp_fokeys_get(keys, raw);
	rcu_read_unlock();
	return len;
}

/**
 * xtcp_fastopen_free_keys() - the end of who kept them
 * @slot: where they are kept; nobody reads it any more
 *
 * Context: any.
 */
void xtcp_fastopen_free_keys(struct xtcp_fokeys __rcu **slot)
{
	kfree_sensitive(rcu_dereference_protected(*slot, 1));
	RCU_INIT_POINTER(*slot, NULL);
}

/**
 * xtcp_fastopen_net_init() - draw a namespace's first key
 * @xn: the namespace
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_fastopen_net_init(struct xtcp_net *xn)
{
	u8 raw[XTCP_FOKEYS_LEN];
	int err;

	get_random_bytes(raw, sizeof(raw));
	err = xtcp_fastopen_set_keys(&xn->fo_keys, raw, 1);
	memzero_explicit(raw, sizeof(raw));
	return err;
}

/**
 * xtcp_fastopen_net_exit() - the end of a namespace's keys and cookies
 * @xn: the namespace; no socket of it is left
 *
 * Context: process.
 */
void xtcp_fastopen_net_exit(struct xtcp_net *xn)
{
	xtcp_fastopen_free_keys(&xn->fo_keys);
	xtcp_focache_free(xn->fo_cache);
}

/**
 * xtcp_fastopen_listen() - a socket begins to listen
 * @sk: the socket
 * @backlog: of its accept queue
 *
 * The knob may open all listeners that say nothing themselves.
 *
 * Context: process; socket lock held.
 */
void xtcp_fastopen_listen(struct sock *sk, int backlog)
{
	const int all = XTCP_FO_SERVER_ALL | XTCP_FO_SERVER;
	struct xtcp_sock *xp = xtcp_sk(sk);

	if ((xtcp_knob(sock_net(sk), fastopen) & all) == all && !xp->fo_qlen)
		WRITE_ONCE(xp->fo_qlen, backlog);
}

/* Take off the debts that are old enough. */
static u32 settle_debts(struct xtcp_fodebt *d, u32 now_s)
{
	u32 paid = 0;

	for (; d->last_s != now_s && d->sum; d->last_s++) {
		u32 *at = &d->at[(d->last_s + 1) % XTCP_FODEBT_S];

		paid += *at;
		d->sum -= *at;
		*at = 0;
	}
	d->last_s = now_s;
	return paid;
}

static void add_debt(struct xtcp_listen *l)
{
	u32 now_s = (u32)ktime_get_seconds();

	l->fo_len -= settle_debts(&l->fo_debt, now_s);
	l->fo_debt.at[now_s % XTCP_FODEBT_S]++;
	l->fo_debt.sum++;
}

/* RFC 7413 section 5.1: a place among the requests that are pending. */
static bool reserve(struct sock *listener)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);
	u32 most = READ_ONCE(xtcp_sk(listener)->fo_qlen);
	bool ok;

	spin_lock_bh(&l->lock);
	if (l->fo_len >= most)
		l->fo_len -= settle_debts(&l->fo_debt,
					  (u32)ktime_get_seconds());
	ok = l->fo_len < most;
	if (ok)
		l->fo_len++;
	spin_unlock_bh(&l->lock);
	if (!ok)
		xtcp_mib_inc(sock_net(listener),
			     XTCP_MIB_FASTOPEN_LISTEN_OVERFLOW);
	return ok;
}

static void release(struct sock *listener)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);

	spin_lock_bh(&l->lock);
	l->fo_len--;
	spin_unlock_bh(&l->lock);
}

/**
 * xtcp_fastopen_settle() - a child is pending no more
 * @sk: the child
 * @reset: the client disowned it. Its address may have been forged by who wants
 *	the server to work in vain: it counts on for a minute.
 *
 * Context: socket lock held.
 */
void xtcp_fastopen_settle(struct sock *sk, bool reset)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sock *listener = xp->fo_listener;
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);

	WRITE_ONCE(xp->fo_listener, NULL);
	spin_lock_bh(&l->lock);
	if (reset)
		add_debt(l);
	else
		l->fo_len--;
	spin_unlock_bh(&l->lock);
	sock_put(listener);
}

/* There is no memory for its SYN-ACK: nobody has seen it, and nobody will. */
static void unborn(struct sock *child)
{
	sock_orphan(child);
	atomic_inc(&xtcp_net(sock_net(child))->orphans);
	xtcp_set_state(child, TCP_CLOSE);
	xtcp_sock_destroy(child);
}

/* The text of the SYN; what finds no room is not acknowledged either. */
static void take_text(struct sock *child, struct sk_buff *skb)
{
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	cb->seq++;
	cb->flags &= ~XTCP_SYN;
	xtcp_sk(child)->segs_in++;
	if (cb->seq != cb->end_seq)
		xtcp_sk(child)->data_segs_in++;
	if (!xtcp_rcvq_data(child, skb)) {
		consume_skb(skb);
		return;
	}
	xtcp_sk(child)->syn_data_acked = xtcp_sk(child)->rcv_nxt !=
					 xtcp_sk(child)->irs + 1;
}

/* From a child that waits for a third segment to one that need not. */
static bool raise(struct sock *child, struct sock *listener,
		  struct sk_buff *skb, const struct xtcp_focookie *give)
{
	struct xtcp_sock *xp = xtcp_sk(child);

	sock_hold(listener);
	xp->fo_listener = listener;
	/* The SYN-ACK will be queued as any segment is. */
	xp->snd_nxt = xp->iss;
	xp->write_seq = xp->iss;
	xp->snd_sml = xp->iss;
	xtcp_input_opened(child);
	/* RFC 7413 section 4.2.2: an initial window, beside the SYN-ACK. */
	xp->cong.cwnd++;
	take_text(child, skb);
	xp->fo_cookie = give->len ? give : NULL;
	if (!xtcp_output_open(child)) {
		xp->fo_cookie = NULL;
		return true;
	}
	unborn(child);
	return false;
}

/* A child in the place of @req, pending; false: an ordinary handshake will do. */
static bool give_birth(struct xtcp_req *req, struct sk_buff *skb,
		       const struct xtcp_focookie *give)
{
	struct sock *listener = req->listener;
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);
	struct net *net = req->ent.net;
	struct sock *child;

	if (xtcp_acceptq_reserve(l))
		return false;
	/* No SYN-ACK went that could have measured a round trip. */
	req->acked = 1;
	child = xtcp_child_create(req);
	if (!child) {
		req->acked = 0;
		xtcp_acceptq_release(l);
		return false;
	}
	xtcp_reqsk_finish(req);
	if (raise(child, listener, skb, give)) {
		xtcp_ledger_inc(listener, XTCP_LEDGER_BORN);
		xtcp_ends_opened(child);
		xtcp_mib_inc(net, XTCP_MIB_FASTOPEN_PASSIVE);
		xtcp_acceptq_add(listener, child);
	} else {
		xtcp_mib_drop(net, XTCP_DROP_MEMORY);
		xtcp_acceptq_release(l);
	}
	xtcp_sock_unlock_clone(child);
	sock_put(child);
	listener->sk_data_ready(listener);
	return true;
}

/* Is the SYN good for a connection? And which cookie goes with the SYN-ACK? */
static bool judge(const struct xtcp_req *req, const struct xtcp_opts *opts,
		  struct xtcp_focookie *give)
{
	const struct xtcp_sock *lp = xtcp_sk(req->listener);
	const struct xtcp_fokeys *keys;
	struct net *net = req->ent.net;
	int which = 0;

	if (lp->fo_no_cookie ||
	    xtcp_knob(net, fastopen) & XTCP_FO_SERVER_NO_COOKIE)
		return true;
	if (!opts->has_fo)
		return false;
	rcu_read_lock();
	keys = rcu_dereference(lp->fo_keys) ?:
	       rcu_dereference(xtcp_net(net)->fo_keys);
	if (opts->fo_len)
		which = xtcp_fokeys_match(keys, &req->ent.t, req->ent.v6, opts);
	if (which != 1)
		xtcp_fokeys_cookie(&keys->key[0], &req->ent.t, req->ent.v6,
				   give);
	rcu_read_unlock();
	if (which > 1)
		xtcp_mib_inc(net, XTCP_MIB_FASTOPEN_PASSIVE_ALT_KEY);
	if (opts->fo_len && !which)
		xtcp_mib_inc(net, XTCP_MIB_FASTOPEN_PASSIVE_FAIL);
	return which;
}

/**
 * xtcp_fastopen_syn() - a SYN that xtcp_fastopen_asked() says yes of
 * @req: what was made of it, in its queue; its SYN-ACK is still to be sent
 * @skb: the SYN; taken unless the answer is false
 * @opts: its options
 *
 * Where the listener has nothing to do with Fast Open, what is asked for is
 * ignored, and so it is while too many requests are pending.
 *
 * Context: softirq.
 * Return: true when the SYN was answered; false when it is to be answered as
 * any other.
 */
bool xtcp_fastopen_syn(struct xtcp_req *req, struct sk_buff *skb,
		       const struct xtcp_opts *opts)
{
	struct net *net = req->ent.net;
	struct xtcp_focookie give = {};

	if (opts->has_fo && !opts->fo_len)
		xtcp_mib_inc(net, XTCP_MIB_FASTOPEN_COOKIE_REQD);
	if (!(xtcp_knob(net, fastopen) & XTCP_FO_SERVER) ||
	    !READ_ONCE(xtcp_sk(req->listener)->fo_qlen) ||
	    !reserve(req->listener))
		return false;
	if (judge(req, opts, &give)) {
		if (give_birth(req, skb, &give))
			return true;
		xtcp_mib_inc(net, XTCP_MIB_FASTOPEN_PASSIVE_FAIL);
	}
	release(req->listener);
	if (!give.len)
		return false;
	xtcp_reqsk_synack(req, &give, NULL);
	consume_skb(skb);
	return true;
}
