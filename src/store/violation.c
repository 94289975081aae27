/* One violation, the log lines behind it, and its neighbours. */
#include "store/store.h"
#include "store/violation_row.h"

size_t store_texts_read(const struct pg_result *result, size_t row, size_t column,
			struct text *ret, size_t most)
{
	size_t count = pg_array_count(result, row, column);

	if (count > most)
		count = most;
	for (size_t i = 0; i < count; i++)
		ret[i] = pg_array_text(result, row, column, i);
	return count;
}

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

void store_violation_read(const struct pg_result *result, size_t row,
			  struct store_violation *ret)
{
	ret->contractor_id = (int32_t)pg_number(result, row, 0);
	ret->id = pg_number(result, row, 1);
	ret->number = pg_string(result, row, 2);
	ret->contractor = pg_string(result, row, 3);
	ret->contractor_name = pg_string(result, row, 4);
	ret->rule = pg_string(result, row, 5);
	ret->rule_title = pg_string(result, row, 6);
	ret->rule_says = pg_string(result, row, 7);
	ret->rule_file = pg_string(result, row, 8);
	ret->direct = pg_bool(result, row, 9);
	ret->requirement_count = store_texts_read(result, row, 10, ret->requirements,
						  STORE_REQUIREMENTS);
	ret->points = (int)pg_number(result, row, 11);
	ret->standard_id = (int32_t)pg_number(result, row, 12);
	ret->standard = pg_string(result, row, 13);
	ret->standard_digest = pg_string(result, row, 14);
	ret->severity = (int)pg_number(result, row, 15);
	ret->state = pg_string(result, row, 16);
	ret->subject_kind = pg_string(result, row, 17);
	ret->subject = pg_string(result, row, 18);
	ret->day = pg_moment(result, row, 19);
	ret->opened = pg_moment(result, row, 20);
	ret->due = pg_moment(result, row, 21);
	ret->owner = string_or_null(result, row, 22);
	ret->level = (int)pg_number(result, row, 23);
	ret->correlation = string_or_null(result, row, 24);
	ret->merged_into = string_or_null(result, row, 25);
	ret->version = (int32_t)pg_number(result, row, 26);
	ret->clock = string_or_null(result, row, 27);
	ret->party = string_or_null(result, row, 28);
	ret->paused = pg_bool(result, row, 29);
	ret->disputed = pg_bool(result, row, 30);
	ret->pending = string_or_null(result, row, 31);
	ret->suppressed = pg_moment(result, row, 32);
	ret->evidence_gap = pg_bool(result, row, 33);
	ret->exception_until = pg_moment(result, row, 34);
	ret->count = pg_number(result, row, 35);
	ret->first = pg_moment(result, row, 36);
	ret->last = pg_moment(result, row, 37);
	ret->repeated = pg_columns(result) > 38 && pg_bool(result, row, 38);
}

int store_violations_each(const struct pg_result *result, store_violation_function *row,
			  void *context, struct err *err)
{
	struct store_violation violation;
	int r = 0;

	for (size_t i = 0; i < pg_rows(result) && r == 0; i++) {
		store_violation_read(result, i, &violation);
		r = row(context, &violation, err);
	}
	return r;
}

int store_violations_page(void *violation_rows, const struct pg_result *page, struct err *err)
{
	const struct violation_rows *rows = violation_rows;

	return store_violations_each(page, rows->row, rows->context, err);
}

int store_violation(struct pg *pg, const char *number, store_violation_function *row,
		    void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 RULES_SQL VIOLATION_SQL
			 ", v.count, v.first_event, v.last_event" REPEATED_SQL VIOLATION_FROM_SQL
			 " WHERE v.number = $1",
			 PG_VALUES(PG_STRING(number)), &result, err);

	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "there is no violation %s", number);
	return store_violations_each(result, row, context, err);
}

/* Each half from its own index. */
static const char neighbours_sql[] =
	RULES_SQL VIOLATION_SQL
	", v.count, v.first_event, v.last_event FROM ("
	"(SELECT * FROM violation WHERE contractor_id = $1 AND id <> $2"
	" AND subject_kind = $4 AND subject = $5 ORDER BY last_event DESC, id DESC LIMIT $6)"
	" UNION (SELECT * FROM violation WHERE contractor_id = $1 AND id <> $2"
	" AND rule_key = $3 ORDER BY last_event DESC, id DESC LIMIT $6)) v"
	" JOIN judged j ON j.id = v.rule_id JOIN contractor c ON c.id = v.contractor_id"
	" ORDER BY v.last_event DESC, v.id DESC LIMIT $6";

int store_violation_neighbours(struct pg *pg, const struct store_violation *violation,
			       int64_t limit, store_violation_function *row, void *context,
			       struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, neighbours_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id),
				   PG_STRING(violation->rule), PG_STRING(violation->subject_kind),
				   PG_STRING(violation->subject), PG_NUMBER(limit)),
			 &result, err);

	return r < 0 ? r : store_violations_each(result, row, context, err);
}

/* A batch may have come more than once: the first delivery brought it. */
static const char lines_sql[] =
	"SELECT e.time, e.line, e.byte_offset, e.byte_length, e.batch_id, d.id, d.name,"
	" s.name, s.format, s.zone_data, b.received_at, encode(b.evidence_sha256, 'hex'),"
	" b.encoding, b.roster"
	" FROM violation_event e"
	" JOIN batch b ON b.contractor_id = e.contractor_id AND b.id = e.batch_id"
	" JOIN system s ON s.contractor_id = b.contractor_id AND s.id = b.system_id"
	" LEFT JOIN LATERAL (SELECT d.id, d.name FROM delivery d"
	" WHERE d.contractor_id = b.contractor_id AND d.batch_id = b.id"
	" ORDER BY d.received_at, d.id LIMIT 1) d ON true"
	" WHERE e.contractor_id = $1 AND e.violation_id = $2"
	" ORDER BY e.time, e.batch_id, e.byte_offset LIMIT $3";

int store_violation_lines(struct pg *pg, const struct store_violation *violation,
			  int64_t limit, store_line_function *row, void *context,
			  struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, lines_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id),
				   PG_NUMBER(limit)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_line line = {
			.time = pg_moment(result, i, 0),
			.line = pg_number(result, i, 1),
			.offset = pg_number(result, i, 2),
			.length = pg_number(result, i, 3),
			.batch = pg_number(result, i, 4),
			.delivery = pg_string(result, i, 5),
			.name = pg_string(result, i, 6),
			.system = pg_string(result, i, 7),
			.format = pg_string(result, i, 8),
			.zone = pg_text(result, i, 9),
			.received = pg_moment(result, i, 10),
			.evidence = pg_string(result, i, 11),
			.encoding = pg_string(result, i, 12),
			.roster = pg_number(result, i, 13),
		};
		r = row(context, &line, err);
	}
	return r;
}

/* Its deliveries one by one, however many records each of them brought. */
static const char gaps_sql[] =
	"WITH RECURSIVE of_it (batch_id) AS ("
	"(SELECT e.batch_id FROM violation_event e WHERE e.contractor_id = $1"
	"  AND e.violation_id = $2 ORDER BY e.batch_id LIMIT 1)"
	" UNION ALL SELECT n.batch_id FROM of_it CROSS JOIN LATERAL (SELECT e.batch_id"
	"  FROM violation_event e WHERE e.contractor_id = $1 AND e.violation_id = $2"
	"  AND e.batch_id > of_it.batch_id ORDER BY e.batch_id LIMIT 1) n)"
	" SELECT g.kind, s.name, g.batch_id, g.count, g.first, g.last, g.since FROM ("
	"SELECT 0 AS kind, b.system_id, b.id AS batch_id, b.rejected AS count,"
	"  0::bigint AS first, 0::bigint AS last, b.received_at AS since"
	"  FROM of_it JOIN batch b ON b.contractor_id = $1 AND b.id = of_it.batch_id"
	"  WHERE b.rejected > 0"
	" UNION ALL SELECT CASE x.what WHEN 'hole' THEN 1 ELSE 2 END, x.system_id, x.batch_id, 0,"
	"  coalesce(x.first, 0), coalesce(x.last, 0), x.since"
	"  FROM of_it JOIN evidence_gap x ON x.contractor_id = $1 AND x.batch_id = of_it.batch_id) g"
	" JOIN system s ON s.contractor_id = $1 AND s.id = g.system_id"
	" ORDER BY g.batch_id, g.kind, g.first LIMIT 100";

int store_evidence_gaps(struct pg *pg, const struct store_violation *violation,
			store_gap_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, gaps_sql,
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_gap gap = {
			.kind = (enum store_gap_kind)pg_number(result, i, 0),
			.system = pg_string(result, i, 1),
			.batch = pg_number(result, i, 2),
			.count = pg_number(result, i, 3),
			.first = pg_number(result, i, 4),
			.last = pg_number(result, i, 5),
			.since = pg_moment(result, i, 6),
		};
		r = row(context, &gap, err);
	}
	return r;
}

int store_snapshot(struct pg *pg, struct pg_transaction *ret_transaction, struct err *err)
{
	int r = pg_begin(pg, ret_transaction, err);

	if (r == 0) {
		r = pg_query(pg, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
			     PG_NO_VALUES, NULL, err);
		if (r < 0)
			pg_rollback(ret_transaction);
	}
	return r;
}

int store_violation_requirements(struct pg *pg, const struct store_violation *violation,
				 store_requirement_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT q.id, q.citation, q.title FROM violation v"
			 " JOIN rule r ON r.id = v.rule_id"
			 " JOIN requirement q ON q.standard_id = r.standard_id"
			 "  AND q.id = ANY (r.requirements)"
			 " WHERE v.contractor_id = $1 AND v.id = $2 ORDER BY q.position",
			 PG_VALUES(PG_NUMBER(violation->contractor_id), PG_NUMBER(violation->id)),
			 &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_requirement requirement = {
			.id = pg_string(result, i, 0),
			.citation = pg_string(result, i, 1),
			.title = pg_string(result, i, 2),
		};
		r = row(context, &requirement, err);
	}
	return r;
}
