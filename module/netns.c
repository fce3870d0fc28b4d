// SPDX-License-Identifier: GPL-2.0
/*
 * Birth and end of a network namespace's share.
 */
#include <linux/export.h>

#include "fastopen.h"
#include "forecast.h"
#include "netns.h"
#include "status.h"
#include "timewait.h"

unsigned int xtcp_net_id __read_mostly;
EXPORT_SYMBOL_GPL(xtcp_net_id);

static int __net_init net_init(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);
	int err;

	xn->net = net;
	atomic_set(&xn->orphans, 0);
	atomic_set(&xn->tw_count, 0);
	xtcp_ends_net_init(net);
	xtcp_reserve_net_init(&xn->reserve);
	xtcp_demux_net_init(&xn->demux);
	err = xtcp_mib_net_init(net);
	if (err)
		return err;
	err = xtcp_timewait_net_init(xn);
	if (err)
		goto err_mib;
	err = xtcp_fastopen_net_init(xn);
	if (err)
		goto err_timewait;
	err = xtcp_sysctl_net_init(net);
	if (err)
		goto err_fastopen;
	err = xtcp_audit_net_init(xn);
	if (err)
		goto err_sysctl;
	err = xtcp_procfs_net_init(net);
	if (err)
		goto err_audit;
	return 0;

err_audit:
	xtcp_audit_net_exit(xn);
err_sysctl:
	xtcp_sysctl_net_exit(net);
err_fastopen:
	xtcp_fastopen_net_exit(xn);
err_timewait:
	xtcp_timewait_net_exit(xn);
err_mib:
	xtcp_mib_net_exit(net);
	return err;
}

/* An RCU grace period passes between this and net_exit(). */
static void __net_exit net_pre_exit(struct net *net)
{
	xtcp_demux_net_exit(&xtcp_net(net)->demux);
}

static void __net_exit net_exit(struct net *net)
{
	struct xtcp_net *xn = xtcp_net(net);

	xtcp_procfs_net_exit(net);
	WARN_ON(atomic_read(&xn->orphans));
	/* Its knobs reach into the queues. */
	xtcp_sysctl_net_exit(net);
	xtcp_timewait_net_exit(xn);
	xtcp_reserve_net_exit(&xn->reserve);
	xtcp_audit_net_exit(xn);
	xtcp_forecast_net_exit(xn);
	xtcp_fastopen_net_exit(xn);
	xtcp_ends_net_exit(net);
	xtcp_mib_net_exit(net);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.id = &xtcp_net_id,
	.size = sizeof(struct xtcp_net),
};

/**
 * xtcp_netns_init() - give each namespace, now and later, its share
 *
 * Context: module load.
 * Return: 0 or a negative errno.
 */
int __init xtcp_netns_init(void)
{
	return register_pernet_subsys(&net_ops);
}

/**
 * xtcp_netns_exit() - take it from all of them
 *
 * Context: module unload; no segment and no socket comes any more.
 */
void xtcp_netns_exit(void)
{
	unregister_pernet_subsys(&net_ops);
}
