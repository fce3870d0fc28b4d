// SPDX-License-Identifier: GPL-2.0
/*
 * The close ledger, segment by segment: each cause is brought about, and that
 * one is counted, once, and no other (F-65).
 */
#include "xtcp_harness.h"
#include "ends_ledger.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/wait.h>

/* All connections so far have ended for this cause, @n of them. */
static void ended_for(const char *where, struct peer *p, const char *cause,
		      unsigned long n)
{
	struct ledger l = ledger_wait(cause, n);
	bool embryo = !strncmp(cause, "Req", 3);

	if (!l.known)
		peer_fail(where, p, "no counter End%s", cause);
	if (l.found != n || l.ended + l.embryos != n)
		peer_fail(where, p, "End%s is %lu, not %lu; %lu ended, %lu embryos",
			  cause, l.found, n, l.ended, l.embryos);
	if (!embryo && l.opened != n)
		peer_fail(where, p, "%lu opened, %lu ended", l.opened, n);
}

#define ended(p, cause)		ended_for(PKT_HERE, p, cause, 1)

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP has no close ledger");
}

static int simultaneous(struct peer *p)
{
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	state(p, XT_SYN_RECV);
	return fd;
}

/* In order */

/* The process is gone when the ACK comes: a small object waits for the FIN. */
TEST_F(pkt, F65_FinOurs_closed)
{
	struct peer *p = self->p;

	pkt_patient();
	to_time_wait(p);
	ended(p, "FinOurs");
	/* TIME-WAIT is not a part of it, whatever becomes of that. */
	inject(p, RST, 2, 2);
	state(p, XT_NONE);
	ended(p, "FinOurs");
}

TEST_F(pkt, F65_FinOurs_held)
{
	struct peer *p = self->p;

	pkt_patient();
	to_fin_wait_2(p);
	inject(p, FIN | ACK, 1, 2);
	state(p, XT_TIME_WAIT);
	ended(p, "FinOurs");
}

TEST_F(pkt, F65_FinOurs_one_segment)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_1(p);

	inject(p, FIN | ACK, 1, 2);
	state(p, XT_TIME_WAIT);
	ended(p, "FinOurs");
	close(fd);
	ended(p, "FinOurs");
}

TEST_F(pkt, F65_FinOurs_without_TIME_WAIT)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	xt_sysctl("timewait_ms", "0");
	close(fd);
	inject(p, FIN | ACK, 1, 2);
	state(p, XT_NONE);
	ended(p, "FinOurs");
}

TEST_F(pkt, F65_FinTheirs)
{
	struct peer *p = self->p;
	int fd = to_last_ack(p);

	inject(p, ACK, 2, 2);
	state(p, XT_NONE);
	ended(p, "FinTheirs");
	close(fd);
	ended(p, "FinTheirs");
}

TEST_F(pkt, F65_FinBoth)
{
	struct peer *p = self->p;
	int fd = to_closing(p);

	inject(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
	ended(p, "FinBoth");
	close(fd);
	ended(p, "FinBoth");
}

/* This side gives up */

TEST_F(pkt, F65_Unread)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 10);
	xt_wait(fd, POLLIN);
	close(fd);
	peer_drain(p, SOON_MS);
	ended(p, "Unread");
}

TEST_F(pkt, F65_Linger)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	abortive(fd);
	close(fd);
	expect_reset(p, 1);
	ended(p, "Linger");
}

TEST_F(pkt, F65_Linger_in_LAST_ACK)
{
	struct peer *p = self->p;
	int fd = to_last_ack(p);

	abortive(fd);
	close(fd);
	state(p, XT_NONE);
	ended(p, "Linger");
}

TEST_F(pkt, F65_Linger2)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, -1);
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK, 1, 2);
	expect_reset(p, 2);
	ended(p, "Linger2");
}

TEST_F(pkt, F65_Abort)
{
	struct peer *p = self->p;
	struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int fd = peer_accepted(p);

	EXPECT_EQ(0, connect(fd, &nobody, sizeof(nobody)));
	expect_reset(p, 1);
	ended(p, "Abort");
	close(fd);
	ended(p, "Abort");
}

TEST_F(pkt, F65_Abandoned_by_close)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	close(fd);
	ended(p, "Abandoned");
}

TEST_F(pkt, F65_Abandoned_by_shutdown)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	shutdown(fd, SHUT_WR);
	ended(p, "Abandoned");
}

TEST_F(pkt, F65_Abandoned_with_linger_0)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	abortive(fd);
	close(fd);
	ended(p, "Abandoned");
}

TEST_F(pkt, F65_LateData_in_FIN_WAIT_1)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	pkt_patient();
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK | PSH, 1, 1, .len = 10);
	expect_reset(p, 2);
	ended(p, "LateData");
}

TEST_F(pkt, F65_LateData_out_of_order)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	pkt_patient();
	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK | PSH, 101, 1, .len = 10);
	expect_reset(p, 2);
	ended(p, "LateData");
}

TEST_F(pkt, F65_LateData_in_FIN_WAIT_2)
{
	struct peer *p = self->p;

	close(to_fin_wait_2(p));
	inject(p, ACK | PSH, 1, 2, .len = 10);
	expect_reset(p, 2);
	ended(p, "LateData");
}

TEST_F(pkt, F65_Unaccepted)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	state(p, XT_ESTABLISHED);
	close(listener);
	expect_reset(p, 1);
	ended(p, "Unaccepted");
}

TEST_F(pkt, F65_Orphans)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_sysctl("max_orphans", "0");
	app_write(fd, 0, 10);
	close(fd);
	peer_drain(p, SOON_MS);
	ended(p, "Orphans");
}

/* Met later, when the orphan sends something again. */
TEST_F(pkt, F65_Orphans_later)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	close(fd);
	expect(p, FIN | ACK, 1, 1);
	xt_sysctl("max_orphans", "0");
	expect_reset(p, 2);
	ended(p, "Orphans");
}

/* net.xtcp.mem is the machine's, to be written where the machine's root is. */
static void machine_mem(const char *value)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		int ns = open("/proc/1/ns/net", O_RDONLY), fd;

		if (setns(ns, CLONE_NEWNET))
			_exit(2);
		fd = open("/proc/sys/net/xtcp/mem", O_WRONLY);
		_exit(write(fd, value, strlen(value)) < 0);
	}
	waitpid(pid, &status, 0);
	if (status)
		xt_die("mem: status %d", status);
}

TEST_F(pkt, F65_Memory)
{
	struct peer *p = self->p;
	char old[64];
	int fd = peer_accepted(p);

	if (!xt_sysctl_read("mem", old, sizeof(old)))
		xt_die("mem");
	/* More than what processors keep to themselves of the common account. */
	xt_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20);
	app_write(fd, 0, 4 << 20);
	machine_mem("1 1 1");
	close(fd);
	machine_mem(old);
	peer_drain(p, SOON_MS);
	ended(p, "Memory");
}

TEST_F(pkt, F65_TwBuckets)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	xt_sysctl("max_tw_buckets", "0");
	close(fd);
	state(p, XT_NONE);
	ended(p, "TwBuckets");
}

/* The older of two goes when the second comes. */
TEST_F(pkt, F65_TwBuckets_evicted)
{
	struct peer *p = self->p;
	struct peer q;
	struct ledger l;

	peer_init(&q);
	xt_sysctl("max_tw_buckets", "1");
	close(to_fin_wait_2(p));
	close(to_fin_wait_2(&q));
	state(p, XT_NONE);
	l = ledger_read("TwBuckets");
	EXPECT_EQ(1, l.found);
	EXPECT_EQ(1, l.ended);
	EXPECT_EQ(2, l.opened);
	inject(&q, FIN | ACK, 1, 2);
	state(&q, XT_TIME_WAIT);
	l = ledger_read("FinOurs");
	EXPECT_EQ(1, l.found);
	EXPECT_EQ(2, l.ended);
	peer_forget(&q);
}

/* The peer resets, in each state */

TEST_F(pkt, F65_Refused)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	inject(p, RST | ACK, 0, 1);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(fd));
	ended(p, "Refused");
	close(fd);
	ended(p, "Refused");
}

static void reset_in(struct peer *p, int (*reach)(struct peer *p), __u32 seq,
		     const char *cause)
{
	int fd = reach(p);

	inject(p, RST, seq, 0);
	state(p, XT_NONE);
	ended(p, cause);
	close(fd);
	ended(p, cause);
}

TEST_F(pkt, F65_RstSynRecv)
{
	struct peer *p = self->p;

	reset_in(p, simultaneous, 1, "RstSynRecv");
}

TEST_F(pkt, F65_RstEstablished)
{
	struct peer *p = self->p;

	reset_in(p, peer_accepted, 1, "RstEstablished");
}

TEST_F(pkt, F65_RstFinWait1)
{
	struct peer *p = self->p;

	reset_in(p, to_fin_wait_1, 1, "RstFinWait1");
}

TEST_F(pkt, F65_RstFinWait2)
{
	struct peer *p = self->p;

	reset_in(p, to_fin_wait_2, 1, "RstFinWait2");
}

TEST_F(pkt, F65_RstFinWait2_closed)
{
	struct peer *p = self->p;

	close(to_fin_wait_2(p));
	inject(p, RST, 1, 0);
	state(p, XT_NONE);
	ended(p, "RstFinWait2");
}

TEST_F(pkt, F65_RstCloseWait)
{
	struct peer *p = self->p;

	reset_in(p, to_close_wait, 2, "RstCloseWait");
}

TEST_F(pkt, F65_RstClosing)
{
	struct peer *p = self->p;

	reset_in(p, to_closing, 2, "RstClosing");
}

TEST_F(pkt, F65_RstLastAck)
{
	struct peer *p = self->p;

	reset_in(p, to_last_ack, 2, "RstLastAck");
}

/* Time runs out */

TEST_F(pkt, F65_TimeSyn)
{
	struct peer *p = self->p;
	int fd;

	xt_sysctl("syn_retries", "1");
	fd = peer_connect(p);
	EXPECT_NE(0, xt_wait(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
	ended(p, "TimeSyn");
}

TEST_F(pkt, F65_TimeSynAck)
{
	struct peer *p = self->p;

	xt_sysctl("synack_retries", "1");
	simultaneous(p);
	ended(p, "TimeSynAck");
	peer_skip_repeats(p);
}

TEST_F(pkt, F65_TimeData)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_sysctl("retries2", "1");
	app_write(fd, 0, 10);
	ended(p, "TimeData");
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

/* The FIN counts as data. */
TEST_F(pkt, F65_TimeData_of_a_FIN)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_sysctl("retries2", "1");
	shutdown(fd, SHUT_WR);
	ended(p, "TimeData");
	close(fd);
}

static int closed_window(struct peer *p)
{
	int fd = peer_accepted(p);

	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .zero_wnd = true);
	app_write(fd, 0, 10);
	return fd;
}

TEST_F(pkt, F65_TimeWindow)
{
	struct peer *p = self->p;
	int fd;

	xt_sysctl("retries2", "2");
	fd = closed_window(p);
	ended(p, "TimeWindow");
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

TEST_F(pkt, F65_TimeKeepalive)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 2);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	ended(p, "TimeKeepalive");
	EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
}

TEST_F(pkt, F65_TimeUser_of_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 500);
	app_write(fd, 0, 10);
	ended(p, "TimeUser");
}

TEST_F(pkt, F65_TimeUser_of_keepalive)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	ended(p, "TimeUser");
}

TEST_F(pkt, F65_TimeUser_of_a_window)
{
	struct peer *p = self->p;
	int fd = closed_window(p);

	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 700);
	ended(p, "TimeUser");
}

TEST_F(pkt, F65_TimeUser_of_a_SYN)
{
	struct peer *p = self->p;
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;

	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
	xt_nonblock(fd, true);
	connect(fd, &addr.sa, pkt_addr(true, p->port, &addr));
	ended(p, "TimeUser");
}

TEST_F(pkt, F65_TimeOrphan)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_sysctl("orphan_retries", "1");
	close(fd);
	ended(p, "TimeOrphan");
}

TEST_F(pkt, F65_TimeOrphan_of_a_window)
{
	struct peer *p = self->p;
	int fd = closed_window(p);

	xt_sysctl("orphan_retries", "1");
	close(fd);
	ended(p, "TimeOrphan");
}

TEST_F(pkt, F65_TimeFinWait2)
{
	struct peer *p = self->p;

	xt_sysctl("fin_timeout", "1");
	close(to_fin_wait_2(p));
	ended(p, "TimeFinWait2");
	state(p, XT_NONE);
}

TEST_F(pkt, F65_TimeFinWait2_of_a_socket)
{
	struct peer *p = self->p;
	int fd = to_fin_wait_2(p);

	xt_set(fd, IPPROTO_TCP, TCP_LINGER2, 1);
	close(fd);
	ended(p, "TimeFinWait2");
	state(p, XT_NONE);
}

/* ICMP */

static void unreachable(struct peer *p, __u32 seq)
{
	if (pkt_fam() == XT_V4)
		peer_icmp(p, 3, 2, 0, seq);
	else
		peer_icmp(p, 1, 4, 0, seq);
}

TEST_F(pkt, F65_Icmp)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	unreachable(p, 0);
	EXPECT_NE(0, xt_sock_error(fd));
	ended(p, "Icmp");
}

/* Embryonic connections have causes of their own, and are nothing else */

static void embryo(struct peer *p)
{
	peer_listen(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
}

TEST_F(pkt, F65_ReqTime)
{
	struct peer *p = self->p;

	xt_sysctl("synack_retries", "1");
	embryo(p);
	ended(p, "ReqTime");
}

TEST_F(pkt, F65_ReqRst)
{
	struct peer *p = self->p;

	embryo(p);
	inject(p, RST, 1, 0);
	ended(p, "ReqRst");
}

TEST_F(pkt, F65_ReqIcmp)
{
	struct peer *p = self->p;

	embryo(p);
	unreachable(p, 0);
	ended(p, "ReqIcmp");
}

TEST_F(pkt, F65_ReqListener)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	close(listener);
	ended(p, "ReqListener");
}

TEST_F(pkt, F65_ReqOverflow)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	struct peer q[2];
	struct ledger l;
	int i;

	xt_sysctl("abort_on_overflow", "1");
	listen(listener, 0);
	/* Both handshakes begin while there is room, the second ends too late. */
	for (i = 0; i < 2; i++) {
		peer_init(&q[i]);
		q[i].dut = p->dut;
		peer_syn(&q[i]);
		expect(&q[i], SYN | ACK, 0, 1);
	}
	inject(&q[0], ACK, 1, 1);
	state(&q[0], XT_ESTABLISHED);
	inject(&q[1], ACK, 1, 1);
	expect_reset(&q[1], 1);
	l = ledger_wait("ReqOverflow", 1);
	EXPECT_EQ(1, l.found);
	EXPECT_EQ(1, l.embryos);
	EXPECT_EQ(0, l.ended);
	EXPECT_EQ(1, l.opened);
	for (i = 0; i < 2; i++)
		peer_forget(&q[i]);
}

/* What never began has no end. */
TEST_F(pkt, F65_nothing_without_a_SYN)
{
	struct peer *p = self->p;
	union xt_addr addr;
	int fd = xt_socket(pkt_fam());
	struct ledger l;

	xt_run("ip -%c route flush table main",
	       pkt_fam() == XT_V4 ? '4' : '6');
	xt_sysctl("local_port_range", "40000 40000");
	EXPECT_EQ(-1, connect(fd, &addr.sa, pkt_addr(true, p->port, &addr)));
	close(fd);
	close(peer_listen(p));
	l = ledger_read("Other");
	EXPECT_EQ(0, l.ended + l.embryos);
	EXPECT_EQ(0, l.opened);
}

TEST_HARNESS_MAIN
