// SPDX-License-Identifier: GPL-2.0
/*
 * Feeds damaged input to the parsers of procfs lines, of ELF files, of BTF and of settings:
 * "fuzz_parse ROUNDS SEED ELF-FILE". Build it with FUZZ_FLAGS=-fsanitize=address,undefined to see
 * what it is for.
 */
#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "btf.h"
#include "elf_info.h"
#include "procfs.h"
#include "settings.h"

#define ELF_BYTES	8192

static const char * const lines[] = {
	"0: 0100007F:0050 0200007F:C350 01 10:20 01:14 3 33 7 4243 2 00000000364ba99d 20 4 30 10 -1",
	"1: 0000000000000000FFFF00000100007F:50 0000000000000000FFFF00000100007F:C350 06 0:0 3:9 0 0 0 0 3 c0b",
	"SegsIn 18446744073709551615 segments received, \"all\" of them\n",
};

/* What a mutation likes to put in. */
static const char spice[] = "0123456789ABCDEFabcdef:- \t\n\0\377+xX";

static unsigned int below(unsigned int n)
{
	return (unsigned int)random() % n;
}

static void mutate(char *buf, size_t *len)
{
	unsigned int i, times = 1 + below(6);
	size_t at;

	for (i = 0; i < times && *len; i++) {
		at = below(*len);
		switch (below(4)) {
		case 0:
			buf[at] = spice[below(sizeof(spice))];
			break;
		case 1:
			buf[at] = random();
			break;
		case 2:
			*len = at;
			break;
		default:
			memmove(buf + at, buf + at + 1, *len - at - 1);
			(*len)--;
		}
	}
}

/* The exact size, so that a step too far is seen. */
static void fuzz_line(void)
{
	const char *line = lines[below(3)];
	struct counter counter;
	size_t len = strlen(line);
	char *buf = malloc(len + 1), *exact;
	struct conn c;

	if (!buf)
		abort();
	memcpy(buf, line, len);
	mutate(buf, &len);
	exact = malloc(len + 1);
	if (!exact)
		abort();
	memcpy(exact, buf, len);
	exact[len] = '\0';
	if (procfs_parse_conn(exact, below(2) ? AF_INET : AF_INET6, 100, &c) &&
	    (c.state < 1 || c.state >= CONN_STATES || c.timer > CONN_TIMERS))
		abort();
	procfs_parse_counter(exact, &counter);
	free(exact);
	free(buf);
}

static void fuzz_elf(int fd, const char *image, size_t size)
{
	unsigned int i, times = 1 + below(8);
	struct elf_info info;
	char byte;

	if (ftruncate(fd, 0) || pwrite(fd, image, size, 0) != (ssize_t)size)
		abort();
	for (i = 0; i < times; i++) {
		byte = below(3) ? random() : below(2) ? 0xff : 0;
		/* Mostly in the head and the program headers. */
		if (pwrite(fd, &byte, 1, below(below(2) ? 64 : 1024)) != 1)
			abort();
	}
	if (!below(8) && ftruncate(fd, below(size)))
		abort();
	if (elf_read(fd, &info) == ELF_GOOD && strnlen(info.interp, PATH_MAX) == PATH_MAX)
		abort();
}

#define KINDS		19
#define INFO(kind, n)	((kind) << 24 | (n))

/* One of each kind, with as many members, and at the end the function that is looked for. */
static const struct {
	struct btf_header head;
	__u32 types[KINDS * 3 + 22];
	char names[8];
} btf = {
	.head = {
		.magic = BTF_MAGIC,
		.version = 1,
		.hdr_len = sizeof(struct btf_header),
		.type_len = sizeof(btf.types),
		.str_off = sizeof(btf.types),
		.str_len = sizeof(btf.names),
	},
	.types = {
		0, INFO(BTF_KIND_INT, 0), 4, 32,
		0, INFO(BTF_KIND_PTR, 0), 1,
		0, INFO(BTF_KIND_ARRAY, 0), 0, 1, 1, 3,
		0, INFO(BTF_KIND_STRUCT, 1), 4, 1, 1, 0,
		0, INFO(BTF_KIND_UNION, 1), 4, 1, 1, 0,
		0, INFO(BTF_KIND_ENUM, 1), 4, 1, 0,
		0, INFO(BTF_KIND_FWD, 0), 0,
		0, INFO(BTF_KIND_TYPEDEF, 0), 1,
		0, INFO(BTF_KIND_VOLATILE, 0), 1,
		0, INFO(BTF_KIND_CONST, 0), 1,
		0, INFO(BTF_KIND_RESTRICT, 0), 1,
		0, INFO(BTF_KIND_FUNC_PROTO, 1), 1, 1, 1,
		0, INFO(BTF_KIND_VAR, 0), 1, 1,
		0, INFO(BTF_KIND_DATASEC, 1), 4, 1, 0, 4,
		0, INFO(BTF_KIND_FLOAT, 0), 4,
		1, INFO(17, 0), 1, 0,
		1, INFO(18, 0), 1,
		0, INFO(19, 1), 8, 1, 0, 0,
		1, INFO(BTF_KIND_FUNC, 0), 12,
	},
	.names = "\0wanted",
};

static void fuzz_btf(void)
{
	size_t len = sizeof(btf);
	char *buf = malloc(len), *exact;
	int id;

	if (!buf || btf_find_function(&btf, sizeof(btf), "wanted") != KINDS ||
	    btf_find_function(&btf, sizeof(btf), "other") != BTF_ABSENT)
		abort();
	memcpy(buf, &btf, len);
	mutate(buf, &len);
	exact = malloc(len ? len : 1);
	if (!exact)
		abort();
	memcpy(exact, buf, len);
	id = btf_find_function(exact, len, "wanted");
	if (id < BTF_BROKEN || id > (int)sizeof(btf))
		abort();
	free(exact);
	free(buf);
}

static void fuzz_settings(void)
{
	char text[] = "wire=both port=7,80-90,65535 ";
	size_t len = sizeof(text) - 1, i;
	struct settings s;

	mutate(text, &len);
	text[len] = '\0';
	if (!settings_parse(text, &s))
		return;
	for (i = 0; i < s.n_ranges; i++) {
		if (!s.ranges[i].first || s.ranges[i].first > s.ranges[i].last)
			abort();
	}
	if (settings_has_port(&s, 0))
		abort();
}

int main(int argc, char **argv)
{
	static char image[ELF_BYTES];
	unsigned long rounds, i;
	ssize_t size;
	int fd;

	if (argc != 4) {
		fputs("usage: fuzz_parse ROUNDS SEED ELF-FILE\n", stderr);
		return 2;
	}
	rounds = strtoul(argv[1], NULL, 10);
	srandom(strtoul(argv[2], NULL, 10));
	fd = open(argv[3], O_RDONLY | O_CLOEXEC);
	size = fd < 0 ? -1 : read(fd, image, sizeof(image));
	if (size <= 0) {
		perror(argv[3]);
		return 1;
	}
	close(fd);
	fd = memfd_create("elf", MFD_CLOEXEC);
	if (fd < 0) {
		perror("memfd_create");
		return 1;
	}
	for (i = 0; i < rounds; i++) {
		fuzz_line();
		fuzz_btf();
		fuzz_settings();
		if (!(i % 8))
			fuzz_elf(fd, image, size);
	}
	return 0;
}
