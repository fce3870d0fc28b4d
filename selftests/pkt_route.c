// SPDX-License-Identifier: GPL-2.0
/*
 * What a route says of connections, and IPv4 packets that name their own way:
 * RFC 9293 section 3.9.2.1, RFC 1122 section 3.2.1.8, RFC 6298 (2.4).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define V4_HDR	20
#define LSRR	131

/* Source routes */

/* NOP, loose source route by 10.9.0.3, then 10.9.0.5. */
static const __u8 by_two[] = { 1, LSRR, 11, 4, 10, 9, 0, 3, 10, 9, 0, 5 };
/* NOP, loose source route by 10.9.0.4. */
static const __u8 by_another[] = { 1, LSRR, 7, 4, 10, 9, 0, 4 };
/* A route that was gone: by 10.9.0.5, then 10.9.0.3; the pointer is behind. */
static const __u8 gone[] = { 1, LSRR, 11, 12, 10, 9, 0, 5, 10, 9, 0, 3 };

/* A host takes source routes only where it was told to. */
static void take_source_routes(void)
{
	xt_run("for i in all pk0; do echo 1 >/proc/sys/net/ipv4/conf/$i/accept_source_route; done");
}

/* The source route in the packet taken last, or NULL. */
static const __u8 *route_of(const struct peer *p)
{
	const __u8 *o = p->last->raw + V4_HDR, *end = o + p->last->ip_opts;

	while (o < end && *o == 1)
		o++;
	return o < end && *o == LSRR ? o : NULL;
}

/* The packet taken last goes by these hosts of 10.9.0, and ends at .2. */
static void goes_by(const char *where, struct peer *p, const __u8 *hosts, int n)
{
	const __u8 *route = route_of(p);
	int i;

	if (!route)
		peer_fail(where, p, "no source route");
	if (p->last->raw[19] != hosts[0])
		peer_fail(where, p, "goes to .%d first, not to .%d",
			  p->last->raw[19], hosts[0]);
	if (route[1] != 3 + 4 * n || route[2] != 4)
		peer_fail(where, p, "length %d, pointer %d", route[1], route[2]);
	for (i = 1; i <= n; i++)
		if (route[4 * i + 2] != (i < n ? hosts[i] : 2))
			peer_fail(where, p, "stop %d is .%d", i,
				  route[4 * i + 2]);
}

#define way(p, ...) do { \
	static const __u8 hosts[] = { __VA_ARGS__ }; \
	goes_by(PKT_HERE, p, hosts, sizeof(hosts)); \
} while (0)

static int set_route(int fd, const __u8 *opts, int len)
{
	return setsockopt(fd, IPPROTO_IP, IP_OPTIONS, opts, len);
}

/* RFC9293-MUST-51 */
TEST_F(pkt, MUST51_source_route_on_active_open)
{
	struct peer *p = self->p;
	union xt_addr addr;
	int fd;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	p->mss = 1460;
	fd = xt_socket(variant->fam);
	xt_nonblock(fd, true);
	ASSERT_EQ(0, set_route(fd, by_two, sizeof(by_two)));
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	expect(p, SYN, 0, 0);
	way(p, 3, 5);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	way(p, 3, 5);
	/* RFC6691-02: what the options take is not there for data. */
	app_write(fd, 0, 3000);
	expect(p, ACK, 1, 1, .len = 1500 - V4_HDR - 12 - PKT_TCP_HDR);
	way(p, 3, 5);
}

/* RFC9293-MUST-53: the way back, from the SYN-ACK on. */
TEST_F(pkt, MUST53_return_route_of_a_passive_open)
{
	struct peer *p = self->p;
	int fd, listener;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	take_source_routes();
	listener = peer_listen(p);
	inject(p, SYN, 0, 0, .mss = 1000, .ip.v4_opts = gone,
	       .ip.v4_optlen = sizeof(gone));
	expect(p, SYN | ACK, 0, 1);
	way(p, 3, 5);
	/* Repeated, the same. */
	expect(p, SYN | ACK, 0, 1, .min_ms = 500);
	way(p, 3, 5);
	/* The peer's own segments need not say it again. */
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	way(p, 3, 5);
	expect(p, ACK, 1, 1, .len = 100);
	way(p, 3, 5);
	close(fd);
	inject(p, ACK, 1, 101);
	expect(p, FIN | ACK, 101, 1, .again_ok = true);
	way(p, 3, 5);
}

/* RFC9293-MUST-53: a sender that names itself first is no stop. */
TEST_F(pkt, MUST53_sender_in_its_own_route)
{
	static const __u8 self_first[] = { 1, LSRR, 11, 12, 10, 9, 0, 2,
					   10, 9, 0, 3 };
	struct peer *p = self->p;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	take_source_routes();
	peer_listen(p);
	inject(p, SYN, 0, 0, .mss = 1000, .ip.v4_opts = self_first,
	       .ip.v4_optlen = sizeof(self_first));
	expect(p, SYN | ACK, 0, 1);
	way(p, 3);
}

/* RFC9293-MUST-53: a connection that came straight is not sent round. */
TEST_F(pkt, MUST53_no_route_without_one)
{
	struct peer *p = self->p;
	int fd;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	take_source_routes();
	fd = peer_accepted(p);
	/* Nor by what a later segment brings: RFC9293-SHLD-24. */
	inject(p, ACK | PSH, 1, 1, .len = 10, .ip.v4_opts = gone,
	       .ip.v4_optlen = sizeof(gone));
	expect(p, ACK, 1, 11);
	EXPECT_EQ(0, p->last->ip_opts);
	app_read(fd, 0, 10);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 11, .len = 100);
	EXPECT_EQ(0, p->last->ip_opts);
}

/* RFC9293-SHLD-24 */
TEST_F(pkt, SHLD24_later_route_overrides)
{
	struct peer *p = self->p;
	int fd, listener;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	DEVIATES(true, "whoever forges one segment would choose the way");
	take_source_routes();
	listener = peer_listen(p);
	inject(p, SYN, 0, 0, .mss = 1000, .ip.v4_opts = gone,
	       .ip.v4_optlen = sizeof(gone));
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	inject(p, ACK | PSH, 1, 1, .len = 10, .ip.v4_opts = by_another,
	       .ip.v4_optlen = sizeof(by_another));
	peer_drain(p, SOON_MS);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 11, .len = 100);
	way(p, 4);
}

/* RFC9293-MUST-52: what the program says goes before what a segment said. */
TEST_F(pkt, MUST52_own_route_overrides)
{
	struct peer *p = self->p;
	int fd, listener;

	if (variant->fam == XT_V6)
		SKIP(return, "source routes are IPv4's");
	TCP_DEVIATES("the new route, but its first stop is that of the old one");
	take_source_routes();
	listener = peer_listen(p);
	inject(p, SYN, 0, 0, .mss = 1000, .ip.v4_opts = gone,
	       .ip.v4_optlen = sizeof(gone));
	expect(p, SYN | ACK, 0, 1);
	way(p, 3, 5);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	ASSERT_EQ(0, set_route(fd, by_another, sizeof(by_another)));
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	way(p, 4);
	/* And back to none at all. */
	ASSERT_EQ(0, set_route(fd, NULL, 0));
	inject(p, ACK, 1, 101);
	app_write(fd, 100, 100);
	expect(p, ACK, 101, 1, .len = 100);
	EXPECT_EQ(0, p->last->ip_opts);
}

/* RFC9293-MAY-11, -MAY-10: other options of IP that a program may set. */
TEST_F(pkt, MAY11_record_route)
{
	static const __u8 record[] = { 1, 7, 11, 4, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const __u8 want[] = { 7, 11, 8, 10, 9, 0, 1 };
	struct peer *p = self->p;
	int fd;

	if (variant->fam == XT_V6)
		SKIP(return, "record route is IPv4's");
	fd = peer_accepted(p);
	ASSERT_EQ(0, set_route(fd, record, sizeof(record)));
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	ASSERT_EQ(12, p->last->ip_opts);
	EXPECT_EQ(0, memcmp(p->last->raw + V4_HDR + 1, want, sizeof(want)));
}

TEST_F(pkt, MAY10_timestamps)
{
	/* Timestamps without addresses, room for two. */
	static const __u8 stamps[12] = { 68, 12, 5, 0 };
	struct peer *p = self->p;
	const __u8 *o;
	int fd;

	if (variant->fam == XT_V6)
		SKIP(return, "this option is IPv4's");
	fd = peer_accepted(p);
	ASSERT_EQ(0, set_route(fd, stamps, sizeof(stamps)));
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	ASSERT_EQ(12, p->last->ip_opts);
	o = p->last->raw + V4_HDR;
	EXPECT_EQ(68, o[0]);
	EXPECT_EQ(9, o[2]);
	/* Milliseconds since midnight: not none, less than a day. */
	EXPECT_GT(86400000U, ntohl(*(__be32 *)(o + 4)));
}

/* Metrics of a route */

/* RFC6298-03: a route that asks for it rounds the RTO up to a second. */
TEST_F(pkt, RFC6298_03_a_second_by_the_route)
{
	struct peer *p = self->p;

	pkt_route("rto_min 1s");
	app_write(peer_accepted(p), 0, 500);
	expect(p, ACK, 1, 1, .len = 500);
	expect(p, ACK, 1, 1, .len = 500, .min_ms = 950, .max_ms = 1500);
}

/* F-35: the window that a route allows is not exceeded, now or later. */
TEST_F(pkt, F35_window_of_a_route)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_route("window 5000");
	p->ws = 0;
	fd = peer_accepted(p);
	for (i = 0; i < 20; i++) {
		EXPECT_GE(5000, (int)(p->edge - 1 - i * 1000));
		inject(p, ACK | PSH, 1 + i * 1000, 1, .len = 1000);
		app_read(fd, i * 1000, 1000);
		peer_drain(p, 60);
	}
	EXPECT_GE(5000, (int)(p->edge - 1 - i * 1000));
	EXPECT_LE(2000, (int)(p->edge - 1 - i * 1000));
}

/* F-35: the first window, in segments. */
TEST_F(pkt, F35_first_window_of_a_route)
{
	struct peer *p = self->p;
	int mss;

	pkt_route("initrwnd 3");
	peer_listen(p);
	p->ts = false;
	inject(p, SYN, 0, 0, .mss = 1000);
	expect(p, SYN | ACK, 0, 1);
	mss = p->last->mss;
	EXPECT_EQ(3 * mss, p->last->wnd);
}

TEST_F(pkt, F35_first_window_of_a_route_connecting)
{
	struct peer *p = self->p;

	pkt_route("initrwnd 2");
	xt_sysctl("timestamps", "0");
	peer_connect(p);
	expect(p, SYN, 0, 0);
	EXPECT_EQ(2 * p->last->mss, p->last->wnd);
}

/* The way in */

/* The route by which segments came is remembered, but not blindly. */
TEST_F(pkt, F07_no_way_in_without_the_address)
{
	bool v6 = variant->fam == XT_V6;
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 100);
	expect(p, ACK, 1, 101);
	xt_run(v6 ? "ip addr del fd09::1/64 dev pk0" :
		    "ip addr del 10.9.0.1/24 dev pk0");
	inject(p, ACK | PSH, 101, 1, .len = 100);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(100, xt_inq(fd));
	xt_run(v6 ? "ip addr add fd09::1/64 dev pk0 nodad" :
		    "ip addr add 10.9.0.1/24 dev pk0");
	inject(p, ACK | PSH, 101, 1, .len = 100);
	expect(p, ACK, 1, 201);
	app_read(fd, 0, 200);
}

/* RFC 6437 */

static __u32 flow_label(const struct peer *p)
{
	const __u8 *hdr = p->last->raw;

	return (hdr[1] & 0x0f) << 16 | hdr[2] << 8 | hdr[3];
}

/* The SYN-ACK goes the way of the rest, and where no connection is, a label too. */
TEST_F(pkt, F07_flow_label_of_a_reply)
{
	struct peer *p = self->p;
	__u32 label;
	int fd, listener;

	if (variant->fam != XT_V6)
		SKIP(return, "flow labels are IPv6's");
	p->dut = 5;
	inject(p, ACK, 1, 5000);
	expect(p, RST, 5000, 0);
	EXPECT_NE(0, flow_label(p));
	peer_again(p);
	listener = peer_listen(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	label = flow_label(p);
	EXPECT_NE(0, label);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	EXPECT_EQ(label, flow_label(p));
}

/* One connection, one label; another, another. */
TEST_F(pkt, F07_flow_label_of_a_connection)
{
	struct peer *p = self->p;
	__u32 label;
	int fd;

	if (variant->fam != XT_V6)
		SKIP(return, "flow labels are IPv6's");
	fd = peer_accepted(p);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	label = flow_label(p);
	EXPECT_NE(0, label);
	inject(p, ACK | PSH, 1, 101, .len = 100);
	expect(p, ACK, 101, 101);
	EXPECT_EQ(label, flow_label(p));
	shutdown(fd, SHUT_WR);
	expect(p, FIN | ACK, 101, 101);
	EXPECT_EQ(label, flow_label(p));
	peer_again(p);
	fd = peer_connected(p);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	EXPECT_NE(0, flow_label(p));
	EXPECT_NE(label, flow_label(p));
}

TEST_HARNESS_MAIN
