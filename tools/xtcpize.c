// SPDX-License-Identifier: GPL-2.0
/*
 * xtcpize: runs an unmodified program on xtcp, by a library that is loaded before its own; or,
 * where none can be, by a hook in the kernel.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hook.h"
#include "inspect.h"
#include "launch.h"
#include "settings.h"
#include "util.h"
#include "version.h"

#define EXIT_USAGE	2
/* xtcpize itself failed, as env(1) has it. */
#define EXIT_SELF	125

/* What the command line says. */
static struct {
	const char *wire;
	const char *port;
	bool hook;
} options;

static const struct option long_options[] = {
	{ "wire",	required_argument,	NULL, 'w' },
	{ "port",	required_argument,	NULL, 'p' },
	{ "hook",	no_argument,		NULL, 'k' },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

#define USAGE	"Usage: xtcpize run [OPTION]... [--] PROGRAM [ARGUMENT]...\n"		\
		"       xtcpize check [--] PROGRAM...\n"

static void print_help(void)
{
	fputs(USAGE
	      "Run an unmodified program on xtcp: its TCP sockets become xtcp's.\n"
	      "\n"
	      "  run              run PROGRAM, found as a shell would find it\n"
	      "  check            say of each PROGRAM whether it can be run, and if not why\n"
	      "\n"
	      "  -w, --wire WIRE  go on the wire as xtcp, as tcp, or, where it listens, as both\n"
	      "  -p, --port LIST  only sockets bound or connected to these ports, as 22,8000-8100\n"
	      "  -k, --hook       by the kernel's hook, not by a library; needs root, Linux 6.6\n"
	      "  -h, --help       print this\n"
	      "  -V, --version    print the version\n"
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

static int refuse(const char *program, int status, const char *reason)
{
	util_warn("%s cannot be run on xtcp: %s", program, reason);
	return status;
}

/* Tells the library; without options it hears what the environment says already. */
static int tell_library(void)
{
	char *value;
	int ret;

	if (!options.wire && !options.port)
		return 0;
	value = util_printf("%s%s%s%s%s", options.wire ? "wire=" : "",
			    options.wire ? options.wire : "",
			    options.wire && options.port ? " " : "",
			    options.port ? "port=" : "", options.port ? options.port : "");
	ret = setenv(SETTINGS_VARIABLE, value, 1);
	if (ret)
		util_warn("%s: %s", SETTINGS_VARIABLE, strerror(errno));
	free(value);
	return ret;
}

/* The kernel's hook sees a socket when it is made, and knows of no wires. */
static int prepare_hook(const char *program)
{
	char *reason;

	if (options.wire || options.port)
		return refuse(program, EXIT_CANNOT,
			      "--wire and --port need the library, and the hook has none");
	reason = hook_enter();
	return reason ? refuse(program, EXIT_CANNOT, reason) : 0;
}

static int prepare_library(void)
{
	return tell_library() || launch_preload() ? EXIT_SELF : 0;
}

/* Asked once, and only if it matters, as it takes a while. */
static const char *missing_hook(void)
{
	static char *missing;
	static bool asked;

	if (!asked)
		missing = hook_missing();
	asked = true;
	return missing;
}

/* Which of the two ways @v leaves; 0 when it has been made ready. */
static int prepare(const char *program, const struct verdict *v)
{
	const char *why_not;

	if (!options.hook && !v->status)
		return prepare_library();
	if (v->status && !v->runs)
		return refuse(program, v->status, v->reason);
	why_not = options.wire || options.port ? NULL : missing_hook();
	if (why_not && v->status)
		return refuse(program, v->status,
			      util_printf("%s; and %s", v->reason, why_not));
	return prepare_hook(program);
}

static int run_program(char **argv)
{
	struct settings asked;
	struct verdict v;
	char *reason;
	int ret;

	if (!settings_parse(getenv(SETTINGS_VARIABLE), &asked)) {
		util_warn("the environment's %s makes no sense", SETTINGS_VARIABLE);
		return EXIT_SELF;
	}
	inspect_program(argv[0], &v);
	if (v.status == EXIT_NOT_FOUND)
		return refuse(argv[0], v.status, v.reason);
	if (options.wire)
		settings_parse_wire(options.wire, strlen(options.wire), &asked);
	reason = launch_probe(asked.off ? 0 : asked.wire);
	if (reason)
		return refuse(argv[0], EXIT_CANNOT, reason);
	ret = prepare(argv[0], &v);
	if (ret)
		return ret;
	execvp(v.path, argv);
	ret = errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
	util_warn("%s: %s", argv[0], strerror(errno));
	return ret;
}

static int check_program(const char *program)
{
	const char *missing;
	struct verdict v;
	int status;

	inspect_program(program, &v);
	status = v.status;
	missing = v.runs ? missing_hook() : NULL;
	if (!v.status) {
		printf("%s: can be run on xtcp\n", program);
	} else if (!v.runs) {
		printf("%s: cannot be run on xtcp: %s\n", program, v.reason);
	} else if (missing) {
		printf("%s: cannot be run on xtcp: %s; and %s\n", program, v.reason, missing);
	} else {
		printf("%s: can be run on xtcp, by the kernel's hook: %s\n", program, v.reason);
		status = 0;
	}
	inspect_free(&v);
	return status;
}

/* The worst status wins: not found is worse than cannot. */
static int check_programs(char **argv)
{
	int status = 0, its;
	char *reason;

	for (; *argv; argv++) {
		its = check_program(*argv);
		if (its > status)
			status = its;
	}
	reason = launch_probe(0);
	if (reason)
		util_warn("note: %s", reason);
	free(reason);
	if (fflush(stdout) || ferror(stdout)) {
		util_warn("write error: %s", strerror(errno));
		return EXIT_SELF;
	}
	return status;
}

static bool take_wire(const char *word)
{
	struct settings s;

	options.wire = word;
	if (settings_parse_wire(word, strlen(word), &s))
		return true;
	util_warn("--wire: not a wire (xtcp, tcp or both): %s", word);
	return false;
}

static bool take_ports(const char *list)
{
	struct settings s;

	options.port = list;
	/* So that the whole fits into the environment's variable. */
	if (strlen(list) < SETTINGS_MAX - 64 && settings_parse_ports(list, strlen(list), &s))
		return true;
	util_warn("--port: not a list of ports, as 22,8000-8100: %s", list);
	return false;
}

/*
 * Options before the next word; those behind a program's name are the program's.
 *
 * Return: -1 to go on, else the status to exit with.
 */
static int parse_options(int argc, char **argv)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "+w:p:khV", long_options, NULL)) != -1) {
		switch (opt) {
		case 'w':
			if (!take_wire(optarg))
				return bad_usage();
			break;
		case 'p':
			if (!take_ports(optarg))
				return bad_usage();
			break;
		case 'k':
			options.hook = true;
			break;
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

/* Which command it is; NULL after a message. */
static const char *parse_command(const char *word)
{
	if (strcmp(word, "run") && strcmp(word, "check")) {
		util_warn("not a command: %s", word);
		return NULL;
	}
	return word;
}

int main(int argc, char **argv)
{
	const char *command;
	int ret;

	ret = parse_options(argc, argv);
	if (ret >= 0)
		return ret;
	command = optind < argc ? parse_command(argv[optind]) : NULL;
	if (!command)
		return bad_usage();
	argc -= optind;
	argv += optind;
	optind = 1;
	ret = parse_options(argc, argv);
	if (ret >= 0)
		return ret;
	if (optind == argc) {
		util_warn("%s: which program?", command);
		return bad_usage();
	}
	if (!strcmp(command, "run"))
		return run_program(argv + optind);
	if (options.wire || options.port || options.hook) {
		util_warn("check: --wire, --port and --hook are for run");
		return bad_usage();
	}
	return check_programs(argv + optind);
}
