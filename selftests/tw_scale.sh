#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Many waiting entries: what they take of memory (F-41), what the forecast says
# of their ports before connect fails for want of one (F-49), that the knobs act
# on those that wait (F-42, F-44, F-45), and how a namespace ends that has them.
#
# Usage: [-x]   the long form, also by XTCP_TEST_LONG=1: a million entries of each
#		family, and a million connections for each setting of the knobs.
#		XTCP_TEST_PROTO=tcp asks the kernel's TCP what it can say. PARTS
#		(memory ports_end rates) and FAMILIES (v4 v6) choose, and for
#		rates TIMEWAITS, in ms, REUSES (0 1) and how many ROUNDS: a million
#		take half an hour.

# shellcheck disable=SC2317 # some functions are called by their names
# shellcheck source=xtcp_lib.sh
. "$(dirname "$0")/xtcp_lib.sh"
host=''
long=${XTCP_TEST_LONG:-}

[ "${1:-}" != -x ] || long=1
entries=${long:+1000000}
entries=${entries:-4000}

knob()
{
	if [ "$proto" = tcp ]; then
		in_ns "$host" sh -c "echo '$2' > /proc/sys/net/ipv4/$3"
	else
		in_ns "$host" sh -c "echo '$2' > /proc/sys/net/xtcp/$1"
	fi
}

# fill [-e] FAMILY COUNT PER [PORT]: "MADE ERROR"
fill()
{
	in_ns "$host" "$here/tw_fill" "$@"
}

# By two at a time: none of a million may leave before the last is there.
fill_twice()
{
	{
		fill -e "$1" $(($2 / 2)) 50000 100 &
		fill -e "$1" $(($2 / 2)) 50000 300
		wait
	} | awk '{ made += $1; error += $2 } END { print made + 0, error + 0 }'
}

waiting()
{
	if [ "$proto" = tcp ]; then
		# shellcheck disable=SC2016 # for awk to expand
		in_ns "$host" awk '/^TCP:/ { print $7 }' /proc/net/sockstat
	else
		in_ns "$host" cat /proc/net/xtcp /proc/net/xtcp6 | grep -c ' 06 '
	fi
}

unreclaimable()
{
	awk '/^SUnreclaim/ { print $2 * 1024 }' /proc/meminfo
}

unreclaimable_below()
{
	[ "$(unreclaimable)" -le "$1" ]
}

# forecast FIELD: of the destination that is connected to
forecast()
{
	in_ns "$host" xtcpstat --forecast --json | tr ',{}' '\n' |
		sed -n "s/^\"$1\"://p" | head -n 1
}

no_more_wait_than()
{
	[ "$(waiting)" -le "$1" ]
}

begin()
{
	make_ns host
	knob max_tw_buckets 2000000 tcp_max_tw_buckets
	knob local_port_range "1024 65000" ip_local_port_range
}

# What a waiting entry takes, and the end of a namespace that has many. Beside
# the entries there are ports, the memory of what left early, and slabs not full.
memory()
{
	local before each start

	begin
	[ "$proto" = tcp ] || knob timewait_ms 600000
	# Over the loopback either stack takes entries over, by default.
	knob tw_reuse 0 tcp_tw_reuse
	before=$(unreclaimable)
	expect "F41_$1_all_made" "$entries 0" "$(fill_twice "$1" "$entries")"
	expect "F41_$1_all_wait" "$entries" "$(waiting)"
	each=$((($(unreclaimable) - before) / entries))
	echo "# $entries entries, $each bytes each"
	[ "$proto" = tcp ] || [ -z "$long" ] ||
		check "F41_$1_bytes" [ "$each" -le 160 ]
	start=${EPOCHREALTIME/./}
	cleanup_namespaces
	check "F41_$1_namespace_ends" busywait 60 unreclaimable_below \
		$((before + entries * each / 4 + 1024 * 1024))
	echo "# gone after $(((${EPOCHREALTIME/./} - start) / 1000)) ms"
}

# A thousand ports, so that they run out.
ports_end()
{
	begin
	knob local_port_range "20000 20999"
	knob tw_reuse 0
	# A minute may be over before all are made.
	knob timewait_ms 600000
	expect "F49_$1_most" "900 0" "$(fill "$1" 900 2000)"
	expect "F49_$1_waiting" 900 "$(forecast waiting)"
	expect "F49_$1_left" 100 "$(forecast left)"
	# EADDRNOTAVAIL
	expect "F49_$1_the_rest" "100 99" "$(fill "$1" 200 2000)"
	expect "F49_$1_none_left" 0 "$(forecast left)"
	expect "F49_$1_failed" 1 "$(forecast failed)"
	knob tw_reuse_delay_ms 1
	knob tw_reuse 1
	expect "F44_$1_reuse" "50 0" "$(fill "$1" 50 2000)"
	knob tw_reuse 0
	knob timewait_ms 0
	check "F42_$1_none_waits" busywait 10 no_more_wait_than 0
	expect "F42_$1_ports_without_end" "1500 0" "$(fill "$1" 1500 5000)"
	knob timewait_ms 60000
	knob max_tw_buckets 400
	expect "F45_$1_more_than_may_wait" "700 0" "$(fill "$1" 700 5000)"
	check "F45_$1_the_oldest_went" no_more_wait_than 400
	cleanup_namespaces
}

left_again()
{
	[ "$(forecast left)" -ge "$1" ]
}

# rate FAMILY TIMEWAIT REUSE: connections at full speed, most of them when every
# port has been used. A connect may fail only behind as many as the forecast said
# were left; behind more, as entries leave meanwhile.
rate()
{
	local name=F49_$1_timewait_$2_reuse_$3 made=0 failed=0 early=0
	local left=$ports more error

	begin
	knob local_port_range "$first $((first + ports - 1))"
	knob tw_reuse "$3"
	knob timewait_ms "$2"
	while [ "$made" -lt "$rounds" ]; do
		read -r more error <<<"$(fill "$1" $((rounds - made)) "$rounds")"
		made=$((made + more))
		[ "$error" != 0 ] || break
		failed=$((failed + 1))
		[ "$error" = 99 ] && [ "$more" -ge "$left" ] || early=$((early + 1))
		busywait 100 left_again $((ports / 2)) || break
		left=$(forecast left)
	done
	echo "# $failed times there was no port"
	expect "${name}_all_made" "$rounds" "$made"
	expect "${name}_none_failed_early" 0 "$early"
	# It is the knobs that keep ports from running out.
	[ "$2" != 0 ] || expect "${name}_none_failed" 0 "$failed"
	cleanup_namespaces
}

rates()
{
	local timewait reuse

	for timewait in ${TIMEWAITS:-$timewaits}; do
		for reuse in ${REUSES:-0 1}; do
			rate "$1" "$timewait" "$reuse"
		done
	done
}

if [ -n "$long" ]; then
	rounds=${ROUNDS:-1000000} first=32768 ports=28232 timewaits="60000 1000 0"
else
	rounds=1000 first=20000 ports=200 timewaits="1500 300 0"
	! slow_kernel || rounds=300 ports=60
fi
need_root
need_protocol
tap_start
trap cleanup_namespaces EXIT
[ "$proto" != tcp ] || parts=memory
for family in ${FAMILIES:-v4 v6}; do
	for part in ${parts:-${PARTS:-memory ports_end rates}}; do
		"$part" "$family"
	done
done
tap_end
