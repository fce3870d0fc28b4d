/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loss detection and recovery: RFC 5681 section 3.2, RFC 6582.
 */
#ifndef _XTCP_RECOVERY_H
#define _XTCP_RECOVERY_H

#include "sock.h"

void xtcp_recovery_dupack(struct sock *sk);
void xtcp_recovery_new_ack(struct sock *sk, u32 acked, bool limited);
void xtcp_recovery_timeout(struct sock *sk);
void xtcp_recovery_retransmit_lost(struct sock *sk);

#endif /* _XTCP_RECOVERY_H */
