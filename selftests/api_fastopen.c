// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open as programs see it: options, calls that wait, and errors (F-27; RFC
 * 7413). What goes over the wire is in pkt_fastopen.c.
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUCH	300000	/* more than the SYN, a window and both buffers hold */

static int fo_listen(enum xt_fam fam)
{
	int fd = xt_listen(fam, 10);

	xt_sysctl("fastopen", "3");
	if (xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, 10))
		xt_die("TCP_FASTOPEN");
	return fd;
}

static ssize_t open_by(int fd, enum xt_fam fam, __u16 port, const void *buf,
		       size_t len, int flags)
{
	union xt_addr addr;
	socklen_t alen = xt_loopback(fam, port, &addr);

	return sendto(fd, buf, len, MSG_FASTOPEN | flags, &addr.sa, alen);
}

static struct tcp_info info_of(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

/* The first connection, which gets the cookie for those that follow. */
static void get_cookie(enum xt_fam fam, int listener)
{
	int fd = xt_socket(fam), conn;

	if (open_by(fd, fam, xt_port(listener), "x", 1, 0) != 1)
		xt_die("MSG_FASTOPEN: %s", strerror(errno));
	conn = xt_accept(listener);
	xt_reset(&fd);
	close(conn);
}

TEST_F(api, F27_options)
{
	int fd = self->fd, most, peer, server;
	char text[16];
	FILE *f;

	EXPECT_EQ(0, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN));
	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, 7));
	EXPECT_EQ(7, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN));
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, -1));
	EXPECT_EQ(EINVAL, errno);
	f = fopen("/proc/sys/net/core/somaxconn", "r");
	ASSERT_TRUE(f && fgets(text, sizeof(text), f));
	fclose(f);
	most = atoi(text);
	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, most + 5));
	EXPECT_EQ(most, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN));

	EXPECT_EQ(0, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT));
	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	EXPECT_EQ(1, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT));
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 2));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE));
	EXPECT_EQ(0, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1));
	EXPECT_EQ(1, xt_get(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE));
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, -1));
	EXPECT_EQ(EINVAL, errno);

	xt_pair(self->fam, &peer, &server);
	EXPECT_EQ(-1, xt_set(peer, IPPROTO_TCP, TCP_FASTOPEN, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, xt_set(peer, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, xt_set(peer, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1));
	EXPECT_EQ(EINVAL, errno);
	xt_reset(&peer);
	xt_close(&server);
}

/* A call that may wait returns when the connection stands, all queued. */
TEST_F(api, F27_send_waits)
{
	int listener = fo_listen(self->fam), conn, round;
	char buf[8];

	for (round = 0; round < 2; round++) {
		int fd = xt_socket(self->fam);

		EXPECT_EQ(5, open_by(fd, self->fam, xt_port(listener), "hello",
				     5, 0));
		EXPECT_EQ(XT_ESTABLISHED, (int)info_of(fd).tcpi_state);
		conn = xt_accept(listener);
		xt_recv_all(conn, buf, 5);
		EXPECT_EQ(0, memcmp(buf, "hello", 5));
		/* The second one has a cookie. */
		EXPECT_EQ(round, !!(info_of(fd).tcpi_options &
				    TCPI_OPT_SYN_DATA));
		EXPECT_EQ(round, !!(info_of(conn).tcpi_options &
				    TCPI_OPT_SYN_DATA));
		xt_send_all(conn, "world", 5);
		xt_recv_all(fd, buf, 5);
		xt_reset(&fd);
		close(conn);
	}
	close(listener);
}

static char *pattern(size_t len)
{
	char *buf = malloc(len);
	size_t i;

	if (!buf)
		xt_die("memory");
	for (i = 0; i < len; i++)
		buf[i] = i * 7 + (i >> 8) * 31;
	return buf;
}

static int accepted;

/* Once the sender sleeps: take all of it. */
static void take(int listener)
{
	char *buf = malloc(MUCH), *want = pattern(MUCH);

	accepted = xt_accept(listener);
	xt_recv_all(accepted, buf, MUCH);
	if (memcmp(buf, want, MUCH))
		xt_die("other bytes than were sent");
	free(buf);
	free(want);
}

TEST_F(api, F27_more_than_goes_with_the_SYN)
{
	int listener = fo_listen(self->fam), round;
	char *buf = pattern(MUCH);

	for (round = 0; round < 2; round++) {
		int fd = xt_socket(self->fam);
		struct xt_later later;

		xt_set(fd, SOL_SOCKET, SO_SNDBUF, 20000);
		xt_later(&later, take, listener);
		EXPECT_EQ(MUCH, open_by(fd, self->fam, xt_port(listener), buf,
					MUCH, 0));
		xt_later_join(&later);
		EXPECT_EQ(round, !!(info_of(fd).tcpi_options &
				    TCPI_OPT_SYN_DATA));
		xt_reset(&fd);
		close(accepted);
	}
	free(buf);
	close(listener);
}

TEST_F(api, F27_nothing_to_send)
{
	int listener = fo_listen(self->fam), conn;

	get_cookie(self->fam, listener);
	EXPECT_EQ(0, open_by(self->fd, self->fam, xt_port(listener), "", 0, 0));
	conn = xt_accept(listener);
	xt_send_all(self->fd, "later", 5);
	EXPECT_EQ(5, xt_wait_inq(conn, 5));
	close(conn);
	close(listener);
}

/* TCP_FASTOPEN_CONNECT: connect does not wait, and write does. */
TEST_F(api, F27_connect_and_write)
{
	int listener = fo_listen(self->fam), conn;
	char buf[8];

	get_cookie(self->fam, listener);
	ASSERT_EQ(0, xt_set(self->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(XT_SYN_SENT, (int)info_of(self->fd).tcpi_state);
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	ASSERT_EQ(5, write(self->fd, "hello", 5));
	EXPECT_EQ(XT_ESTABLISHED, (int)info_of(self->fd).tcpi_state);
	conn = xt_accept(listener);
	xt_recv_all(conn, buf, 5);
	EXPECT_TRUE(info_of(self->fd).tcpi_options & TCPI_OPT_SYN_DATA);
	close(conn);
	close(listener);
}

/* What was never sent leaves nothing behind. */
TEST_F(api, F27_connect_and_close)
{
	int listener = fo_listen(self->fam);
	__u16 port;

	get_cookie(self->fam, listener);
	ASSERT_EQ(0, xt_set(self->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	port = xt_port(self->fd);
	xt_close(&self->fd);
	EXPECT_EQ(XT_NONE, xt_state(port, xt_port(listener)));
	EXPECT_EQ(0, xt_events(listener, POLLIN));
	close(listener);
}

/* And the socket can be used for another. */
TEST_F(api, F27_connect_and_disconnect)
{
	int listener = fo_listen(self->fam), conn;
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char buf[8];

	get_cookie(self->fam, listener);
	ASSERT_EQ(0, xt_set(self->fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	ASSERT_EQ(0, connect(self->fd, &none, sizeof(none)));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	xt_send_all(self->fd, "again", 5);
	conn = xt_accept(listener);
	xt_recv_all(conn, buf, 5);
	EXPECT_EQ(0, memcmp(buf, "again", 5));
	close(conn);
	close(listener);
}

TEST_F(api, F27_errors)
{
	int listener = fo_listen(self->fam), fd = xt_socket(self->fam);
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	union xt_addr addr;
	socklen_t len;
	__u16 port;
	int conn;

	EXPECT_EQ(-1, sendto(fd, "x", 1, MSG_FASTOPEN, &none, sizeof(none)));
	EXPECT_EQ(EOPNOTSUPP, errno);
	EXPECT_EQ(-1, send(fd, "x", 1, MSG_FASTOPEN));
	EXPECT_EQ(EINVAL, errno);
	len = xt_loopback(self->fam, xt_port(listener), &addr);
	EXPECT_EQ(-1, sendto(fd, "x", 1, MSG_FASTOPEN, &addr.sa, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, sendto(fd, "x", 1, MSG_FASTOPEN, &addr.sa, len));
	EXPECT_EQ(-1, sendto(fd, "x", 1, MSG_FASTOPEN, &addr.sa, len));
	EXPECT_EQ(EISCONN, errno);
	conn = xt_accept(listener);
	/* Nobody listens: with the cookie, and with data that is lost. */
	port = xt_port(listener);
	close(listener);
	EXPECT_EQ(-1, open_by(self->fd, self->fam, port, "x", 1, 0));
	EXPECT_EQ(ECONNREFUSED, errno);
	xt_reset(&fd);
	close(conn);
}

/* Memory that cannot be read costs the data, not the connection. */
TEST_F(api, F27_unreadable)
{
	int listener = fo_listen(self->fam), conn;

	get_cookie(self->fam, listener);
	EXPECT_EQ(-1, open_by(self->fd, self->fam, xt_port(listener),
			      (void *)16, 100, 0));
	EXPECT_EQ(EFAULT, errno);
	conn = xt_accept(listener);
	xt_send_all(self->fd, "x", 1);
	EXPECT_EQ(1, xt_wait_inq(conn, 1));
	close(conn);
	close(listener);
}

TEST_HARNESS_MAIN
