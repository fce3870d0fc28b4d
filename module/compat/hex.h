/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hexadecimal digits: a header of their own since Linux 6.4, which alone has
 * them in later kernels.
 */
#ifndef _XTCP_COMPAT_HEX_H
#define _XTCP_COMPAT_HEX_H

#include <linux/kernel.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
#include <linux/hex.h>
#endif

#endif /* _XTCP_COMPAT_HEX_H */
