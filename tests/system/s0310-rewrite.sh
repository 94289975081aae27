#!/bin/bash
# A record that comes again is a repetition; another record under its number is
# a log that was rewritten.
. "$(dirname "$0")/harness.sh"

mkdir "$work/r" && cd "$work/r" || fail "no directory"
record() { printf '{"time":"2026-03-02T09:0%s:00Z","action":"list","actor":"ann","host":"%s","sequence":%s}\n' "$1" "$2" "$1"; }
instance books
system ACME/files ndjson
rewritten() { muster queue --all --rule AUD-TMP-DIFFERS --format json | columns subject severity count | tr '\t\n' ' ;'; }
deliver() { drop ACME/files "$1"; drain; }
{ record 1 red; record 2 red; record 3 red; } >first.log
deliver first.log
{ record 2 red; record 3 red; record 4 red; record 5 red; } >more.log
deliver more.log
same 2 "$(receipt ACME/files.more.log duplicates)" "records that came again"
same "" "$(rewritten)" "what came again"
{ record 3 grey; record 4 red; record 5 grey; record 6 red; } >other.log
deliver other.log
same "system=files, rewritten=3-5 critical 2;" "$(rewritten)" "what was rewritten"
drain
same "system=files, rewritten=3-5 critical 2;" "$(rewritten)" "found once"
same "" "$(muster replay --format json | grep AUD-TMP-DIFFERS)" "differences when judged again"
every_receipt_adds_up
