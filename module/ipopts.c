// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4 options of a connection, a source route above all: RFC 9293 section
 * 3.9.2.1, RFC 791 section 3.1. The user sets them by IP_OPTIONS, or they are
 * the way back of a SYN that came by a source route. What the kernel has for
 * this is not exported.
 */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <net/icmp.h>
#include <net/ip.h>

#include "compat/unaligned.h"
#include "ipopts.h"

/* Of an option: its kind, its length, and the place of the next address. */
#define ROUTE_HEAD	3
#define ADDR		4	/* bytes of an address */

#define SECS_PER_DAY	(24 * 60 * 60)

/**
 * xtcp_ipopts_len() - room that the options of a socket take in each packet
 * @sk: a socket that speaks IPv4
 *
 * Context: any.
 * Return: bytes, a multiple of four, 0 to 40.
 */
int xtcp_ipopts_len(const struct sock *sk)
{
	const struct ip_options_rcu *opt;
	int len;

	rcu_read_lock();
	opt = rcu_dereference(inet_sk(sk)->inet_opt);
	len = opt ? opt->opt.optlen : 0;
	rcu_read_unlock();
	return len;
}

/* RFC 791 section 3.1: milliseconds since midnight UT. */
static __be32 timestamp(void)
{
	struct timespec64 now;
	u32 secs;

	ktime_get_real_ts64(&now);
	div_u64_rem(now.tv_sec, SECS_PER_DAY, &secs);
	return htonl(secs * MSEC_PER_SEC + now.tv_nsec / NSEC_PER_MSEC);
}

/**
 * xtcp_ipopts_build() - write the options into a header
 * @skb: the packet; its IPv4 header, but for the options, is complete and has
 *	room for them
 * @opt: the options
 * @daddr: where the packet goes in the end
 *
 * Context: any.
 */
void xtcp_ipopts_build(struct sk_buff *skb, const struct ip_options *opt,
		       __be32 daddr)
{
	const struct iphdr *iph = ip_hdr(skb);
	u8 *p = skb_network_header(skb);
	__be32 now;

	memcpy(&IPCB(skb)->opt, opt, sizeof(*opt));
	memcpy(p + sizeof(*iph), opt->__data, opt->optlen);
	/* The last address of a source route is left open for the end of it. */
	if (opt->srr)
		memcpy(p + opt->srr + p[opt->srr + 1] - ADDR, &daddr, ADDR);
	/* To be noted by each host, so by this one: the last that has a place. */
	if (opt->rr_needaddr)
		memcpy(p + opt->rr + p[opt->rr + 2] - 1 - ADDR, &iph->saddr,
		       ADDR);
	if (opt->ts_needaddr)
		memcpy(p + opt->ts + p[opt->ts + 2] - 1 - 2 * ADDR, &iph->saddr,
		       ADDR);
	if (opt->ts_needtime) {
		now = timestamp();
		memcpy(p + opt->ts + p[opt->ts + 2] - 1 - ADDR, &now, ADDR);
	}
}

static __be32 address(const u8 *p)
{
	return get_unaligned((const __be32 *)p);
}

/* The source route of @hops addresses at @from, the other way round. */
static void turn_round(struct ip_options *opt, u8 kind, const u8 *from,
		       int hops)
{
	u8 *to = opt->__data;

	opt->srr = sizeof(struct iphdr);
	opt->faddr = address(from + --hops * ADDR);
	*to++ = kind;
	*to++ = ROUTE_HEAD + (hops + 1) * ADDR;
	*to++ = ROUTE_HEAD + 1;
	for (; hops; to += ADDR)
		put_unaligned(address(from + --hops * ADDR), (__be32 *)to);
}

/**
 * xtcp_ipopts_reply() - the way back to who sent a packet by a source route
 * @skb: the packet, over IPv4; the network layer has read its options
 *
 * RFC 9293 MUST-53, RFC 1122 section 3.2.1.8. Other options are not
 * returned.
 *
 * Context: softirq.
 * Return: options, to be freed by kfree(); NULL without a source route, or
 * without memory.
 */
struct ip_options_rcu *xtcp_ipopts_reply(const struct sk_buff *skb)
{
	const struct ip_options *from = &IPCB(skb)->opt;
	const u8 *route = skb_network_header(skb) + from->srr;
	struct ip_options_rcu *reply;
	const u8 *first;
	int hops, len;

	if (!from->optlen || !from->srr)
		return NULL;
	/* What lies before the pointer was visited. */
	hops = (min_t(int, route[2], route[1] + 1) - 1 - ROUTE_HEAD) / ADDR;
	first = route + ROUTE_HEAD;
	/* RFC 1812 section 4.2.2.6: some senders put themselves first. */
	if (hops > 0 && !memcmp(first, &ip_hdr(skb)->saddr, ADDR)) {
		first += ADDR;
		hops--;
	}
	if (hops <= 0)
		return NULL;
	len = ALIGN(ROUTE_HEAD + hops * ADDR, 4);
	reply = kzalloc(sizeof(*reply) + len, GFP_ATOMIC | __GFP_NOWARN);
	if (!reply)
		return NULL;
	reply->opt.optlen = len;
	reply->opt.is_strictroute = from->is_strictroute;
	turn_round(&reply->opt, route[0], first, hops);
	return reply;
}
