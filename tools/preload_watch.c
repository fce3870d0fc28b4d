// SPDX-License-Identifier: GPL-2.0
/*
 * A descriptor's places in epoll sets, which it loses when another socket takes it over. The kernel
 * tells them in /proc/self/fdinfo of each set.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload.h"

#define EPOLL_LINK	"anon_inode:[eventpoll]"

static bool is_set(int dir, const char *name)
{
	char target[sizeof(EPOLL_LINK)];
	ssize_t n = readlinkat(dir, name, target, sizeof(target));

	return n == (ssize_t)strlen(EPOLL_LINK) && !memcmp(target, EPOLL_LINK, n);
}

/* One line is one descriptor in the set; @ino tells a file from another that had its number. */
static bool parse_line(const char *line, int fd, unsigned long ino, struct preload_watch *w)
{
	unsigned long its_ino;
	int its_fd;

	return sscanf(line, "tfd: %d events: %x data: %llx pos:%*d ino:%lx", &its_fd, &w->events,
		      &w->data, &its_ino) == 4 &&
	       its_fd == fd && its_ino == ino;
}

static bool find_in_set(int set, int fd, unsigned long ino, struct preload_watch *w)
{
	char path[64], line[256];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", set);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof(line), f))
		found = parse_line(line, fd, ino, w);
	fclose(f);
	w->set = set;
	return found;
}

/**
 * preload_watches() - find a descriptor's places in epoll sets
 * @fd: the descriptor
 * @found: receives them
 * @room: how many fit there
 *
 * Return: how many there are in @found.
 */
size_t preload_watches(int fd, struct preload_watch *found, size_t room)
{
	struct dirent *entry;
	struct stat st;
	size_t n = 0;
	DIR *dir;

	if (fstat(fd, &st))
		return 0;
	dir = opendir("/proc/self/fd");
	if (!dir)
		return 0;
	while (n < room) {
		entry = readdir(dir);
		if (!entry)
			break;
		if (is_set(dirfd(dir), entry->d_name) &&
		    find_in_set(atoi(entry->d_name), fd, st.st_ino, &found[n]))
			n++;
	}
	closedir(dir);
	return n;
}

/**
 * preload_rewatch() - give a descriptor its places back
 * @fd: the descriptor, by now of another socket
 * @found: the places
 * @n: how many
 *
 * Where the old socket lives on, by a copy of the descriptor, so does its place in the set.
 */
void preload_rewatch(int fd, const struct preload_watch *found, size_t n)
{
	struct epoll_event event;
	size_t i;

	for (i = 0; i < n; i++) {
		event.events = found[i].events;
		event.data.u64 = found[i].data;
		epoll_ctl(found[i].set, EPOLL_CTL_ADD, fd, &event);
	}
}
