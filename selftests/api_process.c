// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of sockets that several descriptors, threads or processes share
 * (F-36).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

TEST_F(pair, F36_dup_shares_the_socket)
{
	int copy = dup(self->client);
	char buf[4] = "";

	ASSERT_LE(0, copy);
	xt_close(&self->client);
	/* The connection lives as long as one descriptor does. */
	xt_send_all(copy, "dup", 3);
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("dup", buf);
	EXPECT_EQ(0, xt_events(self->server, POLLIN | POLLRDHUP));
	close(copy);
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_fork_shares_the_socket)
{
	char buf[8] = "";
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		xt_send_all(self->client, "child", 5);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	xt_recv_all(self->server, buf, 5);
	EXPECT_STREQ("child", buf);
	/* The child's exit closed nothing. */
	xt_send_all(self->client, "parent", 6);
	xt_recv_all(self->server, buf, 6);
	EXPECT_STREQ("parent", buf);
}

TEST_F(pair, F36_exit_closes)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		pause();
		_exit(0);
	}
	xt_close(&self->client);
	EXPECT_EQ(0, xt_events(self->server, POLLIN | POLLRDHUP));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	xt_expect_eof(self->server);
}

TEST_F(pair, F36_cloexec)
{
	pid_t pid;
	int status;

	ASSERT_EQ(0, fcntl(self->client, F_SETFD, FD_CLOEXEC));
	pid = fork();
	if (!pid) {
		execl("/bin/sleep", "sleep", "60", NULL);
		_exit(1);
	}
	xt_close(&self->client);
	xt_expect_eof(self->server);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
}

static void send_fd(int via, int fd)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = {};
	char byte = 'f';
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	struct cmsghdr *cm = CMSG_FIRSTHDR(&m);

	cm->cmsg_level = SOL_SOCKET;
	cm->cmsg_type = SCM_RIGHTS;
	cm->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cm), &fd, sizeof(fd));
	if (sendmsg(via, &m, 0) != 1)
		xt_die("SCM_RIGHTS");
}

static int receive_fd(int via)
{
	union {
		char buf[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} ctl = {};
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &ctl, .msg_controllen = sizeof(ctl),
	};
	int fd;

	if (recvmsg(via, &m, 0) != 1 || !CMSG_FIRSTHDR(&m))
		xt_die("SCM_RIGHTS");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(fd));
	return fd;
}

TEST_F(pair, F36_scm_rights)
{
	int via[2], status, copy;
	char buf[8] = "";
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	pid = fork();
	if (!pid) {
		/* Only what comes over the UNIX socket keeps it open here. */
		close(self->client);
		copy = receive_fd(via[1]);
		xt_send_all(copy, "passed", 6);
		_exit(0);
	}
	send_fd(via[0], self->client);
	xt_close(&self->client);
	xt_recv_all(self->server, buf, 6);
	EXPECT_STREQ("passed", buf);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	xt_expect_eof(self->server);
	close(via[0]);
	close(via[1]);
}

/* In flight and never received: the descriptor is closed with its queue. */
TEST_F(pair, F36_scm_rights_in_flight)
{
	int via[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, via));
	send_fd(via[0], self->client);
	xt_close(&self->client);
	EXPECT_EQ(0, xt_events(self->server, POLLIN | POLLRDHUP));
	close(via[0]);
	close(via[1]);
	xt_expect_eof(self->server);
}

struct reader {
	int fd;
	size_t got;
	pthread_t thread;
};

static void *read_to_end(void *arg)
{
	struct reader *r = arg;
	char buf[1000];
	ssize_t n;

	while ((n = recv(r->fd, buf, sizeof(buf), 0)) > 0)
		r->got += n;
	return n ? (void *)1 : NULL;
}

static void *write_much(void *arg)
{
	static const char buf[1000];
	struct reader *r = arg;
	int i;

	for (i = 0; i < 300; i++) {
		if (send(r->fd, buf, sizeof(buf), MSG_NOSIGNAL) != sizeof(buf))
			return (void *)1;
		r->got += sizeof(buf);
	}
	return NULL;
}

TEST_F(pair, F36_threads_share_the_socket)
{
	struct reader w[4] = {}, r[4] = {};
	size_t sent = 0, got = 0;
	void *bad;
	int i;

	for (i = 0; i < 4; i++) {
		r[i].fd = self->server;
		w[i].fd = self->client;
		ASSERT_EQ(0, pthread_create(&r[i].thread, NULL, read_to_end, &r[i]));
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, write_much, &w[i]));
	}
	for (i = 0; i < 4; i++) {
		pthread_join(w[i].thread, &bad);
		EXPECT_EQ(NULL, bad);
		sent += w[i].got;
	}
	ASSERT_EQ(0, shutdown(self->client, SHUT_WR));
	/* The end is seen by every reader. */
	for (i = 0; i < 4; i++) {
		pthread_join(r[i].thread, &bad);
		EXPECT_EQ(NULL, bad);
		got += r[i].got;
	}
	EXPECT_EQ(1200000, sent);
	EXPECT_EQ(sent, got);
}

TEST_F(pair, F36_fstat)
{
	struct stat st;
	char link[64] = "", path[64];

	ASSERT_EQ(0, fstat(self->client, &st));
	EXPECT_TRUE(S_ISSOCK(st.st_mode));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->client);
	ASSERT_LT(0, readlink(path, link, sizeof(link) - 1));
	EXPECT_EQ(0, strncmp(link, "socket:[", 8));
	EXPECT_EQ(st.st_ino, strtoul(link + 8, NULL, 10));
}

/* A socket keeps its namespace when its process moves to another. */
TEST_F(pair, F36_socket_stays_in_its_namespace)
{
	char buf[4] = "";
	int fd;

	xt_ns();
	xt_send_all(self->client, "abc", 3);
	xt_recv_all(self->server, buf, 3);
	EXPECT_STREQ("abc", buf);
	/* And a new one can't reach the old namespace's ports. */
	fd = xt_socket(self->fam);
	EXPECT_EQ(-1, xt_try_connect(fd, self->fam, xt_port(self->server)));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(fd);
}

TEST_HARNESS_MAIN
