#!/bin/bash
# The queue is worked through: filters, many at once, and the desk on a
# pseudo-terminal, where a routine decision takes three keys.
. "$(dirname "$0")/harness.sh"
command -v script >/dev/null || skip "no script(1)"

instance books
system ACME/files ndjson
me=$(id -un)
for person in anna bert; do
	muster user add $person --name "$person" --role officer --account "$me" >/dev/null || fail "user add $person"
done
muster user add otto --name Otto --role supervisor --account "$me" >/dev/null || fail "user add otto"

# 100 of severity low, each of another person; one of high; one of critical.
{
	for i in $(seq 100); do
		printf '{"time":"2026-10-01T08:%02d:%02dZ","id":"d%d","action":"read","outcome":"failure","actor":"x%03d\\u001b[31m","object":"/p/plan","marking":"CUI"}\n' $((i / 60)) $((i % 60)) "$i" "$i"
	done
	printf '{"time":"2026-10-01T09:00:00Z","id":"c1","action":"send","outcome":"success","actor":"a.first","object":"/p/plan","marking":"CUI","encrypted":false}\n'
	printf '{"time":"2026-10-01T09:00:00Z","id":"s1","action":"share","outcome":"success","actor":"b.second","object":"/p/plan","marking":"SECRET","audience":"public"}\n'
} >"$work/files.log"
drop ACME/files "$work/files.log"
drain
same 102 "$(status violations)" violations
export MUSTER_USER=anna

# Filters ------------------------------------------------------------------
count() { muster queue --format json "$@" 2>/dev/null | wc -l; }
same 2 "$(count --filter 'severity>=high')" "a filter"
same 1 "$(count --filter 'severity>=high' --rule XFR-CLEAR)" "a filter and an option"
same 100 "$(count --filter 'rule=ACC-DENIED and not owner=me')" "a filter with not"
muster queue --filter 'severity>=high and' 2>"$work/err"
same 2 $? "status of a filter that is not understood"
grep -q 'column 19' "$work/err" || fail "no column: $(cat "$work/err")"
muster filter save grave 'severity>=high' >/dev/null || fail "filter save"
muster filter save wrong 'severity>=' >/dev/null 2>&1
same 2 $? "status of saving a filter that is none"
same 2 "$(count --saved grave)" "a saved filter"
same 'severity>=high' "$(muster filter list --format json | member filter)" "the list of filters"
MUSTER_USER=bert muster filter list >/dev/null 2>&1
same 1 $? "bert keeps none"
muster filter remove grave >/dev/null || fail "filter remove"
same 'triage us' "$(muster queue --limit 1 --format json | columns clock party | tr '\t' ' ')" "clock and party"
first=$(muster queue --limit 1 --format json | member id)
muster queue --why "$first" | grep -q '1\. urgency: .*clock triage, US' || fail "why is not told"

# The next five are taken.
muster bulk take --filter 'rule=ACC-DENIED and owner=nobody' --limit 5 --format json >"$work/preview" || fail "take: $(cat "$work/preview")"
same '5 rule=ACC-DENIED and owner=nobody (the first 5)' "$(columns included filter <"$work/preview" | tr '\t' ' ')" "the first five"

# Many at once -----------------------------------------------------------------
dismiss() { muster bulk dismiss --reason FPL "$@"; }
dismiss --filter 'severity>=high' --format json >"$work/preview" || fail "preview: $(cat "$work/preview")"
same "2 0 2 true" "$(columns included excluded waits expect_needed <"$work/preview" | tr '\t' ' ')" "preview"
same 102 "$(count)" "after a preview"
token=$(member token <"$work/preview")
muster bulk --token "$token" >/dev/null 2>&1
same 3 $? "status without the count"
muster bulk --token "$token" --expect 3 >/dev/null 2>&1
same 3 $? "status with another count"
same 0 "$(sql "SELECT count(*) FROM act")" "acts so far"
muster act "$first" take >/dev/null || fail "take"
muster bulk --token "$token" --expect 2 >"$work/done" 2>&1
same 1 $? "status where one was skipped"
grep -q "^$first: it has changed since: .*take by anna" "$work/done" || fail "who and when: $(cat "$work/done")"
same 1 "$(count --filter 'waits')" "those that wait"
same 1 "$(MUSTER_USER=otto count --waits)" "what waits for otto"
same 0 "$(count --waits)" "what waits for anna, who asked"
muster bulk approve --filter 'waits' >/dev/null 2>&1
same 3 $? "signing in bulk"
muster bulk dismiss --reason FPL >/dev/null 2>&1
same 2 $? "bulk without a filter"

# The desk ------------------------------------------------------------------------
mkfifo "$work/keys"
begin_desk() { # [ARGUMENT…]
	: >"$work/screen"
	TERM=xterm script -qfe -c "tty >$work/tty; stty rows 24 cols 80; exec muster desk $*" "$work/screen" <"$work/keys" >/dev/null 2>&1 &
	desk=$!
	exec 9>"$work/keys"
}
press() { printf "$1" >&9; }
fresh() { cat "$work/screen" >>"$work/all"; : >"$work/screen"; }       # what was seen so far does not count
seen() { grep -qaF -- "$1" "$work/screen"; }
see() { await "the desk shows '$1'" seen "$1"; }
dismissed() { sql "SELECT count(*) FROM violation WHERE state = 'dismissed'"; }
is_dismissed() { [ "$(dismissed)" = "$1" ]; }

begin_desk --filter rule=ACC-DENIED
see '1 of 100'
see 'LOW'
keys=0
for i in $(seq 100); do
	press 'dl\r'
	keys=$((keys + 3))
done
await "100 decisions" is_dismissed 100
same 300 "$keys" "keys for 100 routine decisions"
same 100 "$(sql "SELECT count(*) FROM act WHERE actor = 'anna' AND action = 'dismiss' AND reason = 'FPL' AND outcome = 'done'")" "acts of anna"
see 'Undo (u)'
press u
await "one is taken back" is_dismissed 99
see 'taken back'
# A colleague is faster.
one=$(muster queue --filter rule=ACC-DENIED --format json | member id)
MUSTER_USER=bert muster act "$one" triage >/dev/null || fail "bert triages"
press 'dl\r'
see 'triage by bert'
same 99 "$(dismissed)" "dismissed after the conflict"
# Every other view and key, at 80 columns and 24 lines.
fresh; press w; see 'why here: V-'; see 'points at stake: '; see 'ACC-DENIED'
fresh; press h; see 'history of V-'; see 'opened by musterd'
fresh; press r; see 'log records of V-'; see '"action":"read"'
fresh; press '?'; see '> j, Down '
press '      k'; see 'these keys; Enter does what the one under the cursor does'
press '\033'; see 'j k move  d decide'
fresh; press cseen\\r; see 'note; it is'
fresh; press '=bert\r'; see 'assign; it is'
fresh; press 'ethe log of the door\r'; see 'request; it is'
same 1 "$(sql "SELECT count(*) FROM outbox o JOIN act a USING (contractor_id, violation_id) WHERE a.number = o.act_number AND a.action = 'request' AND a.data ->> 'evidence' = 'the log of the door'")" "requests in the outbox"
fresh; press u; see 'taken back'
fresh; press '/\025severity=critical\r'; see '1 of 1 '; see 'filter: severity=critical'
fresh; press '/\025severty\r'; see 'column 1'
press '\033'
muster filter save grave 'severity>=high' >/dev/null || fail "filter save"
fresh; press f; see '> grave'; press '\r'; see '1 of 2 '
# What was asked for by one is signed by another.
critical=$(muster queue --filter severity=critical --format json | member id)
# What comes later moves no row and is counted; . shows it.
fresh; press '/\025rule=XFR-CLEAR\r'; see '1 of 1 '
printf '{"time":"2026-10-01T10:00:00Z","id":"c2","action":"send","outcome":"success","actor":"c.third","object":"/p/plan","marking":"CUI","encrypted":false}\n' >"$work/later.log"
drop ACME/files "$work/later.log"
drain
see '1 new (press .)'
fresh; press .; see '1 of 2 '
# From one to the other: a range.
fresh; press gxX; see '2 selected'
press '\033'
# Another size: it is drawn anew, with columns for which there was no room.
stty -F "$(cat "$work/tty")" rows 40 cols 140
see OWNER
press q
exec 9>&-
wait $desk
same 0 $? "status of the desk"
tail -c 400 "$work/screen" | grep -qaF "$(printf '\033[?1049l')" || fail "the screen is not put back"
fresh
grep -qaF 'x001\x1B' "$work/all" || fail "the subject is not shown with its control character"
! grep -qaF "$(printf 'x001\033[31m')" "$work/all" || fail "a control character came through"
! grep -qaE "$(printf '\033')\[(3[0-7]|4[0-7])m" "$work/all" || fail "colours in spite of NO_COLOR"
grep -qaF CUI "$work/all" || fail "no banner"

# Otto signs what anna asked for; without keys, by the menu alone.
critical=$(muster queue --filter severity=critical --format json | member id)
muster act "$critical" dismiss --reason FPL >/dev/null || fail "dismiss"
export MUSTER_USER=otto
begin_desk --filter waits=me
see '1 of 2 '
press '2a\r'
see 'approve; it is'
same dismissed "$(sql "SELECT state FROM violation WHERE number = '$critical'")" "what otto signed"
press q
exec 9>&-
wait $desk
muster desk --key dt </dev/null >/dev/null 2>&1
same 2 $? "status of a key that is none"
export MUSTER_USER=anna
begin_desk --no-keys --filter rule=XFR-CLEAR
see 'Enter opens the menu'
press 'at'
press '\r'
see '> j, Down '
for i in 1 2 3 4 5 6 7 8 9; do press '\033[B'; done
see 'take it as your own'
press '\r'
see 'take; it is'
for i in $(seq 28); do press '\033[B'; done
press '\r'
see '> j, Down'
for i in $(seq 30); do press '\033[B'; done
press '\r'
exec 9>&-
wait $desk
same 0 $? "status of a desk without keys"

# Many from the desk: selected, looked at, counted, done, taken back.
muster bulk reopen --filter 'state=dismissed and rule=ACC-DENIED' --note 'looked at again' --format json >"$work/preview" || fail "reopen: $(cat "$work/preview")"
muster bulk --token "$(member token <"$work/preview")" --expect 99 >"$work/done" || fail "reopen: $(cat "$work/done")"
same 99 "$(count --filter 'state=reopened')" "reopened"
in_state() { [ "$(sql "SELECT count(*) FROM violation WHERE state = '$1'")" = "$2" ]; }
begin_desk --filter state=reopened
see '1 of 99'
press At
see 'how many are they'
press '98\r'
see 'not how many'
in_state reopened 99 || fail "done with another count"
press '\1779\r'
await "99 are triaged" in_state triaged 100
see '99 done: triage'
press u
sleep 1
press '99\r'
await "99 are taken back" in_state reopened 99
press q
exec 9>&-
wait $desk
same 0 $? "status of the desk"

# Others like it are suppressed after a look; the second person sees the same.
in_preview='would have hidden 0 besides: 0'
begin_desk --filter state=triaged
see '1 of 1'
press "sl\rknown\r$(date -u -d '+30 days' +%F)\r"
see "$in_preview"
same 0 "$(sql "SELECT count(*) FROM act WHERE action = 'suppress'")" "acts after a look"
press '\r'
in_waiting() { [ "$(sql "SELECT count(*) FROM act WHERE action = 'suppress' AND outcome = 'waits'")" = 1 ]; }
await "it waits for a second person" in_waiting
press q
exec 9>&-
wait $desk
MUSTER_USER=otto begin_desk --filter state=triaged
see "$in_preview"
press '2a\r'
in_force() { [ "$(muster suppression --in-force --format json | columns id signer | tr '\t' ' ')" = "$one otto" ]; }
await "it is signed" in_force
press q
exec 9>&-
wait $desk

# Told to end, it puts the terminal back too; and where the program itself is at fault.
for signal in TERM QUIT ABRT SEGV; do
	begin_desk
	see '1 of 101'
	pkill -$signal -P $desk -x muster || kill -$signal "$(pgrep -P "$desk" | head -n 1)"
	wait $desk
	exec 9>&-
	tail -c 400 "$work/screen" | grep -qaF "$(printf '\033[?1049l')" || fail "the screen is not put back after SIG$signal"
done
muster desk </dev/null >/dev/null 2>&1
same 3 $? "status without a terminal"
