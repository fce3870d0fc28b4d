# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The man pages: no warnings, and every option that --help knows.

silent()
{
	local out

	out=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null)
	same "" "$out"
}

documented()
{
	local page="$1" word missing=0

	shift
	for word in $("$@" | grep -oE -- '(^|[ ,])--?[a-z0-9A-Z][a-z-]*' | tr -d ' ,' | sort -u); do
		sed 's/\\-/-/g' "$page" | grep -qFe "$word" || { echo "missing: $word"; missing=1; }
	done
	return "$missing"
}

for page in "$HERE"/../man/*.[178]; do
	if command -v man >/dev/null; then
		tap_test "man page ${page##*/}: no warnings" silent "$page"
	else
		tap_skip "man page ${page##*/}: no warnings" "no man"
	fi
done
tap_test "xtcpstat(8) has every option" documented "$HERE/../man/xtcpstat.8" "$BUILD/xtcpstat" --help
tap_test "xtcpize(1) has every option" documented "$HERE/../man/xtcpize.1" "$BUILD/xtcpize" --help
