// SPDX-License-Identifier: GPL-2.0
/*
 * What a route says of the connections that go over it, as Linux TCP takes it:
 * by this the administrator restores the letter of RFC 5681 section 3.1
 * (initcwnd) and of RFC 6298 (2.4) (rto_min) where a path needs it. MSS, MTU
 * and hop limit are read where they are used.
 */
#include <net/dst.h>

#include "metrics.h"

/**
 * xtcp_metrics_init_cwnd() - initial congestion window, and restart window
 * @sk: the socket
 *
 * Context: socket lock held.
 * Return: segments: initcwnd of the route, or ten (RFC 6928).
 */
u32 xtcp_metrics_init_cwnd(struct sock *sk)
{
	const struct dst_entry *dst = __sk_dst_get(sk);
	u32 cwnd = dst ? dst_metric(dst, RTAX_INITCWND) : 0;

	return cwnd ?: XTCP_INIT_CWND;
}

/**
 * xtcp_metrics_window() - the largest window to offer over a route
 * @dst: the route
 *
 * Context: any.
 * Return: bytes; 0 when the route does not say.
 */
u32 xtcp_metrics_window(const struct dst_entry *dst)
{
	return dst_metric(dst, RTAX_WINDOW);
}

/**
 * xtcp_metrics_bound_window() - the first window over a route
 * @dst: the route
 * @mss: announced by us, bytes
 * @w: the window; cut to initrwnd segments, where the route has that
 *
 * Context: any.
 */
void xtcp_metrics_bound_window(const struct dst_entry *dst, u32 mss,
			       struct xtcp_window *w)
{
	u32 segs = dst_metric(dst, RTAX_INITRWND);

	if (segs)
		w->wnd = min_t(u64, w->wnd, (u64)segs * mss);
}

/**
 * xtcp_metrics_apply() - take over what the route of a connection says
 * @sk: the socket
 * @dst: its route
 *
 * Context: socket lock held.
 */
void xtcp_metrics_apply(struct sock *sk, const struct dst_entry *dst)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->route_wnd = xtcp_metrics_window(dst);
	/* A route means what it says only where it insists: "lock". */
	if (dst_metric_locked(dst, RTAX_RTO_MIN))
		xtcp_rtt_set_min(&xp->rtt, dst_metric(dst, RTAX_RTO_MIN) *
					   USEC_PER_MSEC);
}
