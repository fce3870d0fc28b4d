/* SPDX-License-Identifier: GPL-2.0 */
/* Programs that no library can be put before: the kernel turns their sockets. */
#ifndef XTCPIZE_HOOK_H
#define XTCPIZE_HOOK_H

char *hook_missing(void);
char *hook_enter(void);

#endif
