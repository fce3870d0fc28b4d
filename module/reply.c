// SPDX-License-Identifier: GPL-2.0
/*
 * Segments that no full socket sends: SYN-ACKs, ACKs of waiting entries,
 * resets toward strangers: RFC 9293 sections 3.5.2, 3.5.3 and 3.10.7.1.
 */
#include <linux/tcp.h>
#include <net/l3mdev.h>

#include "output.h"
#include "sock.h"

static struct sk_buff *build(const struct xtcp_reply *r, u32 room)
{
	struct sk_buff *skb = alloc_skb(room, GFP_ATOMIC | __GFP_NOWARN);
	int len = sizeof(struct tcphdr) + xtcp_options_len(&r->opts);
	struct tcphdr *th;

	if (!skb)
		return NULL;
	skb_reserve(skb, room);
	th = skb_push(skb, len);
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = r->path.t.lport;
	th->dest = r->path.t.fport;
	th->seq = htonl(r->seq);
	th->ack_seq = r->flags & XTCP_ACK ? htonl(r->ack) : 0;
	th->doff = len / 4;
	((u8 *)th)[13] = r->flags;
	th->window = htons(r->wnd);
	xtcp_options_build(&r->opts, (__be32 *)(th + 1));
	return skb;
}

/**
 * xtcp_reply_send() - send a segment without a socket
 * @r: what it says
 *
 * Context: any.
 * Return: 0; -ENOBUFS; what routing or the network layer refuses with.
 */
int xtcp_reply_send(const struct xtcp_reply *r)
{
	const struct xtcp_family *fam = xtcp_family(r->v6);
	struct dst_entry *dst = r->dst ?: fam->route(&r->path);
	struct sk_buff *skb;
	int err;

	if (IS_ERR(dst))
		return PTR_ERR(dst);
	skb = build(r, xtcp_output_headroom(dst));
	if (!skb) {
		dst_release(dst);
		return -ENOBUFS;
	}
	if (r->path.hash)
		skb_set_hash(skb, r->path.hash, PKT_HASH_TYPE_L4);
	fam->check(skb, &r->path.t, dst->dev->features);
	xtcp_mib_inc(r->path.net, XTCP_MIB_OUT_SEGS);
	if (r->flags & XTCP_RST)
		xtcp_mib_inc(r->path.net, XTCP_MIB_OUT_RSTS);
	err = fam->send(&r->path, skb, dst);
	return net_xmit_eval(err);
}

/* The interface to answer by: of a link-local peer, or the VRF. */
static int reply_oif(struct net *net, const struct sk_buff *skb,
		     const struct xtcp_tuple *t)
{
	if (netif_index_is_l3_master(net, skb->skb_iif))
		return skb->skb_iif;
	return ipv6_addr_type(&t->faddr) & IPV6_ADDR_LINKLOCAL ? skb->skb_iif :
								 0;
}

/**
 * xtcp_reply_reset() - refuse a segment that belongs to no connection
 * @net: the namespace
 * @skb: the segment; its control block is filled in
 * @t: our end first
 * @v6: it came over IPv6
 *
 * RFC 9293 section 3.10.7.1: the sequence number is one that the sender will
 * accept; a reset is never answered.
 *
 * Context: any.
 */
void xtcp_reply_reset(struct net *net, struct sk_buff *skb,
		      const struct xtcp_tuple *t, bool v6)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	struct xtcp_reply r = {
		.path = {
			.net = net,
			.t = *t,
			.oif = reply_oif(net, skb, t),
			.mark = IP4_REPLY_MARK(net, skb->mark),
			.uid = make_kuid(net->user_ns, 0),
		},
		.v6 = v6,
	};

	if (cb->flags & XTCP_RST)
		return;
	if (cb->flags & XTCP_ACK) {
		r.seq = cb->ack;
		r.flags = XTCP_RST;
	} else {
		r.ack = cb->end_seq;
		r.flags = XTCP_RST | XTCP_ACK;
	}
	xtcp_reply_send(&r);
}
