// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the table of counters: that it can be listed and parsed.
 */
#include <kunit/test.h>
#include <linux/ctype.h>

#include "../mib.c"

/* No namespace is counted in here; mib.c only wants the number to exist. */
unsigned int xtcp_net_id;

/* A line is cut into name, value and meaning at the blanks. */
static void mib_names_are_words(struct kunit *test)
{
	int i;

	for (i = 0; i < XTCP_MIB_MAX; i++) {
		const char *c = counters[i].name;

		KUNIT_ASSERT_NOT_NULL_MSG(test, c, "counter %d", i);
		KUNIT_EXPECT_GT_MSG(test, strlen(c), (size_t)0, "counter %d", i);
		for (; *c; c++)
			KUNIT_EXPECT_TRUE_MSG(test, isalnum(*c), "%s",
					      counters[i].name);
	}
}

static void mib_meanings_are_lines(struct kunit *test)
{
	int i;

	for (i = 0; i < XTCP_MIB_MAX; i++) {
		KUNIT_ASSERT_NOT_NULL_MSG(test, counters[i].meaning,
					  "counter %d", i);
		KUNIT_EXPECT_GT_MSG(test, strlen(counters[i].meaning),
				    (size_t)7, "%s", counters[i].name);
		KUNIT_EXPECT_NULL_MSG(test, strchr(counters[i].meaning, '\n'),
				      "%s", counters[i].name);
	}
}

static void mib_names_differ(struct kunit *test)
{
	int i, j;

	for (i = 0; i < XTCP_MIB_MAX; i++)
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_STRNEQ(test, counters[i].name,
					    counters[j].name);
}

/* Drop reasons, and nothing else, are called so. */
static void mib_drops_are_told_apart(struct kunit *test)
{
	int i;

	for (i = 0; i < XTCP_MIB_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test, i >= XTCP_MIB_DROP,
				    strstarts(counters[i].name, "Drop"),
				    "%s", counters[i].name);
}

/* Ends of connections likewise. */
static void mib_ends_are_told_apart(struct kunit *test)
{
	int i;

	for (i = 0; i < XTCP_MIB_MAX; i++)
		KUNIT_EXPECT_EQ_MSG(test,
				    i >= XTCP_MIB_END && i < XTCP_MIB_DROP,
				    strstarts(counters[i].name, "End"),
				    "%s", counters[i].name);
}

static struct kunit_case mib_cases[] = {
	KUNIT_CASE(mib_names_are_words),
	KUNIT_CASE(mib_meanings_are_lines),
	KUNIT_CASE(mib_names_differ),
	KUNIT_CASE(mib_drops_are_told_apart),
	KUNIT_CASE(mib_ends_are_told_apart),
	{}
};

static struct kunit_suite mib_suite = {
	.name = "xtcp_mib",
	.test_cases = mib_cases,
};

kunit_test_suite(mib_suite);
