/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers that can be had again: each test prints the seed it began
 * with, and "modprobe xtcp_kunit seed=N" begins with that one.
 */
#ifndef _XTCP_KUNIT_SEED_H
#define _XTCP_KUNIT_SEED_H

#include <kunit/test.h>
#include <linux/prandom.h>

void xtcp_kunit_seed(struct kunit *test, struct rnd_state *rnd);

/* Between @low and @high, both included. */
static inline u32 xtcp_kunit_between(struct rnd_state *rnd, u32 low, u32 high)
{
	return low + prandom_u32_state(rnd) % (high - low + 1);
}

#endif /* _XTCP_KUNIT_SEED_H */
