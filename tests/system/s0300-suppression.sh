#!/bin/bash
# What is kept out of the queue with a whole rule or subject is looked at
# first, signed by a second person who sees the same, listed, and comes back as
# what was hidden.
. "$(dirname "$0")/harness.sh"

instance books
system ACME/files ndjson
system BOLT/files ndjson
generic() { printf '{"time":"2026-09-%02dT09:01:00Z","id":"q%d","action":"logon","outcome":"success","actor":"guest","host":"%s"}\n' "$1" "$1" "$2"; }
open_days() { # CONTRACTOR FIRST LAST
	local day
	for day in $(seq "$2" "$3"); do generic "$day" bench; done >"$work/days.log"
	drop "$1/files" "$work/days.log"
	drain
}
open_days ACME 1 5
open_days BOLT 1 2
me=$(id -un)
for person in anna:officer bert:officer otto:supervisor; do
	muster user add "${person%:*}" --name "$person" --role "${person#*:}" --account "$me" >/dev/null || fail "user add $person"
done
muster user add lena --name Lena --role liaison --contractor BOLT --account "$me" >/dev/null || fail "user add lena"
export MUSTER_USER=anna
queue() { muster queue --contractor ACME --format json "$@" 2>/dev/null; }
waiting() { queue "$@" | grep -c .; }
mapfile -t ids < <(queue --rule AUT-GENERIC | member id | sort)
same 5 "${#ids[@]}" "violations of ACME"
base=${ids[0]}
muster act "${ids[1]}" dismiss --reason FPL >/dev/null || fail "dismiss"
muster act "${ids[1]}" approve --as otto >/dev/null || fail "approve a dismissal"
day=$(date -u -d '+30 days' +%F)
wish() { muster act "$base" suppress --reason BEN --note 'ticket 417' --until "$day" "$@"; }

muster suppression >/dev/null 2>&1
same 1 $? "status of a list of nothing"

# The look: in words, and as numbers; nothing is done --------------------------
wish --rule --subject >"$work/words" || fail "a look: $(cat "$work/words")"
said() { tr '\n' ' ' <"$1" | tr -s ' ' | grep -qF "$2" || fail "$1 says nothing of: $2 -- $(cat "$1")"; }
said "$work/words" "To be kept out of the queue until ${day}T00:00:00Z: $base, and whatever else of ACME is opened with rule AUT-GENERIC about \"guest\", up to severity"
said "$work/words" "Of what was opened in the last 30 days it would have hidden 4 besides: 0 sustained, 3 still open, 1 dismissed."
said "$work/words" 'It is owned by anna, who asks for it: BEN, "ticket 417".'
said "$work/words" 'A second person has to sign'
said "$work/words" "muster act $base suppress --token"
wish --rule --subject --format json >"$work/seen" || fail "a look"
numbers() { columns rule subject days hidden sustained open dismissed more_severe | tr '\t' ' '; }
same "AUT-GENERIC guest 30 4 0 3 1 0" "$(numbers <"$work/seen")" "numbers"
same 0 "$(sql "SELECT count(*) FROM act WHERE action = 'suppress'")" "acts after a look"
token=$(member token <"$work/seen")
grep -q -- "--token $token" "$work/words" || fail "two looks at the same have two tokens"
wish --rule --format json >"$work/rule" || fail "a look at the rule"
[ "$token" != "$(member token <"$work/rule")" ] || fail "two scopes have one token"

# Only with a token of that very scope, by who looked, on what was looked at ----
refused() { # STATUS WORDS COMMAND...
	"${@:3}" >"$work/said" 2>&1
	same "$1" $? "status of: ${*:3}"
	grep -q "$2" "$work/said" || fail "${*:3}: $(cat "$work/said")"
}
refused 2 "preview's to say" muster act "$base" suppress --token "$token" --rule
refused 2 "goes with suppress" muster act "$base" note --token "$token"
refused 3 "no preview" muster act "${ids[2]}" suppress --token "$token"
refused 3 "no preview" muster act "$base" suppress --token "$token" --as bert
refused 3 "no preview" muster act "$base" suppress --token "${token//[0-9]/0}"
refused 3 "more than a year" muster act "$base" suppress --rule --reason BEN --note x --until "$(date -u -d '+400 days' +%F)"
muster act "$base" note --note 'seen on site' --as bert >/dev/null || fail note
refused 3 "has changed since" muster act "$base" suppress --token "$token"
version=$(muster show "$base" --format json | member version)
refused 3 "has changed since" wish --rule --subject --version $((version - 1))
same 5 "$(($(waiting) + 1))" "in the queue"
wish --rule --subject --format json >"$work/seen" || fail "another look"
muster act "$base" suppress --token "$(member token <"$work/seen")" >"$work/said" || fail "suppress: $(cat "$work/said")"
grep -q 'waits for a second person' "$work/said" || fail "it does not wait: $(cat "$work/said")"

# The second person sees the same, and signs --------------------------------------
muster show "$base" --as otto >"$work/show" || fail show
said "$work/show" "it would have hidden 4 besides: 0 sustained, 3 still open, 1 dismissed."
muster show "$base" --as otto --format json >"$work/show.json" || fail "show"
grep -o '"to_be_signed":{[^}]*}' "$work/show.json" | grep -q '"hidden":4,"sustained":0,"open":3,"dismissed":1' ||
	fail "nothing to be signed: $(cat "$work/show.json")"
row() { muster suppression --format json "$@" 2>/dev/null | columns id state owner signer rule subject hides hid | tr '\t' ' '; }
same "$base waits anna null AUT-GENERIC guest 0 0" "$(row)" "the list while it waits"
muster act "$base" approve --as otto >/dev/null || fail approve
muster show "$base" --format json | grep -q to_be_signed && fail "it is still to be signed"
same "$base in force anna otto AUT-GENERIC guest 1 1" "$(row --in-force)" "the list"

# What it hides, it lists; others, and other contractors, it leaves alone -------------
open_days ACME 6 8
open_days BOLT 3 3
generic 9 bench | sed 's/guest/admin/' >"$work/other.log"
drop ACME/files "$work/other.log"
drain
same "3 9" "$(waiting --rule AUT-GENERIC --subject guest) $(waiting --all --rule AUT-GENERIC)" "in the queue, and in all"
same 3 "$(muster queue --contractor BOLT --format json | wc -l)" "of the other contractor"
same "$base in force anna otto AUT-GENERIC guest 4 4" "$(row)" "the list now"
same 4 "$(muster suppression "$base" --format json | grep -c '"hidden":true')" "what it hides"
muster suppression | grep -q 'otto' || fail "the list as text: $(muster suppression)"
same 0 "$(row --as lena | grep -c .)" "of contractors that are not in the portfolio"
muster suppression "$base" --as lena >/dev/null 2>&1
same 1 $? "status of the list of one that is not"
muster suppression "${ids[2]}" >/dev/null 2>&1
same 1 $? "status where nothing was suppressed"

# So it is with what a correlation found -----------------------------------------------
guess() { # DAY
	local n
	for n in $(seq 10 39); do
		printf '{"time":"2026-09-%02dT10:00:%02dZ","id":"g%d.%d","action":"logon","outcome":"failure","actor":"probe","host":"bench","address":"10.0.0.9"}\n' "$1" "$n" "$1" "$n"
	done >"$work/guess.log"
	drop ACME/files "$work/guess.log"
	drain
}
guess 11
run=$(queue --rule AUT-BRU | member id)
[ -n "$run" ] || fail "no run of failed logons"
muster act "$run" suppress --reason BEN --note 'ticket 418' --until "$day" --rule --subject --format json >"$work/seen" || fail "a look at a run"
muster act "$run" suppress --token "$(member token <"$work/seen")" >/dev/null || fail "suppress a run"
muster act "$run" approve --as otto >/dev/null || fail "approve"
guess 12
same 0 "$(waiting --rule AUT-BRU)" "runs in the queue"
same 2 "$(muster suppression "$run" --format json | grep -c '"hidden":true')" "runs that are hidden"

# When its time is up, they come back as what they are -----------------------------------
sql "UPDATE suppression SET until = now() - interval '1 minute'" >/dev/null
sql "UPDATE violation SET suppressed_until = now() - interval '1 minute' WHERE suppressed_until IS NOT NULL" >/dev/null
same "$base ended anna otto AUT-GENERIC guest 0 4" "$(row | grep "$base")" "the list afterwards"
same "" "$(row --in-force)" "in force afterwards"
same 6 "$(waiting --filter suppression-ended)" "back, and marked"
same 6 "$(queue | grep -c '"suppression-ended"')" "flags"
muster queue --contractor ACME | grep -q suppression-ended || fail "a person sees no mark: $(muster queue --contractor ACME)"
same 4 "$(muster suppression "$base" --format json | grep -c '"hidden":false')" "the list of all that it hid"
open_days ACME 10 10
same 6 "$(waiting --filter suppression-ended)" "what comes later is new"
exit 0
