// SPDX-License-Identifier: GPL-2.0
/* Reads the ledgers of listeners from netlink, and tells them as JSON. */
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "netlink.h"
#include "source.h"
#include "util.h"

/* Keys of JSON: documented in xtcpstat(8). */
static const char *const keys[XTCP_LEDGER_MAX + 1] = {
	[XTCP_LEDGER_SYNS]		= "syns",
	[XTCP_LEDGER_SYN_QUEUED]	= "syn_queued",
	[XTCP_LEDGER_SYN_REPEATS]	= "syn_repeats",
	[XTCP_LEDGER_SYN_QUEUE_FULL]	= "syn_queue_full",
	[XTCP_LEDGER_SYN_QUEUE_DROPS]	= "syn_queue_drops",
	[XTCP_LEDGER_SYN_ACCEPT_FULL]	= "syn_accept_full",
	[XTCP_LEDGER_SYN_FAILS]		= "syn_fails",
	[XTCP_LEDGER_SYNACK_RETRANS]	= "synack_retrans",
	[XTCP_LEDGER_SYNACK_ANSWERS]	= "synack_answers",
	[XTCP_LEDGER_COOKIES_SENT]	= "cookies_sent",
	[XTCP_LEDGER_COOKIES_GOOD]	= "cookies_good",
	[XTCP_LEDGER_COOKIES_FORGED]	= "cookies_forged",
	[XTCP_LEDGER_COOKIES_STALE]	= "cookies_stale",
	[XTCP_LEDGER_COOKIES_BAD_TS]	= "cookies_bad_ts",
	[XTCP_LEDGER_ACKS_STRAY]	= "acks_stray",
	[XTCP_LEDGER_EMBRYO_TIMEOUTS]	= "embryo_timeouts",
	[XTCP_LEDGER_EMBRYO_RSTS]	= "embryo_rsts",
	[XTCP_LEDGER_EMBRYO_ICMP]	= "embryo_icmp",
	[XTCP_LEDGER_ACCEPT_ABORTS]	= "accept_aborts",
	[XTCP_LEDGER_BORN]		= "born",
	[XTCP_LEDGER_DEFERRALS]		= "deferrals",
	[XTCP_LEDGER_ACCEPT_FULL]	= "accept_full",
	[XTCP_LEDGER_BIRTH_FAILS]	= "birth_fails",
	[XTCP_LEDGER_ACCEPTED]		= "accepted",
	[XTCP_LEDGER_CLOSED_EARLY]	= "closed_early",
	[XTCP_LEDGER_ABANDONED]		= "abandoned",
	[XTCP_LEDGER_RSTS_SENT]		= "rsts_sent",
};

static void read_latency(struct ledger *l, const struct nlattr *nest)
{
	const struct nlattr *attrs[XTCP_LATENCY_MAX + 1];
	size_t len;

	netlink_nest(nest, attrs, XTCP_LATENCY_MAX);
	l->waits = netlink_number(attrs[XTCP_LATENCY_COUNT]);
	l->wait_sum_us = netlink_number(attrs[XTCP_LATENCY_SUM_US]);
	l->wait_max_us = netlink_number(attrs[XTCP_LATENCY_MAX_US]);
	if (!attrs[XTCP_LATENCY_BINS])
		return;
	len = mnl_attr_get_payload_len(attrs[XTCP_LATENCY_BINS]);
	if (len > sizeof(l->bins))
		len = sizeof(l->bins);
	l->n_bins = len / sizeof(l->bins[0]);
	memcpy(l->bins, mnl_attr_get_payload(attrs[XTCP_LATENCY_BINS]),
	       l->n_bins * sizeof(l->bins[0]));
}

static void read_counts(struct ledger *l, const struct nlattr *nest)
{
	const struct nlattr *attrs[XTCP_LEDGER_MAX + 1];
	int i;

	netlink_nest(nest, attrs, XTCP_LEDGER_MAX);
	for (i = 1; i <= XTCP_LEDGER_MAX; i++)
		l->count[i] = netlink_number(attrs[i]);
}

static void read_listener(struct ledger *l, const struct nlattr *nest)
{
	const struct nlattr *attrs[XTCP_LISTENER_MAX + 1];

	netlink_nest(nest, attrs, XTCP_LISTENER_MAX);
	l->id = netlink_number(attrs[XTCP_LISTENER_ID]);
	l->age_ms = netlink_number(attrs[XTCP_LISTENER_AGE]);
	l->conn.v6only = attrs[XTCP_LISTENER_V6ONLY];
	l->syn.len = netlink_number(attrs[XTCP_LISTENER_SYN_LEN]);
	l->syn.peak = netlink_number(attrs[XTCP_LISTENER_SYN_PEAK]);
	l->syn.max = netlink_number(attrs[XTCP_LISTENER_SYN_MAX]);
	l->accept.len = netlink_number(attrs[XTCP_LISTENER_ACCEPT_LEN]);
	l->accept.peak = netlink_number(attrs[XTCP_LISTENER_ACCEPT_PEAK]);
	l->accept.max = netlink_number(attrs[XTCP_LISTENER_ACCEPT_MAX]);
	l->conn.recvq = l->accept.len;
	l->conn.sendq = l->accept.max;
	read_counts(l, attrs[XTCP_LISTENER_LEDGER]);
	read_latency(l, attrs[XTCP_LISTENER_LATENCY]);
}

static void gather(const struct nlattr *const *attrs, void *arg)
{
	struct ledgers *all = arg;
	struct ledger *l;

	all->ledger = util_grow(all->ledger, all->n, &all->room, sizeof(*all->ledger));
	l = &all->ledger[all->n];
	memset(l, 0, sizeof(*l));
	if (!netlink_endpoint(attrs, XTCP_A_LADDR, XTCP_A_LPORT, &l->conn.local))
		return;
	l->conn.peer.family = l->conn.local.family;
	l->conn.state = CONN_LISTEN;
	l->conn.uid = netlink_number(attrs[XTCP_A_UID]);
	l->conn.inode = netlink_number(attrs[XTCP_A_INODE]);
	l->conn.wire = netlink_number(attrs[XTCP_A_WIRE]);
	read_listener(l, attrs[XTCP_A_LISTENER]);
	all->n++;
}

static int by_inode(const void *a, const void *b)
{
	__u64 x = ((const struct ledger *)a)->conn.inode;
	__u64 y = ((const struct ledger *)b)->conn.inode;

	return x < y ? -1 : x > y;
}

/**
 * ledgers_read() - read the ledgers of all listeners
 * @families: a set of SOURCE_V4, SOURCE_V6
 * @all: filled in, to be given to ledgers_free()
 *
 * Return: 0, or 1 after a message on stderr; what came before the fault is in @all.
 */
int ledgers_read(unsigned int families, struct ledgers *all)
{
	struct netlink_ask ask = { .cmd = XTCP_CMD_LISTENERS };
	int ret;

	memset(all, 0, sizeof(*all));
	if (families == SOURCE_V4)
		ask.family = AF_INET;
	else if (families == SOURCE_V6)
		ask.family = AF_INET6;
	ret = netlink_dump(&ask, gather, all);
	if (all->n)
		qsort(all->ledger, all->n, sizeof(*all->ledger), by_inode);
	return ret;
}

/**
 * ledgers_free() - forget the ledgers
 * @all: from ledgers_read()
 */
void ledgers_free(struct ledgers *all)
{
	free(all->ledger);
	memset(all, 0, sizeof(*all));
}

/**
 * ledgers_find() - the ledger of a socket
 * @all: those that were read
 * @inode: of the socket
 *
 * Return: the ledger, or NULL.
 */
const struct ledger *ledgers_find(const struct ledgers *all, __u64 inode)
{
	struct ledger key = { .conn.inode = inode };

	if (!all->n)
		return NULL;
	return bsearch(&key, all->ledger, all->n, sizeof(*all->ledger), by_inode);
}

/**
 * ledger_wait_within() - within what time were so many of the connections accepted?
 * @l: the ledger; some were
 * @percent: how many of a hundred
 *
 * Return: us, a power of two and at most twice the truth, or the longest wait if that is less.
 */
__u64 ledger_wait_within(const struct ledger *l, unsigned int percent)
{
	__u64 n = 0;
	unsigned int i;

	for (i = 0; i + 1 < l->n_bins; i++) {
		n += l->bins[i];
		if (n * 100 >= l->waits * percent)
			break;
	}
	if (i + 1 >= l->n_bins || 1ULL << i > l->wait_max_us)
		return l->wait_max_us;
	return 1ULL << i;
}

static void put_queue(FILE *f, const char *name, const struct queue *q)
{
	fprintf(f, ",\"%s\":{\"length\":%u,\"peak\":%u,\"limit\":%u}", name, q->len, q->peak,
		q->max);
}

/**
 * ledger_json() - print a ledger as a JSON object
 * @f: where to
 * @l: the ledger
 */
void ledger_json(FILE *f, const struct ledger *l)
{
	unsigned int i;

	fprintf(f, "{\"id\":%llu,\"age_ms\":%llu", l->id, l->age_ms);
	put_queue(f, "syn_queue", &l->syn);
	put_queue(f, "accept_queue", &l->accept);
	fputs(",\"counts\":{", f);
	for (i = 1; i <= XTCP_LEDGER_MAX; i++)
		fprintf(f, "%s\"%s\":%llu", i > 1 ? "," : "", keys[i], l->count[i]);
	fprintf(f, "},\"accept_wait_us\":{\"count\":%llu,\"sum\":%llu,\"max\":%llu,\"bins\":[",
		l->waits, l->wait_sum_us, l->wait_max_us);
	for (i = 0; i < l->n_bins; i++)
		fprintf(f, "%s%llu", i ? "," : "", l->bins[i]);
	fputs("]}}", f);
}
