// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what xtcpize tells its library. Both use it: the one to refuse what the other could not
 * obey. Takes no memory, since the library may run where none may be taken.
 */
#include <ctype.h>
#include <linux/xtcp.h>
#include <string.h>

#include "settings.h"
#include "util.h"

static const struct {
	const char *name;
	int wire;
} wires[] = {
	{ "xtcp",	XTCP_WIRE_OWN },
	{ "tcp",	XTCP_WIRE_TCP },
	{ "both",	XTCP_WIRE_BOTH },
};

/**
 * settings_parse_wire() - read the name of a wire
 * @word: "xtcp", "tcp" or "both"; need not end with a zero
 * @len: its length
 * @s: receives it
 *
 * Return: false if there is no such wire.
 */
bool settings_parse_wire(const char *word, size_t len, struct settings *s)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wires); i++) {
		if (len == strlen(wires[i].name) && !memcmp(word, wires[i].name, len)) {
			s->wire = wires[i].wire;
			return true;
		}
	}
	return false;
}

/* Reads a port at @p, which moves past it; 0 if there is none. */
static unsigned int parse_port(const char **p, const char *end)
{
	unsigned int port = 0;

	while (*p < end && isdigit((unsigned char)**p) && port <= 65535)
		port = port * 10 + (*(*p)++ - '0');
	return port <= 65535 ? port : 0;
}

/**
 * settings_parse_ports() - read a list of ports
 * @list: as "22,80,8000-8100"; need not end with a zero
 * @len: its length
 * @s: receives it
 *
 * Return: false if it is not such a list, or too long a one.
 */
bool settings_parse_ports(const char *list, size_t len, struct settings *s)
{
	const char *p = list, *end = list + len;
	unsigned int first, last;

	s->n_ranges = 0;
	for (;; p++) {
		first = parse_port(&p, end);
		last = first;
		if (first && p < end && *p == '-') {
			p++;
			last = parse_port(&p, end);
		}
		if (!first || last < first || s->n_ranges == SETTINGS_RANGES)
			return false;
		s->ranges[s->n_ranges].first = first;
		s->ranges[s->n_ranges++].last = last;
		if (p == end)
			return true;
		if (*p != ',')
			return false;
	}
}

static bool parse_word(const char *word, size_t len, struct settings *s)
{
	if (len > 5 && !memcmp(word, "wire=", 5))
		return settings_parse_wire(word + 5, len - 5, s);
	if (len > 5 && !memcmp(word, "port=", 5))
		return settings_parse_ports(word + 5, len - 5, s);
	return false;
}

/**
 * settings_parse() - read the variable's value
 * @text: the value; NULL and "" ask for nothing in particular
 * @s: receives what it says
 *
 * Return: false if it makes no sense.
 */
bool settings_parse(const char *text, struct settings *s)
{
	size_t len;

	memset(s, 0, sizeof(*s));
	if (!text)
		return true;
	if (!strcmp(text, SETTINGS_OFF)) {
		s->off = true;
		return true;
	}
	if (strlen(text) + sizeof(SETTINGS_VARIABLE "=") > SETTINGS_MAX)
		return false;
	for (; *text; text += len) {
		len = strspn(text, " ");
		if (len)
			continue;
		len = strcspn(text, " ");
		if (!parse_word(text, len, s))
			return false;
	}
	return true;
}

/**
 * settings_has_port() - is a port one of those asked for?
 * @s: the settings
 * @port: in the host's byte order; 0, which is no port, never is
 *
 * Return: true if it is.
 */
bool settings_has_port(const struct settings *s, unsigned short port)
{
	size_t i;

	for (i = 0; i < s->n_ranges; i++) {
		if (port >= s->ranges[i].first && port <= s->ranges[i].last)
			return true;
	}
	return false;
}
