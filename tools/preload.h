/* SPDX-License-Identifier: GPL-2.0 */
/* What the rooms of libxtcpize.so share. */
#ifndef XTCPIZE_PRELOAD_H
#define XTCPIZE_PRELOAD_H

#include <stdbool.h>

/* In the environment: XTCPIZE=off makes the library do nothing, for one program among many. */
#define PRELOAD_SWITCH	"XTCPIZE"
#define PRELOAD_OFF	"off"

#define PRELOAD_EXPORT	__attribute__((visibility("default")))

bool preload_off(void);
void *preload_next(const char *name);
void preload_exec_init(void);

#endif
