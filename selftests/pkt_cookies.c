// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies, segment by segment: when they are sent, what they carry, and
 * what does not pass for one (F-23, F-24; RFC 4987 section 3.6).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"

#include <netinet/tcp.h>
#include <unistd.h>

#define FORGERIES	3000

/* Did a counter come to this? The kernel's TCP counts elsewhere. */
static bool counted(unsigned long want, const char *name)
{
	return xt_is_tcp() || pkt_counter(name) == want;
}

/* Another connection, from another port. */
static void from_elsewhere(struct peer *p)
{
	p->port++;
	peer_again(p);
}

static int listen_with(struct peer *p, const char *knob)
{
	xt_sysctl("syncookies", knob);
	return peer_listen(p);
}

/* Nothing of the connection is kept, and the third segment makes it. */
TEST_F(pkt, F23_always)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .mss = own_mss(), .ws = NO_WS, .no_ts = true);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_TRUE(counted(1, "SyncookiesSent"));
	/* Nor is the SYN-ACK repeated. */
	expect_nothing(p, 1200);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
	EXPECT_TRUE(counted(1, "SyncookiesRecv"));
	EXPECT_TRUE(counted(0, "SyncookiesFailed"));
}

TEST_F(pkt, F23_when_the_queue_is_full)
{
	struct peer *p = self->p;
	struct peer other;
	int listener;

	if (xt_is_tcp())
		SKIP(return, "another rule for the length of its queue");
	xt_sysctl("max_syn_backlog", "1");
	listener = listen_with(p, "1");
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	EXPECT_TRUE(counted(0, "SyncookiesSent"));
	other = *p;
	other.last = NULL;
	from_elsewhere(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_TRUE(counted(1, "SyncookiesSent"));
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
	inject(&other, RST, 1, 0);
}

TEST_F(pkt, F23_never)
{
	struct peer *p = self->p;
	unsigned long before;

	if (xt_is_tcp())
		SKIP(return, "another rule for the length of its queue");
	xt_sysctl("max_syn_backlog", "0");
	listen_with(p, "0");
	before = pkt_counter("DropSynqFull");
	peer_syn(p);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(before + 1, pkt_counter("DropSynqFull"));
	EXPECT_TRUE(counted(0, "SyncookiesSent"));
}

/* What the third segment brings is not lost, whichever segment is the third. */
TEST_F(pkt, F24_data_in_the_third_segment)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK | PSH, 1, 1, .len = 300);
	fd = xt_accept(listener);
	app_read(fd, 0, 300);
	expect(p, ACK, 1, 301, .again_ok = true);
	from_elsewhere(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, FIN | ACK | PSH, 1, 1, .len = 5);
	close(fd);
	fd = xt_accept(listener);
	app_read(fd, 0, 5);
	xt_expect_eof(fd);
}

static void check_mss(struct __test_metadata *_metadata, struct peer *p,
		      int listener, __u16 announced, __u32 least)
{
	const struct pkt_seg *seg;
	int fd;

	from_elsewhere(p);
	p->mss = announced;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	app_write(fd, 0, announced + 100);
	seg = expect(p, ACK, 1, 1, .any_len = true);
	EXPECT_LE(seg->len, announced);
	EXPECT_GE(seg->len, least);
	inject(p, RST, 1, 0);
	close(fd);
}

/* RFC 9293 MUST-16: never more than the peer announced, and not much less. */
TEST_F(pkt, F24_mss)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");

	check_mss(_metadata, p, listener, 100, 88);
	check_mss(_metadata, p, listener, 540, 536);
	check_mss(_metadata, p, listener, 1300, 1220);
	if (variant->fam == XT_V4)
		check_mss(_metadata, p, listener, 1460, 1448);
	else
		check_mss(_metadata, p, listener, 1440, 1428);
}

/* Window scale comes back by the timestamp, whose clock does not run back. */
TEST_F(pkt, F24_window_scale_by_timestamp)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");
	const struct pkt_seg *seg;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	__u32 first;
	int fd;

	p->ts = true;
	p->ws = WS(9);
	peer_syn(p);
	seg = expect(p, SYN | ACK, 0, 1, .ts = true);
	EXPECT_TRUE(seg->has & HAS_WS);
	first = seg->tsval;
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_TRUE(info.tcpi_snd_wscale == 9);
	EXPECT_TRUE(info.tcpi_options & TCPI_OPT_TIMESTAMPS);
	inject(p, ACK | PSH, 1, 1, .len = 10);
	seg = expect(p, ACK, 1, 11, .ts = true);
	EXPECT_GE((__s32)(seg->tsval - first), 0);
	close(fd);
}

/* A handshake up to the SYN-ACK, whose cookie is then misused. */
static void offer(struct peer *p)
{
	from_elsewhere(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
}

static void refused(struct __test_metadata *_metadata, struct peer *p,
		    __u32 ack)
{
	expect(p, RST, ack, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

TEST_F(pkt, F24_altered_cookies)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");
	unsigned int bit;
	__u16 port;

	offer(p);
	for (bit = 0; bit < 32; bit++) {
		inject(p, ACK, 1, 1 ^ (1U << bit));
		refused(_metadata, p, 1 ^ (1U << bit));
	}
	/* Of another sequence number, and of another connection. */
	inject(p, ACK, 2, 1);
	refused(_metadata, p, 1);
	port = p->port++;
	inject(p, ACK, 1, 1);
	refused(_metadata, p, 1);
	p->port = port;
	EXPECT_TRUE(counted(34, "SyncookiesFailed"));
	EXPECT_TRUE(counted(0, "SyncookiesRecv"));
	/* It was good all the while. */
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

/* The timestamp is part of it: one that cannot be of that time is refused. */
TEST_F(pkt, F24_altered_timestamps)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");

	p->ts = true;
	offer(p);
	inject(p, ACK, 1, 1, .tsecr = p->tsecr + 60000);
	refused(_metadata, p, 1);
	inject(p, ACK, 1, 1, .tsecr = p->tsecr - 200000);
	refused(_metadata, p, 1);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

TEST_F(pkt, F24_forged_cookies)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");
	__u64 seed = xt_seed();
	int i;

	offer(p);
	for (i = 0; i < FORGERIES; i++) {
		__u32 ack = xt_random(&seed) | 2;

		inject(p, ACK, 1, ack);
		expect(p, RST, ack, 0);
	}
	EXPECT_TRUE(counted(FORGERIES, "SyncookiesFailed"));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
}

/* Where none was sent, none is looked for. */
TEST_F(pkt, F24_none_out)
{
	struct peer *p = self->p;

	listen_with(p, "1");
	inject(p, ACK, 1, 1);
	expect(p, RST, 1, 0);
	EXPECT_TRUE(counted(0, "SyncookiesFailed"));
}

/* F-22: a full accept queue refuses it as any other, and keeps nothing. */
TEST_F(pkt, F22_accept_queue_full)
{
	struct peer *p = self->p;
	int listener = listen_with(p, "2");
	struct peer first;

	ASSERT_EQ(0, listen(listener, 0));
	offer(p);
	first = *p;
	first.last = NULL;
	offer(p);
	inject(&first, ACK, 1, 1);
	ASSERT_EQ(XT_ESTABLISHED, peer_wait_state(&first, XT_ESTABLISHED));
	inject(p, ACK, 1, 1);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_TRUE(counted(1, "ListenOverflows"));
	EXPECT_TRUE(counted(1, "ListenDrops"));
	close(xt_accept(listener));
	expect(&first, FIN | ACK, 1, 1);
	inject(&first, RST, 1, 0);
	inject(p, ACK, 1, 1);
	works(p, xt_accept(listener));
}

TEST_HARNESS_MAIN
