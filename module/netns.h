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

#include "audit.h"
#include "demux.h"
#include "ends.h"
#include "mib.h"
#include "reserve.h"
#include "sysctl.h"

struct ctl_table_header;
struct xtcp_dest_set;
struct xtcp_focache;
struct xtcp_fokeys;
struct xtcp_tw_shard;

/**
 * struct xtcp_net - a namespace's share
 * @net: the namespace
 * @knobs: its sysctls
 * @sysctl_hdr: their registration
 * @mib: its counters
 * @ends: its recent ends of connections
 * @orphans: connections that no process holds
 * @tw_count: waiting entries, all kinds
 * @tw_nr_shards: how many @tw_shards
 * @tw_shards: the waiting entries (timewait.c)
 * @reserve: ports on the wire of TCP
 * @demux: the hook that tells the segments of connections early
 * @audit: memory of entries that left early
 * @dests: destinations of connect (forecast.c); made by the first
 * @fo_keys: of Fast Open; never NULL while sockets are
 * @fo_cache: cookies of Fast Open, from when the first is asked for
 */
struct xtcp_net {
	struct net *net;
	struct xtcp_knobs knobs;
	struct ctl_table_header *sysctl_hdr;
	struct xtcp_mib __percpu *mib;
	struct xtcp_ends ends;
	atomic_t orphans;
	atomic_t tw_count;
	int tw_nr_shards;
	struct xtcp_tw_shard *tw_shards;
	struct xtcp_reserve reserve;
	struct xtcp_demux demux;
	struct xtcp_audit audit;
	struct xtcp_dest_set *dests;
	struct xtcp_fokeys __rcu *fo_keys;
	struct xtcp_focache *fo_cache;
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
