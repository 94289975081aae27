#!/bin/bash
# Notices leave when the outbox lets them; what the contractor answers comes
# into the case, and what it may not say is refused with the reason.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson
system BOLT/files ndjson
for person in anna:officer sam:supervisor alf:appeals-officer; do
	muster user add "${person%:*}" --name "${person%:*}" --role "${person#*:}" --account "$(id -un)" >/dev/null ||
		fail "user add $person"
done
as() { local who=$1; shift; muster --as "$who" "$@"; }
hold() { # SECONDS
	sed -i "s/^.*outbox_hold *=.*/\toutbox_hold = $1;/" "$MUSTER_CONFIG"
}
notices=$instance/spool/ACME/notices
incoming=$instance/spool/ACME/incoming
say() { # NAME BYTES
	printf '%s' "$2" >"$incoming/.$1" && chmod a+r "$incoming/.$1" && mv "$incoming/.$1" "$incoming/$1"
}
receipt() { member "$2" <"$instance/spool/ACME/receipts/$1.receipt"; }
state() { sql "SELECT state FROM violation WHERE number = '$1'"; }

cd "$work" || fail "no directory"
printf '{"time":"2026-03-0%s:01:00Z","id":"g%s","action":"logon","outcome":"success","actor":"guest","host":"red"}\n' \
	2T09 1 3T09 2 4T09 3 >day.log
drop ACME/files day.log
drain
mapfile -t cases < <(muster queue --format json | member id)
[ "${#cases[@]}" -ge 2 ] || fail "violations: ${cases[*]}"
one=${cases[0]} two=${cases[1]}

# Nothing is known to the contractor before a notice has left -----------------
say "$one.reply" '{"answer":"NOT-OURS","text":"who?"}'
drain
same "refused unknown-violation" "$(receipt "$one.reply" outcome) $(receipt "$one.reply" reason)" "a reply before the notice"

# Evidence is asked for, and comes as a document ------------------------------
hold 0
drain
three=${cases[2]}
as anna act "$three" request --evidence "the door's log$(printf '\033')[2J" >/dev/null || fail "request"
drain
grep -q "^REQUEST FOR EVIDENCE $three" "$notices/$three.1.request.txt" || fail "no request in $(ls "$notices")"
grep -q "the door's log" "$notices/$three.1.request.txt" || fail "$(cat "$notices/$three.1.request.txt")"
! grep -q "$(printf '\033')" "$notices/$three.1.request.txt" || fail "a control character goes out"
same "$three" "$(member violation <"$notices/$three.1.request.json")" "the request as JSON"
say "$three.attachment.door.log" 'the door was open'
drain
same accepted "$(receipt "$three.attachment.door.log" outcome)" "a document that was asked for"
muster show "$three" | tr -s '\n ' '  ' | grep -q "the contractor sent $three.attachment.door.log, 17 bytes" || fail "the document is not shown"
same flagged "$(state "$three")" "where the case stands"
hold 600
drain

# The outbox holds it, and lets it be taken back ------------------------------
hold 3600
for v in "$one" "$two"; do
	as anna act "$v" triage >/dev/null || fail "triage"
	as anna act "$v" notice >/dev/null || fail "notice"
done
drain
same 0 "$(find "$notices" -name '*.notice.*' | wc -l)" "notices while they are held"
as anna act "$two" recall >/dev/null || fail "recall"
same triaged "$(state "$two")" "after the recall"
say "$one.reply" '{"answer":"NOT-OURS","text":"who?"}'
drain
same unknown-violation "$(receipt "$one.reply" reason)" "a reply to a notice that is held"

# It leaves once --------------------------------------------------------------
sql "UPDATE muster.outbox SET leaves_at = now() - interval '1 second'" >/dev/null
sql "UPDATE muster.act SET leaves_at = now() - interval '1 second' WHERE leaves_at IS NOT NULL" >/dev/null
MUSTER_CRASH_AT=letter-written timeout 60 musterd --once >>"$work/musterd.log" 2>&1 </dev/null
same 1 "$(find "$notices" -name "$one.notice.txt" | wc -l)" "the notice that was written before the crash"
same t "$(sql "SELECT clock_paused_at IS NOT NULL FROM violation WHERE number = '$one'")" "its clock after the crash"
drain
same 2 "$(sql "SELECT count(*) FROM letter")" "letters"
same f "$(sql "SELECT clock_paused_at IS NOT NULL FROM violation WHERE number = '$one'")" "its clock"
same "$(sql "SELECT to_char(due AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM violation WHERE number = '$one'")" \
	"$(member due <"$notices/$one.notice.json")" "what the notice says of the time to answer"
grep -q "^NOTICE $one" "$notices/$one.notice.txt" || fail "$(cat "$notices/$one.notice.txt")"
grep -q 'files.day.log, line 1, byte 0' "$notices/$one.notice.txt" || fail "$(cat "$notices/$one.notice.txt")"
same 0 "$(find "$notices" -name "$two*" | wc -l)" "notices that were recalled"
as anna act "$one" recall >/dev/null 2>&1
same 3 $? "status of a recall after it has left"
as anna act "$one" undo >/dev/null 2>&1
same 3 $? "status of an undo after it has left"
[ -z "$(ls "$instance/spool/BOLT/notices")" ] || fail "another contractor has been told"

# Answers ---------------------------------------------------------------------
refused() { # WHAT CODE BYTES
	say "$one.reply" "$3"
	drain
	same "refused $2" "$(receipt "$one.reply" outcome) $(receipt "$one.reply" reason)" "$1"
}
for ending in gz zst json; do
	say "$one.reply.$ending" '{"answer":"NOT-OURS","text":"who?"}'
	drain
	same "refused reply-name" "$(receipt "$one.reply.$ending" outcome) $(receipt "$one.reply.$ending" reason)" "a reply named .$ending"
done
refused "no JSON" bad-reply 'sorry'
refused "a member that is none" bad-reply '{"answer":"FIXED","tex":"x"}'
refused "an answer that is none" bad-reply '{"answer":"MAYBE","text":"x"}'
refused "no words where they are needed" bad-reply '{"answer":"DISPUTE-FACT"}'
refused "another number" bad-reply "{\"violation\":\"$two\",\"answer\":\"FIXED\"}"
refused "a NUL" bad-reply '{"answer":"FIXED","text":"a\u0000b"}'
refused "an attachment that did not come" unknown-attachment \
	'{"answer":"FIXED","attachments":["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]}'
refused "an appeal before the decision" not-awaited '{"answer":"APPEAL","text":"no"}'
same noticed "$(state "$one")" "after what was refused"

say "$one.attachment.scan.pdf" 'test'
say "$two.attachment.scan.pdf" 'test'
drain
same accepted "$(receipt "$one.attachment.scan.pdf" outcome)" "an attachment"
same unknown-violation "$(receipt "$two.attachment.scan.pdf" reason)" "an attachment to a case that is not known"
[ -s "$instance/evidence/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" ] || fail "the attachment is no evidence"
say "$one.reply" '{"answer":"DISPUTE-FACT","text":"not \u202egnorw\u001b[2J","attachments":["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]}'
drain
same accepted "$(receipt "$one.reply" outcome)" "the reply"
same replied "$(state "$one")" "after the reply"
same t "$(sql "SELECT disputed FROM violation WHERE number = '$one'")" "disputed"
! muster show "$one" | grep -q "$(printf '\033')" || fail "control characters are shown"

# Beyond three a day answers are kept and shown, and hold up nobody.
for n in 1 2 3 4; do
	version=$(sql "SELECT version FROM violation WHERE number = '$one'")
	say "$one.reply" "{\"answer\":\"NOT-OURS\",\"text\":\"again, the ${n}th time\"}"
	drain
	same accepted "$(receipt "$one.reply" outcome)" "answer $n"
done
same "$version" "$(sql "SELECT version FROM violation WHERE number = '$one'")" "version after what was only kept"
receipt "$one.reply" explanation | grep -q '^received as further answer 1 of this case' || fail "receipt: $(receipt "$one.reply" explanation)"
muster show "$one" | grep -q 'contractor: further answer, reason NOT-OURS' || fail "$(muster show "$one")"
muster show "$one" | grep -q 'again, the 4th time' || fail "$(muster show "$one")"
muster show "$one" --format json | grep -q '"action":"further answer"' || fail "$(muster show "$one" --format json)"

# Decisions are told, and can be appealed -------------------------------------
hold 0
drain
as anna act "$one" sustain --reason SUB >/dev/null || fail "sustain"
[ "$(state "$one")" = sustained ] || as sam act "$one" approve >/dev/null || fail "approve"
same sustained "$(state "$one")" "after the decision"
drain
grep -q '^DECISION' "$notices/$one".*.sustain.txt || fail "no decision in $(ls "$notices")"
say "$one.reply" '{"answer":"APPEAL","text":"we were not there"}'
drain
same "accepted appealed" "$(receipt "$one.reply" outcome) $(state "$one")" "the appeal"
as anna act "$one" overturn --reason OVERTURNED --note x >/dev/null 2>&1
same 3 $? "status of an appeal heard by the decider"
as alf act "$one" overturn --reason OVERTURNED --note 'the badge was stolen' >/dev/null || fail "overturn"
drain
same overturned "$(member action <"$(ls "$notices/$one".*.overturn.json)" | sed 's/overturn/overturned/')" "the letter about the appeal"
same overturned "$(state "$one")" "in the end"

# Letters that cannot go keep back no others; all of them go at once ------------
for i in $(seq 55); do
	printf '{"time":"2026-10-01T08:%02d:00Z","id":"d%d","action":"read","outcome":"failure","actor":"x%03d","object":"/p/plan","marking":"CUI"}\n' "$i" "$i" "$i"
done >many.log
drop BOLT/files many.log
drain
hold 3600
drain
mapfile -t many < <(muster queue --contractor BOLT --format json | member id)
same 55 "${#many[@]}" "violations of the other contractor"
for v in "${many[@]}" "$two"; do
	[ "$(state "$v")" = triaged ] || as anna act "$v" triage >/dev/null || fail "triage"
	as anna act "$v" notice >/dev/null || fail "notice"
done
due() {
	sql "UPDATE muster.outbox SET leaves_at = now() - interval '1 second'" >/dev/null
	sql "UPDATE muster.act SET leaves_at = now() - interval '1 second' WHERE leaves_at > now()" >/dev/null
}
due
theirs=$instance/spool/BOLT/notices
mv "$theirs" "$work/away" && : >"$theirs" || fail "no directory is taken away"
drain
grep -q "$two.notice: left" "$work/musterd.log" && [ -s "$notices/$two.notice.json" ] ||
	fail "a letter was kept back by those that cannot go"
same 55 "$(sql "SELECT count(*) FROM muster.outbox")" "letters that stay in the outbox"
rm -f "$theirs" && mv "$work/away" "$theirs" || fail "no directory is brought back"
drain
same "0 55" "$(sql "SELECT count(*) FROM muster.outbox") $(find "$theirs" -name '*.notice.txt' | wc -l)" "letters after it is back"
