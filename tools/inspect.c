// SPDX-License-Identifier: GPL-2.0
/*
 * Judges whether a program can be run on xtcp by the library: whether the dynamic loader will put
 * that before it, and whether it makes its sockets through the C library at all.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "elf_info.h"
#include "inspect.h"
#include "search.h"
#include "util.h"

/* As many scripts may interpret each other as the kernel allows (fs/exec.c). */
#define SCRIPTS_MAX	5
/* As much of a script's first line as the kernel reads (BINPRM_BUF_SIZE). */
#define LINE_MAX_LEN	256
/* execvp(3) gives what the kernel does not know to this one. */
#define SHELL		"/bin/sh"

/* What is looked at now: the program, or an interpreter on its chain. */
struct subject {
	const char *path;
	char *what;	/* "it" or "its interpreter PATH" */
	unsigned int depth;
};

static void judge_file(struct verdict *v, const struct subject *s);

/* Takes @reason. */
static void refuse(struct verdict *v, int status, char *reason)
{
	v->status = status;
	v->runs = false;
	free(v->reason);
	v->reason = reason;
}

static bool own_elf(struct elf_info *own)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return false;
	good = elf_read(fd, own) == ELF_GOOD;
	close(fd);
	return good;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * Of a program with privileges of its own the loader takes no library from a user. Scripts get
 * none: there the kernel looks at the interpreter only.
 */
static char *judge_privileges(int fd, const struct subject *s)
{
	struct stat st;

	if (fstat(fd, &st))
		return util_printf("%s cannot be examined: %s", s->what, strerror(errno));
	if (st.st_mode & S_ISUID)
		return util_printf("%s is set-user-ID, and such programs ignore LD_PRELOAD",
				   s->what);
	/* Without the group's execute bit, S_ISGID means something else. */
	if ((st.st_mode & S_ISGID) && (st.st_mode & 0010))
		return util_printf("%s is set-group-ID, and such programs ignore LD_PRELOAD",
				   s->what);
	if (fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return util_printf("%s has file capabilities, and such programs ignore LD_PRELOAD",
				   s->what);
	return NULL;
}

/* A program that the kernel runs, whatever the library may say to it. */
static bool runs_here(const struct elf_info *elf, const struct elf_info *own)
{
	bool machine = elf->machine == own->machine ||
		       (own->machine == EM_X86_64 && elf->machine == EM_386);

	return elf->executable && machine && elf->big_endian == own->big_endian &&
	       (!elf->interp[0] || !access(elf->interp, X_OK));
}

/* What keeps the library away from it. */
static char *judge_loader(const struct elf_info *elf, const struct elf_info *own,
			  const struct subject *s)
{
	if (!elf->executable)
		return util_printf("%s is an ELF file, but not a program", s->what);
	if (elf->bits != own->bits)
		return util_printf("%s is a %u-bit program, and libxtcpize.so is for %u-bit ones",
				   s->what, elf->bits, own->bits);
	if (elf->machine != own->machine || elf->big_endian != own->big_endian)
		return util_printf("%s is for another processor (ELF machine %u, not %u)", s->what,
				   elf->machine, own->machine);
	if (elf->go)
		return util_printf("%s is a Go program, which calls the kernel by itself",
				   s->what);
	if (!elf->interp[0])
		return util_printf("%s is statically linked, so no library can be put before it",
				   s->what);
	if (strcmp(base_name(elf->interp), base_name(own->interp)))
		return util_printf("%s is for another C library (its loader is %s, not %s)",
				   s->what, elf->interp, base_name(own->interp));
	if (access(elf->interp, X_OK))
		return util_printf("%s needs the loader %s, which cannot be used: %s", s->what,
				   elf->interp, strerror(errno));
	return NULL;
}

static void judge_elf(struct verdict *v, const struct subject *s, int fd,
		      const struct elf_info *elf)
{
	struct elf_info own;
	char *reason;

	if (!own_elf(&own)) {
		refuse(v, EXIT_CANNOT,
		       util_printf("/proc/self/exe, to compare it with, cannot be read"));
		return;
	}
	reason = judge_privileges(fd, s);
	if (!reason)
		reason = judge_loader(elf, &own, s);
	if (reason) {
		refuse(v, EXIT_CANNOT, reason);
		v->runs = runs_here(elf, &own);
	}
}

static void judge_next(struct verdict *v, const struct subject *s, const char *path)
{
	struct subject next = { .path = path, .depth = s->depth + 1 };

	if (next.depth > SCRIPTS_MAX) {
		refuse(v, EXIT_CANNOT, util_printf("too many scripts interpret each other"));
		return;
	}
	next.what = util_printf("its interpreter %s", path);
	judge_file(v, &next);
	free(next.what);
}

/*
 * The program that "#!/usr/bin/env [-S] [OPTION]... [VAR=VALUE]... PROGRAM" runs.
 *
 * Return: the name inside @args, which is cut up; NULL if there is none.
 */
static char *env_program(char *args)
{
	char *save, *word;

	for (word = strtok_r(args, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (!strcmp(word, "-u") || !strcmp(word, "-C")) {
			strtok_r(NULL, " \t", &save);
			continue;
		}
		if (!strncmp(word, "-S", 2) && word[2])
			word += 2;
		if (*word != '-' && !strchr(word, '='))
			return word;
	}
	return NULL;
}

/* @line: what follows "#!" */
static void judge_script(struct verdict *v, const struct subject *s, char *line)
{
	char *interp, *args, *program, *path;
	size_t len;

	line[strcspn(line, "\n")] = '\0';
	interp = line + strspn(line, " \t");
	len = strcspn(interp, " \t");
	args = interp + len;
	if (*args)
		*args++ = '\0';
	if (!*interp) {
		refuse(v, EXIT_CANNOT, util_printf("%s is a script without interpreter", s->what));
		return;
	}
	judge_next(v, s, interp);
	if (v->status || strcmp(base_name(interp), "env"))
		return;
	program = env_program(args);
	if (!program)
		return;
	path = search_program(program);
	if (path)
		judge_next(v, s, path);
	else
		refuse(v, EXIT_CANNOT, util_printf("its interpreter %s is not found", program));
	free(path);
}

static void judge_other(struct verdict *v, const struct subject *s, int fd)
{
	char head[LINE_MAX_LEN + 1];
	ssize_t n;

	n = pread(fd, head, sizeof(head) - 1, 0);
	if (n < 0) {
		refuse(v, EXIT_CANNOT, util_printf("%s cannot be read: %s", s->what,
						   strerror(errno)));
		return;
	}
	head[n] = '\0';
	if (!strncmp(head, "#!", 2))
		judge_script(v, s, head + 2);
	else if (!s->depth && !memchr(head, '\0', n))
		judge_next(v, s, SHELL);
	else
		refuse(v, EXIT_CANNOT, util_printf("%s is neither a program nor a script",
						   s->what));
}

static void judge_file(struct verdict *v, const struct subject *s)
{
	struct elf_info elf;
	char *reason = NULL;
	int fd;

	fd = open(s->path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		refuse(v, EXIT_CANNOT, util_printf("%s cannot be read: %s", s->what,
						   strerror(errno)));
		return;
	}
	switch (elf_read(fd, &elf)) {
	case ELF_GOOD:
		judge_elf(v, s, fd, &elf);
		break;
	case ELF_NOT:
		judge_other(v, s, fd);
		break;
	case ELF_BROKEN:
		reason = util_printf("%s is a damaged ELF file", s->what);
		break;
	case ELF_UNREADABLE:
		reason = util_printf("%s cannot be read: %s", s->what, strerror(errno));
		break;
	}
	if (reason)
		refuse(v, EXIT_CANNOT, reason);
	close(fd);
}

/**
 * inspect_program() - can this program be run on xtcp by the library?
 * @name: as on a command line: a path, or a name to look for along $PATH
 * @v: receives the verdict, to be given to inspect_free()
 */
void inspect_program(const char *name, struct verdict *v)
{
	struct subject s = { .what = util_strdup("it") };

	memset(v, 0, sizeof(*v));
	v->path = search_program(name);
	s.path = v->path;
	if (v->path)
		judge_file(v, &s);
	else if (errno == ENOENT || errno == ENOTDIR)
		refuse(v, EXIT_NOT_FOUND, util_printf("it is not found"));
	else
		refuse(v, EXIT_CANNOT, util_printf("it cannot be executed: %s", strerror(errno)));
	free(s.what);
}

/**
 * inspect_free() - free a verdict
 * @v: the verdict
 */
void inspect_free(struct verdict *v)
{
	free(v->path);
	free(v->reason);
	memset(v, 0, sizeof(*v));
}
