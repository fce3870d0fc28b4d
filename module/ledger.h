/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ledger of a listener: what happened to the SYNs, cookies and connections
 * that came to it, by cause: F-26, RFC 4987. The counts and their meanings are
 * those of uapi/linux/xtcp_netlink.h.
 */
#ifndef _XTCP_LEDGER_H
#define _XTCP_LEDGER_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "mib.h"
#include "uapi/linux/xtcp_netlink.h"

struct sock;
struct xtcp_listen;

#define XTCP_LATENCY_NBINS	24

/**
 * struct xtcp_ledger - a processor's slot of a listener's counts
 * @c: events since listen(), by enum xtcp_ledger_attr; wraps
 */
struct xtcp_ledger {
	unsigned long c[XTCP_LEDGER_MAX + 1];
};

/**
 * struct xtcp_latency - how long connections waited for accept
 * @sum_us: all together, µs
 * @max_us: the longest, µs
 * @bins: how many waited less than 1 µs; from 1 on: 2^(n-1) µs or more, but
 *	less than 2^n; the last has all the rest
 */
struct xtcp_latency {
	u64 sum_us;
	u64 max_us;
	u64 bins[XTCP_LATENCY_NBINS];
};

/*
 * Count an event of a listener, and of its namespace. A macro, because struct
 * xtcp_listen is declared after it. Context: any. @listener: a struct sock that
 * has listened once.
 */
#define xtcp_ledger_inc(listener, item) do { \
	const struct sock *counts_ = (listener); \
	const int counted_ = (item); \
\
	this_cpu_inc(xtcp_reqsk_queues(counts_)->ledger->c[counted_]); \
	xtcp_mib_inc(sock_net(counts_), XTCP_MIB_LEDGER + counted_); \
} while (0)

int xtcp_ledger_alloc(struct xtcp_listen *l);
void xtcp_ledger_free(struct xtcp_listen *l);
void xtcp_ledger_begin(struct sock *listener);
void xtcp_ledger_syn_dropped(struct sock *listener, enum xtcp_drop why);
void xtcp_ledger_third_dropped(struct sock *listener, enum xtcp_drop why);
void xtcp_ledger_cookie_refused(struct sock *listener, int item);
void xtcp_ledger_accepted(struct sock *listener, const struct sock *child);
void xtcp_ledger_sum(const struct xtcp_listen *l, u64 *sum);

#endif /* _XTCP_LEDGER_H */
