/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments out: what may be sent now, and its header (output.c, sendq.c);
 * segments that no full socket sends (reply.c).
 */
#ifndef _XTCP_OUTPUT_H
#define _XTCP_OUTPUT_H

#include <linux/hash.h>

#include "family.h"
#include "options.h"
#include "sock.h"

/**
 * struct xtcp_window - the first window that is offered
 * @wnd: bytes
 * @wscale: shift of those that follow
 */
struct xtcp_window {
	u32 wnd;
	u8 wscale;
};

/*
 * A number that a connection's segments, from its SYN-ACK on, show to queues
 * and, in the flow label of IPv6, to routers (RFC 6437): no secret, and not the
 * same for any two connections for long, as the initial sequence number.
 */
static inline u32 xtcp_output_path_hash(u32 iss)
{
	return hash_32(iss, 32) ?: 1;
}

/* output.c: of a socket; all with the socket lock held. */
u32 xtcp_output_mss(struct sock *sk);
void xtcp_output_new_path(struct sock *sk);
void xtcp_output_sync_mss(struct sock *sk, u32 pmtu);
void xtcp_output_first_window(const struct sock *sk,
			      const struct dst_entry *dst, u32 mss,
			      struct xtcp_window *w);
u32 xtcp_output_select_window(struct sock *sk);
u32 xtcp_output_free_window(struct sock *sk);
u32 xtcp_output_full_space(const struct sock *sk);
u32 xtcp_output_headroom(const struct dst_entry *dst);
int xtcp_output_syn(struct sock *sk);
int xtcp_output_open(struct sock *sk);
void xtcp_output_synack(struct sock *sk);
void xtcp_output_push_by(struct sock *sk, u32 mss, int nonagle);
bool xtcp_output_some(struct sock *sk, u32 mss, int nonagle, bool push_one);
int xtcp_output_retransmit(struct sock *sk, struct sk_buff *skb);
void xtcp_output_ack(struct sock *sk);
void xtcp_output_fin(struct sock *sk);
void xtcp_output_reset(struct sock *sk, gfp_t gfp);
int xtcp_output_probe(struct sock *sk, bool urgent);
void xtcp_output_window_probe(struct sock *sk);

/* sendq.c: the queue behind it. */
struct sk_buff *xtcp_sendq_alloc(struct sock *sk, gfp_t gfp);
void xtcp_sendq_entail(struct sock *sk, struct sk_buff *skb);
void xtcp_sendq_free(struct sock *sk, struct sk_buff *skb);
void xtcp_sendq_purge(struct sock *sk);
struct sk_buff *xtcp_sendq_syn_data(struct sock *sk, struct msghdr *msg,
				    u32 space);
void xtcp_sendq_tune(struct sock *sk);
int xtcp_sendq_sendmsg(struct socket *sock, struct msghdr *msg, size_t len);

/**
 * struct xtcp_reply - a segment that no full socket sends
 * @path: ends, route
 * @seq: sequence number
 * @ack: acknowledgment number; valid with XTCP_ACK in @flags
 * @wnd: window field as it stands in the header
 * @flags: header flags
 * @opts: options
 * @v6: over IPv6
 * @dst: its route, with a reference that sending takes, or NULL to find it
 */
struct xtcp_reply {
	struct xtcp_path path;
	struct dst_entry *dst;
	struct xtcp_opts opts;
	u32 seq;
	u32 ack;
	u16 wnd;
	u8 flags;
	bool v6;
};

/* reply.c */
int xtcp_reply_send(const struct xtcp_reply *r);
void xtcp_reply_reset(struct net *net, struct sk_buff *skb,
		      const struct xtcp_tuple *t, bool v6);

/* xtcp_output_push_by() the segment size of now. */
static inline void xtcp_output_push(struct sock *sk, int nonagle)
{
	if (xtcp_send_head(sk))
		xtcp_output_push_by(sk, xtcp_output_mss(sk), nonagle);
}

#endif /* _XTCP_OUTPUT_H */
