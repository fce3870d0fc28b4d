// SPDX-License-Identifier: GPL-2.0
/*
 * The state x event grid: each state of RFC 9293 section 3.3.2 is reached and
 * then meets each kind of segment, call and timeout. conformance/grid.h is the
 * table; here are the words it is written in, and a test of each of its lines.
 */
#include "xtcp_harness.h"
#include "pkt_fixture.h"
#include "pkt_states.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

/* Far outside of any window, and inside. */
#define BEYOND		0x40000000
#define NEAR		100

enum grid_state {
	GS_CLOSED, GS_LISTEN, GS_SYN_SENT, GS_SYN_RECEIVED, GS_ESTABLISHED,
	GS_FIN_WAIT_1, GS_FIN_WAIT_2, GS_CLOSE_WAIT, GS_CLOSING, GS_LAST_ACK,
	GS_TIME_WAIT,
	/* The same, and no process holds the socket any more. */
	GS_ORPHAN_FIN_WAIT_1, GS_ORPHAN_FIN_WAIT_2, GS_ORPHAN_CLOSING,
	GS_ORPHAN_LAST_ACK,
};

enum grid_answer {
	GA_NOTHING, GA_ACK, GA_ACK_OR_NOTHING, GA_RST, GA_RST_ACK, GA_RESET, GA_SYN,
	GA_SYN_ACK, GA_FIN, GA_TEXT,
};

/**
 * struct stage - a state, and where its numbers stand
 * @xt: as procfs has it
 * @seq: what it expects next of the peer, relative
 * @una: its oldest number not acknowledged, relative
 * @nxt: its next number
 */
struct stage {
	enum xt_state xt;
	__u32 seq;
	__u32 una;
	__u32 nxt;
};

static const struct stage stages[] = {
	[GS_CLOSED]		= { XT_NONE,		0, 0, 0 },
	[GS_LISTEN]		= { XT_LISTEN,		0, 0, 0 },
	[GS_SYN_SENT]		= { XT_SYN_SENT,	0, 0, 1 },
	[GS_SYN_RECEIVED]	= { XT_SYN_RECV,	1, 0, 1 },
	[GS_ESTABLISHED]	= { XT_ESTABLISHED,	1, 1, 1 },
	[GS_FIN_WAIT_1]		= { XT_FIN_WAIT1,	1, 1, 2 },
	[GS_FIN_WAIT_2]		= { XT_FIN_WAIT2,	1, 2, 2 },
	[GS_CLOSE_WAIT]		= { XT_CLOSE_WAIT,	2, 1, 1 },
	[GS_CLOSING]		= { XT_CLOSING,		2, 1, 2 },
	[GS_LAST_ACK]		= { XT_LAST_ACK,	2, 1, 2 },
	[GS_TIME_WAIT]		= { XT_TIME_WAIT,	2, 2, 2 },
	[GS_ORPHAN_FIN_WAIT_1]	= { XT_FIN_WAIT1,	1, 1, 2 },
	[GS_ORPHAN_FIN_WAIT_2]	= { XT_FIN_WAIT2,	1, 2, 2 },
	[GS_ORPHAN_CLOSING]	= { XT_CLOSING,		2, 1, 2 },
	[GS_ORPHAN_LAST_ACK]	= { XT_LAST_ACK,	2, 1, 2 },
};

/* A segment of the grid; @all: it acknowledges all, not only what was. */
struct event {
	__u8 flags;
	__s32 at;	/* from what is expected next */
	__u32 len;
	bool first;	/* number 0, of the first SYN, instead */
	bool all;
	__u32 ahead;	/* beyond what can be acknowledged */
	__u32 behind;	/* before what was acknowledged */
	__u16 urg;
};

#define EVENT(what, ...) \
	static const struct event ev_##what = { __VA_ARGS__ }

EVENT(SYN, .flags = SYN, .at = NEAR);
EVENT(SYN_AGAIN, .flags = SYN, .first = true);
EVENT(SYN_ACK, .flags = SYN | ACK, .all = true);
EVENT(SYN_ACK_BAD, .flags = SYN | ACK, .ahead = 1000);
EVENT(ACK_SAME, .flags = ACK);
EVENT(ACK_ALL, .flags = ACK, .all = true);
EVENT(ACK_FUTURE, .flags = ACK, .ahead = 1000);
EVENT(ACK_OLD, .flags = ACK, .behind = 1);
EVENT(ACK_ANCIENT, .flags = ACK, .behind = BEYOND);
EVENT(ACK_BEYOND, .flags = ACK, .at = BEYOND, .all = true);
EVENT(TEXT, .flags = ACK | PSH, .len = 10, .all = true);
EVENT(TEXT_OLD, .flags = ACK | PSH, .at = -NEAR, .len = 10, .all = true);
EVENT(TEXT_AHEAD, .flags = ACK | PSH, .at = NEAR, .len = 10, .all = true);
EVENT(TEXT_BEYOND, .flags = ACK | PSH, .at = BEYOND, .len = 10, .all = true);
EVENT(TEXT_NO_ACK, .flags = PSH, .len = 10);
EVENT(FIN, .flags = FIN | ACK);
EVENT(FIN_ACK, .flags = FIN | ACK, .all = true);
EVENT(FIN_TEXT, .flags = FIN | ACK, .len = 10, .all = true);
EVENT(FIN_OLD, .flags = FIN | ACK, .at = -NEAR);
EVENT(FIN_BEYOND, .flags = FIN | ACK, .at = BEYOND);
EVENT(FIN_AGAIN, .flags = FIN | ACK, .at = -1);
EVENT(FIN_AHEAD, .flags = FIN | ACK, .at = NEAR);
EVENT(FIN_NO_ACK, .flags = FIN);
EVENT(RST, .flags = RST | ACK, .all = true);
EVENT(RST_NEAR, .flags = RST, .at = NEAR);
EVENT(RST_BEYOND, .flags = RST, .at = BEYOND);
EVENT(URG, .flags = URG | ACK, .all = true, .urg = 50);
EVENT(NO_FLAGS, .flags = 0);

/* Into the states */

static int passive_half(struct peer *p)
{
	int fd = peer_listen(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	return fd;
}

static int active_half(struct peer *p)
{
	int fd = peer_connect(p);

	expect(p, SYN, 0, 0);
	return fd;
}

/* SYN-RECEIVED that has a socket. */
static int simultaneous_half(struct peer *p)
{
	int fd = active_half(p);

	peer_syn(p);
	expect(p, SYN | ACK, 0, 1);
	return fd;
}

static int reach(struct peer *p, enum grid_state s)
{
	switch (s) {
	case GS_CLOSED:
		p->dut = 5;
		return -1;
	case GS_LISTEN:
		return peer_listen(p);
	case GS_SYN_SENT:
		return active_half(p);
	case GS_SYN_RECEIVED:
		return passive_half(p);
	case GS_ESTABLISHED:
		return peer_accepted(p);
	case GS_FIN_WAIT_1:
		return to_fin_wait_1(p);
	case GS_FIN_WAIT_2:
		return to_fin_wait_2(p);
	case GS_CLOSE_WAIT:
		return to_close_wait(p);
	case GS_CLOSING:
		return to_closing(p);
	case GS_LAST_ACK:
		return to_last_ack(p);
	case GS_TIME_WAIT:
		to_time_wait(p);
		return -1;
	case GS_ORPHAN_FIN_WAIT_1:
		close(to_fin_wait_1(p));
		return -1;
	case GS_ORPHAN_FIN_WAIT_2:
		close(to_fin_wait_2(p));
		return -1;
	case GS_ORPHAN_CLOSING:
		close(to_closing(p));
		return -1;
	case GS_ORPHAN_LAST_ACK:
		close(to_last_ack(p));
		return -1;
	}
	return -1;
}

/* For a call: a socket in that state. */
static int reach_socket(struct peer *p, enum grid_state s)
{
	int fd;

	if (s == GS_SYN_RECEIVED)
		fd = simultaneous_half(p);
	else if (s == GS_CLOSED)
		fd = xt_socket(pkt_fam());
	else
		fd = reach(p, s);
	xt_nonblock(fd, true);
	return fd;
}

/* What is seen of a state */

static void check_state(struct peer *p, enum grid_state want)
{
	if (want == GS_LISTEN) {
		if (xt_wait_state(p->dut, 0, XT_LISTEN) != XT_LISTEN)
			peer_fail(__func__, p, "it listens no more");
		state(p, XT_NONE);
		return;
	}
	state(p, stages[want].xt);
}

/* The answer; @seq and @ack are what it should have, where that is told. */
static void check_answer(struct peer *p, enum grid_answer want, __u32 seq,
			 __u32 ack)
{
	switch (want) {
	case GA_NOTHING:
		expect_nothing(p, SOON_MS);
		break;
	case GA_ACK:
		expect(p, ACK, ANY, ack, .max_ms = 1500);
		break;
	case GA_ACK_OR_NOTHING:
		if (peer_next(p, SOON_MS) && p->last->flags != ACK)
			peer_fail(__func__, p, "an ACK, or nothing");
		break;
	case GA_RST:
		expect(p, RST, seq, 0);
		break;
	case GA_RST_ACK:
		expect(p, RST | ACK, ANY, ack);
		break;
	case GA_RESET:
		expect_reset(p, ANY);
		break;
	case GA_SYN:
		expect(p, SYN, 0, 0);
		break;
	case GA_SYN_ACK:
		expect(p, SYN | ACK, 0, ANY);
		break;
	case GA_FIN:
		expect(p, FIN | ACK, ANY, ack);
		break;
	case GA_TEXT:
		expect(p, ACK, 1, ack, .len = 10);
		break;
	}
}

/* Segments */

/* What comes in its place is taken, a FIN at least. */
static bool takes_text(enum grid_state s)
{
	return (s >= GS_SYN_RECEIVED && s <= GS_FIN_WAIT_2) ||
	       s == GS_ORPHAN_FIN_WAIT_1 || s == GS_ORPHAN_FIN_WAIT_2;
}

/* The peer's next number after @e, if @s took what was in it. */
static __u32 taken(enum grid_state s, const struct event *e)
{
	const struct stage *st = &stages[s];
	bool in_place = !e->at && !e->first && e->flags & ACK && !e->ahead;

	if (s == GS_SYN_SENT && e->flags & SYN)
		return 1;
	if (!takes_text(s) || e->flags & SYN || !in_place)
		return st->seq;
	return st->seq + e->len + !!(e->flags & FIN);
}

static void segment(struct peer *p, enum grid_state s, const struct event *e,
		    enum grid_answer answer, enum grid_state next)
{
	const struct stage *st = &stages[s];
	bool early = s < GS_SYN_RECEIVED;
	__u32 seq, ack, end;

	pkt_patient();
	reach(p, s);
	/* Before the handshake every number is the first. */
	seq = early || e->first ? 0 : st->seq + e->at;
	/* A connection that acknowledged nothing yet has nothing to go by. */
	ack = e->ahead ? st->nxt + e->ahead :
	      (e->all ? st->nxt : st->una) - e->behind;
	if (s < GS_SYN_SENT)
		ack = 5000;
	inject(p, e->flags, seq, ack, .len = e->len, .urg = e->urg,
	       .mss = e->flags & SYN ? 1000 : 0);
	end = seq + e->len + !!(e->flags & SYN) + !!(e->flags & FIN);
	check_answer(p, answer, ack, answer == GA_RST_ACK ? end : taken(s, e));
	check_state(p, next);
}

#define SEGMENT(state, event, answer, next) \
TEST_F(pkt, GRID_##state##_##event) \
{ \
	segment(self->p, GS_##state, &ev_##event, GA_##answer, GS_##next); \
}

#define SEGMENT_TCP(state, event, answer, next, tcp_answer, tcp_next) \
TEST_F(pkt, GRID_##state##_##event) \
{ \
	if (xt_is_tcp()) \
		segment(self->p, GS_##state, &ev_##event, GA_##tcp_answer, \
			GS_##tcp_next); \
	else \
		segment(self->p, GS_##state, &ev_##event, GA_##answer, \
			GS_##next); \
}

/* Calls: each returns 0 or errno, never waiting */

static int do_connect(struct peer *p, int fd)
{
	union xt_addr addr;
	socklen_t len = pkt_addr(true, p->port, &addr);

	if (!connect(fd, &addr.sa, len))
		return 0;
	if (errno == EINPROGRESS)
		p->dut = xt_port(fd);
	return errno;
}

static int do_listen(struct peer *p, int fd)
{
	if (listen(fd, 5))
		return errno;
	p->dut = xt_port(fd);
	return 0;
}

static int do_send(struct peer *p, int fd)
{
	__u8 bytes[10];
	int i;

	(void)p;
	for (i = 0; i < 10; i++)
		bytes[i] = i * 7 + 0x55;	/* as the pattern has it */
	return send(fd, bytes, 10, MSG_NOSIGNAL) == 10 ? 0 : errno;
}

static int do_receive(struct peer *p, int fd)
{
	char byte;

	(void)p;
	return recv(fd, &byte, 1, 0) ? errno : 0;
}

static int do_close(struct peer *p, int fd)
{
	(void)p;
	return shutdown(fd, SHUT_WR) ? errno : 0;
}

static int do_abort(struct peer *p, int fd)
{
	(void)p;
	abortive(fd);
	return close(fd) ? errno : 0;
}

/* TCP_INFO must agree with procfs, which the caller looks at. */
static int do_status(struct peer *p, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int want = xt_state(p->dut, p->port);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len))
		return errno;
	if (want == XT_NONE)
		want = info.tcpi_state == XT_LISTEN ? XT_LISTEN : XT_CLOSE;
	return info.tcpi_state == want ? 0 : EPROTO;
}

#define do_CONNECT	do_connect
#define do_LISTEN	do_listen
#define do_SEND		do_send
#define do_RECEIVE	do_receive
#define do_CLOSE	do_close
#define do_ABORT	do_abort
#define do_STATUS	do_status

static void check_result(struct peer *p, int seen, int want)
{
	if (seen != want)
		peer_fail(__func__, p, "result %d (%s), not %d (%s)", seen,
			  strerror(seen), want, strerror(want));
}

static void call(struct peer *p, enum grid_state s,
		 int (*act)(struct peer *p, int fd), int result,
		 enum grid_answer answer, enum grid_state next)
{
	int fd;

	pkt_patient();
	fd = reach_socket(p, s);
	check_result(p, act(p, fd), result);
	check_answer(p, answer, 0, stages[s].seq);
	check_state(p, next);
}

#define DO_CALL(state, what, result, answer, next) \
TEST_F(pkt, GRID_##state##_call_##what) \
{ \
	call(self->p, GS_##state, do_##what, result, GA_##answer, GS_##next); \
}

#define DO_CALL_TCP(state, what, result, answer, next, tcp_result, tcp_answer, \
		    tcp_next) \
TEST_F(pkt, GRID_##state##_call_##what) \
{ \
	if (xt_is_tcp()) \
		call(self->p, GS_##state, do_##what, tcp_result, \
		     GA_##tcp_answer, GS_##tcp_next); \
	else \
		call(self->p, GS_##state, do_##what, result, GA_##answer, \
		     GS_##next); \
}

/* Timeouts */

/* With something of ours outstanding, where the state allows it. */
static int reach_waiting(struct peer *p, enum grid_state s)
{
	int fd = reach(p, s);

	if (s == GS_ESTABLISHED || s == GS_CLOSE_WAIT) {
		app_write(fd, 0, 10);
		expect(p, ACK, 1, stages[s].seq, .len = 10);
	}
	return fd;
}

static void timeout_retransmission(struct peer *p, enum grid_state s,
				   enum grid_answer answer)
{
	reach_waiting(p, s);
	if (answer == GA_NOTHING)
		expect_nothing(p, 1300);
	else
		check_answer(p, answer, 0, stages[s].seq);
}

/* The user's patience, or R2, whichever the state has. */
static void timeout_user(struct peer *p, enum grid_state s,
			 enum grid_answer answer)
{
	(void)answer;
	xt_sysctl("retries2", "1");
	xt_sysctl("syn_retries", "1");
	xt_sysctl("synack_retries", "1");
	reach_waiting(p, s);
	state(p, XT_NONE);
	peer_skip_repeats(p);
}

static void timeout_wait(struct peer *p, enum grid_state s,
			 enum grid_answer answer)
{
	int fd;

	xt_sysctl("fin_timeout", "1");
	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "500");
	fd = reach(p, s);
	if (fd >= 0)
		close(fd);
	state(p, XT_NONE);
	check_answer(p, answer, 0, 0);
}

#define timeout_RETRANSMISSION	timeout_retransmission
#define timeout_USER		timeout_user
#define timeout_WAIT		timeout_wait

#define DO_TIMEOUT(state, what, answer, next) \
TEST_F(pkt, GRID_##state##_timeout_##what) \
{ \
	if (xt_is_tcp() && GS_##state == GS_TIME_WAIT && \
	    GS_##next == GS_CLOSED && !pkt_time_is_cheap()) \
		SKIP(return, "takes a minute: needs a virtual clock"); \
	timeout_##what(self->p, GS_##state, GA_##answer); \
	check_state(self->p, GS_##next); \
}

#define CELL		SEGMENT
#define CELL_TCP	SEGMENT_TCP
#define CALL		DO_CALL
#define CALL_TCP	DO_CALL_TCP
#define TIMEOUT		DO_TIMEOUT

#include "conformance/grid.h"

TEST_HARNESS_MAIN
