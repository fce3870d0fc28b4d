// SPDX-License-Identifier: GPL-2.0
/*
 * Options of a socket: those of TCP by their own names and numbers, xtcp's
 * own, and the way to those of IP: RFC 9293 section 3.9.1, RFC 1122 section
 * 4.2.4.
 */
#include <linux/capability.h>
#include <linux/sockptr.h>
#include <linux/tcp.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "calls.h"
#include "fastopen.h"
#include "input.h"
#include "netns.h"
#include "output.h"
#include "status.h"
#include "timers.h"
#include "timewait.h"
#include "uapi/linux/xtcp.h"
#include "wire.h"

/* Bounds as in Linux TCP, where they are named MAX_TCP_*. */
#define KEEPIDLE_MAX		32767	/* seconds */
#define KEEPINTVL_MAX		32767	/* seconds */
#define KEEPCNT_MAX		127
#define SYNCNT_MAX		127
#define MAXSEG_MAX		32767	/* bytes */
#define LINGER2_MAX		120	/* seconds */

/* As a new socket has it: what the header can say (RFC 7323 section 2.3). */
#define WINDOW_CLAMP_NONE	((u32)U16_MAX << XTCP_WSCALE_MAX)

/* SYN-ACKs as TCP_DEFER_ACCEPT counts them: after 1, 2, 4 .. 120 seconds. */
#define SYNACK_FIRST		1
#define SYNACK_INTERVAL_MAX	120
#define SYNACK_COUNT_MAX	255

/**
 * struct option - an option whose value is an int
 * @name: TCP_* or XTCP_*
 * @min: least value, or else EINVAL
 * @max: largest value, or else EINVAL
 * @set: take over a value within the bounds; socket locked; NULL if none can
 * @get: the value now; socket not locked
 */
struct option {
	int name;
	int min;
	int max;
	int (*set)(struct sock *sk, int val);
	int (*get)(struct sock *sk);
};

static bool state_is(const struct sock *sk, int states)
{
	return (1 << sk->sk_state) & states;
}

static void push_pending(struct sock *sk)
{
	if (xtcp_send_head(sk))
		xtcp_output_push(sk, xtcp_sk(sk)->nonagle);
}

/* RFC 9293 MUST-17: Nagle's algorithm can be turned off. */
static int set_nodelay(struct sock *sk, int val)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!val) {
		xp->nonagle &= ~XTCP_NAGLE_OFF;
		return 0;
	}
	xp->nonagle |= XTCP_NAGLE_OFF | XTCP_NAGLE_PUSH;
	push_pending(sk);
	return 0;
}

static int get_nodelay(struct sock *sk)
{
	return !!(xtcp_sk(sk)->nonagle & XTCP_NAGLE_OFF);
}

static int set_cork(struct sock *sk, int val)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (val) {
		xp->nonagle |= XTCP_NAGLE_CORK;
		return 0;
	}
	xp->nonagle &= ~XTCP_NAGLE_CORK;
	if (xp->nonagle & XTCP_NAGLE_OFF)
		xp->nonagle |= XTCP_NAGLE_PUSH;
	push_pending(sk);
	return 0;
}

static int get_cork(struct sock *sk)
{
	return !!(xtcp_sk(sk)->nonagle & XTCP_NAGLE_CORK);
}

/* What the interface takes is not known yet, so only the bounds are checked. */
static int set_maxseg(struct sock *sk, int val)
{
	if (val && val < XTCP_MSS_MIN)
		return -EINVAL;
	xtcp_sk(sk)->user_mss = val;
	return 0;
}

static int get_maxseg(struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	if (xp->user_mss && state_is(sk, TCPF_CLOSE | TCPF_LISTEN))
		return xp->user_mss;
	return xp->mss_cache;
}

/* RFC 9293 section 3.8.6.3: an ACK that is delayed goes when asked to. */
static int set_quickack(struct sock *sk, int val)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	xp->pingpong = !val;
	if (!val || !state_is(sk, TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) ||
	    !(xp->ack_pending & (XTCP_ACK_DELAYED | XTCP_ACK_NOW)))
		return 0;
	xtcp_output_ack(sk);
	/* An even value: this once. */
	if (!(val & 1))
		xp->pingpong = 1;
	return 0;
}

static int get_quickack(struct sock *sk)
{
	return !xtcp_sk(sk)->pingpong;
}

/* Linux counts in retransmissions, and tells what these come to in seconds. */
static int set_defer_accept(struct sock *sk, int val)
{
	int interval = SYNACK_FIRST;
	int period = SYNACK_FIRST;
	int count = 1;

	if (val <= 0)
		period = 0;
	while (val > period && count < SYNACK_COUNT_MAX) {
		interval = min(2 * interval, SYNACK_INTERVAL_MAX);
		period += interval;
		count++;
	}
	WRITE_ONCE(xtcp_sk(sk)->defer_accept, period);
	return 0;
}

static int get_defer_accept(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->defer_accept);
}

/* RFC 5482. */
static int set_user_timeout(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->user_timeout, val);
	return 0;
}

static int get_user_timeout(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->user_timeout);
}

static int set_linger2(struct sock *sk, int val)
{
	val = val < 0 ? -1 : min(val, LINGER2_MAX) * HZ;
	WRITE_ONCE(xtcp_sk(sk)->linger2, val);
	return 0;
}

static int get_linger2(struct sock *sk)
{
	int val = READ_ONCE(xtcp_sk(sk)->linger2);

	if (!val)
		return xtcp_knob(sock_net(sk), fin_timeout);
	return val < 0 ? val : val / HZ;
}

static int set_syncnt(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->syn_retries, val);
	return 0;
}

static int get_syncnt(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->syn_retries) ?:
	       xtcp_knob(sock_net(sk), syn_retries);
}

/* RFC 9293 SHLD-14: what was offered stays; only what comes is bounded. */
static int set_window_clamp(struct sock *sk, int val)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	if (!val) {
		if (sk->sk_state != TCP_CLOSE)
			return -EINVAL;
		xp->window_clamp = WINDOW_CLAMP_NONE;
		return 0;
	}
	xp->window_clamp = max_t(u32, val, SOCK_MIN_RCVBUF / 2);
	return 0;
}

static int get_window_clamp(struct sock *sk)
{
	u32 clamp = READ_ONCE(xtcp_sk(sk)->window_clamp);

	if (clamp == WINDOW_CLAMP_NONE && state_is(sk, TCPF_CLOSE | TCPF_LISTEN))
		return 0;
	return clamp;
}

/* RFC 9293 section 3.8.4. */
static int set_keepidle(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->keepalive_time, val * HZ);
	xtcp_timers_keepalive_changed(sk);
	return 0;
}

static int get_keepidle(struct sock *sk)
{
	return xtcp_timers_keepalive_time(sk) / HZ;
}

static int set_keepintvl(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->keepalive_intvl, val * HZ);
	return 0;
}

static int get_keepintvl(struct sock *sk)
{
	return xtcp_timers_keepalive_intvl(sk) / HZ;
}

static int set_keepcnt(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->keepalive_probes, val);
	return 0;
}

static int get_keepcnt(struct sock *sk)
{
	return xtcp_timers_keepalive_probes(sk);
}

static int set_notsent_lowat(struct sock *sk, int val)
{
	WRITE_ONCE(xtcp_sk(sk)->notsent_lowat, val);
	/* Who waits for room may have it now. */
	sk->sk_write_space(sk);
	return 0;
}

static int get_notsent_lowat(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->notsent_lowat);
}

static int set_inq(struct sock *sk, int val)
{
	xtcp_sk(sk)->recv_inq = val;
	return 0;
}

static int get_inq(struct sock *sk)
{
	return xtcp_sk(sk)->recv_inq;
}

/* For checkpoint and restore, which xtcp does not have. */
static int set_timestamp(struct sock *sk, int val)
{
	return -EPERM;
}

static int get_timestamp(struct sock *sk)
{
	return xtcp_now_ts() + READ_ONCE(xtcp_sk(sk)->ts_off);
}

/* A short wait endangers others on the host, so its floor is the admin's. */
static int set_timewait_ms(struct sock *sk, int val)
{
	struct net *net = sock_net(sk);

	if (val >= 0 && val < xtcp_knob(net, timewait_min_ms) &&
	    !sockopt_ns_capable(net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	WRITE_ONCE(xtcp_sk(sk)->timewait_ms, val);
	return 0;
}

static int get_timewait_ms(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->timewait_ms);
}

static int set_fastopen(struct sock *sk, int val)
{
	int most = READ_ONCE(sock_net(sk)->core.sysctl_somaxconn);

	if (!state_is(sk, TCPF_CLOSE | TCPF_LISTEN))
		return -EINVAL;
	WRITE_ONCE(xtcp_sk(sk)->fo_qlen, min(val, most));
	return 0;
}

static int get_fastopen(struct sock *sk)
{
	return READ_ONCE(xtcp_sk(sk)->fo_qlen);
}

static int set_fastopen_connect(struct sock *sk, int val)
{
	if (!(xtcp_knob(sock_net(sk), fastopen) & XTCP_FO_CLIENT))
		return -EOPNOTSUPP;
	if (sk->sk_state != TCP_CLOSE)
		return -EINVAL;
	xtcp_sk(sk)->fo_connect = val;
	return 0;
}

static int get_fastopen_connect(struct sock *sk)
{
	return xtcp_sk(sk)->fo_connect;
}

static int set_fastopen_no_cookie(struct sock *sk, int val)
{
	if (!state_is(sk, TCPF_CLOSE | TCPF_LISTEN))
		return -EINVAL;
	xtcp_sk(sk)->fo_no_cookie = val;
	return 0;
}

static int get_fastopen_no_cookie(struct sock *sk)
{
	return xtcp_sk(sk)->fo_no_cookie;
}

static int get_wire(struct sock *sk)
{
	return xtcp_wire_get(sk);
}

static const struct option options[] = {
	{ TCP_NODELAY, INT_MIN, INT_MAX, set_nodelay, get_nodelay },
	{ TCP_MAXSEG, 0, MAXSEG_MAX, set_maxseg, get_maxseg },
	{ TCP_CORK, INT_MIN, INT_MAX, set_cork, get_cork },
	{ TCP_KEEPIDLE, 1, KEEPIDLE_MAX, set_keepidle, get_keepidle },
	{ TCP_KEEPINTVL, 1, KEEPINTVL_MAX, set_keepintvl, get_keepintvl },
	{ TCP_KEEPCNT, 1, KEEPCNT_MAX, set_keepcnt, get_keepcnt },
	{ TCP_SYNCNT, 1, SYNCNT_MAX, set_syncnt, get_syncnt },
	{ TCP_LINGER2, INT_MIN, INT_MAX, set_linger2, get_linger2 },
	{ TCP_DEFER_ACCEPT, INT_MIN, INT_MAX, set_defer_accept,
	  get_defer_accept },
	{ TCP_WINDOW_CLAMP, INT_MIN, INT_MAX, set_window_clamp,
	  get_window_clamp },
	{ TCP_QUICKACK, INT_MIN, INT_MAX, set_quickack, get_quickack },
	{ TCP_USER_TIMEOUT, 0, INT_MAX, set_user_timeout, get_user_timeout },
	{ TCP_TIMESTAMP, INT_MIN, INT_MAX, set_timestamp, get_timestamp },
	{ TCP_NOTSENT_LOWAT, INT_MIN, INT_MAX, set_notsent_lowat,
	  get_notsent_lowat },
	{ TCP_INQ, 0, 1, set_inq, get_inq },
	{ TCP_FASTOPEN, 0, INT_MAX, set_fastopen, get_fastopen },
	{ TCP_FASTOPEN_CONNECT, 0, 1, set_fastopen_connect,
	  get_fastopen_connect },
	{ TCP_FASTOPEN_NO_COOKIE, 0, 1, set_fastopen_no_cookie,
	  get_fastopen_no_cookie },
	{ XTCP_TIMEWAIT_MS, -1, XTCP_TW_MS_MAX, set_timewait_ms,
	  get_timewait_ms },
	{ XTCP_WIRE, 0, XTCP_WIRE_BOTH, xtcp_wire_set, get_wire },
};

static const struct option *find_option(int name)
{
	const struct option *opt;

	for (opt = options; opt < options + ARRAY_SIZE(options); opt++)
		if (opt->name == name)
			return opt;
	return NULL;
}

/* TCP_CONGESTION, the name as a string: cwnd and ssthresh are kept. */
static int set_congestion(struct sock *sk, sockptr_t optval,
			  unsigned int optlen)
{
	struct xtcp_cong *cong = &xtcp_sk(sk)->cong;
	const struct xtcp_cong_ops *ops, *old;
	char name[XTCP_CA_NAME_MAX];
	long len;

	if (optlen < 1)
		return -EINVAL;
	len = strncpy_from_sockptr(name, optval,
				   min_t(long, sizeof(name) - 1, optlen));
	if (len < 0)
		return -EFAULT;
	name[len] = 0;

	ops = xtcp_cong_get(name);
	if (!ops)
		return -ENOENT;
	sockopt_lock_sock(sk);
	old = cong->ops;
	if (ops != old) {
		WRITE_ONCE(cong->ops, ops);
		memset(cong->priv, 0, sizeof(cong->priv));
		if (ops->init)
			ops->init(cong);
	}
	sockopt_release_sock(sk);
	/* What is no longer used, or was held twice. */
	xtcp_cong_put(old);
	return 0;
}

/* TCP_FASTOPEN_KEY, one key or two; the first makes cookies. */
static int set_fastopen_key(struct sock *sk, sockptr_t optval,
			    unsigned int optlen)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	int err;

	if (optlen != XTCP_FOKEYS_LEN && optlen != sizeof(raw))
		return -EINVAL;
	if (copy_from_sockptr(raw, optval, optlen))
		return -EFAULT;
	err = xtcp_fastopen_set_keys(&xtcp_sk(sk)->fo_keys, raw,
				     optlen / XTCP_FOKEYS_LEN);
	memzero_explicit(raw, sizeof(raw));
	return err;
}

static int set_int(struct sock *sk, int name, sockptr_t optval,
		   unsigned int optlen)
{
	const struct option *opt = find_option(name);
	int val, err;

	if (optlen < sizeof(int))
		return -EINVAL;
	if (copy_from_sockptr(&val, optval, sizeof(val)))
		return -EFAULT;
	if (!opt)
		return -ENOPROTOOPT;
	if (val < opt->min || val > opt->max)
		return -EINVAL;

	sockopt_lock_sock(sk);
	err = opt->set(sk, val);
	sockopt_release_sock(sk);
	return err;
}

/* What IP would refuse a TCP socket, which it does not take this one for. */
static int check_ip_option(int level, int name, unsigned int len)
{
	if (level == SOL_IP && (name == IP_ADD_MEMBERSHIP ||
				name == IP_DROP_MEMBERSHIP))
		return -EPROTO;
	if (level == SOL_IPV6 && (name == IPV6_ADD_MEMBERSHIP ||
				  name == IPV6_DROP_MEMBERSHIP))
		return len < sizeof(struct ipv6_mreq) ? -EINVAL : -EPROTO;
	return 0;
}

/* IP_OPTIONS: another way for the packets, and other room in them. */
static void ip_options_changed(struct sock *sk)
{
	sockopt_lock_sock(sk);
	if (!state_is(sk, TCPF_CLOSE | TCPF_LISTEN)) {
		sk_dst_reset(sk);
		xtcp_output_sync_mss(sk, xtcp_sk(sk)->pmtu);
	}
	sockopt_release_sock(sk);
}

static bool is_ours(int level)
{
	return level == SOL_TCP || level == IPPROTO_XTCP;
}

/**
 * xtcp_sockopt_set() - proto.setsockopt
 * @sk: the socket
 * @level: IPPROTO_TCP or IPPROTO_XTCP, alike; or that of IP or IPv6
 * @name: the option
 * @val: its value
 * @len: bytes of it
 *
 * IPV6_ADDRFORM, which turns a socket into one of IPv4, is refused by IPv6
 * for any protocol but its own: ENOPROTOOPT.
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: 0; -EINVAL for a value out of range or too short; -EFAULT;
 * -ENOPROTOOPT for an unknown option or level; -ENOENT for an unknown
 * algorithm of congestion control; -EPERM without the capability for it;
 * -EPROTO for joining a multicast group; what IP says to its own.
 */
int xtcp_sockopt_set(struct sock *sk, int level, int name, sockptr_t val,
		     unsigned int len)
{
	int err;

	if (is_ours(level)) {
		if (name == TCP_CONGESTION)
			return set_congestion(sk, val, len);
		if (name == TCP_FASTOPEN_KEY)
			return set_fastopen_key(sk, val, len);
		return set_int(sk, name, val, len);
	}

	err = check_ip_option(level, name, len);
	if (err)
		return err;
	if (sk->sk_family != AF_INET && level != SOL_IP)
		return ipv6_setsockopt(sk, level, name, val, len);
	err = ip_setsockopt(sk, level, name, val, len);
	if (!err && level == SOL_IP && name == IP_OPTIONS)
		ip_options_changed(sk);
	return err;
}

/* Give back at most as many bytes as the user has room for, and how many. */
static int put_value(char __user *optval, int __user *optlen, const void *val,
		     int size)
{
	int len;

	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	len = min(len, size);
	if (put_user(len, optlen) || copy_to_user(optval, val, len))
		return -EFAULT;
	return 0;
}

static int get_info(struct sock *sk, char __user *optval, int __user *optlen)
{
	struct tcp_info info;

	lock_sock(sk);
	xtcp_status_info(sk, &info);
	release_sock(sk);
	return put_value(optval, optlen, &info, sizeof(info));
}

static int get_congestion(struct sock *sk, char __user *optval,
			  int __user *optlen)
{
	char name[XTCP_CA_NAME_MAX];

	lock_sock(sk);
	memcpy(name, xtcp_sk(sk)->cong.ops->name, sizeof(name));
	release_sock(sk);
	return put_value(optval, optlen, name, sizeof(name));
}

static int get_fastopen_key(struct sock *sk, char __user *optval,
			    int __user *optlen)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	int len = xtcp_fastopen_get_keys(&xtcp_sk(sk)->fo_keys, raw);
	int err = put_value(optval, optlen, raw, len);

	memzero_explicit(raw, sizeof(raw));
	return err;
}

static int get_int(struct sock *sk, int name, char __user *optval,
		   int __user *optlen)
{
	const struct option *opt = find_option(name);
	int val, len;

	/* The length is looked at first, as by TCP. */
	if (get_user(len, optlen))
		return -EFAULT;
	if (len < 0)
		return -EINVAL;
	if (!opt)
		return -ENOPROTOOPT;
	val = opt->get(sk);
	return put_value(optval, optlen, &val, sizeof(val));
}

/**
 * xtcp_sockopt_get() - proto.getsockopt
 * @sk: the socket
 * @level: as for xtcp_sockopt_set()
 * @name: the option; TCP_INFO too
 * @val: where to
 * @len: bytes there; set to how many were written
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: 0; -EINVAL for a negative length; -EFAULT; -ENOPROTOOPT for an
 * unknown option or level; what IP says to its own.
 */
int xtcp_sockopt_get(struct sock *sk, int level, int name, char __user *val,
		     int __user *len)
{
	if (is_ours(level)) {
		if (name == TCP_INFO)
			return get_info(sk, val, len);
		if (name == TCP_CONGESTION)
			return get_congestion(sk, val, len);
		if (name == TCP_FASTOPEN_KEY)
			return get_fastopen_key(sk, val, len);
		/* No algorithm has anything to tell yet. */
		if (name == TCP_CC_INFO)
			return put_value(val, len, NULL, 0);
		return get_int(sk, name, val, len);
	}
	if (sk->sk_family == AF_INET || level == SOL_IP)
		return ip_getsockopt(sk, level, name, val, len);
	return ipv6_getsockopt(sk, level, name, val, len);
}

/**
 * xtcp_sockopt_set_rcvlowat() - proto_ops.set_rcvlowat: SO_RCVLOWAT
 * @sk: the socket
 * @val: bytes; 0 means 1
 *
 * A mark above half of the receive buffer could never be reached, so the mark
 * is cut to that, or, where the user did not set the buffer, the buffer grows.
 *
 * Context: process, socket lock held.
 * Return: 0.
 */
int xtcp_sockopt_set_rcvlowat(struct sock *sk, int val)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	bool fixed = sk->sk_userlocks & SOCK_RCVBUF_LOCK;
	int cap;

	sock_owned_by_me(sk);
	cap = fixed ? sk->sk_rcvbuf : xtcp_knob(sock_net(sk), rmem[2]);
	val = min(val, cap >> 1);
	WRITE_ONCE(sk->sk_rcvlowat, val ?: 1);

	/* What is there may be enough now. */
	if (xtcp_recv_ready(sk, sk->sk_rcvlowat) || sock_flag(sk, SOCK_DONE))
		sk->sk_data_ready(sk);

	val <<= 1;
	if (!fixed && val > sk->sk_rcvbuf) {
		WRITE_ONCE(sk->sk_rcvbuf, val);
		xp->window_clamp = max_t(u32, xp->window_clamp, val);
	}
	return 0;
}
