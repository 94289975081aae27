#!/bin/bash
# What correlations count up to can be set for one contractor; it holds for
# what comes after, is shown with what it made, and is given back.
. "$(dirname "$0")/harness.sh"

failed_logons() { # COUNT DAY: one a minute
	awk -v count="$1" -v day="$2" 'BEGIN {
		for (i = 0; i < count; i++)
			printf "{\"id\":\"%s-%d\",\"time\":\"%sT10:%02d:00Z\",\"action\":\"logon\",\"outcome\":\"failure\",\"actor\":\"bob\"}\n", day, i, day, i
	}'
}
deliver() { # CONTRACTOR COUNT DAY
	failed_logons "$2" "$3" >"$work/log"
	drop "$1/web" "$work/log" "$3"
	drain
}
counts_of() { muster queue --contractor "$1" --rule AUT-BRU --format json | member count | sort -n | tr '\n' ' '; }

instance books
system ACME/web ndjson
system EMCA/web ndjson

deliver ACME 4 2026-10-01
same "$(counts_of ACME)" "4 " "as the standard says"
same "$(muster contractor threshold ACME AUT-BRU --format json | columns bound timespan_seconds since)" \
	"3	900	null" "what holds at first"

muster contractor threshold ACME AUT-BRU --bound 6 --timespan 30m >/dev/null || fail "set a threshold"
same "$(muster contractor threshold ACME AUT-BRU --format json | columns bound timespan_seconds standard_bound standard_timespan_seconds)" \
	"6	1800	3	900" "what holds then"
deliver ACME 5 2026-10-02
deliver ACME 20 2026-10-03
deliver EMCA 5 2026-10-02
same "$(counts_of ACME)" "4 20 " "by the contractor's threshold"
same "$(counts_of EMCA)" "5 " "of another contractor"

number=$(muster queue --contractor ACME --rule AUT-BRU --format json | grep '"count":20' | member id)
muster show "$number" --format json | grep -q 'for this contractor: bound 6, within 30m' ||
	fail "$number does not say by which threshold it was made"
number=$(muster queue --contractor EMCA --rule AUT-BRU --format json | member id)
! muster show "$number" --format json | grep -q 'for this contractor' || fail "$number is of the standard's numbers"

# What is not named stays.
muster contractor threshold ACME AUT-BRU --timespan 90m >"$work/said" || fail "set a timespan"
grep -qF 'bound 6, within 90m' "$work/said" || fail "what is said: $(cat "$work/said")"
same "6 5400" "$(muster contractor threshold ACME AUT-BRU --format json | columns bound timespan_seconds | tr '\t' ' ')" "a timespan beside a bound"
muster contractor threshold ACME AUT-BRU --bound 7 >/dev/null || fail "set a bound"
same "7 5400" "$(muster contractor threshold ACME AUT-BRU --format json | columns bound timespan_seconds | tr '\t' ' ')" "a bound beside a timespan"
muster contractor threshold ACME AUT-BRU --reset >/dev/null || fail "reset"
deliver ACME 4 2026-10-04
same "$(counts_of ACME)" "4 4 20 " "as the standard says again"
same "$(sql "SELECT count(*) FROM threshold")" 4 "nothing is taken out of the books"

status=0
muster contractor threshold ACME AUT-BRU-IN --bound 4 >/dev/null 2>&1 || status=$?
same $status 3 "a rule without a bound"
muster contractor threshold ACME AUT-BRU-IN --timespan 10m >/dev/null || fail "a timespan alone"
status=0
muster contractor threshold ACME NO-SUCH --bound 4 >/dev/null 2>&1 || status=$?
same $status 1 "a rule that is none"
status=0
muster contractor threshold ACME AUT-BRU --bound many >/dev/null 2>&1 || status=$?
same $status 2 "a bound that is no number"
