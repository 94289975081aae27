#!/bin/bash
# SIGTERM ends after what is in work; SIGHUP reads the configuration and the enrolment again.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
ordinary 86400 >"$work/day.log"
start_musterd
drop ACME/files "$work/day.log"
await "the log is claimed" test ! -e "$instance/spool/ACME/incoming/files.day.log"
stop_musterd || fail "musterd ended with $? after SIGTERM"
[ ! -e "$(receipt_file ACME/files.day.log)" ] ||
	same "86400 86400 0 0" "$(counts ACME/files.day.log)" "the log in work at SIGTERM"
same 0 "$(find "$instance/spool/ACME/claimed" -type f | wc -l)" "claimed files after SIGTERM"
same "86400 86400 0 0" "$(counts ACME/files.day.log)" "receipt after SIGTERM"

start_musterd
first=$(reader_of_musterd)
system ACME/late ndjson
kill -HUP "$musterd"
ordinary 100 2026-10-02 >"$work/late.log"
drop ACME/late "$work/late.log"
await "a receipt for the new system" test -e "$(receipt_file ACME/late.late.log)"
same "100 100 0 0" "$(counts ACME/late.late.log)" "the new system's log"
kill -0 "$musterd" || fail "SIGHUP ended musterd"
await "new readers after SIGHUP" sh -c "! kill -0 $first"
# A second daemon on the same instance is refused and harms nothing.
if timeout 20 musterd --once >"$work/second.log" 2>&1 </dev/null; then fail "a second musterd was allowed"; fi
grep -q "$musterd" "$work/second.log" || fail "the second does not say who holds the lock: $(tail -n 1 "$work/second.log")"
system ACME/new ndjson
ordinary 100 2026-10-03 >"$work/new.log"
drop ACME/new "$work/new.log"
await "a receipt without SIGHUP" test -e "$(receipt_file ACME/new.new.log)"
same "100 100 0 0" "$(counts ACME/new.new.log)" "a system enrolled while musterd runs"
stop_musterd || fail "musterd ended with $?"
same "" "$(pgrep -f "$instance/muster.conf" | head -n 1)" "processes left"
