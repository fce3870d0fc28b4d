// SPDX-License-Identifier: GPL-2.0
/*
 * Makes connections over the loopback that the client closes first, each with a
 * byte and its answer, or of nothing but their beginning and end: waiting entries
 * by the thousand, for a test to look at (F-41, F-49).
 *
 * Usage: tw_fill [-e] v4|v6 COUNT PER [PORT]
 *	    PER connections to each of as many listeners as COUNT takes, from PORT
 *	    (100) on; says how many it made, and the error that ended it, or 0.
 *	    -e: empty connections.
 */
#include "xtcp_test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool empty;

static bool closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, 0) == 0;
}

static bool exchange(int client, int server)
{
	char byte = 1;

	return send(client, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       recv(server, &byte, 1, 0) == 1 &&
	       send(server, &byte, 1, MSG_NOSIGNAL) == 1 &&
	       recv(client, &byte, 1, 0) == 1;
}

static void talk(int client, int server)
{
	if (!exchange(client, server))
		xt_die("a byte and its answer");
	if (shutdown(client, SHUT_WR) || !closed(server))
		xt_die("the server sees no end");
	shutdown(server, SHUT_WR);
	if (!closed(client))
		xt_die("the client sees no end");
	close(client);
}

/* If the server closed before it knew, both would wait. */
static void hang_up(int client, int server)
{
	close(client);
	if (!closed(server))
		xt_die("the server sees no end");
}

/* One connection, to its end on both sides; 0, or the error of connect. */
static int one(enum xt_fam fam, int listener, const union xt_addr *addr,
	       socklen_t len)
{
	int client = xt_socket(fam), server, err = 0;

	if (connect(client, &addr->sa, len)) {
		err = errno;
		close(client);
		return err;
	}
	server = xt_accept(listener);
	if (empty)
		hang_up(client, server);
	else
		talk(client, server);
	close(server);
	return 0;
}

int main(int argc, char **argv)
{
	long count, per, first, made = 0;
	enum xt_fam fam;
	int err = 0;

	if (argc > 1 && !strcmp(argv[1], "-e")) {
		empty = true;
		argv++;
		argc--;
	}
	if (argc != 4 && argc != 5)
		xt_die("usage: tw_fill [-e] v4|v6 COUNT PER [PORT]");
	fam = strcmp(argv[1], "v6") ? XT_V4 : XT_V6;
	count = atol(argv[2]);
	per = atol(argv[3]);
	first = argc > 4 ? atol(argv[4]) : 100;
	while (!err && made < count) {
		union xt_addr addr;
		socklen_t len = xt_loopback(fam, first + made / per, &addr);
		int listener = xt_bound(fam, first + made / per);
		long end = made + per < count ? made + per : count;

		if (listen(listener, 1))
			xt_die("listen");
		while (made < end && !(err = one(fam, listener, &addr, len)))
			made++;
		close(listener);
	}
	printf("%ld %d\n", made, err);
	return 0;
}
