/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a generator of segments knows that a listener's ledger must say, and the
 * comparison of both with /proc/net/xtcp_stat: F-26.
 */
#ifndef XTCP_LEDGER_TALLY_H
#define XTCP_LEDGER_TALLY_H

#include "xtcp_nl.h"

#include <linux/types.h>

/* Expected counts, by enum xtcp_ledger_attr. */
struct tally {
	__u64 c[XTCP_LEDGER_MAX + 1];
};

/* A listener as netlink tells it. */
struct told {
	__u64 c[XTCP_LEDGER_MAX + 1];
	__u64 id;
	__u64 syn_len;
	__u64 syn_peak;
	__u64 accept_len;
	__u64 accept_peak;
	__u64 waits;
	__u64 wait_sum_us;
	__u64 wait_max_us;
	__u64 bins[64];
	unsigned int nbins;
};

/* What netlink tells of the listener of a port; false without one. */
bool tally_read(struct xt_nl *nl, __u16 port, struct told *told);

/*
 * Once what was sent has been dealt with, the ledger of the listener of @port
 * says just what @want says, and the namespace's counters what @total says.
 * Without a port only the latter. What differs is printed, and ends the test.
 */
void tally_check(const char *where, struct xt_nl *nl, __u16 port,
		 const struct tally *want, const struct tally *total);

/* What the tests look up by name. */
const char *tally_name(int item);

#endif /* XTCP_LEDGER_TALLY_H */
