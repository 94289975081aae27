/* What a score is made from. */
#include "store/pages.h"
#include "store/store.h"
#include "store/violation_row.h"

/*
 * Cases without acts stand where they were opened. The last decision counts
 * from when it was made, whatever was appealed since.
 */
static const char findings_sql[] =
	"SELECT v.id, v.number, v.rule_key, CASE WHEN v.version = 0 THEN v.state ELSE coalesce("
	"  (SELECT a.to_state FROM act a WHERE a.contractor_id = v.contractor_id"
	"   AND a.violation_id = v.id AND a.recorded_at <= $3 ORDER BY a.number DESC LIMIT 1),"
	"  'flagged') END, r.requirements, v.severity, r.direct, v.day, v.opened_at,"
	" CASE WHEN v.version > 0 THEN (SELECT max(a.at) FROM act a"
	"  WHERE a.contractor_id = v.contractor_id AND a.violation_id = v.id AND a.recorded_at <= $3"
	"  AND a.to_state = 'sustained' AND a.from_state <> 'sustained' AND a.action <> 'undo'"
	"  AND NOT EXISTS (SELECT FROM act u WHERE u.contractor_id = a.contractor_id"
	"   AND u.violation_id = a.violation_id AND u.reverses = a.number AND u.recorded_at <= $3)) END,"
	" v.subject"
	" FROM violation v JOIN rule r ON r.id = v.rule_id"
	" JOIN standard s ON s.id = r.standard_id"
	" WHERE v.contractor_id = $1 AND s.name = $2 AND v.opened_at <= $3 ORDER BY v.id";

static void finding_read(const struct pg_result *result, size_t row,
			 struct store_finding *ret)
{
	ret->id = pg_number(result, row, 0);
	ret->number = pg_string(result, row, 1);
	ret->rule = pg_string(result, row, 2);
	ret->state = pg_string(result, row, 3);
	ret->requirement_count =
		store_texts_read(result, row, 4, ret->requirements, STORE_REQUIREMENTS);
	ret->severity = (int)pg_number(result, row, 5);
	ret->direct = pg_bool(result, row, 6);
	ret->day = pg_moment(result, row, 7);
	ret->opened = pg_moment(result, row, 8);
	ret->decided = pg_moment(result, row, 9);
	ret->subject = pg_string(result, row, 10);
}

struct finding_rows {
	store_finding_function *row;
	void *context;
};

static int findings_page(void *finding_rows, const struct pg_result *page, struct err *err)
{
	const struct finding_rows *rows = finding_rows;
	struct store_finding finding;
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(page); i++) {
		finding_read(page, i, &finding);
		r = rows->row(rows->context, &finding, err);
	}
	return r;
}

int store_findings(struct pg *pg, int32_t contractor_id, const char *standard, int64_t as_of,
		   store_finding_function *row, void *context, struct err *err)
{
	struct finding_rows rows = { row, context };

	return store_pages(pg, findings_sql,
			   PG_VALUES(PG_NUMBER(contractor_id), PG_STRING(standard),
				     PG_MOMENT(as_of)),
			   findings_page, &rows, err);
}

static int each_standard(const struct pg_result *result, store_judging_function *row,
			 void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_judging standard = {
			.id = (int32_t)pg_number(result, i, 0),
			.name = pg_string(result, i, 1),
			.title = pg_string(result, i, 2),
			.digest = pg_string(result, i, 3),
			.bundle = pg_text(result, i, 4),
		};
		r = row(context, &standard, err);
	}
	return r;
}

int store_standards_at(struct pg *pg, int64_t moment, const char *name,
		       store_judging_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT s.id, s.name, s.title, encode(s.digest, 'hex'), s.bundle"
			 " FROM standard_in_force f JOIN standard s ON s.id = f.standard_id"
			 " WHERE f.since <= $1 AND (f.until IS NULL OR f.until > $1)"
			 " AND ($2::text IS NULL OR s.name = $2) ORDER BY s.name",
			 PG_VALUES(PG_MOMENT(moment), PG_STRING(name)), &result, err);

	return r < 0 ? r : each_standard(result, row, context, err);
}

int store_standard_version(struct pg *pg, int32_t id, store_judging_function *row,
			   void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT id, name, title, encode(digest, 'hex'), bundle"
			     " FROM standard WHERE id = $1",
			     PG_VALUES(PG_NUMBER(id)), &result, err);

	return r < 0 ? r : each_standard(result, row, context, err);
}

int store_formats_delivered(struct pg *pg, int32_t contractor_id, int64_t as_of,
			    store_format_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT DISTINCT s.format FROM system s"
			 " WHERE s.contractor_id = $1 AND EXISTS (SELECT 1 FROM batch b"
			 " WHERE b.contractor_id = s.contractor_id AND b.system_id = s.id"
			 " AND b.accepted > 0 AND b.received_at <= $2) ORDER BY s.format",
			 PG_VALUES(PG_NUMBER(contractor_id), PG_MOMENT(as_of)), &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++)
		r = row(context, pg_string(result, i, 0), err);
	return r;
}
