/* SPDX-License-Identifier: GPL-2.0 */
/* Which processes hold a socket open, by its inode. */
#ifndef XTCPSTAT_PROCESS_H
#define XTCPSTAT_PROCESS_H

#include <stdbool.h>
#include <linux/types.h>
#include <sys/types.h>

/**
 * struct holder - one descriptor of one process
 * @next: of the same hash chain; skip those of another inode
 * @inode: the socket's
 * @pid: the process
 * @fd: the descriptor's number in it
 * @name: the process's, as the kernel tells it; shared between holders
 */
struct holder {
	struct holder *next;
	__u64 inode;
	pid_t pid;
	int fd;
	const char *name;
};

void process_scan(void);
void process_forget(void);
const struct holder *process_first(__u64 inode);
const struct holder *process_next(const struct holder *h);

#endif
