// SPDX-License-Identifier: GPL-2.0
/*
 * The seed of the random tests, and what makes the suites a module.
 */
#include <linux/module.h>
#include <linux/random.h>

#include "seed.h"

static ulong seed;
module_param(seed, ulong, 0444);
MODULE_PARM_DESC(seed, "seed of the random tests; 0, the default, for a new one");

/**
 * xtcp_kunit_seed() - begin a sequence of random numbers and print its seed
 * @test: the test that will use it
 * @rnd: the sequence
 */
void xtcp_kunit_seed(struct kunit *test, struct rnd_state *rnd)
{
	ulong used = seed ?: get_random_u32();

	kunit_info(test, "seed=%lu\n", used);
	prandom_seed_state(rnd, used);
}

MODULE_DESCRIPTION("KUnit tests of xtcp's pure rooms");
MODULE_LICENSE("GPL");
