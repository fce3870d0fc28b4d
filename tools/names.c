// SPDX-License-Identifier: GPL-2.0
/* Addresses and ports as a person reads them: numbers, or names from the resolver. */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "names.h"
#include "util.h"

/*
 * The resolver is slow and a listing asks for the same names again and again. One name a slot: a
 * newcomer takes the place of the old, so memory is bounded however many peers there are.
 */
#define CACHE_SLOTS	4096

struct host_slot {
	struct endpoint key;
	char *name;	/* "" where the resolver knows none */
};

static struct host_slot host_cache[CACHE_SLOTS];
static char *port_cache[UINT16_MAX + 1];

union sockaddr_any {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t to_sockaddr(const struct endpoint *e, union sockaddr_any *sa)
{
	memset(sa, 0, sizeof(*sa));
	sa->sa.sa_family = e->family;
	if (e->family == AF_INET) {
		sa->v4.sin_port = htons(e->port);
		sa->v4.sin_addr = e->addr.v4;
		return sizeof(sa->v4);
	}
	sa->v6.sin6_port = htons(e->port);
	sa->v6.sin6_addr = e->addr.v6;
	return sizeof(sa->v6);
}

static bool same_addr(const struct endpoint *a, const struct endpoint *b)
{
	return a->family == b->family && !memcmp(&a->addr, &b->addr, endpoint_addr_len(a));
}

static struct host_slot *host_slot(const struct endpoint *e)
{
	const __u8 *byte = (const __u8 *)&e->addr;
	__u32 hash = 2166136261U;
	size_t i;

	for (i = 0; i < endpoint_addr_len(e); i++)
		hash = (hash ^ byte[i]) * 16777619U;
	return &host_cache[hash % CACHE_SLOTS];
}

static const char *resolve_host(const struct endpoint *e)
{
	struct host_slot *slot = host_slot(e);
	union sockaddr_any sa;
	char name[NI_MAXHOST];
	socklen_t len;

	if (slot->name && same_addr(&slot->key, e))
		return slot->name;
	len = to_sockaddr(e, &sa);
	if (getnameinfo(&sa.sa, len, name, sizeof(name), NULL, 0, NI_NAMEREQD))
		name[0] = '\0';
	util_printable(name);
	free(slot->name);
	slot->key = *e;
	slot->name = util_strdup(name);
	return slot->name;
}

static const char *resolve_port(const struct endpoint *e)
{
	char name[NI_MAXSERV];
	union sockaddr_any sa;
	socklen_t len;

	if (port_cache[e->port])
		return port_cache[e->port];
	len = to_sockaddr(e, &sa);
	if (getnameinfo(&sa.sa, len, NULL, 0, name, sizeof(name), 0))
		snprintf(name, sizeof(name), "%u", e->port);
	util_printable(name);
	port_cache[e->port] = util_strdup(name);
	return port_cache[e->port];
}

/**
 * names_host() - the address of an endpoint for a listing
 * @e: the endpoint
 * @numeric: do not ask the resolver; the wildcard is never asked for
 * @buf: room of NAMES_HOST_MAX bytes
 *
 * Return: a name, an IPv4 address, or an IPv6 address in brackets; valid until the next call.
 */
const char *names_host(const struct endpoint *e, bool numeric, char *buf)
{
	char text[INET6_ADDRSTRLEN];
	const char *name;

	if (!numeric && !endpoint_any(e)) {
		name = resolve_host(e);
		if (*name)
			return name;
	}
	if (!inet_ntop(e->family, &e->addr, text, sizeof(text)))
		strcpy(text, "?");
	if (e->family == AF_INET)
		snprintf(buf, NAMES_HOST_MAX, "%s", text);
	else
		snprintf(buf, NAMES_HOST_MAX, "[%s]", text);
	return buf;
}

/**
 * names_port() - the port of an endpoint for a listing
 * @e: the endpoint
 * @numeric: do not ask for the service's name
 * @buf: room of NAMES_PORT_MAX bytes
 *
 * Return: a name, a number, or "*" for no port; valid until the next call.
 */
const char *names_port(const struct endpoint *e, bool numeric, char *buf)
{
	if (!e->port)
		return "*";
	if (!numeric)
		return resolve_port(e);
	snprintf(buf, NAMES_PORT_MAX, "%u", e->port);
	return buf;
}
