/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is remembered of a connection that left TIME-WAIT early, and what
 * follows from it for a segment that arrives and for a new connection of the
 * same 4-tuple: RFC 9293 sections 3.4.2 and 3.6.1, RFC 6191, RFC 7323 section
 * 5. Pure; Documentation/design.rst has the proof.
 */
#ifndef _XTCP_OLDCONN_H
#define _XTCP_OLDCONN_H

#include <linux/build_bug.h>
#include <linux/types.h>

/* The longest that a segment is taken to live, as Linux has it: ms. */
#define XTCP_MSL_MS		30000
#define XTCP_2MSL_MS		(2 * XTCP_MSL_MS)

/* A record lives in one of so many places. */
#define XTCP_OLD_WAYS		8
/* From an old connection's last sequence number to the first of a new one. */
#define XTCP_OLD_GAP		(65535 + 2)
/* No more than that, so that acknowledgments of the two stay apart. */
#define XTCP_OLD_GAP_MAX	0x10000000U

/* Why an entry left early; counted as Early<Name> and Late<Name>. */
enum xtcp_early {
	XTCP_EARLY_NONE,
	XTCP_EARLY_KNOB,	/* timewait_ms is short */
	XTCP_EARLY_OPTION,	/* XTCP_TIMEWAIT_MS is */
	XTCP_EARLY_REUSE,	/* connect took the 4-tuple over: tw_reuse */
	XTCP_EARLY_SYN,		/* a new SYN did: RFC 6191 */
	XTCP_EARLY_EVICTED,	/* max_tw_buckets */
	XTCP_EARLY_RST,		/* RST, received or sent */
	XTCP_EARLY_NOMEM,	/* there was no memory for an entry */
	XTCP_EARLY_ORPHAN,	/* an orphan left FIN-WAIT-2 without a FIN */
	XTCP_EARLY_KILLED,	/* a privileged process had it ended */
	XTCP_EARLY_MAX,
};

/**
 * struct xtcp_old - an old connection, in 20 bytes
 * @fp: fingerprint of its 4-tuple, never 0; 0 when the place is empty
 * @rcv_end: one past the last sequence number that its peer can have sent
 * @snd_nxt: one past the last that we sent
 * @ts_recent: its peer's last timestamp, with @ts
 * @until: when 2MSL are over, in units of XTCP_OLD_UNIT_MS; wraps
 * @span: sequence numbers that its peer sent, xtcp_old_span_code()
 * @cause: enum xtcp_early
 * @ts: it had timestamps
 */
struct xtcp_old {
	u32 fp;
	u32 rcv_end;
	u32 snd_nxt;
	u32 ts_recent;
	u16 until;
	u8 span;
	u8 cause:7,
	   ts:1;
};

static_assert(sizeof(struct xtcp_old) == 20);

#define XTCP_OLD_UNIT_MS	256

/**
 * struct xtcp_old_seg - a segment under suspicion
 * @seq: its first sequence number
 * @ack: its acknowledgment number, if it has one
 * @tsval: its timestamp, with @has_ts
 * @syn: SYN is set
 * @has_ack: ACK is set
 * @has_ts: it has a timestamp
 */
struct xtcp_old_seg {
	u32 seq;
	u32 ack;
	u32 tsval;
	bool syn;
	bool has_ack;
	bool has_ts;
};

/**
 * struct xtcp_old_newer - the newer connection that the segment meets
 * @iss: our initial sequence number there
 * @snd_nxt: our next one
 * @ts0: the timestamp of the peer's SYN, with @ts
 * @ts: it has timestamps
 * @acks: it has sent less than 2^31 bytes, so an ACK may prove something
 */
struct xtcp_old_newer {
	u32 iss;
	u32 snd_nxt;
	u32 ts0;
	bool ts;
	bool acks;
};

/* What xtcp_old_put() did. */
enum xtcp_old_put {
	XTCP_OLD_NEW,		/* an empty place was taken, or a stale one */
	XTCP_OLD_JOINED,	/* with the record of a connection before it */
	XTCP_OLD_EVICTED,	/* a record that was still good had to go */
};

u8 xtcp_old_span_code(u32 n);
u32 xtcp_old_span(u8 code);
u16 xtcp_old_time(u32 ms);
bool xtcp_old_live(const struct xtcp_old *o, u16 now);
enum xtcp_old_put xtcp_old_put(struct xtcp_old *ways, const struct xtcp_old *o,
			       u16 now, bool may_evict);
bool xtcp_old_isn(const struct xtcp_old *ways, u32 fp, u16 now, u32 *isn);
int xtcp_old_late(const struct xtcp_old *ways, u32 fp, u16 now,
		  const struct xtcp_old_seg *s,
		  const struct xtcp_old_newer *n, bool *known);

#endif /* _XTCP_OLDCONN_H */
