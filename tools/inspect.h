/* SPDX-License-Identifier: GPL-2.0 */
/* Judges whether a program can be run on xtcp. */
#ifndef XTCPIZE_INSPECT_H
#define XTCPIZE_INSPECT_H

#include <stdbool.h>

/* Exit statuses as those of env(1) and nohup(1). */
#define EXIT_CANNOT	126
#define EXIT_NOT_FOUND	127

/**
 * struct verdict - what inspect_program() found
 * @status: 0 if the library can be put before the program, else EXIT_CANNOT or EXIT_NOT_FOUND
 * @runs: if not: it is a program of this machine all the same, whose sockets the kernel could turn
 * @path: where it is; NULL if it was not found
 * @reason: why not, a clause; NULL if it can
 */
struct verdict {
	int status;
	bool runs;
	char *path;
	char *reason;
};

void inspect_program(const char *name, struct verdict *v);
void inspect_free(struct verdict *v);

#endif
