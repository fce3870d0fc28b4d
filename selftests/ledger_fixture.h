/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of tests that compare a listener's ledger with a generator's own
 * counts: a wire with clients at its end, a listener, and a tally: F-26. Once
 * for each family, and for IPv4 to an IPv6 socket.
 */
#ifndef XTCP_LEDGER_FIXTURE_H
#define XTCP_LEDGER_FIXTURE_H

#include "ledger_tally.h"
#include "pkt_fixture.h"

#include <string.h>
#include <unistd.h>

#define PEERS	24

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP keeps no ledger");
}

/**
 * struct books - a generator, and what it has made happen
 * @nl: netlink
 * @peers: clients; @unused: the next one to take
 * @own: what the ledger of the listener at hand must say
 * @total: what the counters of the namespace must say
 * @listener: the listener, at @port
 */
struct books {
	struct xt_nl nl;
	struct peer peers[PEERS];
	int unused;
	struct tally own;
	struct tally total;
	int listener;
	__u16 port;
};

FIXTURE(ledger)
{
	struct books books;
	struct books *b;
};

FIXTURE_VARIANT(ledger)
{
	enum xt_fam fam;	/* of the socket */
	enum xt_fam wire;
};

FIXTURE_VARIANT_ADD(ledger, v4)
{
	.fam = XT_V4,
	.wire = XT_V4,
};

FIXTURE_VARIANT_ADD(ledger, v6)
{
	.fam = XT_V6,
	.wire = XT_V6,
};

FIXTURE_VARIANT_ADD(ledger, mapped)
{
	.fam = XT_MAPPED,
	.wire = XT_V4,
};

/* A listener at any address, at @port or at one of its choice. */
static inline int listen_at(enum xt_fam fam, __u16 port, int backlog)
{
	int fd = xt_socket(fam);
	union xt_addr addr;
	socklen_t len = xt_any(fam, port, &addr);

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, len) || listen(fd, backlog))
		xt_die("listen");
	return fd;
}

static inline void begin(struct books *b, enum xt_fam fam, int backlog)
{
	b->listener = listen_at(fam, b->port, backlog);
	b->port = xt_port(b->listener);
	memset(&b->own, 0, sizeof(b->own));
}

FIXTURE_SETUP(ledger)
{
	if (pkt_left_out(_metadata->name))
		SKIP(_exit(255), "left out by XTCP_TEST_ONLY");
	pkt_up(variant->wire);
	xt_sysctl("invalid_ratelimit", "0");
	self->b = &self->books;
	memset(self->b, 0, sizeof(*self->b));
	if (!xt_nl_open(&self->b->nl))
		xt_die("no netlink family");
	begin(self->b, variant->fam, 64);
}

FIXTURE_TEARDOWN(ledger)
{
	peer_forget(&self->b->peers[0]);
	xt_nl_close(&self->b->nl);
	pkt_down();
}

/* The generator counts what it has made happen. */
#define count_n(item, n) do { \
	int n_ = (n); \
\
	b->own.c[XTCP_LEDGER_##item] += n_; \
	b->total.c[XTCP_LEDGER_##item] += n_; \
} while (0)
#define count(item)	count_n(item, 1)

#define check_ledger() \
	tally_check(PKT_HERE, &b->nl, b->port, &b->own, &b->total)

static inline struct told told(struct books *b)
{
	struct told t;

	if (!tally_read(&b->nl, b->port, &t))
		xt_die("no listener");
	return t;
}

/* Another client, that has not spoken yet. */
static inline struct peer *client(struct books *b)
{
	struct peer *p = &b->peers[b->unused++];

	if (b->unused > PEERS)
		xt_die("no more clients");
	peer_init(p);
	p->dut = b->port;
	return p;
}

/* A SYN that enters the queue. */
static inline void first_syn(struct books *b, struct peer *p)
{
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	count(SYNS);
	count(SYN_QUEUED);
}

static inline void third_segment(struct books *b, struct peer *p)
{
	inject(p, ACK, 1, 1);
	peer_wait_state(p, XT_ESTABLISHED);
	count(BORN);
}

static inline void accept_one(struct books *b)
{
	int fd = xt_accept(b->listener);

	count(ACCEPTED);
	xt_reset(&fd);
}

static inline void cookie_offered(struct books *b, struct peer *p)
{
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	count(SYNS);
	count(COOKIES_SENT);
}

/* The generator's ACK is refused; that is a reset. */
static inline void cookie_refused(struct books *b, struct peer *p, __u32 ack)
{
	expect(p, RST, ack, 0);
	count(RSTS_SENT);
}

#endif /* XTCP_LEDGER_FIXTURE_H */
