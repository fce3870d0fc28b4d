/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fast Open, data in the SYN: RFC 7413. The server's side is in fastopen.c, the
 * client's in fastopen_client.c.
 */
#ifndef _XTCP_FASTOPEN_H
#define _XTCP_FASTOPEN_H

#include "fokeys.h"
#include "netns.h"
#include "options.h"
#include "reqsk.h"
#include "sock.h"

/* Bits of the knob fastopen, Linux's. */
#define XTCP_FO_CLIENT			0x001
#define XTCP_FO_SERVER			0x002
#define XTCP_FO_CLIENT_NO_COOKIE	0x004
#define XTCP_FO_SERVER_NO_COOKIE	0x200
#define XTCP_FO_SERVER_ALL		0x400
#define XTCP_FO_BITS			(XTCP_FO_CLIENT | XTCP_FO_SERVER | \
					 XTCP_FO_CLIENT_NO_COOKIE | \
					 XTCP_FO_SERVER_NO_COOKIE | \
					 XTCP_FO_SERVER_ALL)

/**
 * struct xtcp_forequest - a sendmsg call that opens
 * @msg: its data
 * @task: who called: the data is in its memory
 * @copied: bytes of it that went with the SYN
 */
struct xtcp_forequest {
	struct msghdr *msg;
	struct task_struct *task;
	int copied;
};

/* fastopen.c: keys */
int xtcp_fastopen_net_init(struct xtcp_net *xn);
void xtcp_fastopen_net_exit(struct xtcp_net *xn);
int xtcp_fastopen_set_keys(struct xtcp_fokeys __rcu **slot, const u8 *raw,
			   int num);
int xtcp_fastopen_get_keys(struct xtcp_fokeys __rcu **slot, u8 *raw);
void xtcp_fastopen_free_keys(struct xtcp_fokeys __rcu **slot);

/* fastopen.c: listeners and their children */
void xtcp_fastopen_listen(struct sock *sk, int backlog);
bool xtcp_fastopen_syn(struct xtcp_req *req, struct sk_buff *skb,
		       const struct xtcp_opts *opts);
void xtcp_fastopen_settle(struct sock *sk, bool reset);

/* fastopen_client.c */
bool xtcp_fastopen_defers(struct sock *sk);
struct sk_buff *xtcp_fastopen_begin(struct sock *sk,
				    struct xtcp_focookie *cookie);
bool xtcp_fastopen_synack(struct sock *sk, const struct xtcp_opts *opts,
			  bool resent);
void xtcp_fastopen_unopened(struct sock *sk);
int xtcp_fastopen_sendmsg(struct socket *sock, struct msghdr *msg, int *copied);

/* Does the SYN ask for anything of this? Most ask for nothing. */
static inline bool xtcp_fastopen_asked(const struct sk_buff *skb,
				       const struct xtcp_opts *opts)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);

	return opts->has_fo || cb->end_seq - cb->seq > 1;
}

/* A child whose SYN-ACK was not acknowledged yet, and which may talk already. */
static inline bool xtcp_fastopen_pending(const struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->fo_listener);
}

#endif /* _XTCP_FASTOPEN_H */
