/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a client remembers of Fast Open: cookies, and where it failed: RFC 7413
 * sections 4.1.3 and 4.1.3.1.
 */
#ifndef _XTCP_FOCACHE_H
#define _XTCP_FOCACHE_H

#include "fokeys.h"
#include "tables.h"

struct xtcp_focache;

struct xtcp_focache *xtcp_focache_alloc(void);
void xtcp_focache_free(struct xtcp_focache *cache);
bool xtcp_focache_find(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		       struct xtcp_focookie *cookie, u16 *mss);
void xtcp_focache_keep(struct xtcp_focache *cache, const struct xtcp_tuple *t,
		       const u8 *cookie, u8 len, u16 mss);
void xtcp_focache_failed(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t, u32 now_s);
void xtcp_focache_worked(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t);
bool xtcp_focache_avoids(struct xtcp_focache *cache,
			 const struct xtcp_tuple *t, u32 now_s);

#endif /* _XTCP_FOCACHE_H */
