// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger of a listener: F-26, RFC 4987.
 *
 * Each processor counts in a slot of its own, so that a flood of SYNs makes no
 * two of them write to one cache line. Whatever is counted is counted for the
 * namespace in the same breath, so the namespace's totals are the sums of all
 * ledgers, those of closed listeners too.
 */
#include <linux/export.h>
#include <linux/string.h>

#include "ledger.h"
#include "reqsk.h"
#include "sock.h"

/**
 * xtcp_ledger_alloc() - give a listener a ledger, all at 0
 * @l: its queues
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_ledger_alloc(struct xtcp_listen *l)
{
	l->ledger = alloc_percpu(struct xtcp_ledger);
	return l->ledger ? 0 : -ENOMEM;
}

/**
 * xtcp_ledger_free() - free a listener's ledger
 * @l: its queues; nobody counts in it any more
 *
 * Context: any.
 */
void xtcp_ledger_free(struct xtcp_listen *l)
{
	free_percpu(l->ledger);
}

/**
 * xtcp_ledger_begin() - a listener begins to listen, perhaps anew
 * @listener: not in the table yet, so that nothing is counted
 *
 * Context: process; socket lock held.
 */
void xtcp_ledger_begin(struct sock *listener)
{
	struct xtcp_listen *l = xtcp_sk(listener)->listen;
	int cpu;

	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(l->ledger, cpu), 0, sizeof(*l->ledger));
	memset(&l->latency, 0, sizeof(l->latency));
	l->syn_peak = 0;
	l->accept_peak = 0;
	l->since_us = xtcp_now_us();
}

/**
 * xtcp_ledger_syn_dropped() - a listener let a SYN go
 * @listener: the listener
 * @why: for what
 *
 * Context: softirq.
 */
void xtcp_ledger_syn_dropped(struct sock *listener, enum xtcp_drop why)
{
	xtcp_mib_inc(sock_net(listener), XTCP_MIB_LISTEN_DROPS);
	xtcp_mib_drop(sock_net(listener), why);
	switch (why) {
	case XTCP_DROP_LISTEN_FULL:
		xtcp_mib_inc(sock_net(listener), XTCP_MIB_LISTEN_OVERFLOWS);
		xtcp_ledger_inc(listener, XTCP_LEDGER_SYN_ACCEPT_FULL);
		break;
	case XTCP_DROP_SYNQ_FULL:
		xtcp_ledger_inc(listener, XTCP_LEDGER_SYN_QUEUE_DROPS);
		break;
	default:
		xtcp_ledger_inc(listener, XTCP_LEDGER_SYN_FAILS);
	}
}

/**
 * xtcp_ledger_third_dropped() - a listener let a third segment go
 * @listener: the listener
 * @why: for what
 *
 * Context: softirq.
 */
void xtcp_ledger_third_dropped(struct sock *listener, enum xtcp_drop why)
{
	xtcp_mib_inc(sock_net(listener), XTCP_MIB_LISTEN_DROPS);
	if (why == XTCP_DROP_LISTEN_FULL) {
		xtcp_mib_inc(sock_net(listener), XTCP_MIB_LISTEN_OVERFLOWS);
		xtcp_ledger_inc(listener, XTCP_LEDGER_ACCEPT_FULL);
	} else {
		xtcp_ledger_inc(listener, XTCP_LEDGER_BIRTH_FAILS);
	}
}

/**
 * xtcp_ledger_cookie_refused() - an ACK brought no good cookie
 * @listener: the listener
 * @item: why, XTCP_LEDGER_COOKIES_*
 *
 * Context: softirq.
 */
void xtcp_ledger_cookie_refused(struct sock *listener, int item)
{
	xtcp_mib_inc(sock_net(listener), XTCP_MIB_COOKIES_FAILED);
	xtcp_ledger_inc(listener, item);
}

/**
 * xtcp_ledger_accepted() - accept hands a connection out
 * @listener: the listener
 * @child: the connection; not locked
 *
 * Context: process; socket lock of the listener held.
 */
void xtcp_ledger_accepted(struct sock *listener, const struct sock *child)
{
	struct xtcp_latency *latency = &xtcp_sk(listener)->listen->latency;
	u64 us = xtcp_now_us() - xtcp_sk(child)->queued_us;
	int bin = min(fls64(us), XTCP_LATENCY_NBINS - 1);

	sock_owned_by_me(listener);
	WRITE_ONCE(latency->sum_us, latency->sum_us + us);
	WRITE_ONCE(latency->max_us, max(latency->max_us, us));
	WRITE_ONCE(latency->bins[bin], latency->bins[bin] + 1);
	xtcp_ledger_inc(listener, XTCP_LEDGER_ACCEPTED);
	if (inet_sk_state_load(child) == TCP_CLOSE)
		xtcp_ledger_inc(listener, XTCP_LEDGER_CLOSED_EARLY);
}

/**
 * xtcp_ledger_sum() - a listener's counts over all processors
 * @l: its queues
 * @sum: receives XTCP_LEDGER_MAX + 1 of them, by enum xtcp_ledger_attr
 *
 * Context: any; @l cannot go, as under RCU.
 */
void xtcp_ledger_sum(const struct xtcp_listen *l, u64 *sum)
{
	const struct xtcp_ledger *slot;
	int cpu, i;

	memset(sum, 0, (XTCP_LEDGER_MAX + 1) * sizeof(*sum));
	for_each_possible_cpu(cpu) {
		slot = per_cpu_ptr(l->ledger, cpu);
		for (i = 0; i <= XTCP_LEDGER_MAX; i++)
			sum[i] += READ_ONCE(slot->c[i]);
	}
}
EXPORT_SYMBOL_GPL(xtcp_ledger_sum);
