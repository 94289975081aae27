#!/bin/bash
# Every program, command and report has its manual page; pages are clean and
# refer to pages that are there.
. "$(dirname "$0")/lint.sh"
need_stage
need_program mandoc
pages=$stage/share/man

page() { # NAME SECTION
	[ -e "$pages/man$2/$1.$2" ] || complain "no manual page $1($2)"
}
for program in "$stage"/bin/*; do page "${program##*/}" 1; done
for program in "$stage"/sbin/* "$stage"/libexec/muster/*; do
	[ ! -x "$program" ] || page "${program##*/}" 8
done
names() { sed -n 's/^'"$1"'([^"]*"\([^" ]*\).*/\1/p' "$2" 2>/dev/null | sort -u; } # MACRO FILE
for command in $(names COMMAND "$top/src/muster/commands.def"); do
	case $command in help | version | completion) continue ;; esac
	page "muster-$command" 1
done
for report in $(names REPORT "$top/src/report/reports.def"); do page "muster-report-$report" 1; done
[ -z "$(names FORMAT "$top/src/decode/formats.def")" ] || page muster-record 5

for file in "$pages"/man*/*; do
	mandoc -T lint -W warning "$file" || bad=1
	for section in NAME "SEE ALSO"; do
		grep -q "^\.Sh $section" "$file" || complain "${file##*/}: no section $section"
	done
	case $file in
	*.1 | *.8) grep -q '^\.Sh SYNOPSIS' "$file" || complain "${file##*/}: no section SYNOPSIS" ;;
	esac
	case $file in
	*.1) grep -q '^\.Sh EXAMPLES' "$file" || complain "${file##*/}: no section EXAMPLES" ;;
	esac
	while read -r _ name section _; do
		[ -e "$pages/man$section/$name.$section" ] || complain "${file##*/}: refers to $name($section), which is not there"
	done < <(grep -E '^\.(Xr|It Xr) muster' "$file" | sed 's/^\.It Xr/.Xr/')
done
exit $bad
