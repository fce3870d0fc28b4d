// SPDX-License-Identifier: GPL-2.0
/*
 * SEND and the queue behind it: user data becomes segments, several to a buffer
 * where large ones may go, which output.c sends: RFC 9293 sections 3.8.2 and
 * 3.10.2.
 */
#include <linux/net.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "compat/defer.h"
#include "compat/send.h"
#include "fastopen.h"
#include "offload.h"
#include "output.h"
#include "sock.h"

/* Buffers queued in one call before the backlog gets its turn. */
#define BACKLOG_EVERY	16

/**
 * struct send - a sendmsg call on its way
 * @sk: the socket, locked
 * @msg: what is left to send
 * @flags: MSG_*
 * @mss: bytes of a full segment
 * @goal: bytes that a buffer takes, a multiple of @mss
 * @copied: bytes queued so far
 * @fresh: buffers queued since the backlog was last looked at
 * @timeo: jiffies that may still be waited
 */
struct send {
	struct sock *sk;
	struct msghdr *msg;
	int flags;
	int mss;
	int goal;
	int copied;
	int fresh;
	long timeo;
};

static bool queues_empty(const struct sock *sk)
{
	return skb_queue_empty(&sk->sk_write_queue) &&
	       skb_queue_empty(&xtcp_sk(sk)->rtxq);
}

static struct sk_buff *alloc_segment(struct sock *sk, gfp_t gfp)
{
	u32 room = xtcp_output_headroom(__sk_dst_get(sk));
	struct sk_buff *skb;

	skb = alloc_skb_fclone(room, gfp);
	if (unlikely(!skb)) {
		if (sk->sk_prot->enter_memory_pressure)
			sk->sk_prot->enter_memory_pressure(sk);
		sk_stream_moderate_sndbuf(sk);
		return NULL;
	}
	skb_reserve(skb, room);
	/* So the copy from the user need not sum: output.c does or the card. */
	skb->ip_summed = CHECKSUM_PARTIAL;
	return skb;
}

static void charge(struct sock *sk, int size)
{
	sk_wmem_queued_add(sk, size);
	sk_mem_charge(sk, size);
}

/**
 * xtcp_sendq_alloc() - an empty segment that memory limits do not refuse
 * @sk: the socket
 * @gfp: how to allocate
 *
 * For segments that free memory sooner than they use it (FIN, the second half
 * of one that is split) or that nothing can do without. It is not charged to
 * @sk before xtcp_sendq_entail(); where the protocol is out of memory then,
 * the socket owes the bytes and pays with its next allocation.
 *
 * Context: process or softirq, socket lock held; sleeps if @gfp allows it.
 * Return: the segment, with headroom for all headers, or NULL.
 */
struct sk_buff *xtcp_sendq_alloc(struct sock *sk, gfp_t gfp)
{
	struct sk_buff *skb;

	sock_owned_by_me(sk);
	skb = alloc_segment(sk, gfp);
	if (skb)
		sk_wmem_schedule(sk, skb->truesize);
	return skb;
}

/**
 * xtcp_sendq_entail() - append an empty segment to what is not yet sent
 * @sk: the socket
 * @skb: from xtcp_sendq_alloc(), its flags set; begins and ends at write_seq
 *
 * A caller that adds SYN or FIN counts it in end_seq and in write_seq itself.
 *
 * Context: process or softirq, socket lock held.
 */
void xtcp_sendq_entail(struct sock *sk, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct xtcp_skb_cb *cb = XTCP_CB(skb);

	sock_owned_by_me(sk);
	cb->seq = xp->write_seq;
	cb->end_seq = xp->write_seq;
	cb->segs = 1;
	cb->mss = 0;
	__skb_header_release(skb);
	__skb_queue_tail(&sk->sk_write_queue, skb);
	charge(sk, skb->truesize);
	/* The tail that was to go now is a tail no more. */
	xp->nonagle &= ~XTCP_NAGLE_PUSH;
}

/**
 * xtcp_sendq_free() - free a segment of either queue
 * @sk: the socket
 * @skb: charged to @sk and already off its queue
 *
 * Context: process or softirq, socket lock held.
 */
void xtcp_sendq_free(struct sock *sk, struct sk_buff *skb)
{
	sk_wmem_queued_add(sk, -skb->truesize);
	xtcp_mem_uncharge(sk, skb->truesize);
	__kfree_skb(skb);
}

static void free_list(struct sock *sk, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		xtcp_sendq_free(sk, skb);
}

/* The memory that a full segment takes at most, as Linux TCP counts it. */
static u32 segment_size(const struct xtcp_sock *xp)
{
	u32 data = max_t(u32, xp->mss_cache, XTCP_MSS_DEFAULT) +
		   XTCP_MAX_HEADER +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));

	return roundup_pow_of_two(data) +
	       SKB_DATA_ALIGN(sizeof(struct sk_buff));
}

/**
 * xtcp_sendq_tune() - grow the send buffer with the congestion window
 * @sk: the socket
 *
 * Twice the window: one in flight, one ready to follow; never beyond wmem, nor
 * where the user has set a size.
 *
 * Context: socket lock held.
 */
void xtcp_sendq_tune(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	u64 segs = max_t(u32, xp->cong.cwnd, XTCP_INIT_CWND);
	u64 want = 2 * segs * segment_size(xp);

	if (sk->sk_userlocks & SOCK_SNDBUF_LOCK || sk_under_memory_pressure(sk))
		return;
	want = min_t(u64, want, xtcp_knob(sock_net(sk), wmem[2]));
	if (want > READ_ONCE(sk->sk_sndbuf))
		WRITE_ONCE(sk->sk_sndbuf, (int)want);
}

/**
 * xtcp_sendq_purge() - free all that is queued, sent or not
 * @sk: the socket
 *
 * Sequence numbers stay as they are.
 *
 * Context: process or softirq, socket lock held, or the last user.
 */
void xtcp_sendq_purge(struct sock *sk)
{
	struct xtcp_sock *xp = xtcp_sk(sk);

	free_list(sk, &sk->sk_write_queue);
	free_list(sk, &xp->rtxq);
	xp->packets_out = 0;
	xp->lost_out = 0;
	xp->retrans_out = 0;
}

static void mark_push(struct xtcp_sock *xp, struct sk_buff *skb)
{
	XTCP_CB(skb)->flags |= XTCP_PSH;
	xp->pushed_seq = xp->write_seq;
}

/*
 * More than half of the largest window was queued since the last PSH. A peer
 * that waits for PSH must not be left with a window that never fills.
 */
static bool push_is_due(const struct xtcp_sock *xp)
{
	return xtcp_after(xp->write_seq,
			  xp->pushed_seq + (xp->max_window >> 1));
}

/* RFC 9293 section 3.9.1.2 (SEND), push: the end of what the user gave. */
static void push_tail(struct send *s, int flags, int nonagle)
{
	struct xtcp_sock *xp = xtcp_sk(s->sk);
	struct sk_buff *skb = skb_peek_tail(&s->sk->sk_write_queue);
	bool more = flags & XTCP_COMPAT_MSG_MORE;

	if (!skb)
		return;
	/* Fast Open took data, and an error came before this call sized it up. */
	if (!s->mss)
		s->mss = xtcp_output_mss(s->sk);
	if (!more || push_is_due(xp))
		mark_push(xp, skb);
	if (flags & MSG_OOB) {
		xp->urg_mode = 1;
		xp->snd_up = xp->write_seq;
	}
	xtcp_output_push_by(s->sk, s->mss, more ? XTCP_NAGLE_CORK : nonagle);
}

/* A segment that got no byte must not be met by output.c. */
static void drop_empty_tail(struct sock *sk)
{
	struct sk_buff *skb = skb_peek_tail(&sk->sk_write_queue);

	if (!skb || XTCP_CB(skb)->seq != XTCP_CB(skb)->end_seq)
		return;
	__skb_unlink(skb, &sk->sk_write_queue);
	xtcp_sendq_free(sk, skb);
}

static bool may_not_send(const struct sock *sk)
{
	return sk->sk_err || (sk->sk_shutdown & SEND_SHUTDOWN);
}

/*
 * A socket that has next to nothing queued gets its memory in any case: no
 * ACK will come to free any, and it must not wait for other sockets for ever.
 */
static bool may_queue(struct sock *sk, int size, u32 others)
{
	if (sk_wmem_schedule(sk, size))
		return true;
	return skb_queue_len(&sk->sk_write_queue) <= others &&
	       skb_queue_empty(&xtcp_sk(sk)->rtxq);
}

static struct sk_buff *new_segment(struct send *s)
{
	struct sock *sk = s->sk;
	struct sk_buff *skb;

	if (!sk_stream_memory_free(sk))
		return NULL;
	skb = alloc_segment(sk, sk->sk_allocation);
	if (!skb)
		return NULL;
	if (!may_queue(sk, skb->truesize, 0)) {
		__kfree_skb(skb);
		return NULL;
	}
	XTCP_CB(skb)->flags = XTCP_ACK;
	xtcp_sendq_entail(sk, skb);
	s->fresh++;
	return skb;
}

/* The last segment if it takes more, else a new one; NULL: no memory. */
static struct sk_buff *segment_with_room(struct send *s)
{
	struct sk_buff *skb = skb_peek_tail(&s->sk->sk_write_queue);

	if (skb && skb->len < s->goal &&
	    skb_shinfo(skb)->nr_frags < MAX_SKB_FRAGS)
		return skb;
	if (skb && skb->len < s->goal)
		mark_push(xtcp_sk(s->sk), skb);
	return new_segment(s);
}

static void add_frag(struct sk_buff *skb, struct page_frag *pfrag, int copy)
{
	int i = skb_shinfo(skb)->nr_frags;

	if (skb_can_coalesce(skb, i, pfrag->page, pfrag->offset)) {
		skb_frag_size_add(&skb_shinfo(skb)->frags[i - 1], copy);
	} else {
		skb_fill_page_desc(skb, i, pfrag->page, pfrag->offset, copy);
		get_page(pfrag->page);
	}
	pfrag->offset += copy;
}

/* Copy what fits into @skb; -ENOBUFS: wait for memory. */
static int append(struct send *s, struct sk_buff *skb)
{
	struct sock *sk = s->sk;
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct page_frag *pfrag = sk_page_frag(sk);
	int copy, err;

	if (!sk_page_frag_refill(sk, pfrag))
		return -ENOBUFS;
	copy = min_t(size_t, s->goal - skb->len, msg_data_left(s->msg));
	copy = min_t(int, copy, pfrag->size - pfrag->offset);
	if (!may_queue(sk, copy, 1))
		return -ENOBUFS;
	err = skb_copy_to_page_nocache(sk, &s->msg->msg_iter, skb, pfrag->page,
				       pfrag->offset, copy);
	if (err)
		return err;
	add_frag(skb, pfrag, copy);

	/* The end of an earlier call is not the end any more. */
	if (!s->copied)
		XTCP_CB(skb)->flags &= ~XTCP_PSH;
	XTCP_CB(skb)->end_seq += copy;
	WRITE_ONCE(xp->write_seq, xp->write_seq + copy);
	s->copied += copy;
	return 0;
}

/* A full buffer may go while the rest is still being copied. */
static void send_early(struct send *s, struct sk_buff *skb)
{
	struct xtcp_sock *xp = xtcp_sk(s->sk);

	if (!msg_data_left(s->msg) || skb->len < s->goal ||
	    (s->flags & MSG_OOB))
		return;
	if (push_is_due(xp)) {
		mark_push(xp, skb);
		xtcp_output_push_by(s->sk, s->mss, XTCP_NAGLE_PUSH);
	} else if (skb == xtcp_send_head(s->sk)) {
		xtcp_output_some(s->sk, s->mss, XTCP_NAGLE_PUSH, true);
	}
}

/* Path and window may have changed what is best. */
static void size_up(struct send *s)
{
	s->mss = xtcp_output_mss(s->sk);
	s->goal = xtcp_offload_goal(s->sk, s->mss);
}

static int wait_for_memory(struct send *s)
{
	struct sock *sk = s->sk;
	int err;

	drop_empty_tail(sk);
	set_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
	if (s->copied)
		push_tail(s, s->flags & ~XTCP_COMPAT_MSG_MORE,
			  XTCP_NAGLE_PUSH);
	err = sk_stream_wait_memory(sk, &s->timeo);
	if (!err)
		size_up(s);
	return err;
}

/* ACKs that came meanwhile may free memory, or end the connection. */
static int serve_backlog(struct send *s)
{
	if (s->fresh < BACKLOG_EVERY)
		return 0;
	s->fresh = 0;
	if (!sk_flush_backlog(s->sk))
		return 0;
	size_up(s);
	return may_not_send(s->sk) ? -EPIPE : 0;
}

/* Queue the whole message; what was queued before an error stays queued. */
static int queue_message(struct send *s)
{
	struct sk_buff *skb;
	int err;

	size_up(s);
	if (may_not_send(s->sk))
		return -EPIPE;

	while (msg_data_left(s->msg)) {
		err = serve_backlog(s);
		if (err)
			return err;
		skb = segment_with_room(s);
		err = skb ? append(s, skb) : -ENOBUFS;
		if (err == -ENOBUFS)
			err = wait_for_memory(s);
		else if (!err)
			send_early(s, skb);
		if (err)
			return err;
	}
	return 0;
}

/**
 * xtcp_sendq_syn_data() - queue data that goes with the SYN (RFC 7413)
 * @sk: the socket; nothing but the SYN is queued
 * @msg: data, of which something is left
 * @space: bytes that fit
 *
 * Context: process, the one that sends; socket lock held, sleeps.
 * Return: one segment, the last of the queue; NULL when nothing could be
 * queued, for lack of memory or as the data cannot be read.
 */
struct sk_buff *xtcp_sendq_syn_data(struct sock *sk, struct msghdr *msg,
				    u32 space)
{
	struct send s = { .sk = sk, .msg = msg, .mss = space, .goal = space };
	struct sk_buff *skb = new_segment(&s);

	if (!skb)
		return NULL;
	while (skb->len < space && msg_data_left(msg) && !append(&s, skb))
		;
	if (skb->len) {
		mark_push(xtcp_sk(sk), skb);
		return skb;
	}
	drop_empty_tail(sk);
	return NULL;
}

static int check_cmsg(struct sock *sk, struct msghdr *msg)
{
	struct sockcm_cookie sockc;

	if (!msg->msg_controllen)
		return 0;
	sockcm_init(&sockc, sk);
	return sock_cmsg_send(sk, msg, &sockc) ? -EINVAL : 0;
}

/*
 * RFC 9293 section 3.10.2, by state; SYN-SENT and SYN-RECEIVED wait, unless the
 * peer has shown a cookie (RFC 7413 section 4.2.2).
 */
static int prepare(struct send *s)
{
	int err;

	if ((1 << s->sk->sk_state) & ~(TCPF_ESTABLISHED | TCPF_CLOSE_WAIT) &&
	    !(s->sk->sk_state == TCP_SYN_RECV && xtcp_fastopen_pending(s->sk))) {
		err = sk_stream_wait_connect(s->sk, &s->timeo);
		if (err)
			return err;
	}
	err = check_cmsg(s->sk, s->msg);
	/* Set by poll or by a wait for memory; this call will know better. */
	sk_clear_bit(SOCKWQ_ASYNC_NOSPACE, s->sk);
	return err;
}

static int sendmsg_locked(struct send *s)
{
	struct sock *sk = s->sk;
	int err;

	sock_owned_by_me(sk);
	err = prepare(s);
	if (!err)
		err = queue_message(s);
	if (err)
		drop_empty_tail(sk);
	if (s->copied) {
		push_tail(s, s->flags, xtcp_sk(sk)->nonagle);
		return s->copied;
	}
	if (!err)
		return 0;
	err = sk_stream_error(sk, s->flags, err);
	/* No ACK will come to wake who waits for an edge of EPOLLOUT. */
	if (err == -EAGAIN && queues_empty(sk))
		sk->sk_write_space(sk);
	return err;
}

/**
 * xtcp_sendq_sendmsg() - proto_ops.sendmsg: RFC 9293 section 3.10.2, SEND
 * @sock: the socket
 * @msg: data and flags: MSG_DONTWAIT, MSG_MORE, MSG_OOB, MSG_NOSIGNAL,
 *	MSG_FASTOPEN; MSG_EOR, MSG_ZEROCOPY and MSG_SPLICE_PAGES change nothing that is seen
 * @len: bytes of data
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: bytes queued, at most @len; or a negative errno when none were:
 * the socket's pending error, if it has one; -EPIPE, with SIGPIPE unless
 * MSG_NOSIGNAL, when it is not connected, not any more, or shut down for
 * sending; -EAGAIN when it would block; -EINTR or -ERESTARTSYS upon a signal;
 * -EFAULT; -EINVAL for bad control messages; and where it connects, what
 * xtcp_fastopen_sendmsg() has.
 */
int xtcp_sendq_sendmsg(struct socket *sock, struct msghdr *msg, size_t len)
{
	struct send s = {
		.sk = sock->sk,
		.msg = msg,
		.flags = msg->msg_flags,
	};
	int ret;

	if (unlikely(s.flags & MSG_FASTOPEN ||
		     xtcp_compat_defer_connect(s.sk))) {
		ret = xtcp_fastopen_sendmsg(sock, msg, &s.copied);
		if (ret)
			return ret == -EINPROGRESS && s.copied ? s.copied : ret;
	}
	lock_sock(s.sk);
	s.timeo = sock_sndtimeo(s.sk, s.flags & MSG_DONTWAIT);
	ret = sendmsg_locked(&s);
	release_sock(s.sk);
	return ret;
}
