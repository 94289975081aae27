/* The queue of violations, page by page. */
#include "store/store.h"
#include "store/violation_row.h"

#define PAGE 500

/* $1 to $9: the filter. */
#define FILTER_SQL                                                                       \
	" WHERE ($1::text IS NULL OR c.code = $1)"                                       \
	" AND ($2::text IS NULL OR v.rule_key = $2)"                                     \
	" AND ($3::text IS NULL OR v.state = $3)"                                        \
	" AND ($4::text IS NULL OR strpos(lower(v.subject), lower($4)) > 0)"             \
	" AND v.severity BETWEEN $5::integer AND $6::integer"                            \
	" AND ($7::timestamptz IS NULL OR v.last_event >= $7)"                           \
	" AND ($8::timestamptz IS NULL OR v.first_event < $8)"                           \
	" AND ($9::boolean OR v.state <> ALL ('{dismissed,unsubstantiated,overturned,"   \
	"merged,withdrawn,closed}'))"

#define FILTER_VALUES(f)                                                                 \
	PG_STRING((f)->contractor), PG_STRING((f)->rule), PG_STRING((f)->state),         \
		PG_STRING((f)->subject), PG_NUMBER((f)->severity_least),                 \
		PG_NUMBER((f)->severity_most ? (f)->severity_most : 5),                  \
		PG_MOMENT((f)->since), PG_MOMENT((f)->until),                            \
		PG_BOOL((f)->closed || (f)->state)

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

static int page(struct pg *pg, const struct store_queue_filter *filter,
		const struct position *after, int64_t limit, struct pg_result **ret,
		struct err *err)
{
	return pg_query(pg,
			RULES_SQL VIOLATION_SQL
			", v.count, v.first_event, v.last_event" VIOLATION_FROM_SQL FILTER_SQL
			" AND (NOT $10::boolean OR"
			" (-v.severity, -j.points, v.first_event, v.contractor_id, v.id) >"
			" (-$11::integer, -$12::integer, $13::timestamptz, $14::integer, $15::bigint))"
			" ORDER BY v.severity DESC, j.points DESC, v.first_event,"
			" v.contractor_id, v.id LIMIT $16",
			PG_VALUES(FILTER_VALUES(filter), PG_BOOL(after->set),
				  PG_NUMBER(after->severity), PG_NUMBER(after->points),
				  PG_MOMENT(after->first), PG_NUMBER(after->contractor_id),
				  PG_NUMBER(after->id), PG_NUMBER(limit)),
			ret, err);
}

int store_queue(struct pg *pg, const struct store_queue_filter *filter, const char *after,
		int64_t limit, store_violation_function *row, void *context, struct err *err)
{
	struct position position = { 0 };
	int r = after ? position_of(pg, after, &position, err) : 0;

	for (int64_t left = limit; r == 0 && (left > 0 || limit == 0);) {
		CLEAN(pg_result) struct pg_result *result = NULL;
		struct store_violation last;
		int64_t wanted = limit == 0 || left > PAGE ? PAGE : left;
		size_t rows;

		r = page(pg, filter, &position, wanted, &result, err);
		if (r == 0)
			r = store_violations_each(result, row, context, err);
		if (r != 0 || (rows = pg_rows(result)) < (size_t)wanted)
			break;
		left -= (int64_t)rows;
		store_violation_read(result, rows - 1, &last);
		position = (struct position){ true,	  last.severity,      last.points,
					      last.first, last.contractor_id, last.id };
	}
	return r;
}

int store_queue_count(struct pg *pg, const struct store_queue_filter *filter, int64_t most,
		      int64_t *ret_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT count(*) FROM (SELECT 1 FROM violation v"
			     " JOIN contractor c ON c.id = v.contractor_id" FILTER_SQL
			     " LIMIT $10) matching",
			     PG_VALUES(FILTER_VALUES(filter), PG_NUMBER(most)), &result, err);

	if (r == 0)
		*ret_count = pg_number(result, 0, 0);
	return r;
}
