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

#endif /* _UAPI_LINUX_XTCP_H */
