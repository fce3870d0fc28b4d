// SPDX-License-Identifier: GPL-2.0
/*
 * The port forecast: how fast connect() uses up the ports toward each
 * destination, and what is left of them: RFC 6056.
 *
 * Only rates are kept, for the 256 destinations of a namespace that were
 * connected to last, in sets of four. Ports are counted when somebody asks, by
 * a walk through the table of connections.
 */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/rcupdate_wait.h>
#include <linux/slab.h>

#include "forecast.h"
#include "netns.h"
#include "outlook.h"
#include "sock.h"
#include "timewait.h"

#define SETS	64	/* a power of two */
#define WAYS	4
#define DESTS	(SETS * WAYS)

/**
 * struct dest - a destination, and how fast it is connected to
 * @t: from and to; local port 0; the peer's is 0 when the place is empty
 * @used_ms: when it was last connected to
 * @failed: connections that found no port
 * @opens: connections opened
 * @ends: ended
 * @waits: of these, those that wait
 */
struct dest {
	struct xtcp_tuple t;
	u32 used_ms;
	u32 failed;
	struct xtcp_rate opens;
	struct xtcp_rate ends;
	struct xtcp_rate waits;
};

/**
 * struct xtcp_dest_set - some destinations
 * @lock: guards all below; taken in softirq
 * @way: the destinations
 */
struct xtcp_dest_set {
	spinlock_t lock;	/* guards all below */
	struct dest way[WAYS];
};

/**
 * struct count - ports toward a destination, while they are counted
 * @o: what the outlook is made of
 * @used: held by connections
 * @waiting: held by waiting entries
 * @reusable: of these, those that give way now
 */
struct count {
	struct xtcp_outlook o;
	u32 used;
	u32 waiting;
	u32 reusable;
};

static bool same_dest(const struct xtcp_tuple *a, const struct xtcp_tuple *b)
{
	return a->fport == b->fport && a->proto == b->proto &&
	       ipv6_addr_equal(&a->faddr, &b->faddr) &&
	       ipv6_addr_equal(&a->laddr, &b->laddr);
}

/* Its place, or the one of the destination that was used longest ago. */
static struct dest *place_of(struct xtcp_dest_set *s, const struct xtcp_tuple *t,
			     u32 now)
{
	struct dest *d, *oldest = s->way;

	for (d = s->way; d < s->way + WAYS; d++) {
		if (same_dest(&d->t, t))
			return d;
		if (!d->t.fport ||
		    (oldest->t.fport && now - d->used_ms > now - oldest->used_ms))
			oldest = d;
	}
	memset(oldest, 0, sizeof(*oldest));
	oldest->t = *t;
	oldest->t.lport = 0;
	return oldest;
}

/* The sets of a namespace; the first connect makes them. */
static struct xtcp_dest_set *sets_of(struct xtcp_net *xn)
{
	struct xtcp_dest_set *sets;
	int i;

	/* Pairs with cmpxchg() below. */
	sets = smp_load_acquire(&xn->dests);
	if (sets)
		return sets;
	sets = kvcalloc(SETS, sizeof(*sets), GFP_KERNEL);
	if (!sets)
		return NULL;
	for (i = 0; i < SETS; i++)
		spin_lock_init(&sets[i].lock);
	if (cmpxchg(&xn->dests, NULL, sets)) {
		kvfree(sets);
		/* Pairs with cmpxchg() of who was quicker. */
		sets = smp_load_acquire(&xn->dests);
	}
	return sets;
}

/**
 * xtcp_forecast_opened() - connect chose a port, or found none
 * @sk: the socket
 * @hash: keyed, of its tuple without the port
 * @failed: it found none
 *
 * Context: process, may sleep; socket lock held.
 */
void xtcp_forecast_opened(struct sock *sk, u64 hash, bool failed)
{
	struct xtcp_dest_set *sets = sets_of(xtcp_net(sock_net(sk)));
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_dest_set *s;
	u32 now = xtcp_now_ts();
	struct dest *d;

	if (!sets)
		return;
	s = &sets[hash & (SETS - 1)];
	spin_lock_bh(&s->lock);
	d = place_of(s, &xp->ent.t, now);
	d->used_ms = now;
	d->failed += failed;
	if (!failed) {
		xtcp_rate_add(&d->opens, now);
		xp->dest = 1 + (s - sets) * WAYS + (d - s->way);
	}
	spin_unlock_bh(&s->lock);
}

/**
 * xtcp_forecast_ended() - a connection that had its port from connect ends
 * @sk: the socket
 * @waits: a waiting entry keeps the port
 *
 * Context: any; socket lock held.
 */
void xtcp_forecast_ended(struct sock *sk, bool waits)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_dest_set *s;
	u32 now = xtcp_now_ts();
	struct dest *d;

	if (!xp->dest)
		return;
	s = &xtcp_net(sock_net(sk))->dests[(xp->dest - 1) / WAYS];
	d = &s->way[(xp->dest - 1) % WAYS];
	xp->dest = 0;
	spin_lock_bh(&s->lock);
	/* Unless another destination has the place now. */
	if (same_dest(&d->t, &xp->ent.t)) {
		xtcp_rate_add(&d->ends, now);
		if (waits)
			xtcp_rate_add(&d->waits, now);
	}
	spin_unlock_bh(&s->lock);
}

/* A waiting entry: when will its port be free? */
static void count_waiting(struct count *c, const struct xtcp_tw *tw)
{
	u32 left = min(xtcp_timewait_left_ms(tw), xtcp_timewait_reuse_ms(tw));
	u32 bin = min_t(u32, left / c->o.bin_ms, XTCP_OUTLOOK_BINS - 1);

	c->waiting++;
	if (!left)
		c->reusable++;
	else
		c->o.freed[bin]++;
}

/* An entry of the table: is it toward one of @all, and has its port? */
static void count_entry(struct net *net, struct xtcp_ent *ent,
			const struct xtcp_forecast *all, struct count *c, int n)
{
	int low, high, port = ntohs(ent->t.lport), i;
	struct xtcp_tw *tw = container_of(ent, struct xtcp_tw, ent);
	bool is_tw = ent->kind == XTCP_ENT_TW;

	if (!net_eq(ent->net, net) || ent->kind == XTCP_ENT_REQ)
		return;
	/* What is bound by name is told by the ports. */
	if (is_tw ? !tw->bind_auto :
		    !container_of(ent, struct xtcp_sock, ent)->bind_auto)
		return;
	xtcp_local_port_range(&xtcp_net(net)->knobs, &low, &high);
	if (port < low || port > high)
		return;
	for (i = 0; i < n && !same_dest(&all[i].t, &ent->t); i++)
		;
	if (i == n)
		return;
	if (is_tw)
		count_waiting(&c[i], tw);
	else
		c[i].used++;
}

static void count_ports(struct net *net, const struct xtcp_forecast *all,
			struct count *c, int n)
{
	struct xtcp_ent *ent;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < xtcp_tables_buckets(XTCP_WALK_EST); i++) {
		hlist_for_each_entry_rcu(ent, xtcp_tables_bucket(XTCP_WALK_EST, i),
					 node)
			count_entry(net, ent, all, c, n);
		xtcp_tables_rest(i);
	}
	rcu_read_unlock();
}

/* The destinations that are known, with their rates; returns how many. */
static int read_dests(struct net *net, struct xtcp_dest_set *sets,
		      struct xtcp_forecast *all)
{
	u32 now = xtcp_now_ts();
	struct dest *d;
	int i, n = 0;

	for (i = 0; i < SETS; i++) {
		spin_lock_bh(&sets[i].lock);
		for (d = sets[i].way; d < sets[i].way + WAYS; d++) {
			if (!d->t.fport)
				continue;
			all[n].t = d->t;
			all[n].failed = d->failed;
			all[n].opens = xtcp_rate_read(&d->opens, now);
			all[n].ends = xtcp_rate_read(&d->ends, now);
			all[n].waits = xtcp_rate_read(&d->waits, now);
			all[n++].wait_ms = xtcp_timewait_will_keep_ms(net, &d->t);
		}
		spin_unlock_bh(&sets[i].lock);
	}
	return n;
}

static void finish(struct net *net, struct xtcp_forecast *f, struct count *c,
		   u32 fixed)
{
	int low, high;

	xtcp_local_port_range(&xtcp_net(net)->knobs, &low, &high);
	f->range = high - low + 1;
	f->fixed = fixed;
	f->used = c->used;
	f->waiting = c->waiting;
	f->reusable = c->reusable;
	f->left = max_t(int, 0, f->range - fixed - c->used - c->waiting +
			c->reusable);
	c->o.left = f->left;
	c->o.opens = f->opens;
	c->o.ends = f->ends;
	c->o.waits = f->waits;
	c->o.wait_ms = f->wait_ms;
	f->out_ms = xtcp_outlook_ms(&c->o);
}

/**
 * xtcp_forecast_take() - count ports, and look ahead
 * @net: the namespace
 * @all: the destinations, to be given to kvfree()
 *
 * Context: process, may sleep.
 * Return: their number, or -ENOMEM.
 */
int xtcp_forecast_take(struct net *net, struct xtcp_forecast **all)
{
	struct xtcp_net *xn = xtcp_net(net);
	struct xtcp_dest_set *sets;
	struct count *c;
	u32 fixed;
	int i, n;

	*all = NULL;
	/* Pairs with cmpxchg() in sets_of(). */
	sets = smp_load_acquire(&xn->dests);
	if (!sets)
		return 0;
	*all = kvcalloc(DESTS, sizeof(**all), GFP_KERNEL);
	c = kvcalloc(DESTS, sizeof(*c), GFP_KERNEL);
	if (!*all || !c) {
		kvfree(*all);
		kvfree(c);
		return -ENOMEM;
	}
	n = read_dests(net, sets, *all);
	for (i = 0; i < n; i++)
		c[i].o.bin_ms = max(READ_ONCE(xn->knobs.timewait_ms),
				    XTCP_OUTLOOK_BINS) / XTCP_OUTLOOK_BINS + 1;
	count_ports(net, *all, c, n);
	fixed = xtcp_bind_count_fixed(net);
	for (i = 0; i < n; i++)
		finish(net, &(*all)[i], &c[i], fixed);
	kvfree(c);
	return n;
}
EXPORT_SYMBOL_GPL(xtcp_forecast_take);

/**
 * xtcp_forecast_net_exit() - forget the destinations
 * @xn: a namespace's share; no socket of it is left
 *
 * Context: process.
 */
void xtcp_forecast_net_exit(struct xtcp_net *xn)
{
	kvfree(xn->dests);
}
