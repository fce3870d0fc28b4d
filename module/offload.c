// SPDX-License-Identifier: GPL-2.0
/*
 * Large segments: several of one MSS each stand in one buffer of the send
 * queues, and leave as one (GSO). A card, or the kernel on the way to it, cuts
 * them; between software devices nobody does.
 *
 * Whatever counts, counts segments: XTCP_CB(skb)->segs says how many a buffer
 * makes. It is set when the buffer is sent, and kept true in rtxq by the
 * functions here, which also correct the connection's sums.
 */
#include "compat/frag.h"
#include "offload.h"
#include "output.h"
#include "segs.h"

/*
 * What goes as TCP is cut by who can cut TCP. A protocol of our own is known to
 * nobody on the way: a card might take it for TCP, and no test would tell.
 */
static bool may_offload(const struct sock *sk)
{
	return xtcp_sk(sk)->ent.t.proto == IPPROTO_TCP;
}

/* At most half of the largest window, that there be two in it. */
static u32 half_window(const struct xtcp_sock *xp, u32 bytes)
{
	u32 half = xp->max_window > XTCP_MSS_DEFAULT ? xp->max_window >> 1 :
						       xp->max_window;

	return half ? min(bytes, half) : bytes;
}

/**
 * xtcp_offload_goal() - how large a buffer of the send queue may grow
 * @sk: the socket
 * @mss: bytes of a full segment
 *
 * sk_setup_caps() has found the limits of the route, for it takes a socket
 * without a sk_gso_type for one that may offload whatever the device can.
 *
 * Context: socket lock held.
 * Return: bytes of payload, a multiple of @mss.
 */
u32 xtcp_offload_goal(const struct sock *sk, u32 mss)
{
	u32 segs;

	if (!may_offload(sk) || sk->sk_gso_max_segs <= 1)
		return mss;
	segs = half_window(xtcp_sk(sk), sk->sk_gso_max_size) / mss;
	return clamp_t(u32, segs, 1, sk->sk_gso_max_segs) * mss;
}

/**
 * xtcp_offload_count() - say how many segments a buffer makes
 * @skb: the buffer, about to be sent for the first time
 * @mss: bytes of a full segment
 *
 * Context: socket lock held.
 */
void xtcp_offload_count(struct sk_buff *skb, u32 mss)
{
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	cb->segs = xtcp_segs_count(skb->len, mss);
	cb->mss = cb->segs > 1 ? mss : 0;
}

/* A buffer of rtxq makes @more segments more than it did, or fewer. */
static void adjust(struct xtcp_sock *xp, const struct xtcp_skb_cb *cb, int more)
{
	xp->packets_out += more;
	xp->retrans_out += more * cb->retrans;
	if (cb->lost)
		xp->lost_out += more;
}

/**
 * xtcp_offload_recount() - the same for a buffer that was sent already
 * @xp: the connection; its sums are kept true
 * @skb: in rtxq, shorter than it was or about to be sent once more
 * @mss: bytes of a full segment
 *
 * Context: socket lock held.
 */
void xtcp_offload_recount(struct xtcp_sock *xp, struct sk_buff *skb, u32 mss)
{
	int segs = XTCP_CB(skb)->segs;

	xtcp_offload_count(skb, mss);
	adjust(xp, XTCP_CB(skb), XTCP_CB(skb)->segs - segs);
}

/**
 * xtcp_offload_mark() - tell who will cut a large segment how
 * @xp: the connection
 * @skb: the copy that goes, its header not yet in front
 * @cb: of the original
 *
 * Context: socket lock held.
 */
void xtcp_offload_mark(const struct xtcp_sock *xp, struct sk_buff *skb,
		       const struct xtcp_skb_cb *cb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	shinfo->gso_segs = cb->segs;
	shinfo->gso_size = cb->mss;
	shinfo->gso_type = 0;
	if (cb->mss)
		shinfo->gso_type = xp->fam->family == AF_INET6 ?
				   SKB_GSO_TCPV6 : SKB_GSO_TCPV4;
}

static void charge(struct sock *sk, int size)
{
	sk_wmem_queued_add(sk, size);
	sk_mem_charge(sk, size);
}

/* A clone in flight shares the payload: have our own before it is cut. */
static int unshare(struct sock *sk, struct sk_buff *skb)
{
	int truesize = skb->truesize;

	if (skb_unclone(skb, sk_gfp_mask(sk, GFP_ATOMIC)))
		return -ENOMEM;
	if (skb->truesize != truesize)
		charge(sk, skb->truesize - truesize);
	return 0;
}

/* Divide sequence numbers and flags; FIN and PSH belong to the end. */
static void split_cb(struct xtcp_skb_cb *first, struct xtcp_skb_cb *second,
		     u32 len)
{
	second->seq = first->seq + len;
	second->end_seq = first->end_seq;
	second->flags = first->flags;
	second->sent_us = first->sent_us;
	second->retrans = first->retrans;
	second->lost = first->lost;

	first->end_seq = second->seq;
	first->flags &= ~(XTCP_FIN | XTCP_PSH);
}

/* Both parts are in flight as they were cut before. */
static void split_count(struct xtcp_sock *xp, struct sk_buff *skb,
			struct sk_buff *rest)
{
	u32 mss = XTCP_CB(skb)->mss ?: U16_MAX;
	int segs = XTCP_CB(skb)->segs;

	xtcp_offload_count(skb, mss);
	xtcp_offload_count(rest, mss);
	adjust(xp, XTCP_CB(skb),
	       XTCP_CB(skb)->segs + XTCP_CB(rest)->segs - segs);
}

/**
 * xtcp_offload_split() - split a queued buffer in two
 * @sk: the socket
 * @skb: the buffer; keeps its first @len bytes
 * @len: bytes, 1 to all; all leaves a lone FIN to the second part
 * @sent: @skb stands in rtxq, not in sk_write_queue
 *
 * The second part is linked behind @skb. FIN and PSH go with it.
 *
 * Context: process or softirq, socket lock held; does not sleep.
 * Return: 0, or -ENOMEM when nothing was changed.
 */
int xtcp_offload_split(struct sock *sk, struct sk_buff *skb, u32 len, bool sent)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *rest;
	int moved;

	sock_owned_by_me(sk);
	/* All payload is in pages, as sendq.c puts it there. */
	if (WARN_ON_ONCE(!len || len > skb->len || skb_headlen(skb)))
		return -ENOMEM;
	if (unshare(sk, skb))
		return -ENOMEM;
	rest = xtcp_sendq_alloc(sk, sk_gfp_mask(sk, GFP_ATOMIC));
	if (!rest)
		return -ENOMEM;
	charge(sk, rest->truesize);

	/* Pages change hands with the bytes in them. */
	moved = skb->len - len;
	rest->truesize += moved;
	skb->truesize -= moved;
	split_cb(XTCP_CB(skb), XTCP_CB(rest), len);
	skb_split(skb, rest, len);

	__skb_header_release(rest);
	__skb_queue_after(sent ? &xp->rtxq : &sk->sk_write_queue, skb, rest);
	if (sent)
		split_count(xp, skb, rest);
	return 0;
}

/* Give back the pages of the first @len bytes. */
static void drop_front(struct sk_buff *skb, u32 len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	int i, kept = 0;
	u32 size, eat;

	skb->len -= len;
	skb->data_len -= len;
	for (i = 0; i < shinfo->nr_frags; i++) {
		size = skb_frag_size(&shinfo->frags[i]);
		eat = min(size, len);
		len -= eat;
		if (eat == size) {
			skb_frag_unref(skb, i);
			continue;
		}
		shinfo->frags[kept] = shinfo->frags[i];
		skb_frag_off_add(&shinfo->frags[kept], eat);
		skb_frag_size_sub(&shinfo->frags[kept], eat);
		kept++;
	}
	shinfo->nr_frags = kept;
}

/**
 * xtcp_offload_trim() - free the front of a buffer of rtxq
 * @sk: the socket
 * @skb: the buffer
 * @len: bytes that were acknowledged, at most all; a FIN stays
 *
 * Context: softirq or process, socket lock held; does not sleep.
 * Return: 0, or -ENOMEM when nothing was changed.
 */
int xtcp_offload_trim(struct sock *sk, struct sk_buff *skb, u32 len)
{
	if (WARN_ON_ONCE(len > skb->len || skb_headlen(skb)))
		return -ENOMEM;
	if (unshare(sk, skb))
		return -ENOMEM;
	drop_front(skb, len);
	skb->truesize -= len;
	sk_wmem_queued_add(sk, -(int)len);
	sk_mem_uncharge(sk, len);
	XTCP_CB(skb)->seq += len;
	xtcp_offload_recount(xtcp_sk(sk), skb, XTCP_CB(skb)->mss ?: U16_MAX);
	return 0;
}
