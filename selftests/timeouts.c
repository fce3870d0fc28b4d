// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what must end by itself, in seconds: deferred accept, keepalive,
 * the user timeout, orphans (F-27, F-47, F-50, F-51, F-53).
 */
#include "xtcp_harness.h"
#include "xtcp_link.h"

#include <netinet/tcp.h>

FIXTURE(timeouts)
{
	struct xt_link link;
	int fd[2];
	__u16 port[2];
	__u64 begin;
};

FIXTURE_VARIANT(timeouts)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(timeouts, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(timeouts, v6)
{
	.fam = XT_V6,
};

FIXTURE_SETUP(timeouts)
{
	int i;

	xt_link_make(&self->link, variant->fam);
	xt_link_pair(&self->link, self->fd);
	for (i = 0; i < 2; i++)
		self->port[i] = xt_port(self->fd[i]);
	xt_link_enter(&self->link, 0);
	self->begin = xt_now_ms();
}

FIXTURE_TEARDOWN(timeouts)
{
	xt_close(&self->fd[0]);
	xt_close(&self->fd[1]);
	close(self->link.ns[0]);
	close(self->link.ns[1]);
}

static __u64 since(__u64 begin)
{
	return xt_now_ms() - begin;
}

static void set_keepalive(int fd)
{
	if (xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1) ||
	    xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1) ||
	    xt_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 2) ||
	    xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1))
		xt_die("keepalive options");
}

/* Idle for a second, two probes a second apart, and out. */
TEST_F(timeouts, F51_keepalive_peer_gone)
{
	char c;

	set_keepalive(self->fd[0]);
	xt_link_cut(&self->link, 1);
	EXPECT_TRUE(xt_wait(self->fd[0], POLLIN) & POLLERR);
	EXPECT_LE(2900, since(self->begin));
	EXPECT_GE(10000, since(self->begin));
	EXPECT_EQ(-1, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(XT_NONE, xt_link_state(&self->link, 0, self->port[0],
					 self->port[1], XT_NONE));
}

TEST_F(timeouts, F51_keepalive_peer_rebooted)
{
	char c;

	xt_link_cut(&self->link, 1);
	xt_reset(&self->fd[1]);
	EXPECT_EQ(XT_NONE, xt_link_state(&self->link, 1, self->port[1],
					 self->port[0], XT_NONE));
	xt_link_mend(&self->link, 1);
	set_keepalive(self->fd[0]);
	EXPECT_TRUE(xt_wait(self->fd[0], POLLIN) & POLLERR);
	EXPECT_EQ(-1, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* A peer that answers is kept: five seconds are longer than the three. */
TEST_F(timeouts, F51_keepalive_peer_alive)
{
	struct pollfd p = { .fd = self->fd[0], .events = POLLIN };

	set_keepalive(self->fd[0]);
	EXPECT_EQ(0, poll(&p, 1, 5000));
	xt_send_all(self->fd[1], "x", 1);
	EXPECT_EQ(POLLIN, xt_wait(self->fd[0], POLLIN));
}

/* The knobs act on sockets that set nothing but SO_KEEPALIVE. */
TEST_F(timeouts, F50_keepalive_knobs)
{
	char c;

	xt_link_enter(&self->link, 0);
	xt_sysctl("keepalive_time", "1");
	xt_sysctl("keepalive_intvl", "1");
	xt_sysctl("keepalive_probes", "1");
	xt_link_cut(&self->link, 1);
	ASSERT_EQ(0, xt_set(self->fd[0], SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_TRUE(xt_wait(self->fd[0], POLLIN) & POLLERR);
	EXPECT_LE(1900, since(self->begin));
	EXPECT_EQ(-1, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
}

/* Data that nobody acknowledges ends the connection after the user's time. */
TEST_F(timeouts, F53_user_timeout)
{
	char c;

	ASSERT_EQ(0, xt_set(self->fd[0], IPPROTO_TCP, TCP_USER_TIMEOUT, 1500));
	xt_link_cut(&self->link, 1);
	xt_send_all(self->fd[0], "x", 1);
	EXPECT_TRUE(xt_wait(self->fd[0], POLLIN) & POLLERR);
	EXPECT_LE(1400, since(self->begin));
	EXPECT_GE(10000, since(self->begin));
	EXPECT_EQ(-1, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
}

/* A cut shorter than the timeout costs nothing but time. */
TEST_F(timeouts, F53_short_cut_is_survived)
{
	char buf[4] = "";

	xt_link_cut(&self->link, 0);
	xt_send_all(self->fd[0], "abc", 3);
	EXPECT_LT(0, xt_outq(self->fd[0]));
	xt_link_mend(&self->link, 0);
	xt_recv_all(self->fd[1], buf, 3);
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(0, xt_wait_outq(self->fd[0], 0));
}

/* An orphan whose peer is gone ends, too. */
TEST_F(timeouts, F47_orphan_retries)
{
	xt_link_enter(&self->link, 0);
	xt_sysctl("orphan_retries", "2");
	xt_link_cut(&self->link, 0);
	xt_close(&self->fd[0]);
	EXPECT_EQ(XT_FIN_WAIT1, xt_link_state(&self->link, 0, self->port[0],
					      self->port[1], XT_FIN_WAIT1));
	EXPECT_EQ(XT_NONE, xt_link_state(&self->link, 0, self->port[0],
					 self->port[1], XT_NONE));
}

TEST_F(timeouts, F47_linger2)
{
	ASSERT_EQ(0, xt_set(self->fd[0], IPPROTO_TCP, TCP_LINGER2, 1));
	xt_close(&self->fd[0]);
	xt_expect_eof(self->fd[1]);
	EXPECT_EQ(XT_NONE, xt_link_state(&self->link, 0, self->port[0],
					 self->port[1], XT_NONE));
	EXPECT_EQ(XT_CLOSE_WAIT, xt_link_state(&self->link, 1, self->port[1],
					       self->port[0], XT_CLOSE_WAIT));
}

/* accept is not bothered before data comes. */
TEST_F(timeouts, F27_defer_accept)
{
	int listener = xt_link_listen(&self->link, 1, 4);
	char buf[4] = "";
	int fd, server;

	EXPECT_EQ(0, xt_get(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT));
	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30));
	EXPECT_LE(30, xt_get(listener, IPPROTO_TCP, TCP_DEFER_ACCEPT));
	fd = xt_link_socket(&self->link, 0, 0);
	ASSERT_EQ(0, xt_link_connect(&self->link, fd, 1, xt_port(listener)));
	EXPECT_EQ(XT_SYN_RECV, xt_link_state(&self->link, 1, xt_port(listener),
					     xt_port(fd), XT_SYN_RECV));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	xt_send_all(fd, "abc", 3);
	server = xt_accept(listener);
	EXPECT_EQ(3, recv(server, buf, sizeof(buf), MSG_DONTWAIT));
	EXPECT_STREQ("abc", buf);
	close(fd);
	close(server);
	close(listener);
}

/* A SYN-ACK that nobody answers is given up; the listener goes on. */
TEST_F(timeouts, F14_synack_retries)
{
	int listener = xt_link_listen(&self->link, 1, 4);
	__u16 lport = xt_port(listener), cport;
	int fd, server;

	xt_sysctl("synack_retries", "1");
	xt_link_cut(&self->link, 1);
	fd = xt_link_socket(&self->link, 0, 0);
	cport = xt_port(fd);
	xt_nonblock(fd, true);
	EXPECT_EQ(-1, xt_link_connect(&self->link, fd, 1, lport));
	EXPECT_EQ(XT_SYN_RECV, xt_link_state(&self->link, 1, lport, cport,
					     XT_SYN_RECV));
	xt_link_cut(&self->link, 0);
	close(fd);
	EXPECT_EQ(XT_NONE, xt_link_state(&self->link, 1, lport, cport, XT_NONE));
	xt_link_mend(&self->link, 0);
	xt_link_mend(&self->link, 1);
	fd = xt_link_socket(&self->link, 0, 0);
	ASSERT_EQ(0, xt_link_connect(&self->link, fd, 1, lport));
	server = xt_accept(listener);
	close(server);
	close(fd);
	close(listener);
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

/* A closed window is probed for as long as the peer answers. */
TEST_F(timeouts, F30_zero_window_is_probed)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	size_t sent = xt_fill(self->fd[0]);

	/* Each probe is sent later than the one before. */
	while (info_of(self->fd[0]).tcpi_backoff < 2 && xt_now_ms() < end)
		xt_pause();
	EXPECT_LE(2, info_of(self->fd[0]).tcpi_backoff);
	EXPECT_EQ(XT_ESTABLISHED, xt_link_state(&self->link, 0, self->port[0],
						self->port[1], XT_ESTABLISHED));
	EXPECT_EQ(sent, xt_drain(self->fd[1], sent));
	EXPECT_EQ(0, xt_wait_outq(self->fd[0], 0));
	EXPECT_EQ(0, info_of(self->fd[0]).tcpi_backoff);
}

/* The window update lost: a probe finds out that there is room again. */
TEST_F(timeouts, F30_window_update_lost)
{
	size_t sent = xt_fill(self->fd[0]);
	int queued = xt_inq(self->fd[1]);

	xt_link_cut(&self->link, 1);
	ASSERT_LT(0, queued);
	ASSERT_LT(0, xt_outq(self->fd[0]));
	xt_drain(self->fd[1], queued);
	xt_link_mend(&self->link, 1);
	EXPECT_EQ(sent - queued, xt_drain(self->fd[1], sent - queued));
	EXPECT_EQ(0, xt_wait_outq(self->fd[0], 0));
}

TEST_HARNESS_MAIN
