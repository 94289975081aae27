#!/bin/bash
# Standards and rules in the hands of those who write them: what is wrong is
# said with its place, and what differs is shown.
. "$(dirname "$0")/harness.sh"

mkdir "$work/r" && cd "$work/r" || fail "no directory"
said() { grep -qF -- "$1" "$work/error" || fail "'$1' is not said: $(cat "$work/error")"; } # WORDS
status_of() { # STATUS WHAT COMMAND…
	local wanted=$1 what=$2
	shift 2
	"$@" >"$work/out" 2>"$work/error" </dev/null
	same "$wanted" $? "status of $what"
}

# Rules ------------------------------------------------------------------------
rule() { printf 'title: %s\nlogsource: {product: muster}\ndetection:\n  s: {%s}\n  condition: s\n' "$@"; }
rule good 'a: x' >good.yml
rule wrong 'a|nothing: x' >wrong.yml
: >empty.yml
mkdir none
status_of 0 "a good rule" muster rule check good.yml
status_of 1 "a wrong rule" muster rule check wrong.yml
status_of 1 "a wrong rule, explained" muster rule explain good.yml wrong.yml
said 'wrong.yml:4:7: refused: there is no modifier'
grep -qx 'a is "x"' "$work/out" || fail "the good one is not explained"
status_of 4 "a wrong rule, tried" muster rule test wrong.yml --events /dev/null
said '1 refused: nothing was tried'
status_of 1 "an empty file" muster rule explain empty.yml
said 'empty.yml: refused: there is no rule in it'
status_of 0 "an explanation as json" muster rule explain good.yml --format json
same '{"file":"good.yml","line":1,"id":null,"name":null,"title":"good","explanation":"good (medium)\n' \
	"$(grep -o '^{"file".*(medium)\\n' "$work/out")" "an explanation as json"
for verb in check explain; do
	status_of 4 "$verb of a directory without rules" muster rule "$verb" none
	said 'none: there is no *.yml or *.yaml below it'
done
# What a rule says of a record, test by test.
cat >why.yml <<'Y'
title: Sent by somebody else
name: WHY
logsource: {product: muster, category: access}
detection:
  s: {muster.action: send, size|gt: 10}
  f: {muster.person.known: true}
  condition: s and not f
---
title: Sent often
name: WHY-OFTEN
correlation: {type: event_count, rules: [WHY], group-by: [muster.actor, place], timespan: 1h, condition: {gte: 3}}
level: high
Y
printf '%s\n' '{"muster.action":"send","muster.actor":"anna","size":11,"place":"B1"}' \
	'{"muster.action":"send","size":"10"}' >records
status_of 0 "a rule and a record" muster rule explain why.yml --events records --line 1 --rule WHY
same 'line 1: Sent by somebody else (WHY): yes
    yes  all of
    yes      all of
    yes          muster.action is "send": "send"
    yes          size > 10: "11"
    yes      not
    no           muster.person.known is "true": not known' "$(cat "$work/out")" "what it says"
status_of 0 "a correlation and a record" muster rule explain why.yml --events records --line 2
grep -qx '    no           size > 10: "10"' "$work/out" || fail "the test that fails is not told"
grep -qx 'line 2: Sent often (WHY-OFTEN): no, it is none of those that are looked at together' "$work/out" ||
	fail "the correlation is not told"
status_of 0 "the group of a record" muster rule explain why.yml --events records --line 1 --format json
grep -qxF '{"line":1,"rule":"WHY-OFTEN","depth":2,"holds":true,"test":"group-by place","has":"\"B1\""}' "$work/out" ||
	fail "the group is not told"
printf 'type=SYSCALL msg=audit(1700000000.123:7): arch=c000003e syscall=2 success=yes key="k"\ntype=CWD msg=audit(1700000000.123:7): cwd="/srv"\n' >audit
{ rule cwd 'cwd: /srv, type: CWD'; } >cwd.yml
status_of 0 "a record of several" muster rule explain cwd.yml --events audit --input-format auditd
head -n 1 "$work/out" | grep -qx 'line 1: cwd: yes, by record 2 of its 2' || fail "the record of several is not told"
# What a contractor wrote does nothing to a terminal, and chains are followed.
printf -- '---\ntitle: Days of that\nname: WHY-DAYS\ncorrelation: {type: event_count, rules: [WHY-OFTEN], group-by: [place], timespan: 7d, condition: {gte: 2}}\n---\ntitle: Quiet\nname: WHY-QUIET\ncorrelation: {type: silence, intervals: 2}\n' >>why.yml
printf '%s\n' '{"muster.action":"send","muster.actor":"\u001b[2J","size":11,"place":"B1"}' \
	'{"muster.action":"send","muster.actor":"anna","size":11}' >hostile
status_of 0 "a hostile record" muster rule explain why.yml --events hostile
grep -q "$(printf '\033')" "$work/out" && fail "an escape sequence reaches the terminal"
grep -qF 'group-by muster.actor: "\x1B[2J"' "$work/out" || fail "what is in its place: $(grep group-by "$work/out")"
grep -qx '    yes  it counts for runs of WHY-OFTEN' "$work/out" || fail "the chain is not followed"
sed -n '/^line 2: Sent often/,$p' "$work/out" >second
head -n 1 second | grep -q ': no, it is none of those' || fail "a record without a group counts: $(head -n 1 second)"
grep -qx '    no       group-by place: not known: it is left out' second || fail "a group that is not known"
grep -qx '    no   it counts for runs of WHY-OFTEN' second || fail "the chain goes on without a group"
grep -qx 'line 1: Quiet (WHY-QUIET): no, it is about deliveries, not records' "$work/out" || fail "silence is not explained"
status_of 1 "a line without a record" muster rule explain why.yml --events records --line 3
said 'line 3 of records is not where a record begins'
status_of 2 "a line that is none" muster rule explain why.yml --events records --line x
status_of 2 "a rule that is none" muster rule explain why.yml --rule NONE
said "there is no rule of the id, name or title 'NONE'"

printf '{"a":"x"}\nno object\n' >events
status_of 0 "a match" muster rule test good.yml --events events
said 'events:2: not taken'
printf '\357\273\277{"a":"x"}\n' >marked
status_of 0 "a match behind a byte order mark" muster rule test good.yml --events marked
# A value that is too long for an expression that looks back.
rule look "a|re: '(?<=y)x'" >look.yml
awk 'BEGIN { printf "{\"a\":\""; for (i = 0; i < 3000; i++) printf "y"; print "x\"}" }' >long
status_of 1 "a search that is given up" muster rule test look.yml --events long
said '1 search of a regular expression was given up'
# However much is warned of, what is refused is refused.
{
	printf 'title: t\nlogsource: {product: muster}\ndetection:\n  s:\n'
	for ((n = 0; n < 60; n++)); do echo "    muster.nothing$n: x"; done
	printf '    a|nothing: x\n  condition: s\n'
} >many.yml
status_of 1 "many warnings and a refusal" muster rule check many.yml --format json
same refused "$(member status <"$work/out")" "what is said of it"

# What is too large is refused by itself, and what is much is shown.
{ awk 'BEGIN { for (i = 0; i < 150000; i++) print "# " i " ......................................................" }'; cat good.yml; } >large.yml
status_of 1 "a file of more than 8 MiB" muster rule check large.yml good.yml --format csv
same 'large.yml,,,,,refused,the file is larger than 8 MiB' "$(grep ^large "$work/out" | tr -d '\r')" "what is said of it"
grep -q '^good.yml,1,1,,good,ok,' "$work/out" || fail "the other file is not looked at"
{
	printf 'title: long\nlogsource: {product: muster}\ndetection:\n  condition: s\n  s:\n    a:\n'
	awk 'BEGIN { for (i = 0; i < 120000; i++) print "      - a value with the number " i }'
} >long.yml
status_of 0 "an explanation of many values" muster rule explain long.yml
same 120000 "$(grep -c '^    a is "a value with' "$work/out")" "values explained"
status_of 4 "events that are a directory" muster rule test good.yml --events none
said 'none: Is a directory'
status_of 2 "a format that is none" muster rule test good.yml --events events --input-format paper
said "known are: json-lines, ndjson"

# Standards --------------------------------------------------------------------
standard() { # DIRECTORY
	mkdir -p "$1/rules"
	cat >"$1/standard.cfg" <<'END'
name = "house"; title = "Rules of the house"; version = "1"; citation = "House Rules, ";
maximum = 10; floor = 4;
conditional: { score = 8; days = 90; };
indicated: { dates = 2; days = 30; at_once = "critical"; };
reasons: { value = "is worth more than one point"; };
families: ( { code = "DR"; title = "Doors"; requirements: (
	{ id = "1"; kind = "basic"; weight = 5; observable = "direct"; plan = "no"; because = "value";
	  title = "Lock the doors"; },
	{ id = "2"; kind = "derived"; weight = 1; observable = "none"; plan = "yes"; title = "Oil the hinges"; } ); } );
END
	cat >"$1/rules/own.yml" <<'END'
title: Root came in
name: OWN-ROOT
logsource: {product: linux, service: sshd}
detection:
  s: {a|re: root}
  condition: s
---
title: Root came in often
name: OWN-OFTEN
correlation:
  type: event_count
  rules: [OWN-ROOT]
  group-by: [who]
  aliases: {who: {OWN-ROOT: user}}
  timespan: 1h
  condition: {gte: 3}
muster: {requirements: ["1"], strength: direct}
END
}
standard one
status_of 0 "a standard" muster standard check ./one
different() { # WHAT SCRIPT FILE
	rm -rf two && standard two
	sed -i "$2" "two/$3"
	status_of 1 "$1" muster standard diff ./one ./two --format json
}
different "another case" 's/a|re:/a|re|i:/' rules/own.yml
different "another field of an alias" 's/OWN-ROOT: user/OWN-ROOT: account/' rules/own.yml
same "OWN-OFTEN detection" "$(columns id field <"$work/out" | tr '\t' ' ')" "what differs"
different "what is generated" 's/  timespan/  generate: true\n  timespan/' rules/own.yml
different "another subject" 's/^logsource:.*/muster: {subject: host}\n&/; s/  timespan/  generate: true\n  timespan/' rules/own.yml
different "another reason" 's/more than one/more than a/' standard.cfg
same "1 because" "$(columns id field <"$work/out" | tr '\t' ' ')" "what differs"
standard twice
rule again 'a: x' >twice/rules/second.yml
sed -i '1a name: OWN-OFTEN' twice/rules/second.yml
status_of 4 "a name of two rules" muster standard check ./twice
said './twice/rules/second.yml:1: a rule of that name, OWN-OFTEN, is there already: rules/own.yml:8'
ln -s /dev/null twice/rules/link.yml
status_of 3 "a standard with a link" muster standard check ./twice
said './twice/rules: link.yml: a symbolic link'
standard wrong
cp wrong.yml wrong/rules/b.yml
rule other 'a|neither: x' >wrong/rules/c.yml
status_of 4 "a standard with two wrong rules" muster standard check ./wrong
said "./wrong/rules/b.yml:4:7: there is no modifier 'nothing'"
said "./wrong/rules/c.yml:4: refused: there is no modifier 'neither'"

standard silent
sed -i 's/product: linux/product: windows/' silent/rules/own.yml
status_of 0 "a standard with rules that can never fire" muster standard check ./silent
said './silent/rules/own.yml:1: can never fire here'
said './silent/rules/own.yml:8: can never fire here'

# In force ---------------------------------------------------------------------
instance books
system ACME/files ndjson
muster standard load ./one --activate >/dev/null || fail "load"
status_of 4 "the load of a wrong one" muster standard load ./wrong --activate
same "$(muster standard check ./one --format json | member digest)" \
	"$(muster standard list --format json | grep '"house"' | grep '"in_force":true' | member digest)" "what is in force"
cat >persons.csv <<'END'
id,accounts,level,status,nda,valid_from
p1,bob,confidential,active,2025-11-03,2026-01-01
END
printf 'object,level,valid_from\n/s/**,secret,2026-01-01\n' >assets.csv
muster roster import --contractor ACME persons.csv assets.csv >/dev/null || fail "import"
printf '{"time":"2026-10-01T11:00:00Z","id":"r1","action":"read","outcome":"success","actor":"bob","object":"/s/plan","host":"red"}\n' >a.log
drop ACME/files a.log
drain
# A correlation shows nothing where its rules could not: no log of sshd came.
same 1 "$(muster score ACME --standard house --format json | member not_evidenced)" "requirements that are not evidenced"
muster show "$(muster queue --rule ACC-CLR --format json | member id)" >"$work/out" || fail "show"
grep -q 'nothing: its standard is a record of handling, beside the scores' "$work/out" ||
	fail "what it does to the score: $(grep -A 1 'TO THE SCORE' "$work/out")"
status_of 2 "days that end before they begin" muster replay --since 2026-10-02 --until 2026-10-01
said 'since must lie before'

# Who and what there is not is said apart.
for command in 'roster list persons --contractor NONE' 'contractor threshold NONE' \
	'contractor threshold NONE OWN-OFTEN --bound 5' 'report violations --contractor NONE'; do
	# shellcheck disable=SC2086 # a list of words
	status_of 1 "$command" muster $command
	said 'there is no contractor NONE'
done
status_of 1 "a threshold of what is no correlation" muster contractor threshold ACME OWN-ROOT --bound 5
said 'no correlation OWN-ROOT is in force'
status_of 3 "a timespan for what has none" muster contractor threshold ACME AUD-GAP --timespan 5h
said 'AUD-GAP has no timespan of its own to change'

# Evidence that is not what was delivered judges nobody.
evidence=$(find "$instance/evidence" -type f)
cp "$evidence" kept
chmod u+w "$evidence" && : >"$evidence"
status_of 4 "a replay of evidence that was emptied" muster replay --apply --reason again
said "its evidence has changed: 0 bytes where $(wc -c <a.log) were delivered"
same flagged "$(muster queue --rule ACC-CLR --format json | member state)" "the violation then"
sed 's/read/fead/' kept >"$evidence"
status_of 4 "a replay of evidence that was altered" muster replay --apply --reason again
said 'its evidence has changed: it is as long as what was delivered, but of another SHA-256'
cp kept "$evidence"
status_of 0 "a replay of what was restored" muster replay --apply --reason again
