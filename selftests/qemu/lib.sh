# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034 # used by those who read this
#
# What the scripts of this directory share: where things are, how to speak to
# the person, and Debian packages fetched without touching the host's own apt.

QEMU_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TOP=$(cd "$QEMU_DIR/../.." && pwd)
BUILD=$TOP/build
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/xtcp
KERNELS="6.1 6.12 7.2 debug uml"
JOBS=${JOBS:-$(nproc)}
# The kernel whose source gives kselftest, checkpatch, and kernels debug and uml.
SOURCE_VERSION=6.1

export LC_ALL=C
# Where depmod and the like are, and a user's shell does not look.
export PATH=$PATH:/usr/sbin:/sbin

# No script ends without a word on where.
set -E
trap 'say "${BASH_SOURCE[0]##*/}:$LINENO: failed: $BASH_COMMAND"' ERR

say()
{
	echo "xtcp: $*" >&2
}

die()
{
	say "$*"
	exit 1
}

# Root for the few commands that need it, and only for those.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		die "'$1' needs root: run as root, or install sudo"
	fi
}

check_kernel_name()
{
	case " $KERNELS " in
	*" $1 "*) ;;
	*) die "unknown kernel '$1'; there are: $KERNELS" ;;
	esac
}

# Arguments that kernel $1 needs in every make of its source.
arch_args()
{
	case $1 in
	uml) echo ARCH=um ;;
	esac
}

# Runs a long command with its output in a log, a line of progress now and
# then, and the log's tail when it fails.
# $1: what is being done; $2: log file; the rest: the command.
quietly()
{
	local what=$1 log=$2 pid t=0

	shift 2
	mkdir -p "$(dirname "$log")"
	say "$what (log: $log)"
	"$@" >"$log" 2>&1 </dev/null &
	pid=$!
	while kill -0 "$pid" 2>/dev/null; do
		sleep 1
		t=$((t + 1))
		[ $((t % 30)) -ne 0 ] ||
			say "  ... ${t} s: $(tail -n 1 "$log" | cut -c 1-100)"
	done
	wait "$pid" && return
	tail -n 30 "$log" >&2
	die "failed: $what (log: $log)"
}

# Waits until no other run holds the lock $1, then keeps it till this shell
# ends.  A second caller finds the work done instead of doing it again.
take_lock()
{
	local fd

	mkdir -p "$(dirname "$1")"
	exec {fd}>"$1"
	flock -n "$fd" || {
		say "waiting for another run to finish with $(basename "$1" .lock)"
		flock "$fd"
	}
}

# The Debian mirror that the host's apt uses, so that a local one is used here
# too.  $1: Debian or Debian-Security.
mirror()
{
	local found

	# shellcheck disable=SC2016 # for apt to expand
	found=$(apt-get indextargets --format '$(LABEL) $(SITE)' \
		"Created-By: Packages" 2>/dev/null |
		awk -v label="$1" '$1 == label { print $2; exit }')
	case $1 in
	Debian) echo "${found:-http://deb.debian.org/debian}" ;;
	*) echo "${found:-http://deb.debian.org/debian-security}" ;;
	esac
}

# An apt of our own for Debian suite $1: its own sources and state, the host's
# proxy settings and keys.  Sets APT_CONFIG for the commands that follow.
private_apt()
{
	local suite=$1 dir=$CACHE/apt/$1 main deb=deb
	local keys=/usr/share/keyrings/debian-archive-keyring.gpg

	[ "${APT_SUITE-}" != "$suite" ] || return 0
	unset APT_CONFIG
	main=$(mirror Debian)
	[ ! -e "$keys" ] || deb="deb [signed-by=$keys]"
	mkdir -p "$dir"/{lists/partial,cache/archives/partial,log,parts}
	touch "$dir/status"
	{
		echo "$deb $main $suite main"
		case $suite in
		bookworm)
			echo "$deb $main $suite-updates main"
			echo "$deb $(mirror Debian-Security) $suite-security main"
			;;
		esac
	} >"$dir/sources.list"
	cat >"$dir/apt.conf" <<-EOT
	Dir::Etc::sourcelist "$dir/sources.list";
	Dir::Etc::sourceparts "$dir/parts";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$dir/parts";
	Dir::State "$dir";
	Dir::State::status "$dir/status";
	Dir::State::lists "$dir/lists";
	Dir::Cache "$dir/cache";
	Dir::Log "$dir/log";
	APT::Architecture "amd64";
	APT::Architectures { "amd64"; };
	APT::Sandbox::User "";
	Acquire::Check-Valid-Until "false";
	Acquire::Languages "none";
	Acquire::Retries "3";
	EOT
	export APT_CONFIG=$dir/apt.conf
	APT_SUITE=$suite
	quietly "reading Debian $suite's package lists" "$dir/log/update.log" \
		apt-get update
}

# Downloads packages $2... of suite $1 and unpacks them into directory $PWD.
unpack_packages()
{
	local suite=$1 pkg tmp

	shift
	private_apt "$suite"
	tmp=$(mktemp -d "$CACHE/apt/fetch.XXXXXX")
	for pkg; do
		say "fetching $pkg"
		(cd "$tmp" && apt-get -q download "$pkg" >>"$CACHE/apt/fetch.log" 2>&1) || {
			tail -n 5 "$CACHE/apt/fetch.log" >&2
			die "cannot download $pkg from Debian $suite"
		}
	done
	for pkg in "$tmp"/*.deb; do
		dpkg-deb -x "$pkg" .
	done
	rm -r "$tmp"
}

# The newest kernel package of suite $1 that matches the regex $2.
newest_package()
{
	local found

	private_apt "$1"
	found=$(apt-cache pkgnames linux-headers- | grep -Ex "$2" | sort -V |
		tail -n 1)
	[ -n "$found" ] || die "Debian $1 has no package named like $2"
	echo "$found"
}
