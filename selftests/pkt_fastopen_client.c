// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open of a client, segment by segment: the cookie, data in the SYN, and
 * what is done when that is lost or not taken (F-27; RFC 7413).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"
#include "pkt_fastopen.h"

#include <errno.h>
#include <unistd.h>

static const __u8 COOKIE[COOKIE_MAX] = "0123456789abcde";

static int fo_socket(void)
{
	int fd = xt_socket(pkt_fam());

	xt_nonblock(fd, true);
	return fd;
}

/* A new connection to the same place, with @len bytes, that has to wait. */
static int opens(struct peer *p, size_t len, ssize_t want)
{
	int fd = fo_socket();
	ssize_t ret;

	peer_again(p);
	p->dut = 0;
	ret = app_open(p, fd, len, MSG_DONTWAIT);
	if (ret != want || (ret < 0 && errno != EINPROGRESS))
		peer_fail(__func__, p, "sendto says %zd, %s", ret,
			  ret < 0 ? strerror(errno) : "");
	return fd;
}

/* The peer gives this cookie; the connection is reset. */
static void give(struct peer *p, const void *cookie, int len)
{
	struct fo_option o = fo_option(cookie, len);
	int fd = opens(p, 10, -1);
	const struct pkt_seg *seg;

	seg = expect(p, SYN, 0, 0);
	if (!has_fo(seg, NULL, 0))
		peer_fail(__func__, p, "it does not ask for a cookie");
	inject_fo(p, SYN | ACK, 1, &o);
	expect(p, ACK, 1, 1);
	xt_reset(&fd);
	expect(p, RST | ACK, 1, 1);
}

/* And this is how a SYN looks that carries it. */
static void check_syn(struct __test_metadata *_metadata, struct peer *p,
		      const void *cookie, int clen, __u32 len)
{
	const struct pkt_seg *seg = expect(p, SYN, 0, 0, .len = len);

	EXPECT_TRUE(has_fo(seg, cookie, clen));
}

TEST_F(pkt, RFC7413_04_asks_first)
{
	struct fo_option o = fo_option(COOKIE, 8);
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	int fd = opens(p, 100, -1);

	seg = expect(p, SYN, 0, 0, .mss = own_mss());
	EXPECT_TRUE(has_fo(seg, NULL, 0));
	EXPECT_EQ(TFO_COOKIE_UNAVAILABLE,
		  (int)fo_info(fd).tcpi_fastopen_client_fail);
	inject_fo(p, SYN | ACK, 1, &o);
	expect(p, ACK, 1, 1);
	EXPECT_TRUE(xt_wait(fd, POLLOUT) & POLLOUT);
	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	inject(p, ACK, 1, 101);
	EXPECT_FALSE(fo_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
	xt_reset(&fd);
	expect(p, RST | ACK, 101, 1);
	/* The next one has it, and needs not ask. */
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	EXPECT_TRUE(xt_wait(fd, POLLOUT) & POLLOUT);
	EXPECT_TRUE(fo_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
	EXPECT_EQ(0, (int)fo_info(fd).tcpi_fastopen_client_fail);
	app_write(fd, 100, 50);
	expect(p, ACK, 101, 1, .len = 50);
	inject(p, ACK | PSH, 1, 151, .len = 20);
	app_read(fd, 0, 20);
	EXPECT_TRUE(fo_counted(1, "FastOpenActive"));
	EXPECT_TRUE(fo_counted(0, "FastOpenActiveFail"));
}

/* A cookie is the server's, for all of its ports; and it is another's not. */
TEST_F(pkt, RFC7413_04_for_all_ports)
{
	struct peer *p = self->p;

	give(p, COOKIE, 8);
	p->port += 1000;
	close(opens(p, 10, 10));
	check_syn(_metadata, p, COOKIE, 8, 10);
}

TEST_F(pkt, RFC7413_04_replaced)
{
	struct fo_option o = fo_option(COOKIE + 4, 8);
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 10, 10);
	check_syn(_metadata, p, COOKIE, 8, 10);
	inject_fo(p, SYN | ACK, 11, &o);
	expect(p, ACK, 11, 1);
	xt_reset(&fd);
	expect(p, RST | ACK, 11, 1);
	opens(p, 10, 10);
	check_syn(_metadata, p, COOKIE + 4, 8, 10);
}

TEST_F(pkt, RFC7413_02_lengths_of_cookies)
{
	struct peer *p = self->p;

	TCP_DEVIATES("Linux asks by the experimental option then");
	/* No cookie at all, so the question is asked anew. */
	give(p, COOKIE, 0);
	give(p, COOKIE, 2);
	give(p, COOKIE, 5);
	give(p, COOKIE, 4);
	opens(p, 10, 10);
	check_syn(_metadata, p, COOKIE, 4, 10);
}

TEST_F(pkt, RFC7413_02_longest_cookie)
{
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 16);
	fd = opens(p, 3000, 960);
	check_syn(_metadata, p, COOKIE, 16, 960);
	inject(p, SYN | ACK, 0, 961, .mss = p->mss);
	expect(p, ACK, 961, 1);
	app_write(fd, 960, 40);
	expect(p, ACK, 961, 1, .len = 40);
	inject(p, ACK, 1, 1001);
}

/* Nobody asked for it, so nobody keeps it. */
TEST_F(pkt, F27_unsolicited_cookie)
{
	struct fo_option o = fo_option(COOKIE, 8);
	struct peer *p = self->p;
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	inject_fo(p, SYN | ACK, 1, &o);
	expect(p, ACK, 1, 1);
	xt_reset(&fd);
	expect(p, RST | ACK, 1, 1);
	opens(p, 10, -1);
	check_syn(_metadata, p, NULL, 0, 0);
}

/* The MSS of before bounds what goes with the SYN. */
TEST_F(pkt, F27_MSS_is_remembered)
{
	struct peer *p = self->p;
	int fd;

	p->mss = 600;
	give(p, COOKIE, 8);
	fd = opens(p, 3000, 560);
	check_syn(_metadata, p, COOKIE, 8, 560);
	/* It has become less: what has to go again is cut. */
	inject(p, SYN | ACK, 0, 1, .mss = 300);
	expect(p, ACK, 1, 1, .len = 300);
	expect(p, ACK, 301, 1, .len = 260);
	inject(p, ACK, 1, 561);
	app_write(fd, 560, 300);
	expect(p, ACK, 561, 1, .len = 300);
	inject(p, ACK, 1, 861);
}

/* Not taken, for whatever reason: it goes again at once, as ordinary data. */
TEST_F(pkt, RFC7413_08_data_not_taken)
{
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	peer_synack(p);
	expect(p, ACK, 1, 1, .len = 100, .max_ms = 150);
	inject(p, ACK | PSH, 1, 101, .len = 10);
	app_read(fd, 0, 10);
	EXPECT_EQ(TFO_DATA_NOT_ACKED,
		  (int)fo_info(fd).tcpi_fastopen_client_fail);
	EXPECT_FALSE(fo_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
	EXPECT_TRUE(fo_counted(1, "FastOpenActiveFail"));
}

/* Some of it was taken: the rest goes again. */
TEST_F(pkt, RFC7413_08_data_taken_in_part)
{
	struct peer *p = self->p;

	give(p, COOKIE, 8);
	opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	inject(p, SYN | ACK, 0, 41, .mss = p->mss);
	if (xt_is_tcp())
		/* Linux sends all of the segment again. */
		expect(p, ACK, 41, 1, .any_len = true);
	else
		expect(p, ACK, 41, 1, .len = 60, .max_ms = 150);
	inject(p, ACK, 1, 101);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
}

/* Lost: the SYN goes again alone and without the option, data comes behind. */
TEST_F(pkt, RFC7413_08_SYN_timeout)
{
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	seg = expect(p, SYN, 0, 0, .min_ms = 800, .max_ms = 1900);
	EXPECT_FALSE(seg->has & HAS_FO);
	peer_synack(p);
	expect(p, ACK, 1, 1, .len = 100, .max_ms = 150);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 1, 101);
	app_write(fd, 100, 50);
	expect(p, ACK, 101, 1, .len = 50);
	inject(p, ACK, 1, 151);
	EXPECT_EQ(TFO_SYN_RETRANSMITTED,
		  (int)fo_info(fd).tcpi_fastopen_client_fail);
}

/* The SYN was lost on the way back only: nothing goes again. */
TEST_F(pkt, RFC7413_08_SYNACK_lost)
{
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	expect(p, SYN, 0, 0, .min_ms = 800);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	EXPECT_TRUE(xt_wait(fd, POLLOUT) & POLLOUT);
	EXPECT_TRUE(fo_info(fd).tcpi_options & TCPI_OPT_SYN_DATA);
}

static void plain_syn(struct __test_metadata *_metadata, struct peer *p)
{
	const struct pkt_seg *seg = expect(p, SYN, 0, 0);

	EXPECT_FALSE(seg->has & HAS_FO);
}

/* What failed is not tried again for a while, at this port. */
TEST_F(pkt, RFC7413_05_failures_are_remembered)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("Linux remembers only with fastopen_blackhole_timeout_sec");
	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	expect(p, SYN, 0, 0, .min_ms = 800);
	peer_synack(p);
	expect(p, ACK, 1, 1, .len = 100);
	inject(p, ACK, 1, 101);
	xt_reset(&fd);
	expect(p, RST | ACK, 101, 1);
	fd = opens(p, 100, -1);
	plain_syn(_metadata, p);
	EXPECT_TRUE(fo_counted(1, "FastOpenAvoided"));
	xt_reset(&fd);
	/* At another the cookie is good. */
	p->port += 1000;
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
}

TEST_F(pkt, RFC7413_05_data_not_taken)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("Linux goes on sending data in the SYN");
	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	peer_synack(p);
	expect(p, ACK, 1, 1, .len = 100);
	inject(p, ACK, 1, 101);
	xt_reset(&fd);
	expect(p, RST | ACK, 101, 1);
	opens(p, 100, -1);
	plain_syn(_metadata, p);
}

/* No answer at all, then; it takes a minute, and twice that the second time. */
TEST_F_TIMEOUT(pkt, RFC7413_05_for_longer_and_longer, 900)
{
	struct peer *p = self->p;
	int fd, wait = 60;

	LONG();
	TCP_DEVIATES("Linux remembers only with fastopen_blackhole_timeout_sec");
	give(p, COOKIE, 8);
	for (; wait <= 240; wait *= 2) {
		fd = fo_socket();
		ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_SYNCNT, 1));
		peer_again(p);
		p->dut = 0;
		ASSERT_EQ(100, app_open(p, fd, 100, MSG_DONTWAIT));
		check_syn(_metadata, p, COOKIE, 8, 100);
		expect(p, SYN, 0, 0, .min_ms = 800);
		ASSERT_TRUE(xt_wait(fd, POLLERR) & POLLERR);
		EXPECT_EQ(ETIMEDOUT, xt_sock_error(fd));
		close(fd);
		sleep(wait - 2);
		fd = opens(p, 100, -1);
		plain_syn(_metadata, p);
		xt_reset(&fd);
		sleep(3);
	}
	/* Success wipes it out. */
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	xt_reset(&fd);
	expect(p, RST | ACK, 101, 1);
	opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
}

/* ICMP is a failure, too. */
TEST_F(pkt, RFC7413_05_ICMP)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("Linux remembers only with fastopen_blackhole_timeout_sec");
	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	if (variant->fam == XT_V4)
		peer_icmp(p, 3, 13, 0, 0);
	else
		peer_icmp(p, 1, 1, 0, 0);
	ASSERT_TRUE(xt_wait(fd, POLLERR) & POLLERR);
	close(fd);
	opens(p, 100, -1);
	plain_syn(_metadata, p);
}

/* F-52: too large for the path: at once, alone, with the data behind. */
TEST_F(pkt, F27_path_MTU)
{
	struct peer *p = self->p;

	p->mss = own_mss();
	give(p, COOKIE, 8);
	opens(p, own_mss() - 40, own_mss() - 40);
	check_syn(_metadata, p, COOKIE, 8, own_mss() - 40);
	if (variant->fam == XT_V4)
		peer_icmp(p, 3, 4, 1400, 0);
	else
		peer_icmp(p, 2, 0, 1400, 0);
	expect(p, SYN, 0, 0, .max_ms = 500);
	peer_synack(p);
	expect(p, ACK, 1, 1, .any_len = true);
	inject(p, ACK, 1, own_mss() - 39);
}

TEST_F(pkt, F27_refused)
{
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	inject(p, RST | ACK, 0, 101);
	ASSERT_TRUE(xt_wait(fd, POLLERR) & POLLERR);
	EXPECT_EQ(ECONNREFUSED, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
}

/* TCP_FASTOPEN_CONNECT: connect and write, as any program does. */
TEST_F(pkt, F27_connect_and_write)
{
	struct peer *p = self->p;
	union xt_addr addr;
	socklen_t len;
	int fd;

	/* Without a cookie connect asks for one. */
	fd = fo_socket();
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	len = pkt_addr(true, p->port, &addr);
	EXPECT_EQ(-1, connect(fd, &addr.sa, len));
	EXPECT_EQ(EINPROGRESS, errno);
	p->dut = xt_port(fd);
	check_syn(_metadata, p, NULL, 0, 0);
	xt_reset(&fd);
	give(p, COOKIE, 8);

	fd = fo_socket();
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	peer_again(p);
	EXPECT_EQ(0, connect(fd, &addr.sa, len));
	p->dut = xt_port(fd);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	EXPECT_EQ(POLLOUT, xt_events(fd, POLLIN | POLLOUT));
	EXPECT_EQ(-1, connect(fd, &addr.sa, len));
	EXPECT_EQ(EISCONN, errno);
	expect_nothing(p, SOON_MS);
	app_write(fd, 0, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	EXPECT_EQ(0, xt_events(fd, POLLIN | POLLOUT));
	EXPECT_EQ(-1, send(fd, "x", 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	EXPECT_EQ(POLLOUT, xt_wait(fd, POLLOUT));
	app_write(fd, 100, 10);
	expect(p, ACK, 101, 1, .len = 10);
	inject(p, ACK, 1, 111);
}

/* Nobody can know of a SYN that was not sent. */
TEST_F(pkt, F27_deferred_connect_meets_segments)
{
	struct peer *p = self->p;
	union xt_addr addr;
	socklen_t len = pkt_addr(true, p->port, &addr);
	int fd;

	TCP_DEVIATES("Linux takes a SYN for a simultaneous open, and sends nothing");
	give(p, COOKIE, 8);
	fd = fo_socket();
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	ASSERT_EQ(0, connect(fd, &addr.sa, len));
	peer_again(p);
	p->dut = xt_port(fd);
	peer_syn(p);
	expect(p, RST | ACK, ANY, 1);
	EXPECT_EQ(XT_SYN_SENT, peer_state(p));
	app_write(fd, 0, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
}

/* F-27: a network where nobody forges may do without cookies. */
TEST_F(pkt, F27_no_cookie)
{
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	int fd;

	xt_sysctl("fastopen", "5");
	fd = opens(p, 100, 100);
	seg = expect(p, SYN, 0, 0, .len = 100);
	EXPECT_FALSE(seg->has & HAS_FO);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	xt_reset(&fd);
	expect(p, RST | ACK, 101, 1);
	xt_sysctl("fastopen", "1");
	fd = fo_socket();
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1));
	peer_again(p);
	p->dut = 0;
	EXPECT_EQ(100, app_open(p, fd, 100, MSG_DONTWAIT));
	seg = expect(p, SYN, 0, 0, .len = 100);
	EXPECT_FALSE(seg->has & HAS_FO);
}

/* RFC7413-01: a client has it where the knob says so, too. */
TEST_F(pkt, RFC7413_01_client_off)
{
	struct peer *p = self->p;
	int fd = fo_socket();

	xt_sysctl("fastopen", "2");
	EXPECT_EQ(-1, app_open(p, fd, 10, MSG_DONTWAIT));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	EXPECT_EQ(EOPNOTSUPP, errno);
	xt_sysctl("fastopen", "1");
	/* And not where nobody asks. */
	xt_close(&fd);
	give(p, COOKIE, 8);
	peer_again(p);
	p->dut = 0;
	fd = peer_connect(p);
	plain_syn(_metadata, p);
}

TEST_F(pkt, F27_second_call_while_connecting)
{
	struct peer *p = self->p;
	int fd;

	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	EXPECT_EQ(-1, app_open(p, fd, 10, MSG_DONTWAIT));
	EXPECT_EQ(EALREADY, errno);
	inject(p, SYN | ACK, 0, 101, .mss = p->mss);
	expect(p, ACK, 101, 1);
	EXPECT_TRUE(xt_wait(fd, POLLOUT) & POLLOUT);
	/* The first call that looks finds it done; to open it is too late then. */
	EXPECT_EQ(0, app_open(p, fd, 0, MSG_DONTWAIT));
	EXPECT_EQ(-1, app_open(p, fd, 10, MSG_DONTWAIT));
	EXPECT_EQ(EISCONN, errno);
}

/* Both at once: the SYN with data counts as any SYN does. */
TEST_F(pkt, F27_simultaneous_open)
{
	struct peer *p = self->p;
	int fd;

	TCP_DEVIATES("Linux sends the data after a timeout");
	give(p, COOKIE, 8);
	fd = opens(p, 100, 100);
	check_syn(_metadata, p, COOKIE, 8, 100);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 101);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
	app_write(fd, 100, 10);
	expect(p, ACK, 101, 1, .len = 10);
	inject(p, ACK, 1, 111);
}

TEST_HARNESS_MAIN
