#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mutants-guest.sh DIR NUMBER...: the part of "mutants" inside the guest. For
# each mutant: loads DIR/NUMBER.ko, runs its tests from the list DIR/tests and
# prints "caught NUMBER by what", or "missed NUMBER". Ends early, for another
# guest to go on, when the kernel complains or the module cannot be unloaded.

dir=$1
shift
cd /kselftest/net/xtcp || exit 1

# Runs the tests of mutant $1, program:pattern each; prints the first failure.
run_tests()
{
	local test out tests

	read -ra tests < <(sed -n "s/^$1 //p" "$dir/tests")
	for test in "${tests[@]}"; do
		# When grep has what it wants the program ends at its next line.
		out=$(XTCP_TEST_ONLY=${test#*:} timeout 400 "./${test%%:*}" 2>/dev/null |
			grep -m 1 '^not ok'; exit "${PIPESTATUS[0]}")
		case $? in
		0) ;;
		124) echo "time"; return ;;
		*)
			out=${out:-$test}
			echo "${out##*.}"
			return
			;;
		esac
	done
}

# An orphan whose peer is silent keeps the module for some time.
unload()
{
	for wait in 0.1 0.2 {1..8} {30..60}; do
		rmmod xtcp 2>/dev/null && return 0
		sleep "$wait"
	done
	return 1
}

complained()
{
	dmesg | grep -qE 'BUG:|WARNING:|KASAN|UBSAN|ODEBUG|Oops|refcount_t'
}

for n; do
	echo "begin $n"
	insmod "$dir/$n.ko" || { echo "caught $n by insmod"; continue; }
	why=$(run_tests "$n")
	if complained; then
		echo "caught $n by ${why:-the kernel}"
		exit 0
	fi
	if [ -n "$why" ]; then
		echo "caught $n by $why"
	else
		echo "missed $n"
	fi
	unload || exit 0
done
