// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded behind libxtcpize.so, stands for a kernel that has xtcp: writes each request for a
 * socket to the file $MOCK_LOG, and makes a TCP socket where an xtcp socket is asked for.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOCK_PROTOCOL	253
#define MOCK_FDS	1024

static unsigned char is_xtcp[MOCK_FDS];

static void note(int domain, int type, int protocol)
{
	const char *log = getenv("MOCK_LOG");
	char line[64];
	int fd, len;

	fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
	if (fd < 0)
		return;
	len = snprintf(line, sizeof(line), "%d %d %d\n", domain, type, protocol);
	if (write(fd, line, len) != len)
		abort();
	close(fd);
}

int socket(int domain, int type, int protocol)
{
	int (*next)(int domain, int type, int protocol) = dlsym(RTLD_NEXT, "socket");
	int fd;

	note(domain, type, protocol);
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
