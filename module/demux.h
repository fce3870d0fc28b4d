/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Segments of connections are told before the network layer asks for a route.
 */
#ifndef _XTCP_DEMUX_H
#define _XTCP_DEMUX_H

#include <linux/mutex.h>
#include <linux/workqueue.h>

struct net;
struct sk_buff;
struct sock;
struct xtcp_tuple;

/**
 * struct xtcp_demux - a namespace's hook
 * @lock: who brings it and takes it away
 * @hooked: it is there; written under @lock
 * @sweep: sees whether sockets are left
 */
struct xtcp_demux {
	struct mutex lock;	/* serialises sockets that come and the sweep */
	bool hooked;
	struct delayed_work sweep;
};

void xtcp_demux_net_init(struct xtcp_demux *d);
void xtcp_demux_net_exit(struct xtcp_demux *d);
void xtcp_demux_want(struct net *net);
void xtcp_demux_remember(struct sock *sk, const struct sk_buff *skb);
void xtcp_demux_forget(struct sock *sk);
struct sock *xtcp_demux_take(struct sk_buff *skb, const struct xtcp_tuple *t);

#endif /* _XTCP_DEMUX_H */
