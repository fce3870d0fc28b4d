# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The listing, against ss reading the same files, which have the layout of /proc/net/tcp.

# State 0C (embryonic) is not in the fixture: ss does not read it from procfs.
FIX="$HERE/fixture"

# Fields of a listing, one blank apart, without the head line.
fields()
{
	sed -e 1d -e 's/  */ /g' -e 's/ $//'
}

oracle()
{
	PROC_NET_TCP="$FIX/xtcp" PROC_NET_TCP6="$FIX/xtcp6" ss "$@" | fields
}

ours()
{
	XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" "$@" | fields
}

like_ss()
{
	local all mine

	all=$(oracle "$@")
	mine=$(ours "$@")
	[ -n "$all" ] || { echo "ss shows nothing"; return 1; }
	case "$all" in
	# Of a single state ss leaves out the name.
	[0-9]*) mine=$(cut -d ' ' -f 2- <<<"$mine") ;;
	esac
	same "$all" "$mine"
}

if command -v ss >/dev/null && [ -n "$(oracle -tan)" ]; then
	HAVE_SS=yes
else
	HAVE_SS=
fi

for options in -tn -tan -tan4 -tan6 -tano -tno -ta4; do
	if [ -n "$HAVE_SS" ]; then
		# Names of addresses: ss gives them with -r only.
		case "$options" in
		-ta4)
			tap_test "fields of $options are those of ss -r" \
				same "$(oracle -tar4)" "$(ours $options)" ;;
		*)
			tap_test "fields of $options are those of ss" like_ss "$options" ;;
		esac
	else
		tap_skip "fields of $options are those of ss" "no ss that reads procfs"
	fi
done

if [ -n "$HAVE_SS" ]; then
	# ss has sockets that do nothing among its listeners.
	tap_test "fields of -tln are those of ss" \
		same "$(oracle -tln | grep -v UNCONN)" "$(ours -tln)"
else
	tap_skip "fields of -tln are those of ss" "no ss that reads procfs"
fi

# Each row of a listing has its colons and its columns where the head has them.
aligned()
{
	XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" -an | awk '
		NR == 1 {
			recv = index($0, "Recv-Q"); send = index($0, "Send-Q")
			peer = index($0, " Peer Address:") + length(" Peer Address")
			next
		}
		substr($0, recv - 1, 2) !~ /^ [0-9]/ || substr($0, send - 1, 2) !~ /^ [0-9]/ ||
		substr($0, peer, 1) != ":" { print; bad = 1 }
		END { exit bad || NR != 16 }'
}
tap_test "columns are aligned, with long addresses too" aligned

embryo()
{
	mkdir -p "$WORK/embryo"
	{
		echo head
		echo "   0: 0100007F:0050 0300007F:C350 0C 0:0 01:00000190 00000002 1000 0 0 1 0"
	} >"$WORK/embryo/xtcp"
	same "SYN-RECV 0 0 127.0.0.1:80 127.0.0.3:50000 timer:(on,4sec,2)" \
		"$(XTCPSTAT_PROC="$WORK/embryo" "$BUILD/xtcpstat" -anoH state syn-recv | sed 's/  */ /g')"
}
tap_test "F-20: an embryonic connection is SYN-RECV, with its timer" embryo

listener()
{
	mkdir -p "$WORK/listener"
	{
		echo head
		echo "   0: 00000000:0050 00000000:0000 0A 00000080:00000003 00:0 0 0 0 77 1 0 100 0 0 10 0"
	} >"$WORK/listener/xtcp"
	same "LISTEN 3 128 0.0.0.0:80 0.0.0.0:*" \
		"$(XTCPSTAT_PROC="$WORK/listener" "$BUILD/xtcpstat" -lnH | sed 's/  */ /g')"
}
tap_test "F-21: a listener shows its accept queue and the limit" listener

tap_test "no IPv6 file is no error" outcome 0 'State' \
	env XTCPSTAT_PROC="$WORK/listener" "$BUILD/xtcpstat" -an

owner()
{
	ours -ane | grep -q 'LISTEN .* uid:33 ino:5242$' &&
		ours -ane | grep -q 'uid:4294967294 ino:18446744073709551615$'
}
tap_test "-e shows uid and inode, the largest too" owner

# The protocol is the last column, of sockets and of small objects alike.
wire()
{
	mkdir -p "$WORK/wire"
	{
		echo header
		echo "   0: 00000000:0050 00000000:0000 0A 00000080:00000003 00:00000000 00000000     0        0 9 1 0 100 0 0 10 0 259"
		echo "   1: 0100007F:0050 0100007F:C350 06 00000000:00000000 03:00000100 00000000     0        0 0 1 0000000000000000 6"
	} >"$WORK/wire/xtcp"
	XTCPSTAT_PROC="$WORK/wire" "$BUILD/xtcpstat" -aneH >"$WORK/wire/out"
	grep -q 'LISTEN.* wire:259$' "$WORK/wire/out" &&
		grep -q 'TIME-WAIT.* wire:6$' "$WORK/wire/out" &&
		XTCPSTAT_PROC="$WORK/wire" "$BUILD/xtcpstat" -a --json |
			grep -q '"state":"TIME-WAIT".*"wire":6,'
}
tap_test "F-70: -e and --json show the protocol" wire

# A listener of our own on kernel TCP, so that an inode leads to a process.
holders()
{
	local port pid row

	mkdir -p "$WORK/live"
	coproc LISTENER { exec "$BUILD/test/sockets" listen; }
	pid=$LISTENER_PID
	read -r port <&"${LISTENER[0]}"
	cp /proc/net/tcp "$WORK/live/xtcp"
	row=$(XTCPSTAT_PROC="$WORK/live" "$BUILD/xtcpstat" -lnpH sport = ":$port")
	[ -z "$1" ] || XTCPSTAT_PROC="$WORK/live" "$BUILD/xtcpstat" -lnp --json sport = ":$port" |
		jq -e ".sockets[0].processes[0] | .pid == $pid and .name == \"sockets\"" || row=bad
	kill "$pid"
	wait "$pid" 2>/dev/null
	grep -q "users:((\"sockets\",pid=$pid,fd=[0-9]*))\$" <<<"$row" || { echo "$row"; false; }
}
JQ=$(command -v jq)
tap_test "-p names the process that holds a socket, text and JSON" holders "$JQ"
tap_test "-p shows - where no process is known" \
	outcome 0 'ESTAB.*:50000 *-$' env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" -np

json_like_text()
{
	local json text

	json=$(XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" -an --json | jq -r '.sockets[] |
		"\(.state) \(.recv_q) \(.send_q) \(.local_port) " +
		"\(if .peer_port == 0 then "*" else .peer_port end)"')
	text=$(ours -an | sed -E 's/ [^ ]*:([^ ]*) [^ ]*:([^ ]*)$/ \1 \2/')
	same "$text" "$json"
}
if [ -n "$JQ" ]; then
	tap_test "JSON tells the same as the text" json_like_text
	tap_test "JSON of no rows is an empty array" \
		outcome 0 '^{"sockets":\[\]}$' \
		env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" --json sport = :9
	tap_test "JSON has timer and details" outcome 0 true env XTCPSTAT_PROC="$FIX" \
		sh -c "'$BUILD/xtcpstat' -n --json state syn-sent | jq '.sockets[0] |
			.timer == {name: \"on\", expires_ms: 4000, count: 2} and
			.ssthresh == 7 and .cwnd == 10 and .rto_ms == 200'"
else
	tap_skip "JSON tells the same as the text" "no jq"
fi

strange_name()
{
	local dir="$WORK/strange" pid port

	mkdir -p "$dir"
	cp "$BUILD/test/sockets" "$dir/$(printf 'a"b\\c\001\377\303')"
	coproc LISTENER { exec "$dir/$(printf 'a"b\\c\001\377\303')" listen; }
	pid=$LISTENER_PID
	read -r port <&"${LISTENER[0]}"
	cp /proc/net/tcp "$dir/xtcp"
	XTCPSTAT_PROC="$dir" "$BUILD/xtcpstat" -lnp --json sport = ":$port" >"$dir/json"
	kill "$pid"
	wait "$pid" 2>/dev/null
	same "$(printf 'a"b\\c\001\357\277\275\357\277\275')" \
		"$(jq -r '.sockets[0].processes[0].name' "$dir/json")"
}
if [ -n "$JQ" ]; then
	tap_test "JSON of a process with a hostile name is valid" strange_name
else
	tap_skip "JSON of a process with a hostile name is valid" "no jq"
fi
