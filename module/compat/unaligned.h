/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where get_unaligned_be32() and its kin are declared: the header moved in
 * Linux 6.12.
 */
#ifndef _XTCP_COMPAT_UNALIGNED_H
#define _XTCP_COMPAT_UNALIGNED_H

#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#endif /* _XTCP_COMPAT_UNALIGNED_H */
