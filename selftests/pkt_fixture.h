/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of packet-level tests: a wire in a namespace of its own, with one
 * peer at its end, once for IPv4 and once for IPv6.
 */
#ifndef XTCP_PKT_FIXTURE_H
#define XTCP_PKT_FIXTURE_H

#include "pkt_peer.h"

#include <stdlib.h>
#include <unistd.h>

FIXTURE(pkt)
{
	struct peer peer;
	struct peer *p;
};

FIXTURE_VARIANT(pkt)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(pkt, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(pkt, v6)
{
	.fam = XT_V6,
};

/* Kernel TCP as near to what is under test as its knobs allow. */
static inline void pkt_plain_tcp(void)
{
	char has[16];

	xt_sysctl("congestion_control", "reno");
	xt_sysctl("autocorking", "0");
	xt_sysctl("syncookies", "0");
	xt_sysctl("sack", "0");
	xt_sysctl("frto", "0");
	xt_sysctl("ecn", "0");
	/* Send what may be sent, not when it is worth a larger burst. */
	xt_sysctl("tso_win_divisor", "100");
	if (xt_sysctl_read("syn_linear_timeouts", has, sizeof(has)))
		xt_sysctl("syn_linear_timeouts", "0");
}

FIXTURE_SETUP(pkt)
{
	if (pkt_left_out(_metadata->name))
		SKIP(_exit(255), "left out by XTCP_TEST_ONLY");
	pkt_up(variant->fam);
	/* Every question is answered; what spaces answers out has its own tests. */
	xt_sysctl("invalid_ratelimit", "0");
	if (xt_is_tcp())
		pkt_plain_tcp();
	self->p = &self->peer;
	peer_init(self->p);
}

FIXTURE_TEARDOWN(pkt)
{
	peer_forget(self->p);
	pkt_down();
}

/*
 * This test fails on the stack under test, by decision or by inheritance: its
 * requirement is shown as a deviation. XTCP_TEST_DEVIATIONS=1 runs it all the
 * same, to see whether it still does.
 */
#define DEVIATES(whose, why) do { \
	if ((whose) && !getenv("XTCP_TEST_DEVIATIONS")) \
		SKIP(return, "deviates: " why); \
} while (0)

#define TCP_DEVIATES(why)	DEVIATES(xt_is_tcp(), why)
#define XTCP_DEVIATES(why)	DEVIATES(!xt_is_tcp(), why)

/* This test takes minutes: only where they pass at once. */
#define LONG() do { \
	if (!pkt_time_is_cheap()) \
		SKIP(return, "takes minutes: needs a virtual clock"); \
} while (0)

#endif /* XTCP_PKT_FIXTURE_H */
