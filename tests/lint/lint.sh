# Sourced by the lint tests: where the tree is, and how a test speaks.
# shellcheck shell=bash disable=SC2034
set -u
top=${MUSTER_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
stage=${MUSTER_STAGE:-$top/build/stage}
bad=0
complain() { printf '%s\n' "$*"; bad=1; }
skip() { printf '%s\n' "$*"; exit 77; }
need_program() { command -v "$1" >/dev/null || skip "no $1"; }
need_stage() { [ -x "$stage/bin/muster" ] || skip "nothing is installed in $stage"; }
scratch() { work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT; }
