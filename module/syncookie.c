// SPDX-License-Identifier: GPL-2.0
/*
 * A listener's SYN cookies: what a SYN is answered with when nothing shall be
 * kept of it, and how the ACK brings it back: RFC 4987 section 3.6.
 */
#include <linux/tcp.h>

#include "cookies.h"
#include "ipopts.h"
#include "options.h"
#include "reqsk.h"
#include "sock.h"

static struct xtcp_cookie cookie_of(const struct xtcp_req *req)
{
	return (struct xtcp_cookie) {
		.t = &req->ent.t,
		.mix = net_hash_mix(req->ent.net),
		.irs = req->irs,
		.mss = req->mss,
		.now_s = (u32)ktime_get_seconds(),
	};
}

/* When the last one went, to the second. */
static void note_cookie(struct xtcp_listen *l, u32 now_s)
{
	/* Under flood each processor would write the line otherwise. */
	if (READ_ONCE(l->cookie_s) != now_s + 1)
		WRITE_ONCE(l->cookie_s, now_s + 1);
}

/**
 * xtcp_reqsk_answer_by_cookie() - answer a SYN and keep nothing of it
 * @listener: not locked
 * @skb: the SYN, taken
 * @t: our end first
 * @v6: it came over IPv6
 * @opts: its options
 *
 * Context: softirq.
 */
void xtcp_reqsk_answer_by_cookie(struct sock *listener, struct sk_buff *skb,
				 const struct xtcp_tuple *t, bool v6,
				 const struct xtcp_opts *opts)
{
	struct xtcp_req req = {};
	struct dst_entry *dst;
	struct xtcp_cookie c;

	xtcp_reqsk_fill(&req, listener, skb, t, v6, opts);
	dst = xtcp_reqsk_route(&req);
	if (!dst) {
		xtcp_ledger_syn_dropped(listener, XTCP_DROP_MEMORY);
		kfree_skb(skb);
		return;
	}
	/* Without timestamps there is nowhere to put the window scale. */
	req.wscale_ok &= req.ts_ok;
	if (!req.wscale_ok)
		req.rcv_wscale = 0;
	c = cookie_of(&req);
	req.iss = xtcp_cookies_make(&c, v6);
	req.ts_off = xtcp_tables_ts_off(req.ent.net, t);
	note_cookie(xtcp_reqsk_queues(listener), c.now_s);
	xtcp_ledger_inc(listener, XTCP_LEDGER_COOKIES_SENT);
	xtcp_reqsk_reply(&req, XTCP_SYN | XTCP_ACK, req.iss,
			 xtcp_cookies_ts_make(opts, xtcp_now_ts()), NULL, dst);
	consume_skb(skb);
}

/* A cookie was sent so lately that it may come back. */
static bool cookies_out(const struct sock *listener)
{
	u32 last = READ_ONCE(xtcp_reqsk_queues(listener)->cookie_s);

	return last && (u32)ktime_get_seconds() + 1 - last <=
		       2 * XTCP_COOKIE_PERIOD &&
	       xtcp_knob(sock_net(listener), syncookies);
}

/*
 * What the SYN said, from the ACK that brings its cookie back: 0, or what it is
 * in the ledger if it is no good.
 */
static int open_cookie(struct xtcp_req *req, const struct sk_buff *skb,
		       struct xtcp_opts *opts)
{
	const struct xtcp_skb_cb *cb = XTCP_CB(skb);
	struct xtcp_cookie c;

	req->irs = cb->seq - 1;
	req->iss = cb->ack - 1;
	req->ts_off = xtcp_tables_ts_off(req->ent.net, &req->ent.t);
	c = cookie_of(req);
	if (!xtcp_cookies_open(&c, req->ent.v6, req->iss))
		return xtcp_cookies_stale(&c, req->iss) ?
		       XTCP_LEDGER_COOKIES_STALE : XTCP_LEDGER_COOKIES_FORGED;
	req->mss = min(req->mss, c.mss);
	opts->has_wscale = 0;
	if (req->ts_ok &&
	    !xtcp_cookies_ts_open(opts->tsecr - req->ts_off, xtcp_now_ts(), opts))
		return XTCP_LEDGER_COOKIES_BAD_TS;
	req->wscale_ok = opts->has_wscale &&
			 xtcp_knob(req->ent.net, window_scaling);
	req->snd_wscale = req->wscale_ok ? opts->wscale : 0;
	/* When the SYN-ACK went is not known: it measures no round trip. */
	req->resent = 1;
	req->cookie = 1;
	return 0;
}

/* Enter the table for a moment, to be replaced by the child. */
static bool admit_cookie(struct xtcp_req *req)
{
	struct xtcp_listen *l = xtcp_reqsk_queues(req->listener);
	bool ok;

	spin_lock_bh(&l->lock);
	ok = l->open && !xtcp_tables_insert(&req->ent);
	spin_unlock_bh(&l->lock);
	return ok;
}

/* Make the embryonic connection anew; false: no memory, or just too late. */
static bool bring_back(struct sock *listener, struct sk_buff *skb,
		       const struct xtcp_tuple *t, bool v6,
		       struct xtcp_opts *opts)
{
	struct xtcp_req *req = xtcp_reqsk_alloc(listener);
	struct dst_entry *dst;
	bool ok;

	if (!req)
		return false;
	xtcp_reqsk_fill(req, listener, skb, t, v6, opts);
	req->ip_opts = v6 ? NULL : xtcp_ipopts_reply(skb);
	dst = open_cookie(req, skb, opts) ? NULL : xtcp_reqsk_route(req);
	ok = dst && admit_cookie(req);
	dst_release(dst);
	if (ok) {
		xtcp_reqsk_segment(req, skb);
		/* If it came to nothing, nothing is kept. */
		xtcp_reqsk_drop(req);
	} else {
		xtcp_reqsk_put(req);	/* for the table it is not in */
	}
	xtcp_reqsk_put(req);
	return ok;
}

/**
 * xtcp_reqsk_cookie() - an ACK for a listener: does it bring back a cookie?
 * @listener: not locked
 * @skb: the segment, with ACK, without SYN and RST; taken if it does
 * @t: our end first
 * @v6: it came over IPv6
 *
 * The embryonic connection is made anew, and meets its third segment at once.
 * If no connection comes of it, nothing is kept, and the next ACK may try
 * again.
 *
 * Context: softirq.
 * Return: whether it does.
 */
bool xtcp_reqsk_cookie(struct sock *listener, struct sk_buff *skb,
		       const struct xtcp_tuple *t, bool v6)
{
	const struct tcphdr *th = tcp_hdr(skb);
	struct xtcp_req probe = {};
	struct xtcp_opts opts;
	int refused;

	if (!cookies_out(listener) ||
	    xtcp_options_parse(&opts, (const u8 *)(th + 1), tcp_optlen(skb),
			       false)) {
		xtcp_ledger_inc(listener, XTCP_LEDGER_ACKS_STRAY);
		return false;
	}
	opts.mss = U16_MAX;
	/* A forgery shall not cost an allocation. */
	xtcp_reqsk_fill(&probe, listener, skb, t, v6, &opts);
	refused = open_cookie(&probe, skb, &opts);
	if (refused) {
		xtcp_ledger_cookie_refused(listener, refused);
		return false;
	}
	xtcp_ledger_inc(listener, XTCP_LEDGER_COOKIES_GOOD);
	if (!bring_back(listener, skb, t, v6, &opts)) {
		xtcp_ledger_third_dropped(listener, XTCP_DROP_MEMORY);
		xtcp_mib_drop(sock_net(listener), XTCP_DROP_MEMORY);
		kfree_skb(skb);
	}
	return true;
}
