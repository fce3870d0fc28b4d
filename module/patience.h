/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long a peer that does not answer is waited for.
 */
#ifndef _XTCP_PATIENCE_H
#define _XTCP_PATIENCE_H

#include "sock.h"

u32 xtcp_patience_capped(const struct xtcp_sock *xp, u32 us);
bool xtcp_patience_data(struct sock *sk);
bool xtcp_patience_window(struct sock *sk);
bool xtcp_patience_silence(struct sock *sk);

#endif /* _XTCP_PATIENCE_H */
