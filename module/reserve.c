// SPDX-License-Identifier: GPL-2.0
/*
 * Ports on the wire of ordinary TCP: each belongs to one stack at a time. A
 * socket of the kernel's TCP, bound and never used, keeps a port of xtcp's
 * from all others: RFC 9293 section 3.1 (source port), RFC 6056.
 */
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "netns.h"
#include "reserve.h"
#include "wire.h"

/* Hooks stay that long without a port, lest each connection bring them anew. */
#define UNHOOK_AFTER	(10 * HZ)

/**
 * struct resv - a port
 * @sock: bound to it, at all addresses of both families
 * @holders: sockets and waiting entries that use it; under the xarray's lock
 */
struct resv {
	struct socket *sock;
	unsigned int holders;
};

static struct xtcp_net *net_of(struct xtcp_reserve *rs)
{
	return container_of(rs, struct xtcp_net, reserve);
}

static int bind_v6(struct socket *sock, u16 port)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};

	/* Both families, whatever the namespace's bindv6only says. */
	sock->sk->sk_ipv6only = false;
	return kernel_bind(sock, (struct xtcp_compat_sockaddr *)&addr,
			   sizeof(addr));
}

static int bind_v4(struct socket *sock, u16 port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
	};

	return kernel_bind(sock, (struct xtcp_compat_sockaddr *)&addr,
			   sizeof(addr));
}

/*
 * No option lets another in: whoever has the port in the kernel's TCP, be it
 * by a connection or a wait, keeps it.
 */
static int take_from_kernel(struct net *net, u16 port, struct socket **res)
{
	int err = sock_create_kern(net, AF_INET6, SOCK_STREAM, IPPROTO_TCP, res);

	if (!err) {
		err = bind_v6(*res, port);
	} else {
		/* IPv6 may be switched off. */
		err = sock_create_kern(net, AF_INET, SOCK_STREAM, IPPROTO_TCP,
				       res);
		if (err)
			return err;
		err = bind_v4(*res, port);
	}
	if (err)
		sock_release(*res);
	return err;
}

static int hook_in(struct xtcp_reserve *rs)
{
	int err;

	if (!rs->ports) {
		unsigned long *ports = kvzalloc(BITS_TO_BYTES(65536),
						GFP_KERNEL);

		if (!ports)
			return -ENOMEM;
		WRITE_ONCE(rs->ports, ports);
	}
	if (rs->hooked)
		return 0;
	err = xtcp_wire_hook(net_of(rs)->net);
	rs->hooked = !err;
	return err;
}

static int store(struct xtcp_reserve *rs, u16 port, struct resv *r)
{
	int err = xa_err(xa_store_bh(&rs->held, port, r, GFP_KERNEL));

	if (!err)
		set_bit(port, rs->ports);
	return err;
}

static int take(struct xtcp_reserve *rs, u16 port)
{
	struct resv *r = kmalloc(sizeof(*r), GFP_KERNEL);
	int err;

	if (!r)
		return -ENOMEM;
	r->holders = 1;
	err = take_from_kernel(net_of(rs)->net, port, &r->sock);
	if (err)
		goto err_free;
	err = hook_in(rs);
	if (!err)
		err = store(rs, port, r);
	if (!err)
		return 0;
	sock_release(r->sock);
err_free:
	kfree(r);
	return err;
}

/**
 * xtcp_reserve_get() - hold a port, taking it from the kernel's TCP if need be
 * @net: the namespace
 * @port: host order
 *
 * Context: process; may sleep; a socket of xtcp's may be locked.
 * Return: 0; -EADDRINUSE when the kernel's TCP has it; -EACCES for a low port
 * without the capability; -ENOMEM; what the kernel's TCP or the hooks refuse
 * with.
 */
int xtcp_reserve_get(struct net *net, u16 port)
{
	struct xtcp_reserve *rs = &xtcp_net(net)->reserve;
	int err = 0;

	if (xtcp_reserve_hold(net, port))
		return 0;
	mutex_lock(&rs->lock);
	/* Another may have been quicker. */
	if (!xtcp_reserve_hold(net, port))
		err = take(rs, port);
	mutex_unlock(&rs->lock);
	return err;
}

/**
 * xtcp_reserve_hold() - hold a port that is xtcp's already
 * @net: the namespace
 * @port: host order
 *
 * Context: any.
 * Return: false when it is not xtcp's.
 */
bool xtcp_reserve_hold(struct net *net, u16 port)
{
	struct xtcp_reserve *rs = &xtcp_net(net)->reserve;
	struct resv *r;

	xa_lock_bh(&rs->held);
	r = xa_load(&rs->held, port);
	if (r)
		r->holders++;
	xa_unlock_bh(&rs->held);
	return r;
}

/**
 * xtcp_reserve_put() - let go of a port
 * @net: the namespace
 * @port: host order; held by the caller
 *
 * The last one gives it back to the kernel's TCP, in a moment.
 *
 * Context: any.
 */
void xtcp_reserve_put(struct net *net, u16 port)
{
	struct xtcp_reserve *rs = &xtcp_net(net)->reserve;
	bool last = false;
	struct resv *r;

	xa_lock_bh(&rs->held);
	r = xa_load(&rs->held, port);
	if (!WARN_ON_ONCE(!r || !r->holders))
		last = !--r->holders;
	if (last)
		mod_delayed_work(system_wq, &rs->sweep, 0);
	xa_unlock_bh(&rs->held);
}

/* Take @port out if nobody holds it, even now. */
static struct resv *erase_unused(struct xtcp_reserve *rs, unsigned long port)
{
	struct resv *r;

	xa_lock_bh(&rs->held);
	r = xa_load(&rs->held, port);
	if (r && !r->holders) {
		__xa_erase(&rs->held, port);
		clear_bit(port, rs->ports);
	} else {
		r = NULL;
	}
	xa_unlock_bh(&rs->held);
	return r;
}

static void give_back(struct xtcp_reserve *rs)
{
	unsigned long port;
	struct resv *r;

	xa_for_each(&rs->held, port, r) {
		r = erase_unused(rs, port);
		if (!r)
			continue;
		sock_release(r->sock);
		kfree(r);
		rs->empty_since = jiffies;
	}
}

static void unhook(struct xtcp_reserve *rs)
{
	if (!rs->hooked)
		return;
	xtcp_wire_unhook(net_of(rs)->net);
	rs->hooked = false;
}

static void sweep(struct work_struct *work)
{
	struct xtcp_reserve *rs = container_of(to_delayed_work(work),
					       struct xtcp_reserve, sweep);
	unsigned long end;

	mutex_lock(&rs->lock);
	give_back(rs);
	end = rs->empty_since + UNHOOK_AFTER;
	if (xa_empty(&rs->held) && rs->hooked) {
		if (time_after_eq(jiffies, end))
			unhook(rs);
		else
			queue_delayed_work(system_wq, &rs->sweep,
					   end - jiffies);
	}
	mutex_unlock(&rs->lock);
}

/**
 * xtcp_reserve_net_init() - a namespace begins without such ports
 * @rs: its share
 *
 * Context: process.
 */
void xtcp_reserve_net_init(struct xtcp_reserve *rs)
{
	mutex_init(&rs->lock);
	xa_init_flags(&rs->held, XA_FLAGS_LOCK_BH);
	INIT_DELAYED_WORK(&rs->sweep, sweep);
}

/**
 * xtcp_reserve_net_exit() - give back all ports of a namespace
 * @rs: its share; nobody holds a port
 *
 * Context: process; sleeps.
 */
void xtcp_reserve_net_exit(struct xtcp_reserve *rs)
{
	cancel_delayed_work_sync(&rs->sweep);
	mutex_lock(&rs->lock);
	give_back(rs);
	unhook(rs);
	mutex_unlock(&rs->lock);
	WARN_ON(!xa_empty(&rs->held));
	xa_destroy(&rs->held);
	kvfree(rs->ports);
}
