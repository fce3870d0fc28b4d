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
