/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What says that more data follows: before Linux 6.5, sendfile and splice had
 * a flag of their own for it.
 */
#ifndef _XTCP_COMPAT_SEND_H
#define _XTCP_COMPAT_SEND_H

#include <linux/socket.h>

#ifdef MSG_SENDPAGE_NOTLAST
#define XTCP_COMPAT_MSG_MORE	(MSG_MORE | MSG_SENDPAGE_NOTLAST)
#else
#define XTCP_COMPAT_MSG_MORE	MSG_MORE
#endif

#endif /* _XTCP_COMPAT_SEND_H */
