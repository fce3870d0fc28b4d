// SPDX-License-Identifier: GPL-2.0
/*
 * The filter of the command line, in the words of ss:
 *
 *	filter	 = { "state" NAME | "exclude" NAME } expr
 *	expr	 = both { "or" both }
 *	both	 = one { [ "and" ] one }
 *	one	 = "not" one | "(" expr ")" | test
 *	test	 = ("sport" | "dport") [OP] [":"]PORT
 *		 | ("src" | "dst") ["=" | "!="] (ADDR["/"BITS] | ":"PORT | ADDR":"PORT)
 *
 * "state" may stand anywhere. This file parses; filter_match.c decides.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "filter.h"
#include "filter_node.h"
#include "util.h"

/* The parser recurses on parentheses, the judge on every test: both are bounded. */
#define DEPTH_MAX	64
#define TOKENS_MAX	4096

struct tokens {
	char **word;
	size_t n;
	size_t room;
	size_t at;
	unsigned int depth;
};

static const struct {
	const char *word;
	enum filter_op op;
} ops[] = {
	{ "=", FILTER_EQ }, { "==", FILTER_EQ }, { "eq", FILTER_EQ },
	{ "!=", FILTER_NE }, { "ne", FILTER_NE }, { "neq", FILTER_NE },
	{ "<", FILTER_LT }, { "lt", FILTER_LT },
	{ ">", FILTER_GT }, { "gt", FILTER_GT },
	{ "<=", FILTER_LE }, { "le", FILTER_LE }, { "leq", FILTER_LE },
	{ ">=", FILTER_GE }, { "ge", FILTER_GE }, { "geq", FILTER_GE },
};

static struct filter_node *parse_expr(struct tokens *t);

static void add_token(struct tokens *t, const char *from, size_t len)
{
	t->word = util_grow(t->word, t->n, &t->room, sizeof(*t->word));
	t->word[t->n++] = util_printf("%.*s", (int)len, from);
}

/* Words end at blanks; parentheses and operators end them too, and are words themselves. */
static void split(struct tokens *t, const char *s)
{
	size_t len;

	while (*s) {
		len = strspn(s, " \t\n");
		s += len;
		if (!*s)
			break;
		if (strchr("()", *s))
			len = 1;
		else if (strchr("=!<>&|", *s))
			len = strspn(s, "=!<>&|");
		else
			len = strcspn(s, " \t\n()=!<>&|");
		add_token(t, s, len);
		s += len;
	}
}

static const char *peek(const struct tokens *t)
{
	return t->at < t->n ? t->word[t->at] : NULL;
}

/* Take the next word if it is this one. */
static bool take(struct tokens *t, const char *word, const char *sign)
{
	const char *next = peek(t);

	if (!next || (strcasecmp(next, word) && strcmp(next, sign)))
		return false;
	t->at++;
	return true;
}

static struct filter_node *fail(const char *what, const char *word)
{
	util_warn("filter: %s%s%s", what, word ? " " : "", word ? word : "");
	return NULL;
}

static struct filter_node *new_node(enum filter_kind kind, struct filter_node *a,
				    struct filter_node *b)
{
	struct filter_node *node = util_alloc(sizeof(*node));

	node->kind = kind;
	node->a = a;
	node->b = b;
	return node;
}

static bool parse_port(const char *text, int *port)
{
	struct servent *service;
	unsigned long v;
	char *end;

	if (*text == ':')
		text++;
	v = strtoul(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end) {
		*port = v;
		return v <= UINT16_MAX;
	}
	service = getservbyname(text, "tcp");
	if (!service)
		return false;
	*port = ntohs(service->s_port);
	return true;
}

/* ADDR, ADDR/BITS; brackets around an IPv6 address are welcome. */
static bool parse_prefix(const char *text, struct filter_node *node)
{
	char host[INET6_ADDRSTRLEN + 2], *slash, *start = host, *end;
	unsigned long bits;
	size_t len;

	if (snprintf(host, sizeof(host), "%s", text) >= (int)sizeof(host))
		return false;
	slash = strchr(host, '/');
	if (slash)
		*slash++ = '\0';
	len = strlen(host);
	if (*start == '[' && len && host[len - 1] == ']') {
		host[len - 1] = '\0';
		start++;
	}
	if (inet_pton(AF_INET, start, &node->addr.addr) == 1)
		node->addr.family = AF_INET;
	else if (inet_pton(AF_INET6, start, &node->addr.addr) == 1)
		node->addr.family = AF_INET6;
	else
		return false;
	node->bits = endpoint_addr_len(&node->addr) * 8;
	if (!slash)
		return true;
	bits = strtoul(slash, &end, 10);
	if (*slash < '0' || *slash > '9' || *end || bits > node->bits)
		return false;
	node->bits = bits;
	return true;
}

static bool parse_address(const char *text, struct filter_node *node)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon;

	node->port = -1;
	if (parse_prefix(text, node))
		return true;
	colon = strrchr(text, ':');
	if (!colon || colon - text >= (int)sizeof(host))
		return false;
	if (strcmp(colon, ":*") && !parse_port(colon, &node->port))
		return false;
	memcpy(host, text, colon - text);
	host[colon - text] = '\0';
	if (*host && strcmp(host, "*"))
		return parse_prefix(host, node);
	node->addr.family = AF_UNSPEC;
	return true;
}

static enum filter_op parse_op(struct tokens *t)
{
	const char *word = peek(t);
	size_t i;

	for (i = 0; word && i < ARRAY_SIZE(ops); i++) {
		if (!strcasecmp(word, ops[i].word)) {
			t->at++;
			return ops[i].op;
		}
	}
	return FILTER_EQ;
}

static struct filter_node *parse_test(struct tokens *t)
{
	const char *word = peek(t), *value;
	struct filter_node *node;
	bool port, source;

	if (!word)
		return fail("something is missing at the end", NULL);
	port = !strcasecmp(word, "sport") || !strcasecmp(word, "dport");
	source = !strcasecmp(word, "sport") || !strcasecmp(word, "src");
	if (!port && !source && strcasecmp(word, "dst"))
		return fail("not understood:", word);
	t->at++;
	node = new_node(port ? FILTER_PORT : FILTER_ADDR, NULL, NULL);
	node->source = source;
	node->op = parse_op(t);
	value = peek(t);
	if (!value)
		return fail("a value is missing after", word);
	t->at++;
	if (port && !parse_port(value, &node->port))
		return fail("not a port:", value);
	if (!port && !parse_address(value, node))
		return fail("not an address:", value);
	if (!port && node->op != FILTER_EQ && node->op != FILTER_NE)
		return fail("addresses know only = and !=, not at", value);
	return node;
}

static struct filter_node *parse_one(struct tokens *t)
{
	struct filter_node *node;

	if (++t->depth > DEPTH_MAX)
		return fail("too deep", NULL);
	if (take(t, "not", "!")) {
		node = parse_one(t);
		if (node)
			node = new_node(FILTER_NOT, node, NULL);
	} else if (take(t, "(", "(")) {
		node = parse_expr(t);
		if (node && !take(t, ")", ")"))
			node = fail("a ) is missing", NULL);
	} else {
		node = parse_test(t);
	}
	t->depth--;
	return node;
}

static struct filter_node *parse_both(struct tokens *t)
{
	struct filter_node *node = parse_one(t), *right;
	const char *next;

	while (node) {
		next = peek(t);
		if (!take(t, "and", "&") && !take(t, "&&", "&&") &&
		    (!next || !strcmp(next, ")") || !strcasecmp(next, "or") || *next == '|'))
			break;
		right = parse_one(t);
		node = right ? new_node(FILTER_AND, node, right) : NULL;
	}
	return node;
}

static struct filter_node *parse_expr(struct tokens *t)
{
	struct filter_node *node = parse_both(t), *right;

	while (node && (take(t, "or", "|") || take(t, "||", "||"))) {
		right = parse_both(t);
		node = right ? new_node(FILTER_OR, node, right) : NULL;
	}
	return node;
}

/* Take "state NAME" and "exclude NAME" out of the words; several states add up. */
static bool take_states(struct filter *f, struct tokens *t)
{
	unsigned int show = 0, hide = 0, states;
	size_t from, to = 0;
	bool exclude;

	for (from = 0; from < t->n; from++) {
		exclude = !strcasecmp(t->word[from], "exclude");
		if (!exclude && strcasecmp(t->word[from], "state")) {
			t->word[to++] = t->word[from];
			continue;
		}
		if (++from == t->n)
			return fail("a state's name is missing at the end", NULL);
		if (!conn_states_parse(t->word[from], &states))
			return fail("not a state:", t->word[from]);
		f->states_given = true;
		if (exclude)
			hide |= states;
		else
			show |= states;
	}
	t->n = to;
	f->states = (show ? show : STATES_ALL) & ~hide;
	return true;
}

/**
 * filter_parse() - read a filter from the rest of the command line
 * @f: the filter; @f->states is set only if the words speak of states
 * @argc: number of words
 * @argv: the words; each may hold several
 *
 * What is allocated lives as long as the program.
 *
 * Return: false after a message on stderr.
 */
bool filter_parse(struct filter *f, int argc, char **argv)
{
	struct tokens t = { 0 };
	int i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < argc; i++)
		split(&t, argv[i]);
	if (t.n > TOKENS_MAX)
		return fail("too long", NULL);
	if (!take_states(f, &t))
		return false;
	if (!t.n)
		return true;
	f->expr = parse_expr(&t);
	if (!f->expr)
		return false;
	if (peek(&t))
		return fail("not understood:", peek(&t));
	return true;
}
