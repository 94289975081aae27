#!/bin/bash
# Deadlines follow from the office's calendar and from what was recorded, are
# listed, and are shown as arithmetic.
. "$(dirname "$0")/harness.sh"

instance books
configure() { # OPTION VALUE
	sed -i "s|^\t# $1 = .*|\t$1 = $2;|" "$MUSTER_CONFIG"
	grep -q "^.$1 = " "$MUSTER_CONFIG" || fail "no setting $1"
}
system ACME/files ndjson
{
	ordinary 50
	printf '{"time":"2026-10-03T08:00:00Z","id":"s1","action":"share","outcome":"success","actor":"a","object":"/p/plan","marking":"SECRET//NOFORN","audience":"public"}\n'
} >"$work/files.log"
drop ACME/files "$work/files.log"

# What is no calendar is refused, with its place.
configure weekend '"Saturday Caturday"'
timeout 60 musterd --once >"$work/refused" 2>&1 </dev/null
same 4 $? "status with a wrong weekend"
grep -q 'calendar: weekend: "Caturday" is no day of the week' "$work/refused" ||
	fail "no word on the weekend: $(cat "$work/refused")"
sed -i 's/Saturday Caturday/Saturday Sunday/' "$MUSTER_CONFIG"
configure time_zone '"America/New_York"'
configure holidays '("2026-12-25 Christmas Day", "2027-01-01 New Year")'
configure audit_review_days 14

drain
same 1 "$(status violations)" violations
id=$(muster queue --format json | member id)
start_musterd
office() { sql "SELECT time_zone || ' ' || weekend || ' ' || (SELECT count(*) FROM holiday) FROM office"; }
is_configured() { [ "$(office)" = "America/New_York 65 2" ]; }
await "the calendar is in the books" is_configured

# The case's own clock --------------------------------------------------------
arithmetic() { muster show "$id" --clock --format json | tr '[]' '\n\n' | grep -c "$1"; }
[ "$(arithmetic 'began .* America/New_York')" = 1 ] || fail "no arithmetic: $(muster show "$id" --clock)"
muster show "$id" --clock | grep -q "^triage  clock, the office" || fail "no clock: $(muster show "$id" --clock)"
muster show "$id" --clock | grep -q '^ *SECRET *$' || fail "no banner"

# Duties ------------------------------------------------------------------------
muster user add anna --name 'Anna Berg' --role officer --account "$(id -un)" >/dev/null || fail "user add"
export MUSTER_USER=anna
hours_ago() { date -u -d "$1 hours ago" +%Y-%m-%dT%H:%M:%SZ; }
muster act "$id" incident --moment discovered --at "$(hours_ago 100)" >/dev/null || fail "act incident"
clock() { muster clocks --format json "${@:2}" 2>/dev/null | grep "\"clock\":\"$1\""; }
clock cyber-72h | grep -q '"overdue":true' || fail "not overdue: $(muster clocks)"
same cyber-72h "$(muster clocks --format json | member clock | head -n 1)" "what is overdue comes first"
clock triage | grep -q '"theirs":null' || fail "triage is the office's: $(clock triage)"
same "" "$(clock cyber-72h --ours)" "--ours"
same "" "$(clock triage --theirs)" "--theirs"
same "$(hours_ago 28 | cut -c1-16)" "$(clock cyber-72h --overdue | member theirs | cut -c1-16)" "72 hours"
# That it has run out is a fact, with the moment at which it did.
overdue() { sql "SELECT count(*) FROM duty_fact WHERE fact = 'overdue' AND at < recorded_at - interval '27 hours'"; }
is_recorded() { [ "$(overdue)" = 1 ]; }
await "the lapse is recorded" is_recorded
muster act "$id" incident --moment reported --at "$(hours_ago 1)" --report ICF-7 >/dev/null || fail "act incident"
same "" "$(clock cyber-72h)" "a duty that is met"
clock image-90d | grep -q '"kind":"keep"' || fail "images are to be kept: $(muster clocks)"
muster show "$id" --clock | grep -q 'too late, number ICF-7' || fail "not shown as met: $(muster show "$id" --clock)"

muster duty ACME reviewed --at "$(hours_ago 24)" --number 7 | grep -q 'audit-review-7d is met, and begins again' ||
	fail "muster duty says nothing"
# 14 days, as configured.
same "$(date -u -d '1 day ago + 14 days' +%Y-%m-%d)" \
	"$(clock audit-review-7d | member theirs | cut -c1-10)" "a length that is set"
muster duty ACME dreamt --at 2026-11-01 2>"$work/refused"
same 2 $? "a moment that is none"
muster duty ACME reviewed --at 2199-01-01 2>"$work/refused"
same 3 $? "a moment to come"
muster clocks --overdue --until 2027-01-01 2>/dev/null
same 2 $? "--overdue with --until"
muster clocks --contractor NOBODY >/dev/null 2>&1
same 1 $? "clocks of nobody"
muster clocks --format csv | head -n 1 | grep -q '^id,contractor,clock,kind,state,began,ours,theirs,' || fail "keys of csv"
stop_musterd || fail "musterd: status $?"
