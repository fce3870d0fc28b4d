// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing of TCP options: RFC 9293 section 3.2, RFC 7323
 * sections 2 and 3, RFC 2018 section 2, RFC 7413 section 2. Pure: no socket, no
 * allocation.
 */
#include <linux/align.h>
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "compat/unaligned.h"
#include "options.h"

/* Lengths of the known options in bytes, their kind and length included. */
#define OPTLEN_MSS		4
#define OPTLEN_WSCALE		3
#define OPTLEN_SACK_PERM	2
#define OPTLEN_TIMESTAMP	10
#define OPTLEN_FASTOPEN		2	/* and the cookie */

/* Words that begin an option, as they are written by xtcp_options_build(). */
#define WORD_MSS	(XTCP_OPT_MSS << 24 | OPTLEN_MSS << 16)
#define WORD_WSCALE	(XTCP_OPT_NOP << 24 | XTCP_OPT_WSCALE << 16 | \
			 OPTLEN_WSCALE << 8)
#define WORD_SACK_PERM	(XTCP_OPT_NOP << 24 | XTCP_OPT_NOP << 16 | \
			 XTCP_OPT_SACK_PERM << 8 | OPTLEN_SACK_PERM)
#define WORD_TS		(XTCP_OPT_NOP << 24 | XTCP_OPT_NOP << 16 | \
			 XTCP_OPT_TIMESTAMP << 8 | OPTLEN_TIMESTAMP)
#define WORD_SACK_TS	(XTCP_OPT_SACK_PERM << 24 | OPTLEN_SACK_PERM << 16 | \
			 XTCP_OPT_TIMESTAMP << 8 | OPTLEN_TIMESTAMP)

/* All that is ever built at once: MSS, timestamps with SACK, window scale, cookie. */
static_assert(4 + XTCP_OPTLEN_TS + 4 +
	      ALIGN(OPTLEN_FASTOPEN + XTCP_FO_COOKIE_MAX, 4) <= XTCP_OPTLEN_MAX);
static_assert(XTCP_OPTLEN_TS == 2 + OPTLEN_TIMESTAMP);

static void read_timestamp(struct xtcp_opts *opts, const u8 *value)
{
	opts->has_ts = 1;
	opts->tsval = get_unaligned_be32(value);
	opts->tsecr = get_unaligned_be32(value + 4);
}

/* RFC 7413 section 4.1.1: of another length it is no Fast Open option. */
static void read_fastopen(struct xtcp_opts *opts, const u8 *opt, u8 len)
{
	u8 cookie = len - OPTLEN_FASTOPEN;

	if (cookie & 1 || cookie > XTCP_FO_COOKIE_MAX ||
	    (cookie && cookie < XTCP_FO_COOKIE_MIN))
		return;
	opts->has_fo = 1;
	opts->fo_len = cookie;
	opts->fo_cookie = cookie ? opt + OPTLEN_FASTOPEN : NULL;
}

/* Options that mean something on a SYN only; @len is already in bounds. */
static void read_syn_option(struct xtcp_opts *opts, const u8 *opt, u8 len)
{
	switch (opt[0]) {
	case XTCP_OPT_MSS:
		if (len == OPTLEN_MSS)
			opts->mss = get_unaligned_be16(opt + 2);
		break;
	case XTCP_OPT_WSCALE:
		if (len != OPTLEN_WSCALE)
			break;
		opts->has_wscale = 1;
		/* RFC 7323 section 2.3: a larger shift is used as 14. */
		opts->wscale = min_t(u8, opt[2], XTCP_WSCALE_MAX);
		break;
	case XTCP_OPT_SACK_PERM:
		if (len == OPTLEN_SACK_PERM)
			opts->sack_perm = 1;
		break;
	case XTCP_OPT_FASTOPEN:
		read_fastopen(opts, opt, len);
		break;
	}
}

int xtcp_options_parse(struct xtcp_opts *opts, const u8 *ptr, int len,
		       bool syn)
{
	const u8 *end = ptr + len;

	memset(opts, 0, sizeof(*opts));

	/* RFC 7323 appendix A: how nearly every segment of data looks. */
	if (len == XTCP_OPTLEN_TS && get_unaligned_be32(ptr) == WORD_TS) {
		read_timestamp(opts, ptr + 4);
		return 0;
	}

	while (ptr < end && *ptr != XTCP_OPT_EOL) {
		if (*ptr == XTCP_OPT_NOP) {
			ptr++;
			continue;
		}
		/* MUST-7: a length may be missing, too short or too long. */
		if (end - ptr < 2 || ptr[1] < 2 || ptr[1] > end - ptr)
			return -EINVAL;

		if (*ptr == XTCP_OPT_TIMESTAMP && ptr[1] == OPTLEN_TIMESTAMP)
			read_timestamp(opts, ptr + 2);
		else if (syn)
			read_syn_option(opts, ptr, ptr[1]);
		ptr += ptr[1];
	}
	return 0;
}

int xtcp_options_len(const struct xtcp_opts *opts)
{
	int len = 0;

	if (opts->mss)
		len += 4;
	if (opts->has_ts)
		len += XTCP_OPTLEN_TS;
	else if (opts->sack_perm)
		len += 4;
	if (opts->has_wscale)
		len += 4;
	if (opts->has_fo)
		len += ALIGN(OPTLEN_FASTOPEN + opts->fo_len, 4);
	return len;
}

/* NOPs before it, as it is of any even length. */
static void build_fastopen(const struct xtcp_opts *opts, u8 *ptr)
{
	int pad = -(OPTLEN_FASTOPEN + opts->fo_len) & 3;

	memset(ptr, XTCP_OPT_NOP, pad);
	ptr += pad;
	ptr[0] = XTCP_OPT_FASTOPEN;
	ptr[1] = OPTLEN_FASTOPEN + opts->fo_len;
	if (opts->fo_len)
		memcpy(ptr + OPTLEN_FASTOPEN, opts->fo_cookie, opts->fo_len);
}

/* SACK-permitted takes the place of the NOPs before the timestamps. */
void xtcp_options_build(const struct xtcp_opts *opts, __be32 *ptr)
{
	if (opts->mss)
		*ptr++ = cpu_to_be32(WORD_MSS | opts->mss);

	if (opts->has_ts) {
		*ptr++ = cpu_to_be32(opts->sack_perm ? WORD_SACK_TS : WORD_TS);
		*ptr++ = cpu_to_be32(opts->tsval);
		*ptr++ = cpu_to_be32(opts->tsecr);
	} else if (opts->sack_perm) {
		*ptr++ = cpu_to_be32(WORD_SACK_PERM);
	}

	if (opts->has_wscale)
		*ptr++ = cpu_to_be32(WORD_WSCALE | opts->wscale);

	if (opts->has_fo)
		build_fastopen(opts, (u8 *)ptr);
}
