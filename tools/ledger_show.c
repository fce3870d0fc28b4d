// SPDX-License-Identifier: GPL-2.0
/* The ledgers of listeners as a person reads them. */
#include <string.h>

#include "ledger.h"
#include "names.h"
#include "process.h"
#include "show.h"
#include "util.h"

#define TITLE_WIDTH	14
#define ITEMS_MAX	9

/**
 * struct topic - a line of a ledger
 * @title: what it is about
 * @item: counts, in the order told, each with the words behind it
 */
struct topic {
	const char *title;
	struct {
		enum xtcp_ledger_attr count;
		const char *words;
	} item[ITEMS_MAX];
};

static const struct topic topics[] = {
	{ "SYNs", {
		{ XTCP_LEDGER_SYNS, "new" },
		{ XTCP_LEDGER_SYN_REPEATS, "repeated" },
		{ XTCP_LEDGER_SYN_QUEUED, "queued" },
		{ XTCP_LEDGER_COOKIES_SENT, "answered by cookie" },
		{ XTCP_LEDGER_SYN_QUEUE_FULL, "met a full SYN queue" },
	} },
	{ "SYNs dropped", {
		{ XTCP_LEDGER_SYN_QUEUE_DROPS, "SYN queue full" },
		{ XTCP_LEDGER_SYN_ACCEPT_FULL, "accept queue full" },
		{ XTCP_LEDGER_SYN_FAILS, "malformed, no memory or no route" },
	} },
	{ "SYN-ACKs", {
		{ XTCP_LEDGER_SYNACK_RETRANS, "repeated by timer" },
		{ XTCP_LEDGER_SYNACK_ANSWERS, "repeated for a repeated SYN" },
	} },
	{ "cookies", {
		{ XTCP_LEDGER_COOKIES_GOOD, "good" },
		{ XTCP_LEDGER_COOKIES_FORGED, "forged" },
		{ XTCP_LEDGER_COOKIES_STALE, "stale" },
		{ XTCP_LEDGER_COOKIES_BAD_TS, "of another timestamp" },
		{ XTCP_LEDGER_ACKS_STRAY, "ACKs while none was out" },
	} },
	{ "handshakes", {
		{ XTCP_LEDGER_BORN, "completed" },
		{ XTCP_LEDGER_DEFERRALS, "deferred" },
		{ XTCP_LEDGER_ACCEPT_FULL, "met a full accept queue" },
		{ XTCP_LEDGER_ACCEPT_ABORTS, "reset for that" },
		{ XTCP_LEDGER_EMBRYO_TIMEOUTS, "timed out" },
		{ XTCP_LEDGER_EMBRYO_RSTS, "reset by the peer" },
		{ XTCP_LEDGER_EMBRYO_ICMP, "unreachable" },
		{ XTCP_LEDGER_BIRTH_FAILS, "failed" },
	} },
	{ "connections", {
		{ XTCP_LEDGER_ACCEPTED, "accepted" },
		{ XTCP_LEDGER_CLOSED_EARLY, "of them over by then" },
		{ XTCP_LEDGER_ABANDONED, "abandoned" },
	} },
	{ "resets", {
		{ XTCP_LEDGER_RSTS_SENT, "sent" },
	} },
};

static void print_title(const char *title)
{
	printf("  %-*s", TITLE_WIDTH, title);
}

/* What never happened is left out, unless all is wanted. */
static void print_topic(const struct show *show, const struct ledger *l, const struct topic *t)
{
	const char *before = NULL;
	int i;

	for (i = 0; i < ITEMS_MAX && t->item[i].words; i++) {
		if (!l->count[t->item[i].count] && !show->all)
			continue;
		if (!before)
			print_title(t->title);
		printf("%s%llu %s", before ? before : "", l->count[t->item[i].count],
		       t->item[i].words);
		before = ", ";
	}
	if (before)
		putchar('\n');
}

static void print_queue(const char *title, const struct queue *q)
{
	print_title(title);
	printf("%u of %u, peak %u\n", q->len, q->max, q->peak);
}

static void print_us(__u64 us)
{
	if (us < 1000)
		printf("%lluus", us);
	else if (us < 1000000)
		printf("%llu.%01llums", us / 1000, us % 1000 / 100);
	else
		printf("%llu.%01llusec", us / 1000000, us % 1000000 / 100000);
}

static void print_waits(const struct ledger *l)
{
	if (!l->waits)
		return;
	print_title("accept waited");
	print_us(l->wait_sum_us / l->waits);
	fputs(" on average, half within ", stdout);
	print_us(ledger_wait_within(l, 50));
	fputs(", 99% within ", stdout);
	print_us(ledger_wait_within(l, 99));
	fputs(", all within ", stdout);
	print_us(l->wait_max_us);
	putchar('\n');
}

static void print_head(const struct show *show, const struct ledger *l)
{
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX];
	const struct conn *c = &l->conn;
	const struct holder *h;
	bool both = c->local.family == AF_INET6 && endpoint_any(&c->local) && !c->v6only;

	printf("LISTEN %s:%s since %llu.%01llus",
	       both ? "*" : names_host(&c->local, show->numeric, host),
	       names_port(&c->local, show->numeric, port), l->age_ms / 1000,
	       l->age_ms % 1000 / 100);
	if (show->owner)
		printf(" uid:%u ino:%llu wire:%u", c->uid, c->inode, c->wire);
	if (show->processes) {
		for (h = process_first(c->inode); h; h = process_next(h))
			printf(" %s(pid=%d,fd=%d)", h->name, (int)h->pid, h->fd);
	}
	putchar('\n');
}

static void print_ledger(const struct show *show, const struct ledger *l)
{
	size_t i;

	print_head(show, l);
	print_queue("accept queue", &l->accept);
	print_queue("SYN queue", &l->syn);
	for (i = 0; i < ARRAY_SIZE(topics); i++)
		print_topic(show, l, &topics[i]);
	print_waits(l);
}

/**
 * ledger_show() - show each listener with its ledger
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int ledger_show(const struct show *show)
{
	struct ledgers all;
	size_t i;
	int ret;

	ret = ledgers_read(show->families, &all);
	if (show->processes)
		process_scan();
	for (i = 0; i < all.n; i++) {
		if (filter_match(&show->filter, &all.ledger[i].conn))
			print_ledger(show, &all.ledger[i]);
	}
	process_forget();
	ledgers_free(&all);
	return ret;
}
