// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the options at IPPROTO_TCP: what each holds, its range, and what
 * can be seen of its effect without looking at packets (F-30, F-33, F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <netinet/tcp.h>

#ifndef TCP_NOTSENT_LOWAT
#define TCP_NOTSENT_LOWAT	25
#endif

struct range {
	const char *name;
	int opt;
	int low;	/* lowest value taken */
	int high;	/* highest value taken */
	int below;	/* refused */
	int above;	/* refused, or 0 when none is */
};

static const struct range ranges[] = {
	{ "TCP_KEEPIDLE", TCP_KEEPIDLE, 1, 32767, 0, 32768 },
	{ "TCP_KEEPINTVL", TCP_KEEPINTVL, 1, 32767, 0, 32768 },
	{ "TCP_KEEPCNT", TCP_KEEPCNT, 1, 127, 0, 128 },
	{ "TCP_SYNCNT", TCP_SYNCNT, 1, 127, 0, 128 },
	{ "TCP_USER_TIMEOUT", TCP_USER_TIMEOUT, 0, 2147483647, -1, 0 },
};

TEST_F(pair, F36_ranges)
{
	const struct range *r;

	for (r = ranges; r < ranges + ARRAY_SIZE(ranges); r++) {
		EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, r->opt, r->high))
			TH_LOG("%s = %d", r->name, r->high);
		EXPECT_EQ(r->high, xt_get(self->client, IPPROTO_TCP, r->opt))
			TH_LOG("%s", r->name);
		EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, r->opt, r->low))
			TH_LOG("%s = %d", r->name, r->low);
		EXPECT_EQ(r->low, xt_get(self->client, IPPROTO_TCP, r->opt))
			TH_LOG("%s", r->name);
		EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, r->opt, r->below))
			TH_LOG("%s = %d", r->name, r->below);
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(r->low, xt_get(self->client, IPPROTO_TCP, r->opt))
			TH_LOG("%s after a refused value", r->name);
		if (!r->above)
			continue;
		EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, r->opt, r->above))
			TH_LOG("%s = %d", r->name, r->above);
		EXPECT_EQ(EINVAL, errno);
	}
}

/* Until an option is set the knob of the namespace speaks. */
TEST_F(pair, F50_defaults_come_from_knobs)
{
	static const struct {
		const char *knob;
		int opt;
	} pairs[] = {
		{ "keepalive_time", TCP_KEEPIDLE },
		{ "keepalive_intvl", TCP_KEEPINTVL },
		{ "keepalive_probes", TCP_KEEPCNT },
		{ "syn_retries", TCP_SYNCNT },
		{ "fin_timeout", TCP_LINGER2 },
	};
	char val[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		ASSERT_TRUE(xt_sysctl_read(pairs[i].knob, val, sizeof(val)));
		EXPECT_EQ(atoi(val),
			  xt_get(self->client, IPPROTO_TCP, pairs[i].opt))
			TH_LOG("%s", pairs[i].knob);
		xt_sysctl(pairs[i].knob, "33");
		EXPECT_EQ(33, xt_get(self->client, IPPROTO_TCP, pairs[i].opt))
			TH_LOG("%s", pairs[i].knob);
	}
}

TEST_F(pair, F30_nodelay)
{
	EXPECT_EQ(0, xt_get(self->client, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_NODELAY, 1));
	EXPECT_EQ(1, xt_get(self->client, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, xt_get(self->server, IPPROTO_TCP, TCP_NODELAY));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_NODELAY, 0));
	EXPECT_EQ(0, xt_get(self->client, IPPROTO_TCP, TCP_NODELAY));
}

TEST_F(pair, F30_cork_holds)
{
	char buf[8] = "";

	EXPECT_EQ(0, xt_get(self->client, IPPROTO_TCP, TCP_CORK));
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_CORK, 1));
	EXPECT_EQ(1, xt_get(self->client, IPPROTO_TCP, TCP_CORK));
	xt_send_all(self->client, "abc", 3);
	xt_send_all(self->client, "def", 3);
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_CORK, 0));
	ASSERT_TRUE(xt_wait(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(6, recv(self->server, buf, sizeof(buf), 0));
	EXPECT_STREQ("abcdef", buf);
}

TEST_F(pair, F30_cork_holds_for_a_while_only)
{
	char buf[8] = "";

	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_CORK, 1));
	xt_send_all(self->client, "abc", 3);
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("abc", buf);
}

TEST_F(pair, F30_quickack)
{
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_QUICKACK, 0));
	EXPECT_EQ(0, xt_get(self->client, IPPROTO_TCP, TCP_QUICKACK));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_QUICKACK, 1));
	EXPECT_EQ(1, xt_get(self->client, IPPROTO_TCP, TCP_QUICKACK));
}

TEST_F(pair, F06_maxseg)
{
	int listener = xt_listen(self->fam, 1);
	int fd = xt_socket(self->fam), server, mss;

	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_MAXSEG, 10));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_MAXSEG, 32768));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_MAXSEG, 1000));
	EXPECT_EQ(1000, xt_get(fd, IPPROTO_TCP, TCP_MAXSEG));
	ASSERT_EQ(0, xt_try_connect(fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	/* The 12 bytes of timestamps come off the announced size. */
	mss = xt_get(fd, IPPROTO_TCP, TCP_MAXSEG);
	EXPECT_GE(1000, mss);
	EXPECT_LE(960, mss);
	mss = xt_get(server, IPPROTO_TCP, TCP_MAXSEG);
	EXPECT_GE(1000, mss);
	EXPECT_LE(960, mss);
	close(fd);
	close(server);
	close(listener);
}

TEST_F(pair, F30_window_clamp)
{
	EXPECT_LT(0, xt_get(self->client, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	EXPECT_EQ(0, xt_set(self->server, IPPROTO_TCP, TCP_WINDOW_CLAMP, 30000));
	EXPECT_EQ(30000, xt_get(self->server, IPPROTO_TCP, TCP_WINDOW_CLAMP));
	/* Only a closed socket may have the clamp taken off. */
	EXPECT_EQ(-1, xt_set(self->server, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F35_notsent_lowat)
{
	EXPECT_EQ(0, xt_get(self->client, IPPROTO_TCP, TCP_NOTSENT_LOWAT));
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 16384));
	EXPECT_EQ(16384, xt_get(self->client, IPPROTO_TCP, TCP_NOTSENT_LOWAT));
}

TEST_F(pair, F33_congestion)
{
	char name[16] = "", before[16] = "";
	socklen_t len = sizeof(name);

	ASSERT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				before, &len));
	EXPECT_NE('\0', before[0]);
	ASSERT_EQ(0, setsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				"reno", 4));
	len = sizeof(name);
	ASSERT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				name, &len));
	EXPECT_EQ(16, len);
	EXPECT_STREQ("reno", name);
	EXPECT_EQ(-1, setsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				 "nonesuch", 8));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(-1, setsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				 "", 0));
	EXPECT_EQ(EINVAL, errno);
	len = 3;
	memset(name, 0, sizeof(name));
	EXPECT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				name, &len));
	EXPECT_EQ(3, len);
	EXPECT_EQ(0, memcmp(name, "ren", 3));
}

/* What Reno has to tell of itself: nothing, and that is no error. */
TEST_F(pair, F33_congestion_info)
{
	char info[64];
	socklen_t len = sizeof(info);

	ASSERT_EQ(0, setsockopt(self->client, IPPROTO_TCP, TCP_CONGESTION,
				"reno", 4));
	EXPECT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_CC_INFO,
				info, &len));
	EXPECT_EQ(0, len);
}

TEST_F(pair, F33_congestion_changes_while_sending)
{
	static char buf[200000];
	int i;

	for (i = 0; i < 4; i++) {
		EXPECT_EQ((ssize_t)sizeof(buf) / 4,
			  send(self->client, buf, sizeof(buf) / 4, 0));
		EXPECT_EQ(0, setsockopt(self->client, IPPROTO_TCP,
					TCP_CONGESTION, "reno", 4));
		xt_drain(self->server, sizeof(buf) / 4);
	}
}

/* An accepted socket has its listener's algorithm. */
TEST_F(pair, F33_congestion_is_inherited)
{
	int listener = xt_listen(self->fam, 1), client, server;
	socklen_t len = 16;
	char name[16] = "";

	ASSERT_EQ(0, setsockopt(listener, IPPROTO_TCP, TCP_CONGESTION,
				"reno", 4));
	client = xt_connect(self->fam, xt_port(listener));
	server = xt_accept(listener);
	ASSERT_EQ(0, getsockopt(server, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	EXPECT_STREQ("reno", name);
	close(client);
	close(server);
	close(listener);
}

TEST_F(pair, F47_linger2)
{
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_LINGER2, 3));
	EXPECT_EQ(3, xt_get(self->client, IPPROTO_TCP, TCP_LINGER2));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_LINGER2, 121));
	EXPECT_EQ(120, xt_get(self->client, IPPROTO_TCP, TCP_LINGER2));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_LINGER2, -4));
	EXPECT_EQ(-1, xt_get(self->client, IPPROTO_TCP, TCP_LINGER2));
}

TEST_HARNESS_MAIN
