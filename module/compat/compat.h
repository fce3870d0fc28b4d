/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions 6.1 to 7.2, forced into every file of
 * the module; nothing outside this directory asks for a version.
 */
#ifndef _XTCP_COMPAT_H
#define _XTCP_COMPAT_H

#include <linux/version.h>
#include <linux/timer.h>
#include <linux/net.h>
#include <net/inet_sock.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

/* 6.10 moved the accounting of a protocol's memory there. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#include <net/proto_memory.h>
#endif

/* 6.16 renamed from_timer(). */
#ifndef timer_container_of
#define timer_container_of(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, typeof(*(var)), timer_fieldname)
#endif

/* 6.19 gave the protocol's socket address arguments a type of their own. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define xtcp_compat_sockaddr	sockaddr_unsized
#else
#define xtcp_compat_sockaddr	sockaddr
#endif

/* 6.5 asks each IPv6 protocol where its struct ipv6_pinfo stands. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define XTCP_COMPAT_PINFO_OFFSET(type, member) \
	.ipv6_pinfo_offset = offsetof(type, member),
#else
#define XTCP_COMPAT_PINFO_OFFSET(type, member)
#endif

/* 6.6 turned the bit fields of struct inet_sock into atomic flags. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
static inline bool xtcp_compat_recverr(const struct sock *sk)
{
	return inet_test_bit(RECVERR, sk);
}

static inline bool xtcp_compat_recverr6(const struct sock *sk)
{
	return inet6_test_bit(RECVERR6, sk);
}
#else
static inline bool xtcp_compat_recverr(const struct sock *sk)
{
	return inet_sk(sk)->recverr;
}

static inline bool xtcp_compat_recverr6(const struct sock *sk)
{
	return inet6_sk(sk)->recverr;
}
#endif

/* 6.17 lets the owner's id be read without the callback lock. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
static inline kuid_t xtcp_compat_uid(struct sock *sk)
{
	return sk_uid(sk);
}
#else
static inline kuid_t xtcp_compat_uid(struct sock *sk)
{
	return sock_i_uid(sk);
}
#endif

/* 7.x keeps the flow label list of a socket outside struct ipv6_pinfo. */
static inline void xtcp_compat_clear_flowlabels(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	RCU_INIT_POINTER(inet_sk(sk)->ipv6_fl_list, NULL);
#else
	RCU_INIT_POINTER(inet6_sk(sk)->ipv6_fl_list, NULL);
#endif
}

/* 6.19 tells the route's store by flags, not by pointers, what it may cache. */
static inline void xtcp_compat_dst6_store(struct sock *sk,
					  struct dst_entry *dst)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
	ip6_dst_store(sk, dst, false, false);
#else
	ip6_dst_store(sk, dst, NULL, NULL);
#endif
}

#endif /* _XTCP_COMPAT_H */
