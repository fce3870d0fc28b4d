/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Generic netlink: the attributes of a request that is answered by a dump,
 * which Linux 6.6 keeps in a struct of their own.
 */
#ifndef _XTCP_COMPAT_DIAG_H
#define _XTCP_COMPAT_DIAG_H

#include <linux/version.h>
#include <net/genetlink.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
static inline struct nlattr **xtcp_compat_attrs(struct netlink_callback *cb)
{
	return genl_info_dump(cb)->attrs;
}
#else
static inline struct nlattr **xtcp_compat_attrs(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->attrs;
}
#endif

#endif /* _XTCP_COMPAT_DIAG_H */
