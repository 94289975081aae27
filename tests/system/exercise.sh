#!/usr/bin/env bash
# muster-exercise as its manual page shows it: examples, refusals, statuses.
set -uo pipefail
top=${MUSTER_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
program=${MUSTER_STAGE:-$top/build/stage}/bin/muster-exercise
[ -x "$program" ] || { echo "nothing is installed at $program"; exit 77; }
work=$(mktemp -d "${TMPDIR:-/tmp}/muster-test.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() { printf 'FAILED: %s\n' "$*"; exit 1; }
# The command ends with that status, says the words, and nothing on standard output.
refuses() { # STATUS WORDS ARGUMENT…
	local status=$1 words=$2 got
	shift 2
	"$program" "$@" >out 2>messages
	got=$?
	[ "$got" = "$status" ] || fail "'$*' ended with $got, not $status"
	grep -qF -- "$words" messages || fail "'$*' said: $(cat messages)"
	[ ! -s out ] || fail "'$*' wrote to standard output"
}

"$program" --help >help || fail "--help"
for option in --seed --start --days --contractors --records --force --format --misconduct \
	--labels --version; do
	grep -q -e "$option" help || fail "help leaves out $option"
	grep -q "Fl -${option#--}" "$top/man/muster-exercise.1" || [ "$option" = --version ] ||
		fail "the manual page leaves out $option"
done
"$program" --version | grep -q '^muster-exercise [0-9]' || fail "--version"

refuses 2 'directory is needed'
refuses 2 'directory is needed' one two
refuses 2 'unrecognized option' --nonsense directory
refuses 2 '--days takes a number' --days 0 directory
refuses 2 '--start takes a day' --start 2026-02-30 directory
refuses 2 'only for a stream' --format ndjson directory
refuses 2 'not for a stream' stream --force
refuses 2 '--format takes' stream --format xml
[ ! -e directory ] || fail "a refused command made a directory"

"$program" --days 3 --records 2000 --seed 7 small >out 2>messages || fail "small"
[ ! -s messages ] || fail "progress without a terminal: $(cat messages)"
[ "$(wc -l <small/README)" = 2 ] || fail "README is not two lines"
[ "$(find small -name '*.log' | wc -l)" = 54 ] || fail "not 6 contractors, 3 systems, 3 days"
for file in enrol plants.csv persons.csv assets.csv neighbours.ndjson; do
	[ -s "small/$file" ] || fail "no $file"
done
refuses 3 'not empty' small
"$program" --days 3 --records 2000 --seed 7 --force small >out || fail "--force"
"$program" --days 3 --records 2000 --seed 7 again >out || fail "again"
diff -r small again >out || fail "the same seed, other bytes: $(head -n 2 out)"

"$program" stream --format auditd --records 3000 --labels labels.ndjson >audit.log ||
	fail "stream"
[ "$(grep -o ':10000[0-9]*)' audit.log | sort -u | wc -l)" = 3000 ] || fail "not 3000 events"
"$program" stream --records 3000 --misconduct 0 --labels labels.ndjson >access.log ||
	fail "stream without misconduct"
[ "$(wc -l <access.log)" = 3000 ] || fail "not 3000 records"
[ ! -s labels.ndjson ] || fail "labels of no misconduct"
if [ -w /dev/full ]; then
	"$program" stream --records 3000 >/dev/full 2>messages
	[ $? = 4 ] || fail "a full disk is no failure"
	grep -q 'cannot write' messages || fail "a full disk without a word"
fi
exit 0
