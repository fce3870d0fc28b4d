/* SPDX-License-Identifier: GPL-2.0 */
/* What xtcpize tells its library, in an environment variable: which wire, which ports. */
#ifndef XTCPIZE_SETTINGS_H
#define XTCPIZE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * XTCPIZE=off makes the library do nothing, for one program among many. Else the value is words
 * parted by blanks: "wire=WIRE" and "port=LIST", as xtcpize's options of these names take them.
 */
#define SETTINGS_VARIABLE	"XTCPIZE"
#define SETTINGS_OFF		"off"
/* With the variable's name and the zero at the end. */
#define SETTINGS_MAX		4096
#define SETTINGS_RANGES		128

/**
 * struct settings - how sockets are to be turned
 * @off: not at all
 * @wire: value of the socket option XTCP_WIRE, 0 for what net.xtcp.wire says
 * @n_ranges: how many of @ranges; 0 for all ports, decided when the socket is made
 * @ranges: ports, first and last, that decide when a socket is bound or connected
 */
struct settings {
	bool off;
	int wire;
	size_t n_ranges;
	struct {
		unsigned short first;
		unsigned short last;
	} ranges[SETTINGS_RANGES];
};

bool settings_parse(const char *text, struct settings *s);
bool settings_parse_wire(const char *word, size_t len, struct settings *s);
bool settings_parse_ports(const char *list, size_t len, struct settings *s);
bool settings_has_port(const struct settings *s, unsigned short port);

#endif
