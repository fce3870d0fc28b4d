/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where cond_resched_rcu() is declared: it has moved since Linux 6.1.
 */
#ifndef _XTCP_COMPAT_PROCFS_H
#define _XTCP_COMPAT_PROCFS_H

#include <linux/rcupdate.h>
#include <linux/rcupdate_wait.h>
#include <linux/sched.h>

#endif /* _XTCP_COMPAT_PROCFS_H */
