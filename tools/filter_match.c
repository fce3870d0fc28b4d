// SPDX-License-Identifier: GPL-2.0
/* Decides whether a connection passes a filter. */
#include <string.h>
#include <sys/socket.h>

#include "filter.h"
#include "filter_node.h"

static bool compare_ports(int port, enum filter_op op, int with)
{
	switch (op) {
	case FILTER_EQ:
		return port == with;
	case FILTER_NE:
		return port != with;
	case FILTER_LT:
		return port < with;
	case FILTER_GT:
		return port > with;
	case FILTER_LE:
		return port <= with;
	case FILTER_GE:
		return port >= with;
	}
	return false;
}

static bool same_bits(const void *a, const void *b, unsigned int bits)
{
	const __u8 *x = a, *y = b;
	unsigned int bytes = bits / 8, rest = bits % 8;

	if (memcmp(x, y, bytes))
		return false;
	return !rest || !((x[bytes] ^ y[bytes]) >> (8 - rest));
}

/* An IPv4 prefix means the same peers on a dual-stack socket, where they come mapped into IPv6. */
static bool in_prefix(const struct endpoint *e, const struct filter_node *node)
{
	struct in_addr v4;

	if (node->addr.family == AF_UNSPEC)
		return true;
	if (node->addr.family == AF_INET)
		return endpoint_as_v4(e, &v4) && same_bits(&v4, &node->addr.addr.v4, node->bits);
	return e->family == AF_INET6 && same_bits(&e->addr.v6, &node->addr.addr.v6, node->bits);
}

static bool match_address(const struct filter_node *node, const struct endpoint *e)
{
	bool same = in_prefix(e, node) && (node->port < 0 || node->port == e->port);

	return same == (node->op == FILTER_EQ);
}

static bool match_node(const struct filter_node *node, const struct conn *c)
{
	const struct endpoint *side = node->source ? &c->local : &c->peer;

	switch (node->kind) {
	case FILTER_AND:
		return match_node(node->a, c) && match_node(node->b, c);
	case FILTER_OR:
		return match_node(node->a, c) || match_node(node->b, c);
	case FILTER_NOT:
		return !match_node(node->a, c);
	case FILTER_PORT:
		return compare_ports(side->port, node->op, node->port);
	case FILTER_ADDR:
		return match_address(node, side);
	}
	return false;
}

/**
 * filter_match() - does a connection pass?
 * @f: the filter
 * @c: the connection
 *
 * Return: true if it is to be shown.
 */
bool filter_match(const struct filter *f, const struct conn *c)
{
	if (!(f->states & STATE_BIT(c->state)))
		return false;
	return !f->expr || match_node(f->expr, c);
}
