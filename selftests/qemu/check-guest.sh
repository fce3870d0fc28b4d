#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# check-guest.sh SCALE REGEX TEST...: the part of "check" inside the guest.

scale=$1 regex=$2
shift 2

# KUnit first, while nothing has happened yet.
if [[ kunit =~ $regex ]] && modinfo xtcp_kunit >/dev/null 2>&1 &&
   [ -d /sys/kernel/debug/kunit ]; then
	echo "# KUnit"
	modprobe xtcp_kunit || echo "not ok 1 kunit: modprobe xtcp_kunit"
	for results in /sys/kernel/debug/kunit/xtcp*/results; do
		if [ -e "$results" ]; then
			cat "$results"
		else
			echo "not ok 1 kunit: no results"
		fi
	done
fi

[ $# -gt 0 ] || exit 0
cd /kselftest || exit 1
awk -F= -v scale="$scale" 'BEGIN { t = 45 } $1 == "timeout" { t = $2; next }
	{ print } END { print "timeout=" t * scale }' \
	net/xtcp/settings >settings.new 2>/dev/null
mv settings.new net/xtcp/settings
# shellcheck disable=SC2046 # a list of options
./run_kselftest.sh $(printf -- '-t net/xtcp:%s ' "$@")
exit 0
