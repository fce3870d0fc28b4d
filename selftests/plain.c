// SPDX-License-Identifier: GPL-2.0
/*
 * An ordinary program that knows nothing of xtcp, for xtcpize.sh; built as others are, and static.
 *
 *	plain kinds			make sockets of all kinds, print the protocol each tells
 *	plain listen PORT		listen, print "listening PORT", serve until killed: echo
 *	plain call PORT			the same, the socket made by syscall(2)
 *	plain daemon PORT		the same in a process that left its parent and session
 *	plain talk ADDRESS PORT BYTES	send that to such a server, and compare what comes back
 *	plain fast ADDRESS PORT BYTES	the same, connected by sending: MSG_FASTOPEN, in sendmsg if
 *					the port is odd, else in sendto
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"

static const struct {
	const char *name;
	int domain;
	int type;
	int protocol;
} kinds[] = {
	{ "tcp",	AF_INET, SOCK_STREAM, 0 },
	{ "tcp named",	AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP },
	{ "tcp6",	AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP },
	{ "udp",	AF_INET, SOCK_DGRAM, 0 },
	{ "udp6",	AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ "raw",	AF_INET, SOCK_RAW, IPPROTO_TCP },
	{ "unix",	AF_UNIX, SOCK_STREAM, 0 },
	{ "netlink",	AF_NETLINK, SOCK_RAW, 0 },
};

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int make_kinds(void)
{
	socklen_t len = sizeof(int);
	int fd, protocol;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		fd = socket(kinds[i].domain, kinds[i].type, kinds[i].protocol);
		if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len))
			die(kinds[i].name);
		printf("%s %d\n", kinds[i].name, protocol);
	}
	return 0;
}

static void echo(int fd)
{
	static char buf[65536];
	ssize_t n, sent, m;

	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (sent = 0; sent < n; sent += m) {
			m = write(fd, buf + sent, n - sent);
			if (m < 0)
				die("write");
		}
	}
}

static int serve(int fd, int port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int on = 1, child;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 8))
		die("bind");
	printf("listening %d\n", port);
	fflush(stdout);
	while ((child = accept(fd, NULL, NULL)) >= 0) {
		echo(child);
		close(child);
	}
	return 1;
}

static int serve_as_daemon(int port)
{
	if (fork())
		return 0;
	setsid();
	if (fork())
		return 0;
	return serve(socket(AF_INET, SOCK_STREAM, 0), port);
}

static unsigned char byte_at(size_t i)
{
	return i * 2654435761u >> 24;
}

static void fill(unsigned char *buf, size_t n, size_t from)
{
	size_t i;

	for (i = 0; i < n; i++)
		buf[i] = byte_at(from + i);
}

/* Sends and receives at once, or both ends' buffers would fill. */
static int exchange(int fd, size_t sent, size_t total)
{
	unsigned char out[4096], in[4096];
	size_t got = 0, want;
	struct pollfd p = { .fd = fd };
	ssize_t n, i;

	while (got < total) {
		p.events = POLLIN | (sent < total ? POLLOUT : 0);
		if (poll(&p, 1, 30000) <= 0)
			die("poll");
		if (p.revents & POLLOUT) {
			want = total - sent < sizeof(out) ? total - sent : sizeof(out);
			fill(out, want, sent);
			n = send(fd, out, want, MSG_DONTWAIT);
			sent += n > 0 ? n : 0;
		}
		n = recv(fd, in, sizeof(in), MSG_DONTWAIT);
		if (!n)
			die("end of file");
		for (i = 0; i < n; i++) {
			if (in[i] != byte_at(got + i))
				die("another byte");
		}
		got += n > 0 ? n : 0;
	}
	printf("echoed %zu\n", got);
	return 0;
}

/* Connect by sending the first byte; the port says by which call. */
static size_t connect_fast(int fd, struct sockaddr_in *addr, int port)
{
	unsigned char first;
	struct iovec iov = { .iov_base = &first, .iov_len = 1 };
	struct msghdr msg = {
		.msg_name = addr,
		.msg_namelen = sizeof(*addr),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	fill(&first, 1, 0);
	n = port & 1 ? sendmsg(fd, &msg, MSG_FASTOPEN) :
		       sendto(fd, &first, 1, MSG_FASTOPEN, (struct sockaddr *)addr,
			      sizeof(*addr));
	if (n != 1)
		die("MSG_FASTOPEN");
	return 1;
}

static int talk(const char *address, int port, size_t total, int fast)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};
	int fd = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);

	if (fd < 0 || inet_pton(AF_INET, address, &addr.sin_addr) != 1)
		die("socket");
	if (fast)
		return exchange(fd, connect_fast(fd, &addr, port), total);
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)))
		die("connect");
	return exchange(fd, 0, total);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	int port = argc > 2 ? atoi(argv[2]) : 0;

	if (!strcmp(command, "kinds"))
		return make_kinds();
	if (!strcmp(command, "listen") && port)
		return serve(socket(AF_INET, SOCK_STREAM, 0), port);
	if (!strcmp(command, "call") && port)
		return serve(syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), port);
	if (!strcmp(command, "daemon") && port)
		return serve_as_daemon(port);
	if ((!strcmp(command, "talk") || !strcmp(command, "fast")) && argc == 5)
		return talk(argv[2], atoi(argv[3]), strtoul(argv[4], NULL, 10),
			    command[0] == 'f');
	fputs("usage: plain kinds|listen PORT|call PORT|daemon PORT|talk|fast ADDRESS PORT BYTES\n",
	      stderr);
	return 2;
}
