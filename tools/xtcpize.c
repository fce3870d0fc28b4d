// SPDX-License-Identifier: GPL-2.0
/* xtcpize: runs an unmodified program on xtcp, by a library that is loaded before its own. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/xtcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect.h"
#include "util.h"
#include "version.h"

#define EXIT_USAGE	2
/* xtcpize itself failed, as env(1) has it. */
#define EXIT_SELF	125

#define LIBRARY		"libxtcpize.so"

static const struct option long_options[] = {
	{ "help",	no_argument,	NULL, 'h' },
	{ "version",	no_argument,	NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

#define USAGE	"Usage: xtcpize run [--] PROGRAM [ARGUMENT]...\n"			\
		"       xtcpize check PROGRAM...\n"

static void print_help(void)
{
	fputs(USAGE
	      "Run an unmodified program on xtcp: its TCP sockets become xtcp's.\n"
	      "\n"
	      "  run            run PROGRAM, found as a shell would find it\n"
	      "  check          say of each PROGRAM whether it can be run, and if not why\n"
	      "  -h, --help     print this\n"
	      "  -V, --version  print the version\n"
	      "\n"
	      "Exit status: that of PROGRAM; 2 for bad usage, 125 if xtcpize fails, 126 if PROGRAM\n"
	      "cannot be run on xtcp, 127 if it is not found.\n", stdout);
}

/* Short, so that the message above it stays in sight. */
static int bad_usage(void)
{
	fputs(USAGE "Try 'xtcpize --help' for more.\n", stderr);
	return EXIT_USAGE;
}

/* The reason why no xtcp socket is to be had, to be freed; NULL if one is. */
static char *probe_module(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_XTCP);

	if (fd >= 0) {
		close(fd);
		return NULL;
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

static int run_program(char **argv)
{
	struct verdict v;
	char *reason, *library;
	int ret;

	inspect_program(argv[0], &v);
	if (v.status) {
		util_warn("%s cannot be run on xtcp: %s", argv[0], v.reason);
		return v.status;
	}
	reason = probe_module();
	if (reason) {
		util_warn("%s cannot be run on xtcp: %s", argv[0], reason);
		return EXIT_CANNOT;
	}
	library = find_library();
	if (!library || set_preload(library))
		return EXIT_SELF;
	execvp(v.path, argv);
	ret = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
	util_warn("%s: %s", argv[0], strerror(errno));
	return ret;
}

/* The worst status wins: not found is worse than cannot. */
static int check_programs(char **argv)
{
	struct verdict v;
	int status = 0;
	char *reason;

	for (; *argv; argv++) {
		inspect_program(*argv, &v);
		if (v.status)
			printf("%s: cannot be run on xtcp: %s\n", *argv, v.reason);
		else
			printf("%s: can be run on xtcp\n", *argv);
		if (v.status > status)
			status = v.status;
		inspect_free(&v);
	}
	reason = probe_module();
	if (reason)
		util_warn("note: %s", reason);
	free(reason);
	if (fflush(stdout) || ferror(stdout)) {
		util_warn("write error: %s", strerror(errno));
		return EXIT_SELF;
	}
	return status;
}

/*
 * Options before the next word; those behind a program's name are the program's.
 *
 * Return: -1 to go on, else the status to exit with.
 */
static int parse_options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "+hV", long_options, NULL)) != -1) {
		switch (opt) {
		case 'h':
			print_help();
			return 0;
		case 'V':
			puts("xtcpize " XTCP_TOOLS_VERSION);
			return 0;
		default:
			return bad_usage();
		}
	}
	return -1;
}

int main(int argc, char **argv)
{
	const char *command;
	int ret;

	ret = parse_options(argc, argv);
	if (ret >= 0)
		return ret;
	if (optind == argc)
		return bad_usage();
	command = argv[optind];
	argc -= optind;
	argv += optind;
	optind = 1;
	if (strcmp(command, "run") && strcmp(command, "check")) {
		util_warn("not a command: %s", command);
		return bad_usage();
	}
	ret = parse_options(argc, argv);
	if (ret >= 0)
		return ret;
	if (optind == argc) {
		util_warn("%s: which program?", command);
		return bad_usage();
	}
	return strcmp(command, "run") ? check_programs(argv + optind) : run_program(argv + optind);
}
