#!/bin/bash
# What has no place in the tree: functions without a safe use, paths of one
# machine, references to a tracker, files that are too long or named for nothing.
. "$(dirname "$0")/lint.sh"
cd "$top" || exit 1
files() { # PATTERN… of names
	local name arguments=()
	for name; do arguments+=(-o -name "$name"); done
	find src tests etc man migrations -type f \( "${arguments[@]:1}" \) -print0 2>/dev/null
}
absent() { ! grep -nE "$@" || bad=1; }
code() { sed 's|//.*||; s|^[[:space:]]*/\{0,1\}\*.*||; s|"[^"]*"||g' "$1"; }

functions='\b(v?sprintf|strcpy|strcat|strncpy|strncat|strtok|gets|gmtime|localtime|asctime|ctime|ato[il]|atoll|system|popen|tmpnam|tempnam|mktemp|alloca)[[:space:]]*\('
printf '%s\n' 'x = sprintf (b, "");' | grep -qE "$functions" || complain "the lint does not see sprintf"

while IFS= read -r -d '' file; do
	[ "${file##*/}" != banned.h ] || continue
	absent --label="$file" -H "$functions" < <(code "$file")
	[ "$(wc -l <"$file")" -le 850 ] || complain "$file: longer than 850 lines"
	case ${file##*/} in util.* | utils.* | common.* | misc.* | helper*) complain "$file: a name that says nothing" ;; esac
done < <(files '*.c' '*.h' '*.cc' '*.cpp')

while IFS= read -r -d '' file; do
	[ "$file" != tests/lint/words.sh ] || continue
	absent -H '(^|[^A-Za-z0-9_.%)}-])/(work|tmp/wt)(/|[^A-Za-z0-9_.-]|$)' "$file"
	absent -H -i '\bissue #?[0-9]' "$file"
	absent -H '\b(FIXME|XXX|HACK)\b' "$file"
done < <(files '*'; printf '%s\0' README.md quickstart configure.ac Makefile.am autogen.sh .ci/run)
exit $bad
