#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Instructions that a SYN takes which is answered by a cookie, and one which is
# dropped because the queue is full and cookies are off, by xtcp beside the
# kernel's TCP (F-25). Times are instructions where the machine counts them
# (make bench).
#
# What the generator takes is not in them: synflood.c takes off the same number
# of packets that IP refuses. So what is counted begins behind ip_rcv() and ends
# with the answer in the queue of a TUN device, which is full and drops it.
#
# Usage: [-x SCALE]   scale of the work in percent

# shellcheck source=xtcp_lib.sh
. "$(dirname "$0")/xtcp_lib.sh"
ns='' scale=100

while getopts x: opt; do
	case $opt in
	x) scale=$OPTARG ;;
	*) exit 2 ;;
	esac
done

set_up()
{
	make_ns ns
	[ -e /dev/net/tun ] || modprobe -q tun
	in_ns "$ns" ip tuntap add fl0 mode tun || skip_all "no TUN device"
	ip -n "$ns" addr add 10.8.0.1/24 dev fl0
	ip -n "$ns" addr add fd00:8::1/64 dev fl0 nodad
	ip -n "$ns" link set fl0 up
	ip -n "$ns" route add 198.18.0.0/15 dev fl0
	ip -n "$ns" -6 route add 2001:db8::/32 dev fl0
}

knob()
{
	in_ns "$ns" sh -c "echo $2 > /proc/sys/net/$1"
}

# each PROTO ADDRESS: ns, or instructions, for a SYN
each()
{
	XTCP_TEST_PROTO=$1 in_ns "$ns" "$here/synflood" -m \
		-n $((20000 * scale / 100)) fl0 "$2"
}

# row NAME WHAT VALUE BASE
row()
{
	awk -v name="$1" -v what="$2" -v v="$3" -v base="$4" 'BEGIN {
		printf "%-30s %-12s %10.1f  %6.3f of TCP\n", name, what, v, v / base
	}'
}

compare()
{
	local address base

	for address in 10.8.0.1 fd00:8::1; do
		base=$(each tcp "$address")
		row "TCP $address" "$1" "$base" "$base"
		knob xtcp/wire 253
		row "xtcp $address" "$1" "$(each xtcp "$address")" "$base"
		knob xtcp/wire 6
		row "xtcp on protocol 6 $address" "$1" "$(each wire "$address")" "$base"
	done
}

need_root
proto=xtcp
need_protocol
trap cleanup_namespaces EXIT
set_up
printf "%-30s %-12s %10s\n" "stack" "a SYN is" "each"
knob ipv4/tcp_syncookies 2
knob xtcp/syncookies 2
compare answered
knob ipv4/tcp_syncookies 0
knob xtcp/syncookies 0
knob xtcp/max_syn_backlog 8
compare dropped
