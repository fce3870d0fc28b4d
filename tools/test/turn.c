// SPDX-License-Identifier: GPL-2.0
/*
 * An unmodified program that does much to a socket before it has a port, for the tests of
 * "xtcpize run --port": prints what it sees afterwards, which must be what it set.
 *
 *	turn FIRST	use the first free port from FIRST on, for a server and its client
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "util.h"

#define TRIES	1000

static const struct {
	const char *name;
	int level;
	int option;
	int value;
} ints[] = {
	{ "SO_REUSEADDR",	SOL_SOCKET, SO_REUSEADDR, 1 },
	{ "SO_KEEPALIVE",	SOL_SOCKET, SO_KEEPALIVE, 1 },
	{ "SO_RCVBUF",		SOL_SOCKET, SO_RCVBUF, 50000 },
	{ "SO_SNDBUF",		SOL_SOCKET, SO_SNDBUF, 60000 },
	{ "SO_PRIORITY",	SOL_SOCKET, SO_PRIORITY, 3 },
	{ "IP_TTL",		IPPROTO_IP, IP_TTL, 33 },
	{ "TCP_NODELAY",	IPPROTO_TCP, TCP_NODELAY, 1 },
	{ "TCP_KEEPIDLE",	IPPROTO_TCP, TCP_KEEPIDLE, 77 },
	{ "TCP_USER_TIMEOUT",	IPPROTO_TCP, TCP_USER_TIMEOUT, 12345 },
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void set_all(int fd)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, 0xffffffff);
	struct sock_fprog prog = { .len = 1, .filter = &code };
	struct linger linger = { .l_onoff = 1, .l_linger = 5 };
	struct timeval time = { .tv_sec = 9 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ints); i++) {
		if (setsockopt(fd, ints[i].level, ints[i].option, &ints[i].value, sizeof(int)))
			die(ints[i].name);
	}
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) ||
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)))
		die("setsockopt");
}

static void print_all(int fd)
{
	struct linger linger = { 0 };
	struct timeval time = { 0 };
	socklen_t len;
	size_t i;
	int value;

	for (i = 0; i < ARRAY_SIZE(ints); i++) {
		len = sizeof(value);
		if (getsockopt(fd, ints[i].level, ints[i].option, &value, &len))
			die(ints[i].name);
		printf("%s %d\n", ints[i].name, value);
	}
	len = sizeof(linger);
	getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len);
	len = sizeof(time);
	getsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, &len);
	printf("linger %d %d timeout %ld\n", linger.l_onoff, linger.l_linger, (long)time.tv_sec);
	len = 0;
	getsockopt(fd, SOL_SOCKET, SO_GET_FILTER, NULL, &len);
	printf("filter %u flags %d %d\n", len, !!(fcntl(fd, F_GETFL) & O_NONBLOCK),
	       fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

/* Binds @fd to the first free port from @port on. */
static int bind_from(int fd, struct sockaddr_in *addr, int port)
{
	int last = port + TRIES;

	for (; port < last; port++) {
		addr->sin_port = htons(port);
		if (!bind(fd, (struct sockaddr *)addr, sizeof(*addr)))
			return port;
		if (errno != EADDRINUSE)
			break;
	}
	die("bind");
	return -1;
}

static void await(int set, unsigned long long data)
{
	struct epoll_event event = { 0 };

	if (epoll_wait(set, &event, 1, 10000) != 1)
		die("epoll_wait");
	printf("event %s\n", event.data.u64 == data ? "with its word" : "of another");
}

static void watch(int set, int fd, unsigned int events, unsigned long long data)
{
	struct epoll_event event = { .events = events, .data.u64 = data };

	if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event))
		die("epoll_ctl");
}

/* As servers of events do: into the set first, then to the port. */
static int connect_watched(int set, const struct sockaddr_in *addr)
{
	struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr = addr->sin_addr };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)))
		die("client");
	set_all(fd);
	watch(set, fd, EPOLLOUT | EPOLLET, 0xfeedfacecafebeef);
	if (connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno != EINPROGRESS)
		die("connect");
	return fd;
}

int main(int argc, char **argv)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	int server, client, set = epoll_create1(EPOLL_CLOEXEC);

	if (argc != 2) {
		fputs("usage: turn FIRST\n", stderr);
		return 2;
	}
	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server = socket(AF_INET, SOCK_STREAM, 0);
	if (server < 0)
		die("socket");
	set_all(server);
	bind_from(server, &addr, atoi(argv[1]));
	if (listen(server, 5))
		die("listen");
	print_all(server);
	client = connect_watched(set, &addr);
	await(set, 0xfeedfacecafebeef);
	print_all(client);
	if (accept(server, NULL, NULL) < 0)
		die("accept");
	return 0;
}
