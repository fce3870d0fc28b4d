// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of connect where it fails: refused, unreachable, timed out, or given
 * a bad address (F-14, F-15).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>

/* An address outside, for which the tests install a route of their choice. */
static socklen_t far_address(enum xt_fam fam, union xt_addr *addr)
{
	socklen_t len = xt_loopback(fam, 9, addr);

	if (fam == XT_V4)
		inet_pton(AF_INET, "198.51.100.1", &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, fam == XT_V6 ? "2001:db8::1" :
			  "::ffff:198.51.100.1", &addr->v6.sin6_addr);
	return len;
}

static void far_route(enum xt_fam fam, const char *type)
{
	xt_run("ip %s route add %s %s", fam == XT_V6 ? "-6" : "-4", type,
	       fam == XT_V6 ? "2001:db8::/64" : "198.51.100.0/24");
}

static __u16 closed_port(enum xt_fam fam)
{
	int fd = xt_bound(fam, 0);
	__u16 port = xt_port(fd);

	close(fd);
	return port;
}

TEST_F(api, F15_refused)
{
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam,
				     closed_port(self->fam)));
	EXPECT_EQ(ECONNREFUSED, errno);
	/* connect told it, so nothing is left to tell. */
	EXPECT_EQ(0, xt_sock_error(self->fd));
}

TEST_F(api, F15_refused_bound_not_listening)
{
	int bound = xt_bound(self->fam, 0);

	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(bound)));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(bound);
}

TEST_F(api, F15_refused_nonblocking)
{
	short events;

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam,
				     closed_port(self->fam)));
	EXPECT_EQ(EINPROGRESS, errno);
	events = xt_wait_all(self->fd, POLLIN | POLLOUT | POLLERR | POLLHUP);
	EXPECT_EQ(POLLIN | POLLOUT | POLLERR | POLLHUP, events);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(self->fd));
	/* Read once, and gone. */
	EXPECT_EQ(0, xt_sock_error(self->fd));
	EXPECT_EQ(0, xt_events(self->fd, POLLIN | POLLOUT) & POLLERR);
}

TEST_F(api, F15_refused_nonblocking_by_connect)
{
	__u16 port = closed_port(self->fam);

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(EINPROGRESS, errno);
	ASSERT_TRUE(xt_wait(self->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, port));
	EXPECT_EQ(ECONNREFUSED, errno);
}

TEST_F(api, F15_refused_nonblocking_by_recv)
{
	char c;

	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam,
				     closed_port(self->fam)));
	ASSERT_TRUE(xt_wait(self->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(-1, recv(self->fd, &c, 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(0, recv(self->fd, &c, 1, 0));
}

TEST_F(api, F15_refused_nonblocking_by_send)
{
	xt_nonblock(self->fd, true);
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam,
				     closed_port(self->fam)));
	ASSERT_TRUE(xt_wait(self->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(-1, send(self->fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(-1, send(self->fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(api, F15_network_unreachable)
{
	union xt_addr addr;
	socklen_t len = far_address(self->fam, &addr);

	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(ENETUNREACH, errno);
	/* Refused before a SYN: the socket may try elsewhere. */
	EXPECT_EQ(0, xt_sock_error(self->fd));
}

TEST_F(api, F15_host_unreachable)
{
	union xt_addr addr;
	socklen_t len = far_address(self->fam, &addr);

	far_route(self->fam, "unreachable");
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EHOSTUNREACH, errno);
}

TEST_F(api, F15_route_prohibits)
{
	union xt_addr addr;
	socklen_t len = far_address(self->fam, &addr);

	far_route(self->fam, "prohibit");
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(api, F15_route_is_a_black_hole)
{
	union xt_addr addr;
	socklen_t len = far_address(self->fam, &addr);

	far_route(self->fam, "blackhole");
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EINVAL, errno);
}

/* Neighbour resolution that fails is a hard error of the attempt's end. */
TEST_F(api, F15_no_neighbour)
{
	union xt_addr addr;

	xt_silent_peer(self->fam, &addr);
	xt_run("ip neigh flush dev xs0 nud permanent");
	xt_run("for f in 4 6; do echo 50 > /proc/sys/net/ipv$f/neigh/xs0/retrans_time_ms; done");
	ASSERT_EQ(0, xt_set(self->fd, IPPROTO_TCP, TCP_SYNCNT, 1));
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EHOSTUNREACH, errno);
}

TEST_F(api, F14_timed_out)
{
	union xt_addr addr;
	__u64 begin, took;
	__u16 port;

	port = xt_silent_peer(self->fam, &addr);
	ASSERT_EQ(0, xt_set(self->fd, IPPROTO_TCP, TCP_SYNCNT, 1));
	begin = xt_now_ms();
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(ETIMEDOUT, errno);
	took = xt_now_ms() - begin;
	/* One repetition: 1 s to it, 2 s more to give up. */
	EXPECT_LE(2900, took);
	EXPECT_GE(8000, took);
	EXPECT_EQ(XT_NONE, xt_wait_state(xt_port(self->fd), port, XT_NONE));
}

TEST_F(api, F14_syn_retries_knob)
{
	union xt_addr addr;
	__u64 begin, took;

	xt_silent_peer(self->fam, &addr);
	xt_sysctl("syn_retries", "1");
	xt_nonblock(self->fd, true);
	begin = xt_now_ms();
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_TRUE(xt_wait(self->fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(self->fd));
	took = xt_now_ms() - begin;
	EXPECT_LE(2900, took);
	EXPECT_GE(8000, took);
}

TEST_F(api, F15_wrong_family)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 9, &addr);

	addr.sa.sa_family = AF_UNIX;
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(EAFNOSUPPORT, errno);
}

TEST_F(api, F15_short_address)
{
	union xt_addr addr;

	xt_loopback(self->fam, 9, &addr);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, 8));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(self->fd, NULL, sizeof(addr)));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(api, F15_multicast)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 9, &addr);

	xt_run("ip route add 224.0.0.0/4 dev lo");
	if (self->fam == XT_V4)
		inet_pton(AF_INET, "224.0.0.1", &addr.v4.sin_addr);
	else
		inet_pton(AF_INET6, self->fam == XT_V6 ? "ff02::1" :
			  "::ffff:224.0.0.1", &addr.v6.sin6_addr);
	EXPECT_EQ(-1, connect(self->fd, &addr.sa, len));
	EXPECT_EQ(ENETUNREACH, errno);
}

TEST_F(api, F16_ports_run_out)
{
	int listener = xt_listen(self->fam, 64);
	int fds[10], i;

	xt_sysctl("local_port_range", "41000 41009");
	for (i = 0; i < 10; i++)
		fds[i] = xt_connect(self->fam, xt_port(listener));
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	xt_reset(&fds[5]);
	EXPECT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	for (i = 0; i < 10; i++)
		xt_close(&fds[i]);
	close(listener);
}

TEST_F(api, F36_unconnected_send_recv)
{
	char c;

	EXPECT_EQ(-1, send(self->fd, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(-1, recv(self->fd, &c, 1, 0));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, recv(self->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(api, F36_unconnected_poll)
{
	EXPECT_EQ(POLLOUT | POLLHUP,
		  xt_events(self->fd, POLLIN | POLLOUT | POLLRDHUP));
}

TEST(F15_socket_types)
{
	EXPECT_EQ(-1, socket(AF_INET, SOCK_DGRAM, xt_proto));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_EQ(-1, socket(AF_INET6, SOCK_DGRAM, xt_proto));
	EXPECT_EQ(EPROTONOSUPPORT, errno);
	EXPECT_EQ(-1, socket(AF_INET, SOCK_SEQPACKET, xt_proto));
	EXPECT_EQ(ESOCKTNOSUPPORT, errno);
}

TEST_HARNESS_MAIN
