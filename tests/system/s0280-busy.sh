#!/bin/bash
# Somebody whose logs always wait delays no look at what has run out; and what
# waits is held against nobody.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson
system ACME/door ndjson
system BOLT/files ndjson
system BOLT/door ndjson
muster user add anna --name anna --role officer --account "$(id -un)" >/dev/null || fail "user add"
set_option() { # OPTION VALUE
	sed -i "s|^\t# $1 = .*|\t$1 = $2;|" "$MUSTER_CONFIG"
	grep -q "^.$1 = $2;" "$MUSTER_CONFIG" || fail "no setting $1"
}
set_option outbox_hold 0
set_option look_interval 1
for firm in ACME BOLT; do
	printf '{"time":"2026-03-02T09:01:00Z","id":"%s1","action":"logon","outcome":"success","actor":"guest","host":"red"}\n{"time":"2026-03-03T09:01:00Z","id":"%s2","action":"logon","outcome":"success","actor":"guest","host":"red"}\n' \
		$firm $firm >"$work/day.log"
	drop $firm/files "$work/day.log"
done
ordinary 5 >"$work/door.log"
drain
mapfile -t cases < <(muster queue --filter 'contractor = ACME' --format json | member id)
[ "${#cases[@]}" -ge 2 ] || fail "violations: ${cases[*]}"
late=${cases[0]} answered=${cases[1]}
for v in "$late" "$answered"; do
	for action in triage notice; do muster --as anna act "$v" $action >/dev/null || fail "$action"; done
done
drain
state() { sql "SELECT state FROM violation WHERE number = '$1'"; }
same "noticed noticed" "$(state "$late") $(state "$answered")" "states"
silent() { sql "SELECT coalesce(string_agg(c.code, ' ' ORDER BY c.code), '') FROM silence q JOIN contractor c ON c.id = q.contractor_id WHERE NOT q.ended"; }

# Readers that do not go on: everything that is dropped waits from now on.
start_musterd --readers 2
is_quiet() { [ "$(status spool_waiting)" = 0 ] && [ "$(sql "SELECT count(*) FROM waiting")" = 0 ]; }
await "nothing waits" is_quiet
mapfile -t readers < <(pgrep -P "$musterd" -f /muster-reader)
go_on() { kill -CONT "${readers[@]}" 2>/dev/null; }
at_end+=(go_on)
kill -STOP "${readers[@]}"
incoming=$instance/spool/ACME/incoming
for n in 1 2 3 4 5 6 7 8; do drop ACME/files "$work/door.log" "$n.log"; done
drop ACME/door "$work/door.log" 1.log
printf '{"answer":"NOT-OURS","text":"who?"}' >"$incoming/.$answered.reply"
chmod a+r "$incoming/.$answered.reply"
mv "$incoming/.$answered.reply" "$incoming/$answered.reply"
is_told() { [ "$(sql "SELECT string_agg(name, ' ' ORDER BY name) FROM waiting")" = "$answered door files" ]; }
await "what waits is known" is_told
sql "UPDATE system SET every_seconds = 1 WHERE name = 'door'" >/dev/null
sql "UPDATE violation SET due = now() WHERE state = 'noticed'" >/dev/null
has_lapsed() { [ "$(state "$late")" = unanswered ]; }
await "what was not answered has lapsed" has_lapsed
is_silent() { [ "$(silent)" = "$1" ]; }
await "BOLT is silent" is_silent BOLT
same noticed "$(state "$answered")" "what was answered in time"
[ "$(status spool_waiting)" -ge 5 ] || fail "not much waited: $(status spool_waiting)"

go_on
has_replied() { [ "$(state "$answered")" = replied ]; }
await "the answer is taken" has_replied
same 0 "$(sql "SELECT count(*) FROM act JOIN violation v ON v.id = violation_id AND v.contractor_id = act.contractor_id WHERE action = 'lapse' AND v.number = '$answered'")" "lapses of what was answered"
stop_musterd || fail "musterd: status $?"
