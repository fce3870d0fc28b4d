/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire between the stack under test and a peer played by hand: a TUN
 * device in a namespace of its own, with nobody behind it but the test.
 *
 *   stack under test: 10.9.0.1, fd09::1  [pk0] ===== test: 10.9.0.2, fd09::2
 *
 * Here segments are as on the wire: absolute sequence numbers, any bytes.
 * pkt_peer.h has the vocabulary that tests are written in.
 */
#ifndef XTCP_PKT_WIRE_H
#define XTCP_PKT_WIRE_H

#include "xtcp_test.h"

#define PKT_MTU		1500
#define PKT_MAX		2048		/* room for a packet, bytes */
#define PKT_OPTLEN_MAX	40
#define PKT_TCP_HDR	20

/* Header flags, RFC 9293 section 3.1. */
#define FIN	0x01
#define SYN	0x02
#define RST	0x04
#define PSH	0x08
#define ACK	0x10
#define URG	0x20
#define ECE	0x40
#define CWR	0x80

/* Options seen, struct pkt_seg.has. */
#define HAS_MSS		0x01
#define HAS_WS		0x02
#define HAS_TS		0x04
#define HAS_SACK_PERM	0x08
#define HAS_SACK	0x10
#define HAS_OTHER	0x20
#define HAS_FO		0x40

/**
 * struct pkt_seg - a segment that the stack under test sent
 * @at_us: when it was read
 * @seq: absolute, as @ack is
 * @has: HAS_*
 * @fo: cookie of the Fast Open option, in @raw
 * @fo_len: bytes of it
 * @ip_id: IPv4 identification
 * @ip_opts: bytes of IPv4 options
 * @raw: the whole packet, IP header included
 * @raw_len: its length
 * @data: payload, in @raw
 * @len: bytes of it
 * @broken: what is wrong with it whatever the test expects, or NULL
 */
struct pkt_seg {
	__u64 at_us;
	__u16 sport;
	__u16 dport;
	__u32 seq;
	__u32 ack;
	__u8 flags;
	__u16 wnd;
	__u16 urg;
	__u8 has;
	__u16 mss;
	__u8 ws;
	__u32 tsval;
	__u32 tsecr;
	const __u8 *fo;
	__u8 fo_len;
	__u8 tos;
	__u8 ttl;
	__u16 ip_id;
	__u8 ip_opts;
	__u8 raw[PKT_MAX];
	int raw_len;
	const __u8 *data;
	__u32 len;
	const char *broken;
};

/* How an IP header is to differ from the usual. */
struct pkt_ip {
	int len_delta;		/* added to the length field */
	__u8 tos;
	__u8 ttl;
	const char *src;	/* another address than the peer's */
	const char *dst;	/* another than that of the stack under test */
	bool opts;		/* options that mean nothing to TCP */
	const __u8 *v4_opts;	/* these bytes of IPv4 options instead */
	int v4_optlen;		/* a multiple of four */
};

/* The wire */
void pkt_up(enum xt_fam fam);
void pkt_down(void);
enum xt_fam pkt_fam(void);
socklen_t pkt_addr(bool peer, __u16 port, union xt_addr *addr);

/* Out: @tcp is a whole segment, header and payload. */
void pkt_checksum(__u8 *tcp, int len);
void pkt_inject(const __u8 *tcp, int len, const struct pkt_ip *ip);
void pkt_inject_icmp(int type, int code, __u32 info, const __u8 *quoted, int len);

/* In: the next segment that @match likes within @ms, taken off the queue. */
struct pkt_seg *pkt_take(bool (*match)(const struct pkt_seg *seg, const void *arg),
			 const void *arg, int ms);
void pkt_forget(struct pkt_seg *seg);

/* When a test fails */
__u64 pkt_now_us(void);
void pkt_save(void);
void pkt_print(const char *label, const struct pkt_seg *seg);
const char *pkt_flags(__u8 flags, char *buf);

#endif /* XTCP_PKT_WIRE_H */
