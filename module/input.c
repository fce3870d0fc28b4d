// SPDX-License-Identifier: GPL-2.0
/*
 * A segment arrives at a connection: RFC 9293 section 3.10.7, with RFC 5961
 * against blind attacks and RFC 7323 timestamps. In order: SYN-SENT, then for
 * all other states the eight checks, a function each. Which sockets hear of
 * LISTEN, the embryonic SYN-RECEIVED, TIME-WAIT and CLOSED: see rcv.c.
 */
#include <linux/tcp.h>

#include "audit.h"
#include "calls.h"
#include "compat/defer.h"
#include "fastopen.h"
#include "input.h"
#include "metrics.h"
#include "output.h"
#include "timers.h"
#include "timewait.h"

/* RFC 7323 section 5.5: a timestamp this old says nothing any more. */
#define PAWS_24DAYS	(60 * 60 * 24 * 24)

/**
 * struct seg - a segment under examination
 * @skb: the segment, its header in front
 * @cb: its place in the sequence space
 * @opts: its options
 * @why: why it is dropped, if it is
 */
struct seg {
	struct sk_buff *skb;
	struct xtcp_skb_cb *cb;
	struct xtcp_opts opts;
	enum xtcp_drop why;
};

/* Refuse the segment; false, as every check that ends the walk returns. */
static bool refuse(struct seg *s, enum xtcp_drop why)
{
	s->why = why;
	return false;
}

static void reset_peer(struct sock *sk, struct seg *s)
{
	xtcp_reply_reset(sock_net(sk), s->skb, &xtcp_sk(sk)->ent.t,
			 xtcp_sk(sk)->ent.v6);
}

/*
 * ACKs that answer a segment out of place are spaced out, for each connection
 * by itself, so that two hosts that disagree do not answer each other for ever
 * and no third can learn from a shared budget (CVE-2016-5696).
 */
static bool oow_limited(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 gap = msecs_to_jiffies(xtcp_knob(sock_net(sk), invalid_ratelimit));

	if (xp->oow_stamp && (u32)jiffies - xp->oow_stamp < gap) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ACK_SKIPPED);
		return true;
	}
	xp->oow_stamp = (u32)jiffies ?: 1;
	return false;
}

/**
 * xtcp_input_challenge() - RFC 5961: let the peer prove that it means it
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_input_challenge(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 now = (u32)(jiffies / HZ);

	if (oow_limited(sk))
		return;
	if (xp->chal_stamp != now) {
		xp->chal_stamp = now;
		xp->chal_count = 0;
	}
	if (xp->chal_count >=
	    (u32)xtcp_knob(sock_net(sk), challenge_ack_limit)) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ACK_SKIPPED);
		return;
	}
	xp->chal_count++;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_CHALLENGE_ACKS);
	xtcp_output_ack(sk);
}

static bool read_options(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	const struct tcphdr *th = tcp_hdr(s->skb);

	if (xtcp_options_parse(&s->opts, (const u8 *)(th + 1),
			       tcp_optlen(s->skb), th->syn))
		return refuse(s, XTCP_DROP_OPT_BAD);
	xp->saw_ts = xp->ts_ok && s->opts.has_ts;
	xp->rcv_tsval = s->opts.tsval;
	xp->rcv_tsecr = s->opts.tsecr;
	return true;
}

/* RFC 7323 section 5: does the timestamp show an old duplicate? */
static bool paws_reject(const struct xtcp_sock *xp)
{
	if (!xp->saw_ts || !xtcp_before(xp->rcv_tsval, xp->ts_recent))
		return false;
	return (u32)ktime_get_seconds() - xp->ts_recent_s < PAWS_24DAYS;
}

/* RFC 7323 section 4.3: which timestamp to echo. */
static void store_ts_recent(struct xtcp_sock *xp, const struct seg *s)
{
	if (!xp->saw_ts || xtcp_after(s->cb->seq, xp->rcv_wup) ||
	    paws_reject(xp))
		return;
	xp->ts_recent = xp->rcv_tsval;
	xp->ts_recent_s = (u32)ktime_get_seconds();
}

static bool check_timestamp(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->ts_ok || s->cb->flags & XTCP_RST)
		return true;
	/* RFC 7323 section 3.2: agreed on, so its lack is a forgery's. */
	if (!xp->saw_ts)
		return refuse(s, XTCP_DROP_PAWS);
	if (!paws_reject(xp))
		return true;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_PAWS_REJECTED);
	if (s->skb->len > tcp_hdrlen(s->skb) || !oow_limited(sk))
		xtcp_output_ack(sk);
	return refuse(s, XTCP_DROP_PAWS);
}

/* "First, check sequence number." */
static bool check_seq(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 end = xp->rcv_nxt + xtcp_receive_window(xp);

	if (xtcp_seq_acceptable(s->cb->seq, s->cb->end_seq, xp->rcv_nxt, end))
		return true;
	/*
	 * "If the RCV.WND is zero, no segments will be acceptable, but special
	 * allowance should be made to accept valid ACKs, URGs, and RSTs."
	 */
	if (s->cb->seq == xp->rcv_nxt)
		return true;
	if (s->cb->flags & XTCP_RST)
		return refuse(s, XTCP_DROP_SEQ_OUT);
	/* "... send an acknowledgment ..." */
	if (s->skb->len > tcp_hdrlen(s->skb) || !oow_limited(sk))
		xtcp_output_ack(sk);
	return refuse(s, XTCP_DROP_SEQ_OUT);
}

static void connection_reset(struct sock *sk)
{
	int err = ECONNRESET;

	if (xtcp_fastopen_pending(sk))
		xtcp_fastopen_settle(sk, true);
	else if (sk->sk_state == TCP_SYN_RECV)
		err = ECONNREFUSED;
	else if (sk->sk_state == TCP_CLOSE_WAIT)
		err = EPIPE;
	xtcp_ends_reset(sk);
	xtcp_sock_fail(sk, err);
}

/* "Second, check the RST bit": RFC 5961 section 3.2. */
static bool check_rst(struct sock *sk, struct seg *s)
{
	if (!(s->cb->flags & XTCP_RST))
		return true;
	if (s->cb->seq == xtcp_sk(sk)->rcv_nxt) {
		connection_reset(sk);
		return refuse(s, XTCP_DROP_NONE);
	}
	xtcp_input_challenge(sk);
	return refuse(s, XTCP_DROP_RST_BAD);
}

/* "Fourth, check the SYN bit": RFC 5961 section 4.2. */
static bool check_syn(struct sock *sk, struct seg *s)
{
	if (!(s->cb->flags & XTCP_SYN))
		return true;
	xtcp_input_challenge(sk);
	return refuse(s, XTCP_DROP_SYN_BAD);
}

/**
 * xtcp_input_opened() - the handshake is complete: get ready for data
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_input_opened(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct dst_entry *dst = xp->fam->rebuild(sk);

	xtcp_output_sync_mss(sk, IS_ERR(dst) ? xp->pmtu : dst_mtu(dst));
	if (!IS_ERR(dst))
		xtcp_metrics_apply(sk, dst);
	/* RFC 5681 section 3.1: a lost SYN leaves one segment to start with. */
	xp->cong.cwnd = xp->total_retrans || xp->repeat_syn ? 1 :
			xtcp_metrics_init_cwnd(sk);
	if (!xp->rtt.srtt_us && (xp->total_retrans || xp->repeat_syn))
		xtcp_rtt_syn_lost(&xp->rtt);
	xp->total_retrans = 0;
	xp->backoff = 0;
	xp->rto_unproven = 0;
	xp->recover = xp->snd_una;
	xp->rcv_mss = clamp_t(u32, min_t(u32, xp->advmss, xp->mss_cache),
			      XTCP_MSS_MIN, XTCP_MSS_DEFAULT);
	xp->quickack = 2;
	xp->drs_seq = xp->copied_seq;
	xp->drs_us = (u32)xtcp_now_us();
	xtcp_sendq_tune(sk);
	xp->lsndtime = jiffies;
	xp->lrcvtime = jiffies;
	xp->rcv_tstamp = jiffies;
	xtcp_timers_established(sk);
}

/* "SYN-RECEIVED STATE: If SND.UNA < SEG.ACK =< SND.NXT". */
static bool ack_in_syn_received(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xtcp_after(s->cb->ack, xp->snd_una) ||
	    xtcp_after(s->cb->ack, xp->snd_nxt)) {
		reset_peer(sk, s);
		return refuse(s, xtcp_after(s->cb->ack, xp->snd_nxt) ?
				 XTCP_DROP_ACK_FUTURE : XTCP_DROP_ACK_OLD);
	}
	xtcp_set_state(sk, TCP_ESTABLISHED);
	/* The window of the SYN was not scaled; this one is. */
	xp->snd_wnd = (u32)s->cb->wnd << xp->snd_wscale;
	xp->max_window = max(xp->max_window, xp->snd_wnd);
	xp->snd_wl1 = s->cb->seq;
	xtcp_input_opened(sk);
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
	return true;
}

static bool fin_acked(const struct xtcp_sock *xp)
{
	return xp->snd_una == xp->write_seq;
}

static void fin_wait2(struct sock *sk)
{
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	xtcp_set_state(sk, TCP_FIN_WAIT2);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
}

/* What the ACK of our FIN moves. */
static void ack_of_fin(struct sock *sk)
{
	if (!fin_acked(xtcp_sk(sk)))
		return;
	switch (sk->sk_state) {
	case TCP_FIN_WAIT1:
		fin_wait2(sk);
		break;
	case TCP_CLOSING:
		xtcp_timewait_start(sk, TCP_TIME_WAIT);
		break;
	case TCP_LAST_ACK:
		xtcp_ends_because(sk, XTCP_END_FIN_THEIRS);
		xtcp_sock_done(sk);
		break;
	}
}

/* "Fifth, check the ACK field." */
static bool check_ack(struct sock *sk, struct seg *s)
{
	if (!(s->cb->flags & XTCP_ACK))
		return refuse(s, XTCP_DROP_NO_ACK);
	if (sk->sk_state == TCP_SYN_RECV && !ack_in_syn_received(sk, s))
		return false;
	if (!xtcp_ack(sk, s->skb, &s->why))
		return false;
	if (unlikely(xtcp_fastopen_pending(sk)) &&
	    xtcp_sk(sk)->snd_una != xtcp_sk(sk)->iss)
		xtcp_fastopen_settle(sk, false);
	store_ts_recent(xtcp_sk(sk), s);
	ack_of_fin(sk);
	return sk->sk_state != TCP_CLOSE || refuse(s, XTCP_DROP_NONE);
}

/* Data for a process that has closed can reach nobody: say so (RFC 9293 section 3.6.1). */
static bool check_readers(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 end = s->cb->end_seq - !!(s->cb->flags & XTCP_FIN);

	if (!(sk->sk_shutdown & RCV_SHUTDOWN))
		return true;
	if (s->cb->seq == end || !xtcp_after(end, xp->rcv_nxt))
		return true;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_DATA);
	xtcp_output_reset(sk, GFP_ATOMIC);
	xtcp_ends_because(sk, XTCP_END_LATE_DATA);
	xtcp_sock_fail(sk, ECONNRESET);
	return refuse(s, XTCP_DROP_STATE);
}

/* "Sixth, check the URG bit", "Seventh, process the segment text", FIN. */
static bool take_text(struct sock *sk, struct seg *s)
{
	switch (sk->sk_state) {
	case TCP_FIN_WAIT1:
	case TCP_FIN_WAIT2:
		if (!check_readers(sk, s))
			return false;
		fallthrough;
	case TCP_ESTABLISHED:
		if (s->cb->flags & XTCP_URG ||
		    xtcp_sk(sk)->urg_data == XTCP_URG_NOTYET)
			xtcp_rcvq_urg(sk, s->skb);
		if (xtcp_rcvq_data(sk, s->skb))
			s->skb = NULL;
		return true;
	default:
		/* "This should not occur since a FIN has been received." */
		if (s->cb->seq == s->cb->end_seq)
			return true;
		if (s->cb->flags & XTCP_FIN)
			xtcp_sk(sk)->ack_pending |= XTCP_ACK_NOW;
		return refuse(s, XTCP_DROP_STATE);
	}
}

/*
 * An older connection of this 4-tuple is not over for 2MSL yet: is it one of
 * its segments? Not in SYN-SENT: there the ACK field tells, and the answer ends
 * what the peer may have left of the old one.
 */
static bool check_age(struct sock *sk, struct seg *s)
{
	if (!xtcp_sk(sk)->old_fp || !xtcp_audit_sock(sk, s->cb, &s->opts))
		return true;
	return sk->sk_state == TCP_SYN_SENT || refuse(s, XTCP_DROP_LATE);
}

/*
 * Fast Open: the SYN once more, before the SYN-ACK was acknowledged: so is the
 * answer, within limits.
 */
static bool check_syn_again(struct sock *sk, struct seg *s)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	if (likely(!xp->fo_listener) || s->cb->seq != xp->irs ||
	    (s->cb->flags & (XTCP_SYN | XTCP_ACK | XTCP_RST)) != XTCP_SYN ||
	    paws_reject(xp))
		return true;
	if (!oow_limited(sk))
		xtcp_output_synack(sk);
	return refuse(s, XTCP_DROP_OLD_DATA);
}

static void synchronized(struct sock *sk, struct seg *s)
{
	int old = sk->sk_state;

	if (check_syn_again(sk, s) && check_timestamp(sk, s) &&
	    check_seq(sk, s) && check_rst(sk, s) && check_syn(sk, s) &&
	    check_ack(sk, s))
		take_text(sk, s);
	/* Once: what comes later does not prolong the wait. */
	if (sk->sk_state == TCP_FIN_WAIT2 && old != TCP_FIN_WAIT2 &&
	    sock_flag(sk, SOCK_DEAD))
		xtcp_calls_orphan_fin_wait2(sk);
}

/* What a SYN says of its sender. */
static void learn_from_syn(struct sock *sk, struct seg *s)
{
	struct xtcp_knobs *knobs = &xtcp_net(sock_net(sk))->knobs;
	struct xtcp_sock *xp = xtcp_sk(sk);
	u16 mss = s->opts.mss ?: xp->fam->mss_default;

	xp->ts_ok = s->opts.has_ts && READ_ONCE(knobs->timestamps);
	xp->saw_ts = xp->ts_ok;
	xp->wscale_ok = s->opts.has_wscale && READ_ONCE(knobs->window_scaling);
	xp->snd_wscale = xp->wscale_ok ? s->opts.wscale : 0;
	if (!xp->wscale_ok)
		xp->rcv_wscale = 0;
	xp->mss_clamp = xp->user_mss ? min(mss, xp->user_mss) : mss;
	xp->irs = s->cb->seq;
	xp->rcv_nxt = s->cb->seq + 1;
	xp->rcv_wup = xp->rcv_nxt;
	WRITE_ONCE(xp->copied_seq, xp->rcv_nxt);
	xp->snd_wl1 = s->cb->seq;
	xp->snd_wnd = s->cb->wnd;
	xp->max_window = s->cb->wnd;
	if (xp->ts_ok) {
		xp->ts_recent = s->opts.tsval;
		xp->ts_recent_s = (u32)ktime_get_seconds();
		xp->old_ts = s->opts.tsval;
	}
}

/* "SYN-SENT STATE: First, check the ACK bit." */
static bool syn_sent_ack(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!(s->cb->flags & XTCP_ACK))
		return true;
	if (xtcp_after(s->cb->ack, xp->iss) &&
	    !xtcp_after(s->cb->ack, xp->snd_nxt))
		return true;
	reset_peer(sk, s);
	return refuse(s, xtcp_after(s->cb->ack, xp->snd_nxt) ?
			 XTCP_DROP_ACK_FUTURE : XTCP_DROP_ACK_OLD);
}

/* "Second, check the RST bit": only one that acknowledges our SYN counts. */
static bool syn_sent_rst(struct sock *sk, struct seg *s)
{
	if (!(s->cb->flags & XTCP_RST))
		return true;
	if (!(s->cb->flags & XTCP_ACK))
		return refuse(s, XTCP_DROP_RST_BAD);
	xtcp_ends_reset(sk);
	xtcp_sock_fail(sk, ECONNREFUSED);
	return refuse(s, XTCP_DROP_NONE);
}

static void syn_sent(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool resent = xp->total_retrans;

	/* Nobody can know of a SYN that waits for data. */
	if (xtcp_compat_defer_connect(sk)) {
		reset_peer(sk, s);
		refuse(s, XTCP_DROP_STATE);
		return;
	}
	if (!syn_sent_ack(sk, s) || !syn_sent_rst(sk, s))
		return;
	if (!(s->cb->flags & XTCP_SYN)) {
		refuse(s, XTCP_DROP_STATE);
		return;
	}
	learn_from_syn(sk, s);
	if (!(s->cb->flags & XTCP_ACK)) {
		/* Simultaneous open, RFC 9293 section 3.5. */
		xtcp_set_state(sk, TCP_SYN_RECV);
		xtcp_output_synack(sk);
		return;
	}
	xtcp_set_state(sk, TCP_ESTABLISHED);
	/* Data that went with the SYN may have to go again, by the MSS agreed on. */
	if (xp->syn_data)
		xtcp_output_sync_mss(sk, xp->pmtu);
	if (!xtcp_ack(sk, s->skb, &s->why))
		return;
	xtcp_input_opened(sk);
	/*
	 * Text on a SYN-ACK is not taken: it comes again. The ACK goes at once,
	 * for the peer's accept waits for it.
	 */
	if (!xtcp_fastopen_synack(sk, &s->opts, resent))
		xtcp_output_ack(sk);
	if (!sock_flag(sk, SOCK_DEAD)) {
		sk->sk_state_change(sk);
		sk_wake_async(sk, SOCK_WAKE_IO, POLL_OUT);
	}
}

/*
 * The connection closed while the segment waited for its lock. As a rule a
 * waiting entry has the 4-tuple now, and the segment may be the FIN that it
 * waits for.
 */
static void closed(struct sock *sk, struct seg *s)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_ent *ent;

	rcu_read_lock();
	ent = xtcp_tables_lookup(sock_net(sk), &xp->ent.t, xp->ent.dif, 0);
	rcu_read_unlock();
	if (ent && ent->kind == XTCP_ENT_TW) {
		xtcp_timewait_segment(container_of(ent, struct xtcp_tw, ent),
				      s->skb, false);
		s->skb = NULL;
	} else {
		refuse(s, XTCP_DROP_STATE);
	}
	if (ent)
		xtcp_ent_put(ent);
}

/**
 * xtcp_input() - a segment for a connection
 * @sk: the socket
 * @skb: the segment, taken; its header is in front and its control block
 *	filled in
 *
 * Context: softirq, or process from release_sock(); socket lock held.
 */
void xtcp_input(struct sock *sk, struct sk_buff *skb)
{
	struct seg s = { .skb = skb, .cb = XTCP_CB(skb) };
	/* What was cut for the wire, or not yet, may have been joined again. */
	u32 segs = skb_shinfo(skb)->gso_segs ?: 1;

	xtcp_sk(sk)->segs_in += segs;
	if (skb->len > tcp_hdrlen(skb))
		xtcp_sk(sk)->data_segs_in += segs;
	if (sk->sk_state == TCP_CLOSE)
		closed(sk, &s);
	else if (!read_options(sk, &s) || !check_age(sk, &s))
		;
	else if (sk->sk_state == TCP_SYN_SENT)
		syn_sent(sk, &s);
	else
		synchronized(sk, &s);
	if (s.why)
		xtcp_mib_drop(sock_net(sk), s.why);
	kfree_skb(s.skb);
	if (sk->sk_state == TCP_CLOSE || sk->sk_state == TCP_SYN_SENT)
		return;
	xtcp_output_push(sk, xtcp_sk(sk)->nonagle);
	xtcp_rcvq_ack_check(sk);
}
