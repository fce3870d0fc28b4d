// SPDX-License-Identifier: GPL-2.0
/*
 * The table of listeners, found by port under RCU, and the groups of those that
 * share an address and port by SO_REUSEPORT: RFC 9293 section 3.10.7.2.
 *
 * A group is the kernel's struct sock_reuseport, so that a program attached by
 * SO_ATTACH_REUSEPORT_CBPF or _EBPF chooses its member.
 */
#include <linux/rculist.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ipv6.h>
#include <net/sock_reuseport.h>

#include "reqsk.h"
#include "sock.h"
#include "tables.h"
#include "wire.h"

static struct hlist_head heads[XTCP_LISTEN_BUCKETS];
static DEFINE_SPINLOCK(lock);	/* guards last_id, and the heads for writers */
static u64 last_id;

static struct hlist_head *head_of(const struct net *net, __be16 lport)
{
	return &heads[(ntohs(lport) + net_hash_mix(net)) % XTCP_LISTEN_BUCKETS];
}

/**
 * xtcp_listeners_bucket() - a bucket, to be walked under RCU
 * @i: its number, below XTCP_LISTEN_BUCKETS
 *
 * Context: any.
 * Return: its head: struct sock by sk_node.
 */
struct hlist_head *xtcp_listeners_bucket(unsigned int i)
{
	return &heads[i];
}

static bool same_address(const struct sock *a, const struct sock *b)
{
	if (a->sk_family != b->sk_family)
		return false;
	if (a->sk_family == AF_INET)
		return inet_sk(a)->inet_rcv_saddr == inet_sk(b)->inet_rcv_saddr;
	return ipv6_only_sock(a) == ipv6_only_sock(b) &&
	       ipv6_addr_equal(&a->sk_v6_rcv_saddr, &b->sk_v6_rcv_saddr);
}

/* Would every SYN for one of them be for the other as well? */
static bool same_group(struct sock *a, struct sock *b)
{
	return b->sk_reuseport && net_eq(sock_net(a), sock_net(b)) &&
	       inet_sk(a)->inet_sport == inet_sk(b)->inet_sport &&
	       a->sk_bound_dev_if == b->sk_bound_dev_if &&
	       xtcp_sk(a)->wires == xtcp_sk(b)->wires &&
	       uid_eq(xtcp_compat_uid(a), xtcp_compat_uid(b)) &&
	       same_address(a, b);
}

static bool bound_to_any(const struct sock *sk)
{
	return sk->sk_family == AF_INET ? !inet_sk(sk)->inet_rcv_saddr :
	       ipv6_addr_any(&sk->sk_v6_rcv_saddr);
}

/* Enter the group of those that share all with @sk, or found one. */
static int join_group(struct sock *sk)
{
	struct sock *other;

	sk_for_each(other, head_of(sock_net(sk), inet_sk(sk)->inet_sport)) {
		if (same_group(sk, other))
			return reuseport_add_sock(sk, other, bound_to_any(sk));
	}
	return reuseport_alloc(sk, bound_to_any(sk));
}

/**
 * xtcp_listeners_add() - enter the table
 * @sk: state LISTEN, port bound, queues open
 *
 * It is given its id. The latest comes first in its bucket, so that who was
 * interrupted in a walk can go on below the id he saw last.
 *
 * Context: process; socket lock held.
 * Return: 0, or -ENOMEM when its group does not take it.
 */
int xtcp_listeners_add(struct sock *sk)
{
	int err = 0;

	spin_lock_bh(&lock);
	if (sk->sk_reuseport)
		err = join_group(sk);
	if (!err) {
		sock_hold(sk);
		xtcp_sk(sk)->listen->id = ++last_id;
		hlist_add_head_rcu(&sk->sk_node,
				   head_of(sock_net(sk),
					   inet_sk(sk)->inet_sport));
	}
	spin_unlock_bh(&lock);
	return err;
}

/**
 * xtcp_listeners_remove() - leave the table, and the group
 * @sk: need not be in it
 *
 * Context: process; socket lock held.
 */
void xtcp_listeners_remove(struct sock *sk)
{
	bool hashed;

	spin_lock_bh(&lock);
	hashed = !hlist_unhashed(&sk->sk_node);
	if (hashed)
		hlist_del_init_rcu(&sk->sk_node);
	if (rcu_access_pointer(sk->sk_reuseport_cb))
		reuseport_detach_sock(sk);
	spin_unlock_bh(&lock);
	if (!hashed)
		return;
	xtcp_sk(sk)->gp_state = get_state_synchronize_rcu();
	__sock_put(sk);
}

/* The address part of the score: -1 for no match. */
static int score_addr(const struct sock *sk, const struct in6_addr *laddr,
		      bool v6)
{
	if (sk->sk_family == AF_INET) {
		if (v6)
			return -1;
		if (!inet_sk(sk)->inet_rcv_saddr)
			return 1;
		return inet_sk(sk)->inet_rcv_saddr == laddr->s6_addr32[3] ?
		       9 : -1;
	}
	if (!v6 && ipv6_only_sock(sk))
		return -1;
	if (ipv6_addr_any(&sk->sk_v6_rcv_saddr))
		return 0;
	return ipv6_addr_equal(&sk->sk_v6_rcv_saddr, laddr) ? 8 : -1;
}

/* How well a listener fits: the more it says, the better. */
static int score_of(const struct sock *sk, const struct net *net,
		    const struct xtcp_tuple *t, bool v6, int dif, int sdif)
{
	int score;

	if (!net_eq(sock_net(sk), net) || inet_sk(sk)->inet_sport != t->lport ||
	    !(xtcp_sk(sk)->wires & xtcp_wire_bit(t->proto)))
		return -1;
	score = score_addr(sk, &t->laddr, v6);
	if (score < 0)
		return -1;
	if (!sk->sk_bound_dev_if)
		return sdif ? -1 : score;
	if (sk->sk_bound_dev_if != dif && sk->sk_bound_dev_if != sdif)
		return -1;
	return score + 4;
}

/* The member of @sk's group whose turn it is; a filter may say which. */
static struct sock *choose_member(struct sock *sk, struct net *net,
				  struct sk_buff *skb, int offset,
				  const struct xtcp_tuple *t)
{
	const struct tcphdr *th;
	struct tcphdr buf;

	if (!rcu_access_pointer(sk->sk_reuseport_cb))
		return sk;
	th = skb_header_pointer(skb, offset, sizeof(buf), &buf);
	if (!th)
		return sk;
	return reuseport_select_sock(sk, xtcp_tables_hash(net, t), skb,
				     offset + th->doff * 4) ?: sk;
}

/**
 * xtcp_listeners_lookup() - who listens for this SYN?
 * @net: the namespace
 * @skb: the segment
 * @offset: of its TCP header, bytes from where its data begins
 * @t: our end first
 * @v6: it came over IPv6
 * @dif: interface it came by
 * @sdif: the interface enslaved to it, or 0
 *
 * In a group each member gets its share, by hash of the 4-tuple, unless a
 * program chooses.
 *
 * Context: any; RCU read lock.
 * Return: the listener with a reference, or NULL.
 */
struct sock *xtcp_listeners_lookup(struct net *net, struct sk_buff *skb,
				   int offset, const struct xtcp_tuple *t,
				   bool v6, int dif, int sdif)
{
	struct sock *sk, *best = NULL;
	int score, top = -1;

	sk_for_each_rcu(sk, head_of(net, t->lport)) {
		score = score_of(sk, net, t, v6, dif, sdif);
		if (score > top) {
			top = score;
			best = sk;
		}
	}
	if (!best)
		return NULL;
	best = choose_member(best, net, skb, offset, t);
	return refcount_inc_not_zero(&best->sk_refcnt) ? best : NULL;
}
