/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The two queues of a listener: embryonic connections (SYN queue) and
 * connections that wait for accept: RFC 9293 section 3.10.7.2, RFC 4987.
 */
#ifndef _XTCP_REQSK_H
#define _XTCP_REQSK_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

#include "ledger.h"
#include "mib.h"
#include "options.h"
#include "sock.h"
#include "tables.h"

#define XTCP_FODEBT_S	60

/**
 * struct xtcp_fodebt - Fast Open requests that were reset, for a while
 * @last_s: @at is true of this second, seconds since boot
 * @sum: all of @at
 * @at: how many in each of the last seconds
 */
struct xtcp_fodebt {
	u32 last_s;
	u32 sum;
	u32 at[XTCP_FODEBT_S];
};

/**
 * struct xtcp_listen - the queues of a listener, and its ledger
 * @ledger: counts, a slot a processor
 * @id: of this listen(), ever greater; set before the socket is in the table
 * @since_us: when that was, xtcp_now_us(); likewise
 * @lock: guards all below; taken in softirq
 * @open: the listener takes connections
 * @syn_len: length of @syn
 * @syn: embryonic connections, struct xtcp_req.lnode
 * @accept: connections to accept, the oldest first, linked by their
 *	struct xtcp_acceptq
 * @accept_len: length of @accept, with those that are being born
 * @backlog: bound of @accept_len
 * @syn_peak: the most that @syn_len has been
 * @accept_peak: the most that @accept_len has been
 * @cookie_s: when the last cookie was sent, seconds since boot plus one, or 0;
 *	not guarded
 * @latency: of accept; guarded by the socket lock
 * @fo_len: Fast Open requests that count as pending, those of @fo_debt too
 * @fo_debt: those of them that were reset
 */
struct xtcp_listen {
	struct xtcp_ledger __percpu *ledger;
	u64 id;
	u64 since_us;
	spinlock_t lock;	/* guards all below */
	bool open;
	u32 syn_len;
	struct list_head syn;
	struct list_head accept;
	u32 accept_len;
	u32 backlog;
	u32 syn_peak;
	u32 accept_peak;
	u32 cookie_s;
	u32 fo_len;
	struct xtcp_fodebt fo_debt;
	struct xtcp_latency latency;
};

/**
 * struct xtcp_req - an embryonic connection
 * @ent: in the table of connections; first
 * @lnode: in the listener's SYN queue
 * @rcu: frees it
 * @listener: holds a reference
 * @ip_opts: the way back if the SYN came by a source route, or NULL; the
 *	child takes it over
 * @timer: repeats the SYN-ACK; holds a reference while armed
 * @ref: table, timer, users
 * @iss: our initial sequence number
 * @irs: the peer's
 * @ts_recent: the SYN's timestamp
 * @ts_off: our clock's offset
 * @old_fp: as struct xtcp_sock's
 * @sent_us: when the SYN-ACK went, low 32 bits of µs; for the RTT
 * @mss: announced by the peer, bytes
 * @advmss: announced by us, bytes
 * @snd_wnd: window in the SYN, bytes
 * @rcv_wnd: window in the SYN-ACK, bytes
 * @mark: firewall mark
 * @retrans: SYN-ACKs repeated
 * @snd_wscale: shift of windows received
 * @rcv_wscale: shift of windows sent
 * @ts_ok: both sides have timestamps
 * @wscale_ok: both sides have window scale
 * @acked: the third segment came, but was not taken yet
 * @resent: the SYN-ACK went more than once
 * @cookie: made from a cookie, for its third segment only
 * @tos: type of service of our segments
 */
struct xtcp_req {
	struct xtcp_ent ent;
	union {
		struct list_head lnode;
		struct rcu_head rcu;
	};
	struct sock *listener;
	struct ip_options_rcu *ip_opts;
	struct timer_list timer;
	refcount_t ref;
	u32 iss;
	u32 irs;
	u32 ts_recent;
	u32 ts_off;
	u32 old_fp;
	u32 sent_us;
	u32 rcv_wnd;
	u32 mark;
	u16 mss;
	u16 advmss;
	u16 snd_wnd;
	u8 retrans;
	u8 snd_wscale:4,
	   rcv_wscale:4;
	u8 ts_ok:1,
	   wscale_ok:1,
	   acked:1,
	   resent:1,
	   cookie:1;
	u8 tos;
};

static inline struct xtcp_listen *
xtcp_reqsk_queues(const struct sock *listener)
{
	return READ_ONCE(xtcp_sk(listener)->listen);
}

struct sock *xtcp_child_create(struct xtcp_req *req);

int xtcp_reqsk_init(void);
void xtcp_reqsk_exit(void);
int xtcp_reqsk_listen(struct sock *sk, int backlog);
void xtcp_reqsk_close(struct sock *sk);
void xtcp_reqsk_free(struct sock *sk);
struct xtcp_req *xtcp_reqsk_alloc(struct sock *listener);
bool xtcp_reqsk_admit(struct xtcp_req *req);
void xtcp_reqsk_put(struct xtcp_req *req);
bool xtcp_reqsk_drop(struct xtcp_req *req);
bool xtcp_reqsk_end(struct xtcp_req *req, enum xtcp_end cause);
void xtcp_reqsk_finish(struct xtcp_req *req);
void xtcp_reqsk_reply(struct xtcp_req *req, u8 flags, u32 seq, u32 ts,
		      const struct xtcp_focookie *give, struct dst_entry *dst);
void xtcp_reqsk_synack(struct xtcp_req *req, const struct xtcp_focookie *give,
		       struct dst_entry *dst);
void xtcp_reqsk_ack(struct xtcp_req *req);
int xtcp_reqsk_defer_retries(const struct xtcp_req *req);
void xtcp_reqsk_icmp(struct xtcp_req *req, u32 seq);

/* syn.c */
void xtcp_reqsk_syn(struct sock *listener, struct sk_buff *skb,
		    const struct xtcp_tuple *t, bool v6);
struct dst_entry *xtcp_reqsk_route(struct xtcp_req *req);
void xtcp_reqsk_fill(struct xtcp_req *req, struct sock *listener,
		     struct sk_buff *skb, const struct xtcp_tuple *t, bool v6,
		     const struct xtcp_opts *opts);

/* syncookie.c */
void xtcp_reqsk_answer_by_cookie(struct sock *listener, struct sk_buff *skb,
				 const struct xtcp_tuple *t, bool v6,
				 const struct xtcp_opts *opts);
bool xtcp_reqsk_cookie(struct sock *listener, struct sk_buff *skb,
		       const struct xtcp_tuple *t, bool v6);

/* embryo.c */
void xtcp_reqsk_segment(struct xtcp_req *req, struct sk_buff *skb);

/* acceptq.c */
enum xtcp_drop xtcp_acceptq_reserve(struct xtcp_listen *l);
void xtcp_acceptq_release(struct xtcp_listen *l);
void xtcp_acceptq_add(struct sock *listener, struct sock *child);
void xtcp_acceptq_purge(struct sock *listener);
struct sock *xtcp_acceptq_take(struct sock *sk);
bool xtcp_acceptq_pending(const struct sock *sk);

#endif /* _XTCP_REQSK_H */
