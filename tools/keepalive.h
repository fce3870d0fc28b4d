/* SPDX-License-Identifier: GPL-2.0 */
/* What keepalive found out of each connection, by the inode of its socket. */
#ifndef XTCPSTAT_KEEPALIVE_H
#define XTCPSTAT_KEEPALIVE_H

#include <stdbool.h>
#include <linux/types.h>

/**
 * struct keepalive - the evidence of one connection
 * @inode: of its socket
 * @age_ms: ms since the last answer, where @answered
 * @sent: probes sent
 * @answered: answers that came
 * @waiting: probes since the last answer
 * @rtt_us: µs that the last answer to a first probe took, 0 where not known
 * @on: SO_KEEPALIVE is set
 */
struct keepalive {
	__u64 inode;
	__u64 age_ms;
	__u32 sent;
	__u32 answered;
	__u32 waiting;
	__u32 rtt_us;
	bool on;
};

int keepalive_scan(void);
const struct keepalive *keepalive_of(__u64 inode);
void keepalive_forget(void);

void keepalive_print(__u64 inode);
void keepalive_print_json(__u64 inode);

#endif
