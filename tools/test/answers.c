// SPDX-License-Identifier: GPL-2.0
/*
 * Writes netlink messages as the kernel's xtcp family sends them, for xtcpstat to read from a file
 * by XTCPSTAT_NETLINK. Usage: answers ends|keepalives
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/xtcp.h>
#include <linux/xtcp_netlink.h>

static char buf[4096];

static struct nlmsghdr *begin(int cmd)
{
	struct nlmsghdr *nlh;
	struct genlmsghdr *genl;

	memset(buf, 0, sizeof(buf));
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = 30;
	nlh->nlmsg_flags = NLM_F_MULTI;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = XTCP_GENL_VERSION;
	return nlh;
}

static void put_address(struct nlmsghdr *nlh, int attr, int family, const char *text)
{
	unsigned char addr[16];

	if (inet_pton(family, text, addr) == 1)
		mnl_attr_put(nlh, attr, family == AF_INET ? 4 : 16, addr);
}

static void put_tuple(struct nlmsghdr *nlh, int family, const char *from, const char *to)
{
	mnl_attr_put_u8(nlh, XTCP_A_FAMILY, family);
	put_address(nlh, XTCP_A_LADDR, family, from);
	mnl_attr_put_u16(nlh, XTCP_A_LPORT, htons(40000));
	put_address(nlh, XTCP_A_RADDR, family, to);
	mnl_attr_put_u16(nlh, XTCP_A_RPORT, htons(80));
	mnl_attr_put_u32(nlh, XTCP_A_WIRE, 253);
}

static void end(const struct nlmsghdr *nlh)
{
	fwrite(nlh, nlh->nlmsg_len, 1, stdout);
}

static void put_ended(int family, const char *to, int cause, int state, int known)
{
	struct nlmsghdr *nlh = begin(XTCP_CMD_ENDS);
	struct nlattr *nest;

	put_tuple(nlh, family, family == AF_INET ? "10.0.0.1" : "2001:db8::1", to);
	nest = mnl_attr_nest_start(nlh, XTCP_A_ENDED);
	mnl_attr_put_u8(nlh, XTCP_ENDED_CAUSE, cause);
	mnl_attr_put_u8(nlh, XTCP_ENDED_STATE, state);
	mnl_attr_put_u64(nlh, XTCP_ENDED_WHEN, 1700000000123456789ULL);
	if (known) {
		mnl_attr_put_u64(nlh, XTCP_ENDED_LASTED, 1500000);
		mnl_attr_put_u64(nlh, XTCP_ENDED_SENT, 5000000000ULL);
		mnl_attr_put_u64(nlh, XTCP_ENDED_RECEIVED, 7);
	}
	mnl_attr_nest_end(nlh, nest);
	/* What is not known yet is skipped. */
	mnl_attr_put_u32(nlh, 60, 1);
	end(nlh);
}

static void put_keepalive(unsigned long long inode, int answered)
{
	struct nlmsghdr *nlh = begin(XTCP_CMD_KEEPALIVES);
	struct nlattr *nest;

	put_tuple(nlh, AF_INET, "10.0.0.1", "10.0.0.2");
	mnl_attr_put_u64(nlh, XTCP_A_INODE, inode);
	nest = mnl_attr_nest_start(nlh, XTCP_A_KEEPALIVE);
	if (answered)
		mnl_attr_put(nlh, XTCP_KEEPALIVE_ON, 0, NULL);
	mnl_attr_put_u32(nlh, XTCP_KEEPALIVE_SENT, 9);
	mnl_attr_put_u32(nlh, XTCP_KEEPALIVE_ANSWERED, answered);
	mnl_attr_put_u32(nlh, XTCP_KEEPALIVE_WAITING, 2);
	if (answered) {
		mnl_attr_put_u64(nlh, XTCP_KEEPALIVE_AGE, 71234);
		mnl_attr_put_u32(nlh, XTCP_KEEPALIVE_RTT, 20345);
	}
	mnl_attr_nest_end(nlh, nest);
	end(nlh);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "ends")) {
		put_ended(AF_INET, "10.0.0.2", XTCP_END_FIN_OURS, 5, 1);
		put_ended(AF_INET6, "2001:db8::2", XTCP_END_TIME_KEEPALIVE, 1, 0);
		put_ended(AF_INET6, "::ffff:10.0.0.2", 200, 1, 1);
		/* Without its end it is nothing. */
		end(begin(XTCP_CMD_ENDS));
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "keepalives")) {
		put_keepalive(1002, 7);
		put_keepalive(1001, 0);
		return 0;
	}
	fputs("usage: answers ends|keepalives\n", stderr);
	return 2;
}
