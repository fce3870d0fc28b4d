# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# TAP 13 for the tests of the tools: a test is a command that succeeds, or fails and says why.

TAP_N=0
TAP_FAILED=0

# tap_test DESCRIPTION COMMAND...: one test; its output is shown, as comment, if it fails
tap_test()
{
	local description="$1" output

	shift
	TAP_N=$((TAP_N + 1))
	if output=$("$@" 2>&1); then
		echo "ok $TAP_N - $description"
	else
		echo "not ok $TAP_N - $description"
		printf '%s\n' "$output" | sed 's/^/# /'
		TAP_FAILED=$((TAP_FAILED + 1))
	fi
}

# tap_skip DESCRIPTION REASON
tap_skip()
{
	TAP_N=$((TAP_N + 1))
	echo "ok $TAP_N - $1 # SKIP $2"
}

# same EXPECTED ACTUAL: succeeds if equal, else shows both
same()
{
	[ "$1" = "$2" ] && return 0
	printf 'expected:\n%s\ngot:\n%s\n' "$1" "$2"
	return 1
}

# outcome STATUS PATTERN COMMAND...: the command's exit status, and a pattern in what it prints
outcome()
{
	local status="$1" pattern="$2" output got=0

	shift 2
	output=$("$@" 2>&1) || got=$?
	if [ "$got" -ne "$status" ]; then
		printf 'expected status %s, got %s:\n%s\n' "$status" "$got" "$output"
		return 1
	fi
	grep -qe "$pattern" <<<"$output" && return 0
	printf 'no "%s" in:\n%s\n' "$pattern" "$output"
	return 1
}
