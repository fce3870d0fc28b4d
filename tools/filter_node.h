/* SPDX-License-Identifier: GPL-2.0 */
/* The tree of a filter's expression, between its parser and its judge. */
#ifndef XTCPSTAT_FILTER_NODE_H
#define XTCPSTAT_FILTER_NODE_H

#include "conn.h"

enum filter_kind {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_PORT,
	FILTER_ADDR,
};

enum filter_op {
	FILTER_EQ,
	FILTER_NE,
	FILTER_LT,
	FILTER_GT,
	FILTER_LE,
	FILTER_GE,
};

/**
 * struct filter_node - one test, or a junction of others
 * @kind: which
 * @op: how to compare, of a test
 * @source: a test looks at our side, not at the peer's
 * @bits: leading bits of @addr that count
 * @port: port to compare with, -1 for any
 * @addr: address to compare with, its family AF_UNSPEC for any
 * @next: in the list by which all are freed
 * @a: first operand of a junction
 * @b: second operand of AND and OR
 */
struct filter_node {
	enum filter_kind kind;
	enum filter_op op;
	bool source;
	unsigned int bits;
	int port;
	struct endpoint addr;
	struct filter_node *next;
	struct filter_node *a;
	struct filter_node *b;
};

bool filter_parse_port(const char *text, int *port);
bool filter_parse_address(const char *text, struct filter_node *node);

#endif
