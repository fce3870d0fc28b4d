// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that each state of RFC 9293 shows in procfs while it lasts: the path
 * is cut to hold a handshake or a close at each step (F-10, F-15, F-40).
 */
#include "xtcp_harness.h"
#include "xtcp_link.h"

FIXTURE(states)
{
	struct xt_link link;
	int fd[2];
	__u16 port[2];
};

FIXTURE_VARIANT(states)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(states, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(states, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(states, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(states)
{
	xt_link_make(&self->link, variant->fam);
	self->fd[0] = -1;
	self->fd[1] = -1;
}

FIXTURE_TEARDOWN(states)
{
	xt_close(&self->fd[0]);
	xt_close(&self->fd[1]);
	close(self->link.ns[0]);
	close(self->link.ns[1]);
}

/* The state of the connection's end on @side, waited for. */
static enum xt_state state_of(const struct xt_link *link, const __u16 port[2],
			      int side, enum xt_state want)
{
	return xt_link_state(link, side, port[side], port[!side], want);
}

#define STATE(side, want)	state_of(&self->link, self->port, side, want)

/* Makes a connection whose ends the test can name by side. */
static void make_connection(const struct xt_link *link, int fd[2], __u16 port[2])
{
	int i;

	xt_link_pair(link, fd);
	for (i = 0; i < 2; i++)
		port[i] = xt_port(fd[i]);
	for (i = 0; i < 2; i++) {
		if (state_of(link, port, i, XT_ESTABLISHED) != XT_ESTABLISHED)
			xt_die("side %d is not established", i);
	}
}

TEST_F(states, F10_listen_syn_sent_syn_received_established)
{
	int listener = xt_link_listen(&self->link, 1, 4);

	self->port[1] = xt_port(listener);
	EXPECT_EQ(XT_LISTEN, xt_link_state(&self->link, 1, self->port[1], 0,
					   XT_LISTEN));

	xt_link_cut(&self->link, 0);
	self->fd[0] = xt_link_socket(&self->link, 0, 0);
	self->port[0] = xt_port(self->fd[0]);
	EXPECT_EQ(XT_NONE, STATE(0, XT_NONE));
	xt_nonblock(self->fd[0], true);
	EXPECT_EQ(-1, xt_link_connect(&self->link, self->fd[0], 1,
				      self->port[1]));
	EXPECT_EQ(EINPROGRESS, errno);
	EXPECT_EQ(XT_SYN_SENT, STATE(0, XT_SYN_SENT));
	EXPECT_EQ(XT_NONE, STATE(1, XT_NONE));

	/* The repeated SYN arrives, the answer does not. */
	xt_link_cut(&self->link, 1);
	xt_link_mend(&self->link, 0);
	EXPECT_EQ(XT_SYN_RECV, STATE(1, XT_SYN_RECV));
	EXPECT_EQ(XT_SYN_SENT, STATE(0, XT_SYN_SENT));
	EXPECT_EQ(0, xt_events(listener, POLLIN));

	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_ESTABLISHED, STATE(0, XT_ESTABLISHED));
	EXPECT_EQ(XT_ESTABLISHED, STATE(1, XT_ESTABLISHED));
	EXPECT_EQ(POLLOUT, xt_wait(self->fd[0], POLLOUT));
	self->fd[1] = xt_accept(listener);
	EXPECT_EQ(self->port[0], xt_peer_port(self->fd[1]));
	close(listener);
}

/* The third segment lost: connect has returned, accept waits for a repetition. */
TEST_F(states, F12_third_segment_lost)
{
	int listener = xt_link_listen(&self->link, 1, 4);

	self->port[1] = xt_port(listener);
	xt_link_cut(&self->link, 1);
	self->fd[0] = xt_link_socket(&self->link, 0, 0);
	self->port[0] = xt_port(self->fd[0]);
	xt_nonblock(self->fd[0], true);
	EXPECT_EQ(-1, xt_link_connect(&self->link, self->fd[0], 1,
				      self->port[1]));
	EXPECT_EQ(XT_SYN_RECV, STATE(1, XT_SYN_RECV));
	EXPECT_EQ(XT_SYN_SENT, STATE(0, XT_SYN_SENT));
	xt_link_cut(&self->link, 0);
	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_ESTABLISHED, STATE(0, XT_ESTABLISHED));
	EXPECT_EQ(XT_SYN_RECV, STATE(1, XT_SYN_RECV));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	xt_link_mend(&self->link, 0);
	self->fd[1] = xt_accept(listener);
	EXPECT_EQ(XT_ESTABLISHED, STATE(1, XT_ESTABLISHED));
	close(listener);
}

TEST_F(states, F40_active_and_passive_close)
{
	make_connection(&self->link, self->fd, self->port);
	xt_link_cut(&self->link, 0);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(XT_FIN_WAIT1, STATE(0, XT_FIN_WAIT1));
	EXPECT_EQ(XT_ESTABLISHED, STATE(1, XT_ESTABLISHED));

	xt_link_mend(&self->link, 0);
	EXPECT_EQ(XT_CLOSE_WAIT, STATE(1, XT_CLOSE_WAIT));
	EXPECT_EQ(XT_FIN_WAIT2, STATE(0, XT_FIN_WAIT2));
	xt_expect_eof(self->fd[1]);

	xt_link_cut(&self->link, 1);
	ASSERT_EQ(0, shutdown(self->fd[1], SHUT_WR));
	EXPECT_EQ(XT_LAST_ACK, STATE(1, XT_LAST_ACK));
	EXPECT_EQ(XT_FIN_WAIT2, STATE(0, XT_FIN_WAIT2));

	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_TIME_WAIT, STATE(0, XT_TIME_WAIT));
	EXPECT_EQ(XT_NONE, STATE(1, XT_NONE));
	xt_expect_eof(self->fd[0]);
}

/* The same by close: what no process owns any more goes on to the end. */
TEST_F(states, F40_closed_by_both_programs)
{
	make_connection(&self->link, self->fd, self->port);
	xt_link_cut(&self->link, 0);
	xt_close(&self->fd[0]);
	EXPECT_EQ(XT_FIN_WAIT1, STATE(0, XT_FIN_WAIT1));
	xt_link_mend(&self->link, 0);
	EXPECT_EQ(XT_CLOSE_WAIT, STATE(1, XT_CLOSE_WAIT));
	EXPECT_EQ(XT_FIN_WAIT2, STATE(0, XT_FIN_WAIT2));
	xt_link_cut(&self->link, 1);
	xt_close(&self->fd[1]);
	EXPECT_EQ(XT_LAST_ACK, STATE(1, XT_LAST_ACK));
	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_TIME_WAIT, STATE(0, XT_TIME_WAIT));
	EXPECT_EQ(XT_NONE, STATE(1, XT_NONE));
}

/* Only the active closer waits (F-41). */
TEST_F(states, F41_time_wait_on_one_side)
{
	make_connection(&self->link, self->fd, self->port);
	xt_close(&self->fd[1]);
	xt_expect_eof(self->fd[0]);
	xt_close(&self->fd[0]);
	EXPECT_EQ(XT_TIME_WAIT, STATE(1, XT_TIME_WAIT));
	EXPECT_EQ(XT_NONE, STATE(0, XT_NONE));
}

TEST_F(states, F40_simultaneous_close)
{
	make_connection(&self->link, self->fd, self->port);
	xt_link_cut(&self->link, 0);
	xt_link_cut(&self->link, 1);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	ASSERT_EQ(0, shutdown(self->fd[1], SHUT_WR));
	EXPECT_EQ(XT_FIN_WAIT1, STATE(0, XT_FIN_WAIT1));
	EXPECT_EQ(XT_FIN_WAIT1, STATE(1, XT_FIN_WAIT1));

	/* Side 0's FIN arrives, its acknowledgment does not. */
	xt_link_mend(&self->link, 0);
	EXPECT_EQ(XT_CLOSING, STATE(1, XT_CLOSING));
	EXPECT_EQ(XT_FIN_WAIT1, STATE(0, XT_FIN_WAIT1));

	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_TIME_WAIT, STATE(0, XT_TIME_WAIT));
	EXPECT_EQ(XT_TIME_WAIT, STATE(1, XT_TIME_WAIT));
	xt_expect_eof(self->fd[0]);
	xt_expect_eof(self->fd[1]);
}

/* Data before a FIN is read before the end, lost segments or not. */
TEST_F(states, F40_data_before_the_end)
{
	char buf[8] = "";

	make_connection(&self->link, self->fd, self->port);
	xt_link_cut(&self->link, 0);
	xt_send_all(self->fd[0], "before", 6);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(XT_FIN_WAIT1, STATE(0, XT_FIN_WAIT1));
	xt_link_mend(&self->link, 0);
	xt_recv_all(self->fd[1], buf, 6);
	EXPECT_STREQ("before", buf);
	xt_expect_eof(self->fd[1]);
}

/* In half-close the open direction carries on. */
TEST_F(states, F40_half_closed_carries_data)
{
	char buf[8] = "";

	make_connection(&self->link, self->fd, self->port);
	ASSERT_EQ(0, shutdown(self->fd[0], SHUT_WR));
	EXPECT_EQ(XT_FIN_WAIT2, STATE(0, XT_FIN_WAIT2));
	EXPECT_EQ(XT_CLOSE_WAIT, STATE(1, XT_CLOSE_WAIT));
	xt_send_all(self->fd[1], "answer", 6);
	xt_recv_all(self->fd[0], buf, 6);
	EXPECT_STREQ("answer", buf);
	EXPECT_EQ(0, xt_wait_outq(self->fd[1], 0));
	EXPECT_EQ(XT_FIN_WAIT2, STATE(0, XT_FIN_WAIT2));
	xt_close(&self->fd[1]);
	xt_expect_eof(self->fd[0]);
	EXPECT_EQ(XT_TIME_WAIT, STATE(0, XT_TIME_WAIT));
}

TEST_F(states, F15_simultaneous_open)
{
	char buf[4] = "";
	int i;

	xt_link_cut(&self->link, 0);
	xt_link_cut(&self->link, 1);
	for (i = 0; i < 2; i++) {
		self->fd[i] = xt_link_socket(&self->link, i, 0);
		self->port[i] = xt_port(self->fd[i]);
		xt_nonblock(self->fd[i], true);
	}
	for (i = 0; i < 2; i++) {
		xt_link_enter(&self->link, i);
		EXPECT_EQ(-1, xt_link_connect(&self->link, self->fd[i], !i,
					      self->port[!i]));
		EXPECT_EQ(EINPROGRESS, errno);
		EXPECT_EQ(XT_SYN_SENT, STATE(i, XT_SYN_SENT));
	}
	/* Side 0's repeated SYN crosses side 1's: SYN-RECEIVED without LISTEN. */
	xt_link_mend(&self->link, 0);
	EXPECT_EQ(XT_SYN_RECV, STATE(1, XT_SYN_RECV));
	EXPECT_EQ(XT_SYN_SENT, STATE(0, XT_SYN_SENT));
	xt_link_mend(&self->link, 1);
	EXPECT_EQ(XT_ESTABLISHED, STATE(0, XT_ESTABLISHED));
	EXPECT_EQ(XT_ESTABLISHED, STATE(1, XT_ESTABLISHED));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(POLLOUT, xt_wait(self->fd[i], POLLOUT));
		EXPECT_EQ(0, xt_sock_error(self->fd[i]));
		xt_send_all(self->fd[i], "abc", 3);
		xt_recv_all(self->fd[!i], buf, 3);
		EXPECT_STREQ("abc", buf);
	}
}

/* A reset ends every state at once and leaves nothing. */
TEST_F(states, F04_reset_leaves_nothing)
{
	char c;

	make_connection(&self->link, self->fd, self->port);
	xt_link_enter(&self->link, 0);
	xt_reset(&self->fd[0]);
	ASSERT_TRUE(xt_wait_all(self->fd[1], POLLERR) & POLLERR);
	EXPECT_EQ(XT_NONE, STATE(0, XT_NONE));
	EXPECT_EQ(XT_NONE, STATE(1, XT_NONE));
	EXPECT_EQ(-1, recv(self->fd[1], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* A peer that lost the connection answers data with a reset. */
TEST_F(states, F04_half_open_is_discovered)
{
	char c;

	make_connection(&self->link, self->fd, self->port);
	xt_link_cut(&self->link, 1);
	xt_reset(&self->fd[1]);
	EXPECT_EQ(XT_NONE, STATE(1, XT_NONE));
	EXPECT_EQ(XT_ESTABLISHED, STATE(0, XT_ESTABLISHED));
	xt_link_mend(&self->link, 1);
	xt_send_all(self->fd[0], "x", 1);
	ASSERT_TRUE(xt_wait_all(self->fd[0], POLLERR) & POLLERR);
	EXPECT_EQ(-1, recv(self->fd[0], &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(XT_NONE, STATE(0, XT_NONE));
}

TEST_HARNESS_MAIN
