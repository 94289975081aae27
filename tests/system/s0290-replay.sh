#!/bin/bash
# Records of the books are judged again, by other standards and later rosters:
# the books are then as if they had been judged so from the first.
. "$(dirname "$0")/harness.sh"

mkdir "$work/r" && cd "$work/r" || fail "no directory"
open() { printf '{"time":"%s","id":"%s","action":"read","outcome":"success","actor":"%s","object":"/s/plan","host":"red"}\n' "$@"; }
logon() { printf '{"time":"%s","id":"%s","action":"logon","outcome":"failure","actor":"%s","host":"red"}\n' "$@"; }
cat >persons.csv <<'END'
id,accounts,level,status,nda,valid_from
p1,ann,secret,active,2025-11-03,2026-01-01
p2,bob,confidential,active,2025-11-03,2026-01-01
p3,cat,confidential,active,2025-11-03,2026-01-01
END
printf 'object,level,programme,valid_from\n/s/**,secret,ORION,2026-01-01\n' >assets.csv
{
	open 2026-03-02T09:00:00Z a1 ann
	open 2026-03-02T09:01:00Z b1 bob
	open 2026-03-02T09:01:01Z b2 bob
	open 2026-03-02T09:02:00Z z1 zoe
	open 2026-03-03T09:01:00Z c1 cat
	open 2025-03-02T09:02:00Z b0 bob
} >march.log
# Repeats a record of the first, one of its own, and a line without an identity.
{
	open 2026-03-02T09:01:00Z b1 bob
	open 2026-03-02T10:01:00Z b3 bob
	open 2026-03-02T10:01:00Z b3 bob
	open 2026-03-02T11:01:00Z c2 cat
	echo 'no record'
} >again.log
# Failures to log on, for a correlation; some of them in the second log.
for s in 00 10 20; do logon "2026-03-04T09:00:${s}Z" "f$s" dan; done >failures.log
for s in 25 30 50; do logon "2026-03-04T09:00:${s}Z" "f$s" dan; done >>failures.log
for s in 05 15 20 25 40; do logon "2026-03-04T09:00:${s}Z" "g$s" dan; done >more.log

# A standard of its own: failures by themselves, and five in a minute.
standard() { # DIRECTORY SEVERITY LEAST ACTION
	mkdir -p "$1/rules"
	cp "$stage/share/muster/standards/nispom/standard.cfg" "$1/standard.cfg"
	sed -i 's/^name *=.*/name = "own";/' "$1/standard.cfg"
	cat >"$1/rules/own.yml" <<END
title: Logon failed
id: 6c7d18a1-52f4-4a77-9a7e-2f6f2c7e0a11
name: OWN-FAILED
status: experimental
logsource:
    product: muster
    category: access
detection:
    sel:
        muster.action: logon
        muster.outcome: $4
    condition: sel
level: $2
---
title: Many logons failed
id: 6c7d18a1-52f4-4a77-9a7e-2f6f2c7e0a12
name: OWN-MANY
correlation:
    type: event_count
    rules:
        - OWN-FAILED
    group-by:
        - muster.actor
    timespan: 1m
    condition:
        gte: $3
    generate: true
level: high
END
}
standard one low 5 failure
standard two medium 7 failure
standard three low 5 success
muster standard check ./one >/dev/null || fail "standard one"

deliver() {
	local file
	for file in "$@"; do
		drop ACME/files "$file"
		drain
	done
}
begin() { # NAME
	instance "$1"
	system ACME/files ndjson
	muster standard load ./one --activate >/dev/null || fail "load"
}
imported() { muster roster import --format json "$@" >/dev/null || fail "import $*"; }
# Without the versions that opened violations, and the numbers of batches.
violations() {
	sql "SELECT c.code, v.rule_key, v.subject_kind, v.subject, v.day, v.severity, v.level, v.count, v.first_event,
			v.last_event, v.state, (SELECT string_agg(encode(b.content_sha256, 'hex') || x.line, ',' ORDER BY x.time, x.line, b.content_sha256)
				FROM violation_event x JOIN batch b ON b.contractor_id = x.contractor_id AND b.id = x.batch_id
				WHERE x.contractor_id = v.contractor_id AND x.violation_id = v.id)
		FROM violation v JOIN contractor c ON c.id = v.contractor_id ORDER BY 1, 2, 3, 4, 5, 9" | grep -v '|withdrawn|'
	sql "SELECT c.rule_key, r.first_hit, r.last_hit, r.count, r.level FROM run r
		JOIN correlation c ON c.id = r.correlation_id ORDER BY 1, 2, 3"
	sql "SELECT c.rule_key, min(h.first_hit), max(h.last_hit), sum(h.count) FROM hit_block h
		JOIN correlation c ON c.id = h.correlation_id GROUP BY 1 ORDER BY 1"
}
# Events whose names the roster lacks.
lacks() { sql "SELECT kind, sum(events) FROM batch_unknown GROUP BY 1 ORDER BY 1"; }
differences() { muster replay --format json "$@" | grep '"what"' | columns what rule subject count_before count_after | tr '\t\n' ' ;'; }

# The same standards and the same roster: no difference ------------------------
begin first
imported --contractor ACME persons.csv assets.csv
deliver march.log again.log failures.log more.log
violations >"$work/roster-first"
lacks >"$work/lacks" && grep -q '^persons|' "$work/lacks" || fail "nobody is unknown: $(cat "$work/lacks")"
same 5 "$(receipt ACME/files.again.log records)" "records of again.log"
same 2 "$(receipt ACME/files.again.log duplicates)" "repetitions of again.log"
[ "$(grep -c ACC-CLR "$work/roster-first")" = 3 ] || fail "violations: $(cat "$work/roster-first")"
[ "$(grep -c OWN-MANY "$work/roster-first")" -ge 2 ] || fail "no run: $(cat "$work/roster-first")"
same "" "$(differences)" "differences by the same"
same "" "$(differences --since 2026-03-02T12:00:00Z --until 2026-03-03)" "differences of a day"
same 0 "$(sql 'SELECT count(*) FROM replay')" "replays on record without --apply"
muster replay --apply >/dev/null 2>&1
same 2 $? "status of --apply without a reason"
muster replay --apply --reason "to be sure" >/dev/null || fail "apply"
violations | cmp - "$work/roster-first" || fail "apply of no difference changed the books"
same "1 0" "$(sql 'SELECT count(*), (SELECT count(*) FROM violation_change) FROM replay' | tr '|' ' ')" "on record"

# Another version, before it is loaded, then in force ---------------------------
same "changed OWN-FAILED dan 11 11;" "$(differences --standard ./two | grep -o 'changed OWN-FAILED[^;]*;')" "severity"
same "" "$(differences --standard ./one)" "a directory that is in force"
muster replay --standard ./three --apply --reason no >/dev/null 2>"$work/error"
same 3 $? "status of --apply of what is not in force"
grep -q 'not in force' "$work/error" || fail "$(cat "$work/error")"
same "withdrawn OWN-FAILED dan 11 null;withdrawn OWN-MANY muster.actor=dan 11 null;" "$(differences --standard ./three)" "withdrawn"
same 2 "$(sql "SELECT count(*) FROM standard WHERE name <> 'own'")" "standards in the books"
same 1 "$(sql "SELECT count(*) FROM standard WHERE name = 'own'")" "versions in the books"
digest=$(muster standard load ./three | sed -n 's/^own \([0-9a-f]*\).*/\1/p')
same "withdrawn OWN-FAILED dan 11 null;withdrawn OWN-MANY muster.actor=dan 11 null;" "$(differences --standard "$digest")" "by a digest"
muster standard activate "$digest" >/dev/null || fail "activate"

# Killed while it applies: all of a contractor, or nothing.
failed=$(muster queue --format json --rule OWN-FAILED | member id)
MUSTER_CRASH_AT=replay-before-commit:1 muster replay --standard own --apply --reason "version three" >/dev/null 2>&1
same 137 $? "status of one that was killed"
same flagged "$(muster show "$failed" --format json | member state)" "state after one that was killed"
same 1 "$(sql 'SELECT count(*) FROM replay')" "replays on record after one that was killed"
muster replay --standard own --apply --reason "version three" >/dev/null || fail "apply of three"
MUSTER_CRASH_AT=replay-after-commit:1 muster replay --apply --reason again >/dev/null 2>&1
same "" "$(differences)" "differences after apply"
same withdrawn "$(muster show "$failed" --format json | member state)" "state"
same 2 "$(sql "SELECT count(*) FROM violation_change WHERE what = 'withdrawn' AND applied")" "changes on record"
muster show "$failed" --format json | grep -q '"what":"withdrawn","applied":true,"reason":"version three"' || fail "show says nothing of the change"
muster show "$failed" | grep -q 'version three' || fail "show says nothing of the change as text"
same 0 "$(sql "SELECT count(*) FROM run r JOIN correlation c ON c.id = r.correlation_id WHERE c.rule_key = 'OWN-MANY'")" "runs"
muster standard activate "$(muster standard load ./one | sed -n 's/^own \([0-9a-f]*\).*/\1/p')" >/dev/null
same "opened OWN-FAILED dan null 11;opened OWN-MANY muster.actor=dan null 11;" "$(differences)" "as it was"
muster replay --apply --reason "back" >/dev/null || fail "apply of one"
violations | cmp - "$work/roster-first" || fail "the books are not as they were"
same withdrawn "$(muster show "$failed" --format json | member state)" "state of what was withdrawn"
# What is delivered from now on goes to the violation that stands.
logon 2026-03-04T10:00:00Z h1 dan >late.log
deliver late.log
same "flagged 12;withdrawn 11;" "$(sql "SELECT state, count FROM violation WHERE rule_key = 'OWN-FAILED' ORDER BY 1" | tr '|\n' ' ;')" "after another delivery"
same "" "$(differences)" "differences after another delivery"

# What people have decided on is left, and that is said once ----------------------
sql "UPDATE violation SET state = 'triaged' WHERE rule_key = 'OWN-FAILED' AND state = 'flagged'"
muster standard activate "$digest" >/dev/null
same "withdrawn true;withdrawn false;" "$(muster replay --format json | grep '"what"' | columns what left | tr '\t\n' ' ;')" "left"
for n in 1 2; do muster replay --apply --reason "three again" >/dev/null || fail "apply"; done
same triaged "$(sql "SELECT state FROM violation WHERE rule_key = 'OWN-FAILED' AND run = 0")" "state of what was decided"
same 1 "$(sql 'SELECT count(*) FROM violation_change WHERE NOT applied')" "changes that were not applied"

# In what they differ -----------------------------------------------------------
muster standard diff ./one ./one >/dev/null || fail "diff of the same"
muster standard diff ./one ./two --format json >"$work/diff" 2>/dev/null
same 1 $? "status of a diff"
same "OWN-FAILED severity low medium;OWN-MANY detection" "$(columns id field before after <"$work/diff" | tr '\t\n' ' ;' | grep -o '^OWN-FAILED [^;]*;OWN-MANY detection')" "diff"
muster standard diff "$digest" ./three >/dev/null || fail "diff of a digest"
muster standard diff nispom ./one --format csv >"$work/diff" 2>/dev/null
grep -q '^rule,OWN-MANY,added,' "$work/diff" || fail "no rule is added"
muster standard diff ./one nispom --format csv >"$work/diff" 2>/dev/null
grep -q '^rule,OWN-MANY,removed,' "$work/diff" || fail "no rule is removed"
sed '0,/Give access only/s//Open only/' one/standard.cfg >two/standard.cfg
muster standard diff ./one ./two --format csv >"$work/diff" 2>/dev/null
grep -qF 'requirement,117.10(a)(1)(iii)(B),changed,title,' "$work/diff" || fail "no title is changed"

# The log first, the roster later: the same books -------------------------------
begin later
deliver march.log again.log failures.log more.log
[ "$(violations | grep -c ACC-CLR)" = 0 ] || fail "violations without a roster"
imported --contractor ACME persons.csv assets.csv
violations >"$work/roster-later"
lacks | cmp - "$work/lacks" || fail "the roster lacks otherwise: $(lacks)"
cmp "$work/roster-first" "$work/roster-later" || fail "$(diff "$work/roster-first" "$work/roster-later")"
same "opened:roster version 2" "$(sql "SELECT DISTINCT c.what || ':' || r.reason FROM violation_change c JOIN replay r ON r.contractor_id = c.contractor_id AND r.id = c.replay_id")" "changes on record"
same "2 2" "$(sql "SELECT min(roster), max(roster) FROM batch WHERE first_event >= '2026-01-01'" | tr '|' ' ')" "versions that judged"
same "" "$(differences --late)" "late after the import"
same "" "$(differences)" "differences after the import"

# A correction takes back what was wrong, and opens what was missed.
sed 's/bob,confidential/bob,secret/; s/ann,secret/ann,confidential/' persons.csv >persons.corrected.csv
bob=$(muster queue --format json --rule ACC-CLR --subject bob | member id)
imported --contractor ACME persons.corrected.csv
same withdrawn "$(muster show "$bob" --format json | member state)" "bob's violation"
muster show "$bob" --format json | grep -q '"reason":"roster version 3"' || fail "no reason is shown"
same "ann cat cat " "$(muster queue --format json --rule ACC-CLR | member subject | sort | tr '\n' ' ')" "subjects"
same true "$(muster show "$(muster queue --format json --rule ACC-CLR --subject ann | member id)" --format json | member matches)" "the record matches"

# An import that ends early: musterd sees to it, or the same import again.
MUSTER_CRASH_AT=replay-before-commit:1 muster roster import --contractor ACME persons.csv >/dev/null 2>&1
same 137 $? "status of an import that was killed"
same withdrawn "$(muster show "$bob" --format json | member state)" "bob's violation after it"
imported --contractor ACME persons.csv
violations | cmp - "$work/roster-first" || fail "the same import again does not do what was left"
MUSTER_CRASH_AT=replay-before-commit:1 muster roster import --contractor ACME persons.corrected.csv >/dev/null 2>&1
drain
same "ann cat cat " "$(muster queue --format json --rule ACC-CLR | member subject | sort | tr '\n' ' ')" "subjects after an import that was killed"
# A log that was in work while its roster came.
sql "UPDATE batch SET roster = 0"
sql "UPDATE violation SET run = id, state = 'withdrawn', clock_name = NULL, clock_party = NULL, clock_started = NULL, due = NULL
	WHERE rule_key = 'ACC-CLR' AND state = 'flagged'"
same "opened opened opened " "$(muster replay --late --format json | grep '"what"' | member what | tr '\n' ' ')" "what is late"
drain
same "ann cat cat " "$(muster queue --format json --rule ACC-CLR | member subject | sort | tr '\n' ' ')" "subjects after musterd"
same "" "$(differences --late)" "late after musterd"

# Scores: as they are and as they would be.
same "nist-800-171r2 110 110 5 3;" "$(muster replay --standard ./three --scores --format json | columns standard score_indicated_before score_indicated_after handling_open_before handling_open_after | tr '\t\n' ' ;')" "scores"
muster replay --scores --format csv | head -n 1 | grep -q '^contractor,standard,' || fail "csv of scores"
muster replay --format csv | head -n 1 | grep -q '^contractor,what,' || fail "csv of changes"
every_receipt_adds_up

# What is missing is found missing again, and waits as far as it did; what was
# never delivered no record made, so that stays.
begin missing
system ACME/door ndjson --every 1s
cat >night.log <<'END'
{"time":"2026-05-12T17:00:00Z","action":"return","actor":"ann","object":"tape-2"}
{"time":"2026-05-12T23:00:00Z","action":"list","actor":"ann","host":"white"}
{"time":"2026-05-12T23:30:00Z","action":"checkout","actor":"ann","object":"tape-3"}
END
cat >morning.log <<'END'
{"time":"2026-05-12T08:00:00Z","action":"checkout","actor":"ann","object":"tape-1"}
{"time":"2026-05-12T08:01:00Z","action":"checkout","actor":"ann","object":"tape-2"}
END
cat >next.log <<'END'
{"time":"2026-05-13T23:00:00Z","action":"list","actor":"ann","host":"white"}
END
deliver night.log morning.log
sleep 3
drain
kept_out() { muster queue --format json --rule MED-RTN | member subject | tr '\n' ' '; }
same "muster.object=tape-1 " "$(kept_out)" "not returned"
same "system=door" "$(muster queue --format json --rule AUD-GAP | member subject)" "silent"
same "" "$(differences)" "differences of what is missing"
reach() { sql "SELECT c.rule_key, r.first_event, r.last_event FROM reach r JOIN correlation c ON c.id = r.correlation_id ORDER BY 1"; }
reach >"$work/reach" && [ -s "$work/reach" ] || fail "no reach"
sql "DELETE FROM reach; DELETE FROM undecided; DELETE FROM run; DELETE FROM hit_block"
sql "UPDATE violation SET run = id, state = 'withdrawn', clock_name = NULL, clock_party = NULL, clock_started = NULL, due = NULL
	WHERE rule_key = 'MED-RTN'"
same "opened MED-RTN muster.object=tape-1 null 1;" "$(differences | grep -o '[a-z]* MED-RTN[^;]*;')" "what was lost"
muster replay --apply --reason "lost" >/dev/null || fail "apply of what was lost"
same "muster.object=tape-1 " "$(kept_out)" "not returned, judged again"
same "system=door" "$(muster queue --format json --rule AUD-GAP | member subject)" "silent after a replay"
reach | cmp - "$work/reach" || fail "the logs reach otherwise"
deliver next.log
same "muster.object=tape-1 muster.object=tape-3 " "$(muster queue --format json --rule MED-RTN | member subject | sort | tr '\n' ' ')" "what waited is decided"
same "" "$(differences)" "differences after it is decided"

# A log is in work when its roster comes: what got into the books without it is judged again.
begin flight
start_musterd
kill -STOP "$(child_of_musterd muster-writer)"
drop ACME/files march.log
is_claimed() { [ -z "$(ls "$instance/spool/ACME/incoming")" ]; }
await "the log is claimed" is_claimed
imported --contractor ACME persons.csv assets.csv
kill -CONT "$(child_of_musterd muster-writer)"
is_judged() { [ "$(sql "SELECT count(*) FROM violation WHERE rule_key = 'ACC-CLR' AND state = 'flagged'")" = 2 ]; }
await "the log is judged by its roster" is_judged
stop_musterd || fail "musterd ended with status $?"
same "" "$(differences --late)" "late after a log that was in work"
every_receipt_adds_up
