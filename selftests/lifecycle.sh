#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The module is loaded and unloaded many times with traffic just before each,
# refuses to go while sockets are open, and namespaces come and go under
# traffic; nothing may be left behind, and the kernel must have no complaint
# (F-01, F-66).
#
# Environment: LOOPS (25, 8 under KASAN) loads and unloads; XTCP_KO, the module's file, else
# modprobe finds it.

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"

slow_kernel && few=8 || few=25
loops=${LOOPS:-$few}
ko=${XTCP_KO:-}
deadline=200	# an orphan of an earlier test may hold the module for 100 s

load()
{
	if [ -n "$ko" ]; then
		insmod "$ko"
	else
		modprobe xtcp
	fi
}

is_loaded()
{
	grep -q '^xtcp ' /proc/modules
}

# The modules on top of it (its netlink, its unit tests) go first.
unload_once()
{
	local holder

	for holder in /sys/module/xtcp/holders/*; do
		[ ! -e "$holder" ] || rmmod "${holder##*/}" 2>/dev/null
	done
	rmmod xtcp 2>/dev/null
}

# What sockets held a moment ago may be on its way to be freed.
unload()
{
	busywait "$deadline" unload_once && ! is_loaded && return
	echo "# still loaded after $deadline s: $(grep '^xtcp' /proc/modules)"
	return 1
}

leaves_no_trace()
{
	! [ -e /proc/net/xtcp ] && ! [ -e /proc/net/xtcp6 ] &&
		! [ -e /proc/net/xtcp_stat ] && ! [ -e /proc/sys/net/xtcp ] &&
		! grep -q xtcp /proc/net/protocols /proc/slabinfo
}

# The lines of the kernel's log that no test may cause.
complaints()
{
	dmesg | grep -E "$(printf %s 'WARNING:|BUG:|Oops|general protection|' \
		'leaked|still in use|unregister_netdevice: waiting|' \
		'Objects remaining|refcount_t:|possible deadlock')"
}

no_new_complaints()
{
	local new

	new=$(diff <(echo "$before") <(complaints) | grep '^>')
	[ -z "$new" ] || printf '# %s\n' "$new"
	[ -z "$new" ]
}

# hold PHASE [FAMILY]: sockets in a phase, until let_go
hold()
{
	coproc HOLDER { exec "$here/hold" "$@" 2>&1; }
	holder=$HOLDER_PID
	read -rt "$deadline" line <&"${HOLDER[0]}" && [ "$line" = ready ] && return
	echo "# hold $*: $line"
	return 1
}

let_go()
{
	kill -KILL "$holder" 2>/dev/null
	wait "$holder" 2>/dev/null
}

transfer_some()
{
	local address=127.0.0.1

	[ $((RANDOM % 2)) = 0 ] || address=::1
	"$here/transfer" -q -a "$address" -n $((RANDOM * 10)) \
		-m $((RANDOM * 10)) -s "$RANDOM$1" -t 60
}

# One life: traffic of several kinds, some of it cut off just before the end.
live_once()
{
	local phase

	load || { echo "# cannot load"; return 1; }
	transfer_some "$1" || return
	unshare -n sh -c "ip link set lo up && '$here/hold' waiting v6" \
		</dev/null >/dev/null || return
	phase=${phases[$1 % ${#phases[@]}]}
	hold "$phase" || return
	[ -n "$ko" ] || "$here/hold" family </dev/null >/dev/null || return
	let_go
	unload || { echo "# after '$phase'"; return 1; }
}

live_often()
{
	local i

	for ((i = 0; i < loops; i++)); do
		live_once "$i" && continue
		echo "# in life $i of $loops"
		return 1
	done
}

refuses_to_go()
{
	local rc=0

	hold "$@" || return
	if unload_once; then
		echo "# unloaded under a socket that was $1"
		rc=1
		load
	fi
	let_go
	return "$rc"
}

# TIME-WAIT entries are no sockets: they go with the module.
goes_while_entries_wait()
{
	"$here/hold" waiting </dev/null >/dev/null || return
	grep -q ' 06 ' /proc/net/xtcp || { echo "# no entry"; return 1; }
	unload
}

# A socket of an unloaded module loads it by its alias.
loads_by_alias()
{
	"$here/hold" "fresh" "$1" </dev/null >/dev/null && is_loaded && unload
}

# Who looks the netlink family up loads its module, and the other one with it.
loads_by_family()
{
	"$here/hold" family </dev/null >/dev/null &&
		grep -q '^xtcp_diag ' /proc/modules && unload
}

# A dump that is not read to its end needs the module.
refuses_under_dump()
{
	local rc=0

	hold dump || return
	! rmmod xtcp_diag 2>/dev/null || { echo "# unloaded"; rc=1; }
	let_go
	busywait "$deadline" rmmod xtcp_diag || return
	return "$rc"
}

# Namespaces end with a transfer at work, entries waiting, a SYN unanswered.
namespaces_under_traffic()
{
	local i a pid traffic=

	for ((i = 0; i < (loops + 4) / 5; i++)); do
		make_ns a
		in_ns "$a" "$here/hold" waiting </dev/null >/dev/null || return
		ip netns exec "$a" "$here/transfer" -q -n 10G -m 10G \
			>/dev/null 2>&1 &
		pid=$!
		busywait "$deadline" in_ns "$a" grep -q ' 01 ' /proc/net/xtcp ||
			traffic=none
		ip netns del "$a"
		kill -KILL "$pid"
		wait "$pid" 2>/dev/null
		[ -z "$traffic" ] || { echo "# no traffic"; return 1; }
	done
	"$here/hold" connecting </dev/null >/dev/null || return
	"$here/hold" connecting v6 </dev/null >/dev/null
}

clean_up()
{
	[ -z "${holder:-}" ] || let_go
	cleanup_namespaces
	load 2>/dev/null
	for module in $on_top; do
		modprobe "$module"
	done
}

phases=(fresh bound listen connected half unread connecting waiting)
holder=
line=

need_root
[ "$proto" = xtcp ] || skip_all "kernel TCP can't be unloaded"
is_loaded || load 2>/dev/null || skip_all "no module to load"
on_top=$(ls /sys/module/xtcp/holders)
trap clean_up EXIT
tap_start
before=$(complaints)

for phase in "${phases[@]:0:7}"; do
	check "F66 unload refuses under a socket that is $phase" \
		refuses_to_go "$phase" v4
	check "F66 unload refuses under a v6 socket that is $phase" \
		refuses_to_go "$phase" v6
done
check "F66 unload when all are closed" unload
check "F66 unload leaves no trace" leaves_no_trace
check "F66 load again" load
check "F66 unload with entries in TIME-WAIT" goes_while_entries_wait
if [ -z "$ko" ]; then
	check "F01 a v4 socket loads the module" loads_by_alias v4
	check "F01 a v6 socket loads the module" loads_by_alias v6
	check "F26 looking for the family loads its module" loads_by_family
	check "F66 the netlink module refuses to go in a dump" \
		refuses_under_dump
	check "F66 unload after the dump" unload
fi
check "F66 $loops lives with traffic" live_often
check "F66 load for the namespaces" load
check "F66 namespaces end under traffic" namespaces_under_traffic
check "F66 unload after the namespaces" unload
check "F66 unload leaves no trace, again" leaves_no_trace
check "F66 the kernel has no complaint" no_new_complaints
tap_end
