/* SPDX-License-Identifier: GPL-2.0 */
/*
 * kselftest's harness, with a test's default time for a debug kernel on an
 * emulated processor: there a wait for a state takes seconds.
 */
#ifndef _XTCP_HARNESS_H
#define _XTCP_HARNESS_H

#include "kselftest_harness.h"

#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	120

#endif /* _XTCP_HARNESS_H */
