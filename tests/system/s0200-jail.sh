#!/bin/bash
# The process that touches a contractor's bytes has given up everything else.
. "$(dirname "$0")/harness.sh"
instance books
system ACME/files ndjson
start_musterd
sleep 0.5
readers=$(pgrep -P "$musterd" -f /muster-reader) || fail "no reader"
for reader in $readers; do
	value() { sed -n "s/^$1:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$reader/status"; }
	same 2 "$(value Seccomp)" "seccomp mode of the reader"
	same 1 "$(value NoNewPrivs)" "no_new_privs of the reader"
	same 0000000000000000 "$(value CapEff)" "capabilities of the reader"
	[ "$(id -u)" != 0 ] || [ "$(value Uid)" != 0 ] || fail "the reader is root"
	if [ "$(id -u)" = 0 ]; then
		while read -r target; do
			case $target in
			socket:* | pipe:* | anon_inode:* | /dev/null | "$work/musterd.log") ;;
			*) fail "the reader holds $target" ;;
			esac
		done < <(find "/proc/$reader/fd" -type l -exec readlink {} +)
		! tr '\0' '\n' <"/proc/$reader/environ" | grep -vE '^(PATH|LANG|LC_ALL|TZ)=' || fail "the reader's environment holds more than it needs"
		grep -q 'libpq' "/proc/$reader/maps" && fail "the reader has libpq in memory"
	fi
	limit() { sed -n "s/^$1  *\([^ ]*\).*/\1/p" "/proc/$reader/limits"; }
	if [ "$(id -u)" = 0 ]; then
		same 0 "$(limit 'Max file size')" "largest file the reader may write"
		same 0 "$(limit 'Max core file size')" "core files of the reader"
		same 0 "$(limit 'Max processes')" "processes of the reader"
	fi
done
writer=$(pgrep -P "$musterd" -f /muster-writer) || fail "no writer"
status_of() { sed -n "s/^$1:[[:space:]]*\([^[:space:]]*\).*/\1/p" "/proc/$writer/status"; }
same 2 "$(status_of Seccomp)" "seccomp mode of the writer"
same 0000000000000000 "$(status_of CapEff)" "capabilities of the writer"
[ "$(id -u)" != 0 ] || [ "$(status_of Uid)" != 0 ] || fail "the writer is root"
stop_musterd || fail "musterd ended with $?"
