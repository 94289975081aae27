/* The queue of violations. */
#include "store/pages.h"
#include "store/store.h"
#include "store/violation_row.h"

/* More rows than these are sorted and paged, not picked. */
#define PICKED_MOST 5000

/*
 * $1 to $9: the filter. A condition that was not asked for is gone before
 * the statement is planned; that on the state is the indexes', word by word.
 */
#define FILTER_SQL                                                                       \
	" ($1::integer IS NULL OR v.contractor_id = $1)"                                 \
	" AND ($2::text IS NULL OR v.rule_key = $2)"                                     \
	" AND ($3::text IS NULL OR v.state = $3)"                                        \
	" AND ($4::text IS NULL OR strpos(lower(v.subject), lower($4)) > 0)"             \
	" AND ($7::timestamptz IS NULL OR v.last_event >= $7)"                           \
	" AND ($8::timestamptz IS NULL OR v.first_event < $8)"                           \
	" AND ($9::boolean OR v.state <> ALL ('{dismissed,unsubstantiated,overturned,"   \
	"merged,withdrawn,closed}'))"

#define FILTER_VALUES(f, contractor)                                                     \
	contractor, PG_STRING((f)->rule), PG_STRING((f)->state), PG_STRING((f)->subject), \
		PG_NUMBER((f)->severity_least),                                          \
		PG_NUMBER((f)->severity_most ? (f)->severity_most : 5),                  \
		PG_MOMENT((f)->since), PG_MOMENT((f)->until),                            \
		PG_BOOL((f)->closed || (f)->state)

/* The id of the filter's contractor, or NULL; one that is not there has none. */
static int contractor_of(struct pg *pg, const struct store_queue_filter *filter,
			 struct pg_value *ret, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r;

	*ret = PG_NULL;
	if (!filter->contractor)
		return 0;
	r = pg_query(pg, "SELECT id FROM contractor WHERE code = $1",
		     PG_VALUES(PG_STRING(filter->contractor)), &result, err);
	if (r == 0)
		*ret = PG_NUMBER(pg_rows(result) ? pg_number(result, 0, 0) : -1);
	return r;
}

/* Where a violation stands in the order of the queue. */
struct position {
	bool set;
	int64_t severity, points, first, contractor_id, id;
};

static int position_of(struct pg *pg, const char *number, struct position *ret,
		       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 RULES_SQL "SELECT v.severity, j.points, v.first_event,"
				   " v.contractor_id, v.id" VIOLATION_FROM_SQL
				   " WHERE v.number = $1",
			 PG_VALUES(PG_STRING(number)), &result, err);

	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "there is no violation %s to go on after",
			       number);
	*ret = (struct position){ true,
				  pg_number(result, 0, 0),
				  pg_number(result, 0, 1),
				  pg_moment(result, 0, 2),
				  pg_number(result, 0, 3),
				  pg_number(result, 0, 4) };
	return 0;
}

/*
 * The first rows of every rule and severity that still may have some, each
 * from the index, put into one order: the cost follows the rows that are
 * shown, not those that wait.
 */
static const char picked_sql[] =
	RULES_SQL VIOLATION_SQL
	", v.count, v.first_event, v.last_event"
	" FROM judged j CROSS JOIN generate_series($5::integer, $6::integer) AS grade"
	" CROSS JOIN LATERAL (SELECT * FROM violation v"
	" WHERE v.rule_id = j.id AND v.severity = grade"
	" AND v.first_event >= CASE"
	" WHEN NOT $10::boolean OR (grade, j.points) < ($11::integer, $12::integer)"
	" THEN '-infinity' WHEN (grade, j.points) = ($11, $12) THEN $13::timestamptz"
	" ELSE 'infinity' END"
	" AND (NOT $10 OR (-grade, -j.points, v.first_event, v.contractor_id, v.id) >"
	" (-$11, -$12, $13, $14::integer, $15::bigint))"
	" AND" FILTER_SQL
	" ORDER BY v.first_event, v.contractor_id, v.id LIMIT $16::bigint) v"
	" JOIN contractor c ON c.id = v.contractor_id"
	" WHERE ($2 IS NULL OR j.rule_key = $2)"
	" ORDER BY v.severity DESC, j.points DESC, v.first_event, v.contractor_id, v.id"
	" LIMIT $16";

/* All of them, sorted. */
static const char all_sql[] =
	RULES_SQL VIOLATION_SQL
	", v.count, v.first_event, v.last_event" VIOLATION_FROM_SQL " WHERE" FILTER_SQL
	" AND v.severity BETWEEN $5::integer AND $6::integer"
	" AND (NOT $10::boolean OR"
	" (-v.severity, -j.points, v.first_event, v.contractor_id, v.id) >"
	" (-$11::integer, -$12::integer, $13::timestamptz, $14::integer, $15::bigint))"
	" ORDER BY v.severity DESC, j.points DESC, v.first_event, v.contractor_id, v.id"
	" LIMIT $16::bigint";

int store_queue(struct pg *pg, const struct store_queue_filter *filter, const char *after,
		int64_t limit, store_violation_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct violation_rows rows = { row, context };
	struct position from = { 0 };
	struct pg_value contractor;
	int r = contractor_of(pg, filter, &contractor, err);

	if (r == 0 && after)
		r = position_of(pg, after, &from, err);
	if (r < 0)
		return r;
	const struct pg_value values[] = {
		FILTER_VALUES(filter, contractor), PG_BOOL(from.set),
		PG_NUMBER(from.severity),	   PG_NUMBER(from.points),
		PG_MOMENT(from.first),		   PG_NUMBER(from.contractor_id),
		PG_NUMBER(from.id),		   limit ? PG_NUMBER(limit) : PG_NULL,
	};
	if (limit == 0 || limit > PICKED_MOST)
		return store_pages(pg, all_sql, values, ARRAY_LENGTH(values),
				   store_violations_page, &rows, err);
	r = pg_query(pg, picked_sql, values, ARRAY_LENGTH(values), &result, err);
	return r < 0 ? r : store_violations_each(result, row, context, err);
}

int store_queue_count(struct pg *pg, const struct store_queue_filter *filter, int64_t most,
		      int64_t *ret_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct pg_value contractor;
	int r = contractor_of(pg, filter, &contractor, err);

	if (r == 0)
		r = pg_query_one(pg,
				 "SELECT count(*) FROM (SELECT 1 FROM violation v"
				 " WHERE" FILTER_SQL
				 " AND v.severity BETWEEN $5::integer AND $6::integer"
				 " LIMIT $10) matching",
				 PG_VALUES(FILTER_VALUES(filter, contractor), PG_NUMBER(most)),
				 &result, err);
	if (r == 0)
		*ret_count = pg_number(result, 0, 0);
	return r;
}
