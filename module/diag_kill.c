// SPDX-License-Identifier: GPL-2.0
/*
 * XTCP_CMD_KILL: the administrator ends a connection, as SOCK_DESTROY does with
 * the kernel's TCP: RFC 9293 section 3.10.5 (ABORT), F-62, F-65.
 */
#include <net/genetlink.h>

#include "calls.h"
#include "diag.h"
#include "reqsk.h"
#include "sock.h"
#include "tables.h"
#include "timewait.h"

/* What a request may have. */
const struct nla_policy xtcp_diag_kill_policy[XTCP_A_MAX + 1] = {
	[XTCP_A_FAMILY]	= { .type = NLA_U8 },
	[XTCP_A_LADDR]	= { .type = NLA_BINARY, .len = 16 },
	[XTCP_A_LPORT]	= { .type = NLA_U16 },
	[XTCP_A_RADDR]	= { .type = NLA_BINARY, .len = 16 },
	[XTCP_A_RPORT]	= { .type = NLA_U16 },
	[XTCP_A_IF]	= { .type = NLA_U32 },
	[XTCP_A_WIRE]	= { .type = NLA_U32 },
};

/* An address as the tables have it; false when it is none. */
static bool read_address(const struct nlattr *attr, struct in6_addr *addr)
{
	if (!attr)
		return false;
	switch (nla_len(attr)) {
	case sizeof(struct in_addr):
		ipv6_addr_set_v4mapped(nla_get_in_addr(attr), addr);
		return true;
	case sizeof(struct in6_addr):
		*addr = nla_get_in6_addr(attr);
		return true;
	default:
		return false;
	}
}

static bool read_tuple(struct nlattr **attrs, struct xtcp_tuple *t)
{
	if (!read_address(attrs[XTCP_A_LADDR], &t->laddr) ||
	    !read_address(attrs[XTCP_A_RADDR], &t->faddr) ||
	    !attrs[XTCP_A_LPORT] || !attrs[XTCP_A_RPORT])
		return false;
	t->lport = nla_get_be16(attrs[XTCP_A_LPORT]);
	t->fport = nla_get_be16(attrs[XTCP_A_RPORT]);
	t->proto = attrs[XTCP_A_WIRE] ? nla_get_u32(attrs[XTCP_A_WIRE]) :
					IPPROTO_XTCP;
	return true;
}

static int kill(struct xtcp_ent *ent)
{
	switch (ent->kind) {
	case XTCP_ENT_SOCK:
		return xtcp_calls_kill(xtcp_ent_sk(ent));
	case XTCP_ENT_REQ:
		return xtcp_reqsk_end(container_of(ent, struct xtcp_req, ent),
				      XTCP_END_REQ_KILLED) ? 0 : -ENOENT;
	default:
		xtcp_timewait_kill(container_of(ent, struct xtcp_tw, ent),
				   XTCP_EARLY_KILLED, XTCP_END_KILLED);
		return 0;
	}
}

/**
 * xtcp_diag_kill() - netlink's doit: end a connection
 * @skb: the request
 * @info: the same, parsed
 *
 * Context: process; may sleep. The asker has CAP_NET_ADMIN over the namespace.
 * Return: 0; -EINVAL without both ends; -ENOENT when there is no such connection.
 */
int xtcp_diag_kill(struct sk_buff *skb, struct genl_info *info)
{
	struct xtcp_tuple t = {};
	struct xtcp_ent *ent;
	int dif, err;

	if (!read_tuple(info->attrs, &t)) {
		GENL_SET_ERR_MSG(info, "both addresses and ports are needed");
		return -EINVAL;
	}
	dif = info->attrs[XTCP_A_IF] ? nla_get_u32(info->attrs[XTCP_A_IF]) : 0;
	rcu_read_lock();
	ent = xtcp_tables_lookup(genl_info_net(info), &t, dif, 0);
	rcu_read_unlock();
	if (!ent)
		return -ENOENT;
	err = kill(ent);
	xtcp_ent_put(ent);
	return err;
}
