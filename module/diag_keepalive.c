// SPDX-License-Identifier: GPL-2.0
/*
 * XTCP_CMD_KEEPALIVES: what keepalive found out of each connection: F-52.
 */
#include <linux/rculist.h>

#include "diag.h"
#include "sock.h"
#include "tables.h"

/**
 * struct place - where a dump goes on
 * @bucket: the bucket of the table at hand
 * @told: entries of it that are done with
 */
struct place {
	unsigned int bucket;
	unsigned int told;
};

static int put_answer(struct sk_buff *skb, const struct xtcp_sock *xp)
{
	u32 age = (u32)jiffies - READ_ONCE(xp->keep_answer);
	u32 rtt = READ_ONCE(xp->keep_rtt_us);

	if (nla_put_u64_64bit(skb, XTCP_KEEPALIVE_AGE, jiffies_to_msecs(age),
			      XTCP_KEEPALIVE_PAD))
		return -EMSGSIZE;
	return rtt ? nla_put_u32(skb, XTCP_KEEPALIVE_RTT, rtt) : 0;
}

static int put_keepalive(struct sk_buff *skb, const struct sock *sk)
{
	struct nlattr *nest = nla_nest_start(skb, XTCP_A_KEEPALIVE);
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 answered = READ_ONCE(xp->keep_answered);
	u32 waiting = READ_ONCE(xp->keep_sent_us) ?
		      READ_ONCE(xp->probes_out) : 0;

	if (!nest ||
	    (sock_flag(sk, SOCK_KEEPOPEN) &&
	     nla_put_flag(skb, XTCP_KEEPALIVE_ON)) ||
	    nla_put_u32(skb, XTCP_KEEPALIVE_SENT, READ_ONCE(xp->keep_sent)) ||
	    nla_put_u32(skb, XTCP_KEEPALIVE_ANSWERED, answered) ||
	    nla_put_u32(skb, XTCP_KEEPALIVE_WAITING, waiting) ||
	    (answered && put_answer(skb, xp)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int tell(struct sk_buff *skb, struct netlink_callback *cb,
		struct sock *sk)
{
	void *msg = xtcp_diag_begin(skb, cb, XTCP_CMD_KEEPALIVES);
	int err;

	if (!msg)
		return -EMSGSIZE;
	err = xtcp_diag_put_tuple(skb, &xtcp_sk(sk)->ent.t, sk->sk_family);
	if (!err)
		err = xtcp_diag_put_sock(skb, cb, sk);
	if (!err)
		err = put_keepalive(skb, sk);
	return xtcp_diag_end(skb, msg, err);
}

static bool is_wanted(struct xtcp_ent *ent, const struct xtcp_diag_ask *ask)
{
	struct sock *sk;

	if (ent->kind != XTCP_ENT_SOCK || !net_eq(ent->net, ask->net) ||
	    (ask->lport && ask->lport != ent->t.lport))
		return false;
	sk = xtcp_ent_sk(ent);
	return (!ask->family || ask->family == sk->sk_family) &&
	       (sock_flag(sk, SOCK_KEEPOPEN) ||
		READ_ONCE(xtcp_sk(sk)->keep_sent));
}

static int tell_bucket(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct xtcp_diag_ask *ask, struct place *p)
{
	struct xtcp_ent *ent;
	unsigned int n = 0;
	int err;

	hlist_for_each_entry_rcu(ent, xtcp_tables_bucket(XTCP_WALK_EST,
							 p->bucket), node) {
		if (n++ < p->told)
			continue;
		err = is_wanted(ent, ask) ? tell(skb, cb, xtcp_ent_sk(ent)) : 0;
		if (err)
			return err;
		p->told = n;
	}
	return 0;
}

/**
 * xtcp_diag_keepalives() - netlink's dumpit: tell of more connections
 * @skb: a datagram to fill
 * @cb: the dump
 *
 * Context: process.
 * Return: bytes in @skb; 0 when all have been told; -EMSGSIZE when not even
 * one fits.
 */
int xtcp_diag_keepalives(struct sk_buff *skb, struct netlink_callback *cb)
{
	unsigned int buckets = xtcp_tables_buckets(XTCP_WALK_EST);
	struct place *p = xtcp_diag_place(cb, struct place);
	struct xtcp_diag_ask ask;
	int err = 0;

	xtcp_diag_ask(cb, &ask);
	rcu_read_lock();
	while (p->bucket < buckets) {
		err = tell_bucket(skb, cb, &ask, p);
		if (err)
			break;
		p->bucket++;
		p->told = 0;
		xtcp_tables_rest(p->bucket);
	}
	rcu_read_unlock();
	return skb->len ?: err;
}
