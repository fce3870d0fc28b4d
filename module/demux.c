// SPDX-License-Identifier: GPL-2.0
/*
 * Early demultiplexing, of IPv6: a segment of a connection gets the route by
 * which the last one came, so that the network layer need not look for it: RFC
 * 9293 section 3.10.7, before anything of it.
 *
 * The network layer does so for TCP and UDP by name. Here a netfilter hook does,
 * on PRE_ROUTING and behind all others, while a namespace has sockets. What was
 * found goes along with the segment, so that it is looked up once. To look up a
 * route of IPv4 takes less than the hook does.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv6.h>
#include <linux/tcp.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>

#include "demux.h"
#include "netns.h"
#include "sock.h"

/* The hook stays that long without a socket, lest each connection bring it. */
#define UNHOOK_AFTER	(10 * HZ)

/* What a segment must have to be of a connection: ports and flags. */
#define NEEDED		14

static struct xtcp_net *net_of(struct xtcp_demux *d)
{
	return container_of(d, struct xtcp_net, demux);
}

/* A bridge shows its frames to the hooks of IP, too. */
static bool bridged(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_BRIDGE_NETFILTER)
	return skb_ext_exist(skb, SKB_EXT_BRIDGE_NF);
#else
	return false;
#endif
}

/*
 * Not for us to touch: what has a route or a socket, what a bridge or a VRF
 * shows before its time.
 */
static bool untouched(const struct net *net, const struct sk_buff *skb)
{
	return skb->pkt_type == PACKET_HOST && !skb->sk && !skb_dst(skb) &&
	       READ_ONCE(net->ipv4.sysctl_ip_early_demux) &&
	       !bridged(skb) && !netif_is_l3_slave(skb->dev) &&
	       !netif_is_l3_master(skb->dev);
}

static bool may_be_ours(const struct net *net, u8 proto)
{
	return proto == IPPROTO_XTCP ||
	       (proto == IPPROTO_TCP &&
		READ_ONCE(xtcp_net(net)->reserve.hooked));
}

/* A SYN has no route from an earlier segment. */
static bool read_header(const struct sk_buff *skb, int offset,
			struct xtcp_tuple *t)
{
	u8 buf[NEEDED] __aligned(4);
	const u8 *th = skb_header_pointer(skb, offset, NEEDED, buf);

	if (!th || th[13] & XTCP_SYN)
		return false;
	t->fport = ((const struct tcphdr *)th)->source;
	t->lport = ((const struct tcphdr *)th)->dest;
	return true;
}

static struct sock *find(struct net *net, const struct sk_buff *skb,
			 const struct xtcp_tuple *t)
{
	struct xtcp_ent *ent;

	if (t->proto == IPPROTO_TCP &&
	    !xtcp_reserve_has(&xtcp_net(net)->reserve, ntohs(t->lport)))
		return NULL;
	ent = xtcp_tables_lookup(net, t, skb->skb_iif, 0);
	if (!ent)
		return NULL;
	if (ent->kind == XTCP_ENT_SOCK)
		return xtcp_ent_sk(ent);
	xtcp_ent_put(ent);
	return NULL;
}

/* Let @sk, whose reference it takes, and its route go with the segment. */
static void attach(struct sk_buff *skb, struct sock *sk)
{
	struct dst_entry *dst = rcu_dereference(sk->sk_rx_dst);

	skb->sk = sk;
	skb->destructor = sock_efree;
	if (!dst || READ_ONCE(sk->sk_rx_dst_ifindex) != skb->skb_iif)
		return;
	dst = dst_check(dst, READ_ONCE(sk->sk_rx_dst_cookie));
	if (dst)
		skb_dst_set_noref(skb, dst);
}

/* Extension headers are rare, and worth no walk. */
static unsigned int v6_hook(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	const struct ipv6hdr *hdr = ipv6_hdr(skb);
	struct xtcp_tuple t = { .proto = hdr->nexthdr };
	struct sock *sk;

	if (!may_be_ours(state->net, hdr->nexthdr) ||
	    !untouched(state->net, skb) ||
	    !read_header(skb, sizeof(*hdr), &t))
		return NF_ACCEPT;
	t.laddr = hdr->daddr;
	t.faddr = hdr->saddr;
	sk = find(state->net, skb, &t);
	if (sk)
		attach(skb, sk);
	return NF_ACCEPT;
}

static const struct nf_hook_ops hook = {
	.hook = v6_hook,
	.pf = NFPROTO_IPV6,
	.hooknum = NF_INET_PRE_ROUTING,
	.priority = NF_IP6_PRI_LAST,
};

/**
 * xtcp_demux_take() - the connection that was found for a segment before
 * @skb: the segment; has a socket
 * @t: its 4-tuple, our end first; a firewall may have changed it since
 *
 * Context: softirq.
 * Return: a socket with a reference, or NULL.
 */
struct sock *xtcp_demux_take(struct sk_buff *skb, const struct xtcp_tuple *t)
{
	struct sock *sk = skb->sk;

	if (skb->destructor != sock_efree ||
	    (sk->sk_prot != &xtcp_prot && sk->sk_prot != &xtcp6_prot) ||
	    !xtcp_tuple_equal(&xtcp_sk(sk)->ent.t, t))
		return NULL;
	skb->sk = NULL;
	skb->destructor = NULL;
	return sk;
}

/**
 * xtcp_demux_remember() - keep the route by which a segment came
 * @sk: the connection
 * @skb: the segment, of IPv6
 *
 * Context: softirq; socket locked by bottom half, be it owned or not.
 */
void xtcp_demux_remember(struct sock *sk, const struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);
	struct dst_entry *old;

	if (!dst || (dst == rcu_access_pointer(sk->sk_rx_dst) &&
		     sk->sk_rx_dst_ifindex == skb->skb_iif))
		return;
	if (!dst_hold_safe(dst))
		return;
	WRITE_ONCE(sk->sk_rx_dst_ifindex, skb->skb_iif);
	WRITE_ONCE(sk->sk_rx_dst_cookie,
		   rt6_get_cookie(container_of(dst, struct rt6_info, dst)));
	old = unrcu_pointer(xchg(&sk->sk_rx_dst, RCU_INITIALIZER(dst)));
	dst_release(old);
}

/**
 * xtcp_demux_forget() - a connection is over, or has changed its peer
 * @sk: the socket
 *
 * Context: any.
 */
void xtcp_demux_forget(struct sock *sk)
{
	dst_release(unrcu_pointer(xchg(&sk->sk_rx_dst, NULL)));
}

static bool has_sockets(struct net *net)
{
	return sock_prot_inuse_get(net, &xtcp_prot) ||
	       sock_prot_inuse_get(net, &xtcp6_prot);
}

static void sweep(struct work_struct *work)
{
	struct xtcp_demux *d = container_of(to_delayed_work(work),
					    struct xtcp_demux, sweep);
	struct net *net = net_of(d)->net;

	mutex_lock(&d->lock);
	WRITE_ONCE(d->hooked, false);
	/* Pairs with that of xtcp_demux_want(): either sees the other. */
	smp_mb();
	if (has_sockets(net)) {
		WRITE_ONCE(d->hooked, true);
		queue_delayed_work(system_wq, &d->sweep, UNHOOK_AFTER);
	} else {
		nf_unregister_net_hook(net, &hook);
	}
	mutex_unlock(&d->lock);
}

/**
 * xtcp_demux_want() - a namespace has a socket, maybe its first
 * @net: the namespace; the socket is counted already
 *
 * Without memory for the hook segments go the longer way.
 *
 * Context: process; may sleep.
 */
void xtcp_demux_want(struct net *net)
{
	struct xtcp_demux *d = &xtcp_net(net)->demux;

	/* Pairs with that of sweep(). */
	smp_mb();
	if (READ_ONCE(d->hooked))
		return;
	mutex_lock(&d->lock);
	if (!d->hooked && !nf_register_net_hook(net, &hook)) {
		WRITE_ONCE(d->hooked, true);
		queue_delayed_work(system_wq, &d->sweep, UNHOOK_AFTER);
	}
	mutex_unlock(&d->lock);
}

/**
 * xtcp_demux_net_init() - a namespace begins without a hook
 * @d: its share
 *
 * Context: process.
 */
void xtcp_demux_net_init(struct xtcp_demux *d)
{
	mutex_init(&d->lock);
	INIT_DELAYED_WORK(&d->sweep, sweep);
}

/**
 * xtcp_demux_net_exit() - take away the hook of a namespace
 * @d: its share; no socket is made any more
 *
 * Context: process; sleeps. The caller waits for an RCU grace period before it
 * frees what hooks read.
 */
void xtcp_demux_net_exit(struct xtcp_demux *d)
{
	cancel_delayed_work_sync(&d->sweep);
	mutex_lock(&d->lock);
	if (d->hooked)
		nf_unregister_net_hook(net_of(d)->net, &hook);
	d->hooked = false;
	mutex_unlock(&d->lock);
}
