// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the head and program headers of an ELF file (System V gABI, chapters 4 and 5), 32-bit and
 * 64-bit, of either byte order. Every offset comes from the file and is not trusted.
 */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "elf_info.h"

/* Notes are looked at no further than this; the Go linker's is the first. */
#define NOTES_MAX	4096
#define GO_NAME		"Go\0\0"
#define GO_NAME_LEN	4

struct segment {
	__u32 type;
	__u64 offset;
	__u64 size;
};

/* Bytes read, or -1; a file shorter than that is no error. */
static ssize_t read_at(int fd, void *buf, size_t size, __u64 offset)
{
	size_t done = 0;
	ssize_t n;

	while (done < size && offset <= (__u64)INT64_MAX - done) {
		n = pread(fd, (char *)buf + done, size - done, offset + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		done += n;
	}
	return done;
}

static __u64 get(const struct elf_info *info, const __u8 *p, unsigned int bytes)
{
	__u64 v = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		v = v << 8 | p[info->big_endian ? i : bytes - 1 - i];
	return v;
}

/* A field of a structure that exists in a 32-bit and a 64-bit form: its place and size in each. */
struct field {
	__u8 at32;
	__u8 size32;
	__u8 at64;
	__u8 size64;
};

static const struct field e_type = { 16, 2, 16, 2 };
static const struct field e_machine = { 18, 2, 18, 2 };
static const struct field e_phoff = { 28, 4, 32, 8 };
static const struct field e_phentsize = { 42, 2, 54, 2 };
static const struct field e_phnum = { 44, 2, 56, 2 };
static const struct field p_type = { 0, 4, 0, 4 };
static const struct field p_offset = { 4, 4, 8, 8 };
static const struct field p_filesz = { 16, 4, 32, 8 };

#define HEAD32		52
#define HEAD64		64
#define ENTRY32		32
#define ENTRY64		56

static __u64 get_field(const struct elf_info *info, const __u8 *p, const struct field *f)
{
	if (info->bits == 32)
		return get(info, p + f->at32, f->size32);
	return get(info, p + f->at64, f->size64);
}

static enum elf_result read_interp(int fd, const struct segment *seg, struct elf_info *info)
{
	ssize_t n;

	if (seg->size < 2 || seg->size > sizeof(info->interp))
		return ELF_BROKEN;
	n = read_at(fd, info->interp, seg->size, seg->offset);
	if (n < 0)
		return ELF_UNREADABLE;
	/* The kernel wants the terminating zero to be in the file, too. */
	if ((__u64)n != seg->size || info->interp[n - 1] || !info->interp[0])
		return ELF_BROKEN;
	return ELF_GOOD;
}

/* A note: three words (length of the name, of the value, type), name and value padded to words. */
static void read_notes(int fd, const struct segment *seg, struct elf_info *info)
{
	__u8 buf[NOTES_MAX];
	__u64 name, value;
	ssize_t n, at = 0;

	n = read_at(fd, buf, seg->size < sizeof(buf) ? seg->size : sizeof(buf), seg->offset);
	while (n - at >= 12 + GO_NAME_LEN) {
		name = get(info, buf + at, 4);
		value = get(info, buf + at + 4, 4);
		if (name == GO_NAME_LEN && !memcmp(buf + at + 12, GO_NAME, GO_NAME_LEN))
			info->go = true;
		name = (name + 3) & ~3ULL;
		value = (value + 3) & ~3ULL;
		if (12 + name + value > (__u64)(n - at))
			return;
		at += 12 + name + value;
	}
}

static enum elf_result read_segments(int fd, const __u8 *head, struct elf_info *info)
{
	__u64 table = get_field(info, head, &e_phoff);
	__u64 count = get_field(info, head, &e_phnum), i;
	size_t size = info->bits == 32 ? ENTRY32 : ENTRY64;
	enum elf_result ret = ELF_GOOD;
	__u8 entry[ENTRY64];
	struct segment seg;
	ssize_t n;

	if (get_field(info, head, &e_phentsize) != size || !count || table > INT64_MAX)
		return ELF_BROKEN;
	for (i = 0; i < count && ret == ELF_GOOD; i++) {
		n = read_at(fd, entry, size, table + i * size);
		if (n < 0)
			return ELF_UNREADABLE;
		if ((size_t)n != size)
			return ELF_BROKEN;
		seg.type = get_field(info, entry, &p_type);
		seg.offset = get_field(info, entry, &p_offset);
		seg.size = get_field(info, entry, &p_filesz);
		if (seg.type == PT_INTERP && !info->interp[0])
			ret = read_interp(fd, &seg, info);
		else if (seg.type == PT_NOTE)
			read_notes(fd, &seg, info);
	}
	return ret;
}

/**
 * elf_read() - read what decides how a program is run
 * @fd: the file, open for reading
 * @info: receives the facts
 *
 * Return: ELF_GOOD if @info is complete; else what hindered.
 */
enum elf_result elf_read(int fd, struct elf_info *info)
{
	__u8 head[HEAD64];
	__u64 type;
	ssize_t n;

	memset(info, 0, sizeof(*info));
	memset(head, 0, sizeof(head));
	n = read_at(fd, head, sizeof(head), 0);
	if (n < 0)
		return ELF_UNREADABLE;
	if (n < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG))
		return ELF_NOT;
	if (head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64)
		return ELF_BROKEN;
	if (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB)
		return ELF_BROKEN;
	info->bits = head[EI_CLASS] == ELFCLASS32 ? 32 : 64;
	info->big_endian = head[EI_DATA] == ELFDATA2MSB;
	if ((size_t)n < (info->bits == 32 ? HEAD32 : HEAD64))
		return ELF_BROKEN;
	info->machine = get_field(info, head, &e_machine);
	type = get_field(info, head, &e_type);
	info->executable = type == ET_EXEC || type == ET_DYN;
	if (!info->executable)
		return ELF_GOOD;
	return read_segments(fd, head, info);
}
