/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Congestion control: the state that every algorithm shares and the interface
 * by which it is plugged in: RFC 5681, RFC 6582. Pure: no socket.
 *
 *   ACK of new data ---> ops->acked()      grows cwnd in slow start or
 *                                          congestion avoidance
 *   loss seen --------> ops->ssthresh()    the threshold after a loss
 *   timeout ----------> ops->timeout()     forget what the loss undid
 */
#ifndef _XTCP_CONG_H
#define _XTCP_CONG_H

#include <linux/list.h>
#include <linux/types.h>

#define XTCP_CA_NAME_MAX	16
#define XTCP_CONG_PRIV		64	/* bytes an algorithm has to itself */
#define XTCP_INIT_CWND		10	/* segments, RFC 6928 */
#define XTCP_SSTHRESH_INF	0x7fffffff

struct module;
struct xtcp_cong;

/**
 * struct xtcp_cong_ops - an algorithm
 * @name: as TCP_CONGESTION and the knob name it
 * @owner: module that holds the code; NULL for an algorithm that is part of
 *	xtcp.ko, which outlives its connections anyway and must not pin itself
 * @init: prepare @priv of a new connection; may be NULL
 * @ssthresh: slow start threshold in segments after a loss with @flight
 *	segments outstanding (RFC 5681 equation (4): at least 2)
 * @acked: @acked segments were newly acknowledged at @now_us outside
 *	recovery: grow cwnd
 * @timeout: a retransmission timeout collapsed cwnd to 1; may be NULL
 * @list: in the list of algorithms
 */
struct xtcp_cong_ops {
	char name[XTCP_CA_NAME_MAX];
	struct module *owner;
	void (*init)(struct xtcp_cong *cong);
	u32 (*ssthresh)(struct xtcp_cong *cong, u32 flight);
	void (*acked)(struct xtcp_cong *cong, u32 acked, u64 now_us);
	void (*timeout)(struct xtcp_cong *cong);
	struct list_head list;
};

/**
 * struct xtcp_cong - the congestion state of one connection
 * @ops: the algorithm
 * @cwnd: congestion window, segments, at least 1
 * @ssthresh: slow start threshold, segments
 * @cwnd_cnt: segments acknowledged since cwnd last grew in avoidance
 * @cwnd_clamp: upper bound of cwnd, segments
 * @prior_cwnd: cwnd before the last reduction
 * @prior_ssthresh: ssthresh before the last reduction
 * @srtt_us: smoothed round-trip time, µs, kept current by the caller
 * @priv: the algorithm's own
 */
struct xtcp_cong {
	const struct xtcp_cong_ops *ops;
	u32 cwnd;
	u32 ssthresh;
	u32 cwnd_cnt;
	u32 cwnd_clamp;
	u32 prior_cwnd;
	u32 prior_ssthresh;
	u32 srtt_us;
	u64 priv[XTCP_CONG_PRIV / sizeof(u64)];
};

static inline bool xtcp_cong_in_slow_start(const struct xtcp_cong *cong)
{
	return cong->cwnd < cong->ssthresh;
}

extern struct xtcp_cong_ops xtcp_cong_reno;

/**
 * xtcp_cong_init() - begin a connection's congestion state
 * @cong: the state; all of it is set
 * @ops: the algorithm; the caller keeps its reference for as long as @cong
 *
 * The initial window is XTCP_INIT_CWND segments (RFC 6928).
 *
 * Context: any.
 */
void xtcp_cong_init(struct xtcp_cong *cong, const struct xtcp_cong_ops *ops);

/**
 * xtcp_cong_slow_start() - grow cwnd as slow start does, up to ssthresh
 * @cong: the state, in slow start
 * @acked: segments newly acknowledged
 *
 * One segment for each acknowledged: RFC 3465 with no limit L, because a
 * receiver that coalesces segments acknowledges many at once.
 *
 * Context: any.
 * Return: the part of @acked that was not used because ssthresh was reached.
 */
u32 xtcp_cong_slow_start(struct xtcp_cong *cong, u32 acked);

/**
 * xtcp_cong_avoid() - grow cwnd by one segment for each @w acknowledged
 * @cong: the state, in congestion avoidance
 * @w: segments to be acknowledged before cwnd grows; cwnd for Reno
 * @acked: segments newly acknowledged
 *
 * RFC 5681 section 3.1, equation (3) and the way of counting it recommends.
 *
 * Context: any.
 */
void xtcp_cong_avoid(struct xtcp_cong *cong, u32 w, u32 acked);

/**
 * xtcp_cong_reduce() - set ssthresh for a loss, keeping the values before it
 * @cong: the state
 * @flight: segments outstanding when the loss was seen
 *
 * The new cwnd is the caller's to set: ssthresh for a fast recovery, 1 for a
 * timeout. Not to be called when a segment times out a second time: ssthresh
 * is then kept (RFC 5681 section 3.1).
 *
 * Context: any.
 */
void xtcp_cong_reduce(struct xtcp_cong *cong, u32 flight);

/**
 * xtcp_cong_idle_restart() - nothing was sent for an RTO or longer
 * @cong: the state
 * @restart_cwnd: restart window, segments
 *
 * RFC 5681 section 4.1: cwnd falls to the restart window if it is above it.
 * ssthresh remembers three quarters of what cwnd was.
 *
 * Context: any.
 */
void xtcp_cong_idle_restart(struct xtcp_cong *cong, u32 restart_cwnd);

/**
 * xtcp_cong_register() - make an algorithm known by its name
 * @ops: the algorithm, unchanged until xtcp_cong_unregister()
 *
 * Context: process.
 * Return: 0; -EINVAL without a name, or without ssthresh or acked; -EEXIST
 * when the name is taken.
 */
int xtcp_cong_register(struct xtcp_cong_ops *ops);

/**
 * xtcp_cong_unregister() - take an algorithm off the list
 * @ops: what was registered
 *
 * Connections that hold @ops->owner keep it, so a module calls this on exit,
 * when nobody does.
 *
 * Context: process, sleeps.
 */
void xtcp_cong_unregister(struct xtcp_cong_ops *ops);

/**
 * xtcp_cong_get() - find an algorithm and hold its module
 * @name: its name
 *
 * Context: any.
 * Return: the algorithm, to be given back by xtcp_cong_put(), or NULL when
 * there is none of that name or its module is going.
 */
const struct xtcp_cong_ops *xtcp_cong_get(const char *name);

/**
 * xtcp_cong_put() - give an algorithm back
 * @ops: from xtcp_cong_get() or xtcp_cong_hold()
 *
 * Context: any.
 */
void xtcp_cong_put(const struct xtcp_cong_ops *ops);

/**
 * xtcp_cong_hold() - one reference more, as a listener's child needs
 * @ops: an algorithm that the caller holds already
 *
 * Context: any.
 */
void xtcp_cong_hold(const struct xtcp_cong_ops *ops);

/**
 * xtcp_cong_names() - the names of all algorithms, with spaces between
 * @buf: where to; always terminated
 * @size: bytes there, at least 1; what does not fit is left out
 *
 * Context: any.
 * Return: length of the text.
 */
int xtcp_cong_names(char *buf, size_t size);

#endif /* _XTCP_CONG_H */
