#!/bin/bash
# What the queue says of a violation besides where it stands: evidence that is
# missing under it, and an exception that covers it and ends soon; the same in
# every format, in muster show, and to filters.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
system ACME/web ndjson
system ACME/door ndjson
me=$(id -un)
muster user add anna --name Anna --role officer --account "$me" >/dev/null || fail "user add anna"
muster user add otto --name Otto --role supervisor --account "$me" >/dev/null || fail "user add otto"

clear() { # ACTOR SEQUENCE: something secret sent in the clear
	printf '{"time":"2026-10-01T09:00:0%d.0Z","id":"%s-%s","action":"send","outcome":"success","actor":"%s","object":"/p/plan","marking":"CUI","encrypted":false,"sequence":%d}\n' "$(($2 % 10))" "$1" "$2" "$1" "$2"
}
flags() { # SUBJECT
	muster queue --all --subject "$1" --rule XFR-CLEAR --format json | columns flags | tr -d '[]" '
}
id_of() { muster queue --all --subject "$1" --rule XFR-CLEAR --format json | member id; } # SUBJECT

# A line that cannot be read, in one delivery of two.
{ clear bad.line 1; echo 'no record at all'; } >"$work/files.log"
drop ACME/files "$work/files.log"
{ clear good.line 1; } >"$work/good.log"
drop ACME/door "$work/good.log"
# Numbers 2 and 3 never come: that shows in the second delivery.
clear hole.before 1 >"$work/web1.log"
drop ACME/web "$work/web1.log"
drain
clear hole.after 4 >"$work/web2.log"
drop ACME/web "$work/web2.log"
drain
clear hole.later 5 >"$work/web3.log"
drop ACME/web "$work/web3.log"
drain
same evidence-gap "$(flags bad.line)" "next to a line that was rejected"
same "" "$(flags good.line)" "of a whole delivery"
same evidence-gap "$(flags hole.before)" "before the hole"
same evidence-gap "$(flags hole.after)" "behind the hole"
same "" "$(flags hole.later)" "far from the hole"
same "bad.line
hole.after
hole.before" "$(muster queue --filter evidence-gap --format json | columns subject | sort)" "the filter"
same 2 "$(muster queue --filter 'rule=XFR-CLEAR and evidence-gap=no' --format json | wc -l)" "the others"
muster queue --subject bad.line | grep -q 'evidence-gap' || fail "not in the text"
muster queue --subject bad.line --format csv | grep -q 'evidence-gap' || fail "not in csv"
muster show "$(id_of bad.line)" >"$work/shown" || fail "show"
grep -q '1 record of batch [0-9]*, from system files, was rejected' "$work/shown" || fail "show does not say what was rejected: $(cat "$work/shown")"
muster show "$(id_of hole.after)" >"$work/shown" || fail "show"
tr -s '\n ' '  ' <"$work/shown" | grep -q 'Of system web, number 2 to 3 never came' || fail "show does not say what is missing: $(cat "$work/shown")"
muster show "$(id_of hole.after)" --format json | grep -q '"kind": *"hole"' || fail "not in json"
# A finding over many records rests on each of their deliveries; judged again it still does.
{
	for i in $(seq 10 59); do
		printf '{"time":"2026-10-02T08:00:%d.0Z","id":"b%d","action":"logon","outcome":"failure","actor":"brute","host":"h","address":"203.0.113.9"}\n' "$i" "$i"
	done
	echo 'no record either'
} >"$work/brute.log"
drop ACME/files "$work/brute.log"
drain
runs() { sql "SELECT count(*) FROM violation WHERE subject_kind = 'group' AND subject LIKE '%brute%' AND evidence_rejected"; }
[ "$(runs)" -gt 0 ] || fail "no run has a flag: $(muster queue --format csv)"
before=$(runs)
sql "UPDATE violation SET evidence_rejected = false, count = 77" >/dev/null
muster replay --contractor ACME --apply --reason 'counted wrong' >"$work/replayed" 2>&1 || fail "replay: $(cat "$work/replayed")"
same "$before" "$(runs)" "runs with a flag after the replay"
same evidence-gap "$(flags bad.line)" "after the replay"
# It comes late.
{ clear late.one 2; clear late.two 3; } >"$work/web4.log"
drop ACME/web "$work/web4.log"
drain
same "" "$(flags hole.after)" "once it has come"
same evidence-gap "$(flags bad.line)" "what was rejected stays so"

# An exception that covers one, for ten days.
export MUSTER_USER=anna
muster exception add ACME 3.13.8 --kind enduring --reference 'plan 4' --reason old --owner smith \
	--rule XFR-CLEAR --subject good.line --until "$(date -u -d '+10 days' +%F)" >/dev/null || fail "exception add"
same "" "$(flags good.line)" "proposed"
MUSTER_USER=otto muster exception approve ACME 1 --note seen >/dev/null || fail "exception approve"
same exception-ending "$(flags good.line)" "approved"
same good.line "$(muster queue --filter exception-ending --format json | columns subject)" "the filter"
muster show "$(id_of good.line)" | tr -s '\n ' '  ' | grep -q 'An exception that covers it ends at' || fail "show does not say so"
sed -i 's/^.*exception_ending *=.*/\texception_ending = "5d";/' "$instance/muster.conf"
muster queue --filter exception-ending >/dev/null 2>&1
same 1 $? "status where five days before the end is soon"
same "" "$(flags good.line)" "where five days before the end is soon"
