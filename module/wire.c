// SPDX-License-Identifier: GPL-2.0
/*
 * The wire of ordinary TCP, IP protocol 6: which sockets go there, and how
 * their segments, and ICMP messages about them, are told from those of the
 * kernel's TCP: RFC 9293 sections 3.1 and 3.9.2.
 *
 * A netfilter hook on LOCAL_IN, behind the firewall's, looks at what arrives.
 * A port of xtcp's is xtcp's alone (reserve.c), so the port tells most, and
 * the tables of connections and listeners the rest: what is not in them goes
 * on to the kernel's TCP, which resets it.
 */
#include <linux/export.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "family.h"
#include "input.h"
#include "netns.h"
#include "reserve.h"
#include "sock.h"
#include "wire.h"

/* What RFC 792 and RFC 4443 promise of the segment that a message is about. */
#define QUOTED	8

/**
 * xtcp_wire_valid() - is this a value of the knob "wire"?
 * @wire: XTCP_WIRE_*
 *
 * Context: any.
 * Return: whether it is.
 */
bool xtcp_wire_valid(int wire)
{
	return wire == XTCP_WIRE_OWN || wire == XTCP_WIRE_TCP ||
	       wire == XTCP_WIRE_BOTH;
}

static u8 wires_of(int wire)
{
	switch (wire) {
	case XTCP_WIRE_TCP:
		return XTCP_WIRE_ON_TCP;
	case XTCP_WIRE_BOTH:
		return XTCP_WIRE_ON_OWN | XTCP_WIRE_ON_TCP;
	default:
		return XTCP_WIRE_ON_OWN;
	}
}

/**
 * xtcp_wire_set() - setsockopt of XTCP_WIRE
 * @sk: the socket
 * @wire: XTCP_WIRE_*, or 0 for what the namespace says
 *
 * Context: process; socket lock held.
 * Return: 0; -EINVAL for another value, or when the socket has a port.
 */
int xtcp_wire_set(struct sock *sk, int wire)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (wire && !xtcp_wire_valid(wire))
		return -EINVAL;
	if (xp->wires || sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	xp->wire = wire;
	return 0;
}

/**
 * xtcp_wire_get() - getsockopt of XTCP_WIRE
 * @sk: the socket
 *
 * Context: any.
 * Return: XTCP_WIRE_*: what the socket goes by, or would if it got a port now.
 */
int xtcp_wire_get(const struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	switch (READ_ONCE(xp->wires)) {
	case XTCP_WIRE_ON_OWN:
		return XTCP_WIRE_OWN;
	case XTCP_WIRE_ON_TCP:
		return XTCP_WIRE_TCP;
	case XTCP_WIRE_ON_OWN | XTCP_WIRE_ON_TCP:
		return XTCP_WIRE_BOTH;
	default:
		return READ_ONCE(xp->wire) ?: xtcp_knob(sock_net(sk), wire);
	}
}
EXPORT_SYMBOL_GPL(xtcp_wire_get);

/**
 * xtcp_wire_settle() - a socket gets a port: which wires is it for?
 * @sk: the socket; keeps what was decided until it has no port any more
 *
 * Context: process; socket lock held.
 */
void xtcp_wire_settle(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->wires)
		WRITE_ONCE(xp->wires, wires_of(xtcp_wire_get(sk)));
}

/**
 * xtcp_wire_connect() - which protocol does a connection begin with?
 * @sk: the socket, that may have a port
 *
 * Context: process; socket lock held.
 * Return: IPPROTO_TCP only where nothing else is allowed.
 */
u32 xtcp_wire_connect(struct sock *sk)
{
	return xtcp_wire_get(sk) == XTCP_WIRE_TCP ? IPPROTO_TCP : IPPROTO_XTCP;
}

static unsigned int v4_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);
static unsigned int v6_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state);

/*
 * Hooks of the same priority as ours may follow: connection tracking, that
 * confirms here what it has seen. They come first after all.
 */
static bool later_hooks_accept(struct sk_buff *skb,
			       const struct nf_hook_state *state,
			       const struct nf_hook_entries *e, nf_hookfn *ours)
{
	struct nf_hook_state later = *state;
	unsigned int i;

	if (!e)
		return true;
	for (i = 0; i < e->num_hook_entries; i++)
		if (e->hooks[i].hook == ours)
			break;
	if (i + 1 >= e->num_hook_entries)
		return true;
	return nf_hook_slow(skb, &later, e, i + 1) == 1;
}

/* The ports of the segment at @offset; false when there is no whole pair. */
static bool read_ports(const struct sk_buff *skb, int offset,
		       struct xtcp_tuple *t)
{
	__be16 buf[2];
	const __be16 *ports = skb_header_pointer(skb, offset, sizeof(buf), buf);

	if (!ports)
		return false;
	t->fport = ports[0];
	t->lport = ports[1];
	return true;
}

/* What ip_local_deliver_finish() does before it calls a protocol. */
static void uncover(struct sk_buff *skb, int offset)
{
	skb_clear_delivery_time(skb);
	skb_set_transport_header(skb, offset);
	__skb_pull(skb, offset);
}

static unsigned int v4_segment(struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct xtcp_tuple t = { .proto = IPPROTO_TCP };
	struct xtcp_claim claim;

	if (!read_ports(skb, ip_hdrlen(skb), &t) ||
	    !xtcp_reserve_has(&xtcp_net(state->net)->reserve, ntohs(t.lport)))
		return NF_ACCEPT;
	ipv6_addr_set_v4mapped(iph->daddr, &t.laddr);
	ipv6_addr_set_v4mapped(iph->saddr, &t.faddr);
	if (!xtcp_rcv_claim(skb, ip_hdrlen(skb), &t, false, &claim))
		return NF_ACCEPT;
	if (later_hooks_accept(skb, state,
			       rcu_dereference(state->net->nf.hooks_ipv4[NF_INET_LOCAL_IN]),
			       v4_hook)) {
		uncover(skb, ip_hdrlen(skb));
		xtcp_rcv_claimed(skb, &t, false, &claim);
	}
	xtcp_rcv_unclaim(&claim);
	return NF_STOLEN;
}

static bool v4_is_error(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB || type == ICMP_REDIRECT;
}

/* An ICMP message at @offset is about a segment from one of our ports. */
static bool v4_icmp_is_ours(struct sk_buff *skb, int offset,
			    const struct xtcp_reserve *rs)
{
	const struct icmphdr *icmp;
	const struct iphdr *inner;
	int end = offset + sizeof(*icmp) + sizeof(*inner);
	__be16 port;

	if (!pskb_may_pull(skb, end))
		return false;
	icmp = (const void *)(skb->data + offset);
	inner = (const void *)(icmp + 1);
	if (!v4_is_error(icmp->type) || inner->protocol != IPPROTO_TCP ||
	    inner->ihl < 5 || inner->frag_off & htons(IP_OFFSET))
		return false;
	end += inner->ihl * 4 - sizeof(*inner) + QUOTED;
	if (!pskb_may_pull(skb, end))
		return false;
	port = *(__be16 *)(skb->data + end - QUOTED);
	return xtcp_reserve_has(rs, ntohs(port));
}

static bool tells_mtu(const struct icmphdr *icmp)
{
	return icmp->type == ICMP_DEST_UNREACH &&
	       icmp->code == ICMP_FRAG_NEEDED;
}

/* Values 1 and 2 of ip_no_pmtu_disc: such messages are not believed. */
static bool mtu_is_believed(const struct net *net)
{
	int mode = READ_ONCE(net->ipv4.sysctl_ip_no_pmtu_disc);

	return mode != IP_PMTUDISC_WANT && mode != IP_PMTUDISC_DO;
}

/* Tell our connection; the message itself goes on its way. */
static void v4_icmp(struct sk_buff *skb, const struct nf_hook_state *state)
{
	int offset = ip_hdrlen(skb);
	int quote = offset + sizeof(struct icmphdr);
	const struct icmphdr *icmp;

	if (!v4_icmp_is_ours(skb, offset, &xtcp_net(state->net)->reserve) ||
	    nf_ip_checksum(skb, state->hook, offset, IPPROTO_ICMP))
		return;
	skb_set_transport_header(skb, offset);
	icmp = icmp_hdr(skb);
	if (tells_mtu(icmp) && !mtu_is_believed(state->net))
		return;
	__skb_pull(skb, quote);
	xtcp_ipv4_err(skb, tells_mtu(icmp) ? ntohs(icmp->un.frag.mtu) : 0);
	__skb_push(skb, quote);
}

static unsigned int v4_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	switch (ip_hdr(skb)->protocol) {
	case IPPROTO_TCP:
		return v4_segment(skb, state);
	case IPPROTO_ICMP:
		v4_icmp(skb, state);
		break;
	}
	return NF_ACCEPT;
}

/* As v4_segment(); extension headers were walked over already. */
static unsigned int v6_segment(struct sk_buff *skb,
			       const struct nf_hook_state *state, int offset)
{
	struct xtcp_tuple t = {
		.laddr = ipv6_hdr(skb)->daddr,
		.faddr = ipv6_hdr(skb)->saddr,
		.proto = IPPROTO_TCP,
	};
	struct xtcp_claim claim;

	if (!read_ports(skb, offset, &t) ||
	    !xtcp_reserve_has(&xtcp_net(state->net)->reserve, ntohs(t.lport)) ||
	    !xtcp_rcv_claim(skb, offset, &t, true, &claim))
		return NF_ACCEPT;
	if (later_hooks_accept(skb, state,
			       rcu_dereference(state->net->nf.hooks_ipv6[NF_INET_LOCAL_IN]),
			       v6_hook)) {
		uncover(skb, offset);
		skb_postpull_rcsum(skb, skb_network_header(skb), offset);
		xtcp_rcv_claimed(skb, &t, true, &claim);
	}
	xtcp_rcv_unclaim(&claim);
	return NF_STOLEN;
}

/* Where the segment stands that the message at @offset quotes, or -1. */
static int v6_quoted(struct sk_buff *skb, int offset)
{
	int inner = offset + sizeof(struct icmp6hdr);
	__be16 frag_off;
	u8 nexthdr;
	int at;

	if (!pskb_may_pull(skb, inner + sizeof(struct ipv6hdr)))
		return -1;
	nexthdr = ((const struct ipv6hdr *)(skb->data + inner))->nexthdr;
	at = ipv6_skip_exthdr(skb, inner + sizeof(struct ipv6hdr), &nexthdr,
			      &frag_off);
	if (at < 0 || nexthdr != IPPROTO_TCP || frag_off ||
	    !pskb_may_pull(skb, at + QUOTED))
		return -1;
	return at;
}

static bool v6_is_error(u8 type)
{
	return type == ICMPV6_DEST_UNREACH || type == ICMPV6_PKT_TOOBIG ||
	       type == ICMPV6_TIME_EXCEED || type == ICMPV6_PARAMPROB;
}

/* As v4_icmp(). A redirect is the kernel's business alone here. */
static void v6_icmp(struct sk_buff *skb, const struct nf_hook_state *state,
		    int offset)
{
	int quote = offset + sizeof(struct icmp6hdr);
	int at = v6_quoted(skb, offset);
	const struct icmp6hdr *icmp;

	if (at < 0 ||
	    !xtcp_reserve_has(&xtcp_net(state->net)->reserve,
			      ntohs(*(__be16 *)(skb->data + at))) ||
	    nf_ip6_checksum(skb, state->hook, offset, IPPROTO_ICMPV6))
		return;
	icmp = (const void *)(skb->data + offset);
	if (!v6_is_error(icmp->icmp6_type))
		return;
	__skb_pull(skb, quote);
	xtcp_ipv6_err(skb, icmp->icmp6_type, icmp->icmp6_code, at - quote,
		      icmp->icmp6_mtu, IPPROTO_TCP);
	__skb_push(skb, quote);
}

static unsigned int v6_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	int offset = sizeof(struct ipv6hdr);
	__be16 frag_off = 0;

	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	if (nexthdr != IPPROTO_TCP)
		offset = ipv6_skip_exthdr(skb, offset, &nexthdr, &frag_off);
	/* A fragment was not put together here, and is nobody's segment. */
	if (offset < 0 || frag_off)
		return NF_ACCEPT;
	if (nexthdr == IPPROTO_TCP)
		return v6_segment(skb, state, offset);
	if (nexthdr == IPPROTO_ICMPV6)
		v6_icmp(skb, state, offset);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook = v4_hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	}, {
		.hook = v6_hook,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
};

/**
 * xtcp_wire_hook() - begin to look at what arrives in a namespace
 * @net: the namespace
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_wire_hook(struct net *net)
{
	return nf_register_net_hooks(net, hooks, ARRAY_SIZE(hooks));
}

/**
 * xtcp_wire_unhook() - look no more
 * @net: the namespace
 *
 * Context: process; waits until no segment is in a hook.
 */
void xtcp_wire_unhook(struct net *net)
{
	nf_unregister_net_hooks(net, hooks, ARRAY_SIZE(hooks));
	synchronize_net();
}
