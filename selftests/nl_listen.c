// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink's dump of the listeners: what is told of each, to whom, and that each
 * is told once while others come and go (F-21, F-26).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"
#include "xtcp_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <linux/xtcp.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY	600
#define NOBODY	65534

static struct xt_nl nl;

static void begin(const void *attrs, size_t len)
{
	xt_nl_ask(&nl, XTCP_CMD_LISTENERS, NLM_F_DUMP, attrs, len);
}

static __u16 port_of(const struct xt_nl_attrs *attrs)
{
	return ntohs(xt_nl_number(attrs->a[XTCP_A_LPORT]));
}

/* How many listeners a dump tells, with these attributes in the request. */
static int count(const void *attrs, size_t len)
{
	struct xt_nl_attrs msg;
	int ret, n = 0;

	begin(attrs, len);
	while ((ret = xt_nl_next(&nl, &msg)) == 1)
		n++;
	return ret ?: n;
}

/* The one listener of a port. */
static void find(__u16 port, struct xt_nl_attrs *msg)
{
	__be16 wanted = htons(port);
	struct xt_nl_attrs last;
	char ask[16];

	begin(ask, xt_nl_put(ask, XTCP_A_LPORT, &wanted, sizeof(wanted)));
	if (xt_nl_next(&nl, msg) != 1 || port_of(msg) != port)
		xt_die("the listener is not told");
	if (xt_nl_next(&nl, &last))
		xt_die("more is told than the listener");
}

static void need_family(void)
{
	if (!xt_nl_open(&nl))
		xt_die("there is no netlink family");
}

static __u64 queue(__u16 port, int attr)
{
	struct xt_nl_attrs msg, l;

	find(port, &msg);
	xt_nl_nest(msg.a[XTCP_A_LISTENER], &l);
	return xt_nl_number(l.a[attr]);
}

TEST_F(api, F21_who_listens_where)
{
	int listener = xt_listen(self->fam, 7);
	struct xt_nl_attrs msg, l;
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	size_t own_len;
	struct stat st;
	void *own;

	need_family();
	find(xt_port(listener), &msg);
	ASSERT_EQ(0, getsockname(listener, &addr.sa, &len));
	ASSERT_EQ(0, fstat(listener, &st));
	EXPECT_EQ(xt_domain(self->fam), xt_nl_number(msg.a[XTCP_A_FAMILY]));
	own = self->fam == XT_V4 ? (void *)&addr.v4.sin_addr :
				   (void *)&addr.v6.sin6_addr;
	own_len = self->fam == XT_V4 ? 4 : 16;
	EXPECT_EQ(0, memcmp(own, xt_nl_data(msg.a[XTCP_A_LADDR], own_len),
			    own_len));
	EXPECT_EQ(st.st_ino, xt_nl_number(msg.a[XTCP_A_INODE]));
	EXPECT_EQ(getuid(), xt_nl_number(msg.a[XTCP_A_UID]));
	EXPECT_EQ(xt_wire == IPPROTO_TCP ? XTCP_WIRE_TCP : XTCP_WIRE_OWN,
		  xt_nl_number(msg.a[XTCP_A_WIRE]));
	EXPECT_EQ(NULL, msg.a[XTCP_A_RADDR]);
	EXPECT_EQ(NULL, msg.a[XTCP_A_IF]);
	xt_nl_nest(msg.a[XTCP_A_LISTENER], &l);
	EXPECT_EQ(7, xt_nl_number(l.a[XTCP_LISTENER_ACCEPT_MAX]));
	EXPECT_EQ(0, xt_nl_number(l.a[XTCP_LISTENER_ACCEPT_LEN]));
	EXPECT_EQ(0, xt_nl_number(l.a[XTCP_LISTENER_SYN_LEN]));
	EXPECT_NE(0, xt_nl_number(l.a[XTCP_LISTENER_ID]));
	close(listener);
	EXPECT_EQ(0, count(NULL, 0));
	xt_nl_close(&nl);
}

/* Length and limit, as a slow program's queue fills; somaxconn bounds it. */
TEST_F(api, F21_accept_queue)
{
	int listener, client[3], i;
	__u16 port;

	need_family();
	listener = xt_listen(self->fam, 5);
	port = xt_port(listener);
	for (i = 0; i < 3; i++) {
		client[i] = xt_connect(self->fam, port);
		xt_wait(listener, POLLIN);
		while (queue(port, XTCP_LISTENER_ACCEPT_LEN) < (__u64)i + 1)
			xt_pause();
	}
	EXPECT_EQ(3, queue(port, XTCP_LISTENER_ACCEPT_LEN));
	EXPECT_EQ(5, queue(port, XTCP_LISTENER_ACCEPT_MAX));
	close(xt_accept(listener));
	EXPECT_EQ(2, queue(port, XTCP_LISTENER_ACCEPT_LEN));
	ASSERT_EQ(0, listen(listener, 1 << 20));
	EXPECT_EQ(4096, queue(port, XTCP_LISTENER_ACCEPT_MAX));
	for (i = 0; i < 3; i++)
		close(client[i]);
	close(listener);
	xt_nl_close(&nl);
}

TEST_F(api, F21_v6only_and_device)
{
	struct xt_nl_attrs msg, l;
	union xt_addr addr;
	socklen_t len;

	if (self->fam == XT_MAPPED)
		SKIP(return, "such a socket takes nothing");
	need_family();
	if (self->fam == XT_V6)
		ASSERT_EQ(0, xt_set(self->fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	len = xt_any(self->fam, 0, &addr);
	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	ASSERT_EQ(0, listen(self->fd, 1));
	find(xt_port(self->fd), &msg);
	EXPECT_EQ(1, xt_nl_number(msg.a[XTCP_A_IF]));
	xt_nl_nest(msg.a[XTCP_A_LISTENER], &l);
	EXPECT_EQ(self->fam == XT_V6, !!l.a[XTCP_LISTENER_V6ONLY]);
	xt_nl_close(&nl);
}

/* listen() on a listener changes its limit; a listener made anew is another. */
TEST_F(api, F21_id_of_a_listener)
{
	__u64 first, again;
	__u16 port;
	int fd;

	need_family();
	fd = xt_listen(self->fam, 1);
	port = xt_port(fd);
	first = queue(port, XTCP_LISTENER_ID);
	ASSERT_EQ(0, listen(fd, 2));
	EXPECT_EQ(first, queue(port, XTCP_LISTENER_ID));
	ASSERT_EQ(0, shutdown(fd, SHUT_RD));
	ASSERT_EQ(0, listen(fd, 2));
	port = xt_port(fd);
	again = queue(port, XTCP_LISTENER_ID);
	EXPECT_GT(again, first);
	close(fd);
	xt_nl_close(&nl);
}

/*
 * A dump of many datagrams: those that listen all the while are told once,
 * while others end and begin after each datagram.
 */
TEST_F(api, F26_many_listeners)
{
	static int told[65536], stay[MANY], go[MANY];
	struct rlimit files = { 4 * MANY, 4 * MANY };
	int i, gone = 0, datagrams = 0, ret;
	struct xt_nl_attrs msg;

	need_family();
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i < MANY; i++) {
		stay[i] = xt_listen(self->fam, 1);
		go[i] = xt_listen(self->fam, 1);
	}
	begin(NULL, 0);
	while ((ret = xt_nl_next(&nl, &msg)) == 1) {
		told[port_of(&msg)]++;
		if (!xt_nl_datagram_done(&nl))
			continue;
		datagrams++;
		for (i = 0; i < 20 && gone < MANY; i++, gone++) {
			close(go[gone]);
			go[gone] = xt_listen(self->fam, 1);
		}
	}
	EXPECT_EQ(0, ret);
	EXPECT_GE(datagrams, 5);
	for (i = 0; i < MANY; i++) {
		if (told[xt_port(stay[i])] != 1)
			xt_die("listener %d told %d times", i,
			       told[xt_port(stay[i])]);
	}
	for (i = 0; i < MANY; i++) {
		close(stay[i]);
		close(go[i]);
	}
	EXPECT_EQ(0, count(NULL, 0));
	xt_nl_close(&nl);
}

/* All on one port, so that they are in one bucket. */
TEST_F(api, F26_many_listeners_of_a_port)
{
	int fd[MANY], i;
	union xt_addr addr;
	socklen_t len;

	need_family();
	len = xt_loopback(self->fam, 0, &addr);
	for (i = 0; i < MANY; i++) {
		fd[i] = xt_socket(self->fam);
		ASSERT_EQ(0, xt_set(fd[i], SOL_SOCKET, SO_REUSEPORT, 1));
		ASSERT_EQ(0, bind(fd[i], &addr.sa, len));
		ASSERT_EQ(0, listen(fd[i], 1));
		if (!i)
			ASSERT_EQ(0, getsockname(fd[i], &addr.sa, &len));
	}
	EXPECT_EQ(MANY, count(NULL, 0));
	for (i = 0; i < MANY; i++)
		close(fd[i]);
	xt_nl_close(&nl);
}

/* The asker's namespace is that in which the socket was made. */
TEST_F(api, F26_namespaces)
{
	int here, there;

	need_family();
	here = xt_listen(self->fam, 1);
	EXPECT_EQ(1, count(NULL, 0));
	xt_ns();
	EXPECT_EQ(1, count(NULL, 0));
	xt_nl_close(&nl);
	need_family();
	EXPECT_EQ(0, count(NULL, 0));
	there = xt_listen(self->fam, 1);
	close(here);
	EXPECT_EQ(1, count(NULL, 0));
	close(there);
	xt_nl_close(&nl);
}

/* No privilege is needed to see what another's listener does. */
static int seen_by_nobody(__u16 port)
{
	struct xt_nl_attrs msg;

	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY))
		return 2;
	need_family();
	find(port, &msg);
	return xt_nl_number(msg.a[XTCP_A_UID]) != 0;
}

TEST_F(api, F26_unprivileged)
{
	int status, listener = xt_listen(self->fam, 1);
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(seen_by_nobody(xt_port(listener)));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(listener);
}

TEST_F(api, F26_what_may_be_asked)
{
	__u8 family = xt_domain(self->fam), other = AF_UNIX;
	int listener = xt_listen(self->fam, 1);
	__be16 port = htons(xt_port(listener)), none = 0;
	struct xt_nl_attrs msg;
	__u32 uid = 0;
	char ask[64];
	size_t len;

	need_family();
	len = xt_nl_put(ask, XTCP_A_FAMILY, &family, sizeof(family));
	len += xt_nl_put(ask + len, XTCP_A_LPORT, &port, sizeof(port));
	EXPECT_EQ(1, count(ask, len));
	port ^= 1;
	len = xt_nl_put(ask, XTCP_A_LPORT, &port, sizeof(port));
	EXPECT_EQ(0, count(ask, len));
	family ^= AF_INET ^ AF_INET6;
	len = xt_nl_put(ask, XTCP_A_FAMILY, &family, sizeof(family));
	EXPECT_EQ(0, count(ask, len));

	len = xt_nl_put(ask, XTCP_A_FAMILY, &other, sizeof(other));
	EXPECT_EQ(-EINVAL, count(ask, len));
	len = xt_nl_put(ask, XTCP_A_LPORT, &none, sizeof(none));
	EXPECT_EQ(-EINVAL, count(ask, len));
	len = xt_nl_put(ask, XTCP_A_UID, &uid, sizeof(uid));
	EXPECT_EQ(-EINVAL, count(ask, len));
	len = xt_nl_put(ask, 60, &uid, sizeof(uid));
	EXPECT_EQ(-EINVAL, count(ask, len));
	len = xt_nl_put(ask, XTCP_A_FAMILY, &uid, 0);
	EXPECT_GT(0, count(ask, len));
	xt_nl_ask(&nl, XTCP_CMD_LISTENERS, NLM_F_ACK, NULL, 0);
	EXPECT_EQ(-EOPNOTSUPP, xt_nl_next(&nl, &msg));
	xt_nl_ask(&nl, 200, NLM_F_DUMP, NULL, 0);
	EXPECT_EQ(-EOPNOTSUPP, xt_nl_next(&nl, &msg));
	EXPECT_EQ(1, count(NULL, 0));
	close(listener);
	xt_nl_close(&nl);
}

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP has another netlink");
}

TEST_HARNESS_MAIN
