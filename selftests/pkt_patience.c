// SPDX-License-Identifier: GPL-2.0
/*
 * How long a peer that does not answer is waited for, at the defaults and with
 * the socket's own times: keepalive, the user timeout, closed windows, orphans,
 * FIN-WAIT-2 (F-47, F-50, F-51, F-53). The same is asked of kernel TCP.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <errno.h>
#include <netinet/tcp.h>

#define LONG_S		40000	/* what a test may take whose time is virtual */
#define S		1000	/* ms */

/*
 * The kernel's timers are coarser the longer they run: up to an eighth. How late
 * a busy machine is by its own clock nobody knows.
 */
static int late(int ms)
{
	return pkt_time_is_cheap() ? ms + ms / 8 + 500 : 0;
}

/* A keepalive probe so many ms after the last segment. */
static void probe_after(struct peer *p, int ms)
{
	expect(p, ACK, 0, 1, .min_ms = ms - 20, .max_ms = late(ms));
}

/* And the end. */
static void reset_after(struct peer *p, int ms)
{
	expect(p, RST | ACK, 1, 1, .min_ms = ms - 20, .max_ms = late(ms));
}

static void keepalive(int fd, int idle, int intvl, int count)
{
	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, intvl);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPCNT, count);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
}

/* Two hours of silence, then nine probes 75 s apart, then out. */
TEST_F_TIMEOUT(pkt, F50_defaults_peer_gone, LONG_S)
{
	struct peer *p = self->p;
	int fd, i;

	LONG();
	fd = peer_accepted(p);
	p->mark_us = pkt_now_us();
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	probe_after(p, 7200 * S);
	for (i = 1; i < 9; i++)
		probe_after(p, 75 * S);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	reset_after(p, 75 * S);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* An answer, to the last probe even, and two hours begin anew. */
TEST_F_TIMEOUT(pkt, F51_defaults_peer_alive, LONG_S)
{
	struct peer *p = self->p;
	int fd, i, round;

	LONG();
	fd = peer_accepted(p);
	p->mark_us = pkt_now_us();
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	for (round = 0; round < 2; round++) {
		probe_after(p, 7200 * S);
		for (i = 1; i < 9; i++)
			probe_after(p, 75 * S);
		inject(p, ACK, 1, 1);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(0, xt_sock_error(fd));
}

TEST_F_TIMEOUT(pkt, F51_defaults_peer_rebooted, LONG_S)
{
	struct peer *p = self->p;
	int fd;

	LONG();
	fd = peer_accepted(p);
	p->mark_us = pkt_now_us();
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	probe_after(p, 7200 * S);
	inject(p, RST, 1, 0);
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/*
 * A probe of a silent peer is due in a moment: what is coarse enough for ten
 * minutes is not so for an RTO, nor for an ACK that was put off.
 */
TEST_F_TIMEOUT(pkt, F50_due_soon_and_data_unacknowledged, LONG_S)
{
	struct peer *p = self->p;
	int fd;

	LONG();
	fd = peer_accepted(p);
	keepalive(fd, 600, 75, 9);
	expect_nothing(p, 600 * S - 100);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	expect(p, ACK, 1, 1, .len = 10, .min_ms = 180, .max_ms = late(200));
}

TEST_F_TIMEOUT(pkt, F50_due_soon_and_an_ACK_delayed, LONG_S)
{
	struct peer *p = self->p;
	int fd;

	LONG();
	fd = peer_accepted(p);
	xt_set(fd, IPPROTO_TCP, TCP_QUICKACK, 0);
	keepalive(fd, 600, 75, 9);
	expect_nothing(p, 600 * S - 20);
	inject(p, ACK, 1, 1, .len = 10);
	expect(p, ACK, 1, 11, .max_ms = late(40));
}

/* The time counts, and neither probe's number: TCP_USER_TIMEOUT is longer ... */
TEST_F(pkt, F53_user_timeout_lengthens_keepalive)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), n = 0;
	__u64 begin = xt_now_ms();

	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 5500);
	keepalive(fd, 1, 1, 2);
	while (peer_next(p, XT_DEADLINE_MS) && p->last->flags == ACK)
		n++;
	EXPECT_EQ(RST | ACK, p->last->flags);
	/* Only two would have been let go unanswered. */
	EXPECT_LE(3, n);
	EXPECT_LE(5400, xt_now_ms() - begin);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* ... or shorter. */
TEST_F(pkt, F53_user_timeout_shortens_keepalive)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	p->mark_us = pkt_now_us();
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
	keepalive(fd, 1, 1, 60);
	probe_after(p, 1 * S);
	reset_after(p, 1 * S);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* A peer that answers is alive, however short the user's patience. */
TEST_F(pkt, F53_user_timeout_and_a_peer_that_answers)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	p->mark_us = pkt_now_us();
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 500);
	keepalive(fd, 1, 1, 1);
	for (i = 0; i < 4; i++) {
		probe_after(p, 1 * S);
		inject(p, ACK, 1, 1);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/* Without keepalive: what is not acknowledged in time ends it. */
TEST_F(pkt, F53_user_timeout_of_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u64 begin;

	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 3000);
	begin = xt_now_ms();
	app_write(fd, 0, 10);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(2900, xt_now_ms() - begin);
	EXPECT_GE(XT_DEADLINE_MS, xt_now_ms() - begin);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

static int closed_window(struct peer *p)
{
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .zero_wnd = true);
	app_write(fd, 0, 10);
	return fd;
}

/* A window may stay closed for ever, as long as the probes are answered ... */
TEST_F(pkt, F53_closed_window_and_a_peer_that_answers)
{
	struct peer *p = self->p;
	int fd, i;

	xt_sysctl("retries2", "2");
	fd = closed_window(p);
	for (i = 0; i < 5; i++) {
		expect(p, ACK, 0, 2);
		inject(p, ACK, 2, 1, .zero_wnd = true);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(0, xt_sock_error(fd));
}

/* ... but no longer than retries2 probes without an answer ... */
TEST_F(pkt, F53_closed_window_and_no_answer)
{
	struct peer *p = self->p;
	int fd;

	xt_sysctl("retries2", "3");
	fd = closed_window(p);
	expect(p, ACK, 0, 2);
	expect(p, ACK, 0, 2);
	expect(p, ACK, 0, 2);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* ... nor than the user has patience. */
TEST_F(pkt, F53_closed_window_and_a_user_timeout)
{
	struct peer *p = self->p;
	__u64 begin;
	int fd;

	fd = closed_window(p);
	begin = xt_now_ms();
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 2000);
	while (peer_next(p, 4000) && xt_now_ms() - begin < 10000)
		inject(p, ACK, 2, 1, .zero_wnd = true);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* Orphans: the same, by orphan_retries. */
TEST_F(pkt, F47_orphan_and_a_closed_window)
{
	struct peer *p = self->p;

	xt_sysctl("orphan_retries", "2");
	close(closed_window(p));
	expect(p, ACK, 0, 2);
	expect(p, ACK, 0, 2);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	expect_nothing(p, SOON_MS);
}

/* What orphans may do is not bounded by what sockets may. */
TEST_F(pkt, F47_orphan_retries_beyond_retries2)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	/* A socket would end at the second timeout. */
	xt_sysctl("retries2", "0");
	xt_sysctl("orphan_retries", "6");
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	expect(p, FIN | ACK, 1, 1);
	expect(p, FIN | ACK, 1, 1);
	xt_sysctl("orphan_retries", "1");
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
}

/* About as long as 8 retransmissions take, if nothing is said: 102.2 s. */
TEST_F_TIMEOUT(pkt, F47_orphan_at_the_default, LONG_S)
{
	struct peer *p = self->p;
	__u64 begin;

	LONG();
	close(peer_accepted(p));
	begin = xt_now_ms();
	while (peer_state(p) != XT_NONE && xt_now_ms() - begin < 400 * S)
		peer_drain(p, 500);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_LE(100 * S, xt_now_ms() - begin);
	EXPECT_GE(125 * S, xt_now_ms() - begin);
}

/* FIN-WAIT-2 of an orphan: TCP_LINGER2 in its forms */

/* Without one, as the namespace says. */
TEST_F(pkt, F47_linger2_of_zero)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);
	__u64 begin = xt_now_ms();

	xt_sysctl("fin_timeout", "2");
	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, 0);
	close(fd);
	EXPECT_EQ(XT_FIN_WAIT2, peer_state(p));
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(1900, xt_now_ms() - begin);
	EXPECT_GE(XT_DEADLINE_MS, xt_now_ms() - begin);
	/* It is nobody's now. */
	inject(p, FIN | ACK, 1, 2);
	expect(p, RST, 2, 0, .again_ok = true);
}

TEST_F(pkt, F47_linger2_of_two_seconds)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);
	__u64 begin = xt_now_ms();

	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, 2);
	EXPECT_EQ(2, xt_get(fd, IPPROTO_TCP, TCP_LINGER2));
	close(fd);
	EXPECT_EQ(XT_FIN_WAIT2, peer_state(p));
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(1900, xt_now_ms() - begin);
	EXPECT_GE(XT_DEADLINE_MS, xt_now_ms() - begin);
}

/* None at all: reset as soon as the FIN is acknowledged ... */
TEST_F(pkt, F47_linger2_below_zero)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, -1);
	EXPECT_EQ(-1, xt_get(fd, IPPROTO_TCP, TCP_LINGER2));
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK, 1, 2);
	expect_reset(p, 2);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* ... or as soon as the process lets go. */
TEST_F(pkt, F47_linger2_below_zero_in_FIN_WAIT_2)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, -1);
	close(fd);
	expect_reset(p, 2);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* The minute of the default. */
TEST_F_TIMEOUT(pkt, F47_FIN_WAIT_2_at_the_default, LONG_S)
{
	struct peer *p = self->p;
	__u64 begin;

	LONG();
	close(to_fin_wait_2(p));
	begin = xt_now_ms();
	while (peer_state(p) != XT_NONE && xt_now_ms() - begin < 200 * S)
		peer_drain(p, 500);
	EXPECT_LE(59 * S, xt_now_ms() - begin);
	EXPECT_GE(70 * S, xt_now_ms() - begin);
}

TEST_HARNESS_MAIN
