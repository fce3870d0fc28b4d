/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keys and cookies of Fast Open: RFC 7413 sections 4.1.1 and 4.1.2. Pure.
 */
#ifndef _XTCP_FOKEYS_H
#define _XTCP_FOKEYS_H

#include <linux/rcupdate.h>
#include <linux/siphash.h>
#include <linux/types.h>

#include "options.h"
#include "tables.h"

#define XTCP_FOKEYS_LEN		16	/* bytes of a key */
#define XTCP_FOKEYS_MAX		2	/* keys: one to make cookies, one more taken */
#define XTCP_FOKEYS_TEXT	73	/* bytes of both as text, and an end */
#define XTCP_FOKEYS_COOKIE	8	/* bytes of the cookies we make */

/**
 * struct xtcp_fokeys - what cookies are made with
 * @key: the first makes and is taken, a second one is taken only
 * @num: how many, 1 or 2
 * @rcu: frees it
 */
struct xtcp_fokeys {
	siphash_key_t key[XTCP_FOKEYS_MAX];
	int num;
	struct rcu_head rcu;
};

/**
 * struct xtcp_focookie - a cookie, ours or another host's
 * @val: its bytes, as they stand in the option
 * @len: how many
 */
struct xtcp_focookie {
	u8 val[XTCP_FO_COOKIE_MAX];
	u8 len;
};

void xtcp_fokeys_set(struct xtcp_fokeys *keys, const u8 *raw, int num);
int xtcp_fokeys_get(const struct xtcp_fokeys *keys, u8 *raw);
void xtcp_fokeys_cookie(const siphash_key_t *key, const struct xtcp_tuple *t,
			bool v6, struct xtcp_focookie *cookie);
int xtcp_fokeys_match(const struct xtcp_fokeys *keys,
		      const struct xtcp_tuple *t, bool v6,
		      const struct xtcp_opts *opts);
int xtcp_fokeys_read(const char *text, u8 *raw);
void xtcp_fokeys_write(const struct xtcp_fokeys *keys, char *text);

#endif /* _XTCP_FOKEYS_H */
