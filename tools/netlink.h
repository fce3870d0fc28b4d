/* SPDX-License-Identifier: GPL-2.0 */
/* xtcp's generic netlink family: finding it, and asking it for dumps (linux/xtcp_netlink.h). */
#ifndef XTCPSTAT_NETLINK_H
#define XTCPSTAT_NETLINK_H

#include <stdbool.h>
#include <libmnl/libmnl.h>
#include <linux/xtcp_netlink.h>

#include "conn.h"

/**
 * typedef netlink_fn - takes one message of an answer
 * @attrs: by enum xtcp_attr, NULL where it has none; whether they are long enough is not known yet
 * @arg: the caller's own
 */
typedef void (*netlink_fn)(const struct nlattr *const *attrs, void *arg);

/**
 * struct netlink_ask - what to ask for
 * @cmd: the command
 * @family: AF_INET or AF_INET6: of the sockets; 0 for both
 * @lport: the local port, 0 for any
 */
struct netlink_ask {
	enum xtcp_cmd cmd;
	int family;
	__u16 lport;
};

int netlink_dump(const struct netlink_ask *ask, netlink_fn fn, void *arg);
int netlink_kill(const struct conn *c);

void netlink_nest(const struct nlattr *nest, const struct nlattr **attrs, unsigned int max);
__u64 netlink_number(const struct nlattr *attr);
bool netlink_endpoint(const struct nlattr *const *attrs, enum xtcp_attr addr, enum xtcp_attr port,
		      struct endpoint *e);

#endif
