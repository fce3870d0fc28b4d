// SPDX-License-Identifier: GPL-2.0
/*
 * TCP_DEFER_ACCEPT, segment by segment: a connection comes to accept with its
 * first data, or when patience ends (F-27).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"

#include <netinet/tcp.h>
#include <unistd.h>

/* The handshake of a connection that may wait so long, up to the SYN-ACK. */
static int defer(struct peer *p, int secs)
{
	int listener = peer_listen(p);

	if (xt_set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, secs))
		xt_die("TCP_DEFER_ACCEPT");
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	return listener;
}

static bool deferred(unsigned long want)
{
	return xt_is_tcp() || pkt_counter("DeferAcceptDrop") == want;
}

/* Nothing waits that has what is waited for. */
TEST_F(pkt, F27_data_with_the_third_segment)
{
	struct peer *p = self->p;
	int listener = defer(p, 5), fd;

	inject(p, ACK | PSH, 1, 1, .len = 100);
	fd = xt_accept(listener);
	app_read(fd, 0, 100);
	expect(p, ACK, 1, 101);
	EXPECT_TRUE(deferred(0));
}

TEST_F(pkt, F27_FIN_with_the_third_segment)
{
	struct peer *p = self->p;
	int listener = defer(p, 5), fd;

	inject(p, FIN | ACK, 1, 1);
	fd = xt_accept(listener);
	xt_expect_eof(fd);
	expect(p, ACK, 1, 2);
}

/* The client knows it as established; here it goes on being embryonic. */
TEST_F(pkt, F27_bare_third_segment_waits)
{
	struct peer *p = self->p;
	int listener = defer(p, 5), fd;

	inject(p, ACK, 1, 1);
	/* Its SYN-ACK does not go again, as it was answered. */
	expect_nothing(p, 1500);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	EXPECT_TRUE(deferred(1));
	inject(p, ACK | PSH, 1, 1, .len = 100);
	fd = xt_accept(listener);
	app_read(fd, 0, 100);
	expect(p, ACK, 1, 101);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	app_write(fd, 0, 50);
	expect(p, ACK, 1, 101, .len = 50);
	inject(p, ACK, 101, 51);
}

/* The SYN-ACK once more, and what answers it is accepted as it is. */
TEST_F(pkt, F27_patience_ends)
{
	struct peer *p = self->p;
	int listener = defer(p, 1), fd;

	inject(p, ACK, 1, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 800, .max_ms = 1900);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	works(p, fd);
	EXPECT_TRUE(deferred(1));
}

/* 3 s are asked for, so it goes again after 1 + 2 s. */
TEST_F(pkt, F27_patience_is_as_long_as_asked_for)
{
	struct peer *p = self->p;
	int listener = defer(p, 3);

	inject(p, ACK, 1, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 2500, .max_ms = 4500);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

/* A client that has gone away is not kept for ever. */
TEST_F(pkt, F27_no_data_and_no_answer)
{
	struct peer *p = self->p;
	int listener;

	xt_sysctl("synack_retries", "1");
	listener = defer(p, 1);
	inject(p, ACK, 1, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 800, .max_ms = 1900);
	expect_nothing(p, 2600);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	inject(p, ACK | PSH, 1, 1, .len = 100);
	expect(p, RST, 1, 0);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
}

TEST_F(pkt, F27_reset_while_it_waits)
{
	struct peer *p = self->p;
	int listener = defer(p, 5);

	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	inject(p, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
}

/* Nothing is kept of what a SYN cookie brings, so it cannot wait. */
TEST_F(pkt, F27_deferred_with_SYN_cookies)
{
	struct peer *p = self->p;
	int listener;

	xt_sysctl("syncookies", "2");
	listener = defer(p, 5);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

/* It can be taken back for those that come. */
TEST_F(pkt, F27_deferred_no_more)
{
	struct peer *p = self->p;
	int listener = defer(p, 5);

	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 0));
	p->port++;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

TEST_HARNESS_MAIN
