// SPDX-License-Identifier: GPL-2.0
/*
 * Parsers of a line of /proc/net/xtcp, xtcp6 (the layout of /proc/net/tcp, tcp6) and xtcp_stat.
 * They survive any input: each field has a bound, and what does not fit makes the line refused.
 */
#include <string.h>
#include <sys/socket.h>

#include "procfs.h"

static bool is_blank(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void skip_blanks(const char **p)
{
	while (is_blank(**p))
		(*p)++;
}

static bool skip_char(const char **p, char ch)
{
	if (**p != ch)
		return false;
	(*p)++;
	return true;
}

static int digit_value(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	return 16;
}

/* At least one digit of the base, no more than @max. */
static bool get_number(const char **p, int base, __u64 max, __u64 *value)
{
	__u64 v = 0;
	int d = digit_value(**p);

	if (d >= base)
		return false;
	while (d < base) {
		if ((__u64)d > max || v > (max - d) / base)
			return false;
		v = v * base + d;
		(*p)++;
		d = digit_value(**p);
	}
	*value = v;
	return true;
}

static bool get_u32(const char **p, int base, __u32 *value)
{
	__u64 v;

	if (!get_number(p, base, UINT32_MAX, &v))
		return false;
	*value = v;
	return true;
}

/* A field that the kernel prints signed; -1 and its kin mean "none". */
static bool get_signed(const char **p, __s64 *value)
{
	bool minus = skip_char(p, '-');
	__u64 v;

	if (!get_number(p, 10, INT64_MAX, &v))
		return false;
	*value = minus ? -(__s64)v : (__s64)v;
	return true;
}

/* Exactly eight digits: a word of an address, whose bytes in memory are in network order. */
static bool get_address_word(const char **p, void *word)
{
	__u32 v = 0;
	int i, d;

	for (i = 0; i < 8; i++) {
		d = digit_value(**p);
		if (d > 15)
			return false;
		v = v << 4 | d;
		(*p)++;
	}
	memcpy(word, &v, sizeof(v));
	return true;
}

static bool get_endpoint(const char **p, int family, struct endpoint *e)
{
	size_t i, len;
	__u64 port;
	__u8 *addr;

	e->family = family;
	len = endpoint_addr_len(e);
	addr = (__u8 *)&e->addr;
	skip_blanks(p);
	for (i = 0; i < len; i += 4) {
		if (!get_address_word(p, addr + i))
			return false;
	}
	if (!skip_char(p, ':') || !get_number(p, 16, UINT16_MAX, &port))
		return false;
	e->port = port;
	return is_blank(**p);
}

static __u64 ticks_to_ms(__u64 ticks, unsigned int hz)
{
	if (ticks > UINT32_MAX)
		ticks = UINT32_MAX;
	return (ticks * 1000 + hz - 1) / hz;
}

/* "st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode" */
static bool get_body(const char **p, unsigned int hz, struct conn *c)
{
	__u64 state, timer, when;
	__s64 probes;

	skip_blanks(p);
	if (!get_number(p, 16, CONN_STATES - 1, &state) || !state)
		return false;
	c->state = state;
	skip_blanks(p);
	if (!get_u32(p, 16, &c->sendq) || !skip_char(p, ':') || !get_u32(p, 16, &c->recvq))
		return false;
	skip_blanks(p);
	if (!get_number(p, 16, UINT8_MAX, &timer) || !skip_char(p, ':') ||
	    !get_number(p, 16, UINT64_MAX, &when))
		return false;
	c->timer = timer < CONN_TIMERS ? timer : CONN_TIMERS;
	c->timer_ms = timer ? ticks_to_ms(when, hz) : 0;
	skip_blanks(p);
	if (!get_u32(p, 16, &c->retransmits))
		return false;
	skip_blanks(p);
	if (!get_u32(p, 10, &c->uid))
		return false;
	skip_blanks(p);
	if (!get_signed(p, &probes))
		return false;
	c->probes = probes < 0 ? 0 : probes > UINT32_MAX ? UINT32_MAX : probes;
	skip_blanks(p);
	return get_number(p, 10, UINT64_MAX, &c->inode) && (is_blank(**p) || !**p);
}

/* "ref pointer"; the latter is of a form that varies with kptr_restrict. */
static bool skip_object(const char **p)
{
	__u64 refs;

	skip_blanks(p);
	if (!get_number(p, 10, UINT64_MAX, &refs))
		return false;
	skip_blanks(p);
	while (**p && !is_blank(**p))
		(*p)++;
	skip_blanks(p);
	return true;
}

/* "rto ato quick cwnd ssthresh", which small objects do not have. */
static bool get_detail(const char **p, unsigned int hz, struct conn *c)
{
	__u64 skip, rto, ato;

	if (!get_number(p, 10, UINT64_MAX, &rto))
		return false;
	skip_blanks(p);
	if (!get_number(p, 10, UINT64_MAX, &ato))
		return false;
	skip_blanks(p);
	if (!get_number(p, 10, UINT64_MAX, &skip))
		return false;
	skip_blanks(p);
	if (!get_u32(p, 10, &c->cwnd))
		return false;
	skip_blanks(p);
	if (!get_signed(p, &c->ssthresh))
		return false;
	c->rto_ms = ticks_to_ms(rto, hz);
	c->ato_ms = ticks_to_ms(ato, hz);
	return true;
}

/**
 * procfs_parse_conn() - one line of /proc/net/xtcp or xtcp6
 * @line: the line, with or without its newline
 * @family: AF_INET or AF_INET6, by the file
 * @hz: ticks a second in which the kernel tells times (USER_HZ)
 * @c: receives the row
 *
 * Return: false if the line is not of the layout; @c is then undefined.
 */
bool procfs_parse_conn(const char *line, int family, unsigned int hz, struct conn *c)
{
	const char *p = line, *rest;
	__u64 slot;

	memset(c, 0, sizeof(*c));
	skip_blanks(&p);
	if (!get_number(&p, 10, UINT64_MAX, &slot) || !skip_char(&p, ':'))
		return false;
	if (!get_endpoint(&p, family, &c->local) || !get_endpoint(&p, family, &c->peer) ||
	    !get_body(&p, hz, c))
		return false;
	if (!skip_object(&p))
		return true;
	rest = p;
	c->has_detail = get_detail(&p, hz, c);
	if (!c->has_detail)
		p = rest;
	skip_blanks(&p);
	if (!get_u32(&p, 10, &c->wire))
		c->wire = 0;
	return true;
}

/**
 * procfs_parse_counter() - one line of /proc/net/xtcp_stat, "Name value meaning"
 * @line: the line; is cut up, and @c points into it
 * @c: receives the counter
 *
 * Return: false if the line is not of the layout.
 */
bool procfs_parse_counter(char *line, struct counter *c)
{
	size_t len = strlen(line), name;
	const char *p;

	while (len && is_blank(line[len - 1]))
		line[--len] = '\0';
	name = strcspn(line, " \t");
	if (!name || name == len)
		return false;
	line[name] = '\0';
	c->name = line;
	p = line + name + 1;
	skip_blanks(&p);
	if (!get_number(&p, 10, UINT64_MAX, &c->value) || (*p && !is_blank(*p)))
		return false;
	skip_blanks(&p);
	c->meaning = p;
	return true;
}
