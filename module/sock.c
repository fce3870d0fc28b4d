// SPDX-License-Identifier: GPL-2.0
/*
 * Birth, state changes and death of a connection: RFC 9293 sections 3.3.1,
 * 3.3.2 and 3.10.5.
 */
#include <linux/module.h>
#include <net/protocol.h>
#include <net/inet_common.h>
#include <net/transp_v6.h>
#include <net/xfrm.h>

#include "calls.h"
#include "compat/accept.h"
#include "demux.h"
#include "family.h"
#include "fastopen.h"
#include "forecast.h"
#include "fsm.h"
#include "input.h"
#include "output.h"
#include "reqsk.h"
#include "sock.h"
#include "timers.h"

static atomic_long_t xtcp_memory_allocated;
static DEFINE_PER_CPU(int, xtcp_memory_fw_alloc);
static struct percpu_counter xtcp_sockets_allocated;
static unsigned long xtcp_memory_pressure;

static void enter_memory_pressure(struct sock *sk)
{
	if (READ_ONCE(xtcp_memory_pressure))
		return;
	WRITE_ONCE(xtcp_memory_pressure, jiffies ?: 1);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_MEMORY_PRESSURES);
}

static void leave_memory_pressure(struct sock *sk)
{
	WRITE_ONCE(xtcp_memory_pressure, 0);
}

/* TCP_NOTSENT_LOWAT: room only while little is queued and not yet sent. */
static bool stream_memory_free(const struct sock *sk, int wake)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 unsent = READ_ONCE(xp->write_seq) - READ_ONCE(xp->snd_nxt);
	u32 lowat = READ_ONCE(xp->notsent_lowat);

	return !lowat || unsent << wake < lowat;
}

/**
 * xtcp_sock_write_space() - wake writers when a third of the buffer is free
 * @sk: the socket
 *
 * The kernel's own sk_stream_write_space() is not exported.
 *
 * Context: any; takes the RCU read lock.
 */
void xtcp_sock_write_space(struct sock *sk)
{
	struct socket *sock = sk->sk_socket;
	struct socket_wq *wq;

	if (!sock || !sk_stream_is_writeable(sk))
		return;
	clear_bit(SOCK_NOSPACE, &sock->flags);
	rcu_read_lock();
	wq = rcu_dereference(sk->sk_wq);
	if (skwq_has_sleeper(wq))
		wake_up_interruptible_poll(&wq->wait, EPOLLOUT | EPOLLWRNORM |
						      EPOLLWRBAND);
	if (wq && wq->fasync_list && !(sk->sk_shutdown & SEND_SHUTDOWN))
		sock_wake_async(wq, SOCK_WAKE_SPACE, POLL_OUT);
	rcu_read_unlock();
}

/* The connection-specific part of a new socket and of one to be reused. */
static void init_connection(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	skb_queue_head_init(&xp->rtxq);
	xp->ofo = RB_ROOT;
	xp->ofo_last = NULL;
	xtcp_rtt_init(&xp->rtt, xtcp_knob(sock_net(sk), rto_min_us),
		      1000 * xtcp_knob(sock_net(sk), rto_max_ms));
	xp->mss_cache = XTCP_MSS_DEFAULT;
	xp->rcv_mss = XTCP_MSS_DEFAULT;
	xp->mss_clamp = U16_MAX;
	xp->window_clamp = xp->window_clamp ?: U16_MAX << XTCP_WSCALE_MAX;
	xp->ato = XTCP_ATO_MIN;
	xp->ca_state = XTCP_CA_OPEN;
	xp->timer_mode = XTCP_TIMER_NONE;
}

/**
 * xtcp_sock_init_common() - what a new and a cloned socket have in common
 * @sk: the socket
 *
 * Context: any.
 */
void xtcp_sock_init_common(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	INIT_HLIST_NODE(&xp->ent.node);
	xp->ent.net = sock_net(sk);
	xp->ent.kind = XTCP_ENT_SOCK;
	xp->bind = NULL;
	xp->reserved = 0;
	INIT_HLIST_NODE(&sk->sk_bind_node);
	xp->deferred = 0;
	xtcp_timers_setup(sk);
	init_connection(sk);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, 1);
}

/* The last act, an RCU grace period after the last reference went. */
static void destruct(struct sock *sk)
{
	/* A listener's queues and algorithm: a child may be copying them. */
	xtcp_cong_put(xtcp_sk(sk)->cong.ops);
	xtcp_fastopen_free_keys(&xtcp_sk(sk)->fo_keys);
	xtcp_reqsk_free(sk);
	if (sk->sk_family == AF_INET6)
		inet6_sock_destruct(sk);
	else
		inet_sock_destruct(sk);
}

/**
 * xtcp_sock_open() - proto.init: a new socket in state CLOSED
 * @sk: the socket
 *
 * Context: process.
 * Return: 0.
 */
int xtcp_sock_open(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_net *xn = xtcp_net(sock_net(sk));

	xtcp_cong_init(&xp->cong, xtcp_sysctl_cong_get(sock_net(sk)));
	xp->fam = xtcp_family(sk->sk_family == AF_INET6);
	xtcp_ends_prepare(sock_net(sk));
	xp->timewait_ms = -1;
	xp->ent.t.proto = IPPROTO_XTCP;
	xtcp_sock_init_common(sk);
	xtcp_demux_want(sock_net(sk));
	sk_sockets_allocated_inc(sk);
	sock_set_flag(sk, SOCK_USE_WRITE_QUEUE);
	/* Lookups are RCU and take no nulls marker: free late. */
	sock_set_flag(sk, SOCK_RCU_FREE);
	sk->sk_destruct = destruct;
	sk->sk_write_space = xtcp_sock_write_space;
	WRITE_ONCE(sk->sk_sndbuf, READ_ONCE(xn->knobs.wmem[1]));
	WRITE_ONCE(sk->sk_rcvbuf, READ_ONCE(xn->knobs.rmem[1]));
	return 0;
}

/**
 * xtcp_sock_clone() - a child of a listener
 * @parent: the listener; not locked
 *
 * Context: softirq.
 * Return: the child, bottom-half locked, with a reference for its owner and
 * one for the caller; NULL without memory.
 */
struct sock *xtcp_sock_clone(struct sock *parent)
{
	struct sock *sk = sk_clone_lock(parent, GFP_ATOMIC);
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!sk)
		return NULL;
	/* The listener may be closing while it is copied. */
	sock_reset_flag(sk, SOCK_DEAD);
	sk->sk_shutdown = 0;
	inet_sk(sk)->mc_list = NULL;
	RCU_INIT_POINTER(inet_sk(sk)->inet_opt, NULL);
	RCU_INIT_POINTER(sk->sk_rx_dst, NULL);
	if (sk->sk_family == AF_INET6) {
		struct ipv6_pinfo *np = &((struct xtcp6_sock *)sk)->inet6;

		inet_sk(sk)->pinet6 = np;
		np->ipv6_mc_list = NULL;
		np->ipv6_ac_list = NULL;
		xtcp_compat_clear_flowlabels(sk);
		np->pktoptions = NULL;
		np->rxpmtu = NULL;
		RCU_INIT_POINTER(np->opt, NULL);
	}
	xp->listen = NULL;
	xp->fo_qlen = 0;
	RCU_INIT_POINTER(xp->fo_keys, NULL);
	xp->fo_request = NULL;
	memset_startat(xp, 0, snd_una);
	/* The listener may be changing it: the old one may be on its way out. */
	if (!try_module_get(xp->cong.ops->owner))
		xp->cong.ops = &xtcp_cong_reno;
	xtcp_cong_init(&xp->cong, xp->cong.ops);
	xtcp_sock_init_common(sk);
	/* Not a move: the listener's state was copied with all the rest. */
	sk->sk_state = TCP_SYN_RECV;
	return sk;
}

/**
 * xtcp_set_state() - the one writer of a connection's state
 * @sk: the socket
 * @state: the new state
 *
 * Leaving for CLOSED takes the socket out of the tables, and gives up a port
 * that it did not bind itself.
 *
 * Context: socket lock held.
 */
void xtcp_set_state(struct sock *sk, int state)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int old = sk->sk_state;

	sock_owned_by_me(sk);
	if (old == state)
		return;
	WARN_ONCE(!xtcp_fsm_legal(old, state), "xtcp: %s to %s\n",
		  xtcp_fsm_name(old), xtcp_fsm_name(state));
	if (state == TCP_CLOSE) {
		if (old == TCP_LISTEN)
			xtcp_listeners_remove(sk);
		else
			xtcp_sock_unhash(sk);
		if (xp->dest)
			xtcp_forecast_ended(sk, false);
		if (xp->bind && !(sk->sk_userlocks & SOCK_BINDPORT_LOCK))
			xtcp_bind_put_port(sk);
		if (xp->fo_listener)
			xtcp_fastopen_settle(sk, false);
	}
	if (state == TCP_CLOSE)
		xtcp_ends_closed(sk, old);
	/* RFC 4022: whoever reset it, or gave up. */
	if (state == TCP_CLOSE && 1 << old & (TCPF_ESTABLISHED | TCPF_CLOSE_WAIT))
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ESTAB_RESETS);
	inet_sk_set_state(sk, state);
}

/**
 * xtcp_sock_hash() - enter the table of connections
 * @sk: a socket whose tuple is complete
 *
 * A socket that left the table must not appear in another bucket while a
 * reader may still stand on it: the reader would go on in the wrong chain.
 *
 * Context: process or softirq; a socket is rehashed in process context only.
 * Return: 0, or -EADDRNOTAVAIL when the tuple is taken.
 */
int xtcp_sock_hash(struct sock *sk)
{
	int err;

	sock_hold(sk);
	err = xtcp_tables_insert(&xtcp_sk(sk)->ent);
	if (err)
		__sock_put(sk);
	return err;
}

/**
 * xtcp_sock_unhash() - leave the table of connections; proto.unhash
 * @sk: the socket; need not be in it
 *
 * Context: any.
 */
void xtcp_sock_unhash(struct sock *sk)
{
	if (!xtcp_tables_remove(&xtcp_sk(sk)->ent))
		return;
	xtcp_sk(sk)->gp_state = get_state_synchronize_rcu();
	__sock_put(sk);
}

/**
 * xtcp_sock_purge() - give up all that a socket holds; proto.destroy
 * @sk: the socket
 *
 * Context: any; socket lock held, or the last user.
 */
void xtcp_sock_purge(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xtcp_timers_stop(sk);
	xtcp_sendq_purge(sk);
	xtcp_rcvq_purge(sk);
	if (xp->bind)
		xtcp_bind_put_port(sk);
	sk_sockets_allocated_dec(sk);
	sock_prot_inuse_add(sock_net(sk), sk->sk_prot, -1);
}

/**
 * xtcp_sock_destroy() - the end of a closed socket that no process holds
 * @sk: the socket; state CLOSED, flag SOCK_DEAD
 *
 * Context: any; socket lock held. Drops the owner's reference; the caller
 * holds another one.
 */
void xtcp_sock_destroy(struct sock *sk)
{
	WARN_ON(sk->sk_state != TCP_CLOSE);
	WARN_ON(!sock_flag(sk, SOCK_DEAD));
	xtcp_sock_purge(sk);
	sk_stream_kill_queues(sk);
	xfrm_sk_free_policy(sk);
	atomic_dec(&xtcp_net(sock_net(sk))->orphans);
	sock_put(sk);
}

/**
 * xtcp_sock_done() - the connection is over: enter CLOSED, wake all
 * @sk: the socket
 *
 * Context: any; socket lock held. The socket may be freed when the caller
 * lets go of it.
 */
void xtcp_sock_done(struct sock *sk)
{
	if (sk->sk_state == TCP_SYN_SENT || sk->sk_state == TCP_SYN_RECV)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ATTEMPT_FAILS);
	if (sk->sk_state == TCP_SYN_SENT)
		xtcp_fastopen_unopened(sk);
	xtcp_set_state(sk, TCP_CLOSE);
	xtcp_timers_stop(sk);
	WRITE_ONCE(sk->sk_shutdown, SHUTDOWN_MASK);
	if (!sock_flag(sk, SOCK_DEAD))
		sk->sk_state_change(sk);
	else
		xtcp_sock_destroy(sk);
}

/**
 * xtcp_sock_fail() - the connection ends with an error for the user
 * @sk: the socket
 * @err: errno, positive
 *
 * Context: any; socket lock held.
 */
void xtcp_sock_fail(struct sock *sk, int err)
{
	WRITE_ONCE(sk->sk_err, err);
	/* Pairs with the read barrier of xtcp_poll(). */
	smp_wmb();
	xtcp_sendq_purge(sk);
	if (!sock_flag(sk, SOCK_DEAD))
		sk_error_report(sk);
	xtcp_sock_done(sk);
}

/**
 * xtcp_sock_reset() - make a closed socket ready for another connection
 * @sk: the socket
 *
 * Context: process; socket lock held.
 */
void xtcp_sock_reset(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xtcp_timers_stop(sk);
	xtcp_sendq_purge(sk);
	__skb_queue_purge(&sk->sk_receive_queue);
	xtcp_rcvq_purge(sk);
	memset_startat(xp, 0, snd_una);
	xtcp_cong_init(&xp->cong, xp->cong.ops);
	init_connection(sk);
	sk->sk_shutdown = 0;
	sk->sk_err_soft = 0;
	sock_reset_flag(sk, SOCK_DONE);
	sk_dst_reset(sk);
	xtcp_demux_forget(sk);
}

/**
 * xtcp_sock_release_cb() - do what had to wait while the user had the socket
 * @sk: the socket
 *
 * Context: process, from release_sock(); socket lock held.
 */
void xtcp_sock_release_cb(struct sock *sk)
{
	unsigned long bits = xchg(&xtcp_sk(sk)->deferred, 0);

	if (bits)
		xtcp_timers_run_deferred(sk, bits);
}

/**
 * xtcp_sock_orphan_end() - are there too many orphans, or too little memory?
 * @sk: one of them
 *
 * Context: any.
 * Return: XTCP_END_NONE; another cause when @sk should be reset rather than
 * kept.
 */
enum xtcp_end xtcp_sock_orphan_end(struct sock *sk)
{
	struct xtcp_net *xn = xtcp_net(sock_net(sk));

	if (atomic_read(&xn->orphans) > READ_ONCE(xn->knobs.max_orphans))
		return XTCP_END_ORPHANS;
	if (sk->sk_wmem_queued > SOCK_MIN_SNDBUF &&
	    sk_memory_allocated(sk) > sk_prot_mem_limits(sk, 2))
		return XTCP_END_MEMORY;
	return XTCP_END_NONE;
}

#define XTCP_PROTO_COMMON						\
	.owner = THIS_MODULE,						\
	.close = xtcp_calls_close,					\
	.connect = xtcp_calls_connect,					\
	.disconnect = xtcp_calls_disconnect,				\
	.accept = xtcp_compat_accept,					\
	.init = xtcp_sock_open,						\
	.destroy = xtcp_sock_purge,					\
	.shutdown = xtcp_calls_shutdown,				\
	.setsockopt = xtcp_sockopt_set,					\
	.getsockopt = xtcp_sockopt_get,					\
	.keepalive = xtcp_timers_keepalive,				\
	.backlog_rcv = xtcp_rcv_backlog,				\
	.release_cb = xtcp_sock_release_cb,				\
	.hash = xtcp_sock_hash,						\
	.unhash = xtcp_sock_unhash,					\
	.get_port = xtcp_bind_get_port,					\
	.put_port = xtcp_bind_put_port,					\
	.stream_memory_free = stream_memory_free,			\
	.enter_memory_pressure = enter_memory_pressure,			\
	.leave_memory_pressure = leave_memory_pressure,			\
	.memory_allocated = &xtcp_memory_allocated,			\
	.per_cpu_fw_alloc = &xtcp_memory_fw_alloc,			\
	.sockets_allocated = &xtcp_sockets_allocated,			\
	.memory_pressure = &xtcp_memory_pressure,			\
	.sysctl_mem = xtcp_mem,						\
	.sysctl_rmem = xtcp_rmem_default,				\
	.sysctl_wmem = xtcp_wmem_default,				\
	.max_header = XTCP_MAX_HEADER,					\
	.no_autobind = true

struct proto xtcp_prot = {
	.name = "XTCP",
	XTCP_PROTO_COMMON,
	.obj_size = sizeof(struct xtcp_sock),
};

struct proto xtcp6_prot = {
	.name = "XTCPv6",
	XTCP_PROTO_COMMON,
	.obj_size = sizeof(struct xtcp6_sock),
	XTCP_COMPAT_PINFO_OFFSET(struct xtcp6_sock, inet6)
};

static_assert(sizeof(struct xtcp_skb_cb) <=
	      sizeof_field(struct sk_buff, cb));
static_assert(offsetof(struct xtcp_sock, inet) == 0);

/**
 * xtcp_sock_init() - register the protocols with the socket layer
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int __init xtcp_sock_init(void)
{
	int err;

	err = percpu_counter_init(&xtcp_sockets_allocated, 0, GFP_KERNEL);
	if (err)
		return err;
	err = proto_register(&xtcp_prot, 1);
	if (err)
		goto err_counter;
	err = proto_register(&xtcp6_prot, 1);
	if (err)
		goto err_prot;
	return 0;

err_prot:
	proto_unregister(&xtcp_prot);
err_counter:
	percpu_counter_destroy(&xtcp_sockets_allocated);
	return err;
}

/**
 * xtcp_sock_exit() - undo xtcp_sock_init()
 *
 * Context: module unload; no socket is left, RCU callbacks have run.
 */
void xtcp_sock_exit(void)
{
	proto_unregister(&xtcp6_prot);
	proto_unregister(&xtcp_prot);
	percpu_counter_destroy(&xtcp_sockets_allocated);
}
