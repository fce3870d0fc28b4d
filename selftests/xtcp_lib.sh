# SPDX-License-Identifier: GPL-2.0
# Functions shared by the shell tests of xtcp: TAP lines, the protocol under
# test, namespaces that are cleaned up, bounded waits.
#
# shellcheck shell=bash disable=SC2034

# kselftest's verdicts: 0 passed, 1 failed, 4 skipped.

proto=${XTCP_TEST_PROTO:-xtcp}
here=$(dirname "$(readlink -f "$0")")
tests=0
failures=0
namespaces=()

tap_start()
{
	echo "TAP version 13"
}

# tap_ok NAME, tap_not_ok NAME, tap_skip NAME REASON: one test's verdict
tap_ok()
{
	tests=$((tests + 1))
	echo "ok $tests $1"
}

tap_not_ok()
{
	tests=$((tests + 1))
	failures=$((failures + 1))
	echo "not ok $tests $1"
}

tap_skip()
{
	if [ "${XTCP_TEST_REQUIRE:-0}" != 0 ]; then
		echo "# skipping is not allowed here: $2"
		tap_not_ok "$1"
		return
	fi
	tests=$((tests + 1))
	echo "ok $tests $1 # SKIP $2"
}

# check NAME COMMAND...: one test, passed if the command succeeds
check()
{
	local name=$1

	shift
	if "$@"; then
		tap_ok "$name"
	else
		echo "# failed: $*"
		tap_not_ok "$name"
	fi
}

# expect NAME WANTED SEEN
expect()
{
	if [ "$2" = "$3" ]; then
		tap_ok "$1"
	else
		echo "# expected '$2', seen '$3'"
		tap_not_ok "$1"
	fi
}

tap_end()
{
	echo "1..$tests"
	[ "$failures" = 0 ] || exit 1
	exit 0
}

skip_all()
{
	if [ "${XTCP_TEST_REQUIRE:-0}" != 0 ]; then
		echo "Bail out! $1"
		exit 1
	fi
	echo "1..0 # SKIP $1"
	exit 4
}

need_root()
{
	[ "$(id -u)" = 0 ] || skip_all "needs root"
}

# The protocol must be there, or nothing can be said of it.
need_protocol()
{
	[ "$proto" = tcp ] || [ -e /proc/net/xtcp ] ||
		skip_all "no socket of the protocol under test"
}

need_xtcp()
{
	[ "$proto" != tcp ] || skip_all "$1"
	need_protocol
}

cleanup_namespaces()
{
	local ns

	for ns in "${namespaces[@]}"; do
		ip netns del "$ns" 2>/dev/null
	done
	namespaces=()
}

# make_ns VARIABLE: a fresh namespace, its name in VARIABLE
make_ns()
{
	local name

	name=$(mktemp -u xtcp-XXXXXX)
	ip netns add "$name" || skip_all "no network namespaces"
	namespaces+=("$name")
	ip -n "$name" link set lo up
	[ "$proto" != wire ] ||
		in_ns "$name" sh -c 'echo 6 > /proc/sys/net/xtcp/wire'
	printf -v "$1" %s "$name"
}

# in_ns NAMESPACE COMMAND...
in_ns()
{
	local ns=$1

	shift
	ip netns exec "$ns" "$@"
}

# busywait SECONDS COMMAND...: until it succeeds, and once more after the time
busywait()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			"$@"
			return
		fi
		sleep 0.05
	done
}

# A kernel that checks each of its memory accesses, and needs its time for it.
slow_kernel()
{
	grep -qw kasan_report /proc/kallsyms 2>/dev/null
}
