/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports on the wire of ordinary TCP, which xtcp shares with the kernel's TCP.
 */
#ifndef _XTCP_RESERVE_H
#define _XTCP_RESERVE_H

#include <linux/bitops.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

struct net;

/**
 * struct xtcp_reserve - ports that are xtcp's alone in a namespace
 * @lock: held to take a port from the kernel's TCP, and to give it back
 * @held: struct resv by port; its own lock guards the counts of holders
 * @ports: the same as a bitmap, for the hooks, which look at it first;
 *	NULL before the first
 * @sweep: gives back what nobody holds any more; takes the hooks out later
 * @empty_since: jiffies when the last port was given back
 * @hooked: segments pass by the hooks
 */
struct xtcp_reserve {
	struct mutex lock;	/* serialises takers and the sweep */
	struct xarray held;
	unsigned long *ports;
	struct delayed_work sweep;
	unsigned long empty_since;
	bool hooked;
};

/* Is this port xtcp's on the wire of TCP? RCU read lock, or called by a hook. */
static inline bool xtcp_reserve_has(const struct xtcp_reserve *rs, u16 port)
{
	const unsigned long *ports = READ_ONCE(rs->ports);

	return ports && test_bit(port, ports);
}

int xtcp_reserve_get(struct net *net, u16 port);
bool xtcp_reserve_hold(struct net *net, u16 port);
void xtcp_reserve_put(struct net *net, u16 port);
void xtcp_reserve_net_init(struct xtcp_reserve *rs);
void xtcp_reserve_net_exit(struct xtcp_reserve *rs);

#endif /* _XTCP_RESERVE_H */
