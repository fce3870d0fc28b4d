// SPDX-License-Identifier: GPL-2.0
/*
 * Reads BTF (the kernel's Documentation/bpf/btf.rst): a header, a row of types of several lengths,
 * and the names. The number of a type is its place in the row.
 */
#include <linux/btf.h>
#include <stdbool.h>
#include <string.h>

#include "btf.h"

/* Younger than the oldest headers that this is built with. */
#define KIND_DECL_TAG	17
#define KIND_TYPE_TAG	18
#define KIND_ENUM64	19

/* Where types and names are. */
struct view {
	const char *types;
	size_t types_len;
	const char *names;
	size_t names_len;
};

static bool has_room(size_t size, size_t at, size_t len)
{
	return at <= size && len <= size - at;
}

static bool open_view(const void *btf, size_t size, struct view *v)
{
	struct btf_header h;

	if (size < sizeof(h))
		return false;
	memcpy(&h, btf, sizeof(h));
	if (h.magic != BTF_MAGIC || h.hdr_len < sizeof(h) || h.hdr_len > size)
		return false;
	size -= h.hdr_len;
	if (!has_room(size, h.type_off, h.type_len) || !has_room(size, h.str_off, h.str_len))
		return false;
	v->types = (const char *)btf + h.hdr_len + h.type_off;
	v->types_len = h.type_len;
	v->names = (const char *)btf + h.hdr_len + h.str_off;
	v->names_len = h.str_len;
	/* So that no name runs past the end. */
	return h.str_len && !v->names[h.str_len - 1];
}

/* Bytes that follow the common part of a type; -1 for a kind not known. */
static long tail_len(const struct btf_type *t)
{
	long members = BTF_INFO_VLEN(t->info);

	switch (t->info >> 24 & 0x1f) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case KIND_TYPE_TAG:
		return 0;
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return members * 8;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case KIND_ENUM64:
		return members * 12;
	}
	return -1;
}

static bool is_function(const struct view *v, const struct btf_type *t, const char *name)
{
	return (t->info >> 24 & 0x1f) == BTF_KIND_FUNC && t->name_off < v->names_len &&
	       !strcmp(v->names + t->name_off, name);
}

/**
 * btf_find_function() - find a function by its name
 * @btf: what /sys/kernel/btf/vmlinux holds
 * @size: of that
 * @name: the function
 *
 * Return: its number; BTF_ABSENT, or BTF_BROKEN if @btf makes no sense.
 */
int btf_find_function(const void *btf, size_t size, const char *name)
{
	struct btf_type t;
	struct view v;
	size_t at = 0;
	long tail;
	int id;

	if (!open_view(btf, size, &v))
		return BTF_BROKEN;
	for (id = 1; at < v.types_len; id++) {
		if (!has_room(v.types_len, at, sizeof(t)))
			return BTF_BROKEN;
		memcpy(&t, v.types + at, sizeof(t));
		if (is_function(&v, &t, name))
			return id;
		tail = tail_len(&t);
		if (tail < 0)
			return BTF_BROKEN;
		at += sizeof(t) + tail;
	}
	return BTF_ABSENT;
}
