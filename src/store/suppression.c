/* What is kept out of the queue: looked at first, done, and read afterwards. */
#include "store/pages.h"
#include "store/store.h"

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

/* Looking first ---------------------------------------------------------------------- */

#define PREVIEW_SQL                                                                      \
	"SELECT v.number, c.code, p.rule_key, p.subject, p.severity, p.until, p.hidden,"   \
	" p.sustained, p.open, p.dismissed, p.more_severe"
#define PREVIEW_FROM_SQL                                                                 \
	" FROM violation v JOIN contractor c ON c.id = v.contractor_id"

static int each_preview(const struct pg_result *result, store_suppression_preview_function *row,
			void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_suppression_preview preview = {
			.number = pg_string(result, i, 0),
			.contractor = pg_string(result, i, 1),
			.rule = string_or_null(result, i, 2),
			.subject = string_or_null(result, i, 3),
			.severity = (int)pg_number(result, i, 4),
			.until = pg_moment(result, i, 5),
			.hidden = pg_number(result, i, 6),
			.sustained = pg_number(result, i, 7),
			.open = pg_number(result, i, 8),
			.dismissed = pg_number(result, i, 9),
			.more_severe = pg_number(result, i, 10),
			.owner = pg_string(result, i, 11),
			.reason = string_or_null(result, i, 12),
			.note = string_or_null(result, i, 13),
			.act = pg_number(result, i, 14),
		};
		r = row(context, &preview, err);
	}
	return r;
}

int store_suppression_preview(struct pg *pg, const struct store_case *of,
			      const struct store_act_asked *asked,
			      store_suppression_preview_function *row, void *context,
			      struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int r = pg_query(pg,
			 PREVIEW_SQL ", session_user, $4::text, $5::text, 0" PREVIEW_FROM_SQL
			 " CROSS JOIN LATERAL suppression_preview(v.contractor_id, v.id, $3::jsonb) p"
			 " WHERE v.contractor_id = $1 AND v.id = $2",
			 PG_VALUES(PG_NUMBER(of->contractor_id), PG_NUMBER(of->id),
				   PG_TEXT(asked->data), PG_STRING(asked->reason),
				   PG_STRING(asked->note)),
			 &result, &failure);

	return r < 0 ? store_refused(err, &failure) : each_preview(result, row, context, err);
}

int store_suppression_waiting(struct pg *pg, int32_t contractor_id, int64_t violation_id,
			      store_suppression_preview_function *row, void *context,
			      struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 PREVIEW_SQL ", a.actor, a.reason, a.note, a.number" PREVIEW_FROM_SQL
			 " JOIN act a ON a.contractor_id = v.contractor_id AND a.violation_id = v.id"
			 "  AND a.number = v.pending_action AND a.action = 'suppress'"
			 " CROSS JOIN LATERAL suppression_preview(v.contractor_id, v.id, a.data) p"
			 " WHERE v.contractor_id = $1 AND v.id = $2",
			 PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(violation_id)), &result,
			 err);

	return r < 0 ? r : each_preview(result, row, context, err);
}

int store_suppression_do(struct pg *pg, const struct store_case *of, const char *token,
			 struct store_acted *ret_acted, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	CLEAN(pg_result) struct pg_result *done = NULL, *act = NULL;
	struct err failure = { 0 };
	int r = pg_begin(pg, &transaction, err);

	if (r < 0)
		return r;
	r = pg_query(pg,
		     "SELECT x.outcome, x.why_not FROM bulk_preview p"
		     " CROSS JOIN LATERAL bulk_act(p.token, 1) x WHERE p.token = $1"
		     " AND p.account = session_user AND p.action = 'suppress'"
		     " AND p.contractors = ARRAY[$2::integer] AND p.violations = ARRAY[$3::bigint]",
		     PG_VALUES(PG_STRING(token), PG_NUMBER(of->contractor_id),
			       PG_NUMBER(of->id)),
		     &done, &failure);
	if (r < 0)
		return store_refused(err, &failure);
	if (pg_rows(done) == 0)
		return err_set(err, ERR_REFUSED,
			       "you have made no preview of suppressing this one with this token");
	if (strcmp(pg_string(done, 0, 0), "skipped") == 0)
		return err_set(err, ERR_REFUSED, "%s", pg_string(done, 0, 1));
	r = pg_query_one(pg,
			 "SELECT v.version, v.state, v.pending_action IS NOT NULL FROM violation v"
			 " WHERE v.contractor_id = $1 AND v.id = $2",
			 PG_VALUES(PG_NUMBER(of->contractor_id), PG_NUMBER(of->id)), &act, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	if (r < 0)
		return r;
	*ret_acted = (struct store_acted){ .number = pg_number(act, 0, 0),
					   .waits = pg_bool(act, 0, 2) };
	snprintf(ret_acted->state, sizeof(ret_acted->state), "%s", pg_string(act, 0, 1));
	return 0;
}

/* Reading afterwards -------------------------------------------------------------------- */

/*
 * Acts that suppress, with the signature that some needed: what has taken
 * effect, and what waits. standing: the number under which it took effect.
 */
#define ASKED_SQL                                                                        \
	"WITH asked AS (SELECT a.*, y.actor AS signer, coalesce(y.number, a.number) AS standing," \
	"  coalesce(y.at, a.at) AS since, y.number IS NULL AND a.outcome = 'waits' AS waits" \
	" FROM act a LEFT JOIN act y ON y.contractor_id = a.contractor_id"                 \
	"  AND y.violation_id = a.violation_id AND y.approves = a.number"                  \
	"  AND y.outcome = 'approved'"                                                     \
	" WHERE a.action = 'suppress' AND (a.outcome = 'done' OR y.number IS NOT NULL"      \
	"  OR EXISTS (SELECT FROM violation w WHERE w.contractor_id = a.contractor_id"      \
	"  AND w.id = a.violation_id AND w.pending_action = a.number)))"

/* What each has hidden, itself among it: h. */
#define HID_SQL                                                                          \
	" FROM (SELECT a.violation_id AS id UNION ALL SELECT s.violation_id FROM suppressed s" \
	"  WHERE s.contractor_id = a.contractor_id AND s.by_violation = a.violation_id"     \
	"  AND s.by_act = a.standing) h"                                                    \
	" JOIN violation x ON x.contractor_id = a.contractor_id AND x.id = h.id"

static const char suppressions_sql[] =
	ASKED_SQL
	", listed AS (SELECT v.number, c.code, a.number AS act, s.violation_id IS NOT NULL"
	"  OR a.waits AND a.data ?| '{rule,subject}' AS wide,"
	" CASE WHEN s.violation_id IS NOT NULL THEN s.rule_key"
	"  WHEN a.data ? 'rule' OR NOT a.data ?| '{rule,subject}' THEN v.rule_key END AS rule_key,"
	" CASE WHEN s.violation_id IS NOT NULL THEN s.subject"
	"  WHEN a.data ? 'subject' OR NOT a.data ?| '{rule,subject}' THEN v.subject END AS subject,"
	" coalesce(s.severity, v.severity) AS severity, a.actor AS owner, a.signer, a.reason,"
	" a.note, a.since, coalesce(s.until, (a.data ->> 'until')::timestamptz) AS until,"
	" CASE WHEN a.waits THEN 'waits'"
	"  WHEN EXISTS (SELECT FROM act u WHERE u.contractor_id = a.contractor_id"
	"   AND u.violation_id = a.violation_id AND u.reverses = a.standing) THEN 'undone'"
	"  WHEN coalesce(s.until, v.suppressed_until) > moment() THEN 'in force'"
	"  ELSE 'ended' END AS state, n.hides, n.hid, n.level"
	" FROM asked a JOIN violation v ON v.contractor_id = a.contractor_id AND v.id = a.violation_id"
	" JOIN contractor c ON c.id = a.contractor_id"
	" LEFT JOIN suppression s ON s.contractor_id = a.contractor_id"
	"  AND s.violation_id = a.violation_id AND s.act_number = a.standing"
	" CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE x.suppressed_until > moment()"
	"   AND coalesce(s.until, x.suppressed_until) > moment()) AS hides,"
	"  CASE WHEN a.waits THEN 0 ELSE count(*) END AS hid, max(x.level) AS level" HID_SQL ") n"
	" WHERE ($1::text IS NULL OR c.code = $1) AND ($2::text IS NULL OR v.number = $2))"
	" SELECT * FROM listed WHERE NOT $3::boolean OR state = 'in force'"
	" ORDER BY state <> 'waits', state <> 'in force', until, code, number, act";

struct suppression_rows {
	store_suppression_function *row;
	void *context;
};

static int suppressions_page(void *suppression_rows, const struct pg_result *page,
			     struct err *err)
{
	const struct suppression_rows *rows = suppression_rows;
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(page); i++) {
		const struct store_suppression suppression = {
			.number = pg_string(page, i, 0),
			.contractor = pg_string(page, i, 1),
			.act = pg_number(page, i, 2),
			.wide = pg_bool(page, i, 3),
			.rule = string_or_null(page, i, 4),
			.subject = string_or_null(page, i, 5),
			.severity = (int)pg_number(page, i, 6),
			.owner = pg_string(page, i, 7),
			.signer = string_or_null(page, i, 8),
			.reason = string_or_null(page, i, 9),
			.note = string_or_null(page, i, 10),
			.since = pg_moment(page, i, 11),
			.until = pg_moment(page, i, 12),
			.state = pg_string(page, i, 13),
			.hides = pg_number(page, i, 14),
			.hid = pg_number(page, i, 15),
			.level = (int)pg_number(page, i, 16),
		};
		r = rows->row(rows->context, &suppression, err);
	}
	return r;
}

int store_suppressions(struct pg *pg, const struct store_suppression_query *query,
		       store_suppression_function *row, void *context, struct err *err)
{
	struct suppression_rows rows = { row, context };

	return store_pages(pg, suppressions_sql,
			   PG_VALUES(PG_STRING(query->contractor), PG_STRING(query->violation),
				     PG_BOOL(query->in_force)),
			   suppressions_page, &rows, err);
}

static const char suppressed_sql[] =
	ASKED_SQL
	" SELECT a.number, x.number, x.rule_key, x.subject, x.state, x.severity, x.level,"
	" x.opened_at, x.suppressed_until, x.suppressed_until > moment()"
	" FROM asked a CROSS JOIN LATERAL (SELECT x.*" HID_SQL ") x"
	" JOIN violation v ON v.contractor_id = a.contractor_id AND v.id = a.violation_id"
	" WHERE v.number = $1 AND NOT a.waits ORDER BY a.number, x.opened_at, x.id";

struct suppressed_rows {
	store_suppressed_function *row;
	void *context;
};

static int suppressed_page(void *suppressed_rows, const struct pg_result *page,
			   struct err *err)
{
	const struct suppressed_rows *rows = suppressed_rows;
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(page); i++) {
		const struct store_suppressed suppressed = {
			.act = pg_number(page, i, 0),
			.number = pg_string(page, i, 1),
			.rule = pg_string(page, i, 2),
			.subject = pg_string(page, i, 3),
			.state = pg_string(page, i, 4),
			.severity = (int)pg_number(page, i, 5),
			.level = (int)pg_number(page, i, 6),
			.opened = pg_moment(page, i, 7),
			.until = pg_moment(page, i, 8),
			.hidden = pg_bool(page, i, 9),
		};
		r = rows->row(rows->context, &suppressed, err);
	}
	return r;
}

int store_suppressed(struct pg *pg, const char *number, store_suppressed_function *row,
		     void *context, struct err *err)
{
	struct suppressed_rows rows = { row, context };

	return store_pages(pg, suppressed_sql, PG_VALUES(PG_STRING(number)), suppressed_page,
			   &rows, err);
}

int store_suppressed_record(struct pg *pg, int32_t contractor_id, int64_t first, int64_t last,
			    struct err *err)
{
	return pg_query(pg, "SELECT suppressed_record($1, $2, $3)",
			PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(first), PG_NUMBER(last)),
			NULL, err);
}
