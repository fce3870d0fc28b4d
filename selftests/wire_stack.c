// SPDX-License-Identifier: GPL-2.0
/*
 * Sockets of two stacks in one test; wire_stack.h says what each is for.
 */
#include "wire_settle.h"
#include "wire_stack.h"

#include <errno.h>
#include <unistd.h>

/* The helpers of xtcp_test.h ask this variable whose sockets are meant. */
static int switch_to(enum wire_stack stack)
{
	int was = xt_proto;

	if (stack == KERNEL)
		xt_proto = IPPROTO_TCP;
	return was;
}

void wire_knob(int wire)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", wire);
	if (!xt_is_tcp())
		xt_sysctl("wire", text);
}

void wire_ns(void)
{
	xt_ns();
	wire_knob(XTCP_WIRE_TCP);
}

int wire_socket(enum wire_stack stack, enum xt_fam fam)
{
	int was = switch_to(stack);
	int fd = xt_socket(fam);

	xt_proto = was;
	return fd;
}

int wire_bound(enum wire_stack stack, enum xt_fam fam, __u16 port)
{
	int was = switch_to(stack);
	int fd = xt_bound(fam, port);

	xt_proto = was;
	return fd;
}

int wire_listen(enum wire_stack stack, enum xt_fam fam, __u16 port)
{
	int fd = wire_bound(stack, fam, port);

	if (listen(fd, 8))
		xt_die("listen");
	return fd;
}

int wire_connect(enum wire_stack stack, enum xt_fam fam, __u16 port)
{
	int was = switch_to(stack);
	int fd = xt_connect(fam, port);

	xt_proto = was;
	return fd;
}

enum xt_state wire_state(enum wire_stack stack, __u16 lport, __u16 rport)
{
	int was = switch_to(stack);
	enum xt_state seen = xt_state(lport, rport);

	xt_proto = was;
	return seen;
}

enum xt_state wire_wait_state(enum wire_stack stack, __u16 lport, __u16 rport,
			      enum xt_state want)
{
	int was = switch_to(stack);
	enum xt_state seen = xt_wait_state(lport, rport, want);

	xt_proto = was;
	return seen;
}

void wire_pair(enum wire_stack client, enum wire_stack server, enum xt_fam fam,
	       int *cfd, int *sfd)
{
	int listener = wire_listen(server, fam, 0);

	*cfd = wire_connect(client, fam, xt_port(listener));
	*sfd = xt_accept(listener);
	close(listener);
}

void wire_reuse(int fd, enum wire_reuse reuse)
{
	bool addr = reuse == REUSE_ADDR || reuse == REUSE_BOTH;
	bool port = reuse == REUSE_PORT || reuse == REUSE_BOTH;

	if (xt_set(fd, SOL_SOCKET, SO_REUSEADDR, addr) ||
	    xt_set(fd, SOL_SOCKET, SO_REUSEPORT, port))
		xt_die("SO_REUSE...");
}

/* Binds and lets go again; returns 0 or what errno said. */
int wire_try_bind(enum wire_stack stack, const union xt_addr *addr,
		  enum wire_reuse reuse)
{
	enum xt_fam fam = addr->sa.sa_family == AF_INET ? XT_V4 : XT_V6;
	int fd = wire_socket(stack, fam);
	int err = 0;

	wire_reuse(fd, reuse);
	if (bind(fd, &addr->sa, sizeof(*addr)))
		err = errno;
	close(fd);
	return err;
}

/* Waits until @stack may have @port, at all addresses. */
bool wire_wait_free(enum wire_stack stack, __u16 port)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	union xt_addr any;
	int err;

	xt_any(XT_V6, port, &any);
	while ((err = wire_try_bind(stack, &any, REUSE_NONE)) == EADDRINUSE &&
	       xt_now_ms() < end)
		xt_pause();
	return !err;
}

__u64 wire_stat(enum wire_stack stack, const char *name)
{
	__u64 value;

	if (stack == OURS && !xt_is_tcp())
		return wire_counter("/proc/net/xtcp_stat", NULL, name);
	value = wire_counter("/proc/net/snmp", "Tcp:", name);
	return value ?: wire_counter("/proc/net/netstat", "TcpExt:", name);
}

bool wire_wait_stat(enum wire_stack stack, const char *name, __u64 least)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;

	while (wire_stat(stack, name) < least) {
		if (xt_now_ms() >= end)
			return false;
		xt_pause();
	}
	return true;
}
