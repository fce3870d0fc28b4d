// SPDX-License-Identifier: GPL-2.0
/*
 * Malformed segments of every kind, against every state: they change nothing,
 * draw no answer and are counted by reason, exactly (F-04, F-05; RFC 9293
 * MUST-3, MUST-5, MUST-7, MUST-68).
 *
 * Each state is reached, bombarded with some hundred segments that would all
 * be acceptable but for one fault, and then must go on as if nothing had been.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GARBAGE		150	/* random segments of each kind */

/* Why a segment is dropped, in the order in which that is found out. */
enum fault {
	F_SHORT,
	F_DOFF,
	F_CSUM,
	F_FLAGS,
	F_OPT,
	F_NONE,
};

static const char counter[F_NONE][16] = {
	[F_SHORT] = "DropHdrShort",
	[F_DOFF] = "DropDoffBad",
	[F_CSUM] = "DropCsum",
	[F_FLAGS] = "DropFlagsBad",
	[F_OPT] = "DropOptBad",
};

/* A connection in some state, and what was sent to it. */
struct scene {
	struct peer *p;
	int fd;
	int listener;
	__u8 flags;		/* of a segment that it would take */
	__u32 seq;
	__u32 ack;
	__u64 random;
	unsigned long sent[F_NONE];
};

static __u32 pick(struct scene *s, __u32 below)
{
	return xt_random(&s->random) % below;
}

/* Malformed or not: the judgment of this test, not of the stack. */

static bool options_ok(const __u8 *o, int len)
{
	while (len > 0 && *o) {
		if (*o == 1) {
			o++;
			len--;
			continue;
		}
		if (len < 2 || o[1] < 2 || o[1] > len)
			return false;
		len -= o[1];
		o += o[1];
	}
	return true;
}

static bool checksum_ok(const __u8 *tcp, int len)
{
	__u8 copy[PKT_MAX];

	memcpy(copy, tcp, len);
	pkt_checksum(copy, len);
	return !memcmp(copy + 16, tcp + 16, 2);
}

static enum fault judge(const __u8 *tcp, int len)
{
	int hdr;

	if (len < PKT_TCP_HDR)
		return F_SHORT;
	hdr = (tcp[12] >> 4) * 4;
	if (hdr < PKT_TCP_HDR || hdr > len)
		return F_DOFF;
	if (!checksum_ok(tcp, len))
		return F_CSUM;
	if (tcp[13] & SYN ? tcp[13] & (FIN | RST) :
			    !(tcp[13] & (FIN | RST | ACK)))
		return F_FLAGS;
	if (!options_ok(tcp + PKT_TCP_HDR, hdr - PKT_TCP_HDR))
		return F_OPT;
	return F_NONE;
}

/* Send it if it has just the fault that it should have. */
static void throw(struct scene *s, const __u8 *tcp, int len, enum fault fault)
{
	if (judge(tcp, len) != fault)
		return;
	s->sent[fault]++;
	pkt_inject(tcp, len, NULL);
}

static int good(struct scene *s, __u8 *tcp, __u8 flags, __u32 len)
{
	return peer_build(s->p, tcp, flags, s->seq, s->ack,
			  &(struct pkt_out){ .len = len });
}

/* The kinds */

static void short_headers(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	int len;

	good(s, tcp, s->flags, 0);
	for (len = 0; len < PKT_TCP_HDR; len++)
		throw(s, tcp, len, F_SHORT);
}

static void data_offsets(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	__u32 payload;
	int doff, len;

	for (payload = 0; payload <= 40; payload += 5) {
		len = good(s, tcp, s->flags, payload);
		for (doff = 0; doff < 16; doff++) {
			tcp[12] = doff << 4;
			pkt_checksum(tcp, len);
			throw(s, tcp, len, F_DOFF);
		}
	}
}

static void checksums(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	int len, i;

	len = good(s, tcp, s->flags, 33);
	for (i = 0; i < len * 8; i++) {
		tcp[i / 8] ^= 1 << i % 8;
		throw(s, tcp, len, F_CSUM);
		tcp[i / 8] ^= 1 << i % 8;
	}
	tcp[16] = 0;
	tcp[17] = 0;
	throw(s, tcp, len, F_CSUM);
	memset(tcp + 16, 0xff, 2);
	throw(s, tcp, len, F_CSUM);
}

/* IP says that there is less: the checksum shows what is missing. */
static void cut_off(struct scene *s)
{
	struct pkt_ip ip = {};
	__u8 tcp[PKT_MAX];
	int len, cut;

	len = good(s, tcp, s->flags, 40);
	for (cut = 1; cut <= 40; cut++) {
		if (judge(tcp, len - cut) != F_CSUM)
			continue;
		ip.len_delta = -cut;
		s->sent[F_CSUM]++;
		pkt_inject(tcp, len, &ip);
	}
	/* IP says that there is more: IP itself drops it. */
	for (cut = 1; cut <= 10; cut++) {
		ip.len_delta = cut;
		pkt_inject(tcp, len, &ip);
	}
}

/* Flags that no state of RFC 9293 sends or takes. */
static void impossible_flags(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	int flags, len;

	for (flags = 0; flags < 256; flags++) {
		/* Kernel TCP looks at one flag after the other. */
		if (xt_is_tcp() && flags & (SYN | FIN | RST))
			continue;
		len = good(s, tcp, flags, flags % 3 && !xt_is_tcp() ? 10 : 0);
		throw(s, tcp, len, F_FLAGS);
	}
}

static void throw_options(struct scene *s, const __u8 *opts, int optlen)
{
	__u8 tcp[PKT_MAX];
	int len;

	len = peer_build(s->p, tcp, s->flags, s->seq, s->ack,
			 &(struct pkt_out){ .opts = opts, .optlen = optlen,
					    .len = 10 });
	throw(s, tcp, len, F_OPT);
}

/*
 * MUST-7, MUST-68: option lengths of 0, of 1, past the end of the header, and
 * none at all, at every place of a header full of options.
 */
static void bad_options(struct scene *s)
{
	static const __u8 kinds[] = { 2, 3, 4, 5, 8, 19, 34, 253 };
	__u8 opts[PKT_OPTLEN_MAX];
	unsigned int k;
	int at;

	/* Kernel TCP takes what came before the bad option, and the data. */
	if (xt_is_tcp())
		return;
	for (k = 0; k < sizeof(kinds); k++) {
		for (at = 0; at + 1 < PKT_OPTLEN_MAX; at += 3) {
			memset(opts, 1, sizeof(opts));
			opts[at] = kinds[k];
			opts[at + 1] = 0;
			throw_options(s, opts, sizeof(opts));
			opts[at + 1] = 1;
			throw_options(s, opts, sizeof(opts));
			opts[at + 1] = sizeof(opts) - at + 1;
			throw_options(s, opts, sizeof(opts));
			opts[at + 1] = 255;
			throw_options(s, opts, sizeof(opts));
		}
		memset(opts, 1, sizeof(opts));
		opts[sizeof(opts) - 1] = kinds[k];
		throw_options(s, opts, sizeof(opts));
		throw_options(s, opts + sizeof(opts) - 4, 4);
	}
}

/* Bytes without sense, but for the ports. */
static void garbage(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	enum fault fault;
	int i, j, len;

	for (i = 0; i < GARBAGE; i++) {
		good(s, tcp, s->flags, 0);
		len = pick(s, 120);
		for (j = 4; j < len; j++)
			tcp[j] = pick(s, 256);
		fault = judge(tcp, len);
		if (fault < F_FLAGS)
			throw(s, tcp, len, fault);
	}
}

/* A good segment with a few bytes changed on the way. */
static void damaged(struct scene *s)
{
	__u8 tcp[PKT_MAX];
	enum fault fault;
	int i, n, len;

	for (i = 0; i < GARBAGE; i++) {
		len = good(s, tcp, s->flags, pick(s, 100));
		for (n = 1 + pick(s, 4); n; n--)
			tcp[4 + pick(s, len - 4)] ^= 1 + pick(s, 255);
		fault = judge(tcp, len);
		if (fault < F_FLAGS)
			throw(s, tcp, len, fault);
	}
}

/* The whole bombardment, and the account of it */

struct account {
	unsigned long drop[F_NONE];
	unsigned long segs;
	unsigned long errs;
	unsigned long csum;
};

static void take_account(struct account *a)
{
	int i;

	for (i = 0; i < F_NONE; i++)
		a->drop[i] = pkt_counter(counter[i]);
	a->segs = pkt_counter("InSegs");
	a->errs = pkt_counter("InErrs");
	a->csum = pkt_counter("InCsumErrors");
}

static void check_account(struct __test_metadata *_metadata, struct scene *s,
			  const struct account *was, unsigned long sent)
{
	struct account now;
	int i;

	take_account(&now);
	/* What seems to be for another port there is not xtcp's to count. */
	if (xt_wire != xt_proto) {
		EXPECT_GE(sent, now.segs - was->segs);
		EXPECT_EQ(now.segs - was->segs, now.errs - was->errs);
		return;
	}
	for (i = 0; i < F_NONE; i++)
		EXPECT_EQ(s->sent[i], now.drop[i] - was->drop[i])
			TH_LOG("%s", counter[i]);
	EXPECT_EQ(sent, now.segs - was->segs);
	EXPECT_EQ(sent, now.errs - was->errs)
		TH_LOG("InErrs");
	EXPECT_EQ(s->sent[F_CSUM], now.csum - was->csum);
}

static void bombard(struct __test_metadata *_metadata, struct scene *s,
		    bool blind)
{
	enum xt_state before = peer_state(s->p);
	struct account before_all = {};
	unsigned long sent = 0;
	int i;

	s->random = xt_seed();
	if (!xt_is_tcp())
		take_account(&before_all);
	peer_skip_repeats(s->p);
	short_headers(s);
	data_offsets(s);
	checksums(s);
	cut_off(s);
	if (!blind) {
		impossible_flags(s);
		bad_options(s);
	}
	garbage(s);
	damaged(s);
	peer_skip_repeats(s->p);
	EXPECT_EQ(before, peer_state(s->p));
	for (i = 0; i < F_NONE; i++)
		sent += s->sent[i];
	EXPECT_LT(600, sent);
	if (!xt_is_tcp())
		check_account(_metadata, s, &before_all, sent);
}

/* What every connection that lives must still be able to do. */

static void peer_speaks(struct scene *s)
{
	inject(s->p, ACK | PSH, s->seq, s->ack, .len = 200);
	s->seq += 200;
	app_read(s->fd, s->seq - 201, 200);
	expect(s->p, ACK, s->ack, s->seq, .again_ok = true);
}

static void program_speaks(struct scene *s)
{
	app_write(s->fd, s->ack - 1, 300);
	expect(s->p, ACK, s->ack, s->seq, .len = 300, .again_ok = true);
	s->ack += 300;
	inject(s->p, ACK, s->seq, s->ack);
}

static void ends(struct scene *s, enum xt_state state)
{
	if (peer_wait_state(s->p, state) != state)
		peer_fail(__func__, s->p, "state %d, not %d",
			  peer_state(s->p), state);
}

static void established(struct scene *s, struct peer *p)
{
	*s = (struct scene){
		.p = p, .fd = peer_accepted(p), .flags = ACK | PSH,
		.seq = 1, .ack = 1,
	};
}

TEST_F(pkt, F04_malformed_LISTEN)
{
	struct scene s = { .p = self->p, .flags = SYN };

	s.listener = peer_listen(s.p);
	bombard(_metadata, &s, false);
	peer_syn(s.p);
	expect(s.p, SYN | ACK, 0, 1);
	inject(s.p, ACK, 1, 1);
	s.fd = xt_accept(s.listener);
	s.seq = 1;
	s.ack = 1;
	peer_speaks(&s);
	program_speaks(&s);
}

TEST_F(pkt, F04_malformed_SYN_SENT)
{
	struct scene s = { .p = self->p, .flags = SYN | ACK, .ack = 1 };

	s.fd = peer_connect(s.p);
	expect(s.p, SYN, 0, 0);
	bombard(_metadata, &s, false);
	ends(&s, XT_SYN_SENT);
	peer_synack(s.p);
	expect(s.p, ACK, 1, 1, .again_ok = true);
	s.seq = 1;
	peer_speaks(&s);
	program_speaks(&s);
}

TEST_F(pkt, F04_malformed_SYN_RECEIVED)
{
	struct scene s = {
		.p = self->p, .flags = ACK | PSH, .seq = 1, .ack = 1
	};

	s.listener = peer_listen(s.p);
	peer_syn(s.p);
	expect(s.p, SYN | ACK, 0, 1);
	bombard(_metadata, &s, false);
	EXPECT_EQ(0, xt_events(s.listener, POLLIN));
	inject(s.p, ACK, 1, 1);
	s.fd = xt_accept(s.listener);
	peer_speaks(&s);
	program_speaks(&s);
}

TEST_F(pkt, F04_malformed_ESTABLISHED)
{
	struct scene s;

	established(&s, self->p);
	bombard(_metadata, &s, false);
	EXPECT_EQ(0, xt_inq(s.fd));
	peer_speaks(&s);
	program_speaks(&s);
}

/* What is in the queues stays there as it is. */
TEST_F(pkt, F04_malformed_ESTABLISHED_with_queues)
{
	struct scene s;

	established(&s, self->p);
	inject(s.p, ACK, 101, 1, .len = 100);
	expect(s.p, ACK, 1, 1);
	app_write(s.fd, 0, 300);
	expect(s.p, ACK, 1, 1, .len = 300);
	bombard(_metadata, &s, false);
	EXPECT_EQ(0, xt_inq(s.fd));
	EXPECT_EQ(300, xt_outq(s.fd));
	inject(s.p, ACK | PSH, 1, 301, .len = 100);
	app_read(s.fd, 0, 200);
	EXPECT_EQ(0, xt_wait_outq(s.fd, 0));
}

TEST_F(pkt, F04_malformed_FIN_WAIT_1)
{
	struct scene s;

	established(&s, self->p);
	shutdown(s.fd, SHUT_WR);
	expect(s.p, FIN | ACK, 1, 1);
	bombard(_metadata, &s, false);
	ends(&s, XT_FIN_WAIT1);
	inject(s.p, ACK, 1, 2);
	ends(&s, XT_FIN_WAIT2);
	s.ack = 2;
	peer_speaks(&s);
	inject(s.p, FIN | ACK, s.seq, s.ack);
	expect(s.p, ACK, 2, s.seq + 1);
	ends(&s, XT_TIME_WAIT);
}

TEST_F(pkt, F04_malformed_FIN_WAIT_2)
{
	struct scene s;

	established(&s, self->p);
	shutdown(s.fd, SHUT_WR);
	expect(s.p, FIN | ACK, 1, 1);
	inject(s.p, ACK, 1, 2);
	s.ack = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_FIN_WAIT2);
	peer_speaks(&s);
	inject(s.p, FIN | ACK, s.seq, s.ack);
	expect(s.p, ACK, 2, s.seq + 1);
	ends(&s, XT_TIME_WAIT);
}

/* FIN-WAIT-2 without a process: a small object in its own right. */
TEST_F(pkt, F04_malformed_FIN_WAIT_2_orphan)
{
	struct scene s;

	established(&s, self->p);
	close(s.fd);
	expect(s.p, FIN | ACK, 1, 1);
	inject(s.p, ACK, 1, 2);
	s.ack = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_FIN_WAIT2);
	inject(s.p, FIN | ACK, 1, 2);
	expect(s.p, ACK, 2, 2);
	ends(&s, XT_TIME_WAIT);
}

TEST_F(pkt, F04_malformed_CLOSE_WAIT)
{
	struct scene s;

	established(&s, self->p);
	inject(s.p, FIN | ACK, 1, 1);
	expect(s.p, ACK, 1, 2);
	s.seq = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_CLOSE_WAIT);
	program_speaks(&s);
	close(s.fd);
	expect(s.p, FIN | ACK, s.ack, 2);
	inject(s.p, ACK, 2, s.ack + 1);
	ends(&s, XT_NONE);
}

TEST_F(pkt, F04_malformed_CLOSING)
{
	struct scene s;

	established(&s, self->p);
	shutdown(s.fd, SHUT_WR);
	expect(s.p, FIN | ACK, 1, 1);
	inject(s.p, FIN | ACK, 1, 1);
	expect(s.p, ACK, 2, 2);
	s.seq = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_CLOSING);
	inject(s.p, ACK, 2, 2);
	ends(&s, XT_TIME_WAIT);
}

TEST_F(pkt, F04_malformed_LAST_ACK)
{
	struct scene s;

	established(&s, self->p);
	inject(s.p, FIN | ACK, 1, 1);
	expect(s.p, ACK, 1, 2);
	close(s.fd);
	expect(s.p, FIN | ACK, 1, 2);
	s.seq = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_LAST_ACK);
	inject(s.p, ACK, 2, 2);
	ends(&s, XT_NONE);
}

TEST_F(pkt, F04_malformed_TIME_WAIT)
{
	struct scene s;

	established(&s, self->p);
	shutdown(s.fd, SHUT_WR);
	expect(s.p, FIN | ACK, 1, 1);
	inject(s.p, FIN | ACK, 1, 2);
	expect(s.p, ACK, 2, 2);
	s.seq = 2;
	s.ack = 2;
	bombard(_metadata, &s, false);
	ends(&s, XT_TIME_WAIT);
	inject(s.p, FIN | ACK, 1, 2);
	expect(s.p, ACK, 2, 2);
}

/* Where nobody is, flags and options mean nothing: all is answered by RST. */
TEST_F(pkt, F04_malformed_CLOSED)
{
	struct scene s = { .p = self->p, .flags = SYN };

	s.p->dut = 5;
	bombard(_metadata, &s, true);
	ends(&s, XT_NONE);
	peer_syn(s.p);
	expect(s.p, RST | ACK, 0, 1);
}

TEST_HARNESS_MAIN
