// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open on the side that connects: a cookie is asked for once, and from
 * then on the first data goes with the SYN: RFC 7413 sections 4.1.3 and 4.2.
 *
 * SYN and data stand in rtxq as two segments, the SYN first, though they left
 * as one: if that is lost the SYN goes again alone, without the option, and the
 * data after the handshake.
 */
#include <linux/socket.h>
#include <net/inet_common.h>

#include "compat/defer.h"
#include "family.h"
#include "fastopen.h"
#include "focache.h"
#include "output.h"
#include "recovery.h"

static struct xtcp_focache *cache_of(struct sock *sk)
{
	return READ_ONCE(xtcp_net(sock_net(sk))->fo_cache);
}

/* The namespace's cache, made when first needed; NULL without memory. */
static struct xtcp_focache *make_cache(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	struct xtcp_focache *cache = READ_ONCE(xn->fo_cache), *old;

	if (cache)
		return cache;
	cache = xtcp_focache_alloc();
	if (!cache)
		return NULL;
	old = cmpxchg(&xn->fo_cache, NULL, cache);
	if (!old)
		return cache;
	xtcp_focache_free(cache);
	return old;
}

/* What a SYN may carry. */
enum plan {
	PLAN_PLAIN,	/* nothing: it failed lately */
	PLAN_ASK,	/* the question for a cookie */
	PLAN_DATA,	/* data, and a cookie unless it goes without one */
};

/* The cookie and the MSS, where they are known, are filled in. */
static enum plan make_plan(struct sock *sk, struct xtcp_focookie *cookie,
			   u16 *mss)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct net *net = sock_net(sk);
	struct xtcp_focache *cache = make_cache(net);
	bool known = false;

	cookie->len = 0;
	if (cache) {
		if (xtcp_focache_avoids(cache, &xp->ent.t,
					(u32)ktime_get_seconds())) {
			xp->fo_fail = TFO_COOKIE_UNAVAILABLE;
			return PLAN_PLAIN;
		}
		known = xtcp_focache_find(cache, &xp->ent.t, cookie, mss);
	}
	if (xp->fo_no_cookie ||
	    xtcp_knob(net, fastopen) & XTCP_FO_CLIENT_NO_COOKIE) {
		cookie->len = 0;
		return PLAN_DATA;
	}
	if (known)
		return PLAN_DATA;
	xp->fo_fail = TFO_COOKIE_UNAVAILABLE;
	return PLAN_ASK;
}

/**
 * xtcp_fastopen_defers() - is the SYN to wait for the first data?
 * @sk: a socket that connects; addresses, route and sequence numbers stand
 *
 * TCP_FASTOPEN_CONNECT: when data could go with it.
 *
 * Context: process; socket lock held.
 * Return: true when connect is done, as far as the user is concerned.
 */
bool xtcp_fastopen_defers(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_focookie cookie;
	u16 mss;

	if (!xp->fo_connect || xp->fo_request ||
	    make_plan(sk, &cookie, &mss) != PLAN_DATA)
		return false;
	xtcp_compat_set_defer_connect(sk, true);
	return true;
}

/*
 * Data for a SYN with full options, and room for those that boxes on the way
 * may add.
 */
static struct sk_buff *queue_data(struct sock *sk, u16 mss)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_forequest *request = xp->fo_request;
	struct sk_buff *skb;

	xp->mss_clamp = mss;
	if (xp->user_mss)
		xp->mss_clamp = min(xp->mss_clamp, xp->user_mss);
	xtcp_output_sync_mss(sk, xp->pmtu);
	if (xp->mss_cache <= XTCP_OPTLEN_MAX)
		return NULL;
	skb = xtcp_sendq_syn_data(sk, request->msg,
				  xp->mss_cache - XTCP_OPTLEN_MAX);
	if (skb)
		request->copied = skb->len;
	return skb;
}

/**
 * xtcp_fastopen_begin() - what goes with a SYN
 * @sk: the socket; the SYN is queued
 * @cookie: room for one, while the SYN is being sent
 *
 * Context: process, the one that sends if any; socket lock held.
 * Return: the data, queued behind the SYN, or NULL. fo_cookie of the socket is
 * set when there is to be an option.
 */
struct sk_buff *xtcp_fastopen_begin(struct sock *sk,
				    struct xtcp_focookie *cookie)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_forequest *request = xp->fo_request;
	struct sk_buff *skb = NULL;
	u16 mss = xp->advmss;
	enum plan plan;

	/* Another process connects while one is about to send. */
	if (request && request->task != current)
		request = NULL;
	if (!request && !xp->fo_connect)
		return NULL;
	plan = make_plan(sk, cookie, &mss);
	if (plan == PLAN_PLAIN) {
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_FASTOPEN_AVOIDED);
		return NULL;
	}
	if (plan == PLAN_DATA && request && msg_data_left(request->msg)) {
		skb = queue_data(sk, mss);
		xp->syn_data = !!skb;
		/* Without memory: as if there were no cookie. */
		if (!skb)
			cookie->len = 0;
	}
	xp->fo_asked = plan == PLAN_ASK || cookie->len;
	xp->fo_cookie = xp->fo_asked ? cookie : NULL;
	return skb;
}

/* What went with the SYN was not taken: once more, at once. */
static bool send_again(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb = xtcp_rtx_head(xp);

	/* After a timeout it went again as soon as the ACK came. */
	if (XTCP_CB(skb)->retrans)
		return true;
	skb_queue_walk(&xp->rtxq, skb)
		XTCP_CB(skb)->lost = 1;
	xp->lost_out = xp->packets_out;
	xtcp_recovery_retransmit_lost(sk);
	skb = xtcp_rtx_head(xp);
	return skb && !XTCP_CB(skb)->lost;
}

static void failed(struct sock *sk)
{
	struct xtcp_focache *cache = cache_of(sk);

	if (cache)
		xtcp_focache_failed(cache, &xtcp_sk(sk)->ent.t,
				    (u32)ktime_get_seconds());
}

/* Learn from the answer; true when it says that Fast Open is of no use here. */
static bool learn(struct sock *sk, const struct xtcp_opts *opts, bool resent,
		  bool taken)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_focache *cache = cache_of(sk);

	/* What was not asked for is not kept. */
	if (xp->fo_asked && opts->has_fo && opts->fo_len) {
		if (cache)
			xtcp_focache_keep(cache, &xp->ent.t, opts->fo_cookie,
					  opts->fo_len,
					  opts->mss ?: xp->fam->mss_default);
		return false;
	}
	if (taken) {
		if (cache)
			xtcp_focache_worked(cache, &xp->ent.t);
		return false;
	}
	return xp->syn_data || resent;
}

/**
 * xtcp_fastopen_synack() - the SYN-ACK came: what has become of Fast Open?
 * @sk: the socket; the ACK was worked off
 * @opts: of the SYN-ACK
 * @resent: the SYN went more than once
 *
 * RFC 7413 section 4.2.2, and 4.1.3.1 for what failed.
 *
 * Context: socket lock held.
 * Return: true when a segment was sent that acknowledges the SYN-ACK.
 */
bool xtcp_fastopen_synack(struct sock *sk, const struct xtcp_opts *opts,
			  bool resent)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool taken;

	if (!xp->fo_asked && !xp->syn_data)
		return false;
	taken = xp->syn_data && !xtcp_rtx_head(xp);
	if (learn(sk, opts, resent, taken))
		failed(sk);
	xp->syn_data_acked = taken;
	if (taken)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_FASTOPEN_ACTIVE);
	if (taken || !xp->syn_data)
		return false;
	xp->fo_fail = resent ? TFO_SYN_RETRANSMITTED : TFO_DATA_NOT_ACKED;
	xtcp_mib_inc(sock_net(sk), XTCP_MIB_FASTOPEN_ACTIVE_FAIL);
	return send_again(sk);
}

/**
 * xtcp_fastopen_unopened() - a connection ends in SYN-SENT
 * @sk: the socket
 *
 * Whatever ended it: the next one shall not fail for Fast Open's sake.
 *
 * Context: socket lock held.
 */
void xtcp_fastopen_unopened(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!xp->fo_asked && !xp->syn_data)
		return;
	if (xp->syn_data)
		xtcp_mib_inc(sock_net(sk), XTCP_MIB_FASTOPEN_ACTIVE_FAIL);
	failed(sk);
}

/* May this message open a connection? */
static int check(struct sock *sk, const struct msghdr *msg)
{
	const struct sockaddr *addr = msg->msg_name;

	if (!(xtcp_knob(sock_net(sk), fastopen) & XTCP_FO_CLIENT))
		return -EOPNOTSUPP;
	if (addr && msg->msg_namelen >= (int)sizeof(addr->sa_family) &&
	    addr->sa_family == AF_UNSPEC)
		return -EOPNOTSUPP;
	return xtcp_sk(sk)->fo_request ? -EALREADY : 0;
}

/* The SYN that connect left to us. */
static void open_deferred(struct sock *sk)
{
	xtcp_compat_set_defer_connect(sk, false);
	if (!xtcp_output_syn(sk))
		return;
	xtcp_sendq_purge(sk);
	xtcp_set_state(sk, TCP_CLOSE);
	inet_sk(sk)->inet_dport = 0;
	sk->sk_route_caps = 0;
}

/**
 * xtcp_fastopen_sendmsg() - connect by sending: MSG_FASTOPEN, or the first data
 * after a connect that waited for it
 * @sock: the socket
 * @msg: data, and for MSG_FASTOPEN the address
 * @copied: set to how many bytes of it went with the SYN
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: 0 when connected, and the rest may be sent; -EINPROGRESS when it is
 * on its way and the call must not wait; -EALREADY when another call has begun
 * to; -EOPNOTSUPP when the knob is off or the address is AF_UNSPEC; and as
 * connect.
 */
int xtcp_fastopen_sendmsg(struct socket *sock, struct msghdr *msg, int *copied)
{
	struct xtcp_forequest request = { .msg = msg, .task = current };
	int flags = msg->msg_flags & MSG_DONTWAIT ? O_NONBLOCK : 0;
	struct xtcp_sock *xp = xtcp_sk(sock->sk);
	struct sock *sk = sock->sk;
	bool deferred = false;
	int err;

	lock_sock(sk);
	err = check(sk, msg);
	if (!err) {
		xp->fo_request = &request;
		deferred = xtcp_compat_defer_connect(sk);
		if (deferred)
			open_deferred(sk);
	}
	release_sock(sk);
	if (err)
		return err;
	err = inet_stream_connect(sock, msg->msg_name, msg->msg_namelen, flags);
	lock_sock(sk);
	xp->fo_request = NULL;
	release_sock(sk);
	*copied = request.copied;
	/* It has been connecting before this call, but sends only since. */
	return deferred && err == -EALREADY ? -EINPROGRESS : err;
}
