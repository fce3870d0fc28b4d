/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between IPv4 and IPv6, behind one table of functions: routes,
 * network headers, checksums, MTU, ICMP.
 */
#ifndef _XTCP_FAMILY_H
#define _XTCP_FAMILY_H

#include <linux/skbuff.h>
#include <net/flow.h>
#include <net/sock.h>

#include "tables.h"

struct ip_options;

/**
 * struct xtcp_path - where and how a segment without a socket goes
 * @net: the namespace
 * @t: our end is the source
 * @oif: interface to leave by, or 0
 * @hash: what queues and the flow label are chosen by; 0: of the ends
 * @mark: firewall mark
 * @tos: type of service or traffic class
 * @uid: owner, for routing rules
 * @opts: options of IPv4, or NULL
 */
struct xtcp_path {
	struct net *net;
	struct xtcp_tuple t;
	int oif;
	u32 hash;
	u32 mark;
	u8 tos;
	kuid_t uid;
	const struct ip_options *opts;
};

/**
 * struct xtcp_family - IPv4 or IPv6
 * @family: AF_INET or AF_INET6
 * @hdr_len: bytes of the network header
 * @mss_default: when the peer announces none (RFC 9293 MUST-15)
 * @connect: set the peer's address from a sockaddr, find a route and a source
 *	address; process context, socket locked
 * @rebuild: the route of a connected socket, looked up anew if stale;
 *	returns an error pointer, or a borrowed reference
 * @xmit: send a segment of a socket by the route that @rebuild gave; consumes
 *	it; RCU read lock
 * @route: route for a segment without a socket; the caller owns the reference
 * @send: send such a segment; consumes it and the reference to @dst
 * @for_us: may a SYN to this destination be answered (RFC 9293 MUST-57)?
 * @check: complete or prepare the checksum of an outgoing segment
 */
struct xtcp_family {
	int family;
	int hdr_len;
	u16 mss_default;
	int (*connect)(struct sock *sk, struct sockaddr *addr, int len);
	struct dst_entry *(*rebuild)(struct sock *sk);
	int (*xmit)(struct sock *sk, struct sk_buff *skb,
		    struct dst_entry *dst);
	struct dst_entry *(*route)(const struct xtcp_path *path);
	int (*send)(const struct xtcp_path *path, struct sk_buff *skb,
		    struct dst_entry *dst);
	bool (*for_us)(const struct sk_buff *skb);
	void (*check)(struct sk_buff *skb, const struct xtcp_tuple *t,
		      netdev_features_t caps);
};

extern const struct xtcp_family xtcp_ipv4;
extern const struct xtcp_family xtcp_ipv6;

static inline const struct xtcp_family *xtcp_family(bool v6)
{
	return v6 ? &xtcp_ipv6 : &xtcp_ipv4;
}

/* What an ICMP message says of a connection: RFC 5461, RFC 5927. */
enum xtcp_icmp_kind {
	XTCP_ICMP_SOFT,
	XTCP_ICMP_HARD,
	XTCP_ICMP_MTU,
	XTCP_ICMP_REDIRECT,
};

/**
 * struct xtcp_icmp - an ICMP message about one of our segments
 * @skb: the message
 * @t: ends of the segment, ours first
 * @seq: sequence number of the segment
 * @kind: what it says
 * @err: errno that it stands for, positive
 * @mtu: with XTCP_ICMP_MTU, bytes
 */
struct xtcp_icmp {
	struct sk_buff *skb;
	struct xtcp_tuple t;
	u32 seq;
	enum xtcp_icmp_kind kind;
	int err;
	u32 mtu;
};

int xtcp_family_icmp(struct net *net, struct xtcp_icmp *msg, int dif, int sdif);
void xtcp_family_mtu_reduced(struct sock *sk);

int xtcp_ipv4_err(struct sk_buff *skb, u32 info);
int xtcp_ipv6_err(struct sk_buff *skb, u8 type, u8 code, int offset,
		  __be32 info, u32 proto);
int xtcp_ipv4_admit(void);
void xtcp_ipv4_refuse(void);
int xtcp_ipv6_admit(void);
void xtcp_ipv6_refuse(void);

#endif /* _XTCP_FAMILY_H */
