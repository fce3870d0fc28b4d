#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xtcp on the wire of ordinary TCP against the kernel's TCP and against itself,
# as client and as server, over IPv4, IPv6 and v4-mapped addresses, over paths
# of many kinds: each cell carries bytes both ways, compares them, closes first
# from one side, then with a second connection from the other, and leaves neither
# stack with a connection, a reset or a wrong checksum (F-70).
#
#   client [cl] 10.7.1.1      10.7.1.254 [rc]        [rs] 10.7.2.254   10.7.2.2 [sv] server
#               fd00:7:1::1  fd00:7:1::f  router      fd00:7:2::f   fd00:7:2::2
#
# Usage: [-s SEED] [-x SCALE] [-t SECONDS] [-p PATTERN]
#   -s  the seed of contents (printed by each run)
#   -x  the sizes in percent (also in SCALE): 100 is 16 MB each way over each
#       connection, an eighth of that where segments are lost
#   -t  deadline of each cell
#   -p  only the cells whose name matches

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"
client=
router=
server=

seed=${XTCP_TEST_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
scale=${SCALE:-2}
deadline=120
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

# Pairs of client and server. The kernel's TCP with itself is the oracle: a
# path on which that fails is no test of xtcp.
mixed="xtcp,tcp tcp,xtcp"
all="$mixed xtcp,xtcp"
oracle="tcp,tcp"

# addresses_v6: anew after an MTU that IPv6 can't bear
addresses_v6()
{
	ip -n "$client" addr replace fd00:7:1::1/64 dev cl nodad
	ip -n "$router" addr replace fd00:7:1::f/64 dev rc nodad
	ip -n "$router" addr replace fd00:7:2::f/64 dev rs nodad
	ip -n "$server" addr replace fd00:7:2::2/64 dev sv nodad
	ip -n "$client" route replace default via fd00:7:1::f
	ip -n "$server" route replace default via fd00:7:2::f
}

addresses_v4()
{
	ip -n "$client" addr add 10.7.1.1/24 dev cl
	ip -n "$router" addr add 10.7.1.254/24 dev rc
	ip -n "$router" addr add 10.7.2.254/24 dev rs
	ip -n "$server" addr add 10.7.2.2/24 dev sv
	ip -n "$client" route add default via 10.7.1.254
	ip -n "$server" route add default via 10.7.2.254
}

set_up()
{
	make_ns client
	make_ns router
	make_ns server
	ip link add cl netns "$client" type veth peer name rc netns "$router" ||
		skip_all "no veth"
	ip link add rs netns "$router" type veth peer name sv netns "$server"
	ip -n "$client" link set cl up
	ip -n "$router" link set rc up
	ip -n "$router" link set rs up
	ip -n "$server" link set sv up
	addresses_v4
	addresses_v6
	in_ns "$router" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward
		echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	ends sh -c 'echo 6 >/proc/sys/net/xtcp/wire'
	busywait 20 in_ns "$client" ping -qc1 -W1 fd00:7:2::2 >/dev/null 2>&1 &&
		busywait 20 in_ns "$client" ping -qc1 -W1 10.7.2.2 >/dev/null 2>&1
}

# ends COMMAND...: on both hosts
ends()
{
	in_ns "$client" "$@" && in_ns "$server" "$@"
}

# devices COMMAND...: with each end of each cable as DEVICE
devices()
{
	in_ns "$client" "${@//DEVICE/cl}" && in_ns "$router" "${@//DEVICE/rc}" &&
		in_ns "$router" "${@//DEVICE/rs}" && in_ns "$server" "${@//DEVICE/sv}"
}

set_mtu()
{
	devices ip link set DEVICE mtu "$1"
}

# netem WORD...: what the router does to packets in both directions
netem()
{
	tc -n "$router" qdisc replace dev rc root netem "$@" 2>/dev/null &&
		tc -n "$router" qdisc replace dev rs root netem "$@"
}

no_netem()
{
	tc -n "$router" qdisc del dev rc root
	tc -n "$router" qdisc del dev rs root
}

# knobs NAME=VALUE...: of the kernel's TCP, on both hosts
knobs()
{
	local words='' knob

	for knob; do
		words+="echo ${knob#*=} >/proc/sys/net/ipv4/tcp_${knob%=*} && "
	done
	ends sh -c "$words :"
}

# nat FAMILY RULE...: on the router, SERVER being the server's address
nat()
{
	local words=("${@:2}")

	case $1 in
	v6) in_ns "$router" ip6tables -t nat "${words[@]//SERVER/fd00:7:2::2}" ;;
	*) in_ns "$router" iptables -t nat "${words[@]//SERVER/10.7.2.2}" ;;
	esac
}

address_of()
{
	case $1 in
	v4) echo 10.7.2.2 ;;
	v6) echo fd00:7:2::2 ;;
	mapped) echo ::ffff:10.7.2.2 ;;
	esac
}

router_address_of()
{
	case $1 in
	v4) echo 10.7.1.254 ;;
	v6) echo fd00:7:1::f ;;
	mapped) echo ::ffff:10.7.1.254 ;;
	esac
}

# cell NAME PAIR FAMILY SHARE [OPTION...]: a SHARE-th of the size
cell()
{
	local name="F70 $1, $2 $3" size

	[[ $name =~ $pattern ]] || return
	size=$((16 * 1024 * 1024 * scale / 100 / $4))
	check "$name" "$here/transfer" -V -q -C "$client" -S "$server" \
		-a "$(address_of "$3")" -P "$2" -r 2 -L turns \
		-n $size -m $size -s "$((seed + tests))" -t "$deadline" "${@:5}"
}

# cells NAME PAIRS FAMILIES SHARE [OPTION...]
cells()
{
	local pair family

	for family in $3; do
		for pair in $2; do
			cell "$1" "$pair" "$family" "${@:4}"
		done
	done
}

# wanted NAME: may any of its cells match?
wanted()
{
	local pair family

	for family in v4 v6 mapped; do
		for pair in $all $oracle; do
			[[ "F70 $1, $pair $family" =~ $pattern ]] && return
		done
	done
	return 1
}

families="v4 v6 mapped"

path_clean()
{
	cells "clean" "$all $oracle" "$families" 1
}

path_loss()
{
	wanted "loss, reordering and delay" || return
	if ! netem delay 3ms 1ms loss 1% reorder 20% 50%; then
		tap_skip "F70 loss, reordering and delay" "no netem"
		return
	fi
	cells "loss, reordering and delay" "$all $oracle" "$families" 8 -R
	no_netem
}

path_mtu()
{
	wanted "MTU $1" || return
	set_mtu "$1"
	cells "MTU $1" "$all" "$2" 1
	set_mtu 1500
	addresses_v6
}

# The kernel's TCP is told to leave segmenting and sums to the device, or not;
# the router passes on what it got.
path_offload()
{
	wanted "offload $1" || return
	if ! devices ethtool -K DEVICE tx "$1" rx "$1" sg "$1" tso "$1" gso "$1" \
		gro "$1" >/dev/null 2>&1; then
		tap_skip "F70 offload $1" "no ethtool"
		return
	fi
	cells "offload $1" "$all" "$families" 1
	devices ethtool -K DEVICE tx on rx on sg on tso on gso on gro off \
		>/dev/null 2>&1
}

# path_options NAME KNOB=VALUE...: one side does without
path_options()
{
	local knob

	wanted "$1" || return
	knobs "${@:2}"
	cells "$1" "$mixed" "$families" 1
	for knob in "${@:2}"; do
		knobs "${knob%=*}=1"
	done
}

# path_nat NAME RULE...: the connection's one end, as the other sees it, is the
# router
path_nat()
{
	local family target=()

	wanted "$1" || return
	for family in $families; do
		[ "$1" != DNAT ] || target=(-A "$(router_address_of "$family")")
		if nat "$family" "${@:2}" 2>/dev/null; then
			cells "$1" "$all $oracle" "$family" 1 "${target[@]}"
			nat "$family" -F
		else
			tap_skip "F70 $1, $family" "no NAT"
		fi
	done
}

# The router marks where it would have dropped, of those who ask for that.
path_ecn()
{
	wanted "ECN" || return
	knobs ecn=1
	if netem delay 2ms loss 1% ecn; then
		cells "ECN" "$all $oracle" "$families" 8 -R
		no_netem
	else
		tap_skip "F70 ECN" "no netem"
	fi
	knobs ecn=2
}

# A hop in the middle that both hosts learn of by ICMP alone.
path_narrow()
{
	wanted "a narrower hop" || return
	narrow_routes mtu 1300
	cells "a narrower hop" "$all $oracle" "$families" 1
	check "F70 a narrower hop, ICMP told of it" told_of_mtu
	narrow_routes
	ends ip route flush cache
	ends ip -6 route flush cache
}

told_of_mtu()
{
	in_ns "$router" nstat -asz IcmpOutDestUnreachs Icmp6OutPktTooBigs |
		awk '/^Icmp/ { seen += $2 > 0 } END { exit seen < 2 }'
}

narrow_routes()
{
	ip -n "$router" route replace 10.7.1.0/24 dev rc "$@"
	ip -n "$router" route replace 10.7.2.0/24 dev rs "$@"
	ip -n "$router" route replace fd00:7:1::/64 dev rc proto kernel metric 256 "$@"
	ip -n "$router" route replace fd00:7:2::/64 dev rs proto kernel metric 256 "$@"
}

need_root
need_xtcp "two stacks are needed"
trap cleanup_namespaces EXIT
tap_start
echo "# seed $seed, scale $scale % (repeat with: $0 -s $seed -x $scale)"
set_up

path_clean
path_loss
path_mtu 9000 "$families"
path_mtu 1280 v6
path_mtu 576 "v4 mapped"
path_offload off
path_offload on
path_options "no timestamps" timestamps=0
path_options "no SACK" sack=0
path_options "no window scaling" window_scaling=0
path_options "no options" timestamps=0 sack=0 window_scaling=0
path_nat MASQUERADE -A POSTROUTING -p tcp -o rs -j MASQUERADE
path_nat DNAT -A PREROUTING -p tcp -i rc -j DNAT --to-destination SERVER
path_ecn
path_narrow
tap_end
