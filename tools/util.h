/* SPDX-License-Identifier: GPL-2.0 */
/* Memory that is there, messages with the program's name, and text that is safe to print. */
#ifndef XTCP_UTIL_H
#define XTCP_UTIL_H

#include <stddef.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

__printf(1, 2) void util_warn(const char *fmt, ...);
__printf(1, 2) char *util_printf(const char *fmt, ...);
void *util_alloc(size_t size);
void *util_grow(void *array, size_t used, size_t *room, size_t size);
char *util_strdup(const char *s);
void util_printable(char *s);

#endif
