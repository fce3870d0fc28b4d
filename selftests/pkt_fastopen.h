/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of Fast Open have in common, on either side.
 */
#ifndef XTCP_PKT_FASTOPEN_H
#define XTCP_PKT_FASTOPEN_H

#include "pkt_peer.h"

#include <linux/tcp.h>
#include <string.h>

#define COOKIE_MAX	16
#define KEY1	"00010203-04050607-08090a0b-0c0d0e0f"
#define KEY2	"f0e0d0c0-b0a09080-70605040-30201000"

/* A Fast Open option: kind, length, cookie. */
struct fo_option {
	__u8 bytes[4 + COOKIE_MAX];
	int len;
};

static inline struct fo_option fo_option(const __u8 *cookie, int len)
{
	struct fo_option o = { .bytes = { 34, 2 + len }, .len = 2 + len };

	if (len)
		memcpy(o.bytes + 2, cookie, len);
	/* So that what follows is aligned. */
	while (o.len % 4)
		o.bytes[o.len++] = 1;
	return o;
}

static inline void peer_inject_fo(struct peer *p, __u8 flags, __u32 ack,
				  const struct fo_option *o, struct pkt_out out)
{
	out.opts = o->bytes;
	out.optlen = o->len;
	out.mss = p->mss;
	peer_inject(p, flags, 0, ack, &out);
}

/* A SYN or SYN-ACK with that option, MSS, and perhaps data. */
#define inject_fo(p, flags, ack, o, ...) \
	peer_inject_fo(p, flags, ack, o, (struct pkt_out){ __VA_ARGS__ })

static inline bool has_fo(const struct pkt_seg *seg, const void *cookie, int len)
{
	return seg->has & HAS_FO && seg->fo_len == len &&
	       !memcmp(seg->fo, cookie, len);
}

static inline struct tcp_info fo_info(int fd)
{
	struct tcp_info info = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		xt_die("TCP_INFO");
	return info;
}

/* Has a counter grown by so much? The kernel's TCP counts elsewhere. */
static inline bool fo_counted(unsigned long want, const char *name)
{
	return xt_is_tcp() || pkt_counter(name) == want;
}

#endif /* XTCP_PKT_FASTOPEN_H */
