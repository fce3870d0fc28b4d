// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of listeners that share an address and port by SO_REUSEPORT: who gets
 * which connection (F-16).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMBERS		4
#define CONNECTIONS	200

struct group {
	enum xt_fam fam;
	__u16 port;
	int fd[MEMBERS];
	int got[MEMBERS];
};

static int join(struct group *g)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(g->fam, g->port, &addr);
	int fd = xt_socket(g->fam);

	if (xt_set(fd, SOL_SOCKET, SO_REUSEPORT, 1) ||
	    bind(fd, &addr.sa, len) || listen(fd, 16))
		xt_die("a member of the group");
	g->port = xt_port(fd);
	return fd;
}

static void found(struct group *g, enum xt_fam fam)
{
	int i;

	*g = (struct group){ .fam = fam };
	for (i = 0; i < MEMBERS; i++)
		g->fd[i] = join(g);
}

static void dissolve(struct group *g)
{
	int i;

	for (i = 0; i < MEMBERS; i++)
		if (g->fd[i] >= 0)
			close(g->fd[i]);
}

/* Whose turn it was; both ends are gone afterwards. */
static int connect_once(struct group *g)
{
	int client = xt_connect(g->fam, g->port), i, server;
	struct pollfd p[MEMBERS];

	for (i = 0; i < MEMBERS; i++)
		p[i] = (struct pollfd){ .fd = g->fd[i], .events = POLLIN };
	if (poll(p, MEMBERS, XT_DEADLINE_MS) != 1)
		xt_die("not one listener has the connection");
	for (i = 0; !(p[i].revents & POLLIN); i++)
		;
	server = xt_accept(g->fd[i]);
	xt_reset(&client);
	close(server);
	g->got[i]++;
	return i;
}

static void connect_many(struct group *g, int n)
{
	memset(g->got, 0, sizeof(g->got));
	while (n--)
		connect_once(g);
}

/* The sum of (seen - expected)^2 / expected over the members. */
static double chi_square(const struct group *g)
{
	double e = (double)CONNECTIONS / MEMBERS, sum = 0;
	int i;

	for (i = 0; i < MEMBERS; i++)
		sum += (g->got[i] - e) * (g->got[i] - e) / e;
	return sum;
}

static int choose(int fd, __u32 member)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, member);
	struct sock_fprog prog = { .len = 1, .filter = &code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &prog,
			  sizeof(prog));
}

/* The same in the language of today. */
static int choose_by_ebpf(int fd, __u32 member)
{
	struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = member },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)code,
		.insn_cnt = 2,
		.license = (uintptr_t)"GPL",
	};
	int prog = syscall(__NR_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	int err;

	if (prog < 0)
		return -1;
	err = setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_EBPF, &prog,
			 sizeof(prog));
	close(prog);
	return err;
}

/* Even, as far as chance goes: beyond 27.8 it is once in 250000 runs. */
TEST_F(api, F16_reuseport_spreads_evenly)
{
	struct group g;

	found(&g, self->fam);
	connect_many(&g, CONNECTIONS);
	TH_LOG("%d %d %d %d: chi-square %.2f", g.got[0], g.got[1], g.got[2],
	       g.got[3], chi_square(&g));
	EXPECT_GT(27.8, chi_square(&g));
	dissolve(&g);
}

TEST_F(api, F16_reuseport_program_chooses)
{
	struct group g;
	__u32 i;

	found(&g, self->fam);
	for (i = 0; i < MEMBERS; i++) {
		/* Whichever member attaches it, it is for all of them. */
		ASSERT_EQ(0, choose(g.fd[(i + 1) % MEMBERS], i));
		connect_many(&g, 8);
		EXPECT_EQ(8, g.got[i]);
	}
	/* None of them: as if there were no program. */
	ASSERT_EQ(0, choose(g.fd[0], MEMBERS));
	connect_many(&g, 64);
	EXPECT_NE(64, g.got[MEMBERS - 1]);
	ASSERT_EQ(0, choose(g.fd[0], 2));
	ASSERT_EQ(0, xt_set(g.fd[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
	connect_many(&g, 64);
	EXPECT_NE(64, g.got[2]);
	dissolve(&g);
}

TEST_F(api, F16_reuseport_ebpf_program_chooses)
{
	struct group g;
	__u32 i;

	if (access("/proc/sys/kernel/unprivileged_bpf_disabled", F_OK))
		SKIP(return, "no BPF");
	found(&g, self->fam);
	for (i = 0; i < MEMBERS; i++) {
		ASSERT_EQ(0, choose_by_ebpf(g.fd[i], MEMBERS - 1 - i));
		connect_many(&g, 8);
		EXPECT_EQ(8, g.got[MEMBERS - 1 - i]);
	}
	dissolve(&g);
}

TEST_F(api, F16_reuseport_program_before_listen)
{
	struct group g = { .fam = self->fam };
	union xt_addr addr;
	socklen_t len;
	int second;

	EXPECT_NE(0, choose(self->fd, 0));
	ASSERT_EQ(0, xt_set(self->fd, SOL_SOCKET, SO_REUSEPORT, 1));
	len = xt_loopback(self->fam, 0, &addr);
	ASSERT_EQ(0, bind(self->fd, &addr.sa, len));
	ASSERT_EQ(0, choose(self->fd, 1));
	ASSERT_EQ(0, listen(self->fd, 16));
	g.port = xt_port(self->fd);
	second = join(&g);
	for (len = 0; len < 8; len++) {
		int client = xt_connect(self->fam, xt_port(self->fd));
		int server = xt_accept(second);

		xt_reset(&client);
		close(server);
	}
	EXPECT_EQ(0, xt_events(self->fd, POLLIN));
	close(second);
}

/* The others go on; what waited for the one that closed is reset. */
TEST_F(api, F16_reuseport_member_closes)
{
	struct group g;
	int waiting, client;

	found(&g, self->fam);
	ASSERT_EQ(0, choose(g.fd[0], 1));
	waiting = xt_connect(g.fam, g.port);
	ASSERT_EQ(POLLIN, xt_wait(g.fd[1], POLLIN));
	ASSERT_EQ(0, xt_set(g.fd[0], SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, 0));
	xt_close(&g.fd[1]);
	EXPECT_TRUE(xt_wait(waiting, POLLERR) & POLLERR);
	EXPECT_EQ(ECONNRESET, xt_sock_error(waiting));
	connect_many(&g, 64);
	EXPECT_EQ(0, g.got[1]);
	EXPECT_EQ(64, g.got[0] + g.got[2] + g.got[3]);
	dissolve(&g);
	client = xt_socket(g.fam);
	EXPECT_EQ(-1, xt_try_connect(client, g.fam, g.port));
	EXPECT_EQ(ECONNREFUSED, errno);
	close(client);
	close(waiting);
}

/* One that listens again stands in the group again, once. */
TEST_F(api, F16_reuseport_member_returns)
{
	struct group g;
	int i;

	found(&g, self->fam);
	for (i = 0; i < 100; i++) {
		xt_close(&g.fd[i % MEMBERS]);
		g.fd[i % MEMBERS] = join(&g);
	}
	connect_many(&g, CONNECTIONS);
	EXPECT_GT(27.8, chi_square(&g));
	dissolve(&g);
}

TEST_HARNESS_MAIN
