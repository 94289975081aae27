#include "pg/connection.h"

#include <endian.h>
#include <stdlib.h>

/* Numbers of types, the same in every server (pg_type.dat). */
enum type {
	TYPE_BOOL = 16,
	TYPE_BYTEA = 17,
	TYPE_CHAR = 18,
	TYPE_NAME = 19,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
	TYPE_OID = 26,
	TYPE_UNKNOWN = 705,
	TYPE_TEXT_ARRAY = 1009,
	TYPE_BPCHAR = 1042,
	TYPE_VARCHAR = 1043,
	TYPE_DATE = 1082,
	TYPE_TIMESTAMP = 1114,
	TYPE_TIMESTAMPTZ = 1184,
};

struct pg_result {
	PGresult *result;
};

int pg_result_new(PGresult *result, struct pg_result **ret_result, struct err *err)
{
	struct pg_result *wrapped = calloc(1, sizeof(*wrapped));

	if (!wrapped) {
		PQclear(result);
		return err_set(err, ERR_MEMORY, "out of memory");
	}
	wrapped->result = result;
	*ret_result = wrapped;
	return 0;
}

void pg_result_free(struct pg_result *result)
{
	if (!result)
		return;
	PQclear(result->result);
	free(result);
}

void pg_result_clean(struct pg_result **result)
{
	pg_result_free(*result);
	*result = NULL;
}

size_t pg_rows(const struct pg_result *result)
{
	return (size_t)PQntuples(result->result);
}

size_t pg_columns(const struct pg_result *result)
{
	return (size_t)PQnfields(result->result);
}

int64_t pg_affected(const struct pg_result *result)
{
	int64_t count = 0;

	return text_to_i64(text_of(PQcmdTuples(result->result)), &count) ? count : 0;
}

const char *pg_column_name(const struct pg_result *result, size_t column)
{
	return PQfname(result->result, (int)column);
}

/* Values -------------------------------------------------------------------- */

static enum type type_of(const struct pg_result *result, size_t column)
{
	return (enum type)PQftype(result->result, (int)column);
}

static const char *bytes_of(const struct pg_result *result, size_t row, size_t column)
{
	return PQgetvalue(result->result, (int)row, (int)column);
}

static size_t length_of(const struct pg_result *result, size_t row, size_t column)
{
	return (size_t)PQgetlength(result->result, (int)row, (int)column);
}

static uint16_t be16(const char *bytes)
{
	uint16_t n;

	memcpy(&n, bytes, sizeof(n));
	return be16toh(n);
}

static uint32_t be32(const char *bytes)
{
	uint32_t n;

	memcpy(&n, bytes, sizeof(n));
	return be32toh(n);
}

static uint64_t be64(const char *bytes)
{
	uint64_t n;

	memcpy(&n, bytes, sizeof(n));
	return be64toh(n);
}

bool pg_is_null(const struct pg_result *result, size_t row, size_t column)
{
	if (row >= pg_rows(result) || column >= pg_columns(result))
		abort();
	return PQgetisnull(result->result, (int)row, (int)column);
}

struct text pg_text(const struct pg_result *result, size_t row, size_t column)
{
	if (pg_is_null(result, row, column))
		return TEXT_NONE;
	switch (type_of(result, column)) {
	case TYPE_TEXT:
	case TYPE_VARCHAR:
	case TYPE_BPCHAR:
	case TYPE_NAME:
	case TYPE_CHAR:
	case TYPE_BYTEA:
	case TYPE_UNKNOWN:
		return (struct text){ bytes_of(result, row, column),
				      length_of(result, row, column) };
	default:
		abort();
	}
}

const char *pg_string(const struct pg_result *result, size_t row, size_t column)
{
	struct text text = pg_text(result, row, column);

	return text.bytes ? text.bytes : "";
}

int64_t pg_number(const struct pg_result *result, size_t row, size_t column)
{
	if (pg_is_null(result, row, column))
		return 0;
	switch (type_of(result, column)) {
	case TYPE_INT2:
		return (int16_t)be16(bytes_of(result, row, column));
	case TYPE_INT4:
		return (int32_t)be32(bytes_of(result, row, column));
	case TYPE_OID:
		return be32(bytes_of(result, row, column));
	case TYPE_INT8:
		return (int64_t)be64(bytes_of(result, row, column));
	default:
		abort();
	}
}

bool pg_bool(const struct pg_result *result, size_t row, size_t column)
{
	if (pg_is_null(result, row, column))
		return false;
	if (type_of(result, column) != TYPE_BOOL)
		abort();
	return bytes_of(result, row, column)[0] != 0;
}

int64_t pg_moment(const struct pg_result *result, size_t row, size_t column)
{
	int64_t n;

	if (pg_is_null(result, row, column))
		return MOMENT_NONE;
	switch (type_of(result, column)) {
	case TYPE_TIMESTAMP:
	case TYPE_TIMESTAMPTZ:
		n = (int64_t)be64(bytes_of(result, row, column));
		return n == INT64_MIN || n > INT64_MAX - PG_EPOCH ? MOMENT_NONE : n + PG_EPOCH;
	case TYPE_DATE:
		n = (int32_t)be32(bytes_of(result, row, column));
		return n == INT32_MIN || n == INT32_MAX ?
			       MOMENT_NONE :
			       n * 86400 * MICROSECONDS + PG_EPOCH;
	default:
		abort();
	}
}

/*
 * An array in binary: dimensions, a flag, the elements' type; for each
 * dimension its size and first index; then each element's length and bytes.
 */
#define ARRAY_HEAD 20

size_t pg_array_count(const struct pg_result *result, size_t row, size_t column)
{
	const char *bytes;

	if (pg_is_null(result, row, column))
		return 0;
	if (type_of(result, column) != TYPE_TEXT_ARRAY)
		abort();
	bytes = bytes_of(result, row, column);
	return length_of(result, row, column) >= ARRAY_HEAD && be32(bytes) == 1 ?
		       be32(bytes + 12) :
		       0;
}

struct text pg_array_text(const struct pg_result *result, size_t row, size_t column,
			  size_t index)
{
	size_t count = pg_array_count(result, row, column);
	const char *place, *end;

	if (index >= count)
		abort();
	place = bytes_of(result, row, column) + ARRAY_HEAD;
	end = bytes_of(result, row, column) + length_of(result, row, column);
	for (size_t i = 0; place + 4 <= end; i++) {
		int32_t length = (int32_t)be32(place);

		place += 4;
		if (i == index)
			return length < 0 ? TEXT_NONE : (struct text){ place, (size_t)length };
		if (length > 0)
			place += length;
	}
	return TEXT_NONE;
}
