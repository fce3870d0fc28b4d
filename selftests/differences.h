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
};

/* True when the stack under test is allowed to differ in this point. */
static inline bool xt_differs(enum xt_difference point)
{
	static const char * const reason[] = {
		[XT_DIFF_PROTOCOL] =
			"SO_PROTOCOL is 253, the protocol the socket was made for",
	};

	return !xt_is_tcp() && reason[point];
}

#endif /* XTCP_TEST_DIFFERENCES_H */
