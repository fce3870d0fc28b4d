// SPDX-License-Identifier: GPL-2.0
/*
 * libxtcpize.so: loaded before a program's libraries, it turns the TCP sockets that the program
 * makes into xtcp sockets, and touches no others.
 */
#include <dlfcn.h>
#include <linux/xtcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "preload.h"

/* Low bits of socket(2)'s type; above them come SOCK_NONBLOCK and SOCK_CLOEXEC. */
#define SOCK_TYPE_MASK	0xf

static bool off;

/**
 * preload_off() - has the user switched this library off with XTCPIZE=off?
 *
 * Return: true if it must do nothing.
 */
bool preload_off(void)
{
	return off;
}

/**
 * preload_next() - the function that a wrapper of ours hides
 * @name: its name
 *
 * Asked of the loader, not of the C library, so that other preloaded libraries stay in the chain.
 *
 * Return: the function; NULL if the C library has none, and thus no program that calls it.
 */
void *preload_next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

static void __attribute__((constructor)) begin(void)
{
	const char *value = getenv(PRELOAD_SWITCH);

	off = value && !strcmp(value, PRELOAD_OFF);
	preload_exec_init();
}

static bool is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & SOCK_TYPE_MASK) == SOCK_STREAM &&
	       (!protocol || protocol == IPPROTO_TCP);
}

PRELOAD_EXPORT int socket(int domain, int type, int protocol)
{
	static int (*next)(int domain, int type, int protocol);

	if (!next)
		next = preload_next("socket");
	if (!off && is_tcp(domain, type, protocol))
		protocol = IPPROTO_XTCP;
	return next(domain, type, protocol);
}

/*
 * A program that asks a socket for its protocol, to know whether it may set TCP options on it, is
 * told TCP: it knows no other name for what xtcp does. Python's asyncio leaves out TCP_NODELAY
 * otherwise.
 */
PRELOAD_EXPORT int getsockopt(int fd, int level, int name, void *restrict value,
			      socklen_t *restrict len)
{
	static int (*next)(int fd, int level, int name, void *value, socklen_t *len);
	int ret, protocol;

	if (!next)
		next = preload_next("getsockopt");
	ret = next(fd, level, name, value, len);
	if (ret || off || level != SOL_SOCKET || name != SO_PROTOCOL || *len != sizeof(protocol))
		return ret;
	memcpy(&protocol, value, sizeof(protocol));
	if (protocol == IPPROTO_XTCP) {
		protocol = IPPROTO_TCP;
		memcpy(value, &protocol, sizeof(protocol));
	}
	return ret;
}
