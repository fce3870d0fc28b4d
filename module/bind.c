// SPDX-License-Identifier: GPL-2.0
/*
 * Local ports: who is bound to which, and which one a connection gets:
 * RFC 9293 section 3.10.1, RFC 6056.
 */
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <net/inet_hashtables.h>

#include "forecast.h"
#include "sock.h"
#include "tables.h"
#include "timewait.h"
#include "wire.h"

#define BIND_BUCKETS	4096	/* a power of two */

/**
 * struct xtcp_bind - a port in use in a namespace
 * @node: in its bucket, whose lock guards all
 * @net: the namespace
 * @owners: sockets, by sk_bind_node
 * @fixed: owners and waiting entries that did not get the port from connect
 * @tw: waiting entries
 * @tw_noreuse: those whose socket had no SO_REUSEADDR
 * @tw_noreuseport: those whose socket had no SO_REUSEPORT
 * @port: host order
 */
struct xtcp_bind {
	struct hlist_node node;
	struct net *net;
	struct hlist_head owners;
	unsigned int fixed;
	unsigned int tw;
	unsigned int tw_noreuse;
	unsigned int tw_noreuseport;
	u16 port;
};

struct bucket {
	spinlock_t lock;	/* guards the ports of the bucket */
	struct hlist_head head;
};

static struct bucket *buckets;
static struct kmem_cache *bind_cache;
static siphash_key_t port_key;

static struct bucket *port_bucket(const struct net *net, u16 port)
{
	return &buckets[(port + net_hash_mix(net)) & (BIND_BUCKETS - 1)];
}

static struct xtcp_bind *bind_find(struct bucket *b, const struct net *net,
				   u16 port)
{
	struct xtcp_bind *tb;

	hlist_for_each_entry(tb, &b->head, node) {
		if (tb->port == port && net_eq(tb->net, net))
			return tb;
	}
	return NULL;
}

static struct xtcp_bind *bind_create(struct bucket *b, struct net *net,
				     u16 port)
{
	struct xtcp_bind *tb = kmem_cache_zalloc(bind_cache, GFP_ATOMIC);

	if (!tb)
		return NULL;
	tb->net = net;
	tb->port = port;
	hlist_add_head(&tb->node, &b->head);
	return tb;
}

static void bind_free_if_unused(struct xtcp_bind *tb)
{
	if (!hlist_empty(&tb->owners) || tb->tw)
		return;
	hlist_del(&tb->node);
	kmem_cache_free(bind_cache, tb);
}

static void bind_add_owner(struct xtcp_bind *tb, struct sock *sk, bool from_connect)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	inet_sk(sk)->inet_num = tb->port;
	xp->bind = tb;
	xp->bind_auto = from_connect;
	tb->fixed += !from_connect;
	hlist_add_head(&sk->sk_bind_node, &tb->owners);
}

/* What a socket is bound to, in one form for both families. */
struct bound_addr {
	struct in6_addr addr;
	bool any;
	bool v4;
	bool v6;
};

static struct bound_addr bound_addr(const struct sock *sk)
{
	struct bound_addr b = {};

	if (sk->sk_family == AF_INET) {
		b.v4 = true;
		b.any = !inet_sk(sk)->inet_rcv_saddr;
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &b.addr);
		return b;
	}
	b.addr = sk->sk_v6_rcv_saddr;
	b.any = ipv6_addr_any(&b.addr);
	b.v4 = ipv6_addr_v4mapped(&b.addr) || (b.any && !ipv6_only_sock(sk));
	b.v6 = !ipv6_addr_v4mapped(&b.addr);
	return b;
}

static bool addr_overlap(const struct sock *sk1, const struct sock *sk2)
{
	struct bound_addr a = bound_addr(sk1);
	struct bound_addr b = bound_addr(sk2);

	if (!(a.v4 && b.v4) && !(a.v6 && b.v6))
		return false;
	return a.any || b.any || ipv6_addr_equal(&a.addr, &b.addr);
}

static bool owner_conflict(struct sock *sk, struct sock *other)
{
	if (sk == other)
		return false;
	if (sk->sk_bound_dev_if && other->sk_bound_dev_if &&
	    sk->sk_bound_dev_if != other->sk_bound_dev_if)
		return false;
	if (sk->sk_reuse && other->sk_reuse && other->sk_state != TCP_LISTEN)
		return false;
	if (sk->sk_reuseport && other->sk_reuseport &&
	    uid_eq(xtcp_compat_uid(sk), xtcp_compat_uid(other)))
		return false;
	return addr_overlap(sk, other);
}

/*
 * Waiting entries let in who shares the port by the option that their sockets
 * had. Their addresses are not compared: they count for all of this host's.
 */
static bool tw_conflict(const struct xtcp_bind *tb, const struct sock *sk)
{
	return tb->tw && !(sk->sk_reuse && !tb->tw_noreuse) &&
	       !(sk->sk_reuseport && !tb->tw_noreuseport);
}

static bool bind_conflict(struct xtcp_bind *tb, struct sock *sk)
{
	struct sock *other;

	if (tw_conflict(tb, sk))
		return true;
	sk_for_each_bound(other, &tb->owners) {
		if (owner_conflict(sk, other))
			return true;
	}
	return false;
}

/* On the wire of TCP a port must be nobody's but xtcp's. */
static bool needs_reserve(const struct sock *sk)
{
	return xtcp_sk(sk)->wires & XTCP_WIRE_ON_TCP &&
	       !xtcp_sk(sk)->reserved;
}

static int reserve(struct sock *sk, u16 port)
{
	int err = xtcp_reserve_get(sock_net(sk), port);

	xtcp_sk(sk)->reserved = !err;
	return err;
}

static void unreserve(struct sock *sk, u16 port)
{
	if (!xtcp_sk(sk)->reserved)
		return;
	xtcp_sk(sk)->reserved = 0;
	xtcp_reserve_put(sock_net(sk), port);
}

/* Bind @sk to @port, or only look if that can be; a fresh one, if @fresh. */
static int bind_take(struct sock *sk, u16 port, bool fresh, bool look)
{
	struct bucket *b = port_bucket(sock_net(sk), port);
	struct xtcp_bind *tb;
	int err = 0;

	spin_lock_bh(&b->lock);
	tb = bind_find(b, sock_net(sk), port);
	if (tb && (fresh || bind_conflict(tb, sk))) {
		err = -EADDRINUSE;
	} else if (!look && !xtcp_sk(sk)->bind) {
		tb = tb ?: bind_create(b, sock_net(sk), port);
		if (tb)
			bind_add_owner(tb, sk, false);
		else
			err = -ENOMEM;
	}
	spin_unlock_bh(&b->lock);
	return err;
}

static int bind_try(struct sock *sk, u16 port, bool fresh)
{
	int err;

	if (!needs_reserve(sk))
		return bind_take(sk, port, fresh, false);
	/* A look first: the kernel's TCP is not asked for nothing. */
	err = bind_take(sk, port, fresh, true);
	if (!err)
		err = reserve(sk, port);
	if (err)
		return err;
	err = bind_take(sk, port, fresh, false);
	if (err)
		unreserve(sk, port);
	return err;
}

static void port_range(struct sock *sk, u32 *low, u32 *count)
{
	int lo, hi;

	xtcp_local_port_range(&xtcp_net(sock_net(sk))->knobs, &lo, &hi);
	*low = lo;
	*count = hi - lo + 1;
}

static int bind_any_port(struct sock *sk, bool fresh)
{
	u32 low, count, first, i;

	port_range(sk, &low, &count);
	first = get_random_u32();
	for (i = 0; i < count; i++) {
		if (!bind_try(sk, low + (first + i) % count, fresh))
			return 0;
		if (!(i & 1023))
			cond_resched();
	}
	return -EADDRINUSE;
}

/**
 * xtcp_bind_get_port() - proto.get_port: bind to a port
 * @sk: the socket; its address is set
 * @snum: the port, host order, or 0 for any
 *
 * Called again for a bound socket (by listen) it checks for conflicts anew.
 * On the wire of TCP, what the kernel's TCP has is in use, whatever options
 * either socket has.
 *
 * Context: process; socket lock held.
 * Return: 0, -EADDRINUSE or -ENOMEM.
 */
int xtcp_bind_get_port(struct sock *sk, unsigned short snum)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int err;

	xtcp_wire_settle(sk);
	if (snum)
		err = bind_try(sk, snum, false);
	else
		err = bind_any_port(sk, true);
	/* All are in use, but with SO_REUSEADDR some may be shared. */
	if (err && !snum && (sk->sk_reuse || sk->sk_reuseport))
		err = bind_any_port(sk, false);
	if (err && !xp->bind)
		WRITE_ONCE(xp->wires, 0);
	return err;
}

/**
 * xtcp_bind_put_port() - proto.put_port: give up the port
 * @sk: the socket
 *
 * Context: any; socket lock held.
 */
void xtcp_bind_put_port(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_bind *tb = xp->bind;
	struct bucket *b;

	if (!tb)
		return;
	unreserve(sk, tb->port);
	WRITE_ONCE(xp->wires, 0);
	b = port_bucket(tb->net, tb->port);
	spin_lock_bh(&b->lock);
	__sk_del_bind_node(sk);
	INIT_HLIST_NODE(&sk->sk_bind_node);
	tb->fixed -= !xp->bind_auto;
	xp->bind = NULL;
	inet_sk(sk)->inet_num = 0;
	bind_free_if_unused(tb);
	spin_unlock_bh(&b->lock);
}

/* Is @port bound by a name, so that no connection may choose it? */
static bool is_fixed(struct sock *sk, u16 port)
{
	struct bucket *b = port_bucket(sock_net(sk), port);
	struct xtcp_bind *tb;
	bool fixed;

	spin_lock_bh(&b->lock);
	tb = bind_find(b, sock_net(sk), port);
	fixed = tb && tb->fixed;
	spin_unlock_bh(&b->lock);
	return fixed;
}

/*
 * Enter the table; a waiting entry in the way may have to go (F-44), and tells
 * where to begin.
 */
static int enter(struct sock *sk, bool bound, struct xtcp_tw **old)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	int err;

	sock_hold(sk);
	err = xtcp_tables_claim(&xp->ent, bound, old);
	if (err)
		__sock_put(sk);
	else if (*old)
		xp->iss = xtcp_timewait_next_isn(*old);
	return err;
}

/* Take @port for a connection whose other three values stand. */
static int connect_take(struct sock *sk, u16 port)
{
	struct bucket *b = port_bucket(sock_net(sk), port);
	struct xtcp_tw *old = NULL;
	struct xtcp_bind *tb;
	int err = -EADDRNOTAVAIL;

	spin_lock_bh(&b->lock);
	tb = bind_find(b, sock_net(sk), port);
	if (tb && tb->fixed)
		goto out;
	if (!tb)
		tb = bind_create(b, sock_net(sk), port);
	if (!tb)
		goto out;
	xtcp_sk(sk)->ent.t.lport = htons(port);
	err = enter(sk, false, &old);
	if (!err)
		bind_add_owner(tb, sk, true);
	else
		bind_free_if_unused(tb);
out:
	spin_unlock_bh(&b->lock);
	if (old)
		xtcp_timewait_taken(old);
	return err;
}

/* The port was bound by name. */
static int connect_bound(struct sock *sk)
{
	struct xtcp_tw *old;
	int err;

	xtcp_sk(sk)->ent.t.lport = htons(inet_sk(sk)->inet_num);
	err = enter(sk, true, &old);
	if (!err && old)
		xtcp_timewait_taken(old);
	return err;
}

static int connect_try(struct sock *sk, u16 port)
{
	int err;

	if (!needs_reserve(sk))
		return connect_take(sk, port);
	if (is_fixed(sk, port) || reserve(sk, port))
		return -EADDRNOTAVAIL;
	err = connect_take(sk, port);
	if (err)
		unreserve(sk, port);
	return err;
}

/**
 * xtcp_bind_connect() - choose a port if none is bound, and enter the table
 * @sk: addresses and the peer's port are in its tuple
 *
 * RFC 6056 algorithm 3: the search starts at a keyed hash of the destination,
 * moved on at each use, so that ports are hard to guess and seldom collide.
 *
 * Context: process; socket lock held.
 * Return: 0; -EADDRNOTAVAIL when every port of the range, or the bound one,
 * is taken toward this destination.
 */
int xtcp_bind_connect(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	static atomic_t moved = ATOMIC_INIT(0);
	struct xtcp_tuple t = xp->ent.t;
	u32 low, count, first, i;
	u64 hash;

	/* See xtcp_sock_hash(): a reader may still stand on the old node. */
	cond_synchronize_rcu(xp->gp_state);
	if (inet_sk(sk)->inet_num)
		return connect_bound(sk);
	t.lport = 0;
	WRITE_ONCE(xp->wires, xtcp_wire_bit(t.proto));
	port_range(sk, &low, &count);
	hash = xtcp_tables_siphash(&t, &port_key);
	first = (u32)hash + atomic_read(&moved);
	for (i = 0; i < count; i++) {
		if (!connect_try(sk, low + (first + i) % count)) {
			atomic_add(i + 1, &moved);
			xtcp_forecast_opened(sk, hash, false);
			return 0;
		}
		if (!(i & 1023))
			cond_resched();
	}
	xtcp_forecast_opened(sk, hash, true);
	WRITE_ONCE(xp->wires, 0);
	return -EADDRNOTAVAIL;
}

/**
 * xtcp_bind_inherit() - a child shares its listener's port
 * @child: the child; its listener may have closed meanwhile
 *
 * Context: softirq; child locked.
 * Return: false when on the wire of TCP the port is not xtcp's any more.
 */
bool xtcp_bind_inherit(struct sock *child)
{
	struct xtcp_sock *xp = xtcp_sk(child);
	u16 port = ntohs(xp->ent.t.lport);
	struct bucket *b = port_bucket(sock_net(child), port);
	struct xtcp_bind *tb;

	if (needs_reserve(child)) {
		if (!xtcp_reserve_hold(sock_net(child), port))
			return false;
		xp->reserved = 1;
	}
	spin_lock_bh(&b->lock);
	tb = bind_find(b, sock_net(child), port) ?:
	     bind_create(b, sock_net(child), port);
	/* Without memory the child goes unlisted; the tuple still guards it. */
	if (tb)
		bind_add_owner(tb, child, false);
	spin_unlock_bh(&b->lock);
	if (!tb)
		unreserve(child, port);
	return tb || !needs_reserve(child);
}

/**
 * xtcp_bind_to_tw() - a waiting entry takes over its socket's port
 * @sk: the socket
 *
 * Context: any; socket lock held.
 * Return: whether the socket had one.
 */
bool xtcp_bind_to_tw(struct sock *sk)
{
	struct xtcp_bind *tb = xtcp_sk(sk)->bind;
	struct bucket *b;

	if (!tb)
		return false;
	b = port_bucket(tb->net, tb->port);
	spin_lock_bh(&b->lock);
	tb->tw++;
	tb->tw_noreuse += !sk->sk_reuse;
	tb->tw_noreuseport += !sk->sk_reuseport;
	tb->fixed += !xtcp_sk(sk)->bind_auto;
	spin_unlock_bh(&b->lock);
	if (xtcp_sk(sk)->ent.t.proto == IPPROTO_TCP)
		xtcp_reserve_hold(sock_net(sk), tb->port);
	return true;
}

/**
 * xtcp_bind_put_tw() - a waiting entry gives up its port
 * @tw: the entry
 *
 * Context: any.
 */
void xtcp_bind_put_tw(struct xtcp_tw *tw)
{
	u16 port = ntohs(tw->ent.t.lport);
	struct bucket *b = port_bucket(tw->ent.net, port);
	struct xtcp_bind *tb;

	if (!tw->has_bind)
		return;
	if (tw->ent.t.proto == IPPROTO_TCP)
		xtcp_reserve_put(tw->ent.net, port);
	spin_lock_bh(&b->lock);
	tb = bind_find(b, tw->ent.net, port);
	tb->tw--;
	tb->tw_noreuse -= !tw->reuse;
	tb->tw_noreuseport -= !tw->reuseport;
	tb->fixed -= !tw->bind_auto;
	bind_free_if_unused(tb);
	spin_unlock_bh(&b->lock);
}

/**
 * xtcp_bind_count_fixed() - ports that connect may not choose
 * @net: the namespace
 *
 * Context: process, may sleep.
 * Return: how many of local_port_range are bound by name.
 */
unsigned int xtcp_bind_count_fixed(struct net *net)
{
	unsigned int n = 0;
	struct xtcp_bind *tb;
	struct bucket *b;
	int low, high;

	xtcp_local_port_range(&xtcp_net(net)->knobs, &low, &high);
	for (; low <= high; low++) {
		b = port_bucket(net, low);
		spin_lock_bh(&b->lock);
		tb = bind_find(b, net, low);
		n += tb && tb->fixed;
		spin_unlock_bh(&b->lock);
		if (!(low & 1023))
			cond_resched();
	}
	return n;
}

/**
 * xtcp_bind_init() - allocate the table of ports
 *
 * Context: module load.
 * Return: 0 or -ENOMEM.
 */
int __init xtcp_bind_init(void)
{
	int i;

	bind_cache = KMEM_CACHE(xtcp_bind, 0);
	if (!bind_cache)
		return -ENOMEM;
	buckets = kvcalloc(BIND_BUCKETS, sizeof(*buckets), GFP_KERNEL);
	if (!buckets) {
		kmem_cache_destroy(bind_cache);
		return -ENOMEM;
	}
	for (i = 0; i < BIND_BUCKETS; i++)
		spin_lock_init(&buckets[i].lock);
	get_random_bytes(&port_key, sizeof(port_key));
	return 0;
}

/**
 * xtcp_bind_exit() - free the table of ports
 *
 * Context: module unload; no port is bound.
 */
void xtcp_bind_exit(void)
{
	kvfree(buckets);
	kmem_cache_destroy(bind_cache);
}
