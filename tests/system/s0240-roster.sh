#!/bin/bash
# Events are judged against the roster as it held when they happened.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson
system BOLT/files ndjson
mkdir "$work/r" && cd "$work/r" || fail "no directory"

# Checking and importing ------------------------------------------------------
cat >persons.csv <<'END'
id,accounts,level,status,nda,valid_from,valid_until
p1,ann,secret,active,2025-11-03,2026-01-01,
p2,bob,confidential,active,2025-11-03,2026-01-01,
END
printf 'object,level,programme,valid_from\n/s/**,secret,ORION,2026-01-01\n' >assets.csv
printf 'person,programme,valid_from\np1,ORION,2026-01-01\np2,ORION,2026-01-01\n' >need-to-know.csv
sed 's/confidential/konfidential/' persons.csv >persons.bad.csv
same '"persons.bad.csv" 3 8 refused' \
	"$(muster roster check --format json persons.bad.csv 2>/dev/null | columns file line column status | awk '{ print "\"" $1 "\" " $2 " " $3 " " $4 }')" "a fault"
muster roster check persons.bad.csv >/dev/null 2>&1
same 1 $? "status of a fault"
muster roster check persons.csv assets.csv need-to-know.csv >/dev/null || fail "check"
muster roster import --contractor ACME assets.csv persons.bad.csv >/dev/null 2>"$work/error"
same 4 $? "status of an import with a fault"
grep -qF 'persons.bad.csv:3:8: level: "konfidential" is no level' "$work/error" || fail "$(cat "$work/error")"
same 0 "$(sql 'SELECT count(*) FROM roster_import')" "imports after a fault"
muster roster import --contractor NONE persons.csv >/dev/null 2>&1
same 1 $? "status of a contractor that is none"
muster roster import persons.csv >/dev/null 2>&1
same 2 $? "status of rows that are nobody's"
imported() { muster roster import --format json "$@" | columns added changed version | tr '\t' ' '; }
same "2 0 1" "$(imported --contractor ACME persons.csv)" "persons"
same "0 0 null" "$(imported --contractor ACME persons.csv)" "the same file again"
same 1 "$(sql 'SELECT count(*) FROM roster_import')" "imports after it"
same "1 0 2" "$(imported --contractor ACME assets.csv)" "assets"
same "2 0 3" "$(imported --contractor ACME need-to-know.csv)" "need to know"
same "p1 p2 " "$(muster roster list persons --format json | member id | tr '\n' ' ')" "list"
muster roster list persons --contractor BOLT >/dev/null 2>&1
same 1 $? "status of an empty list"
muster roster list colours >/dev/null 2>&1
same 2 $? "status of a kind that is none"

# Judging ---------------------------------------------------------------------
open() { printf '{"time":"%s","id":"%s","action":"read","outcome":"success","actor":"%s","object":"/s/plan","host":"red"}\n' "$@"; }
{
	open 2026-03-02T09:00:00Z a1 ann
	open 2026-03-02T09:01:00Z b1 bob
	open 2026-03-02T09:02:00Z z1 zoe
	open 2025-03-02T09:02:00Z b0 bob
} >march.log
violations() { muster queue --all --format json "$@" 2>/dev/null | columns contractor rule subject | sort | tr '\t\n' ' ;'; }
drop ACME/files march.log
drop BOLT/files march.log
drain
# zoe is nobody of the roster, which has no eligibility of hers: that is another
# matter. BOLT has no roster: unknown is not guilty.
same "ACME ACC-CLR bob;ACME AUT-UNK zoe;" "$(violations)" "violations in March"
same 3 "$(sql "SELECT b.roster FROM batch b JOIN contractor c ON c.id = b.contractor_id WHERE c.code = 'ACME'")" "version that judged"
missing() { muster report reference-data --format json | columns contractor kind events records deliveries | tr '\t\n' ' ;'; }
# It is counted instead: zoe, and what was done before anybody was on record.
same "ACME approvals 3 4 1;ACME contracts 3 4 1;ACME persons 2 4 1;ACME assets 1 4 1;BOLT roster 4 4 1;" "$(missing)" \
	"what the roster lacks"
clearance=$(muster queue --rule ACC-CLR --format json | member id)
same true "$(muster show "$clearance" --format json | member matches)" "the record matches"
muster show "$clearance" | grep -q 'muster.person.cleared' || fail "show does not say what the roster said"

# The handling record stands beside the score, and an open critical finding fails.
same "nist-800-171r2 110 fails" "$(muster score ACME --standard nist-800-171r2 --format json | columns standard score_of_record standing | tr '\t' ' ')" "score"
same "nispom null fails" "$(muster score ACME --standard nispom --format json | columns standard score_of_record standing | tr '\t' ' ')" "record of handling"
same "nist-800-171r2 fails 1 1" "$(muster score ACME --format json | columns standard standing handling_open handling_critical | tr '\t' ' ')" "one line a contractor"
same "meets 0 0" "$(muster score BOLT --format json | columns standing handling_open handling_critical | tr '\t' ' ')" "BOLT"
muster score ACME --explain >"$work/explained" || fail "explain"
grep -q 'record of handling: 1 open finding, 1 critical' "$work/explained" || fail "explain says nothing of handling"

# A row that begins later changes nothing before it -----------------------------
# The daemon runs on: it is told of the change, and so are its readers.
start_musterd
cat >persons.june.csv <<'END'
id,accounts,level,status,nda,valid_from,valid_until
p1,ann,confidential,active,2025-11-03,2026-06-01,
p2,bob,secret,active,2025-11-03,2026-06-01,
END
same "2 0 4" "$(imported --contractor ACME persons.june.csv)" "from June on"
{
	open 2026-05-31T23:59:59Z a2 ann
	open 2026-05-31T23:59:59Z b2 bob
	open 2026-06-01T00:00:00Z a3 ann
	open 2026-06-01T00:00:00Z b3 bob
} >may.log
probes=0
is_told() {
	probes=$((probes + 1))
	ordinary 1 2026-09-01 | sed "s/-0\"/-$probes\"/" >probe.log
	drop ACME/files probe.log "probe$probes"
	await "a probe's receipt" test -e "$(receipt_file "ACME/files.probe$probes")"
	[ "$(sql "SELECT max(roster) FROM batch")" = 4 ]
}
await "the daemon is told" is_told
drop ACME/files may.log
await "a receipt" test -e "$(receipt_file ACME/files.may.log)"
stop_musterd || fail "musterd ended with status $?"
same "ACME ACC-CLR ann;ACME ACC-CLR bob;ACME ACC-CLR bob;ACME AUT-UNK zoe;" "$(violations)" "violations after June"
same "2026-03-02 2026-03-02 2026-05-31 2026-06-01 " "$(sql 'SELECT day FROM violation ORDER BY day' | tr '\n' ' ')" "their days"
same "3 4" "$(sql "SELECT min(roster), max(roster) FROM batch WHERE roster > 0" | tr '|' ' ')" "versions that judged"

# A correction takes the place of a row; what was judged by the earlier one is judged again.
sed 's/confidential/secret/' persons.csv >persons.corrected.csv
same "0 1 5" "$(imported --contractor ACME persons.corrected.csv)" "a correction"
same 4 "$(status violations)" "violations after it"
same "false withdrawn" "$(muster show "$clearance" --format json | columns matches state | tr '\t' ' ')" "what the earlier row was to blame for"
open 2026-03-03T09:01:00Z b4 bob >again.log
drop ACME/files again.log
drain
same 4 "$(status violations)" "violations by the corrected roster"

# Rules may be tried with a roster, and json-lines may say itself what it would.
rules=$stage/share/muster/standards/nispom/rules/acc-clr.yml
tried() { muster rule test "$rules" --format json "$@" | member line | tr '\n' ' '; }
same "2 " "$(tried --events march.log --input-format ndjson --roster persons.csv --roster assets.csv)" "rule test with a roster"
muster rule test "$rules" --events march.log --input-format ndjson >/dev/null 2>&1
same 1 $? "status of rule test without one"
printf '{"muster.action":"read","muster.outcome":"success","muster.object.level":4,"muster.person.cleared":%s}\n' true false >said.log
same "2 " "$(tried --events said.log)" "what json-lines says"

# Rows of several contractors in one file; bob and ann are known to BOLT alone.
printf 'contractor,id,accounts,valid_from\nBOLT,b9,bob,2026-01-01\nACME,p9,eve,2026-01-01\n' >persons.all.csv
same "1 0 6;1 0 1;" "$(imported persons.all.csv | tr '\n' ';')" "two contractors"
printf '{"time":"2026-03-04T09:00:00Z","id":"l1","action":"logon","outcome":"success","actor":"%s"}\n' bob ann >logon.log
sed -i '2s/"l1"/"l2"/' logon.log
drop BOLT/files logon.log
drain
same "BOLT AUT-UNK ann;" "$(violations --contractor BOLT)" "an unknown account"
every_receipt_adds_up

# A roster of many rows comes in pieces.
awk 'BEGIN { print "id,accounts,level,status,valid_from"; for (i = 0; i < 60000; i++) printf "w%d,worker%d;worker%d-adm,secret,active,2026-01-01\n", i, i, i }' >persons.many.csv
same "60000 0 2" "$(imported --contractor BOLT persons.many.csv)" "many rows"
{
	printf '{"time":"2026-03-05T09:00:00Z","id":"m1","action":"logon","outcome":"success","actor":"worker59999-adm"}\n'
	printf '{"time":"2026-03-05T09:00:00Z","id":"m2","action":"logon","outcome":"success","actor":"worker60000"}\n'
} >many.log
drop BOLT/files many.log
drain
same "BOLT AUT-UNK ann;BOLT AUT-UNK worker60000;" "$(violations --contractor BOLT)" "one in many"

# What a reader could not hold is refused when it is imported.
awk 'BEGIN { for (i = 0; i < 100; i++) long = long "account-9"; print "id,accounts,valid_from"
	for (i = 0; i < 38000; i++) printf "l%d,%s,2026-01-01\n", i, long }' >persons.large.csv
before=$(sql 'SELECT count(*) FROM roster_row')
muster roster import --contractor BOLT persons.large.csv >/dev/null 2>"$work/error"
same 4 $? "status of a roster that is too large"
grep -q 'persons.large.csv: the roster would be larger than 32 MiB' "$work/error" || fail "$(cat "$work/error")"
same "$before" "$(sql 'SELECT count(*) FROM roster_row')" "rows after it"
