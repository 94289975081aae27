#!/bin/bash
# The queue, one violation, the scores and the reports say what was delivered.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson --every 1d
system ACME/auth syslog
system BOLT/files ndjson

# Four violations of ACME and none of BOLT: XFR-PUBLIC (critical), XFR-CLEAR
# (high, on two days), ACC-DENIED (low, only a reason to ask).
share() { printf '{"time":"%s","id":"%s","action":"share","outcome":"success","actor":"%s","object":"/p/plan","marking":"%s","audience":"public"}\n' "$@"; }
clear() { printf '{"time":"%s","id":"%s","action":"send","outcome":"success","actor":"%s","object":"/p/plan","marking":"CUI","encrypted":false}\n' "$@"; }
{
	ordinary 300
	clear 2026-10-01T08:00:00Z c1 a.first
	clear 2026-10-02T08:00:00Z c2 a.first
	share 2026-10-03T08:00:00.25Z s1 '=HYPERLINK(1)' SECRET//NOFORN
	printf '{"time":"2026-10-04T08:00:00Z","id":"d1","action":"read","outcome":"failure","actor":"x\\u001b[31m\\u202e","object":"/p/plan","marking":"CUI"}\n'
} >"$work/files.log"
drop ACME/files "$work/files.log"
ordinary 300 >"$work/quiet.log"
drop BOLT/files "$work/quiet.log"
drain
same 4 "$(status violations)" violations
after_first=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
id_of() { muster queue --all --format json --rule "$1" | member id | sed -n "${2:-1}p"; } # RULE [N]

# Queue ------------------------------------------------------------------
same "XFR-PUBLIC XFR-CLEAR XFR-CLEAR ACC-DENIED " \
	"$(muster queue --format json | member rule | tr '\n' ' ')" "order of the queue"
walked='' after=''
while next=$(muster queue --format json --limit 1 ${after:+--after "$after"} 2>/dev/null); do
	after=$(member id <<<"$next")
	walked+="$(member rule <<<"$next") "
done
same "XFR-PUBLIC XFR-CLEAR XFR-CLEAR ACC-DENIED " "$walked" "the queue, one by one"
same 0 "$(sql "SELECT count(*) FROM violation WHERE points <> rule_points(rule_id)")" "points that are not their rule's"
same "1 3 3 0 " "$(muster queue --format json | member points | tr '\n' ' ')" "points"
keys() { head -n 1 | grep -o '"[a-z_]*":' | tr -d '":' | tr '\n' ' '; }
same "id contractor rule rule_title severity state subject first last count requirements due owner marking clock party left points flags " \
	"$(muster queue --format json | keys)" "keys of the queue"
count() { muster queue --format json "$@" 2>/dev/null | wc -l; }
same 1 "$(count --severity critical)" "--severity"
same 3 "$(count --severity high+)" "--severity LEVEL+"
same 2 "$(count --rule XFR-CLEAR)" "--rule"
same 2 "$(count --subject A.FIR)" "--subject"
same 2 "$(count --since 2026-10-02 --until 2026-10-04)" "--since and --until"
same 4 "$(count --state flagged --contractor ACME)" "--state"
same 0 "$(count --contractor BOLT)" "of BOLT"
muster queue --contractor BOLT >/dev/null 2>&1
same 1 $? "status of an empty queue"
muster queue --severity grave >/dev/null 2>&1
same 2 $? "status of a severity that is none"
muster queue >"$work/queue"
same SECRET "$(head -n 1 "$work/queue" | tr -d ' ')" "banner above"
same SECRET "$(tail -n 1 "$work/queue" | tr -d ' ')" "banner below"
grep -qF 'x\x1B[31m\u{202E}' "$work/queue" || fail "the subject is not escaped"
! LC_ALL=C grep -q "$(printf '\033')" "$work/queue" || fail "an escape came through"
muster queue --format csv | grep -qF "\"'=HYPERLINK(1)\"" || fail "csv begins a formula"
same CUI "$(muster queue --rule XFR-CLEAR | head -n 1 | tr -d ' ')" "banner of what is shown"

# One violation, in each encoding of the evidence ---------------------------
public=$(id_of XFR-PUBLIC)
muster show "$public" >"$work/show"
[ "$(awk '{ if (length > most) most = length } END { print most }' "$work/show")" -le 80 ] || fail "wider than 80"
grep -qF '3.1.22' "$work/show" || fail "show: no requirement"
same true "$(muster show "$public" --format json | member matches)" "the record matches"
line() { muster show "$public" --format json | sed -n 's/.*"record":"\(.*\)","matches".*/\1/p' | sed 's/\\"/"/g'; }
same "$(sed -n 303p "$work/files.log")" "$(line)" "the record as delivered"
muster show V-2026-999999 >/dev/null 2>&1
same 1 $? "status of a violation that is none"
for encoding in gzip zstd; do
	{ ordinary 2000 2026-10-05; share 2026-10-05T09:00:00Z "$encoding" "b.$encoding" CUI; ordinary 2000 2026-10-06; } >"$work/$encoding.log"
	$encoding -qc "$work/$encoding.log" >"$work/$encoding.packed"
	drop ACME/files "$work/$encoding.packed"
	drain
	public=$(muster queue --subject "b.$encoding" --format json | member id)
	same "$(sed -n 2001p "$work/$encoding.log")" "$(line)" "the record in $encoding"
done

# Scores ---------------------------------------------------------------------
same "contractor standard standard_digest as_of score_of_record score_indicated standing not_met not_observable not_evidenced handling_open handling_critical " \
	"$(muster score --format json | keys)" "keys of score"
score() { muster score "$@" --format json; }
same 110 "$(score ACME | member score_of_record)" "score of record"
# 3.1.22 (1) at once, 3.13.8 (3) on two days.
same 106 "$(score ACME --as-of "$after_first" | member score_indicated)" "indicated score"
same 110 "$(score BOLT | member score_indicated)" "indicated score of BOLT"
same 15 "$(score BOLT | member not_observable)" "not observable"
[ "$(score ACME | member not_evidenced)" -gt 0 ] || fail "all is evidenced"
same 2 "$(score | wc -l)" "scores of all"
muster score ACME --explain | grep -q '3\.1\.22 .*open violation' || fail "no arithmetic"
score ACME --explain | grep -qF "\"$(id_of XFR-PUBLIC)\"" || fail "no violation in the arithmetic"
muster score NOBODY >/dev/null 2>&1
same 1 $? "status of a contractor that is none"
muster score --as-of 2000-01-01 >/dev/null 2>&1
same 1 $? "status of a moment without a standard"
# Without either of the two days there would be no evidence of failure.
effect=$(muster show "$(id_of XFR-CLEAR)" --format json | sed 's/.*"effect"://; s/"requirements".*//')
same 3 $(($(member score_indicated_without <<<"$effect") - $(member score_indicated <<<"$effect"))) "effect of one violation"

# Reports ------------------------------------------------------------------------
same 5 "$(muster report --list --format json | wc -l)" "reports"
for report in scorecard violations deliveries; do
	muster report $report --to "$after_first" >"$work/$report.1" || fail "report $report"
done
same 4 "$(muster report violations --to "$after_first" --format json | wc -l)" "violations by then"
same 6 "$(muster report violations --format json | wc -l)" "violations"
drop ACME/nowhere "$work/quiet.log"
clear 2026-10-01T09:00:00Z late a.first >"$work/late.log"
drop ACME/files "$work/late.log"
drain
for report in scorecard violations deliveries; do
	muster report $report --to "$after_first" >"$work/$report.2"
	cmp "$work/$report.1" "$work/$report.2" || fail "report $report is not the same again"
done
same 2 "$(muster queue --rule XFR-CLEAR --format json | head -n 1 | member count)" "a late record extends"
rows() { sed -n '/^CONTRACTOR\|^ID/,/^$/p' "$1" | sed '$d'; }
for report in scorecard violations deliveries; do
	same "$(rows "$work/$report.1" | sha256sum | cut -d' ' -f1)" \
		"$(sed -n 's/^SHA-256 of the rows.*: //p' "$work/$report.1")" "digest of report $report"
done
same "unknown-system" "$(muster report deliveries --format json | grep refused | member reason)" "reason of the refused"
same 6 "$(muster report deliveries --format json | wc -l)" "deliveries"
same "304 4 1315.79" "$(muster report scorecard --contractor ACME --to "$after_first" --format json |
	columns accesses findings rate | tr '\t' ' ')" "rate"
sql "UPDATE delivery SET received_at = received_at - interval '3 days' WHERE name LIKE 'files%';
	UPDATE batch SET received_at = received_at - interval '3 days'" >/dev/null
same 1 "$(muster report deliveries --contractor ACME --format json | grep -c '"outcome":"missing".*"late":true')" "missing"
muster report nothing >/dev/null 2>&1
same 2 $? "status of a report that is none"
muster report violations --contractor NOBODY >/dev/null 2>&1
same 1 $? "status of a contractor that is none"
