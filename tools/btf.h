/* SPDX-License-Identifier: GPL-2.0 */
/* Finds functions in BTF, the kernel's description of its own types. */
#ifndef XTCPIZE_BTF_H
#define XTCPIZE_BTF_H

#include <stddef.h>

#define BTF_ABSENT	0	/* the number of void, which is no function */
#define BTF_BROKEN	-1

int btf_find_function(const void *btf, size_t size, const char *name);

#endif
