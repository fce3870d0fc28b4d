// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of Fast Open, as bytes and as text, and the cookies made with them: RFC
 * 7413 sections 4.1.1 and 4.1.2.
 *
 * A cookie is the SipHash of both addresses, in the order and byte order that
 * Linux TCP has: servers behind one address that share a key take each other's
 * cookies, whichever stack they run.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "compat/hex.h"
#include "compat/unaligned.h"
#include "fokeys.h"

#define WORDS	(XTCP_FOKEYS_LEN / 4)	/* of a key, as text has it */

/* Each key with what stands behind it: dashes, a comma or the end. */
static_assert(XTCP_FOKEYS_MAX * (2 * XTCP_FOKEYS_LEN + WORDS) <= XTCP_FOKEYS_TEXT);

/**
 * xtcp_fokeys_set() - make keys of bytes
 * @keys: filled in
 * @raw: XTCP_FOKEYS_LEN bytes for each
 * @num: how many, 1 or 2
 *
 * Context: any.
 */
void xtcp_fokeys_set(struct xtcp_fokeys *keys, const u8 *raw, int num)
{
	int i;

	for (i = 0; i < num; i++, raw += XTCP_FOKEYS_LEN) {
		keys->key[i].key[0] = get_unaligned_le64(raw);
		keys->key[i].key[1] = get_unaligned_le64(raw + 8);
	}
	keys->num = num;
}

/**
 * xtcp_fokeys_get() - the bytes of keys
 * @keys: the keys
 * @raw: where to; room for XTCP_FOKEYS_MAX keys
 *
 * Context: any.
 * Return: how many bytes.
 */
int xtcp_fokeys_get(const struct xtcp_fokeys *keys, u8 *raw)
{
	int i;

	for (i = 0; i < keys->num; i++, raw += XTCP_FOKEYS_LEN) {
		put_unaligned_le64(keys->key[i].key[0], raw);
		put_unaligned_le64(keys->key[i].key[1], raw + 8);
	}
	return keys->num * XTCP_FOKEYS_LEN;
}

/**
 * xtcp_fokeys_cookie() - the cookie of a client
 * @key: what to make it with
 * @t: our end first; ports do not count
 * @v6: over IPv6
 * @cookie: filled in
 *
 * Context: any.
 */
void xtcp_fokeys_cookie(const siphash_key_t *key, const struct xtcp_tuple *t,
			bool v6, struct xtcp_focookie *cookie)
{
	struct in6_addr ends[2] = { t->faddr, t->laddr };
	u64 mac;

	if (v6) {
		mac = siphash(ends, sizeof(ends), key);
	} else {
		__be32 short_ends[2] = { t->faddr.s6_addr32[3],
					 t->laddr.s6_addr32[3] };

		mac = siphash(short_ends, sizeof(short_ends), key);
	}
	put_unaligned_le64(mac, cookie->val);
	cookie->len = XTCP_FOKEYS_COOKIE;
}

/**
 * xtcp_fokeys_match() - which key was a client's cookie made with?
 * @keys: ours
 * @t: our end first
 * @v6: over IPv6
 * @opts: of its SYN
 *
 * Context: any.
 * Return: 1 for the first key, 2 for the second, 0 for none.
 */
int xtcp_fokeys_match(const struct xtcp_fokeys *keys,
		      const struct xtcp_tuple *t, bool v6,
		      const struct xtcp_opts *opts)
{
	struct xtcp_focookie own;
	int i;

	if (!opts->has_fo || opts->fo_len != XTCP_FOKEYS_COOKIE)
		return 0;
	for (i = 0; i < keys->num; i++) {
		xtcp_fokeys_cookie(&keys->key[i], t, v6, &own);
		if (!memcmp(own.val, opts->fo_cookie, own.len))
			return i + 1;
	}
	return 0;
}

/* Eight hexadecimal digits; where they end, or NULL. */
static const char *read_word(const char *text, u32 *word)
{
	int i, digit;

	*word = 0;
	for (i = 0; i < 8; i++) {
		digit = hex_to_bin(*text);
		if (digit < 0)
			return NULL;
		*word = *word << 4 | digit;
		text++;
	}
	return text;
}

/* Four words with dashes between; where they end, or NULL. */
static const char *read_key(const char *text, u8 *raw)
{
	u32 word;
	int i;

	for (i = 0; i < WORDS; i++) {
		if (i && *text++ != '-')
			return NULL;
		text = read_word(text, &word);
		if (!text)
			return NULL;
		put_unaligned_le32(word, raw + 4 * i);
	}
	return text;
}

/**
 * xtcp_fokeys_read() - keys of text: 01234567-89abcdef-01234567-89abcdef, and
 * perhaps a comma and a second one
 * @text: the text, to its end
 * @raw: the bytes; room for XTCP_FOKEYS_MAX keys
 *
 * Context: any.
 * Return: how many keys; -EINVAL for anything else.
 */
int xtcp_fokeys_read(const char *text, u8 *raw)
{
	int num = 0;

	do {
		if (num == XTCP_FOKEYS_MAX)
			return -EINVAL;
		text = read_key(text, raw + num * XTCP_FOKEYS_LEN);
		if (!text)
			return -EINVAL;
		num++;
	} while (*text++ == ',');
	return text[-1] ? -EINVAL : num;
}

/**
 * xtcp_fokeys_write() - keys as text
 * @keys: the keys
 * @text: where to, XTCP_FOKEYS_TEXT bytes
 *
 * Context: any.
 */
void xtcp_fokeys_write(const struct xtcp_fokeys *keys, char *text)
{
	u8 raw[XTCP_FOKEYS_MAX * XTCP_FOKEYS_LEN];
	int words = xtcp_fokeys_get(keys, raw) / 4;
	int i;

	for (i = 0; i < words; i++)
		text += sprintf(text, "%s%08x",
				!i ? "" : i % WORDS ? "-" : ",",
				get_unaligned_le32(raw + 4 * i));
	memzero_explicit(raw, sizeof(raw));
}
