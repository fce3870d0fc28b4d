/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME-WAIT, and FIN-WAIT-2 that no process holds, as small objects:
 * RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337, RFC 6191.
 */
#ifndef _XTCP_TIMEWAIT_H
#define _XTCP_TIMEWAIT_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>

#include "audit.h"
#include "netns.h"
#include "sock.h"
#include "tables.h"

#define XTCP_TW_MS_MAX	600000
#define XTCP_TW_TICKET_BITS 20	/* of struct xtcp_tw.own_ms */

/**
 * struct xtcp_tw - a waiting entry
 * @ent: in the table of connections; first
 * @lnode: in its queue
 * @rb: there too, with @own
 * @rcu: frees it
 * @start: when the wait began, ms since boot; with @own, when it ends
 * @rcv_nxt: next sequence number expected
 * @snd_nxt: our next sequence number, the FIN counted
 * @ts_recent: peer's timestamp
 * @ref: table and queue together hold one, users one each
 * @own_ms: the length of wait that the socket had for itself, with @own; in
 *	FIN-WAIT-2 the ticket of xtcp_ends_wait() instead
 * @state: TCP_TIME_WAIT or TCP_FIN_WAIT2
 * @rcv_wscale: scale of @rcv_wnd
 * @ts_ok: timestamps are in use
 * @bind_auto: the port was chosen by connect
 * @reuse: the socket had SO_REUSEADDR
 * @own: it had a length of wait of its own
 * @rcv_wnd: window last offered, bytes, scaled down as in the header
 * @tos: type of service of our ACKs
 * @span: sequence numbers that the peer used, xtcp_old_span_code()
 * @shard: where its queue is
 * @reuseport: the socket had SO_REUSEPORT
 * @has_bind: it keeps its port bound
 * @queued: it is in its queue; guarded by the shard's lock
 * @own: the socket had a length of wait of its own
 * @own_ms: that length; in FIN-WAIT-2 the ticket of xtcp_ends_wait() instead
 * @rcv_wscale: scale of @rcv_wnd
 */
struct xtcp_tw {
	struct xtcp_ent ent;
	union {
		struct list_head lnode;
		struct rb_node rb;
		struct rcu_head rcu;
	};
	u32 start;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 ts_recent;
	refcount_t ref;
	u32 own_ms:20,
	    state:4,
	    rcv_wscale:4,
	    ts_ok:1,
	    bind_auto:1,
	    reuse:1,
	    own:1;
	u16 rcv_wnd;
	u8 tos;
	u8 span;
	u8 shard;
	u8 reuseport:1,
	   has_bind:1;
	u8 queued;
};

int xtcp_timewait_init(void);
void xtcp_timewait_exit(void);
int xtcp_timewait_net_init(struct xtcp_net *xn);
void xtcp_timewait_net_exit(struct xtcp_net *xn);
void xtcp_timewait_rescale(struct net *net);
void xtcp_timewait_start(struct sock *sk, int state);
void xtcp_timewait_restart(struct xtcp_tw *tw);
void xtcp_timewait_kill(struct xtcp_tw *tw, enum xtcp_early why,
			enum xtcp_end cause);
void xtcp_timewait_put(struct xtcp_tw *tw);
u32 xtcp_timewait_next_isn(const struct xtcp_tw *tw);
u32 xtcp_timewait_reuse_ms(const struct xtcp_tw *tw);
u32 xtcp_timewait_will_keep_ms(struct net *net, const struct xtcp_tuple *t);
bool xtcp_timewait_yields(const struct xtcp_tw *tw, bool bound);
void xtcp_timewait_taken(struct xtcp_tw *tw);
u32 xtcp_timewait_left_ms(const struct xtcp_tw *tw);

/* twrcv.c */
bool xtcp_timewait_segment(struct xtcp_tw *tw, struct sk_buff *skb,
			   bool listening);

#endif /* _XTCP_TIMEWAIT_H */
