// SPDX-License-Identifier: GPL-2.0
/*
 * Loss detection by duplicate ACKs and by timeout, and what is sent then:
 * RFC 5681 section 3.2, RFC 6582 (NewReno), RFC 6298 (5.4) to (5.6).
 *
 *	OPEN --three duplicate ACKs--> RECOVERY --all of recover acked--> OPEN
 *	 any ------ timeout ---------> LOSS ------all of recover acked--> OPEN
 *
 * In RECOVERY the window is inflated by what has left the network, and each
 * partial ACK has the next hole sent. In LOSS everything outstanding counts as
 * lost, and goes again as slow start lets it.
 */
#include "output.h"
#include "recovery.h"
#include "timers.h"

static void enter_recovery(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xtcp_mib_inc(sock_net(sk), XTCP_MIB_RENO_RECOVERY);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_FAST_RETRANS);
	xtcp_cong_reduce(&xp->cong, xtcp_in_flight(xp));
	xp->recover = xp->snd_nxt;
	xp->partial = 0;
	xp->ca_state = XTCP_CA_RECOVERY;
	xp->cong.cwnd = xp->cong.ssthresh + XTCP_DUPACK_THRESH;
	xtcp_output_retransmit(sk, xtcp_rtx_head(xp));
	xtcp_timers_retransmitted(sk);
}

/**
 * xtcp_recovery_dupack() - a duplicate ACK came (RFC 5681 section 2)
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_recovery_dupack(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xtcp_mib_inc(sock_net(sk), XTCP_MIB_DUP_ACKS_RCVD);
	xp->dupacks++;
	switch (xp->ca_state) {
	case XTCP_CA_OPEN:
		/*
		 * RFC 6582 section 3.2 step 2: duplicates of what an earlier
		 * recovery or timeout sent again tell nothing new.
		 */
		if (xp->dupacks == XTCP_DUPACK_THRESH &&
		    !xtcp_before(xp->snd_una, xp->recover))
			enter_recovery(sk);
		break;
	case XTCP_CA_RECOVERY:
		xp->cong.cwnd++;
		break;
	default:
		break;
	}
}

/* RFC 6582 section 3.2 step 3, partial acknowledgment. */
static void partial_ack(struct sock *sk, u32 acked)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *head = xtcp_rtx_head(xp);

	xtcp_mib_inc(sock_net(sk), XTCP_MIB_PARTIAL_ACKS);
	xp->partial = 1;
	if (head) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_FAST_RETRANS);
		xtcp_output_retransmit(sk, head);
	}
	xp->cong.cwnd -= min(acked, xp->cong.cwnd - 1);
	if (acked)
		xp->cong.cwnd++;
}

static void leave(struct xtcp_sock *xp)
{
	xp->ca_state = XTCP_CA_OPEN;
	xp->dupacks = 0;
}

/**
 * xtcp_recovery_new_ack() - new data was acknowledged
 * @sk: the socket
 * @acked: segments that left rtxq
 * @limited: the window, not the application, held the sender back
 *
 * Context: socket lock held.
 */
void xtcp_recovery_new_ack(struct sock *sk, u32 acked, bool limited)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool done = !xtcp_before(xp->snd_una, xp->recover);

	switch (xp->ca_state) {
	case XTCP_CA_RECOVERY:
		if (!done) {
			partial_ack(sk, acked);
			return;
		}
		/* Step 3, full acknowledgment, the variant without a burst. */
		xp->cong.cwnd = min(xp->cong.ssthresh,
				    max(xtcp_in_flight(xp), 1U) + 1);
		leave(xp);
		return;
	case XTCP_CA_LOSS:
		if (done)
			leave(xp);
		break;
	default:
		xp->dupacks = 0;
	}
	if (limited)
		xp->cong.ops->acked(&xp->cong, acked, xtcp_now_us());
}

/**
 * xtcp_recovery_retransmit_lost() - send what is deemed lost, as cwnd lets it
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_recovery_retransmit_lost(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;

	if (!xp->lost_out)
		return;
	skb_queue_walk(&xp->rtxq, skb) {
		if (!XTCP_CB(skb)->lost)
			continue;
		if (xtcp_in_flight(xp) >= xp->cong.cwnd ||
		    xtcp_output_retransmit(sk, skb))
			break;
		if (!xp->lost_out)
			break;
	}
}

static void mark_all_lost(struct xtcp_sock *xp)
{
	struct sk_buff *skb;

	skb_queue_walk(&xp->rtxq, skb)
		XTCP_CB(skb)->lost = 1;
	xp->lost_out = xp->packets_out;
}

/**
 * xtcp_recovery_timeout() - the retransmission timer expired
 * @sk: the socket; rtxq is not empty
 *
 * RFC 5681 section 3.1: cwnd falls to one segment; ssthresh is set by the
 * first of several timeouts only.
 *
 * Context: socket lock held.
 */
void xtcp_recovery_timeout(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->ca_state != XTCP_CA_LOSS) {
		xtcp_cong_reduce(&xp->cong, xtcp_in_flight(xp));
		xp->ca_state = XTCP_CA_LOSS;
	}
	xp->recover = xp->snd_nxt;
	xp->dupacks = 0;
	xp->cong.cwnd = 1;
	if (xp->cong.ops->timeout)
		xp->cong.ops->timeout(&xp->cong);
	mark_all_lost(xp);
	/* The path itself may be what loses them. */
	sk_rethink_txhash(sk);
	xtcp_recovery_retransmit_lost(sk);
}
