/* Filters that a person keeps under a name (saved_filter.c); each has their own. */
#ifndef STORE_SAVED_FILTER_H
#define STORE_SAVED_FILTER_H

#include "pg/pg.h"

struct store_saved_filter {
	const char *name, *filter;
	int64_t saved;             /* moment */
};
/* A value other than 0 ends the list and is returned. */
typedef int store_saved_filter_function(void *context, const struct store_saved_filter *row,
					struct err *err);
/* All of the person's, or the one of name (which may be NULL), in the order of names. */
int store_saved_filters(struct pg *pg, const char *name, store_saved_filter_function *row,
			void *context, struct err *err) MUST_CHECK;
/* One of that name is replaced. ERR_USAGE: that can be no name. */
int store_saved_filter_save(struct pg *pg, const char *name, const char *filter,
			    struct err *err) MUST_CHECK;
/* ERR_NEGATIVE where there is none of that name. */
int store_saved_filter_remove(struct pg *pg, const char *name, struct err *err) MUST_CHECK;

#endif
