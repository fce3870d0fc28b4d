/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF programs by which the kernel turns the sockets of a cgroup's programs. */
#ifndef XTCPIZE_HOOK_BPF_H
#define XTCPIZE_HOOK_BPF_H

int hook_bpf_find(void);
int hook_bpf_load(int hook, int cgroup);
int hook_bpf_attach(int prog);
int hook_bpf_disguise(int cgroup);

#endif
