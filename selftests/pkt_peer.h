/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vocabulary of packet-level tests: a peer that is played by hand, segment
 * by segment, so that a test reads as the script of a conversation.
 *
 *	peer_syn(p);
 *	expect(p, SYN | ACK, 0, 1, .mss = 1460);
 *	inject(p, ACK, 1, 1);
 *	fd = xt_accept(listener);
 *	inject(p, ACK, 1, 1, .len = 100);
 *	expect(p, ACK, 1, 101, .max_ms = 500);
 *
 * Sequence numbers are relative to their sender's initial one: the SYN has 0,
 * the first byte of data 1. Payload is a pattern that follows from its place
 * in the stream, so all data is compared without further words. What is not
 * as expected is printed beside what was, with the conversation so far and the
 * name of a pcap, and ends the test.
 *
 * XTCP_TEST_TRACE=1 prints all segments, XTCP_TEST_PCAP=1 always saves them,
 * XTCP_TEST_ONLY=NAME runs the test of that name alone, or those that match NAME
 * as the names of files match a shell pattern.
 */
#ifndef XTCP_PKT_PEER_H
#define XTCP_PKT_PEER_H

#include "pkt_wire.h"

#define COUNT(array)	(sizeof(array) / sizeof(*(array)))
/* Any number will do. */
#define ANY		0x5a5a5a5aU
/* A window shift, as 0 would mean that there is no option. */
#define WS(shift)	((shift) + 1)
#define NO_WS		(-1)
/* Silence long enough to show that no answer to a segment comes. */
#define SOON_MS		20

/**
 * struct peer - one end of one connection, played by hand
 * @port: its port; @dut: that of the stack under test, 0 until it is known
 * @iss: its initial sequence number; @irs: that of the stack under test
 * @met: @irs is known
 * @mss: to announce; 0 for no option
 * @ws: WS(shift) to announce; 0 for no option
 * @ts: announce timestamps, and send one in each segment once both have
 * @tsval: timestamp to send; @tsecr: the last one seen
 * @wnd: window field of segments
 * @dut_ws: shift of the windows that come
 * @nxt: one past the highest sequence number seen, relative
 * @edge: right edge of the window seen last, relative
 * @mark_us: when a segment was last sent or taken
 * @open_us: when the first SYN was sent, by either side
 * @last: the segment taken last
 */
struct peer {
	__u16 port;
	__u16 dut;
	__u32 iss;
	__u32 irs;
	bool met;
	__u16 mss;
	int ws;
	bool ts;
	__u32 tsval;
	__u32 tsecr;
	__u16 wnd;
	__u8 dut_ws;
	__u32 nxt;
	__u32 edge;
	__u64 mark_us;
	__u64 open_us;
	struct pkt_seg *last;
};

/* What a segment to send has beside flags and numbers. */
struct pkt_out {
	__u32 len;		/* payload, of the pattern */
	const void *data;	/* or these bytes */
	__u16 wnd;		/* window field; 0: the peer's */
	bool zero_wnd;
	__u16 urg;		/* urgent pointer */
	__u16 mss;
	int ws;			/* WS(shift) */
	bool no_ts;
	bool ts;		/* a timestamp although none was agreed on */
	__u32 tsval;		/* 0: the peer's */
	__u32 tsecr;		/* 0: the last seen */
	const __u8 *opts;	/* these bytes instead of any options */
	int optlen;
	__u8 reserved;		/* reserved bits of the header */
	struct pkt_ip ip;
};

/* What is expected of a segment beside flags and numbers; 0: anything. */
struct pkt_want {
	__u32 len;		/* payload, compared with the pattern */
	bool any_len;
	__u16 mss;
	bool no_mss;
	int ws;			/* WS(shift), or NO_WS */
	bool ts;
	bool no_ts;
	__u32 tsecr;
	__u32 wnd;		/* bytes, scaled up */
	bool zero_wnd;
	__u16 urg;
	bool push;
	bool maybe_ack;		/* ACK may be set or not: a RST of either kind */
	bool again_ok;		/* retransmissions may come before it */
	int min_ms;		/* since the last segment, either way */
	int max_ms;
};

void peer_init(struct peer *p);
void peer_again(struct peer *p);
void peer_forget(struct peer *p);

void peer_inject(struct peer *p, __u8 flags, __u32 seq, __u32 ack,
		 const struct pkt_out *out);
const struct pkt_seg *peer_expect(const char *where, struct peer *p,
				  __u8 flags, __u32 seq, __u32 ack,
				  const struct pkt_want *want);
void peer_expect_nothing(const char *where, struct peer *p, int ms);
int peer_build(struct peer *p, __u8 *tcp, __u8 flags, __u32 seq, __u32 ack,
	       const struct pkt_out *out);

#define PKT_LINE_(n)	#n
#define PKT_LINE(n)	PKT_LINE_(n)
#define PKT_HERE	__FILE__ ":" PKT_LINE(__LINE__)

/* Send a segment. */
#define inject(p, flags, seq, ack, ...) \
	peer_inject(p, flags, seq, ack, &(struct pkt_out){ __VA_ARGS__ })

/* The next segment must be this one; returns it. PSH may be set or not. */
#define expect(p, flags, seq, ack, ...) \
	peer_expect(PKT_HERE, p, flags, seq, ack, \
		    &(struct pkt_want){ __VA_ARGS__ })

/* No segment may come for so long. */
#define expect_nothing(p, ms)	peer_expect_nothing(PKT_HERE, p, ms)

/* Whatever waits is taken, and must be a retransmission. */
void peer_skip_repeats(struct peer *p);
/* Whatever comes for a time is taken; returns how many. */
int peer_drain(struct peer *p, int ms);
/* The next segment, whatever it is, or NULL after @ms. */
const struct pkt_seg *peer_next(struct peer *p, int ms);
__u32 peer_rel(const struct peer *p, const struct pkt_seg *seg);
void peer_fail(const char *where, struct peer *p, const char *fmt, ...);

/* Opening */
void peer_syn(struct peer *p);
void peer_synack(struct peer *p);
int peer_listen(struct peer *p);
int peer_connect(struct peer *p);
int peer_accepted(struct peer *p);
int peer_connected(struct peer *p);

/* ICMP about the segment with this relative sequence number. */
void peer_icmp(struct peer *p, int type, int code, __u32 info, __u32 seq);

/* The program under test reads and writes the pattern, from @off on. */
void app_write(int fd, __u32 off, size_t len);
void app_read(int fd, __u32 off, size_t len);
/* It opens a connection to @p with that, by MSG_FASTOPEN: what sendto says. */
ssize_t app_open(struct peer *p, int fd, size_t len, int flags);

/* States, knobs, counters of the stack under test */
enum xt_state peer_state(const struct peer *p);
enum xt_state peer_wait_state(const struct peer *p, enum xt_state want);
unsigned long pkt_counter(const char *name);

/* A route to the peer alone, with metrics as "ip route" has them. */
void pkt_route(const char *metrics);

/* No timeout for two seconds, so that a busy machine makes no losses. */
void pkt_patient(void);

/*
 * Is time cheap, so that a test may wait for minutes? It is where the clock is
 * virtual (User Mode Linux with time-travel), or XTCP_TEST_LONG says so.
 */
bool pkt_time_is_cheap(void);

/* Is this test to be left out, as XTCP_TEST_ONLY names another? */
bool pkt_left_out(const char *name);

#endif /* XTCP_PKT_PEER_H */
