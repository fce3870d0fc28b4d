// SPDX-License-Identifier: GPL-2.0
/*
 * The close ledger: connections that ended lately, each with its cause, from netlink; and how many
 * ended for each cause, which are the counters named End<Cause>.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <linux/xtcp.h>

#include "ends.h"
#include "names.h"
#include "netlink.h"
#include "util.h"

#define COUNTER_PREFIX	"End"
#define CAUSE_MAX	16	/* room for a cause's name or number */
#define WHEN_MAX	32
#define BYTES_MAX	24

/* As in the names of the counters. */
static const char * const cause_names[XTCP_END_MAX] = {
	[XTCP_END_FIN_OURS]		= "FinOurs",
	[XTCP_END_FIN_THEIRS]		= "FinTheirs",
	[XTCP_END_FIN_BOTH]		= "FinBoth",
	[XTCP_END_UNREAD]		= "Unread",
	[XTCP_END_LINGER]		= "Linger",
	[XTCP_END_LINGER2]		= "Linger2",
	[XTCP_END_ABORT]		= "Abort",
	[XTCP_END_ABANDONED]		= "Abandoned",
	[XTCP_END_LATE_DATA]		= "LateData",
	[XTCP_END_UNACCEPTED]		= "Unaccepted",
	[XTCP_END_ORPHANS]		= "Orphans",
	[XTCP_END_MEMORY]		= "Memory",
	[XTCP_END_TW_BUCKETS]		= "TwBuckets",
	[XTCP_END_KILLED]		= "Killed",
	[XTCP_END_NETNS]		= "Netns",
	[XTCP_END_REFUSED]		= "Refused",
	[XTCP_END_RST_SYN_RECV]		= "RstSynRecv",
	[XTCP_END_RST_ESTABLISHED]	= "RstEstablished",
	[XTCP_END_RST_FIN_WAIT1]	= "RstFinWait1",
	[XTCP_END_RST_FIN_WAIT2]	= "RstFinWait2",
	[XTCP_END_RST_CLOSE_WAIT]	= "RstCloseWait",
	[XTCP_END_RST_CLOSING]		= "RstClosing",
	[XTCP_END_RST_LAST_ACK]		= "RstLastAck",
	[XTCP_END_TIME_SYN]		= "TimeSyn",
	[XTCP_END_TIME_SYNACK]		= "TimeSynAck",
	[XTCP_END_TIME_DATA]		= "TimeData",
	[XTCP_END_TIME_WINDOW]		= "TimeWindow",
	[XTCP_END_TIME_KEEPALIVE]	= "TimeKeepalive",
	[XTCP_END_TIME_USER]		= "TimeUser",
	[XTCP_END_TIME_ORPHAN]		= "TimeOrphan",
	[XTCP_END_TIME_FIN_WAIT2]	= "TimeFinWait2",
	[XTCP_END_ICMP]			= "Icmp",
	[XTCP_END_OTHER]		= "Other",
};

/**
 * struct ended - a connection that ended
 * @conn: both ends, and the state in which it was
 * @cause: enum xtcp_end, or more than this tool knows
 * @when: ns since 1970
 * @lasted: µs, where @known
 * @sent: bytes, likewise
 * @received: bytes, likewise
 * @known: these three are
 */
struct ended {
	struct conn conn;
	unsigned int cause;
	__u64 when;
	__u64 lasted;
	__u64 sent;
	__u64 received;
	bool known;
};

/* All of a display: the widths of columns are known only when all rows are. */
struct ledger {
	const struct show *show;
	struct ended *row;
	size_t n;
	size_t room;
	struct {
		int state;
		int local;
		int local_port;
		int peer;
		int peer_port;
		int sent;
		int received;
		int lasted;
	} w;
};

static const char *cause_text(unsigned int cause, char buf[CAUSE_MAX])
{
	if (cause < XTCP_END_MAX && cause_names[cause])
		return cause_names[cause];
	snprintf(buf, CAUSE_MAX, "%u", cause);
	return buf;
}

static const char *bytes_text(const struct ended *e, __u64 bytes, char buf[BYTES_MAX])
{
	if (!e->known)
		return "-";
	snprintf(buf, BYTES_MAX, "%llu", bytes);
	return buf;
}

static const char *lasted_text(const struct ended *e, char buf[BYTES_MAX])
{
	if (!e->known)
		return "-";
	snprintf(buf, BYTES_MAX, "%llu.%06llus", e->lasted / 1000000, e->lasted % 1000000);
	return buf;
}

static const char *when_text(const struct ended *e, char buf[WHEN_MAX])
{
	time_t sec = e->when / 1000000000;
	char clock[WHEN_MAX - 4] = "?";
	struct tm tm;

	if (localtime_r(&sec, &tm))
		strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, WHEN_MAX, "%s.%03llu", clock, e->when / 1000000 % 1000);
	return buf;
}

static void widen(int *width, const char *text)
{
	int len = strlen(text);

	if (len > *width)
		*width = len;
}

static void measure(struct ledger *l, const struct ended *e)
{
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX], bytes[BYTES_MAX];
	bool numeric = l->show->numeric;

	widen(&l->w.state, conn_state_name(e->conn.state));
	widen(&l->w.local, names_host(&e->conn.local, numeric, host));
	widen(&l->w.local_port, names_port(&e->conn.local, numeric, port));
	widen(&l->w.peer, names_host(&e->conn.peer, numeric, host));
	widen(&l->w.peer_port, names_port(&e->conn.peer, numeric, port));
	widen(&l->w.sent, bytes_text(e, e->sent, bytes));
	widen(&l->w.received, bytes_text(e, e->received, bytes));
	widen(&l->w.lasted, lasted_text(e, bytes));
}

static bool take_end(const struct nlattr *const *attrs, struct ended *e)
{
	const struct nlattr *end[XTCP_ENDED_MAX + 1];
	unsigned int state;

	netlink_nest(attrs[XTCP_A_ENDED], end, XTCP_ENDED_MAX);
	e->cause = netlink_number(end[XTCP_ENDED_CAUSE]);
	state = netlink_number(end[XTCP_ENDED_STATE]);
	e->conn.state = state < CONN_STATES ? state : CONN_CLOSE;
	e->when = netlink_number(end[XTCP_ENDED_WHEN]);
	e->known = end[XTCP_ENDED_LASTED] && end[XTCP_ENDED_SENT] && end[XTCP_ENDED_RECEIVED];
	e->lasted = netlink_number(end[XTCP_ENDED_LASTED]);
	e->sent = netlink_number(end[XTCP_ENDED_SENT]);
	e->received = netlink_number(end[XTCP_ENDED_RECEIVED]);
	e->conn.wire = netlink_number(attrs[XTCP_A_WIRE]);
	return end[XTCP_ENDED_CAUSE] && end[XTCP_ENDED_STATE] &&
	       netlink_endpoint(attrs, XTCP_A_LADDR, XTCP_A_LPORT, &e->conn.local) &&
	       netlink_endpoint(attrs, XTCP_A_RADDR, XTCP_A_RPORT, &e->conn.peer);
}

static void gather(const struct nlattr *const *attrs, void *arg)
{
	struct ledger *l = arg;
	struct ended e;

	memset(&e, 0, sizeof(e));
	if (!take_end(attrs, &e) || !filter_match(&l->show->filter, &e.conn))
		return;
	l->row = util_grow(l->row, l->n, &l->room, sizeof(*l->row));
	l->row[l->n++] = e;
	measure(l, &e);
}

static int fetch(struct ledger *l)
{
	struct netlink_ask ask = { .cmd = XTCP_CMD_ENDS };

	if (l->show->families == SOURCE_V4)
		ask.family = AF_INET;
	else if (l->show->families == SOURCE_V6)
		ask.family = AF_INET6;
	return netlink_dump(&ask, gather, l);
}

static void print_header(const struct ledger *l)
{
	printf("%-23s %-*s %*s:%-*s %*s:%-*s %*s %*s %*s %s\n", "When", l->w.state, "State",
	       l->w.local, "Local Address", l->w.local_port, "Port", l->w.peer, "Peer Address",
	       l->w.peer_port, "Port", l->w.sent, "Sent", l->w.received, "Received",
	       l->w.lasted, "Lasted", "Cause");
}

static void print_row(const struct ledger *l, const struct ended *e)
{
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX], bytes[BYTES_MAX], cause[CAUSE_MAX];
	bool numeric = l->show->numeric;
	char when[WHEN_MAX];

	printf("%s %-*s", when_text(e, when), l->w.state, conn_state_name(e->conn.state));
	printf(" %*s:%-*s", l->w.local, names_host(&e->conn.local, numeric, host),
	       l->w.local_port, names_port(&e->conn.local, numeric, port));
	printf(" %*s:%-*s", l->w.peer, names_host(&e->conn.peer, numeric, host),
	       l->w.peer_port, names_port(&e->conn.peer, numeric, port));
	printf(" %*s", l->w.sent, bytes_text(e, e->sent, bytes));
	printf(" %*s", l->w.received, bytes_text(e, e->received, bytes));
	printf(" %*s %s\n", l->w.lasted, lasted_text(e, bytes), cause_text(e->cause, cause));
}

/* What it means, without what the counters say of each of them. */
static const char *meaning_of(const struct counter *c)
{
	const char *prefix = "ended: ";

	return strncmp(c->meaning, prefix, strlen(prefix)) ? c->meaning :
							     c->meaning + strlen(prefix);
}

static bool is_cause(const struct show *show, const struct counter *c)
{
	return !strncmp(c->name, COUNTER_PREFIX, strlen(COUNTER_PREFIX)) &&
	       (c->value || show->all);
}

static void print_count(const struct counter *c, void *arg)
{
	if (is_cause(arg, c))
		printf("%-15s %12llu %s\n", c->name + strlen(COUNTER_PREFIX), c->value,
		       meaning_of(c));
}

/**
 * ends_show() - list the recent ends, then how many there were for each cause
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int ends_show(const struct show *show)
{
	struct ledger l = {
		.show = show,
		.w = {
			.state = strlen("State"),
			.local = strlen("Local Address"),
			.local_port = strlen("Port"),
			.peer = strlen("Peer Address"),
			.peer_port = strlen("Port"),
			.sent = strlen("Sent"),
			.received = strlen("Received"),
			.lasted = strlen("Lasted"),
		},
	};
	size_t i;
	int ret;

	ret = fetch(&l);
	if ((!ret || l.n) && show->header)
		print_header(&l);
	for (i = 0; i < l.n; i++)
		print_row(&l, &l.row[i]);
	if (show->header)
		printf("\n%-15s %12s %s\n", "Cause", "Count", "Meaning");
	ret |= show->source->counters(print_count, (void *)show);
	free(l.row);
	return ret;
}

static void json_endpoint(const char *side, const struct endpoint *e)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(e->family, &e->addr, text, sizeof(text)))
		text[0] = '\0';
	printf(",\"%s_address\":\"%s\",\"%s_port\":%u", side, text, side, e->port);
}

static void json_row(const struct ended *e, bool first)
{
	char cause[CAUSE_MAX];

	printf("%s{\"family\":\"%s\",\"state\":\"%s\"", first ? "" : ",\n",
	       e->conn.local.family == AF_INET ? "inet" : "inet6",
	       conn_state_name(e->conn.state));
	json_endpoint("local", &e->conn.local);
	json_endpoint("peer", &e->conn.peer);
	printf(",\"wire\":%u,\"when_ms\":%llu", e->conn.wire, e->when / 1000000);
	if (e->known)
		printf(",\"lasted_us\":%llu,\"sent\":%llu,\"received\":%llu", e->lasted,
		       e->sent, e->received);
	else
		fputs(",\"lasted_us\":null,\"sent\":null,\"received\":null", stdout);
	printf(",\"cause\":\"%s\"}", cause_text(e->cause, cause));
}

/* How far the array of causes is. */
struct json_causes {
	const struct show *show;
	bool open;
};

static void json_count(const struct counter *c, void *arg)
{
	struct json_causes *j = arg;

	if (!is_cause(j->show, c))
		return;
	fputs(j->open ? ",\n{\"cause\":" : "\n{\"cause\":", stdout);
	json_string(stdout, c->name + strlen(COUNTER_PREFIX));
	printf(",\"count\":%llu,\"meaning\":", c->value);
	json_string(stdout, meaning_of(c));
	putchar('}');
	j->open = true;
}

/**
 * ends_show_json() - the same as JSON
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr; what is printed is valid all the same.
 */
int ends_show_json(const struct show *show)
{
	struct json_causes j = { .show = show };
	struct ledger l = { .show = show };
	size_t i;
	int ret;

	ret = fetch(&l);
	fputs("{\"ends\":[", stdout);
	for (i = 0; i < l.n; i++) {
		if (!i)
			putchar('\n');
		json_row(&l.row[i], !i);
	}
	fputs("],\n\"causes\":[", stdout);
	ret |= show->source->counters(json_count, &j);
	puts("]}");
	free(l.row);
	return ret;
}
