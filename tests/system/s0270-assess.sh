#!/bin/bash
# Findings of assessors and exceptions on file count in the score as it is
# asked for, and nobody decides on what is their own.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson
system BOLT/files ndjson
account=$(id -un)
muster user add anna --name 'Anna A.' --role officer --contractor ACME --account "$account" >/dev/null || fail "user add anna"
muster user add sam --name 'Sam S.' --role supervisor --role officer --account "$account" >/dev/null || fail "user add sam"
muster user add eve --name 'Eve E.' --role auditor --account "$account" >/dev/null || fail "user add eve"
as() { local who=$1; shift; muster --as "$who" "$@"; }
score() { muster score "$@" --standard nist-800-171r2 --format json | columns score_of_record score_indicated standing | tr '\t' ' '; }
refused() { # WHAT WORDS COMMAND…
	local what=$1 words=$2
	shift 2
	"$@" >"$work/out" 2>"$work/error"
	same 3 $? "status: $what: $(cat "$work/error")"
	grep -qF "$words" "$work/error" || fail "$what: $(cat "$work/error")"
}
record() { as anna assess record ACME "$@" --assessor 'R. Lind' --basis 'SSP 4, read'; }

# Assessments -------------------------------------------------------------------
same "110 110 meets" "$(score ACME)" "before"
record 3.12.4 met >/dev/null || fail "met"
record 3.13.11 partial >/dev/null || fail "partial"
same "107 107 conditional" "$(score ACME)" "the partial value, which may stand on a plan"
sleep 1.1
between=$(date -u +%Y-%m-%dT%H:%M:%SZ)
sleep 1.1
record 3.1.20 not-met >/dev/null || fail "not met"
same "106 106 fails" "$(score ACME)" "one that may not stand on a plan"
same "107 107 conditional" "$(score ACME --as-of "$between")" "as it was"
record 3.1.20 not-applicable >/dev/null || fail "not applicable"
same "107 107 conditional" "$(score ACME)" "the newest counts, and what does not apply is met"
refused "no such requirement" "has no requirement 3.99.1" record 3.99.1 met
refused "no partial value" "has no partial value" record 3.1.20 partial
refused "the future" "in the future" record 3.1.1 met --at 2099-01-01
refused "an auditor" "may not do that" as eve assess record ACME 3.1.1 met --assessor x --basis y
as anna assess record BOLT 3.1.1 met --assessor x --basis y >/dev/null 2>&1 && fail "a contractor that is not anna's"
record 3.1.1 perhaps >/dev/null 2>&1
same 2 $? "status of a finding that is none"

as sam assess list ACME --format csv >"$work/acme.csv" || fail "list"
same 5 "$(wc -l <"$work/acme.csv")" "lines of the list"
sed 's/^ACME/BOLT/' "$work/acme.csv" >"$work/bolt.csv"
as sam assess import "$work/bolt.csv" >/dev/null || fail "import"
same "$(score ACME)" "$(score BOLT)" "the same findings, the same score"
sed '4s/,met,\|,partial,\|,not-met,\|,not-applicable,/,fine,/' "$work/bolt.csv" >"$work/bad.csv"
as sam assess import "$work/bad.csv" >/dev/null 2>"$work/error"
same 4 $? "status of a bad file"
grep -q "bad.csv:4:[0-9]*: is no finding" "$work/error" || fail "$(cat "$work/error")"
sed '3s/3\.[0-9]*\.[0-9]*/3.77.7/' "$work/bolt.csv" >"$work/bad.csv"
before=$(sql 'SELECT count(*) FROM assessment')
as sam assess import "$work/bad.csv" >/dev/null 2>"$work/error"
grep -q "bad.csv:3: standard" "$work/error" || fail "$(cat "$work/error")"
same "$before" "$(sql 'SELECT count(*) FROM assessment')" "all of a file or nothing"

# Exceptions --------------------------------------------------------------------
cd "$work" || fail "no directory"
printf '{"time":"%sT09:01:00Z","id":"g%s","action":"logon","outcome":"success","actor":"guest","host":"red"}\n' \
	"$(date -u -d '-20 days' +%Y-%m-%d)" 1 "$(date -u -d '-19 days' +%Y-%m-%d)" 2 >day.log
drop ACME/files day.log
drain
indicated=$(muster score ACME --standard nist-800-171r2 --format json | member score_indicated)
[ "$indicated" -lt 107 ] || fail "two dates do not indicate anything: $indicated"
rule=$(muster queue --format json | columns rule | head -n 1)
add() { as anna exception add ACME "$@" -r 'SSP 3.2' --reason 'a cell of its own' -o 'H. Brandt' -u "$until"; }
until=$(date -u -d '+100 days' +%Y-%m-%d)
covers() { # all requirements of the rule
	local id
	for id in $(muster queue --format json | sed -n '1s/.*"requirements":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr ',' ' '); do
		add "$id" -k temporary --rule "$rule" --subject guest >/dev/null || fail "exception add $id"
	done
}
covers
same "$indicated" "$(muster score ACME --standard nist-800-171r2 --format json | member score_indicated)" "a proposal covers nothing"
refused "anna approves" "it is for: supervisor" as anna exception approve ACME 1 --note x
for n in $(as sam exception list ACME --format json | member id); do
	as sam exception approve ACME "$n" --note 'seen on site' >/dev/null || fail "approve $n"
done
same "107 107 conditional" "$(score ACME)" "covered"
refused "twice" "it was approved by sam already" as sam exception approve ACME 1 --note x
as sam exception add ACME 3.1.1 -k enduring -r x --reason x -o x -u "$until" >/dev/null || fail "sam adds"
own=$(as sam exception list ACME --format json | member id | sort -n | tail -n 1)
refused "sam approves what sam proposed" "sam proposed it" as sam exception approve ACME "$own" --note x
until=2099-01-01
refused "for ever" "three" add 3.1.1 -k enduring
until=$(date -u -d '+100 days' +%Y-%m-%d)

# Dismissed as authorised: only with an exception that covers it and was in
# force then; where it was signed later, a second person looks.
case=$(muster queue --format json | member id | head -n 1)
for n in "$own" 1; do
	refused "exception $n" "does not cover it, or was not in force" \
		as anna act "$case" dismiss --reason AUT --note x --exception "$n"
done
id=$(muster queue --format json | sed -n '1s/.*"requirements":\["\([^"]*\)".*/\1/p')
add "$id" -k temporary --rule "$rule" --subject guest --from "$(date -u -d '-30 days' +%Y-%m-%d)" >/dev/null || fail "exception add"
then=$(as sam exception list ACME --format json | member id | sort -n | tail -n 1)
as sam exception approve ACME "$then" --note 'it was so then' >/dev/null || fail "approve $then"
as anna act "$case" dismiss --reason AUT --note 'SSP 3.2' --exception "$then" >/dev/null || fail "dismiss"
same flagged "$(sql "SELECT state FROM violation WHERE number = '$case'")" "dismissed by one, with what was signed later"
as sam act "$case" approve >/dev/null || fail "approve"
same dismissed "$(sql "SELECT state FROM violation WHERE number = '$case'")" "dismissed by two"

as sam exception end ACME 1 --note 'the cell is gone' >/dev/null || fail "end"
[ "$(score ACME)" != "107 107 conditional" ] ||
	[ "$(as sam exception list ACME --in-force --format json | member id | wc -l)" -gt 0 ] || fail "an ended exception covers"
same "ended" "$(as sam exception list ACME --format json | columns id state | awk '$1 == 1 { print $2 }')" "its state"
sql_as_owner=$(sql "SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	WHERE n.nspname = 'muster' AND has_function_privilege('public', p.oid, 'EXECUTE')")
same 0 "$sql_as_owner" "functions that everybody may call"
