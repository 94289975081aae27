#!/bin/bash
# kill -9 of everything, the writer, a reader or musterd alone, at many moments: the books of an undisturbed run.
. "$(dirname "$0")/harness.sh"
victims="group writer reader musterd"
delays="0.03 0.1 0.2 0.35 0.6"

number=0
log_of() { # NUMBER
	muster-exercise stream --format ndjson --seed "$1" --records 30000 --misconduct 2000 || fail "muster-exercise stream"
}
instance calm
instance storm
for victim in $victims; do
	for delay in $delays; do
		number=$((number + 1))
		log_of $number >"$work/$number.log"
		system "ACME/s$number" ndjson
		drop "ACME/s$number" "$work/$number.log"
		setsid musterd --once >>"$work/musterd.log" 2>&1 </dev/null &
		musterd=$!
		# The moment counts from the first reader on, when there is work.
		for ((n = 0; n < 100; n++)); do
			[ -n "$(child_of_musterd muster-reader)" ] && break
			sleep 0.02
		done
		sleep "$delay"
		case $victim in
		group) kill_musterd ;;
		musterd) kill -9 "$musterd"; wait "$musterd" 2>/dev/null; musterd='' ;;
		*)
			kill -9 "$(child_of_musterd "muster-$victim")" 2>/dev/null
			timeout 120 tail --pid="$musterd" -f /dev/null || fail "musterd hangs after its $victim was killed"
			wait "$musterd" || fail "musterd --once: status $? after its $victim was killed"
			musterd='' ;;
		esac
	done
done
drain
every_receipt_adds_up
books >"$work/storm.books"
for n in $(seq $number); do
	same 30000 "$(receipt "ACME/s$n.$n.log" records)" "records of $n.log"
done
same "" "$(find "$instance/spool/ACME/incoming" "$instance/spool/ACME/claimed" -type f)" "files left"

instance=$work/calm
export MUSTER_CONFIG=$instance/muster.conf
for n in $(seq $number); do
	system "ACME/s$n" ndjson
	drop "ACME/s$n" "$work/$n.log"
done
drain
books >"$work/calm.books"
grep -q '^violation' "$work/calm.books" || fail "nothing was judged"
diff "$work/calm.books" "$work/storm.books" >"$work/diff" || fail "the books differ in $(wc -l <"$work/diff") lines: $(head -n 6 "$work/diff")"
echo "$number kills, $(wc -l <"$work/calm.books") lines of books are equal"
