// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of shutdown and of half-closed connections (F-36, F-40).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

TEST_F(pair, F40_shut_wr_ends_one_direction)
{
	char buf[4] = "";

	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("abc", buf);
	xt_expect_eof(self->server);
	/* The end stays. */
	xt_expect_eof(self->server);
	xt_send_all(self->server, "xyz", 3);
	xt_recv_all(self->client, buf, 3);
	EXPECT_STREQ("xyz", buf);
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	xt_expect_eof(self->client);
}

TEST_F(pair, F36_shut_wr_then_send)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	EXPECT_EQ(0, xt_sock_error(self->client));
}

TEST_F(pair, F36_shut_wr_twice)
{
	EXPECT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_shut_rd_reads_end)
{
	char c;

	ASSERT_EQ(0, shutdown(self->client, SHUT_RD));
	EXPECT_EQ(0, recv(self->client, &c, 1, 0));
	/* The peer does not learn of it. */
	EXPECT_EQ(0, xt_events(self->server, POLLIN | POLLRDHUP));
	xt_send_all(self->client, "x", 1);
	xt_recv_all(self->server, &c, 1);
}

/* Linux still hands out what comes after SHUT_RD. */
TEST_F(pair, F36_shut_rd_data_still_read)
{
	char buf[4] = "";

	ASSERT_EQ(0, shutdown(self->client, SHUT_RD));
	xt_send_all(self->server, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->client, 3));
	EXPECT_EQ(3, recv(self->client, buf, 3, 0));
	EXPECT_STREQ("abc", buf);
	EXPECT_EQ(0, recv(self->client, buf, 3, 0));
}

TEST_F(pair, F36_shut_rdwr)
{
	char c;

	ASSERT_EQ(0, shutdown(self->client, SHUT_RDWR));
	EXPECT_EQ(0, recv(self->client, &c, 1, 0));
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_shutdown_unconnected)
{
	int fd = xt_socket(self->fam);

	EXPECT_EQ(-1, shutdown(fd, SHUT_RD));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, shutdown(fd, SHUT_WR));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-1, shutdown(fd, SHUT_RDWR));
	EXPECT_EQ(ENOTCONN, errno);
	close(fd);
}

TEST_F(pair, F36_shutdown_bad_how)
{
	EXPECT_EQ(-1, shutdown(self->client, 3));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, shutdown(self->client, -1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_shutdown_after_reset)
{
	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait(self->client, POLLIN) & POLLERR);
	EXPECT_EQ(-1, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(pair, F36_shutdown_after_both_ended)
{
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	/* The last acknowledgment makes it CLOSED. */
	EXPECT_EQ(XT_NONE, xt_wait_state(xt_port(self->server),
					 xt_port(self->client), XT_NONE));
	EXPECT_EQ(-1, shutdown(self->server, SHUT_WR));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(pair, F36_getpeername_after_shutdown)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
	EXPECT_EQ(0, getpeername(self->client, &addr.sa, &len));
	EXPECT_EQ(0, getpeername(self->server, &addr.sa, &len));
	ASSERT_EQ(0, shutdown(self->server, SHUT_WR));
	EXPECT_EQ(XT_NONE, xt_wait_state(xt_port(self->server),
					 xt_port(self->client), XT_NONE));
	len = sizeof(addr);
	EXPECT_EQ(-1, getpeername(self->server, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
}

static void shut_rd_later(int fd)
{
	shutdown(fd, SHUT_RD);
}

TEST_F(pair, F36_shut_rd_wakes_recv)
{
	struct xt_later later;
	char c;

	xt_later(&later, shut_rd_later, self->client);
	EXPECT_EQ(0, recv(self->client, &c, 1, 0));
	xt_later_join(&later);
}

static void shut_wr_later(int fd)
{
	shutdown(fd, SHUT_WR);
}

TEST_F(pair, F36_shut_wr_wakes_send)
{
	struct xt_later later;

	xt_fill(self->client);
	xt_later(&later, shut_wr_later, self->client);
	EXPECT_EQ(-1, send(self->client, "x", 1, MSG_NOSIGNAL));
	EXPECT_EQ(EPIPE, errno);
	xt_later_join(&later);
}

/* All that was queued goes out before the FIN. */
TEST_F(pair, F40_queued_data_goes_before_the_end)
{
	size_t sent = xt_fill(self->client);

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	EXPECT_EQ(sent, xt_drain(self->server, sent));
	xt_expect_eof(self->server);
}

/* Much goes one way after the other way has ended. */
TEST_F(pair, F40_half_closed_transfer)
{
	static unsigned char out[400000], in[400000];
	__u64 rnd = xt_seed();
	size_t i, done;

	for (i = 0; i < sizeof(out); i++)
		out[i] = xt_random(&rnd);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_expect_eof(self->server);
	for (done = 0; done < sizeof(out); done += 20000) {
		xt_send_all(self->server, out + done, 20000);
		xt_recv_all(self->client, in + done, 20000);
	}
	EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
	xt_close(&self->server);
	xt_expect_eof(self->client);
}

TEST_HARNESS_MAIN
