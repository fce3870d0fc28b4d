// SPDX-License-Identifier: GPL-2.0
/*
 * The close ledger (F-65): one cause for each connection that ends, counted,
 * and kept with its addresses in a ring: RFC 9293 sections 3.6 and 3.10.
 *
 * A connection begins, for this purpose, when it is counted as opened, and has
 * ended when nothing can come of it any more: when its socket enters CLOSED. A
 * socket that leaves a small object behind in FIN-WAIT-2 hands its end on to
 * that; TIME-WAIT follows an end, it is not a part of the connection.
 *
 * Who decides on an end says why, by xtcp_ends_because(), and the first to say
 * so is believed; xtcp_set_state() then has it recorded.
 */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ends.h"
#include "netns.h"
#include "reqsk.h"
#include "sock.h"
#include "timewait.h"

/* A ticket is a record's number cut to the bits that struct xtcp_tw has. */
#define TICKET_MASK	((1U << XTCP_TW_TICKET_BITS) - 1)

static_assert(XTCP_ENDS_MAX <= TICKET_MASK);

static struct xtcp_ends *ends_of(const struct net *net)
{
	return &xtcp_net(net)->ends;
}

/* Where number @nr is in a ring of @size. */
static struct xtcp_ends_rec *place(struct xtcp_ends_rec *ring, u32 size, u64 nr)
{
	u32 at;

	div_u64_rem(nr, size, &at);
	return &ring[at];
}

static void count(const struct net *net, enum xtcp_end cause)
{
	xtcp_mib_inc(net, XTCP_MIB_END + cause);
}

/* Enter @rec; its number, or 0 where none are kept. */
static u64 push(struct net *net, const struct xtcp_ends_rec *rec)
{
	struct xtcp_ends *e = ends_of(net);
	u64 nr = 0;

	if (!READ_ONCE(e->ring))
		return 0;
	spin_lock_bh(&e->lock);
	if (e->ring) {
		nr = e->head++;
		*place(e->ring, e->size, nr) = *rec;
	}
	spin_unlock_bh(&e->lock);
	return nr;
}

/* The record with this ticket, if it still waits for its end: take it out. */
static bool take(struct net *net, u32 ticket, const struct xtcp_tuple *t,
		 struct xtcp_ends_rec *rec)
{
	struct xtcp_ends *e = ends_of(net);
	struct xtcp_ends_rec *r;
	bool found = false;
	u64 nr;

	if (!ticket)
		return false;
	spin_lock_bh(&e->lock);
	/* The latest number that the ticket may stand for. */
	nr = e->head - 1 - ((u32)(e->head - 1 - ticket) & TICKET_MASK);
	if (e->ring && nr && e->head - nr <= e->size) {
		r = place(e->ring, e->size, nr);
		found = r->cause == XTCP_END_NONE && r->lport == t->lport &&
			r->fport == t->fport &&
			ipv6_addr_equal(&r->faddr, &t->faddr) &&
			ipv6_addr_equal(&r->laddr, &t->laddr);
		if (found) {
			*rec = *r;
			/* A place without ports is an empty one. */
			r->lport = 0;
		}
	}
	spin_unlock_bh(&e->lock);
	return found;
}

static void fill_tuple(struct xtcp_ends_rec *rec, const struct xtcp_ent *ent,
		       bool family6)
{
	rec->laddr = ent->t.laddr;
	rec->faddr = ent->t.faddr;
	rec->lport = ent->t.lport;
	rec->fport = ent->t.fport;
	rec->proto = ent->t.proto;
	rec->v6 = ent->v6;
	rec->family6 = family6;
}

/* Payload that was acknowledged: SYN and FIN have numbers, too. */
static u64 payload_sent(const struct xtcp_sock *xp, int state)
{
	bool fin = (1 << state) & (TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |
				   TCPF_CLOSING | TCPF_LAST_ACK) &&
		   xp->snd_una == xp->write_seq;

	return xp->bytes_acked - !!xp->bytes_acked - fin;
}

static void fill(struct xtcp_ends_rec *rec, const struct sock *sk, int state)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	fill_tuple(rec, &xp->ent, sk->sk_family == AF_INET6);
	rec->state = state;
	rec->when_ns = ktime_get_real_ns();
	rec->lasted_ns = ktime_get_ns() - xp->opened_ns;
	rec->sent = payload_sent(xp, state);
	/* SOCK_DONE: the last number was the FIN's. */
	rec->received = xp->bytes_received - sock_flag(sk, SOCK_DONE);
}

/**
 * xtcp_ends_opened() - a connection was counted as opened: it will have an end
 * @sk: the socket
 *
 * Should be called wherever ActiveOpens or PassiveOpens is counted.
 *
 * Context: socket lock held.
 */
void xtcp_ends_opened(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->opened = 1;
	xp->end = XTCP_END_NONE;
	xp->opened_ns = ktime_get_ns();
}

/**
 * xtcp_ends_because() - the connection is about to end, and this is why
 * @sk: the socket
 * @cause: enum xtcp_end; nothing changes if there is one already
 *
 * Context: socket lock held.
 */
void xtcp_ends_because(struct sock *sk, enum xtcp_end cause)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->end == XTCP_END_NONE)
		xp->end = cause;
}

/**
 * xtcp_ends_reset() - the connection is about to end, as the peer sent RST
 * @sk: the socket, in the state that the RST met
 *
 * Context: socket lock held.
 */
void xtcp_ends_reset(struct sock *sk)
{
	static const u8 causes[] = {
		[TCP_SYN_SENT] = XTCP_END_REFUSED,
		[TCP_SYN_RECV] = XTCP_END_RST_SYN_RECV,
		[TCP_ESTABLISHED] = XTCP_END_RST_ESTABLISHED,
		[TCP_FIN_WAIT1] = XTCP_END_RST_FIN_WAIT1,
		[TCP_FIN_WAIT2] = XTCP_END_RST_FIN_WAIT2,
		[TCP_CLOSE_WAIT] = XTCP_END_RST_CLOSE_WAIT,
		[TCP_CLOSING] = XTCP_END_RST_CLOSING,
		[TCP_LAST_ACK] = XTCP_END_RST_LAST_ACK,
	};

	if (sk->sk_state < ARRAY_SIZE(causes) && causes[sk->sk_state])
		xtcp_ends_because(sk, causes[sk->sk_state]);
}

/**
 * xtcp_ends_closed() - the socket enters CLOSED: record the end, once
 * @sk: the socket
 * @state: the state that it leaves
 *
 * Context: socket lock held.
 */
void xtcp_ends_closed(struct sock *sk, int state)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_ends_rec rec = {};

	if (!xp->opened)
		return;
	xp->opened = 0;
	rec.cause = xp->end ?: XTCP_END_OTHER;
	count(sock_net(sk), rec.cause);
	if (!READ_ONCE(ends_of(sock_net(sk))->ring))
		return;
	fill(&rec, sk, state);
	push(sock_net(sk), &rec);
}

/**
 * xtcp_ends_wait() - a small object in FIN-WAIT-2 takes over, its end too
 * @sk: the socket; it will record none any more
 *
 * What the small object has no room for waits in the ring. If that goes round
 * before the end comes, duration and bytes are not known then.
 *
 * Context: socket lock held.
 * Return: a ticket for xtcp_ends_waited(), of XTCP_TW_TICKET_BITS.
 */
u32 xtcp_ends_wait(struct sock *sk)
{
	struct xtcp_ends_rec rec = {};

	xtcp_sk(sk)->opened = 0;
	fill(&rec, sk, TCP_FIN_WAIT2);
	return push(sock_net(sk), &rec) & TICKET_MASK;
}

/**
 * xtcp_ends_waited() - the end of a connection in FIN-WAIT-2 without a socket
 * @tw: the small object; the caller took it out of FIN-WAIT-2
 * @ticket: from xtcp_ends_wait()
 * @cause: enum xtcp_end
 *
 * Context: any.
 */
void xtcp_ends_waited(const struct xtcp_tw *tw, u32 ticket, enum xtcp_end cause)
{
	struct xtcp_ends_rec rec = {};
	struct net *net = tw->ent.net;
	u64 now = ktime_get_real_ns();

	if (cause == XTCP_END_NETNS) {
		/* Its own ledger goes, too: nobody would see it there. */
		count(&init_net, cause);
		return;
	}
	count(net, cause);
	if (!READ_ONCE(ends_of(net)->ring))
		return;
	if (take(net, ticket, &tw->ent.t, &rec)) {
		/* Unless somebody set the clock. */
		if (now > rec.when_ns)
			rec.lasted_ns += now - rec.when_ns;
	} else {
		fill_tuple(&rec, &tw->ent, tw->ent.family6);
		rec.lasted_ns = U64_MAX;
		rec.sent = U64_MAX;
		rec.received = U64_MAX;
	}
	rec.state = TCP_FIN_WAIT2;
	rec.when_ns = now;
	rec.cause = cause;
	push(net, &rec);
}

/**
 * xtcp_ends_embryo() - the end of an embryonic connection
 * @req: it; the caller took it out of the table
 * @cause: enum xtcp_end, XTCP_END_REQ_*
 *
 * Only counted: forged SYNs would drive everything else out of the ring. What
 * a cookie brought back for its third segment was none before, and is none.
 *
 * Context: any.
 */
void xtcp_ends_embryo(const struct xtcp_req *req, enum xtcp_end cause)
{
	if (!req->cookie)
		count(req->ent.net, cause);
}

/**
 * xtcp_ends_read() - copy the next record out of the ring
 * @net: the namespace
 * @next: number of the first record wanted, 0 for the oldest; set to the one to
 *	go on with
 * @rec: where to
 *
 * Records that are overwritten meanwhile are missed, none comes twice.
 *
 * Context: any.
 * Return: false at the end.
 */
bool xtcp_ends_read(struct net *net, u64 *next, struct xtcp_ends_rec *rec)
{
	struct xtcp_ends *e = ends_of(net);
	bool found = false, more = true;
	u64 nr;

	while (more && !found) {
		spin_lock_bh(&e->lock);
		nr = max(*next, 1ULL);
		if (e->head > e->size)
			nr = max(nr, e->head - e->size);
		more = e->ring && nr < e->head;
		if (more) {
			*rec = *place(e->ring, e->size, nr);
			found = rec->cause != XTCP_END_NONE;
			*next = nr + 1;
		}
		spin_unlock_bh(&e->lock);
	}
	return found;
}
EXPORT_SYMBOL_GPL(xtcp_ends_read);

/* Put @ring in the place of the old one, with the newest records of that. */
static void *replace(struct xtcp_ends *e, struct xtcp_ends_rec *ring, u32 size)
{
	struct xtcp_ends_rec *old;
	u64 nr;

	spin_lock_bh(&e->lock);
	old = e->ring;
	nr = e->head - min_t(u64, e->head - 1, min(size, e->size));
	for (; ring && nr < e->head; nr++)
		*place(ring, size, nr) = *place(old, e->size, nr);
	WRITE_ONCE(e->ring, ring);
	e->size = size;
	spin_unlock_bh(&e->lock);
	return old;
}

/**
 * xtcp_ends_resize() - let a namespace keep that many records
 * @net: the namespace
 * @size: their number, at most XTCP_ENDS_MAX; 0 for none
 *
 * Context: process; sleeps.
 * Return: 0; -ENOMEM, when nothing has changed.
 */
int xtcp_ends_resize(struct net *net, u32 size)
{
	struct xtcp_ends_rec *ring = NULL;

	if (size) {
		ring = kvcalloc(size, sizeof(*ring), GFP_KERNEL_ACCOUNT);
		if (!ring)
			return -ENOMEM;
	}
	kvfree(replace(ends_of(net), ring, size));
	return 0;
}

/**
 * xtcp_ends_prepare() - a namespace has a socket: let it have a ring
 * @net: the namespace
 *
 * Not before, as most namespaces never have one. Without memory there is none,
 * and the next socket tries again.
 *
 * Context: process; sleeps.
 */
void xtcp_ends_prepare(struct net *net)
{
	struct xtcp_ends *e = ends_of(net);
	u32 size = xtcp_knob(net, recent_ends);
	struct xtcp_ends_rec *ring;
	bool first;

	if (READ_ONCE(e->ring) || !size)
		return;
	ring = kvcalloc(size, sizeof(*ring), GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!ring)
		return;
	spin_lock_bh(&e->lock);
	first = !e->ring;
	if (first) {
		e->size = size;
		WRITE_ONCE(e->ring, ring);
	}
	spin_unlock_bh(&e->lock);
	if (!first)
		kvfree(ring);
}

/**
 * xtcp_ends_net_init() - the empty ledger of a new namespace
 * @net: the namespace
 *
 * Context: process.
 */
void xtcp_ends_net_init(struct net *net)
{
	spin_lock_init(&ends_of(net)->lock);
	ends_of(net)->head = 1;
}

/**
 * xtcp_ends_net_exit() - free a namespace's ledger
 * @net: the namespace; nothing of it ends any more
 *
 * Context: process.
 */
void xtcp_ends_net_exit(struct net *net)
{
	kvfree(ends_of(net)->ring);
}
