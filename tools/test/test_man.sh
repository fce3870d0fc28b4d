# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The man pages: no warnings, and every option that --help knows.

silent()
{
	local out

	out=$(man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>&1 >/dev/null)
	same "" "$out"
}

# Names of the knobs in xtcp(7), and in the module's table of them.
knobs_of_page()
{
	sed -n '/KNOBS-BEGIN/,/KNOBS-END/p' "$HERE/../man/xtcp.7" |
		sed -n 's/^\.IR \([a-z0-9_]*\) .*/\1/p' | sort
}

knobs_of_module()
{
	sed -n '/^static const struct knob knobs/,/^};/p' "$HERE/../../module/sysctl.c" |
		grep -oE '[[:blank:]][A-Z]+\([a-z0-9_]+, |\.name = "[a-z0-9_]+' |
		sed 's/, $//; s/.*[("]//' | sort
}

# Names of the socket options in xtcp(7), and in the module.
options_of_page()
{
	sed -n '/OPTIONS-BEGIN/,/OPTIONS-END/p' "$HERE/../man/xtcp.7" |
		sed -n 's/^\.B \(X\{0,1\}TCP_[A-Z0-9_]*\)$/\1/p' | sort
}

options_of_module()
{
	{
		sed -n '/^static const struct option options/,/^};/p' \
			"$HERE/../../module/sockopt.c" | grep -oE '\{ X?TCP_[A-Z0-9_]+' | tr -d '{ '
		grep -oE 'name == TCP_[A-Z0-9_]+' "$HERE/../../module/sockopt.c" | sed 's/.* //'
	} | sort -u
}

documented()
{
	local page="$1" word missing=0

	shift
	for word in $("$@" | sed '/^FILTER/,$d' | grep -oE -- '(^|[ ,])--?[a-z0-9A-Z][a-z-]*' | tr -d ' ,' | sort -u); do
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
tap_test "xtcpstat(8) has every option" \
	documented "$HERE/../man/xtcpstat.8" "$BUILD/xtcpstat" --help
tap_test "xtcpize(1) has every option" documented "$HERE/../man/xtcpize.1" "$BUILD/xtcpize" --help
if [ -e "$HERE/../../module/sysctl.c" ]; then
	tap_test "xtcp(7) has the knobs of the module, and no others" \
		same "$(knobs_of_module)" "$(knobs_of_page)"
	tap_test "xtcp(7) has the socket options of the module, and no others" \
		same "$(options_of_module)" "$(options_of_page)"
else
	tap_skip "xtcp(7) has the knobs of the module, and no others" "no module beside the tools"
fi
