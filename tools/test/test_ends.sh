# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The close ledger and what keepalive found out, from messages in a file.

ENDS="$WORK/ends"
mkdir -p "$ENDS"
"$BUILD/test/answers" ends >"$ENDS/answer"
"$BUILD/test/answers" keepalives >"$ENDS/keepalives"
cat >"$ENDS/xtcp_stat" <<'END'
EstabResets 3 not an end
EndFinOurs 12 ended: in order, this side closing first
EndIcmp 0 ended: hard ICMP error
EndReqTime 1 embryonic, ended: no answer
END

ends()
{
	TZ=UTC XTCPSTAT_PROC="$ENDS" XTCPSTAT_NETLINK="$ENDS/answer" "$BUILD/xtcpstat" --ends "$@"
}

# Blanks made single.
single()
{
	sed -e 's/  */ /g' -e 's/ $//'
}

tap_test "--ends lists ends, then causes" same \
"When State Local Address:Port Peer Address:Port Sent Received Lasted Cause
2023-11-14 22:13:20.123 FIN-WAIT-2 10.0.0.1:40000 10.0.0.2:80 5000000000 7 1.500000s FinOurs
2023-11-14 22:13:20.123 ESTAB [2001:db8::1]:40000 [2001:db8::2]:80 - - - TimeKeepalive
2023-11-14 22:13:20.123 ESTAB [2001:db8::1]:40000 [::ffff:10.0.0.2]:80 5000000000 7 1.500000s 200

Cause Count Meaning
FinOurs 12 in order, this side closing first
ReqTime 1 embryonic, ended: no answer" "$(ends -n | single)"
tap_test "--ends -a counts causes that never were" outcome 0 '^Icmp  *0 hard ICMP error$' \
	env XTCPSTAT_PROC="$ENDS" XTCPSTAT_NETLINK="$ENDS/answer" "$BUILD/xtcpstat" --ends -na
tap_test "--ends takes a filter" same 1 "$(ends -nH state fin-wait-2 | grep -c :80)"
tap_test "--ends takes an address" same 2 "$(ends -nH dst 10.0.0.2 | grep -c :80)"
tap_test "--ends -H has no head lines" same 0 "$(ends -nH | grep -c Meaning)"

keepalive()
{
	XTCPSTAT_PROC="$ENDS" XTCPSTAT_NETLINK="$ENDS/keepalives" "$BUILD/xtcpstat" -ni "$@"
}

printf '%s\n' "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode" \
	"   0: 0100007F:9C40 0200007F:0050 01 00000000:00000000 02:00000010 00000000     0        2 1001 1 0" \
	"   1: 0100007F:9C41 0200007F:0050 01 00000000:00000000 02:00000010 00000000     0        2 1002 1 0" \
	"   2: 0100007F:9C42 0200007F:0050 01 00000000:00000000 00:00000000 00000000     0        0 1003 1 0" \
	>"$ENDS/xtcp"
head -1 "$ENDS/xtcp" >"$ENDS/xtcp6"
tap_test "-i shows what keepalive found out" same \
"ESTAB 0 0 127.0.0.1:40000 127.0.0.2:80 keepalive:(off,sent:9,answered:0,waiting:2)
ESTAB 0 0 127.0.0.1:40001 127.0.0.2:80 keepalive:(on,sent:9,answered:7,waiting:2,age:71234ms,rtt:20.345ms)
ESTAB 0 0 127.0.0.1:40002 127.0.0.2:80" "$(keepalive -H | single)"
if command -v jq >/dev/null; then
	tap_test "ends as JSON" same \
		'[3,"10.0.0.2",80,"FinOurs",1700000000123,1500000,5000000000,7,null,"200",2,12]' \
		"$(ends --json | jq -c '[(.ends | length), .ends[0].peer_address, .ends[0].peer_port,
			.ends[0].cause, .ends[0].when_ms, .ends[0].lasted_us, .ends[0].sent,
			.ends[0].received, .ends[1].sent, .ends[2].cause, (.causes | length),
			.causes[0].count]')"
	tap_test "keepalive as JSON" same '[{"on":true,"sent":9,"answered":7,"waiting":2,"age_ms":71234,"rtt_us":20345},null]' \
		"$(keepalive --json | jq -c '[.sockets[1].keepalive, .sockets[2].keepalive]')"
else
	tap_skip "ends as JSON" "no jq"
	tap_skip "keepalive as JSON" "no jq"
fi
tap_test "without netlink the causes are there all the same" outcome 1 '^FinOurs  *12 ' \
	env XTCPSTAT_PROC="$ENDS" XTCPSTAT_NETLINK="$ENDS/none" "$BUILD/xtcpstat" --ends
tap_test "-K without a filter kills nothing" outcome 2 'takes a filter' "$BUILD/xtcpstat" -nK
tap_test "-K is for listings" outcome 2 'takes a filter' "$BUILD/xtcpstat" -nK --ends dst 10.0.0.2
