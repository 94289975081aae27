#!/bin/bash
# Every shell script passes shellcheck.
. "$(dirname "$0")/lint.sh"
need_program shellcheck
cd "$top" || exit 1
{
	find tests man src etc -type f -name '*.sh' -print0 2>/dev/null
	find . -maxdepth 1 -name quickstart -print0
	find tests/bench/run tests/lint/*.sh .ci/run autogen.sh -print0 2>/dev/null
} | sort -zu | xargs -0 shellcheck --severity=warning --external-sources --source-path=SCRIPTDIR || bad=1
exit $bad
