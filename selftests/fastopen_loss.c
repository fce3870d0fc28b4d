// SPDX-License-Identifier: GPL-2.0
/*
 * Fast Open over a path that loses and reorders: whatever happens to SYN,
 * SYN-ACK and third segment, each stream arrives whole, both ways (F-27, F-02).
 */
#include "xtcp_harness.h"
#include "api_fixture.h"

#include <errno.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TALKS	24
#define MOST	4000	/* bytes each way: one to three segments */
#define PATH	"loss 5% delay 5ms 2ms reorder 75%"

/**
 * struct talk - a request and its response, the same bytes
 * @listener: of this talk alone: a port where Fast Open failed is avoided
 * @len: bytes
 * @from: what the pattern starts at
 * @got: bytes that the client had back as they were
 */
struct talk {
	enum xt_fam fam;
	int listener;
	size_t len;
	unsigned int from;
	size_t got;
	pthread_t client;
	pthread_t server;
};

static void fill(const struct talk *t, char *buf)
{
	size_t i;

	for (i = 0; i < t->len; i++)
		buf[i] = (t->from + i) * 7 + (i >> 8) * 31;
}

/* Answers when all of the request is here. */
static void *serve(void *arg)
{
	struct talk *t = arg;
	char *buf = malloc(MOST);
	int fd = xt_accept(t->listener);

	xt_recv_all(fd, buf, t->len);
	xt_send_all(fd, buf, t->len);
	close(fd);
	free(buf);
	return NULL;
}

static void *ask(void *arg)
{
	struct talk *t = arg;
	char *buf = malloc(MOST), *back = malloc(MOST);
	union xt_addr addr;
	socklen_t len = xt_loopback(t->fam, xt_port(t->listener), &addr);
	int fd = xt_socket(t->fam);

	fill(t, buf);
	if (sendto(fd, buf, t->len, MSG_FASTOPEN, &addr.sa, len) !=
	    (ssize_t)t->len)
		xt_die("sendto: %s", strerror(errno));
	xt_recv_all(fd, back, t->len);
	xt_expect_eof(fd);
	if (!memcmp(buf, back, t->len))
		t->got = t->len;
	close(fd);
	free(buf);
	free(back);
	return NULL;
}

static int fo_listen(enum xt_fam fam)
{
	int fd = xt_listen(fam, 4);

	if (xt_set(fd, IPPROTO_TCP, TCP_FASTOPEN, 4))
		xt_die("TCP_FASTOPEN");
	return fd;
}

static void prepare(struct talk *t, enum xt_fam fam, __u64 *seed)
{
	t->fam = fam;
	t->listener = fo_listen(fam);
	t->len = 1 + xt_random(seed) % MOST;
	t->from = xt_random(seed);
	t->got = 0;
}

static void start(struct talk *t)
{
	if (pthread_create(&t->server, NULL, serve, t) ||
	    pthread_create(&t->client, NULL, ask, t))
		xt_die("threads");
}

static void finish(struct talk *t)
{
	pthread_join(t->client, NULL);
	pthread_join(t->server, NULL);
	close(t->listener);
}

/* Connections whose SYN's data was taken; kernel TCP counts elsewhere. */
static unsigned long taken(void)
{
	FILE *f = fopen("/proc/net/xtcp_stat", "r");
	unsigned long value, found = 0;
	char line[256], word[64];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu", word, &value) == 2 &&
		    !strcmp(word, "FastOpenPassive"))
			found = value;
	if (f)
		fclose(f);
	return found;
}

TEST_F_TIMEOUT(api, F27_lossy_path, 240)
{
	__u64 seed = xt_seed();
	struct talk talks[TALKS];
	int i;

	xt_sysctl("fastopen", "3");
	xt_run("ip link set lo mtu 1500");
	/* The cookie, while nothing is lost. */
	prepare(&talks[0], self->fam, &seed);
	start(&talks[0]);
	finish(&talks[0]);
	EXPECT_EQ(talks[0].len, talks[0].got);
	if (xt_try("tc qdisc add dev lo root netem %s", PATH))
		SKIP(return, "no netem");
	for (i = 0; i < TALKS; i++)
		prepare(&talks[i], self->fam, &seed);
	for (i = 0; i < TALKS; i++)
		start(&talks[i]);
	for (i = 0; i < TALKS; i++) {
		finish(&talks[i]);
		EXPECT_EQ(talks[i].len, talks[i].got);
	}
	EXPECT_TRUE(xt_is_tcp() || taken());
}

TEST_HARNESS_MAIN
