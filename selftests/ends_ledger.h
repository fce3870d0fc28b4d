/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The close ledger as tests read it: the counters of one namespace that are
 * named End<Cause>, and what they must add up to (F-65).
 */
#ifndef XTCP_ENDS_LEDGER_H
#define XTCP_ENDS_LEDGER_H

#include "xtcp_test.h"

#include <string.h>

/**
 * struct ledger - a namespace's ends of connections
 * @opened: connections that were opened, either way
 * @ended: those that ended
 * @embryos: embryonic connections that ended as such
 * @found: the value of the counter asked for
 * @known: there is such a counter
 */
struct ledger {
	unsigned long opened;
	unsigned long ended;
	unsigned long embryos;
	unsigned long found;
	bool known;
};

/* Read it; @cause without "End". */
static inline struct ledger ledger_read(const char *cause)
{
	FILE *f = fopen("/proc/net/xtcp_stat", "r");
	struct ledger l = { 0 };
	char line[256], word[64];
	unsigned long value;

	if (!f)
		xt_die("xtcp_stat");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %lu", word, &value) != 2)
			continue;
		if (!strcmp(word, "ActiveOpens") || !strcmp(word, "PassiveOpens"))
			l.opened += value;
		if (strncmp(word, "End", 3))
			continue;
		if (!strncmp(word, "EndReq", 6))
			l.embryos += value;
		else
			l.ended += value;
		if (!strcmp(word + 3, cause)) {
			l.found = value;
			l.known = true;
		}
	}
	fclose(f);
	return l;
}

/* Wait until so many connections have ended, embryonic ones too. */
static inline struct ledger ledger_wait(const char *cause, unsigned long ends)
{
	__u64 deadline = xt_now_ms() + XT_DEADLINE_MS;
	struct ledger l;

	do {
		l = ledger_read(cause);
		if (l.ended + l.embryos >= ends)
			break;
		xt_pause();
	} while (xt_now_ms() < deadline);
	return l;
}

#endif /* XTCP_ENDS_LEDGER_H */
