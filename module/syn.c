// SPDX-License-Identifier: GPL-2.0
/*
 * A SYN for a listener becomes an embryonic connection, or a cookie, or is
 * dropped with a reason: RFC 9293 section 3.10.7.2, RFC 4987.
 */
#include <linux/tcp.h>
#include <net/inet_hashtables.h>
#include <net/ip6_route.h>
#include <net/transp_v6.h>

#include "audit.h"
#include "family.h"
#include "fastopen.h"
#include "ipopts.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"

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

/* Begin the sequence space, and the timestamps. */
static void init_seq(struct xtcp_req *req, const struct sk_buff *skb)
{
	u32 isn = xtcp_tables_isn(req->ent.net, &req->ent.t, &req->ts_off);

	/* Of a 4-tuple that is known it brings a number beyond the old ones. */
	req->iss = XTCP_CB(skb)->sent_us ?:
		   xtcp_knob(req->ent.net, debug_iss) ?: isn;
	req->old_fp = xtcp_audit_isn(req->ent.net, &req->ent.t, &req->iss);
}

/**
 * xtcp_reqsk_route() - find the way to the peer, and what to announce on it
 * @req: filled; MSS and window are set
 *
 * Context: softirq.
 * Return: the route, with a reference; NULL without one.
 */
struct dst_entry *xtcp_reqsk_route(struct xtcp_req *req)
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

/**
 * xtcp_reqsk_fill() - note all that is known from a SYN
 * @req: where
 * @listener: for whom it came
 * @skb: the SYN, or the ACK that brings a cookie back
 * @t: our end first
 * @v6: it came over IPv6
 * @opts: its options
 *
 * But for the numbers to answer with: sequence number and timestamp offset.
 *
 * Context: softirq.
 */
void xtcp_reqsk_fill(struct xtcp_req *req, struct sock *listener,
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

/* The SYN-ACK, or what Fast Open makes of the SYN; both are taken. */
static void answer(struct xtcp_req *req, struct sk_buff *skb,
		   const struct xtcp_opts *opts, struct dst_entry *dst)
{
	if (xtcp_fastopen_asked(skb, opts) &&
	    xtcp_fastopen_syn(req, skb, opts)) {
		dst_release(dst);
		return;
	}
	xtcp_reqsk_synack(req, NULL, dst);
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
	struct xtcp_req *req = xtcp_reqsk_alloc(listener);
	struct dst_entry *dst;
	bool ok;

	if (!req)
		return false;
	xtcp_reqsk_fill(req, listener, skb, t, v6, opts);
	init_seq(req, skb);
	req->ip_opts = v6 ? NULL : xtcp_ipopts_reply(skb);
	dst = xtcp_reqsk_route(req);
	ok = dst && xtcp_reqsk_admit(req);
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
	begin_beyond(listener, skb, t);
	why = check_queues(listener, skb);
	if (!why && xtcp_options_parse(&opts, (const u8 *)(th + 1),
				       tcp_optlen(skb), true))
		why = XTCP_DROP_OPT_BAD;
	if (!why && cookies_wanted(listener, skb)) {
		xtcp_reqsk_answer_by_cookie(listener, skb, t, v6, &opts);
		return;
	}
	if (!why && !begin(listener, skb, t, v6, &opts))
		why = XTCP_DROP_MEMORY;
	if (!why)
		return;
	xtcp_ledger_syn_dropped(listener, why);
	kfree_skb(skb);
}
