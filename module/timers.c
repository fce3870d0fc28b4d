// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a connection: RFC 9293 sections 3.8.1, 3.8.3, 3.8.4, 3.8.6.1,
 * 3.10.8; RFC 6298.
 *
 *	rto_timer	RETRANS: something in rtxq was not acknowledged in time
 *			PROBE: nothing is in flight, data waits, and the window
 *			does not let it go: ask the peer
 *	delack_timer	an ACK was put off and is due
 *	sk_timer	keepalive; in orphaned FIN-WAIT-2 with TCP_LINGER2, the
 *			end of patience
 *
 * Callers report events; only this file knows what they arm. The first two
 * timers are lazy, as they are put off with almost each segment: a later
 * deadline is only noted, and so is that there is none any more. What runs
 * before its deadline is armed anew.
 *
 * An armed timer holds a reference to the socket. A handler that finds the socket owned by a
 * user leaves a bit in struct xtcp_sock.deferred, and release_sock() runs it.
 * The entries of timewait.c and reqsk.c have timers of their own.
 */
#include "family.h"
#include "input.h"
#include "output.h"
#include "recovery.h"
#include "timers.h"
#include "timewait.h"

/* As Linux: how soon to try again what local congestion kept back, jiffies. */
#define PROBE_RETRY	(HZ / 2)

static u32 rto_us(const struct xtcp_sock *xp)
{
	return xtcp_rtt_backed_off(&xp->rtt, xp->backoff);
}

static unsigned long us_to_delay(u32 us)
{
	return max(xtcp_us_to_jiffies(us), 1UL);
}

/* Let a lazy timer run at @when or before that. */
static void run_by(struct sock *sk, struct timer_list *t, unsigned long when)
{
	if (!timer_pending(t) || time_after(t->expires, when))
		sk_reset_timer(sk, t, when);
}

static void arm_rto(struct sock *sk, u8 mode, u32 us)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->timer_mode = mode;
	WRITE_ONCE(xp->rto_when, jiffies + us_to_delay(us));
	run_by(sk, &xp->rto_timer, xp->rto_when);
}

static void stop_rto(struct sock *sk)
{
	xtcp_sk(sk)->timer_mode = XTCP_TIMER_NONE;
}

/* How long retransmission has gone on, ms. */
static u32 retrans_ms(const struct xtcp_sock *xp)
{
	if (!xp->retrans_stamp_us)
		return 0;
	return (u32)div_u64(xtcp_now_us() - xp->retrans_stamp_us,
			    USEC_PER_MSEC);
}

/* @us, µs, or less where TCP_USER_TIMEOUT ends before. */
static u32 user_capped(const struct xtcp_sock *xp, u32 us)
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
	return rto_us(xp) >= xp->rtt.rto_max_us;
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
	    (u32)jiffies - xp->rcv_tstamp <
	    2 * usecs_to_jiffies(xp->rtt.rto_max_us))
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

/* Does the connection end here? */
static bool write_expired(struct sock *sk)
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

static void retransmit_timeout(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->packets_out || write_expired(sk))
		return;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_TIMEOUTS);
	if (xp->retransmits < U8_MAX)
		xp->retransmits++;
	xtcp_recovery_timeout(sk);
	/* RFC 6298 (5.5), (5.6). */
	if (xp->backoff < 31)
		xp->backoff++;
	xp->rto_unproven = 1;
	xtcp_timers_retransmitted(sk);
}

/* RFC 9293 MUST-36: a peer that answers probes may keep it closed for ever. */
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

/* Wait for the next probe, at most until TCP_USER_TIMEOUT ends. */
static void arm_probe(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	arm_rto(sk, XTCP_TIMER_PROBE, user_capped(xp, rto_us(xp)));
}

static void probe_timeout(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	enum xtcp_end cause;

	if (xp->packets_out || !xtcp_send_head(sk)) {
		xp->probes_out = 0;
		return;
	}
	if (!xp->retrans_stamp_us)
		xp->retrans_stamp_us = xtcp_now_us();
	cause = window_expired(sk);
	if (cause) {
		timed_out(sk, cause);
		return;
	}
	if (orphan_reset(sk))
		return;
	if (xp->probes_out < U8_MAX)
		xp->probes_out++;
	xtcp_output_window_probe(sk);
	if (xp->packets_out)
		return;
	if (xp->backoff < 31)
		xp->backoff++;
	arm_probe(sk);
}

static void run_rto(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u8 mode = xp->timer_mode;

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (mode == XTCP_TIMER_NONE)
		return;
	if (time_before(jiffies, xp->rto_when)) {
		run_by(sk, &xp->rto_timer, xp->rto_when);
		return;
	}
	xp->timer_mode = XTCP_TIMER_NONE;
	if (mode == XTCP_TIMER_RETRANS)
		retransmit_timeout(sk);
	else if (mode == XTCP_TIMER_PROBE)
		probe_timeout(sk);
}

static void run_delack(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN))
		return;
	if (!(xp->ack_pending & XTCP_ACK_TIMED))
		return;
	if (time_before(jiffies, xp->delack_when)) {
		run_by(sk, &xp->delack_timer, xp->delack_when);
		return;
	}
	/* Should there be no memory to send it, it is delayed once more. */
	xp->ack_pending &= ~XTCP_ACK_TIMED;
	/* The request had no response in time: ACKs do not ride along. */
	xp->pingpong = 0;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_DELAYED_ACKS);
	xtcp_output_ack(sk);
}

static void arm_keepalive(struct sock *sk, unsigned long delay)
{
	sk_reset_timer(sk, &sk->sk_timer, jiffies + max(delay, 1UL));
}

static u32 idle_jiffies(const struct xtcp_sock *xp)
{
	return jiffies - xp->rcv_tstamp;
}

static enum xtcp_end keepalive_expired(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->user_timeout)
		return xp->probes_out >= xtcp_timers_keepalive_probes(sk) ?
		       XTCP_END_TIME_KEEPALIVE : XTCP_END_NONE;
	return xp->probes_out &&
	       idle_jiffies(xp) >= msecs_to_jiffies(xp->user_timeout) ?
	       XTCP_END_TIME_USER : XTCP_END_NONE;
}

/* Evidence (F-52), and the count that the end depends on. */
static void probe_sent(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xtcp_mib_inc(sock_net(sk), XTCP_MIB_KEEPALIVE_PROBES);
	xp->keep_sent++;
	xp->keep_sent_us = (u32)xtcp_now_us() ?: 1;
	if (xp->probes_out < U8_MAX)
		xp->probes_out++;
}

static void keepalive_probe(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 time = xtcp_timers_keepalive_time(sk);
	u32 idle = idle_jiffies(xp);
	enum xtcp_end cause;

	/* Data in flight or waiting has a timer that asks more often. */
	if (xp->packets_out || xtcp_send_head(sk)) {
		arm_keepalive(sk, time);
		return;
	}
	if (idle < time) {
		arm_keepalive(sk, time - idle);
		return;
	}
	cause = keepalive_expired(sk);
	if (cause) {
		xtcp_output_reset(sk, GFP_ATOMIC);
		timed_out(sk, cause);
		return;
	}
	if (xtcp_output_probe(sk, false)) {
		/* It did not get out of this host, and says nothing of others. */
		arm_keepalive(sk, PROBE_RETRY);
		return;
	}
	probe_sent(sk);
	arm_keepalive(sk, xtcp_timers_keepalive_intvl(sk));
}

static void run_keep(struct sock *sk)
{
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT))
		return;
	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		xtcp_ends_because(sk, XTCP_END_TIME_FIN_WAIT2);
		xtcp_sock_done(sk);
		return;
	}
	if (sock_flag(sk, SOCK_KEEPOPEN))
		keepalive_probe(sk);
}

/* Run @handler now, or when the user lets go of the socket. */
static void run_or_defer(struct sock *sk, int bit, void (*handler)(struct sock *))
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		handler(sk);
	} else {
		set_bit(bit, &xp->deferred);
		if (bit == XTCP_DEFER_DELACK &&
		    xp->ack_pending & XTCP_ACK_TIMED &&
		    !time_before(jiffies, xp->delack_when))
			xtcp_mib_inc(sock_net(sk), XTCP_MIB_DELAYED_ACK_LOCKED);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

static void expired_rto(struct timer_list *t)
{
	struct xtcp_sock *xp = NULL;

	xp = timer_container_of(xp, t, rto_timer);
	run_or_defer((struct sock *)xp, XTCP_DEFER_RTO, run_rto);
}

static void expired_delack(struct timer_list *t)
{
	struct xtcp_sock *xp = NULL;

	xp = timer_container_of(xp, t, delack_timer);
	run_or_defer((struct sock *)xp, XTCP_DEFER_DELACK, run_delack);
}

static void expired_keep(struct timer_list *t)
{
	struct sock *sk = NULL;

	sk = timer_container_of(sk, t, sk_timer);
	run_or_defer(sk, XTCP_DEFER_KEEP, run_keep);
}

/**
 * xtcp_timers_setup() - prepare the timers of a new socket
 * @sk: the socket
 *
 * Context: any.
 */
void xtcp_timers_setup(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	timer_setup(&xp->rto_timer, expired_rto, 0);
	timer_setup(&xp->delack_timer, expired_delack, 0);
	timer_setup(&sk->sk_timer, expired_keep, 0);
}

/**
 * xtcp_timers_stop() - disarm all
 * @sk: the socket
 *
 * A handler that runs meanwhile finds state CLOSED.
 *
 * Context: any; socket lock held.
 */
void xtcp_timers_stop(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	stop_rto(sk);
	sk_stop_timer(sk, &xp->rto_timer);
	sk_stop_timer(sk, &xp->delack_timer);
	sk_stop_timer(sk, &sk->sk_timer);
	xp->ack_pending = 0;
}

/**
 * xtcp_timers_run_deferred() - run what met an owned socket
 * @sk: the socket
 * @bits: enum xtcp_deferred
 *
 * Context: release_sock(); socket lock held.
 */
void xtcp_timers_run_deferred(struct sock *sk, unsigned long bits)
{
	if (bits & BIT(XTCP_DEFER_RTO))
		run_rto(sk);
	if (bits & BIT(XTCP_DEFER_DELACK))
		run_delack(sk);
	if (bits & BIT(XTCP_DEFER_KEEP))
		run_keep(sk);
	if (bits & BIT(XTCP_DEFER_MTU))
		xtcp_family_mtu_reduced(sk);
}

/**
 * xtcp_timers_data_sent() - a segment that must be acknowledged was sent
 * @sk: the socket
 *
 * Should be called after each (RFC 6298 (5.1)).
 *
 * Context: socket lock held.
 */
void xtcp_timers_data_sent(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->timer_mode == XTCP_TIMER_RETRANS)
		return;
	/* Sent for the first time: what a probe waited for does not count. */
	if (!xp->rto_unproven)
		xp->backoff = 0;
	xp->retrans_stamp_us = 0;
	arm_rto(sk, XTCP_TIMER_RETRANS, rto_us(xp));
}

/*
 * RFC 6582 section 4: the impatient variant has the timer run on from the first
 * partial ACK, the slow but steady one restarts it by each.
 */
static bool timer_runs_on(const struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	return xp->ca_state == XTCP_CA_RECOVERY && xp->partial &&
	       xtcp_before(xp->snd_una, xp->recover) &&
	       xp->timer_mode == XTCP_TIMER_RETRANS &&
	       xtcp_knob(sock_net(sk), rfc6582_timer);
}

/**
 * xtcp_timers_new_ack() - new data was acknowledged
 * @sk: the socket
 * @sampled: a round trip was measured by it; without that a backed-off RTO
 *	stays so (RFC 6298 section 5, Karn's other half)
 *
 * Should be called after the acknowledged segments left rtxq (RFC 6298 (5.2),
 * (5.3)).
 *
 * Context: socket lock held.
 */
void xtcp_timers_new_ack(struct sock *sk, bool sampled)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (sampled) {
		xp->backoff = 0;
		xp->rto_unproven = 0;
	}
	xp->retransmits = 0;
	xp->retrans_stamp_us = 0;
	if (!xp->packets_out)
		stop_rto(sk);
	else if (!timer_runs_on(sk))
		arm_rto(sk, XTCP_TIMER_RETRANS, rto_us(xp));
}

/**
 * xtcp_timers_window_closed() - data waits and nothing is in flight
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_timers_window_closed(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->timer_mode != XTCP_TIMER_NONE)
		return;
	xp->backoff = 0;
	xp->rto_unproven = 0;
	arm_rto(sk, XTCP_TIMER_PROBE, rto_us(xp));
}

/**
 * xtcp_timers_window_opened() - the peer answered a probe, or moved its window
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_timers_window_opened(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb = xtcp_send_head(sk);
	const struct xtcp_skb_cb *cb;

	if (xp->timer_mode != XTCP_TIMER_PROBE || !skb)
		return;
	cb = XTCP_CB(skb);
	/* Of several segments the first can go. */
	if (xtcp_after(skb->len > xp->mss_cache ? cb->seq + xp->mss_cache :
						  cb->end_seq,
		       xtcp_wnd_end(xp)))
		return;
	xp->backoff = 0;
	xp->retrans_stamp_us = 0;
	stop_rto(sk);
}

/**
 * xtcp_timers_retransmitted() - something went once more: wait anew
 * @sk: the socket
 *
 * TCP_USER_TIMEOUT may end before the next timeout would come.
 *
 * Context: socket lock held.
 */
void xtcp_timers_retransmitted(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (sk->sk_state == TCP_CLOSE || !xp->packets_out)
		return;
	arm_rto(sk, XTCP_TIMER_RETRANS, user_capped(xp, rto_us(xp)));
}

/**
 * xtcp_timers_ack_delayed() - an ACK is owed but may wait
 * @sk: the socket
 *
 * RFC 9293 MUST-58, MUST-59: below half a second.
 *
 * Context: socket lock held.
 */
void xtcp_timers_ack_delayed(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!(xp->ack_pending & XTCP_ACK_TIMED)) {
		xp->delack_when = jiffies + xp->ato;
		run_by(sk, &xp->delack_timer, xp->delack_when);
	}
	xp->ack_pending |= XTCP_ACK_DELAYED | XTCP_ACK_TIMED;
}

/**
 * xtcp_timers_ack_sent() - a segment with an ACK was sent
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_timers_ack_sent(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->quickack && xp->ack_pending)
		xp->quickack--;
	xp->ack_pending = 0;
}

/**
 * xtcp_timers_established() - the handshake is over
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_timers_established(struct sock *sk)
{
	if (sock_flag(sk, SOCK_KEEPOPEN))
		arm_keepalive(sk, xtcp_timers_keepalive_time(sk));
}

/**
 * xtcp_timers_keepalive() - proto.keepalive: SO_KEEPALIVE was set
 * @sk: the socket
 * @on: its new value; the flag still has the old one
 *
 * Context: process; socket lock held.
 */
void xtcp_timers_keepalive(struct sock *sk, int on)
{
	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT))
		return;
	if (on && !sock_flag(sk, SOCK_KEEPOPEN))
		arm_keepalive(sk, xtcp_timers_keepalive_time(sk));
	else if (!on)
		sk_stop_timer(sk, &sk->sk_timer);
}

/**
 * xtcp_timers_keepalive_changed() - TCP_KEEPIDLE was set
 * @sk: the socket
 *
 * Context: process; socket lock held.
 */
void xtcp_timers_keepalive_changed(struct sock *sk)
{
	u32 time = xtcp_timers_keepalive_time(sk);
	u32 idle = idle_jiffies(xtcp_sk(sk));

	if ((1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT))
		return;
	if (sock_flag(sk, SOCK_KEEPOPEN))
		arm_keepalive(sk, idle < time ? time - idle : 0);
}

/**
 * xtcp_timers_probe_answered() - the peer lives: it acknowledged something
 * @sk: the socket; probes are without an answer
 *
 * Evidence of keepalive (F-52). Of several probes it is not known which one was
 * answered, so only the first tells a round trip.
 *
 * Context: socket lock held.
 */
void xtcp_timers_probe_answered(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->keep_sent_us)
		return;
	if (xp->probes_out == 1)
		xp->keep_rtt_us = (u32)xtcp_now_us() - xp->keep_sent_us;
	xp->keep_sent_us = 0;
	xp->keep_answered++;
	xp->keep_answer = (u32)jiffies;
}

/**
 * xtcp_timers_orphaned() - an orphan waits in FIN-WAIT-2 for a time of its own
 * @sk: the socket
 * @timeout: jiffies
 *
 * Context: socket lock held.
 */
void xtcp_timers_orphaned(struct sock *sk, unsigned long timeout)
{
	arm_keepalive(sk, timeout);
}

/**
 * xtcp_timers_keepalive_time() - silence before the first probe
 * @sk: the socket
 *
 * Context: any.
 * Return: jiffies.
 */
u32 xtcp_timers_keepalive_time(const struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->keepalive_time) ?:
	       xtcp_knob(sock_net(sk), keepalive_time) * HZ;
}

/**
 * xtcp_timers_keepalive_intvl() - time between probes
 * @sk: the socket
 *
 * Context: any.
 * Return: jiffies.
 */
u32 xtcp_timers_keepalive_intvl(const struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->keepalive_intvl) ?:
	       xtcp_knob(sock_net(sk), keepalive_intvl) * HZ;
}

/**
 * xtcp_timers_keepalive_probes() - probes without an answer before the end
 * @sk: the socket
 *
 * Context: any.
 * Return: their number.
 */
u32 xtcp_timers_keepalive_probes(const struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->keepalive_probes) ?:
	       xtcp_knob(sock_net(sk), keepalive_probes);
}
