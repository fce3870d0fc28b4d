// SPDX-License-Identifier: GPL-2.0
/*
 * SYNs from forged sources, as fast as one processor makes them, into a TUN
 * device of this namespace; and what one of them costs who is asked (F-25).
 *
 * Usage: synflood [-a] [-n COUNT] DEV ADDRESS PORT
 *	    floods, up to COUNT segments or until SIGTERM; says how many went.
 *	    With -a they are ACKs of random numbers, as if of cookies.
 *	  synflood -m [-n COUNT] DEV ADDRESS
 *	    listens there itself, and says what the processor takes for a SYN,
 *	    ns; where the machine counts instructions as time, those.
 *
 * What making and injecting a packet takes is not counted: the same number of
 * packets is sent that IP refuses at once, for a bad checksum (IPv4) or length
 * (IPv6) of its header, and taken off.
 *
 * Sources are in 198.18.0.0/15 and 2001:db8::/32; their route must lead to DEV,
 * where the answers vanish, as nobody reads them.
 */
#include "xtcp_test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define V4_HDR	20
#define V6_HDR	40
#define TCP_HDR	40		/* with the options of an ordinary SYN */
#define BATCH	64		/* before others get a turn */
#define NAP_EVERY	1024
#define WARM_UP	256		/* more than any queue of the measurement takes */

struct flood {
	int tun;
	bool v6;
	bool acks;
	__u16 port;
	__u8 packet[V6_HDR + TCP_HDR];
	__u8 *tcp;
	int len;
	__u64 seed;
};

/* SIGTERM is blocked, so that it is seen between two batches only. */
static void block_term(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool term_came(void)
{
	sigset_t set;

	return !sigpending(&set) && sigismember(&set, SIGTERM);
}

static void put16(__u8 *p, __u32 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static __u16 sum(const __u8 *p, int len, __u32 acc)
{
	for (; len > 1; p += 2, len -= 2)
		acc += p[0] << 8 | p[1];
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

static void open_tun(struct flood *f, const char *dev)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	f->tun = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (f->tun < 0 || ioctl(f->tun, TUNSETIFF, &ifr))
		xt_die("device %s", dev);
}

/* What all packets have in common. */
static void prepare(struct flood *f, const char *address)
{
	static const __u8 options[20] = {
		2, 4, 1460 >> 8, 1460 & 255, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0,
		1, 3, 3, 7,
	};
	__u8 *ip = f->packet;

	f->v6 = strchr(address, ':');
	f->tcp = ip + (f->v6 ? V6_HDR : V4_HDR);
	f->len = f->tcp - ip + TCP_HDR;
	if (f->v6) {
		ip[0] = 0x60;
		put16(ip + 4, TCP_HDR);
		ip[6] = xt_wire;
		ip[7] = 64;
		inet_pton(AF_INET6, "2001:db8::", ip + 8);
		inet_pton(AF_INET6, address, ip + 24);
	} else {
		ip[0] = 0x45;
		put16(ip + 2, f->len);
		ip[8] = 64;
		ip[9] = xt_wire;
		inet_pton(AF_INET, "198.18.0.0", ip + 12);
		inet_pton(AF_INET, address, ip + 16);
	}
	put16(f->tcp + 2, f->port);
	f->tcp[12] = TCP_HDR / 4 << 4;
	f->tcp[13] = f->acks ? 0x10 : 0x02;
	put16(f->tcp + 14, 65535);
	memcpy(f->tcp + 20, options, sizeof(options));
}

/* Another source, another port, another number. */
static void vary(struct flood *f)
{
	__u64 r = xt_random(&f->seed), n = xt_random(&f->seed);

	if (f->v6)
		memcpy(f->packet + 16, &r, 8);
	else
		put16(f->packet + 14, r >> 32);
	put16(f->tcp, 1024 + r % 60000);
	memcpy(f->tcp + 4, &n, f->acks ? 8 : 4);
}

static void checksums(struct flood *f, bool broken)
{
	__u8 *ip = f->packet;
	__u32 acc = xt_wire + TCP_HDR;

	if (f->v6) {
		put16(ip + 4, TCP_HDR + (broken ? 100 : 0));
		acc += sum(ip + 8, 32, 0);
	} else {
		put16(ip + 10, 0);
		put16(ip + 10, ~sum(ip, V4_HDR, 0) ^ broken);
		acc += sum(ip + 12, 8, 0);
	}
	put16(f->tcp + 16, 0);
	put16(f->tcp + 16, ~sum(f->tcp, TCP_HDR, acc));
}

/*
 * Where time is virtual it passes only while all sleep. No machine makes so many
 * packets in a tenth of a millisecond.
 */
static void nap(__u64 *last)
{
	struct timespec ts;
	__u64 now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = ts.tv_sec * 1000000000ULL + ts.tv_nsec;
	if (now - *last < 100000)
		usleep(10000);
	*last = now;
}

/* Returns how many went. */
static __u64 flood(struct flood *f, __u64 count, bool broken)
{
	__u64 i, last = 0;

	for (i = 0; i < count; i++) {
		vary(f);
		checksums(f, broken);
		/* A device with more than it takes just loses some. */
		if (write(f->tun, f->packet, f->len) != f->len &&
		    errno != ENOBUFS && errno != EAGAIN && errno != EINTR)
			xt_die("write");
		if (i % BATCH == BATCH - 1) {
			if (term_came())
				break;
			sched_yield();
		}
		if (i % NAP_EVERY == NAP_EVERY - 1)
			nap(&last);
	}
	return i;
}

/* What the processor has done since it started, ns. */
static __u64 busy_ns(void)
{
	struct timespec ts;
	double up, idle;
	FILE *f = fopen("/proc/uptime", "r");

	clock_gettime(CLOCK_BOOTTIME, &ts);
	if (!f || fscanf(f, "%lf %lf", &up, &idle) != 2)
		xt_die("/proc/uptime");
	fclose(f);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec - (__u64)(idle * 1e9);
}

static __u64 cost(struct flood *f, __u64 count, bool broken)
{
	__u64 start = busy_ns();

	flood(f, count, broken);
	return busy_ns() - start;
}

static void measure(struct flood *f, const char *dev, const char *address,
		    __u64 count)
{
	int listener = xt_socket(strchr(address, ':') ? XT_V6 : XT_V4);
	__u64 good, bad;

	/* Bound to no address; a queue that is full with a few. */
	if (listen(listener, 8))
		xt_die("listen");
	f->port = xt_port(listener);
	open_tun(f, dev);
	prepare(f, address);
	flood(f, WARM_UP, false);
	bad = cost(f, count, true);
	good = cost(f, count, false);
	printf("%.1f\n", ((double)good - bad) / count);
	close(listener);
}

int main(int argc, char **argv)
{
	struct flood f = { .seed = 1 };
	__u64 count = ~0ULL;
	bool measuring = false;
	int opt;

	while ((opt = getopt(argc, argv, "amn:")) != -1) {
		if (opt == 'a')
			f.acks = true;
		else if (opt == 'm')
			measuring = true;
		else if (opt == 'n')
			count = strtoull(optarg, NULL, 0);
	}
	argv += optind;
	if (argc - optind != 3 - measuring)
		xt_die("usage: synflood [-a|-m] [-n COUNT] DEV ADDRESS [PORT]");
	if (measuring) {
		measure(&f, argv[0], argv[1], count);
		return 0;
	}
	block_term();
	f.port = atoi(argv[2]);
	open_tun(&f, argv[0]);
	prepare(&f, argv[1]);
	printf("%llu\n", flood(&f, count, false));
	return 0;
}
