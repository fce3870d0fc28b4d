// SPDX-License-Identifier: GPL-2.0
/* Which processes hold a socket open, by its inode: a walk over /proc/PID/fd. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "util.h"

#define BUCKETS	16384U

/* Links such as "socket:[18446744073709551615]". */
#define LINK_PREFIX	"socket:["
#define LINK_MAX_LEN	40

struct name {
	struct name *next;
	char text[];
};

static struct holder *buckets[BUCKETS];
static struct name *names;

static struct holder **bucket(__u64 inode)
{
	return &buckets[inode % BUCKETS];
}

static void add_holder(__u64 inode, pid_t pid, int fd, const char *name)
{
	struct holder *h = util_alloc(sizeof(*h));
	struct holder **head = bucket(inode);

	h->inode = inode;
	h->pid = pid;
	h->fd = fd;
	h->name = name;
	h->next = *head;
	*head = h;
}

/* Holders were pushed at the head: turn the chains, so that the lowest pid comes first. */
static void reverse_chains(void)
{
	struct holder *h, *next, *done;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		done = NULL;
		for (h = buckets[i]; h; h = next) {
			next = h->next;
			h->next = done;
			done = h;
		}
		buckets[i] = done;
	}
}

/* Part of a number in a name of /proc, without sign or blank. */
static bool get_id(const char *text, char end, unsigned long long *id)
{
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*id = strtoull(text, &stop, 10);
	return !errno && *stop == end;
}

static const char *read_name(int proc_fd)
{
	struct name *n;
	char text[64];
	ssize_t len;
	int fd;

	fd = openat(proc_fd, "comm", O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (len < 0)
		len = 0;
	if (len && text[len - 1] == '\n')
		len--;
	n = util_alloc(sizeof(*n) + len + 1);
	memcpy(n->text, text, len);
	n->next = names;
	names = n;
	return n->text;
}

static void scan_fds(DIR *fds, int proc_fd, pid_t pid)
{
	unsigned long long fd, inode;
	const char *name = NULL;
	char link[LINK_MAX_LEN];
	struct dirent *de;
	ssize_t len;

	while ((de = readdir(fds))) {
		if (!get_id(de->d_name, '\0', &fd))
			continue;
		len = readlinkat(dirfd(fds), de->d_name, link, sizeof(link) - 1);
		if (len <= 0)
			continue;
		link[len] = '\0';
		if (strncmp(link, LINK_PREFIX, strlen(LINK_PREFIX)) ||
		    !get_id(link + strlen(LINK_PREFIX), ']', &inode))
			continue;
		if (!name)
			name = read_name(proc_fd);
		add_holder(inode, pid, fd, name);
	}
}

/* A process may end while it is looked at, or belong to someone else: it then has no part. */
static void scan_process(int root_fd, const char *dir, pid_t pid)
{
	int proc_fd, fd;
	DIR *fds;

	proc_fd = openat(root_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return;
	fd = openat(proc_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds = fd < 0 ? NULL : fdopendir(fd);
	if (fds) {
		scan_fds(fds, proc_fd, pid);
		closedir(fds);
	} else if (fd >= 0) {
		close(fd);
	}
	close(proc_fd);
}

/**
 * process_scan() - look at all processes anew
 *
 * Those of other users are seen only with CAP_SYS_PTRACE.
 */
void process_scan(void)
{
	unsigned long long pid;
	struct dirent *de;
	DIR *root;

	process_forget();
	root = opendir("/proc");
	if (!root) {
		util_warn("/proc: %s", strerror(errno));
		return;
	}
	while ((de = readdir(root))) {
		if (get_id(de->d_name, '\0', &pid))
			scan_process(dirfd(root), de->d_name, pid);
	}
	closedir(root);
	reverse_chains();
}

/**
 * process_forget() - free what process_scan() found
 */
void process_forget(void)
{
	struct holder *h;
	struct name *n;
	unsigned int i;

	for (i = 0; i < BUCKETS; i++) {
		while ((h = buckets[i])) {
			buckets[i] = h->next;
			free(h);
		}
	}
	while ((n = names)) {
		names = n->next;
		free(n);
	}
}

static const struct holder *of_inode(const struct holder *h, __u64 inode)
{
	while (h && h->inode != inode)
		h = h->next;
	return h;
}

/**
 * process_first() - first holder of a socket
 * @inode: the socket's; 0 is no socket
 *
 * Return: the holder, NULL if none is known.
 */
const struct holder *process_first(__u64 inode)
{
	return inode ? of_inode(*bucket(inode), inode) : NULL;
}

/**
 * process_next() - next holder of the same socket
 * @h: the one before
 *
 * Return: the holder, NULL after the last.
 */
const struct holder *process_next(const struct holder *h)
{
	return of_inode(h->next, h->inode);
}
