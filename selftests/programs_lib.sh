# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2154
# What programs.sh needs for its cases: two hosts, Debian's programs on either
# stack, proof that a connection was on xtcp while the program ran.
#
#	left  10.8.0.1 fd00:8::1  =====  10.8.0.2 fd00:8::2  right
#
# A host is named left or right; its stack is xtcp or tcp.

# The root that has the programs; see qemu/apps.
apps=${APPS:-/apps}
limit=300
slow_kernel && limit=600
left=
right=
# What bounded puts before a program.
bound=()

# Fresh ones for each case: on the wire of TCP a port on which one stack waits
# for the end of TIME-WAIT is taken for the other.
hosts_up()
{
	make_ns left
	make_ns right
	ip link add cable netns "$left" type veth peer name cable netns "$right" ||
		skip_all "no veth"
	host_up "$left" 10.8.0.1/24 fd00:8::1/64
	host_up "$right" 10.8.0.2/24 fd00:8::2/64
	busywait 10 in_ns "$left" ping -qc1 -W1 fd00:8::2 >/dev/null 2>&1
}

host_up()
{
	ip -n "$1" addr add "$2" dev cable
	ip -n "$1" addr add "$3" dev cable nodad
	ip -n "$1" link set cable up
	in_ns "$1" "$here/veth_csum" cable
	[ -z "$WIRE" ] || echo "$WIRE" | in_ns "$1" tee /proc/sys/net/xtcp/wire >/dev/null
}

# The programs' root gets what it needs of the guest's.
root_up()
{
	local dir

	for dir in proc sys dev tmp run; do
		mount --rbind "/$dir" "$apps/$dir" || return
	done
	mkdir -p "$apps/usr/lib/xtcp" /run/sshd "$work"
	cp "$(command -v xtcpize)" "$apps/usr/bin/" &&
		cp "$(dirname "$(command -v xtcpize)")/../lib/xtcp/libxtcpize.so" \
			"$apps/usr/lib/xtcp/"
}

root_down()
{
	local dir

	for dir in run tmp dev sys proc; do
		umount -l "$apps/$dir" 2>/dev/null
	done
}

has_program()
{
	[ -x "$apps/usr/bin/$1" ] || [ -x "$apps/usr/sbin/$1" ] || [ -x "$apps$1" ]
}

# on HOST STACK PROGRAM...: runs it there; with user=UID:GID as that one
on()
{
	local host=$1 launch=()

	[ "$2" = tcp ] || launch=(/usr/bin/xtcpize run)
	shift 2
	in_ns "${!host}" "${bound[@]}" env -i HOME=/root LC_ALL=C PATH=/usr/sbin:/usr/bin \
		chroot --userspec="${user:-0:0}" "$apps" "${launch[@]}" "$@"
}

# The same in the background, in a session of its own, with its words in a file.
start()
{
	on "$@" </dev/null >"$work/$1.out" 2>&1 &
}

# table HOST STACK OPTION...: what the stack's tool shows
table()
{
	local host=$1

	case $2 in
	xtcp) in_ns "${!host}" xtcpstat "${@:3}" ;;
	tcp) in_ns "${!host}" ss -t "${@:3}" ;;
	esac
}

# listens HOST STACK PORT
listens()
{
	table "$1" "$2" -Hnl | grep -q ":$3 "
}

await_listener()
{
	busywait "$limit" listens "$@" && return
	echo "# $1 does not listen on port $3 of $2; it said:"
	sed 's/^/#   /' "$work/$1.out"
	return 1
}

connected()
{
	table "$1" "$2" -Hn | grep -qE "^ESTAB .*:$3( |\$)"
}

# What the last look found to be wrong.
amiss=

# on_stack HOST STACK PORT: connected there, and where that is xtcp, not by TCP
on_stack()
{
	if ! connected "$@"; then
		amiss="none of $2 on the $1"
		return 1
	fi
	if [ "$2" != tcp ] && connected "$1" tcp "$3"; then
		amiss="one of tcp on the $1"
		return 1
	fi
}

# family PID: adds it and all that descend from it to members. Without a fork: on
# a busy machine a few of them take as long as a client lives.
family()
{
	local file child children

	members+=("$1")
	for file in "/proc/$1/task"/*/children; do
		children=()
		{ read -ra children <"$file"; } 2>/dev/null
		for child in "${children[@]}"; do
			family "$child"
		done
	done
}

# both_on_stack SERVER-STACK CLIENT-STACK PORT PID: looks while the client PID
# stands still, for on a busy machine looking takes as long as a client lives.
both_on_stack()
{
	local members=() rc=0

	family "$4"
	kill -STOP "${members[@]}" 2>/dev/null
	on_stack right "$1" "$3" && on_stack left "$2" "$3" || rc=1
	kill -CONT "${members[@]}" 2>/dev/null
	return $rc
}

# watched SERVER-STACK CLIENT-STACK PORT COMMAND...: the command succeeds, and
# while it runs both hosts' tools show a connection of that port on their stack.
# What is said of a failure goes to stderr, as stdout may be a file.
watched()
{
	local stacks=("${@:1:3}") seen='' looks=0 pid rc

	shift 3
	"$@" &
	pid=$!
	# Seen once, it is not looked for again: that costs the programs time.
	while [ -z "$seen" ] && kill -0 "$pid" 2>/dev/null; do
		! both_on_stack "${stacks[@]}" "$pid" || seen=yes
		looks=$((looks + 1))
		sleep 0.02
	done
	wait "$pid"
	rc=$?
	[ "$rc" = 0 ] || { echo "# exit status $rc of: $*" >&2; return 1; }
	[ -z "$seen" ] || return 0
	echo "# no connection of port ${stacks[2]} was seen; the last of $looks looks: $amiss" >&2
	return 1
}

# bounded on ...: a client that hangs has failed
bounded()
{
	local bound=(timeout -k 5 "$limit")

	"$@"
}

# What a case leaves running ends; those that heed SIGTERM first.
stop_all()
{
	local signal

	for signal in TERM KILL; do
		# shellcheck disable=SC2046 # a list
		kill -s "$signal" $(pids) 2>/dev/null
		busywait 20 nobody_left && break
	done
	wait
}

pids()
{
	ip netns pids "$left"
	ip netns pids "$right"
}

nobody_left()
{
	[ -z "$(pids)" ]
}

# same_file A B
same_file()
{
	[ "$(sha256sum <"$1")" = "$(sha256sum <"$2")" ] && return
	echo "# $2 is not what $1 is"
	return 1
}
