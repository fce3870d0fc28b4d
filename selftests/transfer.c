// SPDX-License-Identifier: GPL-2.0
/*
 * Carries two pseudo-random byte streams over one connection, one each way,
 * and compares every byte that arrives with the byte that was sent (F-02, F-03).
 *
 * Byte i of a stream is a function of the seed and of i alone, so the first
 * wrong byte tells its place, and whether it is a repetition or a gap.
 */
#include "wire_settle.h"
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK_MAX	(256 << 10)
#define LAST_NOBODY	(-1)
#define LAST_BY_TURNS	2

enum mode {
	BOTH,		/* both directions at once */
	HALF,		/* the server answers only after the client's end */
};

struct plan {
	const char *ns[2];	/* client's and server's namespace, by name */
	const char *address;	/* the server's */
	const char *target;	/* where the client connects to, if elsewhere */
	int proto[2];		/* client's and server's, for socket() */
	__u64 size[2];		/* bytes from the client, from the server */
	__u64 seed;
	enum mode mode;
	unsigned int deadline;	/* seconds for all of it */
	int rounds;		/* connections, one after the other */
	int last;		/* side that sends its FIN after the other's, or LAST_ */
	bool quiet;
	bool settle;		/* look at what is left behind */
	bool resets_allowed;
	struct wire_counts before[2];
};

/* One end's view of a connection. */
struct end {
	const char *name;
	int fd;
	__u64 out_seed, in_seed;
	__u64 to_send, to_recv;
	__u64 sent, received;
	__u64 rnd;		/* for the sizes of the calls */
	__u64 stop;		/* deadline, by xt_now_ms() */
	bool out_done, in_done, wait_for_end, end_last;
};

static unsigned char buffer[CHUNK_MAX], expected[CHUNK_MAX];

static void fail(const struct end *e, const char *what)
{
	fprintf(stderr,
		"# %s: %s; sent %llu of %llu, received %llu of %llu (errno %d, %s)\n",
		e->name, what, e->sent, e->to_send, e->received, e->to_recv,
		errno, strerror(errno));
	exit(1);
}

static __u64 word_at(__u64 seed, __u64 index)
{
	__u64 state = seed + index * 0x9e3779b97f4a7c15ULL;

	return xt_random(&state);
}

/* Bytes @from to @from + @len of the stream with @seed. */
static void stream(__u64 seed, __u64 from, unsigned char *buf, size_t len)
{
	while (len) {
		__u64 word = word_at(seed, from / 8);
		size_t skip = from % 8;
		size_t n = 8 - skip < len ? 8 - skip : len;

		memcpy(buf, (unsigned char *)&word + skip, n);
		buf += n;
		from += n;
		len -= n;
	}
}

static void report_mismatch(struct end *e, size_t at, size_t len)
{
	size_t i;

	fprintf(stderr, "# %s: wrong byte at offset %llu\n# expected:", e->name,
		e->received + at);
	for (i = at; i < at + 16 && i < len; i++)
		fprintf(stderr, " %02x", expected[i]);
	fprintf(stderr, "\n# seen:    ");
	for (i = at; i < at + 16 && i < len; i++)
		fprintf(stderr, " %02x", buffer[i]);
	fprintf(stderr, "\n");
	errno = 0;
	fail(e, "the stream is damaged");
}

static size_t call_size(struct end *e)
{
	/* Mostly large, now and then tiny. */
	__u64 r = xt_random(&e->rnd);

	return 1 + (r >> 8) % (r & 3 ? CHUNK_MAX : 200);
}

static void send_some(struct end *e)
{
	size_t len = call_size(e);
	ssize_t n;

	if (len > e->to_send - e->sent)
		len = e->to_send - e->sent;
	if (len) {
		stream(e->out_seed, e->sent, buffer, len);
		n = send(e->fd, buffer, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			fail(e, "send");
		if (n > 0)
			e->sent += n;
	}
	if (e->sent == e->to_send && (e->in_done || !e->end_last)) {
		if (shutdown(e->fd, SHUT_WR))
			fail(e, "shutdown");
		e->out_done = true;
	}
}

static void recv_some(struct end *e)
{
	ssize_t n = recv(e->fd, buffer, call_size(e), MSG_DONTWAIT);
	ssize_t i;

	if (n < 0 && errno == EAGAIN)
		return;
	if (n < 0)
		fail(e, "recv");
	if (!n) {
		errno = 0;
		if (e->received != e->to_recv)
			fail(e, "the stream ended early");
		e->in_done = true;
		return;
	}
	errno = 0;
	if ((__u64)n > e->to_recv - e->received)
		fail(e, "more came than was sent");
	stream(e->in_seed, e->received, expected, n);
	if (memcmp(buffer, expected, n)) {
		for (i = 0; buffer[i] == expected[i]; i++)
			;
		report_mismatch(e, i, n);
	}
	e->received += n;
}

/* There are bytes to send, or an end, and it is time for it. */
static bool wants_out(const struct end *e)
{
	if (e->out_done || e->in_done)
		return !e->out_done;
	return !e->wait_for_end && !(e->end_last && e->sent == e->to_send);
}

static void drive(struct end *e)
{
	while (!e->out_done || !e->in_done) {
		struct pollfd p = { .fd = e->fd };
		__u64 now = xt_now_ms();

		errno = ETIMEDOUT;
		if (now >= e->stop)
			fail(e, "out of time");
		if (!e->in_done)
			p.events |= POLLIN;
		if (wants_out(e))
			p.events |= POLLOUT;
		if (poll(&p, 1, e->stop - now) < 0 && errno != EINTR)
			fail(e, "poll");
		if (p.revents & (POLLIN | POLLERR | POLLHUP) && !e->in_done)
			recv_some(e);
		if (p.revents & (POLLOUT | POLLERR) && p.events & POLLOUT)
			send_some(e);
	}
}

static void enter(const char *name)
{
	char path[128];
	int fd;

	if (!name)
		return;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		xt_die("namespace %s", name);
	close(fd);
}

static socklen_t parse(const char *text, __u16 port, union xt_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (inet_pton(AF_INET, text, &addr->v4.sin_addr) == 1) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(port);
		return sizeof(addr->v4);
	}
	if (inet_pton(AF_INET6, text, &addr->v6.sin6_addr) != 1)
		xt_die("'%s' is no address", text);
	addr->v6.sin6_family = AF_INET6;
	addr->v6.sin6_port = htons(port);
	return sizeof(addr->v6);
}

static int stream_socket(const union xt_addr *addr, int proto)
{
	int fd = socket(addr->sa.sa_family, SOCK_STREAM, proto);

	if (fd < 0)
		xt_die("socket");
	return fd;
}

static int make_listener(const struct plan *plan)
{
	union xt_addr addr;
	socklen_t len = parse(plan->address, 0, &addr);
	int fd;

	enter(plan->ns[1]);
	fd = stream_socket(&addr, plan->proto[1]);
	if (bind(fd, &addr.sa, len) || listen(fd, 4))
		xt_die("listen on %s", plan->address);
	return fd;
}

static void begin(struct end *e, const struct plan *plan, int side, int round)
{
	__u64 seed = plan->seed + round;

	e->name = side ? "server" : "client";
	e->out_seed = word_at(seed, side);
	e->in_seed = word_at(seed, !side);
	e->to_send = plan->size[side];
	e->to_recv = plan->size[!side];
	e->rnd = seed + 77 + side;
	e->stop = xt_now_ms() + 1000ULL * plan->deadline;
	e->wait_for_end = side && plan->mode == HALF;
	e->end_last = side == (plan->last == LAST_BY_TURNS ? round & 1 : plan->last);
}

static void serve(const struct plan *plan, int listener)
{
	int round;

	for (round = 0; round < plan->rounds; round++) {
		struct pollfd p = { .fd = listener, .events = POLLIN };
		struct end e = {};

		begin(&e, plan, 1, round);
		if (poll(&p, 1, 1000 * plan->deadline) != 1)
			fail(&e, "nobody connected");
		e.fd = accept(listener, NULL, NULL);
		if (e.fd < 0)
			fail(&e, "accept");
		drive(&e);
		close(e.fd);
	}
	exit(0);
}

/* A connect that a hostile path may delay, but not beyond the deadline. */
static void open_connection(struct end *e, const union xt_addr *addr, int proto)
{
	struct pollfd p = { .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	e->fd = stream_socket(addr, proto);
	xt_nonblock(e->fd, true);
	if (!connect(e->fd, &addr->sa, sizeof(*addr)))
		return;
	if (errno != EINPROGRESS)
		fail(e, "connect");
	p.fd = e->fd;
	if (poll(&p, 1, e->stop - xt_now_ms()) != 1)
		fail(e, "connect: out of time");
	if (getsockopt(e->fd, SOL_SOCKET, SO_ERROR, &err, &len))
		fail(e, "SO_ERROR");
	errno = err;
	if (err)
		fail(e, "connect");
}

static void run_client(const struct plan *plan, __u16 port)
{
	union xt_addr addr;
	int round;

	parse(plan->target ?: plan->address, port, &addr);
	enter(plan->ns[0]);
	for (round = 0; round < plan->rounds; round++) {
		struct end e = {};

		begin(&e, plan, 0, round);
		open_connection(&e, &addr, plan->proto[0]);
		drive(&e);
		close(e.fd);
	}
}

static void look_before(struct plan *plan)
{
	int side;

	for (side = 0; side < 2 && plan->settle; side++) {
		enter(plan->ns[side]);
		wire_count(&plan->before[side]);
	}
}

/* Neither side has a connection left, and neither had to be harsh. */
static bool fine_after(const struct plan *plan)
{
	static const char * const name[2] = { "client", "server" };
	bool resets = plan->resets_allowed, fine = true;
	int side;

	for (side = 0; side < 2 && plan->settle; side++) {
		enter(plan->ns[side]);
		fine &= wire_settled(name[side], plan->deadline);
		/* What one side repeats the other may have to refuse. */
		resets |= wire_repeated(&plan->before[side]);
	}
	for (side = 0; side < 2 && plan->settle; side++) {
		enter(plan->ns[side]);
		fine &= wire_unharmed(name[side], &plan->before[side], resets);
	}
	return fine;
}

/* A number of bytes, with k, M or G behind it for powers of 1024. */
static __u64 parse_size(const char *text)
{
	static const char units[] = "kMG";
	const char *unit;
	char *end;
	__u64 n = strtoull(text, &end, 0);

	unit = *end ? strchr(units, *end) : NULL;
	return unit ? n << 10 * (unit - units + 1) : n;
}

static void give_help(void)
{
	fprintf(stderr,
		"usage: transfer [-C client-netns] [-S server-netns] [-a address]\n"
		"                [-n bytes-up] [-m bytes-down] [-s seed] [-H]\n"
		"                [-t seconds] [-r rounds] [-q]\n"
		"                [-P tcp|xtcp,tcp|xtcp] [-A address-to-connect-to]\n"
		"                [-L client|server|turns] [-V] [-R]\n"
		"  -P  protocols of client and server\n"
		"  -L  who ends its stream after the other's end has come; or by\n"
		"      turns, the client in the first round\n"
		"  -V  afterwards look for connections left, resets, wrong checksums\n"
		"  -R  with -V: resets to connections that are gone are no fault\n");
	exit(2);
}

static int parse_proto(const char *name, size_t len)
{
	if (len == 3 && !strncmp(name, "tcp", 3))
		return IPPROTO_TCP;
	if (len == 4 && !strncmp(name, "xtcp", 4))
		return IPPROTO_XTCP;
	give_help();
	return -1;
}

static void parse_protos(struct plan *plan, const char *text)
{
	size_t len = strcspn(text, ",");

	if (!text[len])
		give_help();
	plan->proto[0] = parse_proto(text, len);
	text += len + 1;
	plan->proto[1] = parse_proto(text, strlen(text));
}

static int parse_last(const char *text)
{
	static const char * const name[] = {
		"client", "server", [LAST_BY_TURNS] = "turns",
	};
	int i;

	for (i = 0; i <= LAST_BY_TURNS; i++)
		if (!strcmp(text, name[i]))
			return i;
	give_help();
	return LAST_NOBODY;
}

/* Options that are for two stacks together. */
static void parse_mixed(struct plan *plan, int c)
{
	switch (c) {
	case 'P':
		parse_protos(plan, optarg);
		break;
	case 'A':
		plan->target = optarg;
		break;
	case 'L':
		plan->last = parse_last(optarg);
		break;
	case 'V':
		plan->settle = true;
		break;
	case 'R':
		plan->resets_allowed = true;
		break;
	default:
		give_help();
	}
}

static void parse_options(struct plan *plan, int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "C:S:a:n:m:s:Ht:r:qP:A:L:VR")) != -1) {
		switch (c) {
		case 'C':
			plan->ns[0] = optarg;
			break;
		case 'S':
			plan->ns[1] = optarg;
			break;
		case 'a':
			plan->address = optarg;
			break;
		case 'n':
			plan->size[0] = parse_size(optarg);
			break;
		case 'm':
			plan->size[1] = parse_size(optarg);
			break;
		case 's':
			plan->seed = strtoull(optarg, NULL, 0);
			break;
		case 'H':
			plan->mode = HALF;
			break;
		case 't':
			plan->deadline = strtoul(optarg, NULL, 0);
			break;
		case 'r':
			plan->rounds = strtol(optarg, NULL, 0);
			break;
		case 'q':
			plan->quiet = true;
			break;
		default:
			parse_mixed(plan, c);
		}
	}
	if (optind != argc)
		give_help();
}

int main(int argc, char **argv)
{
	struct plan plan = {
		.address = "127.0.0.1", .deadline = 60, .rounds = 1,
		.size = { 1 << 20, 1 << 20 },
		.proto = { xt_proto, xt_proto }, .last = LAST_NOBODY,
	};
	int listener, status;
	__u64 start;
	__u16 port;
	pid_t pid;

	parse_options(&plan, argc, argv);
	if (!plan.seed)
		plan.seed = xt_seed();
	look_before(&plan);
	listener = make_listener(&plan);
	port = xt_port(listener);
	start = xt_now_ms();
	pid = fork();
	if (pid < 0)
		xt_die("fork");
	if (!pid)
		serve(&plan, listener);
	close(listener);
	run_client(&plan, port);
	if (waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "# the server ended with status %#x\n", status);
		return 1;
	}
	if (!fine_after(&plan))
		return 1;
	if (!plan.quiet)
		printf("# %d x (%llu up, %llu down) in %llu ms\n", plan.rounds,
		       plan.size[0], plan.size[1], xt_now_ms() - start);
	return 0;
}
