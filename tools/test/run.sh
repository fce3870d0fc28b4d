#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the unit tests of the tools in the build directory $1. Needs neither the module nor root.

set -u
export LC_ALL=C
unset LD_PRELOAD XTCPIZE XTCPSTAT_PROC XTCPSTAT_NETLINK

BUILD="${1:?usage: run.sh BUILD-DIRECTORY}"
HERE=$(dirname "$(readlink -f "$0")")
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
export BUILD HERE WORK

echo "TAP version 13"
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$HERE/tap.sh"
for room in parsers list filter counters ledger ends command xtcpize preload man; do
	# shellcheck disable=SC1090
	. "$HERE/test_$room.sh"
done
echo "1..$TAP_N"
echo "# $((TAP_N - TAP_FAILED)) of $TAP_N passed"
[ "$TAP_FAILED" -eq 0 ]
