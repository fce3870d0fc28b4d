// SPDX-License-Identifier: GPL-2.0
/* The port forecast: what is left of the local ports toward each destination, and for how long. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "forecast.h"
#include "names.h"
#include "netlink.h"
#include "util.h"

#define OUT_MAX		24
#define END_MAX		(NAMES_HOST_MAX + NAMES_PORT_MAX)

/**
 * struct dest - a destination
 * @conn: its addresses, and the peer's port
 * @n: the numbers, by enum xtcp_ports_attr
 * @ends: the ports run out, in @n[XTCP_PORTS_OUT_MS]
 */
struct dest {
	struct conn conn;
	__u64 n[XTCP_PORTS_MAX + 1];
	bool ends;
};

/* All of a display: the widths of columns are known only when all rows are. */
struct outlook {
	const struct show *show;
	struct dest *row;
	size_t n;
	size_t room;
	int w_local;
	int w_peer;
};

static const char *local_text(const struct outlook *o, const struct dest *d, char *buf)
{
	return names_host(&d->conn.local, o->show->numeric, buf);
}

static const char *peer_text(const struct outlook *o, const struct dest *d, char *buf)
{
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX];

	snprintf(buf, END_MAX, "%s:%s", names_host(&d->conn.peer, o->show->numeric, host),
		 names_port(&d->conn.peer, o->show->numeric, port));
	return buf;
}

static const char *out_text(const struct dest *d, char *buf)
{
	__u64 ms = d->n[XTCP_PORTS_OUT_MS];

	if (!d->ends)
		return "never";
	if (!ms)
		return "now";
	if (ms < 100000)
		snprintf(buf, OUT_MAX, "%llu.%llus", ms / 1000, ms % 1000 / 100);
	else if (ms < 360000000)
		snprintf(buf, OUT_MAX, "%llumin", ms / 60000);
	else
		snprintf(buf, OUT_MAX, "%llud", ms / 86400000);
	return buf;
}

static void widen(int *width, const char *text)
{
	int len = strlen(text);

	if (len > *width)
		*width = len;
}

static void gather(const struct nlattr *const *attrs, void *arg)
{
	const struct nlattr *ports[XTCP_PORTS_MAX + 1];
	struct outlook *o = arg;
	char text[END_MAX];
	struct dest d;
	int i;

	memset(&d, 0, sizeof(d));
	d.conn.state = CONN_ESTABLISHED;
	d.conn.wire = netlink_number(attrs[XTCP_A_WIRE]);
	if (!attrs[XTCP_A_PORTS] ||
	    !netlink_endpoint(attrs, XTCP_A_LADDR, XTCP_A_LPORT, &d.conn.local) ||
	    !netlink_endpoint(attrs, XTCP_A_RADDR, XTCP_A_RPORT, &d.conn.peer) ||
	    !filter_match(&o->show->filter, &d.conn))
		return;
	netlink_nest(attrs[XTCP_A_PORTS], ports, XTCP_PORTS_MAX);
	for (i = 0; i <= XTCP_PORTS_MAX; i++)
		d.n[i] = netlink_number(ports[i]);
	d.ends = ports[XTCP_PORTS_OUT_MS];
	o->row = util_grow(o->row, o->n, &o->room, sizeof(*o->row));
	o->row[o->n++] = d;
	widen(&o->w_local, local_text(o, &d, text));
	widen(&o->w_peer, peer_text(o, &d, text));
}

static int fetch(struct outlook *o)
{
	struct netlink_ask ask = { .cmd = XTCP_CMD_PORTS };

	if (o->show->families == SOURCE_V4)
		ask.family = AF_INET;
	else if (o->show->families == SOURCE_V6)
		ask.family = AF_INET6;
	return netlink_dump(&ask, gather, o);
}

static void print_row(const struct outlook *o, const struct dest *d)
{
	char text[END_MAX];

	printf("%-*s", o->w_local, local_text(o, d, text));
	printf(" %-*s", o->w_peer, peer_text(o, d, text));
	printf(" %5llu %7llu %8llu %5llu %8llu.%llu %7llu", d->n[XTCP_PORTS_USED],
	       d->n[XTCP_PORTS_WAITING], d->n[XTCP_PORTS_REUSABLE], d->n[XTCP_PORTS_LEFT],
	       d->n[XTCP_PORTS_OPENS] / 1000, d->n[XTCP_PORTS_OPENS] % 1000 / 100,
	       d->n[XTCP_PORTS_FAILED]);
	printf(" %s\n", out_text(d, text));
}

/**
 * forecast_show() - list the destinations
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int forecast_show(const struct show *show)
{
	struct outlook o = {
		.show = show,
		.w_local = strlen("From"),
		.w_peer = strlen("To"),
	};
	size_t i;
	int ret;

	ret = fetch(&o);
	if ((!ret || o.n) && show->header)
		printf("%-*s %-*s %5s %7s %8s %5s %10s %7s %s\n", o.w_local, "From", o.w_peer,
		       "To", "Used", "Waiting", "Reusable", "Left", "Opened/s", "Failed", "Out");
	for (i = 0; i < o.n; i++)
		print_row(&o, &o.row[i]);
	free(o.row);
	return ret;
}

static void json_row(const struct dest *d, bool first)
{
	char local[INET6_ADDRSTRLEN] = "", peer[INET6_ADDRSTRLEN] = "";
	const __u64 *n = d->n;

	inet_ntop(d->conn.local.family, &d->conn.local.addr, local, sizeof(local));
	inet_ntop(d->conn.peer.family, &d->conn.peer.addr, peer, sizeof(peer));
	printf("%s{\"family\":\"%s\",\"local_address\":\"%s\"", first ? "" : ",\n",
	       d->conn.local.family == AF_INET ? "inet" : "inet6", local);
	printf(",\"peer_address\":\"%s\",\"peer_port\":%u,\"wire\":%u", peer, d->conn.peer.port,
	       d->conn.wire);
	printf(",\"range\":%llu,\"fixed\":%llu,\"used\":%llu,\"waiting\":%llu",
	       n[XTCP_PORTS_RANGE], n[XTCP_PORTS_FIXED], n[XTCP_PORTS_USED],
	       n[XTCP_PORTS_WAITING]);
	printf(",\"reusable\":%llu,\"left\":%llu,\"failed\":%llu,\"wait_ms\":%llu",
	       n[XTCP_PORTS_REUSABLE], n[XTCP_PORTS_LEFT], n[XTCP_PORTS_FAILED],
	       n[XTCP_PORTS_WAIT_MS]);
	printf(",\"opens_per_1000s\":%llu,\"ends_per_1000s\":%llu,\"waits_per_1000s\":%llu",
	       n[XTCP_PORTS_OPENS], n[XTCP_PORTS_ENDS], n[XTCP_PORTS_WAITS]);
	if (d->ends)
		printf(",\"out_ms\":%llu}", n[XTCP_PORTS_OUT_MS]);
	else
		fputs(",\"out_ms\":null}", stdout);
}

/**
 * forecast_show_json() - the same as JSON
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int forecast_show_json(const struct show *show)
{
	struct outlook o = { .show = show };
	size_t i;
	int ret;

	ret = fetch(&o);
	if (!ret || o.n) {
		fputs("{\"destinations\":[", stdout);
		for (i = 0; i < o.n; i++)
			json_row(&o.row[i], !i);
		puts("]}");
	}
	free(o.row);
	return ret;
}
