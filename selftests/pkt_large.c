// SPDX-License-Identifier: GPL-2.0
/*
 * Large segments, on the wire of TCP: several of one MSS leave as one. A wire
 * without offload shows how they are cut; a cable between two namespaces lets
 * them pass whole. Either way every count is one of segments of one MSS.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "xtcp_link.h"

#include <linux/tcp.h>
#include <sys/wait.h>

#define MSS	1000	/* as the peer announces it */
#define IW	10	/* initial window in segments, RFC 6928 */
#define BULK	1048576

/* Right behind the one that chooses the protocol. */
static void __attribute__((constructor(102))) choose_wire(void)
{
	xt_wire = IPPROTO_TCP;
}

static struct tcp_info info(int fd)
{
	struct tcp_info ti = {};
	socklen_t len = sizeof(ti);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &ti, &len))
		xt_die("TCP_INFO");
	return ti;
}

/* The next segments carry the bytes from @seq to @end, full ones but the last. */
static void expect_bytes(const char *where, struct peer *p, __u32 seq,
			 __u32 end)
{
	__u32 len;

	for (; seq < end; seq += len) {
		len = end - seq < MSS ? end - seq : MSS;
		peer_expect(where, p, ACK, seq, ANY,
			    &(struct pkt_want){ .len = len });
	}
}

#define bytes(p, seq, end)	expect_bytes(PKT_HERE, p, seq, end)

/* All of it is queued, and of it the initial window goes. */
static int sends(struct peer *p, int len)
{
	int fd = peer_accepted(p);

	xt_set(fd, SOL_SOCKET, SO_SNDBUF, 200000);
	app_write(fd, 0, len);
	bytes(p, 1, 1 + IW * MSS);
	return fd;
}

TEST_F(pkt, cut_and_counted)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, 15 * MSS + 300);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(IW, info(fd).tcpi_unacked);
	EXPECT_EQ(IW, info(fd).tcpi_data_segs_out);
	inject(p, ACK, 1, 1 + IW * MSS);
	bytes(p, 1 + IW * MSS, 1 + 15 * MSS);
	EXPECT_FALSE(p->last->flags & PSH);
	expect(p, ACK, 1 + 15 * MSS, ANY, .len = 300, .push = true);
	EXPECT_EQ(6, info(fd).tcpi_unacked);
	EXPECT_EQ(IW + 6, info(fd).tcpi_data_segs_out);
	EXPECT_EQ(2 * IW, info(fd).tcpi_snd_cwnd);
	inject(p, ACK, 1, 1 + 15 * MSS + 300);
	EXPECT_EQ(0, info(fd).tcpi_unacked);
	EXPECT_EQ(0, info(fd).tcpi_total_retrans);
}

/* A receiver that joins segments need not wait for another burst. */
TEST_F(pkt, PSH_ends_a_burst)
{
	struct peer *p = self->p;

	if (xt_is_tcp())
		SKIP(return, "its bursts follow the pacing rate");
	pkt_patient();
	sends(p, 15 * MSS);
	EXPECT_TRUE(p->last->flags & PSH);
	EXPECT_EQ(1 + IW * MSS, p->nxt);
}

/* The window's end is no place to cut: RFC 9293 section 3.8.6.2.1. */
TEST_F(pkt, window_lets_whole_segments_go)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	p->wnd = 4 * MSS + 500;
	fd = peer_accepted(p);
	app_write(fd, 0, 9 * MSS);
	bytes(p, 1, 1 + 4 * MSS);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(4, info(fd).tcpi_unacked);
}

/* The FIN rides on the last segment only. */
TEST_F(pkt, FIN_on_the_last)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, 12 * MSS);
	shutdown(fd, SHUT_WR);
	inject(p, ACK, 1, 1 + IW * MSS);
	bytes(p, 1 + IW * MSS, 1 + 11 * MSS);
	expect(p, FIN | ACK, 1 + 11 * MSS, ANY, .len = MSS);
	EXPECT_EQ(2, info(fd).tcpi_unacked);
}

/* An ACK that ends inside frees what it covers, and that counts. */
TEST_F(pkt, ACK_inside)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = sends(p, IW * MSS);
	inject(p, ACK, 1, 1 + 3 * MSS);
	EXPECT_EQ(IW - 3, info(fd).tcpi_unacked);
	inject(p, ACK, 1, 1 + 5 * MSS + 400);
	EXPECT_EQ(IW - 5, info(fd).tcpi_unacked);
	/* Slow start: one for each; the half of one comes with the next. */
	EXPECT_EQ(IW + 5, info(fd).tcpi_snd_cwnd);
	inject(p, ACK, 1, 1 + IW * MSS);
	EXPECT_EQ(0, info(fd).tcpi_unacked);
}

/* RFC 6582: a segment of one MSS goes again, and after a partial ACK the next. */
TEST_F(pkt, recovery_sends_one_segment)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_patient();
	fd = sends(p, IW * MSS);
	inject(p, ACK, 1, 1 + 2 * MSS);
	for (i = 0; i < 3; i++)
		inject(p, ACK, 1, 1 + 2 * MSS);
	bytes(p, 1 + 2 * MSS, 1 + 3 * MSS);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(1, info(fd).tcpi_total_retrans);
	EXPECT_EQ(IW - 2, info(fd).tcpi_unacked);
	inject(p, ACK, 1, 1 + 6 * MSS);
	bytes(p, 1 + 6 * MSS, 1 + 7 * MSS);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(2, info(fd).tcpi_total_retrans);
	inject(p, ACK, 1, 1 + IW * MSS);
	EXPECT_EQ(0, info(fd).tcpi_unacked);
	EXPECT_EQ(0, info(fd).tcpi_retrans);
}

/* After a timeout all is lost, and goes again as slow start lets it. */
TEST_F(pkt, timeout_sends_one_segment)
{
	struct peer *p = self->p;
	int fd = sends(p, IW * MSS);

	bytes(p, 1, 1 + MSS);
	/* Kernel TCP counts what went again as well. */
	EXPECT_EQ(xt_is_tcp() ? IW : IW - 1, info(fd).tcpi_lost);
	/* What was acknowledged of the next one does not go again. */
	inject(p, ACK, 1, 1 + MSS + 400);
	bytes(p, 1 + MSS + 400, 1 + 3 * MSS + 400);
	EXPECT_EQ(3, info(fd).tcpi_total_retrans);
	inject(p, ACK, 1, 1 + IW * MSS);
	EXPECT_EQ(0, info(fd).tcpi_unacked);
	EXPECT_EQ(0, info(fd).tcpi_lost);
	EXPECT_EQ(0, info(fd).tcpi_retrans);
}

static void write_all(int fd)
{
	static char data[BULK];
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(data)) {
		n = write(fd, data + done, sizeof(data) - done);
		if (n <= 0)
			_exit(1);
		done += n;
	}
	_exit(0);
}

static void read_all(int fd)
{
	static char data[BULK];
	size_t done = 0;
	ssize_t n;

	while (done < sizeof(data)) {
		n = read(fd, data, sizeof(data) - done);
		if (n <= 0)
			xt_die("read");
		done += n;
	}
}

/* Nobody cuts them on a cable; the receiver counts what they stand for. */
static void over_a_cable(struct __test_metadata *_metadata, enum xt_fam fam)
{
	unsigned int segs = BULK / 1460;
	struct xt_link link;
	int fd[2], status;
	pid_t writer;

	xt_link_make(&link, fam);
	xt_link_pair(&link, fd);
	writer = fork();
	if (!writer)
		write_all(fd[0]);
	read_all(fd[1]);
	ASSERT_EQ(writer, waitpid(writer, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_LE(segs, info(fd[1]).tcpi_data_segs_in);
	EXPECT_EQ(info(fd[0]).tcpi_data_segs_out, info(fd[1]).tcpi_data_segs_in);
	EXPECT_LE(1200, info(fd[1]).tcpi_rcv_mss);
	EXPECT_GE(1460, info(fd[1]).tcpi_rcv_mss);
	/* The counter of the namespace counts what came in, whole or not. */
	xt_link_enter(&link, 1);
	if (!xt_is_tcp())
		EXPECT_GT(segs / 2, pkt_counter("InSegs"));
}

TEST(whole_over_a_cable_v4)
{
	over_a_cable(_metadata, XT_V4);
}

TEST(whole_over_a_cable_v6)
{
	over_a_cable(_metadata, XT_V6);
}

TEST_HARNESS_MAIN
