// SPDX-License-Identifier: GPL-2.0
/*
 * Reno, the congestion control that every other is measured against: RFC 5681
 * section 3.1, counting segments as RFC 3465 counts bytes. Pure: no socket.
 */
#include <linux/minmax.h>

#include "cong.h"

/* RFC 5681 equation (4): ssthresh = max(FlightSize / 2, 2 * SMSS). */
static u32 reno_ssthresh(struct xtcp_cong *cong, u32 flight)
{
	return max(flight / 2, 2U);
}

/*
 * What slow start leaves over after reaching ssthresh counts towards
 * congestion avoidance, so that a stretch ACK loses no growth.
 */
static void reno_acked(struct xtcp_cong *cong, u32 acked, u64 now_us)
{
	if (xtcp_cong_in_slow_start(cong))
		acked = xtcp_cong_slow_start(cong, acked);
	if (acked)
		xtcp_cong_avoid(cong, cong->cwnd, acked);
}

struct xtcp_cong_ops xtcp_cong_reno = {
	.name		= "reno",
	.ssthresh	= reno_ssthresh,
	.acked		= reno_acked,
};
