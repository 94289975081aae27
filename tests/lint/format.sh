#!/bin/bash
# Says which sources clang-format would lay out otherwise. Only a report.
. "$(dirname "$0")/lint.sh"
need_program clang-format
cd "$top" || exit 1
other=0 all=0
while IFS= read -r file; do
	all=$((all + 1))
	clang-format --dry-run -Werror "$file" 2>/dev/null || { other=$((other + 1)); echo "$file"; }
done < <(find src tests -name '*.[ch]' | sort)
echo "$other of $all files differ from .clang-format"
