// SPDX-License-Identifier: GPL-2.0
/*
 * An embryonic connection meets a segment, and becomes a connection or not:
 * RFC 9293 section 3.10.7.4 (SYN-RECEIVED), RFC 5961, RFC 7323.
 */
#include <linux/tcp.h>

#include "audit.h"
#include "demux.h"
#include "input.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"

/* The third segment is here: a connection is born. */
static enum xtcp_drop give_birth(struct xtcp_req *req, struct sk_buff *skb)
{
	struct sock *listener = req->listener;
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);
	struct sock *child;

	child = xtcp_child_create(req);
	if (!child) {
		xtcp_acceptq_release(l);
		return XTCP_DROP_MEMORY;
	}
	xtcp_reqsk_finish(req);
	xtcp_ledger_inc(listener, XTCP_LEDGER_BORN);
	xtcp_ends_opened(child);
	if (req->ent.v6)
		xtcp_demux_remember(child, skb);
	xtcp_input(child, skb);
	xtcp_acceptq_add(listener, child);
	xtcp_sock_unlock_clone(child);
	sock_put(child);
	listener->sk_data_ready(listener);
	return XTCP_DROP_NONE;
}

/* The accept queue has no place: F-22. */
static void overflow(struct xtcp_req *req, struct sk_buff *skb)
{
	struct net *net = req->ent.net;

	if (!xtcp_knob(net, abort_on_overflow)) {
		/* The SYN-ACK goes on being repeated; the peer tries again. */
		req->acked = 1;
		return;
	}
	xtcp_ledger_inc(req->listener, XTCP_LEDGER_ACCEPT_ABORTS);
	xtcp_ledger_inc(req->listener, XTCP_LEDGER_RSTS_SENT);
	xtcp_reply_reset(net, skb, &req->ent.t, req->ent.v6);
	xtcp_reqsk_end(req, XTCP_END_REQ_OVERFLOW);
}

/*
 * TCP_DEFER_ACCEPT: a bare ACK may wait for data, for some time; but not what a
 * cookie brought, as nothing would be left to wait with.
 */
static bool defer(struct xtcp_req *req, const struct xtcp_skb_cb *cb)
{
	if (req->cookie || cb->end_seq != cb->seq ||
	    req->retrans >= xtcp_reqsk_defer_retries(req))
		return false;
	req->acked = 1;
	xtcp_ledger_inc(req->listener, XTCP_LEDGER_DEFERRALS);
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
		xtcp_ledger_inc(req->listener, XTCP_LEDGER_SYN_REPEATS);
		if (!xtcp_ent_oow_limited(&req->ent)) {
			xtcp_ledger_inc(req->listener,
					XTCP_LEDGER_SYNACK_ANSWERS);
			xtcp_reqsk_synack(req, NULL, NULL);
		}
		return XTCP_DROP_OLD_DATA;
	}
	/* RFC 7323 section 3.2: agreed on, so its lack is a forgery's. */
	if (no_ts)
		return XTCP_DROP_PAWS;
	if (paws || !xtcp_seq_acceptable(cb->seq, cb->end_seq, rcv_nxt,
					 rcv_nxt + req->rcv_wnd)) {
		if (!(cb->flags & XTCP_RST))
			xtcp_reqsk_ack(req);
		return paws ? XTCP_DROP_PAWS : XTCP_DROP_SEQ_OUT;
	}
	if (cb->flags & XTCP_RST) {
		if (cb->seq != rcv_nxt) {
			xtcp_reqsk_ack(req);
			return XTCP_DROP_RST_BAD;
		}
		xtcp_ledger_inc(req->listener, XTCP_LEDGER_EMBRYO_RSTS);
		xtcp_mib_inc(req->ent.net, XTCP_MIB_ATTEMPT_FAILS);
		xtcp_reqsk_end(req, XTCP_END_REQ_RST);
		return XTCP_DROP_STATE;
	}
	if (cb->flags & XTCP_SYN) {
		xtcp_reqsk_ack(req);
		return XTCP_DROP_SYN_BAD;
	}
	if (!(cb->flags & XTCP_ACK))
		return XTCP_DROP_NO_ACK;
	if (cb->ack != req->iss + 1) {
		xtcp_ledger_inc(req->listener, XTCP_LEDGER_RSTS_SENT);
		xtcp_reply_reset(req->ent.net, skb, &req->ent.t, req->ent.v6);
		return xtcp_after(cb->ack, req->iss + 1) ?
		       XTCP_DROP_ACK_FUTURE : XTCP_DROP_ACK_OLD;
	}
	return XTCP_DROP_NONE;
}

/* The handshake is complete: a connection, if the listener has room for one. */
static enum xtcp_drop let_in(struct xtcp_req *req, struct sk_buff *skb)
{
	enum xtcp_drop why;

	why = xtcp_acceptq_reserve(xtcp_reqsk_queues(req->listener));
	if (why == XTCP_DROP_LISTEN_FULL)
		overflow(req, skb);
	if (!why)
		why = give_birth(req, skb);
	if (why)
		xtcp_ledger_third_dropped(req->listener, why);
	return why;
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
		why = xtcp_audit_embryo(req, XTCP_CB(skb), &opts) ?
		      XTCP_DROP_LATE : check(req, skb, &opts);
	if (!why && defer(req, XTCP_CB(skb))) {
		consume_skb(skb);
		return;
	}
	if (!why)
		why = let_in(req, skb);
	if (!why)
		return;
	xtcp_mib_drop(req->ent.net, why);
	kfree_skb(skb);
}
