// SPDX-License-Identifier: GPL-2.0
/*
 * The timers of a connection: RFC 9293 sections 3.8.1, 3.8.3, 3.8.4, 3.8.6.1,
 * 3.10.8; RFC 6298.
 *
 *	rto_when	RETRANS: something in rtxq was not acknowledged in time
 *			PROBE: nothing is in flight, data waits, and the window
 *			does not let it go: ask the peer
 *	delack_when	an ACK was put off and is due
 *	keep_when	keepalive; in orphaned FIN-WAIT-2 with TCP_LINGER2, the
 *			end of patience
 *
 * Callers report events; only this file knows what they arm. These are three
 * deadlines and one timer, sk_timer, which is lazy, as the first two are put off
 * with almost each segment: a later deadline is only noted, and so is that there
 * is none any more. It is armed for an earlier one, and anew when it has run.
 *
 * An armed timer holds a reference to the socket. A handler that finds the socket
 * owned by a user leaves a bit in struct xtcp_sock.deferred, and release_sock()
 * runs it. The entries of timewait.c and reqsk.c have timers of their own.
 */
#include "family.h"
#include "output.h"
#include "patience.h"
#include "recovery.h"
#include "timers.h"

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

/*
 * How much later than told a timer may run that is to wait @wait jiffies: the
 * kernel's wheel is exact for 63, and later by less than a seventh beyond.
 */
static u32 lateness(s32 wait)
{
	return wait < 63 ? 0 : wait / 7;
}

/*
 * Does the timer run by @when, jiffies? What is as late as the wheel would make
 * it anyway is good enough.
 */
static bool runs_in_time(struct sock *sk, u32 when)
{
	u32 latest = xtcp_sk(sk)->runs_by;

	return timer_pending(&sk->sk_timer) &&
	       (!xtcp_after(latest, when) ||
		!xtcp_after(latest, when + lateness(when - (u32)jiffies)));
}

/* Let the timer run by @when, jiffies, and leave it if it does. */
static void run_by(struct sock *sk, u32 when)
{
	u32 wait;

	if (runs_in_time(sk, when))
		return;
	wait = max_t(s32, when - (u32)jiffies, 0);
	xtcp_sk(sk)->runs_by = when + lateness(wait);
	sk_reset_timer(sk, &sk->sk_timer, jiffies + wait);
}

static bool has_ended(const struct sock *sk)
{
	return (1 << sk->sk_state) & (TCPF_CLOSE | TCPF_LISTEN);
}

static bool is_due(const struct sock *sk, u32 when)
{
	return !has_ended(sk) && !xtcp_before(jiffies, when);
}

static void arm_rto(struct sock *sk, u8 mode, u32 us)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->timer_mode = mode;
	WRITE_ONCE(xp->rto_when, (u32)jiffies + us_to_delay(us));
	run_by(sk, xp->rto_when);
}

static void stop_rto(struct sock *sk)
{
	xtcp_sk(sk)->timer_mode = XTCP_TIMER_NONE;
}

static void retransmit_timeout(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->packets_out || xtcp_patience_data(sk))
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

/* Wait for the next probe, at most until TCP_USER_TIMEOUT ends. */
static void arm_probe(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	arm_rto(sk, XTCP_TIMER_PROBE, xtcp_patience_capped(xp, rto_us(xp)));
}

static void probe_timeout(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->packets_out || !xtcp_send_head(sk)) {
		xp->probes_out = 0;
		return;
	}
	if (!xp->retrans_stamp_us)
		xp->retrans_stamp_us = xtcp_now_us();
	if (xtcp_patience_window(sk))
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

	if (mode == XTCP_TIMER_NONE || !is_due(sk, xp->rto_when))
		return;
	xp->timer_mode = XTCP_TIMER_NONE;
	if (mode == XTCP_TIMER_RETRANS)
		retransmit_timeout(sk);
	else if (mode == XTCP_TIMER_PROBE)
		probe_timeout(sk);
}

static bool ack_is_due(const struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	return xp->ack_pending & XTCP_ACK_TIMED && is_due(sk, xp->delack_when);
}

static void run_delack(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!ack_is_due(sk))
		return;
	/* Should there be no memory to send it, it is delayed once more. */
	xp->ack_pending &= ~XTCP_ACK_TIMED;
	/* The request had no response in time: ACKs do not ride along. */
	xp->pingpong = 0;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_DELAYED_ACKS);
	xtcp_output_ack(sk);
}

static void arm_keepalive(struct sock *sk, unsigned long delay)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	WRITE_ONCE(xp->keep_when, (u32)jiffies + max(delay, 1UL));
	WRITE_ONCE(xp->keep_on, true);
	run_by(sk, xp->keep_when);
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
	u32 idle = xtcp_timers_idle(sk);

	/* Data in flight or waiting has a timer that asks more often. */
	if (xp->packets_out || xtcp_send_head(sk)) {
		arm_keepalive(sk, time);
		return;
	}
	if (idle < time) {
		arm_keepalive(sk, time - idle);
		return;
	}
	if (xtcp_patience_silence(sk))
		return;
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
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->keep_on || !is_due(sk, xp->keep_when))
		return;
	WRITE_ONCE(xp->keep_on, false);
	if (sk->sk_state == TCP_FIN_WAIT2 && sock_flag(sk, SOCK_DEAD)) {
		xtcp_ends_because(sk, XTCP_END_TIME_FIN_WAIT2);
		xtcp_sock_done(sk);
		return;
	}
	if (sock_flag(sk, SOCK_KEEPOPEN))
		keepalive_probe(sk);
}

/* For the first of the deadlines that there still are. */
static void arm_again(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->timer_mode != XTCP_TIMER_NONE)
		run_by(sk, xp->rto_when);
	if (xp->ack_pending & XTCP_ACK_TIMED)
		run_by(sk, xp->delack_when);
	if (xp->keep_on)
		run_by(sk, xp->keep_when);
}

/* All that is due; each may be the end of the connection. */
static void run_due(struct sock *sk)
{
	run_rto(sk);
	run_delack(sk);
	run_keep(sk);
	if (!has_ended(sk))
		arm_again(sk);
}

/* Run what is due now, or when the user lets go of the socket. */
static void expired(struct timer_list *t)
{
	struct sock *sk = NULL;

	sk = timer_container_of(sk, t, sk_timer);
	bh_lock_sock(sk);
	if (!sock_owned_by_user(sk)) {
		run_due(sk);
	} else {
		set_bit(XTCP_DEFER_TIMER, &xtcp_sk(sk)->deferred);
		if (ack_is_due(sk))
			xtcp_mib_inc(sock_net(sk), XTCP_MIB_DELAYED_ACK_LOCKED);
	}
	bh_unlock_sock(sk);
	sock_put(sk);
}

/**
 * xtcp_timers_setup() - prepare the timer of a new socket
 * @sk: the socket
 *
 * Context: any.
 */
void xtcp_timers_setup(struct sock *sk)
{
	timer_setup(&sk->sk_timer, expired, 0);
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
	xp->ack_pending = 0;
	xp->keep_on = false;
	sk_stop_timer(sk, &sk->sk_timer);
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
	if (bits & BIT(XTCP_DEFER_TIMER))
		run_due(sk);
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
	arm_rto(sk, XTCP_TIMER_RETRANS, xtcp_patience_capped(xp, rto_us(xp)));
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
		xp->delack_when = (u32)jiffies + xp->ato;
		run_by(sk, xp->delack_when);
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
		WRITE_ONCE(xtcp_sk(sk)->keep_on, false);
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
	u32 idle = xtcp_timers_idle(sk);

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
