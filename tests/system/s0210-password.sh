#!/bin/bash
# The database password is neither in the memory nor in the environment of a reader.
. "$(dirname "$0")/harness.sh"
[ "$(id -u)" = 0 ] || skip "only root may read the memory of a reader"
id postgres >/dev/null 2>&1 || skip "no user postgres to run a server as"
programs=$(pg_programs)
password=open-sesame-$RANDOM$RANDOM
server=$work/server
mkdir "$server" && chown postgres "$server" || exit 1
echo "$password" >"$work/boss.password" && chmod 644 "$work/boss.password"
as_server_user "$programs/initdb" -D "$server/data" -U boss --pwfile="$work/boss.password" -A scram-sha-256 -N \
	>"$work/initdb.log" 2>&1 || fail "initdb: $(tail -n 2 "$work/initdb.log")"
as_server_user "$programs/pg_ctl" -D "$server/data" -w -s -l "$server/log" \
	-o "-c listen_addresses='' -k $server -c fsync=off" start || fail "the server does not start"
stop_server() { as_server_user "$programs/pg_ctl" -D "$server/data" -m immediate -s stop; }
at_end+=(stop_server)
PGPASSWORD=$password "$programs/createdb" -h "$server" -U boss books || fail "createdb"

instance books --database "host=$server dbname=books user=boss password=$password"
system ACME/files ndjson
case $(stat -c %a "$MUSTER_CONFIG") in *00) ;; *) fail "others may read $MUSTER_CONFIG" ;; esac
start_musterd
ordinary 1000 >"$work/day.log"
drop ACME/files "$work/day.log"
await "a receipt" test -e "$(receipt_file ACME/files.day.log)"
same "1000 1000 0 0" "$(counts ACME/files.day.log)" "counts"

# Which of two strings the memory of a process holds.
memory_of() { # PID
	local range
	while read -r range _; do
		dd if="/proc/$1/mem" bs=1M iflag=skip_bytes,count_bytes status=none \
			skip=$((0x${range%-*})) count=$((0x${range#*-} - 0x${range%-*})) 2>/dev/null
	done < <(grep -E '^[0-9a-f]+-[0-9a-f]+ r' "/proc/$1/maps" | grep -vE '\[v(var|syscall|dso)')
}
holds() { [ "$(memory_of "$1" | LC_ALL=C grep -acF "$2")" -gt 0 ]; } # PID TEXT
writer=$(child_of_musterd muster-writer)
holds "$writer" "$password" || fail "the test does not find the password where it must be, in the writer"
for reader in $(pgrep -P "$musterd" -f /muster-reader); do
	holds "$reader" AUT-ROOT || fail "the test does not see the reader's memory"
	! holds "$reader" "$password" || fail "the reader's memory holds the password"
	! LC_ALL=C grep -aqF "$password" "/proc/$reader/environ" "/proc/$reader/cmdline" || fail "the reader was given the password"
done
! LC_ALL=C grep -aqF "$password" "/proc/$writer/cmdline" "/proc/$writer/environ" || fail "the writer shows the password to ps"
! grep -qF "$password" "$work/musterd.log" || fail "the log holds the password"
stop_musterd || fail "musterd ended with $?"
