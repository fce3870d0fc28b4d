/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Helpers shared by the tests of xtcp: sockets of the protocol under test,
 * connected pairs in a namespace of their own, and bounded waits for events.
 *
 * A helper that cannot do its duty prints why and aborts, which fails the
 * test that called it; so callers need no error paths.
 */
#ifndef XTCP_TEST_H
#define XTCP_TEST_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <linux/types.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/types.h>

#ifndef IPPROTO_XTCP
#define IPPROTO_XTCP	253
#endif

/* Longest wait for an event that must come; generous for emulated machines. */
#define XT_DEADLINE_MS	15000

enum xt_fam {
	XT_V4,		/* AF_INET sockets, 127.0.0.1 */
	XT_V6,		/* AF_INET6 sockets, ::1 */
	XT_MAPPED,	/* AF_INET6 sockets, ::ffff:127.0.0.1 */
};

union xt_addr {
	struct sockaddr sa;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Socket states as /proc/net/tcp prints them. */
enum xt_state {
	XT_NONE = 0,	/* no such connection in the table */
	XT_ESTABLISHED,
	XT_SYN_SENT,
	XT_SYN_RECV,
	XT_FIN_WAIT1,
	XT_FIN_WAIT2,
	XT_TIME_WAIT,
	XT_CLOSE,
	XT_CLOSE_WAIT,
	XT_LAST_ACK,
	XT_LISTEN,
	XT_CLOSING,
};

/*
 * The protocol under test, for socket(): IPPROTO_XTCP, or IPPROTO_TCP by
 * XTCP_TEST_PROTO=tcp; and the one in the IP header, which XTCP_TEST_PROTO=wire
 * makes IPPROTO_TCP for sockets of xtcp.
 */
extern int xt_proto;
extern int xt_wire;

static inline bool xt_is_tcp(void)
{
	return xt_proto == IPPROTO_TCP;
}

void xt_die(const char *fmt, ...);
void xt_skip_all(const char *why);

/* Namespaces, commands, knobs */
void xt_ns(void);
void xt_if_up(const char *dev);
int xt_try(const char *fmt, ...);
void xt_run(const char *fmt, ...);
FILE *xt_ip_open(void);
void xt_ip_close(FILE *ip);
void xt_sysctl(const char *knob, const char *value);
bool xt_sysctl_read(const char *knob, char *buf, size_t len);
__u16 xt_silent_peer(enum xt_fam fam, union xt_addr *addr);

/* Addresses */
int xt_domain(enum xt_fam fam);
socklen_t xt_loopback(enum xt_fam fam, __u16 port, union xt_addr *addr);
socklen_t xt_any(enum xt_fam fam, __u16 port, union xt_addr *addr);
__u16 xt_addr_port(const union xt_addr *addr);
bool xt_addr_is_loopback(enum xt_fam fam, const union xt_addr *addr);
__u16 xt_port(int fd);
__u16 xt_peer_port(int fd);

/* Sockets */
int xt_socket(enum xt_fam fam);
int xt_bound(enum xt_fam fam, __u16 port);
int xt_listen(enum xt_fam fam, int backlog);
int xt_accept(int listener);
int xt_try_connect(int fd, enum xt_fam fam, __u16 port);
int xt_connect(enum xt_fam fam, __u16 port);
void xt_pair(enum xt_fam fam, int *client, int *server);
void xt_nonblock(int fd, bool on);
void xt_close(int *fd);
void xt_reset(int *fd);

/* Options */
int xt_set(int fd, int level, int opt, int val);
int xt_get(int fd, int level, int opt);
int xt_sock_error(int fd);
int xt_outq(int fd);
int xt_inq(int fd);

/* Data */
void xt_send_all(int fd, const void *buf, size_t len);
void xt_recv_all(int fd, void *buf, size_t len);
void xt_expect_eof(int fd);
size_t xt_fill(int fd);
size_t xt_drain(int fd, size_t len);

/* Waits */
__u64 xt_now_ms(void);
void xt_pause(void);
short xt_events(int fd, short events);
short xt_wait(int fd, short events);
short xt_wait_all(int fd, short events);
int xt_wait_outq(int fd, int want);
int xt_wait_inq(int fd, int want);
enum xt_state xt_state(__u16 lport, __u16 rport);
enum xt_state xt_wait_state(__u16 lport, __u16 rport, enum xt_state want);

/* Signals: a timer that interrupts a blocking call until it is stopped. */
void xt_kick_start(bool restart);
void xt_kick_stop(void);
int xt_kicks(void);

/* A second thread that acts once the caller sleeps in a blocking call. */
struct xt_later {
	pthread_t thread;
	pid_t tid;
	void (*fn)(int fd);
	int fd;
};

void xt_later(struct xt_later *l, void (*fn)(int fd), int fd);
void xt_later_join(struct xt_later *l);

/* Is the clock virtual, so that computing takes no time? UML's can be. */
bool xt_virtual_time(void);

/* Random numbers: the seed is printed, and taken from XTCP_TEST_SEED. */
__u64 xt_seed(void);
__u64 xt_random(__u64 *state);

#endif /* XTCP_TEST_H */
