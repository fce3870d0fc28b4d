// SPDX-License-Identifier: GPL-2.0
/* xtcp's generic netlink family: finding it, asking it, and reading attributes. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/genetlink.h>

#include "netlink.h"
#include "util.h"

/* As large as netlink makes a datagram of a dump, and room for any request. */
#define BUF_SIZE	32768

/**
 * struct talk - a conversation with the kernel
 * @sock: the socket
 * @seq: sequence number of the request at hand
 * @buf: requests, then answers
 */
struct talk {
	struct mnl_socket *sock;
	unsigned int seq;
	char buf[BUF_SIZE];
};

/* Who takes the messages of a dump. */
struct taker {
	netlink_fn fn;
	void *arg;
};

static struct nlmsghdr *request(struct talk *t, __u16 type, __u16 flags, __u8 cmd, __u8 version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(t->buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++t->seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = version;
	return nlh;
}

/* Return: 0, or -1 with errno set: the kernel's answer, or a failure of the conversation. */
static int talk(struct talk *t, const struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	unsigned int portid = mnl_socket_get_portid(t->sock);
	ssize_t len;
	int ret;

	if (mnl_socket_sendto(t->sock, nlh, nlh->nlmsg_len) < 0)
		return -1;
	do {
		len = mnl_socket_recvfrom(t->sock, t->buf, sizeof(t->buf));
		if (len < 0)
			return -1;
		ret = mnl_cb_run(t->buf, len, t->seq, portid, cb, arg);
	} while (ret > MNL_CB_STOP);
	return ret;
}

static int take_id(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	__u16 *id = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID &&
		    !mnl_attr_validate(attr, MNL_TYPE_U16))
			*id = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

/* The number that the family has since it was loaded; 0 with errno set. */
static __u16 find_family(struct talk *t)
{
	struct nlmsghdr *nlh = request(t, GENL_ID_CTRL, NLM_F_ACK, CTRL_CMD_GETFAMILY, 1);
	__u16 id = 0;

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, XTCP_GENL_NAME);
	if (talk(t, nlh, take_id, &id))
		return 0;
	if (!id)
		errno = EPROTO;
	return id;
}

/* Attributes by their number; those that are beyond what is known here are skipped. */
struct table {
	const struct nlattr **attrs;
	unsigned int max;
};

static int sort_attr(const struct nlattr *attr, void *arg)
{
	const struct table *table = arg;

	if (mnl_attr_get_type(attr) <= table->max)
		table->attrs[mnl_attr_get_type(attr)] = attr;
	return MNL_CB_OK;
}

static int take_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attrs[XTCP_A_MAX + 1] = { NULL };
	struct table table = { attrs, XTCP_A_MAX };
	const struct taker *taker = arg;

	if (nlh->nlmsg_len < MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct genlmsghdr)))
		return MNL_CB_OK;
	mnl_attr_parse(nlh, sizeof(struct genlmsghdr), sort_attr, &table);
	taker->fn((const struct nlattr *const *)attrs, taker->arg);
	return MNL_CB_OK;
}

/* The tests have the answer in a file. */
static int read_file(struct talk *t, const char *path, struct taker *taker)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, t->buf, sizeof(t->buf));

	if (fd >= 0)
		close(fd);
	if (len < 0 || mnl_cb_run(t->buf, len, 0, 0, take_message, taker) < 0) {
		util_warn("%s: %s", path, strerror(errno));
		return 1;
	}
	return 0;
}

static int complain(const char *what)
{
	if (errno == ENOENT)
		util_warn("the xtcp_diag module is not loaded (no netlink family \"%s\"); load it with: modprobe xtcp_diag",
			  XTCP_GENL_NAME);
	else if (errno == EOPNOTSUPP)
		util_warn("netlink: the loaded xtcp_diag module does not know of this; it is older than xtcpstat");
	else
		util_warn("netlink: %s: %s", what, strerror(errno));
	return 1;
}

static int ask_kernel(struct talk *t, const struct netlink_ask *ask, struct taker *taker)
{
	struct nlmsghdr *nlh;
	__u16 family;

	family = find_family(t);
	if (!family)
		return complain("looking for the family");
	nlh = request(t, family, NLM_F_DUMP, ask->cmd, XTCP_GENL_VERSION);
	if (ask->family)
		mnl_attr_put_u8(nlh, XTCP_A_FAMILY, ask->family);
	if (ask->lport)
		mnl_attr_put_u16(nlh, XTCP_A_LPORT, htons(ask->lport));
	if (talk(t, nlh, take_message, taker))
		return complain("asking");
	return 0;
}

/**
 * netlink_dump() - ask the kernel for a dump
 * @ask: what for
 * @fn: called for each message
 * @arg: given to @fn
 *
 * Return: 0, or 1 after a message on stderr; what came before the fault went to @fn.
 */
int netlink_dump(const struct netlink_ask *ask, netlink_fn fn, void *arg)
{
	struct taker taker = { .fn = fn, .arg = arg };
	const char *file = getenv("XTCPSTAT_NETLINK");
	struct talk *t = util_alloc(sizeof(*t));
	int ret;

	memset(t, 0, sizeof(*t));
	if (file && *file) {
		ret = read_file(t, file, &taker);
		goto out;
	}
	t->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (t->sock && !mnl_socket_bind(t->sock, 0, MNL_SOCKET_AUTOPID))
		ret = ask_kernel(t, ask, &taker);
	else
		ret = complain("socket");
	if (t->sock)
		mnl_socket_close(t->sock);
out:
	free(t);
	return ret;
}

static void put_endpoint(struct nlmsghdr *nlh, enum xtcp_attr addr, enum xtcp_attr port,
			 const struct endpoint *e)
{
	mnl_attr_put(nlh, addr, endpoint_addr_len(e), &e->addr);
	mnl_attr_put_u16(nlh, port, htons(e->port));
}

static int kill_one(struct talk *t, const struct conn *c)
{
	struct nlmsghdr *nlh;
	__u16 family;

	family = find_family(t);
	if (!family)
		return complain("looking for the family");
	nlh = request(t, family, NLM_F_ACK, XTCP_CMD_KILL, XTCP_GENL_VERSION);
	put_endpoint(nlh, XTCP_A_LADDR, XTCP_A_LPORT, &c->local);
	put_endpoint(nlh, XTCP_A_RADDR, XTCP_A_RPORT, &c->peer);
	if (c->wire)
		mnl_attr_put_u32(nlh, XTCP_A_WIRE, c->wire);
	/* What has ended by itself meanwhile is as good as killed. */
	if (!talk(t, nlh, NULL, NULL) || errno == ENOENT)
		return 0;
	return complain("killing");
}

/**
 * netlink_kill() - have the kernel end a connection
 * @c: the connection
 *
 * Return: 0, or 1 after a message on stderr.
 */
int netlink_kill(const struct conn *c)
{
	struct talk *t = util_alloc(sizeof(*t));
	int ret;

	memset(t, 0, sizeof(*t));
	t->sock = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (t->sock && !mnl_socket_bind(t->sock, 0, MNL_SOCKET_AUTOPID))
		ret = kill_one(t, c);
	else
		ret = complain("socket");
	if (t->sock)
		mnl_socket_close(t->sock);
	free(t);
	return ret;
}

/**
 * netlink_nest() - the attributes in a nest
 * @nest: the nest, or NULL
 * @attrs: receives @max + 1 of them, by their number; NULL where there is none
 * @max: the highest number known
 */
void netlink_nest(const struct nlattr *nest, const struct nlattr **attrs, unsigned int max)
{
	struct table table = { attrs, max };

	memset(attrs, 0, (max + 1) * sizeof(*attrs));
	if (nest)
		mnl_attr_parse_nested(nest, sort_attr, &table);
}

/**
 * netlink_number() - the value of an integer attribute
 * @attr: the attribute, or NULL; its length says how large a number it is
 *
 * Return: the value; 0 without an attribute.
 */
__u64 netlink_number(const struct nlattr *attr)
{
	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/**
 * netlink_endpoint() - one side of a connection
 * @attrs: of the message
 * @addr: the attribute with the address
 * @port: the attribute with the port; it may be missing
 * @e: filled in
 *
 * Return: false where there is no address that makes sense.
 */
bool netlink_endpoint(const struct nlattr *const *attrs, enum xtcp_attr addr, enum xtcp_attr port,
		      struct endpoint *e)
{
	size_t len = attrs[addr] ? mnl_attr_get_payload_len(attrs[addr]) : 0;

	memset(e, 0, sizeof(*e));
	if (len == sizeof(e->addr.v4))
		e->family = AF_INET;
	else if (len == sizeof(e->addr.v6))
		e->family = AF_INET6;
	else
		return false;
	memcpy(&e->addr, mnl_attr_get_payload(attrs[addr]), len);
	e->port = ntohs(netlink_number(attrs[port]));
	return true;
}
