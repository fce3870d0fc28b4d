/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields that struct tcp_info gained over time.
 */
#ifndef _XTCP_COMPAT_STATUS_H
#define _XTCP_COMPAT_STATUS_H

#include <linux/tcp.h>
#include <linux/version.h>

/* 6.2 */
static inline void xtcp_compat_info_rcv_wnd(struct tcp_info *info, u32 wnd)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	info->tcpi_rcv_wnd = wnd;
#endif
}

#endif /* _XTCP_COMPAT_STATUS_H */
