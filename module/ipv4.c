// SPDX-License-Identifier: GPL-2.0
/*
 * IPv4: routes, headers, checksums, arrival of segments and of ICMP messages:
 * RFC 9293 sections 3.1 and 3.9.2.
 */
#include <linux/icmp.h>
#include <linux/inetdevice.h>
#include <net/checksum.h>
#include <net/icmp.h>
#include <net/inet_common.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/protocol.h>
#include <net/route.h>
#include <net/tcp.h>

#include "calls.h"
#include "family.h"
#include "input.h"
#include "ipopts.h"
#include "output.h"
#include "sock.h"

static __be32 v4(const struct in6_addr *addr)
{
	return addr->s6_addr32[3];
}

/* The options of a socket; RCU read lock held. */
static const struct ip_options *options_of(const struct sock *sk)
{
	const struct ip_options_rcu *opt = rcu_dereference(inet_sk(sk)->inet_opt);

	return opt ? &opt->opt : NULL;
}

/* Where the packets of a socket go first on their way to @daddr. */
static __be32 first_hop(const struct sock *sk, __be32 daddr)
{
	__be32 hop;

	rcu_read_lock();
	hop = xtcp_ipopts_hop(options_of(sk), daddr);
	rcu_read_unlock();
	return hop;
}

static void flow_of_sock(struct sock *sk, struct flowi4 *fl4, __be32 daddr)
{
	struct inet_sock *inet = inet_sk(sk);

	memset(fl4, 0, sizeof(*fl4));
	daddr = first_hop(sk, daddr);
	flowi4_init_output(fl4, sk->sk_bound_dev_if, READ_ONCE(sk->sk_mark),
			   READ_ONCE(inet->tos) & IPTOS_TOS_MASK & ~1,
			   RT_SCOPE_UNIVERSE, xtcp_sk(sk)->ent.t.proto,
			   inet_sk_flowi_flags(sk), daddr, inet->inet_saddr,
			   inet->inet_dport, htons(inet->inet_num),
			   sk->sk_uid);
	security_sk_classify_flow(sk, flowi4_to_flowi_common(fl4));
}

/* Fill in the addresses of a socket that knows its peer. */
static void commit(struct sock *sk, __be32 saddr, __be32 daddr)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!inet_sk(sk)->inet_saddr) {
		inet_sk(sk)->inet_saddr = saddr;
		sk_rcv_saddr_set(sk, saddr);
	}
	sk_rcv_saddr_set(sk, inet_sk(sk)->inet_saddr);
	sk_daddr_set(sk, daddr);
	ipv6_addr_set_v4mapped(inet_sk(sk)->inet_saddr, &xp->ent.t.laddr);
	ipv6_addr_set_v4mapped(daddr, &xp->ent.t.faddr);
	xp->ent.v6 = 0;
}

static int v4_connect(struct sock *sk, struct sockaddr *addr, int len)
{
	struct sockaddr_in *to = (struct sockaddr_in *)addr;
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct flowi4 fl4;
	struct rtable *rt;
	__be32 daddr;
	bool unicast;

	if (len < (int)sizeof(*to))
		return -EINVAL;
	if (to->sin_family != AF_INET)
		return -EAFNOSUPPORT;
	inet_sk(sk)->inet_dport = to->sin_port;
	flow_of_sock(sk, &fl4, to->sin_addr.s_addr);
	rt = ip_route_output_flow(sock_net(sk), &fl4, sk);
	if (IS_ERR(rt))
		return PTR_ERR(rt);
	unicast = !(rt->rt_flags & (RTCF_MULTICAST | RTCF_BROADCAST));
	ip_rt_put(rt);
	if (!unicast)
		return -ENETUNREACH;
	/* The route has made an address of none, but with a source route. */
	daddr = fl4.daddr;
	if (first_hop(sk, to->sin_addr.s_addr) != to->sin_addr.s_addr)
		daddr = to->sin_addr.s_addr;
	if (!daddr)
		return -EINVAL;
	commit(sk, fl4.saddr, daddr);
	xp->ent.t.fport = to->sin_port;
	return 0;
}

static struct dst_entry *v4_rebuild(struct sock *sk)
{
	struct dst_entry *dst = __sk_dst_check(sk, 0);
	struct flowi4 fl4;
	struct rtable *rt;

	if (dst)
		return dst;
	flow_of_sock(sk, &fl4, inet_sk(sk)->inet_daddr);
	rt = ip_route_output_flow(sock_net(sk), &fl4, sk);
	if (IS_ERR(rt))
		return ERR_CAST(rt);
	sk_setup_caps(sk, &rt->dst);
	return &rt->dst;
}

/* Put the IPv4 header in front of a segment; the rest is ip_local_out()'s. */
static void push_header(struct sk_buff *skb, const struct xtcp_tuple *t,
			u8 tos, u8 ttl, bool df,
			const struct ip_options *opt)
{
	int len = sizeof(struct iphdr) + xtcp_ipopts_optlen(opt);
	struct iphdr *iph = skb_push(skb, len);

	skb_reset_network_header(skb);
	*(__be16 *)iph = htons(4 << 12 | len / 4 << 8 | tos);
	iph->frag_off = df ? htons(IP_DF) : 0;
	iph->ttl = ttl;
	iph->protocol = t->proto;
	iph->saddr = v4(&t->laddr);
	iph->daddr = xtcp_ipopts_hop(opt, v4(&t->faddr));
	if (opt)
		xtcp_ipopts_build(skb, opt, v4(&t->faddr));
}

static u8 sock_ttl(const struct sock *sk, const struct dst_entry *dst)
{
	int ttl = READ_ONCE(inet_sk(sk)->uc_ttl);

	return ttl < 0 ? ip4_dst_hoplimit(dst) : ttl;
}

static bool by_gateway(const struct dst_entry *dst)
{
	return container_of(dst, const struct rtable, dst)->rt_uses_gateway;
}

static int v4_xmit(struct sock *sk, struct sk_buff *skb, struct dst_entry *dst)
{
	const struct ip_options *opt = options_of(sk);
	struct inet_sock *inet = inet_sk(sk);

	if (opt && opt->is_strictroute && by_gateway(dst)) {
		kfree_skb(skb);
		return -EHOSTUNREACH;
	}
	skb_dst_set_noref(skb, dst);
	push_header(skb, &xtcp_sk(sk)->ent.t, READ_ONCE(inet->tos),
		    sock_ttl(sk, dst), ip_dont_fragment(sk, dst), opt);
	ip_select_ident_segs(sock_net(sk), skb, sk,
			     skb_shinfo(skb)->gso_segs ?: 1);
	skb->priority = READ_ONCE(sk->sk_priority);
	skb->mark = READ_ONCE(sk->sk_mark);
	return ip_local_out(sock_net(sk), sk, skb);
}

static struct dst_entry *v4_route(const struct xtcp_path *path)
{
	struct flowi4 fl4 = {};
	struct rtable *rt;

	flowi4_init_output(&fl4, path->oif, path->mark,
			   path->tos & IPTOS_TOS_MASK & ~1, RT_SCOPE_UNIVERSE,
			   path->t.proto, 0,
			   xtcp_ipopts_hop(path->opts, v4(&path->t.faddr)),
			   v4(&path->t.laddr), path->t.fport, path->t.lport,
			   path->uid);
	rt = ip_route_output_flow(path->net, &fl4, NULL);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

static int v4_send(const struct xtcp_path *path, struct sk_buff *skb,
		   struct dst_entry *dst)
{
	skb_dst_set(skb, dst);
	push_header(skb, &path->t, path->tos, ip4_dst_hoplimit(dst), true,
		    path->opts);
	ip_hdr(skb)->id = 0;
	skb->mark = path->mark;
	return ip_local_out(path->net, NULL, skb);
}

static bool v4_for_us(const struct sk_buff *skb)
{
	const struct rtable *rt = skb_rtable(skb);

	return !rt || !(rt->rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST));
}

static void v4_check(struct sk_buff *skb, const struct xtcp_tuple *t,
		     netdev_features_t caps)
{
	struct tcphdr *th = tcp_hdr(skb);

	if (caps & NETIF_F_HW_CSUM) {
		th->check = ~csum_tcpudp_magic(v4(&t->laddr), v4(&t->faddr),
					       skb->len, t->proto, 0);
		skb->ip_summed = CHECKSUM_PARTIAL;
		skb->csum_start = skb_transport_header(skb) - skb->head;
		skb->csum_offset = offsetof(struct tcphdr, check);
		return;
	}
	th->check = 0;
	th->check = csum_tcpudp_magic(v4(&t->laddr), v4(&t->faddr), skb->len,
				      t->proto,
				      skb_checksum(skb, 0, skb->len, 0));
	skb->ip_summed = CHECKSUM_NONE;
}

const struct xtcp_family xtcp_ipv4 = {
	.family = AF_INET,
	.hdr_len = sizeof(struct iphdr),
	.mss_default = XTCP_MSS_DEFAULT,
	.connect = v4_connect,
	.rebuild = v4_rebuild,
	.xmit = v4_xmit,
	.route = v4_route,
	.send = v4_send,
	.for_us = v4_for_us,
	.check = v4_check,
};

static int v4_rcv(struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	struct xtcp_tuple t = { .proto = IPPROTO_XTCP };

	ipv6_addr_set_v4mapped(iph->daddr, &t.laddr);
	ipv6_addr_set_v4mapped(iph->saddr, &t.faddr);
	return xtcp_rcv(skb, &t, false);
}

/* Turn an ICMP type and code into what RFC 5461 makes of it. */
static bool classify(struct xtcp_icmp *msg, int type, int code, u32 info)
{
	switch (type) {
	case ICMP_REDIRECT:
		msg->kind = XTCP_ICMP_REDIRECT;
		return true;
	case ICMP_PARAMETERPROB:
		msg->kind = XTCP_ICMP_SOFT;
		msg->err = EPROTO;
		return true;
	case ICMP_TIME_EXCEEDED:
		msg->kind = XTCP_ICMP_SOFT;
		msg->err = EHOSTUNREACH;
		return true;
	case ICMP_DEST_UNREACH:
		if (code > NR_ICMP_UNREACH)
			return false;
		if (code == ICMP_FRAG_NEEDED) {
			msg->kind = XTCP_ICMP_MTU;
			msg->mtu = info;
			return true;
		}
		msg->kind = XTCP_ICMP_HARD;
		msg->err = icmp_err_convert[code].errno;
		return true;
	default:
		return false;
	}
}

/**
 * xtcp_ipv4_err() - an ICMP message about a segment of ours arrives
 * @skb: the message; data at the header of the IP datagram that it quotes,
 *	with eight bytes of the segment behind it; transport header at ICMP's
 * @info: where it tells one, the next hop's MTU in bytes
 *
 * Context: softirq.
 * Return: 0, or -ENOENT when there is no such connection.
 */
int xtcp_ipv4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct tcphdr *th = (const void *)(skb->data + iph->ihl * 4);
	struct net *net = dev_net(skb->dev);
	struct xtcp_icmp msg = { .skb = skb, .seq = ntohl(th->seq) };

	if (!classify(&msg, icmp_hdr(skb)->type, icmp_hdr(skb)->code, info))
		return 0;
	ipv6_addr_set_v4mapped(iph->saddr, &msg.t.laddr);
	ipv6_addr_set_v4mapped(iph->daddr, &msg.t.faddr);
	msg.t.lport = th->source;
	msg.t.fport = th->dest;
	msg.t.proto = iph->protocol;
	return xtcp_family_icmp(net, &msg, inet_iif(skb), 0);
}

static const struct net_protocol v4_protocol = {
	.handler = v4_rcv,
	.err_handler = xtcp_ipv4_err,
	.no_policy = 1,
	.icmp_strict_tag_validation = 1,
};

const struct proto_ops xtcp_ipv4_ops = {
	.family = PF_INET,
	.owner = THIS_MODULE,
	.release = inet_release,
	.bind = inet_bind,
	.connect = inet_stream_connect,
	.socketpair = sock_no_socketpair,
	.accept = inet_accept,
	.getname = inet_getname,
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

static struct inet_protosw v4_protosw = {
	.type = SOCK_STREAM,
	.protocol = IPPROTO_XTCP,
	.prot = &xtcp_prot,
	.ops = &xtcp_ipv4_ops,
};

/**
 * xtcp_ipv4_admit() - let in IPv4 segments, then sockets
 *
 * Context: module load; all rooms are ready.
 * Return: 0, or -EAGAIN when the protocol number is taken.
 */
int __init xtcp_ipv4_admit(void)
{
	int err = inet_add_protocol(&v4_protocol, IPPROTO_XTCP);

	if (!err)
		inet_register_protosw(&v4_protosw);
	return err;
}

/**
 * xtcp_ipv4_refuse() - undo xtcp_ipv4_admit()
 *
 * Context: module unload; waits for receivers to leave.
 */
void xtcp_ipv4_refuse(void)
{
	inet_unregister_protosw(&v4_protosw);
	inet_del_protocol(&v4_protocol, IPPROTO_XTCP);
}
