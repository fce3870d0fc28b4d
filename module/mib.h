/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of what happened, one set a network namespace, one slot a
 * processor. Each is named and explained once, in mib.c; where Linux TCP
 * counts the same thing, the name is Linux's.
 */
#ifndef _XTCP_MIB_H
#define _XTCP_MIB_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "oldconn.h"
#include "uapi/linux/xtcp.h"
#include "uapi/linux/xtcp_netlink.h"

struct net;
struct seq_file;

/* Why a segment was discarded; counted as Drop<Name>. Enums only grow. */
enum xtcp_drop {
	XTCP_DROP_NONE,
	/* Not a segment. */
	XTCP_DROP_HDR_SHORT,
	XTCP_DROP_DOFF_BAD,
	XTCP_DROP_CSUM,
	XTCP_DROP_OPT_BAD,
	XTCP_DROP_FLAGS_BAD,
	/* Not for us, or not from one we talk to. */
	XTCP_DROP_NO_SOCKET,
	XTCP_DROP_MULTICAST,
	XTCP_DROP_POLICY,
	XTCP_DROP_FILTER,
	XTCP_DROP_TTL,
	/* RFC 9293 section 3.10.7. */
	XTCP_DROP_SEQ_OUT,
	XTCP_DROP_PAWS,
	XTCP_DROP_RST_BAD,
	XTCP_DROP_SYN_BAD,
	XTCP_DROP_NO_ACK,
	XTCP_DROP_ACK_OLD,
	XTCP_DROP_ACK_FUTURE,
	XTCP_DROP_STATE,
	XTCP_DROP_OLD_DATA,
	XTCP_DROP_LATE,
	/* No room. */
	XTCP_DROP_RCVBUF,
	XTCP_DROP_ZERO_WINDOW,
	XTCP_DROP_MEMORY,
	XTCP_DROP_BACKLOG,
	XTCP_DROP_LISTEN_FULL,
	XTCP_DROP_SYNQ_FULL,
	XTCP_DROP_MAX,
};

enum xtcp_mib_item {
	/* Connections. */
	XTCP_MIB_ACTIVE_OPENS,
	XTCP_MIB_ATTEMPT_FAILS,
	XTCP_MIB_ESTAB_RESETS,
	/* Segments. */
	XTCP_MIB_IN_SEGS,
	XTCP_MIB_OUT_SEGS,
	XTCP_MIB_RETRANS_SEGS,
	XTCP_MIB_IN_ERRS,
	XTCP_MIB_IN_CSUM_ERRORS,
	XTCP_MIB_OUT_RSTS,
	/* Listeners. */
	XTCP_MIB_LISTEN_OVERFLOWS,
	XTCP_MIB_LISTEN_DROPS,
	XTCP_MIB_COOKIES_FAILED,
	/* One for each enum xtcp_ledger_attr, that of XTCP_LEDGER_PAD unused. */
	XTCP_MIB_LEDGER,
	XTCP_MIB_LEDGER_LAST = XTCP_MIB_LEDGER + XTCP_LEDGER_MAX,
	/* Fast Open. */
	XTCP_MIB_FASTOPEN_ACTIVE,
	XTCP_MIB_FASTOPEN_ACTIVE_FAIL,
	XTCP_MIB_FASTOPEN_AVOIDED,
	XTCP_MIB_FASTOPEN_PASSIVE,
	XTCP_MIB_FASTOPEN_PASSIVE_FAIL,
	XTCP_MIB_FASTOPEN_PASSIVE_ALT_KEY,
	XTCP_MIB_FASTOPEN_LISTEN_OVERFLOW,
	XTCP_MIB_FASTOPEN_COOKIE_REQD,
	/* Loss and its repair. */
	XTCP_MIB_SYN_RETRANS,
	XTCP_MIB_TIMEOUTS,
	XTCP_MIB_FAST_RETRANS,
	XTCP_MIB_RENO_RECOVERY,
	XTCP_MIB_PARTIAL_ACKS,
	XTCP_MIB_DUP_ACKS_RCVD,
	XTCP_MIB_RETRANS_FAIL,
	/* Acknowledgments. */
	XTCP_MIB_DELAYED_ACKS,
	XTCP_MIB_DELAYED_ACK_LOCKED,
	XTCP_MIB_CHALLENGE_ACKS,
	XTCP_MIB_ACK_SKIPPED,
	XTCP_MIB_PAWS_REJECTED,
	/* Receive queues. */
	XTCP_MIB_OFO_QUEUE,
	XTCP_MIB_OFO_MERGE,
	XTCP_MIB_OFO_PRUNED,
	XTCP_MIB_RCV_PRUNED,
	XTCP_MIB_RCV_COLLAPSED,
	/* Windows. */
	XTCP_MIB_ZERO_WINDOW_PROBES,
	XTCP_MIB_TO_ZERO_WINDOW,
	XTCP_MIB_FROM_ZERO_WINDOW,
	XTCP_MIB_WANT_ZERO_WINDOW,
	/* Keepalive and the death of connections. */
	XTCP_MIB_KEEPALIVE_PROBES,
	XTCP_MIB_ABORT_ON_DATA,
	XTCP_MIB_ABORT_ON_CLOSE,
	XTCP_MIB_ABORT_ON_TIMEOUT,
	XTCP_MIB_ABORT_ON_LINGER,
	XTCP_MIB_ABORT_ON_MEMORY,
	XTCP_MIB_ABORT_FAILED,
	XTCP_MIB_ORPHANS_KILLED,
	XTCP_MIB_MEMORY_PRESSURES,
	/* TIME-WAIT. */
	XTCP_MIB_TW_CREATED,
	XTCP_MIB_TW_EXPIRED,
	XTCP_MIB_TW_KILLED,
	XTCP_MIB_TW_RECYCLED,
	XTCP_MIB_TW_OVERFLOW,
	XTCP_MIB_TW_FAILED,
	XTCP_MIB_TW_REUSED,
	/* The safety audit: two for each enum xtcp_early but the first, unused. */
	XTCP_MIB_EARLY,
	XTCP_MIB_LATE = XTCP_MIB_EARLY + XTCP_EARLY_MAX,
	XTCP_MIB_AUDIT_FORGOTTEN = XTCP_MIB_LATE + XTCP_EARLY_MAX,
	/* ICMP and the path. */
	XTCP_MIB_ICMP_LOCKED,
	XTCP_MIB_ICMP_OUT_OF_WINDOW,
	XTCP_MIB_PMTU_REDUCED,
	/* One for each enum xtcp_end, that of XTCP_END_NONE unused. */
	XTCP_MIB_END,
	/* One for each enum xtcp_drop, that of XTCP_DROP_NONE unused. */
	XTCP_MIB_DROP = XTCP_MIB_END + XTCP_END_MAX,
	XTCP_MIB_MAX = XTCP_MIB_DROP + XTCP_DROP_MAX,
};

/**
 * struct xtcp_mib - a processor's slot of a namespace's counters
 * @c: events so far, by enum xtcp_mib_item; wraps
 */
struct xtcp_mib {
	unsigned long c[XTCP_MIB_MAX];
};

/*
 * Macros, because struct xtcp_net, which holds the counters, is declared after
 * them. Context: any. @net: a namespace with xtcp_mib_net_init() done.
 */
#define xtcp_mib_add(net, item, n) \
	this_cpu_add(xtcp_net(net)->mib->c[item], n)
#define xtcp_mib_inc(net, item)		xtcp_mib_add(net, item, 1)

void xtcp_mib_drop(struct net *net, enum xtcp_drop reason);
int xtcp_mib_net_init(struct net *net);
void xtcp_mib_net_exit(struct net *net);
unsigned long xtcp_mib_read(struct net *net, int item);
void xtcp_mib_show(struct seq_file *seq, struct net *net);

#endif /* _XTCP_MIB_H */
