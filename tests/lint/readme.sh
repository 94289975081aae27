#!/bin/bash
# The map of rooms in README.md is the plan in src/ROOMS.
. "$(dirname "$0")/lint.sh"
scratch
awk '$1 !~ /^#/ && NF {
	purpose = $0; sub(/^[^#]*# */, "", purpose)
	print $2 "|" $1 "|" purpose
}' "$top/src/ROOMS" >"$work/plan"
awk -F ' *[|] *' '/^\| *floor *\| *room *\|/ { map = 1; next }
	map && !/^\|/ { exit }
	map && !/^\| *-/ { gsub(/`/, "", $3); print $2 "|" $3 "|" $4 }' "$top/README.md" >"$work/map"
diff "$work/plan" "$work/map" || complain "README.md (>) and src/ROOMS (<) differ"
exit $bad
