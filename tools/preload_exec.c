// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps libxtcpize.so preloaded, and its settings with it, when a program runs another with an
 * environment of its own making, as env -i, sshd, and daemons that renew themselves do.
 *
 * These functions may run in a child of vfork(2), with the parent's memory, or in a signal handler:
 * they take memory from the stack only, and lock nothing. Each member of the family is wrapped,
 * since inside the C library they call each other past any wrapper.
 */
#include <alloca.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload.h"

#define VARIABLE	"LD_PRELOAD="
/* No more than this is put on the stack; a longer environment passes as it is. */
#define ENTRIES_MAX	16384
#define VALUE_MAX	16384

/* This library, as LD_PRELOAD names it. */
static char library[PATH_MAX];

/* What it was told, as an entry of an environment; empty if nothing in particular. */
static char settings_entry[SETTINGS_MAX];

/* The functions behind ours. */
static struct {
	int (*execve)(const char *path, char *const argv[], char *const envp[]);
	int (*execvpe)(const char *file, char *const argv[], char *const envp[]);
	int (*fexecve)(int fd, char *const argv[], char *const envp[]);
	int (*execveat)(int fd, const char *path, char *const argv[], char *const envp[],
			int flags);
	int (*posix_spawn)(pid_t *pid, const char *path,
			   const posix_spawn_file_actions_t *actions,
			   const posix_spawnattr_t *attr, char *const argv[], char *const envp[]);
	int (*posix_spawnp)(pid_t *pid, const char *file,
			    const posix_spawn_file_actions_t *actions,
			    const posix_spawnattr_t *attr, char *const argv[], char *const envp[]);
	bool resolved;
} real;

/*
 * Done when the library is loaded, since the loader takes a lock for it; only where the constructor
 * of another library runs a program is it done then.
 */
static void resolve(void)
{
	if (real.resolved)
		return;
	real.execve = preload_next("execve");
	real.execvpe = preload_next("execvpe");
	real.fexecve = preload_next("fexecve");
	real.execveat = preload_next("execveat");
	real.posix_spawn = preload_next("posix_spawn");
	real.posix_spawnp = preload_next("posix_spawnp");
	real.resolved = true;
}

static bool starts_with(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static bool ends_with(const char *s, size_t len, const char *with)
{
	return len >= strlen(with) && !memcmp(s + len - strlen(with), with, strlen(with));
}

/**
 * preload_exec_init() - learn by what path this library was loaded, and what it stands before
 * @settings: the value of the variable with the settings, NULL if there is none
 */
void preload_exec_init(const char *settings)
{
	const char *list = getenv("LD_PRELOAD");
	size_t len;

	resolve();
	if (settings) {
		strcpy(settings_entry, SETTINGS_VARIABLE "=");
		strncat(settings_entry, settings,
			sizeof(settings_entry) - sizeof(SETTINGS_VARIABLE "="));
	}
	while (list && *list) {
		len = strcspn(list, ": ");
		if (ends_with(list, len, "/libxtcpize.so") && len < sizeof(library)) {
			memcpy(library, list, len);
			return;
		}
		list += len;
		list += strspn(list, ": ");
	}
}

/* Is @library one of the paths in @list, which blanks and colons part? */
static bool has_library(const char *list)
{
	size_t len;

	while (*list) {
		len = strcspn(list, ": ");
		if (len == strlen(library) && !memcmp(list, library, len))
			return true;
		list += len;
		list += strspn(list, ": ");
	}
	return false;
}

/**
 * struct plan - how an environment is to be mended
 * @n: its entries
 * @at: index of LD_PRELOAD, @n if it is absent
 * @old: its value
 * @library: the library is to be named
 * @settings: what it was told is to be added
 */
struct plan {
	size_t n;
	size_t at;
	const char *old;
	bool library;
	bool settings;
};

static void make_plan(char *const *envp, struct plan *p)
{
	bool off = preload_settings()->off || !library[0], found = false, told = false;

	memset(p, 0, sizeof(*p));
	p->old = "";
	for (; envp && envp[p->n]; p->n++) {
		if (starts_with(envp[p->n], VARIABLE) && !found) {
			found = true;
			p->at = p->n;
			p->old = envp[p->n] + strlen(VARIABLE);
		}
		if (!strcmp(envp[p->n], SETTINGS_VARIABLE "=" SETTINGS_OFF))
			off = true;
		if (starts_with(envp[p->n], SETTINGS_VARIABLE "="))
			told = true;
	}
	if (!found)
		p->at = p->n;
	if (off || p->n >= ENTRIES_MAX || strlen(p->old) >= VALUE_MAX)
		return;
	p->library = !has_library(p->old);
	p->settings = !told && settings_entry[0];
}

static size_t value_size(const struct plan *p)
{
	return strlen(VARIABLE) + strlen(library) + 1 + strlen(p->old) + 1;
}

/* @fresh has room for @p->n + 3 entries, @value for value_size() bytes. */
static char *const *mend(char *const *envp, const struct plan *p, char **fresh, char *value)
{
	size_t entries = p->n;

	if (p->n)
		memcpy(fresh, envp, p->n * sizeof(*fresh));
	if (p->library) {
		strcpy(value, VARIABLE);
		strcat(value, library);
		if (*p->old) {
			strcat(value, ":");
			strcat(value, p->old);
		}
		fresh[p->at] = value;
		entries += p->at == p->n;
	}
	if (p->settings)
		fresh[entries++] = settings_entry;
	fresh[entries] = NULL;
	return fresh;
}

/*
 * A macro, since the memory must be on the stack of the function that runs the program. To be used
 * in a statement of its own: memory of alloca(3) may come to lie among the arguments of a call.
 */
#define KEEP(env) ({									\
	char *const *env_ = (env);							\
	struct plan plan_;								\
											\
	make_plan(env_, &plan_);							\
	if (plan_.library || plan_.settings)						\
		env_ = mend(env_, &plan_, alloca((plan_.n + 3) * sizeof(char *)),	\
			    alloca(value_size(&plan_)));				\
	env_;										\
})

PRELOAD_EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	resolve();
	envp = KEEP(envp);
	return real.execve(path, argv, envp);
}

PRELOAD_EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	resolve();
	envp = KEEP(envp);
	return real.execvpe(file, argv, envp);
}

PRELOAD_EXPORT int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

PRELOAD_EXPORT int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

/* Words of execl() and its kin behind the first, without the NULL that ends them. */
static size_t count_words(va_list *ap)
{
	size_t n = 0;

	while (va_arg(*ap, char *))
		n++;
	return n;
}

/* @argv has room for @n + 2; behind the words' end @ap stands at what follows. */
static void fill_words(char **argv, const char *first, size_t n, va_list *ap)
{
	size_t i;

	argv[0] = (char *)first;
	for (i = 1; i <= n + 1; i++)
		argv[i] = va_arg(*ap, char *);
}

PRELOAD_EXPORT int execl(const char *path, const char *arg, ...)
{
	char **argv;
	va_list ap;
	size_t n;

	va_start(ap, arg);
	n = count_words(&ap);
	va_end(ap);
	argv = alloca((n + 2) * sizeof(*argv));
	va_start(ap, arg);
	fill_words(argv, arg, n, &ap);
	va_end(ap);
	return execve(path, argv, environ);
}

PRELOAD_EXPORT int execlp(const char *file, const char *arg, ...)
{
	char **argv;
	va_list ap;
	size_t n;

	va_start(ap, arg);
	n = count_words(&ap);
	va_end(ap);
	argv = alloca((n + 2) * sizeof(*argv));
	va_start(ap, arg);
	fill_words(argv, arg, n, &ap);
	va_end(ap);
	return execvpe(file, argv, environ);
}

PRELOAD_EXPORT int execle(const char *path, const char *arg, ...)
{
	char **argv, *const *envp;
	va_list ap;
	size_t n;

	va_start(ap, arg);
	n = count_words(&ap);
	va_end(ap);
	argv = alloca((n + 2) * sizeof(*argv));
	va_start(ap, arg);
	fill_words(argv, arg, n, &ap);
	envp = va_arg(ap, char *const *);
	va_end(ap);
	return execve(path, argv, envp);
}

PRELOAD_EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	resolve();
	envp = KEEP(envp);
	return real.fexecve(fd, argv, envp);
}

PRELOAD_EXPORT int execveat(int fd, const char *path, char *const argv[], char *const envp[],
			    int flags)
{
	resolve();
	envp = KEEP(envp);
	return real.execveat(fd, path, argv, envp, flags);
}

PRELOAD_EXPORT int posix_spawn(pid_t *pid, const char *path,
			       const posix_spawn_file_actions_t *actions,
			       const posix_spawnattr_t *attr, char *const argv[],
			       char *const envp[])
{
	resolve();
	envp = KEEP(envp);
	return real.posix_spawn(pid, path, actions, attr, argv, envp);
}

PRELOAD_EXPORT int posix_spawnp(pid_t *pid, const char *file,
				const posix_spawn_file_actions_t *actions,
				const posix_spawnattr_t *attr, char *const argv[],
				char *const envp[])
{
	resolve();
	envp = KEEP(envp);
	return real.posix_spawnp(pid, file, actions, attr, argv, envp);
}
