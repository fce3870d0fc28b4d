/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two stacks in one test: sockets of the protocol under test, on the wire of
 * ordinary TCP, and sockets of the kernel's TCP. With XTCP_TEST_PROTO=tcp both
 * are the kernel's.
 */
#ifndef XTCP_WIRE_STACK_H
#define XTCP_WIRE_STACK_H

#include <linux/xtcp.h>

#include "xtcp_test.h"

enum wire_stack {
	OURS,
	KERNEL,
};

/* A fresh namespace, in which xtcp goes by protocol 6. */
void wire_ns(void);
void wire_knob(int wire);

/* The helpers of xtcp_test.h, of which each makes or seeks sockets of @stack. */
int wire_socket(enum wire_stack stack, enum xt_fam fam);
int wire_bound(enum wire_stack stack, enum xt_fam fam, __u16 port);
int wire_listen(enum wire_stack stack, enum xt_fam fam, __u16 port);
int wire_connect(enum wire_stack stack, enum xt_fam fam, __u16 port);
enum xt_state wire_state(enum wire_stack stack, __u16 lport, __u16 rport);
enum xt_state wire_wait_state(enum wire_stack stack, __u16 lport, __u16 rport,
			      enum xt_state want);

/* A connection between two stacks; the listener is closed. */
void wire_pair(enum wire_stack client, enum wire_stack server, enum xt_fam fam,
	       int *cfd, int *sfd);

/* Ports, of sockets that share whatever options allow. */
enum wire_reuse {
	REUSE_NONE,
	REUSE_ADDR,
	REUSE_PORT,
	REUSE_BOTH,
	REUSE_KINDS,
};

void wire_reuse(int fd, enum wire_reuse reuse);
int wire_try_bind(enum wire_stack stack, const union xt_addr *addr,
		  enum wire_reuse reuse);
bool wire_wait_free(enum wire_stack stack, __u16 port);

/* A counter of @stack in the namespace, by the name that both give it. */
__u64 wire_stat(enum wire_stack stack, const char *name);
bool wire_wait_stat(enum wire_stack stack, const char *name, __u64 least);

#endif /* XTCP_WIRE_STACK_H */
