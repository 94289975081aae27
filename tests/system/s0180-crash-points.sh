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

instance calm
system ACME/files ndjson
for point in $points; do drop_all "$point"; drain; done
books >"$work/calm.books"

instance storm
system ACME/files ndjson
for point in $points; do
	drop_all "$point"
	for visit in 1 2; do
		: >"$work/musterd.log"
		MUSTER_CRASH_AT=$point:$visit setsid musterd --once --readers 1 >>"$work/musterd.log" 2>&1 </dev/null &
		musterd=$!
		for ((n = 0; n < 40; n++)); do
			kill -0 "$musterd" 2>/dev/null || break
			sleep 0.1
		done
		if ! kill -0 "$musterd" 2>/dev/null; then
			# musterd itself may have outlived a writer that ended there.
			wait "$musterd" && [ "$visit" = 1 ] && ! grep -q 'ended with status 137' "$work/musterd.log" &&
				fail "nothing ended at $point"
			musterd=''
		fi
		kill_musterd
	done
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
