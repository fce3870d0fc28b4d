/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The close ledger: why each connection ended, counted, and the recent ones
 * kept with their addresses: RFC 9293 sections 3.6, 3.8.3, 3.10.4 and 3.10.5.
 */
#ifndef _XTCP_ENDS_H
#define _XTCP_ENDS_H

#include <linux/in6.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "uapi/linux/xtcp.h"

#define XTCP_ENDS_MAX		65536	/* bound of the knob recent_ends */

struct net;
struct sock;
struct xtcp_req;
struct xtcp_tw;

/**
 * struct xtcp_ends_rec - a connection that ended
 * @laddr: our address; IPv4 as ::ffff:a.b.c.d
 * @faddr: the peer's
 * @lport: our port
 * @fport: the peer's
 * @proto: IP protocol that carried it
 * @cause: enum xtcp_end; XTCP_END_NONE while a small object waits for it
 * @state: in which state it ended, TCP_ESTABLISHED ..
 * @v6: addresses were IPv6 ones on the wire
 * @family6: of an AF_INET6 socket
 * @when_ns: when it ended, real time, ns since 1970
 * @lasted_ns: how long it was open, from SYN or birth; U64_MAX: not known
 * @sent: payload that the peer acknowledged, bytes; U64_MAX: not known
 * @received: payload received in order, bytes; U64_MAX: not known
 */
struct xtcp_ends_rec {
	struct in6_addr laddr;
	struct in6_addr faddr;
	__be16 lport;
	__be16 fport;
	u16 proto;
	u8 cause;
	u8 state:4,
	   v6:1,
	   family6:1;
	u64 when_ns;
	u64 lasted_ns;
	u64 sent;
	u64 received;
};

/**
 * struct xtcp_ends - a namespace's list of recent ends
 * @lock: guards all below; taken in softirq, a leaf
 * @ring: the records, number n at n modulo @size; NULL before the first socket
 * @size: places in @ring
 * @head: number of the next record; the first has 1
 */
struct xtcp_ends {
	spinlock_t lock;	/* guards all below */
	struct xtcp_ends_rec *ring;
	u32 size;
	u64 head;
};

void xtcp_ends_net_init(struct net *net);
void xtcp_ends_net_exit(struct net *net);
void xtcp_ends_prepare(struct net *net);
int xtcp_ends_resize(struct net *net, u32 size);
void xtcp_ends_opened(struct sock *sk);
void xtcp_ends_because(struct sock *sk, enum xtcp_end cause);
void xtcp_ends_reset(struct sock *sk);
void xtcp_ends_closed(struct sock *sk, int state);
u32 xtcp_ends_wait(struct sock *sk);
void xtcp_ends_waited(const struct xtcp_tw *tw, u32 ticket,
		      enum xtcp_end cause);
void xtcp_ends_embryo(const struct xtcp_req *req, enum xtcp_end cause);
bool xtcp_ends_read(struct net *net, u64 *next, struct xtcp_ends_rec *rec);

#endif /* _XTCP_ENDS_H */
