// SPDX-License-Identifier: GPL-2.0
/*
 * The user's calls OPEN, CLOSE and ABORT: RFC 9293 sections 3.10.1, 3.10.4 and
 * 3.10.5, as connect, listen, accept, shutdown, close and disconnect. SEND is
 * in sendq.c, RECEIVE in recv.c, STATUS in status.c.
 */
#include <linux/export.h>
#include <linux/sockios.h>
#include <asm/ioctls.h>
#include <net/inet_common.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "calls.h"
#include "compat/defer.h"
#include "demux.h"
#include "family.h"
#include "fastopen.h"
#include "fsm.h"
#include "input.h"
#include "metrics.h"
#include "output.h"
#include "reqsk.h"
#include "timers.h"
#include "timewait.h"
#include "wire.h"

/* Begin the sequence space of a connection; RFC 9293 section 3.4.1. */
static void init_seq(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 isn = xtcp_tables_isn(sock_net(sk), &xp->ent.t, &xp->ts_off);

	/* From a waiting entry that gave way, it is set already. */
	xp->iss = xp->iss ?: xtcp_knob(sock_net(sk), debug_iss) ?: isn;
	xp->old_fp = xtcp_audit_isn(sock_net(sk), &xp->ent.t, &xp->iss);
	xp->snd_una = xp->iss;
	xp->snd_nxt = xp->iss;
	xp->write_seq = xp->iss;
	xp->pushed_seq = xp->iss;
	xp->snd_up = xp->iss;
	xp->snd_sml = xp->iss;
	xp->recover = xp->iss;
	xtcp_output_new_path(sk);
}

/* Sizes and windows that the SYN will tell. */
static void init_sizes(struct sock *sk, struct dst_entry *dst)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_window w;

	xp->advmss = min_t(u32, dst_metric_advmss(dst), U16_MAX);
	if (xp->user_mss)
		xp->advmss = min(xp->advmss, xp->user_mss);
	xp->mss_clamp = xp->fam->mss_default;
	xtcp_metrics_apply(sk, dst);
	xtcp_output_first_window(sk, dst, xp->advmss, &w);
	xp->rcv_wnd = w.wnd;
	xp->rcv_wscale = w.wscale;
	xtcp_output_sync_mss(sk, dst_mtu(dst));
}

/* From CLOSED to SYN-SENT; the addresses stand. */
static int open_actively(struct sock *sk)
{
	struct dst_entry *dst;
	int err;

	xtcp_set_state(sk, TCP_SYN_SENT);
	err = xtcp_bind_connect(sk);
	if (err)
		return err;
	inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
	rcu_read_lock();
	dst = xtcp_sk(sk)->fam->rebuild(sk);
	if (!IS_ERR(dst))
		init_sizes(sk, dst);
	rcu_read_unlock();
	if (IS_ERR(dst))
		return PTR_ERR(dst);
	init_seq(sk);
	return xtcp_fastopen_defers(sk) ? 0 : xtcp_output_syn(sk);
}

/**
 * xtcp_calls_connect() - proto.connect: OPEN, active
 * @sk: the socket; state CLOSED
 * @addr: the peer
 * @len: bytes of @addr
 *
 * Context: process; socket lock held.
 * Return: 0 when the SYN is on its way, or waits for data; -EINVAL, -EAFNOSUPPORT for a bad
 * address; -ENETUNREACH, -EHOSTUNREACH and others from routing;
 * -EADDRNOTAVAIL when no port is left; -ENOBUFS.
 */
int xtcp_calls_connect(struct sock *sk, struct xtcp_compat_sockaddr *addr,
		       int len)
{
	const struct xtcp_family *fam = xtcp_family(sk->sk_family == AF_INET6);
	struct xtcp_sock *xp = xtcp_sk(sk);
	int err;

	memset_startat(xp, 0, snd_una);
	xp->ato = XTCP_ATO_MIN;
	xp->fam = fam;
	xp->ent.dif = 0;
	xp->ent.t.proto = xtcp_wire_connect(sk);
	xtcp_demux_forget(sk);
	WRITE_ONCE(sk->sk_err, 0);
	sock_reset_flag(sk, SOCK_DONE);
	err = fam->connect(sk, (struct sockaddr *)addr, len);
	if (err)
		goto fail;
	xp->ent.dif = sk->sk_bound_dev_if;
	err = open_actively(sk);
	if (!err)
		return 0;
fail:
	xtcp_sendq_purge(sk);
	xtcp_set_state(sk, TCP_CLOSE);
	xtcp_timers_stop(sk);
	sk_dst_reset(sk);
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
	inet_sk(sk)->inet_dport = 0;
	sk->sk_route_caps = 0;
	return err;
}

/**
 * xtcp_calls_listen() - proto_ops.listen: OPEN, passive
 * @sock: the socket
 * @backlog: bound of the accept queue
 *
 * Context: process.
 * Return: 0; -EINVAL in any state but CLOSED and LISTEN; -EADDRINUSE when
 * another listens there; -ENOMEM.
 */
int xtcp_calls_listen(struct socket *sock, int backlog)
{
	struct sock *sk = sock->sk;
	int err = -EINVAL;

	lock_sock(sk);
	if (sock->state != SS_UNCONNECTED || sock->type != SOCK_STREAM ||
	    !((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN)))
		goto out;
	WRITE_ONCE(sk->sk_max_ack_backlog, backlog);
	err = xtcp_reqsk_listen(sk, backlog);
	if (err || sk->sk_state == TCP_LISTEN)
		goto out;
	/* The state first: it makes others conflict with us, and us see it. */
	xtcp_set_state(sk, TCP_LISTEN);
	err = xtcp_bind_get_port(sk, inet_sk(sk)->inet_num);
	if (err) {
		xtcp_set_state(sk, TCP_CLOSE);
		xtcp_reqsk_close(sk);
		goto out;
	}
	inet_sk(sk)->inet_sport = htons(inet_sk(sk)->inet_num);
	sk_dst_reset(sk);
	cond_synchronize_rcu(xtcp_sk(sk)->gp_state);
	xtcp_ledger_begin(sk);
	xtcp_fastopen_listen(sk, backlog);
	err = xtcp_listeners_add(sk);
	if (err) {
		xtcp_set_state(sk, TCP_CLOSE);
		xtcp_reqsk_close(sk);
	}
out:
	release_sock(sk);
	return err;
}

/* Sleep until a connection can be accepted, a signal, or the end of @timeo. */
static int wait_for_connection(struct sock *sk, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	int err = 0;

	add_wait_queue_exclusive(sk_sleep(sk), &wait);
	while (!xtcp_acceptq_pending(sk)) {
		if (sk->sk_state != TCP_LISTEN)
			err = -EINVAL;
		else if (signal_pending(current))
			err = sock_intr_errno(timeo);
		else if (!timeo)
			err = -EAGAIN;
		if (err)
			break;
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
	return err;
}

/**
 * xtcp_calls_accept() - proto.accept
 * @sk: the listener
 * @flags: O_NONBLOCK counts
 * @err: set on failure: -EINVAL for no listener, -EAGAIN, -EINTR,
 *	-ERESTARTSYS
 *
 * Context: process; may sleep.
 * Return: the connection, or NULL.
 */
struct sock *xtcp_calls_accept(struct sock *sk, int flags, int *err)
{
	struct sock *child = NULL;

	lock_sock(sk);
	*err = -EINVAL;
	if (sk->sk_state != TCP_LISTEN)
		goto out;
	*err = 0;
	if (!xtcp_acceptq_pending(sk)) {
		long timeo = sock_rcvtimeo(sk, flags & O_NONBLOCK);

		*err = timeo ? wait_for_connection(sk, timeo) : -EAGAIN;
	}
	if (!*err)
		child = xtcp_acceptq_take(sk);
out:
	release_sock(sk);
	return child;
}

/* Move as CLOSE does (RFC 9293 section 3.10.4): is a FIN to be sent? */
static bool close_state(struct sock *sk)
{
	struct xtcp_fsm_close c = xtcp_fsm_on_close(sk->sk_state);

	if (sk->sk_state == TCP_SYN_SENT)
		xtcp_ends_because(sk, XTCP_END_ABANDONED);
	xtcp_set_state(sk, c.next);
	return c.fin;
}

/**
 * xtcp_calls_shutdown() - proto.shutdown: CLOSE, the sending side only
 * @sk: the socket
 * @how: RCV_SHUTDOWN, SEND_SHUTDOWN or both
 *
 * Context: process; socket lock held.
 */
void xtcp_calls_shutdown(struct sock *sk, int how)
{
	if (!(how & SEND_SHUTDOWN))
		return;
	if (!((1 << sk->sk_state) & (TCPF_ESTABLISHED | TCPF_SYN_SENT |
				     TCPF_CLOSE_WAIT | TCPF_SYN_RECV)))
		return;
	if (close_state(sk))
		xtcp_output_fin(sk);
}

/* SO_LINGER with a time: wait until all is acknowledged, the FIN too. */
static void wait_for_close(struct sock *sk, long timeo)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);

	if (!timeo)
		return;
	add_wait_queue(sk_sleep(sk), &wait);
	while ((1 << sk->sk_state) & (TCPF_FIN_WAIT1 | TCPF_CLOSING |
				      TCPF_LAST_ACK)) {
		if (!timeo || signal_pending(current))
			break;
		release_sock(sk);
		timeo = wait_woken(&wait, TASK_INTERRUPTIBLE, timeo);
		lock_sock(sk);
	}
	remove_wait_queue(sk_sleep(sk), &wait);
}

/* Throw away what was not read: were there any bytes? */
static bool flush_receive_queue(struct sock *sk)
{
	struct sk_buff *skb;
	bool unread = false;

	while ((skb = __skb_dequeue(&sk->sk_receive_queue))) {
		struct xtcp_skb_cb *cb = XTCP_CB(skb);
		u32 end = cb->end_seq - !!(cb->flags & XTCP_FIN);

		if (xtcp_after(end, xtcp_sk(sk)->copied_seq))
			unread = true;
		__kfree_skb(skb);
	}
	sk_mem_reclaim(sk);
	return unread;
}

/* RFC 2525 section 2.17: the peer shall know that data was lost. */
static void abort_unread(struct sock *sk)
{
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_CLOSE);
	xtcp_output_reset(sk, sk->sk_allocation);
	xtcp_ends_because(sk, XTCP_END_UNREAD);
	xtcp_set_state(sk, TCP_CLOSE);
}

/* SO_LINGER with no time: the end is an abort. */
static void linger_abort(struct sock *sk)
{
	if (sk->sk_state != TCP_SYN_SENT) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_LINGER);
		xtcp_ends_because(sk, XTCP_END_LINGER);
	}
	xtcp_calls_disconnect(sk, 0);
}

/* Start the end of a connection that its user has closed. */
static void close_connection(struct sock *sk, long timeout)
{
	bool unread = flush_receive_queue(sk);

	if (sk->sk_state == TCP_CLOSE)
		return;
	if (unread)
		abort_unread(sk);
	else if (sock_flag(sk, SOCK_LINGER) && !sk->sk_lingertime)
		linger_abort(sk);
	else if (close_state(sk))
		xtcp_output_fin(sk);
	wait_for_close(sk, timeout);
}

/**
 * xtcp_calls_orphan_fin_wait2() - FIN-WAIT-2, and no process holds the socket
 * @sk: the socket; may be closed afterwards
 *
 * As a rule a small object waits for the FIN instead; the socket itself waits
 * where an option gave it a time of its own.
 *
 * Context: socket lock held.
 */
void xtcp_calls_orphan_fin_wait2(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->linger2 < 0) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_LINGER);
		xtcp_output_reset(sk, GFP_ATOMIC);
		xtcp_ends_because(sk, XTCP_END_LINGER2);
		xtcp_sock_done(sk);
	} else if (xp->linger2) {
		xtcp_timers_orphaned(sk, xp->linger2);
	} else if (xp->timewait_ms >= 0) {
		xtcp_timers_orphaned(sk, xtcp_knob(sock_net(sk), fin_timeout) *
					 HZ);
	} else {
		xtcp_timewait_start(sk, TCP_FIN_WAIT2);
	}
}

/* What becomes of the socket now that no process holds it. */
static void adopt(struct sock *sk)
{
	enum xtcp_end cause;

	if (sk->sk_state == TCP_FIN_WAIT2) {
		xtcp_calls_orphan_fin_wait2(sk);
		return;
	}
	cause = sk->sk_state == TCP_CLOSE ? XTCP_END_NONE :
					    xtcp_sock_orphan_end(sk);
	if (cause) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_MEMORY);
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ORPHANS_KILLED);
		xtcp_output_reset(sk, GFP_ATOMIC);
		xtcp_ends_because(sk, cause);
		xtcp_set_state(sk, TCP_CLOSE);
	}
	if (sk->sk_state == TCP_CLOSE)
		xtcp_sock_destroy(sk);
}

/**
 * xtcp_calls_close() - proto.close: CLOSE, and the process lets go
 * @sk: the socket
 * @timeout: how long to linger, jiffies
 *
 * Context: process; may sleep.
 */
void xtcp_calls_close(struct sock *sk, long timeout)
{
	int state;

	lock_sock(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (sk->sk_state == TCP_LISTEN) {
		xtcp_set_state(sk, TCP_CLOSE);
		xtcp_reqsk_close(sk);
	} else {
		close_connection(sk, timeout);
	}
	state = sk->sk_state;
	sock_hold(sk);
	atomic_inc(&xtcp_net(sock_net(sk))->orphans);
	sock_orphan(sk);
	/* The last time that a user owns it: the backlog may end it here. */
	release_sock(sk);

	local_bh_disable();
	bh_lock_sock(sk);
	WARN_ON(sock_owned_by_user(sk));
	if (state == TCP_CLOSE || sk->sk_state != TCP_CLOSE)
		adopt(sk);
	bh_unlock_sock(sk);
	local_bh_enable();
	sock_put(sk);
}

/* ABORT tells the peer from these states (RFC 9293 section 3.10.5). */
static bool abort_needs_reset(int state)
{
	return (1 << state) & (TCPF_SYN_RECV | TCPF_ESTABLISHED |
			       TCPF_FIN_WAIT1 | TCPF_FIN_WAIT2 |
			       TCPF_CLOSE_WAIT);
}

/**
 * xtcp_calls_disconnect() - proto.disconnect: ABORT, and start anew
 * @sk: the socket
 * @flags: unused
 *
 * Context: process; socket lock held.
 * Return: 0.
 */
int xtcp_calls_disconnect(struct sock *sk, int flags)
{
	struct inet_sock *inet = inet_sk(sk);
	int old = sk->sk_state;

	xtcp_ends_because(sk, old == TCP_SYN_SENT ? XTCP_END_ABANDONED :
						    XTCP_END_ABORT);
	if (abort_needs_reset(old)) {
		xtcp_output_reset(sk, GFP_ATOMIC);
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	} else if (old == TCP_SYN_SENT) {
		WRITE_ONCE(sk->sk_err, ECONNRESET);
	}
	if (old != TCP_CLOSE)
		xtcp_set_state(sk, TCP_CLOSE);
	if (old == TCP_LISTEN)
		xtcp_reqsk_close(sk);
	xtcp_compat_set_defer_connect(sk, false);
	xtcp_sock_reset(sk);
	inet->inet_dport = 0;
	if (!(sk->sk_userlocks & SOCK_BINDADDR_LOCK))
		inet_reset_saddr(sk);
	sk_error_report(sk);
	return 0;
}

/**
 * xtcp_calls_kill() - the administrator ends a connection: ABORT
 * @sk: the socket; the caller has a reference
 *
 * Its process finds ECONNABORTED.
 *
 * Context: process; may sleep.
 * Return: 0; -ENOENT when it has ended already.
 */
int xtcp_calls_kill(struct sock *sk)
{
	int err = -ENOENT;

	lock_sock(sk);
	if (sk->sk_state != TCP_CLOSE) {
		if (abort_needs_reset(sk->sk_state))
			xtcp_output_reset(sk, GFP_KERNEL);
		xtcp_ends_because(sk, XTCP_END_KILLED);
		local_bh_disable();
		xtcp_sock_fail(sk, ECONNABORTED);
		local_bh_enable();
		err = 0;
	}
	release_sock(sk);
	return err;
}
EXPORT_SYMBOL_GPL(xtcp_calls_kill);

/* SIOCINQ, SIOCOUTQ and kin; false for another's. */
static bool queue_ioctl(struct sock *sk, unsigned int cmd, int *answer)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool open = !((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV));

	switch (cmd) {
	case SIOCINQ:
		*answer = open ? xtcp_recv_inq(sk) : 0;
		return true;
	case SIOCATMARK:
		*answer = xp->urg_data && xp->urg_seq == xp->copied_seq;
		return true;
	case SIOCOUTQ:
		*answer = open ? xp->write_seq - xp->snd_una : 0;
		return true;
	case SIOCOUTQNSD:
		*answer = open ? xp->write_seq - xp->snd_nxt : 0;
		return true;
	default:
		return false;
	}
}

/**
 * xtcp_calls_ioctl() - proto_ops.ioctl
 * @sock: the socket
 * @cmd: SIOCINQ, SIOCATMARK, SIOCOUTQ, SIOCOUTQNSD, or one of the network
 *	layer's
 * @arg: where the answer goes, user memory
 *
 * Context: process; may sleep.
 * Return: 0; -EINVAL for a queue of a listener; -EFAULT; the network layer's.
 */
int xtcp_calls_ioctl(struct socket *sock, unsigned int cmd, unsigned long arg)
{
	struct sock *sk = sock->sk;
	int answer, known;

	lock_sock(sk);
	known = queue_ioctl(sk, cmd, &answer);
	if (known && cmd != SIOCATMARK && sk->sk_state == TCP_LISTEN)
		known = -EINVAL;
	release_sock(sk);
	if (known < 0)
		return known;
	if (known)
		return put_user(answer, (int __user *)arg);
	return sk->sk_family == AF_INET6 ? inet6_ioctl(sock, cmd, arg) :
					   inet_ioctl(sock, cmd, arg);
}
