// SPDX-License-Identifier: GPL-2.0
/*
 * The birth of a connection from an embryonic one: RFC 9293 section 3.10.7.4,
 * SYN-RECEIVED, on the side that listened.
 */
#include <net/inet_hashtables.h>
#include <net/transp_v6.h>

#include "family.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"
#include "wire.h"

/* What the child knows of the connection from the embryonic one. */
static void inherit(struct sock *sk, const struct xtcp_req *req)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->ent.dif = req->ent.dif;
	sk->sk_bound_dev_if = req->ent.dif;
	sk->sk_mark = req->mark;
	xp->iss = req->iss;
	xp->snd_una = req->iss;
	xp->snd_nxt = req->iss + 1;
	xp->write_seq = req->iss + 1;
	xp->pushed_seq = xp->write_seq;
	xp->snd_up = xp->write_seq;
	xp->snd_sml = xp->write_seq;
	xp->recover = req->iss;
	xp->irs = req->irs;
	xp->rcv_nxt = req->irs + 1;
	xp->rcv_wup = xp->rcv_nxt;
	xp->copied_seq = xp->rcv_nxt;
	xp->snd_wl1 = req->irs;
	xp->snd_wnd = req->snd_wnd;
	xp->max_window = req->snd_wnd;
	xp->rcv_wnd = req->rcv_wnd;
	xp->snd_wscale = req->snd_wscale;
	xp->rcv_wscale = req->rcv_wscale;
	xp->wscale_ok = req->wscale_ok;
	xp->ts_ok = req->ts_ok;
	xp->ts_recent = req->ts_recent;
	xp->ts_recent_s = (u32)ktime_get_seconds();
	xp->ts_off = req->ts_off;
	xp->old_fp = req->old_fp;
	xp->old_ts = req->ts_recent;
	xp->mss_clamp = req->mss;
	xp->advmss = req->advmss;
	xp->repeat_syn = req->resent;
	/* TCP_DEFER_ACCEPT: the client's pause is no round trip. */
	if (!req->resent && !req->acked)
		xtcp_rtt_sample(&xp->rtt, (u32)xtcp_now_us() - req->sent_us);
	xp->cong.srtt_us = xp->rtt.srtt_us >> 3;
	xtcp_output_new_path(sk);
}

static void set_addresses(struct sock *sk, const struct xtcp_req *req)
{
	const struct xtcp_tuple *t = &req->ent.t;
	struct inet_sock *inet = inet_sk(sk);

	xtcp_sk(sk)->ent.t = *t;
	xtcp_sk(sk)->ent.v6 = req->ent.v6;
	xtcp_sk(sk)->wires = xtcp_wire_bit(t->proto);
	xtcp_sk(sk)->fam = xtcp_family(req->ent.v6);
	inet->inet_sport = t->lport;
	inet->inet_dport = t->fport;
	inet->inet_num = ntohs(t->lport);
	if (sk->sk_family == AF_INET6) {
		inet6_sk(sk)->saddr = t->laddr;
		sk->sk_v6_rcv_saddr = t->laddr;
		sk->sk_v6_daddr = t->faddr;
	}
	if (req->ent.v6) {
		inet->inet_saddr = LOOPBACK4_IPV6;
		inet->inet_rcv_saddr = LOOPBACK4_IPV6;
		inet->inet_daddr = LOOPBACK4_IPV6;
		return;
	}
	inet->inet_saddr = t->laddr.s6_addr32[3];
	inet->inet_rcv_saddr = t->laddr.s6_addr32[3];
	inet->inet_daddr = t->faddr.s6_addr32[3];
}

/**
 * xtcp_child_create() - make a connection and put it in the place of @req
 * @req: the embryonic connection; its place in the accept queue is reserved
 *
 * Context: softirq.
 * Return: the child in SYN-RECEIVED, bottom-half locked, with a reference for
 * its owner, one for the table and one for the caller; NULL without memory, or
 * when another processor was quicker.
 */
struct sock *xtcp_child_create(struct xtcp_req *req)
{
	struct sock *sk = xtcp_sock_clone(req->listener);

	if (!sk)
		return NULL;
	set_addresses(sk, req);
	inherit(sk, req);
	if (sk->sk_family == AF_INET6)
		inet6_sk(sk)->mcast_oif = req->ent.dif;
	sock_hold(sk);	/* the table's */
	if (xtcp_bind_inherit(sk) &&
	    xtcp_tables_replace(&req->ent, &xtcp_sk(sk)->ent)) {
		rcu_assign_pointer(inet_sk(sk)->inet_opt, req->ip_opts);
		WRITE_ONCE(req->ip_opts, NULL);
		return sk;
	}
	/* The port is not xtcp's any more, or another processor was quicker. */
	__sock_put(sk);
	sock_orphan(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->orphans);
	xtcp_set_state(sk, TCP_CLOSE);
	xtcp_sock_destroy(sk);
	xtcp_sock_unlock_clone(sk);
	sock_put(sk);
	return NULL;
}
