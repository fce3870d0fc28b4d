/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SYN cookies: a connection's state in the numbers of a SYN-ACK (RFC 4987
 * section 3.6), so that a SYN costs no memory.
 */
#ifndef _XTCP_COOKIES_H
#define _XTCP_COOKIES_H

#include <linux/types.h>

#include "options.h"
#include "tables.h"

/* A cookie is good for one to two of these, seconds. */
#define XTCP_COOKIE_PERIOD	64

/**
 * struct xtcp_cookie - what a cookie tells, and what it is bound to
 * @t: our end first
 * @mix: of the namespace, net_hash_mix()
 * @irs: the peer's initial sequence number
 * @mss: of the peer, bytes; making a cookie rounds it down, an open one has it
 * @now_s: seconds since boot
 */
struct xtcp_cookie {
	const struct xtcp_tuple *t;
	u32 mix;
	u32 irs;
	u16 mss;
	u32 now_s;
};

u32 xtcp_cookies_make(struct xtcp_cookie *c, bool v6);
bool xtcp_cookies_open(struct xtcp_cookie *c, bool v6, u32 cookie);
bool xtcp_cookies_stale(const struct xtcp_cookie *c, u32 cookie);
u32 xtcp_cookies_ts_make(const struct xtcp_opts *opts, u32 now_ms);
bool xtcp_cookies_ts_open(u32 ts, u32 now_ms, struct xtcp_opts *opts);
void xtcp_cookies_init(void);

#endif /* _XTCP_COOKIES_H */
