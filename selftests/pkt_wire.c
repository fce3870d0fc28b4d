// SPDX-License-Identifier: GPL-2.0
/*
 * The wire between the stack under test and a peer played by hand: the TUN
 * device, IP headers, checksums, parsing, and the capture kept for a failure.
 */
#include "pkt_wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define DEV		"pk0"
#define V4_HDR		20
#define V6_HDR		40
#define CAPTURE_MAX	512	/* packets kept for a failure, the last ones */

/* A packet of the capture. */
struct captured {
	__u64 at_us;
	int len;
	__u8 data[PKT_MAX];
};

/* A parsed segment that no test has taken yet. */
struct waiting {
	struct waiting *next;
	struct pkt_seg seg;
};

static struct {
	enum xt_fam fam;
	int tun;
	struct waiting *queue;
	struct captured *capture;
	unsigned int captured;
	bool loud;
} wire = { .tun = -1 };

__u64 pkt_now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ULL + ts.tv_nsec / 1000;
}

enum xt_fam pkt_fam(void)
{
	return wire.fam;
}

/* The address of the stack under test, or of the @peer. */
socklen_t pkt_addr(bool peer, __u16 port, union xt_addr *addr)
{
	socklen_t len = xt_loopback(wire.fam, port, addr);

	if (wire.fam == XT_V4)
		inet_pton(AF_INET, peer ? "10.9.0.2" : "10.9.0.1",
			  &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, peer ? "fd09::2" : "fd09::1",
			  &addr->v6.sin6_addr);
	return len;
}

/* Setting up */

static void set_v4(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {};
	union xt_addr addr;

	strcpy(ifr.ifr_name, DEV);
	pkt_addr(false, 0, &addr);
	memcpy(&ifr.ifr_addr, &addr.v4, sizeof(addr.v4));
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &ifr))
		xt_die("address of %s", DEV);
	inet_pton(AF_INET, "255.255.255.0", &addr.v4.sin_addr);
	memcpy(&ifr.ifr_netmask, &addr.v4, sizeof(addr.v4));
	if (ioctl(fd, SIOCSIFNETMASK, &ifr))
		xt_die("netmask of %s", DEV);
	close(fd);
}

/*
 * The route to an own address comes a moment after the address may be bound;
 * what arrives in between is dropped. A datagram to oneself tells.
 */
static bool hears_itself(int fd)
{
	union xt_addr addr;
	socklen_t len = sizeof(addr);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return !getsockname(fd, &addr.sa, &len) &&
	       sendto(fd, "", 1, 0, &addr.sa, len) == 1 && poll(&p, 1, 10) == 1;
}

static bool is_bound(int fd, const union xt_addr *addr)
{
	/* EINVAL: since the last time. */
	return !bind(fd, &addr->sa, sizeof(addr->v6)) || errno == EINVAL;
}

static void set_v6(void)
{
	/* struct in6_ifreq, whose header does not go with the others. */
	struct {
		struct in6_addr addr;
		__u32 prefixlen;
		int ifindex;
	} ifr6 = { .prefixlen = 64, .ifindex = if_nametoindex(DEV) };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	union xt_addr addr;
	__u64 end;

	pkt_addr(false, 0, &addr);
	ifr6.addr = addr.v6.sin6_addr;
	if (fd < 0 || ioctl(fd, SIOCSIFADDR, &ifr6))
		xt_die("IPv6 address of %s", DEV);
	/* It may be used once the kernel has found that no other has it. */
	for (end = xt_now_ms() + XT_DEADLINE_MS;
	     !is_bound(fd, &addr) || !hears_itself(fd); xt_pause())
		if (xt_now_ms() > end)
			xt_die("IPv6 address of %s is not ready", DEV);
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		xt_die("%s", path);
	close(fd);
}

static void open_tun(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };

	wire.tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (wire.tun < 0 && xt_try("modprobe -q tun") == 0)
		wire.tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(ifr.ifr_name, DEV);
	if (wire.tun < 0 || ioctl(wire.tun, TUNSETIFF, &ifr))
		xt_die("/dev/net/tun");
}

/**
 * pkt_up() - stand in a fresh namespace at the far end of a wire
 * @fam: XT_V4 or XT_V6
 */
void pkt_up(enum xt_fam fam)
{
	xt_ns();
	wire.fam = fam;
	wire.loud = getenv("XTCP_TEST_TRACE");
	wire.capture = calloc(CAPTURE_MAX, sizeof(*wire.capture));
	if (!wire.capture)
		xt_die("capture");
	open_tun();
	/* No router is looked for, no address made up: the wire is quiet. */
	write_file("/proc/sys/net/ipv6/conf/" DEV "/accept_ra", "0");
	write_file("/proc/sys/net/ipv6/conf/" DEV "/addr_gen_mode", "1");
	if (fam == XT_V4)
		set_v4();
	xt_if_up(DEV);
	if (fam == XT_V6)
		set_v6();
}

void pkt_down(void)
{
	if (getenv("XTCP_TEST_PCAP"))
		pkt_save();
	close(wire.tun);
	wire.tun = -1;
}

/* Checksums */

static __u32 sum(const void *data, int len, __u32 acc)
{
	const __u8 *p = data;

	for (; len > 1; p += 2, len -= 2)
		acc += p[0] << 8 | p[1];
	if (len)
		acc += p[0] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}

/* The address @text, or that of one end of the wire. */
static void ip_addr(const char *text, bool peer, union xt_addr *addr)
{
	pkt_addr(peer, 0, addr);
	if (!text)
		return;
	if (wire.fam == XT_V4)
		inet_pton(AF_INET, text, &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, text, &addr->v6.sin6_addr);
}

static const struct pkt_ip usual;

/* The sum of the pseudo header; the same whichever end sends. */
static __u32 pseudo(int proto, int len, const struct pkt_ip *ip)
{
	union xt_addr a, b;

	ip_addr(ip->dst, false, &a);
	ip_addr(ip->src, true, &b);
	if (wire.fam == XT_V4)
		return sum(&a.v4.sin_addr, 4,
			   sum(&b.v4.sin_addr, 4, proto + len));
	return sum(&a.v6.sin6_addr, 16,
		   sum(&b.v6.sin6_addr, 16, proto + len));
}

static void put16(__u8 *p, __u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static __u16 get16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

static __u32 get32(const __u8 *p)
{
	return (__u32)get16(p) << 16 | get16(p + 2);
}

static void set_checksum(__u8 *tcp, int len, const struct pkt_ip *ip)
{
	put16(tcp + 16, 0);
	put16(tcp + 16, ~sum(tcp, len, pseudo(xt_wire, len, ip)));
}

/* Makes the checksum of a segment right; it must have room for one. */
void pkt_checksum(__u8 *tcp, int len)
{
	set_checksum(tcp, len, &usual);
}

/* The capture */

static void capture(const __u8 *packet, int len)
{
	struct captured *c = &wire.capture[wire.captured++ % CAPTURE_MAX];

	c->at_us = pkt_now_us();
	c->len = len;
	memcpy(c->data, packet, len);
}

/**
 * pkt_save() - write what went over the wire to a file, and say where
 *
 * A pcap of raw IP packets; Wireshark reads protocol 253 as TCP when told to
 * (Decode As, ip.proto 253).
 */
void pkt_save(void)
{
	__u32 head[] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, PKT_MAX, 101 /* raw IP */ };
	unsigned int i = wire.captured > CAPTURE_MAX ?
			 wire.captured - CAPTURE_MAX : 0;
	const char *dir = getenv("TMPDIR");
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s-%d.pcap", dir ? dir : "/tmp",
		 program_invocation_short_name, getpid());
	f = fopen(path, "w");
	if (!f) {
		fprintf(stderr, "# no pcap: %s\n", strerror(errno));
		return;
	}
	fwrite(head, sizeof(head), 1, f);
	for (; i < wire.captured; i++) {
		const struct captured *c = &wire.capture[i % CAPTURE_MAX];
		__u32 rec[] = { c->at_us / 1000000, c->at_us % 1000000,
				c->len, c->len };

		fwrite(rec, sizeof(rec), 1, f);
		fwrite(c->data, c->len, 1, f);
	}
	fclose(f);
	fprintf(stderr, "#   pcap: %s\n", path);
}

/* Out */

/* Router alert, and an experiment that nobody knows. */
static const __u8 v4_opts[] = { 148, 4, 0, 0, 30, 4, 9, 9 };
/* An extension header for the destination: padding, and an unknown option. */
static const __u8 v6_opts[] = { 0, 0, 1, 0, 0x1e, 1, 9, 0 };

static int put_v4(__u8 *p, int len, int proto, const struct pkt_ip *ip)
{
	int optlen = ip->opts ? (int)sizeof(v4_opts) : ip->v4_optlen;
	union xt_addr from, to;
	int hdr = V4_HDR + optlen;

	ip_addr(ip->src, true, &from);
	ip_addr(ip->dst, false, &to);
	memset(p, 0, V4_HDR);
	p[0] = 0x40 | hdr / 4;
	p[1] = ip->tos;
	put16(p + 2, hdr + len + ip->len_delta);
	put16(p + 6, 0x4000);	/* don't fragment */
	p[8] = ip->ttl ? ip->ttl : 64;
	p[9] = proto;
	memcpy(p + 12, &from.v4.sin_addr, 4);
	memcpy(p + 16, &to.v4.sin_addr, 4);
	memcpy(p + V4_HDR, ip->opts ? v4_opts : ip->v4_opts, optlen);
	put16(p + 10, ~sum(p, hdr, 0));
	return hdr;
}

static int put_v6(__u8 *p, int len, int proto, const struct pkt_ip *ip)
{
	int hdr = V6_HDR + (ip->opts ? sizeof(v6_opts) : 0);
	union xt_addr from, to;

	ip_addr(ip->src, true, &from);
	ip_addr(ip->dst, false, &to);
	memset(p, 0, V6_HDR);
	p[0] = 0x60 | ip->tos >> 4;
	p[1] = ip->tos << 4;
	put16(p + 4, hdr - V6_HDR + len + ip->len_delta);
	p[6] = ip->opts ? IPPROTO_DSTOPTS : proto;
	p[7] = ip->ttl ? ip->ttl : 64;
	memcpy(p + 8, &from.v6.sin6_addr, 16);
	memcpy(p + 24, &to.v6.sin6_addr, 16);
	memcpy(p + V6_HDR, v6_opts, hdr - V6_HDR);
	if (ip->opts)
		p[V6_HDR] = proto;
	return hdr;
}

static void put_packet(const __u8 *payload, int len, int proto,
		       const struct pkt_ip *ip)
{
	__u8 p[PKT_MAX];
	int hdr;

	hdr = wire.fam == XT_V4 ? put_v4(p, len, proto, ip) :
				  put_v6(p, len, proto, ip);
	memcpy(p + hdr, payload, len);
	capture(p, hdr + len);
	if (write(wire.tun, p, hdr + len) != hdr + len)
		xt_die("write of %d bytes to %s", hdr + len, DEV);
}

void pkt_inject(const __u8 *tcp, int len, const struct pkt_ip *ip)
{
	__u8 copy[PKT_MAX];

	if (!ip || (!ip->src && !ip->dst)) {
		put_packet(tcp, len, xt_wire, ip ? ip : &usual);
		return;
	}
	/* Other addresses are summed, too. */
	memcpy(copy, tcp, len);
	set_checksum(copy, len, ip);
	put_packet(copy, len, xt_wire, ip);
}

/**
 * pkt_inject_icmp() - an ICMP error about a packet of the stack under test
 * @type: of ICMP, or of ICMPv6 on an IPv6 wire
 * @code: its code
 * @info: the 32 bits behind the checksum: an MTU, a pointer
 * @quoted: the packet that it is about, from its IP header on
 * @len: bytes to quote
 */
void pkt_inject_icmp(int type, int code, __u32 info, const __u8 *quoted, int len)
{
	int proto = wire.fam == XT_V4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	__u8 p[PKT_MAX] = { type, code };

	put16(p + 4, info >> 16);
	put16(p + 6, info);
	memcpy(p + 8, quoted, len);
	len += 8;
	put16(p + 2, ~sum(p, len, wire.fam == XT_V4 ? 0 : pseudo(proto, len, &usual)));
	put_packet(p, len, proto, &usual);
}

/* In */

static const char *parse_option(struct pkt_seg *seg, const __u8 *o)
{
	static const __u8 want[9] = { [2] = 4, [3] = 3, [4] = 2, [8] = 10 };

	if (o[0] < sizeof(want) && want[o[0]] && o[1] != want[o[0]])
		return "a known option has a wrong length";
	switch (o[0]) {
	case 2:
		seg->has |= HAS_MSS;
		seg->mss = get16(o + 2);
		break;
	case 3:
		seg->has |= HAS_WS;
		seg->ws = o[2];
		break;
	case 4:
		seg->has |= HAS_SACK_PERM;
		break;
	case 5:
		seg->has |= HAS_SACK;
		break;
	case 8:
		seg->has |= HAS_TS;
		seg->tsval = get32(o + 2);
		seg->tsecr = get32(o + 6);
		break;
	case 34:
		seg->has |= HAS_FO;
		seg->fo = o + 2;
		seg->fo_len = o[1] - 2;
		break;
	default:
		seg->has |= HAS_OTHER;
	}
	return NULL;
}

static const char *parse_options(struct pkt_seg *seg, const __u8 *o, int len)
{
	const char *broken;

	for (; len > 0 && *o; len -= o[1], o += o[1]) {
		for (; len > 0 && *o == 1; len--)
			o++;
		if (len <= 0 || !*o)
			break;
		if (len < 2 || o[1] < 2 || o[1] > len)
			return "an option runs past the header";
		broken = parse_option(seg, o);
		if (broken)
			return broken;
	}
	for (; len > 0; len--, o++)
		if (*o)
			return "MUST-69: bytes after End of Option List";
	if (!(seg->flags & SYN) && seg->has & HAS_MSS)
		return "MUST-65: MSS without SYN";
	if (!(seg->flags & SYN) && seg->has & (HAS_WS | HAS_SACK_PERM))
		return "a SYN's option without SYN";
	return NULL;
}

/* What must hold of any segment. */
static const char *parse_tcp(struct pkt_seg *seg, const __u8 *t, int len)
{
	int hdr;

	if (len < PKT_TCP_HDR)
		return "shorter than a header";
	hdr = (t[12] >> 4) * 4;
	if (hdr < PKT_TCP_HDR || hdr > len)
		return "bad data offset";
	seg->sport = get16(t);
	seg->dport = get16(t + 2);
	seg->seq = get32(t + 4);
	seg->ack = get32(t + 8);
	seg->flags = t[13];
	seg->wnd = get16(t + 14);
	seg->urg = get16(t + 18);
	seg->data = t + hdr;
	seg->len = len - hdr;
	if (sum(t, len, pseudo(xt_wire, len, &usual)) != 0xffff)
		return "MUST-2: bad checksum";
	if (t[12] & 0x0f)
		return "TXT-01: reserved bits are set";
	if (!(seg->flags & ACK) && seg->ack)
		return "an ACK number without ACK";
	return parse_options(seg, t + PKT_TCP_HDR, hdr - PKT_TCP_HDR);
}

static bool parse_v4(struct pkt_seg *seg, int n)
{
	const __u8 *p = seg->raw;
	int hdr = (p[0] & 15) * 4;
	union xt_addr from, to;

	if (n < V4_HDR || p[0] >> 4 != 4 || hdr > n || p[9] != xt_wire)
		return false;
	pkt_addr(false, 0, &from);
	pkt_addr(true, 0, &to);
	seg->tos = p[1];
	seg->ttl = p[8];
	seg->ip_id = get16(p + 4);
	seg->ip_opts = hdr - V4_HDR;
	seg->broken = parse_tcp(seg, p + hdr, n - hdr);
	if (get16(p + 2) != n || sum(p, hdr, 0) != 0xffff)
		seg->broken = "bad IP header";
	if (get16(p + 6) & 0x3fff)
		seg->broken = "F-06: a fragment";
	if (!(p[6] & 0x40))
		seg->broken = "RFC7323-16: may be fragmented";
	/* A source route names another address first. */
	if (memcmp(p + 12, &from.v4.sin_addr, 4) ||
	    (!seg->ip_opts && memcmp(p + 16, &to.v4.sin_addr, 4)))
		seg->broken = "MUST-45: other addresses";
	return true;
}

static bool parse_v6(struct pkt_seg *seg, int n)
{
	const __u8 *p = seg->raw;
	union xt_addr from, to;

	if (n < V6_HDR || p[0] >> 4 != 6 || p[6] != xt_wire)
		return false;
	pkt_addr(false, 0, &from);
	pkt_addr(true, 0, &to);
	seg->tos = p[0] << 4 | p[1] >> 4;
	seg->ttl = p[7];
	seg->broken = parse_tcp(seg, p + V6_HDR, n - V6_HDR);
	if (get16(p + 4) + V6_HDR != n)
		seg->broken = "bad IP header";
	if (memcmp(p + 8, &from.v6.sin6_addr, 16) ||
	    memcmp(p + 24, &to.v6.sin6_addr, 16))
		seg->broken = "MUST-45: other addresses";
	return true;
}

static void enqueue(struct waiting *w)
{
	struct waiting **p = &wire.queue;

	while (*p)
		p = &(*p)->next;
	w->next = NULL;
	*p = w;
}

/* Reads all that is on the wire; what is not of our protocol is let go. */
static void read_wire(void)
{
	struct waiting *w;
	bool ours;
	int n;

	for (;;) {
		w = calloc(1, sizeof(*w));
		if (!w)
			xt_die("segment");
		n = read(wire.tun, w->seg.raw, sizeof(w->seg.raw));
		if (n <= 0)
			break;
		capture(w->seg.raw, n);
		w->seg.at_us = pkt_now_us();
		w->seg.raw_len = n;
		ours = wire.fam == XT_V4 ? parse_v4(&w->seg, n) :
					   parse_v6(&w->seg, n);
		if (wire.loud && ours)
			pkt_print("<", &w->seg);
		if (ours)
			enqueue(w);
		else
			free(w);
	}
	free(w);
	if (n < 0 && errno != EAGAIN)
		xt_die("read from %s", DEV);
}

static struct waiting *find(bool (*match)(const struct pkt_seg *seg,
					  const void *arg), const void *arg)
{
	struct waiting **p, *w;

	for (p = &wire.queue; (w = *p); p = &w->next) {
		if (match(&w->seg, arg)) {
			*p = w->next;
			return w;
		}
	}
	return NULL;
}

struct pkt_seg *pkt_take(bool (*match)(const struct pkt_seg *seg, const void *arg),
			 const void *arg, int ms)
{
	struct pollfd pfd = { .fd = wire.tun, .events = POLLIN };
	__u64 end = pkt_now_us() + ms * 1000ULL;
	struct waiting *w;
	__u64 now;

	for (;;) {
		read_wire();
		w = find(match, arg);
		if (w)
			return &w->seg;
		now = pkt_now_us();
		if (now >= end)
			return NULL;
		if (poll(&pfd, 1, (end - now + 999) / 1000) < 0 && errno != EINTR)
			xt_die("poll");
	}
}

void pkt_forget(struct pkt_seg *seg)
{
	if (seg)
		free((char *)seg - offsetof(struct waiting, seg));
}

/* Words for a failure */

const char *pkt_flags(__u8 flags, char *buf)
{
	static const char names[8][4] = { "FIN", "SYN", "RST", "PSH", "ACK",
					  "URG", "ECE", "CWR" };
	char *p = buf;
	int i;

	*p = 0;
	for (i = 0; i < 8; i++)
		if (flags & 1 << i)
			p += sprintf(p, "%s%s", p > buf ? "|" : "", names[i]);
	return flags ? buf : "none";
}

void pkt_print(const char *label, const struct pkt_seg *seg)
{
	char flags[40];

	fprintf(stderr, "# %s %llu.%06llu %u > %u %s seq %u ack %u win %u len %u",
		label, seg->at_us / 1000000, seg->at_us % 1000000, seg->sport,
		seg->dport, pkt_flags(seg->flags, flags), seg->seq, seg->ack,
		seg->wnd, seg->len);
	if (seg->has & HAS_MSS)
		fprintf(stderr, " mss %u", seg->mss);
	if (seg->has & HAS_WS)
		fprintf(stderr, " ws %u", seg->ws);
	if (seg->has & HAS_TS)
		fprintf(stderr, " ts %u:%u", seg->tsval, seg->tsecr);
	fprintf(stderr, "\n");
}
