#!/bin/bash
# Everything planted in an exercise is found, and nothing else.
. "$(dirname "$0")/harness.sh"
instance books
muster-exercise --seed 7 "$work/exercise" >/dev/null || fail "muster-exercise: status $?"
exercise_enrol "$work/exercise"
exercise_drop "$work/exercise"
drain
every_receipt_adds_up
same 0 "$(status rejects)" "rejects"

for what in truth found; do
	if [ $what = truth ]; then cat "$work/exercise/truth.ndjson"; else muster queue --all --format json; fi |
		columns rule contractor subject first last count |
		awk -F '\t' -v OFS='\t' '{
			for (i = 4; i <= 5; i++) { sub(/\.[0-9]+/, "", $i); sub(/\+00:00$/, "Z", $i) }
			print
		}' | LC_ALL=C sort >"$work/$what"
done
LC_ALL=C comm "$work/truth" "$work/found" --output-delimiter='|' | awk -F '|' '
	{ kind = $3 != "" ? 3 : $2 != "" ? 2 : 1; split($kind, part, "\t"); rule = part[1]; rules[rule] }
	kind == 1 { missed[rule]++; lost++; print "not found:  " $1 }
	kind == 2 { wrong[rule]++; extra++; print "not planted: " $2 }
	kind == 3 { right[rule]++; hits++ }
	END {
		printf "%-18s %8s %8s %8s %9s %7s\n", "rule", "planted", "found", "both", "precision", "recall"
		for (rule in rules)
			printf "%-18s %8d %8d %8d %9.3f %7.3f\n", rule, right[rule] + missed[rule], right[rule] + wrong[rule], right[rule],
				right[rule] / (right[rule] + wrong[rule] + 1e-9), right[rule] / (right[rule] + missed[rule] + 1e-9) | "sort"
		close("sort")
		printf "%d planted, %d found, %d both\n", hits + lost, hits + extra, hits
		exit lost || extra || !hits
	}' || fail "precision and recall are not 1"
