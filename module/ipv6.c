// SPDX-License-Identifier: GPL-2.0
/*
 * IPv6: routes, headers, checksums, arrival of segments and of ICMP messages:
 * RFC 9293 sections 3.1 and 3.9.2, RFC 8200.
 */
#include <linux/icmpv6.h>
#include <net/addrconf.h>
#include <net/inet6_hashtables.h>
#include <net/inet_common.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/protocol.h>
#include <net/tcp.h>
#include <net/transp_v6.h>

#include "calls.h"
#include "family.h"
#include "input.h"
#include "output.h"
#include "sock.h"

static void flow_of_sock(struct sock *sk, struct flowi6 *fl6)
{
	struct ipv6_pinfo *np = inet6_sk(sk);

	memset(fl6, 0, sizeof(*fl6));
	fl6->flowi6_proto = xtcp_sk(sk)->ent.t.proto;
	fl6->daddr = sk->sk_v6_daddr;
	fl6->saddr = np->saddr;
	fl6->flowlabel = ip6_make_flowinfo(np->tclass, np->flow_label);
	fl6->flowi6_oif = sk->sk_bound_dev_if;
	fl6->flowi6_mark = READ_ONCE(sk->sk_mark);
	fl6->fl6_sport = htons(inet_sk(sk)->inet_num);
	fl6->fl6_dport = inet_sk(sk)->inet_dport;
	fl6->flowi6_uid = sk->sk_uid;
	security_sk_classify_flow(sk, flowi6_to_flowi_common(fl6));
}

static int connect_mapped(struct sock *sk, struct sockaddr_in6 *to)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = to->sin6_port,
		.sin_addr.s_addr = to->sin6_addr.s6_addr32[3],
	};
	int err;

	if (ipv6_only_sock(sk))
		return -ENETUNREACH;
	err = xtcp_ipv4.connect(sk, (struct sockaddr *)&sin, sizeof(sin));
	if (err)
		return err;
	xtcp_sk(sk)->fam = &xtcp_ipv4;
	inet6_sk(sk)->saddr = xtcp_sk(sk)->ent.t.laddr;
	sk->sk_v6_rcv_saddr = xtcp_sk(sk)->ent.t.laddr;
	sk->sk_v6_daddr = xtcp_sk(sk)->ent.t.faddr;
	return 0;
}

/* A link-local peer is found by one interface only. */
static int connect_scope(struct sock *sk, const struct sockaddr_in6 *to, int len)
{
	if (!(ipv6_addr_type(&to->sin6_addr) & IPV6_ADDR_LINKLOCAL))
		return 0;
	if (len >= (int)sizeof(*to) && to->sin6_scope_id) {
		if (!sk_dev_equal_l3scope(sk, to->sin6_scope_id))
			return -EINVAL;
		sk->sk_bound_dev_if = to->sin6_scope_id;
	}
	return sk->sk_bound_dev_if ? 0 : -EINVAL;
}

static void commit(struct sock *sk, const struct flowi6 *fl6)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (ipv6_addr_any(&inet6_sk(sk)->saddr))
		inet6_sk(sk)->saddr = fl6->saddr;
	sk->sk_v6_rcv_saddr = inet6_sk(sk)->saddr;
	inet_sk(sk)->inet_saddr = LOOPBACK4_IPV6;
	inet_sk(sk)->inet_rcv_saddr = LOOPBACK4_IPV6;
	inet_sk(sk)->inet_daddr = LOOPBACK4_IPV6;
	xp->ent.t.laddr = inet6_sk(sk)->saddr;
	xp->ent.t.faddr = sk->sk_v6_daddr;
	xp->ent.v6 = 1;
}

static int v6_connect(struct sock *sk, struct sockaddr *addr, int len)
{
	struct sockaddr_in6 *to = (struct sockaddr_in6 *)addr;
	struct in6_addr daddr;
	struct dst_entry *dst;
	struct flowi6 fl6;
	int err;

	if (len < SIN6_LEN_RFC2133)
		return -EINVAL;
	if (to->sin6_family != AF_INET6)
		return -EAFNOSUPPORT;
	xtcp_sk(sk)->fam = &xtcp_ipv6;
	xtcp_sk(sk)->ent.t.fport = to->sin6_port;
	daddr = to->sin6_addr;
	/* Connecting to nowhere means to this host, as BSD has it. */
	if (ipv6_addr_any(&daddr))
		daddr = ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr) ?
			(struct in6_addr){ .s6_addr32 = { 0, 0, htonl(0xffff),
					   htonl(INADDR_LOOPBACK) } } :
			in6addr_loopback;
	if (ipv6_addr_is_multicast(&daddr))
		return -ENETUNREACH;
	if (ipv6_addr_v4mapped(&daddr)) {
		struct sockaddr_in6 mapped = *to;

		mapped.sin6_addr = daddr;
		return connect_mapped(sk, &mapped);
	}
	err = connect_scope(sk, to, len);
	if (err)
		return err;
	sk->sk_v6_daddr = daddr;
	inet_sk(sk)->inet_dport = to->sin6_port;
	flow_of_sock(sk, &fl6);
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, &fl6, NULL);
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	commit(sk, &fl6);
	xtcp_compat_dst6_store(sk, dst);
	return 0;
}

static struct dst_entry *v6_rebuild(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, inet6_sk(sk)->dst_cookie);
	struct flowi6 fl6;

	if (dst)
		return dst;
	flow_of_sock(sk, &fl6);
	dst = ip6_dst_lookup_flow(sock_net(sk), sk, &fl6, NULL);
	if (!IS_ERR(dst))
		xtcp_compat_dst6_store(sk, dst);
	return dst;
}

static int v6_xmit(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst)
{
	struct ipv6_pinfo *np = inet6_sk(sk);
	struct flowi6 fl6;

	skb_dst_set_noref(skb, dst);
	flow_of_sock(sk, &fl6);
	return ip6_xmit(sk, skb, &fl6, READ_ONCE(sk->sk_mark),
			rcu_dereference(np->opt), np->tclass,
			READ_ONCE(sk->sk_priority));
}

static struct dst_entry *v6_route(const struct xtcp_path *path)
{
	struct flowi6 fl6 = {
		.flowi6_proto = path->t.proto,
		.flowi6_oif = path->oif,
		.flowi6_mark = path->mark,
		.flowi6_uid = path->uid,
		.flowlabel = ip6_make_flowinfo(path->tos, 0),
		.saddr = path->t.laddr,
		.daddr = path->t.faddr,
		.fl6_sport = path->t.lport,
		.fl6_dport = path->t.fport,
	};

	return ip6_dst_lookup_flow(path->net, NULL, &fl6, NULL);
}

/* As ip6_xmit() has it for a socket that says nothing of labels (RFC 6437). */
static __be32 flow_label(const struct xtcp_path *path, struct sk_buff *skb)
{
	struct flowi6 fl6 = {
		.flowi6_proto = path->t.proto,
		.saddr = path->t.laddr,
		.daddr = path->t.faddr,
		.fl6_sport = path->t.lport,
		.fl6_dport = path->t.fport,
	};

	return ip6_make_flowlabel(path->net, skb, 0,
				  ip6_default_np_autolabel(path->net), &fl6);
}

static int v6_send(const struct xtcp_path *path, struct sk_buff *skb,
		   struct dst_entry *dst)
{
	struct ipv6hdr *hdr = skb_push(skb, sizeof(*hdr));

	skb_reset_network_header(skb);
	ip6_flow_hdr(hdr, path->tos, flow_label(path, skb));
	hdr->payload_len = htons(skb->len - sizeof(*hdr));
	hdr->nexthdr = path->t.proto;
	hdr->hop_limit = ip6_dst_hoplimit(dst);
	hdr->saddr = path->t.laddr;
	hdr->daddr = path->t.faddr;
	skb->protocol = htons(ETH_P_IPV6);
	skb->mark = path->mark;
	skb_dst_set(skb, dst);
	return ip6_local_out(path->net, NULL, skb);
}

static bool v6_for_us(const struct sk_buff *skb)
{
	return ipv6_unicast_destination(skb) &&
	       !ipv6_addr_v4mapped(&ipv6_hdr(skb)->saddr);
}

static void v6_check(struct sk_buff *skb, const struct xtcp_tuple *t,
		     netdev_features_t caps)
{
	struct tcphdr *th = tcp_hdr(skb);

	if (caps & NETIF_F_HW_CSUM) {
		th->check = ~csum_ipv6_magic(&t->laddr, &t->faddr, skb->len,
					     t->proto, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct tcphdr, check);
		return;
	}
	th->check = 0;
	th->check = csum_ipv6_magic(&t->laddr, &t->faddr, skb->len,
				    t->proto,
				    skb_checksum(skb, 0, skb->len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

const struct xtcp_family xtcp_ipv6 = {
	.family = AF_INET6,
	.hdr_len = sizeof(struct ipv6hdr),
	.mss_default = XTCP_MSS_DEFAULT6,
	.connect = v6_connect,
	.rebuild = v6_rebuild,
	.xmit = v6_xmit,
	.route = v6_route,
	.send = v6_send,
	.for_us = v6_for_us,
	.check = v6_check,
};

static int v6_rcv(struct sk_buff *skb)
{
	struct xtcp_tuple t = {
		.laddr = ipv6_hdr(skb)->daddr,
		.faddr = ipv6_hdr(skb)->saddr,
		.proto = IPPROTO_XTCP,
	};

	return xtcp_rcv(skb, &t, true);
}

static bool classify(struct xtcp_icmp *msg, u8 type, u8 code, __be32 info)
{
	switch (type) {
	case NDISC_REDIRECT:
		msg->kind = XTCP_ICMP_REDIRECT;
		return true;
	case ICMPV6_PKT_TOOBIG:
		msg->kind = XTCP_ICMP_MTU;
		msg->mtu = ntohl(info);
		return msg->mtu >= IPV6_MIN_MTU;
	case ICMPV6_DEST_UNREACH:
	case ICMPV6_PARAMPROB:
	case ICMPV6_TIME_EXCEED:
		msg->kind = icmpv6_err_convert(type, code, &msg->err) ?
			    XTCP_ICMP_HARD : XTCP_ICMP_SOFT;
		/* While a connection opens, an unreachable host is final. */
		if (type == ICMPV6_DEST_UNREACH)
			msg->kind = XTCP_ICMP_HARD;
		return true;
	default:
		return false;
	}
}

/**
 * xtcp_ipv6_err() - an ICMPv6 message about a segment of ours arrives
 * @skb: the message; data at the header of the IP datagram that it quotes
 * @type: of the message
 * @code: of the message
 * @offset: from data to the segment, eight bytes of which are there
 * @info: where it tells one, the next hop's MTU in bytes
 * @proto: IP protocol of the segment
 *
 * Context: softirq.
 * Return: 0, or -ENOENT when there is no such connection.
 */
int xtcp_ipv6_err(struct sk_buff *skb, u8 type, u8 code, int offset,
		  __be32 info, u32 proto)
{
	const struct ipv6hdr *hdr = (const struct ipv6hdr *)skb->data;
	const struct tcphdr *th = (const void *)(skb->data + offset);
	struct xtcp_icmp msg = {
		.skb = skb,
		.seq = ntohl(th->seq),
		.t = {
			.laddr = hdr->saddr,
			.faddr = hdr->daddr,
			.lport = th->source,
			.fport = th->dest,
			.proto = proto,
		},
	};

	if (!classify(&msg, type, code, info))
		return 0;
	return xtcp_family_icmp(dev_net(skb->dev), &msg, inet6_iif(skb),
				inet6_sdif(skb));
}

static int v6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
		  u8 code, int offset, __be32 info)
{
	return xtcp_ipv6_err(skb, type, code, offset, info, IPPROTO_XTCP);
}

static const struct inet6_protocol v6_protocol = {
	.handler = v6_rcv,
	.err_handler = v6_err,
	.flags = INET6_PROTO_NOPOLICY | INET6_PROTO_FINAL,
};

const struct proto_ops xtcp_ipv6_ops = {
	.family = PF_INET6,
	.owner = THIS_MODULE,
	.release = inet6_release,
	.bind = inet6_bind,
	.connect = inet_stream_connect,
	.socketpair = sock_no_socketpair,
	.accept = inet_accept,
	.getname = inet6_getname,
	.poll = xtcp_poll,
	.ioctl = xtcp_calls_ioctl,
	.gettstamp = sock_gettstamp,
	.listen = xtcp_calls_listen,
	.shutdown = inet_shutdown,
	.setsockopt = sock_common_setsockopt,
	.getsockopt = sock_common_getsockopt,
	.sendmsg = xtcp_sendq_sendmsg,
	.recvmsg = xtcp_recv_recvmsg,
	.mmap = sock_no_mmap,
	.splice_read = xtcp_recv_splice_read,
	.peek_len = xtcp_recv_peek_len,
	.set_rcvlowat = xtcp_sockopt_set_rcvlowat,
};

static struct inet_protosw v6_protosw = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_XTCP,
	.prot = &xtcp6_prot,
	.ops = &xtcp_ipv6_ops,
};

/**
 * xtcp_ipv6_admit() - let in IPv6 segments, then sockets
 *
 * Context: module load; all rooms are ready.
 * Return: 0, or -EAGAIN when the protocol number is taken.
 */
int __init xtcp_ipv6_admit(void)
{
	int err = inet6_add_protocol(&v6_protocol, IPPROTO_XTCP);

	if (err)
		return err;
	err = inet6_register_protosw(&v6_protosw);
	if (err)
		inet6_del_protocol(&v6_protocol, IPPROTO_XTCP);
	return err;
}

/**
 * xtcp_ipv6_refuse() - undo xtcp_ipv6_admit()
 *
 * Context: module unload; waits for receivers to leave.
 */
void xtcp_ipv6_refuse(void)
{
	inet6_unregister_protosw(&v6_protosw);
	inet6_del_protocol(&v6_protocol, IPPROTO_XTCP);
}
