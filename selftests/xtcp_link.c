// SPDX-License-Identifier: GPL-2.0
/*
 * Two namespaces joined by a veth whose directions can be cut; xtcp_link.h
 * has the drawing.
 *
 * A cut is a permanent neighbour entry with a hardware address that nobody
 * has, so the peer's device drops what comes and the sender learns nothing.
 */
#include "xtcp_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char * const dev[2] = { "xa", "xb" };
static const char * const mac[2] = { "02:00:00:00:06:01", "02:00:00:00:06:02" };
static const char * const ip4[2] = { "10.6.0.1", "10.6.0.2" };
static const char * const ip6[2] = { "fd00:6::1", "fd00:6::2" };
static const char * const nobody = "02:00:00:00:06:99";

static int open_ns(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		xt_die("%s", path);
	return fd;
}

/* A process that holds a second namespace until it is killed. */
static pid_t spawn_holder(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		xt_die("pipe");
	pid = fork();
	if (pid < 0)
		xt_die("fork");
	if (!pid) {
		xt_ns();
		if (write(ready[1], "r", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		xt_die("no second namespace");
	close(ready[0]);
	return pid;
}

/* The hardware address that @side sends to. */
static void set_peer(FILE *ip, int side, const char *lladdr)
{
	fprintf(ip, "neigh replace %s lladdr %s nud permanent dev %s\n",
		ip4[!side], lladdr, dev[side]);
	fprintf(ip, "neigh replace %s lladdr %s nud permanent dev %s\n",
		ip6[!side], lladdr, dev[side]);
}

static void configure(int side)
{
	FILE *ip = xt_ip_open();

	fprintf(ip, "addr add %s/24 dev %s\n", ip4[side], dev[side]);
	fprintf(ip, "addr add %s/64 dev %s nodad\n", ip6[side], dev[side]);
	fprintf(ip, "link set %s up\n", dev[side]);
	set_peer(ip, side, mac[!side]);
	xt_ip_close(ip);
}

void xt_link_enter(const struct xt_link *link, int side)
{
	if (setns(link->ns[side], CLONE_NEWNET))
		xt_die("setns");
}

/**
 * xt_link_make() - make the two hosts and stand on side 0
 * @link: to fill in
 * @fam: the family that sockets made through @link have
 */
void xt_link_make(struct xt_link *link, enum xt_fam fam)
{
	pid_t holder;

	xt_ns();
	link->fam = fam;
	link->ns[0] = open_ns(getpid());
	holder = spawn_holder();
	link->ns[1] = open_ns(holder);
	xt_run("ip link add %s address %s type veth peer name %s address %s netns %d",
	       dev[0], mac[0], dev[1], mac[1], holder);
	if (kill(holder, SIGKILL) || waitpid(holder, NULL, 0) != holder)
		xt_die("holder");
	xt_link_enter(link, 1);
	configure(1);
	xt_link_enter(link, 0);
	configure(0);
}

static void turn(const struct xt_link *link, int side, const char *lladdr)
{
	FILE *ip;

	xt_link_enter(link, side);
	ip = xt_ip_open();
	set_peer(ip, side, lladdr);
	xt_ip_close(ip);
}

void xt_link_cut(const struct xt_link *link, int side)
{
	turn(link, side, nobody);
}

void xt_link_mend(const struct xt_link *link, int side)
{
	turn(link, side, mac[!side]);
}

socklen_t xt_link_addr(const struct xt_link *link, int side, __u16 port,
		       union xt_addr *addr)
{
	socklen_t len = xt_loopback(link->fam, port, addr);
	char text[64];

	snprintf(text, sizeof(text), "%s%s",
		 link->fam == XT_MAPPED ? "::ffff:" : "",
		 link->fam == XT_V6 ? ip6[side] : ip4[side]);
	if (link->fam == XT_V4)
		inet_pton(AF_INET, text, &addr->v4.sin_addr);
	else
		inet_pton(AF_INET6, text, &addr->v6.sin6_addr);
	return len;
}

/* A socket of @side, bound to its address and @port (0: any). */
int xt_link_socket(const struct xt_link *link, int side, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_link_addr(link, side, port, &addr);
	int fd;

	xt_link_enter(link, side);
	fd = xt_socket(link->fam);
	if (bind(fd, &addr.sa, len))
		xt_die("bind on side %d", side);
	return fd;
}

int xt_link_listen(const struct xt_link *link, int side, int backlog)
{
	int fd = xt_link_socket(link, side, 0);

	if (listen(fd, backlog))
		xt_die("listen on side %d", side);
	return fd;
}

/* Connects @fd to @port of @side. */
int xt_link_connect(const struct xt_link *link, int fd, int side, __u16 port)
{
	union xt_addr addr;
	socklen_t len = xt_link_addr(link, side, port, &addr);

	return connect(fd, &addr.sa, len);
}

/* A connection: fd[0] on side 0 connected, fd[1] on side 1 accepted. */
void xt_link_pair(const struct xt_link *link, int fd[2])
{
	int listener = xt_link_listen(link, 1, 4);

	fd[0] = xt_link_socket(link, 0, 0);
	if (xt_link_connect(link, fd[0], 1, xt_port(listener)))
		xt_die("connect to side 1");
	fd[1] = xt_accept(listener);
	close(listener);
}

/* Waits for a state in the tables of @side. */
enum xt_state xt_link_state(const struct xt_link *link, int side, __u16 lport,
			    __u16 rport, enum xt_state want)
{
	xt_link_enter(link, side);
	return xt_wait_state(lport, rport, want);
}
