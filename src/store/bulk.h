/*
 * Acts on many violations at once (bulk.c). What is done is the set that was
 * looked at, in the versions in which it was looked at, and nothing else.
 */
#ifndef STORE_BULK_H
#define STORE_BULK_H

#include "store/violation.h"

#define STORE_BULK_MOST 10000
#define STORE_BULK_TOKEN 33

struct store_bulk_violation {
	int32_t contractor_id;
	int64_t id;
};
/*
 * Which violations a query finds, in the order of the queue: the first ones
 * up to first, or all (0). ERR_LIMIT where that is more than
 * STORE_BULK_MOST. *ret_list is the arena's.
 */
int store_bulk_find(struct pg *pg, const struct store_queue_query *query, int64_t first,
		    struct arena *arena, struct store_bulk_violation **ret_list,
		    size_t *ret_count, struct err *err) MUST_CHECK;

/* What is to be done. NULL: not given. */
struct store_bulk_act {
	const char *action, *reason, *note;
	const char *data;                  /* JSON object of further arguments, or NULL */
	const char *filter;                /* in words, what they were found by */
};
struct store_bulk_prepared {
	const char *number, *contractor;
	int severity;
	const char *why_not;               /* it is left out; NULL: it would be done */
	bool waits, leaves;                /* for a second person; the building, later */
};
typedef int store_bulk_prepared_function(void *context, const struct store_bulk_prepared *row,
					 struct err *err);
/*
 * Make a preview, and keep the set of those that are not left out.
 * ret_token: "" where all are. ERR_REFUSED: never in bulk, or not by this
 * person.
 */
int store_bulk_prepare(struct pg *pg, const struct store_bulk_act *act,
		       const struct store_bulk_violation *list, size_t count,
		       char ret_token[STORE_BULK_TOKEN], store_bulk_prepared_function *row,
		       void *context, struct err *err) MUST_CHECK;

struct store_bulk_done {
	const char *number, *contractor;
	const char *outcome;               /* "done", "waits" or "skipped" */
	const char *why_not;               /* of those skipped */
};
typedef int store_bulk_done_function(void *context, const struct store_bulk_done *row,
				     struct err *err);
/*
 * Do what a preview of this person says, all in one transaction. expect: how
 * many there are, or 0 for not said. ERR_REFUSED: nothing was done.
 */
int store_bulk_do(struct pg *pg, const char *token, int64_t expect,
		  store_bulk_done_function *row, void *context, struct err *err) MUST_CHECK;

#endif
