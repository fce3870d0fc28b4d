/* SPDX-License-Identifier: GPL-2.0 */
/* What the rooms of libxtcpize.so share. */
#ifndef XTCPIZE_PRELOAD_H
#define XTCPIZE_PRELOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "settings.h"

#define PRELOAD_EXPORT	__attribute__((visibility("default")))

const struct settings *preload_settings(void);
void *preload_next(const char *name);
int preload_real_socket(int domain, int type, int protocol);
int preload_make(int domain, int type);

void preload_exec_init(const char *settings);

void preload_turn_init(void);
int preload_replay(int from, int to, int domain);

/**
 * struct preload_watch - one place in one epoll set
 * @set: the set's descriptor
 * @events: what is waited for
 * @data: the program's own word
 */
struct preload_watch {
	int set;
	unsigned int events;
	unsigned long long data;
};

size_t preload_watches(int fd, struct preload_watch *found, size_t room);
void preload_rewatch(int fd, const struct preload_watch *found, size_t n);

#endif
