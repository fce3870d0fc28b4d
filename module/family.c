// SPDX-License-Identifier: GPL-2.0
/*
 * ICMP messages about a connection, the part that both families share:
 * RFC 9293 section 3.9.2.2, RFC 5461, RFC 5927, RFC 1191.
 */
#include "family.h"
#include "fastopen.h"
#include "input.h"
#include "offload.h"
#include "output.h"
#include "recovery.h"
#include "reqsk.h"
#include "sock.h"
#include "timers.h"

/**
 * xtcp_family_mtu_reduced() - act on a path MTU learnt from ICMP
 * @sk: the socket; the MTU is in mtu_info
 *
 * What was sent in larger segments is lost for sure, and not by congestion:
 * it goes again at once.
 *
 * Context: softirq or release_sock(); socket lock held.
 */
void xtcp_family_mtu_reduced(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct dst_entry *dst;
	struct sk_buff *skb;

	if ((1 << sk->sk_state) & (TCPF_LISTEN | TCPF_CLOSE))
		return;
	dst = xp->fam->rebuild(sk);
	if (IS_ERR(dst))
		return;
	dst->ops->update_pmtu(dst, sk, NULL, xp->mtu_info, true);
	dst = xp->fam->rebuild(sk);
	if (IS_ERR(dst) || dst_mtu(dst) >= xp->pmtu)
		return;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_PMTU_REDUCED);
	xtcp_output_sync_mss(sk, dst_mtu(dst));
	skb_queue_walk(&xp->rtxq, skb) {
		/* A SYN with data was one segment, and was too large. */
		if ((xtcp_offload_seglen(skb) <= xp->mss_cache &&
		     !(xp->syn_data && sk->sk_state == TCP_SYN_SENT)) ||
		    XTCP_CB(skb)->lost)
			continue;
		XTCP_CB(skb)->lost = 1;
		xp->lost_out += XTCP_CB(skb)->segs;
	}
	xtcp_recovery_retransmit_lost(sk);
}

static void icmp_mtu(struct sock *sk, u32 mtu)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->mtu_info = mtu;
	if (!sock_owned_by_user(sk)) {
		xtcp_family_mtu_reduced(sk);
		return;
	}
	set_bit(XTCP_DEFER_MTU, &xp->deferred);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ICMP_LOCKED);
}

static bool wants_errors(const struct sock *sk)
{
	return sk->sk_family == AF_INET6 ? xtcp_compat_recverr6(sk) :
					   xtcp_compat_recverr(sk);
}

/*
 * RFC 5461: a handshake gives up on a hard error, an established connection
 * only remembers it, for the case that it times out.
 */
static void icmp_error(struct sock *sk, const struct xtcp_icmp *msg)
{
	bool opening = (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);

	/* Fast Open: what was accepted counts as established. */
	if (xtcp_fastopen_pending(sk) && sk->sk_socket)
		opening = false;
	if (sock_owned_by_user(sk)) {
		WRITE_ONCE(sk->sk_err_soft, msg->err);
		return;
	}
	if (opening && msg->kind == XTCP_ICMP_HARD) {
		xtcp_ends_because(sk, XTCP_END_ICMP);
		xtcp_sock_fail(sk, msg->err);
		return;
	}
	WRITE_ONCE(sk->sk_err_soft, msg->err);
	if (wants_errors(sk) && !opening) {
		WRITE_ONCE(sk->sk_err, msg->err);
		sk_error_report(sk);
	}
}

static void icmp_socket(struct sock *sk, const struct xtcp_icmp *msg)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct dst_entry *dst;

	/* RFC 5927 section 4.1: only for what is in flight. */
	if (msg->seq - xp->snd_una >= xp->snd_nxt - xp->snd_una) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ICMP_OUT_OF_WINDOW);
		return;
	}
	switch (msg->kind) {
	case XTCP_ICMP_MTU:
		icmp_mtu(sk, msg->mtu);
		break;
	case XTCP_ICMP_REDIRECT:
		dst = sock_owned_by_user(sk) ? NULL : __sk_dst_check(sk, 0);
		if (dst)
			dst->ops->redirect(dst, sk, msg->skb);
		break;
	default:
		icmp_error(sk, msg);
	}
}

/**
 * xtcp_family_icmp() - give an ICMP message to the connection it is about
 * @net: the namespace
 * @msg: what it says
 * @dif: interface it came by
 * @sdif: the interface enslaved to it, or 0
 *
 * Context: softirq.
 * Return: 0, or -ENOENT when there is no such connection.
 */
int xtcp_family_icmp(struct net *net, struct xtcp_icmp *msg, int dif, int sdif)
{
	struct xtcp_ent *ent;
	struct sock *sk;

	rcu_read_lock();
	ent = xtcp_tables_lookup(net, &msg->t, dif, sdif);
	rcu_read_unlock();
	if (!ent)
		return -ENOENT;
	if (ent->kind == XTCP_ENT_REQ && msg->kind == XTCP_ICMP_HARD)
		xtcp_reqsk_icmp(container_of(ent, struct xtcp_req, ent),
				msg->seq);
	if (ent->kind == XTCP_ENT_SOCK) {
		sk = xtcp_ent_sk(ent);
		bh_lock_sock(sk);
		if (sk->sk_state != TCP_CLOSE)
			icmp_socket(sk, msg);
		bh_unlock_sock(sk);
	}
	xtcp_ent_put(ent);
	return 0;
}
