// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN queue and the accept queue of a listener, and the birth of the child
 * between them: RFC 9293 sections 3.5 and 3.10.7.2, RFC 4987, RFC 5961.
 *
 *	SYN -> xtcp_reqsk_syn():     embryonic connection, SYN-ACK, timer
 *	ACK -> xtcp_reqsk_segment(): place in the accept queue, child in its
 *	                             stead in the table, segment given to it
 *	accept -> xtcp_reqsk_dequeue()
 *
 * An embryonic connection is ended by whoever takes it out of the table of
 * connections; the others find it gone and do nothing.
 */
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/inet_hashtables.h>
#include <net/transp_v6.h>
#include <net/ip6_route.h>

#include "family.h"
#include "input.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"
#include "timers.h"

static struct kmem_cache *req_cache;

/* Lockdep adds its own to a timer. */
static_assert(IS_ENABLED(CONFIG_LOCKDEP) || sizeof(struct xtcp_req) <= 192);

static void req_free(struct rcu_head *rcu)
{
	struct xtcp_req *req = container_of(rcu, struct xtcp_req, rcu);

	kmem_cache_free(req_cache, req);
}

/**
 * xtcp_reqsk_put() - drop a reference
 * @req: the embryonic connection
 *
 * Context: any.
 */
void xtcp_reqsk_put(struct xtcp_req *req)
{
	if (!refcount_dec_and_test(&req->ref))
		return;
	sock_put(req->listener);
	call_rcu(&req->rcu, req_free);
}

static struct xtcp_listen *queues(const struct sock *listener)
{
	return READ_ONCE(xtcp_sk(listener)->listen);
}

/* Leave the SYN queue; @req is out of the table. Drops the table's reference. */
static void req_finish(struct xtcp_req *req)
{
	struct xtcp_listen *l = queues(req->listener);

	spin_lock_bh(&l->lock);
	if (!list_empty(&req->lnode)) {
		list_del_init(&req->lnode);
		l->syn_len--;
	}
	spin_unlock_bh(&l->lock);
	if (timer_delete(&req->timer))
		xtcp_reqsk_put(req);
	xtcp_reqsk_put(req);
}

static bool req_drop(struct xtcp_req *req)
{
	if (!xtcp_tables_remove(&req->ent))
		return false;
	req_finish(req);
	return true;
}

static void send_reply(struct xtcp_req *req, u8 flags, u32 seq)
{
	struct net *net = req->ent.net;
	struct xtcp_reply r = {
		.path = {
			.net = net,
			.t = req->ent.t,
			.oif = req->ent.dif,
			.mark = req->mark,
			.tos = req->tos,
			.uid = sock_net_uid(net, req->listener),
		},
		.seq = seq,
		.ack = req->irs + 1,
		.flags = flags,
		.v6 = req->ent.v6,
	};

	/* RFC 7323 section 2.2: the window in a SYN is not scaled. */
	r.wnd = flags & XTCP_SYN ? min_t(u32, req->rcv_wnd, U16_MAX) :
				   req->rcv_wnd >> req->rcv_wscale;
	if (flags & XTCP_SYN) {
		r.opts.mss = req->advmss;
		r.opts.has_wscale = req->wscale_ok;
		r.opts.wscale = req->rcv_wscale;
	}
	if (req->ts_ok) {
		r.opts.has_ts = 1;
		r.opts.tsval = xtcp_now_ts() + req->ts_off;
		r.opts.tsecr = req->ts_recent;
	}
	xtcp_reply_send(&r);
}

static void send_synack(struct xtcp_req *req)
{
	/* Karn: what went twice measures no round trip. */
	if (req->sent_us)
		req->resent = 1;
	req->sent_us = (u32)xtcp_now_us() ?: 1;
	send_reply(req, XTCP_SYN | XTCP_ACK, req->iss);
}

/* "If an incoming segment is not acceptable, an acknowledgment ..." */
static void send_ack_limited(struct xtcp_req *req)
{
	if (!xtcp_ent_oow_limited(&req->ent))
		send_reply(req, XTCP_ACK, req->iss + 1);
}

static void arm(struct xtcp_req *req)
{
	u32 us = XTCP_RTO_INITIAL_US << min_t(u32, req->retrans, 7);

	us = min_t(u32, us, 1000U * xtcp_knob(req->ent.net, rto_max_ms));
	if (!mod_timer(&req->timer, jiffies + usecs_to_jiffies(us)))
		refcount_inc(&req->ref);
}

/* TCP_DEFER_ACCEPT in backed-off timeouts: 1 + 2 + 4 ... seconds each. */
static int defer_retries(const struct xtcp_req *req)
{
	int secs = READ_ONCE(xtcp_sk(req->listener)->defer_accept);

	return secs > 0 ? fls(secs) : 0;
}

/* The SYN-ACK went often enough, and no patience is owed to a client. */
static bool given_up(const struct xtcp_req *req)
{
	int limit = READ_ONCE(xtcp_sk(req->listener)->syn_retries) ?:
		    xtcp_knob(req->ent.net, synack_retries);

	if (req->listener->sk_state != TCP_LISTEN)
		return true;
	return req->retrans >= limit &&
	       !(req->acked && req->retrans < defer_retries(req));
}

static void expired(struct timer_list *t)
{
	struct xtcp_req *req = NULL;

	req = timer_container_of(req, t, timer);
	if (given_up(req)) {
		if (req_drop(req)) {
			xtcp_mib_inc(req->ent.net, XTCP_MIB_REQ_TIMEOUTS);
			xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
		}
	} else if (xtcp_ent_hashed(&req->ent)) {
		req->retrans++;
		/* A client that has answered need not hear it over and over. */
		if (!req->acked || req->retrans >= defer_retries(req)) {
			xtcp_mib_inc(req->ent.net, XTCP_MIB_REQ_RETRANS);
			send_synack(req);
		}
		arm(req);
		/* It may have gone meanwhile, and found no timer to stop. */
		if (!xtcp_ent_hashed(&req->ent) && timer_delete(&req->timer))
			xtcp_reqsk_put(req);
	}
	xtcp_reqsk_put(req);
}

/* The receive window and its scale, as the listener's socket has them. */
static void init_window(struct xtcp_req *req, struct sock *listener)
{
	struct xtcp_window w;

	xtcp_output_first_window(listener, &w);
	req->rcv_wnd = w.wnd;
	req->rcv_wscale = req->wscale_ok ? w.wscale : 0;
}

static void read_syn(struct xtcp_req *req, const struct xtcp_opts *opts,
		     struct sk_buff *skb)
{
	struct xtcp_knobs *knobs = &xtcp_net(req->ent.net)->knobs;
	const struct xtcp_family *fam = xtcp_family(req->ent.v6);
	u16 user_mss = xtcp_sk(req->listener)->user_mss;

	req->irs = XTCP_CB(skb)->seq;
	req->mss = opts->mss ?: fam->mss_default;
	if (user_mss)
		req->mss = min(req->mss, user_mss);
	req->ts_ok = opts->has_ts && READ_ONCE(knobs->timestamps);
	req->ts_recent = opts->tsval;
	req->wscale_ok = opts->has_wscale && READ_ONCE(knobs->window_scaling);
	req->snd_wscale = req->wscale_ok ? opts->wscale : 0;
	req->snd_wnd = XTCP_CB(skb)->wnd;
}

static u32 first_seq(const struct xtcp_req *req, const struct sk_buff *skb)
{
	u32 debug = xtcp_knob(req->ent.net, debug_iss);

	/* A SYN that ended a TIME-WAIT brings a number beyond the old ones. */
	if (XTCP_CB(skb)->sent_us)
		return XTCP_CB(skb)->sent_us;
	return debug ?: xtcp_tables_isn(&req->ent.t);
}

/* MSS to announce on the way to the peer; routes are known per destination. */
static int find_advmss(struct xtcp_req *req)
{
	const struct xtcp_family *fam = xtcp_family(req->ent.v6);
	u16 user_mss = xtcp_sk(req->listener)->user_mss;
	struct xtcp_path path = {
		.net = req->ent.net,
		.t = req->ent.t,
		.oif = req->ent.dif,
		.mark = req->mark,
		.tos = req->tos,
		.uid = sock_net_uid(req->ent.net, req->listener),
	};
	struct dst_entry *dst = fam->route(&path);

	if (IS_ERR(dst))
		return PTR_ERR(dst);
	req->advmss = min_t(u32, dst_metric_advmss(dst), U16_MAX);
	if (user_mss)
		req->advmss = min(req->advmss, user_mss);
	dst_release(dst);
	return 0;
}

static struct xtcp_req *req_create(struct sock *listener, struct sk_buff *skb,
				   const struct xtcp_tuple *t, bool v6,
				   const struct xtcp_opts *opts)
{
	struct xtcp_req *req = kmem_cache_zalloc(req_cache, GFP_ATOMIC |
							    __GFP_NOWARN);

	if (!req)
		return NULL;
	req->ent.net = sock_net(listener);
	req->ent.t = *t;
	req->ent.kind = XTCP_ENT_REQ;
	req->ent.v6 = v6;
	req->ent.family6 = listener->sk_family == AF_INET6;
	req->ent.dif = listener->sk_bound_dev_if;
	if (ipv6_addr_type(&t->faddr) & IPV6_ADDR_LINKLOCAL && v6)
		req->ent.dif = inet6_iif(skb);
	req->mark = inet_request_mark(listener, skb);
	req->tos = v6 && listener->sk_family == AF_INET6 ?
		   inet6_sk(listener)->tclass : inet_sk(listener)->tos;
	INIT_LIST_HEAD(&req->lnode);
	timer_setup(&req->timer, expired, TIMER_PINNED);
	refcount_set(&req->ref, 2);	/* the table's, the caller's */
	sock_hold(listener);
	req->listener = listener;
	read_syn(req, opts, skb);
	init_window(req, listener);
	req->iss = first_seq(req, skb);
	req->ts_off = xtcp_tables_ts_off(req->ent.net, t);
	return req;
}

/* Enter the SYN queue and the table; false when the listener has closed. */
static bool req_admit(struct xtcp_req *req)
{
	struct xtcp_listen *l = queues(req->listener);
	bool ok;

	spin_lock_bh(&l->lock);
	ok = l->open && !xtcp_tables_insert(&req->ent);
	if (ok) {
		list_add_tail(&req->lnode, &l->syn);
		l->syn_len++;
		arm(req);
	}
	spin_unlock_bh(&l->lock);
	return ok;
}

/* Is there room in both queues for another connection? */
static enum xtcp_drop check_queues(struct sock *listener)
{
	struct xtcp_listen *l = queues(listener);
	struct net *net = sock_net(listener);

	if (READ_ONCE(l->accept_len) > READ_ONCE(l->backlog)) {
		xtcp_mib_inc(net, XTCP_MIB_LISTEN_OVERFLOWS);
		return XTCP_DROP_LISTEN_FULL;
	}
	if (READ_ONCE(l->syn_len) >= xtcp_knob(net, max_syn_backlog)) {
		xtcp_mib_inc(net, XTCP_MIB_SYN_QUEUE_FULL);
		return XTCP_DROP_SYNQ_FULL;
	}
	return XTCP_DROP_NONE;
}

/**
 * xtcp_reqsk_syn() - a SYN for a listener (RFC 9293 section 3.10.7.2)
 * @listener: not locked
 * @skb: the segment, taken
 * @t: our end first
 * @v6: it came over IPv6
 *
 * Context: softirq.
 */
void xtcp_reqsk_syn(struct sock *listener, struct sk_buff *skb,
		    const struct xtcp_tuple *t, bool v6)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct net *net = sock_net(listener);
	struct xtcp_opts opts;
	struct xtcp_req *req = NULL;
	enum xtcp_drop why;

	why = xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
				 true) ? XTCP_DROP_OPT_BAD : XTCP_DROP_NONE;
	if (!why)
		why = check_queues(listener);
	if (!why) {
		req = req_create(listener, skb, t, v6, &opts);
		if (!req || find_advmss(req) || !req_admit(req))
			why = XTCP_DROP_MEMORY;
	}
	if (!why) {
		send_synack(req);
		consume_skb(skb);
	} else {
		xtcp_mib_inc(net, XTCP_MIB_LISTEN_DROPS);
		xtcp_mib_drop(net, why);
		kfree_skb(skb);
		if (req)
			xtcp_reqsk_put(req);	/* for the table it is not in */
	}
	if (req)
		xtcp_reqsk_put(req);
}

/* Take a place in the accept queue: 0, or why there is none. */
static enum xtcp_drop reserve(struct xtcp_listen *l)
{
	enum xtcp_drop why = XTCP_DROP_NONE;

	spin_lock_bh(&l->lock);
	if (!l->open)
		why = XTCP_DROP_NO_SOCKET;
	else if (l->accept_len > l->backlog)
		why = XTCP_DROP_LISTEN_FULL;
	else
		WRITE_ONCE(l->accept_len, l->accept_len + 1);
	spin_unlock_bh(&l->lock);
	return why;
}

static void unreserve(struct xtcp_listen *l)
{
	spin_lock_bh(&l->lock);
	WRITE_ONCE(l->accept_len, l->accept_len - 1);
	spin_unlock_bh(&l->lock);
}

/* No one will accept it: the peer is told, and it is gone. */
static void child_abandon(struct sock *sk)
{
	sock_orphan(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->orphans);
	if (sk->sk_state == TCP_CLOSE) {
		xtcp_sock_destroy(sk);
		return;
	}
	xtcp_output_reset(sk, GFP_ATOMIC);
	xtcp_sock_done(sk);
}

static void enqueue(struct xtcp_listen *l, struct sock *child)
{
	bool open;

	spin_lock_bh(&l->lock);
	open = l->open;
	if (open)
		list_add_tail(&xtcp_sk(child)->accept_node, &l->accept);
	else
		WRITE_ONCE(l->accept_len, l->accept_len - 1);
	spin_unlock_bh(&l->lock);
	if (!open)
		child_abandon(child);
}

/* The third segment is here: a connection is born. */
static enum xtcp_drop give_birth(struct xtcp_req *req, struct sk_buff *skb)
{
	struct sock *listener = req->listener;
	struct xtcp_listen *l = queues(listener);
	struct net *net = req->ent.net;
	struct sock *child;

	child = xtcp_child_create(req);
	if (!child) {
		unreserve(l);
		return XTCP_DROP_MEMORY;
	}
	req_finish(req);
	xtcp_mib_inc(net, XTCP_MIB_PASSIVE_OPENS);
	xtcp_input(child, skb);
	enqueue(l, child);
	xtcp_sock_unlock_clone(child);
	sock_put(child);
	listener->sk_data_ready(listener);
	return XTCP_DROP_NONE;
}

/* The accept queue has no place: F-22. */
static void overflow(struct xtcp_req *req, struct sk_buff *skb)
{
	struct net *net = req->ent.net;

	xtcp_mib_inc(net, XTCP_MIB_LISTEN_OVERFLOWS);
	if (!xtcp_knob(net, abort_on_overflow)) {
		/* The SYN-ACK goes on being repeated; the peer tries again. */
		req->acked = 1;
		return;
	}
	xtcp_mib_inc(net, XTCP_MIB_ABORT_ON_OVERFLOW);
	xtcp_reply_reset(net, skb, &req->ent.t, req->ent.v6);
	req_drop(req);
}

/* TCP_DEFER_ACCEPT: a bare ACK may wait for data, for some time. */
static bool defer(struct xtcp_req *req, const struct xtcp_skb_cb *cb)
{
	if (cb->end_seq != cb->seq || req->retrans >= defer_retries(req))
		return false;
	req->acked = 1;
	xtcp_mib_inc(req->ent.net, XTCP_MIB_DEFER_ACCEPT_DROP);
	return true;
}

/* The checks of RFC 9293 section 3.10.7.4 for SYN-RECEIVED, up to the ACK. */
static enum xtcp_drop check(struct xtcp_req *req, struct sk_buff *skb,
			    const struct xtcp_opts *opts)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 rcv_nxt = req->irs + 1;
	bool no_ts = req->ts_ok && !opts->has_ts && !(cb->flags & XTCP_RST);
	bool paws = req->ts_ok && opts->has_ts && !(cb->flags & XTCP_RST) &&
		    xtcp_before(opts->tsval, req->ts_recent);

	if (cb->seq == req->irs && !paws &&
	    (cb->flags & (XTCP_SYN | XTCP_ACK | XTCP_RST)) == XTCP_SYN) {
		/* The SYN once more: so is the answer, within limits. */
		if (!xtcp_ent_oow_limited(&req->ent))
			send_synack(req);
		return XTCP_DROP_OLD_DATA;
	}
	/* RFC 7323 section 3.2: agreed on, so its lack is a forgery's. */
	if (no_ts)
		return XTCP_DROP_PAWS;
	if (paws || !xtcp_seq_acceptable(cb->seq, cb->end_seq, rcv_nxt,
					 rcv_nxt + req->rcv_wnd)) {
		if (!(cb->flags & XTCP_RST))
			send_ack_limited(req);
		return paws ? XTCP_DROP_PAWS : XTCP_DROP_SEQ_OUT;
	}
	if (cb->flags & XTCP_RST) {
		if (cb->seq != rcv_nxt) {
			send_ack_limited(req);
			return XTCP_DROP_RST_BAD;
		}
		xtcp_mib_inc(req->ent.net, XTCP_MIB_EMBRYONIC_RSTS);
		xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
		req_drop(req);
		return XTCP_DROP_STATE;
	}
	if (cb->flags & XTCP_SYN) {
		send_ack_limited(req);
		return XTCP_DROP_SYN_BAD;
	}
	if (!(cb->flags & XTCP_ACK))
		return XTCP_DROP_NO_ACK;
	if (cb->ack != req->iss + 1) {
		xtcp_reply_reset(req->ent.net, skb, &req->ent.t, req->ent.v6);
		return xtcp_after(cb->ack, req->iss + 1) ?
		       XTCP_DROP_ACK_FUTURE : XTCP_DROP_ACK_OLD;
	}
	return XTCP_DROP_NONE;
}

/**
 * xtcp_reqsk_segment() - a segment for an embryonic connection
 * @req: the caller has a reference
 * @skb: the segment, taken
 *
 * Context: softirq.
 */
void xtcp_reqsk_segment(struct xtcp_req *req, struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	enum xtcp_drop why = XTCP_DROP_OPT_BAD;
	struct xtcp_opts opts;

	if (!xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
				th->syn))
		why = check(req, skb, &opts);
	if (!why && defer(req, XTCP_CB(skb))) {
		consume_skb(skb);
		return;
	}
	if (!why)
		why = reserve(queues(req->listener));
	if (why == XTCP_DROP_LISTEN_FULL)
		overflow(req, skb);
	if (!why)
		why = give_birth(req, skb);
	if (!why)
		return;
	xtcp_mib_drop(req->ent.net, why);
	kfree_skb(skb);
}

/**
 * xtcp_reqsk_icmp() - a hard ICMP error about our SYN-ACK
 * @req: the caller has a reference
 * @seq: sequence number of the segment that the message shows
 *
 * Context: softirq.
 */
void xtcp_reqsk_icmp(struct xtcp_req *req, u32 seq)
{
	if (seq != req->iss) {
		xtcp_mib_inc(req->ent.net, XTCP_MIB_ICMP_OUT_OF_WINDOW);
		return;
	}
	xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
	req_drop(req);
}

/**
 * xtcp_reqsk_listen() - open the queues of a listener
 * @sk: the socket
 * @backlog: bound of the accept queue
 *
 * Context: process; socket lock held.
 * Return: 0 or -ENOMEM.
 */
int xtcp_reqsk_listen(struct sock *sk, int backlog)
{
	struct xtcp_listen *l = xtcp_sk(sk)->listen;

	if (!l) {
		l = kzalloc(sizeof(*l), GFP_KERNEL);
		if (!l)
			return -ENOMEM;
		spin_lock_init(&l->lock);
		INIT_LIST_HEAD(&l->syn);
		INIT_LIST_HEAD(&l->accept);
		WRITE_ONCE(xtcp_sk(sk)->listen, l);
	}
	spin_lock_bh(&l->lock);
	WRITE_ONCE(l->backlog, backlog);
	l->open = true;
	spin_unlock_bh(&l->lock);
	return 0;
}

static struct xtcp_req *first_req(struct xtcp_listen *l)
{
	struct xtcp_req *req;

	spin_lock_bh(&l->lock);
	req = list_first_entry_or_null(&l->syn, struct xtcp_req, lnode);
	if (req) {
		refcount_inc(&req->ref);
		list_del_init(&req->lnode);
		l->syn_len--;
	}
	spin_unlock_bh(&l->lock);
	return req;
}

static struct sock *first_child(struct xtcp_listen *l)
{
	struct xtcp_sock *xp;

	spin_lock_bh(&l->lock);
	xp = list_first_entry_or_null(&l->accept, struct xtcp_sock,
				      accept_node);
	if (xp) {
		list_del(&xp->accept_node);
		WRITE_ONCE(l->accept_len, l->accept_len - 1);
	}
	spin_unlock_bh(&l->lock);
	return (struct sock *)xp;
}

/**
 * xtcp_reqsk_close() - the listener closes: end all that waits in its queues
 * @sk: the socket; no longer in the table of listeners
 *
 * Context: process; socket lock held.
 */
void xtcp_reqsk_close(struct sock *sk)
{
	struct xtcp_listen *l = xtcp_sk(sk)->listen;
	struct xtcp_req *req;
	struct sock *child;

	if (!l)
		return;
	spin_lock_bh(&l->lock);
	l->open = false;
	spin_unlock_bh(&l->lock);
	while ((req = first_req(l))) {
		req_drop(req);
		xtcp_reqsk_put(req);
		cond_resched();
	}
	while ((child = first_child(l))) {
		sock_hold(child);
		local_bh_disable();
		bh_lock_sock_nested(child);
		child_abandon(child);
		bh_unlock_sock(child);
		local_bh_enable();
		sock_put(child);
		cond_resched();
	}
}

/**
 * xtcp_reqsk_free() - free the queues of a listener that is freed itself
 * @sk: the socket
 *
 * Context: any; nobody refers to the socket.
 */
void xtcp_reqsk_free(struct sock *sk)
{
	kfree(xtcp_sk(sk)->listen);
}

/**
 * xtcp_reqsk_dequeue() - take the first connection to accept
 * @sk: the listener
 *
 * Context: process; socket lock held.
 * Return: the child, with its owner's reference, not locked; or NULL.
 */
struct sock *xtcp_reqsk_dequeue(struct sock *sk)
{
	struct sock *child = first_child(xtcp_sk(sk)->listen);

	if (child)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ACCEPTED);
	return child;
}

/**
 * xtcp_reqsk_pending() - is there a connection to accept?
 * @sk: the listener; not locked
 *
 * Context: any.
 * Return: true when there is.
 */
bool xtcp_reqsk_pending(const struct sock *sk)
{
	struct xtcp_listen *l = queues(sk);

	return l && !list_empty_careful(&l->accept);
}

/**
 * xtcp_reqsk_init() - make the cache of embryonic connections
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int __init xtcp_reqsk_init(void)
{
	req_cache = KMEM_CACHE(xtcp_req, 0);
	return req_cache ? 0 : -ENOMEM;
}

/**
 * xtcp_reqsk_exit() - free the cache
 *
 * Context: module unload; RCU callbacks have run.
 */
void xtcp_reqsk_exit(void)
{
	kmem_cache_destroy(req_cache);
}
