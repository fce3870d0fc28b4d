/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments in: rcv.c looks up and locks, input.c does RFC 9293 section
 * 3.10.7, ack.c its fifth check, rcvq.c its seventh.
 */
#ifndef _XTCP_INPUT_H
#define _XTCP_INPUT_H

#include "mib.h"
#include "sock.h"

/**
 * struct xtcp_claim - whom a segment on the wire of TCP is for: one of the two
 * @ent: a connection, with a reference
 * @listener: a listener, with a reference
 */
struct xtcp_claim {
	struct xtcp_ent *ent;
	struct sock *listener;
};

/* rcv.c */
int xtcp_rcv(struct sk_buff *skb, struct xtcp_tuple *t, bool v6);
bool xtcp_rcv_claim(struct sk_buff *skb, int offset, const struct xtcp_tuple *t,
		    bool v6, struct xtcp_claim *claim);
void xtcp_rcv_claimed(struct sk_buff *skb, const struct xtcp_tuple *t, bool v6,
		      const struct xtcp_claim *claim);
void xtcp_rcv_unclaim(const struct xtcp_claim *claim);
int xtcp_rcv_backlog(struct sock *sk, struct sk_buff *skb);

/* input.c: socket locked by user or bottom half; takes the segment. */
void xtcp_input(struct sock *sk, struct sk_buff *skb);
void xtcp_input_challenge(struct sock *sk);
void xtcp_input_opened(struct sock *sk);

/* ack.c */
bool xtcp_ack(struct sock *sk, struct sk_buff *skb, enum xtcp_drop *why);
void xtcp_ack_update_window(struct sock *sk, struct sk_buff *skb);

/* rcvq.c */
bool xtcp_rcvq_data(struct sock *sk, struct sk_buff *skb);
void xtcp_rcvq_fin(struct sock *sk);
void xtcp_rcvq_urg(struct sock *sk, struct sk_buff *skb);
void xtcp_rcvq_purge(struct sock *sk);
void xtcp_rcvq_ack_check(struct sock *sk);
void xtcp_rcvq_space_freed(struct sock *sk);

/* recv.c */
int xtcp_recv_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		      int flags);
ssize_t xtcp_recv_splice_read(struct socket *sock, loff_t *ppos,
			      struct pipe_inode_info *pipe, size_t len,
			      unsigned int flags);
int xtcp_recv_peek_len(struct socket *sock);
int xtcp_recv_inq(struct sock *sk);
bool xtcp_recv_ready(const struct sock *sk, int target);

#endif /* _XTCP_INPUT_H */
