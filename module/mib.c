// SPDX-License-Identifier: GPL-2.0
/*
 * The counters' names and meanings, their storage and their listing.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/seq_file.h>

#include "mib.h"
#include "netns.h"

#define DROP(reason)	(XTCP_MIB_DROP + XTCP_DROP_##reason)
#define LEDGER(item)	(XTCP_MIB_LEDGER + XTCP_LEDGER_##item)
#define EARLY(why)	(XTCP_MIB_EARLY + XTCP_EARLY_##why)
#define LATE(why)	(XTCP_MIB_LATE + XTCP_EARLY_##why)
#define END(cause)	(XTCP_MIB_END + XTCP_END_##cause)

/**
 * struct counter - what a counter is called and what it counts
 * @name: a word, as /proc/net/xtcp_stat shows it
 * @meaning: the event, in a sentence
 */
struct counter {
	const char *name;
	const char *meaning;
};

static const struct counter counters[] = {
	[XTCP_MIB_ACTIVE_OPENS] = { "ActiveOpens",
		"connections opened by connect: CLOSED to SYN-SENT" },
	[XTCP_MIB_ATTEMPT_FAILS] = { "AttemptFails",
		"connections that ended in SYN-SENT or SYN-RECEIVED" },
	[XTCP_MIB_ESTAB_RESETS] = { "EstabResets",
		"connections that went from ESTABLISHED or CLOSE-WAIT to CLOSED" },

	[XTCP_MIB_IN_SEGS] = { "InSegs",
		"segments received, bad ones too" },
	[XTCP_MIB_OUT_SEGS] = { "OutSegs",
		"segments sent, without those only retransmitted" },
	[XTCP_MIB_RETRANS_SEGS] = { "RetransSegs",
		"segments retransmitted" },
	[XTCP_MIB_IN_ERRS] = { "InErrs",
		"segments received with a bad length, offset, checksum or options" },
	[XTCP_MIB_IN_CSUM_ERRORS] = { "InCsumErrors",
		"segments received with a bad checksum" },
	[XTCP_MIB_OUT_RSTS] = { "OutRsts",
		"segments sent with RST" },

	[XTCP_MIB_LISTEN_OVERFLOWS] = { "ListenOverflows",
		"times the accept queue was full when a handshake completed or began" },
	[XTCP_MIB_LISTEN_DROPS] = { "ListenDrops",
		"SYNs and completed handshakes that a listener let go, for any cause" },
	[XTCP_MIB_COOKIES_FAILED] = { "SyncookiesFailed",
		"ACKs to a listener that has cookies out, with none, an old or a forged one" },

	[LEDGER(PAD)] = { "LedgerNone", "not used" },
	[LEDGER(SYNS)] = { "ListenSyns",
		"SYNs that came to a listener and were of no connection yet" },
	[LEDGER(SYN_QUEUED)] = { "ListenSynQueued",
		"SYNs that began an embryonic connection" },
	[LEDGER(SYN_REPEATS)] = { "ListenSynRepeats",
		"SYNs that came again and found their embryonic connection" },
	[LEDGER(SYN_QUEUE_FULL)] = { "SynQueueFull",
		"SYNs that met a full SYN queue" },
	[LEDGER(SYN_QUEUE_DROPS)] = { "SynQueueDrops",
		"SYNs dropped because the SYN queue was full" },
	[LEDGER(SYN_ACCEPT_FULL)] = { "SynAcceptFull",
		"SYNs dropped because the accept queue was full" },
	[LEDGER(SYN_FAILS)] = { "SynFails",
		"SYNs dropped for bad options, no memory, no route, or a closing listener" },
	[LEDGER(SYNACK_RETRANS)] = { "ReqRetrans",
		"SYN-ACKs retransmitted" },
	[LEDGER(SYNACK_ANSWERS)] = { "ReqAnswers",
		"SYN-ACKs sent once more because their SYN came again" },
	[LEDGER(COOKIES_SENT)] = { "SyncookiesSent",
		"SYNs answered by a cookie, with nothing kept of them" },
	[LEDGER(COOKIES_GOOD)] = { "SyncookiesRecv",
		"cookies that came back and were good" },
	[LEDGER(COOKIES_FORGED)] = { "SyncookiesForged",
		"cookies refused: not made here for this connection, or long ago" },
	[LEDGER(COOKIES_STALE)] = { "SyncookiesStale",
		"cookies refused: made here, but not good any more" },
	[LEDGER(COOKIES_BAD_TS)] = { "SyncookiesBadTs",
		"cookies refused: made here, but not sent with the timestamp echoed" },
	[LEDGER(ACKS_STRAY)] = { "ListenStrayAcks",
		"ACKs of no connection to a listener that has no cookies out" },
	[LEDGER(EMBRYO_TIMEOUTS)] = { "ReqTimeouts",
		"embryonic connections given up after their last SYN-ACK" },
	[LEDGER(EMBRYO_RSTS)] = { "EmbryonicRsts",
		"embryonic connections reset by the peer" },
	[LEDGER(EMBRYO_ICMP)] = { "EmbryonicIcmp",
		"embryonic connections ended by an ICMP error" },
	[LEDGER(ACCEPT_ABORTS)] = { "AbortOnOverflow",
		"handshakes reset because the accept queue was full" },
	[LEDGER(BORN)] = { "PassiveOpens",
		"connections opened by a peer: a listener's child came to be" },
	[LEDGER(DEFERRALS)] = { "DeferAcceptDrop",
		"bare third segments ignored because accept is deferred until data" },
	[LEDGER(ACCEPT_FULL)] = { "AcceptQueueFull",
		"third segments that met a full accept queue" },
	[LEDGER(BIRTH_FAILS)] = { "BirthFails",
		"third segments that came to nothing: no memory, another was quicker, or closing" },
	[LEDGER(ACCEPTED)] = { "Accepted",
		"connections handed to a process by accept" },
	[LEDGER(CLOSED_EARLY)] = { "AcceptedClosed",
		"connections handed to a process by accept that were over by then" },
	[LEDGER(ABANDONED)] = { "ListenAbandoned",
		"connections reset because their listener was closed before it accepted them" },
	[LEDGER(RSTS_SENT)] = { "ListenRsts",
		"resets sent for a listener" },

	[XTCP_MIB_FASTOPEN_ACTIVE] = { "FastOpenActive",
		"connects whose data in the SYN was acknowledged with it" },
	[XTCP_MIB_FASTOPEN_ACTIVE_FAIL] = { "FastOpenActiveFail",
		"connects whose data in the SYN was lost or not taken" },
	[XTCP_MIB_FASTOPEN_AVOIDED] = { "FastOpenAvoided",
		"connects without Fast Open, as it had failed there a while before" },
	[XTCP_MIB_FASTOPEN_PASSIVE] = { "FastOpenPassive",
		"SYNs that made a connection at once" },
	[XTCP_MIB_FASTOPEN_PASSIVE_FAIL] = { "FastOpenPassiveFail",
		"SYNs with a wrong cookie, or with a good one for which there was no room" },
	[XTCP_MIB_FASTOPEN_PASSIVE_ALT_KEY] = { "FastOpenPassiveAltKey",
		"SYNs with a cookie of the backup key" },
	[XTCP_MIB_FASTOPEN_LISTEN_OVERFLOW] = { "FastOpenListenOverflow",
		"SYNs for Fast Open that met too many pending ones" },
	[XTCP_MIB_FASTOPEN_COOKIE_REQD] = { "FastOpenCookieReqd",
		"SYNs that asked for a Fast Open cookie" },

	[XTCP_MIB_SYN_RETRANS] = { "SynRetrans",
		"SYNs and SYN-ACKs retransmitted by a full socket" },
	[XTCP_MIB_TIMEOUTS] = { "Timeouts",
		"retransmission timeouts" },
	[XTCP_MIB_FAST_RETRANS] = { "FastRetrans",
		"segments retransmitted in fast recovery" },
	[XTCP_MIB_RENO_RECOVERY] = { "RenoRecovery",
		"fast recoveries begun by duplicate ACKs" },
	[XTCP_MIB_PARTIAL_ACKS] = { "PartialAcks",
		"ACKs in recovery that showed one more segment lost" },
	[XTCP_MIB_DUP_ACKS_RCVD] = { "DupAcksRcvd",
		"duplicate ACKs received" },
	[XTCP_MIB_RETRANS_FAIL] = { "RetransFail",
		"retransmissions that could not be sent for want of memory or a route" },

	[XTCP_MIB_DELAYED_ACKS] = { "DelayedAcks",
		"delayed ACKs sent by their timer" },
	[XTCP_MIB_DELAYED_ACK_LOCKED] = { "DelayedAckLocked",
		"delayed ACK timers that met a socket in use by a process" },
	[XTCP_MIB_CHALLENGE_ACKS] = { "ChallengeACKs",
		"ACKs sent to have a suspicious SYN, RST or ACK confirmed" },
	[XTCP_MIB_ACK_SKIPPED] = { "AckSkipped",
		"ACKs not sent because invalid_ratelimit or challenge_ack_limit was reached" },
	[XTCP_MIB_PAWS_REJECTED] = { "PAWSRejected",
		"segments to a connection with too old a timestamp" },

	[XTCP_MIB_OFO_QUEUE] = { "OfoQueue",
		"segments queued out of order" },
	[XTCP_MIB_OFO_MERGE] = { "OfoMerge",
		"segments received out of order of which a part was there already" },
	[XTCP_MIB_OFO_PRUNED] = { "OfoPruned",
		"segments taken out of the out-of-order queue for want of room" },
	[XTCP_MIB_RCV_PRUNED] = { "RcvPruned",
		"times a receive queue was searched for room" },
	[XTCP_MIB_RCV_COLLAPSED] = { "RcvCollapsed",
		"segments merged in a receive queue to save room" },

	[XTCP_MIB_ZERO_WINDOW_PROBES] = { "ZeroWindowProbes",
		"probes sent into a closed window" },
	[XTCP_MIB_TO_ZERO_WINDOW] = { "ToZeroWindow",
		"times an offered window went to zero" },
	[XTCP_MIB_FROM_ZERO_WINDOW] = { "FromZeroWindow",
		"times an offered window opened again" },
	[XTCP_MIB_WANT_ZERO_WINDOW] = { "WantZeroWindow",
		"times a window would have been zero but may not shrink" },

	[XTCP_MIB_KEEPALIVE_PROBES] = { "KeepaliveProbes",
		"keepalive probes sent" },
	[XTCP_MIB_ABORT_ON_DATA] = { "AbortOnData",
		"connections reset because data came after close" },
	[XTCP_MIB_ABORT_ON_CLOSE] = { "AbortOnClose",
		"connections reset because close left data unread" },
	[XTCP_MIB_ABORT_ON_TIMEOUT] = { "AbortOnTimeout",
		"connections ended by a retransmission, probe, keepalive or user timeout" },
	[XTCP_MIB_ABORT_ON_LINGER] = { "AbortOnLinger",
		"connections reset by close with SO_LINGER 0, or when TCP_LINGER2 ran out" },
	[XTCP_MIB_ABORT_ON_MEMORY] = { "AbortOnMemory",
		"orphans reset for want of memory or beyond max_orphans" },
	[XTCP_MIB_ABORT_FAILED] = { "AbortFailed",
		"resets of a connection that could not be sent" },
	[XTCP_MIB_ORPHANS_KILLED] = { "OrphansKilled",
		"orphans ended by a timer or a limit before their close was done" },
	[XTCP_MIB_MEMORY_PRESSURES] = { "MemoryPressures",
		"times memory use rose above the second value of net.xtcp.mem" },

	[XTCP_MIB_TW_CREATED] = { "TimeWaitCreated",
		"connections that entered TIME-WAIT" },
	[XTCP_MIB_TW_EXPIRED] = { "TimeWaitExpired",
		"TIME-WAIT entries that left when their time was over" },
	[XTCP_MIB_TW_KILLED] = { "TimeWaitKilled",
		"TIME-WAIT entries ended early: by RST, or with their namespace" },
	[XTCP_MIB_TW_RECYCLED] = { "TimeWaitRecycled",
		"TIME-WAIT entries that gave way to a new connection of the same 4-tuple" },
	[XTCP_MIB_TW_OVERFLOW] = { "TimeWaitOverflow",
		"TIME-WAIT entries that were refused or left early for max_tw_buckets" },
	[XTCP_MIB_TW_FAILED] = { "TimeWaitFailed",
		"connections closed without TIME-WAIT for want of memory" },
	[XTCP_MIB_TW_REUSED] = { "TimeWaitReused",
		"TIME-WAIT entries whose 4-tuple connect took over" },

	[EARLY(NONE)] = { "EarlyNone", "not used" },
	[EARLY(KNOB)] = { "EarlyKnob",
		"left TIME-WAIT early: timewait_ms is shorter than 2MSL" },
	[EARLY(OPTION)] = { "EarlyOption",
		"left TIME-WAIT early: XTCP_TIMEWAIT_MS is shorter than 2MSL" },
	[EARLY(REUSE)] = { "EarlyReuse",
		"left TIME-WAIT early: connect took their 4-tuple over" },
	[EARLY(SYN)] = { "EarlySyn",
		"left TIME-WAIT early: a new SYN took their 4-tuple over" },
	[EARLY(EVICTED)] = { "EarlyEvicted",
		"left TIME-WAIT early: max_tw_buckets was reached" },
	[EARLY(RST)] = { "EarlyRst",
		"left TIME-WAIT early: RST was received or sent" },
	[EARLY(NOMEM)] = { "EarlyNomem",
		"left TIME-WAIT early: there was no memory for an entry" },
	[EARLY(ORPHAN)] = { "EarlyOrphan",
		"left TIME-WAIT early: the FIN did not come within fin_timeout" },
	[EARLY(KILLED)] = { "EarlyKilled",
		"left TIME-WAIT early: a process had them ended" },
	[LATE(NONE)] = { "LateNone", "not used" },
	[LATE(KNOB)] = { "LateKnob",
		"segments of a connection counted in EarlyKnob, come within 2MSL" },
	[LATE(OPTION)] = { "LateOption",
		"segments of a connection counted in EarlyOption, come within 2MSL" },
	[LATE(REUSE)] = { "LateReuse",
		"segments of a connection counted in EarlyReuse, come within 2MSL" },
	[LATE(SYN)] = { "LateSyn",
		"segments of a connection counted in EarlySyn, come within 2MSL" },
	[LATE(EVICTED)] = { "LateEvicted",
		"segments of a connection counted in EarlyEvicted, come within 2MSL" },
	[LATE(RST)] = { "LateRst",
		"segments of a connection counted in EarlyRst, come within 2MSL" },
	[LATE(NOMEM)] = { "LateNomem",
		"segments of a connection counted in EarlyNomem, come within 2MSL" },
	[LATE(ORPHAN)] = { "LateOrphan",
		"segments of a connection counted in EarlyOrphan, come within 2MSL" },
	[LATE(KILLED)] = { "LateKilled",
		"segments of a connection counted in EarlyKilled, come within 2MSL" },
	[XTCP_MIB_AUDIT_FORGOTTEN] = { "AuditForgotten",
		"connections that left early and that there was no room to remember" },

	[XTCP_MIB_ICMP_LOCKED] = { "IcmpLocked",
		"ICMP messages that met a socket in use by a process" },
	[XTCP_MIB_ICMP_OUT_OF_WINDOW] = { "IcmpOutOfWindow",
		"ICMP messages about a segment that was not outstanding" },
	[XTCP_MIB_PMTU_REDUCED] = { "PmtuReduced",
		"times a connection's segments became smaller for the path's MTU" },

	[END(NONE)] = { "EndNone", "not used" },
	[END(FIN_OURS)] = { "EndFinOurs",
		"ended: in order, this side closing first" },
	[END(FIN_THEIRS)] = { "EndFinTheirs",
		"ended: in order, the peer closing first" },
	[END(FIN_BOTH)] = { "EndFinBoth",
		"ended: in order, both sides closing at once" },
	[END(UNREAD)] = { "EndUnread",
		"ended: reset by close with data unread" },
	[END(LINGER)] = { "EndLinger",
		"ended: reset by close with SO_LINGER 0" },
	[END(LINGER2)] = { "EndLinger2",
		"ended: reset after close, as TCP_LINGER2 was below 0" },
	[END(ABORT)] = { "EndAbort",
		"ended: reset by disconnect" },
	[END(ABANDONED)] = { "EndAbandoned",
		"ended: closed in SYN-SENT, before an answer came" },
	[END(LATE_DATA)] = { "EndLateData",
		"ended: reset as data came after close" },
	[END(UNACCEPTED)] = { "EndUnaccepted",
		"ended: reset as the listener closed before accept" },
	[END(ORPHANS)] = { "EndOrphans",
		"ended: orphan beyond max_orphans" },
	[END(MEMORY)] = { "EndMemory",
		"ended: no memory for it, for its orphan or its FIN" },
	[END(TW_BUCKETS)] = { "EndTwBuckets",
		"ended: in FIN-WAIT-2 without a process, beyond max_tw_buckets" },
	[END(KILLED)] = { "EndKilled",
		"ended: ended by the administrator" },
	[END(NETNS)] = { "EndNetns",
		"ended: in FIN-WAIT-2 as its namespace ended; counted in the first namespace" },
	[END(REFUSED)] = { "EndRefused",
		"ended: RST in answer to the SYN" },
	[END(RST_SYN_RECV)] = { "EndRstSynRecv",
		"ended: RST in SYN-RECEIVED, in a simultaneous open" },
	[END(RST_ESTABLISHED)] = { "EndRstEstablished",
		"ended: RST in ESTABLISHED" },
	[END(RST_FIN_WAIT1)] = { "EndRstFinWait1",
		"ended: RST in FIN-WAIT-1" },
	[END(RST_FIN_WAIT2)] = { "EndRstFinWait2",
		"ended: RST in FIN-WAIT-2" },
	[END(RST_CLOSE_WAIT)] = { "EndRstCloseWait",
		"ended: RST in CLOSE-WAIT" },
	[END(RST_CLOSING)] = { "EndRstClosing",
		"ended: RST in CLOSING" },
	[END(RST_LAST_ACK)] = { "EndRstLastAck",
		"ended: RST in LAST-ACK" },
	[END(TIME_SYN)] = { "EndTimeSyn",
		"ended: no answer to the SYN" },
	[END(TIME_SYNACK)] = { "EndTimeSynAck",
		"ended: no answer to the SYN-ACK, in a simultaneous open" },
	[END(TIME_DATA)] = { "EndTimeData",
		"ended: data or FIN not acknowledged in the time of retries2" },
	[END(TIME_WINDOW)] = { "EndTimeWindow",
		"ended: retries2 zero-window probes without an answer" },
	[END(TIME_KEEPALIVE)] = { "EndTimeKeepalive",
		"ended: keepalive_probes without an answer" },
	[END(TIME_USER)] = { "EndTimeUser",
		"ended: TCP_USER_TIMEOUT" },
	[END(TIME_ORPHAN)] = { "EndTimeOrphan",
		"ended: orphan_retries of an orphan" },
	[END(TIME_FIN_WAIT2)] = { "EndTimeFinWait2",
		"ended: no FIN in the time of fin_timeout or TCP_LINGER2" },
	[END(ICMP)] = { "EndIcmp",
		"ended: hard ICMP error before ESTABLISHED" },
	[END(OTHER)] = { "EndOther",
		"ended: cause not known, which should not be" },
	[END(REQ_TIME)] = { "EndReqTime",
		"embryonic, ended: no answer to synack_retries SYN-ACKs" },
	[END(REQ_RST)] = { "EndReqRst",
		"embryonic, ended: RST from the peer" },
	[END(REQ_ICMP)] = { "EndReqIcmp",
		"embryonic, ended: hard ICMP error" },
	[END(REQ_OVERFLOW)] = { "EndReqOverflow",
		"embryonic, ended: reset, the accept queue being full" },
	[END(REQ_LISTENER)] = { "EndReqListener",
		"embryonic, ended: the listener closed" },
	[END(REQ_KILLED)] = { "EndReqKilled",
		"embryonic, ended: by the administrator" },

	[DROP(NONE)] = { "DropNone", "not used" },
	[DROP(HDR_SHORT)] = { "DropHdrShort",
		"dropped: shorter than a header of 20 bytes" },
	[DROP(DOFF_BAD)] = { "DropDoffBad",
		"dropped: data offset below 5 or beyond the segment" },
	[DROP(CSUM)] = { "DropCsum",
		"dropped: wrong checksum" },
	[DROP(OPT_BAD)] = { "DropOptBad",
		"dropped: option list malformed" },
	[DROP(FLAGS_BAD)] = { "DropFlagsBad",
		"dropped: impossible flags, such as SYN with FIN or RST, or none" },
	[DROP(NO_SOCKET)] = { "DropNoSocket",
		"dropped: no connection and no listener" },
	[DROP(MULTICAST)] = { "DropMulticast",
		"dropped: sent to or from a broadcast or multicast address" },
	[DROP(POLICY)] = { "DropPolicy",
		"dropped: refused by IPsec policy" },
	[DROP(FILTER)] = { "DropFilter",
		"dropped: refused by a filter or security module on the socket" },
	[DROP(TTL)] = { "DropTtl",
		"dropped: TTL or hop limit below the socket's minimum" },
	[DROP(SEQ_OUT)] = { "DropSeqOut",
		"dropped: sequence numbers outside the window" },
	[DROP(PAWS)] = { "DropPaws",
		"dropped: timestamp older than the last" },
	[DROP(RST_BAD)] = { "DropRstBad",
		"dropped: RST whose sequence number is not the next, or with a bad ACK" },
	[DROP(SYN_BAD)] = { "DropSynBad",
		"dropped: SYN to a connection that is synchronized" },
	[DROP(NO_ACK)] = { "DropNoAck",
		"dropped: no ACK where every segment has one" },
	[DROP(ACK_OLD)] = { "DropAckOld",
		"dropped: acknowledges what was acknowledged long ago" },
	[DROP(ACK_FUTURE)] = { "DropAckFuture",
		"dropped: acknowledges what was not sent" },
	[DROP(STATE)] = { "DropState",
		"dropped: nothing for the connection in its state, such as data after FIN" },
	[DROP(OLD_DATA)] = { "DropOldData",
		"dropped: all of its data was there already" },
	[DROP(LATE)] = { "DropLate",
		"dropped: of an older connection of the same 4-tuple, within 2MSL of its end" },
	[DROP(RCVBUF)] = { "DropRcvbuf",
		"dropped: receive buffer full" },
	[DROP(ZERO_WINDOW)] = { "DropZeroWindow",
		"dropped: data into a window of zero" },
	[DROP(MEMORY)] = { "DropMemory",
		"dropped: no memory" },
	[DROP(BACKLOG)] = { "DropBacklog",
		"dropped: socket in use and its backlog full" },
	[DROP(LISTEN_FULL)] = { "DropListenFull",
		"dropped: accept queue full" },
	[DROP(SYNQ_FULL)] = { "DropSynqFull",
		"dropped: SYN queue full" },
};

static_assert(ARRAY_SIZE(counters) == XTCP_MIB_MAX);

/**
 * xtcp_mib_net_init() - give a namespace its counters, all at 0
 * @net: the namespace
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_mib_net_init(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);

	xn->mib = alloc_percpu(struct xtcp_mib);
	return xn->mib ? 0 : -ENOMEM;
}

/**
 * xtcp_mib_net_exit() - free a namespace's counters
 * @net: the namespace; nothing of it counts any more
 *
 * Context: process.
 */
void xtcp_mib_net_exit(struct net *net)
{
	free_percpu(xtcp_net(net)->mib);
}

/**
 * xtcp_mib_drop() - count a discarded segment
 * @net: the namespace
 * @reason: why
 *
 * What is no well-formed segment counts among the errors too.
 *
 * Context: any.
 */
void xtcp_mib_drop(struct net *net, enum xtcp_drop reason)
{
	xtcp_mib_inc(net, XTCP_MIB_DROP + reason);
	if (reason <= XTCP_DROP_FLAGS_BAD)
		xtcp_mib_inc(net, XTCP_MIB_IN_ERRS);
	if (reason == XTCP_DROP_CSUM)
		xtcp_mib_inc(net, XTCP_MIB_IN_CSUM_ERRORS);
}

/**
 * xtcp_mib_read() - a counter's value over all processors
 * @net: the namespace
 * @item: enum xtcp_mib_item, or XTCP_MIB_DROP plus an enum xtcp_drop
 *
 * Context: any.
 * Return: events since the namespace or the module began; wraps.
 */
unsigned long xtcp_mib_read(struct net *net, int item)
{
	struct xtcp_mib __percpu *mib = xtcp_net(net)->mib;
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(mib, cpu)->c[item]);
	return sum;
}

/**
 * xtcp_mib_show() - list all counters, one a line: name, value, meaning
 * @seq: where to
 * @net: the namespace
 *
 * Context: process.
 */
void xtcp_mib_show(struct seq_file *seq, struct net *net)
{
	int i;

	for (i = 0; i < XTCP_MIB_MAX; i++) {
		if (i == DROP(NONE) || i == END(NONE) || i == EARLY(NONE) ||
		    i == LATE(NONE) || i == LEDGER(PAD))
			continue;
		seq_printf(seq, "%-22s %12lu %s\n", counters[i].name,
			   xtcp_mib_read(net, i), counters[i].meaning);
	}
}
