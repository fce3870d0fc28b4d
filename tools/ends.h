/* SPDX-License-Identifier: GPL-2.0 */
/* Connections that ended lately, and why: the close ledger. */
#ifndef XTCPSTAT_ENDS_H
#define XTCPSTAT_ENDS_H

#include "show.h"

int ends_show(const struct show *show);
int ends_show_json(const struct show *show);

#endif
