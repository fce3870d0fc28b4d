#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The demo, inside the guest: an unmodified nginx on one host, an unmodified
# curl on the other, and between them xtcp over a poor cable.  STACK=tcp shows
# the same on the kernel's TCP, to see what this script itself does.

set -u -o pipefail
# shellcheck source=hosts.sh
. "$(dirname "$0")/hosts.sh"

STACK=${STACK:-xtcp}
MEGABYTES=${MEGABYTES:-64}
SLOW="delay 900ms"
POOR="delay 5ms 1ms loss 0.2% reorder 98% 25%"
FAILED=()

case $STACK in
xtcp) LAUNCH=(xtcpize run) SHOW=(xtcpstat) ;;
tcp) LAUNCH=() SHOW=(ss -t) ;;
esac

title()
{
	printf '\n\n--- %s\n' "$*"
}

tell()
{
	printf '%s\n' "$@" | sed 's/^/    /'
}

# Prints command $2... as typed on host $1, then what it says.
show()
{
	printf '\n%s# %s\n' "$1" "${*:2}"
	ip netns exec "$@"
}

fail()
{
	FAILED+=("$*")
	tell "FAILED: $*"
}

on()
{
	ip netns exec "$@"
}

cable()
{
	local host

	for host in left right; do
		# shellcheck disable=SC2086 # netem's words
		tc -n "$host" qdisc replace dev cable root netem limit 20000 $1
	done
}

now_ms()
{
	local us=${EPOCHREALTIME/./}

	echo $((us / 1000))
}

# Waits up to $1 seconds until the rest succeeds.
wait_for()
{
	local end=$(($(now_ms) + $1 * 1000))

	shift
	until "$@"; do
		[ "$(now_ms)" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# $1: host; prints each connection's state, sorted.
states()
{
	on "$1" "${SHOW[@]}" -Han | awk '$1 != "LISTEN" { print $1 }' | sort
}

time_waits()
{
	{ states left; states right; } | grep -c TIME-WAIT
}

# Shows both hosts' states as they change, until all but TIME-WAIT are gone.
follow()
{
	local end=$(($(now_ms) + 20000)) was='' now

	while [ "$(now_ms)" -lt "$end" ]; do
		now=$(printf '    left: %-26s right: %s' "$(states left | xargs)" \
			"$(states right | xargs)")
		[ "$now" = "$was" ] || echo "$now"
		was=$now
		curl_ended && all_waiting && return
		sleep 0.05
	done
	fail "the connection was not closed in 20 s"
}

start_nginx()
{
	mkdir -p /tmp/www /tmp/nginx
	head -c "${MEGABYTES}M" /dev/urandom >/tmp/www/file
	echo "a small page" >/tmp/www/page
	cat >/tmp/nginx.conf <<-EOT
	worker_processes 1;
	pid /tmp/nginx/pid;
	error_log /tmp/nginx/error.log;
	events { worker_connections 64; }
	http {
		access_log off;
		sendfile on;
		client_body_temp_path /tmp/nginx;
		proxy_temp_path /tmp/nginx;
		fastcgi_temp_path /tmp/nginx;
		uwsgi_temp_path /tmp/nginx;
		scgi_temp_path /tmp/nginx;
		server { listen 80; root /tmp/www; }
	}
	EOT
	on right "${LAUNCH[@]}" nginx -c /tmp/nginx.conf || fail "nginx did not start"
	wait_for 10 listening || fail "nginx does not listen"
}

listening()
{
	on right "${SHOW[@]}" -Hln | grep ':80 ' >/dev/null
}

# curl on the left, in the background, with its process id in CURL.
start_curl()
{
	on left "${LAUNCH[@]}" curl -sS --max-time 170 -o "$2" "http://10.0.0.2/$1" &
	CURL=$!
}

half_open()
{
	states left | grep SYN-SENT >/dev/null &&
		states right | grep SYN-RECV >/dev/null
}

connected()
{
	states left | grep -x ESTAB >/dev/null
}

the_hosts()
{
	title "Two hosts, left (10.0.0.1) and right (10.0.0.2), joined by a cable"
	hosts_up
	tell "On right: nginx as Debian ships it, told nothing of xtcp, started by:" \
		"  ${LAUNCH:+${LAUNCH[*]} }nginx"
	start_nginx
	show right "${SHOW[@]}" -lnp
}

the_handshake()
{
	title "The handshake"
	cable "$SLOW"
	tell "For a moment the cable takes 0.9 s each way, so that it can be seen." \
		"On left: ${LAUNCH:+${LAUNCH[*]} }curl http://10.0.0.2/file   ($MEGABYTES MB, random)"
	START=$(date +%s%N)
	start_curl file /tmp/got
	wait_for 8 half_open || fail "the handshake was not seen"
	show left "${SHOW[@]}" -anpo
	show right "${SHOW[@]}" -anpo
	wait_for 10 connected || fail "no connection"
}

the_transfer()
{
	title "The transfer"
	cable "$POOR"
	tell "Now the cable takes 5 ms, loses 1 of 500 and reorders 1 of 50 packets, each way."
	for _ in 1 2 3; do
		kill -0 "$CURL" 2>/dev/null || break
		printf '\n    %s MB are here\n' \
			"$(($(stat -c %s /tmp/got 2>/dev/null || echo 0) >> 20))"
		show left "${SHOW[@]}" -ano
		show right "${SHOW[@]}" -ano
		wait_for 2 curl_ended
	done
	wait "$CURL" || fail "curl's exit status is $?"
	SECONDS_TAKEN=$((($(date +%s%N) - START) / 100000000))
	compare
}

curl_ended()
{
	! kill -0 "$CURL" 2>/dev/null
}

compare()
{
	local sent got

	sent=$(sha256sum </tmp/www/file)
	got=$(sha256sum </tmp/got)
	printf '\n'
	tell "sha256 on right: ${sent%% *}" "sha256 on left:  ${got%% *}"
	[ "$sent" = "$got" ] || fail "the file arrived damaged"
	rm -f /tmp/got
}

the_close()
{
	local i

	title "The close"
	cable "$SLOW"
	tell "A small page over the slow cable, to see a whole life, from SYN to TIME-WAIT:"
	start_curl page /tmp/page.got
	follow
	wait "$CURL" || fail "curl's exit status is $? for the page"
	tell "" "And once more, with the timers of closing:"
	start_curl page /tmp/page.got
	wait_for 20 closing && { show left "${SHOW[@]}" -ano; show right "${SHOW[@]}" -ano; }
	wait "$CURL" || fail "curl's exit status is $? for the page"
	wait_for 10 all_waiting || fail "the connection was not closed in 10 s"
	cable "delay 5ms"
	for i in 1 2 3; do
		start_curl page /tmp/page.got
		wait "$CURL" || fail "curl's exit status is $? for page $i"
	done
}

closing()
{
	states left | grep -E 'FIN-WAIT|CLOSING|LAST-ACK' >/dev/null
}

the_waiting()
{
	local before

	title "TIME-WAIT"
	wait_for 10 all_waiting || fail "connections are still open"
	before=$(time_waits)
	show left "${SHOW[@]}" -ano
	tell "" "$before entries wait, by default for 60 s.  This host is told to wait 2 s,"\
		"which holds for those already waiting too:"
	[ "$before" -gt 0 ] || fail "no TIME-WAIT entry was seen"
	show left sysctl net.xtcp.timewait_ms
	show left sysctl -w net.xtcp.timewait_ms=2000
	show right sysctl -w net.xtcp.timewait_ms=2000
	if wait_for 8 none_waiting; then
		show left "${SHOW[@]}" -ano
		tell "All $before have left."
	else
		show left "${SHOW[@]}" -ano
		fail "$(time_waits) TIME-WAIT entries have not left in 8 s"
	fi
}

all_waiting()
{
	! { states left; states right; } | grep -v TIME-WAIT >/dev/null
}

none_waiting()
{
	[ "$(time_waits)" = 0 ]
}

# Nothing of this may have gone by the kernel's TCP behind our back.
not_tcp()
{
	[ "$STACK" = xtcp ] || return 0
	[ -z "$(on left ss -Htan)$(on right ss -Htan)" ] ||
		fail "the kernel's TCP has sockets"
}

summary()
{
	title "Summary"
	if [ ${#FAILED[@]} -eq 0 ]; then
		tell "$MEGABYTES MB arrived unharmed in $((SECONDS_TAKEN / 10)).$((SECONDS_TAKEN % 10)) s over $STACK," \
			"through loss and reordering, between two programs that know only TCP."
	else
		tell "It did not work:" "${FAILED[@]/#/  }"
	fi
}

the_hosts
the_handshake
the_transfer
not_tcp
the_close
the_waiting
on right kill "$(cat /tmp/nginx/pid)"
wait_for 5 test ! -e /tmp/nginx/pid
hosts_down
summary
[ ${#FAILED[@]} -eq 0 ]
