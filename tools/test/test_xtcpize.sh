# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# xtcpize: which programs it takes, which it refuses, and with what words and status.

BIN="$WORK/bin"
mkdir -p "$BIN"
MOCK="$BUILD/test/mock_socket.so"
SOCKETS="$BUILD/test/sockets"

# As on a machine with the module: the mock answers for the kernel.
xtcpize()
{
	LD_PRELOAD="$MOCK" "$BUILD/xtcpize" "$@"
}

xtcpize_with()
{
	XTCPIZE="$1" xtcpize run "$2"
}

# refused STATUS PATTERN PROGRAM: both commands say the same
refused()
{
	outcome "$1" "cannot be run on xtcp: .*$2" xtcpize run "$3" &&
		outcome "$1" "cannot be run on xtcp: .*$2" xtcpize check "$3"
}

# Turn bytes of a copy of an ELF program: patched NAME OFFSET OCTAL
patched()
{
	cp "$SOCKETS" "$BIN/$1"
	printf '%b' "$3" | dd of="$BIN/$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

script()
{
	printf '%s\n' "$2" >"$BIN/$1"
	chmod +x "$BIN/$1"
}

tap_test "a dynamic program can" outcome 0 "sockets: can be run on xtcp" xtcpize check "$SOCKETS"
tap_test "no such path: 127" refused 127 "it is not found" "$BIN/nonesuch"
tap_test "no such name in PATH: 127" refused 127 "it is not found" xtcp-nonesuch
tap_test "a directory: 126" refused 126 "it cannot be executed" "$BIN"
: >"$BIN/plain"
tap_test "a file without execute permission: 126" refused 126 "it cannot be executed" "$BIN/plain"
tap_test "a device: 126" refused 126 "it cannot be executed" /dev/null

cat >"$WORK/static.c" <<'END'
int main(void) { return 0; }
END
if ${CC:-cc} -static -o "$BIN/static" "$WORK/static.c" 2>/dev/null; then
	tap_test "a static program: 126" refused 126 "it is statically linked" "$BIN/static"
	script by_static "#!$BIN/static"
	tap_test "a script by a static program: 126" \
		refused 126 "its interpreter $BIN/static is statically linked" "$BIN/by_static"
	script by_script "#! $BIN/by_static -x"
	tap_test "a script by a script by a static program: 126" \
		refused 126 "its interpreter $BIN/static is statically linked" "$BIN/by_script"
	script by_env "#!/usr/bin/env -S A=b static -x"
	tap_test "a script by env by a static program: 126" env PATH="$BIN:$PATH" bash -c "
		. '$HERE/tap.sh'; $(declare -f refused xtcpize); MOCK='$MOCK'
		refused 126 'its interpreter $BIN/static is statically linked' '$BIN/by_env'"
else
	tap_skip "a static program: 126" "no static C library"
fi
if ${CC:-cc} -static-pie -o "$BIN/static_pie" "$WORK/static.c" 2>/dev/null; then
	tap_test "a static position-independent program: 126" \
		refused 126 "it is statically linked" "$BIN/static_pie"
else
	tap_skip "a static position-independent program: 126" "no static C library"
fi

cp "$SOCKETS" "$BIN/setuid" && chmod u+s "$BIN/setuid"
tap_test "a set-user-ID program: 126" refused 126 "it is set-user-ID" "$BIN/setuid"
cp "$SOCKETS" "$BIN/setgid" && chmod g+s "$BIN/setgid"
tap_test "a set-group-ID program: 126" refused 126 "it is set-group-ID" "$BIN/setgid"
cp "$SOCKETS" "$BIN/caps"
if setcap cap_net_raw+ep "$BIN/caps" 2>/dev/null; then
	tap_test "a program with file capabilities: 126" \
		refused 126 "it has file capabilities" "$BIN/caps"
else
	tap_skip "a program with file capabilities: 126" "setcap does not work here"
fi
script setuid_script "#!/bin/sh"
chmod u+s "$BIN/setuid_script"
tap_test "a set-user-ID script can: the kernel ignores the bit" \
	outcome 0 "can be run" xtcpize check "$BIN/setuid_script"

# e_ident[EI_CLASS] is byte 4, e_type 16, e_machine 18, e_phnum 56 of a 64-bit file.
case "$(head -c 20 "$SOCKETS" | od -An -tx1 | tr -d ' \n')" in
7f454c460201*)
	patched other_machine 18 '\0377\0376'
	tap_test "a program for another processor: 126" \
		refused 126 "it is for another processor (ELF machine 65279" "$BIN/other_machine"
	patched object 16 '\0001'
	tap_test "an object file: 126" refused 126 "is an ELF file, but not a program" "$BIN/object"
	patched no_headers 56 '\0000\0000'
	tap_test "an ELF file without program headers: 126" \
		refused 126 "it is a damaged ELF file" "$BIN/no_headers"
	patched class 4 '\0377'
	tap_test "an ELF file of no class: 126" refused 126 "it is a damaged ELF file" "$BIN/class"
	# A 32-bit program of our own making: head, one program header, a loader's name.
	{
		printf '\177ELF\1\1\1\0\0\0\0\0\0\0\0\0\2\0\3\0\1\0\0\0\0\0\0\0\064\0\0\0'
		printf '\0\0\0\0\0\0\0\0\064\0\040\0\1\0\0\0\0\0\0\0'
		printf '\3\0\0\0\124\0\0\0\0\0\0\0\0\0\0\0\6\0\0\0\6\0\0\0\0\0\0\0\1\0\0\0'
		printf '/ld32\0'
	} >"$BIN/bits32"
	chmod +x "$BIN/bits32"
	tap_test "a 32-bit program: 126" refused 126 "it is a 32-bit program" "$BIN/bits32"
	;;
*)
	tap_skip "programs of other machines" "these tests patch 64-bit little-endian files"
	;;
esac
head -c 40 "$SOCKETS" >"$BIN/short" && chmod +x "$BIN/short"
tap_test "a truncated program: 126" refused 126 "it is a damaged ELF file" "$BIN/short"
printf '\0\1\2' >"$BIN/rubbish" && chmod +x "$BIN/rubbish"
tap_test "neither program nor script: 126" \
	refused 126 "neither a program nor a script" "$BIN/rubbish"

script hello '#!/bin/sh
echo "hello $*"'
tap_test "a script runs" outcome 0 '^hello a b$' xtcpize run "$BIN/hello" a b
script headless 'echo "hello $*"'
tap_test "a script without #! runs, by sh" outcome 0 '^hello a b$' xtcpize run "$BIN/headless" a b
script empty_line '#!'
tap_test "a script with an empty #!: 126" refused 126 "script without interpreter" "$BIN/empty_line"
script lost "#!$BIN/nonesuch"
tap_test "a script whose interpreter is missing: 126" \
	refused 126 "its interpreter $BIN/nonesuch cannot be read" "$BIN/lost"
script loop "#!$BIN/loop"
tap_test "a script that interprets itself: 126" refused 126 "too many scripts" "$BIN/loop"

tap_test "the program's status is passed on" outcome 42 '' xtcpize run sh -c 'exit 42'
tap_test "options behind the program are its own" \
	outcome 0 '^--help -h$' xtcpize run echo --help -h
tap_test "run -- PROGRAM" outcome 0 '^x$' xtcpize run -- echo x
tap_test "without the module: 126, and how to load it" \
	outcome 126 'cannot be run on xtcp: the xtcp module is not loaded; load it with: modprobe xtcp' \
	env MOCK_ABSENT=1 LD_PRELOAD="$MOCK" "$BUILD/xtcpize" run true
tap_test "check without the module: a note" outcome 0 'note: the xtcp module is not loaded' \
	env MOCK_ABSENT=1 LD_PRELOAD="$MOCK" "$BUILD/xtcpize" check true
tap_test "check of several: the worst status" outcome 127 'sh: can be run' \
	xtcpize check sh "$BIN/plain" "$BIN/nonesuch" cat
tap_test "a wire that the module does not know: 126" \
	outcome 126 'this xtcp module knows one wire only' \
	env MOCK_ONE_WIRE=1 LD_PRELOAD="$MOCK" "$BUILD/xtcpize" run --wire tcp true
tap_test "a wire that the environment asks for: 126 likewise" \
	outcome 126 'this xtcp module knows one wire only' \
	env XTCPIZE=wire=tcp MOCK_ONE_WIRE=1 LD_PRELOAD="$MOCK" "$BUILD/xtcpize" run true
tap_test "settings in the environment that make no sense: 125" \
	outcome 125 'XTCPIZE makes no sense' xtcpize_with wire=none true
tap_test "--hook where there is none: 126, and why" \
	outcome 126 'true cannot be run on xtcp: ' xtcpize run --hook true
tap_test "--hook with --port: 126" outcome 126 'need the library' xtcpize run --hook --port 7 true
for words in "" "run" "check" "nonesuch x" "-z" "run -z" "run --wire udp true" "run --wire" \
	"run --port 0 true" "run --port 1-70000 true" "run --port 1,x true" "run --port" \
	"check --port 7 true" "check --wire tcp true" "check --hook true"; do
	# shellcheck disable=SC2086
	tap_test "xtcpize $words: usage, status 2" outcome 2 '^Usage: xtcpize' xtcpize $words
done
tap_test "--help: status 0" outcome 0 '^Usage: xtcpize' xtcpize --help
tap_test "--version: status 0" outcome 0 '^xtcpize [0-9]' xtcpize --version

# Without root, a temporary place stands for the system.
# shellcheck disable=SC2016
installed()
{
	make -s -C "$HERE/.." O="$BUILD" DESTDIR="$WORK/dest" PREFIX=/usr install &&
		outcome 0 "^$WORK/dest/usr/lib/xtcp/libxtcpize.so:$MOCK\$" \
			env LD_PRELOAD="$MOCK" "$WORK/dest/usr/bin/xtcpize" run \
			sh -c 'echo "$LD_PRELOAD"' || return 1
	rm "$WORK/dest/usr/lib/xtcp/libxtcpize.so"
	outcome 125 'libxtcpize.so is neither next to this command' \
		env LD_PRELOAD="$MOCK" "$WORK/dest/usr/bin/xtcpize" run true
}
tap_test "installed, it finds its library; without it, status 125" installed
