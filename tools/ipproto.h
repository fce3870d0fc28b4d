/* SPDX-License-Identifier: GPL-2.0 */
/* The protocol number, where no installed header has it. */
#ifndef XTCP_IPPROTO_H
#define XTCP_IPPROTO_H

#include <netinet/in.h>

#ifndef IPPROTO_XTCP
#define IPPROTO_XTCP	253	/* RFC 3692: for experiments */
#endif

#endif
