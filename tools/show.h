/* SPDX-License-Identifier: GPL-2.0 */
/* The displays of xtcpstat, and what the user asked of them. */
#ifndef XTCPSTAT_SHOW_H
#define XTCPSTAT_SHOW_H

#include <stdio.h>

#include "filter.h"
#include "source.h"

/**
 * struct show - what to show, and how
 * @source: where the facts come from
 * @filter: which rows
 * @families: set of SOURCE_V4, SOURCE_V6
 * @all: counters that are zero too
 * @numeric: addresses and ports as numbers
 * @processes: who holds the socket
 * @timers: the armed timer
 * @owner: uid and inode
 * @info: what keepalive found out
 * @kill: end what is shown
 * @header: the line with the columns' names
 * @ledgers: listeners have their ledgers (JSON)
 * @changes: counters with what was added since the last display
 */
struct show {
	const struct source *source;
	struct filter filter;
	unsigned int families;
	bool all;
	bool numeric;
	bool processes;
	bool timers;
	bool owner;
	bool info;
	bool kill;
	bool header;
	bool ledgers;
	bool changes;
};

int list_show(const struct show *show);
int list_show_json(const struct show *show);
int ledger_show(const struct show *show);
int counters_show(const struct show *show);
int counters_show_json(const struct show *show);

void json_string(FILE *f, const char *s);

#endif
