// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of moving bytes between sockets, files and pipes without a buffer of
 * the program's: sendfile, splice, vmsplice (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#define FILE_LEN	300001

static unsigned char content[FILE_LEN], received[FILE_LEN];

static int make_file(void)
{
	int fd = memfd_create("content", 0);
	__u64 rnd = xt_seed();
	size_t i;

	for (i = 0; i < sizeof(content); i++)
		content[i] = xt_random(&rnd);
	if (fd < 0 || write(fd, content, FILE_LEN) != FILE_LEN)
		xt_die("memfd");
	if (lseek(fd, 0, SEEK_SET))
		xt_die("lseek");
	return fd;
}

static void receive_file(int fd)
{
	xt_recv_all(fd, received, FILE_LEN);
}

TEST_F(pair, F36_sendfile)
{
	struct xt_later later;
	int fd = make_file();
	ssize_t n;
	size_t done;

	xt_later(&later, receive_file, self->server);
	for (done = 0; done < FILE_LEN; done += n) {
		n = sendfile(self->client, fd, NULL, FILE_LEN - done);
		ASSERT_LT(0, n);
	}
	xt_later_join(&later);
	EXPECT_EQ(0, memcmp(content, received, FILE_LEN));
	EXPECT_EQ(FILE_LEN, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(0, sendfile(self->client, fd, NULL, 1));
	close(fd);
}

TEST_F(pair, F36_sendfile_offset)
{
	int fd = make_file();
	off_t off = 1000;

	EXPECT_EQ(5000, sendfile(self->client, fd, &off, 5000));
	EXPECT_EQ(6000, off);
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	xt_recv_all(self->server, received, 5000);
	EXPECT_EQ(0, memcmp(content + 1000, received, 5000));
	close(fd);
}

TEST_F(pair, F36_sendfile_nonblocking)
{
	int fd = make_file();
	ssize_t n;

	xt_fill(self->client);
	xt_nonblock(self->client, true);
	n = sendfile(self->client, fd, NULL, FILE_LEN);
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EAGAIN, errno);
	close(fd);
}

TEST_F(pair, F36_sendfile_after_reset)
{
	int fd = make_file();

	xt_reset(&self->server);
	ASSERT_TRUE(xt_wait(self->client, POLLIN) & POLLERR);
	EXPECT_EQ(-1, sendfile(self->client, fd, NULL, 100));
	EXPECT_EQ(ECONNRESET, errno);
	close(fd);
}

/* The pages are sent, not the file: what is written later must not show up. */
TEST_F(pair, F36_sendfile_unchanged_by_shutdown)
{
	int fd = make_file();

	EXPECT_EQ(5000, sendfile(self->client, fd, NULL, 5000));
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	close(fd);
	xt_recv_all(self->server, received, 5000);
	EXPECT_EQ(0, memcmp(content, received, 5000));
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_splice_out_of_socket)
{
	struct xt_later later;
	size_t done = 0;
	int p[2], fd;
	ssize_t n;

	fd = make_file();
	ASSERT_EQ(0, pipe(p));
	xt_later(&later, receive_file, self->server);
	while (done < FILE_LEN) {
		n = splice(fd, NULL, p[1], NULL, FILE_LEN - done, SPLICE_F_MOVE);
		ASSERT_LT(0, n);
		done += n;
		while (n > 0) {
			ssize_t m = splice(p[0], NULL, self->client, NULL, n,
					   SPLICE_F_MOVE | SPLICE_F_MORE);

			ASSERT_LT(0, m);
			n -= m;
		}
	}
	/* The last part was held back for more: the end lets it go. */
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	xt_later_join(&later);
	EXPECT_EQ(0, memcmp(content, received, FILE_LEN));
	close(fd);
	close(p[0]);
	close(p[1]);
}

static void send_content(int fd)
{
	xt_send_all(fd, content, FILE_LEN);
	shutdown(fd, SHUT_WR);
}

TEST_F(pair, F36_splice_from_socket)
{
	struct xt_later later;
	size_t done = 0;
	int p[2], fd;
	ssize_t n, m;

	fd = make_file();
	ASSERT_EQ(0, pipe(p));
	xt_later(&later, send_content, self->client);
	for (;;) {
		n = splice(self->server, NULL, p[1], NULL, 65536, 0);
		ASSERT_LE(0, n);
		if (!n)
			break;
		for (; n > 0; n -= m, done += m) {
			ASSERT_LE(done + n, FILE_LEN);
			m = read(p[0], received + done, n);
			ASSERT_LT(0, m);
		}
	}
	xt_later_join(&later);
	EXPECT_EQ(FILE_LEN, done);
	EXPECT_EQ(0, memcmp(content, received, FILE_LEN));
	close(fd);
	close(p[0]);
	close(p[1]);
}

TEST_F(pair, F36_splice_from_socket_again)
{
	int p[2];

	ASSERT_EQ(0, pipe(p));
	/* SPLICE_F_NONBLOCK speaks of the pipe alone. */
	xt_nonblock(self->server, true);
	EXPECT_EQ(-1, splice(self->server, NULL, p[1], NULL, 1, 0));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	ASSERT_TRUE(xt_wait(self->server, POLLIN) & POLLIN);
	EXPECT_EQ(0, splice(self->server, NULL, p[1], NULL, 1, 0));
	close(p[0]);
	close(p[1]);
}

TEST_F(pair, F36_splice_takes_no_more_than_asked)
{
	char buf[8] = "";
	int p[2];

	ASSERT_EQ(0, pipe(p));
	xt_send_all(self->client, "abcdef", 6);
	ASSERT_EQ(6, xt_wait_inq(self->server, 6));
	EXPECT_EQ(4, splice(self->server, NULL, p[1], NULL, 4, 0));
	EXPECT_EQ(2, xt_inq(self->server));
	EXPECT_EQ(4, read(p[0], buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "abcd", 4));
	xt_recv_all(self->server, buf, 2);
	EXPECT_EQ(0, memcmp(buf, "ef", 2));
	close(p[0]);
	close(p[1]);
}

static void send_some(int fd)
{
	xt_send_all(fd, content, 100);
}

TEST_F(pair, F36_splice_from_socket_blocks)
{
	struct xt_later later;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	xt_later(&later, send_some, self->client);
	EXPECT_EQ(100, splice(self->server, NULL, p[1], NULL, 1000, 0));
	xt_later_join(&later);
	close(p[0]);
	close(p[1]);
}

TEST_F(pair, F36_vmsplice_to_socket)
{
	char text[] = "spliced from memory";
	struct iovec iov = { .iov_base = text, .iov_len = sizeof(text) };
	char buf[sizeof(text)] = "";
	int p[2];

	ASSERT_EQ(0, pipe(p));
	ASSERT_EQ((ssize_t)sizeof(text), vmsplice(p[1], &iov, 1, 0));
	EXPECT_EQ((ssize_t)sizeof(text),
		  splice(p[0], NULL, self->client, NULL, sizeof(text), 0));
	xt_recv_all(self->server, buf, sizeof(buf));
	EXPECT_STREQ(text, buf);
	close(p[0]);
	close(p[1]);
}

TEST_F(pair, F36_splice_refuses_offset)
{
	loff_t off = 1;
	int p[2];

	ASSERT_EQ(0, pipe(p));
	xt_send_all(self->client, "abcdef", 6);
	EXPECT_EQ(-1, splice(self->server, &off, p[1], NULL, 4, 0));
	EXPECT_EQ(EINVAL, errno);
	close(p[0]);
	close(p[1]);
}

TEST_F(pair, F36_pread_and_lseek_refused)
{
	char c;

	EXPECT_EQ(-1, pread(self->server, &c, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(self->server, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_HARNESS_MAIN
