// SPDX-License-Identifier: GPL-2.0
/*
 * A peer that is played by hand: pkt_peer.h has its vocabulary.
 */
#include "pkt_peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TALK_MAX	40	/* lines of the conversation kept */
#define FIRST_PORT	40000
#define BACKLOG		64
#define FD_MAX		64	/* no test opens more */
#define SYN_TIMER_US	900000	/* no SYN goes again before that */

static char talk[TALK_MAX][160];
static unsigned int talked;

static void put16(__u8 *p, __u16 v)
{
	p[0] = v >> 8;
	p[1] = v;
}

static void put32(__u8 *p, __u32 v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

/* The byte at a place of a stream; one pattern for each direction. */
static __u8 pattern(bool dut, __u32 off)
{
	return off * 7 + (off >> 8) * 31 + (dut ? 0x55 : 0);
}

/**
 * peer_init() - a peer with a port of its own and plain habits
 * @p: the peer
 *
 * It announces an MSS of 1000 and no other option. Change the fields to have
 * it otherwise, before it speaks.
 */
void peer_init(struct peer *p)
{
	static __u16 port = FIRST_PORT;

	memset(p, 0, sizeof(*p));
	p->port = port++;
	p->iss = 0x20000000;
	p->mss = 1000;
	p->wnd = 65535;
	p->tsval = 1000;
	p->mark_us = pkt_now_us();
}

/* The same ports once more: what was learnt is forgotten. */
void peer_again(struct peer *p)
{
	p->met = false;
	p->irs = 0;
	p->dut_ws = 0;
	p->tsecr = 0;
	p->nxt = 0;
}

/* A peer is done with: what it left open is reset. */
void peer_forget(struct peer *p)
{
	socklen_t len = sizeof(int);
	int fd, proto;

	pkt_forget(p->last);
	p->last = NULL;
	/* What has no descriptor any more shall not linger on, either. */
	xt_sysctl("orphan_retries", "1");
	for (fd = 3; fd < FD_MAX; fd++) {
		if (!getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &proto, &len) &&
		    proto == xt_proto)
			xt_reset(&(int){ fd });
	}
}

/* The conversation, kept for a failure */

static void note(const struct peer *p, bool in, __u8 flags, __u32 seq, __u32 ack,
		 __u32 len, __u32 wnd)
{
	char name[40];

	snprintf(talk[talked++ % TALK_MAX], sizeof(talk[0]),
		 "#   %8.3f %s %s %d:%d(%u) ack %d win %u",
		 pkt_now_us() % 1000000000ULL / 1e6,
		 in ? "<" : "  >", pkt_flags(flags, name), seq, seq + len, len,
		 flags & ACK ? ack : 0, wnd << (in ? p->dut_ws : 0));
	if (getenv("XTCP_TEST_TRACE"))
		fprintf(stderr, "%s\n", talk[(talked - 1) % TALK_MAX]);
}

static void print_talk(void)
{
	unsigned int i = talked > TALK_MAX ? talked - TALK_MAX : 0;

	fprintf(stderr, "#   so far (< from the stack under test):\n");
	for (; i < talked; i++)
		fprintf(stderr, "%s\n", talk[i % TALK_MAX]);
	pkt_save();
}

/* Says what went wrong, shows the conversation, saves it and ends the test. */
void peer_fail(const char *where, struct peer *p, const char *fmt, ...)
{
	va_list ap;

	(void)p;
	fprintf(stderr, "# %s: ", where);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	print_talk();
	abort();
}

/* Out */

static int build_options(struct peer *p, __u8 *o, __u8 flags,
			 const struct pkt_out *out)
{
	bool ts = out->ts || out->tsval || (p->ts && !out->no_ts);
	__u8 *start = o;

	if (out->optlen) {
		memcpy(o, out->opts, out->optlen);
		o += out->optlen;
	}
	if (out->mss) {
		put32(o, 0x02040000 | out->mss);
		o += 4;
	}
	if (out->ws) {
		put32(o, 0x01030300 | (out->ws - 1));
		o += 4;
	}
	if (ts && !out->optlen) {
		put32(o, 0x0101080a);
		put32(o + 4, out->tsval ? out->tsval : p->tsval);
		put32(o + 8, out->tsecr ? out->tsecr :
		      flags & ACK ? p->tsecr : 0);
		o += 12;
	}
	while ((o - start) % 4)
		*o++ = 0;
	return o - start;
}

/**
 * peer_build() - make a segment without sending it
 * @p: who is to send it
 * @tcp: where to
 * @flags: header flags
 * @seq: relative
 * @ack: relative
 * @out: the rest
 *
 * Return: its length.
 */
int peer_build(struct peer *p, __u8 *tcp, __u8 flags, __u32 seq, __u32 ack,
	       const struct pkt_out *out)
{
	__u16 wnd = out->zero_wnd ? 0 : out->wnd ? out->wnd : p->wnd;
	__u32 off = seq - !(flags & SYN);
	int hdr;
	__u32 i;

	memset(tcp, 0, PKT_TCP_HDR);
	put16(tcp, p->port);
	put16(tcp + 2, p->dut);
	put32(tcp + 4, p->iss + seq);
	if (flags & ACK)
		put32(tcp + 8, p->irs + ack);
	tcp[13] = flags;
	put16(tcp + 14, wnd);
	put16(tcp + 18, out->urg);
	hdr = PKT_TCP_HDR + build_options(p, tcp + PKT_TCP_HDR, flags, out);
	tcp[12] = (hdr / 4) << 4 | out->reserved;
	for (i = 0; i < out->len; i++)
		tcp[hdr + i] = out->data ? ((const __u8 *)out->data)[i] :
					   pattern(false, off + i);
	pkt_checksum(tcp, hdr + out->len);
	return hdr + out->len;
}

void peer_inject(struct peer *p, __u8 flags, __u32 seq, __u32 ack,
		 const struct pkt_out *out)
{
	__u8 tcp[PKT_MAX];
	int len = peer_build(p, tcp, flags, seq, ack, out);

	note(p, false, flags, seq, ack, out->len, tcp[14] << 8 | tcp[15]);
	p->mark_us = pkt_now_us();
	if (flags & SYN && !p->met)
		p->open_us = p->mark_us;
	pkt_inject(tcp, len, &out->ip);
}

void peer_icmp(struct peer *p, int type, int code, __u32 info, __u32 seq)
{
	__u8 q[60] = {};
	int hdr = pkt_fam() == XT_V4 ? 20 : 40;
	union xt_addr from, to;

	pkt_addr(false, 0, &from);
	pkt_addr(true, 0, &to);
	if (pkt_fam() == XT_V4) {
		q[0] = 0x45;
		put16(q + 2, 1500);
		q[8] = 64;
		q[9] = xt_wire;
		memcpy(q + 12, &from.v4.sin_addr, 4);
		memcpy(q + 16, &to.v4.sin_addr, 4);
	} else {
		q[0] = 0x60;
		put16(q + 4, 1460);
		q[6] = xt_wire;
		q[7] = 64;
		memcpy(q + 8, &from.v6.sin6_addr, 16);
		memcpy(q + 24, &to.v6.sin6_addr, 16);
	}
	put16(q + hdr, p->dut);
	put16(q + hdr + 2, p->port);
	put32(q + hdr + 4, p->irs + seq);
	p->mark_us = pkt_now_us();
	pkt_inject_icmp(type, code, info, q, hdr + (hdr == 20 ? 8 : 20));
}

/* In */

static bool for_peer(const struct pkt_seg *seg, const void *arg)
{
	const struct peer *p = arg;

	if (seg->dport != p->port)
		return false;
	return p->dut ? seg->sport == p->dut : seg->flags & SYN;
}

/* One past the sequence space of a segment, relative. */
static __u32 end_of(const struct peer *p, const struct pkt_seg *seg)
{
	return seg->seq - p->irs + seg->len + !!(seg->flags & SYN) +
	       !!(seg->flags & FIN);
}

/* What a segment tells of its sender. */
static void learn(struct peer *p, const struct pkt_seg *seg)
{
	if (seg->flags & SYN) {
		if (!p->met)
			p->irs = seg->seq;
		p->met = true;
		p->dut = seg->sport;
		if (seg->has & HAS_WS && p->ws)
			p->dut_ws = seg->ws;
		if (seg->flags & ACK && !(seg->has & HAS_TS))
			p->ts = false;
	}
	if (seg->has & HAS_TS)
		p->tsecr = seg->tsval;
	if ((__s32)(end_of(p, seg) - p->nxt) > 0)
		p->nxt = end_of(p, seg);
	if (seg->flags & ACK)
		p->edge = seg->ack - p->iss +
			  ((__u32)seg->wnd << (seg->flags & SYN ? 0 : p->dut_ws));
}

const struct pkt_seg *peer_next(struct peer *p, int ms)
{
	struct pkt_seg *seg = pkt_take(for_peer, p, ms);

	if (!seg)
		return NULL;
	pkt_forget(p->last);
	p->last = seg;
	learn(p, seg);
	note(p, true, seg->flags, seg->seq - p->irs, seg->ack - p->iss, seg->len,
	     seg->wnd);
	if (seg->broken)
		peer_fail(__func__, p, "a bad segment: %s", seg->broken);
	return seg;
}

/* A segment's sequence number, relative. */
__u32 peer_rel(const struct peer *p, const struct pkt_seg *seg)
{
	return seg->seq - p->irs;
}

/* Compares @seg with what was wanted; false with the point they differ in. */
static bool numbers_ok(const struct peer *p, const struct pkt_seg *seg,
		       __u8 flags, __u32 seq, __u32 ack,
		       const struct pkt_want *w, const char **what)
{
	__u8 free = PSH | (w->maybe_ack ? ACK : 0);

	*what = "flags";
	if ((seg->flags | free) != (flags | free))
		return false;
	*what = "sequence number";
	if (seq != ANY && seg->seq - p->irs != seq)
		return false;
	*what = "ACK number";
	return !(flags & ACK) || ack == ANY || seg->ack - p->iss == ack;
}

static bool payload_ok(const struct peer *p, const struct pkt_seg *seg,
		       const struct pkt_want *w, const char **what)
{
	__u32 off = seg->seq - p->irs - !(seg->flags & SYN);
	__u32 i;

	*what = "length";
	if (!w->any_len && seg->len != w->len)
		return false;
	*what = "data";
	for (i = 0; i < seg->len; i++)
		if (seg->data[i] != pattern(true, off + i))
			return false;
	*what = "PSH";
	return !w->push || seg->flags & PSH;
}

static bool options_ok(const struct pkt_seg *seg, const struct pkt_want *w,
		       const char **what)
{
	*what = "MSS option";
	if ((w->mss && seg->mss != w->mss) || (w->no_mss && seg->has & HAS_MSS))
		return false;
	*what = "window scale option";
	if (w->ws == NO_WS && seg->has & HAS_WS)
		return false;
	if (w->ws > 0 && (!(seg->has & HAS_WS) || seg->ws != w->ws - 1))
		return false;
	*what = "timestamps option";
	if ((w->ts || w->tsecr) && !(seg->has & HAS_TS))
		return false;
	if (w->no_ts && seg->has & HAS_TS)
		return false;
	*what = "TSecr";
	return !w->tsecr || seg->tsecr == w->tsecr;
}

static bool window_ok(const struct peer *p, const struct pkt_seg *seg,
		      const struct pkt_want *w, const char **what)
{
	__u32 wnd = (__u32)seg->wnd << (seg->flags & SYN ? 0 : p->dut_ws);

	*what = "window";
	if ((w->wnd && wnd != w->wnd) || (w->zero_wnd && seg->wnd))
		return false;
	*what = "urgent pointer";
	return !w->urg || seg->urg == w->urg;
}

static bool time_ok(struct peer *p, const struct pkt_seg *seg,
		    const struct pkt_want *w, const char **what)
{
	int ms = (seg->at_us - p->mark_us) / 1000;

	*what = "time: too early";
	if (w->min_ms && ms < w->min_ms)
		return false;
	*what = "time: too late";
	return !w->max_ms || ms <= w->max_ms;
}

static void print_want(__u8 flags, __u32 seq, __u32 ack,
		       const struct pkt_want *w)
{
	char name[40];

	fprintf(stderr, "#   expected: %s", pkt_flags(flags, name));
	if (seq != ANY)
		fprintf(stderr, " seq %d", seq);
	if (flags & ACK && ack != ANY)
		fprintf(stderr, " ack %d", ack);
	if (!w->any_len)
		fprintf(stderr, " len %u", w->len);
	if (w->mss)
		fprintf(stderr, " mss %u", w->mss);
	if (w->ws)
		fprintf(stderr, w->ws < 0 ? " no ws" : " ws %d", w->ws - 1);
	if (w->ts || w->no_ts)
		fprintf(stderr, w->ts ? " ts" : " no ts");
	if (w->tsecr)
		fprintf(stderr, " tsecr %u", w->tsecr);
	if (w->wnd || w->zero_wnd)
		fprintf(stderr, " win %u", w->wnd);
	if (w->urg)
		fprintf(stderr, " urg %u", w->urg);
	if (w->min_ms || w->max_ms)
		fprintf(stderr, " after %d to %d ms", w->min_ms,
			w->max_ms ? w->max_ms : XT_DEADLINE_MS);
	fprintf(stderr, "\n");
}

static void print_seen(struct peer *p, const struct pkt_seg *seg)
{
	char name[40];

	if (!seg) {
		fprintf(stderr, "#   seen:     nothing for %llu ms\n",
			(pkt_now_us() - p->mark_us) / 1000);
		return;
	}
	fprintf(stderr, "#   seen:     %s seq %d",
		pkt_flags(seg->flags, name), seg->seq - p->irs);
	if (seg->flags & ACK)
		fprintf(stderr, " ack %d", seg->ack - p->iss);
	fprintf(stderr, " len %u", seg->len);
	if (seg->has & HAS_MSS)
		fprintf(stderr, " mss %u", seg->mss);
	if (seg->has & HAS_WS)
		fprintf(stderr, " ws %u", seg->ws);
	if (seg->has & HAS_TS)
		fprintf(stderr, " ts %u:%u", seg->tsval, seg->tsecr);
	fprintf(stderr, " win %u",
		(__u32)seg->wnd << (seg->flags & SYN ? 0 : p->dut_ws));
	if (seg->urg)
		fprintf(stderr, " urg %u", seg->urg);
	fprintf(stderr, " after %llu ms\n", (seg->at_us - p->mark_us) / 1000);
}

/* Does @seg send again what went before? */
static bool retransmitted(const struct peer *p, const struct pkt_seg *seg)
{
	return end_of(p, seg) != seg->seq - p->irs &&
	       (__s32)(end_of(p, seg) - p->nxt) <= 0;
}

/*
 * A SYN that the timer may have sent again by now: on a machine that was away
 * for a second it comes in the middle of anything.
 */
static bool late_syn(const struct peer *p, const struct pkt_seg *seg)
{
	return seg->flags & SYN && p->nxt == 1 &&
	       seg->at_us - p->open_us > SYN_TIMER_US;
}

const struct pkt_seg *peer_expect(const char *where, struct peer *p,
				  __u8 flags, __u32 seq, __u32 ack,
				  const struct pkt_want *want)
{
	const struct pkt_seg *seg;
	const char *what = "there is none";
	int ms = XT_DEADLINE_MS;
	__u32 nxt;

	if (want->min_ms + 5000 > ms)
		ms = want->min_ms + 5000;
	if (want->max_ms + 1000 > ms)
		ms = want->max_ms + 1000;
	do {
		nxt = p->nxt;
		seg = peer_next(p, ms);
	} while (seg && p->nxt == nxt &&
		 ((want->again_ok && retransmitted(p, seg)) ||
		  (!(flags & SYN) && late_syn(p, seg))));
	if (!seg || !numbers_ok(p, seg, flags, seq, ack, want, &what) ||
	    !payload_ok(p, seg, want, &what) ||
	    !options_ok(seg, want, &what) || !window_ok(p, seg, want, &what) ||
	    !time_ok(p, seg, want, &what)) {
		fprintf(stderr, "# %s: not the segment expected: %s\n", where,
			what);
		print_want(flags, seq, ack, want);
		print_seen(p, seg);
		print_talk();
		abort();
	}
	p->mark_us = seg->at_us;
	return seg;
}

void peer_expect_nothing(const char *where, struct peer *p, int ms)
{
	const struct pkt_seg *seg;

	do {
		seg = peer_next(p, ms);
	} while (seg && ms <= SOON_MS && late_syn(p, seg));
	if (!seg)
		return;
	fprintf(stderr, "# %s: a segment where none may come\n", where);
	fprintf(stderr, "#   expected: nothing for %d ms\n", ms);
	print_seen(p, seg);
	print_talk();
	abort();
}

void peer_skip_repeats(struct peer *p)
{
	const struct pkt_seg *seg;
	__u32 nxt = p->nxt;

	while ((seg = peer_next(p, 0))) {
		if (p->nxt == nxt && retransmitted(p, seg))
			continue;
		fprintf(stderr, "# a segment that is not a retransmission\n");
		print_seen(p, seg);
		print_talk();
		abort();
	}
}

int peer_drain(struct peer *p, int ms)
{
	__u64 end = xt_now_ms() + ms;
	int n = 0;
	__u64 now;

	while ((now = xt_now_ms()) < end)
		if (peer_next(p, end - now))
			n++;
	while (peer_next(p, 0))
		n++;
	return n;
}

/* Opening */

void peer_syn(struct peer *p)
{
	inject(p, SYN, 0, 0, .mss = p->mss, .ws = p->ws);
}

void peer_synack(struct peer *p)
{
	/* A timestamp only where the SYN had one. */
	if (p->last && !(p->last->has & HAS_TS))
		p->ts = false;
	inject(p, SYN | ACK, 0, 1, .mss = p->mss, .ws = p->ws);
}

/* A socket of the stack under test that listens for @p. */
int peer_listen(struct peer *p)
{
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;
	socklen_t len = pkt_addr(false, p->dut, &addr);

	xt_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, &addr.sa, len) || listen(fd, BACKLOG))
		xt_die("listen");
	p->dut = xt_port(fd);
	return fd;
}

/* A non-blocking socket that has begun to connect to @p. */
int peer_connect(struct peer *p)
{
	int fd = xt_socket(pkt_fam());
	union xt_addr addr;
	socklen_t len = pkt_addr(true, p->port, &addr);

	xt_nonblock(fd, true);
	p->mark_us = pkt_now_us();
	p->open_us = p->mark_us;
	if (!connect(fd, &addr.sa, len) || errno != EINPROGRESS)
		xt_die("connect does not wait");
	p->dut = xt_port(fd);
	return fd;
}

/* An established connection that @p has opened; returns the accepted socket. */
int peer_accepted(struct peer *p)
{
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	close(listener);
	return fd;
}

/* An established connection that @p was asked for. */
int peer_connected(struct peer *p)
{
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	peer_synack(p);
	expect(p, ACK, 1, 1);
	if (!(xt_wait(fd, POLLOUT) & POLLOUT) || xt_sock_error(fd))
		xt_die("not connected");
	xt_nonblock(fd, false);
	return fd;
}

/* The program under test */

void app_write(int fd, __u32 off, size_t len)
{
	__u8 *buf = malloc(len + 1);
	size_t i;

	if (!buf)
		xt_die("memory");
	for (i = 0; i < len; i++)
		buf[i] = pattern(true, off + i);
	xt_send_all(fd, buf, len);
	free(buf);
}

void app_read(int fd, __u32 off, size_t len)
{
	__u8 *buf = malloc(len + 1);
	size_t i;

	if (!buf)
		xt_die("memory");
	xt_recv_all(fd, buf, len);
	for (i = 0; i < len; i++)
		if (buf[i] != pattern(false, off + i))
			peer_fail(__func__, NULL, "byte %zu read is not the one sent",
				  off + i);
	free(buf);
}

ssize_t app_open(struct peer *p, int fd, size_t len, int flags)
{
	__u8 *buf = malloc(len + 1);
	union xt_addr addr;
	socklen_t alen = pkt_addr(true, p->port, &addr);
	ssize_t ret;
	size_t i;
	int err;

	if (!buf)
		xt_die("memory");
	for (i = 0; i < len; i++)
		buf[i] = pattern(true, i);
	p->mark_us = pkt_now_us();
	p->open_us = p->mark_us;
	ret = sendto(fd, buf, len, MSG_FASTOPEN | flags, &addr.sa, alen);
	err = errno;
	free(buf);
	p->dut = xt_port(fd);
	errno = err;
	return ret;
}

/* State and counters */

enum xt_state peer_state(const struct peer *p)
{
	return xt_state(p->dut, p->port);
}

enum xt_state peer_wait_state(const struct peer *p, enum xt_state want)
{
	return xt_wait_state(p->dut, p->port, want);
}

/* The word of @line that stands where @name stands in @names. */
static bool same_place(char *names, char *line, const char *name,
		       unsigned long *value)
{
	char *n, *v, *at_n, *at_v;

	n = strtok_r(names, "\n ", &at_n);
	v = strtok_r(line, "\n ", &at_v);
	while (n && v && strcmp(n, name)) {
		n = strtok_r(NULL, "\n ", &at_n);
		v = strtok_r(NULL, "\n ", &at_v);
	}
	if (n && v)
		*value = strtoul(v, NULL, 10);
	return n && v;
}

/* A line of names, then one of values. */
static bool snmp_counter(const char *name, unsigned long *value)
{
	FILE *f = fopen("/proc/net/snmp", "r");
	char names[1024], line[1024];
	bool known = false;

	while (!known && f && fgets(names, sizeof(names), f) &&
	       fgets(line, sizeof(line), f))
		known = !strncmp(names, "Tcp:", 4) &&
			same_place(names, line, name, value);
	if (f)
		fclose(f);
	return known;
}

static bool own_counter(const char *name, unsigned long *value)
{
	FILE *f = fopen("/proc/net/xtcp_stat", "r");
	char line[256], word[64];
	bool known = false;

	while (!known && f && fgets(line, sizeof(line), f))
		known = sscanf(line, "%63s %lu", word, value) == 2 &&
			!strcmp(word, name);
	if (f)
		fclose(f);
	return known;
}

/* Of /proc/net/xtcp_stat, or of /proc/net/snmp for the kernel's TCP. */
unsigned long pkt_counter(const char *name)
{
	unsigned long value = 0;

	if (!(xt_is_tcp() ? snmp_counter(name, &value) :
			    own_counter(name, &value)))
		xt_die("no counter %s", name);
	return value;
}

void pkt_route(const char *metrics)
{
	xt_run("ip %s route replace %s dev pk0 %s",
	       pkt_fam() == XT_V4 ? "-4" : "-6",
	       pkt_fam() == XT_V4 ? "10.9.0.2" : "fd09::2", metrics);
}

void pkt_patient(void)
{
	char has[16];

	if (xt_sysctl_read("rto_min_us", has, sizeof(has)))
		xt_sysctl("rto_min_us", "2000000");
	else
		pkt_route("rto_min 2s");
}

bool pkt_time_is_cheap(void)
{
	return getenv("XTCP_TEST_LONG") || xt_virtual_time();
}

bool pkt_left_out(const char *name)
{
	const char *only = getenv("XTCP_TEST_ONLY");

	return only && *only && fnmatch(only, name, 0);
}
