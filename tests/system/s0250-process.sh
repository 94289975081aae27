#!/bin/bash
# A case from flag to closed, another overturned on appeal: by three people
# and musterd, through the command.
. "$(dirname "$0")/harness.sh"

instance books
sed -i 's/# *outbox_hold = .*/outbox_hold = 0;/' "$instance/muster.conf"
grep -q '^[[:space:]]*outbox_hold = 0;' "$instance/muster.conf" || fail "no setting outbox_hold"
system ACME/files ndjson
system BOLT/files ndjson
clear() { printf '{"time":"%s","id":"%s","action":"send","outcome":"success","actor":"%s","object":"/p/plan","marking":"CUI","encrypted":false}\n' "$@"; }
share() { printf '{"time":"%s","id":"%s","action":"share","outcome":"success","actor":"%s","object":"/p/plan","marking":"SECRET//NOFORN","audience":"public"}\n' "$@"; }
{
	ordinary 50
	clear 2026-10-01T08:00:00Z c1 a.first
	share 2026-10-03T08:00:00Z s1 b.second
} >"$work/files.log"
drop ACME/files "$work/files.log"
clear 2026-10-01T08:00:00Z c1 z.last >"$work/bolt.log"
drop BOLT/files "$work/bolt.log"
drain

# People -----------------------------------------------------------------
person() { muster user add "$1" --name "Person $1" --account "$(id -un)" "${@:2}" >/dev/null || fail "user add $1"; }
muster user list >/dev/null 2>&1
same 1 $? "status of a list of nobody"
person anna --role officer
person otto --role supervisor --role officer
person olga --role supervisor
person paul --role appeals-officer
person lena --role liaison --contractor ACME
person udo --role auditor
same 6 "$(muster user list --format json | wc -l)" "people"
muster user add anna --name A --role officer >/dev/null 2>&1
same 3 $? "status of a name that is taken"
muster user add muster_owner --name A --role officer >/dev/null 2>&1
same 2 $? "status of a name that is the server's"
muster user add ida --name A --role king >/dev/null 2>&1
same 2 $? "status of a role that is none"
muster user grant lena --role officer >/dev/null 2>&1
same 3 $? "status of a liaison who would decide"
! muster user list --format json | grep -q ida || fail "half a person is there"

id_of() { muster queue --all --format json --rule "$1" --contractor "${2:-ACME}" | member id; } # RULE [CODE]
clear=$(id_of XFR-CLEAR) share=$(id_of XFR-PUBLIC) bolt=$(id_of XFR-CLEAR BOLT)
as() { local name=$1; shift; MUSTER_USER=$name muster act "$@" >"$work/said" 2>&1; } # NAME V-… ACTION …
state() { muster show "$1" --format json | member state | tail -n 1; }
done_by() { as "$@" || fail "$*: $(cat "$work/said")"; }
refused() { # WORDS NAME V-… ACTION …
	as "${@:2}"
	same 3 $? "status of: ${*:2}"
	grep -q "$1" "$work/said" || fail "${*:2}: $(cat "$work/said")"
}

# From flag to closed ------------------------------------------------------
done_by anna "$clear" take
done_by anna "$clear" triage --note 'worth an answer'
refused 'flagged\|triaged.*not possible' anna "$clear" close
refused 'may not' udo "$clear" note --note x
refused 'may not' lena "$clear" notice
done_by anna "$clear" notice
drain
same noticed "$(state "$clear")" "after the notice"
refused 'only your own' anna "$clear" undo
done_by lena "$clear" reply --reason DISPUTE-RULE --note 'it was allowed'
same true "$(muster show "$clear" --format json | member disputed)" disputed
# High: it takes two, and not the same twice.
done_by otto "$clear" sustain --reason SUB
same replied "$(state "$clear")" "while it waits"
refused 'otto asked for it' otto "$clear" approve
done_by olga "$clear" approve --note 'I have seen the record'
same sustained "$(state "$clear")" "when it was signed"
same false "$(muster show "$clear" --format json | member disputed)" "disputed, when it was decided"
decided=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
day=$(date -u -d '+20 days' +%F)
done_by lena "$clear" plan --milestones "$day encryption by default"
refused 'milestones are not met' anna "$clear" verify --note seen
done_by lena "$clear" milestone --milestone 1
refused 'has decided' otto "$clear" verify --note seen
done_by anna "$clear" verify --note 'seen on site'
done_by anna "$clear" close
same closed "$(state "$clear")" "at the end"

# Overturned on appeal --------------------------------------------------------
done_by anna "$share" triage
done_by anna "$share" notice
drain
done_by lena "$share" reply --reason NOT-OURS --note 'no such person'
done_by anna "$share" sustain --reason SUB
done_by olga "$share" refuse --note 'say who'
done_by anna "$share" sustain --reason SUB --note 'b.second is on their roster'
done_by olga "$share" approve
done_by lena "$share" appeal --note 'he left in June'
muster user grant olga --role appeals-officer || fail "user grant"
refused 'has decided' olga "$share" uphold --reason UPHELD --note x
refused 'may not' anna "$share" overturn --reason OVERTURNED --note x
done_by paul "$share" overturn --reason OVERTURNED --note 'the roster says so'
same overturned "$(state "$share")" "after the appeal"

# The score, then and now: the violation that was closed since counted then.
same 0 "$(muster queue --format json --contractor ACME 2>/dev/null | wc -l)" "queue of ACME"
then=$(muster score ACME --as-of "$decided" --format json | member score_of_record | grep -v null)
now=$(muster score ACME --format json | member score_of_record | grep -v null)
[ "$then" -lt "$now" ] || fail "score of record then $then, now $now"

# What colleagues and contractors see --------------------------------------------
muster show "$bolt" --as lena >/dev/null 2>&1
same 1 $? "status of what is not in the portfolio"
as lena "$bolt" note --note x
same 1 $? "status of an act on what is not in the portfolio"
same 1 "$(muster queue --all --as lena --format json --rule XFR-CLEAR | wc -l)" "what the liaison sees"
muster show "$clear" --as udo >"$work/shown" || fail "show"
for words in 'act 1, anna (officer): take' 'sustain, reason SUB: waits for a second person' \
	'olga (supervisor): approve, reason SUB: replied -> sustained (of act' 'I have seen the record' \
	'milestone 1, due' 'udo opened the evidence' 'none is running: the case has ended'; do
	tr '\n' ' ' <"$work/shown" | tr -s ' ' | grep -qF "$words" || fail "show says nothing of: $words"
done
# Of two who saw the same version, the second is told of the first.
version=$(muster show "$bolt" --format json | member version)
done_by anna "$bolt" triage --version "$version"
refused 'triage by anna' otto "$bolt" dismiss --reason INS --note x --version "$version"
# Who is let in no more.
muster user close anna >/dev/null || fail "user close"
as anna "$bolt" notice
same 4 $? "status of an act of somebody who is not let in"
muster show "$clear" --format json | grep -q '"by":"anna"' || fail "the record lost its name"
muster user add anna --name A --role officer >/dev/null 2>&1
same 3 $? "status of a name that was somebody's"
muster act "$bolt" notice --as nobody.here >/dev/null 2>&1
[ $? -ge 3 ] || fail "somebody who is not there can act"
same '' "$(muster act "$bolt" note --note ok --as otto --format json | member waits | grep -v false)" "json of an act"

# Others like it are kept out of the queue too, for a time, and stay counted.
waiting() { muster queue --contractor ACME --rule AUT-GENERIC --format json "$@" 2>/dev/null | grep -c .; }
generic() { printf '{"time":"2026-09-%s:01:00Z","id":"q%s","action":"logon","outcome":"success","actor":"guest","host":"bench"}\n' "$@"; }
generic 01T09 1 >"$work/q1.log"
drop ACME/files "$work/q1.log"
drain
same 1 "$(waiting)" "before it is suppressed"
bench=$(muster queue --contractor ACME --rule AUT-GENERIC --format json | member id)
done_by otto "$bench" note --note 'a test bench'
muster act "$bench" suppress --as otto --reason BEN --note 'a test bench' --until "$(date -u -d '+30 days' +%F)" --rule --subject --format json >"$work/seen" || fail "a look at what suppress would do"
done_by otto "$bench" suppress --token "$(member token <"$work/seen")"
same 1 "$(waiting)" "while it waits for a second person"
done_by olga "$bench" approve
generic 02T09 2 >"$work/q2.log"
drop ACME/files "$work/q2.log"
drain
same "0 2" "$(waiting) $(waiting --all)" "suppressed, and all"

# A person of the office works from an account of the machine that is not root.
if [ "$(id -u)" = 0 ]; then
	nobody() { setpriv --reuid=nobody --regid=nogroup --clear-groups env -u MUSTER_USER "$@"; }
	nobody muster queue --as nobody >/dev/null 2>&1
	[ $? -ge 3 ] || fail "an account that is nobody's can look"
	muster user add vera --name 'Vera V.' --role officer --contractor ACME --account nobody >/dev/null || fail "user add vera"
	nobody muster act "$clear" note --note 'from my own account' --as vera >/dev/null || fail "vera cannot act"
	nobody muster act "$clear" note --note x --as otto >/dev/null 2>&1
	[ $? -ge 3 ] || fail "vera's account acts as otto"
	nobody muster queue --all --as vera --contractor BOLT --format json 2>/dev/null | grep -q . && fail "vera sees BOLT"
fi

# musterd dies between the outbox's end and the delivery: one notice, once.
done_by otto "$bolt" notice
start_musterd
kill_musterd
drain
drain
same 1 "$(muster show "$bolt" --format json | grep -o '"action":"deliver"' | wc -l)" "deliveries of one notice"
exit 0
