#include "store/store.h"

/* Loading ----------------------------------------------------------------------- */

static int standard_insert(struct pg *pg, struct text bundle, const struct standard *standard,
			   const char *who, int32_t *ret_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "WITH next AS (INSERT INTO counter VALUES ('standard', 1)"
			     "  ON CONFLICT (name) DO UPDATE SET value = counter.value + 1"
			     "  RETURNING value) "
			     "INSERT INTO standard (id, name, title, digest, bundle, loaded_by) "
			     "SELECT value, $1, $2, sha256($3), $3, $4 FROM next RETURNING id",
			     PG_VALUES(PG_STRING(standard->name), PG_STRING(standard->title),
				       PG_BYTES(bundle), PG_STRING(who)),
			     &result, err);

	if (r == 0)
		*ret_id = (int32_t)pg_number(result, 0, 0);
	return r;
}

static struct pg_value weight_value(int weight)
{
	return weight > 0 ? PG_NUMBER(weight) : PG_NULL;
}

static int requirement_insert(struct pg *pg, int32_t id, size_t position,
			      const struct standard_requirement *requirement, struct err *err)
{
	return pg_query(pg,
			"INSERT INTO requirement (standard_id, id, position, title, family, weight,"
			" weight_partial, citation, observable, plan_allowed) "
			"VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
			PG_VALUES(PG_NUMBER(id), PG_STRING(requirement->id),
				  PG_NUMBER((int64_t)position), PG_STRING(requirement->title),
				  PG_STRING(requirement->family), weight_value(requirement->weight),
				  weight_value(requirement->weight_partial),
				  PG_STRING(requirement->citation),
				  PG_STRING(standard_observable_name(requirement->observable)),
				  PG_STRING(standard_plan_name(requirement->plan))),
			NULL, err);
}

/* The correlation of that definition, made where there is none. */
static int correlation_find(struct pg *pg, const struct store_rule *rule, int64_t *ret_id,
			    struct err *err)
{
	const struct store_correlation_rule *is = rule->correlation;
	CLEAN(pg_result) struct pg_result *result = NULL;
	const struct pg_value values[] = {
		PG_STRING(rule->key),	PG_STRING(is->type),	 PG_NUMBER(is->timespan),
		PG_STRING(is->rules),	PG_STRING(is->group_by), PG_STRING(is->bounds),
		PG_BOOL(is->finding),	PG_STRING(is->explanation),
		PG_NUMBER(is->before),	PG_BOOL(is->distinct),	 PG_BOOL(is->open),
		PG_NUMBER(is->speed),	PG_NUMBER(is->distance), PG_NUMBER(is->intervals),
		PG_BOOL(is->where_known),
	};
	int r = pg_query(pg,
			 "SELECT id FROM correlation WHERE rule_key = $1 AND type = $2"
			 " AND timespan = $3 AND rules = string_to_array($4, E'\n')"
			 " AND group_by = string_to_array($5, E'\n')"
			 " AND bounds = string_to_array($6, E'\n')"
			 " AND finding = $7 AND explanation = $8 AND answer_before = $9"
			 " AND answer_distinct = $10 AND gap_open = $11 AND travel_speed = $12"
			 " AND travel_distance = $13 AND silent_intervals = $14"
			 " AND answer_known = $15",
			 values, ARRAY_LENGTH(values), &result, err);

	if (r == 0 && pg_rows(result) == 0) {
		pg_result_free(result);
		result = NULL;
		r = pg_query_one(pg,
				 "WITH next AS (INSERT INTO counter VALUES ('correlation', 1)"
				 "  ON CONFLICT (name) DO UPDATE SET value = counter.value + 1"
				 "  RETURNING value) "
				 "INSERT INTO correlation (id, rule_key, type, timespan, rules,"
				 " group_by, bounds, finding, explanation, answer_before,"
				 " answer_distinct, gap_open, travel_speed, travel_distance,"
				 " silent_intervals, answer_known) "
				 "SELECT value, $1, $2, $3, string_to_array($4, E'\n'),"
				 " string_to_array($5, E'\n'), string_to_array($6, E'\n'), $7, $8,"
				 " $9, $10, $11, $12, $13, $14, $15 FROM next RETURNING id",
				 values, ARRAY_LENGTH(values), &result, err);
	}
	if (r == 0)
		*ret_id = pg_number(result, 0, 0);
	return r;
}

static int rule_insert(struct pg *pg, int32_t id, int64_t number, const struct store_rule *rule,
		       struct err *err)
{
	int64_t correlation = 0;
	int r = rule->correlation ? correlation_find(pg, rule, &correlation, err) : 0;

	if (r < 0)
		return r;
	return pg_query(pg,
			"INSERT INTO rule (id, standard_id, rule_key, title, severity, direct,"
			" requirements, says, file, correlation_id) "
			"VALUES ($1, $2, $3, $4, $5, $6,"
			" array_remove(string_to_array($7, ' '), ''), $8, $9, $10)",
			PG_VALUES(PG_NUMBER(number), PG_NUMBER(id), PG_STRING(rule->key),
				  PG_STRING(rule->title), PG_NUMBER(rule->severity),
				  PG_BOOL(rule->direct), PG_STRING(rule->requirements),
				  PG_STRING(rule->says), PG_STRING(rule->file),
				  correlation ? PG_NUMBER(correlation) : PG_NULL),
			NULL, err);
}

/* The last of count numbers, taken together. */
static int rule_numbers_take(struct pg *pg, size_t count, int64_t *ret_last, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "INSERT INTO counter VALUES ('rule', $1) "
			     "ON CONFLICT (name) DO UPDATE SET value = counter.value + $1 "
			     "RETURNING value",
			     PG_VALUES(PG_NUMBER((int64_t)count)), &result, err);

	if (r == 0)
		*ret_last = pg_number(result, 0, 0);
	return r;
}

static int parts_insert(struct pg *pg, int32_t id, const struct standard *standard,
			const struct store_rule *rules, size_t rule_count, struct err *err)
{
	int64_t last = 0;
	int r = 0;

	for (size_t i = 0; r == 0 && i < standard->requirement_count; i++)
		r = requirement_insert(pg, id, i + 1, &standard->requirements[i], err);
	if (r == 0 && rule_count)
		r = rule_numbers_take(pg, rule_count, &last, err);
	for (size_t i = 0; r == 0 && i < rule_count; i++) {
		r = rule_insert(pg, id, last - (int64_t)(rule_count - 1 - i), &rules[i], err);
		if (r < 0)
			err_prefix(err, "%s: rule %s", rules[i].file, rules[i].key);
	}
	return r;
}

/* 1: these bytes are loaded already; 0: they are not. */
static int digest_find(struct pg *pg, struct text bundle, char ret_digest[STORE_DIGEST],
		       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT encode(sha256($1), 'hex'),"
			     " EXISTS (SELECT FROM standard WHERE digest = sha256($1))",
			     PG_VALUES(PG_BYTES(bundle)), &result, err);

	if (r < 0)
		return r;
	snprintf(ret_digest, STORE_DIGEST, "%s", pg_string(result, 0, 0));
	return pg_bool(result, 0, 1);
}

int store_standard_load(struct pg *pg, struct text bundle, const struct standard *standard,
			const struct store_rule *rules, size_t rule_count, const char *who,
			char ret_digest[STORE_DIGEST], bool *ret_new, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int32_t id = 0;
	int r = pg_begin(pg, &transaction, err);

	/* One at a time, so that the same bytes are not loaded twice. */
	if (r == 0)
		r = pg_script(pg, "LOCK TABLE standard IN SHARE ROW EXCLUSIVE MODE", err);
	if (r == 0)
		r = digest_find(pg, bundle, ret_digest, err);
	if (r != 0) {
		*ret_new = false;
		return r < 0 ? r : 0;
	}
	r = standard_insert(pg, bundle, standard, who, &id, err);
	if (r == 0)
		r = parts_insert(pg, id, standard, rules, rule_count, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	*ret_new = r == 0;
	return r;
}

/* In force ---------------------------------------------------------------------- */

static int which_find(struct pg *pg, const char *which, int32_t *ret_id,
		      char ret_digest[STORE_DIGEST], struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	size_t rows;
	int r = pg_query(pg,
			 "SELECT id, encode(digest, 'hex') FROM standard "
			 "WHERE id = (SELECT max(id) FROM standard WHERE name = $1)"
			 " OR (length($1) >= 8 AND starts_with(encode(digest, 'hex'), lower($1)))",
			 PG_VALUES(PG_STRING(which)), &result, err);

	if (r < 0)
		return r;
	rows = pg_rows(result);
	if (rows != 1)
		return err_set(err, ERR_NEGATIVE, "%s standard is loaded under %s; see muster standard list",
			       rows ? "more than one" : "no", which);
	*ret_id = (int32_t)pg_number(result, 0, 0);
	snprintf(ret_digest, STORE_DIGEST, "%s", pg_string(result, 0, 1));
	return 0;
}

int store_standard_activate(struct pg *pg, const char *which, const char *who,
			    char ret_digest[STORE_DIGEST], struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int32_t id = 0;
	int r = pg_begin(pg, &transaction, err);

	if (r == 0)
		r = pg_script(pg, "LOCK TABLE standard_in_force IN SHARE ROW EXCLUSIVE MODE", err);
	if (r == 0)
		r = which_find(pg, which, &id, ret_digest, err);
	if (r == 0)
		r = pg_query(pg,
			     "UPDATE standard_in_force f SET until = now() FROM standard s "
			     "WHERE s.id = $1 AND f.name = s.name AND f.until IS NULL"
			     " AND f.standard_id <> s.id",
			     PG_VALUES(PG_NUMBER(id)), NULL, err);
	if (r == 0)
		r = pg_query(pg,
			     "INSERT INTO standard_in_force (standard_id, name, activated_by) "
			     "SELECT id, name, $2 FROM standard s WHERE id = $1"
			     " AND NOT EXISTS (SELECT FROM standard_in_force f"
			     "  WHERE f.standard_id = s.id AND f.until IS NULL)",
			     PG_VALUES(PG_NUMBER(id), PG_STRING(who)), NULL, err);
	return r < 0 ? r : pg_commit(&transaction, err);
}

static int standards_tell(const struct pg_result *result, store_standard_function *row,
			  void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_standard standard = {
			.id = (int32_t)pg_number(result, i, 0),
			.name = pg_string(result, i, 1),
			.title = pg_string(result, i, 2),
			.digest = pg_string(result, i, 3),
			.bundle = pg_text(result, i, 4),
			.loaded = pg_moment(result, i, 5),
			.loaded_by = pg_string(result, i, 6),
			.in_force_since = pg_moment(result, i, 7),
			.in_force_until = pg_moment(result, i, 8),
			.requirements = pg_number(result, i, 9),
			.rules = pg_number(result, i, 10),
		};
		r = row(context, &standard, err);
	}
	return r;
}

#define STANDARD_COUNTS                                                                  \
	"(SELECT count(*) FROM requirement q WHERE q.standard_id = s.id),"                   \
	" (SELECT count(*) FROM rule r WHERE r.standard_id = s.id) "

int store_standards(struct pg *pg, store_standard_function *row, void *context,
		    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT s.id, s.name, s.title, encode(s.digest, 'hex'), NULL::bytea,"
			 " s.loaded_at, s.loaded_by, f.since, f.until, " STANDARD_COUNTS
			 "FROM standard s LEFT JOIN LATERAL (SELECT since, until"
			 "  FROM standard_in_force i WHERE i.standard_id = s.id"
			 "  ORDER BY since DESC LIMIT 1) f ON true ORDER BY s.name, s.id DESC",
			 PG_NO_VALUES, &result, err);

	return r < 0 ? r : standards_tell(result, row, context, err);
}

int store_standards_in_force(struct pg *pg, store_standard_function *row, void *context,
			     struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT s.id, s.name, s.title, encode(s.digest, 'hex'), s.bundle,"
			 " s.loaded_at, s.loaded_by, f.since, f.until, " STANDARD_COUNTS
			 "FROM standard s JOIN standard_in_force f ON f.standard_id = s.id "
			 "WHERE f.until IS NULL ORDER BY s.name",
			 PG_NO_VALUES, &result, err);

	return r < 0 ? r : standards_tell(result, row, context, err);
}
