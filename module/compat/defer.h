/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The socket layer's note that connect left the SYN to the first write: an
 * atomic flag of struct inet_sock since Linux 6.6.
 */
#ifndef _XTCP_COMPAT_DEFER_H
#define _XTCP_COMPAT_DEFER_H

#include <linux/version.h>
#include <net/inet_sock.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
static inline bool xtcp_compat_defer_connect(const struct sock *sk)
{
	return inet_test_bit(DEFER_CONNECT, sk);
}

static inline void xtcp_compat_set_defer_connect(struct sock *sk, bool on)
{
	inet_assign_bit(DEFER_CONNECT, sk, on);
}
#else
static inline bool xtcp_compat_defer_connect(const struct sock *sk)
{
	return inet_sk(sk)->defer_connect;
}

static inline void xtcp_compat_set_defer_connect(struct sock *sk, bool on)
{
	inet_sk(sk)->defer_connect = on;
}
#endif

#endif /* _XTCP_COMPAT_DEFER_H */
