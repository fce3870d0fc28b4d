#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Real programs, as Debian has them, on xtcp (F-71): what each of them is for
# works and is verified, and its connection was seen on xtcp while it ran.
#
# Environment: WIRE=6 runs all on the wire of TCP, and besides against the
# kernel's own TCP, from either side; APPS, where the programs' root is (/apps).
# Usage: [-p PATTERN], only the cases whose name matches.

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"

WIRE=${WIRE:-}
work=/tmp/programs
pattern=.

while getopts p: opt; do
	case $opt in
	p) pattern=$OPTARG ;;
	*) echo "usage: ${0##*/} [-p PATTERN]" >&2; exit 2 ;;
	esac
done

# shellcheck source=programs_lib.sh
. "$here/programs_lib.sh"
# shellcheck source=programs_web.sh
. "$here/programs_web.sh"
# shellcheck source=programs_data.sh
. "$here/programs_data.sh"

# run_case NAME FUNCTION PROGRAM...: with each pair of stacks
run_case()
{
	local name=$1 case=$2 program pair server client

	shift 2
	for pair in "xtcp xtcp" ${WIRE:+"xtcp tcp" "tcp xtcp"}; do
		read -r server client <<<"$pair"
		[[ "$name $pair" =~ $pattern ]] || continue
		for program; do
			has_program "$program" && continue
			tap_skip "F71 $name: server on $server, client on $client" "no $program"
			continue 2
		done
		hosts_up
		check "F71 $name: server on $server, client on $client" \
			"$case" "$server" "$client"
		stop_all
		cleanup_namespaces
	done
}

clean_up()
{
	[ ${#namespaces[@]} = 0 ] || stop_all
	cleanup_namespaces
	root_down
	rm -rf "$work"
}

need_root
need_xtcp "what the programs do on TCP is known"
[ -d "$apps/usr" ] || skip_all "no programs in $apps"
command -v xtcpize >/dev/null || skip_all "no xtcpize"
[ "$WIRE" != 6 ] || [ -e /proc/sys/net/xtcp/wire ] || skip_all "this module has one wire only"
tap_start
trap clean_up EXIT
rm -rf "$work"
mkdir -p "$work/www"
root_up || skip_all "the programs' root cannot be made ready"
head -c 8M /dev/urandom >"$work/www/file"
echo "a small page" >"$work/www/page"
chmod -R a+rX "$work"

run_case "nginx and curl" nginx_curl nginx curl
run_case "nginx and wrk" nginx_wrk nginx wrk
run_case "HAProxy between curl and nginx" haproxy_between haproxy nginx curl
run_case "http.server and curl" python_http python3.11 curl
run_case "asyncio with itself" python_asyncio python3.11
run_case "iperf3" iperf3_all iperf3
run_case "redis and its benchmark" redis_all redis-server redis-benchmark redis-cli
run_case "OpenSSH, a login and scp" ssh_all sshd ssh scp ssh-keygen
run_case "PostgreSQL and pgbench" postgres_all "$PG/postgres" "$PG/pgbench" "$PG/psql"
tap_end
