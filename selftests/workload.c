// SPDX-License-Identifier: GPL-2.0
/*
 * One kind of work between two namespaces, and how much of the processor it
 * took: what bench_*.sh compare (F-70).
 *
 * Where the machine counts instructions as time, a nanosecond is one; what the
 * processor was idle is taken off.
 */
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHUNK	(64 << 10)

struct work {
	const char *ns[2];	/* client's and server's namespace, by name */
	const char *address;	/* the server's */
	const char *kind;	/* bulk, rr or crr */
	__u64 count;		/* bytes, transactions or connections */
};

static char buffer[CHUNK];

static void enter(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		xt_die("namespace %s", name);
	close(fd);
}

static int endpoint(const struct work *w, __u16 port, union xt_addr *addr,
		    socklen_t *len)
{
	int fd;

	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, w->address, &addr->v4.sin_addr) == 1) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(port);
		*len = sizeof(addr->v4);
	} else if (inet_pton(AF_INET6, w->address, &addr->v6.sin6_addr) == 1) {
		addr->v6.sin6_family = AF_INET6;
		addr->v6.sin6_port = htons(port);
		*len = sizeof(addr->v6);
	} else {
		xt_die("'%s' is no address", w->address);
	}
	fd = socket(addr->sa.sa_family, SOCK_STREAM, xt_proto);
	if (fd < 0)
		xt_die("socket");
	return fd;
}

static int open_client(const struct work *w, __u16 port)
{
	union xt_addr addr;
	socklen_t len;
	int fd = endpoint(w, port, &addr, &len);

	if (connect(fd, &addr.sa, len))
		xt_die("connect");
	xt_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	return fd;
}

static int open_listener(const struct work *w)
{
	union xt_addr addr;
	socklen_t len;
	int fd = endpoint(w, 0, &addr, &len);

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, len) || listen(fd, 128))
		xt_die("listen");
	return fd;
}

static __u64 connections(const struct work *w)
{
	return strcmp(w->kind, "crr") ? 1 : w->count;
}

/* Answers each byte by one until the end; returns how many came. */
static __u64 serve(int fd, bool answer)
{
	__u64 total = 0;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0) {
		total += n;
		if (answer && send(fd, buffer, n, MSG_NOSIGNAL) != n)
			xt_die("send");
	}
	if (n < 0)
		xt_die("recv");
	return total;
}

static void server(const struct work *w, int listener)
{
	__u64 rounds = connections(w);

	while (rounds--) {
		int fd = accept(listener, NULL, NULL);

		if (fd < 0)
			xt_die("accept");
		if (serve(fd, strcmp(w->kind, "bulk")) !=
		    w->count / connections(w))
			xt_die("not what was sent");
		close(fd);
	}
	exit(0);
}

static void exchange(int fd, __u64 times)
{
	while (times--) {
		if (send(fd, "", 1, MSG_NOSIGNAL) != 1 ||
		    recv(fd, buffer, sizeof(buffer), 0) != 1)
			xt_die("exchange");
	}
}

static void pour(int fd, __u64 bytes)
{
	while (bytes) {
		size_t len = bytes < CHUNK ? bytes : CHUNK;

		if (send(fd, buffer, len, MSG_NOSIGNAL) != (ssize_t)len)
			xt_die("send");
		bytes -= len;
	}
}

static void client(const struct work *w, __u16 port)
{
	__u64 rounds = connections(w);

	while (rounds--) {
		int fd = open_client(w, port);

		if (!strcmp(w->kind, "bulk"))
			pour(fd, w->count);
		else
			exchange(fd, w->count / connections(w));
		shutdown(fd, SHUT_WR);
		xt_expect_eof(fd);
		close(fd);
	}
}

/* What the processor has done since it started, ns. */
static __u64 busy_ns(void)
{
	struct timespec ts;
	double up, idle;
	FILE *f = fopen("/proc/uptime", "r");

	clock_gettime(CLOCK_BOOTTIME, &ts);
	if (!f || fscanf(f, "%lf %lf", &up, &idle) != 2)
		xt_die("/proc/uptime");
	fclose(f);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec - (__u64)(idle * 1e9);
}

static __u64 measure(const struct work *w)
{
	int listener, status;
	__u64 start;
	__u16 port;
	pid_t pid;

	enter(w->ns[1]);
	listener = open_listener(w);
	port = xt_port(listener);
	pid = fork();
	if (pid < 0)
		xt_die("fork");
	if (!pid)
		server(w, listener);
	close(listener);
	enter(w->ns[0]);
	start = busy_ns();
	client(w, port);
	if (waitpid(pid, &status, 0) != pid || status)
		xt_die("the server ended with status %#x", status);
	return busy_ns() - start;
}

int main(int argc, char **argv)
{
	struct work w = {};

	if (argc != 6) {
		fprintf(stderr,
			"usage: workload CLIENT-NETNS SERVER-NETNS ADDRESS bulk|rr|crr COUNT\n");
		return 2;
	}
	w.ns[0] = argv[1];
	w.ns[1] = argv[2];
	w.address = argv[3];
	w.kind = argv[4];
	w.count = strtoull(argv[5], NULL, 0);
	printf("%llu\n", measure(&w));
	return 0;
}
