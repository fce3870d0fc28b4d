/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ways into the states that follow ESTABLISHED, and what is asked there.
 */
#ifndef XTCP_PKT_STATES_H
#define XTCP_PKT_STATES_H

#include "pkt_peer.h"

#include <unistd.h>

static inline void state_is(const char *where, struct peer *p, enum xt_state want)
{
	enum xt_state seen = peer_wait_state(p, want);

	if (seen != want)
		peer_fail(where, p, "state %d expected, %d seen", want, seen);
}

#define state(p, want)	state_is(PKT_HERE, p, want)

/* A reset by the stack under test, of either form, at @seq. */
#define expect_reset(p, seq) \
	expect(p, RST, seq, ANY, .maybe_ack = true, .again_ok = true)

static inline void abortive(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Ways into each state, from ESTABLISHED on; they return the socket. */

static inline int to_fin_wait_1(struct peer *p)
{
	int fd = peer_accepted(p);

	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 1, 1);
	state(p, XT_FIN_WAIT1);
	return fd;
}

static inline int to_fin_wait_2(struct peer *p)
{
	int fd = to_fin_wait_1(p);

	inject(p, ACK, 1, 2);
	state(p, XT_FIN_WAIT2);
	return fd;
}

static inline int to_close_wait(struct peer *p)
{
	int fd = peer_accepted(p);

	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 1, 2);
	state(p, XT_CLOSE_WAIT);
	return fd;
}

static inline int to_closing(struct peer *p)
{
	int fd = to_fin_wait_1(p);

	inject(p, FIN | ACK, 1, 1);
	expect(p, ACK, 2, 2, .again_ok = true);
	state(p, XT_CLOSING);
	return fd;
}

static inline int to_last_ack(struct peer *p)
{
	int fd = to_close_wait(p);

	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 1, 2);
	state(p, XT_LAST_ACK);
	return fd;
}

static inline void to_time_wait(struct peer *p)
{
	close(to_fin_wait_2(p));
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
}

#endif /* XTCP_PKT_STATES_H */
