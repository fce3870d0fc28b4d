/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sysctl tables: their length is passed rather than ended by an empty entry
 * since Linux 6.6, and handlers may not write to an entry since 6.11.
 */
#ifndef _XTCP_COMPAT_SYSCTL_H
#define _XTCP_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* Qualifies the struct ctl_table argument of a handler. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define XTCP_CTL_CONST	const
#else
#define XTCP_CTL_CONST
#endif

/* @table has @size entries and an empty one behind them. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define xtcp_register_net_sysctl(net, path, table, size) \
	register_net_sysctl_sz(net, path, table, size)
#else
#define xtcp_register_net_sysctl(net, path, table, size) \
	register_net_sysctl(net, path, table)
#endif

#endif /* _XTCP_COMPAT_SYSCTL_H */
