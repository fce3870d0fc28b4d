// SPDX-License-Identifier: GPL-2.0
/*
 * A segment meets a waiting entry, and may make it wait anew, end it, or begin
 * a new connection in its place: RFC 9293 sections 3.6.1 and 3.10.7.4, RFC
 * 1337, RFC 6191, RFC 7323 section 5.
 */
#include <linux/tcp.h>

#include "input.h"
#include "output.h"
#include "sock.h"
#include "timewait.h"

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
		r.opts.tsval = xtcp_now_ts() +
			       xtcp_tables_ts_off(tw->ent.net, &tw->ent.t);
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
	xtcp_timewait_kill(tw, XTCP_EARLY_RST, XTCP_END_LATE_DATA);
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
		xtcp_timewait_kill(tw, XTCP_EARLY_RST, XTCP_END_RST_FIN_WAIT2);
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
	tw->span = xtcp_old_span_code(xtcp_old_span(tw->span) + 1);
	if (opts->has_ts)
		tw->ts_recent = opts->tsval;
	send_ack(tw, skb);
	xtcp_timewait_restart(tw);
	if (!xtcp_knob(tw->ent.net, timewait_ms))
		xtcp_timewait_kill(tw, XTCP_EARLY_KNOB, XTCP_END_FIN_OURS);
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
		xtcp_timewait_kill(tw, XTCP_EARLY_RST, XTCP_END_FIN_OURS);
		return XTCP_DROP_NONE;
	}
	/* "The only thing that can arrive ... is a retransmission of the FIN." */
	if (cb->flags & XTCP_FIN && cb->end_seq == tw->rcv_nxt && !paws) {
		xtcp_timewait_restart(tw);
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
		cb->sent_us = xtcp_timewait_next_isn(tw);
		xtcp_mib_inc(tw->ent.net, XTCP_MIB_TW_RECYCLED);
		xtcp_timewait_kill(tw, XTCP_EARLY_SYN, XTCP_END_FIN_OURS);
		return true;
	}
	why = time_wait(tw, skb, paws);
out:
	if (why)
		xtcp_mib_drop(tw->ent.net, why);
	kfree_skb(skb);
	return false;
}
