// SPDX-License-Identifier: GPL-2.0
/*
 * The generic netlink family "xtcp": its commands, what a request may ask, and
 * what all answers have in common: RFC 9293 section 3.10.6 (STATUS).
 */
#include <linux/module.h>
#include <net/genetlink.h>

#include "compat/diag.h"
#include "diag.h"
#include "sock.h"
#include "tables.h"
#include "wire.h"

/* What a request may have; all else is refused. */
static const struct nla_policy policy[XTCP_A_MAX + 1] = {
	[XTCP_A_FAMILY]	= { .type = NLA_U8 },
	[XTCP_A_LPORT]	= { .type = NLA_U16 },
};

/**
 * xtcp_diag_ask() - read what a request asks for
 * @cb: the dump
 * @ask: filled in
 *
 * Context: process.
 */
void xtcp_diag_ask(struct netlink_callback *cb, struct xtcp_diag_ask *ask)
{
	struct nlattr **attrs = xtcp_compat_attrs(cb);

	ask->net = sock_net(cb->skb->sk);
	ask->family = attrs[XTCP_A_FAMILY] ?
		      nla_get_u8(attrs[XTCP_A_FAMILY]) : 0;
	ask->lport = attrs[XTCP_A_LPORT] ?
		     nla_get_be16(attrs[XTCP_A_LPORT]) : 0;
}

/* Refuse at once what no dump can answer. */
static int start(struct netlink_callback *cb)
{
	struct nlattr **attrs = xtcp_compat_attrs(cb);
	struct xtcp_diag_ask ask;

	xtcp_diag_ask(cb, &ask);
	if (attrs[XTCP_A_FAMILY] && ask.family != AF_INET &&
	    ask.family != AF_INET6) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XTCP_A_FAMILY],
				    "neither AF_INET nor AF_INET6");
		return -EINVAL;
	}
	if (attrs[XTCP_A_LPORT] && !ask.lport) {
		NL_SET_ERR_MSG_ATTR(cb->extack, attrs[XTCP_A_LPORT],
				    "not a port");
		return -EINVAL;
	}
	return 0;
}

static const struct genl_ops ops[] = {
	{
		.cmd	= XTCP_CMD_LISTENERS,
		.start	= start,
		.dumpit	= xtcp_diag_listeners,
	},
	{
		.cmd	= XTCP_CMD_PORTS,
		.start	= start,
		.dumpit	= xtcp_diag_ports,
		.done	= xtcp_diag_ports_done,
	},
	{
		.cmd	= XTCP_CMD_ENDS,
		.start	= start,
		.dumpit	= xtcp_diag_ends,
	},
	{
		.cmd	= XTCP_CMD_KEEPALIVES,
		.start	= start,
		.dumpit	= xtcp_diag_keepalives,
	},
	{
		.cmd	 = XTCP_CMD_KILL,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.doit	 = xtcp_diag_kill,
		.policy	 = xtcp_diag_kill_policy,
		.maxattr = XTCP_A_MAX,
	},
};

static struct genl_family genl __ro_after_init = {
	.name		= XTCP_GENL_NAME,
	.version	= XTCP_GENL_VERSION,
	.maxattr	= XTCP_A_MAX,
	.policy		= policy,
	.netnsok	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	/* Every command is checked strictly. */
	.resv_start_op	= XTCP_CMD_UNSPEC + 1,
};

/**
 * xtcp_diag_begin() - begin a message of an answer
 * @skb: the datagram
 * @cb: the dump
 * @cmd: the command that is answered
 *
 * Context: any.
 * Return: the message, for xtcp_diag_end(); NULL when the datagram is full.
 */
void *xtcp_diag_begin(struct sk_buff *skb, struct netlink_callback *cb,
		      enum xtcp_cmd cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &genl, NLM_F_MULTI, cmd);
}

/**
 * xtcp_diag_end() - end a message, or take it back
 * @skb: the datagram
 * @msg: from xtcp_diag_begin()
 * @err: nonzero: not all of it fitted
 *
 * Context: any.
 * Return: @err.
 */
int xtcp_diag_end(struct sk_buff *skb, void *msg, int err)
{
	if (err)
		genlmsg_cancel(skb, msg);
	else
		genlmsg_end(skb, msg);
	return err;
}

static int put_address(struct sk_buff *skb, int attr,
		       const struct in6_addr *addr, int family)
{
	if (family == AF_INET)
		return nla_put_in_addr(skb, attr, addr->s6_addr32[3]);
	return nla_put_in6_addr(skb, attr, addr);
}

/**
 * xtcp_diag_put_tuple() - tell both ends
 * @skb: the datagram
 * @t: our end first; without a peer's port, ours only is told
 * @family: AF_INET or AF_INET6: of the socket
 *
 * Context: any.
 * Return: 0, or -EMSGSIZE when the datagram is full.
 */
int xtcp_diag_put_tuple(struct sk_buff *skb, const struct xtcp_tuple *t,
			int family)
{
	if (nla_put_u8(skb, XTCP_A_FAMILY, family) ||
	    put_address(skb, XTCP_A_LADDR, &t->laddr, family) ||
	    nla_put_be16(skb, XTCP_A_LPORT, t->lport))
		return -EMSGSIZE;
	if (t->fport &&
	    (put_address(skb, XTCP_A_RADDR, &t->faddr, family) ||
	     nla_put_be16(skb, XTCP_A_RPORT, t->fport)))
		return -EMSGSIZE;
	return 0;
}

/**
 * xtcp_diag_put_sock() - tell whose a socket is, and how it goes
 * @skb: the datagram
 * @cb: the dump
 * @sk: the socket
 *
 * Context: RCU read lock.
 * Return: 0, or -EMSGSIZE when the datagram is full.
 */
int xtcp_diag_put_sock(struct sk_buff *skb, struct netlink_callback *cb,
		       struct sock *sk)
{
	struct user_namespace *ns = sk_user_ns(NETLINK_CB(cb->skb).sk);
	int dif = READ_ONCE(sk->sk_bound_dev_if);

	if (nla_put_u32(skb, XTCP_A_UID,
			from_kuid_munged(ns, xtcp_compat_uid(sk))) ||
	    nla_put_u64_64bit(skb, XTCP_A_INODE, sock_i_ino(sk), XTCP_A_PAD) ||
	    nla_put_u32(skb, XTCP_A_WIRE, xtcp_wire_get(sk)))
		return -EMSGSIZE;
	return dif ? nla_put_u32(skb, XTCP_A_IF, dif) : 0;
}

static int __init diag_init(void)
{
	return genl_register_family(&genl);
}

static void __exit diag_exit(void)
{
	genl_unregister_family(&genl);
}

module_init(diag_init);
module_exit(diag_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("xtcp seen by netlink");
/* Who looks the family up loads the module. */
MODULE_ALIAS_GENL_FAMILY(XTCP_GENL_NAME);
