// SPDX-License-Identifier: GPL-2.0
/*
 * The round-trip time estimator and the retransmission timeout: RFC 6298
 * sections 2 and 5. Pure: no socket, no clock.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "rtt.h"

/*
 * The longest sample taken at its word: 8 times it still fits the scaled
 * srtt. About nine minutes, far beyond any rto_max_us in use.
 */
#define SAMPLE_MAX_US	(U32_MAX >> 3)

static u32 bound_rto(const struct xtcp_rtt *rtt, u64 rto_us)
{
	rto_us = max_t(u64, rto_us, rtt->rto_min_us);
	return min_t(u64, rto_us, rtt->rto_max_us);
}

/*
 * (2.3) RTO = SRTT + max(G, K * RTTVAR), K = 4, which is how mdev_us is
 * scaled. In the place of G, the clock's grain, stands rto_min_us: on a quiet
 * path RTTVAR decays to nothing, and a peer that delays its ACK by 40 to
 * 200 ms, as RFC 9293 section 3.8.6.3 lets it, would look like a loss.
 */
static u32 rto_from_estimate(const struct xtcp_rtt *rtt)
{
	u64 margin = max(rtt->mdev_us, rtt->rto_min_us);

	return bound_rto(rtt, (rtt->srtt_us >> 3) + margin);
}

void xtcp_rtt_init(struct xtcp_rtt *rtt, u32 rto_min_us, u32 rto_max_us)
{
	memset(rtt, 0, sizeof(*rtt));
	rtt->min_rtt_us = U32_MAX;
	rtt->rto_min_us = rto_min_us;
	rtt->rto_max_us = rto_max_us;
	rtt->rto_us = bound_rto(rtt, XTCP_RTO_INITIAL_US);
}

void xtcp_rtt_set_min(struct xtcp_rtt *rtt, u32 rto_min_us)
{
	rtt->rto_min_us = rto_min_us;
	rtt->rto_us = rtt->srtt_us ? rto_from_estimate(rtt) :
				     bound_rto(rtt, rtt->rto_us);
}

/* (2.2): SRTT = R, RTTVAR = R / 2. */
static void first_sample(struct xtcp_rtt *rtt, u32 r)
{
	rtt->srtt_us = r << 3;
	rtt->mdev_us = r << 1;
}

/*
 * (2.3): RTTVAR = 3/4 RTTVAR + 1/4 |SRTT - R'|, then SRTT = 7/8 SRTT + 1/8 R'.
 * With RTTVAR kept times 4 and SRTT times 8 each is one shift and two sums.
 */
static void next_sample(struct xtcp_rtt *rtt, u32 r)
{
	u32 srtt = rtt->srtt_us >> 3;
	u32 err = r > srtt ? r - srtt : srtt - r;

	rtt->mdev_us = rtt->mdev_us - (rtt->mdev_us >> 2) + err;
	/* srtt_us is 0 only before the first sample, so it never falls to 0. */
	rtt->srtt_us = max(rtt->srtt_us - srtt + r, 1U);
}

void xtcp_rtt_sample(struct xtcp_rtt *rtt, u32 sample_us)
{
	u32 r = clamp_t(u32, sample_us, 1, SAMPLE_MAX_US);

	rtt->min_rtt_us = min(rtt->min_rtt_us, r);
	if (rtt->srtt_us)
		next_sample(rtt, r);
	else
		first_sample(rtt, r);
	rtt->rto_us = rto_from_estimate(rtt);
}

void xtcp_rtt_syn_lost(struct xtcp_rtt *rtt)
{
	if (!rtt->srtt_us)
		rtt->rto_us = bound_rto(rtt, XTCP_RTO_FALLBACK_US);
}

u32 xtcp_rtt_backed_off(const struct xtcp_rtt *rtt, unsigned int backoff)
{
	u64 rto_us = (u64)rtt->rto_us << min(backoff, 31U);

	return min_t(u64, rto_us, rtt->rto_max_us);
}
