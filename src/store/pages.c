#include "store/pages.h"

static int fetch(struct pg *pg, store_page_function *page, void *context, struct err *err)
{
	for (;;) {
		CLEAN(pg_result) struct pg_result *result = NULL;
		int r = pg_query(pg, "FETCH 2000 FROM pages", PG_NO_VALUES, &result, err);

		if (r < 0 || pg_rows(result) == 0)
			return r;
		r = page(context, result, err);
		if (r != 0)
			return r;
	}
}

int store_pages(struct pg *pg, const char *select, const struct pg_value *values, size_t count,
		store_page_function *page, void *context, struct err *err)
{
	CLEAN(buffer) struct buffer sql;
	int r;

	buffer_init(&sql, 65536);
	buffer_add_string(&sql, "DECLARE pages NO SCROLL CURSOR FOR ");
	buffer_add_string(&sql, select);
	if (sql.failed)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = pg_query(pg, sql.data, values, count, NULL, err);
	if (r == 0)
		r = fetch(pg, page, context, err);
	if (r == 0)
		r = pg_query(pg, "CLOSE pages", PG_NO_VALUES, NULL, err);
	return r;
}
