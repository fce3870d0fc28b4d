// SPDX-License-Identifier: GPL-2.0
/*
 * How much of the send queue may go now: RFC 5681 section 3.1, RFC 3042, RFC
 * 9293 sections 3.7.4 (Nagle) and 3.8.6.2.1 (silly window avoidance).
 */
#include "metrics.h"
#include "offload.h"
#include "quota.h"
#include "segs.h"

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

/* Nothing waits behind the head, and Nagle has it wait when it is small. */
static bool held_back(struct sock *sk, const struct sk_buff *skb, int nonagle)
{
	return skb_queue_is_last(&sk->sk_write_queue, skb) &&
	       !nagle_lets_go(xtcp_sk(sk), skb, nonagle);
}

/*
 * The head is larger than one segment, there is room for one at least, and for
 * @segs by cwnd and @room bytes by the peer's window: where to cut it. Not inline,
 * as it would have xtcp_quota() save registers for what is small as well.
 */
static noinline u32 cut(struct sock *sk, const struct sk_buff *skb, u32 mss,
			u32 segs, u32 room, int nonagle)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 len = skb->len, small;

	/* The urgent pointer counts from the segment that has it. */
	if (xp->urg_mode)
		return mss;
	/* A FIN that the window has no room for stays, with what it is on. */
	if (XTCP_CB(skb)->flags & XTCP_FIN && room == len)
		room--;
	/* Half of cwnd at a time, so that ACKs keep coming. */
	segs = min3(segs, max(xp->cong.cwnd >> 1, 1U),
		    xtcp_offload_goal(sk, mss) / mss);
	len = xtcp_segs_cut(len, mss, segs, room);
	small = len % mss;
	if (small && held_back(sk, skb, nonagle))
		len -= small;
	return len;
}

/**
 * xtcp_quota() - how much of the head of the send queue may go now
 * @sk: the socket
 * @skb: the head
 * @mss: bytes of a full segment
 * @nonagle: XTCP_NAGLE_*
 *
 * Context: socket lock held.
 * Return: bytes of payload, all or whole segments; 0 for all of a segment that
 * has none; -EAGAIN when nothing may go.
 */
int xtcp_quota(struct sock *sk, const struct sk_buff *skb, u32 mss, int nonagle)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 taken = XTCP_CB(skb)->end_seq - XTCP_CB(skb)->seq;
	s32 room = xtcp_wnd_end(xp) - XTCP_CB(skb)->seq;
	u32 segs = cwnd_room(xp);

	if (!segs || room < (s32)min(taken, mss))
		return -EAGAIN;
	if (skb->len > mss)
		return cut(sk, skb, mss, segs, room, nonagle);
	if (room < (s32)taken ||
	    (skb->len < mss && held_back(sk, skb, nonagle)))
		return -EAGAIN;
	return skb->len;
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

	/* As a rule it was just now. */
	if (idle <= 1 || xp->packets_out || xp->ca_state != XTCP_CA_OPEN ||
	    !xtcp_knob(sock_net(sk), slow_start_after_idle) ||
	    idle <= xtcp_us_to_jiffies(xp->rtt.rto_us))
		return;
	xtcp_cong_idle_restart(&xp->cong, xtcp_metrics_init_cwnd(sk));
}
