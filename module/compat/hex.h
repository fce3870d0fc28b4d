/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hexadecimal digits: a header of their own since Linux 6.4, which alone has
 * them in later kernels.
 */
#ifndef _XTCP_COMPAT_HEX_H
#define _XTCP_COMPAT_HEX_H

#include <linux/kernel.h>

#if __has_include(<linux/hex.h>)
#include <linux/hex.h>
#endif

#endif /* _XTCP_COMPAT_HEX_H */
