// SPDX-License-Identifier: GPL-2.0
/*
 * Holds sockets of the protocol under test in a phase of their life until
 * its input ends: what a test of unloading or of a namespace's end needs.
 *
 * Usage: hold fresh|bound|listen|connected|half|unread|connecting|waiting|
 *	       family|dump [v6]
 *
 * Says "ready" on a line of its own when the phase is reached.
 */
#include "xtcp_nl.h"
#include "xtcp_test.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static int client = -1, server = -1;

static void fresh(enum xt_fam fam)
{
	client = xt_socket(fam);
}

static void bound(enum xt_fam fam)
{
	client = xt_bound(fam, 0);
}

static void listening(enum xt_fam fam)
{
	client = xt_listen(fam, 4);
}

static void connected(enum xt_fam fam)
{
	xt_pair(fam, &client, &server);
}

static void half(enum xt_fam fam)
{
	connected(fam);
	if (shutdown(client, SHUT_WR))
		xt_die("shutdown");
	xt_expect_eof(server);
}

static void unread(enum xt_fam fam)
{
	connected(fam);
	xt_fill(client);
}

/* A SYN that nobody answers; in a namespace of its own. */
static void connecting(enum xt_fam fam)
{
	union xt_addr addr;

	xt_ns();
	xt_silent_peer(fam, &addr);
	fresh(fam);
	xt_nonblock(client, true);
	if (!connect(client, &addr.sa, sizeof(addr)) || errno != EINPROGRESS)
		xt_die("connect");
}

/* Leaves an entry in TIME-WAIT, and no socket. */
static void waiting(enum xt_fam fam)
{
	__u16 lport, rport;

	connected(fam);
	lport = xt_port(client);
	rport = xt_port(server);
	xt_close(&client);
	xt_expect_eof(server);
	xt_close(&server);
	if (xt_wait_state(lport, rport, XT_TIME_WAIT) != XT_TIME_WAIT)
		xt_die("no TIME-WAIT");
}

static struct xt_nl nl;

/* Looks the netlink family up, which loads its module. */
static void look_up(enum xt_fam fam)
{
	fresh(fam);
	if (!xt_nl_open(&nl))
		xt_die("no netlink family");
}

/* Begins a dump of more than a datagram, and reads none of it. */
static void dump(enum xt_fam fam)
{
	int i;

	look_up(fam);
	for (i = 0; i < 500; i++)
		xt_listen(fam, 1);
	xt_nl_ask(&nl, XTCP_CMD_LISTENERS, NLM_F_DUMP, NULL, 0);
}

static const struct {
	const char *name;
	void (*reach)(enum xt_fam fam);
} phases[] = {
	{ "fresh", fresh },
	{ "bound", bound },
	{ "listen", listening },
	{ "connected", connected },
	{ "half", half },
	{ "unread", unread },
	{ "connecting", connecting },
	{ "waiting", waiting },
	{ "family", look_up },
	{ "dump", dump },
	{ NULL, NULL },
};

int main(int argc, char **argv)
{
	const char *wanted = argc > 1 ? argv[1] : "";
	int i = 0;
	char c;

	while (phases[i].name && strcmp(phases[i].name, wanted))
		i++;
	if (!phases[i].name) {
		fprintf(stderr, "hold: no phase '%s'\n", wanted);
		return 2;
	}
	phases[i].reach(argc > 2 && !strcmp(argv[2], "v6") ? XT_V6 : XT_V4);
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		;
	return 0;
}
