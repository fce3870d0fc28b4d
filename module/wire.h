/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which IP protocol carries a connection: 253, xtcp's own, or 6, TCP's.
 */
#ifndef _XTCP_WIRE_H
#define _XTCP_WIRE_H

#include <linux/types.h>

struct net;
struct sock;

/* Bits of struct xtcp_sock.wires, decided when the socket gets a port. */
#define XTCP_WIRE_ON_OWN	1
#define XTCP_WIRE_ON_TCP	2

/* The bit of a segment's protocol. */
static inline u8 xtcp_wire_bit(u32 proto)
{
	return proto == IPPROTO_TCP ? XTCP_WIRE_ON_TCP : XTCP_WIRE_ON_OWN;
}

bool xtcp_wire_valid(int wire);
int xtcp_wire_set(struct sock *sk, int wire);
int xtcp_wire_get(const struct sock *sk);
void xtcp_wire_settle(struct sock *sk);
u32 xtcp_wire_connect(struct sock *sk);
int xtcp_wire_hook(struct net *net);
void xtcp_wire_unhook(struct net *net);

#endif /* _XTCP_WIRE_H */
