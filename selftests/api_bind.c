// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of bind, getsockname and the choice of ephemeral ports (F-01, F-16).
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

TEST_F(api, F16_getsockname_unbound)
{
	union xt_addr addr, any;
	socklen_t len = sizeof(addr), want;

	memset(&addr, 0xff, sizeof(addr));
	ASSERT_EQ(0, getsockname(self->fd, &addr.sa, &len));
	want = xt_any(self->fam, 0, &any);
	EXPECT_EQ(want, len);
	EXPECT_EQ(any.sa.sa_family, addr.sa.sa_family);
	EXPECT_EQ(0, memcmp(&any, &addr, want));
}

TEST_F(api, F16_getpeername_unconnected)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	EXPECT_EQ(-1, getpeername(self->fd, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
	ASSERT_EQ(0, bind_port(self->fd, self->fam, 0));
	EXPECT_EQ(-1, getpeername(self->fd, &addr.sa, &len));
	EXPECT_EQ(ENOTCONN, errno);
}

TEST_F(api, F16_given_port)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	ASSERT_EQ(0, bind_port(self->fd, self->fam, 4321));
	ASSERT_EQ(0, getsockname(self->fd, &addr.sa, &len));
	EXPECT_EQ(4321, xt_addr_port(&addr));
	EXPECT_TRUE(xt_addr_is_loopback(self->fam, &addr));
}

TEST_F(api, F16_getsockname_truncates)
{
	char small[4] = { 1, 1, 1, 1 };
	union xt_addr addr;
	socklen_t len = 2;

	ASSERT_EQ(0, bind_port(self->fd, self->fam, 4321));
	ASSERT_EQ(0, getsockname(self->fd, (struct sockaddr *)small, &len));
	EXPECT_EQ(xt_any(self->fam, 0, &addr), len);
	EXPECT_EQ(1, small[2]);
	len = -1;
	EXPECT_EQ(-1, getsockname(self->fd, &addr.sa, &len));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(api, F16_port_zero_is_in_range)
{
	char range[64], *end;
	int low, high, port;

	ASSERT_TRUE(xt_sysctl_read("local_port_range", range, sizeof(range)));
	low = strtol(range, &end, 10);
	high = strtol(end, NULL, 10);
	ASSERT_EQ(0, bind_port(self->fd, self->fam, 0));
	port = xt_port(self->fd);
	EXPECT_LE(low, port);
	EXPECT_GE(high, port);
}

TEST_F(api, F16_twice)
{
	ASSERT_EQ(0, bind_port(self->fd, self->fam, 0));
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, 0));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(api, F16_after_connect)
{
	int listener = xt_listen(self->fam, 1);

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	EXPECT_EQ(-1, bind_port(self->fd, self->fam, 0));
	EXPECT_EQ(EINVAL, errno);
	close(listener);
}

TEST_F(api, F16_port_in_use)
{
	int other = xt_bound(self->fam, 0);

	EXPECT_EQ(-1, bind_port(self->fd, self->fam, xt_port(other)));
	EXPECT_EQ(EADDRINUSE, errno);
	EXPECT_EQ(-1, bind_any(self->fd, self->fam, xt_port(other)));
	EXPECT_EQ(EADDRINUSE, errno);

	/* A failed bind leaves the socket fit for another. */
	EXPECT_EQ(0, bind_port(self->fd, self->fam, 0));
	EXPECT_NE(xt_port(other), xt_port(self->fd));
	close(other);
}

TEST_F(api, F16_port_free_after_close)
{
	int other = xt_bound(self->fam, 0);
	__u16 port = xt_port(other);

	close(other);
	EXPECT_EQ(0, bind_port(self->fd, self->fam, port));
}

TEST_F(api, F16_same_port_other_address)
{
	union xt_addr addr;
	socklen_t len;
	int other;

	if (self->fam == XT_V6) {
		len = xt_loopback(XT_V6, 0, &addr);
		xt_run("ip -6 addr add fd00::77/128 dev lo nodad");
		inet_pton(AF_INET6, "fd00::77", &addr.v6.sin6_addr);
	} else if (self->fam == XT_MAPPED) {
		len = xt_loopback(XT_MAPPED, 0, &addr);
		inet_pton(AF_INET6, "::ffff:127.0.0.2", &addr.v6.sin6_addr);
	} else {
		len = xt_loopback(XT_V4, 0, &addr);
		inet_pton(AF_INET, "127.0.0.2", &addr.v4.sin_addr);
	}
	other = xt_socket(self->fam);
	ASSERT_EQ(0, bind(other, &addr.sa, len));
	EXPECT_EQ(0, bind_port(self->fd, self->fam, xt_port(other)));
	close(other);
}

TEST_F(api, F16_foreign_address)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 0, &addr);

	if (self->fam == XT_V4)
		inet_pton(AF_INET, "192.0.2.1", &addr.v4.sin_addr);
	else
		inet_pton(AF_INET6, self->fam == XT_V6 ? "2001:db8::1" :
			  "::ffff:192.0.2.1", &addr.v6.sin6_addr);
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, len));
	EXPECT_EQ(EADDRNOTAVAIL, errno);
	EXPECT_EQ(0, xt_port(self->fd));
}

TEST_F(api, F16_low_port_without_capability)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (seteuid(65534))
			_exit(1);
		if (bind_port(self->fd, self->fam, 80) != -1 || errno != EACCES)
			_exit(2);
		_exit(bind_port(self->fd, self->fam, 1024) ? 3 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(api, F16_low_port_with_capability)
{
	EXPECT_EQ(0, bind_port(self->fd, self->fam, 80));
	EXPECT_EQ(80, xt_port(self->fd));
}

TEST_F(api, F16_wrong_family)
{
	union xt_addr addr;

	if (self->fam == XT_V4)
		xt_loopback(XT_V6, 0, &addr);
	else
		xt_loopback(XT_V4, 0, &addr);
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	addr.sa.sa_family = AF_UNIX;
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, sizeof(addr)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
}

TEST_F(api, F16_short_address)
{
	union xt_addr addr;

	xt_loopback(self->fam, 0, &addr);
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, 8));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, sizeof(addr) * 100));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, bind(self->fd, NULL, sizeof(addr)));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(api, F16_range_exhausted)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(self->fam, 0, &addr);
	bool seen[10] = {};
	int fds[10], i, port;

	xt_sysctl("local_port_range", "40000 40009");
	for (i = 0; i < 10; i++) {
		fds[i] = xt_bound(self->fam, 0);
		port = xt_port(fds[i]);
		ASSERT_LE(40000, port);
		ASSERT_GE(40009, port);
		EXPECT_FALSE(seen[port - 40000]);
		seen[port - 40000] = true;
	}
	EXPECT_EQ(-1, bind(self->fd, &addr.sa, len));
	EXPECT_EQ(EADDRINUSE, errno);
	close(fds[3]);
	EXPECT_EQ(0, bind(self->fd, &addr.sa, len));
}

TEST_F(api, F16_ports_are_not_sequential)
{
	int fds[16], i, steps = 0;

	for (i = 0; i < 16; i++)
		fds[i] = xt_bound(self->fam, 0);
	for (i = 1; i < 16; i++) {
		int step = abs(xt_port(fds[i]) - xt_port(fds[i - 1]));

		steps += step > 0 && step <= 2;
	}
	/* RFC 6056: an observer must not foretell the next port. */
	EXPECT_LT(steps, 8);
	for (i = 0; i < 16; i++)
		close(fds[i]);
}

TEST_F(api, F16_connect_binds)
{
	int listener = xt_listen(self->fam, 1);
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	ASSERT_EQ(0, getsockname(self->fd, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(self->fam, &addr));
	EXPECT_NE(0, xt_addr_port(&addr));
	len = sizeof(addr);
	ASSERT_EQ(0, getpeername(self->fd, &addr.sa, &len));
	EXPECT_TRUE(xt_addr_is_loopback(self->fam, &addr));
	EXPECT_EQ(xt_port(listener), xt_addr_port(&addr));
	close(listener);
}

TEST_F(api, F16_bound_port_is_the_source)
{
	int listener = xt_listen(self->fam, 1);
	int server;

	ASSERT_EQ(0, bind_port(self->fd, self->fam, 5555));
	ASSERT_EQ(0, xt_try_connect(self->fd, self->fam, xt_port(listener)));
	server = xt_accept(listener);
	EXPECT_EQ(5555, xt_peer_port(server));
	EXPECT_EQ(xt_port(listener), xt_port(server));
	close(server);
	close(listener);
}

TEST(F16_unspec_any_on_v4)
{
	union xt_addr addr;
	int fd;

	xt_ns();
	fd = xt_socket(XT_V4);
	xt_loopback(XT_V4, 0, &addr);
	addr.sa.sa_family = AF_UNSPEC;
	EXPECT_EQ(-1, bind(fd, &addr.sa, sizeof(addr.v4)));
	EXPECT_EQ(EAFNOSUPPORT, errno);
	addr.v4.sin_addr.s_addr = 0;
	EXPECT_EQ(0, bind(fd, &addr.sa, sizeof(addr.v4)));
	EXPECT_NE(0, xt_port(fd));
	close(fd);
}

TEST(F16_link_local_needs_scope)
{
	union xt_addr addr;
	int fd;

	xt_ns();
	xt_run("ip link add xl0 type veth peer name xl1");
	xt_run("ip link set xl0 up; ip link set xl1 up");
	xt_run("ip -6 addr add fe80::77/64 dev xl0 nodad");
	fd = xt_socket(XT_V6);
	xt_loopback(XT_V6, 0, &addr);
	inet_pton(AF_INET6, "fe80::77", &addr.v6.sin6_addr);
	EXPECT_EQ(-1, bind(fd, &addr.sa, sizeof(addr.v6)));
	EXPECT_EQ(EINVAL, errno);
	addr.v6.sin6_scope_id = if_nametoindex("xl0");
	EXPECT_EQ(0, bind(fd, &addr.sa, sizeof(addr.v6)));
	close(fd);
}

TEST_HARNESS_MAIN
