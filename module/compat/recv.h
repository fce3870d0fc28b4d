/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading the error queue of a socket: Linux 7.1 sets the length of the
 * address in the message itself. Receive timestamps: 7.1 keeps them as ktime.
 */
#ifndef _XTCP_COMPAT_RECV_H
#define _XTCP_COMPAT_RECV_H

#include <linux/version.h>
#include <net/inet_common.h>

static inline int xtcp_compat_recv_error(struct sock *sk, struct msghdr *msg,
					 int len)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
	return inet_recv_error(sk, msg, len);
#else
	int addr_len = 0;
	int err = inet_recv_error(sk, msg, len, &addr_len);

	if (err >= 0)
		msg->msg_namelen = addr_len;
	return err;
#endif
}

static inline void xtcp_compat_set_stamp(struct scm_timestamping_internal *tss,
					 ktime_t stamp)
{
	memset(tss, 0, sizeof(*tss));
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 1, 0)
	tss->ts[0] = stamp;
#else
	tss->ts[0] = ktime_to_timespec64(stamp);
#endif
}

#endif /* _XTCP_COMPAT_RECV_H */
