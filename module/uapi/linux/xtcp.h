/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * What programs may rely on of xtcp, the second TCP.
 *
 * A socket is made with
 *
 *	socket(AF_INET or AF_INET6, SOCK_STREAM, IPPROTO_XTCP)
 *
 * and from then on is used as a TCP socket is: the same calls, the same
 * errno values, the same options. Options are set at level IPPROTO_TCP, with
 * the names, types and meanings of <linux/tcp.h>, so that a program written
 * for TCP needs no change but the protocol number; level IPPROTO_XTCP is
 * accepted as a synonym. Options that TCP lacks are listed below and have
 * numbers that TCP does not use.
 *
 * Connections are listed in /proc/net/xtcp and /proc/net/xtcp6, in the layout
 * of /proc/net/tcp and tcp6; counters are in /proc/net/xtcp_stat; knobs are in
 * /proc/sys/net/xtcp.
 */
#ifndef _UAPI_LINUX_XTCP_H
#define _UAPI_LINUX_XTCP_H

/* RFC 3692: a number for experiments; carries TCP's own header. */
#define IPPROTO_XTCP		253

/* First option number of xtcp's own; TCP's stay far below. */
#define XTCP_OPT_BASE		0x5800

/*
 * int, milliseconds, 0 to 600000, or -1 for "as the namespace's timewait_ms
 * says" (the default). How long this connection waits in TIME-WAIT if it is
 * the side that closes first. Set on a listener it is inherited by accepted
 * connections. A value below the namespace's timewait_min_ms needs
 * CAP_NET_ADMIN (EPERM); a value out of range is EINVAL.
 */
#define XTCP_TIMEWAIT_MS	(XTCP_OPT_BASE + 1)

/*
 * int, one of the values below, or 0 for "as the namespace's knob wire says"
 * (the default). Which IP protocol carries this socket's segments. To be set
 * before the socket has a port, that is before bind, connect and listen; later,
 * and for other values, EINVAL. Read, it says what the socket goes by, or what
 * it would go by if it got a port now.
 *
 * XTCP_WIRE_OWN:	protocol 253
 * XTCP_WIRE_TCP:	protocol 6: ordinary TCP, for any peer that speaks it. A
 *			port in use by the kernel's TCP is EADDRINUSE, and the
 *			other way round.
 * XTCP_WIRE_BOTH:	a listener takes connections by either; connect goes by
 *			protocol 253
 */
#define XTCP_WIRE		(XTCP_OPT_BASE + 2)

#define XTCP_WIRE_OWN		253
#define XTCP_WIRE_TCP		6
#define XTCP_WIRE_BOTH		259

/*
 * Why a connection ended: one cause each, counted in /proc/net/xtcp_stat as
 * End<Name> and kept with the connection's addresses in the list of recent ends.
 * Two kinds of FIN or RST are told apart by who sent it first: "ours" by this
 * host, "theirs" by the peer. Numbers only grow.
 */
enum xtcp_end {
	XTCP_END_NONE,			/* it has not ended */
	/* In order, by FIN; who closed first. */
	XTCP_END_FIN_OURS,
	XTCP_END_FIN_THEIRS,
	XTCP_END_FIN_BOTH,		/* before either knew of the other's */
	/* This host gave up, with RST where the state asks for one. */
	XTCP_END_UNREAD,		/* close with unread data */
	XTCP_END_LINGER,		/* close with SO_LINGER 0 */
	XTCP_END_LINGER2,		/* TCP_LINGER2 below 0 */
	XTCP_END_ABORT,			/* disconnect: connect to AF_UNSPEC */
	XTCP_END_ABANDONED,		/* closed in SYN-SENT */
	XTCP_END_LATE_DATA,		/* data for a process that has closed */
	XTCP_END_UNACCEPTED,		/* the listener closed before accept */
	XTCP_END_ORPHANS,		/* an orphan beyond max_orphans */
	XTCP_END_MEMORY,		/* no memory for it or its FIN */
	XTCP_END_TW_BUCKETS,		/* FIN-WAIT-2 beyond max_tw_buckets */
	XTCP_END_KILLED,		/* by the administrator */
	XTCP_END_NETNS,			/* its namespace ended */
	/* The peer sent RST, in this state. */
	XTCP_END_REFUSED,		/* SYN-SENT */
	XTCP_END_RST_SYN_RECV,
	XTCP_END_RST_ESTABLISHED,
	XTCP_END_RST_FIN_WAIT1,
	XTCP_END_RST_FIN_WAIT2,
	XTCP_END_RST_CLOSE_WAIT,
	XTCP_END_RST_CLOSING,
	XTCP_END_RST_LAST_ACK,
	/* Time ran out. */
	XTCP_END_TIME_SYN,		/* syn_retries */
	XTCP_END_TIME_SYNACK,		/* synack_retries, in a simultaneous open */
	XTCP_END_TIME_DATA,		/* retries2 */
	XTCP_END_TIME_WINDOW,		/* the same, of zero-window probes */
	XTCP_END_TIME_KEEPALIVE,	/* keepalive_probes */
	XTCP_END_TIME_USER,		/* TCP_USER_TIMEOUT */
	XTCP_END_TIME_ORPHAN,		/* orphan_retries */
	XTCP_END_TIME_FIN_WAIT2,	/* fin_timeout, TCP_LINGER2 */
	/* The network said so. */
	XTCP_END_ICMP,			/* a hard error before ESTABLISHED */
	XTCP_END_OTHER,			/* none of these: a fault of the module */
	/* Embryonic connections; these are counted, and not in the list. */
	XTCP_END_REQ_TIME,		/* synack_retries */
	XTCP_END_REQ_RST,		/* RST from the peer */
	XTCP_END_REQ_ICMP,		/* a hard error */
	XTCP_END_REQ_OVERFLOW,		/* reset by abort_on_overflow */
	XTCP_END_REQ_LISTENER,		/* the listener closed */
	XTCP_END_REQ_KILLED,		/* by the administrator */
	XTCP_END_MAX			/* one past the last */
};

#endif /* _UAPI_LINUX_XTCP_H */
