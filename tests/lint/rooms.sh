#!/bin/bash
# Includes follow the plan in src/ROOMS: down only, one door, a pure middle.
. "$(dirname "$0")/lint.sh"
scratch

check() { # TREE
	find "$1" -mindepth 2 -maxdepth 2 -type f -regex '.*\.\(c\|h\|cc\|cpp\|def\)' -print0 |
		sort -z | xargs -0 awk -f "$top/tests/lint/rooms.awk" "$1/ROOMS"
}

# The lint itself: each of these lines must be found, and nothing else.
mkdir -p "$work"/src/{base,pg,event,decode,store,cellar}
cat >"$work/src/ROOMS" <<'ROOMS'
# room  floor may-include # purpose
base    0     -           # below all
pg      1     base        # database
event   2     base        # vocabulary
decode  3     base event  # pure
store   4     base pg     # statements
ROOMS
planted() { printf '%s\n' "$2" >"$work/src/$1"; }
planted decode/good.c '#include "event/event.h"
#include "base/buffer.h"
#include "decode/private.h"
#include "config.h"
#include <string.h>'
check "$work/src" || complain "legal includes are refused"
while IFS='|' read -r file line; do
	planted "$file" "$line"
	! check "$work/src" >/dev/null || complain "not caught in $file: $line"
	rm "$work/src/$file"
done <<'PLANTED'
decode/bad.c|#include "store/store.h"
decode/bad.c|#include "event/actions.def"
decode/bad.c|#include "event/private.h"
decode/bad.c|#include "buffer.h"
decode/bad.c|#include <unistd.h>
decode/bad.c|  #  include <sys/stat.h>
decode/bad.c|#include <time.h>
event/bad.h|#include "decode/decode.h"
store/bad.c|#include <libpq-fe.h>
store/bad.c|#include <openssl/evp.h>
pg/bad.c|#include <libconfig.h>
base/bad.c|#include "pg/pg.h"
cellar/bad.c|#include <string.h>
PLANTED
sed -i 's/^event .*/event 2 decode # upwards/' "$work/src/ROOMS"
! check "$work/src" >/dev/null || complain "not caught: a plan that includes upwards"

check "$top/src" || bad=1
exit $bad
