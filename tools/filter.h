/* SPDX-License-Identifier: GPL-2.0 */
/* The filter of the command line: a set of states and an expression over ports and addresses. */
#ifndef XTCPSTAT_FILTER_H
#define XTCPSTAT_FILTER_H

#include "conn.h"

struct filter_node;

/**
 * struct filter - what a row must be to be shown
 * @states: set of states
 * @states_given: the set came from "state" or "exclude", and outranks -a and -l
 * @expr: the expression, NULL if all match
 * @nodes: all that was allocated for it
 */
struct filter {
	unsigned int states;
	bool states_given;
	struct filter_node *expr;
	struct filter_node *nodes;
};

bool filter_parse(struct filter *f, int argc, char **argv);
void filter_free(struct filter *f);
bool filter_match(const struct filter *f, const struct conn *c);

#endif
