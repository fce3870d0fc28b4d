// SPDX-License-Identifier: GPL-2.0
/*
 * Tests that on the wire of TCP an ICMP message fails a connect with the errno
 * that the kernel's TCP gives for it, and does an established connection no
 * more harm (F-70).
 */
#include "xtcp_harness.h"
#include "wire_settle.h"
#include "wire_stack.h"
#include "xtcp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Behind side 1, which routes; nobody has it. */
#define FAR_V4	"10.8.0.9"
#define FAR_V6	"fd00:8::9"

FIXTURE(icmp)
{
	struct xt_link link;
	const char *ip;		/* commands for the family */
	const char *tables;
	union xt_addr near;	/* side 1 itself, where nobody listens */
	union xt_addr far;
};

FIXTURE_VARIANT(icmp)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(icmp, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(icmp, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(icmp, mapped)
{
	.fam = XT_MAPPED,
};

static void far_address(enum xt_fam fam, union xt_addr *addr)
{
	if (fam == XT_V4)
		inet_pton(AF_INET, FAR_V4, &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, fam == XT_V6 ? FAR_V6 : "::ffff:" FAR_V4,
			  &addr->v6.sin6_addr);
}

/* Side 1 routes, and sends each ICMP message that there is reason for. */
static void set_up_router(void)
{
	xt_run("echo 1 >/proc/sys/net/ipv4/ip_forward;"
	       "echo 1 >/proc/sys/net/ipv6/conf/all/forwarding;"
	       "echo 0 >/proc/sys/net/ipv4/icmp_ratelimit;"
	       "echo 0 >/proc/sys/net/ipv6/icmp/ratelimit");
}

FIXTURE_SETUP(icmp)
{
	bool v6 = variant->fam == XT_V6;

	xt_link_make(&self->link, variant->fam);
	self->ip = v6 ? "ip -6" : "ip";
	self->tables = v6 ? "ip6tables" : "iptables";
	xt_link_addr(&self->link, 1, 9, &self->near);
	self->far = self->near;
	far_address(variant->fam, &self->far);
	xt_link_enter(&self->link, 1);
	set_up_router();
	xt_link_enter(&self->link, 0);
	wire_knob(XTCP_WIRE_TCP);
	xt_run("%s route add default via %s", self->ip,
	       v6 ? "fd00:6::2" : "10.6.0.2");
}

FIXTURE_TEARDOWN(icmp)
{
}

static int errno_of(enum wire_stack stack, enum xt_fam fam,
		    const union xt_addr *addr)
{
	int fd = wire_socket(stack, fam);
	int err;

	if (xt_set(fd, IPPROTO_TCP, TCP_SYNCNT, 1))
		xt_die("TCP_SYNCNT");
	err = connect(fd, &addr->sa, sizeof(*addr)) ? errno : 0;
	close(fd);
	return err;
}

/* The kernel's TCP is the judge. */
static bool alike(enum xt_fam fam, const union xt_addr *addr, const char *what)
{
	int want = errno_of(KERNEL, fam, addr);
	int seen = errno_of(OURS, fam, addr);

	if (want && want == seen)
		return true;
	fprintf(stderr, "# %s: %s, and the kernel's TCP: %s\n", what,
		strerror(seen), strerror(want));
	return false;
}

static const char * const rejects[2][9] = {
	{ "icmp-net-unreachable", "icmp-host-unreachable",
	  "icmp-port-unreachable", "icmp-proto-unreachable",
	  "icmp-net-prohibited", "icmp-host-prohibited",
	  "icmp-admin-prohibited", "tcp-reset", NULL },
	{ "icmp6-no-route", "icmp6-adm-prohibited", "icmp6-addr-unreachable",
	  "icmp6-port-unreachable", "tcp-reset", NULL },
};

/* Each may take a SYN or two that goes once more, on either stack. */
TEST_F_TIMEOUT(icmp, F70_rejected, 180)
{
	const char * const *how = rejects[variant->fam == XT_V6];

	for (; *how; how++) {
		xt_link_enter(&self->link, 1);
		xt_run("%s -I INPUT -p tcp -j REJECT --reject-with %s",
		       self->tables, *how);
		xt_link_enter(&self->link, 0);
		EXPECT_TRUE(alike(variant->fam, &self->near, *how));
		xt_link_enter(&self->link, 1);
		xt_run("%s -F INPUT", self->tables);
	}
}

/* A router that has no way there, or may not use it. */
TEST_F(icmp, F70_routers_route)
{
	static const char * const kinds[] = { "unreachable", "prohibit" };
	const char *far = variant->fam == XT_V6 ? FAR_V6 : FAR_V4;
	size_t i;

	EXPECT_TRUE(alike(variant->fam, &self->far, "no route"));
	for (i = 0; i < 2; i++) {
		xt_link_enter(&self->link, 1);
		xt_run("%s route replace %s %s", self->ip, kinds[i], far);
		xt_link_enter(&self->link, 0);
		EXPECT_TRUE(alike(variant->fam, &self->far, kinds[i]));
	}
}

TEST_F(icmp, F70_routers_blackhole)
{
	xt_link_enter(&self->link, 1);
	xt_run("%s route add blackhole %s", self->ip,
	       variant->fam == XT_V6 ? FAR_V6 : FAR_V4);
	xt_link_enter(&self->link, 0);
	EXPECT_EQ(ETIMEDOUT, errno_of(OURS, variant->fam, &self->far));
}

TEST_F(icmp, F70_own_route)
{
	static const char * const kinds[] = {
		"unreachable", "prohibit", "blackhole",
	};
	const char *far = variant->fam == XT_V6 ? FAR_V6 : FAR_V4;
	size_t i;

	for (i = 0; i < 3; i++) {
		xt_run("%s route add %s %s", self->ip, kinds[i], far);
		EXPECT_TRUE(alike(variant->fam, &self->far, kinds[i]));
		xt_run("%s route del %s %s", self->ip, kinds[i], far);
	}
	xt_run("%s route del default", self->ip);
	EXPECT_TRUE(alike(variant->fam, &self->far, "no route of its own"));
}

/* What the peer's side sent of ICMP errors. */
static __u64 errors_sent(enum xt_fam fam)
{
	return fam == XT_V6 ?
		wire_counter("/proc/net/snmp6", NULL, "Icmp6OutDestUnreachs") :
		wire_counter("/proc/net/snmp", "Icmp:", "OutDestUnreachs");
}

static bool wait_errors(enum xt_fam fam, __u64 least)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	while (errors_sent(fam) < least) {
		if (xt_now_ms() >= end)
			return false;
		xt_pause();
	}
	return true;
}

/* RFC 1122 4.2.3.9: an established connection bears it. */
TEST_F(icmp, F70_established_bears_it)
{
	const char * const *how = rejects[variant->fam == XT_V6];
	char seen[4];
	int fd[2];

	xt_link_enter(&self->link, 1);
	wire_knob(XTCP_WIRE_TCP);
	xt_link_pair(&self->link, fd);
	for (; strcmp(*how, "tcp-reset"); how++) {
		xt_link_enter(&self->link, 1);
		xt_run("%s -I INPUT -p tcp -j REJECT --reject-with %s",
		       self->tables, *how);
		xt_send_all(fd[0], "more", 4);
		EXPECT_TRUE(wait_errors(variant->fam,
					errors_sent(variant->fam) + 1));
		EXPECT_EQ(0, xt_events(fd[0], POLLIN));
		xt_run("%s -F INPUT", self->tables);
		xt_recv_all(fd[1], seen, 4);
	}
	close(fd[0]);
	close(fd[1]);
}

/* A message about a port that is not xtcp's stays the kernel's. */
TEST_F(icmp, F70_kernels_errors_are_its_own)
{
	int listener = xt_link_listen(&self->link, 0, 1);

	xt_link_enter(&self->link, 1);
	xt_run("%s -I INPUT -p tcp -j REJECT --reject-with %s", self->tables,
	       variant->fam == XT_V6 ? "icmp6-addr-unreachable" :
				       "icmp-host-unreachable");
	xt_link_enter(&self->link, 0);
	EXPECT_EQ(EHOSTUNREACH, errno_of(KERNEL, variant->fam, &self->near));
	close(listener);
}

TEST_HARNESS_MAIN
