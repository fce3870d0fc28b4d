// SPDX-License-Identifier: GPL-2.0
/*
 * How much of the send queue may go now: RFC 5681 section 3.1, RFC 3042, RFC
 * 9293 sections 3.7.4 (Nagle) and 3.8.6.2.1 (silly window avoidance).
 */
#include "offload.h"
#include "quota.h"
#include "segs.h"

/* A large segment is worth waiting for up to this part of a window. */
#define WINDOW_DIVISOR	3

/**
 * struct verdict - what may go of the head of the send queue
 * @skb: the head
 * @mss: bytes of a full segment
 * @goal: bytes that may go as one
 * @segs: segments that cwnd has room for
 * @room: bytes that the peer's window has room for
 * @last: nothing waits behind @skb
 */
struct verdict {
	const struct sk_buff *skb;
	u32 mss;
	u32 goal;
	u32 segs;
	s32 room;
	bool last;
};

/*
 * Minshall's form of Nagle: a small segment waits only while another small one
 * is on its way.
 */
static bool nagle_lets_go(const struct xtcp_sock *xp, const struct sk_buff *skb,
			  int nonagle)
{
	if (nonagle & XTCP_NAGLE_PUSH)
		return true;
	if (XTCP_CB(skb)->flags & XTCP_FIN || xp->urg_mode)
		return true;
	if (nonagle & XTCP_NAGLE_CORK)
		return false;
	if (nonagle & XTCP_NAGLE_OFF || !xp->packets_out)
		return true;
	return !(xtcp_after(xp->snd_sml, xp->snd_una) &&
		 !xtcp_after(xp->snd_sml, xp->snd_nxt));
}

/* RFC 3042: the first two duplicate ACKs each let one new segment out. */
static u32 cwnd_room(const struct xtcp_sock *xp)
{
	u32 limited = xp->ca_state == XTCP_CA_OPEN ?
		      min_t(u32, xp->dupacks, XTCP_DUPACK_THRESH - 1) : 0;
	u32 flight = xtcp_in_flight(xp);

	return max(xp->cong.cwnd + limited, flight) - flight;
}

/* What the limits leave is so little that an ACK is worth waiting for. */
static bool too_little(const struct xtcp_sock *xp, const struct verdict *v)
{
	u64 wnd = min_t(u64, (u64)xp->cong.cwnd * v->mss, xp->snd_wnd);
	u64 can = min_t(u64, (u64)v->segs * v->mss, v->room);

	if (can >= v->goal || (can >= v->skb->len && !v->last))
		return false;
	return can < v->skb->len && can * WINDOW_DIVISOR < wnd;
}

/*
 * Is it better to wait for an ACK that is about to come, and send a larger
 * segment then? Only in the steady flow of a long transfer: what was sent last
 * is recent, and the oldest in flight was sent half a round trip ago.
 */
static bool worth_waiting(const struct xtcp_sock *xp, const struct verdict *v)
{
	const struct sk_buff *oldest = xtcp_rtx_head(xp);
	u32 age;

	if (!oldest || xp->ca_state != XTCP_CA_OPEN || xp->dupacks ||
	    XTCP_CB(v->skb)->flags & XTCP_FIN || xp->lsndtime != (u32)jiffies ||
	    !too_little(xp, v))
		return false;
	age = (u32)xtcp_now_us() - XTCP_CB(oldest)->sent_us;
	return age > xp->rtt.srtt_us >> 4;
}

/* The head is larger than one segment: where to cut it. */
static u32 cut(const struct xtcp_sock *xp, const struct verdict *v, int nonagle)
{
	/* Half a window at a time, so that ACKs keep coming. */
	u32 segs = min(v->segs, max(xp->cong.cwnd >> 1, 1U));
	u32 len = v->skb->len, room = v->room, small;

	/* The urgent pointer counts from the segment that has it. */
	if (xp->urg_mode)
		return v->mss;
	/* A FIN that the window has no room for stays, with what it is on. */
	if (XTCP_CB(v->skb)->flags & XTCP_FIN && room == len)
		room--;
	len = xtcp_segs_cut(len, v->mss, min(segs, v->goal / v->mss), room);
	small = len % v->mss;
	if (small && v->last && !nagle_lets_go(xp, v->skb, nonagle))
		len -= small;
	return len;
}

/**
 * xtcp_quota() - how much of the head of the send queue may go now
 * @sk: the socket
 * @skb: the head
 * @mss: bytes of a full segment
 * @nonagle: XTCP_NAGLE_*
 * @patient: an ACK may be waited for that would make it more
 *
 * Context: socket lock held.
 * Return: bytes of payload, all or whole segments; 0 for all of a segment that
 * has none; -EAGAIN when nothing may go.
 */
int xtcp_quota(struct sock *sk, const struct sk_buff *skb, u32 mss, int nonagle,
	       bool patient)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	struct verdict v = {
		.skb = skb,
		.mss = mss,
		.segs = cwnd_room(xp),
		.room = xtcp_wnd_end(xp) - cb->seq,
		.last = skb_queue_is_last(&sk->sk_write_queue, skb),
	};

	xp->cwnd_waits = 0;
	if (!v.segs || v.room < (s32)min(cb->end_seq - cb->seq, mss))
		return -EAGAIN;
	if (skb->len <= mss) {
		if (skb->len < mss && v.last && !nagle_lets_go(xp, skb, nonagle))
			return -EAGAIN;
		return v.room < (s32)(cb->end_seq - cb->seq) ? -EAGAIN :
							       skb->len;
	}
	v.goal = xtcp_offload_goal(sk, mss);
	if (patient && worth_waiting(xp, &v)) {
		xp->cwnd_waits = (u64)v.segs * mss < v.room;
		return -EAGAIN;
	}
	return cut(xp, &v, nonagle);
}

/**
 * xtcp_quota_restart() - after an idle RTO the old cwnd says nothing
 * @sk: the socket
 *
 * RFC 5681 section 4.1.
 *
 * Context: socket lock held.
 */
void xtcp_quota_restart(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 idle = (u32)jiffies - xp->lsndtime;

	if (xp->packets_out || xp->ca_state != XTCP_CA_OPEN ||
	    !xtcp_knob(sock_net(sk), slow_start_after_idle) ||
	    idle <= usecs_to_jiffies(xp->rtt.rto_us))
		return;
	xtcp_cong_idle_restart(&xp->cong, XTCP_INIT_CWND);
}
