/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The safety audit: a namespace's memory of connections that left TIME-WAIT
 * before 2MSL were over, which keeps their late segments out of newer
 * connections, and counts them: RFC 9293 section 3.6.1.
 */
#ifndef _XTCP_AUDIT_H
#define _XTCP_AUDIT_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "oldconn.h"

struct net;
struct sk_buff;
struct sock;
struct xtcp_audit_shard;
struct xtcp_net;
struct xtcp_opts;
struct xtcp_req;
struct xtcp_skb_cb;
struct xtcp_tuple;

/**
 * struct xtcp_audit - a namespace's memory
 * @shards: parts of it, each with a lock of its own
 * @mask: their number, a power of two, less one
 * @places: for records, in all of them; at most audit_max
 * @sweep: throws out the stale, and gives back memory, while there is any
 */
struct xtcp_audit {
	struct xtcp_audit_shard *shards;
	u32 mask;
	atomic_t places;
	struct delayed_work sweep;
};

void xtcp_audit_init(void);
int xtcp_audit_net_init(struct xtcp_net *xn);
void xtcp_audit_net_exit(struct xtcp_net *xn);
void xtcp_audit_remember(struct net *net, const struct xtcp_tuple *t,
			 struct xtcp_old *o, u32 start_ms);
u32 xtcp_audit_isn(struct net *net, const struct xtcp_tuple *t, u32 *isn);
bool xtcp_audit_nobody(struct net *net, const struct xtcp_tuple *t,
		       const struct sk_buff *skb);
bool xtcp_audit_embryo(struct xtcp_req *req, const struct xtcp_skb_cb *cb,
		       const struct xtcp_opts *opts);
bool xtcp_audit_sock(struct sock *sk, const struct xtcp_skb_cb *cb,
		     const struct xtcp_opts *opts);

#endif /* _XTCP_AUDIT_H */
