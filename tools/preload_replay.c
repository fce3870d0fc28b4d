// SPDX-License-Identifier: GPL-2.0
/*
 * Sets on a new socket what a program has set on another: every option whose value is not the one a
 * fresh socket has. What the kernel does not give out, TCP_MD5SIG's keys, cannot be carried over.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preload.h"
#include "util.h"

/* The largest value: a name of a device, of a congestion control, or two words of time. */
#define VALUE_MAX	64

enum {
	HINT = 1,	/* tells how to do it well: where xtcp does not know it, it is left out */
	HALVE = 2,	/* reads back as twice what was set */
};

static const struct option {
	short level;
	short name;
	int how;
} options[] = {
	{ SOL_SOCKET, SO_REUSEADDR, 0 },
	{ SOL_SOCKET, SO_REUSEPORT, 0 },
	{ SOL_SOCKET, SO_KEEPALIVE, 0 },
	{ SOL_SOCKET, SO_OOBINLINE, 0 },
	{ SOL_SOCKET, SO_LINGER, 0 },
	{ SOL_SOCKET, SO_BROADCAST, HINT },
	{ SOL_SOCKET, SO_DONTROUTE, 0 },
	{ SOL_SOCKET, SO_BINDTODEVICE, 0 },
	{ SOL_SOCKET, SO_MARK, 0 },
	{ SOL_SOCKET, SO_PRIORITY, 0 },
	{ SOL_SOCKET, SO_RCVTIMEO, 0 },
	{ SOL_SOCKET, SO_SNDTIMEO, 0 },
	{ SOL_SOCKET, SO_RCVLOWAT, 0 },
	{ SOL_SOCKET, SO_RCVBUF, HALVE },
	{ SOL_SOCKET, SO_SNDBUF, HALVE },
	{ SOL_SOCKET, SO_TIMESTAMP, 0 },
	{ SOL_SOCKET, SO_TIMESTAMPNS, 0 },
	{ SOL_SOCKET, SO_ZEROCOPY, 0 },
	{ SOL_SOCKET, SO_BUSY_POLL, HINT },
	{ SOL_SOCKET, SO_MAX_PACING_RATE, HINT },
	{ IPPROTO_IP, IP_TOS, 0 },
	{ IPPROTO_IP, IP_TTL, 0 },
	{ IPPROTO_IP, IP_MINTTL, 0 },
	{ IPPROTO_IP, IP_MTU_DISCOVER, 0 },
	{ IPPROTO_IP, IP_RECVERR, 0 },
	{ IPPROTO_IP, IP_FREEBIND, 0 },
	{ IPPROTO_IP, IP_TRANSPARENT, 0 },
	{ IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 0 },
	{ IPPROTO_IPV6, IPV6_V6ONLY, 0 },
	{ IPPROTO_IPV6, IPV6_TCLASS, 0 },
	{ IPPROTO_IPV6, IPV6_UNICAST_HOPS, 0 },
	{ IPPROTO_IPV6, IPV6_MINHOPCOUNT, 0 },
	{ IPPROTO_IPV6, IPV6_MTU_DISCOVER, 0 },
	{ IPPROTO_IPV6, IPV6_RECVERR, 0 },
	{ IPPROTO_IPV6, IPV6_FREEBIND, 0 },
	{ IPPROTO_IPV6, IPV6_TRANSPARENT, 0 },
	{ IPPROTO_TCP, TCP_NODELAY, 0 },
	{ IPPROTO_TCP, TCP_CORK, 0 },
	{ IPPROTO_TCP, TCP_MAXSEG, 0 },
	{ IPPROTO_TCP, TCP_KEEPIDLE, 0 },
	{ IPPROTO_TCP, TCP_KEEPINTVL, 0 },
	{ IPPROTO_TCP, TCP_KEEPCNT, 0 },
	{ IPPROTO_TCP, TCP_SYNCNT, 0 },
	{ IPPROTO_TCP, TCP_LINGER2, 0 },
	{ IPPROTO_TCP, TCP_DEFER_ACCEPT, 0 },
	{ IPPROTO_TCP, TCP_WINDOW_CLAMP, 0 },
	{ IPPROTO_TCP, TCP_USER_TIMEOUT, 0 },
	{ IPPROTO_TCP, TCP_NOTSENT_LOWAT, HINT },
	{ IPPROTO_TCP, TCP_INQ, 0 },
	{ IPPROTO_TCP, TCP_QUICKACK, HINT },
	{ IPPROTO_TCP, TCP_CONGESTION, HINT },
	{ IPPROTO_TCP, TCP_FASTOPEN, 0 },
	{ IPPROTO_TCP, TCP_FASTOPEN_KEY, 0 },
	{ IPPROTO_TCP, TCP_FASTOPEN_CONNECT, HINT },
	{ IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 0 },
	{ IPPROTO_TCP, TCP_ULP, 0 },
};

/* Bytes of the value; -1 if there is none. */
static int read_option(int fd, const struct option *o, void *value)
{
	socklen_t len = VALUE_MAX;

	memset(value, 0, VALUE_MAX);
	return getsockopt(fd, o->level, o->name, value, &len) ? -1 : (int)len;
}

static int set_option(int to, const struct option *o, void *value, int len)
{
	int n;

	if (o->how & HALVE) {
		memcpy(&n, value, sizeof(n));
		n /= 2;
		memcpy(value, &n, sizeof(n));
	}
	return setsockopt(to, o->level, o->name, value, len) && !(o->how & HINT) ? -1 : 0;
}

static int replay_option(int from, int fresh, int to, const struct option *o)
{
	char value[VALUE_MAX], usual[VALUE_MAX];
	int len = read_option(from, o, value);

	if (len < 0 || (read_option(fresh, o, usual) == len && !memcmp(value, usual, len)))
		return 0;
	return set_option(to, o, value, len);
}

/* A filter of classic BPF can be read back; of others the kernel says EACCES, and so do we. */
static int replay_filter(int from, int to)
{
	struct sock_fprog prog = { 0 };
	socklen_t len = 0;
	int ret;

	if (getsockopt(from, SOL_SOCKET, SO_GET_FILTER, NULL, &len))
		return -1;
	if (!len)
		return 0;
	prog.len = len;		/* of instructions */
	prog.filter = malloc(len * sizeof(*prog.filter));
	if (!prog.filter)
		return -1;
	ret = getsockopt(from, SOL_SOCKET, SO_GET_FILTER, prog.filter, &len);
	if (!ret)
		ret = setsockopt(to, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
	free(prog.filter);
	return ret;
}

/**
 * preload_replay() - set on one socket what is set on another
 * @from: a TCP socket
 * @to: a fresh xtcp socket
 * @domain: the family of both
 *
 * Return: 0, or -1 with errno set if something cannot be had that the program counts on.
 */
int preload_replay(int from, int to, int domain)
{
	int fresh = preload_real_socket(domain, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	int ret = 0, saved;
	size_t i;

	if (fresh < 0)
		return -1;
	for (i = 0; i < ARRAY_SIZE(options) && !ret; i++)
		ret = replay_option(from, fresh, to, &options[i]);
	if (!ret)
		ret = replay_filter(from, to);
	saved = errno;
	close(fresh);
	errno = saved;
	return ret;
}
