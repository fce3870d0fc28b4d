/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How much of the send queue may go now: cwnd, the peer's window, Nagle.
 */
#ifndef _XTCP_QUOTA_H
#define _XTCP_QUOTA_H

#include "sock.h"

int xtcp_quota(struct sock *sk, const struct sk_buff *skb, u32 mss, int nonagle);
void xtcp_quota_restart(struct sock *sk);

#endif /* _XTCP_QUOTA_H */
