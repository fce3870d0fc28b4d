/* SPDX-License-Identifier: GPL-2.0 */
/* Where xtcpstat's facts come from: the one door between the kernel and the displays. */
#ifndef XTCPSTAT_SOURCE_H
#define XTCPSTAT_SOURCE_H

#include <linux/types.h>

#include "conn.h"

#define SOURCE_V4	1U
#define SOURCE_V6	2U

/**
 * struct counter - one event counter
 * @name: CamelCase, as in /proc/net/netstat
 * @meaning: a sentence, may be empty
 * @value: events since the module was loaded
 */
struct counter {
	const char *name;
	const char *meaning;
	__u64 value;
};

typedef void (*source_conn_fn)(const struct conn *c, void *arg);
typedef void (*source_counter_fn)(const struct counter *c, void *arg);

/**
 * struct source - a way to ask the kernel
 * @name: for messages
 * @conns: call fn for every connection of the families asked for (a set of SOURCE_V4, SOURCE_V6)
 * @counters: call fn for every counter; its strings live only during the call
 *
 * Both return 0, or 1 after having told the user on stderr what is wrong. What could be read before
 * the fault has been handed to fn.
 */
struct source {
	const char *name;
	int (*conns)(unsigned int families, source_conn_fn fn, void *arg);
	int (*counters)(source_counter_fn fn, void *arg);
};

extern const struct source source_procfs;

#endif
