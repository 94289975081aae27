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

# The same one floor up: a run that rests on what is missing.
echo 'id,accounts,valid_from
p1,ann,2026-01-01' >"$work/persons.csv"
echo 'person,weekdays,from,to,offset,valid_from
p1,mon-sun,08:00,17:00,0,2026-01-01' >"$work/shifts.csv"
echo 'id,level,valid_from
EAST,secret,2026-01-01' >"$work/places.csv"
muster roster import --contractor ACME "$work/persons.csv" "$work/shifts.csv" "$work/places.csv" >/dev/null ||
	fail "import"
cat >"$work/evening.log" <<'END'
{"time":"2026-05-19T07:30:00Z","action":"enter","outcome":"success","actor":"ann","place":"EAST","sequence":6}
{"time":"2026-05-19T17:30:00Z","action":"leave","outcome":"success","actor":"ann","place":"EAST","sequence":7}
{"time":"2026-05-19T18:00:00Z","action":"logon","outcome":"success","actor":"ann","place":"EAST","remote":false,"sequence":8}
{"time":"2026-05-19T21:00:00Z","action":"list","actor":"ann","host":"white","sequence":9}
END
drop ACME/custody "$work/evening.log"
drain
same "" "$(open_of LOC-BDG-LEFT)" "before four hours are over"
cat >"$work/later.log" <<'END'
{"time":"2026-05-19T22:00:00Z","action":"list","actor":"ann","host":"white","sequence":11}
END
drop ACME/custody "$work/later.log"
drain
same "muster.person.id=p1, place=EAST" "$(open_of LOC-BDG-LEFT)" "after four hours"
cat >"$work/back.log" <<'END'
{"time":"2026-05-19T17:45:00Z","action":"enter","outcome":"success","actor":"ann","place":"EAST","sequence":10}
END
drop ACME/custody "$work/back.log"
drain
same "" "$(open_of LOC-BDG-LEFT)" "after the entry that came late"

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
