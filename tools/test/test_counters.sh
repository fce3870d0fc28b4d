# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Counters: text, JSON, changes.

STAT="$WORK/stat"
mkdir -p "$STAT"
cat >"$STAT/xtcp_stat" <<'END'
SegsIn 18446744073709551615 segments received, "all" of them
SegsOut 0 segments sent
Bare 7
END

counters()
{
	XTCPSTAT_PROC="$STAT" "$BUILD/xtcpstat" "$@"
}

tap_test "-s shows counters with their meanings, not the zero ones" same \
"Name                  Value Meaning
SegsIn 18446744073709551615 segments received, \"all\" of them
Bare                      7" "$(counters -s)"
tap_test "-sa shows the zero ones too" outcome 0 '^SegsOut  *0 segments sent$' \
	env XTCPSTAT_PROC="$STAT" "$BUILD/xtcpstat" -sa
if command -v jq >/dev/null; then
	tap_test "counters as JSON" same '["SegsIn","segments received, \"all\" of them"]' \
		"$(counters -s --json | jq -c '.counters[0] | [.name, .meaning]')"
else
	tap_skip "counters as JSON" "no jq"
fi
tap_test "a bad line of counters is told" outcome 1 'not understood, the first is line 2' \
	sh -c "mkdir -p '$WORK/badstat'; printf 'Good 1 x\nBad -1 x\n' >'$WORK/badstat/xtcp_stat'
		XTCPSTAT_PROC='$WORK/badstat' '$BUILD/xtcpstat' -s"
tap_test "counters take no filter" outcome 2 '^Usage: ' "$BUILD/xtcpstat" -s sport = :80

changes()
{
	local out="$WORK/watch"

	echo "SegsOut 5 segments sent" >"$STAT/xtcp_stat"
	XTCPSTAT_PROC="$STAT" "$BUILD/xtcpstat" -s --watch=0.05 >"$out" &
	until grep -q 'SegsOut' "$out" 2>/dev/null; do sleep 0.02; done
	echo "SegsOut 12 segments sent" >"$STAT/new"
	mv "$STAT/new" "$STAT/xtcp_stat"
	timeout 10 sh -c "until grep -q '+7' '$out'; do sleep 0.02; done"
	kill $!
	wait $! 2>/dev/null
	outcome 0 'SegsOut  *12  *+7 segments sent' cat "$out"
}
tap_test "--watch shows what was added to a counter" changes
