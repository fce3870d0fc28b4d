/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Arithmetic of segments: how many a buffer makes, and where to cut one that
 * may not go as a whole: RFC 9293 section 3.8.6.2.1. Pure: no socket.
 */
#ifndef _XTCP_SEGS_H
#define _XTCP_SEGS_H

#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/types.h>

/**
 * xtcp_segs_count() - segments that a payload makes on the wire
 * @len: bytes of payload; 0 is a segment of control bits
 * @mss: bytes of a full segment
 *
 * Context: any.
 * Return: their number, at least 1.
 */
static inline u32 xtcp_segs_count(u32 len, u32 mss)
{
	return len <= mss ? 1 : DIV_ROUND_UP(len, mss);
}

/**
 * xtcp_segs_cut() - the part of a payload that limits let go
 * @len: bytes of payload
 * @mss: bytes of a full segment
 * @segs: segments that may go; times @mss fits 32 bits
 * @room: bytes that may go
 *
 * All of it, or whole segments: a limit never makes a small one.
 *
 * Context: any.
 * Return: bytes, at most @len; 0 when not even a first segment may go.
 */
static inline u32 xtcp_segs_cut(u32 len, u32 mss, u32 segs, u32 room)
{
	if (len <= room && xtcp_segs_count(len, mss) <= segs)
		return len;
	return rounddown(min(segs * mss, room), mss);
}

#endif /* _XTCP_SEGS_H */
