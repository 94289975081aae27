#include "store/clock_step.h"

#include "store/act.h"

#include <stdio.h>

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

int store_clock_seen_read(struct pg *pg, struct store_clock_seen *ret_seen, int64_t *ret_latest,
			  int64_t *ret_apart, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
		"SELECT c.at, c.boot, c.running, clock_latest(), (SELECT coalesce(sum("
		"  extract(epoch FROM s.shown - s.expected) * 1000000), 0)::bigint"
		"  FROM clock_step s WHERE s.kind = 'database')"
		" FROM (VALUES (1)) one LEFT JOIN clock_seen c ON true",
		PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	*ret_seen = (struct store_clock_seen){ .at = pg_moment(result, 0, 0),
					       .running = pg_number(result, 0, 2) };
	snprintf(ret_seen->boot, sizeof(ret_seen->boot), "%s", pg_string(result, 0, 1));
	*ret_latest = pg_moment(result, 0, 3);
	*ret_apart = pg_number(result, 0, 4);
	return 0;
}

int store_clock_see(struct pg *pg, const struct store_clock_seen *seen, struct err *err)
{
	return pg_query(pg, "SELECT clock_see($1, $2, $3)",
			PG_VALUES(PG_MOMENT(seen->at), PG_STRING(seen->boot),
				  PG_NUMBER(seen->running)),
			NULL, err);
}

int store_clock_step_record(struct pg *pg, const struct store_clock_step *step, struct err *err)
{
	return pg_query(pg,
			"SELECT clock_step_record($1, $2, $3,"
			" make_interval(secs => $4::bigint / 1000000.0))",
			PG_VALUES(PG_STRING(step->kind), PG_MOMENT(step->expected),
				  PG_MOMENT(step->shown), PG_NUMBER(step->bound)),
			NULL, err);
}

int store_clock_now(struct pg *pg, int64_t *ret_now, bool *ret_held, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg, "SELECT clock_timestamp(), clock_held()", PG_NO_VALUES, &result,
			     err);

	if (r < 0)
		return r;
	*ret_now = pg_moment(result, 0, 0);
	*ret_held = pg_bool(result, 0, 1);
	return 0;
}

int store_clock_steps(struct pg *pg, const struct store_period *period,
		      store_clock_step_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
		"SELECT s.number, s.kind, s.expected, s.shown, s.returned, s.acknowledged_at,"
		" s.acknowledged_by, s.note FROM clock_step s"
		" WHERE ($1::timestamptz IS NULL OR least(s.expected, s.shown) >= $1)"
		" AND least(s.expected, s.shown) < $2::timestamptz ORDER BY s.number",
		PG_VALUES(PG_MOMENT(period->from), PG_MOMENT(period->to)), &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_clock_step step = {
			.number = pg_number(result, i, 0),
			.kind = pg_string(result, i, 1),
			.expected = pg_moment(result, i, 2),
			.shown = pg_moment(result, i, 3),
			.returned = pg_bool(result, i, 4),
			.acknowledged = pg_moment(result, i, 5),
			.acknowledged_by = string_or_null(result, i, 6),
			.note = string_or_null(result, i, 7),
		};
		r = row(context, &step, err);
	}
	return r;
}

int store_clock_standing(struct pg *pg, struct store_clock_standing *ret, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
		"SELECT count(*), (array_agg(o.expected ORDER BY o.number DESC))[1],"
		" (array_agg(o.shown ORDER BY o.number DESC))[1], clock_held()"
		" FROM clock_step_open o",
		PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	*ret = (struct store_clock_standing){ .count = pg_number(result, 0, 0),
					      .expected = pg_moment(result, 0, 1),
					      .shown = pg_moment(result, 0, 2),
					      .held = pg_bool(result, 0, 3) };
	return 0;
}

int store_clock_acknowledge(struct pg *pg, const char *words, int64_t *ret_count,
			    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int r = pg_query_one(pg, "SELECT clock_acknowledge($1)", PG_VALUES(PG_STRING(words)),
			     &result, &failure);

	*ret_count = r == 0 ? pg_number(result, 0, 0) : 0;
	return r < 0 ? store_refused(err, &failure) : 0;
}
