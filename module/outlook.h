/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How fast ports toward a destination are used, and when they run out at that
 * rate: RFC 6056. Pure.
 */
#ifndef _XTCP_OUTLOOK_H
#define _XTCP_OUTLOOK_H

#include <linux/types.h>

#define XTCP_RATE_TICK_MS	128
#define XTCP_OUTLOOK_BINS	64
#define XTCP_OUTLOOK_NEVER	U64_MAX

/**
 * struct xtcp_rate - events a second, of the last seconds above all
 * @tick: when it was last brought up to date, ms by XTCP_RATE_TICK_MS
 * @count: events, the older the less they count; times 256
 * @weight: ticks, likewise; negative at first, by what of a tick was over
 */
struct xtcp_rate {
	u32 tick;
	u32 count;
	s32 weight;
};

/**
 * struct xtcp_outlook - ports toward a destination
 * @left: that can be had now
 * @opens: connections opened, a thousand seconds
 * @ends: connections that ended, likewise, with or without a wait
 * @waits: of these, those that wait
 * @wait_ms: how long a new one will keep its port waiting
 * @freed: waiting now, by when their port will be free: bin i is up to
 *	(i + 1) * @bin_ms from now
 * @bin_ms: width of a bin; not 0
 */
struct xtcp_outlook {
	u32 left;
	u32 opens;
	u32 ends;
	u32 waits;
	u32 wait_ms;
	u32 bin_ms;
	u32 freed[XTCP_OUTLOOK_BINS];
};

void xtcp_rate_add(struct xtcp_rate *r, u32 now_ms);
u32 xtcp_rate_read(struct xtcp_rate *r, u32 now_ms);
u64 xtcp_outlook_ms(const struct xtcp_outlook *o);

#endif /* _XTCP_OUTLOOK_H */
