#!/bin/bash
# The same log again, under another name, gzipped or with zstd, adds nothing.
. "$(dirname "$0")/harness.sh"
command -v zstd >/dev/null || skip "no zstd to compress with"
instance books
system ACME/files ndjson
{
	ordinary 5000
	printf '%s\n' '{"time":"2026-10-01T09:00:00Z","id":"x1","action":"share","outcome":"success","actor":"k.brandt","object":"/p3","marking":"CUI","audience":"public"}'
	printf '%s\n' '{"time":"2026-10-01T09:00:00Z","action":"frobnicate"}'
} >"$work/day.log"
drop ACME/files "$work/day.log"
drain
books >"$work/once"
same 5001 "$(status events)" events
gzip -k "$work/day.log" && zstd -q "$work/day.log" || exit 1
drop ACME/files "$work/day.log"
drop ACME/files "$work/day.log" second.log
drop ACME/files "$work/day.log.gz"
drop ACME/files "$work/day.log.zst"
drop ACME/files "$work/day.log.zst" misnamed.log
drain
books >"$work/again"
diff "$work/once" "$work/again" >"$work/diff" || fail "the books changed: $(head -n 5 "$work/diff")"
for name in day.log second.log day.log.gz day.log.zst misnamed.log; do
	read -r records accepted rejected duplicates <<<"$(counts "ACME/files.$name")"
	same "5002 0" "$records $accepted" "records and accepted of $name"
	same 5002 $((rejected + duplicates)) "the rest of $name"
done
same 5001 "$(status events)" "events after five repeats"
same 1 "$(muster queue --all --format json | member count)" "count of the violation"

# What one log left with the writer is not held against anybody with the next.
for name in b c d; do
	printf '{"time":"2026-10-01T10:00:00Z","id":"%s","action":"read","outcome":"success","actor":"k.brandt","object":"/p4"}\n' "$name" >"$work/$name.log"
done
printf '%s\n' '{"time":"2026-10-01T10:01:00Z","id":"x2","action":"share","outcome":"success","actor":"k.brandt","object":"/p3","marking":"CUI","audience":"public"}' >>"$work/b.log"
for name in b c d; do drop ACME/files "$work/$name.log"; done
drain
same 5005 "$(status events)" "events with three logs more"
same 2 "$(muster queue --all --format json | member count)" "count of the violation with one record more"
