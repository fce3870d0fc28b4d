#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# programs.sh on the wire of TCP: on xtcp with themselves, and from either side
# with the same programs on the kernel's TCP (F-70, F-71).

export WIRE=6
exec "$(dirname "$(readlink -f "$0")")/programs.sh" "$@"
