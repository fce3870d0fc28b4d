// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the options at SOL_SOCKET, IPPROTO_IP and IPPROTO_IPV6 (F-16, F-35,
 * F-36).
 */
#include "xtcp_harness.h"
#include "differences.h"
#include "pair_fixture.h"

#include <netinet/ip.h>
#include <netinet/tcp.h>

TEST_F(pair, F36_so_domain_type_protocol)
{
	int proto = xt_get(self->client, SOL_SOCKET, SO_PROTOCOL);

	EXPECT_EQ(xt_domain(self->fam),
		  xt_get(self->client, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(xt_domain(self->fam),
		  xt_get(self->server, SOL_SOCKET, SO_DOMAIN));
	EXPECT_EQ(SOCK_STREAM, xt_get(self->client, SOL_SOCKET, SO_TYPE));
	EXPECT_EQ(proto, xt_get(self->server, SOL_SOCKET, SO_PROTOCOL));
	EXPECT_EQ(xt_differs(XT_DIFF_PROTOCOL) ? IPPROTO_XTCP : IPPROTO_TCP,
		  proto);
	EXPECT_EQ(0, xt_get(self->client, SOL_SOCKET, SO_ACCEPTCONN));
}

TEST_F(pair, F36_read_only_options)
{
	static const int opts[] = { SO_TYPE, SO_PROTOCOL, SO_DOMAIN, SO_ERROR };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(opts); i++) {
		EXPECT_EQ(-1, xt_set(self->client, SOL_SOCKET, opts[i], 1));
		EXPECT_EQ(ENOPROTOOPT, errno)
			TH_LOG("option %d", opts[i]);
	}
}

TEST_F(pair, F36_unknown_options)
{
	socklen_t len = sizeof(int);
	int val = 0;

	EXPECT_EQ(-1, xt_set(self->client, SOL_SOCKET, 9999, 1));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, getsockopt(self->client, SOL_SOCKET, 9999, &val, &len));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, 9999, 1));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, getsockopt(self->client, IPPROTO_TCP, 9999, &val, &len));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_IP, 9999, 1));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(-1, xt_set(self->client, 250, 1, 1));
	EXPECT_EQ(ENOPROTOOPT, errno);
}

TEST_F(pair, F36_option_arguments)
{
	socklen_t len = 2;
	char small[4] = { 9, 9, 9, 9 };

	EXPECT_EQ(-1, setsockopt(self->client, SOL_SOCKET, SO_KEEPALIVE, small, 2));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(self->client, SOL_SOCKET, SO_KEEPALIVE, NULL, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, setsockopt(self->client, IPPROTO_TCP, TCP_NODELAY, small, 2));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, setsockopt(self->client, IPPROTO_TCP, TCP_NODELAY, NULL, 4));
	EXPECT_EQ(EFAULT, errno);
	/* A short buffer gets a short answer. */
	EXPECT_EQ(0, getsockopt(self->client, SOL_SOCKET, SO_TYPE, small, &len));
	EXPECT_EQ(2, len);
	EXPECT_EQ(9, small[2]);
	len = 2;
	EXPECT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_NODELAY, small,
				&len));
	EXPECT_EQ(2, len);
	EXPECT_EQ(9, small[2]);
	len = -1;
	EXPECT_EQ(-1, getsockopt(self->client, IPPROTO_TCP, TCP_NODELAY, small,
				 &len));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F35_sndbuf_doubles)
{
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_SNDBUF, 20000));
	EXPECT_EQ(40000, xt_get(self->client, SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_RCVBUF, 20000));
	EXPECT_EQ(40000, xt_get(self->client, SOL_SOCKET, SO_RCVBUF));
}

TEST_F(pair, F35_buffers_have_a_floor)
{
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_SNDBUF, 1));
	EXPECT_LT(2000, xt_get(self->client, SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_RCVBUF, 1));
	EXPECT_LT(2000, xt_get(self->client, SOL_SOCKET, SO_RCVBUF));
}

static long long core_limit(const char *name)
{
	char path[64], buf[32] = "";
	FILE *f;

	snprintf(path, sizeof(path), "/proc/sys/net/core/%s", name);
	f = fopen(path, "r");
	if (!f)
		return 0;
	if (!fgets(buf, sizeof(buf), f))
		xt_die("%s", path);
	fclose(f);
	return atoll(buf);
}

static long long first_wmem_max, first_rmem_max;

/* Before 6.9 only the first namespace shows the limits, which all share. */
static void __attribute__((constructor)) read_first_limits(void)
{
	first_wmem_max = core_limit("wmem_max");
	first_rmem_max = core_limit("rmem_max");
}

TEST_F(pair, F35_buffers_have_a_ceiling)
{
	long long wmem = core_limit("wmem_max") ?: first_wmem_max;
	long long rmem = core_limit("rmem_max") ?: first_rmem_max;

	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_SNDBUF, 1 << 30));
	EXPECT_EQ(2 * wmem, xt_get(self->client, SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_RCVBUF, 1 << 30));
	EXPECT_EQ(2 * rmem, xt_get(self->client, SOL_SOCKET, SO_RCVBUF));
}

TEST_F(pair, F35_bufforce)
{
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_SNDBUFFORCE, 64 << 20));
	EXPECT_EQ(128 << 20, xt_get(self->client, SOL_SOCKET, SO_SNDBUF));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20));
	EXPECT_EQ(128 << 20, xt_get(self->client, SOL_SOCKET, SO_RCVBUF));
}

/* A socket starts with the middle values of the knobs wmem and rmem. */
TEST_F(pair, F35_default_buffers)
{
	int min, def, fd = xt_socket(self->fam);
	char knob[64], *end;

	ASSERT_TRUE(xt_sysctl_read("wmem", knob, sizeof(knob)));
	min = strtol(knob, &end, 10);
	def = strtol(end, NULL, 10);
	EXPECT_LT(0, min);
	EXPECT_EQ(def, xt_get(fd, SOL_SOCKET, SO_SNDBUF));
	ASSERT_TRUE(xt_sysctl_read("rmem", knob, sizeof(knob)));
	min = strtol(knob, &end, 10);
	def = strtol(end, NULL, 10);
	EXPECT_LT(0, min);
	EXPECT_EQ(def, xt_get(fd, SOL_SOCKET, SO_RCVBUF));
	close(fd);
}

/* What may wait unread is bounded by the receive buffer. */
TEST_F(pair, F35_rcvbuf_bounds_the_queue)
{
	int listener = xt_bound(self->fam, 0);
	int client, server;
	size_t sent;

	ASSERT_EQ(0, xt_set(listener, SOL_SOCKET, SO_RCVBUF, 16384));
	ASSERT_EQ(0, listen(listener, 1));
	client = xt_socket(self->fam);
	ASSERT_EQ(0, xt_set(client, SOL_SOCKET, SO_SNDBUF, 16384));
	ASSERT_EQ(0, xt_try_connect(client, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	sent = xt_fill(client);
	EXPECT_GE(4 * 32768, sent);
	EXPECT_GE(32768, xt_inq(server));
	EXPECT_LT(0, xt_inq(server));
	/* At least: what is unacknowledged may be counted at both ends. */
	EXPECT_LE((int)sent, xt_inq(server) + xt_outq(client));
	xt_drain(server, sent);
	close(client);
	close(server);
	close(listener);
}

TEST_F(pair, F36_linger_get_set)
{
	struct linger linger = { .l_onoff = 5, .l_linger = 30 };
	socklen_t len = sizeof(linger);

	ASSERT_EQ(0, setsockopt(self->client, SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)));
	memset(&linger, 0, sizeof(linger));
	ASSERT_EQ(0, getsockopt(self->client, SOL_SOCKET, SO_LINGER, &linger,
				&len));
	EXPECT_EQ(1, linger.l_onoff);
	EXPECT_EQ(30, linger.l_linger);
	EXPECT_EQ(-1, setsockopt(self->client, SOL_SOCKET, SO_LINGER, &linger,
				 sizeof(linger) - 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_flags_get_set)
{
	static const int opts[] = {
		SO_KEEPALIVE, SO_OOBINLINE, SO_DONTROUTE, SO_BROADCAST,
		SO_TIMESTAMP, SO_REUSEADDR, SO_REUSEPORT,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(opts); i++) {
		EXPECT_EQ(0, xt_get(self->client, SOL_SOCKET, opts[i]))
			TH_LOG("option %d", opts[i]);
		EXPECT_EQ(0, xt_set(self->client, SOL_SOCKET, opts[i], 7))
			TH_LOG("option %d", opts[i]);
		EXPECT_EQ(1, xt_get(self->client, SOL_SOCKET, opts[i]))
			TH_LOG("option %d", opts[i]);
		EXPECT_EQ(0, xt_set(self->client, SOL_SOCKET, opts[i], 0));
		EXPECT_EQ(0, xt_get(self->client, SOL_SOCKET, opts[i]))
			TH_LOG("option %d", opts[i]);
	}
}

TEST_F(pair, F36_priority_and_mark)
{
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_PRIORITY, 6));
	EXPECT_EQ(6, xt_get(self->client, SOL_SOCKET, SO_PRIORITY));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_MARK, 0x1234));
	EXPECT_EQ(0x1234, xt_get(self->client, SOL_SOCKET, SO_MARK));
	xt_send_all(self->client, "x", 1);
	EXPECT_EQ(0, xt_wait_outq(self->client, 0));
}

TEST_F(pair, F36_rcvlowat_range)
{
	EXPECT_EQ(-1, xt_set(self->client, SOL_SOCKET, SO_SNDLOWAT, 2));
	EXPECT_EQ(ENOPROTOOPT, errno);
	EXPECT_EQ(1, xt_get(self->client, SOL_SOCKET, SO_SNDLOWAT));
	EXPECT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_RCVLOWAT, 0));
	EXPECT_EQ(1, xt_get(self->client, SOL_SOCKET, SO_RCVLOWAT));
}

TEST_F(pair, F36_tos)
{
	int fd = self->client;

	if (self->fam == XT_V6) {
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IPV6, IPV6_TCLASS, 0x48));
		EXPECT_EQ(0x48, xt_get(fd, IPPROTO_IPV6, IPV6_TCLASS));
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IPV6, IPV6_TCLASS, -1));
		EXPECT_EQ(0, xt_get(fd, IPPROTO_IPV6, IPV6_TCLASS));
	} else {
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IP, IP_TOS, 0x48));
		EXPECT_EQ(0x48, xt_get(fd, IPPROTO_IP, IP_TOS));
		/* The ECN bits belong to the stream, not to the program. */
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IP, IP_TOS, 0x4b));
		EXPECT_EQ(0x48, xt_get(fd, IPPROTO_IP, IP_TOS));
	}
	xt_send_all(fd, "x", 1);
	EXPECT_EQ(0, xt_wait_outq(fd, 0));
}

TEST_F(pair, F36_ttl)
{
	int fd = self->client;

	if (self->fam == XT_V6) {
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 7));
		EXPECT_EQ(7, xt_get(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS));
		EXPECT_EQ(-1, xt_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, 256));
	} else {
		EXPECT_EQ(0, xt_set(fd, IPPROTO_IP, IP_TTL, 7));
		EXPECT_EQ(7, xt_get(fd, IPPROTO_IP, IP_TTL));
		EXPECT_EQ(-1, xt_set(fd, IPPROTO_IP, IP_TTL, 256));
	}
	EXPECT_EQ(EINVAL, errno);
	xt_send_all(fd, "x", 1);
	EXPECT_EQ(0, xt_wait_outq(fd, 0));
}

TEST_F(pair, F36_mtu_of_the_path)
{
	int mtu = self->fam == XT_V6 ?
		xt_get(self->client, IPPROTO_IPV6, IPV6_MTU) :
		xt_get(self->client, IPPROTO_IP, IP_MTU);

	EXPECT_LE(65535, mtu);
	EXPECT_GE(65536, mtu);
}

TEST_F(pair, F36_incoming_cpu)
{
	xt_send_all(self->client, "x", 1);
	ASSERT_EQ(1, xt_wait_inq(self->server, 1));
	EXPECT_LE(0, xt_get(self->server, SOL_SOCKET, SO_INCOMING_CPU));
}

TEST_F(pair, F36_cookie_is_unique)
{
	__u64 a = 0, b = 0, again = 0;
	socklen_t len = sizeof(a);

	ASSERT_EQ(0, getsockopt(self->client, SOL_SOCKET, SO_COOKIE, &a, &len));
	ASSERT_EQ(0, getsockopt(self->server, SOL_SOCKET, SO_COOKIE, &b, &len));
	ASSERT_EQ(0, getsockopt(self->client, SOL_SOCKET, SO_COOKIE, &again, &len));
	EXPECT_NE(0, a);
	EXPECT_NE(a, b);
	EXPECT_EQ(a, again);
}

TEST_HARNESS_MAIN
