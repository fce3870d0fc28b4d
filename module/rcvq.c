// SPDX-License-Identifier: GPL-2.0
/*
 * The seventh and eighth check of a segment, its text and its FIN, and the
 * sixth, its urgent pointer: RFC 9293 sections 3.8.5, 3.8.6.3 and 3.10.7.4.
 */
#include <linux/tcp.h>
#include <net/xfrm.h>

#include "input.h"
#include "output.h"
#include "timers.h"
#include "timewait.h"

/* Payload of this size goes into one buffer when memory is wasted. */
#define COMPACT_SIZE	SKB_WITH_OVERHEAD(4096)
#define QUICKACKS	16	/* after the start, or after silence */

static void drop(struct sock *sk, struct sk_buff *skb, enum xtcp_drop why)
{
	xtcp_mib_drop(sock_net(sk), why);
	kfree_skb(skb);
}

/**
 * xtcp_rcvq_purge() - drop what was received out of order
 * @sk: the socket
 *
 * Context: socket lock held, or the last user.
 */
void xtcp_rcvq_purge(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct rb_node *p = rb_first(&xp->ofo);

	while (p) {
		struct sk_buff *skb = rb_to_skb(p);

		p = rb_next(p);
		rb_erase(&skb->rbnode, &xp->ofo);
		kfree_skb(skb);
	}
	xp->ofo_last = NULL;
}

/* Drop out-of-order segments, the farthest first, until there is room. */
static void prune_ofo(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;

	while (xp->ofo_last && atomic_read(&sk->sk_rmem_alloc) >
			       READ_ONCE(sk->sk_rcvbuf)) {
		struct rb_node *prev = rb_prev(&xp->ofo_last->rbnode);

		skb = xp->ofo_last;
		rb_erase(&skb->rbnode, &xp->ofo);
		xp->ofo_last = prev ? rb_to_skb(prev) : NULL;
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_OFO_PRUNED);
		kfree_skb(skb);
	}
}

static bool over_limit(const struct sock *sk)
{
	return atomic_read(&sk->sk_rmem_alloc) > READ_ONCE(sk->sk_rcvbuf);
}

/* Is there memory for @skb? */
static bool make_room(struct sock *sk, struct sk_buff *skb)
{
	if (unlikely(over_limit(sk))) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_RCV_PRUNED);
		prune_ofo(sk);
		if (over_limit(sk))
			return false;
	}
	return sk_rmem_schedule(sk, skb, skb->truesize);
}

/* An empty queue takes one in any case: the reader must get on. */
static bool make_room_in_order(struct sock *sk, struct sk_buff *skb)
{
	return make_room(sk, skb) ||
	       (!over_limit(sk) && skb_queue_empty(&sk->sk_receive_queue));
}

/* Append @from to @to if it follows it and their memory can be joined. */
static bool coalesce(struct sock *sk, struct sk_buff *to, struct sk_buff *from)
{
	struct xtcp_skb_cb *tcb = XTCP_CB(to);
	struct xtcp_skb_cb *fcb = XTCP_CB(from);
	bool stolen;
	int delta;

	if (fcb->seq != tcb->end_seq || tcb->flags & XTCP_FIN)
		return false;
	if (!skb_try_coalesce(to, from, &stolen, &delta))
		return false;
	atomic_add(delta, &sk->sk_rmem_alloc);
	sk_mem_charge(sk, delta);
	tcb->end_seq = fcb->end_seq;
	tcb->flags |= fcb->flags;
	kfree_skb_partial(from, stolen);
	return true;
}

/* Copy @skb's bytes into the tail's spare room. */
static bool append_copy(struct sk_buff *tail, struct sk_buff *skb)
{
	struct xtcp_skb_cb *tcb = XTCP_CB(tail);

	if (tcb->end_seq != XTCP_CB(skb)->seq || tcb->flags & XTCP_FIN)
		return false;
	/* A bare FIN has no bytes to copy. */
	if (skb->len && (skb_is_nonlinear(tail) || skb_cloned(tail) ||
			 skb_tailroom(tail) < (int)skb->len))
		return false;
	if (skb->len && skb_copy_bits(skb, 0, skb_put(tail, skb->len), skb->len))
		return false;
	tcb->end_seq = XTCP_CB(skb)->end_seq;
	tcb->flags |= XTCP_CB(skb)->flags;
	return true;
}

/*
 * Small segments in large buffers would fill the socket's memory long before
 * the window that was offered for it. When memory gets scarce their bytes are
 * gathered in buffers of one page.
 */
static struct sk_buff *compact(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *new;

	if (atomic_read(&sk->sk_rmem_alloc) < READ_ONCE(sk->sk_rcvbuf) / 4 ||
	    skb->truesize <= 2 * skb->len || skb->len > COMPACT_SIZE)
		return skb;
	new = alloc_skb(COMPACT_SIZE, GFP_ATOMIC | __GFP_NOWARN);
	if (!new)
		return skb;
	memcpy(new->cb, skb->cb, sizeof(struct xtcp_skb_cb));
	new->tstamp = skb->tstamp;
	skb_copy_bits(skb, 0, skb_put(new, skb->len), skb->len);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_RCV_COLLAPSED);
	consume_skb(skb);
	return new;
}

/* As sock_rfree(), but the socket keeps some of the memory for the next. */
static void free_charged(struct sk_buff *skb)
{
	struct sock *sk = skb->sk;

	atomic_sub(skb->truesize, &sk->sk_rmem_alloc);
	xtcp_mem_uncharge(sk, skb->truesize);
}

/* Put in-order payload, whose memory is found, at the end of the queue. */
static void queue_tail(struct sock *sk, struct sk_buff *skb)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);

	if (tail && coalesce(sk, tail, skb))
		return;
	skb_set_owner_r(skb, sk);
	skb->destructor = free_charged;
	__skb_queue_tail(&sk->sk_receive_queue, skb);
}

static void advance(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 end = XTCP_CB(skb)->end_seq;

	xp->bytes_received += end - xp->rcv_nxt;
	WRITE_ONCE(xp->rcv_nxt, end);
}

/* Move what is in order now from the out-of-order queue. */
static void drain_ofo(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct rb_node *p;

	while ((p = rb_first(&xp->ofo))) {
		struct sk_buff *skb = rb_to_skb(p);
		struct sk_buff *tail;
		bool fin;

		if (xtcp_after(XTCP_CB(skb)->seq, xp->rcv_nxt))
			break;
		rb_erase(&skb->rbnode, &xp->ofo);
		if (skb == xp->ofo_last)
			xp->ofo_last = NULL;
		if (!xtcp_after(XTCP_CB(skb)->end_seq, xp->rcv_nxt)) {
			kfree_skb(skb);
			continue;
		}
		fin = XTCP_CB(skb)->flags & XTCP_FIN;
		advance(sk, skb);
		tail = skb_peek_tail(&sk->sk_receive_queue);
		if (!tail || !coalesce(sk, tail, skb))
			__skb_queue_tail(&sk->sk_receive_queue, skb);
		if (fin) {
			xtcp_rcvq_fin(sk);
			return;
		}
	}
}

/* Several segments may have come as one. */
static void estimate_rcv_mss(struct xtcp_sock *xp, const struct sk_buff *skb)
{
	u32 len = skb_shinfo(skb)->gso_size ?: skb->len;

	if (len >= xp->rcv_mss)
		xp->rcv_mss = min_t(u32, len, xp->advmss);
}

static void data_event(struct sock *sk, const struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	estimate_rcv_mss(xp, skb);
	/* The end of a burst: the peer may wait for the ACK to go on. */
	if (skb->len < xp->rcv_mss || XTCP_CB(skb)->flags & XTCP_PSH)
		xp->ack_pending |= xp->ack_pending & XTCP_ACK_PUSHED ?
				   XTCP_ACK_PUSHED2 : XTCP_ACK_PUSHED;
	/* A sender that was silent begins in slow start: feed it ACKs. */
	if ((u32)jiffies - xp->lrcvtime > xtcp_us_to_jiffies(xp->rtt.rto_us))
		xp->quickack = QUICKACKS;
	xp->lrcvtime = jiffies;
	xp->ack_pending |= XTCP_ACK_DELAYED;
}

static void data_ready(struct sock *sk)
{
	if (sock_flag(sk, SOCK_DEAD))
		return;
	if (xtcp_recv_ready(sk, sk->sk_rcvlowat) || sock_flag(sk, SOCK_DONE))
		sk->sk_data_ready(sk);
}

static bool in_order(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *tail = skb_peek_tail(&sk->sk_receive_queue);
	bool fin = XTCP_CB(skb)->flags & XTCP_FIN;

	/* A bare FIN needs no room. */
	if (!xtcp_receive_window(xp) && skb->len) {
		xp->ack_pending |= XTCP_ACK_NOW;
		drop(sk, skb, XTCP_DROP_ZERO_WINDOW);
		return true;
	}
	data_event(sk, skb);
	if (tail && skb->truesize > 2 * skb->len && append_copy(tail, skb)) {
		advance(sk, skb);
		consume_skb(skb);
	} else {
		skb = compact(sk, skb);
		if (!make_room_in_order(sk, skb)) {
			xp->refused = 1;
			xp->ack_pending |= XTCP_ACK_NOW;
			drop(sk, skb, XTCP_DROP_RCVBUF);
			return true;
		}
		advance(sk, skb);
		queue_tail(sk, skb);
	}
	if (fin) {
		xtcp_rcvq_fin(sk);
	} else if (!RB_EMPTY_ROOT(&xp->ofo)) {
		/* RFC 5681 section 4.2: a filled hole is told at once. */
		xp->ack_pending |= XTCP_ACK_NOW;
		drain_ofo(sk);
	}
	data_ready(sk);
	return true;
}

/* Drop what @skb, now in the tree, covers to its right. */
static void ofo_merge_right(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct rb_node *p;

	while ((p = rb_next(&skb->rbnode))) {
		struct sk_buff *next = rb_to_skb(p);

		if (xtcp_before(XTCP_CB(skb)->end_seq, XTCP_CB(next)->end_seq))
			return;
		rb_erase(&next->rbnode, &xp->ofo);
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_OFO_MERGE);
		kfree_skb(next);
	}
	xp->ofo_last = skb;
}

/* Find @skb's place in the tree; true when there is nothing new in it. */
static bool ofo_insert(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct rb_node **p = &xp->ofo.rb_node, *parent = NULL;
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	while (*p) {
		struct sk_buff *at = rb_to_skb(*p);
		struct xtcp_skb_cb *acb = XTCP_CB(at);

		parent = *p;
		if (xtcp_before(cb->seq, acb->seq)) {
			p = &parent->rb_left;
			continue;
		}
		if (!xtcp_after(cb->end_seq, acb->end_seq))
			return true;
		if (cb->seq == acb->seq) {
			/* Same start and longer: takes its place. */
			rb_replace_node(&at->rbnode, &skb->rbnode, &xp->ofo);
			kfree_skb(at);
			goto placed;
		}
		p = &parent->rb_right;
	}
	rb_link_node(&skb->rbnode, parent, p);
	rb_insert_color(&skb->rbnode, &xp->ofo);
placed:
	skb_set_owner_r(skb, sk);
	ofo_merge_right(sk, skb);
	return false;
}

static bool out_of_order(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	/* RFC 5681 section 4.2: tell the sender of the hole at once. */
	xp->ack_pending |= XTCP_ACK_NOW;
	xp->lrcvtime = jiffies;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_OFO_QUEUE);
	if (!make_room(sk, skb)) {
		drop(sk, skb, XTCP_DROP_RCVBUF);
		return true;
	}
	if (xp->ofo_last && coalesce(sk, xp->ofo_last, skb))
		return true;
	if (ofo_insert(sk, skb))
		drop(sk, skb, XTCP_DROP_OLD_DATA);
	return true;
}

/**
 * xtcp_rcvq_data() - queue the text of a segment, and act on its FIN
 * @sk: the socket; the state takes data
 * @skb: the segment, its header still in front
 *
 * Context: socket lock held.
 * Return: true when the segment was taken; false when there is nothing in it.
 */
bool xtcp_rcvq_data(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	if (cb->seq == cb->end_seq)
		return false;
	skb_dst_drop(skb);
	/* What is queued must not hold on to states of IPsec. */
	secpath_reset(skb);
	__skb_pull(skb, tcp_hdrlen(skb));
	if (!xtcp_after(cb->end_seq, xp->rcv_nxt)) {
		xp->ack_pending |= XTCP_ACK_NOW;
		drop(sk, skb, XTCP_DROP_OLD_DATA);
		return true;
	}
	if (!xtcp_after(cb->seq, xp->rcv_nxt))
		return in_order(sk, skb);
	if (!xtcp_before(cb->seq, xp->rcv_nxt + xtcp_receive_window(xp))) {
		xp->ack_pending |= XTCP_ACK_NOW;
		drop(sk, skb, XTCP_DROP_SEQ_OUT);
		return true;
	}
	return out_of_order(sk, skb);
}

/**
 * xtcp_rcvq_fin() - the peer's FIN is in order: eighth check
 * @sk: the socket; may be closed afterwards
 *
 * The ACK of the first FIN may wait for the user's own: most close at once.
 *
 * Context: socket lock held.
 */
void xtcp_rcvq_fin(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->ack_pending |= XTCP_ACK_DELAYED;
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | RCV_SHUTDOWN);
	sock_set_flag(sk, SOCK_DONE);
	xtcp_rcvq_purge(sk);
	switch (sk->sk_state) {
	case TCP_SYN_RECV:
	case TCP_ESTABLISHED:
		xtcp_set_state(sk, TCP_CLOSE_WAIT);
		xp->pingpong = 1;
		break;
	case TCP_FIN_WAIT1:
		xp->ack_pending |= XTCP_ACK_NOW;
		xtcp_set_state(sk, TCP_CLOSING);
		break;
	case TCP_FIN_WAIT2:
		xtcp_output_ack(sk);
		xtcp_timewait_start(sk, TCP_TIME_WAIT);
		return;
	default:
		return;
	}
	if (sock_flag(sk, SOCK_DEAD))
		return;
	sk->sk_state_change(sk);
	sk_wake_async(sk, SOCK_WAKE_WAITD, sk->sk_shutdown == SHUTDOWN_MASK ?
					   POLL_HUP : POLL_IN);
}

/* An announcement of urgent data: is it news? */
static void note_urgent(struct sock *sk, u32 ptr)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;

	if (xtcp_after(xp->copied_seq, ptr) || xtcp_before(ptr, xp->rcv_nxt) ||
	    (xp->urg_data && !xtcp_after(ptr, xp->urg_seq)))
		return;
	sk_send_sigurg(sk);
	/*
	 * An urgent byte that was not read yet, and that the reader stands on,
	 * is out of band no more when a newer one comes: skip it.
	 */
	if (xp->urg_seq == xp->copied_seq && xp->urg_data &&
	    !sock_flag(sk, SOCK_URGINLINE) && xp->copied_seq != xp->rcv_nxt) {
		skb = skb_peek(&sk->sk_receive_queue);
		WRITE_ONCE(xp->copied_seq, xp->copied_seq + 1);
		if (skb && !xtcp_before(xp->copied_seq, XTCP_CB(skb)->end_seq)) {
			__skb_unlink(skb, &sk->sk_receive_queue);
			__kfree_skb(skb);
		}
	}
	WRITE_ONCE(xp->urg_data, XTCP_URG_NOTYET);
	WRITE_ONCE(xp->urg_seq, ptr);
}

/**
 * xtcp_rcvq_urg() - sixth check: the urgent pointer
 * @sk: the socket
 * @skb: the segment, its header still in front; has a pointer, or may have the
 *	byte that an earlier one meant
 *
 * RFC 9293 section 3.8.5: the pointer is one past the urgent byte. With the
 * knob stdurg it is read as RFC 1122 had it, as the byte itself.
 *
 * Context: socket lock held.
 */
void xtcp_rcvq_urg(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u32 ptr = cb->urg_ptr, offset, len;
	u8 byte;

	if (cb->flags & XTCP_URG) {
		if (ptr && !xtcp_knob(sock_net(sk), stdurg))
			ptr--;
		note_urgent(sk, cb->seq + ptr);
	}
	if (xp->urg_data != XTCP_URG_NOTYET)
		return;
	offset = xp->urg_seq - cb->seq;
	len = skb->len - tcp_hdrlen(skb);
	if (offset >= len ||
	    skb_copy_bits(skb, tcp_hdrlen(skb) + offset, &byte, 1))
		return;
	WRITE_ONCE(xp->urg_data, XTCP_URG_VALID | byte);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_data_ready(sk);
}

/**
 * xtcp_rcvq_ack_check() - is an ACK due? RFC 9293 section 3.8.6.3
 * @sk: the socket
 *
 * At once: when asked for, when the peer starts, when there is a hole, and for
 * every second full segment. Otherwise it may wait for company.
 *
 * Context: socket lock held.
 */
void xtcp_rcvq_ack_check(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->ack_pending)
		return;
	if (xp->ack_pending & XTCP_ACK_NOW ||
	    xp->rcv_nxt - xp->rcv_wup > xp->rcv_mss ||
	    (xp->quickack && !xp->pingpong) || !RB_EMPTY_ROOT(&xp->ofo))
		xtcp_output_ack(sk);
	else
		xtcp_timers_ack_delayed(sk);
}

/*
 * Size the receive buffer so that the window holds twice what the user reads
 * in a round trip (dynamic right-sizing): what it could not take at most, the
 * network does not bring either.
 */
static void tune_rcvbuf(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 now = (u32)xtcp_now_us(), copied;
	u64 want;

	if (!xp->rtt.srtt_us || now - xp->drs_us < xp->rtt.srtt_us >> 3)
		return;
	copied = xp->copied_seq - xp->drs_seq;
	if (copied > xp->drs_space) {
		xp->drs_space = copied;
		/* Half of the buffer is window; and room to double. */
		want = 4ULL * copied + 32ULL * xp->advmss;
		want = min_t(u64, want, xtcp_knob(sock_net(sk), rmem[2]));
		if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK) &&
		    want > READ_ONCE(sk->sk_rcvbuf))
			WRITE_ONCE(sk->sk_rcvbuf, (int)want);
	}
	xp->drs_seq = xp->copied_seq;
	xp->drs_us = now;
}

/* Does an owed ACK have nothing to wait for any more? */
static bool ack_is_due(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->ack_pending)
		return false;
	if (xp->rcv_nxt - xp->rcv_wup > xp->rcv_mss ||
	    xp->ack_pending & XTCP_ACK_PUSHED2)
		return true;
	return xp->ack_pending & XTCP_ACK_PUSHED && !xp->pingpong &&
	       !atomic_read(&sk->sk_rmem_alloc);
}

/**
 * xtcp_rcvq_space_freed() - the user has read: is the window worth telling?
 * @sk: the socket
 *
 * Context: process; socket lock held.
 */
void xtcp_rcvq_space_freed(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 now = xtcp_receive_window(xp);

	/* In SYN-RECEIVED the peer does not know the connection yet. */
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT |
				   TCPF_SYN_RECV))
		return;
	tune_rcvbuf(sk);
	if (ack_is_due(sk)) {
		xtcp_output_ack(sk);
		return;
	}
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return;
	/* The peer backs off from what had no room; there is some again. */
	if (xp->refused && atomic_read(&sk->sk_rmem_alloc) <
			   READ_ONCE(sk->sk_rcvbuf) / 2) {
		xp->refused = 0;
		xtcp_output_ack(sk);
		return;
	}
	/* It is large enough already, whatever else was read. */
	if (2 * now > min(xp->window_clamp, xtcp_output_full_space(sk)))
		return;
	/* RFC 9293 section 3.8.6.2.2: an update is due when it is much more. */
	if (xtcp_output_free_window(sk) >= max(2 * now, 1U))
		xtcp_output_ack(sk);
}
