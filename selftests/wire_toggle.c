// SPDX-License-Identifier: GPL-2.0
/*
 * Turns the knob of the wire back and forth while connections of both stacks
 * carry data and others come and go: each is whole on the wire that it began
 * on (F-70).
 */
#include "xtcp_harness.h"
#include "wire_stack.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS	200		/* connections of each kind */
#define PIECE	(32 << 10)

static const int knob[] = { XTCP_WIRE_OWN, XTCP_WIRE_TCP, XTCP_WIRE_BOTH };

/* Who turns the knob; each test is a process of its own. */
static struct {
	pthread_t thread;
	bool stop;
	__u64 turns;
} turner;

FIXTURE(toggle)
{
	int echo[2];		/* listeners, by stack */
};

FIXTURE_VARIANT(toggle)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(toggle, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(toggle, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(toggle, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(toggle)
{
	wire_ns();
	if (!xt_is_tcp())
		xt_sysctl("timewait_ms", "20");
	wire_knob(XTCP_WIRE_BOTH);
	self->echo[OURS] = wire_listen(OURS, variant->fam, 0);
	self->echo[KERNEL] = wire_listen(KERNEL, variant->fam, 0);
}

FIXTURE_TEARDOWN(toggle)
{
	xt_close(&self->echo[OURS]);
	xt_close(&self->echo[KERNEL]);
}

static bool whole(int from, int to, char *buf, __u64 *seed)
{
	char *seen = buf + PIECE;
	size_t i;

	for (i = 0; i < PIECE; i += 8) {
		__u64 word = xt_random(seed);

		memcpy(buf + i, &word, 8);
	}
	xt_send_all(from, buf, PIECE);
	xt_recv_all(to, seen, PIECE);
	return !memcmp(buf, seen, PIECE);
}

static void turn_once(void)
{
	__u64 turns = __atomic_fetch_add(&turner.turns, 1, __ATOMIC_SEQ_CST);

	wire_knob(knob[turns % 3]);
}

/* A turn a millisecond, until stopped; the traffic's own come on top. */
static void *turn(void *arg)
{
	while (!__atomic_load_n(&turner.stop, __ATOMIC_ACQUIRE)) {
		turn_once();
		xt_pause();
	}
	return arg;
}

static void start_turning(void)
{
	errno = pthread_create(&turner.thread, NULL, turn, NULL);
	if (errno)
		xt_die("pthread_create");
}

static void stop_turning(void)
{
	__atomic_store_n(&turner.stop, true, __ATOMIC_RELEASE);
	pthread_join(turner.thread, NULL);
	fprintf(stderr, "# the knob was turned %llu times\n", turner.turns);
}

/* Connections that were there before carry on. */
TEST_F(toggle, F70_standing_connections)
{
	static char buf[2 * PIECE];
	__u64 seed = xt_seed();
	int fd[3][2], i, k;

	wire_knob(XTCP_WIRE_TCP);
	wire_pair(OURS, KERNEL, variant->fam, &fd[0][0], &fd[0][1]);
	wire_pair(KERNEL, KERNEL, variant->fam, &fd[1][0], &fd[1][1]);
	wire_knob(XTCP_WIRE_OWN);
	wire_pair(OURS, OURS, variant->fam, &fd[2][0], &fd[2][1]);
	start_turning();
	for (i = 0; i < ROUNDS; i++) {
		turn_once();
		for (k = 0; k < 3; k++) {
			EXPECT_TRUE(whole(fd[k][i & 1], fd[k][!(i & 1)], buf,
					  &seed));
		}
	}
	stop_turning();
	for (k = 0; k < 3; k++) {
		close(fd[k][0]);
		xt_expect_eof(fd[k][1]);
		close(fd[k][1]);
	}
}

/* One connection, whichever wire it gets, and what it carries. */
static void live(enum wire_stack client, enum xt_fam fam, int listener)
{
	int c = wire_connect(client, fam, xt_port(listener));
	int s = xt_accept(listener);
	char byte = 0;

	xt_send_all(c, "x", 1);
	xt_recv_all(s, &byte, 1);
	xt_send_all(s, &byte, 1);
	xt_recv_all(c, &byte, 1);
	if (byte != 'x')
		xt_die("'%c' came back", byte);
	close(c);
	xt_expect_eof(s);
	close(s);
}

/* A listener on both wires; each stack's clients. */
TEST_F(toggle, F70_connections_come_and_go)
{
	int i;

	start_turning();
	for (i = 0; i < ROUNDS; i++) {
		turn_once();
		live(OURS, variant->fam, self->echo[OURS]);
		live(KERNEL, variant->fam, self->echo[OURS]);
		live(KERNEL, variant->fam, self->echo[KERNEL]);
	}
	stop_turning();
}

/*
 * To a listener of the kernel's a connect by protocol 253 is refused, and one
 * by 6 comes through: never anything else, such as a timeout.
 */
TEST_F(toggle, F70_connects_to_the_kernel)
{
	int refused = 0, i, fd, wire;

	start_turning();
	for (i = 0; i < ROUNDS; i++) {
		turn_once();
		fd = wire_socket(OURS, variant->fam);
		if (xt_try_connect(fd, variant->fam,
				   xt_port(self->echo[KERNEL]))) {
			ASSERT_EQ(ECONNREFUSED, errno);
			refused++;
		} else {
			wire = xt_is_tcp() ? XTCP_WIRE_TCP :
				xt_get(fd, IPPROTO_TCP, XTCP_WIRE);
			EXPECT_EQ(XTCP_WIRE_TCP, wire);
			close(xt_accept(self->echo[KERNEL]));
		}
		close(fd);
	}
	stop_turning();
	if (xt_is_tcp())
		EXPECT_EQ(0, refused);
}

/* Ports taken and given back on either wire, while the knob turns. */
TEST_F(toggle, F70_ports_come_and_go)
{
	__u16 port;
	int i, fd;

	start_turning();
	for (i = 0; i < 2 * ROUNDS; i++) {
		turn_once();
		fd = wire_listen(OURS, variant->fam, 0);
		port = xt_port(fd);
		close(fd);
		if (!(i & 15))
			EXPECT_TRUE(wire_wait_free(KERNEL, port));
	}
	stop_turning();
}

TEST_HARNESS_MAIN
