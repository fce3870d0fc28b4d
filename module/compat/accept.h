/* SPDX-License-Identifier: GPL-2.0 */
/*
 * proto.accept: Linux 6.10 packed its arguments into a struct.
 */
#ifndef _XTCP_COMPAT_ACCEPT_H
#define _XTCP_COMPAT_ACCEPT_H

#include "../calls.h"

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
static inline struct sock *xtcp_compat_accept(struct sock *sk,
					      struct proto_accept_arg *arg)
{
	return xtcp_calls_accept(sk, arg->flags, &arg->err);
}
#else
static inline struct sock *xtcp_compat_accept(struct sock *sk, int flags,
					      int *err, bool kern)
{
	return xtcp_calls_accept(sk, flags, err);
}
#endif

#endif /* _XTCP_COMPAT_ACCEPT_H */
