// SPDX-License-Identifier: GPL-2.0
/*
 * TIME-WAIT and half-open connections, segment by segment: F-43, F-44; RFC
 * 9293 sections 3.5.1 and 3.6.1, RFC 1337, RFC 6191.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <unistd.h>

/* TIME-WAIT: F-43, RFC9293-MUST-13, -TXT-18 */

/* Each repetition is answered; here by a fresh clock, too. */
TEST_F(pkt, F43_repeated_FIN_restarts_the_clock)
{
	struct peer *p = self->p;
	__u64 start;
	int i;

	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "3000");
	to_time_wait(p);
	for (i = 0; i < 3; i++) {
		inject(p, FIN | ACK, 1, 2);
		expect(p, ACK, 2, 2, .max_ms = 500);
	}
	if (xt_is_tcp())
		return;
	expect_nothing(p, 2000);
	start = xt_now_ms();
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2);
	expect_nothing(p, 2000);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(2990, xt_now_ms() - start);
	EXPECT_GE(4500, xt_now_ms() - start);
}

/* A stray segment restarts nothing. */
TEST_F(pkt, F43_stray_segments_do_not_restart_the_clock)
{
	struct peer *p = self->p;
	__u64 before, start;

	if (xt_is_tcp())
		SKIP(return, "kernel TCP's TIME-WAIT of 60 s cannot be shortened");
	xt_sysctl("timewait_ms", "3000");
	before = xt_now_ms();
	to_time_wait(p);
	start = xt_now_ms();
	expect_nothing(p, 2000);
	inject(p, ACK, 2, 2);
	inject(p, ACK, 1, 2, .len = 1);
	expect(p, ACK, 2, 2);
	inject(p, RST, 700, 0);
	EXPECT_EQ(XT_NONE, peer_wait_state(p, XT_NONE));
	EXPECT_LE(2990, xt_now_ms() - before);
	EXPECT_GE(4500, xt_now_ms() - start);
}

/* RFC1337-01, -02, -03 with the knob, which F-43 has as its default. */
TEST_F(pkt, RFC1337_01_no_assassination)
{
	struct peer *p = self->p;

	xt_sysctl("rfc1337", "1");
	to_time_wait(p);
	inject(p, RST, 2, 0);
	inject(p, RST | ACK, 2, 2);
	inject(p, RST, 1, 0);
	inject(p, RST, 3, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	/* An old duplicate draws an ACK; the RST that it draws is harmless. */
	inject(p, ACK, 1, 1, .len = 1);
	expect(p, ACK, 2, 2);
	inject(p, RST, 2, 0);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	/* A bare ACK in its place is no question. */
	inject(p, ACK, 2, 2);
	expect_nothing(p, SOON_MS);
}

/* RFC9293-TXT-19 to the letter, without the knob */
TEST_F(pkt, TXT19_RST_in_TIME_WAIT)
{
	struct peer *p = self->p;

	xt_sysctl("rfc1337", "0");
	to_time_wait(p);
	inject(p, RST, 0x40000000, 0);
	inject(p, RST, 1, 0);
	expect_nothing(p, SOON_MS);
	EXPECT_EQ(XT_TIME_WAIT, peer_state(p));
	inject(p, RST, 2, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, SOON_MS);
}

/* A new connection takes the place: F-44, RFC 6191, RFC9293-MAY-2, -SHLD-4 */

struct reopen {
	bool ts;		/* the old connection had timestamps */
	bool new_ts;		/* the new one offers them */
	__u32 seq;		/* of the new SYN, relative to the old */
	__s32 ts_step;		/* of its timestamp, from the last */
	bool taken;
};

static void reopens(struct peer *p, const struct reopen *r)
{
	int listener = peer_listen(p);
	__u32 old_nxt;

	p->ts = r->ts;
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	close(xt_accept(listener));
	expect(p, FIN | ACK, 1, 1);
	inject(p, FIN | ACK, 1, 2);
	expect(p, ACK, 2, 2, .ts = r->ts, .no_ts = !r->ts);
	state(p, XT_TIME_WAIT);
	old_nxt = p->irs + 2;
	if (!r->taken) {
		inject(p, SYN, r->seq, 0, .mss = 1000, .no_ts = !r->new_ts,
		       .tsval = r->new_ts ? p->tsval + r->ts_step : 0);
		expect(p, ACK, 2, 2);
		state(p, XT_TIME_WAIT);
		return;
	}
	p->iss += r->seq;
	p->tsval += r->ts_step;
	p->ts = r->new_ts;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1, .ts = r->new_ts, .no_ts = !r->new_ts);
	if ((__s32)(p->irs - old_nxt) <= 0)
		peer_fail(__func__, p, "the new ISN is not beyond the old");
	inject(p, ACK, 1, 1);
	app_write(xt_accept(listener), 0, 10);
	expect(p, ACK, 1, 1, .len = 10);
}

TEST_F(pkt, MAY02_newer_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 3, .taken = true });
}

/* Nothing but the entry itself says where the old connection ended. */
TEST_F(pkt, MAY02_newer_SYN_without_memory)
{
	if (xt_is_tcp())
		SKIP(return, "the memory of early leaves is xtcp's");
	xt_sysctl("audit_max", "0");
	reopens(self->p, &(struct reopen){ .seq = 3, .taken = true });
}

TEST_F(pkt, MAY02_much_newer_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 0x60000000, .taken = true });
}

/* RFC6191-05; both stacks answer by an ACK, so that a real client resets. */
TEST_F(pkt, RFC6191_05_older_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = -5000 });
}

TEST_F(pkt, RFC6191_05_same_SYN_in_TIME_WAIT)
{
	reopens(self->p, &(struct reopen){ .seq = 0 });
}

TEST_F(pkt, RFC6191_01_newer_timestamp)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = -5000, .ts_step = 1, .taken = true });
}

TEST_F(pkt, RFC6191_02_same_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = 5000, .taken = true });
}

TEST_F(pkt, RFC6191_02_same_timestamp_older_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = -5000 });
}

TEST_F(pkt, RFC6191_05_older_timestamp)
{
	reopens(self->p, &(struct reopen){ .ts = true, .new_ts = true,
		.seq = 5000, .ts_step = -1 });
}

TEST_F(pkt, RFC6191_03_no_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .seq = 5000,
		.taken = true });
}

TEST_F(pkt, RFC6191_03_no_timestamp_older_SEQ)
{
	reopens(self->p, &(struct reopen){ .ts = true, .seq = -5000 });
}

TEST_F(pkt, RFC6191_04_first_timestamp_newer_SEQ)
{
	reopens(self->p, &(struct reopen){ .new_ts = true, .seq = 5000,
		.taken = true });
}

/* Where nobody listens, no SYN ends the wait. */
TEST_F(pkt, MAY02_newer_SYN_without_a_listener)
{
	struct peer *p = self->p;

	to_time_wait(p);
	inject(p, SYN, 5000, 0, .mss = 1000);
	expect(p, ACK, 2, 2);
	state(p, XT_TIME_WAIT);
}

/* Half-open: RFC9293-TXT-29, RFC5961-04, RFC 9293 section 3.5.1 */
TEST_F(pkt, TXT29_half_open_connection_discovered)
{
	struct peer *p = self->p;
	int listener = peer_listen(p);
	int fd;

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	fd = xt_accept(listener);
	/* The peer rebooted, and knows nothing. */
	inject(p, SYN, 0x33333333, 0, .mss = 1000);
	expect(p, ACK, 1, 1);
	EXPECT_EQ(XT_ESTABLISHED, peer_state(p));
	inject(p, RST, 1, 0);
	EXPECT_EQ(XT_NONE, peer_state(p));
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	p->iss += 0x33333333;
	peer_again(p);
	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	inject(p, ACK, 1, 1);
	close(xt_accept(listener));
}

/* The active side speaks to a peer that rebooted: figure 11. */
TEST_F(pkt, TXT29_peer_rebooted)
{
	struct peer *p = self->p;
	int fd = peer_connected(p);

	app_write(fd, 0, 100);
	expect(p, ACK, 1, 1, .len = 100);
	inject(p, RST, 1, 0);
	EXPECT_EQ(ECONNRESET, xt_sock_error(fd));
	EXPECT_EQ(XT_NONE, peer_state(p));
	expect_nothing(p, 300);
}

TEST_HARNESS_MAIN
