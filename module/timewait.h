/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TIME-WAIT, and FIN-WAIT-2 that no process holds, as small objects:
 * RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 1337, RFC 6191.
 */
#ifndef _XTCP_TIMEWAIT_H
#define _XTCP_TIMEWAIT_H

#include <linux/list.h>
#include <linux/refcount.h>

#include "netns.h"
#include "sock.h"
#include "tables.h"

#define XTCP_TW_MS_MAX	600000

/**
 * struct xtcp_tw - a waiting entry
 * @ent: in the table of connections; first
 * @lnode: in its queue, struct xtcp_twq
 * @rcu: frees it
 * @bind: the port that it keeps bound
 * @start: when the wait began, ms since boot
 * @rcv_nxt: next sequence number expected
 * @snd_nxt: our next sequence number, the FIN counted
 * @rcv_wnd: window last offered, bytes, scaled down as in the header
 * @ts_recent: peer's timestamp; @ts_recent_s: when taken, seconds
 * @ts_off: our clock's offset
 * @ref: table and queue together hold one, users one each
 * @timeout_ms: length of the wait, or -1: as the namespace's knob says
 * @state: TCP_TIME_WAIT or TCP_FIN_WAIT2
 */
struct xtcp_tw {
	struct xtcp_ent ent;
	union {
		struct list_head lnode;
		struct rcu_head rcu;
	};
	struct xtcp_bind *bind;
	u32 start;
	u32 rcv_nxt;
	u32 snd_nxt;
	u32 ts_recent;
	u32 ts_recent_s;
	u32 ts_off;
	refcount_t ref;
	u16 rcv_wnd;
	u8 state;
	u8 tos;
};

int xtcp_timewait_init(void);
void xtcp_timewait_exit(void);
void xtcp_timewait_net_init(struct xtcp_net *xn);
void xtcp_timewait_net_exit(struct xtcp_net *xn);
void xtcp_timewait_rescale(struct net *net);
void xtcp_timewait_start(struct sock *sk, int state);
bool xtcp_timewait_segment(struct xtcp_tw *tw, struct sk_buff *skb);
void xtcp_timewait_kill(struct xtcp_tw *tw);
void xtcp_timewait_put(struct xtcp_tw *tw);
u32 xtcp_timewait_left_ms(const struct xtcp_tw *tw);

#endif /* _XTCP_TIMEWAIT_H */
