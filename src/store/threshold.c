#include "store/store.h"

#include "correlate/correlate.h"

/* As in correlation.bounds. */
static const char *const comparisons[] = { ">", ">=", "<", "<=", "=", "not =" };
_Static_assert(ARRAY_LENGTH(comparisons) == CORRELATE_COMPARISON_COUNT, "one for each comparison");

/* The only bound of a rule; NULL where there is none, or several. */
static const char *only_bound(struct text *bounds, const char **ret_comparison)
{
	const char *only = NULL;
	for (size_t i = 0; i < ARRAY_LENGTH(comparisons); i++) {
		if (bounds[i].length == 0)
			continue;
		*ret_comparison = only ? NULL : comparisons[i];
		if (only)
			return NULL;
		only = bounds[i].bytes;
	}
	return only;
}

int store_thresholds(struct pg *pg, const char *contractor, const char *rule,
		     store_threshold_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT r.rule_key, r.title, s.name, x.bounds[1], x.bounds[2], x.bounds[3],"
			 " x.bounds[4], x.bounds[5], x.bounds[6], x.timespan, t.bound, t.timespan,"
			 " t.since, t.set_by"
			 " FROM contractor c CROSS JOIN standard_in_force f"
			 " JOIN standard s ON s.id = f.standard_id"
			 " JOIN rule r ON r.standard_id = s.id"
			 " JOIN correlation x ON x.id = r.correlation_id"
			 " LEFT JOIN threshold_in_force t ON t.contractor_id = c.id"
			 "  AND t.rule_key = r.rule_key"
			 "  AND (t.bound IS NOT NULL OR t.timespan IS NOT NULL)"
			 " WHERE f.until IS NULL AND c.code = $1 AND ($2::text IS NULL OR r.rule_key = $2)"
			 " ORDER BY s.name, r.rule_key",
			 PG_VALUES(PG_STRING(contractor), PG_STRING(rule)), &result, err);
	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct text bounds[ARRAY_LENGTH(comparisons)];
		struct store_threshold threshold = {
			.rule = pg_string(result, i, 0),
			.title = pg_string(result, i, 1),
			.standard = pg_string(result, i, 2),
			.timespan = pg_number(result, i, pg_is_null(result, i, 11) ? 9 : 11),
			.standard_timespan = pg_number(result, i, 9),
			.since = pg_moment(result, i, 12),
			.who = pg_is_null(result, i, 13) ? NULL : pg_string(result, i, 13),
		};
		for (size_t k = 0; k < ARRAY_LENGTH(bounds); k++)
			bounds[k] = pg_text(result, i, 3 + k);
		threshold.standard_bound = only_bound(bounds, &threshold.comparison);
		threshold.bound = threshold.standard_bound;
		if (threshold.bound && !pg_is_null(result, i, 10))
			threshold.bound = pg_string(result, i, 10);
		r = row(context, &threshold, err);
	}
	return r;
}

struct looking {
	size_t rows;
	bool has_bound, has_timespan;
};

static int look(void *context, const struct store_threshold *row, struct err *err UNUSED)
{
	struct looking *looking = context;
	looking->rows++;
	looking->has_bound = looking->has_bound || row->bound;
	looking->has_timespan = looking->has_timespan || row->standard_timespan > 0;
	return 0;
}

int store_threshold_set(struct pg *pg, const char *contractor, const char *rule,
			const struct store_threshold_setting *setting, const char *who,
			struct err *err)
{
	struct looking looking = { 0 };
	int r = store_contractor_check(pg, contractor, err);
	if (r == 0)
		r = store_thresholds(pg, contractor, rule, look, &looking, err);
	if (r == 0 && looking.rows == 0)
		return err_set(err, ERR_NEGATIVE, "no correlation %s is in force", rule);
	if (r == 0 && setting->timespan && !looking.has_timespan)
		return err_set(err, ERR_REFUSED, "%s has no timespan of its own to change", rule);
	if (r == 0 && setting->bound && !looking.has_bound)
		return err_set(err, ERR_REFUSED, "%s has no bound of its own to change", rule);
	return r < 0 ? r : pg_query(pg,
		"WITH locked AS (SELECT id FROM contractor WHERE code = $1 FOR UPDATE)"
		" INSERT INTO threshold (contractor_id, rule_key, number, bound, timespan, said, set_by)"
		" SELECT c.id, $2, 1 + (SELECT coalesce(max(t.number), 0) FROM threshold t"
		"  WHERE t.contractor_id = c.id AND t.rule_key = $2), $3, nullif($4::bigint, 0), $5, $6"
		" FROM locked c",
		PG_VALUES(PG_STRING(contractor), PG_STRING(rule), PG_STRING(setting->bound),
			  PG_NUMBER(setting->timespan), PG_STRING(setting->said), PG_STRING(who)),
		NULL, err);
}
