// SPDX-License-Identifier: GPL-2.0
/* Memory that is there, messages with the program's name, and text that is safe to print. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/**
 * util_warn() - print "program: message" on stderr
 * @fmt: as for printf(), without newline
 */
void util_warn(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);		/* so that the two streams keep their order on a terminal */
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

static void out_of_memory(void)
{
	util_warn("out of memory");
	exit(1);
}

/**
 * util_printf() - print into new memory
 * @fmt: as for printf()
 *
 * Return: the string, to be freed; never NULL.
 */
char *util_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		out_of_memory();
	return s;
}

/**
 * util_alloc() - zeroed memory
 * @size: bytes
 *
 * Return: the memory, to be freed; never NULL.
 */
void *util_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

/**
 * util_grow() - make room for one more element of an array
 * @array: the array, or NULL
 * @used: elements in use
 * @room: elements there is room for; updated
 * @size: bytes of an element
 *
 * Return: the array, perhaps elsewhere; never NULL.
 */
void *util_grow(void *array, size_t used, size_t *room, size_t size)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 64;
	array = reallocarray(array, *room, size);
	if (!array)
		out_of_memory();
	return array;
}

/**
 * util_strdup() - copy a string
 * @s: the string
 *
 * Return: the copy, to be freed; never NULL.
 */
char *util_strdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy)
		out_of_memory();
	return copy;
}

/**
 * util_printable() - make a string harmless to a terminal, in place
 * @s: a name that a process or a name server chose; control characters become '?'
 */
void util_printable(char *s)
{
	for (; *s; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
	}
}
