// SPDX-License-Identifier: GPL-2.0
/*
 * Control groups, version 2 (the kernel's Documentation/admin-guide/cgroup-v2.rst).
 *
 * They are reached by a mount of our own that has no place in the tree of files: what is mounted on
 * /sys/fs/cgroup may be of version 1, or hidden, as it is from what "ip netns exec" runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/mount.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"

#define OWN_FILE	"/proc/self/cgroup"
#define OWN_PREFIX	"0::/"

/* Where this process is, from the root on, without a slash before it. */
static int own_path(char *path, size_t room)
{
	char line[PATH_MAX + 64];
	FILE *f = fopen(OWN_FILE, "re");
	int ret = -1;

	if (!f)
		return -1;
	while (ret && fgets(line, sizeof(line), f)) {
		if (strncmp(line, OWN_PREFIX, strlen(OWN_PREFIX)))
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(path, room, "./%s", line + strlen(OWN_PREFIX));
		ret = 0;
	}
	fclose(f);
	errno = ENODEV;
	return ret;
}

static int mount_tree(void)
{
	int fs = syscall(SYS_fsopen, "cgroup2", FSOPEN_CLOEXEC), tree = -1, saved;

	if (fs < 0)
		return -1;
	if (!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		tree = syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
	saved = errno;
	close(fs);
	errno = saved;
	return tree;
}

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/**
 * cgroup_own() - the cgroup that this process is in
 *
 * Return: a descriptor of its directory; -1 with errno set, to ENODEV if the kernel has no such
 * cgroups.
 */
int cgroup_own(void)
{
	int tree = mount_tree(), fd = -1, saved;
	char path[PATH_MAX + 64];

	if (tree < 0)
		return -1;
	if (!own_path(path, sizeof(path)))
		fd = open_dir(tree, path);
	saved = errno;
	close(tree);
	errno = saved;
	return fd;
}

/**
 * cgroup_make() - make a cgroup
 * @parent: the cgroup to make it in
 * @name: its name there
 *
 * Return: a descriptor of its directory; -1 with errno set.
 */
int cgroup_make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755))
		return -1;
	return open_dir(parent, name);
}

/**
 * cgroup_remove() - remove an empty cgroup
 * @parent: the cgroup that it is in
 * @name: its name there
 */
void cgroup_remove(int parent, const char *name)
{
	unlinkat(parent, name, AT_REMOVEDIR);
}

/**
 * cgroup_join() - move this process into a cgroup
 * @cgroup: a descriptor of its directory
 *
 * Return: 0, or -1 with errno set.
 */
int cgroup_join(int cgroup)
{
	int fd = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -1;
	ret = write(fd, "0", 1) == 1 ? 0 : -1;
	close(fd);
	return ret;
}

/**
 * cgroup_wait_empty() - wait until no process is left in a cgroup or below it
 * @cgroup: a descriptor of its directory
 */
void cgroup_wait_empty(int cgroup)
{
	struct pollfd p = { .events = POLLPRI };
	char text[128];
	ssize_t n;

	p.fd = openat(cgroup, "cgroup.events", O_RDONLY | O_CLOEXEC);
	while (p.fd >= 0) {
		n = pread(p.fd, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (n <= 0 || strstr(text, "populated 0"))
			break;
		if (poll(&p, 1, -1) < 0 && errno != EINTR)
			break;
	}
	if (p.fd >= 0)
		close(p.fd);
}
