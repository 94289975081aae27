#!/bin/bash
# What is no plain file of the contractor's never blocks, never leaks, and costs only itself.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
incoming=$instance/spool/ACME/incoming
ordinary 100 >"$work/day.log"
echo "a secret of somebody else" >"$work/secret"
chmod 644 "$work/secret"

mkfifo "$incoming/files.fifo"
ln -s "$work/secret" "$incoming/files.link"
ln -s /dev/zero "$incoming/files.zero"
ln -s files.loop "$incoming/files.loop"
mkdir "$incoming/files.directory"
ordinary 10 2026-10-02 >"$work/linked" && ln "$work/linked" "$incoming/files.hardlink"
: >"$incoming/files.empty"
ordinary 10 2026-10-03 >"$incoming/files.unreadable" && chmod 000 "$incoming/files.unreadable"
ordinary 10 2026-10-04 >"$incoming/files.$(printf 'n%.0s' {1..240})"
ordinary 10 2026-10-05 >"$incoming/$(printf 'files.\033[2Jevil\nname')"
ordinary 10 2026-10-06 >"$incoming/no-dot"
ordinary 10 2026-10-07 >"$incoming/.hidden"
head -c 3000 /dev/urandom >"$incoming/files.noise"
{ printf '\037\213\010'; head -c 200 /dev/urandom; } >"$incoming/files.broken.gz"
head -c 300000000 /dev/zero | gzip -9 >"$incoming/files.bomb.gz"
drop ACME/files "$work/day.log"

timeout 120 musterd --once >>"$work/musterd.log" 2>&1 </dev/null
result=$?
[ "$result" != 124 ] || fail "musterd --once was still busy after two minutes"
same 0 $result "status of musterd --once"
same "100 100 0 0" "$(counts ACME/files.day.log)" "the good log among them"
[ -e "$incoming/.hidden" ] || fail "a dotfile was taken"
same "a secret of somebody else" "$(cat "$work/secret")" "the file behind the link"
! grep -rqs "a secret of somebody else" "$instance/evidence" "$instance/spool" || fail "a link was followed"
for name in files.link files.zero files.hardlink files.broken.gz files.bomb.gz; do
	[ -e "$(receipt_file "ACME/$name")" ] || fail "no receipt for $name"
	same refused "$(receipt "ACME/$name" outcome)" "outcome of $name"
	[ -n "$(receipt "ACME/$name" reason)" ] || fail "no reason for $name"
done
if LC_ALL=C grep -q "$(printf '\033')" "$work/musterd.log"; then fail "a name reached the log as it was"; fi
every_receipt_adds_up
# Nothing of it is tried again for ever.
drain
same "100 100 0 0" "$(counts ACME/files.day.log)" "the good log, later"
