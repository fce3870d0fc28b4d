/* SPDX-License-Identifier: GPL-2.0 */
/* Makes ready for a program to run on xtcp. */
#ifndef XTCPIZE_LAUNCH_H
#define XTCPIZE_LAUNCH_H

char *launch_probe(int wire);
int launch_preload(void);

#endif
