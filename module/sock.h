/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The connection: RFC 9293 section 3.3.1, the transmission control block.
 *
 * Lock order, outermost first; what is not listed is a leaf:
 *
 *	socket lock of a listener (process context only)
 *	  socket lock of a connection (lock_sock, or bh_lock_sock in softirq)
 *	    bucket of bound ports (bind.c)
 *	      bucket of the connection table (tables.c)
 *	    struct xtcp_listen.lock (SYN and accept queue of a listener)
 *	      bucket of the connection table (tables.c)
 *	    lock of a shard of waiting entries (timewait.c)
 *	    lock of a shard of the memory (audit.c)
 *	    struct xtcp_ends.lock (recent ends)
 *	    struct xtcp_reserve.lock (process context only)
 *	      socket lock of the kernel's TCP, of a socket that holds a port
 *	    lock of struct xtcp_reserve.held (innermost)
 *
 * A listener is never locked for a SYN or for the third segment: its queues
 * have a lock of their own.
 *
 * References to a socket (sk_refcnt): one for its owner (the struct socket,
 * or the fact that it is an orphan not yet dead; a child has it from birth
 * until accept hands it over), one for its place in the connection or
 * listener table, one for each armed timer, one for each embryonic connection
 * that names it as listener. It is freed after an RCU grace period.
 */
#ifndef _XTCP_SOCK_H
#define _XTCP_SOCK_H

#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/rbtree.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/sock.h>

#include "uapi/linux/xtcp.h"
#include "cong.h"
#include "netns.h"
#include "options.h"
#include "rtt.h"
#include "seq.h"
#include "tables.h"

struct xtcp_family;
struct xtcp_focookie;
struct xtcp_fokeys;
struct xtcp_forequest;
struct xtcp_listen;

/* Both IPv4's header and TCP's are at most 60 bytes, IPv6's is 40. */
#define XTCP_MAX_HEADER		(MAX_HEADER + 60 + 60)
#define XTCP_MIN_HEADER		SKB_WITH_OVERHEAD(512)	/* enough for most ways */
#define XTCP_MEM_KEEP		(2 * PAGE_SIZE)	/* bytes that a socket may hoard */
#define XTCP_MSS_DEFAULT	536	/* RFC 9293 MUST-15, IPv4 */
#define XTCP_MSS_DEFAULT6	1220	/* the same for IPv6 */
#define XTCP_MSS_MIN		88	/* least that TCP_MAXSEG takes */
#define XTCP_DUPACK_THRESH	3	/* RFC 5681 section 3.2 */
#define XTCP_ATO_MIN		(HZ / 25)

/* What struct xtcp_sock.rto_when stands for now. */
enum xtcp_timer_mode {
	XTCP_TIMER_NONE,
	XTCP_TIMER_RETRANS,
	XTCP_TIMER_PROBE,
};

/* Loss recovery: RFC 6582. */
enum xtcp_ca_state {
	XTCP_CA_OPEN,
	XTCP_CA_RECOVERY,
	XTCP_CA_LOSS,
};

/* Bits of struct xtcp_sock.ack_pending. */
#define XTCP_ACK_DELAYED	1	/* an ACK is owed */
#define XTCP_ACK_NOW		2	/* it is owed at once */
#define XTCP_ACK_PUSHED		4	/* a burst has ended: due when all is read */
#define XTCP_ACK_PUSHED2	8	/* and another one: due when some is read */
#define XTCP_ACK_TIMED		16	/* and due at delack_when at the latest */

/* Bits of struct xtcp_sock.deferred: what met an owned socket. */
enum xtcp_deferred {
	XTCP_DEFER_TIMER,
	XTCP_DEFER_MTU,
};

/* Bits of struct xtcp_sock.nonagle, as in Linux TCP. */
#define XTCP_NAGLE_OFF		1	/* TCP_NODELAY */
#define XTCP_NAGLE_CORK		2	/* TCP_CORK */
#define XTCP_NAGLE_PUSH		4	/* send the tail now, once */

/* Urgent data: struct xtcp_sock.urg_data. */
#define XTCP_URG_NOTYET		0x0100	/* announced, the byte not here yet */
#define XTCP_URG_VALID		0x0200	/* low eight bits hold the byte */
#define XTCP_URG_READ		0x0400	/* and it was read */

/**
 * struct xtcp_skb_cb - a segment's place in the sequence space
 * @h: the network layer's own; must come first
 * @seq: first sequence number, SYN counted
 * @end_seq: one past the last, SYN and FIN counted
 * @ack: acknowledgment number (received segments)
 * @sent_us: when last sent, low bits of µs (segments in rtxq); of a received
 *	SYN whose 4-tuple is known, our initial sequence number, or 0
 * @wnd: window field, unscaled (received segments)
 * @urg_ptr: urgent pointer (received segments)
 * @segs: segments that it makes on the wire (segments in rtxq)
 * @mss: payload of each but the last, bytes, or 0 for a single one (likewise)
 * @flags: header flags, byte 13 of the header
 * @retrans: how often it was retransmitted (segments in rtxq)
 * @lost: deemed lost and not retransmitted since (segments in rtxq)
 */
struct xtcp_skb_cb {
	union {
		struct inet_skb_parm h4;
		struct inet6_skb_parm h6;
	} h;
	u32 seq;
	u32 end_seq;
	u32 ack;
	u32 sent_us;
	union {
		struct {
			u16 wnd;
			u16 urg_ptr;
		};
		struct {
			u16 segs;
			u16 mss;
		};
	};
	u8 flags;
	u8 retrans;
	u8 lost;
};

#define XTCP_CB(skb)	((struct xtcp_skb_cb *)&(skb)->cb[0])

/* Header flags, RFC 9293 section 3.1. */
#define XTCP_FIN	0x01
#define XTCP_SYN	0x02
#define XTCP_RST	0x04
#define XTCP_PSH	0x08
#define XTCP_ACK	0x10
#define XTCP_URG	0x20
#define XTCP_ECE	0x40
#define XTCP_CWR	0x80

/**
 * struct xtcp_sock - one connection or listener
 *
 * All fields are guarded by the socket lock unless said otherwise. Sequence
 * numbers and windows count bytes.
 *
 * @inet: the kernel's part; must come first
 * @ent: in the table of connections; its tuple is set before it is hashed
 * @table_hash: of @ent, where it was put into the table
 * @fam: address family: routes, headers, MTU
 * @bind: the bound port, or NULL; guarded by its bucket too
 * @listen: queues of a listener, from the first listen() until it is freed
 * @accept_node: in the accept queue, under struct xtcp_listen.lock
 * @queued_us: when it was put there, xtcp_now_us()
 * @rtxq: sent and not yet acknowledged, by seq; sk_write_queue: not yet sent
 * @ofo: received out of order, by seq
 * @ofo_last: the last of @ofo, or NULL
 * @runs_by: jiffies when sk_timer, if it is armed, has run at the latest
 * @rto_when: jiffies when it is time for what @timer_mode says
 * @delack_when: jiffies when an ACK is to be sent, with XTCP_ACK_TIMED
 * @keep_when: jiffies when to look after a silent peer, with @keep_on
 * @snd_una: oldest sequence number not acknowledged
 * @snd_nxt: next to be sent
 * @snd_wnd: window the peer offers, scaled up
 * @snd_wl1: seq of the segment that last set @snd_wnd
 * @snd_up: urgent pointer to send, one past the urgent byte
 * @snd_sml: end of the last segment sent that was smaller than the MSS
 * @write_seq: one past the last byte queued
 * @pushed_seq: end of what PSH was last set for
 * @iss: initial send sequence number
 * @max_window: largest window the peer ever offered
 * @retrans_stamp_us: when the first retransmission of @snd_una went, or 0
 * @recover: snd_nxt when recovery began (RFC 6582)
 * @dupacks: duplicate ACKs in a row
 * @packets_out: segments in @rtxq
 * @lost_out: segments in @rtxq deemed lost and not sent again since
 * @retrans_out: retransmissions not yet acknowledged
 * @total_retrans: retransmissions, ever
 * @rcv_nxt: next sequence number expected
 * @copied_seq: next byte the application will read
 * @rcv_wup: rcv_nxt when a window was last sent
 * @rcv_wnd: window offered at @rcv_wup
 * @irs: initial receive sequence number
 * @route_wnd: most that the route lets us offer, bytes, 0 without a limit
 * @window_clamp: upper bound of the window to offer
 * @rcv_mss: size of the peer's full segments, estimated
 * @urg_seq: sequence number of the urgent byte
 * @urg_data: XTCP_URG_* and the byte
 * @ts_recent: peer's timestamp to echo (RFC 7323 section 4.3)
 * @ts_recent_s: when it was taken, seconds since boot
 * @ts_off: added to our clock, so that no two connections show the same
 * @old_fp: finds the older connections of this 4-tuple that are remembered
 *	(audit.c), or 0
 * @old_ts: timestamp of the peer's SYN, which no older segment is beyond
 * @rcv_tsval: of the segment at hand
 * @rcv_tsecr: of the segment at hand
 * @pmtu: path MTU that @mss_cache was made from, bytes
 * @lrcvtime: jiffies of the last data segment received
 * @mss_cache: payload of a full segment now, options taken off
 * @advmss: MSS that we announce
 * @user_mss: TCP_MAXSEG, or 0
 * @mss_clamp: MSS that the peer announced
 * @dest: where the forecast counts it, or 0
 * @rtt: RTT and RTO
 * @cong: congestion control
 * @ca_state: enum xtcp_ca_state
 * @timer_mode: enum xtcp_timer_mode
 * @backoff: doublings of the RTO or of the probe interval
 * @retransmits: timeouts in a row without an ACK of new data
 * @probes_out: zero-window or keepalive probes without an answer
 * @ack_pending: XTCP_ACK_*
 * @quickack: ACKs still to be sent without delay
 * @pingpong: traffic is request and response: delay ACKs
 * @nonagle: XTCP_NAGLE_*
 * @snd_wscale: shift of windows received
 * @rcv_wscale: shift of windows sent
 * @end: enum xtcp_end, once its end is decided on
 * @keep_on: @keep_when is set
 * @opened: it was counted as opened, and its end was not (ends.c)
 * @ts_ok: both sides have timestamps
 * @wscale_ok: both sides have window scale
 * @saw_ts: the segment at hand has a timestamp
 * @urg_mode: the byte before @snd_up is urgent and not yet acknowledged
 * @refused: a segment found no memory since the user last read
 * @partial: recovery has had a partial ACK (RFC 6582)
 * @rto_unproven: the RTO was backed off and no round trip measured since
 * @bind_auto: connect chose the port
 * @reserved: holds its port on the wire of TCP (reserve.c)
 * @recv_inq: TCP_INQ: recvmsg tells what is left to read
 * @fo_connect: TCP_FASTOPEN_CONNECT: the SYN may wait for the first data
 * @fo_no_cookie: TCP_FASTOPEN_NO_COOKIE: data in a SYN needs none
 * @fo_qlen: TCP_FASTOPEN of a listener: children that may be pending
 * @fo_keys: TCP_FASTOPEN_KEY, or NULL for the namespace's
 * @fo_request: a sendmsg call that opens, or NULL; its process's alone
 * @fo_listener: of a child whose SYN-ACK was not acknowledged yet (Fast Open):
 *	the listener, with a reference; or NULL
 * @fo_cookie: for the SYN that is just being sent, or NULL
 * @fo_asked: our SYN had a Fast Open option
 * @syn_data: our SYN had data
 * @syn_data_acked: the SYN's data was taken, by the peer or by us
 * @fo_fail: TFO_*, why Fast Open did not carry data
 * @repeat_syn: SYN or SYN-ACK was retransmitted: no RTT sample from it
 * @linger2: TCP_LINGER2 in jiffies, 0 default, -1 none
 * @keepalive_time: jiffies, 0 default
 * @keepalive_intvl: jiffies, 0 default
 * @keepalive_probes: 0 default
 * @syn_retries: 0 default
 * @defer_accept: TCP_DEFER_ACCEPT, seconds
 * @user_timeout: TCP_USER_TIMEOUT, ms, 0 none
 * @timewait_ms: XTCP_TIMEWAIT_MS, -1 default
 * @wire: XTCP_WIRE, or 0 for the namespace's
 * @wires: XTCP_WIRE_ON_*, decided with the port; 0 without one
 * @notsent_lowat: TCP_NOTSENT_LOWAT, bytes, 0 none
 * @deferred: enum xtcp_deferred bits; atomic
 * @backlog_done: bytes of memory that the backlog had and that were worked off
 *	since it was last empty; written by whoever works, zeroed under the
 *	socket's spin lock when nobody does
 * @rcv_tstamp: jiffies of the last segment received
 * @lsndtime: jiffies of the last data segment sent
 * @mtu_info: path MTU from an ICMP message that met an owned socket
 * @chal_stamp: second in which challenge ACKs are counted
 * @chal_count: challenge ACKs in it
 * @bytes_acked: ever acknowledged
 * @bytes_received: ever received in order
 * @bytes_sent: ever sent, retransmissions counted
 * @bytes_retrans: ever retransmitted
 * @segs_in: segments received, all kinds
 * @segs_out: segments sent, all kinds
 * @data_segs_in: segments received with payload
 * @data_segs_out: segments sent with payload
 * @keep_sent: keepalive probes sent
 * @keep_answered: keepalive probes answered
 * @keep_sent_us: when the last was sent that is not answered, low bits of µs; 0
 *	when there is none
 * @keep_answer: jiffies of the last answer
 * @keep_rtt_us: round trip of the last first probe answered, µs
 * @opened_ns: when it was opened, ns since boot
 * @oow_stamp: jiffies of the last ACK sent for an unacceptable segment
 * @ato: delay of the next delayed ACK, jiffies
 * @drs_seq: copied_seq when the round of receive buffer tuning began
 * @drs_us: when that was, low bits of µs
 * @drs_space: most bytes that the user read in a round
 * @gp_state: RCU state when last unhashed; rehashing waits for it to pass
 */
struct xtcp_sock {
	struct inet_sock inet;
	struct xtcp_ent ent;
	u32 table_hash;
	const struct xtcp_family *fam;
	struct xtcp_bind *bind;
	struct xtcp_listen *listen;

	struct list_head accept_node;
	u64 queued_us;
	struct sk_buff_head rtxq;
	struct rb_root ofo;
	struct sk_buff *ofo_last;
	struct xtcp_rtt rtt;
	struct xtcp_cong cong;

	unsigned long deferred;
	unsigned long gp_state;
	u32 backlog_done;

	/* What the user set: kept over disconnect, inherited by a child. */
	u32 window_clamp;
	u32 keepalive_time;
	u32 keepalive_intvl;
	u32 user_timeout;
	u32 notsent_lowat;
	int linger2;
	int timewait_ms;
	int defer_accept;
	u16 user_mss;
	u8 nonagle;
	u8 syn_retries;
	u8 keepalive_probes;
	u8 bind_auto:1,
	   reserved:1,
	   recv_inq:1,
	   fo_connect:1,
	   fo_no_cookie:1;
	u8 wires;
	u16 wire;
	u32 fo_qlen;
	struct xtcp_fokeys __rcu *fo_keys;
	struct xtcp_forequest *fo_request;

	/* The connection itself, from here to the end: cleared for each new one. */
	u32 snd_una;
	u32 snd_nxt;
	u32 runs_by;
	u32 rto_when;
	u32 delack_when;
	u32 keep_when;
	u32 snd_wnd;
	u32 snd_wl1;
	u32 snd_up;
	u32 snd_sml;
	u32 write_seq;
	u32 pushed_seq;
	u32 iss;
	u32 max_window;
	u64 retrans_stamp_us;
	u32 recover;
	u32 dupacks;
	u32 packets_out;
	u32 lost_out;
	u32 retrans_out;
	u32 total_retrans;

	u32 rcv_nxt;
	u32 copied_seq;
	u32 rcv_wup;
	u32 rcv_wnd;
	u32 irs;
	u32 route_wnd;
	u32 urg_seq;
	u16 urg_data;
	u16 rcv_mss;

	u32 ts_recent;
	u32 ts_recent_s;
	u32 ts_off;
	u32 old_fp;
	u32 old_ts;
	u32 rcv_tsval;
	u32 rcv_tsecr;

	u32 pmtu;
	u32 lrcvtime;
	u16 mss_cache;
	u16 advmss;
	u16 mss_clamp;
	u16 dest;

	u8 ca_state;
	u8 timer_mode;
	u8 backoff;
	u8 retransmits;
	u8 probes_out;
	u8 ack_pending;
	u8 quickack;
	u8 snd_wscale:4,
	   rcv_wscale:4;
	u8 ts_ok:1,
	   wscale_ok:1,
	   saw_ts:1,
	   pingpong:1,
	   repeat_syn:1,
	   urg_mode:1,
	   refused:1,
	   rto_unproven:1;
	u8 partial:1,
	   fo_asked:1,
	   syn_data:1,
	   syn_data_acked:1,
	   fo_fail:2,
	   opened:1;
	u8 end;
	bool keep_on;

	u32 ato;
	u32 drs_seq;
	u32 drs_us;
	u32 drs_space;
	u32 rcv_tstamp;
	u32 lsndtime;
	u32 mtu_info;
	u32 chal_stamp;
	u32 chal_count;
	u32 oow_stamp;
	u64 bytes_acked;
	u64 bytes_received;
	u64 bytes_sent;
	u64 bytes_retrans;
	u64 opened_ns;
	u32 keep_sent;
	u32 keep_answered;
	u32 keep_sent_us;
	u32 keep_answer;
	u32 keep_rtt_us;
	u32 segs_in;
	u32 segs_out;
	u32 data_segs_in;
	u32 data_segs_out;
	struct sock *fo_listener;
	const struct xtcp_focookie *fo_cookie;
};

/* An IPv6 socket; the pinfo must come last for kernels before 6.5. */
struct xtcp6_sock {
	struct xtcp_sock xtcp;
	struct ipv6_pinfo inet6;
};

static inline struct xtcp_sock *xtcp_sk(const struct sock *sk)
{
	return (struct xtcp_sock *)sk;
}

static inline struct sock *xtcp_ent_sk(struct xtcp_ent *ent)
{
	return (struct sock *)container_of(ent, struct xtcp_sock, ent);
}

/* µs since boot; the one clock of the data path. */
static inline u64 xtcp_now_us(void)
{
	return div_u64(ktime_get_ns(), NSEC_PER_USEC);
}

/* The timestamp clock: one step each millisecond (RFC 7323 section 5.4). */
static inline u32 xtcp_us_to_ts(u64 now_us)
{
	return (u32)div_u64(now_us, USEC_PER_MSEC);
}

static inline u32 xtcp_now_ts(void)
{
	return xtcp_us_to_ts(xtcp_now_us());
}

/* As usecs_to_jiffies(), rounded up, but inline. */
static inline unsigned long xtcp_us_to_jiffies(u32 us)
{
	return div_u64((u64)us * HZ + USEC_PER_SEC - 1, USEC_PER_SEC);
}

/*
 * As sk_mem_uncharge(), which gives back each whole page at once; a request and
 * its response would fetch it anew each time.
 */
static inline void xtcp_mem_uncharge(struct sock *sk, int size)
{
	sk_forward_alloc_add(sk, size);
	if (sk->sk_forward_alloc >= (int)XTCP_MEM_KEEP)
		sk_mem_reclaim(sk);
}

/* Bytes of the offered window not yet used: RCV.NXT to its right edge. */
static inline u32 xtcp_receive_window(const struct xtcp_sock *xp)
{
	s32 win = xp->rcv_wup + xp->rcv_wnd - xp->rcv_nxt;

	return win < 0 ? 0 : win;
}

/* Segments that the network still holds, for all we know. */
static inline u32 xtcp_in_flight(const struct xtcp_sock *xp)
{
	return xp->packets_out - xp->lost_out;
}

/* One past the last byte that the peer lets us send. */
static inline u32 xtcp_wnd_end(const struct xtcp_sock *xp)
{
	return xp->snd_una + xp->snd_wnd;
}

static inline struct sk_buff *xtcp_send_head(const struct sock *sk)
{
	return skb_peek(&sk->sk_write_queue);
}

static inline struct sk_buff *xtcp_rtx_head(const struct xtcp_sock *xp)
{
	return skb_peek(&xp->rtxq);
}

extern struct proto xtcp_prot;
extern struct proto xtcp6_prot;

/*
 * Unlock a socket that xtcp_sock_clone() returned locked; sparse does not see
 * that lock being taken.
 */
static inline void xtcp_sock_unlock_clone(struct sock *sk)
{
	__acquire(&sk->sk_lock.slock);
	bh_unlock_sock(sk);
}

int xtcp_sock_init(void);
void xtcp_sock_exit(void);
void xtcp_set_state(struct sock *sk, int state);
int xtcp_sock_open(struct sock *sk);
void xtcp_sock_init_common(struct sock *sk);
void xtcp_sock_reset(struct sock *sk);
void xtcp_sock_done(struct sock *sk);
void xtcp_sock_destroy(struct sock *sk);
void xtcp_sock_fail(struct sock *sk, int err);
void xtcp_sock_purge(struct sock *sk);
int xtcp_sock_hash(struct sock *sk);
void xtcp_sock_unhash(struct sock *sk);
struct sock *xtcp_sock_clone(struct sock *parent);
void xtcp_sock_release_cb(struct sock *sk);
void xtcp_sock_write_space(struct sock *sk);
enum xtcp_end xtcp_sock_orphan_end(struct sock *sk);

#endif /* _XTCP_SOCK_H */
