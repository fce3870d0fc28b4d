// SPDX-License-Identifier: GPL-2.0
/*
 * Two BPF programs, assembled by hand, so that neither a compiler nor a library is needed:
 *
 * - on update_socket_protocol(), through which every socket(2) goes since Linux 6.6: turns what the
 *   library would have turned, for programs in one cgroup and below it;
 * - on the getsockopt(2) of that cgroup: a turned socket says that its protocol is TCP.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/xtcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "btf.h"
#include "hook_bpf.h"
#include "util.h"

#define BTF_FILE	"/sys/kernel/btf/vmlinux"
#define HOOK		"update_socket_protocol"
#define LICENSE		"GPL"
/* No kernel's BTF is larger by far. */
#define BTF_MAX		(256 << 20)
/* As much of a value as BPF sees of a getsockopt(): one page. */
#define SEEN_MAX	4096

/* Instructions: code, destination and source register, jump in instructions, number. */
#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) })
#define LOAD64(d, s, o)		INSN(BPF_LDX | BPF_MEM | BPF_DW, d, s, o, 0)
#define LOAD32(d, s, o)		INSN(BPF_LDX | BPF_MEM | BPF_W, d, s, o, 0)
#define STORE32(d, o, i)	INSN(BPF_ST | BPF_MEM | BPF_W, d, 0, o, i)
#define COPY(d, s)		INSN(BPF_ALU64 | BPF_MOV | BPF_X, d, s, 0, 0)
#define SET(d, i)		INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define ADD(d, i)		INSN(BPF_ALU64 | BPF_ADD | BPF_K, d, 0, 0, i)
#define AND32(d, i)		INSN(BPF_ALU | BPF_AND | BPF_K, d, 0, 0, i)
#define JUMP_EQ(d, i, o)	INSN(BPF_JMP32 | BPF_JEQ | BPF_K, d, 0, o, i)
#define JUMP_NE(d, i, o)	INSN(BPF_JMP32 | BPF_JNE | BPF_K, d, 0, o, i)
#define JUMP_LE(d, i, o)	INSN(BPF_JMP32 | BPF_JLE | BPF_K, d, 0, o, i)
#define JUMP_GT(d, s, o)	INSN(BPF_JMP | BPF_JGT | BPF_X, d, s, o, 0)
#define MAP(d, fd)		INSN(BPF_LD | BPF_DW | BPF_IMM, d, BPF_PSEUDO_MAP_FD, 0, fd)
#define MAP_REST		INSN(0, 0, 0, 0, 0)
#define CALL(f)			INSN(BPF_JMP | BPF_CALL, 0, 0, 0, f)
#define EXIT			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* A map of one element, the cgroup, since that is how a program is told of one. */
static int make_map(int cgroup)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_CGROUP_ARRAY,
		.key_size = sizeof(int),
		.value_size = sizeof(int),
		.max_entries = 1,
	};
	int map = bpf(BPF_MAP_CREATE, &attr), key = 0;

	if (map < 0)
		return -1;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (__u64)(unsigned long)&key;
	attr.value = (__u64)(unsigned long)&cgroup;
	if (bpf(BPF_MAP_UPDATE_ELEM, &attr)) {
		close(map);
		return -1;
	}
	return map;
}

/**
 * hook_bpf_find() - find the hook
 *
 * Anybody may.
 *
 * Return: its number; -1 with errno set, to ENOENT if the kernel has no BTF, ESRCH if no hook.
 */
int hook_bpf_find(void)
{
	int fd = open(BTF_FILE, O_RDONLY | O_CLOEXEC), id;
	size_t size = 0, room = 0;
	char *btf = NULL;
	ssize_t n;

	if (fd < 0)
		return -1;
	do {
		/* The file is read to its end: what stat() says of files there is not always so. */
		if (size == room) {
			room = room ? room * 2 : 8 << 20;
			btf = realloc(btf, room);
			if (!btf || room > BTF_MAX)
				break;
		}
		n = read(fd, btf + size, room - size);
		size += n > 0 ? n : 0;
	} while (n > 0);
	close(fd);
	id = btf ? btf_find_function(btf, size, HOOK) : BTF_BROKEN;
	free(btf);
	errno = id == BTF_BROKEN ? EINVAL : ESRCH;
	return id > 0 ? id : -1;
}

/**
 * hook_bpf_load() - make the program that turns sockets
 * @hook: from hook_bpf_find()
 * @cgroup: whose programs' sockets, a descriptor of its directory
 *
 * Return: the program's descriptor; or -1 with errno set, to EPERM if only root may.
 */
int hook_bpf_load(int hook, int cgroup)
{
	int map = make_map(cgroup), prog, saved;
	const struct bpf_insn code[] = {
		COPY(BPF_REG_6, BPF_REG_1),
		LOAD64(BPF_REG_2, BPF_REG_6, 0),		/* family */
		JUMP_EQ(BPF_REG_2, AF_INET, 1),
		JUMP_NE(BPF_REG_2, AF_INET6, 13),
		LOAD64(BPF_REG_2, BPF_REG_6, 8),		/* type, and flags */
		AND32(BPF_REG_2, 0xf),
		JUMP_NE(BPF_REG_2, SOCK_STREAM, 10),
		LOAD64(BPF_REG_2, BPF_REG_6, 16),		/* protocol */
		JUMP_EQ(BPF_REG_2, 0, 1),
		JUMP_NE(BPF_REG_2, IPPROTO_TCP, 7),
		MAP(BPF_REG_1, map),
		MAP_REST,
		SET(BPF_REG_2, 0),
		CALL(BPF_FUNC_current_task_under_cgroup),
		JUMP_NE(BPF_REG_0, 1, 2),
		SET(BPF_REG_0, IPPROTO_XTCP),
		EXIT,
		SET(BPF_REG_0, 0),				/* let the hook go on */
		EXIT,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_TRACING,
		.expected_attach_type = BPF_MODIFY_RETURN,
		.insns = (__u64)(unsigned long)code,
		.insn_cnt = ARRAY_SIZE(code),
		.license = (__u64)(unsigned long)LICENSE,
		.prog_name = "xtcpize",
	};

	if (map < 0)
		return -1;
	attr.attach_btf_id = hook;
	prog = bpf(BPF_PROG_LOAD, &attr);
	saved = errno;
	close(map);
	errno = saved;
	return prog;
}

/**
 * hook_bpf_attach() - put the program on the hook
 * @prog: from hook_bpf_load()
 *
 * Return: a descriptor that keeps it there until it is closed; -1 with errno set.
 */
int hook_bpf_attach(int prog)
{
	union bpf_attr attr = { .raw_tracepoint = { .prog_fd = prog } };

	return bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
}

static int load_disguise(void)
{
	const struct bpf_insn code[] = {
		COPY(BPF_REG_6, BPF_REG_1),
		LOAD32(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sockopt, level)),
		JUMP_NE(BPF_REG_2, SOL_SOCKET, 10),
		LOAD32(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sockopt, optname)),
		JUMP_NE(BPF_REG_2, SO_PROTOCOL, 8),
		LOAD64(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sockopt, optval)),
		LOAD64(BPF_REG_3, BPF_REG_6, offsetof(struct bpf_sockopt, optval_end)),
		COPY(BPF_REG_4, BPF_REG_2),
		ADD(BPF_REG_4, sizeof(int)),
		JUMP_GT(BPF_REG_4, BPF_REG_3, 3),
		LOAD32(BPF_REG_5, BPF_REG_2, 0),
		JUMP_NE(BPF_REG_5, IPPROTO_XTCP, 1),
		STORE32(BPF_REG_2, 0, IPPROTO_TCP),
		/* Of a longer value the kernel is told that nothing was changed. */
		LOAD32(BPF_REG_2, BPF_REG_6, offsetof(struct bpf_sockopt, optlen)),
		JUMP_LE(BPF_REG_2, SEEN_MAX, 1),
		STORE32(BPF_REG_6, offsetof(struct bpf_sockopt, optlen), 0),
		SET(BPF_REG_0, 1),
		EXIT,
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_CGROUP_SOCKOPT,
		.expected_attach_type = BPF_CGROUP_GETSOCKOPT,
		.insns = (__u64)(unsigned long)code,
		.insn_cnt = ARRAY_SIZE(code),
		.license = (__u64)(unsigned long)LICENSE,
		.prog_name = "xtcpize_opt",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/**
 * hook_bpf_disguise() - let turned sockets of a cgroup say that their protocol is TCP
 * @cgroup: a descriptor of its directory
 *
 * Return: a descriptor that keeps it so until it is closed; -1 with errno set.
 */
int hook_bpf_disguise(int cgroup)
{
	union bpf_attr attr = { 0 };
	int prog = load_disguise(), link;

	if (prog < 0)
		return -1;
	attr.link_create.prog_fd = prog;
	attr.link_create.target_fd = cgroup;
	attr.link_create.attach_type = BPF_CGROUP_GETSOCKOPT;
	link = bpf(BPF_LINK_CREATE, &attr);
	close(prog);
	return link;
}
