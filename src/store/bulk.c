#include "store/act.h"
#include "store/bulk.h"

#include <inttypes.h>

struct found {
	struct store_bulk_violation *list;
	size_t count;
};

static int keep(void *context, const struct store_violation *row, struct err *err UNUSED)
{
	struct found *found = context;

	if (found->count <= STORE_BULK_MOST)
		found->list[found->count++] =
			(struct store_bulk_violation){ row->contractor_id, row->id };
	return 0;
}

int store_bulk_find(struct pg *pg, const struct store_queue_query *query, int64_t first,
		    struct arena *arena, struct store_bulk_violation **ret_list,
		    size_t *ret_count, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct found found = { arena_get_many(arena, STORE_BULK_MOST + 1, sizeof(*found.list)),
			       0 };
	int r;

	if (!found.list)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = store_snapshot(pg, &transaction, err);
	if (r == 0)
		r = store_queue(pg, query, NULL,
				first && first <= STORE_BULK_MOST ? first : STORE_BULK_MOST + 1, keep,
				&found, err);
	if (r == 0 && found.count > STORE_BULK_MOST)
		r = err_set(err, ERR_LIMIT,
			    "more than %d violations match; acts on more at once are not taken",
			    STORE_BULK_MOST);
	if (r == 0) {
		*ret_list = found.list;
		*ret_count = found.count;
	}
	return r;
}

static void add_ids(struct buffer *out, const struct store_bulk_violation *list, size_t count,
		    bool contractors)
{
	buffer_add_byte(out, '{');
	for (size_t i = 0; i < count; i++)
		buffer_add_format(out, "%s%" PRId64, i ? "," : "",
				  contractors ? list[i].contractor_id : list[i].id);
	buffer_add_byte(out, '}');
}

static const char *string_or_null(const struct pg_result *result, size_t row, size_t column)
{
	return pg_is_null(result, row, column) ? NULL : pg_string(result, row, column);
}

int store_bulk_prepare(struct pg *pg, const struct store_bulk_act *act,
		       const struct store_bulk_violation *list, size_t count,
		       char ret_token[STORE_BULK_TOKEN], store_bulk_prepared_function *row,
		       void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	CLEAN(buffer) struct buffer contractors, ids;
	struct err failure = { 0 };
	int r;

	buffer_init(&contractors, 1 << 20);
	buffer_init(&ids, 1 << 20);
	add_ids(&contractors, list, count, true);
	add_ids(&ids, list, count, false);
	*ret_token = '\0';
	r = pg_query(pg,
		     "SELECT token, number, contractor, severity, why_not, waits, leaves"
		     " FROM bulk_prepare($1, $2, $3, $4::jsonb, $5, $6::integer[], $7::bigint[])",
		     PG_VALUES(PG_STRING(act->action), PG_STRING(act->reason),
			       PG_STRING(act->note), PG_STRING(act->data),
			       PG_STRING(act->filter), PG_TEXT(buffer_text(&contractors)),
			       PG_TEXT(buffer_text(&ids))),
		     &result, &failure);
	if (r < 0)
		return store_refused(err, &failure);
	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_bulk_prepared prepared = {
			.number = pg_string(result, i, 1),
			.contractor = pg_string(result, i, 2),
			.severity = (int)pg_number(result, i, 3),
			.why_not = string_or_null(result, i, 4),
			.waits = pg_bool(result, i, 5),
			.leaves = pg_bool(result, i, 6),
		};
		snprintf(ret_token, STORE_BULK_TOKEN, "%s", pg_string(result, i, 0));
		r = row(context, &prepared, err);
	}
	return r;
}

int store_bulk_do(struct pg *pg, const char *token, int64_t expect,
		  store_bulk_done_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int r = pg_query(pg,
			 "SELECT number, contractor, outcome, why_not"
			 " FROM bulk_act($1, $2::integer)",
			 PG_VALUES(PG_STRING(token), expect ? PG_NUMBER(expect) : PG_NULL),
			 &result, &failure);

	if (r < 0)
		return store_refused(err, &failure);
	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_bulk_done done = {
			.number = pg_string(result, i, 0),
			.contractor = pg_string(result, i, 1),
			.outcome = pg_string(result, i, 2),
			.why_not = string_or_null(result, i, 3),
		};
		r = row(context, &done, err);
	}
	return r;
}
