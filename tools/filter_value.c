// SPDX-License-Identifier: GPL-2.0
/* Ports and addresses in a filter. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "filter_node.h"

/**
 * filter_parse_port() - read a port
 * @text: a number or a service's name, perhaps behind a colon
 * @port: receives it, in host order
 *
 * Return: false if it is none.
 */
bool filter_parse_port(const char *text, int *port)
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

/**
 * filter_parse_address() - read an address, a prefix, a port, or address and port
 * @text: the words of ss
 * @node: receives family, address, bits and port
 *
 * Return: false if it is none of them.
 */
bool filter_parse_address(const char *text, struct filter_node *node)
{
	char host[INET6_ADDRSTRLEN + 2];
	const char *colon;

	node->port = -1;
	if (parse_prefix(text, node))
		return true;
	colon = strrchr(text, ':');
	if (!colon || colon - text >= (int)sizeof(host))
		return false;
	if (strcmp(colon, ":*") && !filter_parse_port(colon, &node->port))
		return false;
	memcpy(host, text, colon - text);
	host[colon - text] = '\0';
	if (*host && strcmp(host, "*"))
		return parse_prefix(host, node);
	node->addr.family = AF_UNSPEC;
	return true;
}
