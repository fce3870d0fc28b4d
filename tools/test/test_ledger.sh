# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Ledgers: text, JSON and what is said without netlink, from an answer made up.

mkdir -p "$WORK/ledger"
"$BUILD/test/answer" >"$WORK/ledger/answer"
"$BUILD/test/answer" broken >"$WORK/ledger/broken"
{
	echo head
	echo "   0: 00000000:0050 00000000:0000 0A 00000080:00000003 00:0 0 33 0 77 1 0 100 0 0 10 0"
	echo "   1: 00000000:0051 00000000:0000 0A 00000080:00000000 00:0 0 33 0 79 1 0 100 0 0 10 0"
} >"$WORK/ledger/xtcp"

ledger()
{
	XTCPSTAT_PROC="$WORK/ledger" XTCPSTAT_NETLINK="$WORK/ledger/answer" \
		"$BUILD/xtcpstat" "$@"
}

tap_test "F-26: --ledger shows what happened, by cause" same \
"LISTEN 0.0.0.0:80 since 65.4s
  accept queue  3 of 128, peak 17
  SYN queue     2 of 256, peak 30
  SYNs          101 new, 103 repeated, 102 queued, 110 answered by cookie, 104 met a full SYN queue
  SYNs dropped  105 SYN queue full, 106 accept queue full, 107 malformed, no memory or no route
  SYN-ACKs      108 repeated by timer, 109 repeated for a repeated SYN
  cookies       111 good, 112 forged, 113 stale, 114 of another timestamp, 115 ACKs while none was out
  handshakes    120 completed, 121 deferred, 122 met a full accept queue, 119 reset for that, 116 timed out, 117 reset by the peer, 118 unreachable, 123 failed
  connections   124 accepted, 125 of them over by then, 126 abandoned
  resets        127 sent
  accept waited 140us on average, half within 64us, 99% within 1.0ms, all within 1.0ms
LISTEN *:443 since 65.4s
  accept queue  0 of 0, peak 0
  SYN queue     0 of 0, peak 0" "$(ledger -n --ledger)"
tap_test "F-26: --ledger -a shows what did not happen, too" outcome 0 \
	'^  cookies       0 good, 0 forged, 0 stale, 0 of another timestamp, 0 ACKs' \
	ledger -an --ledger sport = :443
tap_test "F-26: --ledger -e shows the owner" outcome 0 \
	'^LISTEN \*:443 since 65.4s uid:33 ino:78 wire:253$' ledger -ne --ledger
tap_test "F-26: --ledger takes a filter" same "LISTEN *:443 since 65.4s" \
	"$(ledger -n --ledger sport = :443 | head -n 1)"
tap_test "--ledger and -s do not go together" outcome 2 'one at a time' ledger -s --ledger
if command -v jq >/dev/null; then
	tap_test "F-26: -l --json has the ledger of the socket with that inode" same \
		'[9,65432,{"length":2,"peak":30,"limit":256},{"length":3,"peak":17,"limit":128}]' \
		"$(ledger -l --json | jq -c '.sockets[0].ledger | [.id, .age_ms, .syn_queue, .accept_queue]')"
	tap_test "F-26: -l --json has all counts" same '[27,101,127,10,1400,1000,24,9]' \
		"$(ledger -l --json | jq -c '.sockets[0].ledger | [(.counts | length),
			.counts.syns, .counts.rsts_sent, (.accept_wait_us | .count, .sum, .max,
			(.bins | length), .bins[6])]')"
	tap_test "a listener that netlink does not tell has no ledger" same null \
		"$(ledger -l --json | jq -c '.sockets[1].ledger')"
	tap_test "without -l no ledger is asked for" same null \
		"$(XTCPSTAT_NETLINK=/nonesuch ledger -a --json | jq -c '.sockets[1].ledger')"
else
	tap_skip "F-26: ledgers as JSON" "no jq"
fi
# Every key of JSON is in the manual.
documented()
{
	local key missing=

	for key in $(ledger -l --json | grep -o '"counts":{[^}]*' | grep -o '"[a-z_]*":[0-9]' |
		     cut -d '"' -f 2); do
		grep -qw -- "$key" "$HERE/../man/xtcpstat.8" || missing+=" $key"
	done
	same "" "$missing"
}
tap_test "xtcpstat(8) has every count" documented
tap_test "an answer that makes no sense does no harm" outcome 0 '^LISTEN 97.98.99.100:\* since 0.0s$' \
	env XTCPSTAT_NETLINK="$WORK/ledger/broken" "$BUILD/xtcpstat" -n --ledger
tap_test "an answer that cannot be read is an error" outcome 1 '/nonesuch: No such file' \
	env XTCPSTAT_NETLINK=/nonesuch "$BUILD/xtcpstat" --ledger
# A namespace without the module's family; as any host that has not loaded it.
if [ -e /proc/net/netlink ] && [ ! -e /proc/net/xtcp ]; then
	tap_test "without the netlink module: a clear error, status 1" outcome 1 \
'^xtcpstat: the xtcp_diag module is not loaded (no netlink family "xtcp"); load it with: modprobe xtcp_diag$' \
		"$BUILD/xtcpstat" --ledger
else
	tap_skip "without the netlink module: a clear error, status 1" "it may be loaded"
fi
