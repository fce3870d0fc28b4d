// SPDX-License-Identifier: GPL-2.0
/*
 * libxtcpize.so: loaded before a program's libraries, it turns the TCP sockets that the program
 * makes into xtcp sockets, and touches no others.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/xtcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preload.h"

/* Low bits of socket(2)'s type; above them come SOCK_NONBLOCK and SOCK_CLOEXEC. */
#define SOCK_TYPE_MASK	0xf

static struct settings settings;

/**
 * preload_settings() - what the user asked for
 *
 * Return: the settings, which never change.
 */
const struct settings *preload_settings(void)
{
	return &settings;
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

/* xtcpize has read the settings, too, and would have refused: this is for settings made by hand. */
static void complain(void)
{
	static const char text[] = "libxtcpize.so: " SETTINGS_VARIABLE " makes no sense\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		return;
}

static void __attribute__((constructor)) begin(void)
{
	const char *value = getenv(SETTINGS_VARIABLE);

	if (!settings_parse(value, &settings)) {
		complain();
		settings.off = true;
	}
	preload_exec_init(settings.off ? NULL : value);
	preload_turn_init();
}

static bool is_tcp(int domain, int type, int protocol)
{
	return (domain == AF_INET || domain == AF_INET6) &&
	       (type & SOCK_TYPE_MASK) == SOCK_STREAM &&
	       (!protocol || protocol == IPPROTO_TCP);
}

/**
 * preload_real_socket() - the socket(2) that ours hides
 * @domain: as there
 * @type: as there
 * @protocol: as there
 *
 * Return: what that returns.
 */
int preload_real_socket(int domain, int type, int protocol)
{
	static int (*next)(int domain, int type, int protocol);

	if (!next)
		next = preload_next("socket");
	return next(domain, type, protocol);
}

/**
 * preload_make() - make an xtcp socket, on the wire that the user wants
 * @domain: AF_INET or AF_INET6
 * @type: SOCK_STREAM, perhaps with flags
 *
 * On another wire than was asked for no socket is made at all.
 *
 * Return: the socket, or -1 with errno set.
 */
int preload_make(int domain, int type)
{
	int fd = preload_real_socket(domain, type, IPPROTO_XTCP);

	if (fd >= 0 && settings.wire &&
	    setsockopt(fd, IPPROTO_XTCP, XTCP_WIRE, &settings.wire, sizeof(settings.wire))) {
		close(fd);
		errno = EPROTONOSUPPORT;
		return -1;
	}
	return fd;
}

PRELOAD_EXPORT int socket(int domain, int type, int protocol)
{
	/* With ports to look at, bind() and connect() decide. */
	if (settings.off || settings.n_ranges || !is_tcp(domain, type, protocol))
		return preload_real_socket(domain, type, protocol);
	return preload_make(domain, type);
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
	if (ret || settings.off || level != SOL_SOCKET || name != SO_PROTOCOL ||
	    *len != sizeof(protocol))
		return ret;
	memcpy(&protocol, value, sizeof(protocol));
	if (protocol == IPPROTO_XTCP) {
		protocol = IPPROTO_TCP;
		memcpy(value, &protocol, sizeof(protocol));
	}
	return ret;
}
