// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open of a listener, segment by segment: cookies, data before the end of
 * the handshake, and what bounds it (F-27; RFC 7413).
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_works.h"
#include "pkt_fastopen.h"

#include <errno.h>
#include <linux/filter.h>
#include <unistd.h>

#define COOKIE_LEN	8

/* A listener; @qlen 0: one that does not ask for it. */
static int fo_listen(struct peer *p, const char *knob, int qlen)
{
	int fd = peer_listen(p);

	xt_sysctl("fastopen", knob);
	xt_sysctl("fastopen_key", KEY1);
	if (qlen && xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, qlen))
		xt_die("TCP_FASTOPEN");
	return fd;
}

/* Another connection, from another port. */
static void from_elsewhere(struct peer *p)
{
	p->port++;
	peer_again(p);
}

/* The cookie that this peer gets now, as an option; what opened is reset. */
static struct fo_option ask(struct peer *p)
{
	struct fo_option o = fo_option(NULL, 0);
	const struct pkt_seg *seg;

	from_elsewhere(p);
	inject_fo(p, SYN, 0, &o);
	seg = expect(p, SYN | ACK, 0, 1);
	if (!(seg->has & HAS_FO) || seg->fo_len != COOKIE_LEN)
		peer_fail(__func__, p, "no cookie");
	o = fo_option(seg->fo, seg->fo_len);
	inject(p, RST, 1, 0);
	from_elsewhere(p);
	return o;
}

/* A pending connection with @len bytes in its SYN, @taken of which are taken. */
static void open_with_taken(struct peer *p, const struct fo_option *o, __u32 len,
			    __u32 taken)
{
	inject_fo(p, SYN, 0, o, .len = len);
	expect(p, SYN | ACK, 0, 1 + taken);
}

static void open_with(struct peer *p, const struct fo_option *o, __u32 len)
{
	open_with_taken(p, o, len, len);
}

static void ignored(struct __test_metadata *_metadata, struct peer *p,
		    const struct fo_option *o, __u32 len)
{
	const struct pkt_seg *seg;

	from_elsewhere(p);
	inject_fo(p, SYN, 0, o, .len = len);
	seg = expect(p, SYN | ACK, 0, 1);
	EXPECT_FALSE(seg->has & HAS_FO);
	inject(p, RST, 1, 0);
}

TEST_F(pkt, RFC7413_01_off_unless_asked_for)
{
	struct fo_option question = fo_option(NULL, 0), cookie;
	struct peer *p = self->p;
	int fd = fo_listen(p, "2", 5);

	cookie = ask(p);
	/* Not asked for by the namespace: the default, a client's side only. */
	xt_sysctl("fastopen", "1");
	ignored(_metadata, p, &question, 0);
	ignored(_metadata, p, &cookie, 100);
	/* Nor by the socket. */
	xt_sysctl("fastopen", "3");
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, 0));
	ignored(_metadata, p, &question, 0);
	ignored(_metadata, p, &cookie, 100);
	EXPECT_EQ(0, xt_events(fd, POLLIN));
}

/* F-27: the knob may ask for it in the stead of all that begin to listen. */
TEST_F(pkt, F27_all_listeners)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd;

	xt_sysctl("fastopen", "1026");
	fd = fo_listen(p, "1026", 0);
	EXPECT_LT(0, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN));
	cookie = ask(p);
	open_with(p, &cookie, 10);
	app_read(xt_accept(fd), 0, 10);
}

TEST_F(pkt, RFC7413_02_option_lengths)
{
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	__u8 junk[20] = "0123456789abcdefghi";
	int fd = fo_listen(p, "2", 5), len;

	for (len = 0; len <= 20; len++) {
		bool good = len == 0 || (len >= 4 && len <= 16 && !(len & 1));
		__u8 opt[24] = { 34, 2 + len };

		memcpy(opt + 2, junk, len);
		memset(opt + 2 + len, 1, sizeof(opt) - 2 - len);
		from_elsewhere(p);
		inject(p, SYN, 0, 0, .opts = opt, .optlen = sizeof(opt),
		       .mss = p->mss, .len = 100);
		seg = expect(p, SYN | ACK, 0, 1);
		EXPECT_EQ(good, !!(seg->has & HAS_FO)) {
			TH_LOG("a cookie of %d bytes", len);
		}
		inject(p, RST, 1, 0);
	}
	EXPECT_EQ(0, xt_events(fd, POLLIN));
}

/* Off a SYN it means nothing. */
TEST_F(pkt, RFC7413_02_without_SYN)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5);
	int conn;

	cookie = ask(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK | PSH, 1, 1, .opts = cookie.bytes, .optlen = cookie.len,
	       .len = 50);
	conn = xt_accept(fd);
	app_read(conn, 0, 50);
	expect(p, ACK, 1, 51);
	EXPECT_FALSE(fo_info(conn).tcpi_options & TCPI_OPT_SYN_DATA);
}

/* Both stacks make the same of a key, so that they can share a name. */
TEST_F(pkt, RFC7413_03_cookie)
{
	static const __u8 want[2][COOKIE_LEN] = {
		{ 0xff, 0x5e, 0xd7, 0xf0, 0x2c, 0x1e, 0x31, 0x43 },
		{ 0x2e, 0x74, 0xdd, 0xea, 0x04, 0x82, 0xf0, 0xc9 },
	};
	struct peer *p = self->p;
	struct fo_option first, other;

	fo_listen(p, "2", 5);
	first = ask(p);
	EXPECT_EQ(0, memcmp(want[variant->fam == XT_V6], first.bytes + 2,
			    COOKIE_LEN));
	/* The same for all ports, and another by another key. */
	other = ask(p);
	EXPECT_EQ(0, memcmp(first.bytes, other.bytes, sizeof(other.bytes)));
	xt_sysctl("fastopen_key", KEY2);
	other = ask(p);
	EXPECT_NE(0, memcmp(first.bytes, other.bytes, sizeof(other.bytes)));
}

/* A key is changed: what the old one made is good while it is the backup. */
TEST_F(pkt, RFC7413_03_rotation)
{
	struct peer *p = self->p;
	int fd = fo_listen(p, "2", 5);
	struct fo_option old, new;
	const struct pkt_seg *seg;

	old = ask(p);
	xt_sysctl("fastopen_key", KEY2 "," KEY1);
	new = ask(p);
	inject_fo(p, SYN, 0, &old, .len = 100);
	seg = expect(p, SYN | ACK, 0, 101);
	EXPECT_TRUE(has_fo(seg, new.bytes + 2, COOKIE_LEN));
	app_read(xt_accept(fd), 0, 100);
	EXPECT_TRUE(fo_counted(1, "FastOpenPassiveAltKey"));
	from_elsewhere(p);
	inject_fo(p, SYN, 0, &new, .len = 100);
	seg = expect(p, SYN | ACK, 0, 101);
	EXPECT_FALSE(seg->has & HAS_FO);
	app_read(xt_accept(fd), 0, 100);
	xt_sysctl("fastopen_key", KEY2);
	from_elsewhere(p);
	inject_fo(p, SYN, 0, &old, .len = 100);
	seg = expect(p, SYN | ACK, 0, 1);
	EXPECT_TRUE(has_fo(seg, new.bytes + 2, COOKIE_LEN));
	EXPECT_TRUE(fo_counted(1, "FastOpenPassiveFail"));
}

/* A listener's own key comes before the namespace's. */
TEST_F(pkt, F27_key_of_a_listener)
{
	struct peer *p = self->p;
	int fd = fo_listen(p, "2", 5);
	struct fo_option common, own;
	__u8 key[32], back[40];
	socklen_t len = sizeof(back);
	int i;

	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(0U, len);
	common = ask(p);
	for (i = 0; i < 32; i++)
		key[i] = 3 * i;
	EXPECT_EQ(-1, setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 15));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 16));
	own = ask(p);
	EXPECT_NE(0, memcmp(common.bytes, own.bytes, sizeof(own.bytes)));
	ASSERT_EQ(0, setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, key, 32));
	common = ask(p);
	EXPECT_EQ(0, memcmp(common.bytes, own.bytes, sizeof(own.bytes)));
	len = sizeof(back);
	ASSERT_EQ(0, getsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_KEY, back, &len));
	EXPECT_EQ(32U, len);
	EXPECT_EQ(0, memcmp(back, key, len));
}

/* Data comes, and is answered, before the handshake ends. */
TEST_F(pkt, RFC7413_07_data_before_the_third_segment)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	conn = xt_accept(fd);
	EXPECT_EQ(POLLIN | POLLOUT, xt_wait_all(conn, POLLIN | POLLOUT));
	app_read(conn, 0, 100);
	expect_nothing(p, SOON_MS);
	EXPECT_TRUE(fo_info(conn).tcpi_options & TCPI_OPT_SYN_DATA);
	app_write(conn, 0, 200);
	expect(p, ACK, 1, 101, .len = 200);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	inject(p, ACK, 101, 201);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
	inject(p, ACK | PSH, 101, 201, .len = 50);
	app_read(conn, 100, 50);
	expect(p, ACK, 201, 151, .max_ms = 500);
	EXPECT_TRUE(fo_counted(1, "FastOpenPassive"));
	EXPECT_TRUE(fo_counted(1, "FastOpenCookieReqd"));
}

/* The third segment may come before the answer, and bring more. */
TEST_F(pkt, RFC7413_07_third_segment_with_data)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	inject(p, ACK | PSH, 101, 1, .len = 30);
	conn = xt_accept(fd);
	app_read(conn, 0, 130);
	expect(p, ACK, 1, 131);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	app_write(conn, 0, 10);
	expect(p, ACK, 1, 131, .len = 10);
	inject(p, ACK, 131, 11);
}

/* RFC 6928's window, and no more, before the client is known. */
TEST_F(pkt, RFC7413_07_initial_window)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn, i;

	pkt_patient();
	cookie = ask(p);
	open_with(p, &cookie, 10);
	conn = xt_accept(fd);
	app_write(conn, 0, 15000);
	for (i = 0; i < 10; i++)
		expect(p, ACK, 1 + 1000 * i, 11, .len = 1000);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 11, 10001);
	for (; i < 15; i++)
		expect(p, ACK, 1 + 1000 * i, 11, .len = 1000);
	inject(p, ACK, 11, 15001);
}

/* The window of the SYN is not scaled. */
TEST_F(pkt, RFC7413_07_window_of_the_SYN)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	pkt_patient();
	cookie = ask(p);
	inject_fo(p, SYN, 0, &cookie, .ws = WS(7), .wnd = 3001, .len = 10);
	p->ws = WS(7);
	expect(p, SYN | ACK, 0, 11);
	conn = xt_accept(fd);
	app_write(conn, 0, 6000);
	expect(p, ACK, 1, 11, .len = 1000);
	expect(p, ACK, 1001, 11, .len = 1000);
	expect(p, ACK, 2001, 11, .len = 1000);
	expect_nothing(p, SOON_MS);
	inject(p, ACK, 11, 3001, .wnd = 100);
	expect(p, ACK, 3001, 11, .len = 1000);
	expect(p, ACK, 4001, 11, .len = 1000);
	expect(p, ACK, 5001, 11, .len = 1000);
	inject(p, ACK, 11, 6001);
}

/* Wrong: the SYN alone is acknowledged, a cookie comes, data comes again. */
TEST_F(pkt, RFC7413_07_wrong_cookie)
{
	struct peer *p = self->p;
	struct fo_option cookie, wrong;
	const struct pkt_seg *seg;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	wrong = cookie;
	wrong.bytes[9] ^= 1;
	inject_fo(p, SYN, 0, &wrong, .len = 100);
	seg = expect(p, SYN | ACK, 0, 1);
	EXPECT_TRUE(has_fo(seg, cookie.bytes + 2, COOKIE_LEN));
	EXPECT_EQ(0, xt_events(fd, POLLIN));
	inject(p, ACK | PSH, 1, 1, .len = 100);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	expect(p, ACK, 1, 101);
	EXPECT_FALSE(fo_info(conn).tcpi_options & TCPI_OPT_SYN_DATA);
	EXPECT_TRUE(fo_counted(1, "FastOpenPassiveFail"));
	EXPECT_TRUE(fo_counted(0, "FastOpenPassive"));
}

/* A good cookie lets the server talk first, with no data in the SYN. */
TEST_F(pkt, F27_cookie_without_data)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 0);
	conn = xt_accept(fd);
	app_write(conn, 0, 20);
	expect(p, ACK, 1, 1, .len = 20);
	inject(p, ACK, 1, 21);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
}

/* A filter on the listener may cut the end off: that comes again. */
TEST_F(pkt, F27_filter_cuts_the_SYN)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	struct sock_filter ret = BPF_STMT(BPF_RET | BPF_K, 20 + 12 + 4 + 30);
	struct sock_fprog prog = { .len = 1, .filter = &ret };
	int fd = fo_listen(p, "2", 5), conn;

	TCP_DEVIATES("Linux sums up what the filter has left");
	cookie = ask(p);
	ASSERT_EQ(0, setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog,
				sizeof(prog)));
	open_with_taken(p, &cookie, 100, 30);
	conn = xt_accept(fd);
	app_read(conn, 0, 30);
	inject(p, ACK, 31, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
}

static void without_cookie(struct peer *p, int fd)
{
	from_elsewhere(p);
	inject(p, SYN, 0, 0, .mss = p->mss, .len = 100);
	expect(p, SYN | ACK, 0, 101);
	app_read(xt_accept(fd), 0, 100);
}

/* F-27: a network where nobody forges may do without cookies. */
TEST_F(pkt, F27_no_cookie)
{
	struct peer *p = self->p;
	const struct pkt_seg *seg;
	int fd = fo_listen(p, "2", 5);

	inject(p, SYN, 0, 0, .mss = p->mss, .len = 100);
	seg = expect(p, SYN | ACK, 0, 1);
	EXPECT_FALSE(seg->has & HAS_FO);
	inject(p, RST, 1, 0);
	xt_sysctl("fastopen", "514");
	without_cookie(p, fd);
	xt_sysctl("fastopen", "2");
	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1));
	without_cookie(p, fd);
}

/* RFC 7413 section 5.1: pending requests are bounded; beyond it as ever. */
TEST_F(pkt, RFC7413_06_limit)
{
	struct peer *p = self->p, first;
	struct fo_option cookie;
	const struct pkt_seg *seg;
	int fd = fo_listen(p, "2", 1);

	cookie = ask(p);
	open_with(p, &cookie, 10);
	first = *p;
	first.last = NULL;
	from_elsewhere(p);
	inject_fo(p, SYN, 0, &cookie, .len = 10);
	seg = expect(p, SYN | ACK, 0, 1);
	EXPECT_FALSE(seg->has & HAS_FO);
	EXPECT_TRUE(fo_counted(1, "FastOpenListenOverflow"));
	inject(p, RST, 1, 0);
	/* One that is known is not pending any more. */
	inject(&first, ACK, 11, 1);
	ASSERT_EQ(XT_ESTABLISHED, peer_wait_state(&first, XT_ESTABLISHED));
	from_elsewhere(p);
	open_with(p, &cookie, 10);
	app_read(xt_accept(fd), 0, 10);
	app_read(xt_accept(fd), 0, 10);
}

/* One that was disowned counts for a minute more: it may have been forged. */
TEST_F_TIMEOUT(pkt, RFC7413_06_reset_ones_count, 120)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 1), conn;
	char byte;

	LONG();
	cookie = ask(p);
	open_with(p, &cookie, 10);
	conn = xt_accept(fd);
	app_read(conn, 0, 10);
	inject(p, RST, 11, 0);
	ASSERT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_EQ(-1, recv(conn, &byte, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	ignored(_metadata, p, &cookie, 10);
	sleep(57);
	ignored(_metadata, p, &cookie, 10);
	sleep(4);
	from_elsewhere(p);
	open_with(p, &cookie, 10);
}

/* RFC 7413 section 4.2.2: the SYN-ACK alone, without the option, goes again. */
TEST_F(pkt, RFC7413_08_SYNACK_timeout)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	const struct pkt_seg *seg;
	int fd = fo_listen(p, "2", 5), conn;

	xt_sysctl("fastopen_key", KEY2);
	cookie = ask(p);
	xt_sysctl("fastopen_key", KEY1 "," KEY2);
	inject_fo(p, SYN, 0, &cookie, .len = 100);
	seg = expect(p, SYN | ACK, 0, 101);
	EXPECT_TRUE(seg->has & HAS_FO);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	app_write(conn, 0, 200);
	expect(p, ACK, 1, 101, .len = 200);
	seg = expect(p, SYN | ACK, 0, 101, .min_ms = 800, .max_ms = 1900);
	EXPECT_FALSE(seg->has & HAS_FO);
	expect(p, SYN | ACK, 0, 101, .min_ms = 1800, .max_ms = 3500);
	/* The client has it now; the answer is what is missing. */
	inject(p, ACK, 101, 1);
	expect(p, ACK, 1, 101, .len = 200);
	inject(p, ACK, 101, 201);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
}

/* As often as the knob says, and once more; then who reads hears of it. */
TEST_F(pkt, F27_SYNACK_never_answered)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;
	char byte;

	xt_sysctl("synack_retries", "1");
	cookie = ask(p);
	open_with(p, &cookie, 100);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	expect(p, SYN | ACK, 0, 101, .min_ms = 800);
	expect(p, SYN | ACK, 0, 101, .min_ms = 1800);
	EXPECT_EQ(-1, recv(conn, &byte, 1, 0));
	EXPECT_EQ(ETIMEDOUT, errno);
	EXPECT_EQ(XT_NONE, peer_state(p));
}

TEST_F(pkt, F27_SYN_again)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	inject_fo(p, SYN, 0, &cookie, .len = 100);
	expect(p, SYN | ACK, 0, 101);
	/* As a client sends it that had no answer in time. */
	peer_syn(p);
	expect(p, SYN | ACK, 0, 101);
	inject(p, ACK, 101, 1);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	EXPECT_EQ(0, xt_events(fd, POLLIN));
	app_write(conn, 0, 10);
	expect(p, ACK, 1, 101, .len = 10);
	inject(p, ACK, 101, 11);
}

/* What is no ACK of ours is refused as in any SYN-RECEIVED. */
TEST_F(pkt, F27_wrong_ACK)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5);

	cookie = ask(p);
	open_with(p, &cookie, 100);
	inject(p, ACK, 101, 2);
	expect(p, RST, 2, 0);
	inject(p, ACK, 101, 0);
	expect(p, RST, 0, 0);
	EXPECT_EQ(XT_SYN_RECV, peer_state(p));
	inject(p, ACK, 101, 1);
	app_read(xt_accept(fd), 0, 100);
}

/* Reset before it was accepted: accept has it all the same, and read says so. */
TEST_F(pkt, F27_reset_before_accept)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;
	char byte;

	cookie = ask(p);
	open_with(p, &cookie, 0);
	inject(p, RST, 1, 0);
	ASSERT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	conn = xt_accept(fd);
	EXPECT_EQ(-1, recv(conn, &byte, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
}

/* CLOSE in SYN-RECEIVED: answer and FIN go, and are acknowledged at once. */
TEST_F(pkt, F27_close_before_the_third_segment)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 1), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	app_write(conn, 0, 200);
	expect(p, ACK, 1, 101, .len = 200);
	close(conn);
	expect(p, FIN | ACK, 201, 101);
	EXPECT_EQ(XT_FIN_WAIT1, peer_state(p));
	inject(p, ACK, 101, 202);
	EXPECT_EQ(XT_FIN_WAIT2, peer_wait_state(p, XT_FIN_WAIT2));
	inject(p, FIN | ACK, 101, 202);
	expect(p, ACK, 202, 102);
	/* Its place is free again. */
	from_elsewhere(p);
	open_with(p, &cookie, 10);
}

TEST_F(pkt, F27_listener_closes)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5);

	cookie = ask(p);
	open_with(p, &cookie, 100);
	close(fd);
	expect(p, RST | ACK, 1, 101);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	inject(p, ACK, 101, 1);
	expect(p, RST, 1, 0);
}

/* The listener may go while what it accepted is still pending. */
TEST_F(pkt, F27_listener_closes_after_accept)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	conn = xt_accept(fd);
	close(fd);
	app_read(conn, 0, 100);
	inject(p, ACK, 101, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
	app_write(conn, 0, 10);
	expect(p, ACK, 1, 101, .len = 10);
	inject(p, ACK, 101, 11);
}

/* F-23: nothing is kept of a SYN that is answered by a cookie of that kind. */
TEST_F(pkt, F27_not_with_SYN_cookies)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5);

	cookie = ask(p);
	xt_sysctl("syncookies", "2");
	ignored(_metadata, p, &cookie, 100);
	EXPECT_EQ(0, xt_events(fd, POLLIN));
}

/* A full accept queue drops the SYN, whatever it has. */
TEST_F(pkt, F27_accept_queue_full)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	ASSERT_EQ(0, listen(fd, 0));
	open_with(p, &cookie, 100);
	from_elsewhere(p);
	inject_fo(p, SYN, 0, &cookie, .len = 100);
	expect_nothing(p, SOON_MS);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	open_with(p, &cookie, 100);
}

/* TCP_DEFER_ACCEPT waits for data; here it is. */
TEST_F(pkt, F27_deferred_accept)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5);

	ASSERT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, 5));
	cookie = ask(p);
	open_with(p, &cookie, 100);
	app_read(xt_accept(fd), 0, 100);
	inject(p, ACK, 101, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
}

/* A SYN that ends a TIME-WAIT may have a cookie, too. */
TEST_F(pkt, F27_from_TIME_WAIT)
{
	struct peer *p = self->p;
	struct fo_option cookie;
	int fd = fo_listen(p, "2", 5), conn;

	cookie = ask(p);
	open_with(p, &cookie, 100);
	inject(p, ACK, 101, 1);
	conn = xt_accept(fd);
	app_read(conn, 0, 100);
	close(conn);
	expect(p, FIN | ACK, 1, 101);
	inject(p, FIN | ACK, 101, 2);
	expect(p, ACK, 2, 102);
	ASSERT_EQ(XT_TIME_WAIT, peer_wait_state(p, XT_TIME_WAIT));
	peer_again(p);
	p->iss += 100000;
	open_with(p, &cookie, 50);
	conn = xt_accept(fd);
	app_read(conn, 0, 50);
	inject(p, ACK, 51, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_wait_state(p, XT_ESTABLISHED));
}

TEST_HARNESS_MAIN
