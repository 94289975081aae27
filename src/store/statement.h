/*
 * A statement put together from fixed pieces of SQL. Whatever comes from
 * outside is a value and never part of the text.
 */
#ifndef STORE_STATEMENT_H
#define STORE_STATEMENT_H

#include "filter/filter.h"
#include "pg/pg.h"

struct statement {
	struct buffer sql;
	struct pg_value values[PG_VALUES_MOST];
	size_t count;
	bool full;                 /* there were more values than a statement takes */
};
void statement_init(struct statement *statement);
void statement_clean(struct statement *statement);     /* for CLEAN(statement) */
/* sql: a piece without values. */
void statement_add(struct statement *statement, const char *sql);
/* The same with one value, which stands wherever the piece has a "?". */
void statement_add_value(struct statement *statement, const char *sql, struct pg_value value);
/*
 * What the filter asks of the rows of table violation, called v: true, false
 * or NULL, which is no. NULL asks nothing and adds "true".
 */
void statement_add_filter(struct statement *statement, const struct filter_node *filter);
/* ERR_LIMIT where it has become too long. */
int statement_check(const struct statement *statement, struct err *err) MUST_CHECK;

/* States whose case has ended; the indexes of the queue say the same words. */
#define ENDED_STATES "'{dismissed,unsubstantiated,overturned,merged,withdrawn,closed}'"
/* violation.queue_rank: severity first, then points; the lower, the sooner. */
#define RANK_STEP 1000000

#endif
