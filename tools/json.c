// SPDX-License-Identifier: GPL-2.0
/* The listings as JSON (RFC 8259), one object a display. Its keys are documented in xtcpstat(8). */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "keepalive.h"
#include "ledger.h"
#include "process.h"
#include "show.h"

struct json_list {
	const struct show *show;
	const char *key;	/* of the array */
	struct ledgers ledgers;
	bool open;		/* a row has been printed */
};

/*
 * Length of the UTF-8 sequence at @s (RFC 3629: shortest form, no surrogates, up to U+10FFFF), 0 if
 * there is none. A process's name may be any bytes, and the kernel cuts it at 15 of them.
 */
static int utf8_len(const unsigned char *s)
{
	unsigned char lo = 0x80, hi = 0xbf;
	int i, len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	if (s[0] == 0xe0)
		lo = 0xa0;
	else if (s[0] == 0xed)
		hi = 0x9f;
	else if (s[0] == 0xf0)
		lo = 0x90;
	else if (s[0] == 0xf4)
		hi = 0x8f;
	for (i = 1; i < len; i++) {
		if (s[i] < lo || s[i] > hi)
			return 0;
		lo = 0x80;
		hi = 0xbf;
	}
	return len;
}

/**
 * json_string() - print a string, quoted and escaped
 * @f: where to
 * @s: any bytes; those that are not UTF-8 become U+FFFD
 */
void json_string(FILE *f, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	int len;

	putc('"', f);
	while (*p) {
		len = utf8_len(p);
		if (!len) {
			fputs("\\ufffd", f);
			len = 1;
		} else if (*p == '"' || *p == '\\') {
			fprintf(f, "\\%c", *p);
		} else if (*p < 0x20 || *p == 0x7f) {
			fprintf(f, "\\u%04x", *p);
		} else {
			fwrite(p, 1, len, f);
		}
		p += len;
	}
	putc('"', f);
}

static void begin_row(struct json_list *l)
{
	if (l->open)
		puts(",");
	else
		printf("{\"%s\":[\n", l->key);
	l->open = true;
}

/* A display without rows is an empty array, but one that failed at once is nothing at all. */
static void end_rows(const struct json_list *l, int failed)
{
	if (l->open)
		puts("\n]}");
	else if (!failed)
		printf("{\"%s\":[]}\n", l->key);
}

static void print_endpoint(const char *side, const struct endpoint *e)
{
	char text[INET6_ADDRSTRLEN];

	if (!inet_ntop(e->family, &e->addr, text, sizeof(text)))
		text[0] = '\0';
	printf(",\"%s_address\":\"%s\",\"%s_port\":%u", side, text, side, e->port);
}

static void print_timer(const struct conn *c)
{
	if (c->timer == CONN_TIMER_OFF) {
		fputs(",\"timer\":null", stdout);
		return;
	}
	printf(",\"timer\":{\"name\":\"%s\",\"expires_ms\":%llu,\"count\":%u}",
	       conn_timer_name(c->timer), c->timer_ms, conn_timer_count(c));
}

static void print_detail(const struct conn *c)
{
	printf(",\"rto_ms\":%llu,\"ato_ms\":%llu,\"cwnd\":%u", c->rto_ms,
	       c->ato_ms, c->cwnd);
	if (c->ssthresh < 0)
		fputs(",\"ssthresh\":null", stdout);
	else
		printf(",\"ssthresh\":%lld", c->ssthresh);
}

static void print_processes(const struct conn *c)
{
	const struct holder *h;
	const char *before = "";

	fputs(",\"processes\":[", stdout);
	for (h = process_first(c->inode); h; h = process_next(h)) {
		printf("%s{\"name\":", before);
		json_string(stdout, h->name);
		printf(",\"pid\":%d,\"fd\":%d}", (int)h->pid, h->fd);
		before = ",";
	}
	putchar(']');
}

/* A listener that came or went between the two readings has none. */
static void print_ledger(const struct json_list *l, const struct conn *c)
{
	const struct ledger *ledger = ledgers_find(&l->ledgers, c->inode);

	if (!ledger)
		return;
	fputs(",\"ledger\":", stdout);
	ledger_json(stdout, ledger);
}

static void print_conn(const struct conn *c, void *arg)
{
	struct json_list *l = arg;

	if (!filter_match(&l->show->filter, c))
		return;
	begin_row(l);
	printf("{\"family\":\"%s\",\"state\":\"%s\"",
	       c->local.family == AF_INET ? "inet" : "inet6", conn_state_name(c->state));
	printf(",\"recv_q\":%u,\"send_q\":%u", c->recvq, c->sendq);
	print_endpoint("local", &c->local);
	print_endpoint("peer", &c->peer);
	printf(",\"uid\":%u,\"inode\":%llu", c->uid, c->inode);
	if (c->wire)
		printf(",\"wire\":%u", c->wire);
	print_timer(c);
	printf(",\"retransmits\":%u,\"probes\":%u", c->retransmits, c->probes);
	if (c->has_detail && c->state != CONN_LISTEN)
		print_detail(c);
	if (c->state == CONN_LISTEN)
		print_ledger(l, c);
	if (l->show->info)
		keepalive_print_json(c->inode);
	if (l->show->processes)
		print_processes(c);
	putchar('}');
}

/**
 * list_show_json() - list the connections
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr; what is printed is valid all the same.
 */
int list_show_json(const struct show *show)
{
	struct json_list l = { .show = show, .key = "sockets" };
	int ret = 0;

	if (show->processes)
		process_scan();
	if (show->ledgers)
		ret = ledgers_read(show->families, &l.ledgers);
	if (show->info)
		ret |= keepalive_scan();
	ret |= show->source->conns(show->families, print_conn, &l);
	end_rows(&l, ret);
	process_forget();
	keepalive_forget();
	ledgers_free(&l.ledgers);
	return ret;
}

static void print_counter(const struct counter *c, void *arg)
{
	struct json_list *l = arg;

	if (!c->value && !l->show->all)
		return;
	begin_row(l);
	fputs("{\"name\":", stdout);
	json_string(stdout, c->name);
	printf(",\"value\":%llu,\"meaning\":", c->value);
	json_string(stdout, c->meaning);
	putchar('}');
}

/**
 * counters_show_json() - list the counters
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr; what is printed is valid all the same.
 */
int counters_show_json(const struct show *show)
{
	struct json_list l = { .show = show, .key = "counters" };
	int ret;

	ret = show->source->counters(print_counter, &l);
	end_rows(&l, ret);
	return ret;
}
