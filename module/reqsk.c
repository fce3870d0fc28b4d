// SPDX-License-Identifier: GPL-2.0
/*
 * The SYN queue of a listener, and how an embryonic connection comes, waits and
 * goes: RFC 9293 section 3.5, RFC 4987.
 *
 *	SYN -> xtcp_reqsk_syn():     embryonic connection, SYN-ACK, timer (syn.c)
 *	ACK -> xtcp_reqsk_segment(): place in the accept queue, child in its
 *	                             stead in the table, segment given to it
 *	                             (embryo.c)
 *	ACK -> xtcp_reqsk_cookie():  the same, without an embryonic connection
 *	                             (syncookie.c)
 *	accept -> xtcp_acceptq_take()
 *
 * An embryonic connection is ended by whoever takes it out of the table of
 * connections; the others find it gone and do nothing.
 */
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/tcp.h>

#include "family.h"
#include "fastopen.h"
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

/**
 * xtcp_reqsk_reply() - send a segment without payload
 * @req: the embryonic connection; need not be in the table
 * @flags: XTCP_SYN, XTCP_ACK
 * @seq: sequence number
 * @ts: the timestamp clock, ms
 * @give: Fast Open cookie, or NULL
 * @dst: the route, whose reference is taken; NULL has one looked up
 *
 * Context: softirq.
 */
void xtcp_reqsk_reply(struct xtcp_req *req, u8 flags, u32 seq, u32 ts,
		      const struct xtcp_focookie *give, struct dst_entry *dst)
{
	const struct ip_options_rcu *opts = READ_ONCE(req->ip_opts);
	struct net *net = req->ent.net;
	struct xtcp_reply r = {
		.path = {
			.net = net,
			.t = req->ent.t,
			.oif = req->ent.dif,
			.hash = xtcp_output_path_hash(req->iss),
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

/**
 * xtcp_reqsk_synack() - send the SYN-ACK
 * @req: the embryonic connection
 * @give: a Fast Open cookie for the client, or NULL
 * @dst: the route, whose reference is taken; NULL has one looked up
 *
 * Context: softirq.
 */
void xtcp_reqsk_synack(struct xtcp_req *req, const struct xtcp_focookie *give,
		       struct dst_entry *dst)
{
	u64 now_us = xtcp_now_us();

	/* Karn: what went twice measures no round trip. */
	if (req->sent_us)
		req->resent = 1;
	req->sent_us = (u32)now_us ?: 1;
	xtcp_reqsk_reply(req, XTCP_SYN | XTCP_ACK, req->iss,
			 xtcp_us_to_ts(now_us), give, dst);
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
		xtcp_reqsk_reply(req, XTCP_ACK, req->iss + 1, xtcp_now_ts(),
				 NULL, NULL);
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
			xtcp_reqsk_synack(req, NULL, NULL);
		}
		arm(req);
		/* It may have gone meanwhile, and found no timer to stop. */
		if (!xtcp_ent_hashed(&req->ent) && timer_delete(&req->timer))
			xtcp_reqsk_put(req);
	}
	xtcp_reqsk_put(req);
}

/**
 * xtcp_reqsk_alloc() - an embryonic connection, not in queue or table yet
 * @listener: whose; it will have a reference
 *
 * Context: softirq.
 * Return: it, with a reference for the table and one for the caller; NULL
 * without memory.
 */
struct xtcp_req *xtcp_reqsk_alloc(struct sock *listener)
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

/**
 * xtcp_reqsk_admit() - enter the SYN queue and the table
 * @req: filled; its first reference becomes the table's
 *
 * Context: softirq.
 * Return: false when the listener has closed, or the 4-tuple is taken.
 */
bool xtcp_reqsk_admit(struct xtcp_req *req)
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
