// SPDX-License-Identifier: GPL-2.0
/*
 * Reads both stacks' tables and counters; wire_settle.h says what for.
 */
#include "wire_settle.h"
#include "xtcp_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char * const tables[] = {
	"/proc/net/tcp", "/proc/net/tcp6", "/proc/net/xtcp", "/proc/net/xtcp6",
};

/*
 * Late on a path that reorders, an old ACK meets a connection that is gone, and
 * is reset: only those are excused. So is what a timer on a busy machine sent
 * twice, a FIN or the ACK of one, when its other end is gone.
 */
static const struct {
	const char *file;
	const char *group;	/* of a file of pairs of lines, else NULL */
	const char *name;
	bool excusable;
} counters[WIRE_COUNTERS] = {
	{ "/proc/net/snmp", "Tcp:", "OutRsts", true },
	{ "/proc/net/snmp", "Tcp:", "EstabResets", false },
	{ "/proc/net/snmp", "Tcp:", "InCsumErrors", false },
	{ "/proc/net/snmp", "Ip:", "FragCreates", false },
	{ "/proc/net/snmp", "Ip:", "ReasmReqds", false },
	{ "/proc/net/snmp6", NULL, "Ip6FragCreates", false },
	{ "/proc/net/snmp6", NULL, "Ip6ReasmReqds", false },
	{ "/proc/net/xtcp_stat", NULL, "OutRsts", true },
	{ "/proc/net/xtcp_stat", NULL, "EstabResets", false },
	{ "/proc/net/xtcp_stat", NULL, "InCsumErrors", false },
	{ "/proc/net/xtcp_stat", NULL, "AbortOnData", false },
};

/* The word of @values that stands where @name does in @titles. */
static unsigned long long word_below(char *titles, char *values,
				     const char *name)
{
	char *t, *v, *t_rest, *v_rest;

	t = strtok_r(titles, "\n ", &t_rest);
	v = strtok_r(values, "\n ", &v_rest);
	while (t && v) {
		if (!strcmp(t, name))
			return strtoull(v, NULL, 10);
		t = strtok_r(NULL, "\n ", &t_rest);
		v = strtok_r(NULL, "\n ", &v_rest);
	}
	return 0;
}

static unsigned long long from_pair(FILE *f, const char *group,
				    const char *name)
{
	static char titles[8192], values[8192];

	while (fgets(titles, sizeof(titles), f) &&
	       fgets(values, sizeof(values), f))
		if (!strncmp(titles, group, strlen(group)))
			return word_below(titles, values, name);
	return 0;
}

static unsigned long long from_line(FILE *f, const char *name)
{
	unsigned long long value;
	char line[512], word[64];

	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %llu", word, &value) == 2 &&
		    !strcmp(word, name))
			return value;
	return 0;
}

/* A counter of the namespace; those of a @group stand in pairs of lines. */
unsigned long long wire_counter(const char *file, const char *group,
				const char *name)
{
	unsigned long long value;
	FILE *f = fopen(file, "r");

	if (!f)
		return 0;
	value = group ? from_pair(f, group, name) : from_line(f, name);
	fclose(f);
	return value;
}

void wire_count(struct wire_counts *c)
{
	int i;

	for (i = 0; i < WIRE_COUNTERS; i++)
		c->value[i] = wire_counter(counters[i].file, counters[i].group,
					   counters[i].name);
	c->repeats = wire_counter("/proc/net/snmp", "Tcp:", "RetransSegs") +
		     wire_counter("/proc/net/xtcp_stat", NULL, "RetransSegs");
}

/* Says what of @name still stands, if asked to; returns whether any does. */
static bool stands(const char *name, const char *where, bool say)
{
	FILE *f = fopen(name, "r");
	unsigned int state;
	bool any = false;
	char line[512];

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: %*s %*s %x", &state) != 1 ||
		    state == XT_TIME_WAIT)
			continue;
		any = true;
		if (say)
			fprintf(stderr, "# %s: left in %s: %s", where, name, line);
	}
	fclose(f);
	return any;
}

static bool any_stands(const char *where, bool say)
{
	bool any = false;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		any |= stands(tables[i], where, say);
	return any;
}

/* Waits until neither stack has more than TIME-WAIT. */
bool wire_settled(const char *where, unsigned int seconds)
{
	__u64 end = xt_now_ms() + 1000ULL * seconds;

	while (any_stands(where, false)) {
		if (xt_now_ms() >= end)
			return !any_stands(where, true);
		xt_pause();
	}
	return true;
}

/* Was anything sent again since @before? */
bool wire_repeated(const struct wire_counts *before)
{
	struct wire_counts now;

	wire_count(&now);
	return now.repeats != before->repeats;
}

/* Compares the counters with what they were @before. */
bool wire_unharmed(const char *where, const struct wire_counts *before,
		   bool resets_allowed)
{
	struct wire_counts now;
	bool fine = true;
	int i;

	wire_count(&now);
	for (i = 0; i < WIRE_COUNTERS; i++) {
		if (now.value[i] == before->value[i] ||
		    (counters[i].excusable && resets_allowed))
			continue;
		fprintf(stderr, "# %s: %s %s grew by %llu\n", where,
			counters[i].file, counters[i].name,
			now.value[i] - before->value[i]);
		fine = false;
	}
	return fine;
}
