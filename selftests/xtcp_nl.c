// SPDX-License-Identifier: GPL-2.0
/*
 * xtcp's netlink family as a test sees it.
 */
#include "xtcp_nl.h"
#include "xtcp_test.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <string.h>
#include <unistd.h>

#define GENL_LEN	NLMSG_ALIGN(sizeof(struct genlmsghdr))

static void take_datagram(struct xt_nl *nl)
{
	ssize_t n = recv(nl->fd, nl->buf, sizeof(nl->buf), MSG_TRUNC);

	if (n <= 0 || (size_t)n > sizeof(nl->buf))
		xt_die("netlink: recv: %zd: %s", n, strerror(errno));
	nl->len = n;
	nl->at = 0;
}

static void sort_attrs(const char *at, const char *end,
		       struct xt_nl_attrs *attrs)
{
	const struct nlattr *a;
	unsigned int type;

	memset(attrs, 0, sizeof(*attrs));
	while (end - at >= NLA_HDRLEN) {
		a = (const struct nlattr *)at;
		if (a->nla_len < NLA_HDRLEN || a->nla_len > end - at)
			xt_die("netlink: an attribute of %u bytes", a->nla_len);
		type = a->nla_type & NLA_TYPE_MASK;
		if (type < XT_NL_ATTRS)
			attrs->a[type] = a;
		at += NLA_ALIGN(a->nla_len);
	}
}

size_t xt_nl_put(void *to, int type, const void *value, size_t len)
{
	struct nlattr a = {
		.nla_len = NLA_HDRLEN + len,
		.nla_type = type,
	};

	memset(to, 0, NLA_ALIGN(a.nla_len));
	memcpy(to, &a, sizeof(a));
	memcpy((char *)to + NLA_HDRLEN, value, len);
	return NLA_ALIGN(a.nla_len);
}

static void send_request(struct xt_nl *nl, __u16 type, int cmd, int flags,
			 const void *attrs, size_t len)
{
	struct {
		struct nlmsghdr h;
		struct genlmsghdr g;
		char attrs[512];
	} msg = {
		.h.nlmsg_len = NLMSG_HDRLEN + GENL_LEN + len,
		.h.nlmsg_type = type,
		.h.nlmsg_flags = NLM_F_REQUEST | flags,
		.h.nlmsg_seq = ++nl->seq,
		.g.cmd = cmd,
		.g.version = XTCP_GENL_VERSION,
	};

	if (len > sizeof(msg.attrs))
		xt_die("netlink: a request of %zu bytes", len);
	if (len)
		memcpy(msg.attrs, attrs, len);
	if (send(nl->fd, &msg, msg.h.nlmsg_len, 0) != (ssize_t)msg.h.nlmsg_len)
		xt_die("netlink: send: %s", strerror(errno));
	nl->len = 0;
	nl->at = 0;
}

void xt_nl_ask(struct xt_nl *nl, int cmd, int flags, const void *attrs,
	       size_t len)
{
	send_request(nl, nl->family, cmd, flags, attrs, len);
}

bool xt_nl_datagram_done(const struct xt_nl *nl)
{
	return nl->at >= nl->len;
}

int xt_nl_next(struct xt_nl *nl, struct xt_nl_attrs *attrs)
{
	const struct nlmsghdr *h;
	int err;

	if (xt_nl_datagram_done(nl))
		take_datagram(nl);
	h = (const struct nlmsghdr *)(nl->buf + nl->at);
	if (h->nlmsg_len < NLMSG_HDRLEN || h->nlmsg_len > nl->len - nl->at)
		xt_die("netlink: a message of %u bytes", h->nlmsg_len);
	nl->at += NLMSG_ALIGN(h->nlmsg_len);
	if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
		memcpy(&err, NLMSG_DATA(h), sizeof(err));
		return err;
	}
	sort_attrs((const char *)h + NLMSG_HDRLEN + GENL_LEN,
		   (const char *)h + h->nlmsg_len, attrs);
	return 1;
}

bool xt_nl_open(struct xt_nl *nl)
{
	struct xt_nl_attrs attrs;
	char name[64];
	size_t len;
	int ret;

	memset(nl, 0, sizeof(*nl));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (nl->fd < 0)
		xt_die("netlink: socket: %s", strerror(errno));
	len = xt_nl_put(name, CTRL_ATTR_FAMILY_NAME, XTCP_GENL_NAME,
			sizeof(XTCP_GENL_NAME));
	send_request(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, name, len);
	ret = xt_nl_next(nl, &attrs);
	if (ret == -ENOENT)
		return false;
	if (ret != 1)
		xt_die("netlink: the family: %s", strerror(-ret));
	nl->family = xt_nl_number(attrs.a[CTRL_ATTR_FAMILY_ID]);
	return true;
}

void xt_nl_close(struct xt_nl *nl)
{
	close(nl->fd);
}

void xt_nl_nest(const struct nlattr *nest, struct xt_nl_attrs *attrs)
{
	if (!nest)
		xt_die("netlink: a nest is missing");
	sort_attrs((const char *)nest + NLA_HDRLEN,
		   (const char *)nest + nest->nla_len, attrs);
}

const void *xt_nl_data(const struct nlattr *attr, size_t len)
{
	if (!attr || attr->nla_len != NLA_HDRLEN + len)
		xt_die("netlink: no attribute of %zu bytes", len);
	return (const char *)attr + NLA_HDRLEN;
}

__u64 xt_nl_number(const struct nlattr *attr)
{
	size_t len = attr ? attr->nla_len - NLA_HDRLEN : 0;
	__u16 v2;
	__u32 v4;
	__u64 v8;

	switch (len) {
	case 1:
		return *(const __u8 *)xt_nl_data(attr, 1);
	case 2:
		memcpy(&v2, xt_nl_data(attr, 2), 2);
		return v2;
	case 4:
		memcpy(&v4, xt_nl_data(attr, 4), 4);
		return v4;
	case 8:
		memcpy(&v8, xt_nl_data(attr, 8), 8);
		return v8;
	default:
		xt_die("netlink: a number of %zu bytes", len);
		return 0;
	}
}
