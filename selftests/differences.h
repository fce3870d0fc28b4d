/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of what the tests let xtcp do otherwise than kernel TCP, each
 * with its reason; whatever is not listed here must be the same.
 */
#ifndef XTCP_TEST_DIFFERENCES_H
#define XTCP_TEST_DIFFERENCES_H

#include "xtcp_test.h"

enum xt_difference {
	XT_DIFF_PROTOCOL,
	XT_DIFF_KNOB_RANGES,		/* sysctl.sh */
	XT_DIFF_DEFAULT_CONGESTION,	/* sysctl.sh */
	XT_DIFF_TIMEWAIT_LENGTH,	/* timewait.c */
	XT_DIFF_UNLOAD,			/* lifecycle.sh */
};

/* True when the stack under test is allowed to differ in this point. */
static inline bool xt_differs(enum xt_difference point)
{
	static const char * const reason[] = {
		[XT_DIFF_PROTOCOL] =
			"SO_PROTOCOL is 253, the protocol the socket was made for",
		[XT_DIFF_KNOB_RANGES] =
			"a knob refuses what it could not act on; kernel TCP takes any number for some",
		[XT_DIFF_DEFAULT_CONGESTION] =
			"the algorithms are xtcp's own, so the default is not the one of kernel TCP",
		[XT_DIFF_TIMEWAIT_LENGTH] =
			"TIME-WAIT has a length to set; that of kernel TCP is built in",
		[XT_DIFF_UNLOAD] =
			"xtcp is a module that comes and goes; kernel TCP stays",
	};

	return !xt_is_tcp() && reason[point];
}

#endif /* XTCP_TEST_DIFFERENCES_H */
