/* A roster as tables: rows by key, newest first. For the files of this room. */
#ifndef ROSTER_TABLES_H
#define ROSTER_TABLES_H

#include "roster/value.h"

struct row {
	int64_t from, until;       /* until INT64_MAX: open */
	const struct text *fields;
	const int64_t *numbers;    /* value_number() of each field */
};

/* Rows under one key, by from, the latest first. */
struct node {
	const struct row *row;
	struct node *next;
};

/* From when to when something was kept at all. */
struct span {
	int64_t from, until;
};

struct table {
	struct map rows;           /* key: struct node * */
	struct map lists;          /* compartment or programme: struct span *, over all persons */
	struct span kept;
};

struct roster {
	struct arena *arena;
	struct table tables[ROSTER_KIND_COUNT];
	struct map accounts;       /* account: struct node * of persons */
	struct map credentials;    /* credential: struct node * of persons */
	struct map hashes;         /* hash: struct node * of assets */
	size_t row_count;
};

/* The row of a key that counts at a moment, or NULL. */
const struct row *table_find(const struct map *rows, struct text key, int64_t moment);
/* All rows of a key, or NULL. */
const struct node *table_all(const struct map *rows, struct text key);
static inline bool row_holds(const struct row *row, int64_t moment)
{
	return row->from <= moment && moment < row->until;
}
/* Was the kind, or the list of that name in it, kept at a moment? */
bool table_kept(const struct table *table, int64_t moment);
bool table_list_kept(const struct table *table, struct text name, int64_t moment);

#endif
