// SPDX-License-Identifier: GPL-2.0
/* The names of states and timers, and small questions about an endpoint. */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "conn.h"
#include "util.h"

static const char * const state_names[CONN_STATES] = {
	[CONN_ESTABLISHED]	= "ESTAB",
	[CONN_SYN_SENT]		= "SYN-SENT",
	[CONN_SYN_RECV]		= "SYN-RECV",
	[CONN_FIN_WAIT1]	= "FIN-WAIT-1",
	[CONN_FIN_WAIT2]	= "FIN-WAIT-2",
	[CONN_TIME_WAIT]	= "TIME-WAIT",
	[CONN_CLOSE]		= "UNCONN",
	[CONN_CLOSE_WAIT]	= "CLOSE-WAIT",
	[CONN_LAST_ACK]		= "LAST-ACK",
	[CONN_LISTEN]		= "LISTEN",
	[CONN_CLOSING]		= "CLOSING",
	[CONN_NEW_SYN_RECV]	= "SYN-RECV",
};

static const char * const timer_names[CONN_TIMERS] = {
	[CONN_TIMER_OFF]	= "off",
	[CONN_TIMER_RETRANS]	= "on",
	[CONN_TIMER_KEEPALIVE]	= "keepalive",
	[CONN_TIMER_TIMEWAIT]	= "timewait",
	[CONN_TIMER_PERSIST]	= "persist",
};

/* What may stand after "state": ss's words, and the names a listing or netstat prints. */
static const struct {
	const char *name;
	unsigned int states;
} state_words[] = {
	{ "all",		STATES_ALL },
	{ "connected",		STATES_CONNECTED },
	{ "synchronized",	STATES_CONNECTED & ~STATE_BIT(CONN_SYN_SENT) },
	{ "bucket",		STATES_BUCKET },
	{ "big",		STATES_ALL & ~STATES_BUCKET },
	{ "established",	STATE_BIT(CONN_ESTABLISHED) },
	{ "estab",		STATE_BIT(CONN_ESTABLISHED) },
	{ "syn-sent",		STATE_BIT(CONN_SYN_SENT) },
	{ "syn-recv",		STATES_SYNRECV },
	{ "syn-received",	STATES_SYNRECV },
	{ "new-syn-recv",	STATE_BIT(CONN_NEW_SYN_RECV) },
	{ "fin-wait-1",		STATE_BIT(CONN_FIN_WAIT1) },
	{ "fin-wait1",		STATE_BIT(CONN_FIN_WAIT1) },
	{ "fin-wait-2",		STATE_BIT(CONN_FIN_WAIT2) },
	{ "fin-wait2",		STATE_BIT(CONN_FIN_WAIT2) },
	{ "time-wait",		STATE_BIT(CONN_TIME_WAIT) },
	{ "closed",		STATE_BIT(CONN_CLOSE) },
	{ "close",		STATE_BIT(CONN_CLOSE) },
	{ "unconnected",	STATE_BIT(CONN_CLOSE) },
	{ "unconn",		STATE_BIT(CONN_CLOSE) },
	{ "close-wait",		STATE_BIT(CONN_CLOSE_WAIT) },
	{ "last-ack",		STATE_BIT(CONN_LAST_ACK) },
	{ "listening",		STATE_BIT(CONN_LISTEN) },
	{ "listen",		STATE_BIT(CONN_LISTEN) },
	{ "closing",		STATE_BIT(CONN_CLOSING) },
};

/**
 * conn_state_name() - name of a state as ss prints it
 * @state: the state
 *
 * Return: the name; "UNKNOWN" for a number that is none.
 */
const char *conn_state_name(enum conn_state state)
{
	if (state < 1 || state >= CONN_STATES)
		return "UNKNOWN";
	return state_names[state];
}

/**
 * conn_states_parse() - the set of states that a word means
 * @name: one of state_words, in any case, with '_' as good as '-'
 * @states: receives the set
 *
 * Return: false if the word means none.
 */
bool conn_states_parse(const char *name, unsigned int *states)
{
	char word[24];
	size_t i;

	if (strlen(name) >= sizeof(word))
		return false;
	for (i = 0; name[i]; i++)
		word[i] = name[i] == '_' ? '-' : name[i];
	word[i] = '\0';
	for (i = 0; i < ARRAY_SIZE(state_words); i++) {
		if (!strcasecmp(word, state_words[i].name)) {
			*states = state_words[i].states;
			return true;
		}
	}
	return false;
}

/**
 * conn_timer_name() - name of a timer as ss prints it
 * @timer: the timer
 *
 * Return: the name; "unknown" for a number that is none.
 */
const char *conn_timer_name(enum conn_timer timer)
{
	if (timer >= CONN_TIMERS)
		return "unknown";
	return timer_names[timer];
}

/**
 * conn_timer_count() - how often the armed timer has fired without an answer
 * @c: the connection
 *
 * Return: retransmissions for the retransmission timer, probes for the others.
 */
unsigned int conn_timer_count(const struct conn *c)
{
	return c->timer == CONN_TIMER_RETRANS ? c->retransmits : c->probes;
}

/**
 * endpoint_any() - is the address the wildcard?
 * @e: the endpoint
 *
 * Return: true for 0.0.0.0 and ::.
 */
bool endpoint_any(const struct endpoint *e)
{
	if (e->family == AF_INET)
		return !e->addr.v4.s_addr;
	return IN6_IS_ADDR_UNSPECIFIED(&e->addr.v6);
}

/**
 * endpoint_as_v4() - the IPv4 address of an endpoint, be it mapped into IPv6 or not
 * @e: the endpoint
 * @v4: receives the address
 *
 * Return: false if it has none.
 */
bool endpoint_as_v4(const struct endpoint *e, struct in_addr *v4)
{
	if (e->family == AF_INET) {
		*v4 = e->addr.v4;
		return true;
	}
	if (!IN6_IS_ADDR_V4MAPPED(&e->addr.v6))
		return false;
	memcpy(v4, &e->addr.v6.s6_addr[12], sizeof(*v4));
	return true;
}

/**
 * endpoint_addr_len() - bytes of the address
 * @e: the endpoint
 *
 * Return: 4 or 16.
 */
size_t endpoint_addr_len(const struct endpoint *e)
{
	return e->family == AF_INET ? sizeof(e->addr.v4) : sizeof(e->addr.v6);
}
