#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Each knob under net.xtcp: there, with kernel TCP's default, written and read
# back within its range, refused and unchanged beyond it, and a namespace's own
# (F-60).

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"

# name, lowest and highest value taken, values refused, default.  "tcp" is the
# default of the knob of kernel TCP with the same name, "-" is none to name.
integers="
syn_retries             1      127         0,128            tcp
synack_retries          0      255         -1,256           tcp
max_syn_backlog         0      2147483647  -1               tcp
abort_on_overflow       0      1           -1,2             tcp
syncookies              0      2           -1,3             tcp
fastopen                0      1543        -1,8,1544        tcp
window_scaling          0      1           -1,2             tcp
timestamps              0      1           -1,2             tcp
stdurg                  0      1           -1,2             tcp
rfc6582_timer           0      1           -1,2             0
rfc9293_window          0      1           -1,2             0
min_snd_mss             48     65535       47,65536         tcp
adv_win_scale           -31    31          -32,32           1
retries1                0      255         -1,256           tcp
retries2                0      255         -1,256           tcp
rto_min_us              1      2147483647  0                200000
rto_max_ms              1000   120000      999,120001       120000
slow_start_after_idle   0      1           -1,2             tcp
keepalive_time          1      32767       0,-1             tcp
keepalive_intvl         1      32767       0,-1             tcp
keepalive_probes        0      255         -1,256           tcp
orphan_retries          0      255         -1,256           tcp
max_orphans             0      2147483647  -1               tcp
fin_timeout             0      86400       -1,86401         tcp
timewait_ms             0      600000      -1,600001        60000
timewait_min_ms         0      600000      -1,600001        -
wire                    6      259         0,7,252,254,260  253
max_tw_buckets          0      2147483647  -1               tcp
tw_reuse                0      2           -1,3             tcp
tw_reuse_delay_ms       1      60000       0,60001          1000
audit_max               0      16777216    -1,16777217      -
recent_ends             0      65536       -1,65537         512
rfc1337                 0      1           -1,2             tcp
challenge_ack_limit     0      2147483647  -1               tcp
invalid_ratelimit       0      3600000     -1,3600001       tcp
debug_iss               0      4294967295  -1,4294967296    0
"
# Tested one by one below.
others="fastopen_key local_port_range rmem wmem mem congestion_control
available_congestion_control"

# path NAME: where the knob is
path()
{
	if [ "$proto" = tcp ]; then
		tcp_path "$1"
	else
		echo "/proc/sys/net/xtcp/$1"
	fi
}

tcp_path()
{
	if [ "$1" = local_port_range ]; then
		echo "/proc/sys/net/ipv4/ip_$1"
	else
		echo "/proc/sys/net/ipv4/tcp_$1"
	fi
}

# show PATH: its value, blanks made single
show()
{
	local -a words

	read -ra words <"$1"
	echo "${words[*]}"
}

# put PATH VALUE: "ok", or the error's text
put()
{
	local err

	if err=$({ echo "$2" >"$1"; } 2>&1); then
		echo ok
	else
		echo "${err##*: }"
	fi
}

# takes NAME VALUE: writes it, and it is there
takes()
{
	local knob said seen

	knob=$(path "$1")
	said=$(put "$knob" "$2")
	seen=$(show "$knob")
	[ "$said" = ok ] && [ "$seen" = "$2" ] && return
	echo "# $1: wrote '$2': $said; then read '$seen'"
	return 1
}

# refuses NAME VALUE [ERROR]: does not take it, and keeps what it had
refuses()
{
	local knob before said seen

	knob=$(path "$1")
	before=$(show "$knob")
	said=$(put "$knob" "$2")
	seen=$(show "$knob")
	[ "$said" = "${3:-Invalid argument}" ] && [ "$seen" = "$before" ] &&
		return
	echo "# $1 was '$before': wrote '$2': $said; then read '$seen'"
	return 1
}

# has_default NAME DEFAULT
has_default()
{
	local want=$2 seen

	[ "$want" = - ] && return
	if [ "$want" = tcp ]; then
		[ -e "$(tcp_path "$1")" ] || return 0
		want=$(show "$(tcp_path "$1")")
	fi
	seen=$(show "$(path "$1")")
	[ "$seen" = "$want" ] && return
	echo "# $1: the default should be '$want', seen '$seen'"
	return 1
}

# Linux takes some values that xtcp refuses (XT_DIFF_KNOB_RANGES): only xtcp is
# held to these.
refuses_all()
{
	local value

	for value in x "" 2.5 $2; do
		[ "$proto" = tcp ] && [[ $value =~ [0-9] ]] && continue
		refuses "$1" "$value" || return
	done
}

# own NAME VALUE: a fresh namespace has the default whatever this one has
own()
{
	local knob before fresh

	knob=$(path "$1")
	before=$(show "$knob")
	put "$knob" "$2" >/dev/null
	fresh=$(unshare -n cat "$knob" | tr -s '\t' ' ')
	put "$knob" "$before" >/dev/null
	[ "$fresh" = "$before" ] && return
	echo "# $1: $2 here became $fresh in a fresh namespace, not $before"
	return 1
}

check_integer()
{
	local name=$1 low=$2 high=$3 refused=$4 def=$5

	if [ "$proto" = tcp ] && [ ! -e "$(path "$name")" ]; then
		tap_skip "F60 $name" "kernel TCP has none"
		return
	fi
	check "F60 $name exists" test -e "$(path "$name")" || return
	check "F60 $name has its default" has_default "$name" "$def"
	check "F60 $name is a namespace's own" own "$name" "$high"
	check "F60 $name takes $low" takes "$name" "$low"
	check "F60 $name takes $high" takes "$name" "$high"
	check "F60 $name refuses $refused" refuses_all "$name" "${refused//,/ }"
}

check_ports()
{
	check "F60 local_port_range has its default" \
		has_default local_port_range tcp
	check "F60 local_port_range is a namespace's own" \
		own local_port_range "2000 3000"
	check "F60 local_port_range takes a range" \
		takes local_port_range "2000 3000"
	check "F60 local_port_range refuses an empty range" \
		refuses local_port_range "3000 2000"
	check "F60 local_port_range refuses privileged ports" \
		refuses local_port_range "80 2000"
	check "F60 local_port_range refuses what is no port" \
		refuses local_port_range "2000 65536"
	check "F60 local_port_range refuses words" refuses local_port_range "x y"
}

check_buffers()
{
	local name

	for name in rmem wmem; do
		check "F60 $name is a namespace's own" own $name "8192 9000 10000"
		check "F60 $name takes three numbers" takes $name "8192 9000 10000"
		check "F60 $name refuses words" refuses $name "x"
		[ "$proto" = tcp ] && continue
		check "F60 $name refuses a wrong order" refuses $name "9000 8192 7000"
		check "F60 $name refuses zero" refuses $name "0 0 0"
	done
	[ "$proto" = tcp ] && return
	check "F60 mem can be read" test -n "$(show "$(path mem)")"
	check "F60 mem is the machine's, not a namespace's" \
		refuses mem "1000 2000 3000" "Permission denied"
}

check_congestion()
{
	local available

	available=$(show "$(path available_congestion_control)")
	check "F33 reno is available" test -n "$(grep -w reno <<<"$available")"
	check "F33 congestion_control takes reno" takes congestion_control reno
	check "F33 congestion_control refuses what is not there" \
		refuses congestion_control nonesuch "No such file or directory"
}

check_key()
{
	local one=01234567-89abcdef-00112233-44556677
	local two=ffffffff-00000000-fedcba98-76543210

	check "F27 fastopen_key is a namespace's own" fresh_key
	check "F27 fastopen_key is for root alone" \
		test "$(stat -c %a "$(path fastopen_key)")" = 600
	check "F27 fastopen_key takes a key" takes fastopen_key "$one"
	check "F27 fastopen_key takes two" takes fastopen_key "$two,$one"
	check "F27 fastopen_key refuses three" \
		refuses_key fastopen_key "$one,$two,$one"
	check "F27 fastopen_key refuses half of one" \
		refuses fastopen_key "01234567-89abcdef"
	check "F27 fastopen_key refuses words" refuses fastopen_key "secret"
}

# Linux looks at the first two only.
refuses_key()
{
	[ "$proto" = tcp ] || refuses "$@"
}

# Drawn for each; Linux waits until one is needed.
fresh_key()
{
	local knob mine other

	knob=$(path fastopen_key)
	[ "$proto" = tcp ] && return
	mine=$(show "$knob")
	other=$(unshare -n cat "$knob")
	[ "$mine" != "$other" ] && [[ $mine =~ ^([0-9a-f]{8}-){3}[0-9a-f]{8}$ ]] &&
		return
	echo "# '$mine' here, '$other' in a fresh namespace"
	return 1
}

# A knob that no test knows is a knob that nobody tested.
check_unknown()
{
	local knob unknown=

	for knob in /proc/sys/net/xtcp/*; do
		knob=${knob##*/}
		grep -qE "^$knob " <<<"$integers" ||
			grep -qw "$knob" <<<"$others" || unknown+=" $knob"
	done
	expect "F60 every knob is in this test" "" "$unknown"
}

need_root
need_protocol
# In a namespace of its own, so that nothing has to be put back.
if [ -z "${XTCP_SYSCTL_INSIDE:-}" ]; then
	XTCP_SYSCTL_INSIDE=1 exec unshare -n "$0" "$@" ||
		skip_all "no network namespaces"
fi
tap_start
while read -r name low high refused def; do
	[ -z "$name" ] || check_integer "$name" "$low" "$high" "$refused" "$def"
done <<<"$integers"
check_ports
check_buffers
check_congestion
check_key
[ "$proto" = tcp ] || check_unknown
tap_end
