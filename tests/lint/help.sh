#!/bin/bash
# What `muster help COMMAND` shows as usage is the page's SYNOPSIS.
. "$(dirname "$0")/lint.sh"
need_stage
need_program mandoc
words() { tr '\n' ' ' | tr -s '[:space:]' ' ' | sed 's/^ //; s/ $//'; }
# mdoc writes [FILE ...] for what help writes [FILE]...
synopsis() { # PAGE
	mandoc -T ascii -O width=1000 "$1" | sed $'s/.\b//g' |
		sed -n '/^SYNOPSIS/,/^[A-RT-Z]/p' | sed '1d; /^[A-Z]/d; s/\[\([^]]*\) \.\.\.\]/[\1].../g; s/ \.\.\./.../g'
}
while IFS= read -r command; do
	page=$stage/share/man/man1/muster-${command%% *}.1
	[ -e "$page" ] || continue
	usage=$("$stage/bin/muster" help "$command" 2>&1 | sed -n '/^usage: /,/^$/p' | sed 's/^usage: //' | words)
	[ -n "$usage" ] || { complain "muster help $command shows no usage"; continue; }
	case $(synopsis "$page" | words) in
	*"$usage"*) ;;
	*) complain "muster-${command%% *}(1) has no synopsis: $usage" ;;
	esac
done < <(sed -n 's/^COMMAND([^"]*"\([^"]*\)".*/\1/p' "$top/src/muster/commands.def")
exit $bad
