// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of connect() where a waiting entry has the 4-tuple: net.xtcp.tw_reuse
 * and the delay before it (F-44). Kernel TCP, asked the same, has the same to
 * say (XTCP_TEST_PROTO=tcp).
 */
#include "xtcp_harness.h"
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PORT		41000	/* the one port that connect may choose */
/* An address of this host that is no loopback address. */
#define OTHER4		"10.99.0.1"
#define OTHER6		"fd99::1"

FIXTURE(reuse)
{
	enum xt_fam fam;
	int listener;
};

FIXTURE_VARIANT(reuse)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(reuse, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(reuse, v6)
{
	.fam = XT_V6,
};

FIXTURE_SETUP(reuse)
{
	union xt_addr any;
	socklen_t len;

	xt_ns();
	xt_run("ip addr add " OTHER4 "/32 dev lo");
	xt_run("ip addr add " OTHER6 "/128 dev lo nodad");
	xt_sysctl("local_port_range", "41000 41000");
	self->fam = variant->fam;
	self->listener = xt_socket(self->fam);
	len = xt_any(self->fam, PORT + 1, &any);
	ASSERT_EQ(0, bind(self->listener, &any.sa, len));
	ASSERT_EQ(0, listen(self->listener, 8));
}

FIXTURE_TEARDOWN(reuse)
{
	xt_close(&self->listener);
}

static socklen_t address(enum xt_fam fam, bool loopback, __u16 port,
			 union xt_addr *addr)
{
	socklen_t len = xt_loopback(fam, port, addr);

	if (loopback)
		return len;
	if (fam == XT_V4)
		inet_pton(AF_INET, OTHER4, &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, OTHER6, &addr->v6.sin6_addr);
	return len;
}

/* Connects, by name from PORT or from what connect chooses; 0 or errno. */
static int try(enum xt_fam fam, bool loopback, bool bound, __u16 to, int *fd)
{
	union xt_addr addr;
	socklen_t len;

	*fd = xt_socket(fam);
	if (bound) {
		xt_set(*fd, SOL_SOCKET, SO_REUSEADDR, 1);
		len = address(fam, loopback, PORT, &addr);
		if (bind(*fd, &addr.sa, len))
			return errno;
	}
	len = address(fam, loopback, to, &addr);
	if (!connect(*fd, &addr.sa, len))
		return 0;
	return errno;
}

struct ask {
	const char *mode;
	bool loopback;
	bool no_ts;
	bool bound;
	int wait_ms;		/* between the two connections */
	int want;		/* of the second: 0 or errno */
};

static void ask(enum xt_fam fam, int listener, const struct ask *a)
{
	__u16 port = xt_port(listener);
	int fd, peer, err;
	char c = 'x';

	xt_sysctl("tw_reuse", a->mode);
	xt_sysctl("timestamps", a->no_ts ? "0" : "1");
	err = try(fam, a->loopback, a->bound, port, &fd);
	if (err)
		xt_die("first connect: %s", strerror(err));
	peer = xt_accept(listener);
	xt_send_all(fd, &c, 1);
	xt_recv_all(peer, &c, 1);
	xt_close(&fd);
	xt_expect_eof(peer);
	xt_close(&peer);
	if (xt_wait_state(PORT, port, XT_TIME_WAIT) != XT_TIME_WAIT)
		xt_die("no TIME-WAIT");
	usleep(a->wait_ms * 1000);
	err = try(fam, a->loopback, a->bound, port, &fd);
	if (err != a->want)
		xt_die("mode %s, %s, ts %d, bound %d, %d ms: %s", a->mode,
		       a->loopback ? "loopback" : "other", !a->no_ts, a->bound,
		       a->wait_ms, err ? strerror(err) : "connected");
	if (!err) {
		peer = xt_accept(listener);
		xt_send_all(fd, "y", 1);
		xt_recv_all(peer, &c, 1);
		if (c != 'y')
			xt_die("another byte");
		xt_reset(&peer);
	}
	close(fd);
}

#define ASK(name, ...) \
TEST_F(reuse, F44_##name) \
{ \
	ask(self->fam, self->listener, &(struct ask){ __VA_ARGS__ }); \
}

ASK(off, .mode = "0", .loopback = true, .wait_ms = 2100, .want = EADDRNOTAVAIL)
ASK(on, .mode = "1", .wait_ms = 2100)
ASK(on_loopback, .mode = "1", .loopback = true, .wait_ms = 2100)
ASK(on_loopback_only, .mode = "2", .loopback = true, .wait_ms = 2100)
ASK(loopback_only_elsewhere, .mode = "2", .wait_ms = 2100, .want = EADDRNOTAVAIL)
ASK(on_without_timestamps, .mode = "1", .no_ts = true, .wait_ms = 2100, .want = EADDRNOTAVAIL)
/* A port that is named is taken over at once, if timestamps allow it at all. */
ASK(bound_off, .mode = "0", .bound = true)
ASK(bound_on, .mode = "1", .bound = true)
ASK(bound_elsewhere, .mode = "2", .bound = true)
ASK(bound_no_ts, .mode = "1", .bound = true, .no_ts = true, .wait_ms = 2100, .want = EADDRNOTAVAIL)

TEST_F(reuse, F44_default_is_loopback_only)
{
	char text[16];

	ASSERT_TRUE(xt_sysctl_read("tw_reuse", text, sizeof(text)));
	EXPECT_STREQ("2", text);
}

/* The delay is what the knob says. */
TEST_F(reuse, F44_delay)
{
	if (xt_is_tcp())
		SKIP(return, "of kernel TCP it is a second, until Linux 6.14");
	ask(self->fam, self->listener, &(struct ask){ .mode = "1",
	    .wait_ms = 500, .want = EADDRNOTAVAIL });
	xt_sysctl("timewait_ms", "0");
	if (xt_wait_state(PORT, xt_port(self->listener), XT_NONE) != XT_NONE)
		xt_die("the entry stays");
	xt_sysctl("timewait_ms", "60000");
	xt_sysctl("tw_reuse_delay_ms", "100");
	ask(self->fam, self->listener, &(struct ask){ .mode = "1",
	    .wait_ms = 130 });
}

TEST_F(reuse, F44_counted)
{
	if (xt_is_tcp())
		SKIP(return, "a counter of xtcp");
	ask(self->fam, self->listener, &(struct ask){ .mode = "1",
	    .wait_ms = 1100 });
	EXPECT_EQ(0, xt_try("grep -q '^TimeWaitReused *1 ' /proc/net/xtcp_stat"));
	EXPECT_EQ(0, xt_try("grep -q '^EarlyReuse *1 ' /proc/net/xtcp_stat"));
}

TEST_HARNESS_MAIN
