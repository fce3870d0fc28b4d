/* SPDX-License-Identifier: GPL-2.0 */
/*
 * TCP options as they stand in the header and as plain values: RFC 9293
 * section 3.2, RFC 7323, RFC 7413. Pure: no socket, no allocation.
 */
#ifndef _XTCP_OPTIONS_H
#define _XTCP_OPTIONS_H

#include <linux/types.h>

enum xtcp_optkind {
	XTCP_OPT_EOL		= 0,
	XTCP_OPT_NOP		= 1,
	XTCP_OPT_MSS		= 2,
	XTCP_OPT_WSCALE		= 3,
	XTCP_OPT_SACK_PERM	= 4,
	XTCP_OPT_SACK		= 5,
	XTCP_OPT_TIMESTAMP	= 8,
	XTCP_OPT_FASTOPEN	= 34,
};

#define XTCP_OPTLEN_MAX		40	/* bytes: data offset is four bits */
#define XTCP_OPTLEN_TS		12	/* bytes, with two NOPs before it */
#define XTCP_WSCALE_MAX		14	/* RFC 7323 section 2.3 */
/* Fast Open cookies, bytes, an even number of them: RFC 7413 section 4.1.1. */
#define XTCP_FO_COOKIE_MIN	4
#define XTCP_FO_COOKIE_MAX	16

/**
 * struct xtcp_opts - what a segment's options say
 * @tsval: timestamp value, host order; valid with @has_ts
 * @tsecr: timestamp echo reply, host order; valid with @has_ts
 * @mss: maximum segment size in bytes; 0 when absent
 * @wscale: window shift 0 to 14; valid with @has_wscale
 * @has_ts: a timestamps option was there
 * @fo_len: bytes of @fo_cookie, 0 or 4 to 16; valid with @has_fo
 * @has_wscale: a window scale option was there (only looked for on a SYN)
 * @sack_perm: SACK-permitted was there (only looked for on a SYN)
 * @has_fo: a Fast Open option was there (only looked for on a SYN)
 * @fo_cookie: its cookie, where it stands; of no use once the segment is gone
 */
struct xtcp_opts {
	u32 tsval;
	u32 tsecr;
	u16 mss;
	u8 wscale;
	u8 fo_len;
	u8 has_ts:1;
	u8 has_wscale:1;
	u8 sack_perm:1;
	u8 has_fo:1;
	const u8 *fo_cookie;
};

/**
 * xtcp_options_parse() - read the options of a segment
 * @opts: filled in; zeroed first
 * @ptr: first byte after the fixed header
 * @len: bytes of options, 0 to 40
 * @syn: the segment carries SYN: MSS, window scale, SACK-permitted and Fast
 *	Open count
 *
 * Unknown options are skipped (RFC 9293 MUST-6); a known option of a wrong
 * length is skipped too. Bytes after End of Option List are not read.
 *
 * Context: any.
 * Return: 0, or -EINVAL when an option's length is below 2 or runs past @len
 * (MUST-7: without crashing); what came before it is kept in @opts.
 */
int xtcp_options_parse(struct xtcp_opts *opts, const u8 *ptr, int len,
		       bool syn);

/**
 * xtcp_options_len() - bytes that xtcp_options_build() will write
 * @opts: the options wanted
 *
 * Context: any.
 * Return: a multiple of four, 0 to 40.
 */
int xtcp_options_len(const struct xtcp_opts *opts);

/**
 * xtcp_options_build() - write options behind a fixed header
 * @opts: the options wanted
 * @ptr: where to; xtcp_options_len() bytes are written, 4-byte aligned,
 *	padded by NOPs before the option that needs them
 *
 * Context: any.
 */
void xtcp_options_build(const struct xtcp_opts *opts, __be32 *ptr);

#endif /* _XTCP_OPTIONS_H */
