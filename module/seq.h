/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic on sequence numbers modulo 2^32: RFC 9293 section 3.4.
 */
#ifndef _XTCP_SEQ_H
#define _XTCP_SEQ_H

#include <linux/types.h>

/* True when @a comes before @b; both lie within 2^31 of each other. */
static inline bool xtcp_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool xtcp_after(u32 a, u32 b)
{
	return xtcp_before(b, a);
}

/* True when @lo <= @seq <= @hi on the circle. */
static inline bool xtcp_between(u32 seq, u32 lo, u32 hi)
{
	return hi - lo >= seq - lo;
}

/**
 * xtcp_seq_acceptable() - the four-case test of RFC 9293 section 3.4
 * @seq: first sequence number of the segment
 * @end_seq: one past its last, SYN and FIN counted
 * @rcv_nxt: next sequence number expected
 * @wnd_end: right edge of the window that was offered, rcv_nxt + rcv_wnd
 *
 * Return: true when the segment is empty and starts within the window or at
 * its edge, or when any of its bytes lies within the window.
 */
static inline bool xtcp_seq_acceptable(u32 seq, u32 end_seq, u32 rcv_nxt,
				       u32 wnd_end)
{
	/*
	 * RFC 9293 leaves out the right edge itself. A peer that has filled the
	 * window sends its bare ACKs from there, and while some of what fills
	 * it is missing here they must still count: as Linux, take them.
	 */
	if (seq == end_seq)
		return !xtcp_before(seq, rcv_nxt) && !xtcp_after(seq, wnd_end);
	if (rcv_nxt == wnd_end)
		return false;
	return xtcp_before(seq, wnd_end) && xtcp_after(end_seq, rcv_nxt);
}

#endif /* _XTCP_SEQ_H */
