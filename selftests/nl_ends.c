// SPDX-License-Identifier: GPL-2.0
/*
 * The close ledger as netlink tells it: recent ends with addresses, cause,
 * duration and bytes, over each kind of address; bounds, filters, namespaces
 * (F-65). And what keepalive found out (F-52).
 */
#include "xtcp_harness.h"
#include "ends_ledger.h"
#include "pair_fixture.h"
#include "xtcp_nl.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/xtcp.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct xt_nl nl;

/* A connection that ended, as it was told. */
struct end {
	int family;
	__u16 lport;
	__u16 rport;
	unsigned int addr_len;
	int cause;
	int state;
	__u64 when;
	bool known;
	__u64 lasted;
	__u64 sent;
	__u64 received;
};

static void begin(int cmd, const void *attrs, size_t len)
{
	if (!xt_nl_open(&nl))
		xt_die("there is no netlink family");
	xt_nl_ask(&nl, cmd, NLM_F_DUMP, attrs, len);
}

static void take(const struct xt_nl_attrs *msg, struct end *e)
{
	struct xt_nl_attrs a;

	xt_nl_nest(msg->a[XTCP_A_ENDED], &a);
	e->family = xt_nl_number(msg->a[XTCP_A_FAMILY]);
	e->lport = ntohs(xt_nl_number(msg->a[XTCP_A_LPORT]));
	e->rport = ntohs(xt_nl_number(msg->a[XTCP_A_RPORT]));
	e->addr_len = msg->a[XTCP_A_RADDR]->nla_len - NLA_HDRLEN;
	e->cause = xt_nl_number(a.a[XTCP_ENDED_CAUSE]);
	e->state = xt_nl_number(a.a[XTCP_ENDED_STATE]);
	e->when = xt_nl_number(a.a[XTCP_ENDED_WHEN]);
	e->known = a.a[XTCP_ENDED_LASTED];
	if (!e->known)
		return;
	e->lasted = xt_nl_number(a.a[XTCP_ENDED_LASTED]);
	e->sent = xt_nl_number(a.a[XTCP_ENDED_SENT]);
	e->received = xt_nl_number(a.a[XTCP_ENDED_RECEIVED]);
}

/* All ends that a dump tells, at most @max of which are kept. */
static int ends(struct end *e, int max, const void *attrs, size_t len)
{
	struct xt_nl_attrs msg;
	int n = 0, ret;

	begin(XTCP_CMD_ENDS, attrs, len);
	while ((ret = xt_nl_next(&nl, &msg)) == 1)
		if (n++ < max)
			take(&msg, &e[n - 1]);
	xt_nl_close(&nl);
	return ret ?: n;
}

/* The end of the connection with this local port. */
static bool end_of(__u16 lport, struct end *e)
{
	struct end all[16];
	int n, i;

	n = ends(all, 16, NULL, 0);
	for (i = 0; i < n && i < 16; i++)
		if (all[i].lport == lport) {
			*e = all[i];
			return true;
		}
	return false;
}

/* Both ends of a connection, each with its own view of it. */
TEST_F(pair, F65_both_ends_are_told)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	struct timespec now;
	struct end e;
	char buf[4096] = "";

	xt_send_all(self->client, buf, 3000);
	xt_recv_all(self->server, buf, 3000);
	xt_send_all(self->server, buf, 70);
	xt_recv_all(self->client, buf, 70);
	xt_close(&self->client);
	xt_expect_eof(self->server);
	xt_close(&self->server);
	ledger_wait("FinOurs", 2);

	ASSERT_TRUE(end_of(client, &e));
	EXPECT_EQ(XTCP_END_FIN_OURS, e.cause);
	EXPECT_EQ(XT_FIN_WAIT2, e.state);
	EXPECT_EQ(server, e.rport);
	EXPECT_EQ(xt_domain(self->fam), e.family);
	EXPECT_EQ(self->fam == XT_V4 ? 4 : 16, e.addr_len);
	EXPECT_TRUE(e.known);
	EXPECT_EQ(3000, e.sent);
	EXPECT_EQ(70, e.received);
	EXPECT_GT(60000000, e.lasted);
	clock_gettime(CLOCK_REALTIME, &now);
	EXPECT_GE(now.tv_sec, (time_t)(e.when / 1000000000));
	EXPECT_LE(now.tv_sec - 60, (time_t)(e.when / 1000000000));

	ASSERT_TRUE(end_of(server, &e));
	EXPECT_EQ(XTCP_END_FIN_THEIRS, e.cause);
	EXPECT_EQ(XT_LAST_ACK, e.state);
	EXPECT_EQ(client, e.rport);
	EXPECT_EQ(70, e.sent);
	EXPECT_EQ(3000, e.received);
}

/* It is not in the list before it has ended. */
TEST_F(pair, F65_not_before_the_end)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	struct end e;

	EXPECT_EQ(0, ends(&e, 1, NULL, 0));
	xt_close(&self->client);
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(client, server, XT_FIN_WAIT2));
	EXPECT_EQ(0, ends(&e, 1, NULL, 0));
	EXPECT_EQ(0, ledger_read("FinOurs").ended);
	xt_reset(&self->server);
	ledger_wait("RstFinWait2", 2);
	ASSERT_TRUE(end_of(client, &e));
	EXPECT_EQ(XTCP_END_RST_FIN_WAIT2, e.cause);
	EXPECT_TRUE(e.known);
}

TEST_F(pair, F65_reset)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	struct end e;

	xt_reset(&self->server);
	ledger_wait("Linger", 2);
	ASSERT_TRUE(end_of(server, &e));
	EXPECT_EQ(XTCP_END_LINGER, e.cause);
	EXPECT_EQ(XT_ESTABLISHED, e.state);
	ASSERT_TRUE(end_of(client, &e));
	EXPECT_EQ(XTCP_END_RST_ESTABLISHED, e.cause);
	EXPECT_EQ(XT_ESTABLISHED, e.state);
	EXPECT_EQ(0, e.sent);
	EXPECT_EQ(0, e.received);
}

static void connect_and_reset(enum xt_fam fam, int n)
{
	int client, server;

	while (n--) {
		xt_pair(fam, &client, &server);
		xt_reset(&client);
		xt_close(&server);
	}
}

/* The list has its bound, counters have none; the knob acts at once. */
TEST_F(pair, F65_the_list_is_bounded)
{
	struct end e[64];
	unsigned long before;

	xt_sysctl("recent_ends", "8");
	connect_and_reset(self->fam, 20);
	before = ledger_wait("Linger", 40).ended;
	EXPECT_EQ(40, before);
	EXPECT_EQ(8, ends(e, 64, NULL, 0));
	/* More room keeps what there is. */
	xt_sysctl("recent_ends", "64");
	EXPECT_EQ(8, ends(e, 64, NULL, 0));
	connect_and_reset(self->fam, 5);
	ledger_wait("Linger", 50);
	EXPECT_EQ(18, ends(e, 64, NULL, 0));
	/* Less keeps the newest. */
	xt_sysctl("recent_ends", "3");
	EXPECT_EQ(3, ends(e, 64, NULL, 0));
	xt_sysctl("recent_ends", "0");
	EXPECT_EQ(0, ends(e, 64, NULL, 0));
	connect_and_reset(self->fam, 1);
	EXPECT_EQ(0, ends(e, 64, NULL, 0));
	EXPECT_EQ(52, ledger_wait("Linger", 52).ended);
	xt_sysctl("recent_ends", "3");
	connect_and_reset(self->fam, 1);
	ledger_wait("Linger", 54);
	EXPECT_EQ(2, ends(e, 64, NULL, 0));
}

/* Of one that waited longer than the list is, bytes are not known any more. */
TEST_F(pair, F65_the_list_goes_round_in_FIN_WAIT_2)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	struct end e;

	xt_sysctl("recent_ends", "4");
	xt_close(&self->client);
	EXPECT_EQ(XT_FIN_WAIT2, xt_wait_state(client, server, XT_FIN_WAIT2));
	connect_and_reset(self->fam, 4);
	ledger_wait("Linger", 8);
	xt_close(&self->server);
	ledger_wait("FinOurs", 10);
	ASSERT_TRUE(end_of(client, &e));
	EXPECT_EQ(XTCP_END_FIN_OURS, e.cause);
	EXPECT_FALSE(e.known);
	EXPECT_EQ(0, ledger_read("Other").found);
}

TEST_F(pair, F65_filters)
{
	__be16 port = htons(xt_port(self->server));
	__u8 other = self->fam == XT_V4 ? AF_INET6 : AF_INET, no = AF_UNIX;
	struct end e[8];
	char ask[16];

	connect_and_reset(self->fam, 2);
	xt_reset(&self->client);
	xt_close(&self->server);
	ledger_wait("Linger", 6);
	EXPECT_EQ(6, ends(e, 8, NULL, 0));
	EXPECT_EQ(1, ends(e, 8, ask, xt_nl_put(ask, XTCP_A_LPORT, &port, 2)));
	EXPECT_EQ(ntohs(port), e[0].lport);
	EXPECT_EQ(0, ends(e, 8, ask, xt_nl_put(ask, XTCP_A_FAMILY, &other, 1)));
	EXPECT_EQ(-EINVAL, ends(e, 8, ask,
				xt_nl_put(ask, XTCP_A_FAMILY, &no, 1)));
}

/* Many datagrams, in order, each end once. */
TEST_F(pair, F65_a_long_list)
{
	static struct end e[1024];
	int n, i, one_by_one = 0;

	xt_sysctl("recent_ends", "2000");
	connect_and_reset(self->fam, 400);
	ledger_wait("Linger", 800);
	n = ends(e, 1024, NULL, 0);
	EXPECT_EQ(800, n);
	for (i = 1; i < n; i++)
		one_by_one += e[i].when >= e[i - 1].when;
	EXPECT_EQ(n - 1, one_by_one);
}

/* A namespace sees its own, and anybody in it may look. */
TEST_F(pair, F65_a_namespaces_own)
{
	struct end e[4];
	int status;
	pid_t pid;

	connect_and_reset(self->fam, 1);
	ledger_wait("Linger", 2);
	pid = fork();
	if (!pid) {
		if (setresuid(65534, 65534, 65534) || ends(e, 4, NULL, 0) != 2)
			_exit(1);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	ASSERT_EQ(0, unshare(CLONE_NEWNET));
	EXPECT_EQ(0, ends(e, 4, NULL, 0));
}

/* Counted in the first namespace, where it can be seen. */
static unsigned long first_namespaces(const char *cause)
{
	int own = open("/proc/self/ns/net", O_RDONLY);
	int first = open("/proc/1/ns/net", O_RDONLY);
	struct ledger l;

	if (setns(first, CLONE_NEWNET))
		xt_die("first namespace: %s", strerror(errno));
	l = ledger_read(cause);
	if (setns(own, CLONE_NEWNET))
		xt_die("own namespace: %s", strerror(errno));
	close(own);
	close(first);
	return l.found;
}

TEST_F(pair, F65_the_namespace_ends)
{
	unsigned long before = first_namespaces("Netns");
	__u64 deadline = xt_now_ms() + XT_DEADLINE_MS;
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		__u16 client;
		int c, s;

		xt_ns();
		xt_pair(self->fam, &c, &s);
		client = xt_port(c);
		xt_close(&c);
		if (xt_wait_state(client, xt_port(s), XT_FIN_WAIT2) !=
		    XT_FIN_WAIT2)
			_exit(1);
		/* What could bring the FIN is gone with the interface. */
		if (xt_try("ip link set lo down"))
			_exit(2);
		xt_reset(&s);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	ASSERT_EQ(0, status);
	while (first_namespaces("Netns") == before && xt_now_ms() < deadline)
		xt_pause();
	EXPECT_EQ(before + 1, first_namespaces("Netns"));
}

/* Random ends of many connections at once: as many causes as connections. */
TEST_F(pair, F65_sums_agree)
{
	__u64 seed = xt_seed();
	struct ledger l;
	int client, server, i;

	printf("# XTCP_TEST_SEED=%llu\n", seed);
	for (i = 0; i < 300; i++) {
		xt_pair(self->fam, &client, &server);
		if (xt_random(&seed) % 2)
			xt_send_all(client, "x", 1);
		if (xt_random(&seed) % 2)
			shutdown(server, SHUT_WR);
		if (xt_random(&seed) % 3)
			xt_close(&client);
		else
			xt_reset(&client);
		if (xt_random(&seed) % 3)
			xt_close(&server);
		else
			xt_reset(&server);
	}
	xt_close(&self->client);
	xt_close(&self->server);
	l = ledger_wait("Other", 602);
	EXPECT_EQ(602, l.opened);
	EXPECT_EQ(602, l.ended);
	EXPECT_EQ(0, l.found);
	EXPECT_EQ(0, l.embryos);
}

/* The administrator ends connections */

static size_t put_end(char *to, enum xt_fam fam, bool local, __u16 port)
{
	__be16 be = htons(port);
	union xt_addr addr;
	size_t len;

	xt_loopback(fam, port, &addr);
	len = xt_nl_put(to, local ? XTCP_A_LADDR : XTCP_A_RADDR,
			fam == XT_V4 ? (void *)&addr.v4.sin_addr :
				       (void *)&addr.v6.sin6_addr,
			fam == XT_V4 ? 4 : 16);
	return len + xt_nl_put(to + len, local ? XTCP_A_LPORT : XTCP_A_RPORT,
			       &be, sizeof(be));
}

/* Return: what the kernel says to it. */
static int kill_conn(enum xt_fam fam, __u16 lport, __u16 rport)
{
	struct xt_nl_attrs none;
	__u32 wire = xt_wire;
	char ask[128];
	size_t len;
	int ret;

	len = put_end(ask, fam, true, lport);
	len += put_end(ask + len, fam, false, rport);
	len += xt_nl_put(ask + len, XTCP_A_WIRE, &wire, sizeof(wire));
	if (!xt_nl_open(&nl))
		xt_die("there is no netlink family");
	xt_nl_ask(&nl, XTCP_CMD_KILL, NLM_F_ACK, ask, len);
	ret = xt_nl_next(&nl, &none);
	xt_nl_close(&nl);
	return ret;
}

TEST_F(pair, F65_killed)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	struct end e;
	char c;

	EXPECT_EQ(-ENOENT, kill_conn(self->fam, client, client));
	EXPECT_EQ(0, kill_conn(self->fam, client, server));
	EXPECT_EQ(-1, recv(self->client, &c, 1, 0));
	EXPECT_EQ(ECONNABORTED, errno);
	EXPECT_EQ(-1, recv(self->server, &c, 1, 0));
	EXPECT_EQ(ECONNRESET, errno);
	EXPECT_EQ(-ENOENT, kill_conn(self->fam, client, server));
	EXPECT_EQ(1, ledger_wait("Killed", 2).found);
	ASSERT_TRUE(end_of(client, &e));
	EXPECT_EQ(XTCP_END_KILLED, e.cause);
	ASSERT_TRUE(end_of(server, &e));
	EXPECT_EQ(XTCP_END_RST_ESTABLISHED, e.cause);
}

/* What has no process, and what has no socket. */
TEST_F(pair, F65_killed_without_a_process)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);

	xt_close(&self->client);
	xt_wait_state(client, server, XT_FIN_WAIT2);
	EXPECT_EQ(0, kill_conn(self->fam, client, server));
	EXPECT_EQ(XT_NONE, xt_wait_state(client, server, XT_NONE));
	EXPECT_EQ(1, ledger_wait("Killed", 1).found);
	EXPECT_EQ(0, kill_conn(self->fam, server, client));
	EXPECT_EQ(2, ledger_wait("Killed", 2).found);
}

TEST_F(pair, F65_killing_TIME_WAIT_ends_nothing_more)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);

	xt_close(&self->client);
	xt_close(&self->server);
	ledger_wait("FinOurs", 2);
	EXPECT_EQ(XT_TIME_WAIT, xt_wait_state(client, server, XT_TIME_WAIT));
	EXPECT_EQ(0, kill_conn(self->fam, client, server));
	EXPECT_EQ(XT_NONE, xt_wait_state(client, server, XT_NONE));
	EXPECT_EQ(2, ledger_read("Killed").ended);
	EXPECT_EQ(0, ledger_read("Killed").found);
}

TEST_F(pair, F65_killing_needs_privilege)
{
	__u16 client = xt_port(self->client), server = xt_port(self->server);
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		if (setresuid(65534, 65534, 65534))
			_exit(1);
		_exit(kill_conn(self->fam, client, server) == -EPERM ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, ledger_read("Killed").ended);
}

/* Keepalive */

struct evidence {
	bool on;
	int sent;
	int answered;
	int waiting;
	bool has_age;
	__u64 age;
	__u64 rtt;
};

static bool evidence_of(int fd, struct evidence *v)
{
	struct xt_nl_attrs msg, k;
	bool found = false;
	struct stat st;

	if (fstat(fd, &st))
		xt_die("fstat");
	begin(XTCP_CMD_KEEPALIVES, NULL, 0);
	while (xt_nl_next(&nl, &msg) == 1) {
		if (xt_nl_number(msg.a[XTCP_A_INODE]) != st.st_ino)
			continue;
		found = true;
		xt_nl_nest(msg.a[XTCP_A_KEEPALIVE], &k);
		v->on = k.a[XTCP_KEEPALIVE_ON];
		v->sent = xt_nl_number(k.a[XTCP_KEEPALIVE_SENT]);
		v->answered = xt_nl_number(k.a[XTCP_KEEPALIVE_ANSWERED]);
		v->waiting = xt_nl_number(k.a[XTCP_KEEPALIVE_WAITING]);
		v->has_age = k.a[XTCP_KEEPALIVE_AGE];
		v->age = v->has_age ? xt_nl_number(k.a[XTCP_KEEPALIVE_AGE]) : 0;
		v->rtt = k.a[XTCP_KEEPALIVE_RTT] ?
			 xt_nl_number(k.a[XTCP_KEEPALIVE_RTT]) : 0;
	}
	xt_nl_close(&nl);
	return found;
}

static struct evidence wait_answers(int fd, int n)
{
	__u64 deadline = xt_now_ms() + XT_DEADLINE_MS;
	struct evidence v = { 0 };

	while (evidence_of(fd, &v) && v.answered < n &&
	       xt_now_ms() < deadline)
		xt_pause();
	return v;
}

TEST_F(pair, F52_evidence)
{
	struct evidence v;

	EXPECT_FALSE(evidence_of(self->client, &v));
	xt_set(self->client, IPPROTO_TCP, TCP_KEEPIDLE, 1);
	xt_set(self->client, IPPROTO_TCP, TCP_KEEPINTVL, 1);
	xt_set(self->client, SOL_SOCKET, SO_KEEPALIVE, 1);
	ASSERT_TRUE(evidence_of(self->client, &v));
	EXPECT_TRUE(v.on);
	EXPECT_EQ(0, v.sent);
	EXPECT_EQ(0, v.answered);
	EXPECT_FALSE(v.has_age);
	v = wait_answers(self->client, 2);
	EXPECT_LE(2, v.answered);
	EXPECT_LE(v.answered, v.sent);
	EXPECT_TRUE(v.has_age);
	EXPECT_GE(5000, v.age);
	if (!xt_virtual_time())
		EXPECT_NE(0, v.rtt);
	EXPECT_GE(1000000, v.rtt);
	/* Who is asked keeps no such account. */
	EXPECT_FALSE(evidence_of(self->server, &v));
	/* What was found out outlives the switch. */
	xt_set(self->client, SOL_SOCKET, SO_KEEPALIVE, 0);
	ASSERT_TRUE(evidence_of(self->client, &v));
	EXPECT_FALSE(v.on);
	EXPECT_LE(2, v.answered);
}

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP has no close ledger");
}

TEST_HARNESS_MAIN
