// SPDX-License-Identifier: GPL-2.0
/*
 * From the network layer to whom a segment is for: checks that need no
 * connection, lookup, lock or backlog: RFC 9293 sections 3.1 and 3.10.7.1.
 */
#include <linux/tcp.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/xfrm.h>
#include <linux/filter.h>

#include "audit.h"
#include "demux.h"
#include "family.h"
#include "input.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"
#include "timewait.h"

#define PASSES	4	/* see to_backlog() */

/**
 * struct arrival - a segment on its way in
 * @net: the namespace
 * @t: our end first; the ports may not be known yet
 * @v6: it came over IPv6
 * @dif: interface it came by
 * @sdif: the interface enslaved to it, or 0
 */
struct arrival {
	struct net *net;
	const struct xtcp_tuple *t;
	bool v6;
	int dif;
	int sdif;
};

static bool checksum_ok(struct sk_buff *skb, const struct arrival *a)
{
	if (a->v6 ? skb_checksum_init(skb, a->t->proto, ip6_compute_pseudo) :
		    skb_checksum_init(skb, a->t->proto, inet_compute_pseudo))
		return false;
	return !skb_checksum_complete(skb);
}

static enum xtcp_drop check_header(struct sk_buff *skb,
				   const struct arrival *a)
{
	int len;

	if (!pskb_may_pull(skb, sizeof(struct tcphdr)))
		return XTCP_DROP_HDR_SHORT;
	len = ((const struct tcphdr *)skb->data)->doff * 4;
	if (len < (int)sizeof(struct tcphdr) || !pskb_may_pull(skb, len))
		return XTCP_DROP_DOFF_BAD;
	if (!checksum_ok(skb, a))
		return XTCP_DROP_CSUM;
	return XTCP_DROP_NONE;
}

static u32 end_of(const struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);

	return ntohl(th->seq) + th->syn + th->fin + skb->len - th->doff * 4;
}

static void fill_cb(struct sk_buff *skb)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	cb->seq = ntohl(th->seq);
	cb->end_seq = end_of(skb);
	cb->ack = ntohl(th->ack_seq);
	cb->wnd = ntohs(th->window);
	cb->urg_ptr = ntohs(th->urg_ptr);
	cb->flags = ((const u8 *)th)[13];
	cb->sent_us = 0;
	cb->retrans = 0;
	cb->lost = 0;
}

/* Combinations that no state of RFC 9293 sends or takes. */
static bool flags_ok(u8 flags)
{
	if (flags & XTCP_SYN)
		return !(flags & (XTCP_FIN | XTCP_RST));
	return flags & (XTCP_ACK | XTCP_RST | XTCP_FIN);
}

static void discard(struct sk_buff *skb, struct net *net, enum xtcp_drop why)
{
	xtcp_mib_drop(net, why);
	kfree_skb(skb);
}

static bool policy_ok(struct sock *sk, struct sk_buff *skb, bool v6)
{
	return v6 ? xfrm6_policy_check(sk, XFRM_POLICY_IN, skb) :
		    xfrm4_policy_check(sk, XFRM_POLICY_IN, skb);
}

static bool ttl_ok(const struct sock *sk, const struct sk_buff *skb, bool v6)
{
	if (!v6)
		return ip_hdr(skb)->ttl >= READ_ONCE(inet_sk(sk)->min_ttl);
	return sk->sk_family != AF_INET6 ||
	       ipv6_hdr(skb)->hop_limit >=
	       READ_ONCE(inet6_sk(sk)->min_hopcount);
}

/* What a socket may refuse before it looks at the segment. */
static enum xtcp_drop check_socket(struct sock *sk, struct sk_buff *skb,
				   bool v6)
{
	if (!ttl_ok(sk, skb, v6))
		return XTCP_DROP_TTL;
	if (!policy_ok(sk, skb, v6))
		return XTCP_DROP_POLICY;
	/* What is queued must not hold on to the firewall's connection. */
	nf_reset_ct(skb);
	if (sk_filter_trim_cap(sk, skb, tcp_hdrlen(skb)))
		return XTCP_DROP_FILTER;
	return XTCP_DROP_NONE;
}

/* A full window in the receive queue, another one here, and ACKs. */
static u64 backlog_limit(const struct sock *sk)
{
	return 2ULL * READ_ONCE(sk->sk_rcvbuf) + READ_ONCE(sk->sk_sndbuf);
}

/*
 * Leave @skb to the user who has the socket; false: there is too much already.
 *
 * The kernel's sum counts what was worked off, too, until all of it is, and on a
 * busy machine more comes meanwhile. So what was may come once more, but no more
 * than PASSES times, as else a flood would keep that user for ever.
 */
static bool to_backlog(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u64 limit = backlog_limit(sk);

	/* Nobody is at it. */
	if (!sk->sk_backlog.len)
		WRITE_ONCE(xp->backlog_done, 0);
	limit += min_t(u64, READ_ONCE(xp->backlog_done), PASSES * limit);
	return !sk_add_backlog(sk, skb, min_t(u64, limit, INT_MAX));
}

static void to_socket(struct sock *sk, struct sk_buff *skb, bool v6)
{
	struct net *net = sock_net(sk);
	unsigned int len = skb->len;
	enum xtcp_drop why = check_socket(sk, skb, v6);

	if (why) {
		discard(skb, net, why);
		return;
	}
	/* A filter may have cut the end off. */
	if (skb->len != len)
		fill_cb(skb);
	skb->dev = NULL;
	bh_lock_sock_nested(sk);
	if (v6)
		xtcp_demux_remember(sk, skb);
	if (!sock_owned_by_user(sk))
		xtcp_input(sk, skb);
	else if (!to_backlog(sk, skb))
		discard(skb, net, XTCP_DROP_BACKLOG);
	bh_unlock_sock(sk);
}

/**
 * xtcp_rcv_backlog() - proto.backlog_rcv: a segment that met an owned socket
 * @sk: the socket
 * @skb: the segment, taken
 *
 * Context: release_sock(); socket lock held.
 * Return: 0.
 */
int xtcp_rcv_backlog(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	WRITE_ONCE(xp->backlog_done, xp->backlog_done + skb->truesize);
	xtcp_input(sk, skb);
	return 0;
}

/* RFC 9293 section 3.10.7.2: LISTEN. */
static void to_listener(struct sock *sk, struct sk_buff *skb,
			const struct arrival *a)
{
	u8 flags = XTCP_CB(skb)->flags;
	enum xtcp_drop why = check_socket(sk, skb, a->v6);

	/* A filter may have cut the end off. */
	if (rcu_access_pointer(sk->sk_filter))
		XTCP_CB(skb)->end_seq = end_of(skb);
	if (!why && !flags_ok(flags))
		why = XTCP_DROP_FLAGS_BAD;
	if (!why && !xtcp_family(a->v6)->for_us(skb))
		why = XTCP_DROP_MULTICAST;
	if (!why && flags & XTCP_RST)
		why = XTCP_DROP_RST_BAD;
	if (!why && (flags & (XTCP_ACK | XTCP_SYN)) == XTCP_ACK &&
	    xtcp_reqsk_cookie(sk, skb, a->t, a->v6))
		return;
	if (!why && flags & XTCP_ACK) {
		xtcp_ledger_inc(sk, XTCP_LEDGER_RSTS_SENT);
		xtcp_reply_reset(a->net, skb, a->t, a->v6);
		why = XTCP_DROP_NO_SOCKET;
	}
	if (!why && !(flags & XTCP_SYN))
		why = XTCP_DROP_NO_ACK;
	if (why)
		discard(skb, a->net, why);
	else
		xtcp_reqsk_syn(sk, skb, a->t, a->v6);
}

/* RFC 9293 section 3.10.7.1, CLOSED. */
static void refuse(struct sk_buff *skb, const struct arrival *a,
		   enum xtcp_drop why)
{
	if (policy_ok(NULL, skb, a->v6) && xtcp_family(a->v6)->for_us(skb))
		xtcp_reply_reset(a->net, skb, a->t, a->v6);
	discard(skb, a->net, why);
}

/*
 * Late segments open nothing. An old SYN gets no answer, as TIME-WAIT would
 * have given it none that opens; others get the RST that they would get anyway.
 */
static bool is_late(struct sk_buff *skb, const struct arrival *a)
{
	if (!xtcp_audit_nobody(a->net, a->t, skb))
		return false;
	if (XTCP_CB(skb)->flags & XTCP_SYN)
		discard(skb, a->net, XTCP_DROP_LATE);
	else
		refuse(skb, a, XTCP_DROP_LATE);
	return true;
}

/* No connection has this 4-tuple: a listener, or none. */
static void to_nobody(struct sk_buff *skb, const struct arrival *a)
{
	struct sock *sk;

	if (is_late(skb, a))
		return;
	sk = xtcp_listeners_lookup(a->net, skb, 0, a->t, a->v6, a->dif,
				   a->sdif);
	if (!sk) {
		refuse(skb, a, XTCP_DROP_NO_SOCKET);
		return;
	}
	to_listener(sk, skb, a);
	sock_put(sk);
}

/* What the listener refuses, its child does not take either. */
static void to_embryo(struct xtcp_req *req, struct sk_buff *skb,
		      const struct arrival *a)
{
	enum xtcp_drop why = check_socket(req->listener, skb, a->v6);

	if (why) {
		discard(skb, a->net, why);
		return;
	}
	fill_cb(skb);
	xtcp_reqsk_segment(req, skb);
}

/*
 * A waiting entry gives way to a SYN only if somebody listens for it: nobody
 * shall end a wait without a connection to show for it.
 */
static void to_waiting(struct xtcp_tw *tw, struct sk_buff *skb,
		       const struct arrival *a)
{
	struct sock *sk = NULL;

	if (!policy_ok(NULL, skb, a->v6)) {
		discard(skb, a->net, XTCP_DROP_POLICY);
		return;
	}
	if (XTCP_CB(skb)->flags & XTCP_SYN)
		sk = xtcp_listeners_lookup(a->net, skb, 0, a->t, a->v6, a->dif,
					   a->sdif);
	if (xtcp_timewait_segment(tw, skb, sk))
		to_listener(sk, skb, a);
	if (sk)
		sock_put(sk);
}

/* Give the segment to the entry that was found. */
static void to_entry(struct xtcp_ent *ent, struct sk_buff *skb,
		     const struct arrival *a)
{
	if (!flags_ok(XTCP_CB(skb)->flags)) {
		discard(skb, a->net, XTCP_DROP_FLAGS_BAD);
		return;
	}
	switch (ent->kind) {
	case XTCP_ENT_SOCK:
		to_socket(xtcp_ent_sk(ent), skb, a->v6);
		break;
	case XTCP_ENT_REQ:
		to_embryo(container_of(ent, struct xtcp_req, ent), skb, a);
		break;
	case XTCP_ENT_TW:
		to_waiting(container_of(ent, struct xtcp_tw, ent), skb, a);
		break;
	}
}

static struct arrival arrival_of(struct sk_buff *skb,
				 const struct xtcp_tuple *t, bool v6)
{
	return (struct arrival) {
		.net = dev_net(skb->dev),
		.t = t,
		.v6 = v6,
		.dif = v6 ? inet6_iif(skb) : inet_iif(skb),
		.sdif = v6 ? inet6_sdif(skb) : inet_sdif(skb),
	};
}

/* Look at the header; false when the segment was discarded. */
static bool take_in(struct sk_buff *skb, const struct arrival *a)
{
	enum xtcp_drop why;

	xtcp_mib_inc(a->net, XTCP_MIB_IN_SEGS);
	why = check_header(skb, a);
	if (why) {
		discard(skb, a->net, why);
		return false;
	}
	fill_cb(skb);
	return true;
}

/* The entry that has this 4-tuple, maybe known since before the routing. */
static struct xtcp_ent *find_entry(struct sk_buff *skb, const struct arrival *a)
{
	struct sock *sk = skb->sk ? xtcp_demux_take(skb, a->t) : NULL;

	return sk ? &xtcp_sk(sk)->ent :
		    xtcp_tables_lookup(a->net, a->t, a->dif, a->sdif);
}

/**
 * xtcp_rcv() - a segment arrives
 * @skb: the segment, taken; data at the header
 * @t: addresses filled in, ours first; the ports are added here
 * @v6: it came over IPv6
 *
 * Context: softirq, RCU read lock.
 * Return: 0.
 */
int xtcp_rcv(struct sk_buff *skb, struct xtcp_tuple *t, bool v6)
{
	struct arrival a = arrival_of(skb, t, v6);
	struct xtcp_ent *ent;

	if (skb->pkt_type != PACKET_HOST) {
		discard(skb, a.net, XTCP_DROP_MULTICAST);
		return 0;
	}
	if (!take_in(skb, &a))
		return 0;
	t->lport = tcp_hdr(skb)->dest;
	t->fport = tcp_hdr(skb)->source;
	ent = find_entry(skb, &a);
	if (!ent) {
		to_nobody(skb, &a);
		return 0;
	}
	to_entry(ent, skb, &a);
	xtcp_ent_put(ent);
	return 0;
}

/**
 * xtcp_rcv_claim() - is a segment on the wire of TCP for one of ours?
 * @skb: the segment; nothing of it is taken for good yet but its ports
 * @offset: of its TCP header, bytes from where its data begins
 * @t: our end first
 * @v6: it came over IPv6
 * @claim: whom for, to be given to xtcp_rcv_unclaim() later
 *
 * Context: softirq, RCU read lock.
 * Return: false when it is not; @claim is then not set.
 */
bool xtcp_rcv_claim(struct sk_buff *skb, int offset, const struct xtcp_tuple *t,
		    bool v6, struct xtcp_claim *claim)
{
	struct arrival a = arrival_of(skb, t, v6);

	claim->listener = NULL;
	claim->ent = find_entry(skb, &a);
	if (!claim->ent)
		claim->listener = xtcp_listeners_lookup(a.net, skb, offset, t,
							v6, a.dif, a.sdif);
	return claim->ent || claim->listener;
}

/**
 * xtcp_rcv_claimed() - a segment on the wire of TCP arrives
 * @skb: the segment, taken; data at the header
 * @t: our end first
 * @v6: it came over IPv6
 * @claim: whom it is for
 *
 * Context: softirq, RCU read lock.
 */
void xtcp_rcv_claimed(struct sk_buff *skb, const struct xtcp_tuple *t, bool v6,
		      const struct xtcp_claim *claim)
{
	struct arrival a = arrival_of(skb, t, v6);

	if (!take_in(skb, &a))
		return;
	if (claim->ent)
		to_entry(claim->ent, skb, &a);
	else if (!is_late(skb, &a))
		to_listener(claim->listener, skb, &a);
}

/**
 * xtcp_rcv_unclaim() - drop the references of a claim
 * @claim: from xtcp_rcv_claim()
 *
 * Context: any.
 */
void xtcp_rcv_unclaim(const struct xtcp_claim *claim)
{
	if (claim->ent)
		xtcp_ent_put(claim->ent);
	else
		sock_put(claim->listener);
}
