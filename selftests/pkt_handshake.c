// SPDX-License-Identifier: GPL-2.0
/*
 * The opening of connections, segment by segment: F-04, F-10 to F-15; RFC 9293
 * sections 3.5 and 3.10.7.1 to 3.10.7.3, SYN-RECEIVED of 3.10.7.4.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"

#include <string.h>
#include <unistd.h>

/* Passive */

/* RFC9293-MUST-2, -MUST-4, -MUST-14, -SHLD-5, RFC6691-01 */
TEST_F(pkt, F12_passive_open_field_by_field)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	const struct pkt_seg *seg;
	int fd;

	EXPECT_EQ(XT_LISTEN, xt_state(p->dut, 0));
	peer_syn(p);
	seg = expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .ws = NO_WS,
		     .no_ts = true);
	EXPECT_NE(0, seg->wnd);
	EXPECT_EQ(0, seg->urg);
	EXPECT_EQ(0, seg->flags & (PSH | ECE | CWR));
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	inject(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(POLLIN, xt_events(listener, POLLIN));
	fd = xt_accept(listener);
	expect_nothing(p, SOON_MS);
	works(p, fd);
}

TEST_F(pkt, F12_third_segment_with_data)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK | PSH, 1, 1, .len = 500);
	fd = xt_accept(listener);
	EXPECT_EQ(500, xt_inq(fd));
	app_read(fd, 0, 500);
	expect(p, ACK, 1, 501, .max_ms = 500);
}

TEST_F(pkt, F12_third_segment_with_data_and_FIN)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, FIN | ACK | PSH, 1, 1, .len = 500);
	expect(p, ACK, 1, 502, .max_ms = 500);
	fd = xt_accept(listener);
	EXPECT_EQ(XT_CLOSE_WAIT, peer_state(p));
	app_read(fd, 0, 500);
	xt_expect_eof(fd);
}

/* The third segment is lost; data after it does its duty. */
TEST_F(pkt, F12_third_segment_lost)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 101, 1, .len = 100);
	fd = xt_accept(listener);
	expect(p, ACK, 1, 1);
	inject(p, ACK, 1, 1, .len = 100);
	app_read(fd, 0, 200);
	expect(p, ACK, 1, 201);
}

/* RFC9293-TXT-27: the same SYN again draws the same answer. */
TEST_F(pkt, TXT27_SYN_repeated_by_peer)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int i;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	for (i = 0; i < 3; i++) {
		peer_syn(p);
		expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .max_ms = 500);
	}
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	peer_syn(p);
	completes(p, listener);
}

/* RFC9293-MUST-11, RFC 9293 section 3.5, figure 9 */
TEST_F(pkt, F13_old_duplicate_SYN)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	p->iss = 90;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, RST, 1, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	peer_again(p);
	p->iss = 100;
	peer_syn(p);
	completes(p, listener);
}

/* RFC9293-TXT-27, RFC5961-04: a newer SYN finds the old duplicate's traces. */
TEST_F(pkt, F13_old_duplicate_SYN_answered_late)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	p->iss = 0x60000000;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	/* Out of the window: an ACK of the old one tells the client. */
	inject(p, SYN, -0x50000000, 0, .mss = 1000);
	expect(p, ACK, 1, 1);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	inject(p, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	peer_again(p);
	p->iss = 0x10000000;
	peer_syn(p);
	completes(p, listener);
}

/* RFC9293-TXT-07: never delivered before the handshake is complete. */
TEST_F(pkt, TXT07_SYN_with_data)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	inject(p, SYN, 0, 0, .len = 50, .mss = 1000);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	EXPECT_EQ(0, xt_inq(fd));
	works(p, fd);
}

/* RFC9293-TXT-12 */
TEST_F(pkt, TXT12_bad_ACK_in_SYN_RECEIVED)
{
	static const __u32 bad[] = { 0, 2, -1, 1000, -1000, 0x80000001 };
	struct peer *p = self->p;
	int listener = peer_listen(p);
	unsigned int i;
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	for (i = 0; i < COUNT(bad); i++) {
		inject(p, ACK, 1, bad[i]);
		expect(p, RST, bad[i], 0);
		inject(p, ACK | PSH, 1, bad[i], .len = 10);
		expect(p, RST, bad[i], 0);
		EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	}
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	works(p, fd);
}

/* RFC9293-TXT-08: an unacceptable segment draws an ACK and changes nothing. */
TEST_F(pkt, TXT08_out_of_window_in_SYN_RECEIVED)
{
	static const __u32 out[] = { -100, 0x70000000, -0x70000000 };
	struct peer *p = self->p;
	int listener = peer_listen(p);
	unsigned int i;
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	for (i = 0; i < COUNT(out); i++) {
		inject(p, ACK, out[i], 1, .len = 10);
		expect(p, ACK, 1, 1);
		EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	}
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	works(p, fd);
}

/* RFC5961-01, -02, -03; kernel TCP takes any RST in the window here. */
TEST_F(pkt, RFC5961_02_RST_in_SYN_RECEIVED)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, RST, -100, 0);
	inject(p, RST, 0x70000000, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	if (!xt_is_tcp()) {
		inject(p, RST, 100, 0);
		expect(p, ACK, 1, 1);
		EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	}
	inject(p, RST | ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
}

/* RFC9293-TXT-11 */
TEST_F(pkt, TXT11_no_ACK_in_SYN_RECEIVED)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, FIN, 1, 0);
	inject(p, PSH, 1, 0, .len = 10);
	inject(p, 0, 1, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	works(p, fd);
}

/* RFC6298-01, RFC6298-08 */
TEST_F(pkt, F14_SYNACK_backoff)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	__u64 start = xt_now_ms();

	xt_sysctl("synack_retries", "2");
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .min_ms = 800, .max_ms = 1800);
	expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .min_ms = 1500, .max_ms = 3000);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(6500, xt_now_ms() - start);
	EXPECT_GE(9500, xt_now_ms() - start);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	/* Too late now. */
	inject(p, ACK, 1, 1);
	expect(p, RST, 1, 0);
}

/* The listener is closed: what is not accepted yet is reset. */
TEST_F(pkt, F47_listener_closes)
{
	struct peer *p = self->p;
	struct peer other;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	peer_init(&other);
	other.dut = p->dut;
	peer_syn(&other);
	expect(&other, SYN | ACK, 0, 1);
	close(listener);
	expect(p, RST | ACK, 1, 1);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	inject(&other, ACK, 1, 1);
	expect(&other, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_state(&other));
}

/* One port serves many peers. */
TEST_F(pkt, F07_many_peers)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	struct peer q[20];
	int i, fd;

	for (i = 0; i < 20; i++) {
		peer_init(&q[i]);
		q[i].dut = p->dut;
		peer_syn(&q[i]);
	}
	for (i = 0; i < 20; i++) {
		expect(&q[i], SYN | ACK, 0, 1);
		inject(&q[i], ACK, 1, 1);
		fd = xt_accept(listener);
		works(&q[i], fd);
	}
}

/* LISTEN: RFC9293-TXT-03 */
TEST_F(pkt, TXT03_LISTEN)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	/* "First, check for a RST." */
	inject(p, RST, 0, 0);
	inject(p, RST | ACK, 0, 77);
	expect_nothing(p, SOON_MS);
	/* "Second, check for an ACK." */
	inject(p, ACK, 0, 77);
	expect(p, RST, 77, 0);
	inject(p, SYN | ACK, 0, 78);
	expect(p, RST, 78, 0);
	inject(p, FIN | ACK, 0, 79);
	expect(p, RST, 79, 0);
	inject(p, ACK | PSH, 0, 80, .len = 100);
	expect(p, RST, 80, 0);
	/* "Fourth, other data or control: drop." */
	inject(p, FIN, 0, 0);
	inject(p, PSH, 0, 0, .len = 20);
	inject(p, URG, 0, 0, .urg = 5);
	inject(p, 0, 0, 0, .len = 20);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	peer_syn(p);
	completes(p, listener);
}

/* CLOSED: RFC9293-TXT-02 */
TEST_F(pkt, F15_closed_port)
{
	struct peer *p = self->p;

	p->dut = 5;
	inject(p, SYN, 0, 0);
	expect(p, RST | ACK, 0, 1);
	inject(p, SYN, 0, 0, .len = 10, .mss = 1000);
	expect(p, RST | ACK, 0, 11);
	inject(p, FIN, 0, 0, .len = 10);
	expect(p, RST | ACK, 0, 11);
	inject(p, ACK, 7, 5000);
	expect(p, RST, 5000, 0);
	inject(p, SYN | ACK, 7, 5001);
	expect(p, RST, 5001, 0);
	inject(p, FIN | ACK, 7, 5002);
	expect(p, RST, 5002, 0);
	inject(p, ACK | PSH, 7, 5003, .len = 100);
	expect(p, RST, 5003, 0);
	inject(p, RST, 7, 0);
	inject(p, RST | ACK, 7, 5004);
	inject(p, RST, 7, 0, .len = 10);
	expect_nothing(p, SOON_MS);
}

/* RFC9293-TXT-02: there is no connection for which flags could be wrong. */
TEST_F(pkt, F15_closed_port_odd_flags)
{
	struct peer *p = self->p;

	p->dut = 5;
	inject(p, PSH, 7, 0, .len = 10);
	expect(p, RST | ACK, 0, 17);
	inject(p, 0, 7, 0);
	expect(p, RST | ACK, 0, 7);
	inject(p, SYN | FIN, 7, 0);
	expect(p, RST | ACK, 0, 9);
	inject(p, SYN | FIN | ACK | URG | PSH, 7, 99, .len = 10);
	expect(p, RST, 99, 0);
	inject(p, SYN | RST, 7, 0);
	inject(p, 0xff, 7, 1);
	expect_nothing(p, SOON_MS);
}

/* Active */

/* RFC9293-MUST-14, RFC7323-02 */
TEST_F(pkt, F12_active_open_field_by_field)
{
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	int fd = peer_connect(p);

	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	seg = expect(p, SYN, 0, 0, .mss = own_mss(), .ts = true);
	EXPECT_TRUE(seg->has & HAS_WS);
	EXPECT_GE(14, seg->ws);
	EXPECT_EQ(0, seg->tsecr);
	EXPECT_EQ(0, seg->ack);
	EXPECT_NE(0, seg->wnd);
	EXPECT_EQ(0, seg->flags & (PSH | ECE | CWR));
	EXPECT_EQ(0, xt_events(fd, POLLOUT));
	peer_synack(p);
	expect(p, ACK, 1, 1, .no_ts = true, .ws = NO_WS);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(POLLOUT, xt_events(fd, POLLOUT));
	EXPECT_EQ(0, xt_sock_error(fd));
	works(p, fd);
}

/* RFC9293-TXT-07: data may stand on a SYN-ACK, and comes again if not taken. */
TEST_F(pkt, TXT07_SYNACK_with_data)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);
	const struct pkt_seg *seg;

	expect(p, SYN, 0, 0);
	inject(p, SYN | ACK, 0, 1, .len = 50, .mss = 1000);
	seg = expect(p, ACK, 1, ANY);
	EXPECT_TRUE(seg->ack == p->iss + 1 || seg->ack == p->iss + 51);
	inject(p, ACK | PSH, 1, 1, .len = 80);
	app_read(fd, 0, 80);
}

/* RFC9293-TXT-04; kernel TCP repeats its SYN early after the first. */
TEST_F(pkt, TXT04_bad_ACK_in_SYN_SENT)
{
	static const __u32 bad[] = { 0, 2, -1000, 1000, 0x80000000 };
	struct peer *p = self->p;
	int fd = peer_connect(p);
	unsigned int i;

	expect(p, SYN, 0, 0);
	for (i = 0; i < COUNT(bad); i++) {
		inject(p, SYN | ACK, 0, bad[i], .mss = 1000);
		expect(p, RST, bad[i], 0, .again_ok = true);
		inject(p, ACK, 0, bad[i]);
		expect(p, RST, bad[i], 0, .again_ok = true);
		/* "unless the RST bit is set" */
		inject(p, RST | ACK, 0, bad[i]);
		EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	}
	peer_skip_repeats(p);
	EXPECT_EQ(0, xt_events(fd, POLLOUT | POLLERR));
	peer_synack(p);
	expect(p, ACK, 1, 1, .again_ok = true);
	works(p, fd);
}

/* RFC9293-TXT-05, -MUST-12, -SHLD-2 (RST with data), RFC5961-03 */
TEST_F(pkt, TXT05_RST_in_SYN_SENT)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	inject(p, RST, 0, 0);
	inject(p, RST, 1, 0);
	expect_nothing(p, 0);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	inject(p, RST | ACK, 0x12345678, 1, .len = 20);
	EXPECT_NE(0, xt_events(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, SOON_MS);
}

/* RFC9293-TXT-06 */
TEST_F(pkt, TXT06_no_SYN_in_SYN_SENT)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	inject(p, ACK, 0, 1);
	inject(p, ACK | PSH, 1, 1, .len = 30);
	inject(p, FIN | ACK, 1, 1);
	inject(p, FIN, 1, 0);
	inject(p, PSH, 1, 0, .len = 30);
	expect_nothing(p, 0);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	expect(p, SYN, 0, 0, .min_ms = 500);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

/* RFC6298-01, RFC6298-08, RFC8961-01, RFC9293-MUST-22 */
TEST_F(pkt, F14_SYN_backoff_ETIMEDOUT)
{
	struct peer *p = self->p;
	int fd;

	xt_sysctl("syn_retries", "2");
	fd = peer_connect(p);
	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .mss = own_mss(), .min_ms = 800, .max_ms = 1800);
	expect(p, SYN, 0, 0, .mss = own_mss(), .min_ms = 1500, .max_ms = 3000);
	EXPECT_NE(0, xt_wait(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	EXPECT_LE(3400000, pkt_now_us() - p->mark_us);
	EXPECT_GE(5500000, pkt_now_us() - p->mark_us);
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, 0);
}

/* RFC5681-02 begins here: a SYN-ACK to a repeated SYN is as good. */
TEST_F(pkt, F14_SYN_lost_once)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	expect(p, SYN, 0, 0, .min_ms = 800, .max_ms = 1800);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

/* RFC 9293 section 3.10.7.4: the SYN-ACK again, as our ACK was lost. */
TEST_F(pkt, F12_SYNACK_repeated_by_peer)
{
	struct peer *p = self->p;
	int fd = peer_connected(p);
	int i;

	for (i = 0; i < 3; i++) {
		peer_synack(p);
		expect(p, ACK, 1, 1);
	}
	works(p, fd);
}

/* Simultaneous open: RFC9293-MUST-10, RFC 9293 section 3.5, figure 7 */

TEST_F(pkt, F15_simultaneous_open)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = own_mss());
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	EXPECT_EQ(0, xt_events(fd, POLLOUT));
	inject(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(POLLOUT, xt_events(fd, POLLOUT));
	works(p, fd);
}

/* Both SYN-ACKs cross: ours is answered by theirs. */
TEST_F(pkt, F15_simultaneous_open_crossed)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	inject(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(POLLOUT, xt_events(fd, POLLOUT));
	works(p, fd);
}

/*
 * RFC9293-MUST-11: SYN-RECEIVED remembers that it was an active open, and the
 * user is told "connection refused"; kernel TCP says ECONNRESET.
 */
TEST_F(pkt, MUST11_RST_after_simultaneous_open)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, RST, 1, 0);
	EXPECT_NE(0, xt_events(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(xt_is_tcp() ? ECONNRESET : ECONNREFUSED, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-TXT-12 for a socket that came from SYN-SENT */
TEST_F(pkt, TXT12_bad_ACK_after_simultaneous_open)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 2);
	expect(p, RST, 2, 0);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	inject(p, ACK, 1, 1);
	EXPECT_EQ(POLLOUT, xt_events(fd, POLLOUT));
	works(p, fd);
}

TEST_F(pkt, F15_simultaneous_open_SYNACK_repeated)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	expect(p, SYN | ACK, 0, 1, .min_ms = 500, .max_ms = 2500);
	inject(p, ACK, 1, 1);
	works(p, fd);
}

/* ICMP: RFC9293-MUST-54, -SHLD-26, RFC5927-01 */

static void icmp_refuses(struct __test_metadata *_metadata, int type, int code,
			 int err)
{
	struct peer p;
	int fd;

	peer_init(&p);
	fd = peer_connect(&p);
	expect(&p, SYN, 0, 0);
	/* Not about anything in flight. */
	peer_icmp(&p, type, code, 0, -1000);
	peer_icmp(&p, type, code, 0, 1000);
	EXPECT_EQ(XT_SYN_SENT, peer_state(&p));
	peer_icmp(&p, type, code, 0, 0);
	EXPECT_NE(0, xt_events(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(err, xt_sock_error(fd))
		TH_LOG("type %d code %d", type, code);
	EXPECT_EQ(XT_NONE, peer_state(&p));
	close(fd);
}

TEST_F(pkt, F15_ICMP_unreachable)
{
	static const struct {
		int type, code, err;
	} v4[] = {
		{ 3, 0, ENETUNREACH }, { 3, 1, EHOSTUNREACH },
		{ 3, 2, ENOPROTOOPT }, { 3, 3, ECONNREFUSED },
		{ 3, 5, EOPNOTSUPP }, { 3, 6, ENETUNREACH },
		{ 3, 7, EHOSTDOWN }, { 3, 9, ENETUNREACH },
		{ 3, 10, EHOSTUNREACH }, { 3, 13, EHOSTUNREACH },
	}, v6[] = {
		{ 1, 0, ENETUNREACH }, { 1, 1, EACCES },
		{ 1, 3, EHOSTUNREACH }, { 1, 4, ECONNREFUSED },
		{ 1, 5, EACCES }, { 1, 6, EACCES },
	};
	unsigned int i, n = variant->fam == XT_V4 ? COUNT(v4) : COUNT(v6);

	for (i = 0; i < n; i++) {
		if (variant->fam == XT_V4)
			icmp_refuses(_metadata, v4[i].type, v4[i].code, v4[i].err);
		else
			icmp_refuses(_metadata, v6[i].type, v6[i].code, v6[i].err);
	}
}

/* RFC9293-MUST-55: Source Quench; RFC9293-MUST-56: time exceeded is soft. */
TEST_F(pkt, MUST55_ICMP_that_means_nothing)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	if (variant->fam == XT_V4) {
		peer_icmp(p, 4, 0, 0, 0);
		peer_icmp(p, 3, 77, 0, 0);
	}
	peer_icmp(p, variant->fam == XT_V4 ? 5 : 200, 0, 0, 0);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

TEST_F(pkt, F15_ICMP_in_SYN_RECEIVED)
{
	struct peer *p = self->p;
	int type = variant->fam == XT_V4 ? 3 : 1;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	peer_icmp(p, type, 1, 0, 12345);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	peer_icmp(p, type, 1, 0, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	peer_again(p);
	peer_syn(p);
	completes(p, listener);
}

TEST_HARNESS_MAIN
