#!/bin/bash
# One bad record among many good ones is refused by itself, with its line and offset.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson

# A good log of 100,000 records with a line put after line 50,000.
ordinary 100000 >"$work/good"
head -n 50000 "$work/good" >"$work/before"
tail -n +50001 "$work/good" >"$work/after"
with() { # NAME: the bad line is standard input
	cat >"$work/line"
	printf '\n' >>"$work/line"
	cat "$work/before" "$work/line" "$work/after" | sed "s/\"id\":\"/&$1-/" >"$work/$1.log"
	# The ids above are longer by the name, so that no log repeats another.
	drop ACME/files "$work/$1.log"
}
expect() { # NAME OFFSET|-
	local line offset first
	same "100001 100000 1 0" "$(counts "ACME/files.$1.log")" "$1"
	same accepted-with-rejects "$(receipt "ACME/files.$1.log" outcome)" "outcome of $1"
	read -r line offset <<<"$(columns line offset <"$instance/spool/ACME/receipts/files.$1.log.rejects")"
	same 50001 "$line" "line refused in $1"
	first=$(head -n 50000 "$work/$1.log" | wc -c)
	if [ "$2" = - ]; then
		[ "$offset" -ge "$first" ] && [ "$offset" -lt $((first + $(sed -n 50001p "$work/$1.log" | wc -c))) ] ||
			fail "$1: offset $offset is not in line 50001, which begins at $first"
	else
		same $((first + $2)) "$offset" "offset refused in $1"
	fi
	same 1 "$(wc -l <"$instance/spool/ACME/receipts/files.$1.log.rejects")" "rejects of $1"
}
record='{"time":"2026-10-01T01:00:00Z","action":"read","actor":"'
printf '%s\377\376"}' "$record" | with utf8
printf '%sab\000cd"}' "$record" | with nul
printf '%s' '{"time":"2026-10-01T01:00:00Z","action":"frobnicate"}' | with nonsense
printf '%s' 'this is not even JSON' | with text
drain
expect utf8 ${#record}
expect nul $((${#record} + 2))
expect nonsense -
expect text -
same 400000 "$(status events)" events

# A line of 100 MB costs neither the memory nor its neighbours.
head -c 100000000 /dev/zero | tr '\0' x | with endless
drain
expect endless -
same 500000 "$(status events)" "events in the end"
same 5 "$(status rejects)" "rejects in the end"
