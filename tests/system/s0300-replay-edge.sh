#!/bin/bash
# What is judged again between two days is judged as if all were: windows that
# reach over the edge are whole, and what lies beyond it is left.
. "$(dirname "$0")/harness.sh"

mkdir "$work/r" && cd "$work/r" || fail "no directory"
record() { printf '{"time":"%s","action":"%s","outcome":"failure","actor":"%s","object":"%s","host":"red"}\n' "$@"; }
standard() { # DIRECTORY BOUND
	mkdir -p "$1/rules"
	cp "$stage/share/muster/standards/nispom/standard.cfg" "$1/standard.cfg"
	sed -i 's/^name *=.*/name = "own";/' "$1/standard.cfg"
	cat >"$1/rules/own.yml" <<END
title: Logon failed
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e01
name: OWN-FAILED
status: experimental
logsource:
    product: muster
    category: access
detection:
    sel:
        muster.action: logon
        muster.outcome: failure
    condition: sel
level: low
---
title: Some logons failed
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e02
name: OWN-SOME
correlation:
    type: event_count
    rules:
        - OWN-FAILED
    group-by:
        - muster.actor
    timespan: 6h
    condition:
        gte: $2
    generate: true
level: high
---
title: Some logons failed, and then some again
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e03
name: OWN-AGAIN
correlation:
    type: temporal_ordered
    rules:
        - OWN-SOME
        - OWN-SENT
    group-by:
        - muster.actor
    timespan: 2d
    generate: true
level: critical
---
title: Something was sent
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e04
name: OWN-SENT
logsource:
    product: muster
    category: access
detection:
    sel:
        muster.action: send
    condition: sel
level: informational
---
title: Handed out
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e05
name: OWN-OUT
logsource:
    product: muster
    category: access
detection:
    sel:
        muster.action: checkout
    condition: sel
level: informational
---
title: Given back
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e06
name: OWN-BACK
logsource:
    product: muster
    category: access
detection:
    sel:
        muster.action: return
    condition: sel
level: informational
---
title: Not given back
id: 0b2f64b1-3a6e-4c39-8f37-5b0a3c6d1e07
name: OWN-KEPT
correlation:
    type: absence
    rules:
        - OWN-OUT
        - OWN-BACK
    group-by:
        - muster.object
    within: 8h
level: medium
END
}
standard three 3
standard five 5

# Three days in three deliveries. Dan fails before and after each midnight, eve
# on the first day only, fay in the middle of the second; and gus, three times
# on the first, sends on the second.
{
	record 2026-03-01T10:00:00Z logon eve x
	record 2026-03-01T10:01:00Z logon eve x
	record 2026-03-01T10:02:00Z logon eve x
	record 2026-03-01T20:00:00Z logon gus x
	record 2026-03-01T20:01:00Z logon gus x
	record 2026-03-01T20:02:00Z logon gus x
	record 2026-03-01T21:00:00Z checkout ann tape-1
	record 2026-03-01T23:50:00Z logon dan x
	record 2026-03-01T23:55:00Z logon dan x
} >first.log
{
	record 2026-03-02T00:05:00Z logon dan x
	record 2026-03-02T00:10:00Z logon dan x
	record 2026-03-02T10:00:00Z checkout ann tape-2
	record 2026-03-02T12:00:00Z logon fay x
	record 2026-03-02T12:01:00Z logon fay x
	record 2026-03-02T12:02:00Z logon fay x
	record 2026-03-02T15:00:00Z send gus x
	record 2026-03-02T20:00:00Z checkout ann tape-3
	record 2026-03-02T21:00:00Z checkout ann tape-4
	record 2026-03-02T23:59:00Z logon hal x
} >second.log
{
	record 2026-03-03T00:01:00Z logon hal x
	record 2026-03-03T00:02:00Z logon hal x
	record 2026-03-03T01:00:00Z return ann tape-3
	record 2026-03-03T11:00:00Z checkout ann tape-5
	record 2026-03-04T12:00:00Z logon ida x
	record 2026-03-04T12:01:00Z logon ida x
	record 2026-03-04T12:02:00Z logon ida x
} >third.log
instance edge
system ACME/files ndjson
for log in first second third; do
	drop ACME/files "$log.log"
	drain
done
differences() { muster replay --format json "$@" | grep '"what"' | columns what rule subject count_before count_after | sort | tr '\t\n' ' ;'; }

# By a standard that never judged, of all and of one day.
same "opened OWN-AGAIN muster.actor=gus null 2;opened OWN-FAILED dan null 2;opened OWN-FAILED dan null 2;opened OWN-FAILED eve null 3;opened OWN-FAILED fay null 3;opened OWN-FAILED gus null 3;opened OWN-FAILED hal null 1;opened OWN-FAILED hal null 2;opened OWN-FAILED ida null 3;opened OWN-KEPT muster.object=tape-1 null 1;opened OWN-KEPT muster.object=tape-2 null 1;opened OWN-KEPT muster.object=tape-4 null 1;opened OWN-KEPT muster.object=tape-5 null 1;opened OWN-SENT gus null 1;opened OWN-SOME muster.actor=dan null 4;opened OWN-SOME muster.actor=eve null 3;opened OWN-SOME muster.actor=fay null 3;opened OWN-SOME muster.actor=gus null 3;opened OWN-SOME muster.actor=hal null 3;opened OWN-SOME muster.actor=ida null 3;" \
	"$(differences --standard ./three)" "all of them"
day=(--since 2026-03-02 --until 2026-03-03)
same "opened OWN-AGAIN muster.actor=gus null 2;opened OWN-FAILED dan null 2;opened OWN-FAILED fay null 3;opened OWN-FAILED hal null 1;opened OWN-KEPT muster.object=tape-2 null 1;opened OWN-KEPT muster.object=tape-4 null 1;opened OWN-SENT gus null 1;opened OWN-SOME muster.actor=dan null 4;opened OWN-SOME muster.actor=fay null 3;opened OWN-SOME muster.actor=hal null 3;" \
	"$(differences --standard ./three "${day[@]}")" "of one day"
same "opened OWN-FAILED hal null 2;opened OWN-FAILED ida null 3;opened OWN-KEPT muster.object=tape-5 null 1;opened OWN-SOME muster.actor=hal null 3;opened OWN-SOME muster.actor=ida null 3;" \
	"$(differences --standard ./three --since 2026-03-03)" "from a day on"

# Put into the books day by day, they are what they are when judged at once.
muster standard load ./three --activate >/dev/null || fail "load"
muster replay --standard own "${day[@]}" --apply --reason "the second day" >/dev/null || fail "apply of a day"
same "" "$(differences --standard own "${day[@]}")" "the day again"
same "dan fay hal" "$(muster queue --format json --rule OWN-SOME | member subject | sed 's/.*=//' | sort | tr '\n' ' ' | sed 's/ $//')" "runs of the day"
runs() { sql "SELECT rule_key, subject, day, count, first_event, last_event FROM violation WHERE state <> 'withdrawn' ORDER BY 1, 2, 3"; }
muster replay --standard own --until 2026-03-02 --apply --reason "before it" >/dev/null || fail "apply of what was before"
muster replay --standard own --since 2026-03-03 --apply --reason "after it" >/dev/null || fail "apply of what was after"
same "" "$(differences --standard own)" "all of it again"
runs >"$work/by-days"

# Of another version that asks for more: what stands by the first goes, where it
# meets the day, and nothing else does.
same "withdrawn OWN-AGAIN muster.actor=gus 2 null;withdrawn OWN-SOME muster.actor=dan 4 null;withdrawn OWN-SOME muster.actor=fay 3 null;withdrawn OWN-SOME muster.actor=hal 3 null;" \
	"$(differences --standard ./five "${day[@]}")" "by another version"

instance once
system ACME/files ndjson
for log in first second third; do
	drop ACME/files "$log.log"
	drain
done
muster standard load ./three --activate >/dev/null || fail "load"
muster replay --standard own --apply --reason "all" >/dev/null || fail "apply of all"
runs | cmp - "$work/by-days" || fail "$(runs | diff - "$work/by-days")"
every_receipt_adds_up
