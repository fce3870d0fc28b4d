/* SPDX-License-Identifier: GPL-2.0 */
/* Finds a program as execvp(3) would. */
#ifndef XTCPIZE_SEARCH_H
#define XTCPIZE_SEARCH_H

char *search_program(const char *name);

#endif
