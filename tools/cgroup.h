/* SPDX-License-Identifier: GPL-2.0 */
/* A control group of its own for a program, and for all that it runs. */
#ifndef XTCPIZE_CGROUP_H
#define XTCPIZE_CGROUP_H

int cgroup_own(void);
int cgroup_make(int parent, const char *name);
int cgroup_join(int cgroup);
void cgroup_wait_empty(int cgroup);
void cgroup_remove(int parent, const char *name);

#endif
