/* What is done with violations. */
#include "store/store.h"

#define PASS_MOST 1000

/* What the process refuses is said in its own words. */
int store_refused(struct err *err, const struct err *failure)
{
	static const char prefix[] = "PostgreSQL: ";
	struct err own = *failure;
	const char *text = own.text;

	if (strncmp(own.sqlstate, "MU", 2) == 0) {
		if (strncmp(text, prefix, sizeof(prefix) - 1) == 0)
			text += sizeof(prefix) - 1;
		memmove(own.text, text, strlen(text) + 1);
		own.code = ERR_REFUSED;
	} else if (strcmp(own.sqlstate, "42501") == 0) {
		/* Its roles do not even let the person ask. */
		err_set(&own, ERR_REFUSED, "the person of this connection may not do that");
	}
	if (err)
		*err = own;
	return -(int)own.code;
}

int store_case_find(struct pg *pg, const char *number, struct store_case *ret_case,
		    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, "SELECT contractor_id, id, version FROM violation WHERE number = $1",
			 PG_VALUES(PG_STRING(number)), &result, err);

	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "there is no violation %s", number);
	*ret_case = (struct store_case){ (int32_t)pg_number(result, 0, 0),
					 pg_number(result, 0, 1), pg_number(result, 0, 2) };
	return 0;
}

int store_act(struct pg *pg, const struct store_case *of, const struct store_act_asked *asked,
	      struct store_acted *ret_acted, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int r = pg_query_one(pg,
			     "SELECT number, state, waits FROM act($1, $2, $3, $4, $5, $6, $7)",
			     PG_VALUES(PG_NUMBER(of->contractor_id), PG_NUMBER(of->id),
				       PG_NUMBER(of->version), PG_STRING(asked->action),
				       PG_STRING(asked->reason), PG_STRING(asked->note),
				       PG_TEXT(asked->data)),
			     &result, &failure);

	if (r < 0)
		return store_refused(err, &failure);
	*ret_acted = (struct store_acted){ .number = pg_number(result, 0, 0),
					   .waits = pg_bool(result, 0, 2) };
	snprintf(ret_acted->state, sizeof(ret_acted->state), "%s", pg_string(result, 0, 1));
	return 0;
}

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

int store_standing(struct pg *pg, const struct store_violation *violation,
		   store_standing_function *function, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT version, clock_name, clock_party, clock_started, due,"
			     " clock_paused_at, disputed, pending_action, suppressed_until,"
			     " pending_until"
			     " FROM violation WHERE contractor_id = $1 AND id = $2",
			     PG_VALUES(PG_NUMBER(violation->contractor_id),
				       PG_NUMBER(violation->id)), &result, err);

	if (r < 0)
		return r;
	const struct store_standing standing = {
		.version = pg_number(result, 0, 0),
		.clock = string_or_null(result, 0, 1),
		.party = string_or_null(result, 0, 2),
		.started = pg_moment(result, 0, 3),
		.due = pg_moment(result, 0, 4),
		.paused = pg_moment(result, 0, 5),
		.disputed = pg_bool(result, 0, 6),
		.pending = pg_number(result, 0, 7),
		.suppressed = pg_moment(result, 0, 8),
		.pending_until = pg_moment(result, 0, 9),
	};
	return function(context, &standing, err);
}

static const char history_sql[] =
	"SELECT number, at, recorded_at, actor, role, action, reason, note, from_state, to_state,"
	" outcome, data::text, reverses, approves, (clock_after).name, (clock_after).started,"
	" (clock_after).due, (clock_after).paused_at, leaves_at"
	" FROM act WHERE contractor_id = $1 AND violation_id = $2"
	" UNION ALL SELECT 0, at, at, who, '', 'look', NULL, NULL, '', '', 'done', '{}', NULL,"
	" NULL, NULL, NULL, NULL, NULL, NULL"
	" FROM look WHERE contractor_id = $1 AND violation_id = $2"
	" UNION ALL SELECT 0, received_at, received_at, 'contractor', '', 'further answer', answer,"
	" words, '', '', 'done', jsonb_build_object('delivery', delivery, 'attachments',"
	" attachments)::text, NULL, NULL, NULL, NULL, NULL, NULL, NULL"
	" FROM further_answer WHERE contractor_id = $1 AND violation_id = $2"
	" ORDER BY recorded_at, number";

int store_history(struct pg *pg, const struct store_violation *violation,
		  store_act_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, history_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_act act = {
			.number = pg_number(result, i, 0),
			.at = pg_moment(result, i, 1),
			.recorded_at = pg_moment(result, i, 2),
			.actor = pg_string(result, i, 3),
			.role = pg_string(result, i, 4),
			.action = pg_string(result, i, 5),
			.reason = string_or_null(result, i, 6),
			.note = string_or_null(result, i, 7),
			.from = pg_string(result, i, 8),
			.to = pg_string(result, i, 9),
			.outcome = pg_string(result, i, 10),
			.data = pg_string(result, i, 11),
			.reverses = pg_number(result, i, 12),
			.approves = pg_number(result, i, 13),
			.clock = string_or_null(result, i, 14),
			.clock_started = pg_moment(result, i, 15),
			.clock_due = pg_moment(result, i, 16),
			.clock_paused = pg_moment(result, i, 17),
			.leaves = pg_moment(result, i, 18),
		};
		r = row(context, &act, err);
	}
	return r;
}

int store_plan(struct pg *pg, const struct store_violation *violation,
	       store_milestone_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT number, revision, title, first_due, due, met_at FROM plan"
			 " WHERE contractor_id = $1 AND violation_id = $2 ORDER BY number",
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_milestone milestone = {
			.number = pg_number(result, i, 0),
			.revision = pg_number(result, i, 1),
			.title = pg_string(result, i, 2),
			.first_due = pg_moment(result, i, 3),
			.due = pg_moment(result, i, 4),
			.met = pg_moment(result, i, 5),
		};
		r = row(context, &milestone, err);
	}
	return r;
}

int store_documents(struct pg *pg, const struct store_violation *violation,
		    store_document_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT name, encode(sha256, 'hex'), bytes, received_at FROM attachment"
			 " WHERE contractor_id = $1 AND violation_id = $2"
			 " ORDER BY received_at, delivery_id",
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_document document = {
			.name = pg_string(result, i, 0),
			.sha256 = pg_string(result, i, 1),
			.bytes = pg_number(result, i, 2),
			.received = pg_moment(result, i, 3),
		};
		r = row(context, &document, err);
	}
	return r;
}

int store_look(struct pg *pg, const char *number, struct err *err)
{
	return pg_query(pg, "SELECT look(contractor_id, id) FROM violation WHERE number = $1",
			PG_VALUES(PG_STRING(number)), NULL, err);
}

static const char configure_sql[] =
	"SELECT office_configure($1, $2, $3, coalesce(array_agg(left(line, 10)::date), '{}'),"
	" coalesce(array_agg(substr(line, 12)), '{}')),"
	" duty_configure('{inquiry_hours,initial_report_hours,final_report_days,audit_review_days}',"
	"  ARRAY[$5, $6, $7, $8]::integer[]),"
	" clock_configure('{reply_longest,plan_longest}', ARRAY[$9, $10]::integer[])"
	" FROM unnest(string_to_array($4, E'\\n')) AS line WHERE line <> ''";

int store_office_configure(struct pg *pg, const struct store_office *office, struct err *err)
{
	int r = pg_query(pg, configure_sql,
			 PG_VALUES(PG_NUMBER(office->hold), PG_TEXT(office->zone),
				   PG_NUMBER(office->weekend), PG_TEXT(office->holidays),
				   PG_NUMBER(office->inquiry_hours),
				   PG_NUMBER(office->initial_report_hours),
				   PG_NUMBER(office->final_report_days),
				   PG_NUMBER(office->audit_review_days),
				   PG_NUMBER(office->reply_longest),
				   PG_NUMBER(office->plan_longest)),
			 NULL, err);

	return r < 0 ? err_prefix(err, "muster.conf, sections process, calendar and duties") : 0;
}

int store_pass_until(struct pg *pg, int64_t until, int64_t *ret_acts, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
		"SELECT CASE WHEN $2::timestamptz IS NULL THEN case_pass($1)"
		" ELSE case_pass_until($1, $2) END + duty_pass($1) + suppression_pass($1)",
		PG_VALUES(PG_NUMBER(PASS_MOST), PG_MOMENT(until)), &result, err);

	if (r == 0)
		*ret_acts = pg_number(result, 0, 0);
	return r;
}

int store_pass(struct pg *pg, int64_t *ret_acts, struct err *err)
{
	return store_pass_until(pg, MOMENT_NONE, ret_acts, err);
}
