/* SPDX-License-Identifier: GPL-2.0 */
/* Listeners with their ledgers, as netlink tells of them (linux/xtcp_netlink.h). */
#ifndef XTCPSTAT_LEDGER_H
#define XTCPSTAT_LEDGER_H

#include <stdio.h>
#include <linux/xtcp_netlink.h>

#include "conn.h"

#define LEDGER_BINS_MAX	64

/**
 * struct queue - a queue of a listener
 * @len: how long it is
 * @peak: the most that it has been
 * @max: its limit
 */
struct queue {
	__u32 len;
	__u32 peak;
	__u32 max;
};

/**
 * struct ledger - what happened to what came to a listener
 * @conn: the listener as a row of a listing
 * @id: of this listen(), ever greater
 * @age_ms: since when it listens
 * @syn: the SYN queue
 * @accept: the accept queue
 * @count: events, by enum xtcp_ledger_attr
 * @waits: connections accepted
 * @wait_sum_us: how long they waited, all together
 * @wait_max_us: and the longest
 * @bins: how many waited less than 1 us; from 1 on: less than 2^n us
 * @n_bins: how many of @bins there are
 */
struct ledger {
	struct conn conn;
	__u64 id;
	__u64 age_ms;
	struct queue syn;
	struct queue accept;
	__u64 count[XTCP_LEDGER_MAX + 1];
	__u64 waits;
	__u64 wait_sum_us;
	__u64 wait_max_us;
	__u64 bins[LEDGER_BINS_MAX];
	unsigned int n_bins;
};

/**
 * struct ledgers - those of all listeners, the oldest inode first
 * @ledger: the array
 * @n: how many
 * @room: for how many there is memory
 */
struct ledgers {
	struct ledger *ledger;
	size_t n;
	size_t room;
};

int ledgers_read(unsigned int families, struct ledgers *all);
void ledgers_free(struct ledgers *all);
const struct ledger *ledgers_find(const struct ledgers *all, __u64 inode);
__u64 ledger_wait_within(const struct ledger *l, unsigned int percent);
void ledger_json(FILE *f, const struct ledger *l);

#endif
