// SPDX-License-Identifier: GPL-2.0
/*
 * The ledger of a listener against a generator that keeps count of what it
 * sends: SYNs and their repetitions, cookies good and bad, listeners that come
 * and go (F-26; RFC 4987).
 */
#include "xtcp_harness.h"
#include "ledger_fixture.h"

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <pthread.h>

/* M repetitions of N SYNs are answered from the queue, and end in three ways. */
TEST_F(ledger, F26_syns_and_repetitions)
{
	struct books *b = self->b;
	__u64 seed = xt_seed();
	int i, n, born = 0;
	struct peer *p;

	for (i = 0; i < PEERS; i++) {
		p = client(b);
		first_syn(b, p);
		for (n = xt_random(&seed) % 4; n; n--) {
			peer_syn(p);
			expect(p, SYN | ACK, 0, 1);
			count(SYN_REPEATS);
			count(SYNACK_ANSWERS);
		}
		if (xt_random(&seed) % 3 == 0) {
			inject(p, ACK, 1, 1234);
			expect(p, RST, 1234, 0);
			count(RSTS_SENT);
		}
		if (xt_random(&seed) % 2) {
			third_segment(b, p);
			born++;
		} else {
			inject(p, RST, 1, 0);
			count(EMBRYO_RSTS);
		}
	}
	check_ledger();
	EXPECT_EQ(born, told(b).accept_len);
	EXPECT_EQ(born, told(b).accept_peak);
	while (born--)
		accept_one(b);
	check_ledger();
	EXPECT_EQ(0, told(b).accept_len);
	EXPECT_EQ(0, told(b).syn_len);
	EXPECT_GE(told(b).syn_peak, 1);
}

/* A repetition that is not answered, for the limit, is counted all the same. */
TEST_F(ledger, F26_repetitions_within_limits)
{
	struct books *b = self->b;
	struct peer *p = client(b);

	xt_sysctl("invalid_ratelimit", "10000");
	/* The limiter's clock has steps of 64 ms, and begins with the machine. */
	expect_nothing(p, 200);
	first_syn(b, p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	peer_syn(p);
	peer_syn(p);
	expect_nothing(p, SOON_MS);
	count_n(SYN_REPEATS, 3);
	count(SYNACK_ANSWERS);
	check_ledger();
	inject(p, RST, 1, 0);
	count(EMBRYO_RSTS);
	check_ledger();
}

/* The SYN-ACK's own timer, to its end. */
TEST_F(ledger, F26_nobody_answers)
{
	struct books *b = self->b;
	struct peer *p = client(b), *q = client(b);

	xt_sysctl("synack_retries", "1");
	first_syn(b, p);
	first_syn(b, q);
	EXPECT_EQ(2, told(b).syn_len);
	expect(p, SYN | ACK, 0, 1, .min_ms = 900, .max_ms = 1500);
	expect(q, SYN | ACK, 0, 1);
	/* Not once more, and the end comes two seconds after it. */
	expect_nothing(p, 1900);
	ASSERT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	ASSERT_EQ(XT_NONE, peer_wait_state(q, XT_NONE));
	count_n(SYNACK_RETRANS, 2);
	count_n(EMBRYO_TIMEOUTS, 2);
	check_ledger();
	EXPECT_EQ(0, told(b).syn_len);
	EXPECT_EQ(2, told(b).syn_peak);
}

TEST_F(ledger, F26_icmp)
{
	struct books *b = self->b;
	struct peer *p = client(b);

	first_syn(b, p);
	if (variant->wire == XT_V4)
		peer_icmp(p, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0, 0);
	else
		peer_icmp(p, ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, 0, 0);
	ASSERT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	count(EMBRYO_ICMP);
	check_ledger();
}

/* Options that cannot be read: an MSS that runs past the header. */
TEST_F(ledger, F26_malformed_syns)
{
	struct books *b = self->b;
	static const __u8 bad[] = { 1, 1, 2, 4 };
	struct peer *p = client(b);
	int i;

	for (i = 0; i < 3; i++)
		inject(p, SYN, 0, 0, .opts = bad, .optlen = sizeof(bad));
	expect_nothing(p, SOON_MS);
	count_n(SYNS, 3);
	count_n(SYN_FAILS, 3);
	check_ledger();
}

TEST_F(ledger, F26_stray_acks)
{
	struct books *b = self->b;
	struct peer *p = client(b);
	int i;

	for (i = 1; i <= 5; i++) {
		inject(p, ACK, 1, 100 * i);
		expect(p, RST, 100 * i, 0);
	}
	/* Nor is this a connection's, and it brings no cookie by any means. */
	inject(p, SYN | ACK, 0, 77);
	expect(p, RST, 77, 0);
	inject(p, RST, 1, 0);
	count_n(ACKS_STRAY, 5);
	count_n(RSTS_SENT, 6);
	check_ledger();
}

/* Good ones, altered ones, forged ones, each by its cause. */
TEST_F(ledger, F26_cookies)
{
	struct books *b = self->b;
	__u64 seed = xt_seed();
	int i, good = 0;
	struct peer *p;
	__u32 ack;

	xt_sysctl("syncookies", "2");
	for (i = 0; i < PEERS; i++) {
		p = client(b);
		p->ts = i % 2;
		cookie_offered(b, p);
		/* Nothing is kept, so a repetition is a SYN like the first. */
		cookie_offered(b, p);
		switch (xt_random(&seed) % 4) {
		case 0:
			ack = 1 ^ (2U << xt_random(&seed) % 31);
			inject(p, ACK, 1, ack);
			cookie_refused(b, p, ack);
			count(COOKIES_FORGED);
			break;
		case 1:
			inject(p, ACK, 2, 1);
			cookie_refused(b, p, 1);
			count(COOKIES_FORGED);
			break;
		case 2:
			if (!p->ts)
				break;
			inject(p, ACK, 1, 1, .tsecr = p->tsecr + 60000);
			cookie_refused(b, p, 1);
			count(COOKIES_BAD_TS);
			break;
		default:
			count(COOKIES_GOOD);
			third_segment(b, p);
			good++;
		}
	}
	check_ledger();
	EXPECT_EQ(0, told(b).syn_peak);
	EXPECT_EQ(good, told(b).accept_len);
	while (good--)
		accept_one(b);
	check_ledger();
}

/* A cookie beyond its time is told from one that never was. */
TEST_F_TIMEOUT(ledger, F26_stale_cookies, 300)
{
	struct books *b = self->b;
	struct peer *old = client(b), *p = client(b);

	LONG();
	xt_sysctl("syncookies", "2");
	cookie_offered(b, old);
	expect_nothing(old, 135 * 1000);
	/* While none is out, nobody looks. */
	inject(old, ACK, 1, 1);
	cookie_refused(b, old, 1);
	count(ACKS_STRAY);
	cookie_offered(b, p);
	inject(old, ACK, 1, 1);
	cookie_refused(b, old, 1);
	count(COOKIES_STALE);
	inject(old, ACK, 1, 3);
	cookie_refused(b, old, 3);
	count(COOKIES_FORGED);
	check_ledger();
	count(COOKIES_GOOD);
	third_segment(b, p);
	accept_one(b);
	check_ledger();
}

/* The SYN queue is full: with cookies and without. */
TEST_F(ledger, F26_syn_queue_full)
{
	struct books *b = self->b;
	struct peer *p;
	int i;

	xt_sysctl("max_syn_backlog", "3");
	xt_sysctl("syncookies", "0");
	for (i = 0; i < 3; i++)
		first_syn(b, client(b));
	for (i = 0; i < 4; i++) {
		p = client(b);
		peer_syn(p);
		expect_nothing(p, SOON_MS);
		count(SYNS);
		count(SYN_QUEUE_FULL);
		count(SYN_QUEUE_DROPS);
	}
	check_ledger();
	xt_sysctl("syncookies", "1");
	for (i = 0; i < 5; i++) {
		cookie_offered(b, client(b));
		count(SYN_QUEUE_FULL);
	}
	check_ledger();
	EXPECT_EQ(3, told(b).syn_len);
	EXPECT_EQ(3, told(b).syn_peak);
	for (i = 0; i < 3; i++)
		inject(&b->peers[i], RST, 1, 0);
	count_n(EMBRYO_RSTS, 3);
	check_ledger();
	EXPECT_EQ(0, told(b).syn_len);
}

/* Each listen() begins a ledger; the namespace's counters go on. */
TEST_F(ledger, F26_begins_anew)
{
	struct books *b = self->b;
	struct sockaddr unspec = { .sa_family = AF_UNSPEC };
	__u64 id = told(b).id;
	int other;

	first_syn(b, client(b));
	third_segment(b, &b->peers[0]);
	accept_one(b);
	check_ledger();
	/* More backlog is not another listener. */
	ASSERT_EQ(0, listen(b->listener, 9));
	EXPECT_EQ(id, told(b).id);
	check_ledger();
	/* The same socket, and then another one, in its place. */
	ASSERT_EQ(0, connect(b->listener, &unspec, sizeof(unspec)));
	ASSERT_EQ(0, listen(b->listener, 9));
	b->port = xt_port(b->listener);
	memset(&b->own, 0, sizeof(b->own));
	EXPECT_LT(id, told(b).id);
	EXPECT_EQ(0, told(b).waits);
	EXPECT_EQ(0, told(b).accept_peak);
	check_ledger();
	first_syn(b, client(b));
	inject(&b->peers[1], RST, 1, 0);
	count(EMBRYO_RSTS);
	check_ledger();
	close(b->listener);
	begin(b, variant->fam, 5);
	check_ledger();
	/* Of two listeners each counts its own. */
	other = listen_at(variant->fam, 0, 5);
	first_syn(b, client(b));
	third_segment(b, &b->peers[2]);
	accept_one(b);
	check_ledger();
	memset(&b->own, 0, sizeof(b->own));
	b->port = xt_port(other);
	check_ledger();
}

#define BLAST_MAX	30000

/* What the blaster shares with the test. */
static struct {
	int stop;
	int sent;
	__u16 dut;
} blast;

/* SYNs from ever new ports, in bursts, as fast as they go. */
static void *blaster(void *arg)
{
	struct peer p;
	__u16 port = 1;

	(void)arg;
	peer_init(&p);
	p.dut = blast.dut;
	while (!__atomic_load_n(&blast.stop, __ATOMIC_ACQUIRE) &&
	       port < BLAST_MAX) {
		p.port = port++;
		peer_syn(&p);
		__atomic_add_fetch(&blast.sent, 1, __ATOMIC_RELEASE);
		if (port % 16 == 0)
			xt_pause();
	}
	return NULL;
}

static int sent(void)
{
	return __atomic_load_n(&blast.sent, __ATOMIC_ACQUIRE);
}

static void wait_for_syns(int n)
{
	int seen = sent();

	while (sent() < seen + n && sent() < BLAST_MAX - 1)
		xt_pause();
}

/*
 * The listener is closed and made anew while SYNs arrive: each of them comes to
 * a listener or to nobody, none is lost to the books, and nothing remains.
 */
TEST_F(ledger, F26_reopened_under_syns)
{
	struct books *b = self->b;
	unsigned long nobody = pkt_counter("DropNoSocket"), listeners;
	pthread_t thread;
	int i;

	xt_sysctl("max_syn_backlog", "64");
	xt_sysctl("syncookies", variant->fam == XT_V6 ? "1" : "0");
	blast.dut = b->port;
	ASSERT_EQ(0, pthread_create(&thread, NULL, blaster, NULL));
	for (i = 0; i < 60; i++) {
		wait_for_syns(20);
		close(b->listener);
		if (i % 3 == 0)
			wait_for_syns(5);
		b->listener = listen_at(variant->fam, b->port, 4);
	}
	__atomic_store_n(&blast.stop, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	peer_drain(&b->peers[0], SOON_MS);
	listeners = pkt_counter("ListenSyns");
	nobody = pkt_counter("DropNoSocket") - nobody;
	EXPECT_EQ(sent(), listeners + nobody);
	EXPECT_GE(listeners, 60 * 20 / 2);
	EXPECT_EQ(listeners, pkt_counter("ListenSynQueued") +
			     pkt_counter("SyncookiesSent") +
			     pkt_counter("SynQueueDrops") +
			     pkt_counter("SynFails"));
	close(b->listener);
	EXPECT_FALSE(tally_read(&b->nl, b->port, &(struct told){}));
}

/* A long conversation at random, over two listeners, one after the other. */
TEST_F(ledger, F26_all_at_random)
{
	struct books *b = self->b;
	__u64 seed = xt_seed();
	int round, i, born;
	struct peer *p;

	for (round = 0; round < 2; round++) {
		b->unused = 0;
		born = 0;
		for (i = 0; i < PEERS; i++) {
			p = client(b);
			switch (xt_random(&seed) % 5) {
			case 0:
				xt_sysctl("syncookies", "2");
				cookie_offered(b, p);
				count(COOKIES_GOOD);
				third_segment(b, p);
				born++;
				break;
			case 1:
				xt_sysctl("syncookies", "2");
				cookie_offered(b, p);
				inject(p, ACK, 1, 5);
				cookie_refused(b, p, 5);
				count(COOKIES_FORGED);
				break;
			case 2:
				xt_sysctl("syncookies", "0");
				first_syn(b, p);
				inject(p, RST, 1, 0);
				count(EMBRYO_RSTS);
				break;
			case 3:
				xt_sysctl("syncookies", "0");
				inject(p, ACK, 1, 9);
				cookie_refused(b, p, 9);
				count(ACKS_STRAY);
				break;
			default:
				xt_sysctl("syncookies", "0");
				first_syn(b, p);
				third_segment(b, p);
				born++;
			}
		}
		check_ledger();
		while (born--)
			accept_one(b);
		check_ledger();
		close(b->listener);
		begin(b, variant->fam, 64);
		check_ledger();
	}
}

TEST_HARNESS_MAIN
