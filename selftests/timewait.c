// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of how long TIME-WAIT lasts: net.xtcp.timewait_ms, its changes while
 * entries wait, and the socket option that overrides it (F-41, F-42).
 */
#include "xtcp_harness.h"
#include "pair_fixture.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef XTCP_TIMEWAIT_MS
#define XTCP_TIMEWAIT_MS	(0x5800 + 1)
#endif

/* A tick less or more than asked is no fault. */
#define TICK_MS		10
/* How late an emulated, busy machine may be. */
#define LATE_MS		3000
#define LONG_S		600	/* what a test may take whose time is virtual */

struct entry {
	__u16 lport, rport;
	__u64 before, after;	/* when the connection's last segment went */
};

/* Closes @active first, then the other, and so leaves an entry at @active. */
static struct entry leave_entry(int *active, int *passive)
{
	struct entry e = {
		.lport = xt_port(*active),
		.rport = xt_port(*passive),
	};

	xt_close(active);
	xt_expect_eof(*passive);
	if (xt_wait_state(e.lport, e.rport, XT_FIN_WAIT2) != XT_FIN_WAIT2)
		xt_die("no FIN-WAIT-2");
	e.before = xt_now_ms();
	xt_close(passive);
	if (xt_wait_state(e.rport, e.lport, XT_NONE) != XT_NONE)
		xt_die("the passive side is still there");
	e.after = xt_now_ms();
	return e;
}

/* Waits until an entry has left; returns when that was seen. */
static __u64 wait_gone(const struct entry *e)
{
	if (xt_wait_state(e->lport, e->rport, XT_NONE) != XT_NONE)
		xt_die("the entry is still there after %d ms", XT_DEADLINE_MS);
	return xt_now_ms();
}

static enum xt_state state_of(const struct entry *e)
{
	return xt_state(e->lport, e->rport);
}

static void set_knob(unsigned int ms)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", ms);
	xt_sysctl("timewait_ms", text);
}

static void __attribute__((constructor)) need_xtcp(void)
{
	if (xt_is_tcp())
		xt_skip_all("kernel TCP has no knob for TIME-WAIT");
}

/* 10 ms or 1 %, whichever is larger, by a clock that only the stack moves. */
static __u64 late_ms(unsigned int ms)
{
	if (!xt_virtual_time())
		return LATE_MS;
	return ms > 1000 ? ms / 100 : 10;
}

/* Never early, and not much late. */
static void measure(struct __test_metadata *_metadata, enum xt_fam fam,
		    int *client, int *server, unsigned int ms)
{
	struct entry e;
	__u64 gone;

	set_knob(ms);
	xt_close(client);
	xt_close(server);
	xt_pair(fam, client, server);
	e = leave_entry(client, server);
	if (ms > XT_DEADLINE_MS / 2) {
		usleep((ms - 1000) * 1000);
		EXPECT_EQ(XT_TIME_WAIT, state_of(&e));
	}
	gone = wait_gone(&e);
	TH_LOG("timewait_ms=%u: gone after %llu to %llu ms", ms,
	       gone - e.after, gone - e.before);
	EXPECT_LE(ms, gone - e.before + TICK_MS);
	EXPECT_GE(ms + late_ms(ms), gone - e.after);
}

TEST_F(pair, F42_measured)
{
	static const unsigned int ms[] = { 0, 1, 10, 250, 2000 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ms); i++)
		measure(_metadata, self->fam, &self->client, &self->server,
			ms[i]);
}

TEST_F_TIMEOUT(pair, F42_measured_a_minute, LONG_S)
{
	if (!xt_virtual_time() && !getenv("XTCP_TEST_LONG"))
		SKIP(return, "takes a minute: needs a virtual clock");
	measure(_metadata, self->fam, &self->client, &self->server, 60000);
}

TEST_F(pair, F42_default_is_a_minute)
{
	char text[16];

	ASSERT_TRUE(xt_sysctl_read("timewait_ms", text, sizeof(text)));
	EXPECT_STREQ("60000", text);
}

/* With 0 there is none: not even for a moment. */
TEST_F(pair, F42_zero_leaves_none)
{
	struct entry e;

	set_knob(0);
	e = leave_entry(&self->client, &self->server);
	EXPECT_EQ(XT_NONE, state_of(&e));
}

TEST_F(pair, F42_shortened_while_waiting)
{
	struct entry e;
	__u64 changed, gone;

	e = leave_entry(&self->client, &self->server);
	ASSERT_EQ(XT_TIME_WAIT, state_of(&e));
	changed = xt_now_ms();
	set_knob(400);
	gone = wait_gone(&e);
	EXPECT_LE(400, gone - e.before + TICK_MS);
	EXPECT_GE(400 + LATE_MS, gone - changed);
}

TEST_F(pair, F42_zero_ends_those_waiting)
{
	struct entry e;
	__u64 changed;

	e = leave_entry(&self->client, &self->server);
	ASSERT_EQ(XT_TIME_WAIT, state_of(&e));
	changed = xt_now_ms();
	set_knob(0);
	EXPECT_GE(LATE_MS, wait_gone(&e) - changed);
}

/* Lengthened in time: else it would be gone before a younger marker is. */
TEST_F(pair, F42_lengthened_while_waiting)
{
	struct entry e, marker;
	int client, server;

	xt_pair(self->fam, &client, &server);
	ASSERT_EQ(0, xt_set(client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 3500));
	e = leave_entry(&self->client, &self->server);
	set_knob(xt_now_ms() - e.before + 3000);
	set_knob(600000);
	ASSERT_EQ(XT_TIME_WAIT, state_of(&e));
	marker = leave_entry(&client, &server);
	wait_gone(&marker);
	EXPECT_EQ(XT_TIME_WAIT, state_of(&e));
	/* Shortened again, it counts from its beginning. */
	set_knob(1500);
	EXPECT_LE(1500, wait_gone(&e) - e.before + TICK_MS);
}

TEST_F(pair, F42_option_of_a_connection)
{
	int client, server;
	struct entry plain, own;
	__u64 gone;

	EXPECT_EQ(-1, xt_get(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS));
	xt_pair(self->fam, &client, &server);
	ASSERT_EQ(0, xt_set(client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 300));
	EXPECT_EQ(300, xt_get(client, IPPROTO_TCP, XTCP_TIMEWAIT_MS));
	plain = leave_entry(&self->client, &self->server);
	own = leave_entry(&client, &server);
	gone = wait_gone(&own);
	EXPECT_LE(300, gone - own.before + TICK_MS);
	EXPECT_GE(300 + LATE_MS, gone - own.after);
	EXPECT_EQ(XT_TIME_WAIT, state_of(&plain));
}

/* An entry with a length of its own is not changed by the knob. */
TEST_F(pair, F42_option_outlives_the_knob)
{
	int client, server;
	struct entry plain, own;

	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 60000));
	xt_pair(self->fam, &client, &server);
	own = leave_entry(&self->client, &self->server);
	plain = leave_entry(&client, &server);
	set_knob(0);
	wait_gone(&plain);
	EXPECT_EQ(XT_TIME_WAIT, state_of(&own));
}

TEST_F(pair, F42_option_is_inherited)
{
	int listener = xt_bound(self->fam, 0);
	struct entry e;
	__u64 gone;

	ASSERT_EQ(0, xt_set(listener, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 200));
	ASSERT_EQ(0, listen(listener, 1));
	xt_close(&self->client);
	xt_close(&self->server);
	self->client = xt_connect(self->fam, xt_port(listener));
	self->server = xt_accept(listener);
	EXPECT_EQ(200, xt_get(self->server, IPPROTO_TCP, XTCP_TIMEWAIT_MS));
	e = leave_entry(&self->server, &self->client);
	gone = wait_gone(&e);
	EXPECT_LE(200, gone - e.before + TICK_MS);
	EXPECT_GE(200 + LATE_MS, gone - e.after);
	close(listener);
}

TEST_F(pair, F42_option_range)
{
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 600001));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, -2));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 600000));
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, -1));
	EXPECT_EQ(-1, xt_get(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS));
}

/* Without privilege only down to timewait_min_ms. */
TEST_F(pair, F42_option_needs_privilege_below_the_floor)
{
	xt_sysctl("timewait_min_ms", "1000");
	ASSERT_EQ(0, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 999));
	ASSERT_EQ(0, seteuid(65534));
	EXPECT_EQ(-1, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 998));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(0, xt_set(self->client, IPPROTO_TCP, XTCP_TIMEWAIT_MS, 1000));
	ASSERT_EQ(0, seteuid(0));
}

/* What another namespace sets has no effect on this one's entries. */
TEST_F(pair, F42_knob_is_a_namespaces_own)
{
	int here = open("/proc/self/ns/net", O_RDONLY);
	int client, server;
	struct entry e, other;

	ASSERT_LE(0, here);
	e = leave_entry(&self->client, &self->server);
	xt_ns();
	xt_pair(self->fam, &client, &server);
	other = leave_entry(&client, &server);
	set_knob(0);
	wait_gone(&other);
	ASSERT_EQ(0, setns(here, CLONE_NEWNET));
	EXPECT_EQ(XT_TIME_WAIT, state_of(&e));
	close(here);
}

TEST_HARNESS_MAIN
