// SPDX-License-Identifier: GPL-2.0
/*
 * Segments of a socket, and their header: RFC 9293 sections 3.7, 3.8.4, 3.8.6
 * and 3.10.7; RFC 7323.
 */
#include <linux/tcp.h>

#include "calls.h"
#include "fastopen.h"
#include "input.h"
#include "ipopts.h"
#include "metrics.h"
#include "offload.h"
#include "output.h"
#include "quota.h"
#include "recovery.h"
#include "reqsk.h"
#include "timers.h"

#define FIN_TRIES	100	/* to get memory for a FIN */

/*
 * The part of @space bytes of buffer that is payload, the rest overhead; by
 * the knob adv_win_scale.
 */
static u32 win_from_space(int scale, int space)
{
	if (space <= 0)
		return 0;
	return scale <= 0 ? space >> -scale : space - (space >> scale);
}

/**
 * xtcp_output_full_space() - the window that the whole buffer is good for
 * @sk: the socket
 *
 * Context: any.
 * Return: bytes.
 */
u32 xtcp_output_full_space(const struct sock *sk)
{
	return win_from_space(xtcp_knob(sock_net(sk), adv_win_scale),
			      READ_ONCE(sk->sk_rcvbuf));
}

/**
 * xtcp_output_headroom() - bytes to leave for headers in front of a segment
 * @dst: its route, or NULL when none is known
 *
 * A buffer for what most ways need is half as large, and cleared and accounted
 * in half the time.
 *
 * Context: any.
 * Return: XTCP_MIN_HEADER or XTCP_MAX_HEADER.
 */
u32 xtcp_output_headroom(const struct dst_entry *dst)
{
	if (dst && LL_RESERVED_SPACE(dst->dev) + dst->header_len +
		   60 + 60 <= XTCP_MIN_HEADER)
		return XTCP_MIN_HEADER;
	return XTCP_MAX_HEADER;
}

/**
 * xtcp_output_first_window() - first receive window and its scale
 * @sk: the socket, or the listener whose child it is for
 * @dst: the route
 * @mss: announced by us, bytes
 * @w: filled in
 *
 * RFC 7323 section 2.2: the scale stands for the whole connection, so it is
 * chosen for the largest buffer that may come.
 *
 * Context: any.
 */
void xtcp_output_first_window(const struct sock *sk,
			      const struct dst_entry *dst, u32 mss,
			      struct xtcp_window *w)
{
	struct xtcp_net *xn = xtcp_net(sock_net(sk));
	u32 clamp = min_not_zero(READ_ONCE(xtcp_sk(sk)->window_clamp),
				 xtcp_metrics_window(dst));
	u32 space = min(xtcp_output_full_space(sk), clamp);
	u32 most = space;

	if (!(sk->sk_userlocks & SOCK_RCVBUF_LOCK))
		most = max_t(u32, most, READ_ONCE(xn->knobs.rmem[2]));
	most = min(most, clamp);
	w->wscale = 0;
	if (READ_ONCE(xn->knobs.window_scaling))
		w->wscale = clamp_t(int, ilog2(most | 1) - 15, 0,
				    XTCP_WSCALE_MAX);
	w->wnd = min_t(u32, space, U16_MAX);
	xtcp_metrics_bound_window(dst, mss, w);
}

/**
 * xtcp_output_free_window() - the window that the buffer has room for
 * @sk: the socket
 *
 * Receiver's silly window avoidance, RFC 9293 section 3.8.6.2.2: what is left
 * below one segment, or a sixteenth of the buffer, is not offered at all, and
 * an unscaled window moves by whole segments.
 *
 * Context: socket lock held.
 * Return: bytes, a multiple of the window scale's unit.
 */
u32 xtcp_output_free_window(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int scale = xtcp_knob(sock_net(sk), adv_win_scale);
	int buf = READ_ONCE(sk->sk_rcvbuf);
	int room = buf - atomic_read(&sk->sk_rmem_alloc);
	u32 clamp = min_not_zero(xp->window_clamp, xp->route_wnd);
	/* What the field cannot say need not be told when it is free. */
	u32 full = min3(win_from_space(scale, buf), clamp,
			(u32)U16_MAX << xp->rcv_wscale);
	u32 space = min(win_from_space(scale, room), full);
	u32 mss = min_t(u32, xp->rcv_mss, full);

	if (!mss || space < mss || space < full >> 4)
		return 0;
	if (xp->rcv_wscale)
		return round_down(space, 1 << xp->rcv_wscale);
	if (xp->rcv_wnd <= space - mss || xp->rcv_wnd > space)
		return rounddown(space, mss);
	return xp->rcv_wnd;
}

/**
 * xtcp_output_select_window() - the window field of the segment to go
 * @sk: the socket
 *
 * The right edge never moves back (RFC 9293 SHLD-14).
 *
 * Context: socket lock held.
 * Return: as it stands in the header, scaled down.
 */
u32 xtcp_output_select_window(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 most = (u32)U16_MAX << xp->rcv_wscale;
	u32 old = xp->rcv_wnd;
	u32 cur = xtcp_receive_window(xp);
	u32 wnd = xtcp_output_free_window(sk);

	if (wnd < cur) {
		if (!wnd)
			xtcp_mib_inc(sock_net(sk), XTCP_MIB_WANT_ZERO_WINDOW);
		wnd = ALIGN(cur, 1 << xp->rcv_wscale);
	}
	wnd = min(wnd, most);
	xp->rcv_wnd = wnd;
	xp->rcv_wup = xp->rcv_nxt;
	if (!wnd && old)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_TO_ZERO_WINDOW);
	else if (wnd && !old)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_FROM_ZERO_WINDOW);
	return wnd >> xp->rcv_wscale;
}

/* Options and extension headers of IP: they take room in each packet. */
static int ext_hdr_len(struct sock *sk)
{
	struct ipv6_txoptions *opt;
	int len = 0;

	if (xtcp_sk(sk)->fam->family != AF_INET6)
		return xtcp_ipopts_len(sk);
	rcu_read_lock();
	opt = rcu_dereference(inet6_sk(sk)->opt);
	if (opt)
		len = opt->opt_flen + opt->opt_nflen;
	rcu_read_unlock();
	return len;
}

/**
 * xtcp_output_sync_mss() - the size of a full segment on a path
 * @sk: the socket
 * @pmtu: path MTU, bytes
 *
 * RFC 9293 section 3.7.1: the least of what the path and the peer take, less
 * our options; and at most half of the largest window, so that a small window
 * still holds two segments.
 *
 * Context: socket lock held.
 */
void xtcp_output_sync_mss(struct sock *sk, u32 pmtu)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int opt = xp->ts_ok ? XTCP_OPTLEN_TS : 0;
	int mss = (int)pmtu - xp->fam->hdr_len - (int)sizeof(struct tcphdr) -
		  ext_hdr_len(sk);

	mss = min_t(int, mss, xp->mss_clamp);
	if (xp->max_window)
		mss = min_t(int, mss, xp->max_window > XTCP_MSS_DEFAULT ?
				      max_t(u32, xp->max_window >> 1,
					    68 - 20) :
				      max_t(u32, xp->max_window, 48));
	mss = max_t(int, mss, xtcp_knob(sock_net(sk), min_snd_mss));
	xp->mss_cache = clamp_t(int, mss - opt, 8, U16_MAX);
	xp->pmtu = pmtu;
}

/**
 * xtcp_output_mss() - the size of a full segment now
 * @sk: the socket
 *
 * Context: socket lock held.
 * Return: bytes of payload.
 */
u32 xtcp_output_mss(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct dst_entry *dst = __sk_dst_get(sk);

	if (dst && dst_mtu(dst) != xp->pmtu)
		xtcp_output_sync_mss(sk, dst_mtu(dst));
	return xp->mss_cache;
}

/**
 * xtcp_output_new_path() - choose among paths of one cost for a connection
 * @sk: the socket; iss is set
 *
 * After a timeout another is drawn, if the knob net.core.txrehash or the option
 * SO_TXREHASH says so.
 *
 * Context: any.
 */
void xtcp_output_new_path(struct sock *sk)
{
	if (sk->sk_txrehash == SOCK_TXREHASH_DEFAULT)
		sk->sk_txrehash = READ_ONCE(sock_net(sk)->core.sysctl_txrehash);
	WRITE_ONCE(sk->sk_txhash, xtcp_output_path_hash(xtcp_sk(sk)->iss));
}

static void syn_options(const struct sock *sk, struct xtcp_opts *opts,
			bool reply)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_knobs *knobs = &xtcp_net(sock_net(sk))->knobs;

	opts->mss = xp->advmss;
	/* In reply to a SYN, only what that SYN offered. */
	opts->has_ts = reply ? xp->ts_ok : !!READ_ONCE(knobs->timestamps);
	opts->has_wscale = reply ? xp->wscale_ok :
				   !!READ_ONCE(knobs->window_scaling);
	opts->wscale = xp->rcv_wscale;
	if (xp->fo_cookie) {
		opts->has_fo = 1;
		opts->fo_len = xp->fo_cookie->len;
		opts->fo_cookie = xp->fo_cookie->val;
	}
}

static void segment_options(const struct sock *sk, struct xtcp_opts *opts,
			    u8 flags, u64 now_us)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	memset(opts, 0, sizeof(*opts));
	if (flags & XTCP_SYN)
		syn_options(sk, opts, flags & XTCP_ACK);
	else
		opts->has_ts = xp->ts_ok;
	if (opts->has_ts) {
		opts->tsval = xtcp_us_to_ts(now_us) + xp->ts_off;
		opts->tsecr = flags & XTCP_ACK ? xp->ts_recent : 0;
	}
}

/* The urgent pointer, if the urgent byte is near enough to be told. */
static void build_urgent(const struct xtcp_sock *xp, struct tcphdr *th, u32 seq)
{
	if (!xp->urg_mode || !xtcp_before(seq, xp->snd_up))
		return;
	th->urg = 1;
	th->urg_ptr = htons(min_t(u32, xp->snd_up - seq, U16_MAX));
}

static void build_header(struct sock *sk, struct sk_buff *skb, u8 flags,
			 u32 seq, u64 now_us)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_opts opts;
	struct tcphdr *th;
	int len;

	segment_options(sk, &opts, flags, now_us);
	len = sizeof(*th) + xtcp_options_len(&opts);
	th = skb_push(skb, len);
	skb_reset_transport_header(skb);
	memset(th, 0, sizeof(*th));
	th->source = xp->ent.t.lport;
	th->dest = xp->ent.t.fport;
	th->seq = htonl(seq);
	th->doff = len / 4;
	((u8 *)th)[13] = flags;
	if (flags & XTCP_ACK)
		th->ack_seq = htonl(xp->rcv_nxt);
	if (flags & XTCP_SYN)
		/* RFC 7323 section 2.2: never scaled in a SYN. */
		th->window = htons(min_t(u32, xp->rcv_wnd, U16_MAX));
	else
		th->window = htons(xtcp_output_select_window(sk));
	build_urgent(xp, th, seq);
	xtcp_options_build(&opts, (__be32 *)(th + 1));
}

/* skb_set_owner_w() of one that has no owner, and of a full socket; inline. */
static void set_owner(struct sock *sk, struct sk_buff *skb)
{
	skb->sk = sk;
	skb->destructor = sock_wfree;
	refcount_add(skb->truesize, &sk->sk_wmem_alloc);
}

/* Send @skb by @dst; it is ours alone and has room for the headers. */
static int transmit_by(struct sock *sk, struct sk_buff *skb, u8 flags, u32 seq,
		       u64 now_us, struct dst_entry *dst)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool bare = !skb->len && !(flags & (XTCP_SYN | XTCP_FIN));
	u32 segs = skb_shinfo(skb)->gso_segs ?: 1;

	build_header(sk, skb, flags, seq, now_us);
	set_owner(sk, skb);
	skb_set_hash_from_sk(skb, sk);
	/* The rest is for us alone. */
	memset(&XTCP_CB(skb)->h, 0, sizeof(XTCP_CB(skb)->h));
	/* Whoever cuts a large segment also sums up. */
	xp->fam->check(skb, &xp->ent.t, skb_is_gso(skb) ? NETIF_F_HW_CSUM :
							  sk->sk_route_caps);
	if (flags & XTCP_ACK)
		xtcp_timers_ack_sent(sk);
	xp->segs_out += segs;
	/* What goes once more is counted elsewhere. */
	if (!xtcp_before(seq, xp->snd_nxt) || bare)
		xtcp_mib_add(sock_net(sk), XTCP_MIB_OUT_SEGS, segs);
	return xp->fam->xmit(sk, skb, dst);
}

/* Find the route and send; @now_us is the time that the segment tells. */
static int transmit(struct sock *sk, struct sk_buff *skb, u8 flags, u32 seq,
		    u64 now_us)
{
	struct dst_entry *dst;
	int err;

	rcu_read_lock();
	dst = xtcp_sk(sk)->fam->rebuild(sk);
	if (IS_ERR(dst)) {
		err = PTR_ERR(dst);
		WRITE_ONCE(sk->sk_err_soft, -err);
		if (xtcp_sk(sk)->fam->family == AF_INET)
			IP_INC_STATS(sock_net(sk), IPSTATS_MIB_OUTNOROUTES);
		kfree_skb(skb);
	} else {
		err = transmit_by(sk, skb, flags, seq, now_us, dst);
	}
	rcu_read_unlock();
	return net_xmit_eval(err);
}

/* Send a copy of a queued segment; the original waits to be acknowledged. */
static int transmit_queued(struct sock *sk, struct sk_buff *skb, gfp_t gfp)
{
	struct xtcp_skb_cb *cb = XTCP_CB(skb);
	u64 now_us = xtcp_now_us();
	u8 flags = cb->flags;
	struct sk_buff *copy;

	/* A receiver that joins segments shall not wait for more than these. */
	if (cb->segs > 1)
		flags |= XTCP_PSH;
	cb->sent_us = (u32)now_us;
	/* An earlier clone may not have left yet, and shares the headroom. */
	copy = skb_cloned(skb) ? pskb_copy(skb, gfp) : skb_clone(skb, gfp);
	if (!copy)
		return -ENOBUFS;
	xtcp_sk(sk)->bytes_sent += skb->len;
	if (skb->len)
		xtcp_sk(sk)->data_segs_out += cb->segs;
	xtcp_offload_mark(xtcp_sk(sk), copy, cb);
	return transmit(sk, copy, flags, cb->seq, now_us);
}

/* Send a segment without payload; nothing of it is kept. */
static int transmit_bare(struct sock *sk, u8 flags, u32 seq, gfp_t gfp)
{
	u32 room = xtcp_output_headroom(__sk_dst_get(sk));
	struct sk_buff *skb = alloc_skb(room, gfp | __GFP_NOWARN);

	if (!skb)
		return -ENOBUFS;
	skb_reserve(skb, room);
	return transmit(sk, skb, flags, seq, xtcp_now_us());
}

/*
 * The sequence number of a segment without text. A peer that has pulled its
 * window back would refuse one beyond it.
 */
static u32 bare_seq(const struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 end = xtcp_wnd_end(xp);

	if ((1 << sk->sk_state) & (TCPF_SYN_SENT | TCPF_SYN_RECV) ||
	    !xtcp_before(end, xp->snd_nxt) ||
	    xp->snd_nxt - end < 1U << xp->snd_wscale)
		return xp->snd_nxt;
	return xtcp_before(end, xp->snd_una) ? xp->snd_una : end;
}

/**
 * xtcp_output_ack() - send an ACK now
 * @sk: the socket
 *
 * Context: socket lock held.
 */
void xtcp_output_ack(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (sk->sk_state == TCP_CLOSE)
		return;
	if (transmit_bare(sk, XTCP_ACK, bare_seq(sk), GFP_ATOMIC) == -ENOBUFS) {
		xp->ack_pending |= XTCP_ACK_DELAYED;
		xtcp_timers_ack_delayed(sk);
	}
}

/**
 * xtcp_output_reset() - abort: tell the peer (RFC 9293 section 3.10.5)
 * @sk: the socket
 * @gfp: how to allocate
 *
 * Context: socket lock held.
 */
void xtcp_output_reset(struct sock *sk, gfp_t gfp)
{
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_OUT_RSTS);
	if (transmit_bare(sk, XTCP_RST | XTCP_ACK, bare_seq(sk), gfp))
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_ABORT_FAILED);
}

/* A segment of control bits only, accounted and at the end of @list. */
static struct sk_buff *queue_control(struct sock *sk, u8 flags, gfp_t gfp)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb = xtcp_sendq_alloc(sk, gfp);

	if (!skb)
		return NULL;
	XTCP_CB(skb)->flags = flags;
	xtcp_sendq_entail(sk, skb);
	XTCP_CB(skb)->end_seq++;
	WRITE_ONCE(xp->write_seq, xp->write_seq + 1);
	return skb;
}

/* The head of the send queue has left: it now waits for its ACK. */
static void sent(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	__skb_unlink(skb, &sk->sk_write_queue);
	__skb_queue_tail(&xp->rtxq, skb);
	xp->packets_out += XTCP_CB(skb)->segs;
	WRITE_ONCE(xp->snd_nxt, XTCP_CB(skb)->end_seq);
	xp->lsndtime = jiffies;
	/* Data soon after data: request and response, ACKs ride along. */
	if (skb->len && time_before32(xp->lsndtime, xp->lrcvtime + XTCP_ATO_MIN))
		xp->pingpong = 1;
	xtcp_timers_data_sent(sk);
}

/* Send SYN and data as one segment; they wait for their ACKs as two. */
static int transmit_syn_data(struct sock *sk, struct sk_buff *syn,
			     struct sk_buff *data)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *copy = skb_clone(data, sk->sk_allocation);
	u64 now_us = xtcp_now_us();

	XTCP_CB(syn)->sent_us = (u32)now_us;
	XTCP_CB(data)->sent_us = XTCP_CB(syn)->sent_us;
	if (!copy)
		return -ENOBUFS;
	xp->bytes_sent += data->len;
	xp->data_segs_out++;
	return transmit(sk, copy, XTCP_SYN, XTCP_CB(syn)->seq, now_us);
}

/**
 * xtcp_output_syn() - open actively: send the SYN (RFC 9293 section 3.10.1)
 * @sk: state SYN-SENT; iss, snd_una, write_seq, window are set
 *
 * With Fast Open data may go with it (RFC 7413).
 *
 * Context: process; socket lock held.
 * Return: 0; -ENOBUFS without memory; what the network layer refuses with.
 */
int xtcp_output_syn(struct sock *sk)
{
	struct sk_buff *syn = queue_control(sk, XTCP_SYN, sk->sk_allocation);
	struct xtcp_focookie cookie;
	struct sk_buff *data;
	int err;

	if (!syn)
		return -ENOBUFS;
	data = xtcp_fastopen_begin(sk, &cookie);
	err = data ? transmit_syn_data(sk, syn, data) :
		     transmit_queued(sk, syn, sk->sk_allocation);
	xtcp_sk(sk)->fo_cookie = NULL;
	if (err == -ECONNREFUSED)
		return err;
	/* Otherwise the timer tries again. */
	sent(sk, syn);
	if (data)
		sent(sk, data);
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ACTIVE_OPENS);
	xtcp_ends_opened(sk);
	return 0;
}

/**
 * xtcp_output_open() - a full socket answers a SYN for the first time
 * @sk: state SYN-RECEIVED; iss, snd_una, snd_nxt, write_seq are equal
 *
 * Fast Open (RFC 7413): the SYN-ACK waits in rtxq, and is repeated by the
 * connection's own timer.
 *
 * Context: softirq; socket lock held.
 * Return: 0 or -ENOBUFS.
 */
int xtcp_output_open(struct sock *sk)
{
	struct sk_buff *skb = queue_control(sk, XTCP_SYN | XTCP_ACK,
					    GFP_ATOMIC | __GFP_NOWARN);

	if (!skb)
		return -ENOBUFS;
	/* A copy lost here is lost as any other: the timer mends it. */
	transmit_queued(sk, skb, GFP_ATOMIC);
	sent(sk, skb);
	return 0;
}

/**
 * xtcp_output_synack() - answer the peer's SYN, or answer it once more
 * @sk: a SYN, or a SYN-ACK, is at the head of rtxq
 *
 * Context: socket lock held.
 */
void xtcp_output_synack(struct sock *sk)
{
	struct sk_buff *skb = xtcp_rtx_head(xtcp_sk(sk));

	if (!skb || !(XTCP_CB(skb)->flags & XTCP_SYN))
		return;
	XTCP_CB(skb)->flags |= XTCP_ACK;
	if (XTCP_CB(skb)->retrans < U8_MAX)
		XTCP_CB(skb)->retrans++;
	transmit_queued(sk, skb, GFP_ATOMIC);
}

/**
 * xtcp_output_some() - send what may go now
 * @sk: the socket
 * @mss: size of a full segment, bytes
 * @nonagle: XTCP_NAGLE_*
 * @push_one: one buffer only
 *
 * Context: socket lock held.
 * Return: true when data waits and nothing is in flight: only a probe can get
 * things moving again.
 */
bool xtcp_output_some(struct sock *sk, u32 mss, int nonagle, bool push_one)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;
	int len;

	xtcp_quota_restart(sk);
	while ((skb = xtcp_send_head(sk))) {
		len = xtcp_quota(sk, skb, mss, nonagle);
		if (len < 0 || ((int)skb->len > len &&
				xtcp_offload_split(sk, skb, len, false)))
			break;
		xtcp_offload_count(skb, mss);
		/* A copy lost here is lost as any other: the timer mends it. */
		transmit_queued(sk, skb, GFP_ATOMIC);
		if (skb->len && skb->len < XTCP_CB(skb)->segs * mss)
			xp->snd_sml = XTCP_CB(skb)->end_seq;
		sent(sk, skb);
		if (push_one)
			break;
	}
	return !xp->packets_out && xtcp_send_head(sk);
}

/**
 * xtcp_output_push_by() - send what may go now; else see that something will
 * @sk: the socket
 * @mss: size of a full segment, bytes
 * @nonagle: XTCP_NAGLE_*
 *
 * Context: socket lock held.
 */
void xtcp_output_push_by(struct sock *sk, u32 mss, int nonagle)
{
	if (!xtcp_send_head(sk) || sk->sk_state == TCP_CLOSE)
		return;
	if (xtcp_output_some(sk, mss, nonagle, false))
		xtcp_timers_window_closed(sk);
}

/**
 * xtcp_output_fin() - queue a FIN behind the data and push
 * @sk: the socket; the state says already that a FIN was sent
 *
 * Without memory for it, after some tries, the connection is aborted.
 *
 * Context: process; socket lock held; may sleep.
 */
void xtcp_output_fin(struct sock *sk)
{
	struct sk_buff *tail = skb_peek_tail(&sk->sk_write_queue);
	struct xtcp_sock *xp = xtcp_sk(sk);
	int tries = FIN_TRIES;

	if (tail) {
		XTCP_CB(tail)->flags |= XTCP_FIN;
		XTCP_CB(tail)->end_seq++;
		WRITE_ONCE(xp->write_seq, xp->write_seq + 1);
	} else {
		while (!queue_control(sk, XTCP_ACK | XTCP_FIN,
				      sk->sk_allocation)) {
			if (!--tries) {
				xtcp_mib_inc(sock_net(sk),
					     XTCP_MIB_ABORT_ON_MEMORY);
				xtcp_output_reset(sk, GFP_ATOMIC);
				xtcp_ends_because(sk, XTCP_END_MEMORY);
				xtcp_sock_fail(sk, ENOMEM);
				return;
			}
			cond_resched();
		}
	}
	xtcp_output_push(sk, XTCP_NAGLE_OFF);
}

/* Make the head of @skb a segment of its own that has nothing acknowledged. */
static int single_out(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u32 mss = xtcp_output_mss(sk);
	s32 old = xp->snd_una - XTCP_CB(skb)->seq;

	if (old > 0 && xtcp_offload_trim(sk, skb, old))
		return -ENOMEM;
	if (skb->len > mss && xtcp_offload_split(sk, skb, mss, true))
		return -ENOMEM;
	xtcp_offload_recount(xp, skb, mss);
	return 0;
}

/**
 * xtcp_output_retransmit() - send a segment of rtxq once more
 * @sk: the socket
 * @skb: where it is; what is more than a full segment is split off and stays
 *
 * Context: socket lock held.
 * Return: 0; -EAGAIN when it lies outside the peer's window, or belongs to a
 * SYN that was not answered yet (RFC 7413 section 4.2.2); -ENOMEM,
 * -ENOBUFS; what the network layer refuses with.
 */
int xtcp_output_retransmit(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);
	int err;

	/* A window pulled back leaves only the head to be sent, as a probe. */
	if (!xtcp_before(cb->seq, xtcp_wnd_end(xp)) && cb->seq != xp->snd_una &&
	    skb != xtcp_rtx_head(xp))
		return -EAGAIN;
	if (sk->sk_state == TCP_SYN_SENT && !(cb->flags & XTCP_SYN))
		return -EAGAIN;
	if (single_out(sk, skb))
		return -ENOMEM;
	err = transmit_queued(sk, skb, GFP_ATOMIC);
	if (err)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_RETRANS_FAIL);
	if (cb->lost) {
		cb->lost = 0;
		xp->lost_out--;
	}
	if (cb->retrans < U8_MAX) {
		cb->retrans++;
		xp->retrans_out++;
	}
	xp->total_retrans++;
	xp->bytes_retrans += skb->len;
	if (!xp->retrans_stamp_us)
		xp->retrans_stamp_us = xtcp_now_us();
	xtcp_mib_inc(sock_net(sk), cb->flags & XTCP_SYN ?
				   XTCP_MIB_SYN_RETRANS :
				   XTCP_MIB_RETRANS_SEGS);
	return err;
}

/**
 * xtcp_output_probe() - ask the peer for an ACK, sending nothing new
 * @sk: the socket
 * @urgent: carry the urgent pointer
 *
 * The sequence number is one that the peer has acknowledged, so that it must
 * answer (RFC 9293 section 3.8.4).
 *
 * Context: socket lock held.
 * Return: 0 or a negative errno.
 */
int xtcp_output_probe(struct sock *sk, bool urgent)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	return transmit_bare(sk, XTCP_ACK, xp->snd_una - !urgent, GFP_ATOMIC);
}

/**
 * xtcp_output_window_probe() - the window is closed and data waits
 * @sk: the socket
 *
 * RFC 9293 section 3.8.6.1: send what the window takes of the head of the
 * queue; if it takes nothing, ask.
 *
 * Context: socket lock held.
 */
void xtcp_output_window_probe(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb = xtcp_send_head(sk);
	u32 room = xtcp_wnd_end(xp) - xp->snd_nxt;

	xtcp_mib_inc(sock_net(sk), XTCP_MIB_ZERO_WINDOW_PROBES);
	if (!skb || !xtcp_before(XTCP_CB(skb)->seq, xtcp_wnd_end(xp))) {
		if (xp->urg_mode)
			xtcp_output_probe(sk, true);
		xtcp_output_probe(sk, false);
		return;
	}
	room = min3(room, xtcp_output_mss(sk), skb->len);
	XTCP_CB(skb)->flags |= XTCP_PSH;
	if (skb->len > room && xtcp_offload_split(sk, skb, room, false))
		return;
	xtcp_offload_count(skb, room);
	transmit_queued(sk, skb, GFP_ATOMIC);
	sent(sk, skb);
}
