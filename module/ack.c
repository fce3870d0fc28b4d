// SPDX-License-Identifier: GPL-2.0
/*
 * The fifth check of a segment: its ACK field: RFC 9293 section 3.10.7.4,
 * RFC 5681 section 2, RFC 5961 section 5, RFC 7323 section 4.
 */
#include "input.h"
#include "offload.h"
#include "output.h"
#include "recovery.h"
#include "timers.h"

/* What left the retransmission queue. */
struct acked {
	u32 segs;
	u32 sent_us;
	bool retrans;
};

/*
 * Karn: only what was sent once tells its round trip; and what had to wait
 * behind something sent twice does not either.
 */
static void note_acked(struct acked *a, const struct xtcp_skb_cb *cb, u32 segs)
{
	a->retrans |= !!cb->retrans;
	a->sent_us = cb->sent_us;
	a->segs += segs;
}

/*
 * The ACK ends inside of a large segment, as it was when it left: so far it is
 * done with. Without memory to cut it the next ACK will do.
 */
static void clean_front(struct sock *sk, struct sk_buff *skb, struct acked *a)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 segs = cb->segs;

	if (segs == 1 || !xtcp_after(xp->snd_una, cb->seq) ||
	    xtcp_offload_trim(sk, skb, xp->snd_una - cb->seq))
		return;
	if (cb->segs < segs)
		note_acked(a, cb, segs - cb->segs);
}

/* Take acknowledged segments off the queue. */
static void clean_rtxq(struct sock *sk, struct acked *a)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;

	while ((skb = xtcp_rtx_head(xp))) {
		struct xtcp_skb_cb *cb = XTCP_CB(skb);

		if (xtcp_after(cb->end_seq, xp->snd_una)) {
			clean_front(sk, skb, a);
			break;
		}
		note_acked(a, cb, cb->segs);
		xp->packets_out -= cb->segs;
		if (cb->lost)
			xp->lost_out -= cb->segs;
		xp->retrans_out -= min_t(u32, cb->retrans * cb->segs,
					 xp->retrans_out);
		__skb_unlink(skb, &xp->rtxq);
		xtcp_sendq_free(sk, skb);
	}
}

/*
 * RFC 7323 section 4.1: an echoed timestamp measures even what was sent twice.
 * Its grain is a millisecond, so it serves only where the send time does not.
 */
static bool sample_rtt(struct sock *sk, const struct acked *a)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	s32 ms;

	if (!a->retrans) {
		xtcp_rtt_sample(&xp->rtt, (u32)xtcp_now_us() - a->sent_us);
	} else if (xp->saw_ts && xp->rcv_tsecr) {
		ms = xtcp_now_ts() + xp->ts_off - xp->rcv_tsecr;
		if (ms < 0 || ms > INT_MAX / USEC_PER_MSEC)
			return false;
		xtcp_rtt_sample(&xp->rtt, ms * USEC_PER_MSEC);
	} else {
		return false;
	}
	xp->cong.srtt_us = xp->rtt.srtt_us >> 3;
	return true;
}

/*
 * RFC 9293 section 3.10.7.4, fifth check: not from a segment that is older than
 * the one that last moved the window. With equal numbers the letter takes any
 * window; but then one that an ACK brought which was overtaken takes away what
 * a later one gave, so a smaller one counts only if it is closed, or by a knob.
 */
static bool may_move_window(const struct sock *sk,
			    const struct xtcp_skb_cb *cb, u32 wnd)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	if (xtcp_after(cb->ack, xp->snd_una) ||
	    xtcp_after(cb->seq, xp->snd_wl1))
		return true;
	if (cb->seq != xp->snd_wl1)
		return false;
	return wnd > xp->snd_wnd || !wnd ||
	       xtcp_knob(sock_net(sk), rfc9293_window);
}

/**
 * xtcp_ack_update_window() - take over the window of an acceptable segment
 * @sk: the socket
 * @skb: the segment
 *
 * Context: socket lock held.
 */
void xtcp_ack_update_window(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 wnd = cb->wnd;

	if (!(cb->flags & XTCP_SYN))
		wnd <<= xp->snd_wscale;
	if (!may_move_window(sk, cb, wnd))
		return;
	xp->snd_wl1 = cb->seq;
	if (xp->snd_wnd == wnd)
		return;
	xp->snd_wnd = wnd;
	if (wnd > xp->max_window) {
		xp->max_window = wnd;
		xtcp_output_sync_mss(sk, xp->pmtu);
	}
}

/* RFC 5681 section 2: the definition of a duplicate ACK. */
static bool is_dupack(const struct xtcp_sock *xp, const struct xtcp_skb_cb *cb,
		      u32 prior_wnd)
{
	return cb->ack == xp->snd_una && cb->seq == cb->end_seq &&
	       xp->packets_out && xp->snd_wnd == prior_wnd;
}

/*
 * RFC 7661 section 3: a cwnd that was not used must not grow. In slow
 * start half of it in flight is use enough, or bursts would never double.
 */
static bool cwnd_limited(const struct xtcp_sock *xp)
{
	u32 flight = xtcp_in_flight(xp);

	if (xtcp_cong_in_slow_start(&xp->cong))
		flight *= 2;
	return flight >= xp->cong.cwnd;
}

/* Data was acknowledged: everything that follows from it. */
static void new_ack(struct sock *sk, u32 ack, bool limited)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct acked a = {};

	xp->bytes_acked += ack - xp->snd_una;
	WRITE_ONCE(xp->snd_una, ack);
	if (xp->urg_mode && !xtcp_before(ack, xp->snd_up))
		xp->urg_mode = 0;
	clean_rtxq(sk, &a);
	xtcp_timers_new_ack(sk, a.segs && sample_rtt(sk, &a));
	xtcp_recovery_new_ack(sk, a.segs, limited);
	sk_dst_confirm(sk);
	if (limited)
		xtcp_sendq_tune(sk);
	/* Pairs with the barrier of xtcp_poll(). */
	smp_mb();
	if (sk->sk_socket && test_bit(SOCK_NOSPACE, &sk->sk_socket->flags))
		sk->sk_write_space(sk);
}

/**
 * xtcp_ack() - RFC 9293 section 3.10.7.4, fifth check, from ESTABLISHED on
 * @sk: the socket
 * @skb: an acceptable segment with the ACK bit
 * @why: the reason, when it is refused
 *
 * Context: socket lock held.
 * Return: false when the segment is to be dropped.
 */
bool xtcp_ack(struct sock *sk, struct sk_buff *skb, enum xtcp_drop *why)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 prior_wnd = xp->snd_wnd;
	bool limited;
	u32 oldest;

	/* RFC 5961 section 5: neither ahead of us nor older than a window. */
	if (xtcp_after(cb->ack, xp->snd_nxt)) {
		*why = XTCP_DROP_ACK_FUTURE;
		xtcp_input_challenge(sk);
		return false;
	}
	oldest = xp->snd_una - (u32)min_t(u64, xp->max_window, xp->bytes_acked);
	if (xtcp_before(cb->ack, oldest)) {
		*why = XTCP_DROP_ACK_OLD;
		xtcp_input_challenge(sk);
		return false;
	}
	if (xp->probes_out)
		xtcp_timers_probe_answered(sk);
	xp->probes_out = 0;
	xp->rcv_tstamp = jiffies;
	WRITE_ONCE(sk->sk_err_soft, 0);
	limited = cwnd_limited(xp);
	if (!xtcp_before(cb->ack, xp->snd_una))
		xtcp_ack_update_window(sk, skb);
	if (xtcp_after(cb->ack, xp->snd_una))
		new_ack(sk, cb->ack, limited);
	else if (is_dupack(xp, cb, prior_wnd))
		xtcp_recovery_dupack(sk);
	xtcp_timers_window_opened(sk);
	xtcp_recovery_retransmit_lost(sk);
	return true;
}
