/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of tests that start with an established connection, once for
 * each family and for v4-mapped addresses, in a namespace of their own.
 */
#ifndef XTCP_PAIR_FIXTURE_H
#define XTCP_PAIR_FIXTURE_H

#include "xtcp_test.h"

FIXTURE(pair)
{
	enum xt_fam fam;
	int client;
	int server;
};

FIXTURE_VARIANT(pair)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(pair, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(pair, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(pair, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(pair)
{
	xt_ns();
	self->fam = variant->fam;
	xt_pair(self->fam, &self->client, &self->server);
}

FIXTURE_TEARDOWN(pair)
{
	xt_close(&self->client);
	xt_close(&self->server);
}

#endif /* XTCP_PAIR_FIXTURE_H */
