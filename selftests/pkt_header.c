// SPDX-License-Identifier: GPL-2.0
/*
 * The header and its options, requirement by requirement: RFC 9293 sections
 * 3.1, 3.2, 3.7.1 and 3.9.2, RFC 6691, RFC 7323 section 2.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"
#include "pkt_works.h"

#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* Sums */

/* The wire looks at the sum of each segment; here is one of each kind. */
TEST_F(pkt, MUST02_checksum_of_every_kind)
{
	struct peer *p = self->p;
	__u32 len, at = 1;
	int fd = peer_accepted(p);

	for (len = 1; len < 20; len++) {
		app_write(fd, at - 1, len);
		expect(p, ACK, at, 1, .len = len);
		at += len;
		inject(p, ACK, 1, at);
	}
	inject(p, FIN | ACK, 1, at);
	expect(p, ACK, at, 2);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, at, 2);
	inject(p, ACK, 2, at + 1);
	state(p, XT_NONE);
	inject(p, ACK, 2, at + 1);
	expect(p, RST, at + 1, 0);
	inject(p, SYN, 3, 0, .len = 1);
	expect(p, RST | ACK, ANY, 5);
	EXPECT_EQ(0, p->last->seq);
}

static void damaged(struct peer *p, __u8 flags, __u32 seq, __u32 ack, __u32 len)
{
	__u8 tcp[PKT_MAX];
	int n = peer_build(p, tcp, flags, seq, ack,
			   &(struct pkt_out){ .len = len, .mss = 1000 });

	tcp[16] ^= 0x01;
	pkt_inject(tcp, n, NULL);
}

TEST_F(pkt, MUST03_bad_checksum_is_discarded)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	damaged(p, SYN, 0, 0, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	damaged(p, ACK, 1, 1, 0);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	damaged(p, ACK | PSH, 1, 1, 10);
	damaged(p, FIN | ACK, 1, 1, 0);
	damaged(p, RST, 1, 0, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(0, xt_inq(fd));
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	works(p, fd);
}

/* Options */

/* The three that must be known, in a SYN that has them in any order. */
TEST_F(pkt, MUST04_EOL_NOP_MSS)
{
	static const __u8 opts[][8] = {
		{ 2, 4, 2, 88 }, { 1, 1, 1, 1, 2, 4, 2, 88 },
		{ 2, 4, 2, 88, 0, 0, 0, 0 }, { 1, 2, 4, 2, 88, 1, 1, 0 },
		{ 1, 1, 2, 4, 2, 88, 0, 9 },
	};
	struct peer p;
	unsigned int i;
	int listener;

	for (i = 0; i < COUNT(opts); i++) {
		peer_init(&p);
		listener = peer_listen(&p);
		inject(&p, SYN, 0, 0, .opts = opts[i], .optlen = i ? 8 : 4);
		expect(&p, SYN | ACK, 0, 1, .mss = own_mss());
		inject(&p, ACK, 1, 1);
		app_write(xt_accept(listener), 0, 1200);
		expect(&p, ACK, 1, 1, .len = 600);
		expect(&p, ACK, 601, 1, .len = 600);
		close(listener);
	}
}

/* In any segment: what stands there is read over, and the rest is taken. */
TEST_F(pkt, MUST05_options_in_any_segment)
{
	static const __u8 odd[] = { 1, 77, 5, 1, 2, 3, 254, 4, 9, 9, 1, 1 };
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 50, .opts = odd, .optlen = 12);
	app_read(fd, 0, 50);
	expect(p, ACK, 1, 51);
	app_write(fd, 0, 20);
	expect(p, ACK, 1, 51, .len = 20);
	inject(p, ACK, 51, 21, .opts = odd, .optlen = 12);
	EXPECT_EQ(0, xt_wait_outq(fd, 0));
	inject(p, FIN | ACK, 51, 21, .opts = odd, .optlen = 12);
	expect(p, ACK, 21, 52);
	xt_expect_eof(fd);
	inject(p, RST, 52, 0, .opts = odd, .optlen = 12);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* A SYN's options mean nothing in other segments. */
TEST_F(pkt, MUST05_SYN_options_in_other_segments)
{
	static const __u8 opts[] = { 2, 4, 0, 100, 1, 3, 3, 9, 4, 2, 1, 1 };
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	p->ws = WS(0);
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 10, .opts = opts, .optlen = 12);
	app_read(fd, 0, 10);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 11, 1, .wnd = 3000);
	app_write(fd, 0, 5000);
	expect(p, ACK, 1, 11, .len = 1000);
	expect(p, ACK, 1001, 11, .len = 1000);
	expect(p, ACK, 2001, 11, .len = 1000);
	expect_nothing(p, SOON_MS);
}

/* Lengths of 0, of 1 and beyond the header: whatever becomes of the segment. */
TEST_F(pkt, MUST07_illegal_option_lengths)
{
	static const __u8 opts[][8] = {
		{ 2, 0, 1, 1 }, { 2, 1, 1, 1 }, { 2, 5, 1, 1 }, { 8, 255, 1, 1 },
		{ 1, 1, 1, 3 }, { 3, 0, 0, 0 }, { 77, 1, 77, 1 }, { 254, 40, 0, 0 },
		{ 5, 0, 5, 0 }, { 5, 9, 1, 1 }, { 34, 0, 1, 1 }, { 19, 1, 1, 1 },
	};
	struct peer p;
	unsigned int i;
	int listener;

	for (i = 0; i < COUNT(opts); i++) {
		peer_init(&p);
		listener = peer_listen(&p);
		inject(&p, SYN, 0, 0, .opts = opts[i], .optlen = 4);
		peer_drain(&p, 1);
		inject(&p, RST, 1, 0);
		EXPECT_EQ(XT_NONE, peer_state(&p));
		peer_again(&p);
		peer_syn(&p);
		expect(&p, SYN | ACK, 0, 1);
		inject(&p, ACK, 1, 1, .opts = opts[i], .optlen = 4);
		inject(&p, ACK, 1, 1);
		works(&p, xt_accept(listener));
		inject(&p, ACK, 101, 201, .opts = opts[i], .optlen = 4);
		EXPECT_EQ(XT_ESTABLISHED, peer_state(&p));
		close(listener);
	}
}

/* What is not known and has a length of its own is skipped by it. */
TEST_F(pkt, MUST68_length_skips_the_unknown)
{
	__u8 opts[PKT_OPTLEN_MAX];
	struct peer p;
	int kind, listener;

	for (kind = 9; kind < 255; kind += 7) {
		/* MD5, Fast Open and MPTCP mean something to kernel TCP. */
		if (kind == 19 || kind == 30 || kind == 34)
			continue;
		peer_init(&p);
		listener = peer_listen(&p);
		memset(opts, 2, sizeof(opts));
		opts[0] = kind;
		opts[1] = 24;
		memcpy(opts + 24, (__u8[]){ 2, 4, 2, 88 }, 4);
		inject(&p, SYN, 0, 0, .opts = opts, .optlen = 28);
		expect(&p, SYN | ACK, 0, 1);
		inject(&p, ACK, 1, 1);
		app_write(xt_accept(listener), 0, 601);
		expect(&p, ACK, 1, 1, .len = 600);
		close(listener);
	}
}

/* RFC9293-MUST-64: each start modulo 4. */
TEST_F(pkt, MUST64_options_at_any_offset)
{
	__u8 opts[12];
	struct peer p;
	int at, listener;

	for (at = 0; at < 8; at++) {
		memset(opts, 1, sizeof(opts));
		memcpy(opts + at, (__u8[]){ 2, 4, 2, 88 }, 4);
		peer_init(&p);
		listener = peer_listen(&p);
		inject(&p, SYN, 0, 0, .opts = opts, .optlen = 12);
		expect(&p, SYN | ACK, 0, 1);
		inject(&p, ACK, 1, 1);
		app_write(xt_accept(listener), 0, 601);
		expect(&p, ACK, 1, 1, .len = 600);
		close(listener);
	}
}

/* The wire refuses MSS, window scale and their like outside a SYN. */
TEST_F(pkt, MUST65_MSS_on_SYNs_only)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0, .mss = own_mss());
	peer_synack(p);
	expect(p, ACK, 1, 1, .no_mss = true);
	xt_nonblock(fd, false);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10, .no_mss = true);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 11, 1, .no_mss = true, .again_ok = true);
	inject(p, FIN | ACK, 1, 12);
	expect(p, ACK, 12, 2, .no_mss = true);
}

/* RFC9293-MUST-69: the wire refuses anything but zeros behind End of List. */
TEST_F(pkt, MUST69_padding_is_zero)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int i;

	for (i = 0; i < 4; i++) {
		p->ws = i & 1 ? WS(3) : 0;
		p->ts = i & 2;
		peer_again(p);
		peer_syn(p);
		expect(p, SYN | ACK, 0, 1, .mss = own_mss());
		inject(p, RST, 1, 0);
	}
	close(listener);
}

/* MSS and what it is taken from */

static void set_mtu(int mtu)
{
	xt_run("ip link set dev pk0 mtu %d", mtu);
}

/* RFC9293-MUST-67, RFC6691-01: of the MTU, whatever options there are. */
TEST_F(pkt, MUST67_MSS_fits_the_MTU)
{
	int hdr = variant->fam == XT_V4 ? 40 : 60, mtu;
	struct peer p;

	for (mtu = 1280; mtu <= 1500; mtu += 44) {
		set_mtu(mtu);
		peer_init(&p);
		p.ts = mtu & 4;
		p.ws = WS(1);
		peer_listen(&p);
		peer_syn(&p);
		expect(&p, SYN | ACK, 0, 1, .mss = mtu - hdr);
		peer_init(&p);
		peer_connect(&p);
		expect(&p, SYN, 0, 0, .mss = mtu - hdr, .ts = true);
	}
}

/* RFC9293-SHLD-6, RFC6691-03: an MTU that has changed since. */
TEST_F(pkt, SHLD06_MSS_follows_the_MTU)
{
	struct peer *p = self->p;
	int hdr = variant->fam == XT_V4 ? 40 : 60;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = 1500 - hdr);
	inject(p, RST, 1, 0);
	set_mtu(1300);
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = 1300 - hdr);
	set_mtu(1400);
	inject(p, RST, 1, 0);
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = 1400 - hdr);
	close(listener);
}

/* Sent even where it says the default. */
TEST_F(pkt, MAY03_MSS_at_its_default)
{
	struct peer *p = self->p;

	set_mtu(variant->fam == XT_V4 ? 576 : 1280);
	peer_connect(p);
	expect(p, SYN, 0, 0, .mss = variant->fam == XT_V4 ? 536 : 1220);
}

/* RFC6691-02: the data gives way to options, not the MTU. */
TEST_F(pkt, RFC6691_02_options_take_room_from_data)
{
	struct peer *p = self->p;
	int fd;

	p->mss = own_mss();
	p->ts = true;
	fd = peer_accepted(p);
	app_write(fd, 0, 2 * own_mss());
	expect(p, ACK, 1, 1, .len = own_mss() - 12, .ts = true);
	EXPECT_EQ(PKT_MTU, p->last->raw_len);
}

/* RFC6691-04: no limit but the path's. */
TEST_F(pkt, RFC6691_04_unlimited_MSS)
{
	struct peer *p = self->p;

	p->mss = 65535;
	app_write(peer_accepted(p), 0, 2 * own_mss());
	expect(p, ACK, 1, 1, .len = own_mss());
	EXPECT_EQ(PKT_MTU, p->last->raw_len);
}

/* IP */

/* RFC9293-MUST-50: what IP passes up and TCP does not know. */
TEST_F(pkt, MUST50_unknown_IP_options)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	inject(p, SYN, 0, 0, .mss = 1000, .ip.opts = true);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1, .ip.opts = true);
	fd = xt_accept(listener);
	inject(p, ACK | PSH, 1, 1, .len = 100, .ip.opts = true);
	app_read(fd, 0, 100);
	expect(p, ACK, 1, 101);
	EXPECT_EQ(0, p->last->ip_opts);
	inject(p, RST, 101, 0, .ip.opts = true);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* RFC9293-MUST-49: of a socket, in all that it sends; of replies, the host's. */
TEST_F(pkt, MUST49_TTL)
{
	struct peer *p = self->p;
	bool v4 = variant->fam == XT_V4;
	int listener = peer_listen(p);

	xt_set(listener, v4 ? IPPROTO_IP : IPPROTO_IPV6,
	       v4 ? IP_TTL : IPV6_UNICAST_HOPS, 33);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	EXPECT_EQ(33, p->last->ttl);
}

/* Windows */

/* RFC9293-REC-1, RFC7323-04: a window beyond 16 bits is used to its end. */
TEST_F(pkt, REC1_windows_of_32_bits)
{
	struct peer *p = self->p;
	int fd, listener = peer_listen(p);
	__u32 sent = 0;

	pkt_patient();
	p->ws = WS(14);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1, .wnd = 20);	/* 327680 bytes */
	fd = xt_accept(listener);
	xt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 4000000);
	xt_nonblock(fd, true);
	app_write(fd, 0, 200000);
	while (sent < 150000 && peer_next(p, 1000)) {
		if (p->nxt - 1 - sent < 10000)
			continue;
		/* In flight is never less than what was acknowledged so far. */
		sent = p->nxt - 1;
		inject(p, ACK, 1, p->nxt, .wnd = 20);
	}
	EXPECT_LE(150000, sent);
}

/* RFC7323-03: a shift beyond 14 is taken as 14. */
TEST_F(pkt, RFC7323_03_shift_beyond_14)
{
	struct peer *p = self->p;
	int fd, listener = peer_listen(p);

	pkt_patient();
	p->ws = WS(15);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	/* 16384 bytes by a shift of 14, twice that by one of 15. */
	inject(p, ACK, 1, 1, .wnd = 1);
	fd = xt_accept(listener);
	xt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 400000);
	app_write(fd, 0, 40000);
	while (peer_next(p, 100))
		inject(p, ACK, 1, 1, .wnd = 1, .tsval = 0);
	EXPECT_GE(16384, p->nxt - 1);
	EXPECT_LE(9000, p->nxt - 1);
}

/* RFC7323-02: a window scale outside a SYN means nothing. */
TEST_F(pkt, RFC7323_02_scale_outside_a_SYN)
{
	static const __u8 scale[] = { 3, 3, 7, 0 };
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 1, .opts = scale, .optlen = 4);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .wnd = 2000);
	app_write(fd, 0, 5000);
	expect(p, ACK, 1, 2, .len = 1000);
	expect(p, ACK, 1001, 2, .len = 1000);
	expect_nothing(p, SOON_MS);
}

/* RFC7323-01: one side's offer alone switches it on for neither. */
TEST_F(pkt, RFC7323_01_no_scale_in_the_answer)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_connect(p);
	expect(p, SYN, 0, 0);
	EXPECT_TRUE(p->last->has & HAS_WS);
	p->wnd = 2000;
	peer_synack(p);
	expect(p, ACK, 1, 1);
	/* Ours is not scaled either: a window in plain bytes. */
	EXPECT_LE(5000, p->last->wnd);
	xt_nonblock(fd, false);
	app_write(fd, 0, 5000);
	expect(p, ACK, 1, 1, .len = 1000);
	expect(p, ACK, 1001, 1, .len = 1000);
	expect_nothing(p, SOON_MS);
}

/* RFC2018-01, -02: no SACK unless it was offered. */
TEST_F(pkt, RFC2018_02_no_SACK_unasked)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK, 101, 1, .len = 100);
	expect(p, ACK, 1, 1);
	EXPECT_FALSE(p->last->has & (HAS_SACK | HAS_SACK_PERM));
	close(fd);
}

/* RFC5482-02: the user timeout option is not known, and harms nobody. */
TEST_F(pkt, RFC5482_02_user_timeout_option)
{
	static const __u8 uto[] = { 28, 4, 0x80, 1 };
	struct peer *p = self->p;
	int listener = peer_listen(p);

	inject(p, SYN, 0, 0, .opts = uto, .optlen = 4);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1, .opts = uto, .optlen = 4);
	works(p, xt_accept(listener));
}

TEST_HARNESS_MAIN
