// SPDX-License-Identifier: GPL-2.0
/*
 * Runs a program with its sockets turned by the kernel: in a cgroup of its own, for which a BPF
 * program is put on the kernel's hook.
 *
 * The hook is taken off when the descriptor is closed, and the program must not know of that
 * descriptor: a keeper, a process outside the cgroup and no child of the program's, holds it until
 * the cgroup is empty, and then removes that, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "hook.h"
#include "hook_bpf.h"
#include "util.h"

/* What the keeper holds, from here on without gaps, so that all else can be closed. */
enum {
	KEEP_PARENT,		/* the cgroup that we were in */
	KEEP_CGROUP,
	KEEP_START,		/* a pipe that ends when the program is in its cgroup */
	KEEP_HOOK,
	KEEP_DISGUISE,
	KEEP_N
};

/* A clause for errno as finding and loading set it, to be freed. */
static char *explain(void)
{
	switch (errno) {
	case ENODEV:
		return util_printf("this kernel has no cgroups of version 2, which a hook needs");
	case ENOENT:
		return util_printf("this kernel has no BTF, by which a hook would be found");
	case ESRCH:
		return util_printf("this kernel has no hook for its sockets (%s)",
				   "Linux 6.6 and later have one, with CONFIG_MPTCP");
	case EPERM:
	case EACCES:
		return util_printf("only root may have the kernel turn its sockets");
	default:
		return util_printf("the kernel does not take the hook for its sockets: %s",
				   strerror(errno));
	}
}

/**
 * hook_missing() - can the kernel turn a program's sockets?
 *
 * Tries all but the last step. Changes nothing.
 *
 * Return: NULL if it can; else a clause that says why not, to be freed.
 */
char *hook_missing(void)
{
	int hook = hook_bpf_find(), own = hook < 0 ? -1 : cgroup_own();
	int prog = own < 0 ? -1 : hook_bpf_load(hook, own);
	char *reason = prog < 0 ? explain() : NULL;

	if (prog >= 0)
		close(prog);
	if (own >= 0)
		close(own);
	return reason;
}

static void keep(const int *held, const char *name)
{
	char none;
	int i, fd;

	setsid();
	prctl(PR_SET_NAME, "xtcpize-keeper");
	/* Whoever reads what the program writes waits for all writers to go. */
	for (i = 0; i < KEEP_N; i++)
		dup2(held[i], i);
	close_range(KEEP_N, ~0U, 0);
	if (chdir("/"))
		_exit(1);
	do {
		fd = read(KEEP_START, &none, 1);
	} while (fd < 0 && errno == EINTR);
	cgroup_wait_empty(KEEP_CGROUP);
	cgroup_remove(KEEP_PARENT, name);
	_exit(0);
}

/* By a child in between, so that the program has no child that it did not make. */
static int start_keeper(const int *held, const char *name)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return -1;
	if (!child) {
		child = fork();
		if (!child)
			keep(held, name);
		_exit(child < 0);
	}
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	if (status)
		errno = EAGAIN;
	return status ? -1 : 0;
}

/* Moves descriptors beyond those that the keeper puts them to. */
static void lift(int *held)
{
	int i, fd;

	for (i = 0; i < KEEP_N; i++) {
		fd = held[i] < 0 ? -1 : fcntl(held[i], F_DUPFD_CLOEXEC, KEEP_N);
		if (fd < 0)
			continue;
		close(held[i]);
		held[i] = fd;
	}
}

static void close_all(const int *fds, int n)
{
	while (n-- > 0) {
		if (fds[n] >= 0)
			close(fds[n]);
	}
}

static int arm(int *held)
{
	int hook = hook_bpf_find();
	int prog = hook < 0 ? -1 : hook_bpf_load(hook, held[KEEP_CGROUP]);

	if (prog < 0)
		return -1;
	held[KEEP_HOOK] = hook_bpf_attach(prog);
	close(prog);
	if (held[KEEP_HOOK] >= 0)
		held[KEEP_DISGUISE] = hook_bpf_disguise(held[KEEP_CGROUP]);
	return held[KEEP_DISGUISE] < 0 ? -1 : 0;
}

/* The keeper begins to wait when the pipe ends: with this process in the cgroup, or dead. */
static int enter(int *held, const char *name)
{
	int ends[2], ret;

	held[KEEP_CGROUP] = cgroup_make(held[KEEP_PARENT], name);
	if (held[KEEP_CGROUP] < 0 || arm(held) || pipe2(ends, O_CLOEXEC))
		return -1;
	held[KEEP_START] = ends[0];
	lift(held);
	ret = start_keeper(held, name);
	if (!ret)
		ret = cgroup_join(held[KEEP_CGROUP]);
	close(ends[1]);
	return ret;
}

/**
 * hook_enter() - from here on the kernel turns the sockets of this process and its children
 *
 * Return: NULL; or a clause that says why not, to be freed.
 */
char *hook_enter(void)
{
	char *name = util_printf("xtcpize-%d", getpid()), *reason = NULL;
	int held[KEEP_N] = { -1, -1, -1, -1, -1 };

	held[KEEP_PARENT] = cgroup_own();
	if (held[KEEP_PARENT] < 0 || enter(held, name)) {
		reason = explain();
		if (held[KEEP_CGROUP] >= 0)
			cgroup_remove(held[KEEP_PARENT], name);
	}
	close_all(held, KEEP_N);
	free(name);
	return reason;
}
