// SPDX-License-Identifier: GPL-2.0
/*
 * What all congestion control algorithms share, and the list of them: RFC
 * 5681 sections 3.1 and 4.1. The algorithms themselves are pure; only the
 * list knows locks and modules.
 */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "cong.h"

/* Written under list_lock, read under RCU. */
static LIST_HEAD(ops_list);
static DEFINE_SPINLOCK(list_lock);

void xtcp_cong_init(struct xtcp_cong *cong, const struct xtcp_cong_ops *ops)
{
	memset(cong, 0, sizeof(*cong));
	cong->ops = ops;
	cong->cwnd = XTCP_INIT_CWND;
	cong->ssthresh = XTCP_SSTHRESH_INF;
	cong->cwnd_clamp = U32_MAX;
	if (ops->init)
		ops->init(cong);
}

u32 xtcp_cong_slow_start(struct xtcp_cong *cong, u32 acked)
{
	u32 room = cong->ssthresh - min(cong->cwnd, cong->ssthresh);
	u32 grow = min(acked, room);

	cong->cwnd = min(cong->cwnd + grow, cong->cwnd_clamp);
	return acked - grow;
}
EXPORT_SYMBOL_GPL(xtcp_cong_slow_start);

void xtcp_cong_avoid(struct xtcp_cong *cong, u32 w, u32 acked)
{
	u32 grow;

	w = max(w, 1U);
	/* Left from a larger @w: one step only, or cwnd would jump. */
	if (cong->cwnd_cnt >= w) {
		cong->cwnd_cnt = 0;
		cong->cwnd++;
	}

	cong->cwnd_cnt += acked;
	grow = cong->cwnd_cnt / w;
	cong->cwnd_cnt -= grow * w;
	cong->cwnd = min(cong->cwnd + grow, cong->cwnd_clamp);
}
EXPORT_SYMBOL_GPL(xtcp_cong_avoid);

void xtcp_cong_reduce(struct xtcp_cong *cong, u32 flight)
{
	cong->prior_cwnd = cong->cwnd;
	cong->prior_ssthresh = cong->ssthresh;
	cong->cwnd_cnt = 0;
	cong->ssthresh = max(cong->ops->ssthresh(cong, flight), 2U);
}

void xtcp_cong_idle_restart(struct xtcp_cong *cong, u32 restart_cwnd)
{
	/*
	 * The path carried cwnd not long ago: come back to near it by slow
	 * start (RFC 2861 section 3.2), not by congestion avoidance.
	 */
	cong->ssthresh = max(cong->ssthresh, cong->cwnd - cong->cwnd / 4);
	cong->cwnd = max(min(cong->cwnd, restart_cwnd), 1U);
	cong->cwnd_cnt = 0;
}

/* RCU read lock or list_lock held. */
static struct xtcp_cong_ops *find(const char *name)
{
	struct xtcp_cong_ops *ops;

	list_for_each_entry_rcu(ops, &ops_list, list,
				lockdep_is_held(&list_lock)) {
		if (!strcmp(ops->name, name))
			return ops;
	}
	return NULL;
}

static bool name_is_good(const char *name)
{
	size_t len = strnlen(name, XTCP_CA_NAME_MAX);

	return len && len < XTCP_CA_NAME_MAX && !strpbrk(name, " \t\n");
}

int xtcp_cong_register(struct xtcp_cong_ops *ops)
{
	int err = 0;

	if (!ops->ssthresh || !ops->acked || !name_is_good(ops->name))
		return -EINVAL;

	spin_lock(&list_lock);
	if (find(ops->name))
		err = -EEXIST;
	else
		list_add_tail_rcu(&ops->list, &ops_list);
	spin_unlock(&list_lock);
	return err;
}
EXPORT_SYMBOL_GPL(xtcp_cong_register);

void xtcp_cong_unregister(struct xtcp_cong_ops *ops)
{
	spin_lock(&list_lock);
	list_del_rcu(&ops->list);
	spin_unlock(&list_lock);

	/* A reader of the list may still be at @ops. */
	synchronize_rcu();
}
EXPORT_SYMBOL_GPL(xtcp_cong_unregister);

const struct xtcp_cong_ops *xtcp_cong_get(const char *name)
{
	const struct xtcp_cong_ops *ops;

	rcu_read_lock();
	ops = find(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	rcu_read_unlock();
	return ops;
}

void xtcp_cong_put(const struct xtcp_cong_ops *ops)
{
	module_put(ops->owner);
}

void xtcp_cong_hold(const struct xtcp_cong_ops *ops)
{
	__module_get(ops->owner);
}

int xtcp_cong_names(char *buf, size_t size)
{
	const struct xtcp_cong_ops *ops;
	int len = 0;

	buf[0] = '\0';
	rcu_read_lock();
	list_for_each_entry_rcu(ops, &ops_list, list)
		len += scnprintf(buf + len, size - len, "%s%s",
				 len ? " " : "", ops->name);
	rcu_read_unlock();
	return len;
}
