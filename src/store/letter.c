#include "store/letter.h"

#define LETTERS_MOST 50

static const char due_sql[] =
	"SELECT l.contractor_id, l.violation_id, l.act_number, c.code, c.name, v.number, l.action,"
	" l.reason, r.meaning, s.title, a.to_state, l.at, (a.clock_after).due, l.wanted,"
	" a.data ->> 'evidence'"
	" FROM letters_due(NULL) l JOIN contractor c ON c.id = l.contractor_id"
	" JOIN violation v ON v.contractor_id = l.contractor_id AND v.id = l.violation_id"
	" JOIN act a ON a.contractor_id = l.contractor_id AND a.violation_id = l.violation_id"
	"  AND a.number = l.act_number"
	" LEFT JOIN reason r ON r.code = l.reason"
	" LEFT JOIN sanction s ON l.action = 'sanction' AND s.code = a.data ->> 'step'"
	" WHERE $2::timestamptz IS NULL OR (l.at, l.violation_id, l.act_number) > ($2, $3, $4)"
	" ORDER BY l.at, l.violation_id, l.act_number LIMIT $1";

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

int store_letters_due(struct pg *pg, struct store_letter_place *place,
		      store_letter_function *row, void *context, size_t *ret_count,
		      struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, due_sql,
			 PG_VALUES(PG_NUMBER(LETTERS_MOST), PG_MOMENT(place->at),
				   PG_NUMBER(place->violation_id), PG_NUMBER(place->act)),
			 &result, err);

	*ret_count = r == 0 ? pg_rows(result) : 0;
	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		const struct store_letter letter = {
			.contractor_id = (int32_t)pg_number(result, i, 0),
			.violation_id = pg_number(result, i, 1),
			.act = pg_number(result, i, 2),
			.contractor = pg_string(result, i, 3),
			.contractor_name = pg_string(result, i, 4),
			.violation = pg_string(result, i, 5),
			.action = pg_string(result, i, 6),
			.reason = string_or_null(result, i, 7),
			.reason_meaning = string_or_null(result, i, 8),
			.sanction = string_or_null(result, i, 9),
			.state = pg_string(result, i, 10),
			.at = pg_moment(result, i, 11),
			.due = pg_moment(result, i, 12),
			.wanted = pg_bool(result, i, 13),
			.asked = string_or_null(result, i, 14),
		};
		*place = (struct store_letter_place){ letter.at, letter.violation_id, letter.act };
		r = row(context, &letter, err);
	}
	return r;
}

int store_letter_done(struct pg *pg, int32_t contractor_id, int64_t violation_id, int64_t act,
		      int64_t sent, struct err *err)
{
	return pg_query(pg, "SELECT letter_done($1, $2, $3, $4)",
			PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(violation_id),
				  PG_NUMBER(act), PG_MOMENT(sent)),
			NULL, err);
}

int store_reply_due(struct pg *pg, int64_t sent, bool high, int64_t *ret_due, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT clock_due($1, unit, CASE WHEN $2 THEN amount_high ELSE amount END)"
			     " FROM clock_rule WHERE name = 'reply'",
			     PG_VALUES(PG_MOMENT(sent), PG_BOOL(high)), &result, err);

	if (r == 0)
		*ret_due = pg_moment(result, 0, 0);
	return r;
}
