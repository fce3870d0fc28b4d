/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of tests that start with a connection between two stacks: each
 * once as client and once as server, for each family and for v4-mapped
 * addresses, in a namespace of their own.
 */
#ifndef XTCP_WIRE_PAIRS_H
#define XTCP_WIRE_PAIRS_H

#include "wire_stack.h"

FIXTURE(mixed)
{
	enum xt_fam fam;
	enum wire_stack cstack;
	enum wire_stack sstack;
	int client;
	int server;
};

FIXTURE_VARIANT(mixed)
{
	enum xt_fam fam;
	enum wire_stack client;
	enum wire_stack server;
};

FIXTURE_VARIANT_ADD(mixed, v4_client)
{
	.fam = XT_V4, .client = OURS, .server = KERNEL,
};

FIXTURE_VARIANT_ADD(mixed, v4_server)
{
	.fam = XT_V4, .client = KERNEL, .server = OURS,
};

FIXTURE_VARIANT_ADD(mixed, v4_both)
{
	.fam = XT_V4, .client = OURS, .server = OURS,
};

FIXTURE_VARIANT_ADD(mixed, v6_client)
{
	.fam = XT_V6, .client = OURS, .server = KERNEL,
};

FIXTURE_VARIANT_ADD(mixed, v6_server)
{
	.fam = XT_V6, .client = KERNEL, .server = OURS,
};

FIXTURE_VARIANT_ADD(mixed, v6_both)
{
	.fam = XT_V6, .client = OURS, .server = OURS,
};

FIXTURE_VARIANT_ADD(mixed, mapped_client)
{
	.fam = XT_MAPPED, .client = OURS, .server = KERNEL,
};

FIXTURE_VARIANT_ADD(mixed, mapped_server)
{
	.fam = XT_MAPPED, .client = KERNEL, .server = OURS,
};

FIXTURE_VARIANT_ADD(mixed, mapped_both)
{
	.fam = XT_MAPPED, .client = OURS, .server = OURS,
};

FIXTURE_SETUP(mixed)
{
	wire_ns();
	self->fam = variant->fam;
	self->cstack = variant->client;
	self->sstack = variant->server;
	wire_pair(self->cstack, self->sstack, self->fam, &self->client,
		  &self->server);
}

FIXTURE_TEARDOWN(mixed)
{
	xt_close(&self->client);
	xt_close(&self->server);
}

#endif /* XTCP_WIRE_PAIRS_H */
