#!/bin/bash
# SQL stands in src/store and in migrations, nowhere else.
. "$(dirname "$0")/lint.sh"
sql='"[^"]*\b(SELECT |INSERT INTO |UPDATE [a-z_.]+ SET|DELETE FROM |TRUNCATE |(CREATE|ALTER|DROP) (TABLE|ROLE|SCHEMA|DATABASE|INDEX|FUNCTION|VIEW)|COPY [a-z_.]+ )'
find "$top/src" -type f \( -name '*.[ch]' -o -name '*.cc' -o -name '*.def' \) -not -path '*/src/store/*' -print0 |
	xargs -0 grep -nE "$sql" | grep -vE ':[0-9]+:[[:space:]]*/?\*' && complain "SQL outside src/store"
printf '%s\n' 'x("SELECT 1");' | grep -qE "$sql" || complain "the lint does not see SQL"
exit $bad
