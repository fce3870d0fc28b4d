#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Transfers of random sizes, both ways, compared byte for byte, between two
# namespaces over paths that lose, reorder, repeat, damage and delay (F-02, F-03).
#
#   client [cl] 10.7.0.1 fd00:7::1  =====  10.7.0.2 fd00:7::2 [sv] server
#
# Usage: [-s SEED] [-x SCALE] [-t SECONDS] [-p PATTERN]
#   -s  the seed of sizes and contents (printed by each run)
#   -x  the sizes in percent (also in SCALE); 100 suits a minute or two of an
#       emulated machine, 1600 carries 256 MB over the clean path; a kernel
#       with KASAN starts with 10
#   -t  deadline of each transfer
#   -p  only the cases whose name matches

# shellcheck source=xtcp_lib.sh
. "$(dirname "$0")/xtcp_lib.sh"
client=
server=

default_scale()
{
	if slow_kernel; then
		echo 10
	else
		echo 100
	fi
}

seed=${XTCP_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
scale=${SCALE:-$(default_scale)}
deadline=240
pattern=.

while getopts s:x:t:p: opt; do
	case $opt in
	s) seed=$OPTARG ;;
	x) scale=$OPTARG ;;
	t) deadline=$OPTARG ;;
	p) pattern=$OPTARG ;;
	*) exit 2 ;;
	esac
done
RANDOM=$((seed % 32768))

# random_size VARIABLE MAX-KB: half of them anywhere up to it, half much smaller
random_size()
{
	local max=$(($2 * 1024 * scale / 100)) size

	size=$((((RANDOM << 30) | (RANDOM << 15) | RANDOM) % (max + 1)))
	[ $((RANDOM % 2)) = 0 ] && size=$((size >> RANDOM % 24))
	printf -v "$1" %s $size
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
	in_ns "$client" "$here/veth_csum" cl
	in_ns "$server" "$here/veth_csum" sv
	busywait 10 in_ns "$client" ping -qc1 -W1 fd00:7::2 >/dev/null 2>&1
}

# set_path MTU NETEM...: the same both ways; no netem words, no netem
set_path()
{
	local mtu=$1

	shift
	ip -n "$client" link set cl mtu "$mtu"
	ip -n "$server" link set sv mtu "$mtu"
	tc -n "$client" qdisc del dev cl root 2>/dev/null
	tc -n "$server" qdisc del dev sv root 2>/dev/null
	[ $# = 0 ] && return
	tc -n "$client" qdisc add dev cl root netem "$@" 2>/dev/null &&
		tc -n "$server" qdisc add dev sv root netem "$@"
}

# run_case NAME FAMILY UP DOWN [OPTION...]
run_case()
{
	local name="$1 $2 up=$3 down=$4 ${*:5}" address=10.7.0.2

	[ "$2" = v6 ] && address=fd00:7::2
	check "$name" "$here/transfer" -C "$client" -S "$server" -a $address \
		-n "$3" -m "$4" -s "$RANDOM$RANDOM" -t "$deadline" "${@:5}"
}

# path NAME MAX-KB MTU NETEM...: both families, both ways at once and half-closed
path()
{
	local name="F02 $1" max=$2 family option up down

	[[ $name =~ $pattern ]] || return
	if ! set_path "${@:3}"; then
		tap_skip "$name" "no netem"
		return
	fi
	for family in v4 v6; do
		for option in -r1 -H; do
			random_size up "$max"
			random_size down "$max"
			run_case "$name" $family "$up" "$down" $option
		done
	done
}

# wrap ISS: both sides start there, and run over 2^32 (or 2^31)
wrap()
{
	local name="F03 wrap at $1" ns family

	[[ $name =~ $pattern ]] || return
	if ! in_ns "$client" test -e /proc/sys/net/xtcp/debug_iss ||
	   [ "$proto" = tcp ]; then
		tap_skip "$name" "no net.xtcp.debug_iss"
		return
	fi
	set_path 1500 delay 1ms loss 2% ||
		set_path 1500
	for ns in "$client" "$server"; do
		in_ns "$ns" sh -c "echo $1 > /proc/sys/net/xtcp/debug_iss"
	done
	for family in v4 v6; do
		run_case "$name" $family 300000 300000
	done
	for ns in "$client" "$server"; do
		in_ns "$ns" sh -c "echo 0 > /proc/sys/net/xtcp/debug_iss"
	done
}

need_root
need_protocol
trap cleanup_namespaces EXIT
tap_start
echo "# seed $seed, scale $scale % (repeat with: $0 -s $seed -x $scale)"
set_up

set_path 1500
if [[ "F02 nothing" =~ $pattern ]]; then
	run_case "F02 nothing" v4 0 0
	run_case "F02 nothing" v6 0 0 -H
	run_case "F02 one byte" v4 1 1 -r 50
	run_case "F02 one byte" v6 1 0 -r 50
fi
if [[ "F02 largest" =~ $pattern ]]; then
	run_case "F02 largest" v4 "$((16384 * scale / 100))k" "$((16384 * scale / 100))k"
	run_case "F02 largest" v6 "$((16384 * scale / 100))k" 0
fi
path "clean" 16384 1500
path "jumbo frames" 16384 9000
path "narrow frames" 1024 1280
path "delay 20 ms" 1024 1500 delay 20ms
path "jitter" 256 1500 delay 10ms 8ms
path "loss 1 %" 1024 1500 loss 1%
path "loss 5 %, delay" 128 1500 delay 2ms loss 5%
path "loss 20 %" 32 1500 delay 1ms loss 20%
path "bursts of loss" 128 1500 loss 3% 50%
path "reordering 25 %" 512 1500 delay 5ms reorder 25% 50%
path "duplication" 1024 1500 duplicate 25%
path "corruption" 256 1500 delay 1ms corrupt 5%
path "slow and short queue" 256 1500 rate 20mbit limit 20
path "everything" 64 1500 delay 5ms 3ms loss 5% duplicate 5% corrupt 2% \
	reorder 25% 50%
for iss in 4294967295 4294967294 4294966000 4294867295 2147483647 2147383647; do
	wrap $iss
done
tap_end
