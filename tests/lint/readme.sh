#!/bin/bash
# The map of rooms in README.md is the plan in src/ROOMS; --write makes it so.
. "$(dirname "$0")/lint.sh"
scratch
{
	printf '| floor | room | what it is for |\n|---|---|---|\n'
	awk '$1 !~ /^#/ && NF { purpose = $0; sub(/^[^#]*# */, "", purpose); print "| " $2 " | `" $1 "` | " purpose " |" }' "$top/src/ROOMS"
} >"$work/plan"
awk -v plan="$work/plan" '
	/^\| floor \| room/ { inside = 1; while ((getline line <plan) > 0) print line }
	inside && /^\|/ { next }
	{ inside = 0; print }' "$top/README.md" >"$work/README.md"
[ "${1-}" != --write ] || cat "$work/README.md" >"$top/README.md"
diff "$top/README.md" "$work/README.md" || complain "README.md and src/ROOMS differ: tests/lint/readme.sh --write"
exit $bad
