/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The knobs, net.xtcp.*, one set a network namespace. Documentation/sysctl.rst
 * says what each does; its unit, range and default stand in sysctl.c.
 */
#ifndef _XTCP_SYSCTL_H
#define _XTCP_SYSCTL_H

#include <linux/compiler.h>
#include <linux/types.h>

struct net;
struct xtcp_cong_ops;

/**
 * struct xtcp_knobs - a namespace's knobs, in the units that the files show
 *
 * Written by the files' handlers at any time, so read with READ_ONCE(), that
 * is by xtcp_knob(); what must not change under a connection is copied once.
 *
 * @syn_retries: retransmissions of a SYN
 * @synack_retries: retransmissions of a SYN-ACK
 * @max_syn_backlog: embryonic connections a listener may have
 * @syncookies: answer by cookie: 0 never, 1 when the SYN queue is full, 2 always
 * @fastopen: XTCP_FO_*
 * @abort_on_overflow: a full accept queue answers with RST
 * @retries1: timeouts before the route is doubted
 * @retries2: timeouts before the connection is given up
 * @orphan_retries: the same for an orphan; 0 means 8
 * @max_orphans: connections that no process holds
 * @fin_timeout: seconds an orphan stays in FIN-WAIT-2
 * @keepalive_time: seconds of silence before the first probe
 * @keepalive_intvl: seconds between probes
 * @keepalive_probes: probes without an answer before the end
 * @rfc1337: RST does not end TIME-WAIT
 * @rfc6582_timer: of partial ACKs only the first restarts the timer
 * @rfc9293_window: a smaller window with no newer numbers is believed
 * @stdurg: the urgent pointer is read as RFC 1122 says
 * @window_scaling: offer and accept window scale
 * @timestamps: offer and accept timestamps
 * @adv_win_scale: share of the receive buffer that is not window, as a shift
 * @slow_start_after_idle: cwnd falls back after an idle RTO
 * @rto_min_us: lower bound of the variance term of the RTO, µs
 * @rto_max_ms: upper bound of the RTO, ms
 * @min_snd_mss: smallest MSS for sending, bytes
 * @max_tw_buckets: TIME-WAIT entries
 * @reuse: tw_reuse, which the kernel has a macro of: connect may take a waiting
 *	4-tuple over: 0 no, 1 yes, 2 on loopback only
 * @tw_reuse_delay_ms: not before it waited so long
 * @audit_max: places for records of connections that left TIME-WAIT early
 * @challenge_ack_limit: challenge ACKs a second, each connection by itself
 * @invalid_ratelimit: ms between two ACKs of out-of-window segments
 * @recent_ends: connections that ended, to be kept in the close ledger
 * @timewait_ms: length of TIME-WAIT
 * @timewait_min_ms: what a socket may shorten it to without CAP_NET_ADMIN
 * @wire: IP protocol of new sockets: XTCP_WIRE_*
 * @debug_iss: initial send sequence number for tests, 0 for RFC 6528's
 * @local_ports: ephemeral ports, lowest << 16 | highest, so that one read
 *	gets both; see xtcp_local_port_range()
 * @rmem: receive buffer, bytes: least, initial, most
 * @wmem: send buffer, bytes: least, initial, most
 * @cong: algorithm of new sockets; the namespace holds a reference
 */
struct xtcp_knobs {
	int syn_retries;
	int synack_retries;
	int max_syn_backlog;
	int syncookies;
	int fastopen;
	int abort_on_overflow;
	int retries1;
	int retries2;
	int orphan_retries;
	int max_orphans;
	int fin_timeout;
	int keepalive_time;
	int keepalive_intvl;
	int keepalive_probes;
	int rfc1337;
	int rfc6582_timer;
	int rfc9293_window;
	int stdurg;
	int window_scaling;
	int timestamps;
	int adv_win_scale;
	int slow_start_after_idle;
	int rto_min_us;
	int rto_max_ms;
	int min_snd_mss;
	int max_tw_buckets;
	int reuse;
	int tw_reuse_delay_ms;
	int audit_max;
	int challenge_ack_limit;
	int invalid_ratelimit;
	int recent_ends;
	int timewait_ms;
	int timewait_min_ms;
	int wire;
	u32 debug_iss;
	u32 local_ports;
	int rmem[3];
	int wmem[3];
	const struct xtcp_cong_ops __rcu *cong;
};

/*
 * net.xtcp.mem, pages: no pressure below the first, pressure from the second,
 * nothing beyond the third. One for all namespaces, set in the first only, as
 * memory is; for struct proto's sysctl_mem.
 */
extern long xtcp_mem[3];

/* First values of rmem and wmem; for struct proto's sysctl_rmem and _wmem. */
extern int xtcp_rmem_default[3];
extern int xtcp_wmem_default[3];

/* Ephemeral ports of a namespace, both ends included. */
static inline void xtcp_local_port_range(const struct xtcp_knobs *knobs,
					 int *low, int *high)
{
	u32 ports = READ_ONCE(knobs->local_ports);

	*low = ports >> 16;
	*high = ports & 0xffff;
}

void xtcp_sysctl_init(void);
void xtcp_knobs_init(struct xtcp_knobs *knobs);
int xtcp_sysctl_net_init(struct net *net);
void xtcp_sysctl_net_exit(struct net *net);
const struct xtcp_cong_ops *xtcp_sysctl_cong_get(struct net *net);

#endif /* _XTCP_SYSCTL_H */
