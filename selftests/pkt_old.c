// SPDX-License-Identifier: GPL-2.0
/*
 * Old duplicates (F-48): the segments of a connection that left TIME-WAIT early
 * are sent again, at random, while the same 4-tuple has a newer connection or
 * none. No byte of them may come in, and each must be counted by the cause of
 * the early leave. XTCP_TEST_LONG=1 sends 10^5 of them in each test,
 * XTCP_TEST_LONG=N so many.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef XTCP_TIMEWAIT_MS
#define XTCP_TIMEWAIT_MS	(0x5800 + 1)
#endif

#define MSS		1000
#define OLD_SEGS	5	/* of the old connection's data */
#define OLD_LEN		(OLD_SEGS * MSS)
#define NEW_SEGS	30	/* of the newer one's */
#define LIMIT_S		600	/* for a test that takes its time */
#define PAUSE_US	10000
#define ROUND_MS	40000

/* How the newer connection's sequence numbers lie to the old ones. */
enum place {
	BEFORE,		/* so that its window goes over them */
	SAME,		/* the very same ones; timestamps prove the SYN new */
	AFTER,
};

struct plan {
	const char *cause;
	enum place place;
	bool ts;
	bool active;	/* the stack under test connects */
	void (*leave)(struct peer *p);
};

static struct {
	__u8 tcp[PKT_MAX];
	int len;
} old[32];

static int n_old;
static __u64 rnd;
static unsigned long replayed;
static __u64 began_ms;

/* Send a segment of the old connection, and keep it. */
static void say(struct peer *p, __u8 flags, __u32 seq, __u32 ack, __u32 len)
{
	struct pkt_out out = { .len = len };

	if (flags & SYN)
		out.mss = p->mss;
	p->tsval += 10;
	old[n_old].len = peer_build(p, old[n_old].tcp, flags, seq, ack, &out);
	p->mark_us = pkt_now_us();
	pkt_inject(old[n_old].tcp, old[n_old].len, NULL);
	n_old++;
}

/*
 * At random times, @gap_us apart on average; no single pause is so short that a
 * clock's own grain would prolong all of them beyond 2MSL.
 */
static void replay(int n, int gap_us)
{
	int mean_us = gap_us < PAUSE_US ? PAUSE_US : gap_us;
	struct timespec pause = { 0 };
	int i;

	while (n--) {
		i = xt_random(&rnd) % n_old;
		pkt_inject(old[i].tcp, old[i].len, NULL);
		replayed++;
		if (!gap_us || xt_random(&rnd) % mean_us >= (unsigned int)gap_us)
			continue;
		pause.tv_nsec = xt_random(&rnd) % (2 * mean_us) * 1000;
		nanosleep(&pause, NULL);
	}
}

/* A socket that connects from the port that it had before, if any. */
static int connect_from(struct peer *p)
{
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;
	socklen_t len = pkt_addr(false, p->dut, &addr);

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, len))
		xt_die("bind: %s", strerror(errno));
	p->dut = xt_port(fd);
	len = pkt_addr(true, p->port, &addr);
	xt_nonblock(fd, true);
	p->open_us = pkt_now_us();
	if (!connect(fd, &addr.sa, len) || errno != EINPROGRESS)
		xt_die("connect: %s", strerror(errno));
	return fd;
}

/* The old connection, up to where our FIN is acknowledged and the peer's is not sent. */
static void old_connection(struct peer *p, const struct plan *plan, int *listener)
{
	int fd, i;

	p->ts = plan->ts;
	if (plan->active) {
		fd = connect_from(p);
		expect(p, SYN, 0, 0);
		say(p, SYN | ACK, 0, 1, 0);
		expect(p, ACK, 1, 1);
		xt_wait(fd, POLLOUT);
		xt_nonblock(fd, false);
	} else {
		*listener = peer_listen(p);
		if (!strcmp(plan->cause, "Option"))
			xt_set(*listener, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 0);
		say(p, SYN, 0, 0, 0);
		expect(p, SYN | ACK, 0, 1);
		say(p, ACK, 1, 1, 0);
		fd = xt_accept(*listener);
	}
	for (i = 0; i < OLD_SEGS; i++)
		say(p, ACK | PSH, 1 + i * MSS, 1, MSS);
	app_read(fd, 0, OLD_LEN);
	app_write(fd, 0, 100);
	xt_close(&fd);
	peer_drain(p, 50);
	say(p, ACK, OLD_LEN + 1, 102, 0);
	state(p, XT_FIN_WAIT2);
}

static void fin(struct peer *p)
{
	say(p, FIN | ACK, OLD_LEN + 1, 102, 0);
	expect(p, ACK, 102, OLD_LEN + 2);
}

/* The causes */

static void by_knob(struct peer *p)
{
	fin(p);
	state(p, XT_TIME_WAIT);
	xt_sysctl("timewait_ms", "20");
	state(p, XT_NONE);
}

/* Not even an entry. */
static void by_knob_0(struct peer *p)
{
	xt_sysctl("timewait_ms", "0");
	fin(p);
	state(p, XT_NONE);
}

static void by_eviction(struct peer *p)
{
	struct peer q;

	fin(p);
	xt_sysctl("max_tw_buckets", "1");
	peer_init(&q);
	to_time_wait(&q);
	state(p, XT_NONE);
	xt_sysctl("max_tw_buckets", "1000");
	pkt_forget(q.last);
}

static void by_rst(struct peer *p)
{
	xt_sysctl("rfc1337", "0");
	fin(p);
	say(p, RST, OLD_LEN + 2, 0, 0);
	state(p, XT_NONE);
}

static void by_patience(struct peer *p)
{
	xt_sysctl("fin_timeout", "1");
	state(p, XT_NONE);
}

static void stays(struct peer *p)
{
	fin(p);
	state(p, XT_TIME_WAIT);
}

/* The newer connection of the same 4-tuple; old ones come at each step of it. */
static int new_connection(struct peer *p, const struct plan *plan, int listener)
{
	__u32 before = p->irs + 102;
	int fd;

	if (plan->place == BEFORE)
		p->iss -= 20000;
	if (plan->place == AFTER)
		p->iss += 20000;
	p->tsval += 100;
	peer_again(p);
	if (plan->active) {
		fd = connect_from(p);
		expect(p, SYN, 0, 0);
		/* Each is answered by a RST; the SYN may come again. */
		replay(20, 0);
		peer_drain(p, 5);
		peer_synack(p);
		xt_wait(fd, POLLOUT);
		xt_nonblock(fd, false);
		peer_drain(p, 5);
	} else {
		peer_syn(p);
		expect(p, SYN | ACK, 0, 1);
		replay(20, 0);
		expect_nothing(p, 5);
		inject(p, ACK, 1, 1);
		fd = xt_accept(listener);
	}
	if ((__s32)(p->irs - before) < 65536)
		peer_fail(__func__, p, "the new ISN is not beyond the old");
	return fd;
}

static unsigned long replays(void)
{
	const char *given = getenv("XTCP_TEST_LONG");
	unsigned long n = given ? strtoul(given, NULL, 0) : 300;

	return n > 1 ? n : 100000;
}

/* No record lives longer than 2MSL, however slow the machine. */
static bool in_time(void)
{
	return xt_now_ms() - began_ms < ROUND_MS;
}

static void expect_counted(struct peer *p, const char *cause, unsigned long was)
{
	char name[32];

	snprintf(name, sizeof(name), "Late%s", cause);
	if (pkt_counter(name) - was != replayed)
		peer_fail(__func__, p, "%s rose by %lu for %lu late segments in %llu ms",
			  name, pkt_counter(name) - was, replayed,
			  xt_now_ms() - began_ms);
}

static unsigned long counted(const char *kind, const char *cause)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%s", kind, cause);
	return pkt_counter(name);
}

/* Data goes both ways among the late segments; only it arrives. */
static void converse(struct peer *p, int fd, unsigned long most)
{
	int spread_us = pkt_time_is_cheap() ? 20000000 : 1000000;
	unsigned int each = most / NEW_SEGS + 1, k;
	int i;

	for (i = 0; i < NEW_SEGS; i++) {
		for (k = 0; k < each && in_time(); k++)
			replay(1, spread_us / (each * NEW_SEGS) ?: 1);
		p->tsval += 20;
		inject(p, ACK | PSH, 1 + i * MSS, 1 + i * 10, .len = MSS);
		app_read(fd, i * MSS, MSS);
		app_write(fd, i * 10, 10);
		peer_drain(p, 1);
	}
	if (xt_inq(fd))
		peer_fail(__func__, p, "%d bytes too many", xt_inq(fd));
}

/* What the causes may have turned, back; and nobody waits. */
static void fresh(struct peer *p)
{
	xt_sysctl("timewait_ms", "0");
	peer_drain(p, 20);
	xt_sysctl("timewait_ms", "60000");
	xt_sysctl("fin_timeout", "60");
}

/* One old connection and one newer one of its 4-tuple; up to @most late segments. */
static void one_round(struct peer *p, const struct plan *plan, unsigned long most)
{
	unsigned long late = counted("Late", plan->cause);
	unsigned long early = counted("Early", plan->cause);
	int listener = -1, fd;

	fresh(p);
	n_old = 0;
	replayed = 0;
	began_ms = xt_now_ms();
	old_connection(p, plan, &listener);
	plan->leave(p);
	if (!plan->active && peer_state(p) == XT_NONE) {
		/* A RST each, but no connection. */
		replay(30, 100);
		peer_drain(p, 5);
		if (xt_events(listener, POLLIN))
			peer_fail(__func__, p, "late segments opened a connection");
	}
	fd = new_connection(p, plan, listener);
	if (counted("Early", plan->cause) == early)
		peer_fail(__func__, p, "Early%s did not rise", plan->cause);
	converse(p, fd, most);
	expect_counted(p, plan->cause, late);
	xt_reset(&fd);
	if (listener >= 0)
		xt_close(&listener);
}

static void old_duplicates(struct peer *p, const struct plan *plan)
{
	unsigned long total = 0;

	rnd = xt_seed();
	while (total < replays()) {
		if (total) {
			peer_forget(p);
			peer_init(p);
		}
		one_round(p, plan, replays() - total);
		total += replayed;
	}
}

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP remembers nothing");
}

#define OLD_TEST(name, ...) \
TEST_F_TIMEOUT(pkt, F48_##name, LIMIT_S) \
{ \
	old_duplicates(self->p, &(struct plan){ __VA_ARGS__ }); \
}

OLD_TEST(knob_window_over_old, .cause = "Knob", .place = BEFORE, .leave = by_knob)
OLD_TEST(knob_0_window_over_old, .cause = "Knob", .place = BEFORE, .leave = by_knob_0)
OLD_TEST(knob_0_same_numbers, .cause = "Knob", .place = SAME, .ts = true,
	 .leave = by_knob_0)
OLD_TEST(knob_0_numbers_after, .cause = "Knob", .place = AFTER, .leave = by_knob_0)
OLD_TEST(option_window_over_old, .cause = "Option", .place = BEFORE,
	 .leave = by_knob_0)
OLD_TEST(option_same_numbers, .cause = "Option", .place = SAME, .ts = true,
	 .leave = by_knob_0)
OLD_TEST(evicted_window_over_old, .cause = "Evicted", .place = BEFORE,
	 .leave = by_eviction)
OLD_TEST(evicted_same_numbers, .cause = "Evicted", .place = SAME, .ts = true,
	 .leave = by_eviction)
OLD_TEST(rst_window_over_old, .cause = "Rst", .place = BEFORE, .leave = by_rst)
OLD_TEST(rst_same_numbers, .cause = "Rst", .place = SAME, .ts = true,
	 .leave = by_rst)
OLD_TEST(orphan_window_over_old, .cause = "Orphan", .place = BEFORE,
	 .leave = by_patience)
OLD_TEST(orphan_same_numbers, .cause = "Orphan", .place = SAME, .ts = true,
	 .leave = by_patience)
OLD_TEST(syn_same_numbers, .cause = "Syn", .place = SAME, .ts = true,
	 .leave = stays)
OLD_TEST(syn_window_over_old, .cause = "Syn", .place = BEFORE, .ts = true,
	 .leave = stays)
OLD_TEST(syn_numbers_after, .cause = "Syn", .place = AFTER, .leave = stays)
OLD_TEST(reuse_same_numbers, .cause = "Reuse", .place = SAME, .ts = true,
	 .active = true, .leave = stays)
OLD_TEST(reuse_window_over_old, .cause = "Reuse", .place = BEFORE, .ts = true,
	 .active = true, .leave = stays)

/* Without a timestamp nothing tells an old SYN's number from a new one's. */
TEST_F(pkt, F48_SYN_among_old_numbers)
{
	struct plan plan = { .cause = "Knob" };
	struct peer *p = self->p;
	unsigned long late;
	int listener;

	n_old = 0;
	old_connection(p, &plan, &listener);
	by_knob_0(p);
	late = pkt_counter("LateKnob");
	inject(p, SYN, 0, 0, .mss = MSS);
	inject(p, SYN, OLD_LEN, 0, .mss = MSS);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(late + 2, pkt_counter("LateKnob"));
	/* But one beyond them. */
	p->iss += OLD_LEN + 3;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
}

/* After 2MSL all is forgotten. */
TEST_F_TIMEOUT(pkt, F48_over_after_2MSL, LIMIT_S)
{
	struct plan plan = { .cause = "Knob" };
	struct peer *p = self->p;
	unsigned long late;
	int listener;

	LONG();
	n_old = 0;
	old_connection(p, &plan, &listener);
	by_knob_0(p);
	late = pkt_counter("LateKnob");
	replayed = 0;
	peer_drain(p, 59000);
	replay(5, 0);
	EXPECT_EQ(late + 5, pkt_counter("LateKnob"));
	peer_drain(p, 2000);
	replay(5, 0);
	EXPECT_EQ(late + 5, pkt_counter("LateKnob"));
}

/* What the memory has no room for is counted, and no more. */
TEST_F(pkt, F48_memory_is_bounded)
{
	struct plan plan = { .cause = "Knob" };
	struct peer *p = self->p;
	unsigned long late, forgotten;
	int listener;

	xt_sysctl("audit_max", "0");
	forgotten = pkt_counter("AuditForgotten");
	n_old = 0;
	old_connection(p, &plan, &listener);
	by_knob_0(p);
	EXPECT_EQ(forgotten + 1, pkt_counter("AuditForgotten"));
	late = pkt_counter("LateKnob");
	replay(5, 0);
	EXPECT_EQ(late, pkt_counter("LateKnob"));
}

TEST_HARNESS_MAIN
