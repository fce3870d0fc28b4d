// SPDX-License-Identifier: GPL-2.0
/*
 * XTCP_CMD_PORTS of the family "xtcp": the port forecast.
 */
#include <linux/mm.h>
#include <linux/netlink.h>

#include "diag.h"
#include "forecast.h"
#include "outlook.h"

/**
 * struct place - where a dump goes on
 * @all: the destinations, counted when the dump began
 * @n: how many
 * @next: which is to be told next
 * @begun: @all and @n are set
 */
struct place {
	struct xtcp_forecast *all;
	int n;
	int next;
	bool begun;
};

static int put_ports(struct sk_buff *skb, const struct xtcp_forecast *f)
{
	struct nlattr *nest = nla_nest_start(skb, XTCP_A_PORTS);

	if (!nest || nla_put_u32(skb, XTCP_PORTS_RANGE, f->range) ||
	    nla_put_u32(skb, XTCP_PORTS_FIXED, f->fixed) ||
	    nla_put_u32(skb, XTCP_PORTS_USED, f->used) ||
	    nla_put_u32(skb, XTCP_PORTS_WAITING, f->waiting) ||
	    nla_put_u32(skb, XTCP_PORTS_REUSABLE, f->reusable) ||
	    nla_put_u32(skb, XTCP_PORTS_LEFT, f->left) ||
	    nla_put_u32(skb, XTCP_PORTS_FAILED, f->failed) ||
	    nla_put_u32(skb, XTCP_PORTS_OPENS, f->opens) ||
	    nla_put_u32(skb, XTCP_PORTS_ENDS, f->ends) ||
	    nla_put_u32(skb, XTCP_PORTS_WAITS, f->waits) ||
	    nla_put_u32(skb, XTCP_PORTS_WAIT_MS, f->wait_ms))
		return -EMSGSIZE;
	if (f->out_ms != XTCP_OUTLOOK_NEVER &&
	    nla_put_u64_64bit(skb, XTCP_PORTS_OUT_MS, f->out_ms,
			      XTCP_PORTS_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int family_of(const struct xtcp_forecast *f)
{
	return ipv6_addr_v4mapped(&f->t.faddr) ? AF_INET : AF_INET6;
}

static int tell(struct sk_buff *skb, struct netlink_callback *cb,
		const struct xtcp_forecast *f)
{
	void *msg = xtcp_diag_begin(skb, cb, XTCP_CMD_PORTS);
	int err;

	if (!msg)
		return -EMSGSIZE;
	err = xtcp_diag_put_tuple(skb, &f->t, family_of(f));
	if (!err)
		err = nla_put_u32(skb, XTCP_A_WIRE, f->t.proto);
	if (!err)
		err = put_ports(skb, f);
	return xtcp_diag_end(skb, msg, err);
}

/**
 * xtcp_diag_ports() - netlink's dumpit: tell of more destinations
 * @skb: a datagram to fill
 * @cb: the dump
 *
 * Context: process, may sleep.
 * Return: bytes in @skb; 0 when all have been told; -ENOMEM; -EMSGSIZE when not
 * even one fits.
 */
int xtcp_diag_ports(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct place *p = xtcp_diag_place(cb, struct place);
	struct xtcp_diag_ask ask;
	int err = 0;

	xtcp_diag_ask(cb, &ask);
	if (!p->begun) {
		p->n = xtcp_forecast_take(ask.net, &p->all);
		if (p->n < 0)
			return p->n;
		p->begun = true;
	}
	for (; p->next < p->n; p->next++) {
		const struct xtcp_forecast *f = &p->all[p->next];

		if (ask.family && ask.family != family_of(f))
			continue;
		err = tell(skb, cb, f);
		if (err)
			break;
	}
	return skb->len ?: err;
}

/**
 * xtcp_diag_ports_done() - netlink's done: the dump is over
 * @cb: the dump
 *
 * Context: process.
 * Return: 0.
 */
int xtcp_diag_ports_done(struct netlink_callback *cb)
{
	struct place *p = xtcp_diag_place(cb, struct place);

	kvfree(p->all);
	return 0;
}
