/* SPDX-License-Identifier: GPL-2.0 */
/* What an ELF file says of how it is to be run. */
#ifndef XTCPIZE_ELF_H
#define XTCPIZE_ELF_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/types.h>

/**
 * struct elf_info - the facts that decide whether a library can be put before a program
 * @bits: 32 or 64
 * @big_endian: byte order of the file
 * @machine: EM_ number
 * @executable: a program or shared object, not a core or object file
 * @go: carries the Go linker's note, so makes its system calls without the C library
 * @interp: the dynamic loader (PT_INTERP), empty for a static program
 */
struct elf_info {
	unsigned int bits;
	bool big_endian;
	__u16 machine;
	bool executable;
	bool go;
	char interp[PATH_MAX];
};

enum elf_result {
	ELF_GOOD,
	ELF_NOT,		/* does not begin like an ELF file */
	ELF_BROKEN,		/* does, but makes no sense */
	ELF_UNREADABLE,		/* errno says why */
};

enum elf_result elf_read(int fd, struct elf_info *info);

#endif
