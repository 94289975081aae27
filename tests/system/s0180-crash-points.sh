#!/bin/bash
# Ended at each durable step of a delivery, then started again: the books of an undisturbed run.
. "$(dirname "$0")/harness.sh"
points="claim snapshot evidence-linked before-commit after-commit receipt-written before-unlink"

log_of() { # POINT VISIT
	ordinary 2000 2026-10-01 | sed "s/\"id\":\"/&$1-$2-/"
	printf '{"time":"2026-10-01T09:00:00Z","id":"%s","action":"share","outcome":"success","actor":"%s","object":"/p3","marking":"CUI","audience":"public"}\n' "$1$2" "$1"
	printf 'no JSON %s\n' "$1$2"
}
drop_all() { # POINT: two logs
	local visit
	for visit in 1 2; do
		log_of "$1" $visit >"$work/$1.$visit"
		drop ACME/files "$work/$1.$visit"
	done
}

# Runs musterd, one process of which ends at the point; kills the rest then.
crash_at() { # POINT:VISIT
	local n status=0
	: >"$work/musterd.log"
	MUSTER_CRASH_AT=$1 setsid musterd --once --readers 1 >>"$work/musterd.log" 2>&1 </dev/null &
	musterd=$!
	for ((n = 0; n < 300; n++)); do
		kill -0 "$musterd" 2>/dev/null || break
		! grep -q 'status 137' "$work/musterd.log" || break
		sleep 0.05
	done
	if ! kill -0 "$musterd" 2>/dev/null; then
		wait "$musterd" || status=$?
		musterd=''
	fi
	kill_musterd
	# The second visit may never come: the first log alone can be left.
	[ "$status" = 137 ] || grep -q 'status 137' "$work/musterd.log" || [ "${1#*:}" = 2 ] ||
		fail "nothing ended at $1"
}

instance calm
system ACME/files ndjson
for point in $points; do drop_all "$point"; drain; done
books >"$work/calm.books"

instance storm
system ACME/files ndjson
for point in $points; do
	drop_all "$point"
	for visit in 1 2; do crash_at "$point:$visit"; done
	drain
	every_receipt_adds_up
done
books >"$work/storm.books"
diff "$work/calm.books" "$work/storm.books" >"$work/diff" || fail "the books differ: $(head -n 6 "$work/diff")"
for point in $points; do
	for visit in 1 2; do
		same "2002 2001 1 0" "$(counts "ACME/files.$point.$visit")" "receipt of $point.$visit"
		[ -e "$instance/spool/ACME/receipts/files.$point.$visit.rejects" ] || fail "no rejects of $point.$visit"
	done
done
same "" "$(find "$instance/spool/ACME/incoming" "$instance/spool/ACME/claimed" -type f)" "files left"
