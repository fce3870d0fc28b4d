// SPDX-License-Identifier: GPL-2.0
/*
 * What is remembered of a connection that left TIME-WAIT early, and what
 * follows from it for a segment that arrives and for a new connection of the
 * same 4-tuple: RFC 9293 sections 3.4.2 and 3.6.1, RFC 6191, RFC 7323 section
 * 5. Pure; Documentation/design.rst has the proof.
 */
#include <linux/bitops.h>
#include <linux/minmax.h>

#include "oldconn.h"
#include "seq.h"

/* Two that follow each other so closely are remembered as one. */
#define JOIN_GAP	0x04000000U
#define SPAN_MAX	0x80000000U
/* From now to the end of a record, in units, rounded up. */
#define LIFE_MAX	(XTCP_2MSL_MS / XTCP_OLD_UNIT_MS + 2)

/**
 * xtcp_old_span_code() - a number of sequence numbers in a byte
 * @n: the number; what is above 2^31 counts as that
 *
 * Context: any.
 * Return: the code of the least number that is not below @n, and has a code:
 * five bits of exponent and three of mantissa.
 */
u8 xtcp_old_span_code(u32 n)
{
	unsigned int shift;
	u32 m;

	n = min(n, SPAN_MAX);
	if (n < 8)
		return n;
	shift = fls(n) - 4;
	m = (n >> shift) + !!(n & ((1U << shift) - 1));
	/* Rounded up, the mantissa may have grown by a bit. */
	return m == 16 ? (shift + 2) << 3 : (shift + 1) << 3 | (m & 7);
}

/**
 * xtcp_old_span() - read what xtcp_old_span_code() wrote
 * @code: the code
 *
 * Context: any.
 * Return: the number.
 */
u32 xtcp_old_span(u8 code)
{
	u32 m = code & 7;
	u32 e = code >> 3;

	return e ? (8 + m) << (e - 1) : m;
}

/**
 * xtcp_old_time() - the clock of records
 * @ms: ms since boot, low 32 bits
 *
 * Context: any.
 * Return: units of XTCP_OLD_UNIT_MS, rounded up; wraps after 4.6 hours, before
 * which who keeps records must have thrown out the stale ones.
 */
u16 xtcp_old_time(u32 ms)
{
	return (ms + XTCP_OLD_UNIT_MS - 1) / XTCP_OLD_UNIT_MS;
}

/**
 * xtcp_old_live() - is this a record, and are 2MSL not over?
 * @o: the place
 * @now: the clock
 *
 * Context: any.
 * Return: whether it is.
 */
bool xtcp_old_live(const struct xtcp_old *o, u16 now)
{
	return o->fp && (u16)(o->until - now) <= LIFE_MAX;
}

static u32 first_of(const struct xtcp_old *o)
{
	return o->rcv_end - xtcp_old_span(o->span);
}

/* Does @o follow @old so closely that one record can be of both? */
static bool follows(const struct xtcp_old *old, const struct xtcp_old *o)
{
	return old->cause == o->cause && old->ts == o->ts &&
	       o->rcv_end - old->rcv_end < JOIN_GAP &&
	       o->snd_nxt - old->snd_nxt < XTCP_OLD_GAP_MAX &&
	       xtcp_old_span(old->span) < SPAN_MAX - JOIN_GAP;
}

static void join(struct xtcp_old *old, const struct xtcp_old *o)
{
	u32 span = max(o->rcv_end - first_of(old), xtcp_old_span(o->span));

	*old = *o;
	old->span = xtcp_old_span_code(span);
}

/**
 * xtcp_old_put() - remember a connection
 * @ways: the places of its fingerprint, XTCP_OLD_WAYS of them
 * @o: the record
 * @now: the clock
 * @may_evict: take a place from the record that is over soonest, if need be
 *
 * Context: any.
 * Return: what was done; XTCP_OLD_EVICTED and nothing, unless @may_evict.
 */
enum xtcp_old_put xtcp_old_put(struct xtcp_old *ways, const struct xtcp_old *o,
			       u16 now, bool may_evict)
{
	struct xtcp_old *w, *free = NULL, *first = ways;

	for (w = ways; w < ways + XTCP_OLD_WAYS; w++) {
		if (!xtcp_old_live(w, now)) {
			free = free ?: w;
			continue;
		}
		if (w->fp == o->fp && follows(w, o)) {
			join(w, o);
			return XTCP_OLD_JOINED;
		}
		if ((s16)(w->until - first->until) < 0)
			first = w;
	}
	if (free)
		*free = *o;
	else if (may_evict)
		*first = *o;
	return free ? XTCP_OLD_NEW : XTCP_OLD_EVICTED;
}

/* Is @isn as far beyond the old connection as it must, and no further? */
static bool clear_of(const struct xtcp_old *o, u32 isn)
{
	u32 ahead = isn - o->snd_nxt;

	return ahead >= XTCP_OLD_GAP && ahead <= XTCP_OLD_GAP_MAX;
}

/**
 * xtcp_old_isn() - an initial sequence number beyond the old connections'
 * @ways: the places of the fingerprint
 * @fp: the fingerprint
 * @now: the clock
 * @isn: the number that is proposed, and the one to use
 *
 * Records of one 4-tuple follow each other, as each number was chosen beyond
 * those before; so the search ends at the last of them.
 *
 * Context: any.
 * Return: whether there is a record.
 */
bool xtcp_old_isn(const struct xtcp_old *ways, u32 fp, u16 now, u32 *isn)
{
	const struct xtcp_old *w, *last = NULL;

	for (w = ways; w < ways + XTCP_OLD_WAYS; w++) {
		if (w->fp != fp || !xtcp_old_live(w, now))
			continue;
		if (!last || xtcp_after(w->snd_nxt, last->snd_nxt))
			last = w;
	}
	if (!last)
		return false;
	if (!clear_of(last, *isn))
		*isn = last->snd_nxt + XTCP_OLD_GAP;
	*isn = *isn ?: 1;
	return true;
}

/* Is a timestamp beyond the newer SYN's one that the old peer never sent? */
static bool clock_proves(const struct xtcp_old *o,
			 const struct xtcp_old_newer *n)
{
	return n->ts && (!o->ts || xtcp_after(n->ts0, o->ts_recent));
}

/* Can the newer connection's peer alone have sent this? */
static bool proved_new(const struct xtcp_old *o, const struct xtcp_old_seg *s,
		       const struct xtcp_old_newer *n)
{
	if (s->has_ts && clock_proves(o, n) && xtcp_after(s->tsval, n->ts0))
		return true;
	/* Nothing of the old one acknowledges what we sent since. */
	return n->acks && s->has_ack &&
	       xtcp_between(s->ack, n->iss + 1, n->snd_nxt) &&
	       n->snd_nxt != n->iss;
}

/* RFC 6191: a SYN is of a new connection, if its timestamp is newer. */
static bool syn_is_new(const struct xtcp_old *o, const struct xtcp_old_seg *s)
{
	return o->ts && s->has_ts && xtcp_after(s->tsval, o->ts_recent);
}

static bool is_late(const struct xtcp_old *o, const struct xtcp_old_seg *s,
		    const struct xtcp_old_newer *n)
{
	if (!xtcp_between(s->seq, first_of(o), o->rcv_end))
		return false;
	if (n)
		return !proved_new(o, s, n);
	return !(s->syn && !s->has_ack && syn_is_new(o, s));
}

/**
 * xtcp_old_late() - is a segment a late one of an old connection?
 * @ways: the places of the fingerprint
 * @fp: the fingerprint
 * @now: the clock
 * @s: the segment
 * @n: the newer connection, or NULL when there is none
 * @known: set when there is a record of this 4-tuple
 *
 * Context: any.
 * Return: enum xtcp_early, why the old connection left; XTCP_EARLY_NONE when
 * the segment is of no old one.
 */
int xtcp_old_late(const struct xtcp_old *ways, u32 fp, u16 now,
		  const struct xtcp_old_seg *s,
		  const struct xtcp_old_newer *n, bool *known)
{
	const struct xtcp_old *w;

	for (w = ways; w < ways + XTCP_OLD_WAYS; w++) {
		if (w->fp != fp || !xtcp_old_live(w, now))
			continue;
		*known = true;
		if (is_late(w, s, n))
			return w->cause;
	}
	return XTCP_EARLY_NONE;
}
