/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Large segments: a buffer of either send queue may hold several, which leave
 * as one and are cut on the way to the wire. How large, how many, and how to
 * make one smaller.
 */
#ifndef _XTCP_OFFLOAD_H
#define _XTCP_OFFLOAD_H

#include "sock.h"

/**
 * xtcp_offload_seglen() - the longest segment that a sent buffer made
 * @skb: in rtxq
 *
 * Context: socket lock held.
 * Return: bytes of payload.
 */
static inline u32 xtcp_offload_seglen(const struct sk_buff *skb)
{
	return XTCP_CB(skb)->mss ?: skb->len;
}

u32 xtcp_offload_goal(const struct sock *sk, u32 mss);
void xtcp_offload_count(struct sk_buff *skb, u32 mss);
void xtcp_offload_recount(struct xtcp_sock *xp, struct sk_buff *skb, u32 mss);
void xtcp_offload_mark(const struct xtcp_sock *xp, struct sk_buff *skb,
		       const struct xtcp_skb_cb *cb);
int xtcp_offload_split(struct sock *sk, struct sk_buff *skb, u32 len,
		       bool sent);
int xtcp_offload_trim(struct sock *sk, struct sk_buff *skb, u32 len);

#endif /* _XTCP_OFFLOAD_H */
