// SPDX-License-Identifier: GPL-2.0
/*
 * How fast ports toward a destination are used, and when they run out at that
 * rate: RFC 6056. Pure.
 */
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>

#include "outlook.h"

#define ONE	256		/* fixed point */
#define DECAY	5		/* a 32nd a tick: four seconds count most */
#define LONG	512		/* ticks after which nothing is left */
/* A thirtieth more opened than ended is noise. */
#define NOISE	32

static void advance(struct xtcp_rate *r, u32 now_ms)
{
	u32 tick = now_ms / XTCP_RATE_TICK_MS;
	u32 n = tick - r->tick;

	if (n >= LONG) {
		r->count = 0;
		r->weight = 0;
	}
	for (n = n < LONG ? n : 0; n; n--) {
		r->weight += ONE;
		r->count -= r->count >> DECAY;
		r->weight -= r->weight >> DECAY;
	}
	r->tick = tick;
}

static s32 part_of_tick(u32 now_ms)
{
	return now_ms % XTCP_RATE_TICK_MS * (ONE / XTCP_RATE_TICK_MS);
}

/**
 * xtcp_rate_add() - an event
 * @r: the rate; all zero before the first one
 * @now_ms: the clock, wrapping
 *
 * Context: any.
 */
void xtcp_rate_add(struct xtcp_rate *r, u32 now_ms)
{
	advance(r, now_ms);
	if (!r->count)
		r->weight = -part_of_tick(now_ms);
	if (r->count <= U32_MAX - ONE)
		r->count += ONE;
}

/**
 * xtcp_rate_read() - how many events there are
 * @r: the rate
 * @now_ms: the clock, wrapping
 *
 * Context: any.
 * Return: events in a thousand seconds. Of the first milliseconds after the
 * first event it takes as much as a tick of time, lest one event be a flood.
 */
u32 xtcp_rate_read(struct xtcp_rate *r, u32 now_ms)
{
	u64 events, ticks;

	advance(r, now_ms);
	ticks = max(r->weight + part_of_tick(now_ms), ONE);
	events = div64_u64((u64)r->count * 1000 * 1000,
			   ticks * XTCP_RATE_TICK_MS);
	return min_t(u64, events, U32_MAX);
}

/* Events at @rate, a thousand seconds, in @ms. */
static u64 in_ms(u32 rate, u64 ms)
{
	return div_u64((u64)rate * ms, 1000 * 1000);
}

/* How many more are opened than end, a thousand seconds. */
static u32 growth(const struct xtcp_outlook *o)
{
	u32 more = o->opens > o->ends ? o->opens - o->ends : 0;

	return more > o->opens / NOISE ? more : 0;
}

/* Ports that can be had at @ms from now, @freed having come back. */
static s64 left_at(const struct xtcp_outlook *o, u64 ms, u64 freed)
{
	u64 back = ms > o->wait_ms ? in_ms(o->waits, ms - o->wait_ms) : 0;

	return (s64)(o->left + freed + back) -
	       (s64)(in_ms(growth(o), ms) + in_ms(o->waits, ms));
}

/**
 * xtcp_outlook_ms() - when do the ports run out, if all goes on as it does?
 * @o: how it goes
 *
 * Each connection takes a port when it opens. Some are opened more than end;
 * of those that end, some keep their port for @o->wait_ms; and those that wait
 * now give theirs back when their time is over.
 *
 * Context: any.
 * Return: ms from now; XTCP_OUTLOOK_NEVER.
 */
u64 xtcp_outlook_ms(const struct xtcp_outlook *o)
{
	u64 ms = 0, freed = 0, last = 0;
	s64 left = o->left;
	int i;

	if (!left)
		return 0;
	for (i = 0; i < XTCP_OUTLOOK_BINS; i++) {
		ms += o->bin_ms;
		/* What comes back in a bin is there at its end only. */
		if (left_at(o, ms, freed) <= 0) {
			/* Between two ends of bins it falls evenly. */
			left = max(left_at(o, last, freed), 1LL);
			return last + div64_u64((u64)left * o->bin_ms,
				left - left_at(o, ms, freed) + 1);
		}
		freed += o->freed[i];
		last = ms;
	}
	/* From here on only growth takes more than comes back. */
	left = left_at(o, max_t(u64, ms, o->wait_ms), freed);
	if (left <= 0)
		return ms;
	if (!growth(o))
		return XTCP_OUTLOOK_NEVER;
	return max_t(u64, ms, o->wait_ms) +
	       div_u64((u64)left * 1000 * 1000, growth(o));
}
