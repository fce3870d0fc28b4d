# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# libxtcpize.so: which sockets it turns, and how it stays with the programs that a program runs.

# turned COMMAND...: protocols of the sockets that a program asks the kernel for
turned()
{
	rm -f "$WORK/log"
	MOCK_LOG="$WORK/log" LD_PRELOAD="$BUILD/libxtcpize.so:$MOCK" "$@" >"$WORK/out"
	cat "$WORK/log"
}

# Linux: AF_UNIX 1, AF_INET 2, AF_INET6 10; SOCK_STREAM 1, SOCK_DGRAM 2. F is a type with flags.
only_tcp()
{
	same "2 1 253
2 1 253
10 1 253
10 1 253
2 F 253
2 2 0
10 2 17
2 1 132
2 1 262
1 1 0
1 2 0" "$(turned "$SOCKETS" kinds | sed -E 's/^2 [0-9]{4,} /2 F /')"
}
tap_test "F-71: TCP sockets become xtcp's, all others stay" only_tcp
tap_test "F-71: a turned socket says that its protocol is TCP" \
	same 5 "$(turned "$SOCKETS" kinds >/dev/null; grep -c ': 6$' "$WORK/out")"
tap_test "XTCPIZE=off leaves all sockets as they are" \
	same 0 "$(turned env XTCPIZE=off "$SOCKETS" kinds | grep -c 253)"

tap_test "F-71: threads make xtcp sockets" \
	same 200 "$(turned "$SOCKETS" threads | grep -c '^2 1 253$')"
# shellcheck disable=SC2016
tap_test "F-71: a daemon makes xtcp sockets" \
	same 5 "$(turned sh -c '"$1" daemon | cat' - "$SOCKETS" | grep -c ' 253$')"
# shellcheck disable=SC2016
tap_test "F-71: a shell's children in the background make xtcp sockets" \
	same 10 "$(turned sh -c '"$1" kinds & (cd / && "$1" kinds); wait' - "$SOCKETS" | grep -c ' 253$')"

# On another wire: each socket is told, and where that fails there is none.
wired()
{
	same "$1" "$(turned env XTCPIZE="wire=$2" "$SOCKETS" kinds | grep -c "^wire $3\$")"
}
tap_test "--wire xtcp is told to each socket" wired 5 xtcp 253
tap_test "--wire tcp is told to each socket" wired 5 tcp 6
tap_test "--wire both is told to each socket" wired 5 both 259
tap_test "without the wire that was asked for there is no socket" same 5 \
	"$(turned env MOCK_ONE_WIRE=1 XTCPIZE=wire=tcp "$SOCKETS" kinds >/dev/null
		head -n 5 "$WORK/out" | grep -c ': -1$')"
for value in "wire=" "wire=udp" "port=" "port=0" "port=65536" "port=2-1" "port=1,,2" "port=1 2" \
	"colour=blue" "wire=tcpport=1"; do
	tap_test "XTCPIZE='$value' makes no sense: nothing is turned, and that is said" \
		outcome 0 'makes no sense' env XTCPIZE="$value" LD_PRELOAD="$BUILD/libxtcpize.so" \
		"$SOCKETS" kinds
done

# By port: what a program did to its socket before must hold afterwards.
turn_prints()
{
	turned env XTCPIZE="$1" "$BUILD/test/turn" "$2" >/dev/null && cat "$WORK/out"
}
turned_by_port()
{
	same "$("$BUILD/test/turn" 21000)" "$(turn_prints "port=$1" "$2")" &&
		same "$3" "$(grep -c '^2 [0-9]* 253$' "$WORK/log")"
}
tap_test "--port: server and client are turned, with all that was set" \
	turned_by_port 1,22000-22999 22000 2
tap_test "--port: on other ports nothing is turned" turned_by_port 1-20,24000 23000 0
tap_test "--port: no socket is turned before it has a port" \
	same 0 "$(turned env XTCPIZE=port=1-65535 "$SOCKETS" kinds | grep -c 253)"
tap_test "--port and --wire together" \
	same 2 "$(turn_prints "port=22000-22999 wire=tcp" 22000 >/dev/null; grep -c '^wire 6$' "$WORK/log")"

# shellcheck disable=SC2016
tap_test "settings stay across env -i" outcome 0 '^wire=both port=7$' \
	xtcpize run --wire both --port 7 env -i sh -c 'echo "$XTCPIZE"'
# shellcheck disable=SC2016
tap_test "settings of a new environment stay" outcome 0 '^wire=tcp$' \
	xtcpize run --wire both env XTCPIZE=wire=tcp sh -c 'echo "$XTCPIZE"'

for how in execve execvpe execle fexecve execveat posix_spawn posix_spawnp execv execvp execl \
	execlp; do
	tap_test "the library stays across $how with another environment" \
		outcome 0 '^preloaded$' xtcpize run "$SOCKETS" exec "$how"
done
tap_test "it leaves where the environment says XTCPIZE=off" \
	outcome 0 '^bare$' xtcpize run "$SOCKETS" exec off
tap_test "it stays across env -i" outcome 0 '^preloaded$' xtcpize run env -i "$SOCKETS" preloaded
tap_test "it stays across a shell and its children" \
	outcome 0 '^preloaded$' xtcpize run sh -c "sh -c '$SOCKETS preloaded; :'; :"
# shellcheck disable=SC2016
tap_test "it is named once, whoever runs whom" same 1 \
	"$(xtcpize run env -i sh -c 'exec sh -c "echo \$LD_PRELOAD"' | grep -o libxtcpize | wc -l)"
tap_test "exec of nothing still fails as it should" outcome 127 'not found' \
	xtcpize run sh -c 'exec /nonesuch'

# Real programs; the mock turns their sockets back into TCP, so that they can talk on this machine.
served()
{
	local port pid got
	local server='import http.server as h, threading
s = h.HTTPServer(("127.0.0.1", 0), h.SimpleHTTPRequestHandler)
print(s.server_port, s.socket.proto, flush=True)
s.handle_request()'

	rm -f "$WORK/log"
	coproc SERVER { cd "$HERE" && MOCK_LOG="$WORK/log" xtcpize run python3 -c "$server" 2>/dev/null; }
	pid=$SERVER_PID
	read -r port _ <&"${SERVER[0]}"
	got=$(MOCK_LOG="$WORK/log" xtcpize run curl -s "http://127.0.0.1:$port/tap.sh")
	wait "$pid"
	same "$(cat "$HERE/tap.sh")" "$got" || return 1
	# The probe of each xtcpize run, the server's socket and curl's.
	same 4 "$(grep -c '^2 [0-9]* 253$' "$WORK/log")"
}
if command -v curl >/dev/null && python3 -c '' 2>/dev/null; then
	tap_test "F-71: python3 serves curl, both turned" served
else
	tap_skip "F-71: python3 serves curl, both turned" "no curl or no python3"
fi
