/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a connection looks like from outside: one fill function behind
 * TCP_INFO (sockopt.c) and procfs (procfs.c): RFC 9293 section 3.10.6.
 */
#ifndef _XTCP_STATUS_H
#define _XTCP_STATUS_H

#include <linux/tcp.h>

#include "sock.h"

void xtcp_status_info(struct sock *sk, struct tcp_info *info);

int xtcp_procfs_net_init(struct net *net);
void xtcp_procfs_net_exit(struct net *net);

#endif /* _XTCP_STATUS_H */
