// SPDX-License-Identifier: GPL-2.0
/* The counters as text: name, value, change since the last display, meaning. */
#include <stdlib.h>
#include <string.h>

#include "show.h"
#include "util.h"

struct row {
	char *name;
	char *meaning;
	__u64 value;
};

struct table {
	struct row *row;
	size_t n;
	size_t room;
};

/* Of the display before, for the changes; kept between calls. */
static struct table last;

static void gather(const struct counter *c, void *arg)
{
	struct table *t = arg;
	struct row *r;

	t->row = util_grow(t->row, t->n, &t->room, sizeof(*t->row));
	r = &t->row[t->n++];
	r->name = util_strdup(c->name);
	r->meaning = util_strdup(c->meaning);
	r->value = c->value;
	util_printable(r->name);
	util_printable(r->meaning);
}

static void forget(struct table *t)
{
	while (t->n) {
		t->n--;
		free(t->row[t->n].name);
		free(t->row[t->n].meaning);
	}
	free(t->row);
	memset(t, 0, sizeof(*t));
}

/* The kernel prints its counters in one order, so the same place is the first guess. */
static const struct row *find_last(const char *name, size_t guess)
{
	size_t i;

	if (guess < last.n && !strcmp(last.row[guess].name, name))
		return &last.row[guess];
	for (i = 0; i < last.n; i++) {
		if (!strcmp(last.row[i].name, name))
			return &last.row[i];
	}
	return NULL;
}

static int print_value(char *text, size_t size, __u64 value)
{
	return snprintf(text, size, "%llu", value);
}

/* A counter that fell was born anew with the module: its whole value is the change. */
static int print_change(char *text, size_t size, const struct row *r, size_t at)
{
	const struct row *before = find_last(r->name, at);
	__u64 was = before && before->value <= r->value ? before->value : 0;

	if (!last.n || r->value == was)
		return snprintf(text, size, "-");
	return snprintf(text, size, "+%llu", r->value - was);
}

static void max_width(int *width, int len)
{
	if (len > *width)
		*width = len;
}

static void print_table(const struct show *show, const struct table *t)
{
	int w_name = strlen("Name"), w_value = strlen("Value"), w_change = strlen("Change");
	const struct row *r;
	char text[24];
	size_t i;

	for (i = 0; i < t->n; i++) {
		r = &t->row[i];
		if (!r->value && !show->all)
			continue;
		max_width(&w_name, strlen(r->name));
		max_width(&w_value, print_value(text, sizeof(text), r->value));
		max_width(&w_change, print_change(text, sizeof(text), r, i));
	}
	if (show->header) {
		printf("%-*s %*s", w_name, "Name", w_value, "Value");
		if (show->changes)
			printf(" %*s", w_change, "Change");
		puts(" Meaning");
	}
	for (i = 0; i < t->n; i++) {
		r = &t->row[i];
		if (!r->value && !show->all)
			continue;
		printf("%-*s %*llu", w_name, r->name, w_value, r->value);
		if (show->changes) {
			print_change(text, sizeof(text), r, i);
			printf(" %*s", w_change, text);
		}
		printf("%s%s\n", *r->meaning ? " " : "", r->meaning);
	}
}

/**
 * counters_show() - list the counters
 * @show: what to show
 *
 * Return: 0, or 1 after a message on stderr.
 */
int counters_show(const struct show *show)
{
	struct table t = { 0 };
	int ret;

	ret = show->source->counters(gather, &t);
	if (!ret || t.n)
		print_table(show, &t);
	forget(&last);
	last = t;
	return ret;
}
