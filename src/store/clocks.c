/* Clocks that run, duties that are not met, and the office's calendar. */
#include "store/pages.h"
#include "store/store.h"

#define RUNNING_SQL                                                                      \
	" v.number, v.state, v.clock_name AS name, v.clock_party = 'us' AS ours,"         \
	" false AS duty, false AS keep, v.clock_started AS began"
#define RUNNING_FROM_SQL                                                                 \
	" FROM violation v WHERE v.clock_name IS NOT NULL"                                \
	" AND ($1::integer IS NULL OR v.contractor_id = $1)"                              \
	" AND ($2::text IS NULL OR v.number = $2)"                                        \
	" AND ($4::boolean AND v.clock_party = 'us' OR $5::boolean AND v.clock_party = 'them')"

/*
 * The clock of each case, the earliest from its index; of plans, which have
 * milestones, whatever is due first; what waits for a second person; duties.
 * What is paused has no date.
 */
static const char clocks_sql[] =
	"WITH running AS ("
	"(SELECT v.contractor_id," RUNNING_SQL ", v.due, v.owner, v.severity, v.level"
	RUNNING_FROM_SQL " AND v.state <> 'corrective-action'"
	" AND ($3::timestamptz IS NULL OR v.due < $3) ORDER BY v.due LIMIT $7::bigint)"
	" UNION ALL"
	" (SELECT v.contractor_id," RUNNING_SQL ", case_due(v), v.owner, v.severity, v.level"
	RUNNING_FROM_SQL " AND v.state = 'corrective-action')"
	" UNION ALL"
	" SELECT v.contractor_id, v.number, v.state, 'sign', true, false, false, a.recorded_at,"
	" v.pending_until, v.owner, v.severity, v.level"
	" FROM violation v JOIN act a ON a.contractor_id = v.contractor_id AND a.violation_id = v.id"
	"  AND a.number = v.pending_action"
	" WHERE v.pending_action IS NOT NULL AND $4 AND ($2 IS NULL OR v.number = $2)"
	" AND ($1 IS NULL OR v.contractor_id = $1)"
	" UNION ALL"
	" SELECT d.contractor_id, v.number, v.state, d.name, false, true, r.keep, d.began, d.due,"
	" v.owner, v.severity, v.level"
	" FROM duty d JOIN duty_rule r ON r.name = d.name"
	" LEFT JOIN violation v ON v.contractor_id = d.contractor_id AND v.id = d.violation_id"
	" WHERE $5 AND ($2 IS NULL OR v.number = $2)"
	" AND ($1 IS NULL OR d.contractor_id = $1) AND NOT (r.keep AND ($6::boolean OR d.due <= moment()))"
	" AND NOT EXISTS (SELECT FROM duty_fact f WHERE f.contractor_id = d.contractor_id"
	"  AND f.duty_number = d.number AND f.fact IN ('met', 'replaced'))"
	") SELECT c.code, x.number, x.state, x.name, x.ours, x.duty, x.keep, x.began, x.due, x.owner,"
	" x.severity, x.level"
	" FROM running x JOIN contractor c ON c.id = x.contractor_id"
	" WHERE $3 IS NULL OR x.due < $3"
	" ORDER BY x.due, x.keep, c.code, x.number, x.name LIMIT $7";

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

struct clock_rows {
	store_clock_function *row;
	void *context;
};

static int clocks_page(void *clock_rows, const struct pg_result *page, struct err *err)
{
	const struct clock_rows *rows = clock_rows;
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(page); i++) {
		const struct store_clock clock = {
			.contractor = pg_string(page, i, 0),
			.violation = string_or_null(page, i, 1),
			.state = string_or_null(page, i, 2),
			.name = pg_string(page, i, 3),
			.ours = pg_bool(page, i, 4),
			.duty = pg_bool(page, i, 5),
			.keep = pg_bool(page, i, 6),
			.began = pg_moment(page, i, 7),
			.due = pg_moment(page, i, 8),
			.owner = string_or_null(page, i, 9),
			.severity = (int)pg_number(page, i, 10),
			.level = pg_is_null(page, i, 11) ? -1 : (int)pg_number(page, i, 11),
		};
		r = rows->row(rows->context, &clock, err);
	}
	return r;
}

static int contractor_of(struct pg *pg, const char *code, struct pg_value *ret,
			 struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r;

	*ret = PG_NULL;
	if (!code)
		return 0;
	r = pg_query(pg, "SELECT id FROM contractor WHERE code = $1", PG_VALUES(PG_STRING(code)),
		     &result, err);
	if (r == 0 && pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "there is no contractor %s", code);
	if (r == 0)
		*ret = PG_NUMBER(pg_number(result, 0, 0));
	return r;
}

int store_clocks(struct pg *pg, const struct store_clock_filter *filter, int64_t limit,
		 store_clock_function *row, void *context, struct err *err)
{
	struct clock_rows rows = { row, context };
	struct pg_value contractor;
	int r = contractor_of(pg, filter->contractor, &contractor, err);

	if (r < 0)
		return r;
	return store_pages(pg, clocks_sql,
			   PG_VALUES(contractor, PG_STRING(filter->violation),
				     PG_MOMENT(filter->until), PG_BOOL(filter->ours),
				     PG_BOOL(filter->theirs), PG_BOOL(filter->overdue),
				     limit ? PG_NUMBER(limit) : PG_NULL),
			   clocks_page, &rows, err);
}

static const char readings_sql[] =
	"SELECT a.at, a.number, coalesce(s.action, a.action), coalesce(s.note, a.note),"
	" coalesce(s.actor, a.actor), CASE WHEN s.number IS NOT NULL THEN a.actor END,"
	" (a.clock_before).name, (a.clock_before).started, (a.clock_before).due,"
	" (a.clock_before).paused_at, (a.clock_after).name, (a.clock_after).started,"
	" (a.clock_after).due, (a.clock_after).paused_at"
	" FROM act a LEFT JOIN act s ON s.contractor_id = a.contractor_id"
	"  AND s.violation_id = a.violation_id AND s.number = a.approves AND a.outcome = 'approved'"
	" WHERE a.contractor_id = $1 AND a.violation_id = $2"
	" AND a.clock_before IS DISTINCT FROM a.clock_after"
	" UNION ALL SELECT v.opened_at, 0, '', NULL, '', NULL, v.clock_name, v.clock_started, v.due,"
	" v.clock_paused_at, v.clock_name, v.clock_started, v.due, v.clock_paused_at"
	" FROM violation v WHERE v.contractor_id = $1 AND v.id = $2 AND NOT EXISTS (SELECT FROM act a"
	" WHERE a.contractor_id = $1 AND a.violation_id = $2"
	" AND a.clock_before IS DISTINCT FROM a.clock_after) ORDER BY 2";

static struct store_clock_state state_read(const struct pg_result *result, size_t row,
					   size_t column)
{
	return (struct store_clock_state){ string_or_null(result, row, column),
					   pg_moment(result, row, column + 1),
					   pg_moment(result, row, column + 2),
					   pg_moment(result, row, column + 3) };
}

int store_readings(struct pg *pg, const struct store_violation *violation,
		   store_reading_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, readings_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_reading reading = {
			.at = pg_moment(result, i, 0),
			.action = pg_string(result, i, 2),
			.note = string_or_null(result, i, 3),
			.by = pg_string(result, i, 4),
			.approved = string_or_null(result, i, 5),
			.before = state_read(result, i, 6),
			.after = state_read(result, i, 10),
		};
		r = row(context, &reading, err);
	}
	return r;
}

/* The calendar ------------------------------------------------------------------------ */

/* Bit n: day n of the week, 0 being Sunday. */
static const char *weekend_words(int64_t bits, struct arena *arena)
{
	static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
					    "Thursday", "Friday", "Saturday" };
	CLEAN(buffer) struct buffer words;

	buffer_init(&words, 128);
	buffer_add_string(&words, "");
	for (size_t day = 0; day < ARRAY_LENGTH(days); day++)
		if (bits >> day & 1)
			buffer_add_format(&words, "%s%s", words.length ? " " : "", days[day]);
	return arena_string(arena, words.data ? words.data : "");
}

int store_calendar_read(struct pg *pg, struct arena *arena, struct store_calendar *ret,
			struct err *err)
{
	CLEAN(pg_result) struct pg_result *office = NULL, *holidays = NULL;
	const char **items;
	int r = pg_query_one(pg, "SELECT time_zone, weekend FROM office", PG_NO_VALUES, &office, err);

	if (r == 0)
		r = pg_query(pg, "SELECT to_char(day, 'YYYY-MM-DD ') || name FROM holiday ORDER BY day",
			     PG_NO_VALUES, &holidays, err);
	if (r < 0)
		return r;
	items = arena_get_many(arena, pg_rows(holidays) + 1, sizeof(*items));
	*ret = (struct store_calendar){
		.time_zone = arena_string(arena, pg_string(office, 0, 0)),
		.weekend = weekend_words(pg_number(office, 0, 1), arena),
		.holidays = items,
		.holiday_count = pg_rows(holidays),
	};
	for (size_t i = 0; items && i < pg_rows(holidays); i++) {
		items[i] = arena_string(arena, pg_string(holidays, i, 0));
		if (!items[i])
			items = NULL;
	}
	if (!items || !ret->time_zone || !ret->weekend)
		return err_set(err, ERR_MEMORY, "out of memory");
	return 0;
}

/* Duties -------------------------------------------------------------------------------- */

int store_duty_record(struct pg *pg, const char *contractor, const char *moment, int64_t at,
		      const char *report, const char *note, struct err *err)
{
	struct err failure = { 0 };
	struct pg_value id;
	int r = contractor_of(pg, contractor, &id, err);

	if (r < 0)
		return r;
	r = pg_query(pg, "SELECT duty_record($1, $2, $3, $4, $5)",
		     PG_VALUES(id, PG_STRING(moment), PG_MOMENT(at), PG_STRING(report),
			       PG_STRING(note)),
		     NULL, &failure);
	return r < 0 ? store_refused(err, &failure) : 0;
}

static const char duties_sql[] =
	"SELECT d.name, d.began, d.due, met.at, replaced.at, late.recorded_at, m.recorded_at,"
	" m.recorded_by, answer.report, r.amount"
	" FROM duty d JOIN duty_rule r ON r.name = d.name"
	" JOIN duty_moment m ON m.contractor_id = d.contractor_id AND m.number = d.moment_number"
	" LEFT JOIN duty_fact met ON met.contractor_id = d.contractor_id"
	"  AND met.duty_number = d.number AND met.fact = 'met'"
	" LEFT JOIN duty_fact replaced ON replaced.contractor_id = d.contractor_id"
	"  AND replaced.duty_number = d.number AND replaced.fact = 'replaced'"
	" LEFT JOIN duty_fact late ON late.contractor_id = d.contractor_id"
	"  AND late.duty_number = d.number AND late.fact = 'overdue'"
	" LEFT JOIN duty_moment answer ON answer.contractor_id = d.contractor_id"
	"  AND answer.number = met.moment_number"
	" WHERE d.contractor_id = $1 AND d.violation_id = $2 ORDER BY d.number";

int store_duties(struct pg *pg, const struct store_violation *violation,
		 store_duty_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, duties_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_duty duty = {
			.name = pg_string(result, i, 0),
			.began = pg_moment(result, i, 1),
			.due = pg_moment(result, i, 2),
			.met = pg_moment(result, i, 3),
			.replaced = pg_moment(result, i, 4),
			.overdue_recorded = pg_moment(result, i, 5),
			.recorded = pg_moment(result, i, 6),
			.recorded_by = pg_string(result, i, 7),
			.report = string_or_null(result, i, 8),
			.amount = pg_number(result, i, 9),
		};
		r = row(context, &duty, err);
	}
	return r;
}
