# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Two hosts joined by a cable, in a guest:
#
#	left  10.0.0.1  2001:db8::1  ----- veth -----  right  10.0.0.2  2001:db8::2

hosts_up()
{
	ip netns add left
	ip netns add right
	ip link add cable netns left type veth peer name cable netns right
	host_up left 10.0.0.1/24 2001:db8::1/64
	host_up right 10.0.0.2/24 2001:db8::2/64
}

host_up()
{
	ip -n "$1" link set lo up
	ip -n "$1" addr add "$2" dev cable
	ip -n "$1" addr add "$3" dev cable nodad
	ip -n "$1" link set cable up
}

hosts_down()
{
	ip netns del left
	ip netns del right
}
