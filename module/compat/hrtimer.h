/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hrtimer_setup() came with 6.13, and hrtimer_init() went with 6.15.
 */
#ifndef _XTCP_COMPAT_HRTIMER_H
#define _XTCP_COMPAT_HRTIMER_H

#include <linux/hrtimer.h>
#include <linux/version.h>

static inline void xtcp_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*fn)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
#else
	hrtimer_init(timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	timer->function = fn;
#endif
}

#endif /* _XTCP_COMPAT_HRTIMER_H */
