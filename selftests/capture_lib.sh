# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Captures of a device for the shell tests: begun when tcpdump says so, ended
# when both ends of a connection have been seen.

capture=$(mktemp)
capture_pid=

# capture_begin NAMESPACE DEVICE FILTER
capture_begin()
{
	: >"$capture"
	: >"$capture.err"
	ip netns exec "$1" tcpdump -Z root -U -ni "$2" -w "$capture" "$3" \
		2>"$capture.err" &
	capture_pid=$!
	busywait 60 grep -q 'listening on' "$capture.err" && return
	echo "# tcpdump does not listen: $(tail -n 1 "$capture.err")"
	return 1
}

# A FIN each way has been seen, and the last ACK, which comes at once.
capture_end()
{
	local rc=0

	busywait 60 capture_is_whole || { echo "# no two FINs were captured"; rc=1; }
	kill -TERM "$capture_pid"
	wait "$capture_pid"
	capture_pid=
	return "$rc"
}

# The flags of TCP's header behind that of IPv4 or IPv6 without options.
capture_is_whole()
{
	[ "$(tcpdump -Z root -nr "$capture" '(ip and ip[33] & 1 != 0) or
		(ip6 and ip6[53] & 1 != 0)' 2>/dev/null | wc -l)" -ge 2 ]
}

capture_clean_up()
{
	[ -z "$capture_pid" ] || kill "$capture_pid" 2>/dev/null
	rm -f "$capture" "$capture.err"
}
