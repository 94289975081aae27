/*
 * The queue of violations. What is urgent depends on the hour, so it is no
 * column: each class of urgency is asked for by itself, one after the other
 * until the page is full, in the order that an index has.
 */
#include <inttypes.h>

#include "store/pages.h"
#include "store/statement.h"
#include "store/store.h"
#include "store/violation_row.h"

#define DAY (24 * 3600 * MICROSECONDS)
/* More rows than these are sorted and paged, not picked. */
#define PICKED_MOST 5000
#define PICKED_BYTES ((size_t)1 << 20)
/* As many of a class are gathered and sorted; of more, the order is walked. */
#define GATHERED_MOST 2000

static const char *const urgency_names[] = {
	[STORE_LATE] = "late",
	[STORE_WITHIN_DAY] = "24 h",
	[STORE_WITHIN_THREE_DAYS] = "72 h",
	[STORE_LATER] = "later",
	[STORE_PAUSED] = "paused",
	[STORE_ENDED] = "ended",
};

const char *store_urgency_name(enum store_urgency urgency)
{
	return urgency_names[urgency];
}

/* Until when a running clock of that urgency ends, or the one before it. */
static int64_t urgency_until(enum store_urgency urgency, int64_t now)
{
	switch (urgency) {
	case STORE_LATE:
		return now;
	case STORE_WITHIN_DAY:
		return now + DAY;
	default:
		return now + 3 * DAY;
	}
}

enum store_urgency store_violation_urgency(const struct store_violation *violation, int64_t now)
{
	if (!violation->clock)
		return STORE_ENDED;
	if (violation->paused)
		return STORE_PAUSED;
	for (enum store_urgency u = STORE_LATE; u < STORE_LATER; u++)
		if (violation->due != MOMENT_NONE && violation->due < urgency_until(u, now))
			return u;
	return STORE_LATER;
}

/* Pieces ---------------------------------------------------------------------------- */

#define OPEN_SQL "v.state <> ALL (" ENDED_STATES ")"
#define RUNNING_SQL OPEN_SQL " AND v.clock_paused_at IS NULL"
#define ORDER_SQL " ORDER BY v.queue_rank, v.first_event, v.contractor_id, v.id"

/* Whether an index on due may serve it. */
enum way {
	GATHER,        /* all of the class from the index on due, then sorted */
	WALK,          /* along the order, past those of other classes */
};

static void add_urgency(struct statement *s, enum store_urgency urgency, enum way way,
			int64_t now)
{
	const struct pg_value until = PG_MOMENT(urgency_until(urgency, now));

	switch (urgency) {
	case STORE_WITHIN_DAY:
	case STORE_WITHIN_THREE_DAYS:
		statement_add(s, RUNNING_SQL);
		statement_add_value(s, way == WALK ? " AND (v.due >= ?::timestamptz) IS TRUE" :
						     " AND v.due >= ?::timestamptz",
				    PG_MOMENT(urgency_until(urgency - 1, now)));
		statement_add_value(s, way == WALK ? " AND (v.due < ?::timestamptz) IS TRUE" :
						     " AND v.due < ?::timestamptz",
				    until);
		break;
	case STORE_LATE:
		statement_add(s, RUNNING_SQL);
		statement_add_value(s, way == WALK ? " AND (v.due < ?::timestamptz) IS TRUE" :
						     " AND v.due < ?::timestamptz",
				    until);
		break;
	case STORE_LATER:
		statement_add(s, RUNNING_SQL);
		statement_add_value(s, " AND (v.due < ?::timestamptz) IS NOT TRUE", until);
		break;
	case STORE_PAUSED:
		statement_add(s, OPEN_SQL " AND v.clock_paused_at IS NOT NULL");
		break;
	case STORE_ENDED:
	case STORE_URGENCIES:
		statement_add(s, "v.state = ANY (" ENDED_STATES ")");
		break;
	}
}

static void add_wanted(struct statement *s, const struct store_queue_query *query)
{
	statement_add(s, " AND ");
	statement_add_filter(s, query->filter);
	if (!query->suppressed)
		statement_add_value(s, " AND (v.suppressed_until > ?::timestamptz) IS NOT TRUE",
				    PG_MOMENT(query->now));
}

static void add_after(struct statement *s, const struct store_queue_key *after)
{
	statement_add_value(s, " AND (v.queue_rank, v.first_event, v.contractor_id, v.id) >"
			       " (?::integer",
			    PG_NUMBER(after->rank));
	statement_add_value(s, ", ?::timestamptz", PG_MOMENT(after->first));
	statement_add_value(s, ", ?::integer", PG_NUMBER(after->contractor_id));
	statement_add_value(s, ", ?::bigint)", PG_NUMBER(after->id));
}

/* A page ------------------------------------------------------------------------------- */

struct page {
	struct pg *pg;
	const struct store_queue_query *query;
	const struct store_queue_key *after;
	int64_t left;              /* rows that still fit */
	store_violation_function *row;
	void *context;
	/* As PostgreSQL writes arrays, but for the first brace. */
	struct buffer contractors, ids;
};

static void page_add_key(struct page *page, int64_t contractor_id, int64_t id)
{
	buffer_add_format(&page->contractors, "%c%" PRId64, page->ids.length ? ',' : '{',
			  contractor_id);
	buffer_add_format(&page->ids, "%c%" PRId64, page->ids.length ? ',' : '{', id);
	page->left--;
}

/* The first ones of a class, from an index alone where that is possible. */
static int page_pick(struct page *page, enum store_urgency urgency, enum way way,
		     struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, "SELECT v.contractor_id, v.id FROM ");
	if (way == GATHER)
		statement_add(&s, "(SELECT v.contractor_id, v.id, v.queue_rank, v.first_event"
				  " FROM violation v WHERE ");
	else
		statement_add(&s, "violation v WHERE ");
	add_urgency(&s, urgency, way, page->query->now);
	add_wanted(&s, page->query);
	if (page->after && page->after->urgency == urgency)
		add_after(&s, page->after);
	/* Behind OFFSET the order is not known, and so no index is taken for its sake. */
	if (way == GATHER)
		statement_add(&s, " OFFSET 0) v");
	statement_add_value(&s, ORDER_SQL " LIMIT ?::bigint", PG_NUMBER(page->left));
	r = statement_check(&s, err);
	if (r == 0)
		r = pg_query(page->pg, s.sql.data, s.values, s.count, &result, err);
	for (size_t i = 0; r == 0 && i < pg_rows(result); i++)
		page_add_key(page, pg_number(result, i, 0), pg_number(result, i, 1));
	return r;
}

static const char page_sql[] =
	RULES_SQL VIOLATION_SQL
	", v.count, v.first_event, v.last_event" REPEATED_SQL
	" FROM unnest($1::integer[], $2::bigint[])"
	" WITH ORDINALITY AS k (contractor_id, id, nth)"
	" JOIN violation v ON v.contractor_id = k.contractor_id AND v.id = k.id"
	" JOIN judged j ON j.id = v.rule_id"
	" JOIN contractor c ON c.id = v.contractor_id ORDER BY k.nth";

static int page_read(struct page *page, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r;

	if (page->ids.length == 0)
		return 0;
	buffer_add_byte(&page->contractors, '}');
	buffer_add_byte(&page->ids, '}');
	if (page->contractors.failed || page->ids.failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = pg_query(page->pg, page_sql,
		     PG_VALUES(PG_TEXT(buffer_text(&page->contractors)),
			       PG_TEXT(buffer_text(&page->ids))),
		     &result, err);
	return r < 0 ? r : store_violations_each(result, page->row, page->context, err);
}

/* How many of a class that depends on the hour there are, up to GATHERED_MOST + 1. */
static int class_count(struct pg *pg, enum store_urgency urgency, int64_t now,
		       int64_t *ret_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, "SELECT count(*) FROM (SELECT FROM violation v WHERE ");
	add_urgency(&s, urgency, GATHER, now);
	statement_add_value(&s, " LIMIT ?::bigint) counted", PG_NUMBER(GATHERED_MOST + 1));
	r = pg_query_one(pg, s.sql.data, s.values, s.count, &result, err);
	if (r == 0)
		*ret_count = pg_number(result, 0, 0);
	return r;
}

/*
 * Which classes a filter leaves: bits of enum store_urgency. Only what has to
 * hold in any case is looked at; the others are asked for in vain, no more.
 */
static unsigned classes_left(const struct filter_node *filter)
{
	const unsigned all = (1u << STORE_URGENCIES) - 1;
	const struct filter_comparison *compare = filter ? &filter->compare : NULL;

	if (!filter)
		return all;
	if (filter->kind == FILTER_AND)
		return classes_left(filter->left) & classes_left(filter->right);
	if (filter->kind != FILTER_COMPARE)
		return all;
	bool yes = (compare->number != FILTER_NO) == (compare->operator == FILTER_EQUAL);
	if (compare->field == FILTER_PAUSED)
		return yes ? 1u << STORE_PAUSED : all & ~(1u << STORE_PAUSED);
	if (compare->field == FILTER_ENDED)
		return yes ? 1u << STORE_ENDED : all & ~(1u << STORE_ENDED);
	if (compare->field == FILTER_CLOCK)
		return all & ~(1u << STORE_PAUSED | 1u << STORE_ENDED);
	return all;
}

static int class_pick(struct page *page, enum store_urgency urgency, struct err *err)
{
	int64_t count = GATHERED_MOST + 1;
	int r = 0;

	if (urgency < STORE_LATER)
		r = class_count(page->pg, urgency, page->query->now, &count, err);
	if (r < 0 || count == 0)
		return r;
	return page_pick(page, urgency, count <= GATHERED_MOST ? GATHER : WALK, err);
}

static int queue_picked(struct page *page, struct err *err)
{
	unsigned left = classes_left(page->query->filter);
	enum store_urgency last = page->query->ended ? STORE_ENDED : STORE_PAUSED;
	int r = 0;

	for (enum store_urgency u = page->after ? page->after->urgency : STORE_LATE;
	     r == 0 && u <= last && page->left > 0; u++)
		if (left & 1u << u)
			r = class_pick(page, u, err);
	return r < 0 ? r : page_read(page, err);
}

/* All of them --------------------------------------------------------------------------- */

static void add_class(struct statement *s, int64_t now)
{
	statement_add(s, "CASE WHEN v.state = ANY (" ENDED_STATES ") THEN 5"
			 " WHEN v.clock_paused_at IS NOT NULL THEN 4");
	statement_add_value(s, " WHEN v.due < ?::timestamptz THEN 0", PG_MOMENT(now));
	statement_add_value(s, " WHEN v.due < ?::timestamptz THEN 1", PG_MOMENT(now + DAY));
	statement_add_value(s, " WHEN v.due < ?::timestamptz THEN 2 ELSE 3 END",
			    PG_MOMENT(now + 3 * DAY));
}

/* All that match, each with its class, behind after. joins: further tables, or "". */
static void add_matching(struct statement *s, const struct page *page, const char *joins)
{
	statement_add(s, " FROM (SELECT v.*, ");
	add_class(s, page->query->now);
	statement_add(s, " AS class FROM violation v) v");
	statement_add(s, joins);
	statement_add(s, page->query->ended ? " WHERE true" : " WHERE " OPEN_SQL);
	add_wanted(s, page->query);
	if (page->after) {
		statement_add_value(s, " AND (v.class > ?::integer",
				    PG_NUMBER(page->after->urgency));
		statement_add_value(s, " OR (v.class = ?::integer",
				    PG_NUMBER(page->after->urgency));
		add_after(s, page->after);
		statement_add(s, "))");
	}
}

static int queue_sorted(struct page *page, int64_t limit, struct err *err)
{
	struct violation_rows rows = { page->row, page->context };
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, RULES_SQL VIOLATION_SQL
		      ", v.count, v.first_event, v.last_event" REPEATED_SQL);
	add_matching(&s, page, " JOIN judged j ON j.id = v.rule_id"
			       " JOIN contractor c ON c.id = v.contractor_id");
	statement_add(&s, " ORDER BY v.class, v.queue_rank, v.first_event, v.contractor_id, v.id");
	statement_add_value(&s, " LIMIT ?::bigint", limit ? PG_NUMBER(limit) : PG_NULL);
	r = statement_check(&s, err);
	return r < 0 ? r :
		       store_pages(page->pg, s.sql.data, s.values, s.count,
				   store_violations_page, &rows, err);
}

/* Few ---------------------------------------------------------------------------------- */

/* No index tells what fulfils it: each class would be walked to its end for a few. */
static bool is_searched_for(const struct filter_node *filter)
{
	if (!filter)
		return false;
	if (filter->kind == FILTER_COMPARE)
		return filter->compare.field == FILTER_EXCEPTION_ENDING ||
		       (filter->compare.field == FILTER_SUBJECT &&
			filter->compare.operator == FILTER_CONTAINS);
	return is_searched_for(filter->left) || is_searched_for(filter->right);
}

/* All that match in one go, as long as they are few. 1: they were; 0: they are many. */
static int queue_searched(struct page *page, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, "SELECT v.contractor_id, v.id FROM (SELECT v.contractor_id, v.id, v.class,"
			  " v.queue_rank, v.first_event");
	add_matching(&s, page, "");
	statement_add_value(&s, " LIMIT ?::bigint) v ORDER BY v.class, v.queue_rank, v.first_event,"
				" v.contractor_id, v.id", PG_NUMBER(GATHERED_MOST + 1));
	r = statement_check(&s, err);
	if (r == 0)
		r = pg_query(page->pg, s.sql.data, s.values, s.count, &result, err);
	if (r < 0 || pg_rows(result) > GATHERED_MOST)
		return r;
	for (size_t i = 0; i < pg_rows(result) && page->left > 0; i++)
		page_add_key(page, pg_number(result, i, 0), pg_number(result, i, 1));
	r = page_read(page, err);
	return r < 0 ? r : 1;
}

int store_queue(struct pg *pg, const struct store_queue_query *query,
		const struct store_queue_key *after, int64_t limit,
		store_violation_function *row, void *context, struct err *err)
{
	struct page page = { .pg = pg,	     .query = query, .after = after,
			     .left = limit, .row = row,	     .context = context };
	int r;

	if (limit == 0 || limit > PICKED_MOST)
		return queue_sorted(&page, limit, err);
	buffer_init(&page.contractors, PICKED_BYTES);
	buffer_init(&page.ids, PICKED_BYTES);
	r = is_searched_for(query->filter) ? queue_searched(&page, err) : 0;
	if (r == 0)
		r = queue_picked(&page, err);
	else if (r > 0)
		r = 0;
	buffer_done(&page.contractors);
	buffer_done(&page.ids);
	return r;
}

int store_queue_key(struct pg *pg, const char *number, const struct store_queue_query *query,
		    struct store_queue_key *ret_key, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, "SELECT ");
	add_class(&s, query->now);
	statement_add_value(&s, ", v.queue_rank, v.first_event, v.contractor_id, v.id"
				" FROM violation v WHERE v.number = ?::text",
			    PG_STRING(number));
	r = pg_query(pg, s.sql.data, s.values, s.count, &result, err);
	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "there is no violation %s", number);
	*ret_key = (struct store_queue_key){
		(enum store_urgency)pg_number(result, 0, 0), (int32_t)pg_number(result, 0, 1),
		pg_moment(result, 0, 2), (int32_t)pg_number(result, 0, 3),
		pg_number(result, 0, 4)
	};
	if (ret_key->urgency == STORE_ENDED && !query->ended)
		return err_set(err, ERR_NEGATIVE,
			       "the case of %s has ended, so it is no longer in the queue", number);
	return 0;
}

int store_queue_count(struct pg *pg, const struct store_queue_query *query, int64_t most,
		      int64_t *ret_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(statement) struct statement s;
	int r;

	statement_init(&s);
	statement_add(&s, "SELECT count(*) FROM (SELECT FROM violation v WHERE ");
	statement_add(&s, query->ended ? "true" : OPEN_SQL);
	add_wanted(&s, query);
	statement_add_value(&s, " LIMIT ?::bigint) matching", PG_NUMBER(most));
	r = statement_check(&s, err);
	if (r == 0)
		r = pg_query_one(pg, s.sql.data, s.values, s.count, &result, err);
	if (r == 0)
		*ret_count = pg_number(result, 0, 0);
	return r;
}
