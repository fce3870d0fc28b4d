/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xtcp_diag.ko: what is seen of xtcp by netlink. diag.c has the family and what
 * all answers share; each command has a room of its own, diag_*.c, whose dump
 * function is named here and in the table of diag.c.
 */
#ifndef _XTCP_DIAG_H
#define _XTCP_DIAG_H

#include <linux/build_bug.h>
#include <linux/netlink.h>
#include <net/netlink.h>

#include "uapi/linux/xtcp_netlink.h"

struct genl_info;
struct net;
struct sk_buff;
struct sock;
struct xtcp_tuple;

/**
 * struct xtcp_diag_ask - what a request asks for
 * @net: the namespace
 * @family: of the socket, or 0 for any
 * @lport: local port, or 0 for any
 */
struct xtcp_diag_ask {
	struct net *net;
	int family;
	__be16 lport;
};

/*
 * Where a dump goes on: a struct @type of the room's own, all zero at its
 * beginning.
 */
#define xtcp_diag_place(cb, type) ({ \
	static_assert(sizeof(type) <= sizeof_field(struct netlink_callback, \
						   ctx)); \
	(type *)(cb)->ctx; })

void xtcp_diag_ask(struct netlink_callback *cb, struct xtcp_diag_ask *ask);
void *xtcp_diag_begin(struct sk_buff *skb, struct netlink_callback *cb,
		      enum xtcp_cmd cmd);
int xtcp_diag_end(struct sk_buff *skb, void *msg, int err);
int xtcp_diag_put_tuple(struct sk_buff *skb, const struct xtcp_tuple *t,
			int family);
int xtcp_diag_put_sock(struct sk_buff *skb, struct netlink_callback *cb,
		       struct sock *sk);

/* The commands. */
int xtcp_diag_listeners(struct sk_buff *skb, struct netlink_callback *cb);
int xtcp_diag_ports(struct sk_buff *skb, struct netlink_callback *cb);
int xtcp_diag_ports_done(struct netlink_callback *cb);
int xtcp_diag_ends(struct sk_buff *skb, struct netlink_callback *cb);
int xtcp_diag_keepalives(struct sk_buff *skb, struct netlink_callback *cb);
extern const struct nla_policy xtcp_diag_kill_policy[XTCP_A_MAX + 1];
int xtcp_diag_kill(struct sk_buff *skb, struct genl_info *info);

#endif /* _XTCP_DIAG_H */
