// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN queue and the accept queue of a listener, and the birth of the child
 * between them: RFC 9293 sections 3.5 and 3.10.7.2, RFC 4987, RFC 5961.
 *
 *	SYN -> xtcp_reqsk_syn():     embryonic connection, SYN-ACK, timer
 *	ACK -> xtcp_reqsk_segment(): place in the accept queue, child in its
 *	                             stead in the table, segment given to it
 *	ACK -> xtcp_reqsk_cookie():  the same, without an embryonic connection
 *	accept -> xtcp_acceptq_take()
 *
 * An embryonic connection is ended by whoever takes it out of the table of
 * connections; the others find it gone and do nothing.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <net/inet_hashtables.h>
#include <net/transp_v6.h>
#include <net/ip6_route.h>

#include "audit.h"
#include "cookies.h"
#include "family.h"
#include "fastopen.h"
#include "input.h"
#include "ipopts.h"
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

	kfree(req->ip_opts);
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

/**
 * xtcp_reqsk_finish() - leave the SYN queue and stop the timer
 * @req: the embryonic connection; out of the table, whose reference is dropped
 *
 * Context: any.
 */
void xtcp_reqsk_finish(struct xtcp_req *req)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(req->listener);

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

/**
 * xtcp_reqsk_drop() - end an embryonic connection
 * @req: the caller has a reference
 *
 * Context: any.
 * Return: false when another was quicker.
 */
bool xtcp_reqsk_drop(struct xtcp_req *req)
{
	if (!xtcp_tables_remove(&req->ent))
		return false;
	xtcp_reqsk_finish(req);
	return true;
}

/**
 * xtcp_reqsk_end() - end an embryonic connection, and record why
 * @req: the caller has a reference
 * @cause: enum xtcp_end, XTCP_END_REQ_*
 *
 * Context: any.
 * Return: false when another was quicker.
 */
bool xtcp_reqsk_end(struct xtcp_req *req, enum xtcp_end cause)
{
	if (!xtcp_reqsk_drop(req))
		return false;
	xtcp_ends_embryo(req, cause);
	return true;
}
EXPORT_SYMBOL_GPL(xtcp_reqsk_end);

/* By the route @dst, whose reference is taken, or by one to be found. */
static void send_reply(struct xtcp_req *req, u8 flags, u32 seq, u32 ts,
		       const struct xtcp_focookie *give, struct dst_entry *dst)
{
	const struct ip_options_rcu *opts = READ_ONCE(req->ip_opts);
	struct net *net = req->ent.net;
	struct xtcp_reply r = {
		.path = {
			.net = net,
			.t = req->ent.t,
			.oif = req->ent.dif,
			.mark = req->mark,
			.tos = req->tos,
			.uid = sock_net_uid(net, req->listener),
			.opts = opts ? &opts->opt : NULL,
		},
		.seq = seq,
		.ack = req->irs + 1,
		.flags = flags,
		.v6 = req->ent.v6,
		.dst = dst,
	};

	/* RFC 7323 section 2.2: the window in a SYN is not scaled. */
	r.wnd = flags & XTCP_SYN ? min_t(u32, req->rcv_wnd, U16_MAX) :
				   req->rcv_wnd >> req->rcv_wscale;
	if (flags & XTCP_SYN) {
		r.opts.mss = req->advmss;
		r.opts.has_wscale = req->wscale_ok;
		r.opts.wscale = req->rcv_wscale;
	}
	if (give) {
		r.opts.has_fo = 1;
		r.opts.fo_len = give->len;
		r.opts.fo_cookie = give->val;
	}
	if (req->ts_ok) {
		r.opts.has_ts = 1;
		r.opts.tsval = ts + req->ts_off;
		r.opts.tsecr = req->ts_recent;
	}
	xtcp_reply_send(&r);
}

static void synack(struct xtcp_req *req, const struct xtcp_focookie *give,
		   struct dst_entry *dst)
{
	u64 now_us = xtcp_now_us();

	/* Karn: what went twice measures no round trip. */
	if (req->sent_us)
		req->resent = 1;
	req->sent_us = (u32)now_us ?: 1;
	send_reply(req, XTCP_SYN | XTCP_ACK, req->iss, xtcp_us_to_ts(now_us),
		   give, dst);
}

/**
 * xtcp_reqsk_synack() - send the SYN-ACK once more
 * @req: the embryonic connection
 * @give: a Fast Open cookie for the client, or NULL
 *
 * Context: softirq.
 */
void xtcp_reqsk_synack(struct xtcp_req *req, const struct xtcp_focookie *give)
{
	synack(req, give, NULL);
}

/**
 * xtcp_reqsk_ack() - answer what is not acceptable, within limits
 * @req: the embryonic connection
 *
 * Context: softirq.
 */
void xtcp_reqsk_ack(struct xtcp_req *req)
{
	if (!xtcp_ent_oow_limited(&req->ent))
		send_reply(req, XTCP_ACK, req->iss + 1, xtcp_now_ts(), NULL, NULL);
}

static void arm(struct xtcp_req *req)
{
	u32 us = XTCP_RTO_INITIAL_US << min_t(u32, req->retrans, 7);

	us = min_t(u32, us, 1000U * xtcp_knob(req->ent.net, rto_max_ms));
	if (!mod_timer(&req->timer, jiffies + usecs_to_jiffies(us)))
		refcount_inc(&req->ref);
}

/**
 * xtcp_reqsk_defer_retries() - TCP_DEFER_ACCEPT, in backed-off timeouts
 * @req: the embryonic connection
 *
 * Context: any.
 * Return: how many: of 1, 2, 4 ... seconds.
 */
int xtcp_reqsk_defer_retries(const struct xtcp_req *req)
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
	       !(req->acked && req->retrans < xtcp_reqsk_defer_retries(req));
}

static enum xtcp_end end_of_patience(const struct xtcp_req *req)
{
	return req->listener->sk_state == TCP_LISTEN ? XTCP_END_REQ_TIME :
						       XTCP_END_REQ_LISTENER;
}

static void expired(struct timer_list *t)
{
	struct xtcp_req *req = NULL;

	req = timer_container_of(req, t, timer);
	if (given_up(req)) {
		if (xtcp_reqsk_end(req, end_of_patience(req))) {
			xtcp_ledger_inc(req->listener,
					XTCP_LEDGER_EMBRYO_TIMEOUTS);
			xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
		}
	} else if (xtcp_ent_hashed(&req->ent)) {
		req->retrans++;
		/* A client that has answered need not hear it over and over. */
		if (!req->acked || req->retrans >= xtcp_reqsk_defer_retries(req)) {
			xtcp_ledger_inc(req->listener,
					XTCP_LEDGER_SYNACK_RETRANS);
			xtcp_reqsk_synack(req, NULL);
		}
		arm(req);
		/* It may have gone meanwhile, and found no timer to stop. */
		if (!xtcp_ent_hashed(&req->ent) && timer_delete(&req->timer))
			xtcp_reqsk_put(req);
	}
	xtcp_reqsk_put(req);
}

/* The receive window and its scale, as the listener's socket has them. */
static void init_window(struct xtcp_req *req, const struct dst_entry *dst)
{
	struct xtcp_window w;

	xtcp_output_first_window(req->listener, dst, req->advmss, &w);
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

	/* Of a 4-tuple that is known it brings a number beyond the old ones. */
	if (XTCP_CB(skb)->sent_us)
		return XTCP_CB(skb)->sent_us;
	return debug ?: xtcp_tables_isn(&req->ent.t);
}

/*
 * The route to the peer, and the MSS and the window to announce on it; NULL
 * without one.
 */
static struct dst_entry *find_route(struct xtcp_req *req)
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
		.opts = req->ip_opts ? &req->ip_opts->opt : NULL,
	};
	struct dst_entry *dst = fam->route(&path);

	if (IS_ERR(dst))
		return NULL;
	req->advmss = min_t(u32, dst_metric_advmss(dst), U16_MAX);
	if (user_mss)
		req->advmss = min(req->advmss, user_mss);
	init_window(req, dst);
	return dst;
}

/* All that is known from a SYN, but for the sequence number to answer with. */
static void req_fill(struct xtcp_req *req, struct sock *listener,
		     struct sk_buff *skb, const struct xtcp_tuple *t, bool v6,
		     const struct xtcp_opts *opts)
{
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
	req->listener = listener;
	read_syn(req, opts, skb);
	req->ts_off = xtcp_tables_ts_off(req->ent.net, t);
}

static struct xtcp_req *req_alloc(struct sock *listener)
{
	struct xtcp_req *req = kmem_cache_zalloc(req_cache, GFP_ATOMIC |
							    __GFP_NOWARN);

	if (!req)
		return NULL;
	INIT_LIST_HEAD(&req->lnode);
	timer_setup(&req->timer, expired, TIMER_PINNED);
	refcount_set(&req->ref, 2);	/* the table's, the caller's */
	sock_hold(listener);
	req->listener = listener;
	return req;
}

/* Enter the SYN queue and the table; false when the listener has closed. */
static bool req_admit(struct xtcp_req *req)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(req->listener);
	bool ok;

	spin_lock_bh(&l->lock);
	ok = l->open && !xtcp_tables_insert(&req->ent);
	if (ok) {
		list_add_tail(&req->lnode, &l->syn);
		l->syn_len++;
		WRITE_ONCE(l->syn_peak, max(l->syn_peak, l->syn_len));
		xtcp_ledger_inc(req->listener, XTCP_LEDGER_SYN_QUEUED);
		arm(req);
	}
	spin_unlock_bh(&l->lock);
	return ok;
}

static bool syn_queue_full(const struct sock *listener)
{
	return READ_ONCE(xtcp_reqsk_queues(listener)->syn_len) >=
	       xtcp_knob(sock_net(listener), max_syn_backlog);
}

/*
 * Where the 4-tuple is known, the answer must have a number beyond the old
 * ones, which a cookie is not.
 */
static bool cookies_wanted(const struct sock *listener,
			   const struct sk_buff *skb)
{
	int knob = xtcp_knob(sock_net(listener), syncookies);

	if (!knob || XTCP_CB(skb)->sent_us)
		return false;
	return knob > 1 || syn_queue_full(listener);
}

/* Is there room in both queues for another connection? */
static enum xtcp_drop check_queues(struct sock *listener,
				   const struct sk_buff *skb)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);

	if (READ_ONCE(l->accept_len) > READ_ONCE(l->backlog))
		return XTCP_DROP_LISTEN_FULL;
	if (!syn_queue_full(listener))
		return XTCP_DROP_NONE;
	xtcp_ledger_inc(listener, XTCP_LEDGER_SYN_QUEUE_FULL);
	return cookies_wanted(listener, skb) ? XTCP_DROP_NONE :
					       XTCP_DROP_SYNQ_FULL;
}

static struct xtcp_cookie cookie_of(const struct xtcp_req *req)
{
	return (struct xtcp_cookie) {
		.t = &req->ent.t,
		.mix = net_hash_mix(req->ent.net),
		.irs = req->irs,
		.mss = req->mss,
		.now_s = (u32)ktime_get_seconds(),
	};
}

/* Answer a SYN and keep nothing of it. */
static void answer_by_cookie(struct sock *listener, struct sk_buff *skb,
			     const struct xtcp_tuple *t, bool v6,
			     const struct xtcp_opts *opts)
{
	struct xtcp_req req = {};
	struct dst_entry *dst;
	struct xtcp_cookie c;

	req_fill(&req, listener, skb, t, v6, opts);
	dst = find_route(&req);
	if (!dst) {
		xtcp_ledger_syn_dropped(listener, XTCP_DROP_MEMORY);
		kfree_skb(skb);
		return;
	}
	/* Without timestamps there is nowhere to put the window scale. */
	req.wscale_ok &= req.ts_ok;
	if (!req.wscale_ok)
		req.rcv_wscale = 0;
	c = cookie_of(&req);
	req.iss = xtcp_cookies_make(&c, v6);
	WRITE_ONCE(xtcp_reqsk_queues(listener)->cookie_s, c.now_s + 1);
	xtcp_ledger_inc(listener, XTCP_LEDGER_COOKIES_SENT);
	send_reply(&req, XTCP_SYN | XTCP_ACK, req.iss,
		   xtcp_cookies_ts_make(opts, xtcp_now_ts()), NULL, dst);
	consume_skb(skb);
}

/* The SYN-ACK, or what Fast Open makes of the SYN; both are taken. */
static void answer(struct xtcp_req *req, struct sk_buff *skb,
		   const struct xtcp_opts *opts, struct dst_entry *dst)
{
	if (xtcp_fastopen_asked(skb, opts) &&
	    xtcp_fastopen_syn(req, skb, opts)) {
		dst_release(dst);
		return;
	}
	synack(req, NULL, dst);
	consume_skb(skb);
}

/*
 * An embryonic connection, in queue and table, and its answer: the SYN is
 * taken. False: no memory, or closed.
 */
static bool begin(struct sock *listener, struct sk_buff *skb,
		  const struct xtcp_tuple *t, bool v6,
		  const struct xtcp_opts *opts)
{
	struct xtcp_req *req = req_alloc(listener);
	struct dst_entry *dst;
	bool ok;

	if (!req)
		return false;
	req_fill(req, listener, skb, t, v6, opts);
	req->iss = first_seq(req, skb);
	req->old_fp = xtcp_audit_isn(req->ent.net, t, &req->iss);
	req->ip_opts = v6 ? NULL : xtcp_ipopts_reply(skb);
	dst = find_route(req);
	ok = dst && req_admit(req);
	if (ok) {
		answer(req, skb, opts, dst);
	} else {
		dst_release(dst);
		xtcp_reqsk_put(req);	/* for the table it is not in */
	}
	xtcp_reqsk_put(req);
	return ok;
}

/*
 * The 4-tuple may have had connections before, and a waiting entry may just
 * have named the number to begin with.
 */
static void begin_beyond(struct sock *listener, struct sk_buff *skb,
			 const struct xtcp_tuple *t)
{
	u32 isn = XTCP_CB(skb)->sent_us;

	if (xtcp_audit_isn(sock_net(listener), t, &isn))
		XTCP_CB(skb)->sent_us = isn;
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
	struct xtcp_opts opts;
	enum xtcp_drop why;

	xtcp_ledger_inc(listener, XTCP_LEDGER_SYNS);
	why = xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
				 true) ? XTCP_DROP_OPT_BAD : XTCP_DROP_NONE;
	begin_beyond(listener, skb, t);
	if (!why)
		why = check_queues(listener, skb);
	if (!why && cookies_wanted(listener, skb)) {
		answer_by_cookie(listener, skb, t, v6, &opts);
		return;
	}
	if (!why && !begin(listener, skb, t, v6, &opts))
		why = XTCP_DROP_MEMORY;
	if (!why)
		return;
	xtcp_ledger_syn_dropped(listener, why);
	kfree_skb(skb);
}

/* A cookie was sent so lately that it may come back. */
static bool cookies_out(const struct sock *listener)
{
	u32 last = READ_ONCE(xtcp_reqsk_queues(listener)->cookie_s);

	return last && (u32)ktime_get_seconds() + 1 - last <=
		       2 * XTCP_COOKIE_PERIOD &&
	       xtcp_knob(sock_net(listener), syncookies);
}

/*
 * What the SYN said, from the ACK that brings its cookie back: 0, or what it is
 * in the ledger if it is no good.
 */
static int open_cookie(struct xtcp_req *req, const struct sk_buff *skb,
		       struct xtcp_opts *opts)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	struct xtcp_cookie c;

	req->irs = cb->seq - 1;
	req->iss = cb->ack - 1;
	c = cookie_of(req);
	if (!xtcp_cookies_open(&c, req->ent.v6, req->iss))
		return xtcp_cookies_stale(&c, req->iss) ?
		       XTCP_LEDGER_COOKIES_STALE : XTCP_LEDGER_COOKIES_FORGED;
	req->mss = min(req->mss, c.mss);
	opts->has_wscale = 0;
	if (req->ts_ok &&
	    !xtcp_cookies_ts_open(opts->tsecr - req->ts_off, xtcp_now_ts(), opts))
		return XTCP_LEDGER_COOKIES_BAD_TS;
	req->wscale_ok = opts->has_wscale &&
			 xtcp_knob(req->ent.net, window_scaling);
	req->snd_wscale = req->wscale_ok ? opts->wscale : 0;
	/* When the SYN-ACK went is not known: it measures no round trip. */
	req->resent = 1;
	req->cookie = 1;
	return 0;
}

/* Enter the table for a moment, to be replaced by the child. */
static bool admit_cookie(struct xtcp_req *req)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(req->listener);
	bool ok;

	spin_lock_bh(&l->lock);
	ok = l->open && !xtcp_tables_insert(&req->ent);
	spin_unlock_bh(&l->lock);
	return ok;
}

/* Make the embryonic connection anew; false: no memory, or just too late. */
static bool bring_back(struct sock *listener, struct sk_buff *skb,
		       const struct xtcp_tuple *t, bool v6,
		       struct xtcp_opts *opts)
{
	struct xtcp_req *req = req_alloc(listener);
	struct dst_entry *dst;
	bool ok;

	if (!req)
		return false;
	req_fill(req, listener, skb, t, v6, opts);
	req->ip_opts = v6 ? NULL : xtcp_ipopts_reply(skb);
	dst = open_cookie(req, skb, opts) ? NULL : find_route(req);
	ok = dst && admit_cookie(req);
	dst_release(dst);
	if (ok) {
		xtcp_reqsk_segment(req, skb);
		/* If it came to nothing, nothing is kept. */
		xtcp_reqsk_drop(req);
	} else {
		xtcp_reqsk_put(req);	/* for the table it is not in */
	}
	xtcp_reqsk_put(req);
	return ok;
}

/**
 * xtcp_reqsk_cookie() - an ACK for a listener: does it bring back a cookie?
 * @listener: not locked
 * @skb: the segment, with ACK, without SYN and RST; taken if it does
 * @t: our end first
 * @v6: it came over IPv6
 *
 * The embryonic connection is made anew, and meets its third segment at once.
 * If no connection comes of it, nothing is kept, and the next ACK may try
 * again.
 *
 * Context: softirq.
 * Return: whether it does.
 */
bool xtcp_reqsk_cookie(struct sock *listener, struct sk_buff *skb,
		       const struct xtcp_tuple *t, bool v6)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct xtcp_req probe = {};
	struct xtcp_opts opts;
	int refused;

	if (!cookies_out(listener) ||
	    xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
			       false)) {
		xtcp_ledger_inc(listener, XTCP_LEDGER_ACKS_STRAY);
		return false;
	}
	opts.mss = U16_MAX;
	/* A forgery shall not cost an allocation. */
	req_fill(&probe, listener, skb, t, v6, &opts);
	refused = open_cookie(&probe, skb, &opts);
	if (refused) {
		xtcp_ledger_cookie_refused(listener, refused);
		return false;
	}
	xtcp_ledger_inc(listener, XTCP_LEDGER_COOKIES_GOOD);
	if (!bring_back(listener, skb, t, v6, &opts)) {
		xtcp_ledger_third_dropped(listener, XTCP_DROP_MEMORY);
		xtcp_mib_drop(sock_net(listener), XTCP_DROP_MEMORY);
		kfree_skb(skb);
	}
	return true;
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
	if (!xtcp_reqsk_end(req, XTCP_END_REQ_ICMP))
		return;
	xtcp_ledger_inc(req->listener, XTCP_LEDGER_EMBRYO_ICMP);
	xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
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
		if (xtcp_ledger_alloc(l)) {
			kfree(l);
			return -ENOMEM;
		}
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

	if (!l)
		return;
	spin_lock_bh(&l->lock);
	l->open = false;
	spin_unlock_bh(&l->lock);
	while ((req = first_req(l))) {
		xtcp_reqsk_end(req, XTCP_END_REQ_LISTENER);
		xtcp_reqsk_put(req);
		cond_resched();
	}
	xtcp_acceptq_purge(sk);
}

/**
 * xtcp_reqsk_free() - free the queues of a listener that is freed itself
 * @sk: the socket
 *
 * Context: any; nobody refers to the socket.
 */
void xtcp_reqsk_free(struct sock *sk)
{
	struct xtcp_listen *l = xtcp_sk(sk)->listen;

	if (l)
		xtcp_ledger_free(l);
	kfree(l);
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
