// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the state machine's tables, against a list of their own: RFC 9293
 * sections 3.3.2, 3.10.4 and 3.10.5.
 */
#include <kunit/test.h>

#include "../fsm.c"

/* Beyond every state on both sides. */
#define FIRST	(-3)
#define LAST	40

static const int states[] = {
	TCP_ESTABLISHED, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1,
	TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE, TCP_CLOSE_WAIT, TCP_LAST_ACK,
	TCP_LISTEN, TCP_CLOSING, TCP_NEW_SYN_RECV,
};

/* The arrows of figure 5 that a full socket takes, those to CLOSED left out. */
static const struct {
	int from, to;
} arrows[] = {
	{ TCP_CLOSE, TCP_LISTEN },		/* passive OPEN */
	{ TCP_CLOSE, TCP_SYN_SENT },		/* active OPEN */
	{ TCP_LISTEN, TCP_SYN_RECV },		/* a child of it */
	{ TCP_SYN_SENT, TCP_SYN_RECV },		/* simultaneous open */
	{ TCP_SYN_SENT, TCP_ESTABLISHED },
	{ TCP_SYN_RECV, TCP_ESTABLISHED },
	{ TCP_SYN_RECV, TCP_FIN_WAIT1 },	/* CLOSE */
	{ TCP_SYN_RECV, TCP_CLOSE_WAIT },	/* FIN */
	{ TCP_ESTABLISHED, TCP_FIN_WAIT1 },	/* CLOSE */
	{ TCP_ESTABLISHED, TCP_CLOSE_WAIT },	/* FIN */
	{ TCP_FIN_WAIT1, TCP_FIN_WAIT2 },	/* ACK of FIN */
	{ TCP_FIN_WAIT1, TCP_CLOSING },		/* FIN */
	{ TCP_CLOSE_WAIT, TCP_LAST_ACK },	/* CLOSE */
};

static bool known(int state)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(states); i++)
		if (states[i] == state)
			return true;
	return false;
}

static bool listed(int from, int to)
{
	int i;

	if (!known(from) || !known(to))
		return false;
	if (to == TCP_CLOSE)
		return true;
	for (i = 0; i < ARRAY_SIZE(arrows); i++)
		if (arrows[i].from == from && arrows[i].to == to)
			return true;
	return false;
}

static void fsm_every_move(struct kunit *test)
{
	int from, to;

	for (from = FIRST; from <= LAST; from++)
		for (to = FIRST; to <= LAST; to++)
			KUNIT_EXPECT_EQ_MSG(test, listed(from, to),
					    xtcp_fsm_legal(from, to),
					    "%d (%s) to %d (%s)",
					    from, xtcp_fsm_name(from),
					    to, xtcp_fsm_name(to));
}

static void fsm_close(struct kunit *test)
{
	static const struct {
		int state, next;
		bool fin;
	} cases[] = {
		{ TCP_CLOSE, TCP_CLOSE, false },
		{ TCP_LISTEN, TCP_CLOSE, false },
		{ TCP_SYN_SENT, TCP_CLOSE, false },
		{ TCP_NEW_SYN_RECV, TCP_CLOSE, false },
		{ TCP_SYN_RECV, TCP_FIN_WAIT1, true },
		{ TCP_ESTABLISHED, TCP_FIN_WAIT1, true },
		{ TCP_CLOSE_WAIT, TCP_LAST_ACK, true },
		{ TCP_FIN_WAIT1, TCP_FIN_WAIT1, false },
		{ TCP_FIN_WAIT2, TCP_FIN_WAIT2, false },
		{ TCP_CLOSING, TCP_CLOSING, false },
		{ TCP_LAST_ACK, TCP_LAST_ACK, false },
		{ TCP_TIME_WAIT, TCP_TIME_WAIT, false },
		/* No state at all. */
		{ 0, TCP_CLOSE, false },
		{ -1, TCP_CLOSE, false },
		{ TCP_NEW_SYN_RECV + 1, TCP_CLOSE, false },
		{ INT_MAX, TCP_CLOSE, false },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct xtcp_fsm_close c = xtcp_fsm_on_close(cases[i].state);

		KUNIT_EXPECT_EQ_MSG(test, cases[i].next, (int)c.next,
				    "state %d", cases[i].state);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].fin, c.fin,
				    "state %d", cases[i].state);
	}
}

/* CLOSE never asks for a move that the table of moves forbids. */
static void fsm_close_is_legal(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		int next = xtcp_fsm_on_close(states[i]).next;

		if (next != states[i])
			KUNIT_EXPECT_TRUE_MSG(test,
					      xtcp_fsm_legal(states[i], next),
					      "from %s",
					      xtcp_fsm_name(states[i]));
	}
}

/* Repeated CLOSE sends one FIN only, and every connection can end. */
static void fsm_one_fin(struct kunit *test)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		struct xtcp_fsm_close c = xtcp_fsm_on_close(states[i]);

		KUNIT_EXPECT_FALSE(test, xtcp_fsm_on_close(c.next).fin);
		KUNIT_EXPECT_TRUE(test, xtcp_fsm_legal(states[i], TCP_CLOSE));
	}
}

static void fsm_names(struct kunit *test)
{
	int i, j;

	KUNIT_EXPECT_STREQ(test, "CLOSED", xtcp_fsm_name(TCP_CLOSE));
	KUNIT_EXPECT_STREQ(test, "LISTEN", xtcp_fsm_name(TCP_LISTEN));
	KUNIT_EXPECT_STREQ(test, "SYN-SENT", xtcp_fsm_name(TCP_SYN_SENT));
	KUNIT_EXPECT_STREQ(test, "SYN-RECEIVED", xtcp_fsm_name(TCP_SYN_RECV));
	KUNIT_EXPECT_STREQ(test, "SYN-RECEIVED",
			   xtcp_fsm_name(TCP_NEW_SYN_RECV));
	KUNIT_EXPECT_STREQ(test, "ESTABLISHED", xtcp_fsm_name(TCP_ESTABLISHED));
	KUNIT_EXPECT_STREQ(test, "FIN-WAIT-1", xtcp_fsm_name(TCP_FIN_WAIT1));
	KUNIT_EXPECT_STREQ(test, "FIN-WAIT-2", xtcp_fsm_name(TCP_FIN_WAIT2));
	KUNIT_EXPECT_STREQ(test, "CLOSING", xtcp_fsm_name(TCP_CLOSING));
	KUNIT_EXPECT_STREQ(test, "TIME-WAIT", xtcp_fsm_name(TCP_TIME_WAIT));
	KUNIT_EXPECT_STREQ(test, "CLOSE-WAIT", xtcp_fsm_name(TCP_CLOSE_WAIT));
	KUNIT_EXPECT_STREQ(test, "LAST-ACK", xtcp_fsm_name(TCP_LAST_ACK));

	/* All different, but for the two halves of SYN-RECEIVED. */
	for (i = 0; i < ARRAY_SIZE(states) - 1; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, xtcp_fsm_name(states[i]),
					    xtcp_fsm_name(states[j]));
	for (i = FIRST; i <= LAST; i++)
		if (!known(i))
			KUNIT_EXPECT_STREQ(test, "?", xtcp_fsm_name(i));
}

static struct kunit_case fsm_cases[] = {
	KUNIT_CASE(fsm_every_move),
	KUNIT_CASE(fsm_close),
	KUNIT_CASE(fsm_close_is_legal),
	KUNIT_CASE(fsm_one_fin),
	KUNIT_CASE(fsm_names),
	{}
};

static struct kunit_suite fsm_suite = {
	.name = "xtcp_fsm",
	.test_cases = fsm_cases,
};

kunit_test_suite(fsm_suite);
