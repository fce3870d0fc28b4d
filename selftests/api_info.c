// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of TCP_INFO, of the ioctls that measure queues, and of the line that
 * procfs has for a connection (F-36, F-61).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

TEST_F(pair, F36_info_of_idle_connection)
{
	struct tcp_info info = info_of(self->client);

	EXPECT_EQ(XT_ESTABLISHED, info.tcpi_state);
	EXPECT_EQ(0, info.tcpi_retransmits);
	EXPECT_EQ(0, info.tcpi_probes);
	EXPECT_EQ(0, info.tcpi_backoff);
	EXPECT_TRUE(info.tcpi_options & TCPI_OPT_TIMESTAMPS);
	EXPECT_TRUE(info.tcpi_options & TCPI_OPT_WSCALE);
	EXPECT_TRUE(info.tcpi_snd_wscale > 0);
	EXPECT_TRUE(info.tcpi_rcv_wscale > 0);
	EXPECT_LT(500, info.tcpi_snd_mss);
	EXPECT_LT(0, info.tcpi_rcv_mss);
	EXPECT_LE(1, info.tcpi_snd_cwnd);
	EXPECT_EQ(0, info.tcpi_unacked);
	EXPECT_EQ(0, info.tcpi_lost);
	EXPECT_EQ(0, info.tcpi_retrans);
	EXPECT_EQ(0, info.tcpi_total_retrans);
	/* RTO in microseconds: 200 ms at least, 1 s before the first sample. */
	EXPECT_LE(200000, info.tcpi_rto);
	EXPECT_GE(3000000, info.tcpi_rto);
	EXPECT_LE(65535, info.tcpi_pmtu);
	EXPECT_LT(0, info.tcpi_advmss);
	EXPECT_LT(0, info.tcpi_rcv_space);
}

TEST_F(pair, F36_info_counts)
{
	struct tcp_info a, b;

	xt_send_all(self->client, "hello", 5);
	ASSERT_EQ(0, xt_wait_outq(self->client, 0));
	a = info_of(self->client);
	b = info_of(self->server);
	/* The SYN counts as one in what was acknowledged. */
	EXPECT_EQ(6, a.tcpi_bytes_acked);
	EXPECT_EQ(5, b.tcpi_bytes_received);
	EXPECT_EQ(0, a.tcpi_bytes_received);
	EXPECT_EQ(1, a.tcpi_data_segs_out);
	EXPECT_EQ(1, b.tcpi_data_segs_in);
	EXPECT_LE(2, a.tcpi_segs_out);
	EXPECT_LE(2, b.tcpi_segs_in);
	EXPECT_EQ(5, a.tcpi_bytes_sent);
	EXPECT_EQ(0, a.tcpi_bytes_retrans);
	EXPECT_LT(0, a.tcpi_rtt);
	EXPECT_GT(1000000, a.tcpi_rtt);
	if (!xt_virtual_time())
		EXPECT_LT(0, a.tcpi_rttvar);
}

TEST_F(pair, F36_info_states)
{
	int fd = xt_socket(self->fam);
	int listener = xt_listen(self->fam, 5);

	EXPECT_EQ(XT_CLOSE, info_of(fd).tcpi_state);
	EXPECT_EQ(XT_LISTEN, info_of(listener).tcpi_state);
	/* Of a listener: the accept queue, and its limit. */
	EXPECT_EQ(0, info_of(listener).tcpi_unacked);
	EXPECT_EQ(5, info_of(listener).tcpi_sacked);
	ASSERT_EQ(0, xt_try_connect(fd, self->fam, xt_port(listener)));
	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	EXPECT_EQ(1, info_of(listener).tcpi_unacked);

	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_TRUE(xt_wait(self->server, POLLRDHUP) & POLLRDHUP);
	EXPECT_EQ(XT_CLOSE_WAIT, info_of(self->server).tcpi_state);
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(xt_port(self->client),
					      xt_port(self->server),
					      XT_FIN_WAIT2));
	EXPECT_EQ(XT_FIN_WAIT2, info_of(self->client).tcpi_state);
	close(fd);
	close(listener);
}

TEST_F(pair, F36_info_short_buffer)
{
	struct tcp_info info = {};
	socklen_t len = 1;

	memset(&info, 0xee, sizeof(info));
	ASSERT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(1, len);
	EXPECT_EQ(XT_ESTABLISHED, info.tcpi_state);
	EXPECT_EQ(0xee, info.tcpi_ca_state);
	len = 0;
	EXPECT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(0, len);
	len = 4096;
	{
		char big[4096];

		EXPECT_EQ(0, getsockopt(self->client, IPPROTO_TCP, TCP_INFO,
					big, &len));
		EXPECT_GE(1024, len);
		EXPECT_LE(104, len);
	}
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, TCP_INFO, 1));
	EXPECT_EQ(ENOPROTOOPT, errno);
}

TEST_F(pair, F36_siocinq_siocoutq)
{
	size_t sent;

	EXPECT_EQ(0, xt_inq(self->server));
	EXPECT_EQ(0, xt_outq(self->client));
	xt_send_all(self->client, "abc", 3);
	EXPECT_EQ(3, xt_wait_inq(self->server, 3));
	EXPECT_EQ(0, xt_wait_outq(self->client, 0));
	xt_drain(self->server, 3);
	EXPECT_EQ(0, xt_inq(self->server));

	sent = xt_fill(self->client);
	EXPECT_LT(0, xt_outq(self->client));
	EXPECT_LT(0, xt_inq(self->server));
	EXPECT_GE((int)sent, xt_outq(self->client));
	EXPECT_GE((int)sent, xt_inq(self->server));
}

TEST_F(pair, F36_siocinq_counts_no_fin)
{
	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_TRUE(xt_wait(self->server, POLLRDHUP) & POLLRDHUP);
	EXPECT_EQ(3, xt_inq(self->server));
	xt_drain(self->server, 3);
	EXPECT_EQ(0, xt_inq(self->server));
}

TEST_F(pair, F36_siocoutqnsd)
{
	int unsent = -1;

	ASSERT_EQ(0, ioctl(self->client, SIOCOUTQNSD, &unsent));
	EXPECT_EQ(0, unsent);
	xt_fill(self->client);
	ASSERT_EQ(0, ioctl(self->client, SIOCOUTQNSD, &unsent));
	EXPECT_LT(0, unsent);
	EXPECT_GE(xt_outq(self->client), unsent);
}

TEST_F(pair, F36_ioctl_unknown)
{
	int val;

	EXPECT_EQ(-1, ioctl(self->client, 0x5499, &val));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->client, SIOCINQ, NULL));
	EXPECT_EQ(EFAULT, errno);
}

/* The fields of a procfs line that any reader of /proc/net/tcp relies on. */
struct line {
	char local[64], remote[64];
	unsigned int lport, rport, state, txq, rxq, timer, retrans, uid;
	unsigned long inode;
	bool found;
};

static bool parse_line(struct line *l, const char *text)
{
	int at = 0;

	if (sscanf(text, "%*d: %40[0-9A-F]:%X %40[0-9A-F]:%X %X %n", l->local,
		   &l->lport, l->remote, &l->rport, &l->state, &at) != 5)
		return false;
	return sscanf(text + at, "%X:%X %X:%*X %X %u %*d %lu", &l->txq, &l->rxq,
		      &l->timer, &l->retrans, &l->uid, &l->inode) == 6;
}

static void find_line(struct line *l, enum xt_fam fam, __u16 lport, __u16 rport)
{
	char path[64], buf[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/net/%s%s", xt_is_tcp() ? "tcp" : "xtcp",
		 fam == XT_V4 ? "" : "6");
	f = fopen(path, "r");
	if (!f)
		xt_die("%s", path);
	while (!l->found && fgets(buf, sizeof(buf), f))
		l->found = parse_line(l, buf) && l->lport == lport &&
			   l->rport == rport;
	fclose(f);
}

TEST_F(pair, F61_procfs_line)
{
	__u16 lport = xt_port(self->server), rport = xt_port(self->client);
	const char *want = "0100007F";
	struct line l = {};
	struct stat st;

	if (self->fam == XT_V6)
		want = "00000000000000000000000001000000";
	if (self->fam == XT_MAPPED)
		want = "0000000000000000FFFF00000100007F";
	xt_send_all(self->client, "abc", 3);
	ASSERT_EQ(3, xt_wait_inq(self->server, 3));
	find_line(&l, self->fam, lport, rport);
	ASSERT_TRUE(l.found);
	EXPECT_STREQ(want, l.local);
	EXPECT_STREQ(want, l.remote);
	EXPECT_EQ(XT_ESTABLISHED, l.state);
	EXPECT_EQ(0, l.txq);
	EXPECT_EQ(3, l.rxq);
	EXPECT_EQ(0, l.retrans);
	EXPECT_EQ(0, l.uid);
	ASSERT_EQ(0, fstat(self->server, &st));
	EXPECT_EQ(st.st_ino, l.inode);
}

TEST_F(pair, F61_procfs_header_and_width)
{
	const char *name = xt_is_tcp() ? "/proc/net/tcp" : "/proc/net/xtcp";
	static const char * const columns[] = {
		"sl", "local_address", "rem_address", "st", "tx_queue",
		"rx_queue", "tr", "tm->when", "retrnsmt", "uid", "timeout",
		"inode",
	};
	char *word, *rest = NULL;
	size_t i;
	char buf[512] = "";
	FILE *f = fopen(name, "r");

	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(buf, sizeof(buf), f));
	EXPECT_EQ(150, strlen(buf));
	word = strtok_r(buf, "\n ", &rest);
	for (i = 0; i < ARRAY_SIZE(columns); i++) {
		ASSERT_NE(NULL, word);
		EXPECT_STREQ(columns[i], word);
		word = strtok_r(NULL, "\n ", &rest);
	}
	/* Lines of /proc/net/tcp have 149 characters and a newline. */
	while (fgets(buf, sizeof(buf), f))
		EXPECT_EQ(150, strlen(buf));
	fclose(f);
}

TEST_F(pair, F61_procfs_listener_line)
{
	int listener = xt_listen(self->fam, 5);
	int fd = xt_connect(self->fam, xt_port(listener));
	struct line l = {};

	ASSERT_TRUE(xt_wait(listener, POLLIN) & POLLIN);
	find_line(&l, self->fam, xt_port(listener), 0);
	ASSERT_TRUE(l.found);
	EXPECT_EQ(XT_LISTEN, l.state);
	/* Of a listener the receive queue is the accept queue. */
	EXPECT_EQ(1, l.rxq);
	close(fd);
	close(listener);
}

TEST_F(pair, F61_procfs_is_per_namespace)
{
	__u16 lport = xt_port(self->server), rport = xt_port(self->client);
	struct line l = {};

	xt_ns();
	find_line(&l, self->fam, lport, rport);
	EXPECT_FALSE(l.found);
}

TEST_HARNESS_MAIN
