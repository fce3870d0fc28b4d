// SPDX-License-Identifier: GPL-2.0
/*
 * Writes what netlink might answer about listeners, for XTCPSTAT_NETLINK.
 *
 * Usage: answer [broken]
 *
 * Two listeners: inode 77 at 0.0.0.0:80, whose count number n is 100 + n, and inode 78 at [::]:443,
 * which nothing has happened to. With "broken", attributes that no kernel sends.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/xtcp_netlink.h>

static char buf[32768];
static size_t used;

static struct nlmsghdr *begin(void)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf + used);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = NLMSG_MIN_TYPE + 1;
	nlh->nlmsg_flags = NLM_F_MULTI;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = XTCP_CMD_LISTENERS;
	genl->version = XTCP_GENL_VERSION;
	return nlh;
}

static void end(const struct nlmsghdr *nlh)
{
	used += NLMSG_ALIGN(nlh->nlmsg_len);
}

static void put_queue(struct nlmsghdr *nlh, int len, int peak, int max, const __u32 *value)
{
	mnl_attr_put_u32(nlh, len, value[0]);
	mnl_attr_put_u32(nlh, peak, value[1]);
	mnl_attr_put_u32(nlh, max, value[2]);
}

static void put_ledger(struct nlmsghdr *nlh, __u64 first)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, XTCP_LISTENER_LEDGER);
	int i;

	for (i = 1; i <= XTCP_LEDGER_MAX; i++)
		mnl_attr_put_u64(nlh, i, first ? first + i : 0);
	/* Of a later kernel. */
	mnl_attr_put_u64(nlh, XTCP_LEDGER_MAX + 1, 4711);
	mnl_attr_nest_end(nlh, nest);
}

/* Nine of ten waited 32 to 63 us, one 1000 us. */
static void put_waits(struct nlmsghdr *nlh, __u64 tens)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, XTCP_LISTENER_LATENCY);
	__u64 bins[24] = { [6] = 9 * tens, [10] = tens };

	mnl_attr_put_u64(nlh, XTCP_LATENCY_COUNT, 10 * tens);
	mnl_attr_put_u64(nlh, XTCP_LATENCY_SUM_US, tens * 1400);
	mnl_attr_put_u64(nlh, XTCP_LATENCY_MAX_US, tens ? 1000 : 0);
	mnl_attr_put(nlh, XTCP_LATENCY_BINS, sizeof(bins), bins);
	mnl_attr_nest_end(nlh, nest);
}

static void put_listener(struct nlmsghdr *nlh, __u64 first)
{
	static const __u32 syn[] = { 2, 30, 256 }, accept[] = { 3, 17, 128 }, none[3];
	struct nlattr *nest = mnl_attr_nest_start(nlh, XTCP_A_LISTENER);

	mnl_attr_put_u64(nlh, XTCP_LISTENER_ID, 9);
	mnl_attr_put_u64(nlh, XTCP_LISTENER_AGE, 65432);
	put_queue(nlh, XTCP_LISTENER_SYN_LEN, XTCP_LISTENER_SYN_PEAK, XTCP_LISTENER_SYN_MAX,
		  first ? syn : none);
	put_queue(nlh, XTCP_LISTENER_ACCEPT_LEN, XTCP_LISTENER_ACCEPT_PEAK,
		  XTCP_LISTENER_ACCEPT_MAX, first ? accept : none);
	put_ledger(nlh, first);
	put_waits(nlh, first ? 1 : 0);
	mnl_attr_nest_end(nlh, nest);
}

static void listener(const void *addr, size_t len, __u16 port, __u64 inode, __u64 first)
{
	struct nlmsghdr *nlh = begin();

	mnl_attr_put(nlh, XTCP_A_LADDR, len, addr);
	mnl_attr_put_u16(nlh, XTCP_A_LPORT, htons(port));
	mnl_attr_put_u32(nlh, XTCP_A_UID, 33);
	mnl_attr_put_u64(nlh, XTCP_A_INODE, inode);
	mnl_attr_put_u32(nlh, XTCP_A_WIRE, 253);
	put_listener(nlh, first);
	end(nlh);
}

/* An address of 3 bytes; numbers of 3 bytes; nests without attributes; none at all. */
static void broken(void)
{
	struct nlmsghdr *nlh = begin();
	struct nlattr *nest;

	mnl_attr_put(nlh, XTCP_A_LADDR, 3, "abc");
	end(nlh);
	nlh = begin();
	end(nlh);
	nlh = begin();
	mnl_attr_put(nlh, XTCP_A_LADDR, 4, "abcd");
	mnl_attr_put(nlh, XTCP_A_LPORT, 3, "abc");
	mnl_attr_put(nlh, XTCP_A_INODE, 0, "");
	nest = mnl_attr_nest_start(nlh, XTCP_A_LISTENER);
	mnl_attr_put(nlh, XTCP_LISTENER_AGE, 3, "abc");
	mnl_attr_put(nlh, XTCP_LISTENER_LEDGER, 2, "ab");
	mnl_attr_put(nlh, XTCP_LISTENER_LATENCY, 0, "");
	mnl_attr_nest_end(nlh, nest);
	end(nlh);
}

int main(int argc, char **argv)
{
	struct in6_addr any = {};

	if (argc > 1 && !strcmp(argv[1], "broken")) {
		broken();
	} else {
		listener(&any, sizeof(any), 443, 78, 0);
		listener(&any, sizeof(struct in_addr), 80, 77, 100);
	}
	return fwrite(buf, used, 1, stdout) != 1;
}
