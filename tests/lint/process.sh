#!/bin/bash
# The diagram in muster-process(7) has the arrows of the list of transitions, all
# of them and no others.
. "$(dirname "$0")/lint.sh"
need_stage
page=$stage/share/man/man7/muster-process.7
list=$top/src/casework/transitions.def
name() { tr 'A-Z_' 'a-z-'; }

listed() { sed -n 's/^TRANSITION(\([A-Z_]*\), \([A-Z_]*\), \([A-Z_]*\),.*/\1 \2 \3/p' "$1" | name | sort; }
drawn() { # of a page, its literal block under DIAGRAM
	awk '/^\.Sh/ { in_it = $2 == "DIAGRAM" } /^\.Ed/ { in_it = 0 }
		!in_it || /^\./ { next }
		/^[a-z]/ { from = $1 }
		/^   \|-- / { print from, $2, $4 }' "$1" | sort
}
compare() { # PAGE LIST
	diff <(drawn "$1") <(listed "$2")
}
compare "$page" "$list" || complain "the diagram (<) and the transitions (>) differ"

# The lint itself: an arrow too many, one too few, one that leads elsewhere.
scratch
[ "$(drawn "$page" | wc -l)" -gt 40 ] || complain "the lint does not see the diagram"
sed '0,/|-- triage/{/|-- triage/d}' "$page" >"$work/fewer"
sed '0,/|-- triage/{/|-- triage/p}' "$page" >"$work/more"
sed '0,/-> triaged/s//-> noticed/' "$page" >"$work/elsewhere"
for wrong in fewer more elsewhere; do
	! compare "$work/$wrong" "$list" >/dev/null || complain "not caught: $wrong"
done

# What is the same everywhere stands in lists of its own.
while read -r action; do
	grep -q "^\.It Cm $action\( No -> [a-z]*\)\?\$" "$page" || complain "no $action in muster-process(7)"
done < <(sed -n 's/^\(EVERYWHERE\|OPEN\|OPEN_TO\)(\([A-Z_]*\),.*/\2/p' "$list" | name)
exit $bad
