// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded behind libxtcpize.so, stands for a kernel that has xtcp: writes each request for a
 * socket, and each wire that is asked for, to the file $MOCK_LOG, and makes a TCP socket where an
 * xtcp socket is asked for. With $MOCK_ONE_WIRE there is but one. BPF is never allowed.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/xtcp.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOCK_PROTOCOL	253
#define MOCK_FDS	1024

static unsigned char is_xtcp[MOCK_FDS];

static __printf(1, 2) void note(const char *fmt, ...)
{
	const char *log = getenv("MOCK_LOG");
	char line[64];
	int fd, len;
	va_list ap;

	fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
	if (fd < 0)
		return;
	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (write(fd, line, len) != len)
		abort();
	close(fd);
}

int socket(int domain, int type, int protocol)
{
	int (*next)(int domain, int type, int protocol) = dlsym(RTLD_NEXT, "socket");
	int fd;

	note("%d %d %d\n", domain, type, protocol);
	if (getenv("MOCK_ABSENT") && protocol == MOCK_PROTOCOL) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	fd = next(domain, type, protocol == MOCK_PROTOCOL ? IPPROTO_TCP : protocol);
	if (fd >= 0 && fd < MOCK_FDS)
		is_xtcp[fd] = protocol == MOCK_PROTOCOL;
	return fd;
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict len)
{
	int (*next)(int fd, int level, int name, void *value, socklen_t *len) =
		dlsym(RTLD_NEXT, "getsockopt");
	int protocol = MOCK_PROTOCOL;
	int ret = next(fd, level, name, value, len);

	if (!ret && level == SOL_SOCKET && name == SO_PROTOCOL && fd < MOCK_FDS && is_xtcp[fd])
		memcpy(value, &protocol, sizeof(protocol));
	return ret;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*next)(int fd, int level, int name, const void *value, socklen_t len) =
		dlsym(RTLD_NEXT, "setsockopt");

	if (level != MOCK_PROTOCOL || name != XTCP_WIRE)
		return next(fd, level, name, value, len);
	note("wire %d\n", *(const int *)value);
	errno = ENOPROTOOPT;
	return getenv("MOCK_ONE_WIRE") ? -1 : 0;
}

int dup3(int from, int to, int flags)
{
	int (*next)(int from, int to, int flags) = dlsym(RTLD_NEXT, "dup3");

	if (from >= 0 && from < MOCK_FDS && to >= 0 && to < MOCK_FDS)
		is_xtcp[to] = is_xtcp[from];
	return next(from, to, flags);
}

/* As many words as the kernel's calls take at most. */
long syscall(long number, ...)
{
	long (*next)(long number, ...) = dlsym(RTLD_NEXT, "syscall");
	long word[6];
	va_list ap;
	int i;

	va_start(ap, number);
	for (i = 0; i < 6; i++)
		word[i] = va_arg(ap, long);
	va_end(ap);
	if (number == SYS_bpf) {
		errno = EPERM;
		return -1;
	}
	return next(number, word[0], word[1], word[2], word[3], word[4], word[5]);
}
