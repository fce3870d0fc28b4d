// SPDX-License-Identifier: GPL-2.0
/*
 * The state machine's tables: legal moves, CLOSE, names: RFC 9293 sections
 * 3.3.2, 3.10.4 and 3.10.5. Pure.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>

#include "fsm.h"

#define NR_STATES	(TCP_NEW_SYN_RECV + 1)

/* One bit a state must fit the rows below. */
static_assert(NR_STATES <= 16);

/*
 * Where a connection may go from each state. Every state may go to CLOSED: by
 * ABORT, by a reset, by a timeout, by disconnect, or because what is left of
 * it is an object of its own (TIME-WAIT).
 */
static const u16 legal_moves[NR_STATES] = {
	/* 3.10.1, OPEN passive and active. */
	[TCP_CLOSE]	   = TCPF_CLOSE | TCPF_LISTEN | TCPF_SYN_SENT,
	/* The child of a listener starts as its copy. */
	[TCP_LISTEN]	   = TCPF_CLOSE | TCPF_SYN_RECV,
	/* 3.10.7.3, fourth step: the SYN came with an ACK of ours or without. */
	[TCP_SYN_SENT]	   = TCPF_CLOSE | TCPF_ESTABLISHED | TCPF_SYN_RECV,
	/* 3.10.7.4, fifth check; CLOSE before it; FIN, eighth check. */
	[TCP_SYN_RECV]	   = TCPF_CLOSE | TCPF_ESTABLISHED | TCPF_FIN_WAIT1 |
			     TCPF_CLOSE_WAIT,
	/* CLOSE or FIN, whichever is first. */
	[TCP_ESTABLISHED]  = TCPF_CLOSE | TCPF_FIN_WAIT1 | TCPF_CLOSE_WAIT,
	[TCP_FIN_WAIT1]	   = TCPF_CLOSE | TCPF_FIN_WAIT2 | TCPF_CLOSING,
	[TCP_FIN_WAIT2]	   = TCPF_CLOSE,
	[TCP_CLOSING]	   = TCPF_CLOSE,
	[TCP_TIME_WAIT]	   = TCPF_CLOSE,
	[TCP_CLOSE_WAIT]   = TCPF_CLOSE | TCPF_LAST_ACK,
	[TCP_LAST_ACK]	   = TCPF_CLOSE,
	[TCP_NEW_SYN_RECV] = TCPF_CLOSE,
};

static const struct xtcp_fsm_close on_close[NR_STATES] = {
	/* Nothing was sent, or nothing the peer must know of. */
	[TCP_CLOSE]	   = { TCP_CLOSE, false },
	[TCP_LISTEN]	   = { TCP_CLOSE, false },
	[TCP_SYN_SENT]	   = { TCP_CLOSE, false },
	[TCP_NEW_SYN_RECV] = { TCP_CLOSE, false },
	/* Our half ends with a FIN behind the data. */
	[TCP_SYN_RECV]	   = { TCP_FIN_WAIT1, true },
	[TCP_ESTABLISHED]  = { TCP_FIN_WAIT1, true },
	[TCP_CLOSE_WAIT]   = { TCP_LAST_ACK, true },
	/* It has ended already. */
	[TCP_FIN_WAIT1]	   = { TCP_FIN_WAIT1, false },
	[TCP_FIN_WAIT2]	   = { TCP_FIN_WAIT2, false },
	[TCP_CLOSING]	   = { TCP_CLOSING, false },
	[TCP_LAST_ACK]	   = { TCP_LAST_ACK, false },
	[TCP_TIME_WAIT]	   = { TCP_TIME_WAIT, false },
};

static const char * const names[NR_STATES] = {
	[TCP_ESTABLISHED]  = "ESTABLISHED",
	[TCP_SYN_SENT]	   = "SYN-SENT",
	[TCP_SYN_RECV]	   = "SYN-RECEIVED",
	[TCP_FIN_WAIT1]	   = "FIN-WAIT-1",
	[TCP_FIN_WAIT2]	   = "FIN-WAIT-2",
	[TCP_TIME_WAIT]	   = "TIME-WAIT",
	[TCP_CLOSE]	   = "CLOSED",
	[TCP_CLOSE_WAIT]   = "CLOSE-WAIT",
	[TCP_LAST_ACK]	   = "LAST-ACK",
	[TCP_LISTEN]	   = "LISTEN",
	[TCP_CLOSING]	   = "CLOSING",
	[TCP_NEW_SYN_RECV] = "SYN-RECEIVED",
};

static bool is_state(int state)
{
	return state >= TCP_ESTABLISHED && state < NR_STATES;
}

bool xtcp_fsm_legal(int from, int to)
{
	return is_state(from) && is_state(to) && legal_moves[from] & (1 << to);
}

struct xtcp_fsm_close xtcp_fsm_on_close(int state)
{
	return on_close[is_state(state) ? state : TCP_CLOSE];
}

const char *xtcp_fsm_name(int state)
{
	return is_state(state) ? names[state] : "?";
}
