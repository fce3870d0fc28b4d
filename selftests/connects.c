// SPDX-License-Identifier: GPL-2.0
/*
 * Real clients beside a flood: what a test of floods needs (F-25).
 *
 * Usage: connects serve ADDRESS PORT
 *	    accepts, and answers each byte by one, until its input ends; says
 *	    "ready".
 *	  connects ask ADDRESS PORT COUNT
 *	    connects COUNT times, one after the other, gives each 5 s for a
 *	    byte and its answer, and says how many succeeded, and the median
 *	    time of connect, us.
 *	  connects reopen ADDRESS PORT COUNT
 *	    opens a listener and closes it, COUNT times, each when segments came.
 *	  connects hold ADDRESS PORT
 *	    exchanges bytes on one connection until its input ends; says how many.
 */
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS	5000
#define SERVED		1024	/* connections at once */

static union xt_addr addr;
static socklen_t addr_len;

static void read_address(const char *text, const char *port)
{
	if (inet_pton(AF_INET, text, &addr.v4.sin_addr) == 1) {
		addr.v4.sin_family = AF_INET;
		addr.v4.sin_port = htons(atoi(port));
		addr_len = sizeof(addr.v4);
	} else if (inet_pton(AF_INET6, text, &addr.v6.sin6_addr) == 1) {
		addr.v6.sin6_family = AF_INET6;
		addr.v6.sin6_port = htons(atoi(port));
		addr_len = sizeof(addr.v6);
	} else {
		xt_die("'%s' is no address", text);
	}
}

static int open_socket(void)
{
	int fd = socket(addr.sa.sa_family, SOCK_STREAM, xt_proto);

	if (fd < 0)
		xt_die("socket");
	return fd;
}

static int open_listener(void)
{
	int fd = open_socket();

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, addr_len) || listen(fd, 128))
		xt_die("listen");
	return fd;
}

static __u64 now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

/* Answer what came; false when the connection is over. */
static bool answer(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 1 &&
	       send(fd, &byte, 1, MSG_NOSIGNAL) == 1;
}

static void serve(void)
{
	struct pollfd p[SERVED] = {
		{ .fd = 0, .events = POLLIN },
		{ .fd = open_listener(), .events = POLLIN },
	};
	int i, n = 2;

	puts("ready");
	fflush(stdout);
	while (!p[0].revents) {
		poll(p, n, -1);
		for (i = n - 1; i >= 2; i--) {
			if (!p[i].revents || answer(p[i].fd))
				continue;
			close(p[i].fd);
			p[i] = p[--n];
		}
		if (p[1].revents && n < SERVED)
			p[n++] = (struct pollfd){
				.fd = xt_accept(p[1].fd), .events = POLLIN,
			};
	}
}

static bool exchange(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char byte = 1;

	return send(fd, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       poll(&p, 1, PATIENCE_MS) == 1 && recv(fd, &byte, 1, 0) == 1;
}

/* The time of connect, us; 0 when it failed. */
static __u64 ask_once(void)
{
	struct pollfd p = { .fd = open_socket(), .events = POLLOUT };
	__u64 start = now_us(), took = 0;

	xt_nonblock(p.fd, true);
	if ((!connect(p.fd, &addr.sa, addr_len) || errno == EINPROGRESS) &&
	    poll(&p, 1, PATIENCE_MS) == 1 && !xt_sock_error(p.fd)) {
		took = now_us() - start + 1;
		if (!exchange(p.fd))
			took = 0;
	}
	xt_reset(&p.fd);
	return took;
}

static int compare(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

static void ask(int count)
{
	__u64 *took = calloc(count, sizeof(*took));
	int i, ok = 0;

	if (!took)
		xt_die("memory");
	for (i = 0; i < count; i++) {
		took[ok] = ask_once();
		ok += !!took[ok];
	}
	qsort(took, ok, sizeof(*took), compare);
	printf("%d %llu\n", ok, ok ? took[ok / 2] : 0);
}

/* Segments that came into this namespace, of the kernel's TCP or of xtcp. */
static __u64 in_segs(void)
{
	char line[1024], name[64];
	__u64 v[16] = {}, count = 0;
	FILE *f = fopen(xt_is_tcp() ? "/proc/net/snmp" : "/proc/net/xtcp_stat", "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (xt_is_tcp() &&
		    sscanf(line, "Tcp: %llu %llu %llu %lld %llu %llu %llu %llu %llu %llu",
			   v, v + 1, v + 2, (long long *)v + 3, v + 4, v + 5,
			   v + 6, v + 7, v + 8, v + 9) == 10)
			count = v[9];
		else if (!xt_is_tcp() &&
			 sscanf(line, "%63s %llu", name, v) == 2 &&
			 !strcmp(name, "InSegs"))
			count = v[0];
	}
	if (f)
		fclose(f);
	return count;
}

static void reopen(int count)
{
	while (count--) {
		int fd = open_listener();
		__u64 start = in_segs(), end = xt_now_ms() + XT_DEADLINE_MS;

		while (in_segs() - start < 50 && xt_now_ms() < end)
			sched_yield();
		close(fd);
	}
}

static void hold(void)
{
	struct pollfd p = { .fd = 0, .events = POLLIN };
	int fd = open_socket(), n = 0;

	if (connect(fd, &addr.sa, addr_len))
		xt_die("connect");
	puts("ready");
	fflush(stdout);
	do {
		if (!exchange(fd))
			xt_die("after %d bytes", n);
		n++;
	} while (!poll(&p, 1, 1));
	printf("%d\n", n);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		xt_die("usage: connects serve|ask|reopen|hold ADDRESS PORT [COUNT]");
	read_address(argv[2], argv[3]);
	if (!strcmp(argv[1], "serve"))
		serve();
	else if (!strcmp(argv[1], "ask") && argc == 5)
		ask(atoi(argv[4]));
	else if (!strcmp(argv[1], "reopen") && argc == 5)
		reopen(atoi(argv[4]));
	else if (!strcmp(argv[1], "hold"))
		hold();
	else
		xt_die("%s: what?", argv[1]);
	return 0;
}
