/*
 * pg: PostgreSQL behind a small door: connection, statements with
 * parameters, typed results, transactions, binary COPY. Floor 1: the only
 * room that sees libpq; it knows no table.
 *
 * Every failure is ERR_DATABASE with the server's SQLSTATE in err->sqlstate
 * ("" where the server was not reached), but for missing privileges
 * (SQLSTATE 42501), which are ERR_REFUSED.
 */
#ifndef PG_PG_H
#define PG_PG_H

#include <endian.h>

#include "base/base.h"

struct pg;

/*
 * Connect. conninfo: as libpq takes it; application: shown in
 * pg_stat_activity. Results come in binary; notices of the server below
 * WARNING are dropped.
 */
int pg_open(const char *conninfo, const char *application, struct pg **ret_pg,
	    struct err *err) MUST_CHECK;
void pg_free(struct pg *pg);                   /* NULL is allowed */
void pg_clean(struct pg **pg);                 /* for CLEAN(pg) */
/* The connection is still usable. */
bool pg_is_alive(const struct pg *pg);
/* For poll(): something arrives here only when the server says it is leaving. */
int pg_descriptor(const struct pg *pg);

/* Parameters --------------------------------------------------------------- */

/* $1, $2 …: their types are the ones that the statement asks for. */
enum pg_kind { PG_KIND_NULL, PG_KIND_TEXT, PG_KIND_BYTES, PG_KIND_NUMBER, PG_KIND_BOOL,
	       PG_KIND_MOMENT };
struct pg_value {
	enum pg_kind kind;
	struct text text;          /* TEXT and BYTES; bytes NULL: SQL NULL */
	int64_t number;            /* the others */
};

#define PG_NULL ((struct pg_value){ PG_KIND_NULL, TEXT_NONE, 0 })
/* Valid UTF-8 without NUL. */
#define PG_TEXT(t) ((struct pg_value){ PG_KIND_TEXT, (t), 0 })
#define PG_STRING(s) ((struct pg_value){ PG_KIND_TEXT, text_of(s), 0 })
/* bytea */
#define PG_BYTES(t) ((struct pg_value){ PG_KIND_BYTES, (t), 0 })
#define PG_NUMBER(n) ((struct pg_value){ PG_KIND_NUMBER, TEXT_NONE, (n) })
#define PG_BOOL(b) ((struct pg_value){ PG_KIND_BOOL, TEXT_NONE, (b) })
/* timestamptz; MOMENT_NONE is NULL */
#define PG_MOMENT(m) ((struct pg_value){ PG_KIND_MOMENT, TEXT_NONE, (m) })

/* PG_VALUES(PG_NUMBER(3), PG_STRING("x")): the two arguments values, count. */
#define PG_VALUES(...)                                                                   \
	(const struct pg_value[]){ __VA_ARGS__ },                                         \
		sizeof((const struct pg_value[]){ __VA_ARGS__ }) / sizeof(struct pg_value)
#define PG_NO_VALUES NULL, 0
#define PG_VALUES_MOST 64

/* Statements --------------------------------------------------------------- */

struct pg_result;
void pg_result_free(struct pg_result *result); /* NULL is allowed */
void pg_result_clean(struct pg_result **result);

/* One statement. ret_result may be NULL where rows do not matter. */
int pg_query(struct pg *pg, const char *sql, const struct pg_value *values, size_t count,
	     struct pg_result **ret_result, struct err *err) MUST_CHECK;
/* The same, but it must give exactly one row: else ERR_NEGATIVE. */
int pg_query_one(struct pg *pg, const char *sql, const struct pg_value *values, size_t count,
		 struct pg_result **ret_result, struct err *err) MUST_CHECK;
/* Many statements without parameters, as a file of SQL has them. */
int pg_script(struct pg *pg, const char *sql, struct err *err) MUST_CHECK;

size_t pg_rows(const struct pg_result *result);
size_t pg_columns(const struct pg_result *result);
/* Rows that an INSERT, UPDATE or DELETE touched. */
int64_t pg_affected(const struct pg_result *result);
const char *pg_column_name(const struct pg_result *result, size_t column);

/*
 * Values by row and column, both from 0. They stay in the result: valid
 * until it is freed. A type that does not fit the question is a mistake of
 * the program and aborts it.
 */
bool pg_is_null(const struct pg_result *result, size_t row, size_t column);
/* text, varchar, name, bytea, and "char" columns; NULL: TEXT_NONE. Terminated. */
struct text pg_text(const struct pg_result *result, size_t row, size_t column);
/* The same as a string; NULL: "". */
const char *pg_string(const struct pg_result *result, size_t row, size_t column);
/* smallint, integer, bigint, oid (cast numeric to bigint in the statement); NULL: 0. */
int64_t pg_number(const struct pg_result *result, size_t row, size_t column);
bool pg_bool(const struct pg_result *result, size_t row, size_t column);
/* timestamptz, timestamp (taken as UTC) and date; NULL and infinity: MOMENT_NONE. */
int64_t pg_moment(const struct pg_result *result, size_t row, size_t column);
/* text[] of one dimension: how many elements, and one of them. */
size_t pg_array_count(const struct pg_result *result, size_t row, size_t column);
struct text pg_array_text(const struct pg_result *result, size_t row, size_t column,
			  size_t index);

/* Transactions -------------------------------------------------------------- */

/* Rolled back when it goes out of scope without pg_commit(). */
struct pg_transaction {
	struct pg *pg;
};
int pg_begin(struct pg *pg, struct pg_transaction *ret_transaction, struct err *err)
	MUST_CHECK;
int pg_commit(struct pg_transaction *transaction, struct err *err) MUST_CHECK;
void pg_rollback(struct pg_transaction *transaction);
void pg_transaction_clean(struct pg_transaction *transaction);

/* Binary COPY ----------------------------------------------------------------
 *
 * Rows are put together in the caller's own buffer and handed over in large
 * pieces. The first failure is kept and told by pg_copy_end(), so that the
 * row functions need not be asked. One COPY at a time on a connection.
 * Where CLEAN(pg_copy) guards it, it begins as { 0 }.
 */
struct pg_copy {
	struct pg *pg;
	char *data;
	size_t length, room;
	int64_t rows;
	int failure;               /* negative error code, or 0 */
	struct err err;
};

/* sql: "COPY table (columns) FROM STDIN (FORMAT binary)". */
int pg_copy_begin(struct pg *pg, const char *sql, struct pg_copy *ret_copy, struct err *err)
	MUST_CHECK;
/* Ends it well: every row is with the server. ret_rows may be NULL. */
int pg_copy_end(struct pg_copy *copy, int64_t *ret_rows, struct err *err) MUST_CHECK;
/* Gives it up; the transaction around it can only be rolled back. */
void pg_copy_abort(struct pg_copy *copy);
void pg_copy_clean(struct pg_copy *copy);      /* aborts what was not ended */

/* Makes room for size bytes more; false after a failure. */
bool pg_copy_reserve(struct pg_copy *copy, size_t size);

static inline void pg_copy_be(char *place, uint64_t n, size_t size)
{
	n = htobe64(n << (64 - 8 * size));
	memcpy(place, &n, size);
}

static inline void pg_copy_field(struct pg_copy *copy, uint64_t n, uint32_t size)
{
	if (UNLIKELY(copy->room - copy->length < 16) && !pg_copy_reserve(copy, 16))
		return;
	pg_copy_be(copy->data + copy->length, size, 4);
	pg_copy_be(copy->data + copy->length + 4, n, size);
	copy->length += 4 + size;
}

/* Begin a row of that many columns; then one call a column. */
static inline void pg_copy_row(struct pg_copy *copy, uint16_t columns)
{
	if (UNLIKELY(copy->room - copy->length < 16) && !pg_copy_reserve(copy, 16))
		return;
	pg_copy_be(copy->data + copy->length, columns, 2);
	copy->length += 2;
	copy->rows++;
}

static inline void pg_copy_smallint(struct pg_copy *copy, int16_t n)
{
	pg_copy_field(copy, (uint16_t)n, 2);
}

static inline void pg_copy_integer(struct pg_copy *copy, int32_t n)
{
	pg_copy_field(copy, (uint32_t)n, 4);
}

static inline void pg_copy_bigint(struct pg_copy *copy, int64_t n)
{
	pg_copy_field(copy, (uint64_t)n, 8);
}

static inline void pg_copy_null(struct pg_copy *copy)
{
	if (UNLIKELY(copy->room - copy->length < 16) && !pg_copy_reserve(copy, 16))
		return;
	memset(copy->data + copy->length, 0xff, 4);
	copy->length += 4;
}

/* Microseconds between 1970-01-01 and PostgreSQL's epoch, 2000-01-01. */
#define PG_EPOCH (946684800LL * MICROSECONDS)

/* timestamptz */
static inline void pg_copy_moment(struct pg_copy *copy, int64_t moment)
{
	if (moment == MOMENT_NONE)
		pg_copy_null(copy);
	else
		pg_copy_bigint(copy, moment - PG_EPOCH);
}

static inline void pg_copy_bool(struct pg_copy *copy, bool b)
{
	pg_copy_field(copy, b, 1);
}

/* text and bytea */
void pg_copy_text(struct pg_copy *copy, struct text t);

/* Text ----------------------------------------------------------------------- */

/* name='value ' of a connection string, quoted. */
void pg_add_setting(struct buffer *conninfo, const char *name, const char *value);

#endif
