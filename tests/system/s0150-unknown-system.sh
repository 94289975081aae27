#!/bin/bash
# A log of a system that is not enrolled is refused with a receipt and kept.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
ordinary 10 >"$work/day.log"
drop ACME/nobody "$work/day.log"
drain
same refused "$(receipt ACME/nobody.day.log outcome)" outcome
same unknown-system "$(receipt ACME/nobody.day.log reason)" reason
same 0 "$(receipt ACME/nobody.day.log records)" records
find "$instance/spool/ACME/refused" -name '*nobody.day.log*' | grep -q . || fail "the log is not in refused/"
same 0 "$(status events)" events
# Enrolled since, it is taken when it comes again.
system ACME/nobody ndjson
drop ACME/nobody "$work/day.log"
drain
same "10 10 0 0" "$(counts ACME/nobody.day.log)" "after enrolment"
