// SPDX-License-Identifier: GPL-2.0
/*
 * Load and unload: the rooms in order, packets and sockets admitted last and
 * refused first.
 */
#include <linux/module.h>

#include "audit.h"
#include "cong.h"
#include "cookies.h"
#include "family.h"
#include "netns.h"
#include "reqsk.h"
#include "sock.h"
#include "sysctl.h"
#include "tables.h"
#include "timewait.h"

static int __init xtcp_init(void)
{
	int err;

	xtcp_sysctl_init();
	xtcp_cookies_init();
	xtcp_audit_init();
	err = xtcp_cong_register(&xtcp_cong_reno);
	if (err)
		return err;
	err = xtcp_tables_init();
	if (err)
		goto err_tables;
	err = xtcp_bind_init();
	if (err)
		goto err_bind;
	err = xtcp_reqsk_init();
	if (err)
		goto err_reqsk;
	err = xtcp_timewait_init();
	if (err)
		goto err_timewait;
	err = xtcp_netns_init();
	if (err)
		goto err_netns;
	err = xtcp_sock_init();
	if (err)
		goto err_sock;
	err = xtcp_ipv4_admit();
	if (err)
		goto err_ipv4;
	err = xtcp_ipv6_admit();
	if (err)
		goto err_ipv6;
	return 0;

err_ipv6:
	xtcp_ipv4_refuse();
err_ipv4:
	xtcp_sock_exit();
err_sock:
	xtcp_netns_exit();
err_netns:
	rcu_barrier();
	xtcp_timewait_exit();
err_timewait:
	xtcp_reqsk_exit();
err_reqsk:
	xtcp_bind_exit();
err_bind:
	xtcp_tables_exit();
err_tables:
	xtcp_cong_unregister(&xtcp_cong_reno);
	return err;
}

static void __exit xtcp_exit(void)
{
	xtcp_ipv6_refuse();
	xtcp_ipv4_refuse();
	xtcp_sock_exit();
	xtcp_netns_exit();
	/* Entries are freed by RCU callbacks, whose code is ours. */
	rcu_barrier();
	xtcp_timewait_exit();
	xtcp_reqsk_exit();
	xtcp_bind_exit();
	xtcp_tables_exit();
	xtcp_cong_unregister(&xtcp_cong_reno);
}

module_init(xtcp_init);
module_exit(xtcp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A second TCP, as a transport of its own");
/* net-pf-PF-proto-PROTOCOL-type-TYPE: the first socket loads the module. */
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_INET, 253, 1);
MODULE_ALIAS_NET_PF_PROTO_TYPE(PF_INET6, 253, 1);
