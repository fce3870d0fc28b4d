// SPDX-License-Identifier: GPL-2.0
/*
 * STATUS: a connection as seen from outside, in the units of TCP_INFO: RFC
 * 9293 section 3.10.6.
 */
#include <linux/jiffies.h>
#include <linux/tcp.h>

#include "compat/status.h"
#include "reqsk.h"
#include "sock.h"
#include "status.h"

#define BACKOFF_MAX	31

static u8 ca_state(const struct xtcp_sock *xp)
{
	switch (xp->ca_state) {
	case XTCP_CA_RECOVERY:
		return TCP_CA_Recovery;
	case XTCP_CA_LOSS:
		return TCP_CA_Loss;
	default:
		return TCP_CA_Open;
	}
}

/* The timeout in force: backed off, unless it is a probe that waits. */
static u32 rto_us(const struct xtcp_sock *xp)
{
	unsigned int backoff = min_t(unsigned int, xp->backoff, BACKOFF_MAX);

	if (xp->timer_mode == XTCP_TIMER_PROBE)
		backoff = 0;
	return xtcp_rtt_backed_off(&xp->rtt, backoff);
}

static u64 pacing_rate(unsigned long rate)
{
	return rate == ~0UL ? ~0ULL : rate;
}

static void fill_common(struct sock *sk, struct tcp_info *info)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	info->tcpi_state = inet_sk_state_load(sk);
	info->tcpi_pacing_rate = pacing_rate(READ_ONCE(sk->sk_pacing_rate));
	info->tcpi_max_pacing_rate =
		pacing_rate(READ_ONCE(sk->sk_max_pacing_rate));
	info->tcpi_reordering = XTCP_DUPACK_THRESH;
	info->tcpi_snd_cwnd = xp->cong.cwnd;
}

/* A listener: children to accept, and how many may be. */
static void fill_listener(struct sock *sk, struct tcp_info *info)
{
	const struct xtcp_listen *listen = READ_ONCE(xtcp_sk(sk)->listen);

	if (!listen)
		return;
	info->tcpi_unacked = READ_ONCE(listen->accept_len);
	info->tcpi_sacked = READ_ONCE(listen->backlog);
}

static void fill_options(const struct xtcp_sock *xp, struct tcp_info *info)
{
	if (xp->ts_ok)
		info->tcpi_options |= TCPI_OPT_TIMESTAMPS;
	if (xp->syn_data_acked)
		info->tcpi_options |= TCPI_OPT_SYN_DATA;
	info->tcpi_fastopen_client_fail = xp->fo_fail;
	if (xp->wscale_ok) {
		info->tcpi_options |= TCPI_OPT_WSCALE;
		info->tcpi_snd_wscale = xp->snd_wscale;
		info->tcpi_rcv_wscale = xp->rcv_wscale;
	}
}

static void fill_loss(const struct xtcp_sock *xp, struct tcp_info *info)
{
	info->tcpi_ca_state = ca_state(xp);
	info->tcpi_retransmits = xp->retransmits;
	info->tcpi_probes = xp->probes_out;
	info->tcpi_backoff = xp->backoff;
	info->tcpi_unacked = xp->packets_out;
	info->tcpi_lost = xp->lost_out;
	info->tcpi_retrans = xp->retrans_out;
	info->tcpi_total_retrans = xp->total_retrans;
	info->tcpi_snd_ssthresh = xp->cong.ssthresh;
}

static void fill_times(const struct xtcp_sock *xp, struct tcp_info *info)
{
	u32 now = (u32)jiffies;

	info->tcpi_rto = rto_us(xp);
	info->tcpi_ato = jiffies_to_usecs(xp->ato);
	info->tcpi_rtt = xp->rtt.srtt_us >> 3;
	info->tcpi_rttvar = xp->rtt.mdev_us >> 2;
	info->tcpi_min_rtt = xp->rtt.min_rtt_us;
	info->tcpi_last_data_sent = jiffies_to_msecs(now - xp->lsndtime);
	info->tcpi_last_data_recv = jiffies_to_msecs(now - xp->lrcvtime);
	info->tcpi_last_ack_recv = jiffies_to_msecs(now - xp->rcv_tstamp);
}

static void fill_sizes(const struct xtcp_sock *xp, struct tcp_info *info)
{
	info->tcpi_snd_mss = xp->mss_cache;
	info->tcpi_rcv_mss = xp->rcv_mss;
	info->tcpi_advmss = xp->advmss;
	info->tcpi_pmtu = xp->pmtu;
	info->tcpi_rcv_ssthresh = xp->rcv_wnd;
	info->tcpi_rcv_space = xp->rcv_wnd;
	info->tcpi_snd_wnd = xp->snd_wnd;
	xtcp_compat_info_rcv_wnd(info, xp->rcv_wnd);
	info->tcpi_notsent_bytes = max_t(int, 0, xp->write_seq - xp->snd_nxt);
}

static void fill_totals(const struct xtcp_sock *xp, struct tcp_info *info)
{
	info->tcpi_bytes_acked = xp->bytes_acked;
	info->tcpi_bytes_received = xp->bytes_received;
	info->tcpi_bytes_sent = xp->bytes_sent;
	info->tcpi_segs_out = xp->segs_out;
	info->tcpi_segs_in = xp->segs_in;
	info->tcpi_data_segs_out = xp->data_segs_out;
	info->tcpi_data_segs_in = xp->data_segs_in;
	info->tcpi_bytes_retrans = xp->bytes_retrans;
}

/**
 * xtcp_status_info() - describe a connection or listener
 * @sk: the socket
 * @info: filled in; what is not known is 0
 *
 * For a listener tcpi_unacked is the length of its accept queue and
 * tcpi_sacked the bound of it, as in Linux TCP, and little else is set.
 *
 * Context: any. Under the socket lock the values belong together; without it,
 * under RCU, each is one that was true a moment ago.
 */
void xtcp_status_info(struct sock *sk, struct tcp_info *info)
{
	const struct xtcp_sock *xp = xtcp_sk(sk);

	memset(info, 0, sizeof(*info));
	fill_common(sk, info);
	if (info->tcpi_state == TCP_LISTEN) {
		fill_listener(sk, info);
		return;
	}
	fill_options(xp, info);
	fill_loss(xp, info);
	fill_times(xp, info);
	fill_sizes(xp, info);
	fill_totals(xp, info);
}
