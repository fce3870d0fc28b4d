// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of connections between xtcp and the kernel's TCP on one wire, through
 * all that a connection may meet: data, ends, resets, urgent bytes, closed
 * windows, probes, waits (F-70).
 */
#include "xtcp_harness.h"
#include "wire_pairs.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MANY	(256 << 10)

static char out[MANY], in[MANY];

static void fill_random(char *buf, size_t len, __u64 seed)
{
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		__u64 word = xt_random(&seed);

		memcpy(buf + i, &word, 8);
	}
}

/* Bytes there, in pieces that the queues hold. */
static bool carries(int from, int to, __u64 seed)
{
	size_t at, piece = 16 << 10;

	fill_random(out, MANY, seed);
	for (at = 0; at < MANY; at += piece) {
		xt_send_all(from, out + at, piece);
		xt_recv_all(to, in + at, piece);
	}
	return !memcmp(out, in, MANY);
}

TEST_F(mixed, F70_data_both_ways)
{
	__u64 seed = xt_seed();

	EXPECT_TRUE(carries(self->client, self->server, seed));
	EXPECT_TRUE(carries(self->server, self->client, seed + 1));
}

TEST_F(mixed, F70_names)
{
	EXPECT_EQ(xt_port(self->client), xt_peer_port(self->server));
	EXPECT_EQ(xt_port(self->server), xt_peer_port(self->client));
}

/* Who closes first waits, in the tables of its own stack; the other does not. */
static bool waits_in(enum wire_stack first, int *a, enum wire_stack then, int *b)
{
	__u16 lport = xt_port(*a), rport = xt_port(*b);

	xt_close(a);
	xt_expect_eof(*b);
	xt_close(b);
	return wire_wait_state(first, lport, rport, XT_TIME_WAIT) ==
		       XT_TIME_WAIT &&
	       wire_wait_state(then, rport, lport, XT_NONE) == XT_NONE;
}

TEST_F(mixed, F70_client_closes_first)
{
	EXPECT_TRUE(waits_in(self->cstack, &self->client, self->sstack,
			     &self->server));
}

TEST_F(mixed, F70_server_closes_first)
{
	EXPECT_TRUE(waits_in(self->sstack, &self->server, self->cstack,
			     &self->client));
}

TEST_F(mixed, F70_half_close_of_client)
{
	__u64 seed = xt_seed();

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
	EXPECT_TRUE(carries(self->server, self->client, seed));
	EXPECT_TRUE(waits_in(self->cstack, &self->client, self->sstack,
			     &self->server));
}

TEST_F(mixed, F70_half_close_of_server)
{
	__u64 seed = xt_seed();

	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	xt_expect_eof(self->client);
	EXPECT_TRUE(carries(self->client, self->server, seed));
	EXPECT_TRUE(waits_in(self->sstack, &self->server, self->cstack,
			     &self->client));
}

static bool resets(enum wire_stack stack, int *fd, enum wire_stack other,
		   int *peer)
{
	__u16 lport = xt_port(*fd), rport = xt_port(*peer);
	char c;

	xt_reset(fd);
	if (!(xt_wait(*peer, POLLIN) & POLLERR) || recv(*peer, &c, 1, 0) != -1 ||
	    errno != ECONNRESET)
		return false;
	return wire_wait_state(stack, lport, rport, XT_NONE) == XT_NONE &&
	       wire_wait_state(other, rport, lport, XT_NONE) == XT_NONE;
}

TEST_F(mixed, F70_client_resets)
{
	EXPECT_TRUE(resets(self->cstack, &self->client, self->sstack,
			   &self->server));
}

TEST_F(mixed, F70_server_resets)
{
	EXPECT_TRUE(resets(self->sstack, &self->server, self->cstack,
			   &self->client));
}

/* Unread bytes at close, and bytes after close, are answered by a reset. */
TEST_F(mixed, F70_close_with_unread)
{
	xt_send_all(self->client, "lost", 4);
	ASSERT_EQ(4, xt_wait_inq(self->server, 4));
	xt_close(&self->server);
	EXPECT_NE(0, xt_wait(self->client, POLLIN) & POLLERR);
	EXPECT_EQ(ECONNRESET, xt_sock_error(self->client));
}

TEST_F(mixed, F70_data_after_close)
{
	xt_close(&self->client);
	xt_expect_eof(self->server);
	ASSERT_EQ(1, send(self->server, "x", 1, MSG_NOSIGNAL));
	EXPECT_NE(0, xt_wait_all(self->server, POLLERR) & POLLERR);
	EXPECT_EQ(EPIPE, xt_sock_error(self->server));
}

static bool urges(int from, int to)
{
	char c = 0;
	int mark = 0;

	xt_send_all(from, "ab", 2);
	if (send(from, "!", 1, MSG_OOB) != 1)
		return false;
	xt_send_all(from, "cd", 2);
	if (!(xt_wait(to, POLLPRI) & POLLPRI))
		return false;
	if (recv(to, &c, 1, MSG_OOB) != 1 || c != '!')
		return false;
	xt_recv_all(to, in, 2);
	if (memcmp(in, "ab", 2) || ioctl(to, SIOCATMARK, &mark) || mark != 1)
		return false;
	xt_recv_all(to, in, 2);
	return !memcmp(in, "cd", 2);
}

TEST_F(mixed, F70_urgent_byte)
{
	EXPECT_TRUE(urges(self->client, self->server));
	EXPECT_TRUE(urges(self->server, self->client));
}

/* A window that was closed, probed, and opened again loses nothing. */
TEST_F(mixed, F70_closed_window)
{
	size_t n = xt_fill(self->client);

	EXPECT_EQ(n, xt_drain(self->server, n));
	EXPECT_EQ(0, xt_wait_outq(self->client, 0));
	n = xt_fill(self->server);
	EXPECT_EQ(n, xt_drain(self->client, n));
	EXPECT_EQ(0, xt_wait_outq(self->server, 0));
}

TEST_F(mixed, F70_both_full_at_once)
{
	size_t up = xt_fill(self->client), down = xt_fill(self->server);

	EXPECT_EQ(up, xt_drain(self->server, up));
	EXPECT_EQ(down, xt_drain(self->client, down));
}

/* One byte after the other: small segments, delayed acknowledgments. */
TEST_F(mixed, F70_request_and_response)
{
	char c;
	int i;

	for (i = 0; i < 100; i++) {
		c = i;
		xt_send_all(self->client, &c, 1);
		xt_recv_all(self->server, &c, 1);
		ASSERT_EQ((char)i, c);
		xt_send_all(self->server, &c, 1);
		xt_recv_all(self->client, &c, 1);
	}
}

/* Both ends at once. */
TEST_F(mixed, F70_simultaneous_close)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	xt_expect_eof(self->client);
	xt_expect_eof(self->server);
}

FIXTURE(probes)
{
	int client;
	int server;
};

FIXTURE_VARIANT(probes)
{
	enum wire_stack client;
	enum wire_stack server;
};

FIXTURE_VARIANT_ADD(probes, of_ours)
{
	.client = OURS, .server = KERNEL,
};

FIXTURE_VARIANT_ADD(probes, of_kernel)
{
	.client = KERNEL, .server = OURS,
};

FIXTURE_SETUP(probes)
{
	wire_ns();
	wire_pair(variant->client, variant->server, XT_V4, &self->client,
		  &self->server);
}

FIXTURE_TEARDOWN(probes)
{
	xt_close(&self->client);
	xt_close(&self->server);
}

/* More probes than may go unanswered, and the connection is still there. */
TEST_F(probes, F70_keepalive_is_answered)
{
	const char *name = variant->client == OURS && !xt_is_tcp() ?
		"KeepaliveProbes" : "TCPKeepAlive";

	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_KEEPIDLE, 1));
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_KEEPINTVL, 1));
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, TCP_KEEPCNT, 2));
	ASSERT_EQ(0, xt_set(self->client, SOL_SOCKET, SO_KEEPALIVE, 1));
	EXPECT_TRUE(wire_wait_stat(variant->client, name, 4));
	EXPECT_EQ(0, xt_sock_error(self->client));
	xt_send_all(self->client, "still", 5);
	xt_recv_all(self->server, in, 5);
}

TEST_HARNESS_MAIN
