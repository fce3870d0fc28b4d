/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of tests that start with one fresh socket, once for each family
 * and for v4-mapped addresses, in a network namespace of their own.
 */
#ifndef XTCP_API_FIXTURE_H
#define XTCP_API_FIXTURE_H

#include "xtcp_test.h"

FIXTURE(api)
{
	enum xt_fam fam;
	int fd;
};

FIXTURE_VARIANT(api)
{
	enum xt_fam fam;
};

FIXTURE_VARIANT_ADD(api, v4)
{
	.fam = XT_V4,
};

FIXTURE_VARIANT_ADD(api, v6)
{
	.fam = XT_V6,
};

FIXTURE_VARIANT_ADD(api, mapped)
{
	.fam = XT_MAPPED,
};

FIXTURE_SETUP(api)
{
	xt_ns();
	self->fam = variant->fam;
	self->fd = xt_socket(self->fam);
}

FIXTURE_TEARDOWN(api)
{
	xt_close(&self->fd);
}

#endif /* XTCP_API_FIXTURE_H */
