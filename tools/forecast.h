/* SPDX-License-Identifier: GPL-2.0 */
/* The port forecast: what is left of the local ports toward each destination, and for how long. */
#ifndef XTCPSTAT_FORECAST_H
#define XTCPSTAT_FORECAST_H

#include "show.h"

int forecast_show(const struct show *show);
int forecast_show_json(const struct show *show);

#endif
