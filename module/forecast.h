/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The port forecast: how fast connect() uses up the ports toward each
 * destination, and what is left of them: RFC 6056.
 */
#ifndef _XTCP_FORECAST_H
#define _XTCP_FORECAST_H

#include <linux/types.h>

#include "tables.h"

struct net;
struct sock;
struct xtcp_dest_set;
struct xtcp_net;

/**
 * struct xtcp_forecast - a destination, as it is shown
 * @t: local port 0
 * @range: ports that connect may choose of
 * @fixed: of these, bound by name, so that it may not
 * @used: held by connections to here
 * @waiting: held by waiting entries
 * @reusable: of these, those that connect would take over now
 * @left: that can be had now, @reusable included
 * @wait_ms: how long a new one will keep its port waiting
 * @opens: connections opened, a thousand seconds
 * @ends: connections that ended, likewise
 * @waits: of these, those that wait
 * @failed: connections that found no port, ever
 * @out_ms: when the ports run out, ms from now, or XTCP_OUTLOOK_NEVER
 */
struct xtcp_forecast {
	struct xtcp_tuple t;
	u32 range;
	u32 fixed;
	u32 used;
	u32 waiting;
	u32 reusable;
	u32 left;
	u32 wait_ms;
	u32 opens;
	u32 ends;
	u32 waits;
	u32 failed;
	u64 out_ms;
};

void xtcp_forecast_net_exit(struct xtcp_net *xn);
void xtcp_forecast_opened(struct sock *sk, u64 hash, bool failed);
void xtcp_forecast_ended(struct sock *sk, bool waits);
int xtcp_forecast_take(struct net *net, struct xtcp_forecast **all);

#endif /* _XTCP_FORECAST_H */
