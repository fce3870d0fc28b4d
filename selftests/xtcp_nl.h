/* SPDX-License-Identifier: GPL-2.0 */
/*
 * xtcp's netlink family as a test sees it: dumps asked for and read datagram by
 * datagram, without a library's help.
 */
#ifndef XTCP_NL_H
#define XTCP_NL_H

#include <linux/netlink.h>
#include <linux/types.h>
#include <linux/xtcp_netlink.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct xt_nl - a dump that goes on
 * @fd: the socket, of the namespace in which xt_nl_open() was called
 * @family: the family's number
 * @seq: of the last request
 * @len: bytes in @buf; @at: those read
 * @buf: a datagram
 */
struct xt_nl {
	int fd;
	__u16 family;
	__u32 seq;
	size_t len;
	size_t at;
	char buf[65536];
};

#define XT_NL_ATTRS	64

/* By number; NULL for what is not there. */
struct xt_nl_attrs {
	const struct nlattr *a[XT_NL_ATTRS];
};

/* False where there is no such family. */
bool xt_nl_open(struct xt_nl *nl);
void xt_nl_close(struct xt_nl *nl);

/* A request of @cmd with these attributes, ready made. */
void xt_nl_ask(struct xt_nl *nl, int cmd, int flags, const void *attrs,
	       size_t len);
size_t xt_nl_put(void *to, int type, const void *value, size_t len);

/*
 * The next message: 1 with its attributes, 0 at the dump's end, a negative
 * errno when the kernel refused. Reads a datagram only when the last was used
 * up.
 */
int xt_nl_next(struct xt_nl *nl, struct xt_nl_attrs *attrs);
bool xt_nl_datagram_done(const struct xt_nl *nl);

void xt_nl_nest(const struct nlattr *nest, struct xt_nl_attrs *attrs);
__u64 xt_nl_number(const struct nlattr *attr);
const void *xt_nl_data(const struct nlattr *attr, size_t len);

#endif /* XTCP_NL_H */
