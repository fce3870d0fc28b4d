// SPDX-License-Identifier: GPL-2.0
/*
 * How long a peer that does not answer is waited for, and the end of it: RFC
 * 9293 sections 3.8.3, 3.8.4 and 3.8.6.1, RFC 5482.
 *
 *	xtcp_patience_data()	 SYN, data or FIN is not acknowledged
 *	xtcp_patience_window()	 the window stays closed
 *	xtcp_patience_silence()	 keepalive probes have no answer
 *
 * The timers of timers.c ask here each time before they try once more.
 */
#include "output.h"
#include "patience.h"
#include "timers.h"

/* How long retransmission has gone on, ms. */
static u32 retrans_ms(const struct xtcp_sock *xp)
{
	if (!xp->retrans_stamp_us)
		return 0;
	return (u32)div_u64(xtcp_now_us() - xp->retrans_stamp_us,
			    USEC_PER_MSEC);
}

/**
 * xtcp_patience_capped() - a wait that TCP_USER_TIMEOUT may end before
 * @xp: the connection
 * @us: how long it would be, µs
 *
 * Context: socket lock held.
 * Return: µs, at most @us.
 */
u32 xtcp_patience_capped(const struct xtcp_sock *xp, u32 us)
{
	u32 gone = retrans_ms(xp);

	if (!xp->user_timeout)
		return us;
	if (xp->user_timeout <= gone)
		return USEC_PER_MSEC;
	return min_t(u64, us, (u64)(xp->user_timeout - gone) * USEC_PER_MSEC);
}

/*
 * The time that @n backed-off retransmissions take when the RTO starts at its
 * least: so counts of retries mean the same time on every path, as in Linux.
 */
static u32 patience_ms(struct sock *sk, int n)
{
	const struct xtcp_rtt *rtt = &xtcp_sk(sk)->rtt;
	u32 us = max(rtt->rto_min_us, 1U);
	u64 sum = 0;
	int i;

	for (i = 0; i <= n && i < 256; i++) {
		sum += us;
		us = min_t(u64, (u64)us * 2, rtt->rto_max_us);
	}
	return (u32)min_t(u64, div_u64(sum, USEC_PER_MSEC), U32_MAX);
}

static void timed_out(struct sock *sk, enum xtcp_end cause)
{
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_TIMEOUT);
	xtcp_ends_because(sk, cause);
	xtcp_sock_fail(sk, READ_ONCE(sk->sk_err_soft) ?: ETIMEDOUT);
}

/* TCP_USER_TIMEOUT, from the first retransmission or probe on. */
static bool user_expired(const struct xtcp_sock *xp)
{
	return xp->user_timeout && retrans_ms(xp) >= xp->user_timeout;
}

static enum xtcp_end syn_expired(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	enum xtcp_end cause = XTCP_END_TIME_SYN;
	int limit = xp->syn_retries ?: xtcp_knob(sock_net(sk), syn_retries);

	if (sk->sk_state == TCP_SYN_RECV) {
		limit = xtcp_knob(sock_net(sk), synack_retries);
		cause = XTCP_END_TIME_SYNACK;
	}
	/* Fast Open: once more than for who has nobody waiting yet, as Linux. */
	if (xp->fo_listener)
		limit = xp->syn_retries ?: limit + 1;
	if (xp->retransmits >= limit)
		return cause;
	return user_expired(xp) ? XTCP_END_TIME_USER : XTCP_END_NONE;
}

/*
 * What an orphan may try. As in Linux, not told how often, it has about as long
 * as 8 retransmissions take; but nothing is left to one that has come to wait
 * as long as can be, or when an ICMP message has said that something is wrong.
 */
static int orphan_retries(struct sock *sk, bool slowest)
{
	int n = xtcp_knob(sock_net(sk), orphan_retries);

	if (slowest && READ_ONCE(sk->sk_err_soft))
		return 0;
	return n || slowest ? n : 8;
}

static bool at_slowest(const struct xtcp_sock *xp)
{
	return xtcp_rtt_backed_off(&xp->rtt, xp->backoff) >=
	       xp->rtt.rto_max_us;
}

static enum xtcp_end data_expired(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_knobs *knobs = &xtcp_net(sock_net(sk))->knobs;
	enum xtcp_end cause = XTCP_END_TIME_DATA;
	int retries = READ_ONCE(knobs->retries2);

	/* RFC 9293 MUST-20, R1: doubt the route before giving up. */
	if (xp->retransmits == READ_ONCE(knobs->retries1))
		sk_dst_reset(sk);
	/* RFC 9293 MUST-37: a peer that answers may keep its window closed. */
	if (!xp->snd_wnd && !sock_flag(sk, SOCK_DEAD) && !xp->user_timeout &&
	    xtcp_timers_idle(sk) < 2 * usecs_to_jiffies(xp->rtt.rto_max_us))
		return XTCP_END_NONE;
	if (xp->user_timeout)
		return user_expired(xp) ? XTCP_END_TIME_USER : XTCP_END_NONE;
	if (sock_flag(sk, SOCK_DEAD)) {
		retries = orphan_retries(sk, at_slowest(xp));
		cause = XTCP_END_TIME_ORPHAN;
	}
	if (xp->retransmits && retrans_ms(xp) >= patience_ms(sk, retries))
		return cause;
	return XTCP_END_NONE;
}

/* An orphan that costs too much is reset. */
static bool orphan_reset(struct sock *sk)
{
	enum xtcp_end cause = XTCP_END_NONE;

	if (sock_flag(sk, SOCK_DEAD))
		cause = xtcp_sock_orphan_end(sk);
	if (!cause)
		return false;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_ON_MEMORY);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ORPHANS_KILLED);
	xtcp_output_reset(sk, GFP_ATOMIC);
	xtcp_ends_because(sk, cause);
	xtcp_sock_fail(sk, ETIMEDOUT);
	return true;
}

/**
 * xtcp_patience_data() - what was sent is not acknowledged: end the connection?
 * @sk: the socket
 *
 * RFC 9293 section 3.8.3, R2; for a SYN, MUST-23; orphans, TCP_USER_TIMEOUT.
 *
 * Context: softirq, or process from release_sock(); socket lock held.
 * Return: true when it is over.
 */
bool xtcp_patience_data(struct sock *sk)
{
	bool opening = (1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV);
	enum xtcp_end cause;

	if (orphan_reset(sk))
		return true;
	cause = opening ? syn_expired(sk) : data_expired(sk);
	if (!cause)
		return false;
	timed_out(sk, cause);
	return true;
}

static enum xtcp_end window_expired(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int limit = xtcp_knob(sock_net(sk), retries2);
	bool slowest = at_slowest(xp);

	if (user_expired(xp))
		return XTCP_END_TIME_USER;
	if (!sock_flag(sk, SOCK_DEAD))
		return xp->probes_out >= limit ? XTCP_END_TIME_WINDOW :
						 XTCP_END_NONE;
	limit = orphan_retries(sk, slowest);
	if (xp->probes_out >= limit || (slowest && xp->backoff >= limit))
		return XTCP_END_TIME_ORPHAN;
	return XTCP_END_NONE;
}

/**
 * xtcp_patience_window() - a window stays closed: end the connection?
 * @sk: the socket; probed since struct xtcp_sock.retrans_stamp_us
 *
 * RFC 9293 MUST-36: a peer that answers probes may keep it closed for ever.
 *
 * Context: softirq, or process from release_sock(); socket lock held.
 * Return: true when it is over.
 */
bool xtcp_patience_window(struct sock *sk)
{
	enum xtcp_end cause = window_expired(sk);

	if (!cause)
		return orphan_reset(sk);
	timed_out(sk, cause);
	return true;
}

static enum xtcp_end keepalive_expired(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->user_timeout)
		return xp->probes_out >= xtcp_timers_keepalive_probes(sk) ?
		       XTCP_END_TIME_KEEPALIVE : XTCP_END_NONE;
	return xp->probes_out &&
	       xtcp_timers_idle(sk) >= msecs_to_jiffies(xp->user_timeout) ?
	       XTCP_END_TIME_USER : XTCP_END_NONE;
}

/**
 * xtcp_patience_silence() - the peer is silent: reset the connection?
 * @sk: the socket
 *
 * RFC 9293 section 3.8.4; with TCP_USER_TIMEOUT the time counts instead of the
 * probes.
 *
 * Context: softirq, or process from release_sock(); socket lock held.
 * Return: true when it is over.
 */
bool xtcp_patience_silence(struct sock *sk)
{
	enum xtcp_end cause = keepalive_expired(sk);

	if (!cause)
		return false;
	xtcp_output_reset(sk, GFP_ATOMIC);
	timed_out(sk, cause);
	return true;
}
