/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who owns which 4-tuple, who listens where, who is bound to which port:
 * RFC 9293 section 3.10.7 (lookup), RFC 6056 (ports).
 */
#ifndef _XTCP_TABLES_H
#define _XTCP_TABLES_H

#include <linux/build_bug.h>
#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rcupdate_wait.h>
#include <linux/siphash.h>
#include <linux/types.h>
#include <net/net_namespace.h>

struct sock;
struct sk_buff;
struct xtcp_bind;
struct xtcp_tw;

/* Full sockets, embryonic connections and waiting entries share one table. */
enum xtcp_ent_kind {
	XTCP_ENT_SOCK,
	XTCP_ENT_REQ,
	XTCP_ENT_TW,
};

/**
 * struct xtcp_tuple - the two ends of a connection, and what is between them
 * @laddr: our address; IPv4 as ::ffff:a.b.c.d
 * @faddr: the peer's
 * @lport: our port
 * @fport: the peer's
 * @proto: IP protocol that carries it: IPPROTO_XTCP, or IPPROTO_TCP (wire.c)
 *
 * No padding, as it is hashed as it is.
 */
struct xtcp_tuple {
	struct in6_addr laddr;
	struct in6_addr faddr;
	__be16 lport;
	__be16 fport;
	u32 proto;
};

static_assert(sizeof(struct xtcp_tuple) == 40);

/**
 * struct xtcp_ent - what the table of connections holds
 * @node: in a bucket; written under its lock, read under RCU
 * @net: the namespace
 * @t: the 4-tuple
 * @dif: interface the connection is bound to, or 0
 * @kind: enum xtcp_ent_kind
 * @v6: addresses are IPv6 ones on the wire
 * @family6: of an AF_INET6 socket; set in small objects only
 * @oow_stamp: when a small object last answered a segment out of place, in
 *	units of 64 ms, or 0
 */
struct xtcp_ent {
	struct hlist_node node;
	struct net *net;
	struct xtcp_tuple t;
	int dif;
	u8 kind;
	u8 v6:1;
	u8 family6:1;
	u16 oow_stamp;
};

static inline bool xtcp_tuple_equal(const struct xtcp_tuple *a,
				    const struct xtcp_tuple *b)
{
	return a->lport == b->lport && a->fport == b->fport &&
	       a->proto == b->proto &&
	       ipv6_addr_equal(&a->faddr, &b->faddr) &&
	       ipv6_addr_equal(&a->laddr, &b->laddr);
}

static inline bool xtcp_ent_hashed(const struct xtcp_ent *ent)
{
	return !hlist_unhashed_lockless(&ent->node);
}

int xtcp_tables_init(void);
void xtcp_tables_exit(void);

/* Connections: tables.c */
struct xtcp_ent *xtcp_tables_lookup(struct net *net, const struct xtcp_tuple *t,
				    int dif, int sdif);
int xtcp_tables_insert(struct xtcp_ent *ent);
int xtcp_tables_claim(struct xtcp_ent *ent, bool bound, struct xtcp_tw **old);
bool xtcp_tables_remove(struct xtcp_ent *ent);
bool xtcp_tables_replace(struct xtcp_ent *old, struct xtcp_ent *new);
void xtcp_ent_put(struct xtcp_ent *ent);
bool xtcp_ent_oow_limited(struct xtcp_ent *ent);
u32 xtcp_tables_hash(const struct net *net, const struct xtcp_tuple *t);
u64 xtcp_tables_siphash(const struct xtcp_tuple *t, const siphash_key_t *key);
u32 xtcp_tables_isn(const struct net *net, const struct xtcp_tuple *t,
		    u32 *ts_off);
u32 xtcp_tables_ts_off(const struct net *net, const struct xtcp_tuple *t);

/* Listeners: listeners.c */
#define XTCP_LISTEN_BUCKETS	256
int xtcp_listeners_add(struct sock *sk);
void xtcp_listeners_remove(struct sock *sk);
struct sock *xtcp_listeners_lookup(struct net *net, struct sk_buff *skb,
				   int offset, const struct xtcp_tuple *t,
				   bool v6, int dif, int sdif);
struct hlist_head *xtcp_listeners_bucket(unsigned int i);

/* Walk for procfs and netlink: tables.c */
#define XTCP_WALK_LISTEN	1
#define XTCP_WALK_EST		2
struct hlist_head *xtcp_tables_bucket(int which, unsigned int i);

/*
 * Between two buckets, under the read lock of RCU: let others run, but not each
 * time, as most are empty and this takes longer than to look into one.
 */
static inline void xtcp_tables_rest(unsigned int bucket)
{
	if (!(bucket % 64))
		cond_resched_rcu();
}

unsigned int xtcp_tables_buckets(int which);

/* Ports: bind.c */
int xtcp_bind_init(void);
void xtcp_bind_exit(void);
int xtcp_bind_get_port(struct sock *sk, unsigned short snum);
void xtcp_bind_put_port(struct sock *sk);
int xtcp_bind_connect(struct sock *sk);
bool xtcp_bind_inherit(struct sock *child);
bool xtcp_bind_to_tw(struct sock *sk);
void xtcp_bind_put_tw(struct xtcp_tw *tw);
unsigned int xtcp_bind_count_fixed(struct net *net);

#endif /* _XTCP_TABLES_H */
