/* Assessments and exceptions. */
#include "store/assessment.h"
#include "store/store.h"

static int contractor_find(struct pg *pg, const char *code, int64_t *ret_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, "SELECT id FROM contractor WHERE code = $1",
			 PG_VALUES(PG_STRING(code)), &result, err);

	if (r == 0 && pg_rows(result) == 0)
		r = err_set(err, ERR_NEGATIVE, "there is no contractor %s", code);
	if (r == 0)
		*ret_id = pg_number(result, 0, 0);
	return r;
}

/* Assessments ------------------------------------------------------------------- */

static int assess_one(struct pg *pg, const struct store_assessment *given, struct err *err)
{
	struct err failure = { 0 };
	int64_t contractor;
	int r = contractor_find(pg, given->contractor, &contractor, err);

	if (r < 0)
		return r;
	r = pg_query(pg, "SELECT assess($1, $2, $3, $4, $5, $6, $7)",
		     PG_VALUES(PG_NUMBER(contractor), PG_STRING(given->standard),
			       PG_STRING(given->requirement), PG_STRING(given->finding),
			       PG_MOMENT(given->assessed), PG_STRING(given->assessor),
			       PG_STRING(given->basis)),
		     NULL, &failure);
	return r < 0 ? store_refused(err, &failure) : 0;
}

int store_assess(struct pg *pg, const struct store_assessment *assessments, size_t count,
		 size_t *ret_bad, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int r = pg_begin(pg, &transaction, err);

	for (size_t i = 0; r == 0 && i < count; i++) {
		*ret_bad = i;
		r = assess_one(pg, &assessments[i], err);
	}
	return r < 0 ? r : pg_commit(&transaction, err);
}

static const char assessments_sql[] =
	"SELECT a.id, c.code, a.standard, a.requirement, a.finding, a.assessed_at, a.assessor,"
	" a.basis, a.recorded_at, a.recorded_by"
	" FROM assessment a JOIN contractor c ON c.id = a.contractor_id"
	" WHERE ($1::text IS NULL OR c.code = $1) AND ($2::text IS NULL OR a.standard = $2)"
	" AND a.recorded_at <= $3 AND ($4::integer IS NULL OR a.contractor_id = $4)"
	" ORDER BY c.code, a.standard, a.requirement COLLATE \"C\","
	" a.assessed_at, a.id";

static int assessments(struct pg *pg, const struct pg_value *values, size_t count,
		       store_assessment_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, assessments_sql, values, count, &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_assessment assessment = {
			.id = pg_number(result, i, 0),
			.contractor = pg_string(result, i, 1),
			.standard = pg_string(result, i, 2),
			.requirement = pg_string(result, i, 3),
			.finding = pg_string(result, i, 4),
			.assessed = pg_moment(result, i, 5),
			.assessor = pg_string(result, i, 6),
			.basis = pg_string(result, i, 7),
			.recorded = pg_moment(result, i, 8),
			.recorded_by = pg_string(result, i, 9),
		};
		r = row(context, &assessment, err);
	}
	return r;
}

int store_assessments(struct pg *pg, const char *contractor, const char *standard,
		      int64_t as_of, store_assessment_function *row, void *context,
		      struct err *err)
{
	return assessments(pg,
			   PG_VALUES(PG_STRING(contractor), PG_STRING(standard),
				     PG_MOMENT(as_of), PG_NULL),
			   row, context, err);
}

int store_assessments_of(struct pg *pg, int32_t contractor_id, const char *standard,
			 int64_t as_of, store_assessment_function *row, void *context,
			 struct err *err)
{
	return assessments(pg,
			   PG_VALUES(PG_NULL, PG_STRING(standard), PG_MOMENT(as_of),
				     PG_NUMBER(contractor_id)),
			   row, context, err);
}

/* Exceptions -------------------------------------------------------------------- */

int store_exception_propose(struct pg *pg, const struct store_exception *exception,
			    int64_t *ret_id, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int64_t contractor;
	int r = contractor_find(pg, exception->contractor, &contractor, err);

	if (r < 0)
		return r;
	r = pg_query_one(pg,
			 "SELECT exception_propose($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
			 PG_VALUES(PG_NUMBER(contractor), PG_STRING(exception->kind),
				   PG_STRING(exception->standard),
				   PG_STRING(exception->requirement), PG_STRING(exception->rule),
				   PG_STRING(exception->subject), PG_STRING(exception->reference),
				   PG_STRING(exception->reason), PG_STRING(exception->owner),
				   PG_MOMENT(exception->from), PG_MOMENT(exception->until)),
			 &result, &failure);
	if (r < 0)
		return store_refused(err, &failure);
	*ret_id = pg_number(result, 0, 0);
	return 0;
}

int store_exception_decide(struct pg *pg, const char *contractor, int64_t id,
			   const char *decision, const char *note, struct err *err)
{
	struct err failure = { 0 };
	int64_t contractor_id;
	int r = contractor_find(pg, contractor, &contractor_id, err);

	if (r < 0)
		return r;
	r = pg_query(pg, "SELECT exception_decide($1, $2, $3, $4)",
		     PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(id), PG_STRING(decision),
			       PG_STRING(note)),
		     NULL, &failure);
	return r < 0 ? store_refused(err, &failure) : 0;
}

/* The last decision by then is what has become of it. */
static const char exceptions_sql[] =
	"SELECT * FROM (SELECT e.id, c.code, e.kind, e.standard, e.requirement, e.rule_key,"
	" e.subject, e.reference, e.reason, e.owner, e.valid_from, e.valid_until,"
	" e.proposed_at, e.proposed_by,"
	" CASE WHEN d.decision = 'approved' AND e.valid_until <= $2 THEN 'expired'"
	"  ELSE coalesce(d.decision, 'proposed') END AS state, d.decided_at, d.decided_by"
	" FROM exception e JOIN contractor c ON c.id = e.contractor_id"
	" LEFT JOIN LATERAL (SELECT * FROM exception_decision d"
	"  WHERE d.contractor_id = e.contractor_id AND d.exception_id = e.id"
	"  AND d.decided_at <= $2 ORDER BY d.decided_at DESC, d.decision DESC LIMIT 1) d ON true"
	" WHERE ($1::text IS NULL OR c.code = $1) AND e.proposed_at <= $2"
	" AND ($4::integer IS NULL OR e.contractor_id = $4)) x"
	" WHERE NOT $3::boolean OR (state = 'approved' AND valid_from <= $2)"
	" ORDER BY code, id";

static int exceptions(struct pg *pg, const struct pg_value *values, size_t count,
		      store_exception_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, exceptions_sql, values, count, &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_exception exception = {
			.id = pg_number(result, i, 0),
			.contractor = pg_string(result, i, 1),
			.kind = pg_string(result, i, 2),
			.standard = pg_string(result, i, 3),
			.requirement = pg_string(result, i, 4),
			.rule = pg_is_null(result, i, 5) ? NULL : pg_string(result, i, 5),
			.subject = pg_is_null(result, i, 6) ? NULL : pg_string(result, i, 6),
			.reference = pg_string(result, i, 7),
			.reason = pg_string(result, i, 8),
			.owner = pg_string(result, i, 9),
			.from = pg_moment(result, i, 10),
			.until = pg_moment(result, i, 11),
			.proposed = pg_moment(result, i, 12),
			.proposed_by = pg_string(result, i, 13),
			.state = pg_string(result, i, 14),
			.decided = pg_moment(result, i, 15),
			.decided_by = pg_is_null(result, i, 16) ? NULL : pg_string(result, i, 16),
		};
		r = row(context, &exception, err);
	}
	return r;
}

int store_exceptions(struct pg *pg, const char *contractor, int64_t as_of, bool in_force,
		     store_exception_function *row, void *context, struct err *err)
{
	return exceptions(pg,
			  PG_VALUES(PG_STRING(contractor), PG_MOMENT(as_of), PG_BOOL(in_force),
				    PG_NULL),
			  row, context, err);
}

int store_exceptions_of(struct pg *pg, int32_t contractor_id, int64_t as_of,
			store_exception_function *row, void *context, struct err *err)
{
	return exceptions(pg,
			  PG_VALUES(PG_NULL, PG_MOMENT(as_of), PG_BOOL(true),
				    PG_NUMBER(contractor_id)),
			  row, context, err);
}
