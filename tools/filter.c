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
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter.h"
#include "filter_node.h"
#include "util.h"

/* The parser recurses on parentheses, the judge on every test: both are bounded. */
#define DEPTH_MAX	64
#define TOKENS_MAX	4096

/**
 * struct tokens - the words, and what has been made of them
 * @word: the words, each allocated
 * @n: their number
 * @room: elements there is room for in @word
 * @at: the next to be read
 * @depth: parentheses and negations that are open
 * @f: the filter, which owns all nodes
 */
struct tokens {
	char **word;
	size_t n;
	size_t room;
	size_t at;
	unsigned int depth;
	struct filter *f;
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

static void drop_token(struct tokens *t, size_t at)
{
	free(t->word[at]);
	t->n--;
	memmove(&t->word[at], &t->word[at + 1], (t->n - at) * sizeof(*t->word));
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

static struct filter_node *new_node(struct tokens *t, enum filter_kind kind,
				    struct filter_node *a, struct filter_node *b)
{
	struct filter_node *node = util_alloc(sizeof(*node));

	node->next = t->f->nodes;
	t->f->nodes = node;
	node->kind = kind;
	node->a = a;
	node->b = b;
	return node;
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
	node = new_node(t, port ? FILTER_PORT : FILTER_ADDR, NULL, NULL);
	node->source = source;
	node->op = parse_op(t);
	value = peek(t);
	if (!value)
		return fail("a value is missing after", word);
	t->at++;
	if (port && !filter_parse_port(value, &node->port))
		return fail("not a port:", value);
	if (!port && !filter_parse_address(value, node))
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
			node = new_node(t, FILTER_NOT, node, NULL);
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
		node = right ? new_node(t, FILTER_AND, node, right) : NULL;
	}
	return node;
}

static struct filter_node *parse_expr(struct tokens *t)
{
	struct filter_node *node = parse_both(t), *right;

	while (node && (take(t, "or", "|") || take(t, "||", "||"))) {
		right = parse_both(t);
		node = right ? new_node(t, FILTER_OR, node, right) : NULL;
	}
	return node;
}

/* Take "state NAME" and "exclude NAME" out of the words; several states add up. */
static bool take_states(struct filter *f, struct tokens *t)
{
	unsigned int show = 0, hide = 0, states;
	bool exclude;
	size_t i = 0;

	while (i < t->n) {
		exclude = !strcasecmp(t->word[i], "exclude");
		if (!exclude && strcasecmp(t->word[i], "state")) {
			i++;
			continue;
		}
		if (i + 1 == t->n)
			return fail("a state's name is missing at the end", NULL);
		if (!conn_states_parse(t->word[i + 1], &states))
			return fail("not a state:", t->word[i + 1]);
		drop_token(t, i);
		drop_token(t, i);
		f->states_given = true;
		if (exclude)
			hide |= states;
		else
			show |= states;
	}
	f->states = (show ? show : STATES_ALL) & ~hide;
	return true;
}

static bool parse(struct filter *f, struct tokens *t)
{
	if (t->n > TOKENS_MAX)
		return fail("too long", NULL);
	if (!take_states(f, t))
		return false;
	if (!t->n)
		return true;
	f->expr = parse_expr(t);
	if (!f->expr)
		return false;
	if (peek(t))
		return fail("not understood:", peek(t));
	return true;
}

/**
 * filter_parse() - read a filter from the rest of the command line
 * @f: the filter, to be given to filter_free() whatever is returned
 * @argc: number of words
 * @argv: the words; each may hold several
 *
 * Return: false after a message on stderr.
 */
bool filter_parse(struct filter *f, int argc, char **argv)
{
	struct tokens t = { .f = f };
	bool good;
	int i;

	memset(f, 0, sizeof(*f));
	for (i = 0; i < argc; i++)
		split(&t, argv[i]);
	good = parse(f, &t);
	while (t.n)
		drop_token(&t, t.n - 1);
	free(t.word);
	return good;
}

/**
 * filter_free() - free what a filter is made of
 * @f: the filter
 */
void filter_free(struct filter *f)
{
	struct filter_node *node;

	while ((node = f->nodes)) {
		f->nodes = node->next;
		free(node);
	}
	f->expr = NULL;
}
