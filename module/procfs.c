// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/xtcp, xtcp6 and xtcp_stat: connections in the layout of
 * /proc/net/tcp and tcp6, and the counters: RFC 9293 section 3.10.6.
 */
#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "compat/procfs.h"
#include "family.h"
#include "mib.h"
#include "netns.h"
#include "reqsk.h"
#include "sock.h"
#include "status.h"
#include "tables.h"
#include "timewait.h"
#include "wire.h"

/* IPv4 lines are padded, so that line n is at a known place in the file. */
#define LINE_LEN	150

/* Column "tr": which timer runs. */
enum timer_code {
	TIMER_NONE	= 0,
	TIMER_RETRANS	= 1,
	TIMER_KEEPALIVE	= 2,
	TIMER_TIMEWAIT	= 3,
	TIMER_PROBE	= 4,
};

/**
 * struct walk - a reader's place in the tables
 * @p: the namespace; must come first
 * @which: XTCP_WALK_LISTEN, then XTCP_WALK_EST
 * @bucket: in which bucket of it
 * @offset: how many entries of the bucket were listed before this one
 * @num: number of the line
 * @pos: file position that all this belongs to
 */
struct walk {
	struct seq_net_private p;
	int which;
	unsigned int bucket;
	unsigned int offset;
	int num;
	loff_t pos;
};

/**
 * struct line - what a line says, whatever it is about
 * @t: the two ends
 * @state: TCP_ESTABLISHED ..
 * @tx_queue: bytes not acknowledged, or bound of an accept queue
 * @rx_queue: bytes not read, or length of an accept queue
 * @timer: enum timer_code
 * @left: until the timer expires, USER_HZ ticks
 * @retrans: retransmissions in a row
 * @uid: the owner
 * @probes: probes without an answer
 * @ino: inode of the socket
 * @ref: reference count
 */
struct line {
	const struct xtcp_tuple *t;
	int state;
	u32 tx_queue;
	u32 rx_queue;
	int timer;
	unsigned long left;
	int retrans;
	uid_t uid;
	int probes;
	u64 ino;
	int ref;
};

static uid_t owner(struct seq_file *seq, struct sock *sk)
{
	return from_kuid_munged(seq_user_ns(seq), xtcp_compat_uid(sk));
}

static bool shows_v6(struct seq_file *seq)
{
	return pde_data(file_inode(seq->file)) == &xtcp_ipv6;
}

static void put_address(struct seq_file *seq, const struct in6_addr *addr,
			__be16 port)
{
	const __be32 *a = addr->s6_addr32;

	if (shows_v6(seq))
		seq_printf(seq, "%08X%08X%08X", (__force u32)a[0],
			   (__force u32)a[1], (__force u32)a[2]);
	seq_printf(seq, "%08X:%04X ", (__force u32)a[3], ntohs(port));
}

/* All columns that every kind of entry has; the address of it is not told. */
static void put_line(struct seq_file *seq, const struct line *l)
{
	const struct walk *w = seq->private;

	seq_printf(seq, "%4d: ", w->num);
	put_address(seq, &l->t->laddr, l->t->lport);
	put_address(seq, &l->t->faddr, l->t->fport);
	seq_printf(seq, "%02X %08X:%08X %02X:%08lX %08X %5u %8d %llu %d %0*x",
		   l->state, l->tx_queue, l->rx_queue, l->timer, l->left,
		   l->retrans, l->uid, l->probes, l->ino, l->ref,
		   (int)(2 * sizeof(void *)), 0);
}

/* The last column, which /proc/net/tcp lacks: the IP protocol. */
static void put_wire(struct seq_file *seq, int wire)
{
	seq_printf(seq, " %d", wire);
}

static void read_timers(const struct sock *sk, struct line *l)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 expires = jiffies;

	switch (READ_ONCE(xp->timer_mode)) {
	case XTCP_TIMER_RETRANS:
		l->timer = TIMER_RETRANS;
		expires = READ_ONCE(xp->rto_when);
		break;
	case XTCP_TIMER_PROBE:
		l->timer = TIMER_PROBE;
		expires = READ_ONCE(xp->rto_when);
		break;
	default:
		if (READ_ONCE(xp->keep_on)) {
			l->timer = TIMER_KEEPALIVE;
			expires = READ_ONCE(xp->keep_when);
		}
	}
	l->left = jiffies_delta_to_clock_t((s32)(expires - (u32)jiffies));
}

static void read_queues(const struct sock *sk, const struct tcp_info *info,
			struct line *l)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	if (info->tcpi_state == TCP_LISTEN) {
		l->tx_queue = info->tcpi_sacked;
		l->rx_queue = info->tcpi_unacked;
		return;
	}
	l->tx_queue = READ_ONCE(xp->write_seq) - READ_ONCE(xp->snd_una);
	/* Unlocked, so it may look as if more was read than came. */
	l->rx_queue = max_t(int, 0, READ_ONCE(xp->rcv_nxt) -
				    READ_ONCE(xp->copied_seq));
}

static int shown_ssthresh(const struct tcp_info *info)
{
	if (info->tcpi_state == TCP_LISTEN)
		return 0;
	return info->tcpi_snd_ssthresh >= XTCP_SSTHRESH_INF ?
	       -1 : (int)info->tcpi_snd_ssthresh;
}

static void show_sock(struct seq_file *seq, struct sock *sk,
		      const struct xtcp_tuple *t)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	struct tcp_info info;
	struct line l = {
		.t = t,
		.uid = owner(seq, sk),
		.ino = sock_i_ino(sk),
		.ref = refcount_read(&sk->sk_refcnt),
	};

	xtcp_status_info(sk, &info);
	l.state = info.tcpi_state;
	l.retrans = info.tcpi_retransmits;
	l.probes = info.tcpi_probes;
	read_queues(sk, &info, &l);
	read_timers(sk, &l);
	put_line(seq, &l);
	seq_printf(seq, " %lu %lu %u %u %d",
		   (unsigned long)
		   jiffies_to_clock_t(usecs_to_jiffies(info.tcpi_rto)),
		   (unsigned long)
		   jiffies_to_clock_t(usecs_to_jiffies(info.tcpi_ato)),
		   xp->quickack << 1 | xp->pingpong, info.tcpi_snd_cwnd,
		   shown_ssthresh(&info));
	put_wire(seq, xtcp_wire_get(sk));
}

static void show_listener(struct seq_file *seq, struct sock *sk)
{
	struct xtcp_tuple t = {
		.lport = inet_sk(sk)->inet_sport,
	};

	if (sk->sk_family == AF_INET6)
		t.laddr = sk->sk_v6_rcv_saddr;
	else
		ipv6_addr_set_v4mapped(inet_sk(sk)->inet_rcv_saddr, &t.laddr);
	show_sock(seq, sk, &t);
}

/* An embryonic connection has no owner of its own, so it shows its listener's. */
static void show_req(struct seq_file *seq, const struct xtcp_req *req)
{
	struct line l = {
		.t = &req->ent.t,
		.state = TCP_SYN_RECV,
		.timer = TIMER_RETRANS,
		.left = jiffies_delta_to_clock_t(READ_ONCE(req->timer.expires) -
						 jiffies),
		.retrans = READ_ONCE(req->retrans),
		.uid = owner(seq, req->listener),
	};

	put_line(seq, &l);
	put_wire(seq, req->ent.t.proto);
}

static void show_tw(struct seq_file *seq, const struct xtcp_tw *tw)
{
	unsigned long left = msecs_to_jiffies(xtcp_timewait_left_ms(tw));
	struct line l = {
		.t = &tw->ent.t,
		.state = tw->state,
		.timer = TIMER_TIMEWAIT,
		.left = jiffies_to_clock_t(left),
		.ref = refcount_read(&tw->ref),
	};

	put_line(seq, &l);
	put_wire(seq, tw->ent.t.proto);
}

static struct xtcp_ent *node_ent(struct hlist_node *node)
{
	return hlist_entry(node, struct xtcp_ent, node);
}

static struct sock *node_listener(struct hlist_node *node)
{
	return hlist_entry(node, struct sock, sk_node);
}

/* By the family of the socket, not of the addresses, as /proc/net/tcp6. */
static bool ent_is_v6(struct xtcp_ent *ent)
{
	if (ent->kind == XTCP_ENT_SOCK)
		return xtcp_ent_sk(ent)->sk_family == AF_INET6;
	return ent->family6;
}

static bool is_listed(struct seq_file *seq, struct hlist_node *node)
{
	const struct walk *w = seq->private;
	const struct net *net = seq_file_net(seq);
	struct sock *sk;

	if (w->which == XTCP_WALK_LISTEN) {
		sk = node_listener(node);
		return net_eq(sock_net(sk), net) &&
		       (sk->sk_family == AF_INET6) == shows_v6(seq);
	}
	return net_eq(node_ent(node)->net, net) &&
	       ent_is_v6(node_ent(node)) == shows_v6(seq);
}

/* The first entry to be listed from @node on, in its bucket. */
static struct hlist_node *listed_from(struct seq_file *seq,
				      struct hlist_node *node)
{
	while (node && !is_listed(seq, node))
		node = rcu_dereference(hlist_next_rcu(node));
	return node;
}

/*
 * Go to the next bucket, behind the listeners to the connections; behind the
 * last one at the end, so that a further read finds the end again.
 */
static void next_bucket(struct walk *w)
{
	w->offset = 0;
	if (++w->bucket < xtcp_tables_buckets(w->which) ||
	    w->which == XTCP_WALK_EST)
		return;
	w->which = XTCP_WALK_EST;
	w->bucket = 0;
}

/* The first entry of the bucket at hand or of a later one. */
static struct hlist_node *first_entry(struct seq_file *seq)
{
	struct walk *w = seq->private;
	struct hlist_node *node;
	struct hlist_head *head;

	while (w->bucket < xtcp_tables_buckets(w->which)) {
		head = xtcp_tables_bucket(w->which, w->bucket);
		/* Most are empty, which is quickly seen. */
		node = hlist_empty(head) ? NULL :
		       listed_from(seq, rcu_dereference(hlist_first_rcu(head)));
		if (node)
			return node;
		/* Nothing is held here that the read lock protects. */
		xtcp_tables_rest(w->bucket);
		next_bucket(w);
	}
	return NULL;
}

static struct hlist_node *next_entry(struct seq_file *seq,
				     struct hlist_node *node)
{
	struct walk *w = seq->private;

	w->offset++;
	w->num++;
	node = listed_from(seq, rcu_dereference(hlist_next_rcu(node)));
	if (node)
		return node;
	next_bucket(w);
	return first_entry(seq);
}

static void rewind_walk(struct walk *w)
{
	w->which = XTCP_WALK_LISTEN;
	w->bucket = 0;
	w->offset = 0;
	w->num = 0;
}

/* Where the last read ended, if that is known, else by counting. */
static struct hlist_node *find_entry(struct seq_file *seq, loff_t pos)
{
	struct walk *w = seq->private;
	unsigned int bucket, offset;
	struct hlist_node *node;

	if (pos != w->pos) {
		rewind_walk(w);
		node = first_entry(seq);
		while (node && w->num < pos - 1)
			node = next_entry(seq, node);
		return node;
	}

	bucket = w->bucket;
	offset = w->offset;
	w->offset = 0;
	node = first_entry(seq);
	while (node && w->bucket == bucket && w->offset < offset)
		node = next_entry(seq, node);
	w->num = pos - 1;
	return node;
}

static void *walk_start(struct seq_file *seq, loff_t *pos)
	__acquires(RCU)
{
	struct walk *w = seq->private;
	void *v = SEQ_START_TOKEN;

	rcu_read_lock();
	if (*pos)
		v = find_entry(seq, *pos);
	w->pos = *pos;
	return v;
}

static void *walk_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct walk *w = seq->private;

	++*pos;
	w->pos = *pos;
	if (v != SEQ_START_TOKEN)
		return next_entry(seq, v);
	rewind_walk(w);
	return first_entry(seq);
}

static void walk_stop(struct seq_file *seq, void *v)
	__releases(RCU)
{
	rcu_read_unlock();
}

static void show_header(struct seq_file *seq)
{
	if (shows_v6(seq))
		seq_puts(seq, "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
	else
		seq_puts(seq, "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode");
}

static void show_entry(struct seq_file *seq, struct hlist_node *node)
{
	const struct walk *w = seq->private;
	struct xtcp_ent *ent = node_ent(node);

	if (w->which == XTCP_WALK_LISTEN)
		show_listener(seq, node_listener(node));
	else if (ent->kind == XTCP_ENT_SOCK)
		show_sock(seq, xtcp_ent_sk(ent), &ent->t);
	else if (ent->kind == XTCP_ENT_REQ)
		show_req(seq, container_of(ent, struct xtcp_req, ent));
	else
		show_tw(seq, container_of(ent, struct xtcp_tw, ent));
}

static int walk_show(struct seq_file *seq, void *v)
{
	bool pad = !shows_v6(seq);

	if (pad)
		seq_setwidth(seq, LINE_LEN - 1);
	if (v == SEQ_START_TOKEN)
		show_header(seq);
	else
		show_entry(seq, v);
	if (pad)
		seq_pad(seq, '\n');
	else
		seq_putc(seq, '\n');
	return 0;
}

static const struct seq_operations walk_ops = {
	.start	= walk_start,
	.next	= walk_next,
	.stop	= walk_stop,
	.show	= walk_show,
};

static int stat_show(struct seq_file *seq, void *v)
{
	xtcp_mib_show(seq, seq_file_single_net(seq));
	return 0;
}

static bool create_list(struct net *net, const char *name,
			const struct xtcp_family *fam)
{
	return proc_create_net_data(name, 0444, net->proc_net, &walk_ops,
				    sizeof(struct walk), (void *)fam);
}

/**
 * xtcp_procfs_net_init() - create a namespace's files
 * @net: the namespace; its share of xtcp is set up
 *
 * Context: process, sleeps.
 * Return: 0, or -ENOMEM when one could not be made; none is left then.
 */
int xtcp_procfs_net_init(struct net *net)
{
	if (!create_list(net, "xtcp", &xtcp_ipv4))
		return -ENOMEM;
	if (!create_list(net, "xtcp6", &xtcp_ipv6))
		goto err_xtcp;
	if (!proc_create_net_single("xtcp_stat", 0444, net->proc_net,
				    stat_show, NULL))
		goto err_xtcp6;
	return 0;

err_xtcp6:
	remove_proc_entry("xtcp6", net->proc_net);
err_xtcp:
	remove_proc_entry("xtcp", net->proc_net);
	return -ENOMEM;
}

/**
 * xtcp_procfs_net_exit() - remove a namespace's files
 * @net: the namespace
 *
 * Waits for readers to leave.
 *
 * Context: process, sleeps.
 */
void xtcp_procfs_net_exit(struct net *net)
{
	remove_proc_entry("xtcp_stat", net->proc_net);
	remove_proc_entry("xtcp6", net->proc_net);
	remove_proc_entry("xtcp", net->proc_net);
}
