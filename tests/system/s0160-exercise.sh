#!/bin/bash
# Everything planted in an exercise is found, and nothing else, rule by rule.
. "$(dirname "$0")/harness.sh"
instance books
# Some scenes last for more than a month.
muster-exercise --days 45 --seed "${MUSTER_SEED:-7}" "$work/exercise" >/dev/null || fail "muster-exercise: status $?"
exercise_enrol "$work/exercise"
exercise_drop "$work/exercise"
drain
every_receipt_adds_up
same 0 "$(status rejects)" "rejects"
# Three days go by: what never came is noticed then.
sql "UPDATE system SET created_at = created_at - interval '3 days';
	UPDATE hole SET since = since - interval '3 days'" >/dev/null || fail "the clock cannot be moved"
drain

# rule contractor subject first last count, moments to the second; of what is
# held against a system no moments, for they are those of deliveries.
violations() {
	columns rule contractor subject first last count |
		awk -F '\t' -v OFS='\t' '{
			if ($3 ~ /^system=/) $4 = $5 = $6 = ""
			for (i = 4; i <= 5; i++) { sub(/\.[0-9]+/, "", $i); sub(/\+00:00$/, "Z", $i) }
			print
		}' | LC_ALL=C sort
}
violations <"$work/exercise/truth.ndjson" >"$work/truth"
violations <"$work/exercise/neighbours.ndjson" >"$work/near"
muster queue --all --format json | violations >"$work/found"

# Rules of the standards that anything can be held against.
find "$stage/share/muster/standards" -name '*.yml' -print0 | xargs -0 awk '
	FNR == 1 || /^---/ { name = "" }
	/^name: / { name = $2 }
	/^    requirements:/ { print name }' | sort -u >"$work/in_force"
[ -s "$work/in_force" ] || fail "no rule is in force"
sed -n '1!s/,.*//p' "$work/exercise/plants.csv" | sort -u >"$work/planted"

for list in in_force planted truth found near; do sed "s/^/$list\t/" "$work/$list"; done |
	awk -F '\t' '
	{ rule = $2; rules[rule]; violation = $0; sub(/^[^\t]*\t/, "", violation) }
	$1 == "in_force" { in_force[rule] }
	$1 == "planted" { planted[rule] }
	$1 == "truth" { told[rule]++; truth[violation] = rule }
	$1 == "found" {
		if (violation in truth) { right[rule]++; delete truth[violation]; next }
		wrong[rule]++
		print "not planted: " violation
		extra[rule, $3, $4, ++extras[rule, $3, $4]] = $5 "\t" $6
	}
	# A neighbour is held where nothing wrong was found of its rule and subject in its time.
	$1 == "near" {
		neighbours[rule]++
		for (i = 1; i <= extras[rule, $3, $4]; i++) {
			split(extra[rule, $3, $4, i], time, "\t")
			if (time[1] <= $6 && time[2] >= $5) { broken[rule]++; print "neighbour:   " violation; break }
		}
	}
	END {
		for (violation in truth) { missed[truth[violation]]++; print "not found:   " violation }
		line = "%-4s %-18s %7s %7s %7s %7s %10s %9s %7s\n"
		printf line, "", "rule", "planted", "found", "missed", "wrong", "neighbours", "precision", "recall"
		for (rule in rules) {
			p = right[rule] + wrong[rule] ? right[rule] / (right[rule] + wrong[rule]) : 0
			r = told[rule] ? right[rule] / told[rule] : 0
			held = neighbours[rule] - broken[rule]
			whole = p == 1 && r == 1 && held > 0 && !broken[rule] && rule in in_force && rule in planted
			bad += !whole
			printf line, whole ? "ok" : "NOT", rule, told[rule] + 0, right[rule] + wrong[rule], missed[rule] + 0, wrong[rule] + 0,
				held " of " neighbours[rule] + 0, sprintf("%.3f", p), sprintf("%.3f", r) | "LC_ALL=C sort -k 2"
			if (!(rule in planted)) unplanted = unplanted " " rule
			if (!(rule in in_force)) unknown = unknown " " rule
			count++
		}
		close("LC_ALL=C sort -k 2")
		printf "%d of %d rules\n", count - bad, count
		if (unplanted) print "in force and not planted:" unplanted
		if (unknown) print "planted and not in force:" unknown
		exit bad || !count
	}' || fail "precision and recall are not 1 for every rule"
