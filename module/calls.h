/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The user's side: OPEN, CLOSE, ABORT (calls.c), options (sockopt.c), events
 * (poll.c): RFC 9293 section 3.10.
 */
#ifndef _XTCP_CALLS_H
#define _XTCP_CALLS_H

#include "sock.h"

/* calls.c */
int xtcp_calls_connect(struct sock *sk, struct xtcp_compat_sockaddr *addr,
		       int len);
int xtcp_calls_listen(struct socket *sock, int backlog);
struct sock *xtcp_calls_accept(struct sock *sk, int flags, int *err);
void xtcp_calls_shutdown(struct sock *sk, int how);
void xtcp_calls_close(struct sock *sk, long timeout);
void xtcp_calls_orphan_fin_wait2(struct sock *sk);
int xtcp_calls_kill(struct sock *sk);
int xtcp_calls_disconnect(struct sock *sk, int flags);
int xtcp_calls_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg);

/* sockopt.c */
int xtcp_sockopt_set(struct sock *sk, int level, int name, sockptr_t val,
		     unsigned int len);
int xtcp_sockopt_get(struct sock *sk, int level, int name, char __user *val,
		     int __user *len);
int xtcp_sockopt_set_rcvlowat(struct sock *sk, int val);

/* poll.c */
__poll_t xtcp_poll(struct file *file, struct socket *sock, poll_table *wait);

extern const struct proto_ops xtcp_ipv4_ops;
extern const struct proto_ops xtcp_ipv6_ops;

#endif /* _XTCP_CALLS_H */
