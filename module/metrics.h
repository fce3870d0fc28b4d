/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a route says of the connections that go over it: "ip route" with
 * initcwnd, initrwnd, rto_min, window.
 */
#ifndef _XTCP_METRICS_H
#define _XTCP_METRICS_H

#include "output.h"
#include "sock.h"

u32 xtcp_metrics_init_cwnd(struct sock *sk);
void xtcp_metrics_bound_window(const struct dst_entry *dst, u32 mss,
			       struct xtcp_window *w);
u32 xtcp_metrics_window(const struct dst_entry *dst);
void xtcp_metrics_apply(struct sock *sk, const struct dst_entry *dst);

#endif /* _XTCP_METRICS_H */
