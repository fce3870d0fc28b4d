// SPDX-License-Identifier: GPL-2.0
/* The procfs source: reads /proc/net/xtcp, xtcp6 and xtcp_stat. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "procfs.h"
#include "util.h"

/* The tests put files of their own here. */
static const char *proc_dir(void)
{
	const char *dir = getenv("XTCPSTAT_PROC");

	return dir && *dir ? dir : "/proc/net";
}

/**
 * open_proc() - open one of the module's files
 * @name: its name in the directory
 * @path: receives its path, freed by the caller whatever is returned
 *
 * Return: the stream, or NULL with errno set.
 */
static FILE *open_proc(const char *name, char **path)
{
	*path = util_printf("%s/%s", proc_dir(), name);
	return fopen(*path, "re");
}

static int complain_open(const char *path)
{
	if (errno == ENOENT)
		util_warn("the xtcp module is not loaded (no %s); load it with: modprobe xtcp",
			  path);
	else
		util_warn("%s: %s", path, strerror(errno));
	return 1;
}

/* Read to the end and say what went wrong, once. */
static int finish(FILE *f, const char *path, unsigned long bad, unsigned long first_bad)
{
	int ret = 0;

	if (ferror(f)) {
		util_warn("%s: %s", path, strerror(errno));
		ret = 1;
	}
	if (bad) {
		util_warn("%s: %lu line(s) not understood, the first is line %lu", path, bad,
			  first_bad);
		ret = 1;
	}
	fclose(f);
	return ret;
}

static int read_conns(FILE *f, const char *path, int family, source_conn_fn fn, void *arg)
{
	unsigned long n = 0, bad = 0, first_bad = 0;
	long hz = sysconf(_SC_CLK_TCK);
	char *line = NULL;
	struct conn c;
	size_t size = 0;
	ssize_t len;

	if (hz <= 0)
		hz = 100;
	errno = 0;
	while ((len = getline(&line, &size, f)) > 0) {
		if (!n++)	/* the head */
			continue;
		if (strlen(line) == (size_t)len && procfs_parse_conn(line, family, hz, &c))
			fn(&c, arg);
		else if (!bad++)
			first_bad = n;
	}
	free(line);
	return finish(f, path, bad, first_bad);
}

static int procfs_conns(unsigned int families, source_conn_fn fn, void *arg)
{
	char *path4, *path6 = NULL;
	FILE *f4, *f6 = NULL;
	int ret = 0;

	/* The IPv4 file is always there; the other is not on a kernel without IPv6. */
	f4 = open_proc("xtcp", &path4);
	if (!f4) {
		ret = complain_open(path4);
		goto out;
	}
	if (families & SOURCE_V4)
		ret = read_conns(f4, path4, AF_INET, fn, arg);
	else
		fclose(f4);
	if (!(families & SOURCE_V6))
		goto out;
	f6 = open_proc("xtcp6", &path6);
	if (f6)
		ret |= read_conns(f6, path6, AF_INET6, fn, arg);
	else if (errno != ENOENT)
		ret |= complain_open(path6);
out:
	free(path4);
	free(path6);
	return ret;
}

static int procfs_counters(source_counter_fn fn, void *arg)
{
	unsigned long n = 0, bad = 0, first_bad = 0;
	struct counter c;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	char *path;
	int ret;
	FILE *f;

	f = open_proc("xtcp_stat", &path);
	if (!f) {
		ret = complain_open(path);
		free(path);
		return ret;
	}
	errno = 0;
	while ((len = getline(&line, &size, f)) > 0) {
		n++;
		if (strlen(line) == (size_t)len && procfs_parse_counter(line, &c))
			fn(&c, arg);
		else if (!bad++)
			first_bad = n;
	}
	free(line);
	ret = finish(f, path, bad, first_bad);
	free(path);
	return ret;
}

const struct source source_procfs = {
	.name		= "procfs",
	.conns		= procfs_conns,
	.counters	= procfs_counters,
};
