// SPDX-License-Identifier: GPL-2.0
/*
 * The knobs, net.xtcp.*: one table of names, ranges and places, from which the
 * files of each network namespace are made.
 *
 * Names, units, ranges and defaults are those of Linux's net.ipv4.tcp_*. The
 * files belong to whoever may administer the namespace: the kernel's root of
 * network sysctls gives them the namespace's owner and lets CAP_NET_ADMIN over
 * its user namespace write.
 */
#include <linux/build_bug.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <net/ip.h>

#include "compat/sysctl.h"
#include "cong.h"
#include "fastopen.h"
#include "netns.h"
#include "timewait.h"
#include "uapi/linux/xtcp.h"
#include "wire.h"

#define CONG_NAMES_MAX	256	/* bytes of available_congestion_control */
#define FIN_TIMEOUT_MAX	86400	/* s; in ms far below 2^31 */
#define RATELIMIT_MAX_MS 3600000 /* in 64 ms below 2^16 */
#define AUDIT_MAX	16777216	/* 20 bytes each */
#define SECONDS_MAX	(INT_MAX / HZ)	/* what fits in jiffies */

long xtcp_mem[3];
int xtcp_rmem_default[3];
int xtcp_wmem_default[3];

/* Held to write what is more than one int, so that two writers do not mix. */
static DEFINE_MUTEX(write_lock);

/**
 * struct knob - one file
 * @name: its name in /proc/sys/net/xtcp
 * @handler: reads and writes it
 * @offset: place in struct xtcp_knobs, bytes
 * @size: bytes there
 * @min: least value of each number in it
 * @max: largest value
 * @mode: permissions
 * @shared: one for all namespaces: writable in the first only
 */
struct knob {
	const char *name;
	proc_handler *handler;
	size_t offset;
	int size;
	int min;
	int max;
	umode_t mode;
	bool shared;
};

/* The namespace whose knob @ctl is. */
static struct xtcp_net *net_of(const struct ctl_table *ctl)
{
	const struct knob *knob = container_of(ctl->extra1, struct knob, min);

	return container_of(ctl->data - knob->offset, struct xtcp_net, knobs);
}

/* min <= default <= max, as every reader takes for granted. */
static int do_triple(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		     void *buffer, size_t *lenp, loff_t *ppos)
{
	int *knob = ctl->data;
	int val[3] = { knob[0], knob[1], knob[2] };
	struct ctl_table tmp = {
		.data	= val,
		.maxlen	= sizeof(val),
		.extra1	= ctl->extra1,
		.extra2	= ctl->extra2,
	};
	int err, i;

	mutex_lock(&write_lock);
	err = proc_dointvec_minmax(&tmp, write, buffer, lenp, ppos);
	if (write && !err && (val[0] > val[1] || val[1] > val[2]))
		err = -EINVAL;
	for (i = 0; write && !err && i < 3; i++)
		WRITE_ONCE(knob[i], val[i]);
	mutex_unlock(&write_lock);
	return err;
}

/* As do_triple(), for the three unsigned long of xtcp_mem. */
static int do_mem(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		  void *buffer, size_t *lenp, loff_t *ppos)
{
	unsigned long val[3] = { xtcp_mem[0], xtcp_mem[1], xtcp_mem[2] };
	struct ctl_table tmp = { .data = val, .maxlen = sizeof(val) };
	int err, i;

	mutex_lock(&write_lock);
	err = proc_doulongvec_minmax(&tmp, write, buffer, lenp, ppos);
	if (write && !err &&
	    (val[0] > val[1] || val[1] > val[2] || val[2] > LONG_MAX))
		err = -EINVAL;
	for (i = 0; write && !err && i < 3; i++)
		WRITE_ONCE(xtcp_mem[i], val[i]);
	mutex_unlock(&write_lock);
	return err;
}

/* Not empty, and clear of the ports that only the privileged may bind. */
static bool ports_are_good(struct net *net, const int *val)
{
	return val[0] <= val[1] && !inet_port_requires_bind_service(net, val[0]);
}

static int do_ports(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		    void *buffer, size_t *lenp, loff_t *ppos)
{
	struct xtcp_net *xn = net_of(ctl);
	int val[2];
	struct ctl_table tmp = {
		.data	= val,
		.maxlen	= sizeof(val),
		.extra1	= ctl->extra1,
		.extra2	= ctl->extra2,
	};
	int err;

	mutex_lock(&write_lock);
	xtcp_local_port_range(&xn->knobs, &val[0], &val[1]);
	err = proc_dointvec_minmax(&tmp, write, buffer, lenp, ppos);
	if (write && !err && !ports_are_good(xn->net, val))
		err = -EINVAL;
	if (write && !err)
		WRITE_ONCE(xn->knobs.local_ports, val[0] << 16 | val[1]);
	mutex_unlock(&write_lock);
	return err;
}

static int do_wire(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		   void *buffer, size_t *lenp, loff_t *ppos)
{
	int val = READ_ONCE(*(int *)ctl->data);
	struct ctl_table tmp = { .data = &val, .maxlen = sizeof(val) };
	int err = proc_dointvec(&tmp, write, buffer, lenp, ppos);

	if (write && !err && !xtcp_wire_valid(val))
		err = -EINVAL;
	if (write && !err)
		WRITE_ONCE(*(int *)ctl->data, val);
	return err;
}

static int do_fastopen(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		       void *buffer, size_t *lenp, loff_t *ppos)
{
	int val = READ_ONCE(*(int *)ctl->data);
	struct ctl_table tmp = { .data = &val, .maxlen = sizeof(val) };
	int err = proc_dointvec(&tmp, write, buffer, lenp, ppos);

	if (write && !err && val & ~XTCP_FO_BITS)
		err = -EINVAL;
	if (write && !err)
		WRITE_ONCE(*(int *)ctl->data, val);
	return err;
}

static void show_keys(struct xtcp_net *xn, char *text)
{
	rcu_read_lock();
	xtcp_fokeys_write(rcu_dereference(xn->fo_keys), text);
	rcu_read_unlock();
}

static int set_keys(struct xtcp_net *xn, const char *text)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	int num = xtcp_fokeys_read(text, raw);
	int err = num;

	if (num > 0)
		err = xtcp_fastopen_set_keys(&xn->fo_keys, raw, num);
	memzero_explicit(raw, sizeof(raw));
	return err;
}

static int do_fastopen_key(XTCP_CTL_CONST struct ctl_table *ctl, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	struct xtcp_net *xn = net_of(ctl);
	char text[XTCP_FOKEYS_TEXT + 1];
	struct ctl_table tmp = { .data = text, .maxlen = sizeof(text) };
	int err;

	show_keys(xn, text);
	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (write && !err)
		err = set_keys(xn, text);
	memzero_explicit(text, sizeof(text));
	return err;
}

/* A length of a wait, which counts for the entries that wait already, too. */
static int do_wait(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		   void *buffer, size_t *lenp, loff_t *ppos)
{
	int err = proc_dointvec_minmax(ctl, write, buffer, lenp, ppos);

	if (write && !err)
		xtcp_timewait_rescale(net_of(ctl)->net);
	return err;
}

/* What was kept stays, as far as there is room. */
static int do_ends(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		   void *buffer, size_t *lenp, loff_t *ppos)
{
	int val = READ_ONCE(*(int *)ctl->data);
	struct ctl_table tmp = {
		.data	= &val,
		.maxlen	= sizeof(val),
		.extra1	= ctl->extra1,
		.extra2	= ctl->extra2,
	};
	int err;

	mutex_lock(&write_lock);
	err = proc_dointvec_minmax(&tmp, write, buffer, lenp, ppos);
	if (write && !err)
		err = xtcp_ends_resize(net_of(ctl)->net, val);
	if (write && !err)
		WRITE_ONCE(*(int *)ctl->data, val);
	mutex_unlock(&write_lock);
	return err;
}

static int set_cong(struct xtcp_net *xn, const char *name)
{
	const struct xtcp_cong_ops *old, *ops = xtcp_cong_get(name);

	if (!ops)
		return -ENOENT;

	mutex_lock(&write_lock);
	old = rcu_replace_pointer(xn->knobs.cong, ops,
				  lockdep_is_held(&write_lock));
	mutex_unlock(&write_lock);
	xtcp_cong_put(old);
	return 0;
}

static int do_cong(XTCP_CTL_CONST struct ctl_table *ctl, int write,
		   void *buffer, size_t *lenp, loff_t *ppos)
{
	struct xtcp_net *xn = net_of(ctl);
	char name[XTCP_CA_NAME_MAX];
	struct ctl_table tmp = { .data = name, .maxlen = sizeof(name) };
	int err;

	rcu_read_lock();
	strscpy(name, rcu_dereference(xn->knobs.cong)->name, sizeof(name));
	rcu_read_unlock();

	err = proc_dostring(&tmp, write, buffer, lenp, ppos);
	if (write && !err)
		err = set_cong(xn, name);
	return err;
}

static int do_cong_names(XTCP_CTL_CONST struct ctl_table *ctl, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	char names[CONG_NAMES_MAX];
	struct ctl_table tmp = { .data = names, .maxlen = sizeof(names) };

	xtcp_cong_names(names, sizeof(names));
	return proc_dostring(&tmp, write, buffer, lenp, ppos);
}

#define PLACE(field)	.offset = offsetof(struct xtcp_knobs, field)

#define KNOB(field, least, most) { \
	.name = #field, .handler = proc_dointvec_minmax, .mode = 0644, \
	.size = sizeof(int), .min = least, .max = most, PLACE(field) }

#define WAIT(field, most) { \
	.name = #field, .handler = do_wait, .mode = 0644, \
	.size = sizeof(int), .max = most, PLACE(field) }

#define TRIPLE(field, least) { \
	.name = #field, .handler = do_triple, .mode = 0644, \
	.size = 3 * sizeof(int), .min = least, .max = INT_MAX, PLACE(field) }

static const struct knob knobs[] = {
	/* Opening. */
	{
		.name = "wire", .handler = do_wire, .mode = 0644,
		.size = sizeof(int), PLACE(wire)
	},
	KNOB(syn_retries, 1, 127),
	KNOB(synack_retries, 0, 255),
	KNOB(max_syn_backlog, 0, INT_MAX),
	KNOB(syncookies, 0, 2),
	KNOB(abort_on_overflow, 0, 1),
	{
		.name = "fastopen", .handler = do_fastopen, .mode = 0644,
		.size = sizeof(int), PLACE(fastopen)
	},
	{
		.name = "fastopen_key", .handler = do_fastopen_key,
		.mode = 0600, .size = XTCP_FOKEYS_TEXT
	},
	{
		.name = "local_port_range", .handler = do_ports, .mode = 0644,
		.size = 2 * sizeof(int), .min = 1, .max = 65535,
		PLACE(local_ports)
	},
	/* Options and data. */
	KNOB(window_scaling, 0, 1),
	KNOB(timestamps, 0, 1),
	KNOB(stdurg, 0, 1),
	KNOB(min_snd_mss, 48, 65535),
	KNOB(adv_win_scale, -31, 31),
	KNOB(rfc9293_window, 0, 1),
	TRIPLE(rmem, 4096),
	TRIPLE(wmem, 1),
	{
		.name = "mem", .handler = do_mem, .mode = 0644,
		.size = sizeof(xtcp_mem), .shared = true
	},
	/* Loss. */
	KNOB(retries1, 0, 255),
	KNOB(retries2, 0, 255),
	KNOB(rto_min_us, 1, INT_MAX),
	KNOB(rto_max_ms, 1000, 120000),
	KNOB(slow_start_after_idle, 0, 1),
	KNOB(rfc6582_timer, 0, 1),
	{
		.name = "congestion_control", .handler = do_cong, .mode = 0644,
		.size = XTCP_CA_NAME_MAX, PLACE(cong)
	},
	{
		.name = "available_congestion_control",
		.handler = do_cong_names, .mode = 0444, .size = CONG_NAMES_MAX
	},
	/* Keepalive and the end. */
	KNOB(keepalive_time, 1, SECONDS_MAX),
	KNOB(keepalive_intvl, 1, SECONDS_MAX),
	KNOB(keepalive_probes, 0, 255),
	KNOB(orphan_retries, 0, 255),
	KNOB(max_orphans, 0, INT_MAX),
	WAIT(fin_timeout, FIN_TIMEOUT_MAX),
	WAIT(timewait_ms, XTCP_TW_MS_MAX),
	KNOB(timewait_min_ms, 0, XTCP_TW_MS_MAX),
	KNOB(max_tw_buckets, 0, INT_MAX),
	{
		.name = "tw_reuse", .handler = proc_dointvec_minmax,
		.mode = 0644, .size = sizeof(int), .max = 2, PLACE(reuse)
	},
	KNOB(tw_reuse_delay_ms, 1, XTCP_2MSL_MS),
	KNOB(audit_max, 0, AUDIT_MAX),
	{
		.name = "recent_ends", .handler = do_ends, .mode = 0644,
		.size = sizeof(int), .max = XTCP_ENDS_MAX, PLACE(recent_ends)
	},
	KNOB(rfc1337, 0, 1),
	/* Attacks. */
	KNOB(challenge_ack_limit, 0, INT_MAX),
	KNOB(invalid_ratelimit, 0, RATELIMIT_MAX_MS),
	/* Tests. */
	{
		.name = "debug_iss", .handler = proc_douintvec, .mode = 0644,
		.size = sizeof(u32), PLACE(debug_iss)
	},
};

static void fill_entry(struct ctl_table *entry, const struct knob *knob,
		       struct xtcp_net *xn)
{
	entry->procname = knob->name;
	entry->data = (void *)&xn->knobs + knob->offset;
	entry->maxlen = knob->size;
	entry->mode = knob->mode;
	entry->proc_handler = knob->handler;
	entry->extra1 = (void *)&knob->min;
	entry->extra2 = (void *)&knob->max;

	if (knob->shared && !net_eq(xn->net, &init_net))
		entry->mode &= ~0222;
}

/*
 * Connections to expect of this much memory: one for each 128 KB, a power of
 * two, at most half a million. So many buckets Linux gives its own table of
 * connections, from which it derives its limits.
 */
static int expected_connections(void)
{
	unsigned long nr = nr_free_buffer_pages() >> (17 - PAGE_SHIFT);

	return min(roundup_pow_of_two(max(nr, 1UL)), 512 * 1024UL);
}

/* Linux: 4.68 %, 6.25 % and 9.37 % of memory, all sockets together. */
static void size_mem(void)
{
	unsigned long limit = max(nr_free_buffer_pages() / 16, 128UL);

	xtcp_mem[0] = limit / 4 * 3;
	xtcp_mem[1] = limit;
	xtcp_mem[2] = xtcp_mem[0] * 2;
}

/**
 * xtcp_sysctl_init() - size the limits that follow the machine's memory
 *
 * Context: process, once, before xtcp's protocols are registered.
 */
void xtcp_sysctl_init(void)
{
	/* One socket may have 1/128 of what would be pressure for all. */
	unsigned long share = nr_free_buffer_pages() << (PAGE_SHIFT - 7);

	size_mem();

	xtcp_wmem_default[0] = PAGE_SIZE;
	xtcp_wmem_default[1] = 16 * 1024;
	xtcp_wmem_default[2] = clamp(share, 64 * 1024UL, 4 * 1024 * 1024UL);

	xtcp_rmem_default[0] = PAGE_SIZE;
	xtcp_rmem_default[1] = 128 * 1024;
	xtcp_rmem_default[2] = clamp(share, 128 * 1024UL, 6 * 1024 * 1024UL);
}

/**
 * xtcp_knobs_init() - set a namespace's knobs to their defaults
 * @k: the knobs; none is in use yet
 *
 * Context: process, after xtcp_sysctl_init().
 */
void xtcp_knobs_init(struct xtcp_knobs *k)
{
	int conns = expected_connections();

	*k = (struct xtcp_knobs) {
		.syn_retries		= 6,
		.synack_retries		= 5,
		.max_syn_backlog	= max(128, conns / 128),
		.syncookies		= 1,
		.fastopen		= XTCP_FO_CLIENT,
		.retries1		= 3,
		.retries2		= 15,
		.max_orphans		= conns / 2,
		.fin_timeout		= 60,
		.keepalive_time		= 7200,
		.keepalive_intvl	= 75,
		.keepalive_probes	= 9,
		.window_scaling		= 1,
		.timestamps		= 1,
		.adv_win_scale		= 1,
		.slow_start_after_idle	= 1,
		.rto_min_us		= 200000,
		.rto_max_ms		= 120000,
		.min_snd_mss		= 48,
		.max_tw_buckets		= conns / 2,
		.reuse			= 2,
		.tw_reuse_delay_ms	= MSEC_PER_SEC,
		.audit_max		= 2 * conns,
		.challenge_ack_limit	= INT_MAX,
		.invalid_ratelimit	= 500,
		.recent_ends		= 512,
		.timewait_ms		= 60000,
		.wire			= XTCP_WIRE_OWN,
		.local_ports		= 32768 << 16 | 60999,
	};
	memcpy(k->rmem, xtcp_rmem_default, sizeof(k->rmem));
	memcpy(k->wmem, xtcp_wmem_default, sizeof(k->wmem));
	/* Part of this module, so there is no reference to take. */
	RCU_INIT_POINTER(k->cong, &xtcp_cong_reno);
}

/**
 * xtcp_sysctl_net_init() - give a namespace its knobs and their files
 * @net: the namespace; its struct xtcp_net knows it
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int xtcp_sysctl_net_init(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	struct ctl_table *table;
	size_t i;

	xtcp_knobs_init(&xn->knobs);

	/* One more, left empty, for kernels that look for it as the end. */
	table = kcalloc(ARRAY_SIZE(knobs) + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	for (i = 0; i < ARRAY_SIZE(knobs); i++)
		fill_entry(&table[i], &knobs[i], xn);

	xn->sysctl_hdr = xtcp_register_net_sysctl(net, "net/xtcp", table,
						  ARRAY_SIZE(knobs));
	if (!xn->sysctl_hdr) {
		kfree(table);
		return -ENOMEM;
	}
	return 0;
}

/**
 * xtcp_sysctl_net_exit() - remove a namespace's files
 * @net: the namespace; xtcp_sysctl_net_init() succeeded for it
 *
 * When it returns no handler runs any more.
 *
 * Context: process, sleeps.
 */
void xtcp_sysctl_net_exit(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	const struct ctl_table *table = xn->sysctl_hdr->ctl_table_arg;

	unregister_net_sysctl_table(xn->sysctl_hdr);
	kfree(table);
	xtcp_cong_put(rcu_dereference_protected(xn->knobs.cong, 1));
}

/**
 * xtcp_sysctl_cong_get() - the algorithm that a new socket starts with
 * @net: its namespace
 *
 * Context: any.
 * Return: the algorithm, to be given back by xtcp_cong_put(); Reno when the
 * one set is just going away.
 */
const struct xtcp_cong_ops *xtcp_sysctl_cong_get(struct net *net)
{
	const struct xtcp_cong_ops *ops;

	rcu_read_lock();
	ops = rcu_dereference(xtcp_net(net)->knobs.cong);
	if (!try_module_get(ops->owner))
		ops = &xtcp_cong_reno;
	rcu_read_unlock();
	return ops;
}
