/* SPDX-License-Identifier: GPL-2.0 */
/* The line formats of /proc/net/xtcp, xtcp6 and xtcp_stat, for the source and its tests. */
#ifndef XTCPSTAT_PROCFS_H
#define XTCPSTAT_PROCFS_H

#include "source.h"

bool procfs_parse_conn(const char *line, int family, unsigned int hz, struct conn *c);
bool procfs_parse_counter(char *line, struct counter *c);

#endif
