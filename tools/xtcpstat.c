// SPDX-License-Identifier: GPL-2.0
/* xtcpstat: shows the connections, listeners and counters of xtcp, as ss and netstat do for TCP. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ends.h"
#include "forecast.h"
#include "process.h"
#include "show.h"
#include "util.h"
#include "version.h"

#define EXIT_USAGE	2
#define WATCH_MAX_S	86400

enum {
	OPT_ENDS = 256,
	OPT_FORECAST,
	OPT_JSON,
	OPT_WATCH,
	OPT_LEDGER,
};

/**
 * struct options - the command line
 * @show: what to show
 * @listening: -l
 * @counters: -s
 * @ledger: --ledger
 * @ends: --ends
 * @forecast: --forecast
 * @json: --json
 * @watch_s: seconds between displays, 0 for one display only
 * @net: the other network namespace, NULL for the own
 */
struct options {
	struct show show;
	bool listening;
	bool counters;
	bool ledger;
	bool ends;
	bool forecast;
	bool json;
	double watch_s;
	const char *net;
};

static const struct option long_options[] = {
	{ "all",	no_argument,		NULL, 'a' },
	{ "listening",	no_argument,		NULL, 'l' },
	{ "numeric",	no_argument,		NULL, 'n' },
	{ "processes",	no_argument,		NULL, 'p' },
	{ "options",	no_argument,		NULL, 'o' },
	{ "timers",	no_argument,		NULL, 'o' },
	{ "extended",	no_argument,		NULL, 'e' },
	{ "info",	no_argument,		NULL, 'i' },
	{ "kill",	no_argument,		NULL, 'K' },
	{ "statistics",	no_argument,		NULL, 's' },
	{ "tcp",	no_argument,		NULL, 't' },
	{ "ipv4",	no_argument,		NULL, '4' },
	{ "ipv6",	no_argument,		NULL, '6' },
	{ "no-header",	no_argument,		NULL, 'H' },
	{ "net",	required_argument,	NULL, 'N' },
	{ "ledger",	no_argument,		NULL, OPT_LEDGER },
	{ "ends",	no_argument,		NULL, OPT_ENDS },
	{ "forecast",	no_argument,		NULL, OPT_FORECAST },
	{ "json",	no_argument,		NULL, OPT_JSON },
	{ "watch",	optional_argument,	NULL, OPT_WATCH },
	{ "help",	no_argument,		NULL, 'h' },
	{ "version",	no_argument,		NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

#define USAGE	"Usage: xtcpstat [OPTION]... [FILTER]\n"

static void print_help(void)
{
	fputs(USAGE
	      "Show the connections, listeners and counters of xtcp.\n"
	      "\n"
	      "  -a, --all              all states (without: no listeners, TIME-WAIT, SYN-RECV)\n"
	      "  -l, --listening        listeners only; Recv-Q and Send-Q are length and limit of\n"
	      "                         the accept queue\n"
	      "      --ledger           listeners, with all that happened to what came to them\n"
	      "  -n, --numeric          do not resolve addresses and ports\n"
	      "  -p, --processes        show the processes that hold a socket\n"
	      "  -o, --timers           show timers\n"
	      "  -e, --extended         show user id and inode\n"
	      "  -i, --info             show what keepalive found out: probes sent and answered\n"
	      "  -K, --kill             end the connections shown, for a filter only\n"
	      "  -4, --ipv4             IPv4 only\n"
	      "  -6, --ipv6             IPv6 only\n"
	      "  -s, --statistics       show counters and their meanings; with -a the zero ones too\n"
	      "      --ends             show connections that ended lately, and why; with -a the causes\n"
	      "                         that never were, too\n"
	      "      --forecast         show the ports left toward each destination, and when\n"
	      "                         they run out\n"
	      "  -H, --no-header        no head line\n"
	      "  -N, --net NAME|PID     look into another network namespace\n"
	      "      --json             print JSON\n"
	      "      --watch[=SECONDS]  repeat the display, every second if not told otherwise\n"
	      "  -t, --tcp              ignored, for the fingers\n"
	      "  -h, --help             print this\n"
	      "  -V, --version          print the version\n"
	      "\n"
	      "FILTER is [state NAME]... [exclude NAME]... [EXPRESSION], as in ss:\n"
	      "  xtcpstat -n state time-wait\n"
	      "  xtcpstat -np 'sport = :80 or dport = :443'\n"
	      "  xtcpstat -a src 10.0.0.0/8 and not dst 10.1.2.3\n", stdout);
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *end;

	if (!text) {
		*seconds = 1;
		return true;
	}
	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds >= 0.001 && *seconds <= WATCH_MAX_S;
}

/* Short, so that the message above it stays in sight. */
static int bad_usage(void)
{
	fputs(USAGE "Try 'xtcpstat --help' for more.\n", stderr);
	return EXIT_USAGE;
}

/* Return: -1 to go on, else the status to exit with. */
static int take_option(struct options *o, int opt)
{
	struct show *show = &o->show;

	switch (opt) {
	case 'a':
		show->all = true;
		break;
	case 'l':
		o->listening = true;
		break;
	case 'n':
		show->numeric = true;
		break;
	case 'p':
		show->processes = true;
		break;
	case 'o':
		show->timers = true;
		break;
	case 'e':
		show->owner = true;
		break;
	case 'i':
		show->info = true;
		break;
	case 'K':
		show->kill = true;
		break;
	case 's':
		o->counters = true;
		break;
	case 't':
		break;
	case '4':
		show->families |= SOURCE_V4;
		break;
	case '6':
		show->families |= SOURCE_V6;
		break;
	case 'H':
		show->header = false;
		break;
	case 'N':
		o->net = optarg;
		break;
	case OPT_LEDGER:
		o->ledger = true;
		o->listening = true;
		break;
	case OPT_FORECAST:
		o->forecast = true;
		break;
	case OPT_ENDS:
		o->ends = true;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_WATCH:
		if (parse_seconds(optarg, &o->watch_s))
			break;
		util_warn("not a number of seconds: %s", optarg);
		return bad_usage();
	case 'h':
		print_help();
		return 0;
	case 'V':
		puts("xtcpstat " XTCP_TOOLS_VERSION);
		return 0;
	default:
		return bad_usage();
	}
	return -1;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	struct show *show = &o->show;
	int opt, ret;

	while ((opt = getopt_long(argc, argv, "alnpoiesKt46HN:hV", long_options, NULL)) != -1) {
		ret = take_option(o, opt);
		if (ret >= 0)
			return ret;
	}
	if (!filter_parse(&show->filter, argc - optind, argv + optind))
		return bad_usage();
	if (o->counters && o->ledger) {
		util_warn("-s and --ledger: one at a time");
		return bad_usage();
	}
	if (o->counters && optind < argc) {
		util_warn("counters take no filter: %s", argv[optind]);
		return bad_usage();
	}
	if (show->kill && (optind == argc || o->counters || o->ends || o->forecast || o->json ||
			   o->watch_s > 0)) {
		util_warn("--kill takes a filter, and nothing but a listing");
		return bad_usage();
	}
	if (!show->families)
		show->families = SOURCE_V4 | SOURCE_V6;
	if (!show->filter.states_given) {
		show->filter.states = STATES_DEFAULT;
		if (o->listening)
			show->filter.states = STATE_BIT(CONN_LISTEN);
		if (show->all || o->ends)
			show->filter.states = STATES_ALL;
	}
	show->ledgers = o->listening;
	/* A listener is no connection. */
	if (show->kill)
		show->filter.states &= ~STATES_LISTEN;
	show->changes = o->counters && o->watch_s > 0;
	return -1;
}

static int display(const struct options *o)
{
	if (o->forecast)
		return o->json ? forecast_show_json(&o->show) : forecast_show(&o->show);
	if (o->ends)
		return o->json ? ends_show_json(&o->show) : ends_show(&o->show);
	if (o->counters)
		return o->json ? counters_show_json(&o->show) : counters_show(&o->show);
	if (o->ledger && !o->json)
		return ledger_show(&o->show);
	return o->json ? list_show_json(&o->show) : list_show(&o->show);
}

static int flush_output(void)
{
	if (fflush(stdout) || ferror(stdout)) {
		util_warn("write error: %s", strerror(errno));
		return 1;
	}
	return 0;
}

/* On a terminal each display takes the place of the one before, else it follows it. */
static int watch(const struct options *o)
{
	bool terminal = isatty(STDOUT_FILENO) && !o->json;
	struct timespec pause = {
		.tv_sec = (time_t)o->watch_s,
		.tv_nsec = (long)((o->watch_s - (time_t)o->watch_s) * 1e9),
	};
	bool first = true;
	char clock[32];
	struct tm tm;
	time_t now;
	int ret;

	for (;;) {
		if (terminal)
			fputs("\033[H\033[2J", stdout);
		else if (!first && !o->json)
			putchar('\n');
		now = time(NULL);
		if (!o->json && o->show.header && localtime_r(&now, &tm) &&
		    strftime(clock, sizeof(clock), "%Y-%m-%d %H:%M:%S", &tm))
			printf("%s, every %gs\n", clock, o->watch_s);
		ret = display(o);
		ret |= flush_output();
		if (ret)
			return ret;
		first = false;
		nanosleep(&pause, NULL);
	}
}

/* A namespace is named as "ip netns" names it, or by a process in it. */
static int enter_net(const char *name)
{
	char *path;
	int fd, ret = 0;

	if (strchr(name, '/'))
		path = util_strdup(name);
	else
		path = util_printf("/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && isdigit((unsigned char)*name)) {
		free(path);
		path = util_printf("/proc/%s/ns/net", name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		util_warn("network namespace %s: %s", name, strerror(errno));
		ret = 1;
	}
	if (fd >= 0)
		close(fd);
	free(path);
	return ret;
}

static int run(const struct options *o)
{
	if (o->net && enter_net(o->net))
		return 1;
	if (o->watch_s > 0)
		return watch(o);
	return display(o) | flush_output();
}

int main(int argc, char **argv)
{
	struct options o = {
		.show.source = &source_procfs,
		.show.header = true,
	};
	int ret;

	ret = parse_options(&o, argc, argv);
	if (ret < 0)
		ret = run(&o);
	else if (!ret)
		ret = flush_output();
	filter_free(&o.show.filter);
	return ret;
}
