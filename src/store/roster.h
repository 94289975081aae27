/* store: the roster in the books (roster.c). */
#ifndef STORE_ROSTER_H
#define STORE_ROSTER_H

#include "pg/pg.h"
#include "roster/roster.h"

/* Rows of one kind for one contractor, out of one file. */
struct store_roster_import {
	const char *contractor;    /* code */
	enum roster_kind kind;
	const char *file;
	struct text content;       /* the whole file, for its digest */
	const struct roster_row *rows;
	size_t row_count;
	/* What came of it. */
	int64_t version;           /* of the contractor's roster; 0: nothing changed */
	int64_t added, changed;
};
/*
 * All of them or none. A row takes the place of the one with its key that
 * begins at the same moment; rows that are there already change nothing.
 * ERR_NEGATIVE where there is no such contractor.
 */
int store_roster_import(struct pg *pg, struct store_roster_import *imports, size_t count,
			const char *who, struct err *err) MUST_CHECK;

/* The version of each active contractor's roster, for those that have one. */
typedef int store_roster_version_function(void *context, int32_t contractor_id, int64_t version,
					  struct err *err);
int store_roster_versions(struct pg *pg, store_roster_version_function *row, void *context,
			  struct err *err) MUST_CHECK;
/*
 * A version as a blob of room roster, appended to ret_blob, whose cap should
 * be ROSTER_BLOB_LARGEST. ERR_LIMIT where it is larger.
 */
int store_roster_read(struct pg *pg, int32_t contractor_id, int64_t version,
		      struct buffer *ret_blob, struct err *err) MUST_CHECK;

/* A row as it stands now. */
struct store_roster_row {
	const char *contractor;
	struct text fields[ROSTER_COLUMNS_MOST];
	int64_t valid_from, valid_until;   /* moments; MOMENT_NONE: open */
	int64_t version;                   /* of the import that brought it */
};
typedef int store_roster_row_function(void *context, const struct store_roster_row *row,
				      struct err *err);
/* contractor NULL: of all. In the order of contractors, keys and validity. */
int store_roster_rows(struct pg *pg, const char *contractor, enum roster_kind kind,
		      store_roster_row_function *row, void *context, struct err *err) MUST_CHECK;

#endif
