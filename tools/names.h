/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses and ports as a person reads them: numbers, or names from the resolver. */
#ifndef XTCPSTAT_NAMES_H
#define XTCPSTAT_NAMES_H

#include "conn.h"

/* Room for any host name (NI_MAXHOST) or bracketed address, and any service name. */
#define NAMES_HOST_MAX	1026
#define NAMES_PORT_MAX	34

const char *names_host(const struct endpoint *e, bool numeric, char *buf);
const char *names_port(const struct endpoint *e, bool numeric, char *buf);

#endif
