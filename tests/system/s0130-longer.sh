#!/bin/bash
# A longer version of a log delivered before: exactly the old records are duplicates.
. "$(dirname "$0")/harness.sh"
instance books
for id in yes no; do
	system "ACME/id-$id" ndjson
	ordinary 9000 2026-10-01 $id >"$work/whole"
	# Equal lines are different records: their ordinal tells them apart.
	for _ in 1 2 3; do printf '%s\n' '{"time":"2026-10-01T03:00:00Z","action":"list","actor":"twin"}'; done >>"$work/whole"
	head -n 6000 "$work/whole" >"$work/day.log"
	drop "ACME/id-$id" "$work/day.log"
	drain
	same "6000 6000 0 0" "$(counts "ACME/id-$id.day.log")" "first part, ids $id"
	drop "ACME/id-$id" "$work/whole" longer.log
	drain
	same "9003 3003 0 6000" "$(counts "ACME/id-$id.longer.log")" "longer version, ids $id"
	# And its tail alone, which both held.
	tail -n 2000 "$work/whole" >"$work/tail.log"
	drop "ACME/id-$id" "$work/tail.log"
	drain
	same "2000 0 0 2000" "$(counts "ACME/id-$id.tail.log")" "the tail again, ids $id"
done
same 18006 "$(status events)" events
# Another system that delivers the same bytes is another witness.
system ACME/other ndjson
drop ACME/other "$work/whole"
drain
same "9003 9003 0 0" "$(counts ACME/other.whole)" "the same records from another system"
every_receipt_adds_up
