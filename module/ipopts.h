/* SPDX-License-Identifier: GPL-2.0 */
/*
 * IPv4 options of a connection: RFC 9293 section 3.9.2.1.
 */
#ifndef _XTCP_IPOPTS_H
#define _XTCP_IPOPTS_H

#include <linux/skbuff.h>
#include <net/inet_sock.h>

/**
 * xtcp_ipopts_hop() - where a packet goes first
 * @opt: its options, or NULL
 * @daddr: where it goes in the end
 *
 * Context: any.
 * Return: the first address of a source route, or @daddr.
 */
static inline __be32 xtcp_ipopts_hop(const struct ip_options *opt, __be32 daddr)
{
	return opt && opt->srr ? opt->faddr : daddr;
}

static inline int xtcp_ipopts_optlen(const struct ip_options *opt)
{
	return opt ? opt->optlen : 0;
}

int xtcp_ipopts_len(const struct sock *sk);
void xtcp_ipopts_build(struct sk_buff *skb, const struct ip_options *opt,
		       __be32 daddr);
struct ip_options_rcu *xtcp_ipopts_reply(const struct sk_buff *skb);

#endif /* _XTCP_IPOPTS_H */
