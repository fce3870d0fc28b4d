// SPDX-License-Identifier: GPL-2.0
/* The listing of connections as text, in ss's columns. */
#include <stdlib.h>
#include <string.h>

#include "keepalive.h"
#include "names.h"
#include "netlink.h"
#include "process.h"
#include "show.h"
#include "util.h"

#define ADDR_HEAD	"Local Address"
#define PEER_HEAD	"Peer Address"
#define PORT_HEAD	"Port"

/* Rows are gathered first: the width of a column is known only when all have been seen. */
struct list {
	const struct show *show;
	struct conn *conn;
	size_t n;
	size_t room;
	int w_state;
	int w_recvq;
	int w_sendq;
	int w_local;
	int w_local_port;
	int w_peer;
	int w_peer_port;
};

/* A wildcard of IPv6 takes IPv4 too unless known not to: ss shows that as "*". */
static const char *host_text(const struct list *l, const struct conn *c, const struct endpoint *e,
			     char *buf)
{
	if (e->family == AF_INET6 && endpoint_any(e) && !c->v6only)
		return "*";
	return names_host(e, l->show->numeric, buf);
}

static void widen(int *width, const char *text)
{
	int len = strlen(text);

	if (len > *width)
		*width = len;
}

static void widen_number(int *width, __u32 value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	widen(width, text);
}

static void measure(struct list *l, const struct conn *c)
{
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX];
	bool numeric = l->show->numeric;

	widen(&l->w_state, conn_state_name(c->state));
	widen_number(&l->w_recvq, c->recvq);
	widen_number(&l->w_sendq, c->sendq);
	widen(&l->w_local, host_text(l, c, &c->local, host));
	widen(&l->w_local_port, names_port(&c->local, numeric, port));
	widen(&l->w_peer, host_text(l, c, &c->peer, host));
	widen(&l->w_peer_port, names_port(&c->peer, numeric, port));
}

static void gather(const struct conn *c, void *arg)
{
	struct list *l = arg;

	if (!filter_match(&l->show->filter, c))
		return;
	l->conn = util_grow(l->conn, l->n, &l->room, sizeof(*l->conn));
	l->conn[l->n++] = *c;
	measure(l, c);
}

/* Width of the peer's port: where nothing follows it, no blanks do either. */
static int last_width(const struct list *l)
{
	const struct show *show = l->show;

	return show->processes || show->timers || show->owner || show->info ? l->w_peer_port : 0;
}

static void print_header(const struct list *l)
{
	printf("%-*s %-*s %-*s %*s:%-*s %*s:%-*s", l->w_state, "State", l->w_recvq, "Recv-Q",
	       l->w_sendq, "Send-Q", l->w_local, ADDR_HEAD, l->w_local_port, PORT_HEAD,
	       l->w_peer, PEER_HEAD, last_width(l), PORT_HEAD);
	if (l->show->processes)
		fputs(" Process", stdout);
	putchar('\n');
}

static void print_processes(const struct conn *c)
{
	const struct holder *h = process_first(c->inode);
	const char *before = " users:(";

	if (!h) {
		fputs(" -", stdout);
		return;
	}
	for (; h; h = process_next(h)) {
		printf("%s(\"%s\",pid=%d,fd=%d)", before, h->name, (int)h->pid, h->fd);
		before = ",";
	}
	putchar(')');
}

/* ss's own: "200ms", "1.500ms", "41sec", "1min59sec", "119min". */
static void print_ms(__u64 ms)
{
	__u64 sec = ms / 1000, min = sec / 60;

	ms %= 1000;
	sec %= 60;
	if (min) {
		ms = 0;
		printf("%llumin", min);
		if (min > 9)
			sec = 0;
	}
	if (sec) {
		if (sec > 9)
			ms = 0;
		printf("%llu%s", sec, ms ? "." : "sec");
	}
	if (ms)
		printf("%03llums", ms);
	else if (!min && !sec)
		fputs("0ms", stdout);	/* due now, where ss prints nothing */
}

static void print_timer(const struct conn *c)
{
	printf(" timer:(%s,", conn_timer_name(c->timer));
	print_ms(c->timer_ms);
	printf(",%u)", conn_timer_count(c));
}

static void print_owner(const struct conn *c)
{
	printf(" uid:%u ino:%llu", c->uid, c->inode);
	if (c->wire)
		printf(" wire:%u", c->wire);
}

static void print_row(const struct list *l, const struct conn *c)
{
	const struct show *show = l->show;
	char host[NAMES_HOST_MAX], port[NAMES_PORT_MAX];

	printf("%-*s %-*u %-*u", l->w_state, conn_state_name(c->state), l->w_recvq,
	       c->recvq, l->w_sendq, c->sendq);
	printf(" %*s:%-*s", l->w_local, host_text(l, c, &c->local, host), l->w_local_port,
	       names_port(&c->local, show->numeric, port));
	printf(" %*s:%-*s", l->w_peer, host_text(l, c, &c->peer, host), last_width(l),
	       names_port(&c->peer, show->numeric, port));
	if (show->processes)
		print_processes(c);
	if (show->timers && c->timer != CONN_TIMER_OFF)
		print_timer(c);
	if (show->owner)
		print_owner(c);
	if (show->info)
		keepalive_print(c->inode);
	putchar('\n');
}

/**
 * list_show() - list the connections
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int list_show(const struct show *show)
{
	struct list l = {
		.show = show,
		.w_state = strlen("State"),
		.w_recvq = strlen("Recv-Q"),
		.w_sendq = strlen("Send-Q"),
		.w_local = strlen(ADDR_HEAD),
		.w_local_port = strlen(PORT_HEAD),
		.w_peer = strlen(PEER_HEAD),
		.w_peer_port = strlen(PORT_HEAD),
	};
	size_t i;
	int ret;

	ret = show->source->conns(show->families, gather, &l);
	if (show->info)
		ret |= keepalive_scan();
	if (!ret || l.n) {
		if (show->processes)
			process_scan();
		if (show->header)
			print_header(&l);
		for (i = 0; i < l.n; i++) {
			if (show->kill && netlink_kill(&l.conn[i])) {
				ret = 1;
				break;
			}
			print_row(&l, &l.conn[i]);
		}
		process_forget();
		keepalive_forget();
	}
	free(l.conn);
	return ret;
}
