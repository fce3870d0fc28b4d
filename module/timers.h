/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Timers of a connection, armed by functions that are named for events:
 * RFC 9293 section 3.10.8.
 */
#ifndef _XTCP_TIMERS_H
#define _XTCP_TIMERS_H

#include "sock.h"

void xtcp_timers_setup(struct sock *sk);
void xtcp_timers_stop(struct sock *sk);
void xtcp_timers_run_deferred(struct sock *sk, unsigned long bits);

void xtcp_timers_data_sent(struct sock *sk);
void xtcp_timers_new_ack(struct sock *sk, bool sampled);
void xtcp_timers_window_closed(struct sock *sk);
void xtcp_timers_window_opened(struct sock *sk);
void xtcp_timers_retransmitted(struct sock *sk);
void xtcp_timers_ack_delayed(struct sock *sk);
void xtcp_timers_ack_sent(struct sock *sk);
void xtcp_timers_established(struct sock *sk);
void xtcp_timers_keepalive(struct sock *sk, int on);
void xtcp_timers_keepalive_changed(struct sock *sk);
void xtcp_timers_probe_answered(struct sock *sk);
void xtcp_timers_orphaned(struct sock *sk, unsigned long timeout);
u32 xtcp_timers_keepalive_time(const struct sock *sk);
u32 xtcp_timers_keepalive_intvl(const struct sock *sk);
u32 xtcp_timers_keepalive_probes(const struct sock *sk);

/* Jiffies since the peer was last heard. */
static inline u32 xtcp_timers_idle(const struct sock *sk)
{
	return (u32)jiffies - xtcp_sk(sk)->rcv_tstamp;
}

#endif /* _XTCP_TIMERS_H */
