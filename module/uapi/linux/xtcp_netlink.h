/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What programs may ask of xtcp by netlink.
 *
 * The family is generic netlink's "xtcp", version 1. It is of a module of its
 * own, xtcp_diag, which looking the family up by CTRL_CMD_GETFAMILY loads.
 * Asking needs no capability. A socket sees what is in its own network
 * namespace.
 *
 * All commands but XTCP_CMD_KILL are dumps: a request with NLM_F_DUMP is answered by any number
 * of messages, each about one thing and whole, with the request's command and
 * NLM_F_MULTI; NLMSG_DONE ends them. As many as fit are in a datagram, and the
 * next datagram is made when the last one was read. How things are numbered
 * says what a dump promises of those that come or go meanwhile.
 *
 * Numbers are in host byte order, addresses and ports in network byte order. A
 * __u64 may stand at an address that is no multiple of 8. Attributes that a
 * program does not know are to be skipped: more will come, but none changes or
 * goes, and the enums only grow.
 *
 * Attributes of a request; each narrows the answer, and none is needed:
 *
 *	XTCP_A_FAMILY	__u8, AF_INET or AF_INET6: of the socket
 *	XTCP_A_LPORT	__be16, not 0: the local port
 *
 * Errors: EINVAL for other values, for other attributes and for a malformed
 * request, EOPNOTSUPP for a command that is not known, or not asked for as a
 * dump.
 *
 * What all answers may have (a socket's own; no attribute, nothing to tell):
 *
 *	XTCP_A_FAMILY	__u8, AF_INET or AF_INET6
 *	XTCP_A_LADDR	local address: 4 bytes where XTCP_A_FAMILY is AF_INET,
 *			else 16, and IPv4 as ::ffff:a.b.c.d
 *	XTCP_A_LPORT	__be16, local port
 *	XTCP_A_RADDR	the peer's address, likewise
 *	XTCP_A_RPORT	__be16, the peer's port
 *	XTCP_A_IF	__u32, index of the interface it is bound to
 *	XTCP_A_UID	__u32, the owner, as seen from the asker's user namespace
 *	XTCP_A_INODE	__u64, of the socket
 *	XTCP_A_WIRE	__u32, XTCP_WIRE_* of <linux/xtcp.h>
 *
 * XTCP_CMD_LISTENERS: one message a listener, with
 *
 *	XTCP_A_LISTENER		nest:
 *	  XTCP_LISTENER_ID		__u64, from 1 on; each listen() that made
 *					a listener has another
 *	  XTCP_LISTENER_AGE		__u64, ms since then
 *	  XTCP_LISTENER_V6ONLY		flag: an AF_INET6 listener that takes no
 *					IPv4
 *	  XTCP_LISTENER_SYN_LEN		__u32, length of the SYN queue
 *	  XTCP_LISTENER_SYN_PEAK	__u32, the most that it has been
 *	  XTCP_LISTENER_SYN_MAX		__u32, bound of it: max_syn_backlog
 *	  XTCP_LISTENER_ACCEPT_LEN	__u32, length of the accept queue
 *	  XTCP_LISTENER_ACCEPT_PEAK	__u32, the most that it has been
 *	  XTCP_LISTENER_ACCEPT_MAX	__u32, bound of it: the lesser of listen()'s
 *					backlog and net.core.somaxconn; one
 *					more is let in, as with TCP
 *	  XTCP_LISTENER_LEDGER		nest: counts of events since listen(),
 *					each a __u64 that wraps: see below
 *	  XTCP_LISTENER_LATENCY		nest: how long connections waited for
 *					accept, of those that were accepted
 *	    XTCP_LATENCY_COUNT		  __u64, how many
 *	    XTCP_LATENCY_SUM_US		  __u64, µs, all together
 *	    XTCP_LATENCY_MAX_US		  __u64, µs, the longest
 *	    XTCP_LATENCY_BINS		  array of __u64: how many waited
 *					  less than 1 µs; 1; 2 or 3; 4 to 7 and
 *					  so on: bin n, from 1 on, has those of
 *					  2^(n-1) µs and more, but less than
 *					  2^n; the last has all the rest
 *
 * A listener that is there from the dump's beginning to its end is told exactly
 * once, others at most once.
 *
 * XTCP_CMD_ENDS: one message for each connection of the list of recent ends, the
 * oldest first; XTCP_A_WIRE, XTCP_A_RADDR and XTCP_A_RPORT are always there, and
 *
 *	XTCP_A_ENDED		nest:
 *	  XTCP_ENDED_CAUSE		__u8, enum xtcp_end of <linux/xtcp.h>
 *	  XTCP_ENDED_STATE		__u8, in which state it ended: TCP_* of the
 *					kernel, as in /proc/net/xtcp
 *	  XTCP_ENDED_WHEN		__u64, ns since 1970
 *	  XTCP_ENDED_LASTED		__u64, µs since its SYN, or its birth from
 *					the third segment
 *	  XTCP_ENDED_SENT		__u64, bytes that the peer acknowledged
 *	  XTCP_ENDED_RECEIVED		__u64, bytes received in order
 *
 * The last three are missing where they are not known any more: of a connection
 * that was long in FIN-WAIT-2 without a process. What ends during a dump is told
 * in it or not; none is told twice.
 *
 * XTCP_CMD_KEEPALIVES: one message for each connection that has SO_KEEPALIVE set
 * or has sent a probe, with XTCP_A_UID, XTCP_A_INODE, XTCP_A_WIRE and
 *
 *	XTCP_A_KEEPALIVE	nest:
 *	  XTCP_KEEPALIVE_ON		flag: SO_KEEPALIVE is set
 *	  XTCP_KEEPALIVE_SENT		__u32, probes sent
 *	  XTCP_KEEPALIVE_ANSWERED	__u32, how often an answer came: that
 *					several probes had to wait for is one
 *	  XTCP_KEEPALIVE_WAITING	__u32, probes since the last answer
 *	  XTCP_KEEPALIVE_AGE		__u64, ms since the last answer
 *	  XTCP_KEEPALIVE_RTT		__u32, µs that an answer took, of the last
 *					that came to the first probe
 *
 * The last two are missing while there was none. Connections that come and go
 * during the dump may be missed, or told twice.
 *
 * XTCP_CMD_KILL, no dump: end a connection, of any kind that /proc/net/xtcp lists
 * but listeners. The peer gets an RST where the state asks for one, the process
 * ECONNABORTED. Needs CAP_NET_ADMIN over the namespace (EPERM). The request has
 * XTCP_A_LADDR, XTCP_A_LPORT, XTCP_A_RADDR and XTCP_A_RPORT (EINVAL without), and
 * XTCP_A_WIRE where that is not 253, XTCP_A_IF where the socket is bound to an
 * interface. ENOENT: there is no such connection.
 *
 * XTCP_CMD_PORTS: one message a destination that connect() chose a port for, of
 * the 256 that were connected to last in a namespace: family, both addresses,
 * the peer's port and the protocol, and
 *
 *	XTCP_A_PORTS		nest:
 *	  XTCP_PORTS_RANGE		__u32, ports in local_port_range
 *	  XTCP_PORTS_FIXED		__u32, of these, bound by name, so that
 *					connect() may not choose them
 *	  XTCP_PORTS_USED		__u32, held by connections to here
 *	  XTCP_PORTS_WAITING		__u32, held by waiting entries
 *	  XTCP_PORTS_REUSABLE		__u32, of these, those that connect() would
 *					take over now (tw_reuse)
 *	  XTCP_PORTS_LEFT		__u32, that can be had now
 *	  XTCP_PORTS_FAILED		__u32, connect()s that found none, so far
 *	  XTCP_PORTS_OPENS		__u32, connections opened in a thousand
 *					seconds, at the rate of the last few
 *	  XTCP_PORTS_ENDS		__u32, ended, likewise
 *	  XTCP_PORTS_WAITS		__u32, of these, those that then wait
 *	  XTCP_PORTS_WAIT_MS		__u32, ms that one will keep its port from
 *					connect(), by the knobs as they are
 *	  XTCP_PORTS_OUT_MS		__u64, ms until the ports run out at these
 *					rates; no attribute: they do not
 *
 * Here XTCP_A_FAMILY is of the address, and with it narrows the answer;
 * XTCP_A_LPORT does not. On the wire of TCP, ports that the kernel's TCP has
 * are not known to be taken.
 *
 * The ledger. Each count is in /proc/net/xtcp_stat as well, under the name given
 * here, over all listeners of the namespace, those that are closed by now too.
 *
 * SYNs, past the checks of header, filter and addresses:
 *
 *	SYNS			ListenSyns: those of no connection yet. Each
 *				comes to one of SYN_QUEUED, COOKIES_SENT,
 *				SYN_QUEUE_DROPS, SYN_ACCEPT_FULL, SYN_FAILS
 *	SYN_QUEUED		ListenSynQueued: began an embryonic connection
 *	SYN_REPEATS		ListenSynRepeats: came again and found their
 *				embryonic connection; not among SYNS
 *	SYN_QUEUE_FULL		SynQueueFull: met a full SYN queue
 *	SYN_QUEUE_DROPS		SynQueueDrops: dropped for that
 *	SYN_ACCEPT_FULL		SynAcceptFull: dropped, the accept queue was full
 *	SYN_FAILS		SynFails: dropped for malformed options, want of
 *				memory or of a route back, or as the listener was
 *				just closing
 *
 * SYN-ACKs beyond the first of an embryonic connection:
 *
 *	SYNACK_RETRANS		ReqRetrans: sent by its timer
 *	SYNACK_ANSWERS		ReqAnswers: sent as the SYN came again
 *
 * Cookies, and ACKs to the listener, of no connection, that might bring one:
 *
 *	COOKIES_SENT		SyncookiesSent: SYNs answered by a cookie
 *	COOKIES_GOOD		SyncookiesRecv: came back and were good
 *	COOKIES_FORGED		SyncookiesForged: not made by us for this
 *				connection, or long ago
 *	COOKIES_STALE		SyncookiesStale: ours, but not good any more
 *	COOKIES_BAD_TS		SyncookiesBadTs: ours, with an echoed timestamp
 *				that it cannot have come with
 *	ACKS_STRAY		ListenStrayAcks: while no cookie was out
 *
 * How embryonic connections end that come to nothing:
 *
 *	EMBRYO_TIMEOUTS		ReqTimeouts: no answer to the last SYN-ACK
 *	EMBRYO_RSTS		EmbryonicRsts: reset by the peer
 *	EMBRYO_ICMP		EmbryonicIcmp: ICMP said it cannot be reached
 *	ACCEPT_ABORTS		AbortOnOverflow: reset, the accept queue was full
 *				and abort_on_overflow is set
 *
 * Third segments, and with Fast Open SYNs:
 *
 *	BORN			PassiveOpens: made a connection
 *	DEFERRALS		DeferAcceptDrop: had no data, and accept is
 *				deferred until there is some
 *	ACCEPT_FULL		AcceptQueueFull: met a full accept queue
 *	BIRTH_FAILS		BirthFails: came to nothing for want of memory, as
 *				another processor was quicker, or as the listener
 *				was just closing
 *
 * Connections of the accept queue:
 *
 *	ACCEPTED		Accepted: handed out by accept
 *	CLOSED_EARLY		AcceptedClosed: were over by then, such as by the
 *				peer's reset; among ACCEPTED
 *	ABANDONED		ListenAbandoned: the listener was closed before
 *
 *	RSTS_SENT		ListenRsts: resets sent for the listener: to what
 *				no cookie fits, to embryonic connections, of
 *				ACCEPT_ABORTS and ABANDONED
 */
#ifndef _UAPI_LINUX_XTCP_NETLINK_H
#define _UAPI_LINUX_XTCP_NETLINK_H

#define XTCP_GENL_NAME		"xtcp"
#define XTCP_GENL_VERSION	1

enum xtcp_cmd {
	XTCP_CMD_UNSPEC,
	XTCP_CMD_LISTENERS,
	XTCP_CMD_ENDS,
	XTCP_CMD_KEEPALIVES,
	XTCP_CMD_KILL,
	XTCP_CMD_PORTS,

	__XTCP_CMD_MAX
};

#define XTCP_CMD_MAX		(__XTCP_CMD_MAX - 1)

enum xtcp_attr {
	XTCP_A_PAD,		/* before a __u64, on some machines: skip it */
	XTCP_A_FAMILY,
	XTCP_A_LADDR,
	XTCP_A_LPORT,
	XTCP_A_RADDR,
	XTCP_A_RPORT,
	XTCP_A_IF,
	XTCP_A_UID,
	XTCP_A_INODE,
	XTCP_A_WIRE,
	XTCP_A_LISTENER,
	XTCP_A_ENDED,
	XTCP_A_KEEPALIVE,
	XTCP_A_PORTS,

	__XTCP_A_MAX
};

#define XTCP_A_MAX		(__XTCP_A_MAX - 1)

enum xtcp_listener_attr {
	XTCP_LISTENER_PAD,
	XTCP_LISTENER_ID,
	XTCP_LISTENER_AGE,
	XTCP_LISTENER_V6ONLY,
	XTCP_LISTENER_SYN_LEN,
	XTCP_LISTENER_SYN_PEAK,
	XTCP_LISTENER_SYN_MAX,
	XTCP_LISTENER_ACCEPT_LEN,
	XTCP_LISTENER_ACCEPT_PEAK,
	XTCP_LISTENER_ACCEPT_MAX,
	XTCP_LISTENER_LEDGER,
	XTCP_LISTENER_LATENCY,

	__XTCP_LISTENER_MAX
};

#define XTCP_LISTENER_MAX	(__XTCP_LISTENER_MAX - 1)

enum xtcp_ledger_attr {
	XTCP_LEDGER_PAD,
	XTCP_LEDGER_SYNS,
	XTCP_LEDGER_SYN_QUEUED,
	XTCP_LEDGER_SYN_REPEATS,
	XTCP_LEDGER_SYN_QUEUE_FULL,
	XTCP_LEDGER_SYN_QUEUE_DROPS,
	XTCP_LEDGER_SYN_ACCEPT_FULL,
	XTCP_LEDGER_SYN_FAILS,
	XTCP_LEDGER_SYNACK_RETRANS,
	XTCP_LEDGER_SYNACK_ANSWERS,
	XTCP_LEDGER_COOKIES_SENT,
	XTCP_LEDGER_COOKIES_GOOD,
	XTCP_LEDGER_COOKIES_FORGED,
	XTCP_LEDGER_COOKIES_STALE,
	XTCP_LEDGER_COOKIES_BAD_TS,
	XTCP_LEDGER_ACKS_STRAY,
	XTCP_LEDGER_EMBRYO_TIMEOUTS,
	XTCP_LEDGER_EMBRYO_RSTS,
	XTCP_LEDGER_EMBRYO_ICMP,
	XTCP_LEDGER_ACCEPT_ABORTS,
	XTCP_LEDGER_BORN,
	XTCP_LEDGER_DEFERRALS,
	XTCP_LEDGER_ACCEPT_FULL,
	XTCP_LEDGER_BIRTH_FAILS,
	XTCP_LEDGER_ACCEPTED,
	XTCP_LEDGER_CLOSED_EARLY,
	XTCP_LEDGER_ABANDONED,
	XTCP_LEDGER_RSTS_SENT,

	__XTCP_LEDGER_MAX
};

#define XTCP_LEDGER_MAX		(__XTCP_LEDGER_MAX - 1)

enum xtcp_latency_attr {
	XTCP_LATENCY_PAD,
	XTCP_LATENCY_COUNT,
	XTCP_LATENCY_SUM_US,
	XTCP_LATENCY_MAX_US,
	XTCP_LATENCY_BINS,

	__XTCP_LATENCY_MAX
};

#define XTCP_LATENCY_MAX	(__XTCP_LATENCY_MAX - 1)

enum xtcp_ports_attr {
	XTCP_PORTS_PAD,
	XTCP_PORTS_RANGE,
	XTCP_PORTS_FIXED,
	XTCP_PORTS_USED,
	XTCP_PORTS_WAITING,
	XTCP_PORTS_REUSABLE,
	XTCP_PORTS_LEFT,
	XTCP_PORTS_FAILED,
	XTCP_PORTS_OPENS,
	XTCP_PORTS_ENDS,
	XTCP_PORTS_WAITS,
	XTCP_PORTS_WAIT_MS,
	XTCP_PORTS_OUT_MS,

	__XTCP_PORTS_MAX
};

#define XTCP_PORTS_MAX	(__XTCP_PORTS_MAX - 1)

enum xtcp_ended_attr {
	XTCP_ENDED_PAD,
	XTCP_ENDED_CAUSE,
	XTCP_ENDED_STATE,
	XTCP_ENDED_WHEN,
	XTCP_ENDED_LASTED,
	XTCP_ENDED_SENT,
	XTCP_ENDED_RECEIVED,

	__XTCP_ENDED_MAX
};

#define XTCP_ENDED_MAX		(__XTCP_ENDED_MAX - 1)

enum xtcp_keepalive_attr {
	XTCP_KEEPALIVE_PAD,
	XTCP_KEEPALIVE_ON,
	XTCP_KEEPALIVE_SENT,
	XTCP_KEEPALIVE_ANSWERED,
	XTCP_KEEPALIVE_WAITING,
	XTCP_KEEPALIVE_AGE,
	XTCP_KEEPALIVE_RTT,

	__XTCP_KEEPALIVE_MAX
};

#define XTCP_KEEPALIVE_MAX	(__XTCP_KEEPALIVE_MAX - 1)

#endif /* _UAPI_LINUX_XTCP_NETLINK_H */
