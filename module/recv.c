// SPDX-License-Identifier: GPL-2.0
/*
 * RECEIVE: the user reads what rcvq.c has put in order, urgent data and splice
 * included: RFC 9293 sections 3.8.5 and 3.10.3, RFC 6093.
 */
#include <linux/errqueue.h>
#include <linux/net.h>
#include <linux/sched/signal.h>
#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/splice.h>
#include <linux/tcp.h>
#include <linux/uio.h>
#include <net/sock.h>

#include "compat/recv.h"
#include "input.h"
#include "sock.h"

/**
 * struct recv - a recvmsg call on its way
 * @sk: the socket, locked
 * @msg: where to
 * @left: bytes still wanted
 * @flags: MSG_*
 * @copied: bytes read so far, or a negative errno
 * @target: do not sleep once that many are read
 * @hole: urgent bytes stepped over
 * @timeo: jiffies that may still be waited
 * @seq: read position: copied_seq of the socket, or @peek_seq
 * @peek_seq: read position of MSG_PEEK
 * @last: end of the receive queue when it was last searched
 * @stamp: when the last segment read from had arrived, or 0
 */
struct recv {
	struct sock *sk;
	struct msghdr *msg;
	size_t left;
	int flags;
	int copied;
	int target;
	u32 hole;
	long timeo;
	u32 *seq;
	u32 peek_seq;
	struct sk_buff *last;
	ktime_t stamp;
};

/*
 * The segment that has the byte at @seq, or a FIN there. @last is set to the
 * end of the queue, for a wait until it moves.
 */
static struct sk_buff *find_segment(struct sock *sk, u32 seq, u32 *offset,
				    struct sk_buff **last)
{
	struct sk_buff *skb;

	*last = skb_peek_tail(&sk->sk_receive_queue);
	if (!*last)
		return NULL;
	skb_queue_walk(&sk->sk_receive_queue, skb) {
		if (WARN_ON_ONCE(xtcp_before(seq, XTCP_CB(skb)->seq)))
			break;
		*offset = seq - XTCP_CB(skb)->seq;
		if (*offset < skb->len || XTCP_CB(skb)->flags & XTCP_FIN)
			return skb;
	}
	return NULL;
}

/* Bytes that can be read without crossing the urgent mark. */
static u32 upto_mark(const struct xtcp_sock *xp, u32 seq, u32 len)
{
	if (unlikely(xp->urg_data))
		return min(len, xp->urg_seq - seq);
	return len;
}

/* Past the mark: the byte counts as read. */
static void forget_mark(struct xtcp_sock *xp)
{
	if (unlikely(xp->urg_data) && xtcp_after(xp->copied_seq, xp->urg_seq))
		WRITE_ONCE(xp->urg_data, 0);
}

/* What a reader who got nothing is told; 0: end of file, 1: wait. */
static int nothing_read(struct sock *sk, long timeo)
{
	if (sock_flag(sk, SOCK_DONE))
		return 0;
	if (sk->sk_err)
		return sock_error(sk);
	if (sk->sk_shutdown & RCV_SHUTDOWN)
		return 0;
	/* Never connected. */
	if (sk->sk_state == TCP_CLOSE)
		return -ENOTCONN;
	if (!timeo)
		return -EAGAIN;
	if (signal_pending(current))
		return sock_intr_errno(timeo);
	return 1;
}

/* Does a reader who got less than wanted have to be content with it? */
static bool nothing_more(struct sock *sk, long timeo)
{
	return !timeo || sk->sk_err || sk->sk_state == TCP_CLOSE ||
	       (sk->sk_shutdown & RCV_SHUTDOWN) || signal_pending(current);
}

/* A second reader moved on while the first one, peeking, slept. */
static void check_peek(struct recv *r)
{
	u32 copied_seq = xtcp_sk(r->sk)->copied_seq;

	if ((r->flags & MSG_PEEK) &&
	    r->peek_seq - r->copied - r->hole != copied_seq)
		r->peek_seq = copied_seq;
}

/* The queue has no more: true when it may have now, false to return. */
static bool wait_more(struct recv *r)
{
	struct sock *sk = r->sk;
	int err;

	if (r->copied >= r->target && !READ_ONCE(sk->sk_backlog.tail))
		return false;
	if (r->copied) {
		if (nothing_more(sk, r->timeo))
			return false;
	} else {
		err = nothing_read(sk, r->timeo);
		if (err <= 0) {
			r->copied = err;
			return false;
		}
	}

	if (r->copied >= r->target) {
		/* Enough to return, but the backlog may have more of it. */
		__sk_flush_backlog(sk);
	} else {
		if (r->copied)
			xtcp_rcvq_space_freed(sk);
		err = sk_wait_data(sk, &r->timeo, r->last);
		if (err < 0) {
			r->copied = r->copied ?: err;
			return false;
		}
	}
	check_peek(r);
	return true;
}

/*
 * The read position is the urgent mark: what was read before it is returned
 * first, so that the next call begins there (RFC 6093 section 3.1).
 */
static bool stops_at_mark(struct recv *r)
{
	const struct xtcp_sock *xp = xtcp_sk(r->sk);

	if (likely(!xp->urg_data) || xp->urg_seq != *r->seq)
		return false;
	if (r->copied)
		return true;
	if (!signal_pending(current))
		return false;
	r->copied = r->timeo ? sock_intr_errno(r->timeo) : -EAGAIN;
	return true;
}

static int copy_out(struct recv *r, struct sk_buff *skb, u32 offset, u32 len)
{
	/* RFC 9293 has no such thing; Linux discards in place of copying. */
	if (r->flags & MSG_TRUNC)
		return 0;
	return skb_copy_datagram_msg(skb, offset, r->msg, len);
}

/* The urgent byte is read by MSG_OOB alone, unless it is inline. */
static bool step_over_urgent(struct recv *r)
{
	const struct xtcp_sock *xp = xtcp_sk(r->sk);

	if (likely(!xp->urg_data) || xp->urg_seq != *r->seq ||
	    sock_flag(r->sk, SOCK_URGINLINE))
		return false;
	WRITE_ONCE(*r->seq, *r->seq + 1);
	r->hole++;
	return true;
}

/* Bytes of a segment from @offset on; returns 0 or -EFAULT. */
static int take_bytes(struct recv *r, struct sk_buff *skb, u32 *offset)
{
	u32 used = min_t(size_t, skb->len - *offset, r->left);
	int err;

	if (used && step_over_urgent(r)) {
		++*offset;
		used--;
	} else if (xtcp_sk(r->sk)->urg_seq != *r->seq) {
		used = upto_mark(xtcp_sk(r->sk), *r->seq, used);
	}
	if (used) {
		err = copy_out(r, skb, *offset, used);
		if (err)
			return -EFAULT;
		r->stamp = skb->tstamp;
	}
	WRITE_ONCE(*r->seq, *r->seq + used);
	*offset += used;
	r->copied += used;
	r->left -= used;
	forget_mark(xtcp_sk(r->sk));
	return 0;
}

/* Read from @skb; false when the call is to return now. */
static bool take_segment(struct recv *r, struct sk_buff *skb, u32 offset)
{
	bool fin = XTCP_CB(skb)->flags & XTCP_FIN;

	if (offset < skb->len) {
		if (take_bytes(r, skb, &offset)) {
			r->copied = r->copied ?: -EFAULT;
			return false;
		}
		if (offset < skb->len)
			return true;
	}
	if (fin)
		WRITE_ONCE(*r->seq, *r->seq + 1);
	if (!(r->flags & MSG_PEEK))
		sk_eat_skb(r->sk, skb);
	return !fin;
}

/* RFC 9293 section 3.10.3 for what is not urgent. */
static int recv_stream(struct recv *r)
{
	struct sock *sk = r->sk;
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb;
	u32 offset;

	r->peek_seq = xp->copied_seq;
	r->seq = r->flags & MSG_PEEK ? &r->peek_seq : &xp->copied_seq;
	r->target = sock_rcvlowat(sk, r->flags & MSG_WAITALL, r->left);
	do {
		if (stops_at_mark(r))
			break;
		skb = find_segment(sk, *r->seq, &offset, &r->last);
		if (skb) {
			if (!take_segment(r, skb, offset))
				break;
		} else if (!wait_more(r)) {
			break;
		}
	} while (r->left > 0);

	if (r->copied > 0)
		xtcp_rcvq_space_freed(sk);
	return r->copied;
}

/* MSG_OOB: the urgent byte, never waited for. */
static int recv_urgent(struct recv *r)
{
	struct sock *sk = r->sk;
	struct xtcp_sock *xp = xtcp_sk(sk);
	char c = xp->urg_data;

	if (sock_flag(sk, SOCK_URGINLINE) || !xp->urg_data ||
	    xp->urg_data == XTCP_URG_READ)
		return -EINVAL;
	if (sk->sk_state == TCP_CLOSE && !sock_flag(sk, SOCK_DONE))
		return -ENOTCONN;
	if (!(xp->urg_data & XTCP_URG_VALID)) {
		if (sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN))
			return 0;
		return -EAGAIN;
	}

	if (!(r->flags & MSG_PEEK))
		WRITE_ONCE(xp->urg_data, XTCP_URG_READ);
	r->msg->msg_flags |= MSG_OOB;
	if (!r->left) {
		r->msg->msg_flags |= MSG_TRUNC;
		return 0;
	}
	if (!(r->flags & MSG_TRUNC) && memcpy_to_msg(r->msg, &c, 1))
		return -EFAULT;
	return 1;
}

static int recvmsg_locked(struct recv *r)
{
	sock_owned_by_me(r->sk);
	if (r->sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	r->timeo = sock_rcvtimeo(r->sk, r->flags & MSG_DONTWAIT);
	return r->flags & MSG_OOB ? recv_urgent(r) : recv_stream(r);
}

/* TCP_INQ: what is left to read; an end of file to be read counts as one. */
static void tell_inq(struct sock *sk, struct msghdr *msg, bool cmsg)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	int inq;

	lock_sock(sk);
	inq = xp->rcv_nxt - xp->copied_seq;
	if (!inq && sock_flag(sk, SOCK_DONE))
		inq = 1;
	release_sock(sk);

	msg->msg_inq = inq;
	if (cmsg)
		put_cmsg(msg, SOL_TCP, TCP_CM_INQ, sizeof(inq), &inq);
}

/* SO_TIMESTAMP and SO_TIMESTAMPNS: when the last byte read arrived. */
static void tell_stamp(const struct recv *r)
{
	struct timespec64 ts = ktime_to_timespec64(r->stamp);
	struct scm_timestamping_internal tss;
	bool new = sock_flag(r->sk, SOCK_TSTAMP_NEW);
	struct __kernel_old_timespec old_ns = { ts.tv_sec, ts.tv_nsec };
	struct __kernel_old_timeval old_us = { ts.tv_sec,
					       ts.tv_nsec / NSEC_PER_USEC };
	struct __kernel_timespec ns = { ts.tv_sec, ts.tv_nsec };
	struct __kernel_sock_timeval us = { ts.tv_sec,
					    ts.tv_nsec / NSEC_PER_USEC };

	if (sock_flag(r->sk, SOCK_RCVTSTAMPNS) && new)
		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMPNS_NEW, sizeof(ns),
			 &ns);
	else if (sock_flag(r->sk, SOCK_RCVTSTAMPNS))
		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMPNS_OLD,
			 sizeof(old_ns), &old_ns);
	else if (sock_flag(r->sk, SOCK_RCVTSTAMP) && new)
		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMP_NEW, sizeof(us),
			 &us);
	else if (sock_flag(r->sk, SOCK_RCVTSTAMP))
		put_cmsg(r->msg, SOL_SOCKET, SO_TIMESTAMP_OLD, sizeof(old_us),
			 &old_us);
	if (!(READ_ONCE(r->sk->sk_tsflags) & SOF_TIMESTAMPING_SOFTWARE))
		return;
	xtcp_compat_set_stamp(&tss, r->stamp);
	if (new)
		put_cmsg_scm_timestamping64(r->msg, &tss);
	else
		put_cmsg_scm_timestamping(r->msg, &tss);
}

/**
 * xtcp_recv_recvmsg() - proto_ops.recvmsg: RFC 9293 section 3.10.3, RECEIVE
 * @sock: the socket
 * @msg: where to; no address is given back
 * @len: bytes wanted
 * @flags: MSG_PEEK, MSG_WAITALL, MSG_DONTWAIT, MSG_TRUNC (discard), MSG_OOB,
 *	MSG_ERRQUEUE
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: bytes read, 0 at the end of the stream; or a negative errno when
 * none were: the socket's pending error; -ENOTCONN when never connected or
 * listening; -EAGAIN when it would block; -EINTR or -ERESTARTSYS upon a
 * signal; -EFAULT; with MSG_OOB -EINVAL when there is no urgent byte to be
 * read so, and -EAGAIN when it has not come yet.
 */
int xtcp_recv_recvmsg(struct socket *sock, struct msghdr *msg, size_t len,
		      int flags)
{
	struct recv r = {
		.sk = sock->sk,
		.msg = msg,
		.left = len,
		.flags = flags,
	};
	bool cmsg;
	int ret;

	msg->msg_namelen = 0;
	if (unlikely(flags & MSG_ERRQUEUE))
		return xtcp_compat_recv_error(r.sk, msg, len);

	lock_sock(r.sk);
	ret = recvmsg_locked(&r);
	cmsg = xtcp_sk(r.sk)->recv_inq;
	release_sock(r.sk);

	if (unlikely(r.stamp) && ret > 0)
		tell_stamp(&r);
	if (unlikely(cmsg || msg->msg_get_inq) && ret >= 0)
		tell_inq(r.sk, msg, cmsg);
	return ret;
}

/* Hand over pages of the segments at hand; the count, or what pipe said. */
static ssize_t splice_queued(struct sock *sk, struct pipe_inode_info *pipe,
			     size_t len, unsigned int flags)
{
	struct xtcp_sock *xp = xtcp_sk(sk);
	struct sk_buff *skb, *last;
	ssize_t spliced = 0;
	u32 offset, part;
	int used;

	while (len && (skb = find_segment(sk, xp->copied_seq, &offset, &last))) {
		if (offset < skb->len) {
			part = min_t(size_t, skb->len - offset, len);
			part = upto_mark(xp, xp->copied_seq, part);
			if (!part)
				break;
			used = skb_splice_bits(skb, sk, offset, pipe, part,
					       flags);
			if (used <= 0)
				return spliced ?: used;
			WRITE_ONCE(xp->copied_seq, xp->copied_seq + used);
			spliced += used;
			len -= used;
			if (offset + used < skb->len)
				continue;
		}
		used = !!(XTCP_CB(skb)->flags & XTCP_FIN);
		WRITE_ONCE(xp->copied_seq, xp->copied_seq + used);
		sk_eat_skb(sk, skb);
		if (used)
			break;
	}
	return spliced;
}

/* Nothing to splice: 1 when it may be different now, else what to return. */
static int splice_wait(struct sock *sk, long *timeo)
{
	int err = nothing_read(sk, *timeo);

	if (err <= 0)
		return err;
	/* The urgent mark stands in the way, and no wait moves it. */
	if (!skb_queue_empty(&sk->sk_receive_queue))
		return 0;
	xtcp_rcvq_space_freed(sk);
	err = sk_wait_data(sk, timeo, NULL);
	return err < 0 ? err : 1;
}

static ssize_t splice_locked(struct sock *sk, struct pipe_inode_info *pipe,
			     size_t len, unsigned int flags, long timeo)
{
	ssize_t spliced = 0;
	ssize_t ret = 0;

	sock_owned_by_me(sk);
	if (sk->sk_state == TCP_LISTEN)
		return -ENOTCONN;
	while (len) {
		ret = splice_queued(sk, pipe, len, flags);
		if (ret > 0) {
			spliced += ret;
			len -= ret;
			xtcp_rcvq_space_freed(sk);
			if (!timeo)
				break;
			/* Let the backlog in before asking for more. */
			release_sock(sk);
			lock_sock(sk);
			if (nothing_more(sk, timeo))
				break;
			continue;
		}
		if (ret < 0 || spliced)
			break;
		ret = splice_wait(sk, &timeo);
		if (ret <= 0)
			break;
	}
	return spliced ?: ret;
}

/**
 * xtcp_recv_splice_read() - proto_ops.splice_read: RECEIVE into a pipe
 * @sock: the socket
 * @ppos: position; a socket has none, so 0
 * @pipe: where to
 * @len: bytes wanted
 * @flags: SPLICE_F_*; the file's O_NONBLOCK says whether to wait
 *
 * Urgent data ends what is spliced, inline or not.
 *
 * Context: process; takes the socket lock, sleeps.
 * Return: bytes spliced, 0 at the end of the stream; or as
 * xtcp_recv_recvmsg(); -ESPIPE for a position other than 0.
 */
ssize_t xtcp_recv_splice_read(struct socket *sock, loff_t *ppos,
			      struct pipe_inode_info *pipe, size_t len,
			      unsigned int flags)
{
	struct sock *sk = sock->sk;
	ssize_t ret;
	long timeo;

	if (unlikely(*ppos))
		return -ESPIPE;
	lock_sock(sk);
	timeo = sock_rcvtimeo(sk, sock->file->f_flags & O_NONBLOCK);
	ret = splice_locked(sk, pipe, len, flags, timeo);
	release_sock(sk);
	return ret;
}

/**
 * xtcp_recv_inq() - bytes that can be read without waiting
 * @sk: the socket
 *
 * Up to the urgent mark, if there is one ahead and urgent data is not inline.
 *
 * Context: any; exact when the socket lock is held.
 * Return: bytes, 0 before the connection is established.
 */
int xtcp_recv_inq(struct sock *sk)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	u32 copied_seq = READ_ONCE(xp->copied_seq);
	u32 rcv_nxt = READ_ONCE(xp->rcv_nxt);
	u32 urg_seq = READ_ONCE(xp->urg_seq);
	int inq = rcv_nxt - copied_seq;

	if ((1 << inet_sk_state_load(sk)) & (TCPF_SYN_SENT | TCPF_SYN_RECV))
		return 0;
	if (!sock_flag(sk, SOCK_URGINLINE) && READ_ONCE(xp->urg_data) &&
	    !xtcp_before(urg_seq, copied_seq) && xtcp_before(urg_seq, rcv_nxt))
		return urg_seq - copied_seq;
	/* The FIN has a sequence number but nothing to read. */
	if (inq && sock_flag(sk, SOCK_DONE))
		inq--;
	return max(inq, 0);
}

/**
 * xtcp_recv_peek_len() - proto_ops.peek_len
 * @sock: the socket
 *
 * Context: any.
 * Return: as xtcp_recv_inq().
 */
int xtcp_recv_peek_len(struct socket *sock)
{
	return xtcp_recv_inq(sock->sk);
}

/* So full a buffer that waiting for more may be waiting for ever. */
static bool buffer_is_tight(const struct sock *sk)
{
	int rcvbuf = READ_ONCE(sk->sk_rcvbuf);

	if (sk->sk_prot->memory_pressure &&
	    READ_ONCE(*sk->sk_prot->memory_pressure))
		return true;
	return atomic_read(&sk->sk_rmem_alloc) > rcvbuf - (rcvbuf >> 3);
}

/**
 * xtcp_recv_ready() - is there enough to wake or to tell a reader?
 * @sk: the socket
 * @target: bytes that are enough, SO_RCVLOWAT
 *
 * Less is enough where no more can come: the buffer is nearly full, or less
 * than a segment of window is left.
 *
 * Context: any; without the socket lock the answer may be outdated.
 * Return: true when a read is worth while.
 */
bool xtcp_recv_ready(const struct sock *sk, int target)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);
	int avail = READ_ONCE(xp->rcv_nxt) - READ_ONCE(xp->copied_seq);

	if (avail <= 0)
		return false;
	return avail >= target || buffer_is_tight(sk) ||
	       xtcp_receive_window(xp) <= xp->rcv_mss;
}
