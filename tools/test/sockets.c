// SPDX-License-Identifier: GPL-2.0
/*
 * An unmodified program, for the tests of xtcpize and xtcpstat:
 *
 *	sockets kinds		make sockets of all kinds, print the protocol each says it has
 *	sockets threads		the same from several threads at once
 *	sockets daemon		the same from a process that left its parent's session
 *	sockets exec HOW	run "sockets preloaded" by HOW, with no LD_PRELOAD given
 *	sockets preloaded	print whether libxtcpize.so is in LD_PRELOAD
 *	sockets listen		listen on a free port, print it, wait to be killed
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

static const struct {
	const char *name;
	int domain;
	int type;
	int protocol;
} kinds[] = {
	{ "inet stream 0",		AF_INET, SOCK_STREAM, 0 },
	{ "inet stream tcp",		AF_INET, SOCK_STREAM, IPPROTO_TCP },
	{ "inet6 stream 0",		AF_INET6, SOCK_STREAM, 0 },
	{ "inet6 stream tcp",		AF_INET6, SOCK_STREAM, IPPROTO_TCP },
	{ "inet stream|flags tcp",	AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
					IPPROTO_TCP },
	{ "inet dgram 0",		AF_INET, SOCK_DGRAM, 0 },
	{ "inet6 dgram udp",		AF_INET6, SOCK_DGRAM, IPPROTO_UDP },
	{ "inet stream sctp",		AF_INET, SOCK_STREAM, IPPROTO_SCTP },
	{ "inet stream mptcp",		AF_INET, SOCK_STREAM, 262 },
	{ "unix stream 0",		AF_UNIX, SOCK_STREAM, 0 },
	{ "unix dgram 0",		AF_UNIX, SOCK_DGRAM, 0 },
};

static int make_kinds(void)
{
	int fd, protocol;
	socklen_t len;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		fd = socket(kinds[i].domain, kinds[i].type, kinds[i].protocol);
		len = sizeof(protocol);
		protocol = -1;
		if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len))
			protocol = -2;
		printf("%s: %d\n", kinds[i].name, protocol);
		if (fd >= 0)
			close(fd);
	}
	return 0;
}

static void *in_thread(void *failed)
{
	int fd, i;

	for (i = 0; i < 50; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		if (fd < 0)
			return failed;
		close(fd);
	}
	return NULL;
}

static int make_in_threads(void)
{
	pthread_t threads[4];
	void *failed;
	size_t i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		if (pthread_create(&threads[i], NULL, in_thread, &threads))
			return 1;
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		pthread_join(threads[i], &failed);
		ret |= !!failed;
	}
	return ret;
}

/* Its caller's pipe, still open in the daemon, tells when it is done. */
static int make_as_daemon(void)
{
	if (fork())
		return 0;
	setsid();
	if (fork())
		return 0;
	return make_kinds();
}

static int wait_for(pid_t pid)
{
	int status;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static int run_other(const char *how, const char *self)
{
	char *const argv[] = { strdupa("sockets"), strdupa("preloaded"), NULL };
	char *envp[3] = { strdupa("SOME=thing") };
	pid_t pid;

	if (!strcmp(how, "off"))
		envp[1] = strdupa("XTCPIZE=off");
	if (!strcmp(how, "execve") || !strcmp(how, "off"))
		execve(self, argv, envp);
	else if (!strcmp(how, "execvpe"))
		execvpe(self, argv, envp);
	else if (!strcmp(how, "execle"))
		execle(self, "sockets", "preloaded", NULL, envp);
	else if (!strcmp(how, "fexecve"))
		fexecve(open(self, O_RDONLY | O_CLOEXEC), argv, envp);
	else if (!strcmp(how, "execveat"))
		execveat(AT_FDCWD, self, argv, envp, 0);
	else if (!strcmp(how, "posix_spawn") && !posix_spawn(&pid, self, NULL, NULL, argv, envp))
		return wait_for(pid);
	else if (!strcmp(how, "posix_spawnp") && !posix_spawnp(&pid, self, NULL, NULL, argv, envp))
		return wait_for(pid);
	clearenv();
	if (!strcmp(how, "execv"))
		execv(self, argv);
	else if (!strcmp(how, "execvp"))
		execvp(self, argv);
	else if (!strcmp(how, "execl"))
		execl(self, "sockets", "preloaded", NULL);
	else if (!strcmp(how, "execlp"))
		execlp(self, "sockets", "preloaded", NULL);
	perror(how);
	return 1;
}

static int say_preloaded(void)
{
	const char *value = getenv("LD_PRELOAD");

	puts(value && strstr(value, "libxtcpize.so") ? "preloaded" : "bare");
	return 0;
}

static int do_listen(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) || listen(fd, 5) ||
	    getsockname(fd, (struct sockaddr *)&addr, &len)) {
		perror("listen");
		return 1;
	}
	printf("%u\n", ntohs(addr.sin_port));
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "kinds"))
		return make_kinds();
	if (argc == 2 && !strcmp(argv[1], "threads"))
		return make_in_threads();
	if (argc == 2 && !strcmp(argv[1], "daemon"))
		return make_as_daemon();
	if (argc == 3 && !strcmp(argv[1], "exec"))
		return run_other(argv[2], argv[0]);
	if (argc == 2 && !strcmp(argv[1], "preloaded"))
		return say_preloaded();
	if (argc == 2 && !strcmp(argv[1], "listen"))
		return do_listen();
	fputs("usage: sockets kinds|threads|daemon|exec HOW|preloaded|listen\n", stderr);
	return 2;
}
