// SPDX-License-Identifier: GPL-2.0
/*
 * Windows and ACKs, requirement by requirement: RFC 9293 sections 3.8.6 and
 * 3.10.7.4, RFC 7323 section 2.4, RFC 6429, RFC 5961 section 5.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"
#include "pkt_works.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */

/* The window to @wnd bytes, by a byte of data, so that it is surely news. */
static void set_window(struct peer *p, int fd, __u16 wnd)
{
	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .wnd = wnd, .zero_wnd = !wnd);
}

/* Data waits behind a closed window. */
static int persists(struct peer *p)
{
	int fd = peer_accepted(p);

	set_window(p, fd, 0);
	app_write(fd, 0, 500);
	return fd;
}

/* The window shrinks: RFC9293-SHLD-15 to -17, -MAY-7 */

static int shrunk(struct peer *p)
{
	int fd = peer_accepted(p);
	__u32 i;

	app_write(fd, 0, 4 * MSS);
	for (i = 0; i < 4; i++)
		expect(p, ACK, 1 + i * MSS, 1, .len = MSS);
	inject(p, ACK, 1, 1 + MSS, .wnd = MSS);
	return fd;
}

TEST_F(pkt, SHLD15_no_new_data_beyond_a_shrunk_window)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = shrunk(p);
	app_write(fd, 4 * MSS, 3 * MSS);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 1 + 4 * MSS, .wnd = 2 * MSS);
	expect(p, ACK, 1 + 4 * MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 5 * MSS, 1, .len = MSS);
	expect_nothing(p, SOON_MS);
}

/* What lies inside it is retransmitted as ever. */
TEST_F(pkt, SHLD16_old_data_inside_a_shrunk_window)
{
	struct peer *p = self->p;
	int i;

	shrunk(p);
	for (i = 0; i < 2; i++)
		expect(p, ACK, 1 + MSS, 1, .len = MSS, .min_ms = 100);
	inject(p, ACK, 1, 1 + 2 * MSS, .wnd = 2 * MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
}

/* What lies beyond it does not end the connection, as long as ACKs come. */
TEST_F(pkt, SHLD17_no_timeout_beyond_a_shrunk_window)
{
	struct peer *p = self->p;
	int fd, i;

	xt_sysctl("retries2", "3");
	fd = shrunk(p);
	for (i = 0; i < 7; i++) {
		expect(p, ACK, 1 + MSS, 1, .any_len = true);
		inject(p, ACK, 1, 1 + MSS, .zero_wnd = true);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(0, xt_sock_error(fd));
	inject(p, ACK, 1, 1 + 4 * MSS);
	inject(p, ACK | PSH, 1, 1 + 4 * MSS, .len = 10);
	app_read(fd, 0, 10);
}

/* Zero windows */

/* RFC9293-MUST-37, RFC6429-01: far beyond the count that ends a silence. */
TEST_F(pkt, MUST37_open_as_long_as_probes_are_answered)
{
	struct peer *p = self->p;
	int fd, i;

	xt_sysctl("retries2", "2");
	fd = persists(p);
	for (i = 0; i < 6; i++) {
		expect(p, ACK, 0, 2);
		inject(p, ACK, 2, 1, .zero_wnd = true);
	}
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, ACK, 2, 1);
	expect(p, ACK, 1, 2, .len = 500, .again_ok = true);
	EXPECT_EQ(0, xt_sock_error(fd));
}

/* A peer that answers none is gone. */
TEST_F(pkt, MUST37_unanswered_probes_end_it)
{
	struct peer *p = self->p;
	int fd, n = 0;

	xt_sysctl("retries2", "2");
	fd = persists(p);
	while (!(xt_events(fd, POLLIN) & POLLERR) && n < 20)
		n += peer_drain(p, 200);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_LE(2, n);
	EXPECT_GE(5, n);
}

/* RFC9293-SHLD-29, -30: the first after an RTO, then twice as long each. */
TEST_F(pkt, SHLD30_probes_back_off)
{
	struct peer *p = self->p;
	__u64 start, at[5];
	int i;

	persists(p);
	start = p->mark_us;
	for (i = 0; i < 5; i++) {
		at[i] = expect(p, ACK, 0, 2)->at_us;
		inject(p, ACK, 2, 1, .zero_wnd = true);
	}
	EXPECT_LE(150000, at[0] - start);
	EXPECT_GE(1500000, at[0] - start);
	EXPECT_LE((at[2] - at[1]) * 3 / 2, at[3] - at[2]);
	EXPECT_LE((at[3] - at[2]) * 3 / 2, at[4] - at[3]);
}

/* RFC6429-02: the user ends it whenever he wants. */
TEST_F(pkt, RFC6429_02_abort_behind_a_zero_window)
{
	struct peer *p = self->p;
	int fd = persists(p);

	expect(p, ACK, 0, 2);
	abortive(fd);
	close(fd);
	expect(p, RST | ACK, 1, 2, .again_ok = true);
	state(p, XT_NONE);
	expect_nothing(p, 600);
}

TEST_F(pkt, RFC6429_02_close_behind_a_zero_window)
{
	struct peer *p = self->p;
	int fd = persists(p);

	close(fd);
	state(p, XT_FIN_WAIT1);
	expect(p, ACK, 0, 2);
	inject(p, ACK, 2, 1, .wnd = 5000);
	/* A busy machine has seen the next probe go before that. */
	expect(p, FIN | ACK, 1, 2, .len = 500, .again_ok = true);
	inject(p, ACK, 2, 502);
	state(p, XT_FIN_WAIT2);
}

/* RFC6429-03: an orphan is not kept for ever. */
TEST_F(pkt, RFC6429_03_orphan_behind_a_zero_window)
{
	struct peer *p = self->p;
	int fd, n = 0;

	xt_sysctl("orphan_retries", "2");
	fd = persists(p);
	close(fd);
	while (peer_state(p) != XT_NONE && n++ < 40)
		peer_drain(p, 200);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-TXT-22, -MAY-8: an answer to each probe, however many. */
TEST_F(pkt, TXT22_each_probe_is_answered)
{
	struct peer *p = self->p;
	__u32 seq = 1, len;
	int i;

	xt_sysctl("rmem", "4096 8192 8192");
	peer_accepted(p);
	for (i = 0; i < 500 && p->edge != seq; i++) {
		len = p->edge - seq < MSS ? p->edge - seq : MSS;
		inject(p, ACK, seq, 1, .len = len);
		seq += len;
		while (p->last->ack != p->iss + seq && peer_next(p, 1000))
			;
	}
	ASSERT_EQ(p->edge, seq);
	for (i = 0; i < 20; i++) {
		inject(p, ACK, seq, 1, .len = 1);
		expect(p, ACK, 1, seq, .zero_wnd = true);
		/* The garbage octet of a probe from below, too. */
		inject(p, ACK, seq - 1, 1);
		expect(p, ACK, 1, seq, .zero_wnd = true);
	}
}

/* Silly windows */

/* RFC9293-MUST-39: what the reader frees by bytes is not told by bytes. */
TEST_F(pkt, MUST39_receiver_avoids_silly_windows)
{
	struct peer *p = self->p;
	__u32 seq = 1, len, edge, step;
	int fd, i;

	xt_sysctl("rmem", "4096 16384 16384");
	fd = peer_accepted(p);
	for (i = 0; i < 500 && p->edge != seq; i++) {
		len = p->edge - seq < MSS ? p->edge - seq : MSS;
		inject(p, ACK, seq, 1, .len = len);
		seq += len;
		while (p->last->ack != p->iss + seq && peer_next(p, 1000))
			;
	}
	edge = p->edge;
	for (i = 0; i < (int)seq - 1; i += 10) {
		app_read(fd, i, (int)seq - 1 - i < 10 ? (int)seq - 1 - i : 10);
		while (peer_next(p, 0)) {
			step = p->edge - edge;
			EXPECT_TRUE(!step || step >= 500)
				TH_LOG("an update of %u bytes", step);
			edge = p->edge;
		}
	}
	EXPECT_LT(seq, edge);
}

/* RFC9293-SHLD-14: the right edge stays although memory runs short. */
TEST_F(pkt, SHLD14_right_edge_never_moves_left)
{
	struct peer *p = self->p;
	__u32 edge, i;

	xt_sysctl("rmem", "4096 16384 16384");
	peer_accepted(p);
	edge = p->edge;
	/* Small segments cost more memory than they have bytes. */
	for (i = 0; i < 200; i++) {
		inject(p, ACK | PSH, 1 + i, 1, .len = 1);
		while (peer_next(p, 0)) {
			EXPECT_LE(0, (__s32)(p->edge - edge));
			edge = p->edge;
		}
	}
}

/* Scale and shrinking: RFC7323-05 */

/* What was offered once is taken, although the window has been used since. */
TEST_F(pkt, RFC7323_05_what_was_in_a_window_is_taken)
{
	struct peer *p = self->p;
	__u32 edge;
	int fd;

	p->ws = WS(0);
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, 100);
	edge = p->edge;
	inject(p, ACK | PSH, 2, 1, .len = 1);
	peer_drain(p, 100);
	EXPECT_LE(0, (__s32)(p->edge - edge));
	/* The last bytes of the first offer are kept for later. */
	inject(p, ACK, edge - 10, 1, .len = 10);
	expect(p, ACK, 1, 3, .max_ms = 1000);
	/* A RST there is in the window: it is asked for again. */
	inject(p, RST, edge - 5, 0);
	expect(p, ACK, 1, 3, .max_ms = 1000);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/* RFC7323-05: first transmissions stay within the latest window. */
TEST_F(pkt, RFC7323_05_sender_stays_in_the_latest_window)
{
	struct peer *p = self->p;
	int fd, listener = peer_listen(p);

	pkt_patient();
	p->ws = WS(7);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1, .wnd = 100);
	fd = xt_accept(listener);
	inject(p, ACK | PSH, 1, 1, .len = 1, .wnd = 24);
	inject(p, ACK, 2, 1, .wnd = 24);	/* 3072 bytes */
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	app_write(fd, 0, 8 * MSS);
	peer_drain(p, SOON_MS);
	EXPECT_GE(3072, p->nxt - 1);
	EXPECT_LE(2 * MSS, p->nxt - 1);
}

/* ACKs */

/* RFC9293-MUST-58: one ACK for a burst, not one for each. */
TEST_F(pkt, MUST58_ACKs_are_aggregated)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i, acks = 0;

	for (i = 0; i < 60; i++) {
		inject(p, ACK, 1 + i * MSS, 1, .len = MSS);
		app_read(fd, i * MSS, MSS);
		acks += peer_drain(p, 0);
	}
	acks += peer_drain(p, 600);
	EXPECT_GE(50, acks);
	EXPECT_LE(20, acks);
	EXPECT_EQ(p->iss + 1 + 60 * MSS, p->last->ack);
}

/* RFC5681-12: no ACK without a segment, and no more than one for each. */
TEST_F(pkt, RFC5681_12_one_ACK_for_one_segment)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	for (i = 0; i < 10; i++) {
		/* Out of order: each draws one, and just one. */
		inject(p, ACK, 2 + i * 20, 1, .len = 10);
		expect(p, ACK, 1, 1);
		expect_nothing(p, 0);
	}
	expect_nothing(p, 300);
	close(fd);
}

/* RFC5681-10: half a second at most, also when only one segment came. */
TEST_F(pkt, RFC5681_10_ACK_in_time)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	for (i = 0; i < 30; i++) {
		inject(p, ACK, 1 + i * MSS, 1, .len = MSS);
		expect(p, ACK, 1, 1 + (i + 1) * MSS, .max_ms = 500);
		app_read(fd, i * MSS, MSS);
		peer_drain(p, 0);
	}
}

/* RFC5961-05: what an old ACK is allowed to be. */
TEST_F(pkt, RFC5961_05_range_of_ACKs)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 at = 1;

	/* Two bytes are all that was ever acknowledged. */
	app_write(fd, 0, 2);
	expect(p, ACK, 1, 1, .len = 2);
	inject(p, ACK, 1, 3);
	inject(p, ACK | PSH, at, 3, .len = 10);
	inject(p, ACK | PSH, at + 10, 1, .len = 10);
	app_read(fd, 0, 20);
	peer_drain(p, 100);
	at += 20;
	inject(p, ACK | PSH, at, 3 - 66000, .len = 10);
	inject(p, ACK | PSH, at, 0x80000003, .len = 10);
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(p->iss + at, p->last->ack);
	EXPECT_EQ(0, xt_inq(fd));
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/*
 * RFC9293-TXT-14 to the letter: with SEG.SEQ = SND.WL1 and SEG.ACK = SND.WL2
 * a smaller window counts, too. Both stacks believe only in a larger one or
 * in none, as reordered ACKs look just like that, but xtcp has a knob.
 */
TEST_F(pkt, TXT14_smaller_window_with_the_same_numbers)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("with equal numbers a smaller window is not believed");
	xt_sysctl("rfc9293_window", "1");
	pkt_patient();
	fd = peer_accepted(p);
	inject(p, ACK, 1, 1, .wnd = 2 * MSS);
	app_write(fd, 0, 5 * MSS);
	peer_drain(p, SOON_MS);
	EXPECT_EQ(1 + 2 * MSS, p->nxt);
}

/* RFC9293-TXT-14: without the knob. */
TEST_F(pkt, TXT14_smaller_window_is_not_believed)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	inject(p, ACK, 1, 1, .wnd = 2 * MSS);
	app_write(fd, 0, 5 * MSS);
	peer_drain(p, SOON_MS);
	EXPECT_EQ(1 + 5 * MSS, p->nxt);
}

/* RFC9293-TXT-14: the rest of the rule. */
TEST_F(pkt, TXT14_newer_segments_move_the_window)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	set_window(p, fd, 2 * MSS);
	app_write(fd, 0, 20 * MSS);
	expect(p, ACK, 1, 2, .len = MSS);
	expect(p, ACK, 1 + MSS, 2, .len = MSS);
	/* The same numbers, larger. */
	inject(p, ACK, 2, 1, .wnd = 3 * MSS);
	expect(p, ACK, 1 + 2 * MSS, 2, .len = MSS);
	/* A newer ACK, smaller. */
	inject(p, ACK, 2, 1 + 2 * MSS, .wnd = 2 * MSS);
	expect(p, ACK, 1 + 3 * MSS, 2, .len = MSS);
	expect_nothing(p, SOON_MS);
	/* An older segment, larger. */
	inject(p, ACK, 1, 1 + 2 * MSS, .wnd = 30 * MSS);
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(0, p->last->len);
}

/* RFC9293-TXT-14: one that was sent earlier, and is good all the same. */
TEST_F(pkt, TXT14_overtaken_segments_do_not)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	set_window(p, fd, 2 * MSS);
	app_write(fd, 0, 10 * MSS);
	expect(p, ACK, 1, 2, .len = MSS);
	expect(p, ACK, 1 + MSS, 2, .len = MSS);
	inject(p, ACK, 102, 1, .len = 10, .wnd = 2 * MSS);
	expect(p, ACK, 1 + 2 * MSS, 2);
	inject(p, ACK, 2, 1, .wnd = 9 * MSS);
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(0, p->last->len);
}

/* RFC9293-TXT-09: nothing from beyond the right edge is taken. */
TEST_F(pkt, TXT09_beyond_the_right_edge)
{
	struct peer *p = self->p;
	__u32 edge;
	int fd;

	xt_sysctl("rmem", "4096 8192 8192");
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 500);
	edge = expect(p, ACK, 1, 501) ? p->edge : 0;
	inject(p, ACK, edge, 1, .len = 100);
	expect(p, ACK, 1, 501);
	inject(p, ACK, edge + 1000, 1, .len = 100);
	expect(p, ACK, 1, 501);
	EXPECT_EQ(500, xt_inq(fd));
}

/* RFC5681-12: nor for a read that finds nothing, whatever the buffer holds. */
TEST_F(pkt, RFC5681_12_no_ACK_for_an_idle_read)
{
	struct peer *p = self->p;
	char byte;
	int fd;

	xt_sysctl("rmem", "4096 540000 6291456");
	p->ws = WS(7);
	fd = peer_accepted(p);
	EXPECT_EQ(-1, recv(fd, &byte, 1, MSG_DONTWAIT));
	expect_nothing(p, SOON_MS);
}

/* RFC5681-12: nor to tell of room that an unscaled window cannot name. */
TEST_F(pkt, RFC5681_12_no_update_beyond_the_field)
{
	struct peer *p = self->p;
	int fd, i;

	xt_sysctl("rmem", "4096 540000 6291456");
	p->ws = 0;
	fd = peer_accepted(p);
	for (i = 0; i < 3; i++) {
		inject(p, ACK | PSH, 1 + i * MSS, 1, .len = MSS);
		expect(p, ACK, 1, 1 + (i + 1) * MSS);
		app_read(fd, i * MSS, MSS);
		expect_nothing(p, SOON_MS);
	}
}

/* RFC9293-TXT-23: ACK numbers and windows at the wrap, ours and theirs. */
TEST_F(pkt, TXT23_windows_at_the_wrap)
{
	struct peer *p = self->p;
	__u32 i;
	int fd;

	pkt_patient();
	if (!xt_is_tcp())
		xt_sysctl("debug_iss", "4294966000");
	p->iss = 0xffffff00;
	fd = peer_accepted(p);
	set_window(p, fd, 3 * MSS);
	app_write(fd, 0, 20 * MSS);
	for (i = 0; i < 10; i++) {
		expect(p, ACK, 1 + i * MSS, 2, .len = MSS);
		if (i < 2)
			continue;
		inject(p, ACK, 2, 1 + (i - 1) * MSS, .wnd = 3 * MSS);
		/* What was acknowledged long ago moves nothing. */
		inject(p, ACK, 2, 1, .wnd = 3 * MSS);
	}
	inject(p, RST, 1 + 0x80000000, 0);
	inject(p, RST, 0, 0);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

TEST_HARNESS_MAIN
