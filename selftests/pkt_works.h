/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the handshake have in common: that it was a success.
 */
#ifndef XTCP_PKT_WORKS_H
#define XTCP_PKT_WORKS_H

#include "pkt_peer.h"

/* What the stack under test announces on a wire of PKT_MTU bytes. */
static inline __u16 own_mss(void)
{
	return PKT_MTU - 20 - (pkt_fam() == XT_V4 ? 20 : 40);
}

/* A connection must be able to do this, both ways. */
static inline void works(struct peer *p, int fd)
{
	inject(p, ACK | PSH, 1, 1, .len = 100);
	app_read(fd, 0, 100);
	expect(p, ACK, 1, 101);
	app_write(fd, 0, 200);
	expect(p, ACK, 1, 101, .len = 200);
	inject(p, ACK, 101, 201);
}

/* The rest of a handshake whose SYN-ACK is still to come. */
static inline void completes(struct peer *p, int listener)
{
	int fd;

	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	works(p, fd);
}

#endif /* XTCP_PKT_WORKS_H */
