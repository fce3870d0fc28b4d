// SPDX-License-Identifier: GPL-2.0
/* Finds a program as execvp(3) would: by its path, or by its name along $PATH. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "search.h"
#include "util.h"

/* Sets errno if not. */
static bool can_execute(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return false;
	}
	if (!S_ISREG(st.st_mode)) {
		errno = EACCES;
		return false;
	}
	return !faccessat(AT_FDCWD, path, X_OK, AT_EACCESS);
}

/**
 * search_program() - find a program
 * @name: a path, if it has a slash; else a name to look for along $PATH
 *
 * Return: its path, to be freed; or NULL with errno set: ENOENT if there is none, EACCES or EISDIR
 * if what was found cannot be executed.
 */
char *search_program(const char *name)
{
	const char *dirs = getenv("PATH"), *end;
	int found = ENOENT;
	char *path;

	if (!*name) {
		errno = ENOENT;
		return NULL;
	}
	if (strchr(name, '/'))
		return can_execute(name) ? util_strdup(name) : NULL;
	if (!dirs)
		dirs = "/bin:/usr/bin";
	for (;; dirs = end + 1) {
		end = strchrnul(dirs, ':');
		/* An empty part is the current directory. */
		path = end == dirs ? util_printf("./%s", name) :
		       util_printf("%.*s/%s", (int)(end - dirs), dirs, name);
		if (can_execute(path))
			return path;
		/* Like execvp(3): go on, but remember that something was there. */
		if (errno == EACCES && !access(path, F_OK))
			found = EACCES;
		free(path);
		if (!*end)
			break;
	}
	errno = found;
	return NULL;
}
