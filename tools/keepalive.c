// SPDX-License-Identifier: GPL-2.0
/* What keepalive found out of each connection, from netlink. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keepalive.h"
#include "netlink.h"
#include "util.h"

static struct keepalive *found;
static size_t n_found, room_found;

static void gather(const struct nlattr *const *attrs, void *arg)
{
	const struct nlattr *k[XTCP_KEEPALIVE_MAX + 1];
	struct keepalive *new;

	(void)arg;
	if (!attrs[XTCP_A_KEEPALIVE] || !attrs[XTCP_A_INODE])
		return;
	netlink_nest(attrs[XTCP_A_KEEPALIVE], k, XTCP_KEEPALIVE_MAX);
	found = util_grow(found, n_found, &room_found, sizeof(*found));
	new = &found[n_found++];
	new->inode = netlink_number(attrs[XTCP_A_INODE]);
	new->on = k[XTCP_KEEPALIVE_ON];
	new->sent = netlink_number(k[XTCP_KEEPALIVE_SENT]);
	new->answered = netlink_number(k[XTCP_KEEPALIVE_ANSWERED]);
	new->waiting = netlink_number(k[XTCP_KEEPALIVE_WAITING]);
	new->age_ms = netlink_number(k[XTCP_KEEPALIVE_AGE]);
	new->rtt_us = netlink_number(k[XTCP_KEEPALIVE_RTT]);
}

static int by_inode(const void *a, const void *b)
{
	const struct keepalive *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/**
 * keepalive_scan() - ask for the evidence of all connections
 *
 * Return: 0, or 1 after a message on stderr.
 */
int keepalive_scan(void)
{
	struct netlink_ask ask = { .cmd = XTCP_CMD_KEEPALIVES };
	int ret;

	keepalive_forget();
	ret = netlink_dump(&ask, gather, NULL);
	if (n_found)
		qsort(found, n_found, sizeof(*found), by_inode);
	return ret;
}

/**
 * keepalive_of() - the evidence of one
 * @inode: of its socket
 *
 * Return: NULL where there is none.
 */
const struct keepalive *keepalive_of(__u64 inode)
{
	struct keepalive key = { .inode = inode };

	/* Sockets that no process holds are all of inode 0. */
	if (!inode || !n_found)
		return NULL;
	return bsearch(&key, found, n_found, sizeof(*found), by_inode);
}

/** keepalive_forget() - drop what keepalive_scan() found */
void keepalive_forget(void)
{
	free(found);
	found = NULL;
	n_found = 0;
	room_found = 0;
}

/**
 * keepalive_print() - as part of a row
 * @inode: of the socket
 */
void keepalive_print(__u64 inode)
{
	const struct keepalive *k = keepalive_of(inode);

	if (!k)
		return;
	printf(" keepalive:(%s,sent:%u,answered:%u,waiting:%u", k->on ? "on" : "off", k->sent,
	       k->answered, k->waiting);
	if (k->answered)
		printf(",age:%llums", k->age_ms);
	if (k->rtt_us)
		printf(",rtt:%u.%03ums", k->rtt_us / 1000, k->rtt_us % 1000);
	putchar(')');
}

/**
 * keepalive_print_json() - as a member of an object, after others
 * @inode: of the socket
 */
void keepalive_print_json(__u64 inode)
{
	const struct keepalive *k = keepalive_of(inode);

	if (!k) {
		fputs(",\"keepalive\":null", stdout);
		return;
	}
	printf(",\"keepalive\":{\"on\":%s,\"sent\":%u,\"answered\":%u,\"waiting\":%u",
	       k->on ? "true" : "false", k->sent, k->answered, k->waiting);
	if (k->answered)
		printf(",\"age_ms\":%llu", k->age_ms);
	else
		fputs(",\"age_ms\":null", stdout);
	if (k->rtt_us)
		printf(",\"rtt_us\":%u}", k->rtt_us);
	else
		fputs(",\"rtt_us\":null}", stdout);
}
