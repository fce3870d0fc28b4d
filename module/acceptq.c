// SPDX-License-Identifier: GPL-2.0
/*
 * The accept queue of a listener: connections that nobody has accepted yet:
 * RFC 9293 section 3.10.7.4 (SYN-RECEIVED), F-21.
 */
#include "output.h"
#include "reqsk.h"
#include "sock.h"

/**
 * xtcp_acceptq_reserve() - take a place, for a connection about to be born
 * @l: the queues
 *
 * Context: softirq.
 * Return: 0; XTCP_DROP_LISTEN_FULL when there is none; XTCP_DROP_NO_SOCKET
 * when the listener has closed.
 */
enum xtcp_drop xtcp_acceptq_reserve(struct xtcp_listen *l)
{
	enum xtcp_drop why = XTCP_DROP_NONE;

	spin_lock_bh(&l->lock);
	if (!l->open)
		why = XTCP_DROP_NO_SOCKET;
	else if (l->accept_len > l->backlog)
		why = XTCP_DROP_LISTEN_FULL;
	else
		WRITE_ONCE(l->accept_len, l->accept_len + 1);
	WRITE_ONCE(l->accept_peak, max(l->accept_peak, l->accept_len));
	spin_unlock_bh(&l->lock);
	return why;
}

/**
 * xtcp_acceptq_release() - give a place back: it was not born
 * @l: the queues
 *
 * Context: softirq.
 */
void xtcp_acceptq_release(struct xtcp_listen *l)
{
	spin_lock_bh(&l->lock);
	WRITE_ONCE(l->accept_len, l->accept_len - 1);
	spin_unlock_bh(&l->lock);
}

/* No one will accept it: the peer is told, and it is gone. */
static void child_abandon(struct sock *listener, struct sock *sk)
{
	xtcp_ledger_inc(listener, XTCP_LEDGER_ABANDONED);
	sock_orphan(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->orphans);
	if (sk->sk_state == TCP_CLOSE) {
		xtcp_sock_destroy(sk);
		return;
	}
	xtcp_output_reset(sk, GFP_ATOMIC);
	xtcp_ledger_inc(listener, XTCP_LEDGER_RSTS_SENT);
	xtcp_ends_because(sk, XTCP_END_UNACCEPTED);
	xtcp_sock_done(sk);
}

/**
 * xtcp_acceptq_add() - take the place that was reserved
 * @listener: when its queues are shut, the connection is reset
 * @child: the connection, bottom-half locked; the owner's reference is ours
 *
 * Context: softirq.
 */
void xtcp_acceptq_add(struct sock *listener, struct sock *child)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(listener);
	bool open;

	xtcp_sk(child)->queued_us = xtcp_now_us();
	spin_lock_bh(&l->lock);
	open = l->open;
	if (open)
		list_add_tail(&xtcp_sk(child)->accept_node, &l->accept);
	else
		WRITE_ONCE(l->accept_len, l->accept_len - 1);
	spin_unlock_bh(&l->lock);
	if (!open)
		child_abandon(listener, child);
}

static struct sock *first_child(struct xtcp_listen *l)
{
	struct xtcp_sock *xp;

	spin_lock_bh(&l->lock);
	xp = list_first_entry_or_null(&l->accept, struct xtcp_sock,
				      accept_node);
	if (xp) {
		list_del(&xp->accept_node);
		WRITE_ONCE(l->accept_len, l->accept_len - 1);
	}
	spin_unlock_bh(&l->lock);
	return (struct sock *)xp;
}

/**
 * xtcp_acceptq_purge() - reset all that nobody will accept
 * @listener: its queues are shut
 *
 * Context: process.
 */
void xtcp_acceptq_purge(struct sock *listener)
{
	struct sock *child;

	while ((child = first_child(xtcp_sk(listener)->listen))) {
		sock_hold(child);
		local_bh_disable();
		bh_lock_sock_nested(child);
		child_abandon(listener, child);
		bh_unlock_sock(child);
		local_bh_enable();
		sock_put(child);
		cond_resched();
	}
}

/**
 * xtcp_acceptq_take() - take the first connection to accept
 * @sk: the listener
 *
 * Context: process; socket lock held.
 * Return: the child, with its owner's reference, not locked; or NULL.
 */
struct sock *xtcp_acceptq_take(struct sock *sk)
{
	struct sock *child = first_child(xtcp_sk(sk)->listen);

	if (child)
		xtcp_ledger_accepted(sk, child);
	return child;
}

/**
 * xtcp_acceptq_pending() - is there a connection to accept?
 * @sk: the listener; not locked
 *
 * Context: any.
 * Return: true when there is.
 */
bool xtcp_acceptq_pending(const struct sock *sk)
{
	struct xtcp_listen *l = READ_ONCE(xtcp_sk(sk)->listen);

	return l && !list_empty_careful(&l->accept);
}
