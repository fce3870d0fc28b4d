// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the vector and message forms of send and recv (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <limits.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <sys/uio.h>
#include <time.h>

static struct iovec part(void *base, size_t len)
{
	return (struct iovec){ .iov_base = base, .iov_len = len };
}

TEST_F(pair, F36_writev_readv)
{
	char a[] = "abc", b[] = "", c[] = "defgh", x[2], y[6] = "";
	struct iovec out[] = { part(a, 3), part(b, 0), part(c, 5) };
	struct iovec in[] = { part(x, 2), part(NULL, 0), part(y, 6) };

	EXPECT_EQ(8, writev(self->client, out, 3));
	ASSERT_EQ(8, xt_wait_inq(self->server, 8));
	EXPECT_EQ(8, readv(self->server, in, 3));
	EXPECT_EQ(0, memcmp(x, "ab", 2));
	EXPECT_EQ(0, memcmp(y, "cdefgh", 6));
}

TEST_F(pair, F36_sendmsg_recvmsg)
{
	char a[] = "abc", c[] = "defgh", x[2], y[10] = "";
	struct iovec out[] = { part(a, 3), part(c, 5) };
	struct iovec in[] = { part(x, 2), part(y, sizeof(y)) };
	struct msghdr tx = { .msg_iov = out, .msg_iovlen = 2 };
	union xt_addr from;
	struct msghdr rx = {
		.msg_iov = in, .msg_iovlen = 2,
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_flags = -1,
	};

	EXPECT_EQ(8, sendmsg(self->client, &tx, 0));
	ASSERT_EQ(8, xt_wait_inq(self->server, 8));
	EXPECT_EQ(8, recvmsg(self->server, &rx, 0));
	EXPECT_EQ(0, memcmp(x, "ab", 2));
	EXPECT_STREQ("cdefgh", y);
	EXPECT_EQ(0, rx.msg_flags);
	EXPECT_EQ(0, rx.msg_namelen);
	EXPECT_EQ(0, rx.msg_controllen);
}

TEST_F(pair, F36_recvmsg_flags)
{
	char buf[16] = "";
	struct iovec in = part(buf, sizeof(buf));
	struct msghdr rx = { .msg_iov = &in, .msg_iovlen = 1 };

	xt_send_all(self->client, "abcdef", 6);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	in.iov_len = 3;
	EXPECT_EQ(3, recvmsg(self->server, &rx, MSG_PEEK));
	/* A stream never truncates. */
	EXPECT_EQ(0, rx.msg_flags & MSG_TRUNC);
	in.iov_len = sizeof(buf);
	EXPECT_EQ(6, recvmsg(self->server, &rx, MSG_DONTWAIT));
	EXPECT_STREQ("abcdef", buf);
	EXPECT_EQ(-1, recvmsg(self->server, &rx, MSG_DONTWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(pair, F36_many_iovecs)
{
	static char out[IOV_MAX], in[IOV_MAX];
	static struct iovec vec[IOV_MAX + 1];
	int i;

	for (i = 0; i < IOV_MAX; i++) {
		out[i] = i * 7;
		vec[i] = part(&out[i], 1);
	}
	vec[IOV_MAX] = vec[0];
	EXPECT_EQ(-1, writev(self->client, vec, IOV_MAX + 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(IOV_MAX, writev(self->client, vec, IOV_MAX));
	ASSERT_EQ(IOV_MAX, xt_wait_inq(self->server, IOV_MAX));
	for (i = 0; i < IOV_MAX; i++)
		vec[i] = part(&in[i], 1);
	EXPECT_EQ(IOV_MAX, readv(self->server, vec, IOV_MAX));
	EXPECT_EQ(0, memcmp(out, in, IOV_MAX));
}

TEST_F(pair, F36_sendmmsg_recvmmsg)
{
	char a[] = "one", b[] = "two", c[] = "three", x[3], y[8] = "";
	struct iovec out[] = { part(a, 3), part(b, 3), part(c, 5) };
	struct iovec in[] = { part(x, 3), part(y, 8) };
	struct mmsghdr tx[3] = {}, rx[2] = {};
	int i;

	for (i = 0; i < 3; i++) {
		tx[i].msg_hdr.msg_iov = &out[i];
		tx[i].msg_hdr.msg_iovlen = 1;
	}
	for (i = 0; i < 2; i++) {
		rx[i].msg_hdr.msg_iov = &in[i];
		rx[i].msg_hdr.msg_iovlen = 1;
	}
	EXPECT_EQ(3, sendmmsg(self->client, tx, 3, 0));
	EXPECT_EQ(3, tx[0].msg_len);
	EXPECT_EQ(3, tx[1].msg_len);
	EXPECT_EQ(5, tx[2].msg_len);
	ASSERT_EQ(11, xt_wait_inq(self->server, 11));
	EXPECT_EQ(2, recvmmsg(self->server, rx, 2, 0, NULL));
	EXPECT_EQ(3, rx[0].msg_len);
	EXPECT_EQ(8, rx[1].msg_len);
	EXPECT_EQ(0, memcmp(x, "one", 3));
	EXPECT_EQ(0, memcmp(y, "twothree", 8));
}

TEST_F(pair, F36_recvmmsg_wait_for_one)
{
	struct timespec ts = { .tv_sec = 5 };
	char x[4], y[4];
	struct iovec in[] = { part(x, 4), part(y, 4) };
	struct mmsghdr rx[2] = {};
	int i;

	for (i = 0; i < 2; i++) {
		rx[i].msg_hdr.msg_iov = &in[i];
		rx[i].msg_hdr.msg_iovlen = 1;
	}
	xt_send_all(self->client, "four", 4);
	ASSERT_EQ(4, xt_wait_inq(self->server, 4));
	EXPECT_EQ(1, recvmmsg(self->server, rx, 2, MSG_WAITFORONE, &ts));
	EXPECT_EQ(4, rx[0].msg_len);
}

TEST_F(pair, F36_sendmsg_bad_header)
{
	char a[] = "abc";
	struct iovec out = part(a, 3);
	struct msghdr tx = { .msg_iov = &out, .msg_iovlen = IOV_MAX + 1 };

	EXPECT_EQ(-1, sendmsg(self->client, &tx, 0));
	EXPECT_EQ(EMSGSIZE, errno);
	tx.msg_iovlen = 1;
	out.iov_len = -1;
	EXPECT_EQ(-1, sendmsg(self->client, &tx, 0));
	EXPECT_EQ(EINVAL, errno);
	out.iov_len = 3;
	EXPECT_EQ(3, sendmsg(self->client, &tx, 0));
}

/* Control messages that a stream does not know are refused. */
TEST_F(pair, F36_sendmsg_bad_control)
{
	char a[] = "abc";
	struct iovec out = part(a, 3);
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = {};
	struct msghdr tx = {
		.msg_iov = &out, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&tx);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = 9999;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	EXPECT_EQ(-1, sendmsg(self->client, &tx, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(pair, F36_recvmsg_inq)
{
	char buf[16];
	struct iovec in = part(buf, 2);
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = {};
	struct msghdr rx = {
		.msg_iov = &in, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *cm;
	int left = -1;

	/* TCP_INQ = TCP_CM_INQ = 36 */
	ASSERT_EQ(0, xt_set(self->server, IPPROTO_TCP, 36, 1));
	EXPECT_EQ(1, xt_get(self->server, IPPROTO_TCP, 36));
	xt_send_all(self->client, "abcdef", 6);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(2, recvmsg(self->server, &rx, 0));
	cm = CMSG_FIRSTHDR(&rx);
	ASSERT_NE(NULL, cm);
	EXPECT_EQ(IPPROTO_TCP, cm->cmsg_level);
	EXPECT_EQ(36, cm->cmsg_type);
	memcpy(&left, CMSG_DATA(cm), sizeof(left));
	EXPECT_EQ(4, left);
}

/* One byte's arrival time, or false when it came without. */
static bool receive_stamped(int from, int to, struct timespec *ts)
{
	char byte;
	struct iovec in = part(&byte, 1);
	union {
		char buf[256];
		struct cmsghdr align;
	} ctl = {};
	struct msghdr rx = {
		.msg_iov = &in, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *cm;

	xt_send_all(from, "t", 1);
	if (xt_wait_inq(to, 1) != 1 || recvmsg(to, &rx, 0) != 1)
		xt_die("no byte came");
	cm = CMSG_FIRSTHDR(&rx);
	if (!cm || cm->cmsg_level != SOL_SOCKET || cm->cmsg_type != SO_TIMESTAMPNS)
		return false;
	memcpy(ts, CMSG_DATA(cm), sizeof(*ts));
	return true;
}

TEST_F(pair, F36_receive_timestamp)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	struct timespec ts = {}, now;
	bool stamped;

	ASSERT_EQ(0, xt_set(self->server, SOL_SOCKET, SO_TIMESTAMPNS, 1));
	/* The kernel turns stamping on a little later than it is asked. */
	do {
		stamped = receive_stamped(self->client, self->server, &ts);
	} while (!stamped && xt_now_ms() < end);
	ASSERT_TRUE(stamped);
	clock_gettime(CLOCK_REALTIME, &now);
	EXPECT_LE(ts.tv_sec, now.tv_sec);
	EXPECT_GE(ts.tv_sec + 30, now.tv_sec);
}

TEST_HARNESS_MAIN
