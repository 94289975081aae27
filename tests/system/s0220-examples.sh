#!/bin/bash
# Every command shown under EXAMPLES in a manual page does what it says it can.
. "$(dirname "$0")/harness.sh"

# Not run here, with the reason why.
not_run='
^sudo |^su |^systemctl |^man 	needs a machine of its own
dismiss --reason DUP	needs two violations
muster act .* plan 	needs a case that was decided
muster (bulk|act) .*--token 	needs the token of a preview
muster act .* approve 	needs an act that waits
muster desk	needs a terminal
status .*--acknowledge 	needs a clock that was moved
--database .*host=	needs a server on another machine
'

# The lines of commands in the examples of a page, joined where they end with \.
examples() { # PAGE
	awk '
	/^\.Sh / { inside = /^\.Sh EXAMPLES/ }
	!inside { next }
	/^\.Bd / { literal = 1; next }
	/^\.Ed/ { literal = 0; next }
	/^\.Dl / { sub(/^\.Dl /, ""); print; next }
	literal { print }' "$1" |
		sed -e 's/\\&//g; s/\\-/-/g; s/\\e/\\/g; s/\\(ti/~/g; s/\\(aq/'"'"'/g; s/\\(dq/"/g; s/^\$ //; s/^# //' |
		sed -e ':again; /\\$/ { N; s/\\\n[[:space:]]*//; b again; }' |
		grep -E '^(MUSTER_[A-Z]+=[^ ]* )?(muster|musterd|muster-[a-z]+|head|sort|zcat)( |$)'
}

instance books
for format in ndjson auditd syslog; do system "ACME/$format" $format; done
muster-exercise --days 4 --records 4000 "$work/exercise" >/dev/null || fail "muster-exercise"
exercise_enrol "$work/exercise"
exercise_drop "$work/exercise"
ordinary 200 >"$work/day.log"
drop ACME/ndjson "$work/day.log"
printf '%s\n' '{"time":"2026-10-01T09:00:00Z","id":"x1","action":"share","outcome":"success","actor":"k.brandt","object":"/p3","marking":"CUI","audience":"public"}' >"$work/public.log"
drop ACME/ndjson "$work/public.log"
drain
number=$(muster queue --contractor ACME --all --format json | member id | head -n 1)
[ -n "$number" ] || fail "no violation of ACME"
: >"$work/musterd.log"

mkdir "$work/here" && cd "$work/here" || exit 1
# The files that the examples speak of.
cp "$work/day.log" access.log
cat "$work"/exercise/TORVANE/audit.*.log >audit.log
cp -R "$stage/share/muster/standards/nist-800-171r2" .
cp -R nist-800-171r2 draft
cp nist-800-171r2/rules/*.yml .
printf 'id,level,valid_from\np1,secret,2026-01-01\n' >persons.csv
printf 'object,level,valid_from\n/s/**,secret,2026-01-01\n' >assets.csv
run=0 bad=0
for page in "$stage"/share/man/man*/*; do
	while IFS= read -r line; do
		while IFS=$'\t' read -r pattern reason; do
			[ -z "$pattern" ] || ! grep -qE -e "$pattern" <<<"$line" || { echo "not run ($reason): $line"; continue 2; }
		done <<<"$not_run"
		# An example names a violation and an instance of its own.
		run=$((run + 1))
		command=$(sed -E "s/V-[0-9]{4}-[0-9]{6}/$number/g
			s#/(srv|var/lib)/muster/muster.conf#$MUSTER_CONFIG#g
			s#/(srv|var/lib)/muster#$work/example$run#g
			s#^muster contractor add [A-Z]+#muster contractor add NEW$run#" <<<"$line")
		timeout 120 bash -c "$command" >"$work/output" 2>&1 </dev/null
		result=$?
		[ $result -gt 1 ] || continue
		bad=$((bad + 1))
		echo "${page##*/}: status $result: $command"
		tail -n 3 "$work/output" | sed 's/^/    /'
	done < <(examples "$page")
done
cd /
echo "$run examples run, $bad failed"
[ "$run" -gt 0 ] && [ "$bad" = 0 ] || fail "examples do not work"
