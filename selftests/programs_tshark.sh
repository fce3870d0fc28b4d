#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Wireshark's reader finds nothing wrong in captures of clean transfers: by
# protocol 253, told that this is TCP (F-05), and on the wire of TCP (F-70). The
# kernel's TCP with itself shows what the reader makes of the path.
#
#   left  10.8.0.1 fd00:8::1  =====  10.8.0.2 fd00:8::2  right
#
# Environment: APPS, where the programs' root is (/apps).

# shellcheck source=xtcp_lib.sh disable=SC2317
. "$(dirname "$0")/xtcp_lib.sh"
# shellcheck source=capture_lib.sh
. "$here/capture_lib.sh"

# What programs_lib.sh reads, and whether sums are judged.
WIRE=
sums=FALSE
work=/tmp/programs
# shellcheck source=programs_lib.sh
. "$here/programs_lib.sh"

size=1M
slow_kernel && size=128k

# What is wrong with a segment or with the sequence of them. A window that is
# full, or opens, is neither.
faults="tcp.analysis.retransmission || tcp.analysis.fast_retransmission ||
	tcp.analysis.spurious_retransmission || tcp.analysis.out_of_order ||
	tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment ||
	tcp.analysis.duplicate_ack || tcp.analysis.reused_ports ||
	tcp.checksum.status == \"Bad\" || ip.checksum.status == \"Bad\" ||
	tcp.options.mss.absent || _ws.malformed || _ws.expert.severity == error"

# On a busy machine a clean path loses nothing, but an answer may be late, and
# two processors may pass on segments in another order.
calm_host()
{
	ip -n "$1" route change 10.8.0.0/24 dev cable rto_min 30s &&
		ip -n "$1" route replace fd00:8::/64 dev cable proto kernel \
			metric 256 rto_min 30s &&
		in_ns "$1" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_early_retrans
			echo 1 >/sys/class/net/cable/queues/rx-0/rps_cpus'
}

# tshark OPTION...: reads the capture. It has 6 in the pseudo header, whatever the
# protocol, so that only the wire of TCP has the sum that it wants.
tshark()
{
	chroot "$apps" env HOME=/root LC_ALL=C tshark -n -r "$capture" \
		-d ip.proto==253,tcp -o "tcp.check_checksum:$sums" \
		-o ip.check_checksum:TRUE "$@" 2>"$work/tshark.err"
}

# reads_clean BYTES: all of that both ways, and no fault
reads_clean()
{
	local found bytes

	tshark -Y "$faults" >"$work/faults" || {
		sed 's/^/# /' "$work/tshark.err"
		return 1
	}
	bytes=$(tshark -T fields -e tcp.len -Y tcp | awk '{ n += $1 } END { print n + 0 }')
	[ "$bytes" = "$1" ] || { echo "# $bytes bytes of $1 were read"; return 1; }
	found=$(wc -l <"$work/faults")
	[ "$found" != 0 ] || return 0
	echo "# $found faults:"
	head -n 20 "$work/faults" | sed 's/^/#   /'
	return 1
}

# A handshake, data both ways, an end.
clean_transfer()
{
	local address=10.8.0.2

	[ "$2" = v6 ] && address=fd00:8::2
	capture_begin "$left" cable "tcp or ip proto 253 or ip6 proto 253" &&
		"$here/transfer" -V -q -C "$left" -S "$right" -a "$address" \
			-P "$1" -n "$size" -m "$size" -s 1 -t 240 &&
		capture_end &&
		reads_clean $((2 * $(numfmt --from=iec "${size^^}")))
}

# captures ID NAME PAIR...
captures()
{
	local pair family

	for pair in "${@:3}"; do
		for family in v4 v6; do
			hosts_up
			calm_host "$left" && calm_host "$right" ||
				echo "# the hosts are not calm"
			check "$1 $2, $pair $family" clean_transfer "$pair" $family
			cleanup_namespaces
		done
	done
}

clean_up()
{
	capture_clean_up
	cleanup_namespaces
	root_down
	rm -rf "$work"
}

need_root
need_xtcp "the kernel's TCP is among the cases"
has_program tshark || skip_all "no tshark in $apps"
tap_start
trap clean_up EXIT
rm -rf "$work"
root_up || skip_all "the programs' root cannot be made ready"

captures F05 "tshark reads protocol 253" xtcp,xtcp
WIRE=6
sums=TRUE
captures F70 "tshark reads the wire of TCP" tcp,tcp xtcp,tcp tcp,xtcp xtcp,xtcp
tap_end
