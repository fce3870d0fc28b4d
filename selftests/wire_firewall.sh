#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What stands around a connection treats xtcp's on the wire of TCP as it treats
# any other: firewall rules come first, connection tracking follows it whether
# it was there before xtcp's hooks or came after, and a capture decodes with
# right checksums (F-70).
#
#   client [cl] 10.7.3.1 fd00:7:3::1  =====  10.7.3.2 fd00:7:3::2 [sv] server

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"
# shellcheck source=capture_lib.sh
. "$here/capture_lib.sh"
client=
server=
seen=$(mktemp)

clean_up()
{
	capture_clean_up
	rm -f "$seen"
	cleanup_namespaces
}

# fresh_hosts: two namespaces of which neither has seen a segment
fresh_hosts()
{
	cleanup_namespaces
	make_ns client
	make_ns server
	ip link add cl netns "$client" type veth peer name sv netns "$server" ||
		skip_all "no veth"
	ip -n "$client" addr add 10.7.3.1/24 dev cl
	ip -n "$client" addr add fd00:7:3::1/64 dev cl nodad
	ip -n "$server" addr add 10.7.3.2/24 dev sv
	ip -n "$server" addr add fd00:7:3::2/64 dev sv nodad
	ip -n "$client" link set cl up
	ip -n "$server" link set sv up
	in_ns "$client" "$here/veth_csum" cl
	in_ns "$server" "$here/veth_csum" sv
	[ "$proto" = tcp ] || for ns in "$client" "$server"; do
		in_ns "$ns" sh -c 'echo 6 >/proc/sys/net/xtcp/wire'
	done
	busywait 20 in_ns "$client" ping -qc1 -W1 fd00:7:3::2 >/dev/null 2>&1
}

# move FAMILY [OPTION...]: a transfer between the two
move()
{
	local address=10.7.3.2

	[ "$1" = v6 ] && address=fd00:7:3::2
	"$here/transfer" -q -C "$client" -S "$server" -a "$address" \
		-P "$pair" -n 60000 -m 60000 -s 1 -t 60 "${@:2}"
}

# tables FAMILY WORD...: iptables or ip6tables, on the server
tables()
{
	local program=iptables

	[ "$1" = v6 ] && program=ip6tables
	in_ns "$server" "$program" "${@:2}"
}

dropped()
{
	tables "$1" -xnvL INPUT | awk '/DROP/ && $1 > 0 { seen = 1 }
		END { exit !seen }'
}

# A rule that drops: no connection comes about until it is gone.
firewall_first()
{
	local pid

	tables "$1" -A INPUT -p tcp -m tcp --tcp-flags SYN SYN -j DROP || return
	move "$1" -V &
	pid=$!
	busywait 30 dropped "$1" && kill -0 "$pid" || return
	tables "$1" -F INPUT
	wait "$pid"
}

# Nothing is let in but what belongs to a connection that was let out.
only_replies()
{
	local program=iptables

	[ "$1" = v6 ] && program=ip6tables
	in_ns "$client" "$program" -A INPUT -p tcp -m conntrack \
		--ctstate ESTABLISHED -j ACCEPT || return
	in_ns "$client" "$program" -A INPUT -p tcp -j DROP
	move "$1" -V
}

# Counts what is tracked, and drops what tracking can make nothing of.
track()
{
	in_ns "$1" iptables -A INPUT -p tcp -m conntrack --ctstate INVALID \
		-j DROP || return
	in_ns "$1" iptables -A INPUT -p tcp -m conntrack --ctstate ESTABLISHED \
		--ctstatus ASSURED -j ACCEPT
	in_ns "$1" iptables -A INPUT -p tcp -m conntrack --ctstate \
		NEW,ESTABLISHED -j ACCEPT
	in_ns "$1" iptables -A INPUT -p tcp -j DROP
}

# tracked NAMESPACE: most were of an assured connection, and none was dropped
tracked()
{
	in_ns "$1" iptables -xnvL INPUT | tee "$seen" | awk '
		/DROP/ { dropped += $1 }
		/ASSURED/ { assured += $1 }
		END { exit dropped || assured < 20 }' && return
	sed 's/^/# /' "$seen"
	return 1
}

# Connection tracking is there before the first hook of xtcp's.
tracked_before()
{
	fresh_hosts
	track "$client" && track "$server" || return
	move v4 -V && tracked "$client" && tracked "$server"
}

# ... and comes when xtcp's hooks are in already.
tracked_after()
{
	fresh_hosts
	move v4 || return
	track "$client" && track "$server" || return
	move v4 -V && tracked "$client" && tracked "$server"
}

# A clean transfer, captured where sums are whole.
captured()
{
	local lines

	capture_begin "$client" cl tcp && move "$1" -V && capture_end || return
	lines=$(decode | grep -c 'cksum.*(correct)')
	! decode | grep -E 'incorrect|bad-|invalid|unknown|nop,nop,nop' &&
		[ "$lines" -gt 10 ]
}

decode()
{
	tcpdump -Z root -vv -nr "$capture" 2>/dev/null
}

need_root
need_protocol
trap clean_up EXIT
tap_start
pairs="xtcp,tcp tcp,xtcp xtcp,xtcp"
[ "$proto" != tcp ] || pairs="tcp,tcp"

for pair in $pairs; do
	fresh_hosts
	if ! tables v4 -L >/dev/null 2>&1; then
		tap_skip "F70 firewall, $pair" "no iptables"
		continue
	fi
	for family in v4 v6; do
		check "F70 capture decodes, $pair $family" captured $family
		check "F70 firewall first, $pair $family" firewall_first $family
		check "F70 only replies let in, $pair $family" only_replies $family
	done
	check "F70 tracked from the start, $pair" tracked_before
	check "F70 tracked from later on, $pair" tracked_after
done
tap_end
