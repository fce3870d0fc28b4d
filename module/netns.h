/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each network namespace has of its own.
 */
#ifndef _XTCP_NETNS_H
#define _XTCP_NETNS_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "ends.h"
#include "mib.h"
#include "reserve.h"
#include "sysctl.h"

struct ctl_table_header;
struct xtcp_focache;
struct xtcp_fokeys;

/**
 * struct xtcp_twq - waiting entries of one kind, the oldest first
 * @list: struct xtcp_tw by @start, which only ever grows, so the head is
 *	always the next to expire, whatever the length of the wait is set to
 * @timer: expires heads; re-arms itself for the next one
 * @xn: the namespace
 */
struct xtcp_twq {
	struct list_head list;
	struct timer_list timer;
	struct xtcp_net *xn;
};

/**
 * struct xtcp_net - a namespace's share
 * @net: the namespace
 * @knobs: its sysctls
 * @sysctl_hdr: their registration
 * @mib: its counters
 * @ends: its recent ends of connections
 * @orphans: connections that no process holds
 * @tw_count: entries in @twq, all kinds
 * @tw_lock: guards the lists of @twq; taken in softirq too
 * @reserve: ports on the wire of TCP
 * @fo_keys: of Fast Open; never NULL while sockets are
 * @fo_cache: cookies of Fast Open, from when the first is asked for
 * @twq: TIME-WAIT, orphaned FIN-WAIT-2, TIME-WAIT with a length of its own
 */
struct xtcp_net {
	struct net *net;
	struct xtcp_knobs knobs;
	struct ctl_table_header *sysctl_hdr;
	struct xtcp_mib __percpu *mib;
	struct xtcp_ends ends;
	atomic_t orphans;
	atomic_t tw_count;
	spinlock_t tw_lock;	/* guards the lists of twq */
	struct xtcp_reserve reserve;
	struct xtcp_fokeys __rcu *fo_keys;
	struct xtcp_focache *fo_cache;
	struct xtcp_twq twq[3];
};

extern unsigned int xtcp_net_id;

/*
 * As net_generic(), whose rcu_read_lock() is two calls of functions, and that
 * for each counter and each knob: without preemption is an RCU reader as well.
 */
static inline struct xtcp_net *xtcp_net(const struct net *net)
{
	struct xtcp_net *xn;

	preempt_disable();
	xn = rcu_dereference_sched(net->gen)->ptr[xtcp_net_id];
	preempt_enable();
	return xn;
}

#define xtcp_knob(net, name)	READ_ONCE(xtcp_net(net)->knobs.name)

int xtcp_netns_init(void);
void xtcp_netns_exit(void);

#endif /* _XTCP_NETNS_H */
