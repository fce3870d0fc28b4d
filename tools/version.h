/* SPDX-License-Identifier: GPL-2.0 */
/* The version that both tools print. */
#ifndef XTCP_VERSION_H
#define XTCP_VERSION_H

#define XTCP_TOOLS_VERSION "0.1.0"

#endif
