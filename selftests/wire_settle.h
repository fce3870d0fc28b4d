/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a finished connection leaves in a namespace, whichever stack had it:
 * states that still stand, and counters of what a clean transfer has none of.
 */
#ifndef XTCP_WIRE_SETTLE_H
#define XTCP_WIRE_SETTLE_H

#include <stdbool.h>

#define WIRE_COUNTERS	11

/**
 * struct wire_counts - a namespace's counters at some moment
 * @value: of what a clean transfer has none
 * @repeats: segments that either stack sent again
 */
struct wire_counts {
	unsigned long long value[WIRE_COUNTERS];
	unsigned long long repeats;
};

/* All of these are about the namespace that the caller stands in. */
unsigned long long wire_counter(const char *file, const char *group,
				const char *name);
void wire_count(struct wire_counts *c);
bool wire_settled(const char *where, unsigned int seconds);
bool wire_repeated(const struct wire_counts *before);
bool wire_unharmed(const char *where, const struct wire_counts *before,
		   bool resets_allowed);

#endif /* XTCP_WIRE_SETTLE_H */
