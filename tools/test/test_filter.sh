# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Filters, against ss with the same filter on the same files (see test_list.sh).

while read -r filter; do
	if [ -n "$HAVE_SS" ]; then
		# shellcheck disable=SC2086
		tap_test "filter '$filter' as ss" like_ss -tan $filter
	else
		tap_skip "filter '$filter' as ss" "no ss that reads procfs"
	fi
done <<'END'
state time-wait
state established
state connected
state synchronized
state big
state bucket
state listening
state syn-recv
state fin-wait-1 state last-ack
exclude listening exclude established
sport = :80
sport = :http
sport == 443
sport != :80
dport > :50000
dport >= :50001
sport lt :443
sport le :443
src 127.0.0.1
dst 127.0.0.0/29
dst 127.0.0.4/30
src fe80::/10
dst 2001:db8::/32
dst = 127.0.0.2:50000
src :443
src [::ffff:127.0.0.1]:80
( dport = :50000 and dst 127.0.0.2 ) or sport = :443
not dport = :50000
dport = :50000 dst 127.0.0.2
state time-wait dport = :50000
END

tap_test "one word may hold the whole filter" \
	same "$(ours -an dport = :50000 or sport = :443)" "$(ours -an 'dport=:50000||sport=:443')"
tap_test "state may come last" same "$(ours -an state time-wait dport = :50000)" \
	"$(ours -an dport = :50000 state time-wait)"
tap_test "state outranks the default of a listing" outcome 0 TIME-WAIT \
	env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" -n state TIME_WAIT

tap_test "and binds closer than or" \
	same "$(ours -an sport = :22 or '(' sport = :443 dport = :50001 ')')" \
	"$(ours -an sport = :22 or sport = :443 and dport = :50001)"
tap_test "an address may be excluded" \
	same "$(ours -an not dst 127.0.0.2)" "$(ours -an dst != 127.0.0.2)"

v4_mapped()
{
	ours -an6 dst 127.0.0.1 | grep -q '^ESTAB 32 16 \[::ffff:127.0.0.1\]:80'
}
tap_test "an IPv4 address finds itself mapped into IPv6" v4_mapped

while read -r filter; do
	# shellcheck disable=SC2086
	tap_test "filter '$filter' is refused with status 2" outcome 2 '^Usage: ' \
		env XTCPSTAT_PROC="$FIX" "$BUILD/xtcpstat" $filter
done <<'END'
state
state nonesuch
sport
sport =
sport = :65536
sport = :nonesuch
sport = :
dst
dst 1.2.3
dst 1.2.3.4/33
dst ::/129
dst < 1.2.3.4
dst 1.2.3.4:99999
( sport = :80
sport = :80 )
sport = :80 or
not
nonesuch
END

deep()
{
	local open

	open=$(printf '%0100000d' 0)
	outcome 2 'too long' "$BUILD/xtcpstat" "${open//0/(}" || return 1
	open=${open:0:1000}
	outcome 2 'too deep' "$BUILD/xtcpstat" "${open//0/(}" &&
		outcome 2 'too deep' "$BUILD/xtcpstat" "${open//0/! }"
}
tap_test "a filter of absurd size or depth is refused" deep
