// SPDX-License-Identifier: GPL-2.0
/*
 * Who may open a connection, to whom, and from where, requirement by
 * requirement: RFC 9293 sections 3.4.1, 3.5, 3.9.1.1 and 3.9.2.3,
 * RFC 4987, RFC 5927 section 4.2, RFC 6056.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"
#include "pkt_works.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* The peer's and our records */

/* RFC9293-MUST-41: a passive open leaves what there is as it is. */
TEST_F(pkt, MUST41_listen_beside_a_connection)
{
	struct peer *p = self->p;
	struct peer q;
	int fd = peer_accepted(p), listener;

	listener = peer_listen(p);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	works(p, fd);
	peer_init(&q);
	q.dut = p->dut;
	peer_syn(&q);
	completes(&q, listener);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	close(listener);
	app_write(fd, 200, 10);
	expect(p, ACK, 201, 101, .len = 10);
}

/* A second passive open of the same address and port fails. */
TEST_F(pkt, MUST41_second_listener_fails)
{
	struct peer *p = self->p;
	union xt_addr addr;
	int fd;

	peer_listen(p);
	fd = xt_socket(variant->fam);
	EXPECT_EQ(-1, bind(fd, &addr.sa, pkt_addr(false, p->dut, &addr)));
	EXPECT_EQ(EADDRINUSE, errno);
	close(fd);
}

static int shared_port(__u16 port)
{
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, pkt_addr(false, port, &addr)))
		xt_die("bind");
	return fd;
}

/* RFC9293-MUST-42: LISTEN beside SYN-SENT of the same port. */
TEST_F(pkt, MUST42_listen_beside_SYN_SENT)
{
	struct peer *p = self->p;
	int fd = shared_port(0), listener;
	union xt_addr addr;
	struct peer q;

	p->dut = xt_port(fd);
	listener = shared_port(p->dut);
	xt_nonblock(fd, true);
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	expect(p, SYN, 0, 0);
	ASSERT_EQ(0, listen(listener, 5));
	peer_init(&q);
	q.dut = p->dut;
	peer_syn(&q);
	completes(&q, listener);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

TEST_F(pkt, MUST42_listen_beside_SYN_RECEIVED)
{
	struct peer *p = self->p;
	int fd = shared_port(0), listener;
	union xt_addr addr;

	p->dut = xt_port(fd);
	listener = shared_port(p->dut);
	xt_nonblock(fd, true);
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	ASSERT_EQ(0, listen(listener, 5));
	inject(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	works(p, fd);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
}

/* Addresses */

/* RFC9293-MUST-43, -45: the one asked for, in every segment (see the wire). */
TEST_F(pkt, MUST43_local_address_given)
{
	struct peer *p = self->p;
	int fd = shared_port(0);
	union xt_addr addr;

	p->dut = xt_port(fd);
	xt_nonblock(fd, true);
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	expect(p, SYN, 0, 0);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

static void second_address(void)
{
	xt_run("ip addr add %s dev pk0 %s",
	       pkt_fam() == XT_V4 ? "10.9.0.7/24" : "fd09::7/64",
	       pkt_fam() == XT_V4 ? "" : "nodad");
}

/* RFC9293-MUST-44, -45: chosen before the SYN, and kept although others come. */
TEST_F(pkt, MUST44_local_address_chosen)
{
	struct peer *p = self->p;
	union xt_addr addr, has;
	socklen_t len = sizeof(has);
	int fd = peer_connect(p);

	ASSERT_EQ(0, getsockname(fd, &has.sa, &len));
	pkt_addr(false, xt_addr_port(&has), &addr);
	EXPECT_EQ(0, memcmp(&addr, &has, variant->fam == XT_V4 ? 8 : 24));
	expect(p, SYN, 0, 0);
	second_address();
	expect(p, SYN, 0, 0, .min_ms = 500);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

/* RFC9293-MUST-45: the one that the peer spoke to. */
TEST_F(pkt, MUST45_same_address_throughout)
{
	struct peer *p = self->p;
	int fd;

	second_address();
	fd = peer_accepted(p);
	works(p, fd);
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 201, 101);
}

/* RFC9293-MUST-46: connect() to what no host is. */
TEST_F(pkt, MUST46_invalid_remote_address)
{
	static const char * const v4[] = { "10.9.0.255", "255.255.255.255",
					   "224.0.0.1", "239.1.2.3" };
	static const char * const v6[] = { "ff02::1", "ff0e::5" };
	unsigned int i, n = variant->fam == XT_V4 ? COUNT(v4) : COUNT(v6);
	union xt_addr addr;
	socklen_t len;
	int fd;

	xt_run("ip %s route add default dev pk0",
	       variant->fam == XT_V4 ? "-4" : "-6");
	for (i = 0; i < n; i++) {
		fd = xt_socket(variant->fam);
		xt_nonblock(fd, true);
		len = pkt_addr(true, 77, &addr);
		if (variant->fam == XT_V4)
			inet_pton(AF_INET, v4[i], &addr.v4.sin_addr);
		else
			inet_pton(AF_INET6, v6[i], &addr.v6.sin6_addr);
		EXPECT_EQ(-1, connect(fd, &addr.sa, len));
		EXPECT_NE(EINPROGRESS, errno);
		close(fd);
	}
	expect_nothing(self->p, SOON_MS);
}

/* Addresses of many, on this wire and beyond. */
static const char * const many_v4[] = { "10.9.0.255", "255.255.255.255",
					"224.0.0.1", NULL };
static const char * const many_v6[] = { "ff02::1", "ff01::1", NULL };

static const char * const *many(void)
{
	return pkt_fam() == XT_V4 ? many_v4 : many_v6;
}

static int listen_to_all(struct peer *p)
{
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;

	if (bind(fd, &addr.sa, xt_any(pkt_fam(), 0, &addr)) || listen(fd, 5))
		xt_die("listen");
	p->dut = xt_port(fd);
	return fd;
}

/* RFC9293-MUST-57: a SYN that was sent to many is answered by none. */
TEST_F(pkt, MUST57_SYN_to_many)
{
	struct peer *p = self->p;
	int listener = listen_to_all(p);
	const char * const *dst;

	for (dst = many(); *dst; dst++) {
		inject(p, SYN, 0, 0, .mss = 1000, .ip.dst = *dst);
		inject(p, SYN, 0, 0, .len = 10, .ip.dst = *dst);
		p->dut++;
		inject(p, SYN, 0, 0, .ip.dst = *dst);
		p->dut--;
	}
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	peer_syn(p);
	completes(p, listener);
}

/* "... should be applied to all": whatever it is. */
TEST_F(pkt, MUST57_segments_to_many)
{
	struct peer *p = self->p;
	int listener = listen_to_all(p);
	const char * const *dst;
	int fd;

	DEVIATES(xt_is_tcp() && variant->fam == XT_V6,
		 "a listener resets an ACK sent to a multicast address");
	for (dst = many(); *dst; dst++) {
		inject(p, ACK, 1, 1, .ip.dst = *dst);
		inject(p, FIN | ACK, 1, 1, .ip.dst = *dst);
		inject(p, RST, 1, 1, .ip.dst = *dst);
		p->dut++;
		inject(p, ACK, 1, 1, .ip.dst = *dst);
		inject(p, FIN, 1, 0, .ip.dst = *dst);
		p->dut--;
	}
	expect_nothing(p, SOON_MS);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	for (dst = many(); *dst; dst++) {
		inject(p, ACK | PSH, 1, 1, .len = 5, .ip.dst = *dst);
		inject(p, RST, 1, 0, .ip.dst = *dst);
		inject(p, SYN, 1, 0, .ip.dst = *dst);
	}
	while (peer_next(p, SOON_MS))
		EXPECT_EQ(0, p->last->flags & RST);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	EXPECT_EQ(0, xt_inq(fd));
}

static void syn_from(struct peer *p, const char *src)
{
	inject(p, SYN, 0, 0, .mss = 1000, .ip.src = src);
}

/* RFC9293-MUST-63: from where no answer can go. */
TEST_F(pkt, MUST63_invalid_source)
{
	static const char * const v4[] = { "255.255.255.255", "224.0.0.1",
					   "239.9.9.9", "0.0.0.0", "127.0.0.1" };
	static const char * const v6[] = { "ff02::1", "ff0e::9", "::1" };
	unsigned int i, n = variant->fam == XT_V4 ? COUNT(v4) : COUNT(v6);
	struct peer *p = self->p;
	int listener = peer_listen(p);

	for (i = 0; i < n; i++)
		syn_from(p, variant->fam == XT_V4 ? v4[i] : v6[i]);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
	peer_syn(p);
	completes(p, listener);
}

/* The broadcast address of a subnet; rp_filter, as distributions set it. */
TEST_F(pkt, MUST63_broadcast_of_the_subnet)
{
	struct peer *p = self->p;

	if (variant->fam == XT_V6)
		SKIP(return, "IPv6 has no broadcast");
	xt_run("echo 1 >/proc/sys/net/ipv4/conf/all/rp_filter");
	peer_listen(p);
	syn_from(p, "10.9.0.255");
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* Numbers that nobody can guess */

/* RFC9293-MUST-9, RFC6528-02: the secret is in it, for each tuple. */
TEST_F(pkt, MUST09_ISN_depends_on_the_whole_tuple)
{
	struct peer *p = self->p;
	int i, near = 0, listener;
	__u32 isn[32];
	struct peer q;

	for (i = 0; i < 32; i++) {
		/* Another of our ports with the same peer. */
		peer_init(&q);
		q.port = p->port;
		listener = peer_listen(&q);
		peer_syn(&q);
		expect(&q, SYN | ACK, 0, 1);
		isn[i] = q.irs;
		near += i && isn[i] - isn[i - 1] < 1 << 22;
		close(listener);
	}
	EXPECT_GT(4, near);
}

/* RFC9293-SHLD-1, RFC6528-01: of an active open, too. */
TEST_F(pkt, SHLD01_ISN_of_active_opens)
{
	int i, near = 0;
	__u32 last = 0;
	struct peer q;

	for (i = 0; i < 32; i++) {
		peer_init(&q);
		close(peer_connect(&q));
		expect(&q, SYN, 0, 0);
		near += i && q.irs - last < 1 << 22;
		last = q.irs;
	}
	EXPECT_GT(4, near);
}

/* RFC5927-05: ports that cannot be guessed from the last one. */
TEST_F(pkt, RFC5927_05_ephemeral_ports)
{
	int i, in_order = 0;
	__u16 last = 0;
	struct peer q;

	for (i = 0; i < 32; i++) {
		peer_init(&q);
		close(peer_connect(&q));
		in_order += i && (__u16)(q.dut - last) <= 2;
		last = q.dut;
	}
	EXPECT_GT(8, in_order);
}

/* Floods: RFC 4987 */

/* RFC4987-04: half-open connections are bounded, and leave no trace. */
TEST_F(pkt, RFC4987_04_half_open_is_bounded)
{
	struct peer *p = self->p;
	int i, answered = 0, listener;
	struct peer q;

	xt_sysctl("syncookies", "0");
	xt_sysctl("max_syn_backlog", "16");
	listener = peer_listen(p);
	for (i = 0; i < 100; i++) {
		peer_init(&q);
		q.dut = p->dut;
		peer_syn(&q);
		answered += !!peer_next(&q, 0);
	}
	EXPECT_LE(8, answered);
	EXPECT_GE(20, answered);
	close(listener);
}

/* RFC4987-05: one that resets makes room for the next. */
TEST_F(pkt, RFC4987_05_room_is_given_back)
{
	struct peer *p = self->p;
	int i, listener;
	struct peer q;

	xt_sysctl("syncookies", "0");
	xt_sysctl("max_syn_backlog", "16");
	listener = peer_listen(p);
	for (i = 0; i < 100; i++) {
		peer_init(&q);
		q.dut = p->dut;
		peer_syn(&q);
		expect(&q, SYN | ACK, 0, 1);
		inject(&q, RST, 1, 0);
	}
	peer_syn(p);
	completes(p, listener);
}

/* RFC4987-01: a client gets in although strangers fill the queue. */
TEST_F(pkt, RFC4987_01_client_during_a_flood)
{
	struct peer *p = self->p;
	int i, listener;
	struct peer q;

	xt_sysctl("syncookies", "1");
	xt_sysctl("max_syn_backlog", "16");
	listener = peer_listen(p);
	for (i = 0; i < 200; i++) {
		peer_init(&q);
		q.dut = p->dut;
		peer_syn(&q);
	}
	peer_syn(p);
	completes(p, listener);
}

TEST_HARNESS_MAIN
