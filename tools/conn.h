/* SPDX-License-Identifier: GPL-2.0 */
/* One connection, listener or small object as xtcpstat knows it, whatever source told of it. */
#ifndef XTCPSTAT_CONN_H
#define XTCPSTAT_CONN_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

/* The numbers are those of /proc/net/tcp, which are the kernel's own (enum tcp state). */
enum conn_state {
	CONN_ESTABLISHED = 1,
	CONN_SYN_SENT,
	CONN_SYN_RECV,
	CONN_FIN_WAIT1,
	CONN_FIN_WAIT2,
	CONN_TIME_WAIT,
	CONN_CLOSE,
	CONN_CLOSE_WAIT,
	CONN_LAST_ACK,
	CONN_LISTEN,
	CONN_CLOSING,
	CONN_NEW_SYN_RECV,	/* an embryonic connection: a small object, not a socket yet */
	CONN_STATES		/* one past the last */
};

enum conn_timer {
	CONN_TIMER_OFF,
	CONN_TIMER_RETRANS,
	CONN_TIMER_KEEPALIVE,
	CONN_TIMER_TIMEWAIT,
	CONN_TIMER_PERSIST,
	CONN_TIMERS		/* one past the last */
};

/**
 * struct endpoint - one side of a connection
 * @family: AF_INET or AF_INET6; says which member of @addr holds
 * @port: in host order, 0 where there is none (a listener's peer)
 * @addr: the address, in network order
 */
struct endpoint {
	int family;
	__u16 port;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	} addr;
};

/**
 * struct conn - one row of a listing
 * @local: our address and port
 * @peer: theirs
 * @state: as numbered in /proc/net/tcp
 * @timer: which timer is armed
 * @v6only: an AF_INET6 listener is known to refuse IPv4; procfs does not tell, so it leaves false
 * @has_detail: @rto_ms to @ssthresh were given
 * @recvq: bytes not yet read; of a listener: connections waiting for accept
 * @sendq: bytes not yet acknowledged; of a listener: the most that may wait for accept
 * @retransmits: retransmissions of the oldest segment without an answer
 * @probes: keepalive or zero-window probes without an answer
 * @uid: the owner's user id
 * @timer_ms: milliseconds until the timer fires
 * @inode: of the socket, 0 where no process holds one
 * @wire: IP protocol that carries it, 253 or 6, 259 for either; 0 where not told
 * @rto_ms: retransmission timeout, ms
 * @ato_ms: delayed-ACK timeout, ms
 * @cwnd: congestion window, segments
 * @ssthresh: slow start threshold, segments, -1 while none is set
 */
struct conn {
	struct endpoint local;
	struct endpoint peer;
	enum conn_state state;
	enum conn_timer timer;
	bool v6only;
	bool has_detail;
	__u32 recvq;
	__u32 sendq;
	__u32 retransmits;
	__u32 probes;
	__u32 uid;
	__u64 timer_ms;
	__u64 inode;
	__u32 wire;
	__u64 rto_ms;
	__u64 ato_ms;
	__u32 cwnd;
	__s64 ssthresh;
};

/* Sets of states, one bit each. */
#define STATE_BIT(s)	(1U << (s))
#define STATES_ALL	(((1U << CONN_STATES) - 1) & ~1U)
#define STATES_SYNRECV	(STATE_BIT(CONN_SYN_RECV) | STATE_BIT(CONN_NEW_SYN_RECV))
#define STATES_BUCKET	(STATES_SYNRECV | STATE_BIT(CONN_TIME_WAIT))
#define STATES_LISTEN	(STATE_BIT(CONN_LISTEN) | STATE_BIT(CONN_CLOSE))
#define STATES_CONNECTED (STATES_ALL & ~STATES_LISTEN)
/* What ss shows when not asked for more: connections that are, or are being, made or closed. */
#define STATES_DEFAULT	(STATES_CONNECTED & ~STATES_BUCKET)

const char *conn_state_name(enum conn_state state);
bool conn_states_parse(const char *name, unsigned int *states);
const char *conn_timer_name(enum conn_timer timer);
unsigned int conn_timer_count(const struct conn *c);

bool endpoint_any(const struct endpoint *e);
bool endpoint_as_v4(const struct endpoint *e, struct in_addr *v4);
size_t endpoint_addr_len(const struct endpoint *e);

#endif
