// SPDX-License-Identifier: GPL-2.0
/*
 * Helpers shared by the tests of xtcp; xtcp_test.h says what each is for.
 */
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KSFT_SKIP_RC	4

int xt_proto = IPPROTO_XTCP;
int xt_wire = IPPROTO_XTCP;
static int kicks;

void xt_die(const char *fmt, ...)
{
	int err = errno;
	va_list ap;

	fprintf(stderr, "# helper: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (errno %d, %s)\n", err, strerror(err));
	abort();
}

/* Ends the program, before main(), as skipped: or failed where all must run. */
void xt_skip_all(const char *why)
{
	const char *must = getenv("XTCP_TEST_REQUIRE");

	if (must && *must && strcmp(must, "0")) {
		printf("Bail out! %s\n", why);
		exit(1);
	}
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	exit(KSFT_SKIP_RC);
}

/* Chooses the protocol before main(), and skips the program where it can't run. */
static void __attribute__((constructor(101))) choose_protocol(void)
{
	const char *name = getenv("XTCP_TEST_PROTO");
	int fd;

	if (name && (!strcmp(name, "tcp") || !strcmp(name, "wire")))
		xt_wire = IPPROTO_TCP;
	else if (name && *name && strcmp(name, "xtcp"))
		xt_skip_all("XTCP_TEST_PROTO must be tcp, xtcp or wire");
	if (name && !strcmp(name, "tcp"))
		xt_proto = IPPROTO_TCP;
	if (geteuid())
		xt_skip_all("needs root");
	fd = socket(AF_INET, SOCK_STREAM, xt_proto);
	if (fd < 0)
		xt_skip_all("no socket of the protocol under test");
	close(fd);
}

/* Namespaces, commands, knobs */

void xt_if_up(const char *dev)
{
	struct ifreq ifr = {};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(ifr.ifr_name, dev, sizeof(ifr.ifr_name) - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr))
		xt_die("flags of %s", dev);
	ifr.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &ifr))
		xt_die("%s up", dev);
	close(fd);
}

/* xtcp on the wire of TCP. */
static bool on_foreign_wire(void)
{
	return xt_wire != xt_proto;
}

/**
 * xt_ns() - move the caller into a fresh network namespace with lo up
 */
void xt_ns(void)
{
	if (unshare(CLONE_NEWNET))
		xt_die("unshare");
	xt_if_up("lo");
	if (on_foreign_wire())
		xt_sysctl("wire", "6");
}

static int run(const char *fmt, va_list ap)
{
	char cmd[512];

	if (vsnprintf(cmd, sizeof(cmd), fmt, ap) >= (int)sizeof(cmd))
		xt_die("command too long: %s", cmd);
	return system(cmd);
}

/* Runs a shell command and returns its wait status. */
int xt_try(const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = run(fmt, ap);
	va_end(ap);
	return rc;
}

/* Runs a shell command that must succeed. */
void xt_run(const char *fmt, ...)
{
	va_list ap;
	int rc;

	va_start(ap, fmt);
	rc = run(fmt, ap);
	va_end(ap);
	if (rc)
		xt_die("'%s' ended with status %#x", fmt, rc);
}

/* Commands of ip(8), a line each, that run when the stream is closed. */
FILE *xt_ip_open(void)
{
	FILE *ip = popen("ip -batch -", "w");

	if (!ip)
		xt_die("ip -batch");
	return ip;
}

void xt_ip_close(FILE *ip)
{
	int rc = pclose(ip);

	if (rc)
		xt_die("ip -batch ended with status %#x", rc);
}

static void knob_path(const char *knob, char *path, size_t len)
{
	const char *fmt = "/proc/sys/net/xtcp/%s";

	if (xt_is_tcp())
		fmt = strcmp(knob, "local_port_range") ?
			"/proc/sys/net/ipv4/tcp_%s" : "/proc/sys/net/ipv4/ip_%s";
	snprintf(path, len, fmt, knob);
}

/* Sets net.xtcp.KNOB, or the knob of kernel TCP that it mirrors. */
void xt_sysctl(const char *knob, const char *value)
{
	char path[128];
	int fd;

	knob_path(knob, path, sizeof(path));
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		xt_die("%s = %s", path, value);
	close(fd);
}

bool xt_sysctl_read(const char *knob, char *buf, size_t len)
{
	char path[128];
	ssize_t n;
	int fd;

	knob_path(knob, path, sizeof(path));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return false;
	n = read(fd, buf, len - 1);
	close(fd);
	if (n < 0)
		return false;
	buf[n] = 0;
	buf[strcspn(buf, "\n")] = 0;
	return true;
}

/**
 * xt_silent_peer() - make an address that swallows every segment
 * @fam: the family of the address
 * @addr: where to put the address
 *
 * A veth whose neighbour entry names a hardware address nobody has.
 *
 * Return: the port to connect to.
 */
__u16 xt_silent_peer(enum xt_fam fam, union xt_addr *addr)
{
	const char *peer = fam == XT_V6 ? "fd00:5::2" : "10.5.0.2";

	FILE *ip = xt_ip_open();

	fprintf(ip, "link add xs0 type veth peer name xs1\n");
	fprintf(ip, "link set xs1 up\n");
	fprintf(ip, "link set xs0 up\n");
	fprintf(ip, "addr add %s dev xs0\n",
		fam == XT_V6 ? "fd00:5::1/64 nodad" : "10.5.0.1/24");
	fprintf(ip, "neigh replace %s lladdr 02:00:00:00:00:99 nud permanent dev xs0\n",
		peer);
	xt_ip_close(ip);
	xt_loopback(fam, 7, addr);
	if (fam == XT_V4)
		inet_pton(AF_INET, "10.5.0.2", &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, fam == XT_V6 ? "fd00:5::2" : "::ffff:10.5.0.2",
			  &addr->v6.sin6_addr);
	return 7;
}

/* Addresses */

int xt_domain(enum xt_fam fam)
{
	return fam == XT_V4 ? AF_INET : AF_INET6;
}

static socklen_t fill_addr(enum xt_fam fam, __u16 port, const char *text,
			   union xt_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (fam == XT_V4) {
		addr->v4.sin_family = AF_INET;
		addr->v4.sin_port = htons(port);
		inet_pton(AF_INET, text, &addr->v4.sin_addr);
		return sizeof(addr->v4);
	}
	addr->v6.sin6_family = AF_INET6;
	addr->v6.sin6_port = htons(port);
	inet_pton(AF_INET6, text, &addr->v6.sin6_addr);
	return sizeof(addr->v6);
}

socklen_t xt_loopback(enum xt_fam fam, __u16 port, union xt_addr *addr)
{
	static const char * const text[] = {
		[XT_V4] = "127.0.0.1",
		[XT_V6] = "::1",
		[XT_MAPPED] = "::ffff:127.0.0.1",
	};

	return fill_addr(fam, port, text[fam], addr);
}

socklen_t xt_any(enum xt_fam fam, __u16 port, union xt_addr *addr)
{
	return fill_addr(fam, port, fam == XT_V4 ? "0.0.0.0" : "::", addr);
}

__u16 xt_addr_port(const union xt_addr *addr)
{
	return ntohs(addr->sa.sa_family == AF_INET ? addr->v4.sin_port :
						     addr->v6.sin6_port);
}

bool xt_addr_is_loopback(enum xt_fam fam, const union xt_addr *addr)
{
	union xt_addr want;
	socklen_t len = xt_loopback(fam, xt_addr_port(addr), &want);

	if (addr->sa.sa_family != want.sa.sa_family)
		return false;
	if (fam == XT_V4)
		return !memcmp(addr, &want, len);
	return !memcmp(&addr->v6.sin6_addr, &want.v6.sin6_addr,
		       sizeof(want.v6.sin6_addr));
}

__u16 xt_port(int fd)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	if (getsockname(fd, &addr.sa, &len))
		xt_die("getsockname");
	return xt_addr_port(&addr);
}

__u16 xt_peer_port(int fd)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);

	if (getpeername(fd, &addr.sa, &len))
		xt_die("getpeername");
	return xt_addr_port(&addr);
}

/* Sockets */

int xt_socket(enum xt_fam fam)
{
	int fd = socket(xt_domain(fam), SOCK_STREAM, xt_proto);

	if (fd < 0)
		xt_die("socket");
	return fd;
}

/* A socket bound to the loopback address; port 0 lets the kernel choose. */
int xt_bound(enum xt_fam fam, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(fam, port, &addr);
	int fd = xt_socket(fam);

	if (bind(fd, &addr.sa, len))
		xt_die("bind to port %u", port);
	return fd;
}

int xt_listen(enum xt_fam fam, int backlog)
{
	int fd = xt_bound(fam, 0);

	if (listen(fd, backlog))
		xt_die("listen");
	return fd;
}

int xt_accept(int listener)
{
	int fd;

	if (!(xt_wait(listener, POLLIN) & POLLIN))
		xt_die("no connection to accept within %d ms", XT_DEADLINE_MS);
	fd = accept(listener, NULL, NULL);
	if (fd < 0)
		xt_die("accept");
	return fd;
}

int xt_try_connect(int fd, enum xt_fam fam, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_loopback(fam, port, &addr);

	return connect(fd, &addr.sa, len);
}

int xt_connect(enum xt_fam fam, __u16 port)
{
	int fd = xt_socket(fam);

	if (xt_try_connect(fd, fam, port))
		xt_die("connect to port %u", port);
	return fd;
}

void xt_pair(enum xt_fam fam, int *client, int *server)
{
	int listener = xt_listen(fam, 8);

	*client = xt_connect(fam, xt_port(listener));
	*server = xt_accept(listener);
	close(listener);
}

void xt_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	if (fcntl(fd, F_SETFL, flags))
		xt_die("F_SETFL");
}

/* Closes and forgets a descriptor, so that a fixture can clean up what is left. */
void xt_close(int *fd)
{
	if (*fd >= 0 && close(*fd))
		xt_die("close");
	*fd = -1;
}

/* Closes with a reset. */
void xt_reset(int *fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	if (setsockopt(*fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)))
		xt_die("SO_LINGER");
	xt_close(fd);
}

/* Options */

int xt_set(int fd, int level, int opt, int val)
{
	return setsockopt(fd, level, opt, &val, sizeof(val));
}

int xt_get(int fd, int level, int opt)
{
	int val = 0;
	socklen_t len = sizeof(val);

	if (getsockopt(fd, level, opt, &val, &len))
		xt_die("getsockopt level %d option %d", level, opt);
	return val;
}

int xt_sock_error(int fd)
{
	return xt_get(fd, SOL_SOCKET, SO_ERROR);
}

int xt_outq(int fd)
{
	int val;

	if (ioctl(fd, SIOCOUTQ, &val))
		xt_die("SIOCOUTQ");
	return val;
}

int xt_inq(int fd)
{
	int val;

	if (ioctl(fd, SIOCINQ, &val))
		xt_die("SIOCINQ");
	return val;
}

/* Data */

void xt_send_all(int fd, const void *buf, size_t len)
{
	const char *p = buf;
	ssize_t n;

	for (; len; p += n, len -= n) {
		if (!(xt_wait(fd, POLLOUT) & POLLOUT))
			xt_die("not writable within %d ms", XT_DEADLINE_MS);
		n = send(fd, p, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			n = 0;
		if (n < 0)
			xt_die("send with %zu bytes left", len);
	}
}

void xt_recv_all(int fd, void *buf, size_t len)
{
	char *p = buf;
	ssize_t n;

	for (; len; p += n, len -= n) {
		if (!(xt_wait(fd, POLLIN) & POLLIN))
			xt_die("%zu bytes did not come within %d ms", len,
			       XT_DEADLINE_MS);
		n = recv(fd, p, len, MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			n = 0;
		else if (n <= 0)
			xt_die("recv returned %zd with %zu bytes due", n, len);
	}
}

void xt_expect_eof(int fd)
{
	char byte;
	ssize_t n;

	if (!(xt_wait(fd, POLLIN) & POLLIN))
		xt_die("no end of stream within %d ms", XT_DEADLINE_MS);
	n = recv(fd, &byte, 1, MSG_DONTWAIT);
	if (n)
		xt_die("end of stream expected, recv returned %zd", n);
}

/**
 * xt_fill() - write until neither side can take more
 * @fd: a connected socket whose peer does not read
 *
 * Return: bytes written. The socket is left blocking as it was found.
 */
size_t xt_fill(int fd)
{
	static char buf[65536];
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	size_t total = 0;
	int quiet = 0;
	int before;
	ssize_t n;

	/* Full when the queue stays as it is although nothing more goes in. */
	while (quiet < 20 && xt_now_ms() < end) {
		before = xt_outq(fd);
		n = send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n > 0) {
			total += n;
			quiet = 0;
		} else if (errno != EAGAIN) {
			xt_die("fill: send");
		} else {
			xt_pause();
			quiet = xt_outq(fd) == before ? quiet + 1 : 0;
		}
	}
	return total;
}

/* Reads and forgets @len bytes. */
size_t xt_drain(int fd, size_t len)
{
	static char buf[65536];
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		if (!(xt_wait(fd, POLLIN) & POLLIN))
			xt_die("drain: %zu of %zu bytes came", done, len);
		n = recv(fd, buf, len - done < sizeof(buf) ?
			 len - done : sizeof(buf), MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			continue;
		if (n <= 0)
			xt_die("drain: recv returned %zd after %zu of %zu", n,
			       done, len);
		done += n;
	}
	return done;
}

/* Waits */

__u64 xt_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Yields for a millisecond between two looks at a condition. */
void xt_pause(void)
{
	struct timespec ts = { .tv_nsec = 1000000 };

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* The events that hold now. */
short xt_events(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };

	if (poll(&pfd, 1, 0) < 0)
		xt_die("poll");
	return pfd.revents;
}

/* Waits until any of @events (or an error) holds; 0 when the deadline passes. */
short xt_wait(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int rc;

	do {
		rc = poll(&pfd, 1, XT_DEADLINE_MS);
	} while (rc < 0 && errno == EINTR);
	if (rc < 0)
		xt_die("poll");
	return rc ? pfd.revents : 0;
}

/* Waits until all of @events hold at once; returns what was seen last. */
short xt_wait_all(int fd, short events)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	short seen;

	while (((seen = xt_events(fd, events)) & events) != events &&
	       xt_now_ms() < end)
		xt_pause();
	return seen;
}

static int wait_queue(int fd, int want, int (*get)(int fd))
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	int seen;

	while ((seen = get(fd)) != want && xt_now_ms() < end)
		xt_pause();
	return seen;
}

int xt_wait_outq(int fd, int want)
{
	return wait_queue(fd, want, xt_outq);
}

int xt_wait_inq(int fd, int want)
{
	return wait_queue(fd, want, xt_inq);
}

static enum xt_state state_in(const char *table, __u16 lport, __u16 rport)
{
	enum xt_state found = XT_NONE;
	unsigned int lp, rp, st;
	char line[512];
	FILE *f = fopen(table, "r");

	if (!f)
		xt_die("%s", table);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%x %x",
			   &lp, &rp, &st) != 3)
			continue;
		if (lp == lport && rp == rport)
			found = st;
	}
	fclose(f);
	return found;
}

/* The state procfs shows for a pair of ports in the caller's namespace. */
enum xt_state xt_state(__u16 lport, __u16 rport)
{
	const char *v4 = xt_is_tcp() ? "/proc/net/tcp" : "/proc/net/xtcp";
	const char *v6 = xt_is_tcp() ? "/proc/net/tcp6" : "/proc/net/xtcp6";
	enum xt_state state = state_in(v4, lport, rport);

	return state == XT_NONE ? state_in(v6, lport, rport) : state;
}

enum xt_state xt_wait_state(__u16 lport, __u16 rport, enum xt_state want)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	enum xt_state seen;

	while ((seen = xt_state(lport, rport)) != want && xt_now_ms() < end)
		xt_pause();
	return seen;
}

/* Signals */

static void count_kick(int sig)
{
	(void)sig;
	__atomic_add_fetch(&kicks, 1, __ATOMIC_SEQ_CST);
}

/* A signal every 20 ms, so that none can be lost by coming too early. */
void xt_kick_start(bool restart)
{
	struct sigaction sa = {
		.sa_handler = count_kick,
		.sa_flags = restart ? SA_RESTART : 0,
	};
	struct itimerval it = {
		.it_value.tv_usec = 20000,
		.it_interval.tv_usec = 20000,
	};

	__atomic_store_n(&kicks, 0, __ATOMIC_SEQ_CST);
	if (sigaction(SIGALRM, &sa, NULL) || setitimer(ITIMER_REAL, &it, NULL))
		xt_die("timer");
}

/* How many signals came since the start. */
int xt_kicks(void)
{
	return __atomic_load_n(&kicks, __ATOMIC_SEQ_CST);
}

void xt_kick_stop(void)
{
	struct itimerval it = {};

	if (setitimer(ITIMER_REAL, &it, NULL))
		xt_die("timer");
}

static bool thread_sleeps(pid_t tid)
{
	char path[64], stat[512];
	const char *p;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	f = fopen(path, "r");
	if (!f || !fgets(stat, sizeof(stat), f))
		xt_die("%s", path);
	fclose(f);
	p = strrchr(stat, ')');
	return p && p[2] == 'S';
}

static void *later_thread(void *arg)
{
	__u64 end = xt_now_ms() + XT_DEADLINE_MS;
	struct xt_later *l = arg;

	while (!thread_sleeps(l->tid) && xt_now_ms() < end)
		xt_pause();
	l->fn(l->fd);
	return NULL;
}

void xt_later(struct xt_later *l, void (*fn)(int fd), int fd)
{
	sigset_t all, old;

	l->tid = syscall(SYS_gettid);
	l->fn = fn;
	l->fd = fd;
	/* The new thread must not take signals meant for the test. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	errno = pthread_create(&l->thread, NULL, later_thread, l);
	if (errno)
		xt_die("pthread_create");
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void xt_later_join(struct xt_later *l)
{
	pthread_join(l->thread, NULL);
}

/* Random numbers */

__u64 xt_seed(void)
{
	const char *given = getenv("XTCP_TEST_SEED");
	__u64 seed;

	if (given && *given)
		seed = strtoull(given, NULL, 0);
	else if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
		xt_die("getrandom");
	fprintf(stderr, "# XTCP_TEST_SEED=%#llx\n", seed);
	return seed;
}

/* splitmix64 */
__u64 xt_random(__u64 *state)
{
	__u64 z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

bool xt_virtual_time(void)
{
	char cmdline[4096] = "";
	FILE *f = fopen("/proc/cmdline", "r");

	if (!f)
		return false;
	if (!fgets(cmdline, sizeof(cmdline), f))
		cmdline[0] = 0;
	fclose(f);
	return strstr(cmdline, "time-travel");
}
