#include "store/saved_filter.h"

int store_saved_filters(struct pg *pg, const char *name, store_saved_filter_function *row,
			void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT name, filter, saved_at FROM saved_filter"
			 " WHERE account = session_user AND ($1::text IS NULL OR name = $1)"
			 " ORDER BY name COLLATE \"C\"",
			 PG_VALUES(PG_STRING(name)), &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		struct store_saved_filter filter = { pg_string(result, i, 0),
						     pg_string(result, i, 1),
						     pg_moment(result, i, 2) };
		r = row(context, &filter, err);
	}
	return r;
}

int store_saved_filter_save(struct pg *pg, const char *name, const char *filter,
			    struct err *err)
{
	struct err failure = { 0 };
	int r = pg_query(pg, "SELECT filter_save($1, $2)",
			 PG_VALUES(PG_STRING(name), PG_STRING(filter)), NULL, &failure);

	if (r < 0 && strcmp(failure.sqlstate, "23514") == 0)
		return err_set(err, ERR_USAGE,
			       "a name is up to 32 letters, digits, \"-\" and \"_\"; a filter has at"
			       " most 4000 bytes");
	if (r < 0 && err)
		*err = failure;
	return r;
}

int store_saved_filter_remove(struct pg *pg, const char *name, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg, "SELECT filter_remove($1)", PG_VALUES(PG_STRING(name)), &result,
			     err);

	if (r == 0 && !pg_bool(result, 0, 0))
		return err_set(err, ERR_NEGATIVE, "you keep no filter called %s", name);
	return r;
}
