#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# xtcpize against a real kernel (F-71): by its library, by port, by wire, and
# by the kernel's hook where there is one; what it refuses, and with what words.
#
# "plain" and "plain_static" are the same program, that knows nothing of xtcp.

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"

plain=$here/plain
static=$here/plain_static
ns=
work=

# The version of which is a kernel that has the hook, where BTF tells it.
has_hook()
{
	grep -qa update_socket_protocol /sys/kernel/btf/vmlinux 2>/dev/null
}

# stack_of PORT: on which stacks somebody listens there
stack_of()
{
	{
		in_ns "$ns" xtcpstat -Hln | grep -q ":$1 " && echo xtcp
		in_ns "$ns" ss -Htln | grep -q ":$1 " && echo tcp
	} | xargs
}

is_on()
{
	[ "$(stack_of "$2")" = "$1" ]
}

# serve COMMAND...: in the namespace and in the background, in a session that stop ends
serve()
{
	: >"$work/out"
	in_ns "$ns" setsid "$@" >"$work/out" 2>&1 &
}

stop()
{
	local pid

	# A keeper goes by itself, when there is nothing left to keep.
	for pid in $(ip netns pids "$ns"); do
		grep -qsx xtcpize-keeper "/proc/$pid/comm" || kill -KILL "$pid" 2>/dev/null
	done
	busywait 20 nobody_left
}

nobody_left()
{
	[ -z "$(ip netns pids "$ns")" ]
}

# listens_on STACK PORT COMMAND...: a server by that command listens there, and nowhere else
listens_on()
{
	local rc=0

	serve "${@:3}"
	busywait 20 is_on "$1" "$2" || { sed 's/^/# /' "$work/out"; rc=1; }
	stop
	return "$rc"
}

# says STATUS PATTERN COMMAND...
says()
{
	local status=$1 pattern=$2 rc=0

	shift 2
	in_ns "$ns" "$@" >"$work/said" 2>&1 || rc=$?
	[ "$rc" = "$status" ] && grep -q -- "$pattern" "$work/said" && return
	echo "# status $rc: $(cat "$work/said")"
	return 1
}

# echoes SERVER... -- CLIENT...: the client gets from the server what it sent
echoes()
{
	local server=() rc=0

	while [ "$1" != -- ]; do
		server+=("$1")
		shift
	done
	shift
	serve "${server[@]}"
	busywait 20 grep -q listening "$work/out" && says 0 'echoed 300000' "$@" || rc=1
	stop
	return "$rc"
}

kinds='tcp 6
tcp named 6
tcp6 6
udp 17
udp6 17
raw 6
unix 0
netlink 0'

kinds_are()
{
	expect "$1" "$kinds" "$(in_ns "$ns" "${@:2}" 2>&1)"
}

by_library()
{
	check "F71 a server by the library" listens_on xtcp 81 xtcpize run "$plain" listen 81
	check "F71 a daemon by the library" listens_on xtcp 82 xtcpize run "$plain" daemon 82
	check "F71 a server in the background of a shell" listens_on xtcp 83 \
		xtcpize run bash -c "env -i $plain listen 83 & wait"
	check "F71 XTCPIZE=off leaves TCP" listens_on tcp 84 \
		xtcpize run env XTCPIZE=off "$plain" listen 84
	kinds_are "F71 by the library, each kind tells its usual protocol" \
		xtcpize run "$plain" kinds
	check "F71 both ends by the library" echoes xtcpize run "$plain" listen 85 -- \
		xtcpize run "$plain" talk 127.0.0.1 85 300000
	check "F71 check says that it can" says 0 'can be run on xtcp$' xtcpize check "$plain"
}

by_port()
{
	check "F71 --port: a server on such a port" listens_on xtcp 8080 \
		xtcpize run --port 80,8000-8100 "$plain" listen 8080
	check "F71 --port: a server on another" listens_on tcp 8101 \
		xtcpize run --port 80,8000-8100 "$plain" listen 8101
	check "F71 --port: a client to such a port" echoes \
		xtcpize run "$plain" listen 8081 -- \
		xtcpize run -p 8081 "$plain" talk 127.0.0.1 8081 300000
	check "F71 F27 --port: a client that connects by sendto" echoes \
		xtcpize run "$plain" listen 8084 -- \
		xtcpize run -p 8084 "$plain" fast 127.0.0.1 8084 300000
	check "F71 F27 --port: a client that connects by sendmsg" echoes \
		xtcpize run "$plain" listen 8085 -- \
		xtcpize run -p 8085 "$plain" fast 127.0.0.1 8085 300000
	check "F71 --port: a client to another" echoes "$plain" listen 8082 -- \
		xtcpize run -p 8081 "$plain" talk 127.0.0.1 8082 300000
}

by_wire()
{
	local name="F71 --wire"

	if ! in_ns "$ns" test -e /proc/sys/net/xtcp/wire; then
		check "$name: a module of one wire" says 126 'one wire only' \
			xtcpize run --wire tcp "$plain" kinds
		return
	fi
	check "$name tcp: to a server on TCP" echoes "$plain" listen 86 -- \
		xtcpize run --wire tcp "$plain" talk 127.0.0.1 86 300000
	check "$name tcp: from a client on TCP" echoes xtcpize run --wire tcp "$plain" listen 87 \
		-- "$plain" talk 127.0.0.1 87 300000
	check "$name both: from a client on TCP" echoes xtcpize run --wire both "$plain" listen 88 \
		-- "$plain" talk 127.0.0.1 88 300000
	check "$name both: from a client on xtcp" echoes xtcpize run --wire both "$plain" listen 89 \
		-- xtcpize run --wire xtcp "$plain" talk 127.0.0.1 89 300000
	check "$name with --port" echoes xtcpize run --wire tcp --port 90 "$plain" listen 90 \
		-- "$plain" talk 127.0.0.1 90 300000
}

# Until the keeper has seen that nobody is in there any more.
no_cgroup()
{
	! compgen -G "/sys/fs/cgroup/xtcpize-*" >/dev/null && ! pgrep -x xtcpize-keeper >/dev/null
}

# A server outside, made while the hook is on, is none of its business.
spares_others()
{
	local rc=0

	serve xtcpize run --hook "$static" listen 95
	busywait 20 is_on xtcp 95 || rc=1
	serve "$static" listen 96
	busywait 20 is_on tcp 96 || rc=1
	stop
	return "$rc"
}

by_hook()
{
	check "F71 check says that the hook can" says 0 "by the kernel's hook: it is statically" \
		xtcpize check "$static"
	check "F71 a static server by the hook" listens_on xtcp 91 xtcpize run "$static" listen 91
	check "F71 a static daemon by the hook" listens_on xtcp 92 xtcpize run "$static" daemon 92
	check "F71 a setuid server by the hook" listens_on xtcp 93 xtcpize run "$work/setuid" listen 93
	check "F71 a socket by syscall() by the hook" listens_on xtcp 94 \
		xtcpize run --hook "$plain" call 94
	kinds_are "F71 by the hook, each kind tells its usual protocol" xtcpize run "$static" kinds
	check "F71 both ends by the hook" echoes xtcpize run "$static" listen 97 -- \
		xtcpize run "$static" talk 127.0.0.1 97 300000
	check "F71 the hook spares programs outside" spares_others
	check "F71 the hook's cgroup and keeper go with the program" busywait 20 no_cgroup
	check "F71 the program's status by the hook" says 2 usage xtcpize run "$static"
	check "F71 only root may use the hook" says 126 'only root may' \
		setpriv --reuid 65534 --clear-groups xtcpize run "$static" kinds
}

without_hook()
{
	local why='this kernel has no'

	check "F71 a static program is refused" says 126 "statically linked.*; and $why" \
		xtcpize run "$static" kinds
	check "F71 a setuid program is refused" says 126 "set-user-ID.*; and $why" \
		xtcpize run "$work/setuid" kinds
	check "F71 check says so before" says 126 "cannot be run.*; and $why" xtcpize check "$static"
	check "F71 --hook is refused" says 126 "$why" xtcpize run --hook "$plain" kinds
	check "F71 a socket by syscall() stays TCP's" listens_on tcp 94 \
		xtcpize run "$plain" call 94
}

clean_up()
{
	[ -z "$ns" ] || stop
	cleanup_namespaces
	rm -rf "$work"
}

need_root
need_xtcp "xtcpize is about xtcp"
command -v xtcpize >/dev/null || skip_all "no xtcpize"
trap clean_up EXIT
tap_start
work=$(mktemp -d)
cp "$plain" "$work/setuid" && chmod u+s "$work/setuid"
make_ns ns
by_library
by_port
by_wire
if has_hook; then
	by_hook
else
	without_hook
fi
tap_end
