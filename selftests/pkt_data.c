// SPDX-License-Identifier: GPL-2.0
/*
 * Data and the windows it flows through, segment by segment: F-03, F-30, F-36;
 * RFC 9293 sections 3.7, 3.8.5, 3.8.6 and 3.10.7.4 (sequence, ACK, URG, text).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

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

/* What waits is no data. */
static void no_data(struct peer *p)
{
	while (peer_next(p, 0))
		if (p->last->len)
			peer_fail(__func__, p, "data where none may come");
}

/* Segment sizes */

/* RFC9293-MUST-15 */
TEST_F(pkt, MUST15_no_MSS_option)
{
	struct peer *p = self->p;
	__u32 mss = variant->fam == XT_V4 ? 536 : 1220;

	p->mss = 0;
	app_write(peer_accepted(p), 0, 3 * mss);
	expect(p, ACK, 1, 1, .len = mss);
	expect(p, ACK, 1 + mss, 1, .len = mss);
	expect(p, ACK, 1 + 2 * mss, 1, .len = mss);
}

/* RFC9293-MUST-16, -SHLD-28, RFC6691-02, -04 */
TEST_F(pkt, MUST16_effective_MSS)
{
	static const struct {
		__u16 mss;
		bool ts;
	} offer[] = {
		{ 1000, false }, { 1000, true }, { 100, false },
		{ 65535, false }, { 1460, true },
	};
	__u32 most = PKT_MTU - 20 - (variant->fam == XT_V4 ? 20 : 40);
	struct peer p;
	unsigned int i;
	__u32 mss;

	for (i = 0; i < COUNT(offer); i++) {
		peer_init(&p);
		p.mss = offer[i].mss;
		p.ts = offer[i].ts;
		mss = p.mss < most ? p.mss : most;
		mss -= p.ts ? 12 : 0;
		app_write(peer_accepted(&p), 0, 2 * mss + 10);
		expect(&p, ACK, 1, 1, .len = mss, .ts = p.ts);
		expect(&p, ACK, 1 + mss, 1, .len = mss);
		inject(&p, ACK, 1, 1 + 2 * mss);
		expect(&p, ACK, 1 + 2 * mss, 1, .len = 10, .push = true);
	}
}

/* RFC9293-MUST-61 */
TEST_F(pkt, MUST61_PSH_on_the_last_segment)
{
	struct peer *p = self->p;

	app_write(peer_accepted(p), 0, 3 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS, .push = true);
}

/* Nagle: RFC9293-SHLD-7, -MUST-17 */

TEST_F(pkt, SHLD07_nagle)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	app_write(fd, 10, 10);
	app_write(fd, 20, 10);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 11);
	expect(p, ACK, 11, 1, .len = 20);
	/* A full segment need not wait. */
	app_write(fd, 30, MSS);
	expect(p, ACK, 31, 1, .len = MSS);
}

TEST_F(pkt, MUST17_nagle_off)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	app_write(fd, 10, 10);
	expect(p, ACK, 11, 1, .len = 10);
	app_write(fd, 20, 10);
	expect(p, ACK, 21, 1, .len = 10);
}

/* The send window */

/* RFC9293-TXT-14: the window is taken from the newer segment. */
TEST_F(pkt, TXT14_window_of_an_older_segment)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 10, .wnd = 3 * MSS);
	inject(p, ACK | PSH, 11, 1, .len = 10, .wnd = 2 * MSS);
	/* Comes late. */
	inject(p, ACK, 11, 1, .wnd = 30 * MSS);
	app_read(fd, 0, 20);
	peer_drain(p, SOON_MS);
	app_write(fd, 0, 5 * MSS);
	expect(p, ACK, 1, 21, .len = MSS);
	expect(p, ACK, 1 + MSS, 21, .len = MSS);
	expect_nothing(p, 0);
}

/* RFC9293-MUST-34, -SHLD-15, -16: a window pulled back. */
TEST_F(pkt, MUST34_window_shrinks)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	app_write(fd, 0, 4 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 3 * MSS, 1, .len = MSS);
	inject(p, ACK, 1, 1 + MSS, .wnd = MSS);
	app_write(fd, 4 * MSS, MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS, .min_ms = 100);
	inject(p, ACK, 1, 1 + 4 * MSS);
	expect(p, ACK, 1 + 4 * MSS, 1, .len = MSS);
}

/* RFC9293-MUST-38: no small segment only because the window is small. */
TEST_F(pkt, MUST38_sender_avoids_silly_windows)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("fills the window with a small segment");
	pkt_patient();
	fd = peer_accepted(p);
	set_window(p, fd, 2 * MSS + 100);
	app_write(fd, 0, 5 * MSS);
	expect(p, ACK, 1, 2, .len = MSS);
	expect(p, ACK, 1 + MSS, 2, .len = MSS);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 2, 1 + MSS, .wnd = MSS + 300);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 2, 1 + 2 * MSS, .wnd = 2 * MSS);
	expect(p, ACK, 1 + 2 * MSS, 2, .len = MSS);
	expect(p, ACK, 1 + 3 * MSS, 2, .len = MSS);
}

/* RFC9293-MUST-36, -MUST-37, -SHLD-29, -SHLD-30, RFC6429-01 */
TEST_F(pkt, MUST36_zero_window_probes)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u64 at[6];
	int i;

	set_window(p, fd, 0);
	p->mark_us = pkt_now_us();
	app_write(fd, 0, 500);
	at[0] = p->mark_us;
	for (i = 1; i < 6; i++) {
		at[i] = expect(p, ACK, 0, 2, .min_ms = 150)->at_us;
		inject(p, ACK, 2, 1, .zero_wnd = true);
	}
	/* 16 times as long, were it not for a busy machine. */
	EXPECT_LE(5 * (at[1] - at[0]), at[5] - at[4]);
	inject(p, ACK, 2, 1);
	expect(p, ACK, 1, 2, .len = 500, .max_ms = 500);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/* RFC9293-MUST-35: shrunk to nothing, with data outstanding. */
TEST_F(pkt, MUST35_window_shrinks_to_zero)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	app_write(fd, 0, 2 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	inject(p, ACK, 1, 1 + MSS, .zero_wnd = true);
	/* The head is sent as a probe, as long as it takes. */
	expect(p, ACK, 1 + MSS, 1, .any_len = true, .min_ms = 100);
	inject(p, ACK, 1, 1 + MSS, .zero_wnd = true);
	expect(p, ACK, 1 + MSS, 1, .any_len = true, .min_ms = 100);
	inject(p, ACK, 1, 1 + 2 * MSS);
	app_write(fd, 2 * MSS, 10);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = 10);
}

/* RFC7323-02, -04: the window of a SYN is not scaled, later ones are. */
TEST_F(pkt, RFC7323_04_scaled_windows)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_connect(p);
	p->ws = WS(7);
	p->wnd = 2000;
	expect(p, SYN, 0, 0);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	xt_nonblock(fd, false);
	app_write(fd, 0, 6 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect_nothing(p, 0);
	inject(p, ACK, 1, 1 + 2 * MSS, .wnd = 24);	/* 3072 bytes */
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 3 * MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 4 * MSS, 1, .len = MSS);
	if (!xt_is_tcp())
		expect_nothing(p, 0);
}

/* RFC9293-MUST-1: a window of 65535 is no negative one. */
TEST_F(pkt, MUST01_window_is_unsigned)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	set_window(p, fd, 65535);
	app_write(fd, 0, MSS);
	expect(p, ACK, 1, 2, .len = MSS);
}

/* The receive window */

/* Sends as the window allows until it is closed; returns the next number. */
static __u32 fill(struct __test_metadata *_metadata, struct peer *p, int fd)
{
	__u32 seq = 1, edge = p->edge, len;
	int i;

	(void)fd;
	for (i = 0; i < 2000 && p->edge != seq; i++) {
		len = p->edge - seq < MSS ? p->edge - seq : MSS;
		inject(p, ACK, seq, 1, .len = len);
		seq += len;
		while (p->last && p->last->ack != p->iss + seq) {
			/* RFC9293-SHLD-14: the edge never moves to the left. */
			if (!peer_next(p, 1000))
				break;
			EXPECT_LE(0, (__s32)(p->edge - edge));
			edge = p->edge;
		}
	}
	EXPECT_EQ(p->edge, seq);
	return seq;
}

static int small_buffer(struct peer *p)
{
	int fd;

	xt_sysctl("rmem", "4096 8192 8192");
	fd = peer_accepted(p);
	return fd;
}

/* RFC9293-TXT-22, -TXT-10, -MUST-39, -SHLD-14, -MAY-8 */
TEST_F(pkt, TXT22_zero_receive_window)
{
	struct peer *p = self->p;
	int fd = small_buffer(p);
	__u32 seq = fill(_metadata, p, fd), got = seq - 1, read = 0;
	int i;

	/* A probe is answered, its byte not taken. */
	for (i = 0; i < 3; i++) {
		inject(p, ACK, seq, 1, .len = 1);
		expect(p, ACK, 1, seq, .zero_wnd = true);
	}
	EXPECT_EQ(got, xt_inq(fd));
	/* Valid ACKs are: our data goes and is acknowledged. */
	app_write(fd, 0, 100);
	expect(p, ACK, 1, seq, .len = 100);
	inject(p, ACK, seq, 101);
	EXPECT_EQ(0, xt_wait_outq(fd, 0));
	/* A byte read is not worth an update; a window that comes is worth it. */
	while (read < got && p->edge == seq) {
		app_read(fd, read++, 1);
		peer_next(p, 0);
	}
	EXPECT_LE(500, p->edge - seq);
	app_read(fd, read, got - read);
	peer_drain(p, SOON_MS);
	inject(p, ACK | PSH, seq, 101, .len = 10);
	app_read(fd, got, 10);
}

/* RFC9293-TXT-10: the ACK counts, though the text it came with is refused. */
TEST_F(pkt, TXT10_ACK_with_text_at_zero_window)
{
	struct peer *p = self->p;
	int fd = small_buffer(p);
	__u32 seq = fill(_metadata, p, fd);

	app_write(fd, 0, 100);
	expect(p, ACK, 1, seq, .len = 100);
	inject(p, ACK, seq, 101, .len = 1);
	EXPECT_EQ(0, xt_wait_outq(fd, 0));
	EXPECT_EQ((int)seq - 1, xt_inq(fd));
	/* Likewise RST: RFC9293-MUST-66, -SHLD-2. */
	inject(p, RST, seq, 0, .len = 5);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-MUST-66: RST is processed with the window closed. */
TEST_F(pkt, MUST66_RST_at_zero_window)
{
	struct peer *p = self->p;
	int fd = small_buffer(p);
	__u32 seq = fill(_metadata, p, fd);

	inject(p, RST, seq, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
}

/* ACKs */

/* RFC9293-MUST-40, -SHLD-18, RFC5681-10 */
TEST_F(pkt, MUST40_delayed_ACK)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	int i, late = 0;
	__u64 sent;

	/* The first are quick; sooner or later an ACK waits, but not long. */
	for (i = 0; i < 40; i++) {
		inject(p, ACK | PSH, 1 + i * 10, 1, .len = 10);
		sent = p->mark_us;
		expect(p, ACK, 1, 11 + i * 10, .max_ms = 500);
		late += p->last->at_us - sent > 20000;
		app_read(fd, i * 10, 10);
	}
	EXPECT_LT(0, late);
}

/* RFC9293-SHLD-19, RFC5681-12: one for two, never more than one for one. */
TEST_F(pkt, SHLD19_ACK_every_second_segment)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 acked = 1;
	int i, acks = 0;

	for (i = 0; i < 40; i++) {
		inject(p, ACK, 1 + i * MSS, 1, .len = MSS);
		for (; peer_next(p, 0); acks++)
			acked = p->last->ack - p->iss;
		EXPECT_GE(MSS, 1 + (i + 1) * MSS - acked);
		EXPECT_GE(i + 1, acks);
		app_read(fd, i * MSS, MSS);
	}
	EXPECT_LE(19, acks);
}

/* RFC5681-11, RFC9293-SHLD-31, -MAY-13 */
TEST_F(pkt, SHLD31_out_of_order)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	int i;

	for (i = 9; i > 0; i--) {
		inject(p, ACK, 1 + i * MSS, 1, .len = MSS);
		expect(p, ACK, 1, 1, .max_ms = 150);
	}
	EXPECT_EQ(0, xt_inq(fd));
	inject(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1, 1 + 10 * MSS, .max_ms = 150);
	app_read(fd, 0, 10 * MSS);
}

/* A part of a gap filled is told at once, too. */
TEST_F(pkt, RFC5681_11_gaps_filled)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	expect(p, ACK, 1, 1, .max_ms = 150);
	inject(p, ACK, 1 + 4 * MSS, 1, .len = MSS);
	expect(p, ACK, 1, 1, .max_ms = 150);
	inject(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1, 1 + MSS, .max_ms = 150);
	inject(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1, 1 + 3 * MSS, .max_ms = 150);
	inject(p, ACK, 1 + 3 * MSS, 1, .len = MSS);
	expect(p, ACK, 1, 1 + 5 * MSS, .max_ms = 150);
	app_read(fd, 0, 5 * MSS);
}

/* RFC9293-TXT-09: only what is new of a segment counts. */
TEST_F(pkt, TXT09_overlaps)
{
	static const struct {
		__u32 seq, len, ack;
	} seg[] = {
		{ 1, 100, 101 }, { 1, 150, 151 },	/* longer again */
		{ 50, 20, 151 }, { 101, 50, 151 },	/* nothing new */
		{ 201, 50, 151 }, { 181, 100, 151 },	/* around a later one */
		{ 221, 20, 151 }, { 301, 50, 151 },
		{ 321, 80, 151 },			/* over its end */
		{ 141, 30, 171 },			/* the left part is old */
		{ 151, 500, 651 },			/* over all of them */
	};
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	unsigned int i;

	for (i = 0; i < COUNT(seg); i++) {
		inject(p, ACK | PSH, seg[i].seq, 1, .len = seg[i].len);
		expect(p, ACK, 1, seg[i].ack, .max_ms = 500);
	}
	EXPECT_EQ(650, xt_inq(fd));
	app_read(fd, 0, 650);
}

/* RFC9293-TXT-08: the four cases, at both edges. */
TEST_F(pkt, TXT08_acceptability)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u32 edge = p->edge;
	unsigned int i;
	/* Bytes before the window, and beyond it. */
	const __u32 bad[][2] = {
		{ 0, 0 }, { 0, 1 }, { -100, 50 }, { -100, 101 }, { 0x80000001, 5 },
		{ edge + 1, 0 }, { edge, 5 }, { edge + 100, 10 }, { 0x70000000, 0 },
	};

	for (i = 0; i < COUNT(bad); i++) {
		inject(p, ACK, bad[i][0], 1, .len = bad[i][1]);
		expect(p, ACK, 1, 1);
		EXPECT_EQ(0, xt_inq(fd));
	}
	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	inject(p, ACK | PSH, 1, 1, .len = 5);
	app_read(fd, 0, 5);
}

/* RFC9293-TXT-11 */
TEST_F(pkt, TXT11_no_ACK_bit)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, PSH, 1, 0, .len = 10);
	inject(p, FIN, 1, 0, .len = 10);
	inject(p, FIN, 1, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(0, xt_inq(fd));
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/* RFC9293-TXT-13, RFC5961-05, RFC9293-MAY-12 */
TEST_F(pkt, TXT13_ACK_of_what_was_not_sent)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	/* Older kernel TCPs drop these without an answer. */
	inject(p, ACK | PSH, 1, 2, .len = 10);
	inject(p, ACK | PSH, 1, 0x70000000, .len = 10);
	if (!xt_is_tcp()) {
		expect(p, ACK, 1, 1);
		expect(p, ACK, 1, 1);
	}
	no_data(p);
	/* Older than any window. */
	inject(p, ACK | PSH, 1, -70000, .len = 10);
	expect(p, ACK, 1, 1);
	EXPECT_EQ(0, xt_inq(fd));
	/* Old, but not too old. */
	app_write(fd, 0, 2 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	inject(p, ACK, 1, 1 + 2 * MSS);
	inject(p, ACK | PSH, 1, 1 + MSS, .len = 10);
	app_read(fd, 0, 10);
}

/* F-03, RFC9293-TXT-23 */
TEST_F(pkt, F03_data_over_the_wrap)
{
	struct peer *p = self->p;
	int fd, i;

	if (!xt_is_tcp())
		xt_sysctl("debug_iss", "4294967000");
	p->iss = 0xfffffe00;
	fd = peer_accepted(p);
	inject(p, ACK, 301, 1, .len = 300);
	expect(p, ACK, 1, 1);
	inject(p, ACK, 601, 1, .len = 300);
	expect(p, ACK, 1, 1);
	inject(p, ACK, 1, 1, .len = 300);
	expect(p, ACK, 1, 901);
	app_read(fd, 0, 900);
	for (i = 0; i < 10; i++) {
		app_write(fd, i * 100, 100);
		expect(p, ACK, 1 + i * 100, 901, .len = 100);
		inject(p, ACK, 901, 101 + i * 100);
	}
	inject(p, FIN | ACK, 901, 1001);
	expect(p, ACK, 1001, 902);
}

/* Urgent data: RFC9293-MUST-30 to -33, -MUST-62, -TXT-26 */

TEST_F(pkt, MUST62_urgent_pointer_sent)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u8 byte = 0x55;	/* as the pattern has it at 0 */

	/* It points to the octet behind the urgent one. */
	EXPECT_EQ(1, send(fd, &byte, 1, MSG_OOB));
	expect(p, URG | ACK, 1, 1, .len = 1, .urg = 1);
	inject(p, ACK, 1, 2);
	app_write(fd, 1, 5);
	expect(p, ACK, 2, 1, .len = 5);
}

TEST_F(pkt, MUST31_urgent_data_received)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	char byte;

	inject(p, URG | ACK | PSH, 1, 1, .len = 10, .urg = 10);
	EXPECT_NE(0, xt_wait(fd, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(fd, &byte, 1, MSG_OOB | MSG_DONTWAIT));
	EXPECT_EQ(9 * 7, byte);
	app_read(fd, 0, 9);
	/* Announced far ahead, and then it comes. */
	inject(p, URG | ACK | PSH, 11, 1, .len = 10, .urg = 500);
	app_read(fd, 10, 10);
	inject(p, ACK | PSH, 21, 1, .len = 490);
	EXPECT_NE(0, xt_wait(fd, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(fd, &byte, 1, MSG_OOB));
	app_read(fd, 20, 489);
}

/* Pointers that make no sense harm nobody. */
TEST_F(pkt, TXT26_odd_urgent_pointers)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, SOL_SOCKET, SO_OOBINLINE, 1);
	inject(p, URG | ACK, 1, 1, .urg = 65535);
	inject(p, URG | ACK, 1, 1);
	inject(p, URG | ACK | PSH, 1, 1, .len = 10);
	inject(p, URG | ACK | PSH, 11, 1, .len = 10, .urg = 65535);
	inject(p, URG | ACK | PSH, 21, 1, .len = 10, .urg = 1);
	inject(p, URG | ACK, 5, 1, .urg = 3);
	app_read(fd, 0, 30);
	no_data(p);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 31, .len = 10);
}

TEST_HARNESS_MAIN
