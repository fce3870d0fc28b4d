// SPDX-License-Identifier: GPL-2.0
/*
 * SYN cookies: RFC 4987 section 3.6.
 *
 * The initial sequence number of the SYN-ACK is
 *
 *	 31        30    28 27                                          0
 *	+---------+--------+---------------------------------------------+
 *	| period  |  MSS   |  SipHash of both ends, IRS, MSS and period  |
 *	+---------+--------+---------------------------------------------+
 *
 * where period counts 64 seconds, of which the last bit is told, and MSS is a
 * place in a table. Each period draws a secret; those of the last two are good,
 * so a cookie is good for 64 to 128 seconds, and an ACK made up by who has not
 * seen the SYN-ACK is taken with a chance of one in 2^28. Those of the two
 * before are kept as well, only to tell what is stale from what is forged.
 *
 * Where the SYN had timestamps, the last six bits of ours tell the rest:
 *
 *	  5     4        3      0
 *	+-----+------+-----------+
 *	| ECN | SACK |  wscale   |   wscale 15: none
 *	+-----+------+-----------+
 */
#include <linux/in.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/seqlock.h>
#include <linux/siphash.h>

#include "cookies.h"

#define MAC_BITS	28
#define MAC_MASK	((1U << MAC_BITS) - 1)
#define MSS_CLASSES	8

#define TS_BITS		6
#define TS_MASK		((1U << TS_BITS) - 1)
#define TS_WSCALE	0x0f	/* the value itself: none */
#define TS_SACK		0x10

/*
 * The least is what TCP_MAXSEG takes: nobody shall get more than announced.
 * The others are what paths have: Ethernet, PPPoE, tunnels, jumbo frames.
 */
static const u16 mss_v4[MSS_CLASSES] = {
	88, 536, 1220, 1360, 1400, 1440, 1460, 8960
};

static const u16 mss_v6[MSS_CLASSES] = {
	88, 536, 1220, 1340, 1380, 1420, 1440, 8940
};

#define SECRETS	4

/* Secrets of the last periods, by the period's last bits. */
static struct {
	seqlock_t lock;	/* guards all below */
	u32 period;
	siphash_key_t key[SECRETS];
} secrets;

/* Begin period @now, if nobody has yet. */
static void rotate(u32 now)
{
	siphash_key_t fresh[SECRETS];
	u32 ahead, i;

	get_random_bytes(fresh, sizeof(fresh));
	write_seqlock_bh(&secrets.lock);
	ahead = now - secrets.period;
	if ((s32)ahead > 0) {
		/* After a pause the others are old, too. */
		for (i = 0; i < min_t(u32, ahead, SECRETS); i++)
			secrets.key[(now - i) % SECRETS] = fresh[i];
		secrets.period = now;
	}
	write_sequnlock_bh(&secrets.lock);
	memzero_explicit(fresh, sizeof(fresh));
}

static siphash_key_t secret_of(u32 period)
{
	siphash_key_t key;
	unsigned int seq;

	do {
		seq = read_seqbegin(&secrets.lock);
		key = secrets.key[period % SECRETS];
	} while (read_seqretry(&secrets.lock, seq));
	return key;
}

static u32 mac(const struct xtcp_cookie *c, u32 class, u32 period)
{
	siphash_key_t key = secret_of(period);
	struct {
		struct xtcp_tuple t;
		u32 mix;
		u32 irs;
		u32 class;
		u32 period;
	} bound = {
		.t = *c->t,
		.mix = c->mix,
		.irs = c->irs,
		.class = class,
		.period = period,
	};

	BUILD_BUG_ON(sizeof(bound) != sizeof(*c->t) + 4 * sizeof(u32));
	return (u32)siphash(&bound, sizeof(bound), &key) & MAC_MASK;
}

static u32 current_period(u32 now_s)
{
	u32 period = now_s / XTCP_COOKIE_PERIOD;

	if ((s32)(period - READ_ONCE(secrets.period)) > 0)
		rotate(period);
	return period;
}

/**
 * xtcp_cookies_make() - an initial sequence number that tells the connection
 * @c: the connection; its MSS becomes the one that the cookie tells
 * @v6: over IPv6
 *
 * Context: any.
 * Return: the number.
 */
u32 xtcp_cookies_make(struct xtcp_cookie *c, bool v6)
{
	const u16 *table = v6 ? mss_v6 : mss_v4;
	u32 period = current_period(c->now_s);
	u32 class = MSS_CLASSES - 1;

	while (class && table[class] > c->mss)
		class--;
	c->mss = min(c->mss, table[class]);
	return period << 31 | class << MAC_BITS | mac(c, class, period);
}

/* This period or the one before, as the bit says. */
static u32 period_of(u32 cookie, u32 now_s)
{
	u32 period = current_period(now_s);

	return (period & 1) == cookie >> 31 ? period : period - 1;
}

static u32 class_of(u32 cookie)
{
	return cookie >> MAC_BITS & (MSS_CLASSES - 1);
}

/**
 * xtcp_cookies_open() - is this number one that we made, lately and for this?
 * @c: the connection; on success its MSS is set
 * @v6: over IPv6
 * @cookie: the number, from an ACK
 *
 * Context: any.
 * Return: whether it is.
 */
bool xtcp_cookies_open(struct xtcp_cookie *c, bool v6, u32 cookie)
{
	u32 class = class_of(cookie);

	if ((cookie ^ mac(c, class, period_of(cookie, c->now_s))) & MAC_MASK)
		return false;
	c->mss = (v6 ? mss_v6 : mss_v4)[class];
	return true;
}

/**
 * xtcp_cookies_stale() - was this number good not long ago?
 * @c: the connection
 * @cookie: the number, from an ACK; not good now
 *
 * Context: any.
 * Return: whether it was, at most four periods ago.
 */
bool xtcp_cookies_stale(const struct xtcp_cookie *c, u32 cookie)
{
	u32 period = period_of(cookie, c->now_s) - 2;

	return !((cookie ^ mac(c, class_of(cookie), period)) & MAC_MASK);
}

/**
 * xtcp_cookies_ts_make() - a timestamp that tells what options a SYN had
 * @opts: of the SYN
 * @now_ms: the timestamp clock
 *
 * Context: any.
 * Return: the timestamp, at most 127 ms before @now_ms: the clock, when the
 * connection goes on with it, must not seem to run back.
 */
u32 xtcp_cookies_ts_make(const struct xtcp_opts *opts, u32 now_ms)
{
	u32 bits = opts->has_wscale ? opts->wscale : TS_WSCALE;
	u32 ts;

	if (opts->sack_perm)
		bits |= TS_SACK;
	ts = (now_ms & ~TS_MASK) | bits;
	return (s32)(now_ms - ts) < 0 ? ts - (1U << TS_BITS) : ts;
}

/**
 * xtcp_cookies_ts_open() - read what xtcp_cookies_ts_make() wrote
 * @ts: echoed by the peer, offset taken off
 * @now_ms: the timestamp clock
 * @opts: window scale and SACK are set
 *
 * Context: any.
 * Return: false when no cookie that is still good can have had it.
 */
bool xtcp_cookies_ts_open(u32 ts, u32 now_ms, struct xtcp_opts *opts)
{
	u32 wscale = ts & TS_WSCALE;

	if (now_ms - ts > (2 * XTCP_COOKIE_PERIOD + 1) * 1000U)
		return false;
	opts->has_wscale = wscale != TS_WSCALE;
	opts->wscale = opts->has_wscale ? wscale : 0;
	opts->sack_perm = !!(ts & TS_SACK);
	return true;
}

/**
 * xtcp_cookies_init() - draw the first secrets
 *
 * Context: module load.
 */
void xtcp_cookies_init(void)
{
	seqlock_init(&secrets.lock);
	get_random_bytes(secrets.key, sizeof(secrets.key));
	secrets.period = 0;
}
