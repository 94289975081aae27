# Sourced by the scenarios: an instance of its own with PostgreSQL, made from
# the installed tree in $MUSTER_STAGE (default: build/stage), gone at the end.
# A scenario is one test: exit status 0, or 77 with the reason as last line.
# shellcheck shell=bash
set -uo pipefail
top=${MUSTER_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
stage=${MUSTER_STAGE:-$top/build/stage}
PATH=$stage/bin:$stage/sbin:$PATH
export PATH NO_COLOR=1 LC_ALL=C.UTF-8 PAGER=cat
unset MUSTER_CONFIG MUSTER_CRASH_AT MUSTER_USER
umask 022

skip() { printf '%s\n' "$*"; exit 77; }
# Ends the scenario: what was expected did not come.
fail() {
	[ ! -s "$work/musterd.log" ] || { echo "The end of musterd's log:"; tail -n 8 "$work/musterd.log"; }
	printf 'FAILED: %s\n' "$*"
	exit 1
}
same() { [ "$1" = "$2" ] || fail "$3: expected '$1', got '$2'"; }

[ -x "$stage/bin/muster" ] || skip "nothing is installed in $stage"
# PostgreSQL, which root runs as another user, must reach it.
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-test.XXXXXX") || exit 1
chmod 755 "$work"
instance='' musterd='' at_end=()
finish() {
	local result=$? other
	kill_musterd
	for other in "${at_end[@]}"; do "$other"; done
	for other in "$work"/*/muster.conf; do
		[ ! -e "$other" ] || muster -c "$other" stop >/dev/null 2>&1
	done
	if [ "$result" = 0 ] || [ "$result" = 77 ] || [ -z "${MUSTER_KEEP-}" ]; then
		chmod -R u+rwX "$work" 2>/dev/null
		rm -rf "$work"
	else
		echo "kept: $work"
	fi
	exit "$result"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

# A fresh instance; the commands that follow work on it. Arguments go to init.
instance() { # NAME [ARGUMENT…]
	instance=$work/$1
	shift
	muster init "$instance" "$@" >"$work/init.log" 2>&1 ||
		fail "muster init: $(tail -n 3 "$work/init.log")"
	export MUSTER_CONFIG=$instance/muster.conf
}

# Enrols a system of a contractor that does not sign.
system() { # CODE/SYSTEM FORMAT [ARGUMENT…]
	local name=$1 format=$2
	shift 2
	[ -d "$instance/spool/${name%%/*}" ] ||
		muster contractor add "${name%%/*}" --name "Firm ${name%%/*}" --unsigned >/dev/null ||
		fail "contractor add ${name%%/*}"
	muster system add "$name" --format "$format" "$@" >/dev/null || fail "system add $name"
}

# As a contractor does it: a name with a dot first, then the rename.
drop() { # CODE/SYSTEM FILE [NAME]
	local name=${1##*/}.${3:-$(basename "$2")} incoming=$instance/spool/${1%%/*}/incoming
	cp "$2" "$incoming/.$name" && chmod a+r "$incoming/.$name" &&
		mv "$incoming/.$name" "$incoming/$name" || fail "drop $name"
}

drain() { # [ARGUMENT…]
	timeout 300 musterd --once "$@" >>"$work/musterd.log" 2>&1 </dev/null || fail "musterd --once: status $?"
}

# A musterd in a process group of its own, ready for work.
start_musterd() {
	setsid musterd "$@" >>"$work/musterd.log" 2>&1 </dev/null &
	musterd=$!
	await "musterd is ready" reader_of_musterd
}
stop_musterd() {
	local status=0
	[ -n "$musterd" ] || return 0
	kill -TERM "$musterd"
	wait "$musterd" || status=$?
	musterd=''
	return "$status"
}
kill_musterd() {
	[ -n "$musterd" ] || return 0
	kill -9 -- "-$musterd" 2>/dev/null
	wait "$musterd" 2>/dev/null
	musterd=''
}
child_of_musterd() { pgrep -P "$musterd" -f "/$1" | head -n 1; } # PROGRAM
reader_of_musterd() { child_of_musterd muster-reader | grep .; }

# Tries a command until it succeeds, for a minute.
await() { # WHAT COMMAND…
	local what=$1 n
	shift
	for ((n = 0; n < 600; n++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	fail "waited a minute for: $what"
}

# Asking -----------------------------------------------------------------

# The value of a key in lines of JSON with plain members, one a line.
member() { # KEY
	sed -n 's/.*[{,] *"'"$1"'" *: *\("\([^"]*\)"\|\([^,}"]*\)\).*/\2\3/p'
}
# The values of keys of such lines, separated by tabs.
columns() { # KEY…
	awk -v keys="$*" 'BEGIN { n = split(keys, key, " ") }
	{
		for (i = 1; i <= n; i++) {
			value = ""
			if (match($0, "[{,] *\"" key[i] "\" *: *")) {
				value = substr($0, RSTART + RLENGTH)
				if (value ~ /^"/) {
					value = substr(value, 2)
					sub(/".*/, "", value)
				} else
					sub(/[,}].*/, "", value)
			}
			printf "%s%s", value, i < n ? "\t" : "\n"
		}
	}'
}
status() { muster status --format json | member "$1"; } # KEY
receipt_file() { printf '%s\n' "$instance/spool/${1%%/*}/receipts/${1#*/}.receipt"; } # CODE/NAME
receipt() { # CODE/NAME KEY
	[ -e "$(receipt_file "$1")" ] || fail "no receipt for $1"
	tr -d '\n' <"$(receipt_file "$1")" | member "$2"
}
# records accepted rejected duplicates, and that they add up.
counts() { # CODE/NAME
	local records accepted rejected duplicates
	records=$(receipt "$1" records) accepted=$(receipt "$1" accepted)
	rejected=$(receipt "$1" rejected) duplicates=$(receipt "$1" duplicates)
	[ "$records" = $((accepted + rejected + duplicates)) ] ||
		fail "$1: $records records are not $accepted + $rejected + $duplicates"
	echo "$records $accepted $rejected $duplicates"
}
every_receipt_adds_up() {
	local file name
	for file in "$instance"/spool/*/receipts/*.receipt; do
		[ -e "$file" ] || continue
		name=${file%/receipts/*}
		counts "${name##*/}/$(basename "$file" .receipt)" >/dev/null || exit 1
	done
}

# Logs -------------------------------------------------------------------

# Ordinary native records, one a second from the start of a day; no rule minds them.
ordinary() { # COUNT [DAY] [WITH-ID: yes|no]
	awk -v count="$1" -v day="${2:-2026-10-01}" -v id="${3:-yes}" 'BEGIN {
		for (i = 0; i < count; i++) {
			printf "{\"time\":\"%sT%02d:%02d:%02d.%03dZ\",", day, (i / 3600) % 24, (i / 60) % 60, i % 60, i / 86400
			if (id == "yes")
				printf "\"id\":\"%s-%d\",", day, i
			printf "\"action\":\"read\",\"outcome\":\"success\",\"actor\":\"worker%d\",", i % 40
			printf "\"object\":\"/projects/p%d/sheet%d\",\"host\":\"desk%d\",", i % 12, i % 700, i % 60
			printf "\"address\":\"10.1.%d.%d\",\"bytes\":%d,\"marking\":\"U\"}\n", i % 4, i % 250, i * 7 % 90000
		}
	}'
}

# What muster-exercise wrote, enrolled and dropped.
exercise_enrol() { # DIRECTORY
	sh "$1/enrol" >"$work/enrol.log" 2>&1 || fail "enrol: $(tail -n 3 "$work/enrol.log")"
}
exercise_drop() { # DIRECTORY [PATTERN]
	local file name
	for file in "$1"/*/${2:-*}; do
		[ -f "$file" ] || continue
		name=$(basename "$file")
		drop "$(basename "$(dirname "$file")")/${name%%.*}" "$file" "${name#*.}"
	done
}

# Looking behind the curtain ----------------------------------------------

# Runs SQL on the private cluster, past the program and its roles.
sql() { sql_in muster "SET search_path = muster; $1"; } # STATEMENT
sql_in() { # DATABASE STATEMENT
	as_server_user "$(pg_programs)/psql" -XqAt -v ON_ERROR_STOP=1 \
		-h "$(socket_directory)" -U postgres -d "$1" -c "$2" </dev/null
}
as_server_user() { # COMMAND…
	if [ "$(id -u)" = 0 ]; then
		(cd / && exec setpriv --reuid=postgres --regid=postgres --clear-groups "$@")
	else
		"$@"
	fi
}
pg_programs() {
	local directory
	for directory in ${MUSTER_PG_BIN-} $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
		[ ! -x "$directory/psql" ] || { echo "$directory"; return; }
	done
	dirname "$(command -v psql)"
}
socket_directory() { dirname "$(find "$instance/run" -name '.s.PGSQL.*' -type s | head -n 1)"; }

# What the books hold, without what differs between two equal histories:
# numbers given in order of arrival, and moments of arrival.
books() {
	sql "SELECT 'event', c.code, s.name, encode(b.content_sha256, 'hex'), e.line, e.byte_offset, e.byte_length,
			e.time, e.action, e.outcome, e.level, e.bytes, a.value, o.value, h.value, d.value, n.value
		FROM event e JOIN contractor c ON c.id = e.contractor_id
		JOIN batch b ON b.contractor_id = e.contractor_id AND b.id = e.batch_id
		JOIN system s ON s.contractor_id = b.contractor_id AND s.id = b.system_id
		LEFT JOIN name a ON a.contractor_id = e.contractor_id AND a.id = e.actor
		LEFT JOIN name o ON o.contractor_id = e.contractor_id AND o.id = e.object
		LEFT JOIN name h ON h.contractor_id = e.contractor_id AND h.id = e.host
		LEFT JOIN name d ON d.contractor_id = e.contractor_id AND d.id = e.address
		LEFT JOIN name n ON n.contractor_id = e.contractor_id AND n.id = e.session" | sort
	sql "SELECT 'batch', c.code, s.name, encode(b.content_sha256, 'hex'), b.records, b.accepted, b.rejected, b.duplicates,
			b.first_event, b.last_event
		FROM batch b JOIN contractor c ON c.id = b.contractor_id
		JOIN system s ON s.contractor_id = b.contractor_id AND s.id = b.system_id" | sort
	sql "SELECT 'reject', c.code, encode(b.content_sha256, 'hex'), r.line, r.byte_offset, r.code
		FROM reject r JOIN contractor c ON c.id = r.contractor_id
		JOIN batch b ON b.contractor_id = r.contractor_id AND b.id = r.batch_id" | sort
	sql "SELECT 'violation', c.code, v.rule_key, v.subject_kind, v.subject, v.day, v.severity, v.level, v.count,
			v.first_event, v.last_event, v.state
		FROM violation v JOIN contractor c ON c.id = v.contractor_id" | sort
	sql "SELECT 'cause', c.code, v.rule_key, v.subject, v.day, encode(b.content_sha256, 'hex'), x.line, x.byte_offset
		FROM violation_event x JOIN contractor c ON c.id = x.contractor_id
		JOIN violation v ON v.contractor_id = x.contractor_id AND v.id = x.violation_id
		JOIN batch b ON b.contractor_id = x.contractor_id AND b.id = x.batch_id" | sort
}
