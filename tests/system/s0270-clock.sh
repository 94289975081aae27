#!/bin/bash
# A clock that was moved is noticed, is on record, and makes nothing lapse.
. "$(dirname "$0")/harness.sh"
built=${MUSTER_BUILD:-$top/build}/tests/tools/clock-shift.so
[ -e "$built" ] || skip "there is no $built"
cp "$built" "$work/clock-shift.so"
LD_PRELOAD=$work/clock-shift.so /bin/true 2>"$work/preload" || skip "nothing can be preloaded"
[ ! -s "$work/preload" ] || skip "nothing can be preloaded"

# Moves the clock of whatever runs with it, in seconds from where it would be.
shift_file=$work/shift
clock_to() { # SECONDS
	local n=$(($1 * 1000000)) bytes='' i
	for ((i = 0; i < 8; i++)); do bytes+=$(printf '\\x%02x' $((n >> 8 * i & 255))); done
	# shellcheck disable=SC2059
	printf "$bytes" | dd of="$shift_file" conv=notrunc status=none
}
clock_to 0
chmod 644 "$shift_file"
# Commands, and all that they start, with that clock.
moved() { # COMMAND…
	LD_PRELOAD=$work/clock-shift.so MUSTER_CLOCK_SHIFT=$shift_file "$@"
}
year=31536000
log=$work/musterd.log
alarms() { grep -c 'ALARM: ' "$log"; }
set_option() { # OPTION VALUE
	sed -i "s|^\t# $1 = .*|\t$1 = $2;|" "$MUSTER_CONFIG"
	grep -q "^.$1 = $2;" "$MUSTER_CONFIG" || fail "no setting $1"
}
books_are_moved() { # the private server runs with that clock from now on
	muster stop >/dev/null || fail "stop"
	moved muster status >/dev/null || fail "status"
}
number() { sql "SELECT $1"; }
start() {
	LD_PRELOAD=$work/clock-shift.so MUSTER_CLOCK_SHIFT=$shift_file setsid musterd >>"$log" 2>&1 </dev/null &
	musterd=$!
	await "musterd is ready" reader_of_musterd
	seen=$(number "coalesce((SELECT running FROM clock_seen), 0)")
	await "musterd has looked at the clock" has_seen
}
has_seen() { [ "$(number "running > $seen FROM clock_seen")" = t ]; }
steps() { number "count(*) FROM clock_step"; }
is() { [ "$(number "$2")" = "$1" ]; } # VALUE SELECT

instance books
system ACME/files ndjson --every 1d
for person in anna:officer sam:supervisor udo:auditor; do
	muster user add "${person%:*}" --name "${person%:*}" --role "${person#*:}" --account "$(id -un)" >/dev/null ||
		fail "user add $person"
done
as() { local who=$1; shift; moved muster --as "$who" "$@"; }
set_option outbox_hold 0
set_option look_interval 1
ordinary 20 2026-10-01 >"$work/files.log"
printf '{"time":"2026-10-03T08:00:00Z","id":"s1","action":"share","outcome":"success","actor":"a","object":"/p/plan","marking":"U","audience":"public"}\n{"time":"2026-10-04T09:01:00Z","id":"g1","action":"logon","outcome":"success","actor":"guest","host":"red"}\n' >>"$work/files.log"
drop ACME/files "$work/files.log"
books_are_moved
moved timeout 60 musterd --once >>"$log" 2>&1 </dev/null || fail "musterd --once"
same 0 "$(alarms)" "alarms at the beginning"
id=$(muster queue --format json | member id | head -n 1)
[ -n "$id" ] || fail "no violation"
for action in triage notice; do as anna act "$id" "$action" >/dev/null || fail "$action"; done
moved timeout 60 musterd --once >>"$log" 2>&1 </dev/null || fail "musterd --once"
same noticed "$(number "state FROM violation WHERE number = '$id'")" "state"
due=$(number "due FROM violation WHERE number = '$id'")
as anna act "$id" incident --moment discovered --at "$(date -u -d '1 hour ago' +%Y-%m-%dT%H:%M:%SZ)" >/dev/null ||
	fail "incident"
harm() {
	number "(SELECT count(*) FROM act WHERE action = 'lapse')
		+ (SELECT count(*) FROM duty_fact WHERE fact = 'overdue')
		+ (SELECT count(*) FROM silence)"
}
same 0 "$(harm)" "what has run out"

# Small steps, and a leap second, are nothing ---------------------------------
start
clock_to -1
seen=$(number "running FROM clock_seen")
await "another look" has_seen
same 0 "$(alarms)" "alarms after a second"

# A year ahead ---------------------------------------------------------------
clock_to $year
await "the step is in the books" is 1 "count(*) FROM clock_step"
seen=$(number "running FROM clock_seen")
await "a look after it" has_seen
same 1 "$(alarms)" "alarms after the step"
grep -q 'ALARM: the clock was moved from 20.*Z to 20.*Z, a step of +31536[0-9]*\.[0-9]* s' "$log" ||
	fail "$(grep ALARM "$log")"
same 0 "$(harm)" "what has run out a year ahead"
same "1 true" "$(moved muster status --format json | columns clock_steps clock_held | tr '\t' ' ')" "status"
moved muster status | grep -q '^clock alarms *1$' || fail "status: $(moved muster status)"
moved muster status | grep -q '^time is held *yes$' || fail "status: $(moved muster status)"
# The database keeps to that itself.
sql "SELECT act(contractor_id, id, NULL, 'lapse', NULL, NULL, NULL) FROM violation WHERE number = '$id'" >"$work/said" 2>&1 &&
	fail "it lapsed"
sql "SET ROLE muster_daemon; SELECT act(contractor_id, id, NULL, 'lapse', NULL, NULL, NULL) FROM violation WHERE number = '$id'" >"$work/said" 2>&1 &&
	fail "it lapsed"
grep -q 'the clock was moved' "$work/said" || fail "$(cat "$work/said")"

# It comes back: nothing has happened.
clock_to 0
await "the step was taken back" is 2 "count(*) FROM clock_step WHERE returned"
grep -q 'a step of -31536' "$log" || fail "no alarm of the way back"
same "0 false" "$(moved muster status --format json | columns clock_steps clock_held | tr '\t' ' ')" "status after it"
same 0 "$(harm)" "what has run out after it"
same "$due" "$(number "due FROM violation WHERE number = '$id'")" "the deadline"

# Moved while it was being looked who is late: nothing of that look stays.
# What is late is asked of the plans first, then of the duties, by a new moment.
mkfifo "$work/hold"
as_server_user "$(pg_programs)/psql" -Xq -h "$(socket_directory)" -U postgres -d muster <"$work/hold" >/dev/null &
holder=$!
exec 7>"$work/hold"
echo 'BEGIN; LOCK TABLE muster.milestone IN ACCESS EXCLUSIVE MODE;' >&7
await "the look waits" is 1 "count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%duty_pass%'"
clock_to $year
echo 'COMMIT;' >&7
exec 7>&-
wait "$holder"
await "the step is in the books" is 3 "count(*) FROM clock_step"
same 0 "$(harm)" "what has run out in the middle of a look"
clock_to 0
await "the step was taken back" is 4 "count(*) FROM clock_step WHERE returned"

# A year behind: acts follow each other all the same -----------------------------
clock_to -$year
await "the step back is in the books" is 5 "count(*) FROM clock_step"
same "1 false" "$(moved muster status --format json | columns clock_steps clock_held | tr '\t' ' ')" "status behind"
as anna act "$id" note --note "a year behind" >/dev/null || fail "note"
same 0 "$(number "count(*) FROM act a JOIN act b USING (contractor_id, violation_id) WHERE a.number < b.number AND a.recorded_at > b.recorded_at")" \
	"acts that are before earlier ones"
same t "$(number "recorded_at > now() + interval '300 days' FROM act WHERE note = 'a year behind'")" "the act"
clock_to 0
await "that was taken back too" is 6 "count(*) FROM clock_step WHERE returned"

# While it does not run -------------------------------------------------------
stop_musterd || fail "musterd: status $?"
clock_to $year
start
same 7 "$(steps)" "steps while it did not run"
same "set" "$(number "kind FROM clock_step WHERE number = 7")" "its kind"
same 0 "$(harm)" "what has run out meanwhile"
stop_musterd || fail "musterd: status $?"

# A person says that this is the time ----------------------------------------
as udo status --acknowledge "fine by me" >/dev/null 2>"$work/said" && fail "an auditor acknowledges"
as sam status --acknowledge " " >/dev/null 2>"$work/said" && fail "without words"
as sam status --acknowledge "the year was wrong before" | grep -q '^1 step of the clock acknowledged' || fail "acknowledge"
as sam status --acknowledge "again" >/dev/null 2>&1
same 1 $? "status of acknowledging nothing"
same "acknowledged sam the year was wrong before" \
	"$(moved muster report clock --format json | tail -n 1 | columns outcome acknowledged_by note | tr '\t' ' ')" "report"
start
await "time counts" is 3 "(SELECT count(*) FROM act WHERE action = 'lapse')
	+ (SELECT count(*) FROM duty_fact WHERE fact = 'overdue') + (SELECT count(*) FROM silence)"
same "$due" "$(number "at FROM act WHERE action = 'lapse'")" "when it lapsed"
stop_musterd || fail "musterd: status $?"

# Another start of the machine, and earlier than the books ------------------------
sql "UPDATE clock_seen SET boot = 'another'" >/dev/null
clock_to 0
start
same behind "$(number "kind FROM clock_step ORDER BY number DESC LIMIT 1")" "behind the books"
grep -q 'ALARM: the clock is behind the books, from' "$log" || fail "no alarm"
as sam status --acknowledge "set right" >/dev/null || fail "acknowledge"
stop_musterd || fail "musterd: status $?"

# Two clocks that are apart: the database's stays ------------------------------------
muster stop >/dev/null || fail "stop"
muster status >/dev/null || fail "status"
start
before=$(steps)
clock_to 3600
await "two steps" is $((before + 2)) "count(*) FROM clock_step"
same "database set" "$(number "string_agg(kind, ' ' ORDER BY kind) FROM clock_step WHERE number > $before")" "their kinds"
clock_to 0
await "both were taken back" is 4 "count(*) FROM clock_step WHERE returned AND number > $before"
stop_musterd || fail "musterd: status $?"
