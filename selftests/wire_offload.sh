#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What devices take off the stack's hands, on the wire of ordinary TCP: large
# segments go to a device that cuts them, are cut before one that does not, and
# are gathered where they arrive; sums are left to the device or not. On each
# kind of device, beside the kernel's TCP and with it (F-70). Protocol 253
# passes the same devices one MSS at a time (F-05).
#
#   client [DEVICE] 10.7.4.1 fd00:7:4::1 ==?== 10.7.4.2 fd00:7:4::2 [DEVICE] server
#
#   loopback  one host
#   veth      a cable
#   bridge    two cables and a bridge
#   virtio    QEMU's two cards, which run --nics joins
#
# Usage: [-s SEED] [-p PATTERN]
#   -s  the seed of contents (printed by each run)
#   -p  only the devices whose name matches

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"
client=
server=
middle=
# The devices of the two, of the bridge between them, and the server's addresses.
devices=()
ports=()
address4=10.7.4.2
address6=fd00:7:4::2

seed=${XTCP_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
size=1M
slow_kernel && size=128k
pattern=.

while getopts s:p: opt; do
	case $opt in
	s) seed=$OPTARG ;;
	p) pattern=$OPTARG ;;
	*) exit 2 ;;
	esac
done

fresh_hosts()
{
	cleanup_namespaces
	make_ns client
	make_ns server
	ports=()
	address4=10.7.4.2
	address6=fd00:7:4::2
}

# host_up NAMESPACE DEVICE NUMBER
host_up()
{
	ip -n "$1" addr add "10.7.4.$3/24" dev "$2"
	ip -n "$1" addr add "fd00:7:4::$3/64" dev "$2" nodad
	ip -n "$1" link set "$2" mtu 1500 up
}

hosts_up()
{
	host_up "$client" "${devices[0]}" 1
	host_up "$server" "${devices[1]}" 2
}

# reachable: packets pass, both ways; a busy machine may take its time
reachable()
{
	busywait 60 in_ns "$client" ping -qc1 -W5 "$address4" >/dev/null 2>&1 &&
		busywait 60 in_ns "$client" ping -qc1 -W5 "$address6" >/dev/null 2>&1
}

have_loopback()
{
	fresh_hosts
	server=$client
	devices=(lo lo)
	address4=127.0.0.1
	address6=::1
	ip -n "$client" link set lo mtu 1500
}

have_veth()
{
	fresh_hosts
	ip link add of0 netns "$client" type veth peer name of1 netns "$server" || return
	devices=(of0 of1)
	hosts_up
}

have_bridge()
{
	fresh_hosts
	make_ns middle
	ip -n "$middle" link add name bridge0 type bridge || return
	ip link add of0 netns "$client" type veth peer name port0 netns "$middle" || return
	ip link add of1 netns "$server" type veth peer name port1 netns "$middle" || return
	ip -n "$middle" link set port0 master bridge0 up
	ip -n "$middle" link set port1 master bridge0 up
	ip -n "$middle" link set bridge0 up
	devices=(of0 of1)
	ports=(port0 port1)
	hosts_up
}

virtio_cards()
{
	local dev

	for dev in /sys/class/net/*; do
		case $(readlink "$dev/device/driver") in
		*/virtio_net) echo "${dev##*/}" ;;
		esac
	done
}

# They come back when the namespaces end.
two_cards()
{
	[ "$(virtio_cards | wc -l)" = 2 ]
}

have_virtio()
{
	modprobe -q virtio_net
	fresh_hosts
	busywait 5 two_cards || return
	mapfile -t devices < <(virtio_cards)
	ip link set "${devices[0]}" netns "$client"
	ip link set "${devices[1]}" netns "$server"
	hosts_up
}

# offload WORD...: of ethtool, of all devices
offload()
{
	local port

	in_ns "$client" ethtool -K "${devices[0]}" "$@"
	in_ns "$server" ethtool -K "${devices[1]}" "$@"
	for port in "${ports[@]}"; do
		in_ns "$middle" ethtool -K "$port" "$@"
	done
}

can_segment()
{
	in_ns "$client" ethtool -k "${devices[0]}" | grep -q '^tcp-segmentation-offload: on'
}

# tables NAMESPACE FAMILY WORD...
tables()
{
	case $2 in
	v4) in_ns "$1" iptables -t mangle "${@:3}" ;;
	v6) in_ns "$1" ip6tables -t mangle "${@:3}" ;;
	esac
}

# Counts at both ends what arrives and is larger than the MTU.
count_large()
{
	local ns protocol

	for ns in "$client" "$server"; do
		for protocol in tcp 253; do
			tables "$ns" v4 -A PREROUTING -p $protocol -m u32 \
				--u32 "0&0xFFFF=1501:65535" 2>/dev/null &&
				tables "$ns" v6 -A PREROUTING -p $protocol -m u32 \
					--u32 "4>>16=1461:65535" 2>/dev/null || return
		done
		[ "$client" != "$server" ] || return 0
	done
}

# large NAMESPACE FAMILY: how many came since last asked
large()
{
	tables "$1" "$2" -xnvL PREROUTING | awk '/u32/ { n += $1 } END { print n + 0 }'
	tables "$1" "$2" -Z PREROUTING
}

# move PAIR WANTED: transfers over both families; WANTED says whether large
# segments are to arrive, at both ends, or none
move()
{
	local family address ns n rc=0

	for family in v4 v6; do
		[ "$family" = v4 ] && address=$address4 || address=$address6
		large "$client" "$family" >/dev/null
		large "$server" "$family" >/dev/null
		"$here/transfer" -V -q -C "$client" -S "$server" -a "$address" \
			-P "$1" -n "$size" -m "$size" -s "$seed" -t 240 || rc=1
		for ns in "$client" "$server"; do
			n=$(large "$ns" "$family")
			[ "$2" = "$((n > 0 ? 1 : 0))" ] || {
				echo "# $family: $n segments larger than the MTU came in"
				rc=1
			}
			[ "$client" != "$server" ] || break
		done
	done
	return "$rc"
}

# mode NAME WANTED OFFLOAD...: with each pair of stacks
mode()
{
	local pair

	offload "${@:3}" >/dev/null 2>&1
	for pair in $pairs; do
		check "F70 $device, $pair: $1" move "$pair" "$2"
	done
}

own_protocol()
{
	local ns

	for ns in "$client" "$server"; do
		in_ns "$ns" sh -c 'echo 253 >/proc/sys/net/xtcp/wire'
	done
	move xtcp,xtcp 0
}

# What the device can is off or on; of loopback nothing gathers.
modes()
{
	mode "the device segments and sums" 1 tx on sg on tso on gso on gro off
	mode "the stack segments, the device sums" 0 tx on sg on tso off gso on gro off
	[ "$device" = loopback ] || {
		mode "segments are gathered" 1 tx on sg on tso off gso on gro on
		mode "the stack segments and sums" 0 tx off sg off tso off gso off gro off
	}
	offload tx on sg on tso on gso on gro on >/dev/null 2>&1
	[ "$proto" = tcp ] || check "F05 $device: protocol 253" own_protocol
}

need_root
need_protocol
pairs="xtcp,tcp tcp,xtcp xtcp,xtcp tcp,tcp"
[ "$proto" != tcp ] || pairs="tcp,tcp"
trap cleanup_namespaces EXIT
tap_start
echo "# seed $seed (repeat with: $0 -s $seed)"
for device in loopback veth bridge virtio; do
	[[ $device =~ $pattern ]] || continue
	if ! "have_$device"; then
		tap_skip "F70 $device" "no such devices"
	elif ! reachable; then
		tap_not_ok "F70 $device: nothing passes"
	elif ! can_segment; then
		tap_skip "F70 $device" "it cannot segment"
	elif ! count_large; then
		tap_skip "F70 $device" "no iptables"
	else
		[ "$proto" = tcp ] || for ns in "$client" "$server"; do
			in_ns "$ns" sh -c 'echo 6 >/proc/sys/net/xtcp/wire'
		done
		modes
	fi
done
tap_end
