/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where skb_frag_unref() is declared: in a header of its own since Linux 6.10.
 */
#ifndef _XTCP_COMPAT_FRAG_H
#define _XTCP_COMPAT_FRAG_H

#include <linux/skbuff.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <linux/skbuff_ref.h>
#endif

#endif /* _XTCP_COMPAT_FRAG_H */
