/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Round-trip time and the retransmission timeout made from it: RFC 6298.
 * Pure: no socket, no clock.
 */
#ifndef _XTCP_RTT_H
#define _XTCP_RTT_H

#include <linux/types.h>

#define XTCP_RTO_INITIAL_US	(1 * 1000 * 1000)	/* RFC 6298 (2.1) */
#define XTCP_RTO_FALLBACK_US	(3 * 1000 * 1000)	/* RFC 6298 (5.7) */

/**
 * struct xtcp_rtt - the estimator's state
 * @srtt_us: smoothed round-trip time, µs times 8; 0 before the first sample
 * @mdev_us: mean deviation, µs times 4
 * @rto_us: timeout in µs, bounded by the two below, backoff not counted
 * @min_rtt_us: least sample so far, µs; U32_MAX before the first
 * @rto_min_us: lower bound of @rto_us
 * @rto_max_us: upper bound of @rto_us, and of it after backoff
 */
struct xtcp_rtt {
	u32 srtt_us;
	u32 mdev_us;
	u32 rto_us;
	u32 min_rtt_us;
	u32 rto_min_us;
	u32 rto_max_us;
};

/**
 * xtcp_rtt_init() - forget all samples
 * @rtt: the estimator
 * @rto_min_us: lower bound of the timeout, µs
 * @rto_max_us: upper bound of the timeout, µs
 */
void xtcp_rtt_init(struct xtcp_rtt *rtt, u32 rto_min_us, u32 rto_max_us);

/**
 * xtcp_rtt_set_min() - another lower bound, for the timeout as it is now, too
 * @rtt: the estimator
 * @rto_min_us: lower bound of the timeout, µs
 */
void xtcp_rtt_set_min(struct xtcp_rtt *rtt, u32 rto_min_us);

/**
 * xtcp_rtt_sample() - take in one measurement (RFC 6298 (2.2), (2.3))
 * @rtt: the estimator
 * @sample_us: round-trip time of a segment that was sent once, or whose
 *	timestamp was echoed, µs; 0 counts as 1
 */
void xtcp_rtt_sample(struct xtcp_rtt *rtt, u32 sample_us);

/**
 * xtcp_rtt_syn_lost() - the SYN was retransmitted and no sample was had
 * @rtt: the estimator
 *
 * RFC 6298 (5.7): begin data transfer with 3 s.
 */
void xtcp_rtt_syn_lost(struct xtcp_rtt *rtt);

/**
 * xtcp_rtt_backed_off() - the timeout after a number of backoffs
 * @rtt: the estimator
 * @backoff: doublings, 0 to 31
 *
 * Return: µs, at most @rtt->rto_max_us (RFC 6298 (5.5)).
 */
u32 xtcp_rtt_backed_off(const struct xtcp_rtt *rtt, unsigned int backoff);

#endif /* _XTCP_RTT_H */
