// SPDX-License-Identifier: GPL-2.0
/*
 * The comparison of a ledger with what a generator knows.
 */
#include "ledger_tally.h"
#include "pkt_peer.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE_MS	3000

/* As they stand in /proc/net/xtcp_stat. */
static const char *const names[XTCP_LEDGER_MAX + 1] = {
	[XTCP_LEDGER_SYNS] = "ListenSyns",
	[XTCP_LEDGER_SYN_QUEUED] = "ListenSynQueued",
	[XTCP_LEDGER_SYN_REPEATS] = "ListenSynRepeats",
	[XTCP_LEDGER_SYN_QUEUE_FULL] = "SynQueueFull",
	[XTCP_LEDGER_SYN_QUEUE_DROPS] = "SynQueueDrops",
	[XTCP_LEDGER_SYN_ACCEPT_FULL] = "SynAcceptFull",
	[XTCP_LEDGER_SYN_FAILS] = "SynFails",
	[XTCP_LEDGER_SYNACK_RETRANS] = "ReqRetrans",
	[XTCP_LEDGER_SYNACK_ANSWERS] = "ReqAnswers",
	[XTCP_LEDGER_COOKIES_SENT] = "SyncookiesSent",
	[XTCP_LEDGER_COOKIES_GOOD] = "SyncookiesRecv",
	[XTCP_LEDGER_COOKIES_FORGED] = "SyncookiesForged",
	[XTCP_LEDGER_COOKIES_STALE] = "SyncookiesStale",
	[XTCP_LEDGER_COOKIES_BAD_TS] = "SyncookiesBadTs",
	[XTCP_LEDGER_ACKS_STRAY] = "ListenStrayAcks",
	[XTCP_LEDGER_EMBRYO_TIMEOUTS] = "ReqTimeouts",
	[XTCP_LEDGER_EMBRYO_RSTS] = "EmbryonicRsts",
	[XTCP_LEDGER_EMBRYO_ICMP] = "EmbryonicIcmp",
	[XTCP_LEDGER_ACCEPT_ABORTS] = "AbortOnOverflow",
	[XTCP_LEDGER_BORN] = "PassiveOpens",
	[XTCP_LEDGER_DEFERRALS] = "DeferAcceptDrop",
	[XTCP_LEDGER_ACCEPT_FULL] = "AcceptQueueFull",
	[XTCP_LEDGER_BIRTH_FAILS] = "BirthFails",
	[XTCP_LEDGER_ACCEPTED] = "Accepted",
	[XTCP_LEDGER_CLOSED_EARLY] = "AcceptedClosed",
	[XTCP_LEDGER_ABANDONED] = "ListenAbandoned",
	[XTCP_LEDGER_RSTS_SENT] = "ListenRsts",
};

const char *tally_name(int item)
{
	return names[item];
}

/* The namespace's counters as they stood a moment ago. */
static struct {
	char name[40];
	__u64 value;
} counters[256];

/* One reading serves all comparisons. */
static void read_counters(void)
{
	FILE *f = fopen("/proc/net/xtcp_stat", "r");
	char line[256];
	size_t n = 0;

	if (!f)
		xt_die("no counters");
	while (n < COUNT(counters) && fgets(line, sizeof(line), f))
		n += sscanf(line, "%39s %llu", counters[n].name,
			    &counters[n].value) == 2;
	fclose(f);
}

static __u64 value_of(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(counters); i++)
		if (!strcmp(counters[i].name, name))
			return counters[i].value;
	xt_die("no counter %s", name);
	return 0;
}

static void read_latency(const struct nlattr *nest, struct told *told)
{
	const struct nlattr *bins;
	struct xt_nl_attrs a;
	size_t len;

	xt_nl_nest(nest, &a);
	told->waits = xt_nl_number(a.a[XTCP_LATENCY_COUNT]);
	told->wait_sum_us = xt_nl_number(a.a[XTCP_LATENCY_SUM_US]);
	told->wait_max_us = xt_nl_number(a.a[XTCP_LATENCY_MAX_US]);
	bins = a.a[XTCP_LATENCY_BINS];
	len = bins ? bins->nla_len - NLA_HDRLEN : 0;
	if (!len || len > sizeof(told->bins))
		xt_die("no bins, or more than there is room for");
	told->nbins = len / sizeof(told->bins[0]);
	memcpy(told->bins, xt_nl_data(bins, len), len);
}

static void read_listener(const struct nlattr *nest, struct told *told)
{
	struct xt_nl_attrs a, ledger;
	int i;

	xt_nl_nest(nest, &a);
	told->id = xt_nl_number(a.a[XTCP_LISTENER_ID]);
	told->syn_len = xt_nl_number(a.a[XTCP_LISTENER_SYN_LEN]);
	told->syn_peak = xt_nl_number(a.a[XTCP_LISTENER_SYN_PEAK]);
	told->accept_len = xt_nl_number(a.a[XTCP_LISTENER_ACCEPT_LEN]);
	told->accept_peak = xt_nl_number(a.a[XTCP_LISTENER_ACCEPT_PEAK]);
	xt_nl_nest(a.a[XTCP_LISTENER_LEDGER], &ledger);
	for (i = 1; i <= XTCP_LEDGER_MAX; i++)
		told->c[i] = xt_nl_number(ledger.a[i]);
	read_latency(a.a[XTCP_LISTENER_LATENCY], told);
}

bool tally_read(struct xt_nl *nl, __u16 port, struct told *told)
{
	__be16 wanted = htons(port);
	struct xt_nl_attrs msg;
	char ask[16];
	int ret, n = 0;

	memset(told, 0, sizeof(*told));
	xt_nl_ask(nl, XTCP_CMD_LISTENERS, NLM_F_DUMP, ask,
		  xt_nl_put(ask, XTCP_A_LPORT, &wanted, sizeof(wanted)));
	while ((ret = xt_nl_next(nl, &msg)) == 1) {
		read_listener(msg.a[XTCP_A_LISTENER], told);
		n++;
	}
	if (ret || n > 1)
		xt_die("%d listeners of port %u, dump ends with %d", n, port,
		       ret);
	return n;
}

/* Counters of the namespace that are sums of others. */
static int compare_sums(const struct tally *total, bool say)
{
	const __u64 *c = total->c;
	const struct {
		const char *name;
		__u64 want;
	} sums[] = {
		{ "ListenOverflows", c[XTCP_LEDGER_SYN_ACCEPT_FULL] +
				     c[XTCP_LEDGER_ACCEPT_FULL] },
		{ "ListenDrops", c[XTCP_LEDGER_SYN_ACCEPT_FULL] +
				 c[XTCP_LEDGER_SYN_QUEUE_DROPS] +
				 c[XTCP_LEDGER_SYN_FAILS] +
				 c[XTCP_LEDGER_ACCEPT_FULL] +
				 c[XTCP_LEDGER_BIRTH_FAILS] },
		{ "SyncookiesFailed", c[XTCP_LEDGER_COOKIES_FORGED] +
				      c[XTCP_LEDGER_COOKIES_STALE] +
				      c[XTCP_LEDGER_COOKIES_BAD_TS] },
	};
	unsigned int i;
	int bad = 0;

	for (i = 0; i < COUNT(sums); i++) {
		if (value_of(sums[i].name) == sums[i].want)
			continue;
		bad++;
		if (say)
			fprintf(stderr, "# %s: %llu, not %llu\n", sums[i].name,
				value_of(sums[i].name), sums[i].want);
	}
	return bad;
}

static int compare(struct xt_nl *nl, __u16 port, const struct tally *want,
		   const struct tally *total, bool say)
{
	struct told told;
	int i, bad = 0;

	read_counters();
	if (port && !tally_read(nl, port, &told))
		xt_die("no listener of port %u", port);
	for (i = 1; i <= XTCP_LEDGER_MAX; i++) {
		if (port && told.c[i] != want->c[i]) {
			bad++;
			if (say)
				fprintf(stderr, "# ledger: %s %llu, not %llu\n",
					names[i], told.c[i], want->c[i]);
		}
		if (value_of(names[i]) != total->c[i]) {
			bad++;
			if (say)
				fprintf(stderr, "# namespace: %s %llu, not %llu\n",
					names[i], value_of(names[i]),
					total->c[i]);
		}
	}
	return bad + compare_sums(total, say);
}

void tally_check(const char *where, struct xt_nl *nl, __u16 port,
		 const struct tally *want, const struct tally *total)
{
	__u64 end = xt_now_ms() + PATIENCE_MS;

	while (compare(nl, port, want, total, false)) {
		if (xt_now_ms() > end) {
			compare(nl, port, want, total, true);
			peer_fail(where, NULL, "the ledger differs");
		}
		xt_pause();
	}
}
