// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of sharing ports and addresses: SO_REUSEADDR, SO_REUSEPORT,
 * IPV6_V6ONLY, dual-stack sockets, SO_BINDTODEVICE (F-16).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <sys/wait.h>

static int bind_port(int fd, enum xt_fam fam, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(fam, port, &addr);

	return bind(fd, &addr.sa, len);
}

static int bind_any(int fd, enum xt_fam fam, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_any(fam, port, &addr);

	return bind(fd, &addr.sa, len);
}

static int bind_opt(enum xt_fam fam, __u16 port, int opt)
{
	int fd = xt_socket(fam);

	if (xt_set(fd, SOL_SOCKET, opt, 1))
		xt_die("socket option %d", opt);
	if (!bind_port(fd, fam, port))
		return fd;
	close(fd);
	return -1;
}

/* Leaves a TIME-WAIT entry on a port and returns that port. */
static __u16 leave_timewait(enum xt_fam fam, bool reuse)
{
	int listener = reuse ? bind_opt(fam, 0, SO_REUSEADDR) : xt_bound(fam, 0);
	__u16 port = xt_port(listener), rport;
	int client, server;

	if (listen(listener, 1))
		xt_die("listen");
	client = xt_connect(fam, port);
	server = xt_accept(listener);
	rport = xt_port(client);
	xt_close(&listener);
	xt_close(&server);
	xt_expect_eof(client);
	xt_close(&client);
	if (xt_wait_state(port, rport, XT_TIME_WAIT) != XT_TIME_WAIT)
		xt_die("no TIME-WAIT entry on port %u", port);
	return port;
}

TEST_F(api, F16_reuseaddr_over_timewait)
{
	__u16 port = leave_timewait(self->fam, true);

	EXPECT_EQ(-1, bind_port(self->fd, self->fam, port));
	EXPECT_EQ(EADDRINUSE, errno);
	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(0, bind_port(self->fd, self->fam, port));
	EXPECT_EQ(0, listen(self->fd, 1));
}

/* The entry remembers whether its connection agreed to share the port. */
TEST_F(api, F16_reuseaddr_over_timewait_needs_both)
{
	__u16 port = leave_timewait(self->fam, false);

	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, port));
	EXPECT_EQ(EADDRINUSE, errno);
}

TEST_F(api, F16_reuseaddr_restarted_server)
{
	int listener = xt_listen(self->fam, 4);
	__u16 port = xt_port(listener);
	int client, server;

	client = xt_connect(self->fam, port);
	server = xt_accept(listener);
	xt_close(&listener);

	/* The old connection lives on; SO_REUSEADDR was not set there. */
	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, port));
	EXPECT_EQ(EADDRINUSE, errno);
	xt_reset(&server);
	xt_close(&client);
	EXPECT_EQ(XT_NONE, xt_wait_state(port, 0, XT_NONE));
	EXPECT_EQ(0, bind_port(self->fd, self->fam, port));
}

TEST_F(api, F16_reuseaddr_beside_connection)
{
	int listener, client, server;

	listener = bind_opt(self->fam, 0, SO_REUSEADDR);
	ASSERT_LE(0, listener);
	ASSERT_EQ(0, listen(listener, 4));
	client = xt_connect(self->fam, xt_port(listener));
	server = xt_accept(listener);
	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));

	/* Not beside a listener, but beside its connections. */
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(EADDRINUSE, errno);
	xt_close(&listener);
	EXPECT_EQ(0, bind_port(self->fd, self->fam, xt_port(server)));
	EXPECT_EQ(0, listen(self->fd, 1));
	close(client);
	close(server);
}

TEST_F(api, F16_reuseaddr_two_bound_one_listens)
{
	int a = bind_opt(self->fam, 0, SO_REUSEADDR);
	int b = bind_opt(self->fam, xt_port(a), SO_REUSEADDR);

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	EXPECT_EQ(0, listen(a, 1));
	EXPECT_EQ(-1, listen(b, 1));
	EXPECT_EQ(EADDRINUSE, errno);
	close(a);
	EXPECT_EQ(0, listen(b, 1));
	close(b);
}

TEST_F(api, F16_reuseaddr_needs_both)
{
	int a = bind_opt(self->fam, 0, SO_REUSEADDR);

	EXPECT_EQ(-1, bind_port(self->fd, self->fam, xt_port(a)));
	EXPECT_EQ(EADDRINUSE, errno);
	close(a);
}

TEST_F(api, F16_reuseport_needs_both)
{
	int a = bind_opt(self->fam, 0, SO_REUSEPORT);
	int b = bind_opt(self->fam, xt_port(a), SO_REUSEPORT);

	ASSERT_LE(0, a);
	EXPECT_LE(0, b);
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, xt_port(a)));
	EXPECT_EQ(EADDRINUSE, errno);
	close(a);
	close(b);
}

TEST_F(api, F16_reuseport_spreads)
{
	int fds[4], got[4] = {}, i, j, client, empty = 0;
	int clients[64];

	fds[0] = bind_opt(self->fam, 0, SO_REUSEPORT);
	ASSERT_LE(0, fds[0]);
	for (i = 1; i < 4; i++) {
		fds[i] = bind_opt(self->fam, xt_port(fds[0]), SO_REUSEPORT);
		ASSERT_LE(0, fds[i]);
	}
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, listen(fds[i], 64));
	for (i = 0; i < 64; i++)
		clients[i] = xt_connect(self->fam, xt_port(fds[0]));
	for (i = 0; i < 64; i++) {
		struct pollfd p[4];

		for (j = 0; j < 4; j++)
			p[j] = (struct pollfd){ .fd = fds[j], .events = POLLIN };
		ASSERT_LT(0, poll(p, 4, XT_DEADLINE_MS));
		for (j = 0; !p[j].revents; j++)
			;
		client = accept(fds[j], NULL, NULL);
		ASSERT_LE(0, client);
		got[j]++;
		close(client);
	}
	/* Spread by a hash: 64 over 4 leave none empty but once in 10^8. */
	for (j = 0; j < 4; j++)
		empty += !got[j];
	EXPECT_EQ(0, empty);
	for (i = 0; i < 64; i++)
		close(clients[i]);
	for (i = 0; i < 4; i++)
		close(fds[i]);
}

TEST_F(api, F16_reuseport_survivor_takes_all)
{
	int a = bind_opt(self->fam, 0, SO_REUSEPORT);
	int b = bind_opt(self->fam, xt_port(a), SO_REUSEPORT);
	int i, client, server;

	ASSERT_EQ(0, listen(a, 16));
	ASSERT_EQ(0, listen(b, 16));
	xt_close(&a);
	for (i = 0; i < 8; i++) {
		client = xt_connect(self->fam, xt_port(b));
		server = xt_accept(b);
		close(server);
		close(client);
	}
	close(b);
}

TEST_F(api, F16_reuseport_same_user_only)
{
	int a = bind_opt(self->fam, 0, SO_REUSEPORT);
	int status;
	pid_t pid;

	ASSERT_LE(0, a);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(1);
		_exit(bind_opt(self->fam, xt_port(a), SO_REUSEPORT) == -1 &&
		      errno == EADDRINUSE ? 0 : 2);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(a);
}

TEST_F(api, F16_reuse_options_read_back)
{
	EXPECT_EQ(0, xt_get(self->fd, SOL_SOCKET, SO_REUSEADDR));
	EXPECT_EQ(0, xt_get(self->fd, SOL_SOCKET, SO_REUSEPORT));
	EXPECT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEADDR, 1));
	EXPECT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEPORT, 5));
	EXPECT_EQ(1, xt_get(self->fd, SOL_SOCKET, SO_REUSEADDR));
	EXPECT_EQ(1, xt_get(self->fd, SOL_SOCKET, SO_REUSEPORT));
}

/* Device binding */

static int listen_on_device(enum xt_fam fam, const char *dev)
{
	int fd = xt_socket(fam);

	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, dev, strlen(dev)))
		xt_die("SO_BINDTODEVICE %s", dev);
	if (bind_any(fd, fam, 0) || listen(fd, 4))
		xt_die("listen on %s", dev);
	return fd;
}

TEST_F(api, F16_bindtodevice_reads_back)
{
	char dev[IFNAMSIZ] = "";
	socklen_t len = sizeof(dev);

	ASSERT_EQ(0, getsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, dev, &len));
	EXPECT_EQ(0, len);
	ASSERT_EQ(0, setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	len = sizeof(dev);
	ASSERT_EQ(0, getsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE, dev, &len));
	EXPECT_EQ(3, len);
	EXPECT_STREQ("lo", dev);
	EXPECT_EQ(-1, setsockopt(self->fd, SOL_SOCKET, SO_BINDTODEVICE,
				 "nodev0", 6));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(api, F16_bindtodevice_right_device)
{
	int listener = listen_on_device(self->fam, "lo");
	int server;

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	close(server);
	close(listener);
}

TEST_F(api, F16_bindtodevice_other_device)
{
	int listener;

	xt_run("ip link add xb0 type veth peer name xb1");
	xt_run("ip link set xb0 up; ip link set xb1 up");
	listener = listen_on_device(self->fam, "xb0");
	EXPECT_EQ(-1, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(listener);
}

TEST_F(api, F16_bindtodevice_shares_port)
{
	int a, b, server;

	xt_run("ip link add xb0 type veth peer name xb1");
	xt_run("ip link set xb0 up; ip link set xb1 up");
	a = listen_on_device(self->fam, "xb0");
	b = xt_socket(self->fam);
	ASSERT_EQ(0, setsockopt(b, SOL_SOCKET, SO_BINDTODEVICE, "lo", 2));
	EXPECT_EQ(0, bind_any(b, self->fam, xt_port(a)));
	EXPECT_EQ(0, listen(b, 1));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(b)));
	server = xt_accept(b);
	close(server);
	close(a);
	close(b);
}

/* One or both families */

TEST(F16_dual_stack_accepts_v4)
{
	int fd, client, server;
	union xt_addr addr;
	socklen_t len;

	xt_ns();
	fd = xt_socket(XT_V6);
	ASSERT_EQ(0, xt_get(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	ASSERT_EQ(0, bind_any(fd, XT_V6, 0));
	ASSERT_EQ(0, listen(fd, 4));
	client = xt_connect(XT_V4, xt_port(fd));
	server = xt_accept(fd);
	len = sizeof(addr);
	ASSERT_EQ(0, getpeername(server, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(XT_MAPPED, &addr));
	len = sizeof(addr);
	ASSERT_EQ(0, getsockname(server, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(XT_MAPPED, &addr));
	xt_send_all(server, "x", 1);
	xt_recv_all(client, &addr, 1);
	close(server);
	close(client);

	client = xt_connect(XT_V6, xt_port(fd));
	server = xt_accept(fd);
	len = sizeof(addr);
	ASSERT_EQ(0, getpeername(server, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(XT_V6, &addr));
	close(server);
	close(client);
	close(fd);
}

TEST(F16_v6only_refuses_v4)
{
	int fd, client;

	xt_ns();
	fd = xt_socket(XT_V6);
	ASSERT_EQ(0, xt_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(1, xt_get(fd, IPPROTO_IPV6, IPV6_V6ONLY));
	ASSERT_EQ(0, bind_any(fd, XT_V6, 0));
	ASSERT_EQ(0, listen(fd, 4));
	client = xt_socket(XT_V4);
	EXPECT_EQ(-1, xt_try_connect(client, XT_V4, xt_port(fd)));
	EXPECT_EQ(ECONNREFUSED, errno);
	EXPECT_EQ(-1, xt_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
	EXPECT_EQ(EINVAL, errno);
	close(client);
	close(fd);
}

TEST(F16_v6only_beside_v4)
{
	int v4, v6;

	xt_ns();
	v4 = xt_socket(XT_V4);
	v6 = xt_socket(XT_V6);
	ASSERT_EQ(0, bind_any(v4, XT_V4, 0));
	EXPECT_EQ(-1, bind_any(v6, XT_V6, xt_port(v4)));
	EXPECT_EQ(EADDRINUSE, errno);
	ASSERT_EQ(0, xt_set(v6, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(0, bind_any(v6, XT_V6, xt_port(v4)));
	EXPECT_EQ(0, listen(v4, 1));
	EXPECT_EQ(0, listen(v6, 1));
	close(v4);
	close(v6);
}

TEST(F16_v6only_and_mapped_address)
{
	union xt_addr addr;
	socklen_t len;
	int fd;

	xt_ns();
	fd = xt_socket(XT_V6);
	len = xt_loopback(XT_MAPPED, 0, &addr);
	ASSERT_EQ(0, xt_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
	EXPECT_EQ(-1, bind(fd, &addr.sa, len));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, connect(fd, &addr.sa, len));
	EXPECT_EQ(ENETUNREACH, errno);
	close(fd);
}

TEST(F16_exact_listener_wins)
{
	int any, exact, client, server;

	xt_ns();
	any = xt_socket(XT_V4);
	exact = xt_socket(XT_V4);
	ASSERT_EQ(0, xt_set(any, SOL_SOCKET, SO_REUSEPORT, 1));
	ASSERT_EQ(0, xt_set(exact, SOL_SOCKET, SO_REUSEPORT, 1));
	ASSERT_EQ(0, bind_any(any, XT_V4, 0));
	ASSERT_EQ(0, bind_port(exact, XT_V4, xt_port(any)));
	ASSERT_EQ(0, listen(any, 4));
	ASSERT_EQ(0, listen(exact, 4));
	client = xt_connect(XT_V4, xt_port(any));
	server = xt_accept(exact);
	EXPECT_EQ(0, xt_events(any, POLLIN));
	close(server);
	close(client);
	close(any);
	close(exact);
}

TEST_HARNESS_MAIN
