// SPDX-License-Identifier: GPL-2.0
/*
 * What the user asks for and is told, requirement by requirement: RFC 9293
 * sections 3.6, 3.8.4, 3.8.5, 3.9.1 and 3.9.2.2, RFC 5927.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"
#include "pkt_works.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define MSS	1000	/* as the peer announces it */

/* The end, as the user sees it */

/* RFC9293-MUST-12: a FIN is an end, a RST an error, and they are not the same. */
TEST_F(pkt, MUST12_close_and_abort_differ)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	struct peer q;
	char byte;

	inject(p, FIN | ACK, 1, 1);
	xt_expect_eof(fd);
	EXPECT_EQ(0, xt_sock_error(fd));
	peer_init(&q);
	fd = peer_accepted(&q);
	inject(&q, RST, 1, 0);
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(-1, recv(fd, &byte, 1, MSG_DONTWAIT));
	EXPECT_EQ(ECONNRESET, errno);
}

/* RFC9293-TXT-20: what was queued is gone with an ABORT. */
TEST_F(pkt, TXT20_abort_drops_what_is_queued)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	app_write(fd, 0, 3 * MSS);
	expect(p, ACK, 1, 1, .len = MSS);
	expect(p, ACK, 1 + MSS, 1, .len = MSS);
	expect(p, ACK, 1 + 2 * MSS, 1, .len = MSS);
	abortive(fd);
	close(fd);
	expect(p, RST | ACK, 1 + 3 * MSS, 1, .again_ok = true);
	state(p, XT_NONE);
	expect_nothing(p, 400);
	inject(p, ACK, 1, 1 + MSS);
	expect(p, RST, 1 + MSS, 0);
}

/* RFC9293-TXT-20: from SYN-RECEIVED of an active open. */
TEST_F(pkt, TXT20_abort_in_SYN_RECEIVED)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	abortive(fd);
	close(fd);
	expect_reset(p, 1);
	state(p, XT_NONE);
}

/* "For the other states ... no RST": SYN-SENT has nothing to abort. */
TEST_F(pkt, TXT20_abort_in_SYN_SENT)
{
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	abortive(fd);
	close(fd);
	expect_nothing(p, SOON_MS);
	state(p, XT_NONE);
	peer_synack(p);
	expect(p, RST, 1, 0);
}

/* RFC9293-MUST-13: twice the MSL, by the clock of the entry itself. */
static int seconds_left(const struct peer *p)
{
	const char *table = xt_is_tcp() ?
			    (pkt_fam() == XT_V4 ? "tcp" : "tcp6") :
			    (pkt_fam() == XT_V4 ? "xtcp" : "xtcp6");
	unsigned int lp, rp, st, timer;
	unsigned long when;
	char path[64], line[512];
	int left = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/net/%s", table);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%x %x %*x:%*x %x:%lx",
			   &lp, &rp, &st, &timer, &when) == 5 &&
		    lp == p->dut && rp == p->port && st == XT_TIME_WAIT)
			left = (when + 50) / 100;
	if (f)
		fclose(f);
	return left;
}

TEST_F(pkt, MUST13_TIME_WAIT_of_a_minute)
{
	struct peer *p = self->p;

	to_time_wait(p);
	EXPECT_LE(50, seconds_left(p));
	EXPECT_GE(60, seconds_left(p));
}

/* RFC9293-MAY-1: nobody can read any more, and the peer is told. */
TEST_F(pkt, MAY01_half_duplex_close)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	close(fd);
	expect(p, FIN | ACK, 1, 1);
	inject(p, ACK, 1, 2);
	state(p, XT_FIN_WAIT2);
	inject(p, ACK | PSH, 1, 2, .len = 5);
	expect_reset(p, 2);
}

/* SEND */

/* RFC9293-MUST-60, -MAY-16: held for company, but not for ever. */
TEST_F(pkt, MUST60_unpushed_data_goes)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	__u8 bytes[20];
	__u32 i;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + 0x55;	/* as the pattern has it */
	EXPECT_EQ(10, send(fd, bytes, 10, MSG_MORE));
	EXPECT_EQ(10, send(fd, bytes + 10, 10, MSG_MORE));
	expect_nothing(p, SOON_MS);
	expect(p, ACK, 1, 1, .len = 20, .max_ms = 3000);
}

/* RFC9293-MAY-15: the last call pushes. */
TEST_F(pkt, MAY15_push_of_the_last_call)
{
	struct peer *p = self->p;
	int fd;
	__u8 bytes[20];
	__u32 i;

	pkt_patient();
	fd = peer_accepted(p);
	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = i * 7 + 0x55;
	EXPECT_EQ(10, send(fd, bytes, 10, MSG_MORE));
	EXPECT_EQ(10, send(fd, bytes + 10, 10, 0));
	expect(p, ACK, 1, 1, .len = 20, .push = true, .max_ms = 1500);
}

/* RFC9293-SHLD-27, -28: many small calls become few large segments. */
TEST_F(pkt, SHLD27_pushes_are_collapsed)
{
	struct peer *p = self->p;
	int fd, i;

	pkt_patient();
	fd = peer_accepted(p);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	for (i = 1; i < 25; i++)
		app_write(fd, i * 100, 100);
	expect(p, ACK, 101, 1, .len = MSS);
	expect(p, ACK, 101 + MSS, 1, .len = MSS);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 101 + 2 * MSS);
	expect(p, ACK, 101 + 2 * MSS, 1, .len = 400, .push = true);
}

/* Urgent data */

static int sigurg_count;

static void count_sigurg(int sig)
{
	(void)sig;
	__atomic_add_fetch(&sigurg_count, 1, __ATOMIC_SEQ_CST);
}

/* How many came since they are wanted. */
static int sigurgs(void)
{
	return __atomic_load_n(&sigurg_count, __ATOMIC_SEQ_CST);
}

static void want_sigurg(int fd)
{
	struct sigaction sa = { .sa_handler = count_sigurg };
	int pid = getpid();

	__atomic_store_n(&sigurg_count, 0, __ATOMIC_SEQ_CST);
	if (sigaction(SIGURG, &sa, NULL) || ioctl(fd, FIOSETOWN, &pid))
		xt_die("SIGURG");
}

/* RFC9293-MUST-32: when it becomes pending, and whenever the pointer moves. */
TEST_F(pkt, MUST32_SIGURG_on_each_advance)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	want_sigurg(fd);
	inject(p, URG | ACK, 1, 1, .urg = 100);
	EXPECT_EQ(1, sigurgs());
	/* The same pointer again is no news. */
	inject(p, URG | ACK | PSH, 1, 1, .len = 50, .urg = 100);
	EXPECT_EQ(1, sigurgs());
	inject(p, URG | ACK | PSH, 51, 1, .len = 50, .urg = 150);
	EXPECT_EQ(2, sigurgs());
	inject(p, URG | ACK, 101, 1, .urg = 200);
	EXPECT_EQ(3, sigurgs());
}

/* RFC9293-TXT-26: it never recedes. */
TEST_F(pkt, TXT26_pointer_does_not_recede)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);
	char byte;

	want_sigurg(fd);
	inject(p, URG | ACK, 1, 1, .urg = 100);
	inject(p, URG | ACK, 1, 1, .urg = 50);
	inject(p, URG | ACK, 1, 1, .urg = 99);
	EXPECT_EQ(1, sigurgs());
	inject(p, ACK | PSH, 1, 1, .len = 120);
	EXPECT_NE(0, xt_wait(fd, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(fd, &byte, 1, MSG_OOB));
	EXPECT_EQ((char)(99 * 7), byte);
}

/* RFC9293-MUST-33: is any left? */
TEST_F(pkt, MUST33_is_urgent_data_left)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), at;

	inject(p, URG | ACK | PSH, 1, 1, .len = 20, .urg = 11);
	EXPECT_NE(0, xt_wait(fd, POLLPRI) & POLLPRI);
	ASSERT_EQ(0, ioctl(fd, SIOCATMARK, &at));
	EXPECT_EQ(0, at);
	app_read(fd, 0, 10);
	ASSERT_EQ(0, ioctl(fd, SIOCATMARK, &at));
	EXPECT_EQ(1, at);
	app_read(fd, 11, 9);
	ASSERT_EQ(0, ioctl(fd, SIOCATMARK, &at));
	EXPECT_EQ(0, at);
}

/* RFC9293-MUST-31: as far ahead as the pointer can tell, and over segments. */
TEST_F(pkt, MUST31_urgent_data_of_any_length)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;
	char byte;

	xt_set(fd, SOL_SOCKET, SO_RCVBUF, 200000);
	for (i = 0; i < 20; i++) {
		inject(p, URG | ACK | PSH, 1 + i * MSS, 1, .len = MSS,
		       .urg = (20 - i) * MSS);
		app_read(fd, i * MSS, i < 19 ? MSS : MSS - 1);
	}
	EXPECT_NE(0, xt_wait(fd, POLLPRI) & POLLPRI);
	EXPECT_EQ(1, recv(fd, &byte, 1, MSG_OOB));
	EXPECT_EQ((char)((20 * MSS - 1) * 7 + ((20 * MSS - 1) >> 8) * 31), byte);
}

/* RFC9293-MUST-30, -62: the pointer stands until the data is acknowledged. */
TEST_F(pkt, MUST30_pointer_on_all_that_precedes)
{
	struct peer *p = self->p;
	__u8 byte = (2 * MSS * 7 + (2 * MSS >> 8) * 31 + 0x55) & 255;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	inject(p, ACK | PSH, 1, 1, .len = 1);
	app_read(fd, 0, 1);
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, 1, .wnd = MSS);
	app_write(fd, 0, 2 * MSS);
	EXPECT_EQ(1, send(fd, &byte, 1, MSG_OOB));
	peer_drain(p, SOON_MS);
	inject(p, ACK, 2, p->nxt, .wnd = 65535);
	while (p->nxt < 2 * MSS + 2) {
		ASSERT_NE(NULL, peer_next(p, 5000));
		EXPECT_TRUE(p->last->flags & URG);
		EXPECT_EQ(2 * MSS + 2, peer_rel(p, p->last) + p->last->urg);
	}
}

/* RFC9293-MUST-66, -TXT-10: urgency is told although the window is closed. */
TEST_F(pkt, MUST66_URG_at_zero_window)
{
	struct peer *p = self->p;
	__u32 seq = 1, len;
	int fd, i;

	xt_sysctl("rmem", "4096 8192 8192");
	fd = peer_accepted(p);
	want_sigurg(fd);
	for (i = 0; i < 500 && p->edge != seq; i++) {
		len = p->edge - seq < MSS ? p->edge - seq : MSS;
		inject(p, ACK, seq, 1, .len = len);
		seq += len;
		while (p->last->ack != p->iss + seq && peer_next(p, 1000))
			;
	}
	ASSERT_EQ(p->edge, seq);
	inject(p, URG | ACK, seq, 1, .urg = 10);
	EXPECT_EQ(1, sigurgs());
}

/* ICMP and other reports */

static void host_unreachable(struct peer *p, __u32 seq)
{
	if (pkt_fam() == XT_V4)
		peer_icmp(p, 3, 1, 0, seq);
	else
		peer_icmp(p, 1, 3, 0, seq);
}

static void report_errors(int fd, int on)
{
	if (pkt_fam() == XT_V4)
		xt_set(fd, IPPROTO_IP, IP_RECVERR, on);
	else
		xt_set(fd, IPPROTO_IPV6, IPV6_RECVERR, on);
}

/* RFC9293-MUST-47, -TXT-24: told at once by who asks for it. */
TEST_F(pkt, MUST47_soft_errors_reported)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	report_errors(fd, 1);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	host_unreachable(p, 1);
	EXPECT_NE(0, xt_wait(fd, POLLOUT) & POLLERR);
	EXPECT_EQ(EHOSTUNREACH, xt_sock_error(fd));
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, ACK, 1, 11);
	inject(p, ACK | PSH, 1, 11, .len = 10);
	app_read(fd, 0, 10);
}

/* RFC9293-SHLD-20: and not by who does not, or no more. */
TEST_F(pkt, SHLD20_reports_switched_off)
{
	struct peer *p = self->p;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	report_errors(fd, 1);
	report_errors(fd, 0);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	host_unreachable(p, 1);
	EXPECT_EQ(0, xt_events(fd, POLLOUT) & POLLERR);
	inject(p, ACK, 1, 11);
	inject(p, ACK | PSH, 1, 11, .len = 10);
	app_read(fd, 0, 10);
}

/* RFC9293-SHLD-25: the reason is kept for the end. */
TEST_F(pkt, SHLD25_reason_of_a_timeout)
{
	struct peer *p = self->p;
	int fd;

	fd = peer_accepted(p);
	xt_set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 700);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	host_unreachable(p, 1);
	EXPECT_NE(0, xt_wait(fd, POLLIN) & POLLERR);
	EXPECT_EQ(EHOSTUNREACH, xt_sock_error(fd));
}

/* RFC9293-MUST-54, RFC5927-01: to the connection that is meant, no other. */
TEST_F(pkt, MUST54_ICMP_finds_its_connection)
{
	struct peer *p = self->p;
	struct peer q;
	int fd[2];

	peer_init(&q);
	fd[0] = peer_connect(p);
	expect(p, SYN, 0, 0);
	fd[1] = peer_connect(&q);
	expect(&q, SYN, 0, 0);
	host_unreachable(&q, 0);
	EXPECT_EQ(EHOSTUNREACH, xt_sock_error(fd[1]));
	EXPECT_EQ(0, xt_sock_error(fd[0]));
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd[0]);
}

/* RFC5927-01: not about what is in flight: no one hears of it. */
TEST_F(pkt, RFC5927_01_quoted_number_out_of_flight)
{
	static const __u32 out[] = { 0, 12, 5000, -5000, 0x80000001 };
	struct peer *p = self->p;
	unsigned int i;
	int fd;

	pkt_patient();
	fd = peer_accepted(p);
	report_errors(fd, 1);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	for (i = 0; i < COUNT(out); i++) {
		host_unreachable(p, out[i]);
		EXPECT_EQ(0, xt_sock_error(fd)) TH_LOG("number %d", out[i]);
	}
	host_unreachable(p, 1);
	EXPECT_EQ(EHOSTUNREACH, xt_sock_error(fd));
}

/* RFC5927-01: the range ends before SND.NXT. */
TEST_F(pkt, RFC5927_01_number_after_the_last)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("SND.NXT itself counts as in flight");
	pkt_patient();
	fd = peer_accepted(p);
	report_errors(fd, 1);
	app_write(fd, 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
	host_unreachable(p, 11);
	EXPECT_EQ(0, xt_sock_error(fd));
}

/* RFC9293-MUST-56: what passes leaves an opening alone. */
TEST_F(pkt, MUST56_time_exceeded_while_opening)
{
	struct peer *p = self->p;
	int fd;

	/* Kernel TCP ends an opening by any ICMP error. */
	TCP_DEVIATES("a time exceeded ends an opening");
	fd = peer_connect(p);
	expect(p, SYN, 0, 0);
	peer_icmp(p, variant->fam == XT_V4 ? 11 : 3, 0, 0, 0);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	peer_synack(p);
	expect(p, ACK, 1, 1);
	works(p, fd);
}

/* RFC9293-SHLD-9: trouble between R1 and R2 can be seen. */
TEST_F(pkt, SHLD09_trouble_can_be_asked_for)
{
	struct peer *p = self->p;
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int fd = peer_accepted(p), i;

	app_write(fd, 0, 10);
	for (i = 0; i < 4; i++)
		expect(p, ACK, 1, 1, .len = 10);
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(3, info.tcpi_retransmits);
	inject(p, ACK, 1, 11);
	len = sizeof(info);
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len));
	EXPECT_EQ(0, info.tcpi_retransmits);
}

/* Keepalive */

/* RFC9293-MUST-24, -MUST-27: on and off, and how often, of each socket. */
TEST_F(pkt, MUST24_keepalive_on_and_off)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p);

	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	p->mark_us = pkt_now_us();
	expect(p, ACK, 0, 1, .min_ms = 900);
	inject(p, ACK, 1, 1);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 0);
	expect_nothing(p, 1300);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 2);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	p->mark_us = pkt_now_us();
	/* The time of silence counts, not that of the switch. */
	expect(p, ACK, 0, 1);
}

/* RFC9293-MUST-26: what arrives puts the probe off. */
TEST_F(pkt, MUST26_traffic_puts_the_probe_off)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	for (i = 0; i < 4; i++) {
		peer_drain(p, 600);
		EXPECT_TRUE(p->last->flags & SYN || peer_rel(p, p->last));
		inject(p, ACK | PSH, 1 + i * 10, 1, .len = 10);
		app_read(fd, i * 10, 10);
	}
	peer_drain(p, SOON_MS);
	expect(p, ACK, 0, 41, .min_ms = 700);
}

/* RFC9293-SHLD-12, -MUST-29: without data; one that is lost ends nothing. */
TEST_F(pkt, SHLD12_keepalive_without_data)
{
	struct peer *p = self->p;
	int fd = peer_accepted(p), i;

	xt_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	xt_set(fd, IPPROTO_TCP, TCP_KEEPCNT, 5);
	xt_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	for (i = 0; i < 3; i++)
		expect(p, ACK, 0, 1, .len = 0, .min_ms = i ? 900 : 0);
	inject(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

TEST_HARNESS_MAIN
