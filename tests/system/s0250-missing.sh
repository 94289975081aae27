#!/bin/bash
# What is missing: an answer that comes late takes the finding away again, and
# a system that falls silent has one finding for each silence.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/custody ndjson
system ACME/door ndjson --every 1s
open_of() { # RULE: the open violations of it
	muster queue --format json | columns rule subject | awk -F '\t' -v rule="$1" '$1 == rule { print $2 }'
}

cat >"$work/morning.log" <<'END'
{"time":"2026-05-12T08:00:00Z","action":"checkout","actor":"ann","object":"tape-1","sequence":1}
{"time":"2026-05-12T08:01:00Z","action":"checkout","actor":"ann","object":"tape-2","sequence":2}
{"time":"2026-05-12T21:00:00Z","action":"list","actor":"ann","host":"white","sequence":4}
END
drop ACME/custody "$work/morning.log"
drain
same "" "$(open_of MED-RTN)" "before 14 hours are over"
cat >"$work/night.log" <<'END'
{"time":"2026-05-12T23:00:00Z","action":"list","actor":"ann","host":"white","sequence":5}
END
drop ACME/custody "$work/night.log"
drain
same "muster.object=tape-1
muster.object=tape-2" "$(open_of MED-RTN | sort)" "after 14 hours"
cat >"$work/late.log" <<'END'
{"time":"2026-05-12T17:00:00Z","action":"return","actor":"ann","object":"tape-2","sequence":3}
END
drop ACME/custody "$work/late.log"
drain
same "muster.object=tape-1" "$(open_of MED-RTN)" "after the answer that came late"
same "" "$(open_of AUD-HOLE)" "numbers that came in time"

# Longer than two intervals of a second, whatever the machine does meanwhile.
sleep 3
drain
same "system=door" "$(open_of AUD-GAP)" "silent since it was enrolled"
drain
same "system=door" "$(open_of AUD-GAP)" "the same silence"
drop ACME/door "$work/night.log"
drain
sleep 3
drain
same "system=door
system=door" "$(open_of AUD-GAP)" "silent again"
