// SPDX-License-Identifier: GPL-2.0
/*
 * XTCP_CMD_ENDS: connections that ended lately, and why: F-65.
 */
#include "diag.h"
#include "ends.h"
#include "tables.h"

/**
 * struct place - where a dump of the ends goes on
 * @next: number of the next record
 */
struct place {
	u64 next;
};

/* What is not known any more is left out. */
static int put_known(struct sk_buff *skb, int attr, u64 value)
{
	return value == U64_MAX ? 0 : nla_put_u64_64bit(skb, attr, value,
							XTCP_ENDED_PAD);
}

static int put_end(struct sk_buff *skb, const struct xtcp_ends_rec *rec)
{
	struct nlattr *nest = nla_nest_start(skb, XTCP_A_ENDED);
	u64 us = rec->lasted_ns;

	if (us != U64_MAX)
		us = div_u64(us, NSEC_PER_USEC);
	if (!nest || nla_put_u8(skb, XTCP_ENDED_CAUSE, rec->cause) ||
	    nla_put_u8(skb, XTCP_ENDED_STATE, rec->state) ||
	    put_known(skb, XTCP_ENDED_WHEN, rec->when_ns) ||
	    put_known(skb, XTCP_ENDED_LASTED, us) ||
	    put_known(skb, XTCP_ENDED_SENT, rec->sent) ||
	    put_known(skb, XTCP_ENDED_RECEIVED, rec->received))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int tell(struct sk_buff *skb, struct netlink_callback *cb,
		const struct xtcp_ends_rec *rec)
{
	void *msg = xtcp_diag_begin(skb, cb, XTCP_CMD_ENDS);
	struct xtcp_tuple t = {
		.laddr = rec->laddr,
		.faddr = rec->faddr,
		.lport = rec->lport,
		.fport = rec->fport,
	};
	int err;

	if (!msg)
		return -EMSGSIZE;
	err = xtcp_diag_put_tuple(skb, &t, rec->family6 ? AF_INET6 : AF_INET);
	if (!err)
		err = nla_put_u32(skb, XTCP_A_WIRE, rec->proto);
	if (!err)
		err = put_end(skb, rec);
	return xtcp_diag_end(skb, msg, err);
}

static bool is_wanted(const struct xtcp_ends_rec *rec,
		      const struct xtcp_diag_ask *ask)
{
	return (!ask->family || (ask->family == AF_INET6) == rec->family6) &&
	       (!ask->lport || ask->lport == rec->lport);
}

/**
 * xtcp_diag_ends() - netlink's dumpit: tell of more ends
 * @skb: a datagram to fill
 * @cb: the dump
 *
 * Context: process.
 * Return: bytes in @skb; 0 when all have been told; -EMSGSIZE when not even
 * one fits.
 */
int xtcp_diag_ends(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct place *p = xtcp_diag_place(cb, struct place);
	struct xtcp_ends_rec rec;
	struct xtcp_diag_ask ask;
	u64 next = p->next;
	int err = 0;

	xtcp_diag_ask(cb, &ask);
	while (xtcp_ends_read(ask.net, &next, &rec)) {
		if (is_wanted(&rec, &ask))
			err = tell(skb, cb, &rec);
		if (err)
			break;
		p->next = next;
	}
	return skb->len ?: err;
}
