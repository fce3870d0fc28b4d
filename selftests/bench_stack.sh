#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Instructions that xtcp takes beside the kernel's TCP, and what the kernel's
# TCP takes more because of it (F-70). Times are instructions where the machine
# counts them (make bench).
#
#   client [cl] 10.7.0.1 fd00:7::1  =====  10.7.0.2 fd00:7::2 [sv] server
#
# Usage: [-x SCALE] [-k KIND]   scale of the work in percent; bulk, rr or crr

# shellcheck source=xtcp_lib.sh
. "$(dirname "$0")/xtcp_lib.sh"
client='' server='' scale=100 kinds="bulk rr crr"
holders=()

while getopts x:k: opt; do
	case $opt in
	x) scale=$OPTARG ;;
	k) kinds=$OPTARG ;;
	*) exit 2 ;;
	esac
done

count_of()
{
	case $1 in
	bulk) echo $((128 * 1024 * 1024 * scale / 100)) ;;
	rr) echo $((10000 * scale / 100)) ;;
	crr) echo $((2000 * scale / 100)) ;;
	esac
}

set_up()
{
	make_ns client
	make_ns server
	ip link add cl netns "$client" type veth peer name sv netns "$server" ||
		skip_all "no veth"
	ip -n "$client" addr add 10.7.0.1/24 dev cl
	ip -n "$client" addr add fd00:7::1/64 dev cl nodad
	ip -n "$server" addr add 10.7.0.2/24 dev sv
	ip -n "$server" addr add fd00:7::2/64 dev sv nodad
	ip -n "$client" link set cl up
	ip -n "$server" link set sv up
	busywait 10 in_ns "$client" ping -qc1 -W1 fd00:7::2 >/dev/null 2>&1
}

# work PROTO KIND ADDRESS: ns, or instructions, for one of what KIND counts
work()
{
	local ns n

	n=$(count_of "$2")
	ns=$(XTCP_TEST_PROTO=$1 "$here/workload" "$client" "$server" "$3" "$2" \
		"$n") || return
	awk -v a="$ns" -v n="$n" 'BEGIN { printf "%.3f", a / n }'
}

set_wire()
{
	local ns

	for ns in "$client" "$server"; do
		in_ns "$ns" sh -c "echo $1 > /proc/sys/net/xtcp/wire"
	done
}

# row NAME KIND VALUE BASE
row()
{
	awk -v name="$1" -v kind="$2" -v v="$3" -v base="$4" 'BEGIN {
		printf "%-36s %-5s %12.3f  %6.3f of TCP\n", name, kind, v, v / base
	}'
}

# hold_listeners N: of xtcp, on protocol 6, in both namespaces
hold_listeners()
{
	local ns i fifo

	# Never written to, and at its end with this script.
	fifo=$(mktemp -u)
	mkfifo "$fifo"
	exec 9<>"$fifo"
	for ns in "$client" "$server"; do
		for ((i = 0; i < $1; i++)); do
			in_ns "$ns" "$here/hold" listen <"$fifo" >/dev/null 9<&- &
			holders+=($!)
		done
	done
	busywait 20 listening "$1"
	rm "$fifo"
}

listening()
{
	[ "$(in_ns "$server" grep -c ' 0A ' /proc/net/xtcp)" -ge "$1" ]
}

clean_up()
{
	if [ ${#holders[@]} != 0 ]; then
		exec 9>&-
		wait "${holders[@]}"
	fi
	cleanup_namespaces
}

need_root
proto=xtcp
need_protocol
trap clean_up EXIT
set_up
printf "%-36s %-5s %12s\n" "stack" "work" "each"
# Soon after booting the random numbers are seeded: that is nobody's work here.
work tcp rr 10.7.0.2 >/dev/null
declare -A base
for kind in $kinds; do
	for address in 10.7.0.2 fd00:7::2; do
		base[$kind$address]=$(work tcp "$kind" "$address")
		row "TCP $address" "$kind" "${base[$kind$address]}" "${base[$kind$address]}"
		set_wire 253
		row "xtcp $address" "$kind" "$(work xtcp "$kind" "$address")" "${base[$kind$address]}"
		set_wire 6
		row "xtcp on protocol 6 $address" "$kind" "$(work wire "$kind" "$address")" "${base[$kind$address]}"
	done
done
set_wire 6
hold_listeners 5
for kind in $kinds; do
	for address in 10.7.0.2 fd00:7::2; do
		row "TCP beside listeners on 6 $address" "$kind" "$(work tcp "$kind" "$address")" "${base[$kind$address]}"
	done
done
