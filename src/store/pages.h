/* A long result in pages, so that memory does not grow with the books. */
#ifndef STORE_PAGES_H
#define STORE_PAGES_H

#include "pg/pg.h"

/* A value other than 0 ends the pages and is returned. */
typedef int store_page_function(void *context, const struct pg_result *page,
				struct err *err);
/*
 * Runs a SELECT and hands its rows on, page by page. Only inside of a
 * transaction, and not within another of these.
 */
int store_pages(struct pg *pg, const char *select, const struct pg_value *values, size_t count,
		store_page_function *page, void *context, struct err *err) MUST_CHECK;

#endif
