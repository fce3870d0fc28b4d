// SPDX-License-Identifier: GPL-2.0
/*
 * With ports to look at, a socket begins as TCP's, and becomes xtcp's when it is bound to such a
 * port or connected to one, be it by sending: a new socket, with all that the program had set on
 * the old one, takes the descriptor over.
 *
 * What refers to the old socket but by that descriptor goes on doing so: copies made by dup(2) or
 * fork(2) before, and requests in io_uring. Places in epoll sets are carried over.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "preload.h"

/* A socket in more epoll sets is not known of. */
#define WATCHES_MAX	64

typedef int (*address_call)(int fd, const struct sockaddr *addr, socklen_t len);
typedef ssize_t (*sendto_call)(int fd, const void *buf, size_t len, int flags,
			       const struct sockaddr *addr, socklen_t addr_len);
typedef ssize_t (*sendmsg_call)(int fd, const struct msghdr *msg, int flags);

static struct {
	address_call bind;
	address_call connect;
	sendto_call sendto;
	sendmsg_call sendmsg;
	int (*getsockopt)(int fd, int level, int name, void *value, socklen_t *len);
} real;

/**
 * preload_turn_init() - find the functions behind ours
 */
void preload_turn_init(void)
{
	real.bind = preload_next("bind");
	real.connect = preload_next("connect");
	real.sendto = preload_next("sendto");
	real.sendmsg = preload_next("sendmsg");
	real.getsockopt = preload_next("getsockopt");
}

static bool is_ours(const struct sockaddr *addr, socklen_t len)
{
	in_port_t port;

	if (!addr || len < sizeof(struct sockaddr_in) ||
	    (addr->sa_family != AF_INET && addr->sa_family != AF_INET6))
		return false;
	/* Both families have the port at one place. */
	memcpy(&port, &((const struct sockaddr_in *)addr)->sin_port, sizeof(port));
	return settings_has_port(preload_settings(), ntohs(port));
}

static int get_int(int fd, int level, int name)
{
	socklen_t len = sizeof(int);
	int value;

	return real.getsockopt(fd, level, name, &value, &len) ? -1 : value;
}

/* The family of a socket of TCP's that does nothing yet; -1 for all others. */
static int idle_tcp_domain(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int domain = get_int(fd, SOL_SOCKET, SO_DOMAIN);

	if ((domain != AF_INET && domain != AF_INET6) ||
	    get_int(fd, SOL_SOCKET, SO_PROTOCOL) != IPPROTO_TCP)
		return -1;
	if (real.getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) ||
	    info.tcpi_state != TCP_CLOSE)
		return -1;
	return domain;
}

/* O_NONBLOCK, O_ASYNC, and who gets the signals. */
static int copy_flags(int from, int to)
{
	struct f_owner_ex owner;
	int flags = fcntl(from, F_GETFL), sig = fcntl(from, F_GETSIG);

	if (!fcntl(from, F_GETOWN_EX, &owner) && owner.pid && fcntl(to, F_SETOWN_EX, &owner))
		return -1;
	if (sig > 0 && fcntl(to, F_SETSIG, sig))
		return -1;
	return flags < 0 ? -1 : fcntl(to, F_SETFL, flags);
}

/*
 * @to takes the place of @fd. TCP must have let go of the local address before xtcp can have it, so
 * an error of bind() leaves the new socket there, unbound.
 */
static int take_place(int fd, int to)
{
	struct sockaddr_storage local = { 0 };
	struct preload_watch watches[WATCHES_MAX];
	socklen_t len = sizeof(local);
	int flags = fcntl(fd, F_GETFD);
	size_t n;

	if (flags < 0 || getsockname(fd, (struct sockaddr *)&local, &len))
		return -1;
	n = preload_watches(fd, watches, WATCHES_MAX);
	if (dup3(to, fd, flags & FD_CLOEXEC ? O_CLOEXEC : 0) < 0)
		return -1;
	preload_rewatch(fd, watches, n);
	if (!((struct sockaddr_in *)&local)->sin_port)
		return 0;
	return real.bind(fd, (struct sockaddr *)&local, len);
}

/* Returns 0 where there is nothing to turn, too. */
static int turn(int fd)
{
	int domain = idle_tcp_domain(fd), to, ret, saved;

	if (domain < 0)
		return 0;
	to = preload_make(domain, SOCK_STREAM | SOCK_CLOEXEC);
	if (to < 0)
		return -1;
	ret = preload_replay(fd, to, domain);
	if (!ret)
		ret = copy_flags(fd, to) < 0 ? -1 : take_place(fd, to);
	saved = errno;
	close(to);
	errno = saved;
	return ret;
}

/* Before a call with this address; errno is left alone unless it fails. */
static int turn_for(int fd, const struct sockaddr *addr, socklen_t len)
{
	int saved = errno;

	if (is_ours(addr, len) && turn(fd))
		return -1;
	errno = saved;
	return 0;
}

static int turn_and(address_call call, int fd, const struct sockaddr *addr, socklen_t len)
{
	return turn_for(fd, addr, len) ? -1 : call(fd, addr, len);
}

PRELOAD_EXPORT int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	return turn_and(real.bind, fd, addr, len);
}

PRELOAD_EXPORT int connect(int fd, const struct sockaddr *addr, socklen_t len)
{
	return turn_and(real.connect, fd, addr, len);
}

/* MSG_FASTOPEN connects. */
PRELOAD_EXPORT ssize_t sendto(int fd, const void *buf, size_t len, int flags,
			      const struct sockaddr *addr, socklen_t addr_len)
{
	if (flags & MSG_FASTOPEN && turn_for(fd, addr, addr_len))
		return -1;
	/* Another library may send before we are ready. */
	if (!real.sendto)
		preload_turn_init();
	return real.sendto(fd, buf, len, flags, addr, addr_len);
}

PRELOAD_EXPORT ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	if (flags & MSG_FASTOPEN && turn_for(fd, msg->msg_name, msg->msg_namelen))
		return -1;
	if (!real.sendmsg)
		preload_turn_init();
	return real.sendmsg(fd, msg, flags);
}
