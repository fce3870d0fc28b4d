/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two hosts for a test: network namespaces joined by a cable, either direction
 * of which can be cut and mended.
 *
 *   side 0: 10.6.0.1, fd00:6::1  [xa] ===== [xb]  side 1: 10.6.0.2, fd00:6::2
 */
#ifndef XTCP_LINK_H
#define XTCP_LINK_H

#include "xtcp_test.h"

struct xt_link {
	enum xt_fam fam;
	int ns[2];
};

void xt_link_make(struct xt_link *link, enum xt_fam fam);
void xt_link_enter(const struct xt_link *link, int side);

/* What @side sends is swallowed by the cable, unseen by the sender. */
void xt_link_cut(const struct xt_link *link, int side);
void xt_link_mend(const struct xt_link *link, int side);

socklen_t xt_link_addr(const struct xt_link *link, int side, __u16 port,
		       union xt_addr *addr);
int xt_link_socket(const struct xt_link *link, int side, __u16 port);
int xt_link_listen(const struct xt_link *link, int side, int backlog);
int xt_link_connect(const struct xt_link *link, int fd, int side, __u16 port);
void xt_link_pair(const struct xt_link *link, int fd[2]);
enum xt_state xt_link_state(const struct xt_link *link, int side, __u16 lport,
			    __u16 rport, enum xt_state want);

#endif /* XTCP_LINK_H */
