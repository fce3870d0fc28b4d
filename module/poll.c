// SPDX-License-Identifier: GPL-2.0
/*
 * Events of a socket for poll, select and epoll: which calls of RFC 9293
 * section 3.10 would not wait.
 */
#include <linux/net.h>
#include <linux/poll.h>
#include <net/sock.h>

#include "calls.h"
#include "compat/defer.h"
#include "fastopen.h"
#include "input.h"
#include "reqsk.h"
#include "sock.h"

/* SO_RCVLOWAT bytes, and the urgent byte that a read would step over. */
static __poll_t poll_in(const struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	int target = sock_rcvlowat(sk, 0, INT_MAX);
	u16 urg_data = READ_ONCE(xp->urg_data);
	__poll_t mask = 0;

	if (unlikely(urg_data) && !sock_flag(sk, SOCK_URGINLINE) &&
	    READ_ONCE(xp->urg_seq) == READ_ONCE(xp->copied_seq))
		target++;
	if (xtcp_recv_ready(sk, target))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (urg_data & XTCP_URG_VALID)
		mask |= EPOLLPRI;
	return mask;
}

/* A write that would fail at once does not wait either. */
static __poll_t poll_out(struct sock *sk, u8 shutdown)
{
	const __poll_t writeable = EPOLLOUT | EPOLLWRNORM;

	if (shutdown & SEND_SHUTDOWN || __sk_stream_is_writeable(sk, 1))
		return writeable;

	/* Ask for a wakeup when there is room. */
	sk_set_bit(SOCKWQ_ASYNC_NOSPACE, sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	/*
	 * Room made before the bits were seen wakes nobody: look again. Pairs
	 * with the barrier between freeing acknowledged segments and testing
	 * SOCK_NOSPACE.
	 */
	smp_mb__after_atomic();
	return __sk_stream_is_writeable(sk, 1) ? writeable : 0;
}

static __poll_t poll_shutdown(u8 shutdown, int state)
{
	__poll_t mask = 0;

	if (shutdown == SHUTDOWN_MASK || state == TCP_CLOSE)
		mask |= EPOLLHUP;
	if (shutdown & RCV_SHUTDOWN)
		mask |= EPOLLIN | EPOLLRDNORM | EPOLLRDHUP;
	return mask;
}

/**
 * xtcp_poll() - proto_ops.poll
 * @file: the socket's file
 * @sock: the socket
 * @wait: where to wait for a change, or NULL
 *
 * A listener is readable when there is a connection to accept. Until it is
 * connected, a socket is neither readable nor writeable, unless Fast Open lets
 * it be: to send is then what connects, or the peer has shown a cookie.
 *
 * Context: process; takes no lock: every change wakes the waiters, who ask
 * again.
 * Return: EPOLL* that hold now.
 */
__poll_t xtcp_poll(struct file *file, struct socket *sock, poll_table *wait)
{
	struct sock *sk = sock->sk;
	u8 shutdown;
	__poll_t mask;
	int state;

	sock_poll_wait(file, sock, wait);

	state = inet_sk_state_load(sk);
	if (state == TCP_LISTEN)
		return xtcp_acceptq_pending(sk) ? EPOLLIN | EPOLLRDNORM : 0;

	shutdown = READ_ONCE(sk->sk_shutdown);
	mask = poll_shutdown(shutdown, state);
	if (state != TCP_SYN_SENT &&
	    (state != TCP_SYN_RECV || xtcp_fastopen_pending(sk)))
		mask |= poll_in(sk) | poll_out(sk, shutdown);
	else if (state == TCP_SYN_SENT && xtcp_compat_defer_connect(sk))
		mask |= EPOLLOUT | EPOLLWRNORM;

	/* Pairs with the write barrier of xtcp_sock_fail(). */
	smp_rmb();
	if (READ_ONCE(sk->sk_err) ||
	    !skb_queue_empty_lockless(&sk->sk_error_queue))
		mask |= EPOLLERR;
	return mask;
}
