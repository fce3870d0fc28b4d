# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Damaged input changes nothing and ends nothing.

SEED=${SEED:-$RANDOM}
tap_test "parsers survive 20000 damaged inputs, seed $SEED" \
	"$BUILD/test/fuzz_parse" 20000 "$SEED" "$BUILD/xtcpstat"

# bad_line DIR LINE: what xtcpstat makes of a file with one bad line among good ones
bad_line()
{
	local good="   0: 0100007F:0050 0100007F:C350 01 00000000:00000000 00:00000000 00000000 0 0 7"

	mkdir -p "$WORK/$1"
	printf 'head\n%s\n%s\n%s\n' "$good" "$2" "$good" >"$WORK/$1/xtcp"
	outcome 1 'xtcp: 1 line(s) not understood, the first is line 3' \
		env XTCPSTAT_PROC="$WORK/$1" "$BUILD/xtcpstat" -n || return 1
	same 2 "$(XTCPSTAT_PROC="$WORK/$1" "$BUILD/xtcpstat" -nH 2>/dev/null | wc -l)"
}

n=0
while IFS='|' read -r what line; do
	n=$((n + 1))
	tap_test "a line with $what is refused, others are shown" bad_line "bad$n" "$line"
done <<'END'
no slot number|0100007F:0050 0100007F:C350 01 0:0 0:0 0 0 0 7
a short address|0: 0100007:0050 0100007F:C350 01 0:0 0:0 0 0 0 7
a long address|0: 0100007F00:0050 0100007F:C350 01 0:0 0:0 0 0 0 7
a port past 65535|0: 0100007F:10050 0100007F:C350 01 0:0 0:0 0 0 0 7
state 0|0: 0100007F:0050 0100007F:C350 00 0:0 0:0 0 0 0 7
state 13|0: 0100007F:0050 0100007F:C350 0D 0:0 0:0 0 0 0 7
a queue past 32 bits|0: 0100007F:0050 0100007F:C350 01 100000000:0 0:0 0 0 0 7
a negative uid|0: 0100007F:0050 0100007F:C350 01 0:0 0:0 0 -1 0 7
no inode|0: 0100007F:0050 0100007F:C350 01 0:0 0:0 0 0 0
an inode past 64 bits|0: 0100007F:0050 0100007F:C350 01 0:0 0:0 0 0 0 18446744073709551616
nothing|
END
