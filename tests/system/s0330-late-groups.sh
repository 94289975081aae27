#!/bin/bash
# Groups whose values only a later roster gives: the books are those of a
# roster that was there from the first, whatever came first and came after.
. "$(dirname "$0")/harness.sh"

mkdir "$work/r" && cd "$work/r" || fail "no directory"
mkdir -p own/rules
cp "$stage/share/muster/standards/nispom/standard.cfg" own/
sed -i 's/^name *=.*/name = "own";/' own/standard.cfg
cat >own/rules/own.yml <<'END'
title: Not cleared
name: OWN-NOT
logsource: {product: muster}
detection: {s: {muster.person.cleared: false}, condition: s}
---
title: Not cleared, often
name: OWN-OFTEN
correlation:
  type: event_count
  rules: [OWN-NOT]
  group-by: [muster.person.who]
  timespan: 1h
  condition: {gte: 3}
  generate: true
---
title: Read
name: OWN-READ
logsource: {product: muster}
detection: {s: {muster.action: read}, condition: s}
---
title: What the privileged read does not count
logsource: {product: muster}
filter:
  rules: [OWN-READ]
  privileged: {muster.object.category: BASIC}
  condition: not privileged
---
title: Two read of one programme
name: OWN-TWO
correlation:
  type: value_count
  rules: [OWN-READ]
  group-by: [muster.object.programme]
  timespan: 1d
  condition: {field: muster.person.who, gte: 2}
---
title: Named like the person
name: OWN-NAMED
logsource: {product: muster}
detection: {s: {muster.actor|fieldref: muster.person.id}, condition: s}
END
read_of() { printf '{"time":"%s","id":"%s","action":"read","outcome":"success","actor":"%s","object":"%s","host":"red"}\n' "$@"; }
{
	for n in 1 2 3; do read_of "2026-10-01T11:0$n:00Z" "b$n" bob /s/plan; done
	read_of 2026-10-01T11:10:00Z r1 rob /s/plan
	read_of 2026-10-01T12:00:00Z p1 p9 /s/plan
	read_of 2026-10-01T12:01:00Z p2 p9 /u/list
	read_of 2026-10-02T12:00:00Z p3 p9 /elsewhere
} >october.log
cat >persons.csv <<'END'
id,accounts,level,status,nda,valid_from
p1,bob rob,confidential,active,2025-11-03,2026-01-01
p9,p9,confidential,active,2025-11-03,2026-01-01
END
printf 'object,level,category,programme,valid_from\n/s/**,secret,,ORION,2026-01-01\n/u/**,unclassified,BASIC,LYRA,2026-01-01\n' >assets.csv
# One of the accounts is another's after all.
cat >persons.corrected.csv <<'END'
id,accounts,level,status,nda,valid_from
p1,bob,secret,active,2025-11-03,2026-01-01
p2,rob,confidential,active,2025-11-03,2026-01-01
END
violations() {
	sql "SELECT rule_key, subject_kind, subject, day, count, first_event, last_event FROM violation
		WHERE rule_key LIKE 'OWN-%' AND state <> 'withdrawn' ORDER BY 1, 2, 3, 4"
}
begin() { # NAME
	instance "$1"
	system ACME/files ndjson
	muster standard load ./own --activate >/dev/null || fail "load"
}
import() { # FILE…
	muster roster import --contractor ACME "$@" >/dev/null 2>"$work/error" || fail "import $*: $(cat "$work/error")"
}
deliver() { drop ACME/files october.log && drain; }
nothing_differs() { # WHEN
	same "" "$(muster replay --format json | grep '"what"')" "differences $1"
}

begin early
import persons.csv assets.csv
deliver
violations >"$work/first"
grep -q '^OWN-OFTEN|group|muster.person.who=p1|2026-10-01|4|' "$work/first" || fail "no group of a person: $(cat "$work/first")"
grep -q '^OWN-TWO|group|muster.object.programme=ORION|2026-10-01|5|' "$work/first" || fail "no group of a programme: $(cat "$work/first")"
grep -q 'LYRA' "$work/first" && fail "the filter does nothing: $(cat "$work/first")"
nothing_differs "where the roster came first"
import persons.corrected.csv
violations >"$work/corrected"
grep -q '^OWN-OFTEN' "$work/corrected" && fail "two persons are one: $(cat "$work/corrected")"
nothing_differs "after the correction"

for order in 'persons.csv assets.csv' 'assets.csv persons.csv'; do
	begin "late-${order%%.*}"
	deliver
	for file in $order; do
		import "$file"
		nothing_differs "after $file"
	done
	violations | cmp - "$work/first" || fail "$order after the log: $(violations | diff "$work/first" -)"
	import persons.corrected.csv
	violations | cmp - "$work/corrected" || fail "corrected: $(violations | diff "$work/corrected" -)"
	nothing_differs "after the correction"
done
