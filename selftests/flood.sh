#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# A listener under a flood of SYNs from forged sources, as fast as a processor
# makes them: real clients get through, memory is bounded and comes back, and
# without cookies nothing but that listener suffers (F-25); a flood of forged
# ACKs makes no connection (F-24); listeners come and go under it.
#
#   clients [cl] 10.7.0.1 fd00:7::1 ==== 10.7.0.2 fd00:7::2 [sv] server [fl0] <- flood
#
# Usage: [-x]   the long form, also by XTCP_TEST_LONG=1: more clients, for a minute
#		at least, 10^6 ACKs, and the time of connect is judged too.
#		XTCP_TEST_PROTO=tcp floods the kernel's TCP. PARTS (with_cookies
#		without_cookies reopened forged_acks) chooses.

# shellcheck disable=SC2317 # some functions are called by their names
# shellcheck source=xtcp_lib.sh
. "$(dirname "$0")/xtcp_lib.sh"
client='' server=''
long=${XTCP_TEST_LONG:-}
port=7000
generator=''
served=''

[ "${1:-}" != -x ] || long=1
clients=${long:+2000} acks=${long:+1000000} reopens=${long:+300}
seconds=${long:+60}
clients=${clients:-100} seconds=${seconds:-0} acks=${acks:-20000} reopens=${reopens:-20}

set_up()
{
	make_ns client
	make_ns server
	ip link add cl netns "$client" type veth peer name sv netns "$server" ||
		skip_all "no veth"
	[ -e /dev/net/tun ] || modprobe -q tun
	in_ns "$server" ip tuntap add fl0 mode tun || skip_all "no TUN device"
	ip -n "$client" addr add 10.7.0.1/24 dev cl
	ip -n "$client" addr add fd00:7::1/64 dev cl nodad
	ip -n "$server" addr add 10.7.0.2/24 dev sv
	ip -n "$server" addr add fd00:7::2/64 dev sv nodad
	ip -n "$client" link set cl up
	ip -n "$server" link set sv up
	ip -n "$server" link set fl0 up
	ip -n "$server" route add 198.18.0.0/15 dev fl0
	ip -n "$server" -6 route add 2001:db8::/32 dev fl0
	busywait 20 in_ns "$client" ping -qc1 -W1 fd00:7::2 >/dev/null 2>&1
}

knob()
{
	local name=$1

	[ "$proto" != tcp ] || { in_ns "$server" sh -c "echo $2 > /proc/sys/net/ipv4/tcp_$name"; return; }
	in_ns "$server" sh -c "echo $2 > /proc/sys/net/xtcp/$name"
}

# serve ADDRESS PORT: in the background, until stop_serving
serve()
{
	local fifo

	fifo=$(mktemp -u)
	mkfifo "$fifo"
	exec {served}<>"$fifo"
	rm "$fifo"
	: >"$work/serve.$2"
	ip netns exec "$server" "$here/connects" serve "$1" "$2" <&"$served" \
		>"$work/serve.$2" &
	busywait 20 grep -qs ready "$work/serve.$2"
	servers+=("$!")
}

stop_serving()
{
	[ ${#servers[@]} != 0 ] || return 0
	kill "${servers[@]}" 2>/dev/null
	wait "${servers[@]}" 2>/dev/null
	servers=()
}

# begin_flood ADDRESS [OPTION...]: in the background; not by in_ns(), so that the
# program itself can be ended
begin_flood()
{
	local to=$1

	shift
	ip netns exec "$server" "$here/synflood" "$@" fl0 "$to" "$port" >"$work/sent" &
	generator=$!
}

end_flood()
{
	[ -n "$generator" ] || return 0
	# The program is a child of "ip netns exec", which becomes it.
	kill "$generator" 2>/dev/null
	wait "$generator" 2>/dev/null
	generator=''
	echo "# $(cat "$work/sent") segments went"
}

ask()
{
	in_ns "$client" "$here/connects" ask "$1" "${3:-$port}" "$2"
}

# Clients again and again until the flood is $seconds old: "CONNECTED OF MEDIAN",
# where the median is the worst round's.
ask_meanwhile()
{
	local start=$SECONDS good=0 all=0 worst=0 round

	while :; do
		read -ra round <<<"$(ask "$1" "$clients")"
		good=$((good + ${round[0]:-0}))
		all=$((all + clients))
		worst=$((round[1] > worst ? round[1] : worst))
		[ $((SECONDS - start)) -lt "$seconds" ] || break
	done
	echo "$good $all $worst"
}

# kB that the kernel's objects take
slab()
{
	awk '/^SUnreclaim/ { print $2 }' /proc/meminfo
}

slab_below()
{
	[ "$(slab)" -le "$1" ]
}

stat_of()
{
	if [ "$proto" = tcp ]; then
		in_ns "$server" nstat -asz "$2" | awk -v n="$2" '$1 == n { print $2 }'
	else
		# shellcheck disable=SC2016 # for awk to expand
		in_ns "$server" awk -v n="$1" '$1 == n { print $2 }' /proc/net/xtcp_stat
	fi
}

grew()
{
	[ "$(stat_of "$2" "$3")" -gt $(($1 + 200)) ]
}

# at_least PERCENT SEEN OF
at_least()
{
	[ $(($2 * 100)) -ge $(($1 * $3)) ]
}

quick_enough()
{
	echo "# median of connect: $1 us without, $2 us with the flood"
	[ -z "$long" ] || [ "$2" -le $(($1 * 2 + 1000)) ]
}

# with_cookies FAMILY LISTEN-ADDRESS ADDRESS
with_cookies()
{
	local calm busy before seen

	knob syncookies 1
	knob max_syn_backlog 256
	serve "$2" "$port"
	read -ra calm <<<"$(ask "$3" "$clients")"
	expect "F25_$1_clients_before" "$clients" "${calm[0]}"
	before=$(slab)
	seen=$(stat_of SyncookiesSent TcpExtSyncookiesSent)
	begin_flood "$3"
	check "F25_$1_cookies_are_sent" busywait 30 grew "$seen" SyncookiesSent TcpExtSyncookiesSent
	read -ra busy <<<"$(ask_meanwhile "$3")"
	echo "# ${busy[0]} of ${busy[1]} clients connected"
	check "F25_$1_clients_get_through" at_least 99 "${busy[0]}" "${busy[1]}"
	check "F25_$1_connect_time" quick_enough "${calm[1]}" "${busy[2]}"
	# A TUN queue and half-open connections, but not one for each SYN.
	check "F25_$1_memory_is_bounded" slab_below $((before + 16 * 1024))
	end_flood
	stop_serving
	check "F25_$1_memory_returns" busywait 30 slab_below $((before + 4 * 1024))
}

# Without cookies the flooded listener drops, and only it.
without_cookies()
{
	local before holder other

	knob syncookies 0
	knob max_syn_backlog 16
	serve "$2" "$port"
	serve "$2" 7001
	exec {other}<>"$work/fifo"
	ip netns exec "$client" "$here/connects" hold "$3" "$port" <&"$other" {other}>&- \
		>"$work/held" &
	holder=$!
	busywait 20 grep -qs ready "$work/held"
	before=$(stat_of ListenDrops TcpExtListenDrops)
	begin_flood "$3"
	check "F25_$1_drops_are_counted" busywait 30 grew "$before" ListenDrops TcpExtListenDrops
	expect "F25_$1_another_listener_works" 20 "$(ask "$3" 20 7001 | cut -d' ' -f1)"
	echo >&"$other"
	check "F25_$1_a_connection_goes_on" wait "$holder"
	end_flood
	exec {other}>&-
	stop_serving
}

reopened()
{
	knob syncookies 1
	knob max_syn_backlog 64
	begin_flood "$3"
	check "F25_$1_listeners_come_and_go" in_ns "$server" "$here/connects" \
		reopen "$2" "$port" "$reopens"
	end_flood
}

# established: connections that the server has
no_connection()
{
	[ "$proto" != tcp ] || { [ -z "$(in_ns "$server" ss -Htn)" ]; return; }
	! in_ns "$server" cat /proc/net/xtcp /proc/net/xtcp6 | grep -q ' 01 '
}

# Cookies are out, so that each ACK is looked at.
forged_acks()
{
	knob syncookies 2
	serve "$2" "$port"
	expect "F24_$1_clients_by_cookie" 5 "$(ask "$3" 5 | cut -d' ' -f1)"
	begin_flood "$3" -a -n "$acks"
	wait "$generator"
	expect "F24_$1_acks_sent" "$acks" "$(cat "$work/sent")"
	generator=''
	check "F24_$1_no_connection_of_forged_acks" busywait 10 no_connection
	stop_serving
}

clean_up()
{
	end_flood >/dev/null
	stop_serving
	cleanup_namespaces
	rm -rf "$work"
}

need_root
need_protocol
tap_start
work=$(mktemp -d)
mkfifo "$work/fifo"
servers=()
trap clean_up EXIT
set_up
while read -r family at to; do
	for part in ${PARTS:-with_cookies without_cookies reopened forged_acks}; do
		"$part" "$family" "$at" "$to"
	done
done <<-EOT
v4 10.7.0.2 10.7.0.2
v6 fd00:7::2 fd00:7::2
mapped :: 10.7.0.2
EOT
tap_end
