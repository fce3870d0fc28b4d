/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state machine as data: which moves are legal, what CLOSE does in each
 * state: RFC 9293 sections 3.3.2 and 3.10.4. Pure.
 *
 *                 CLOSED <-----------------------------------------.
 *         listen /      \ connect                                  |
 *              v         v          SYN (simultaneous open)        |
 *         LISTEN        SYN-SENT ---------------> SYN-RECEIVED     |
 *           | SYN          | SYN,ACK               |   |           |
 *           v (embryonic)  v           ACK of SYN  |   | close     |
 *         SYN-RECEIVED -> ESTABLISHED <------------'   |           |
 *                     close |       | FIN              |           |
 *                           v       v                  |           |
 *                   FIN-WAIT-1 <-----------------------'           |
 *                   |   |  \     CLOSE-WAIT                        |
 *               ACK |   |   \        | close                        |
 *                   v   |    \ FIN   v                             |
 *            FIN-WAIT-2 |  CLOSING  LAST-ACK ----------------------|
 *                   |   |     | ACK                                |
 *               FIN v   v     v                                    |
 *                   TIME-WAIT ---- 2MSL, knob timewait_ms ---------'
 *
 * TIME-WAIT and the embryonic half of SYN-RECEIVED are objects of their own
 * (timewait.c, reqsk.c), so no full socket ever has state TIME-WAIT.
 */
#ifndef _XTCP_FSM_H
#define _XTCP_FSM_H

#include <linux/types.h>
#include <net/tcp_states.h>

/**
 * xtcp_fsm_legal() - may a connection move from one state to another?
 * @from: TCP_ESTABLISHED .. TCP_NEW_SYN_RECV
 * @to: likewise
 *
 * Return: true when RFC 9293 section 3.3.2, with the abort and the disconnect
 * of section 3.10.5, has such a move.
 */
bool xtcp_fsm_legal(int from, int to);

/**
 * struct xtcp_fsm_close - what CLOSE does in a state
 * @next: the state after it
 * @fin: a FIN is to be queued behind the data
 */
struct xtcp_fsm_close {
	u8 next;
	bool fin;
};

/* RFC 9293 section 3.10.4, as a table. */
struct xtcp_fsm_close xtcp_fsm_on_close(int state);

/* RFC 9293's name of a state ("ESTABLISHED", "FIN-WAIT-1"); "?" if none. */
const char *xtcp_fsm_name(int state);

#endif /* _XTCP_FSM_H */
