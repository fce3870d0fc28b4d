// SPDX-License-Identifier: GPL-2.0
/*
 * XTCP_CMD_LISTENERS: the listeners and their two queues: F-21, F-26.
 */
#include <linux/rculist.h>

#include "diag.h"
#include "reqsk.h"
#include "sock.h"
#include "tables.h"

/**
 * struct place - where a dump of the listeners goes on
 * @bucket: the bucket of the table at hand
 * @told: the id of the last one told in it, or 0; a bucket has the latest, of
 *	the highest id, first, so what follows it is below
 */
struct place {
	unsigned int bucket;
	u64 told;
};

static int put_queues(struct sk_buff *skb, const struct xtcp_listen *l,
		      const struct sock *sk)
{
	u32 syn_max = xtcp_knob(sock_net(sk), max_syn_backlog);

	if (nla_put_u32(skb, XTCP_LISTENER_SYN_LEN, READ_ONCE(l->syn_len)) ||
	    nla_put_u32(skb, XTCP_LISTENER_SYN_PEAK, READ_ONCE(l->syn_peak)) ||
	    nla_put_u32(skb, XTCP_LISTENER_SYN_MAX, syn_max) ||
	    nla_put_u32(skb, XTCP_LISTENER_ACCEPT_LEN,
			READ_ONCE(l->accept_len)) ||
	    nla_put_u32(skb, XTCP_LISTENER_ACCEPT_PEAK,
			READ_ONCE(l->accept_peak)) ||
	    nla_put_u32(skb, XTCP_LISTENER_ACCEPT_MAX, READ_ONCE(l->backlog)))
		return -EMSGSIZE;
	return 0;
}

static int put_ledger(struct sk_buff *skb, const struct xtcp_listen *l)
{
	struct nlattr *nest = nla_nest_start(skb, XTCP_LISTENER_LEDGER);
	u64 sum[XTCP_LEDGER_MAX + 1];
	int i;

	if (!nest)
		return -EMSGSIZE;
	xtcp_ledger_sum(l, sum);
	for (i = 1; i <= XTCP_LEDGER_MAX; i++) {
		if (nla_put_u64_64bit(skb, i, sum[i], XTCP_LEDGER_PAD))
			return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_latency(struct sk_buff *skb, const struct xtcp_listen *l)
{
	struct nlattr *nest = nla_nest_start(skb, XTCP_LISTENER_LATENCY);
	u64 bins[XTCP_LATENCY_NBINS], count = 0;
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < XTCP_LATENCY_NBINS; i++) {
		bins[i] = READ_ONCE(l->latency.bins[i]);
		count += bins[i];
	}
	if (nla_put_u64_64bit(skb, XTCP_LATENCY_COUNT, count,
			      XTCP_LATENCY_PAD) ||
	    nla_put_u64_64bit(skb, XTCP_LATENCY_SUM_US,
			      READ_ONCE(l->latency.sum_us), XTCP_LATENCY_PAD) ||
	    nla_put_u64_64bit(skb, XTCP_LATENCY_MAX_US,
			      READ_ONCE(l->latency.max_us), XTCP_LATENCY_PAD) ||
	    nla_put_64bit(skb, XTCP_LATENCY_BINS, sizeof(bins), bins,
			  XTCP_LATENCY_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_identity(struct sk_buff *skb, const struct xtcp_listen *l,
			const struct sock *sk)
{
	if (nla_put_u64_64bit(skb, XTCP_LISTENER_ID, l->id,
			      XTCP_LISTENER_PAD) ||
	    nla_put_u64_64bit(skb, XTCP_LISTENER_AGE,
			      div_u64(xtcp_now_us() - l->since_us,
				      USEC_PER_MSEC), XTCP_LISTENER_PAD))
		return -EMSGSIZE;
	if (sk->sk_family == AF_INET6 && ipv6_only_sock(sk))
		return nla_put_flag(skb, XTCP_LISTENER_V6ONLY);
	return 0;
}

static int put_listener(struct sk_buff *skb, const struct sock *sk)
{
	const struct xtcp_listen *l = xtcp_reqsk_queues(sk);
	struct nlattr *nest = nla_nest_start(skb, XTCP_A_LISTENER);

	if (!nest || put_identity(skb, l, sk) || put_queues(skb, l, sk) ||
	    put_ledger(skb, l) || put_latency(skb, l))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static struct xtcp_tuple own_end(const struct sock *sk)
{
	struct xtcp_tuple t = {
		.lport = inet_sk(sk)->inet_sport,
	};

	if (sk->sk_family == AF_INET6)
		t.laddr = sk->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &t.laddr);
	return t;
}

static int tell(struct sk_buff *skb, struct netlink_callback *cb,
		struct sock *sk)
{
	void *msg = xtcp_diag_begin(skb, cb, XTCP_CMD_LISTENERS);
	struct xtcp_tuple t = own_end(sk);
	int err;

	if (!msg)
		return -EMSGSIZE;
	err = xtcp_diag_put_tuple(skb, &t, sk->sk_family);
	if (!err)
		err = xtcp_diag_put_sock(skb, cb, sk);
	if (!err)
		err = put_listener(skb, sk);
	return xtcp_diag_end(skb, msg, err);
}

static bool is_wanted(const struct sock *sk, const struct xtcp_diag_ask *ask)
{
	return net_eq(sock_net(sk), ask->net) &&
	       (!ask->family || ask->family == sk->sk_family) &&
	       (!ask->lport || ask->lport == inet_sk(sk)->inet_sport);
}

static int tell_bucket(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct xtcp_diag_ask *ask, struct place *p)
{
	struct sock *sk;
	u64 id;
	int err;

	sk_for_each_rcu(sk, xtcp_tables_bucket(XTCP_WALK_LISTEN, p->bucket)) {
		id = xtcp_reqsk_queues(sk)->id;
		if ((p->told && id >= p->told) || !is_wanted(sk, ask))
			continue;
		err = tell(skb, cb, sk);
		if (err)
			return err;
		p->told = id;
	}
	return 0;
}

/**
 * xtcp_diag_listeners() - netlink's dumpit: tell of more listeners
 * @skb: a datagram to fill
 * @cb: the dump
 *
 * Context: process.
 * Return: bytes in @skb; 0 when all have been told; -EMSGSIZE when not even
 * one fits.
 */
int xtcp_diag_listeners(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int buckets = xtcp_tables_buckets(XTCP_WALK_LISTEN);
	struct place *p = xtcp_diag_place(cb, struct place);
	struct xtcp_diag_ask ask;
	int err = 0;

	xtcp_diag_ask(cb, &ask);
	while (p->bucket < buckets) {
		rcu_read_lock();
		err = tell_bucket(skb, cb, &ask, p);
		rcu_read_unlock();
		if (err)
			break;
		p->bucket++;
		p->told = 0;
	}
	return skb->len ?: err;
}
