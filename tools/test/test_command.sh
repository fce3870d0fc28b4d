# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The command line of xtcpstat: errors and exit statuses.

tap_test "without the module: a clear error, status 1" outcome 1 \
"^xtcpstat: the xtcp module is not loaded (no $WORK/none/xtcp); load it with: modprobe xtcp\$" \
	env XTCPSTAT_PROC="$WORK/none" "$BUILD/xtcpstat"
tap_test "without the module: counters say so too" outcome 1 \
	'the xtcp module is not loaded (no .*/xtcp_stat)' \
	env XTCPSTAT_PROC="$WORK/none" "$BUILD/xtcpstat" -s
tap_test "without the module: JSON is nothing" same "" \
	"$(XTCPSTAT_PROC="$WORK/none" "$BUILD/xtcpstat" --json 2>/dev/null)"
tap_test "without the module: -6 says so too" outcome 1 'not loaded' \
	env XTCPSTAT_PROC="$WORK/none" "$BUILD/xtcpstat" -6
tap_test "an unknown option: usage, status 2" outcome 2 '^Usage: xtcpstat' "$BUILD/xtcpstat" -z
tap_test "usage goes to stderr" same "" "$("$BUILD/xtcpstat" --nonesuch 2>/dev/null)"
tap_test "--watch=none: usage, status 2" outcome 2 '^Usage: ' "$BUILD/xtcpstat" --watch=none
tap_test "--watch=-1: usage, status 2" outcome 2 '^Usage: ' "$BUILD/xtcpstat" --watch=-1
tap_test "--watch=nan: usage, status 2" outcome 2 '^Usage: ' "$BUILD/xtcpstat" --watch=nan
tap_test "--help: status 0" outcome 0 '^Usage: xtcpstat' "$BUILD/xtcpstat" --help
tap_test "--version: status 0" outcome 0 '^xtcpstat [0-9]' "$BUILD/xtcpstat" --version
tap_test "-t is accepted" outcome 0 LISTEN env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" -tln
tap_test "a full disk is an error" outcome 1 'write error' \
	sh -c "XTCPSTAT_PROC='$FIX' '$BUILD/xtcpstat' -n >/dev/full"
tap_test "no such namespace: status 1" outcome 1 'network namespace nonesuch' \
	"$BUILD/xtcpstat" --net nonesuch
if [ "$(id -u)" -eq 0 ] && nsenter --net=/proc/self/ns/net true 2>/dev/null; then
	tap_test "--net PID looks into the namespace of a process" outcome 0 State \
		env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" --net "$$"
else
	tap_skip "--net PID looks into the namespace of a process" "not allowed to"
fi
