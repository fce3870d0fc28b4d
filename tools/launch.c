// SPDX-License-Identifier: GPL-2.0
/* Makes ready for a program to run on xtcp: the module, the library and what that is told. */
#include <errno.h>
#include <limits.h>
#include <linux/xtcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launch.h"
#include "util.h"

#define LIBRARY		"libxtcpize.so"

static char *probe_wire(int fd, int wire)
{
	if (!setsockopt(fd, IPPROTO_XTCP, XTCP_WIRE, &wire, sizeof(wire)))
		return NULL;
	if (errno == ENOPROTOOPT)
		return util_printf("this xtcp module knows one wire only, so --wire is of no use");
	return util_printf("no xtcp socket can go on that wire: %s", strerror(errno));
}

/**
 * launch_probe() - is xtcp there?
 * @wire: the wire that is wanted, 0 for any
 *
 * Return: NULL if it is; else a clause that says what is missing, to be freed.
 */
char *launch_probe(int wire)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_XTCP);
	char *reason;

	if (fd >= 0) {
		reason = wire ? probe_wire(fd, wire) : NULL;
		close(fd);
		return reason;
	}
	if (errno == EPROTONOSUPPORT)
		return util_printf("the xtcp module is not loaded; load it with: modprobe xtcp");
	return util_printf("no xtcp socket can be made: %s", strerror(errno));
}

/* @dir/@file as a path without links, to be freed; NULL if it is not there. */
static char *library_in(const char *dir, const char *file)
{
	char *path = util_printf("%s/%s", dir, file), *real;

	real = realpath(path, NULL);
	free(path);
	if (real && access(real, R_OK)) {
		free(real);
		real = NULL;
	}
	return real;
}

/*
 * The library stands next to the command where both were built, in ../lib/xtcp where both were
 * installed; the directory that was named when they were built comes last.
 *
 * Return: its path, to be freed; NULL after a message.
 */
static char *find_library(void)
{
	char exe[PATH_MAX], *slash, *path = NULL;
	ssize_t n;

	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n > 0) {
		exe[n] = '\0';
		slash = strrchr(exe, '/');
		if (slash)
			*slash = '\0';
		path = library_in(exe, LIBRARY);
		if (!path)
			path = library_in(exe, "../lib/xtcp/" LIBRARY);
	}
	if (!path)
		path = library_in(LIBDIR, LIBRARY);
	if (!path)
		util_warn("%s is neither next to this command, nor in ../lib/xtcp, nor in %s",
			  LIBRARY, LIBDIR);
	return path;
}

/* Put the library first; what the user preloads stays behind it. */
static int set_preload(const char *library)
{
	const char *old = getenv("LD_PRELOAD");
	char *value;
	int ret;

	if (strpbrk(library, ": ")) {
		util_warn("%s: LD_PRELOAD takes no path with a blank or a colon", library);
		return -1;
	}
	value = old && *old ? util_printf("%s:%s", library, old) : util_strdup(library);
	ret = setenv("LD_PRELOAD", value, 1);
	if (ret)
		util_warn("LD_PRELOAD: %s", strerror(errno));
	free(value);
	return ret;
}

/**
 * launch_preload() - put the library before the programs that this process becomes
 *
 * Return: 0, or -1 after a message.
 */
int launch_preload(void)
{
	char *library = find_library();
	int ret = library ? set_preload(library) : -1;

	free(library);
	return ret;
}
