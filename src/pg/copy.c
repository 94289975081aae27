#include "pg/connection.h"

#include <stdlib.h>

/* Handed to libpq when it is full; large enough that calls do not count. */
#define COPY_PIECE ((size_t)256 * 1024)
#define COPY_LARGEST ((size_t)64 * 1024 * 1024)

static const char signature[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
#define SIGNATURE_LENGTH 19

static void copy_fail(struct pg_copy *copy, int failure)
{
	if (copy->failure)
		return;
	copy->failure = failure;
	copy->length = 0;
}

static void copy_flush(struct pg_copy *copy)
{
	if (copy->length == 0 || copy->failure)
		return;
	if (PQputCopyData(copy->pg->connection, copy->data, (int)copy->length) != 1)
		copy_fail(copy, pg_failed(copy->pg, NULL, &copy->err));
	copy->length = 0;
}

bool pg_copy_reserve(struct pg_copy *copy, size_t size)
{
	char *larger;

	if (copy->failure) {
		/* What follows the failure is written over and over, and dropped. */
		copy->length = 0;
		return size <= copy->room;
	}
	if (copy->room - copy->length >= size)
		return true;
	copy_flush(copy);
	if (copy->room >= size)
		return true;
	if (size > COPY_LARGEST) {
		copy_fail(copy, err_set(&copy->err, ERR_LIMIT, "a value of %zu bytes is too large",
					size));
		return false;
	}
	larger = realloc(copy->data, size);
	if (!larger) {
		copy_fail(copy, err_set(&copy->err, ERR_MEMORY, "out of memory"));
		return false;
	}
	copy->data = larger;
	copy->room = size;
	return true;
}

int pg_copy_begin(struct pg *pg, const char *sql, struct pg_copy *ret_copy, struct err *err)
{
	struct pg_copy copy = { .pg = pg, .room = COPY_PIECE };
	PGresult *answer;
	int r = 0;

	copy.data = malloc(copy.room);
	if (!copy.data)
		return err_set(err, ERR_MEMORY, "out of memory");
	answer = PQexec(pg->connection, sql);
	if (PQresultStatus(answer) != PGRES_COPY_IN)
		r = pg_failed(pg, answer, err);
	PQclear(answer);
	if (r < 0) {
		free(copy.data);
		return r;
	}
	memcpy(copy.data, signature, SIGNATURE_LENGTH);
	copy.length = SIGNATURE_LENGTH;
	*ret_copy = copy;
	return 0;
}

/* Every answer up to the last: a connection is free again only then. */
static int copy_answers(struct pg *pg, struct err *err)
{
	PGresult *answer;
	int r = 0;

	while ((answer = PQgetResult(pg->connection))) {
		if (r == 0 && PQresultStatus(answer) != PGRES_COMMAND_OK)
			r = pg_failed(pg, answer, err);
		PQclear(answer);
	}
	return r;
}

static void copy_done(struct pg_copy *copy)
{
	free(copy->data);
	copy->data = NULL;
	copy->pg = NULL;
}

int pg_copy_end(struct pg_copy *copy, int64_t *ret_rows, struct err *err)
{
	struct pg *pg = copy->pg;
	int r;

	if (pg_copy_reserve(copy, 2) && !copy->failure) {
		memset(copy->data + copy->length, 0xff, 2);
		copy->length += 2;
	}
	copy_flush(copy);
	if (copy->failure) {
		if (err)
			*err = copy->err;
		r = copy->failure;
		pg_copy_abort(copy);
		return r;
	}
	if (PQputCopyEnd(pg->connection, NULL) != 1)
		r = pg_failed(pg, NULL, err);
	else
		r = copy_answers(pg, err);
	if (r == 0 && ret_rows)
		*ret_rows = copy->rows;
	copy_done(copy);
	return r;
}

void pg_copy_abort(struct pg_copy *copy)
{
	if (!copy->pg)
		return;
	if (PQputCopyEnd(copy->pg->connection, "given up") == 1)
		(void)copy_answers(copy->pg, NULL);
	copy_done(copy);
}

void pg_copy_clean(struct pg_copy *copy)
{
	pg_copy_abort(copy);
}

void pg_copy_text(struct pg_copy *copy, struct text t)
{
	if (!t.bytes) {
		pg_copy_null(copy);
		return;
	}
	if (t.length > COPY_LARGEST) {
		copy_fail(copy, err_set(&copy->err, ERR_LIMIT, "a value of %zu bytes is too large",
					t.length));
		return;
	}
	if (!pg_copy_reserve(copy, t.length + 4))
		return;
	pg_copy_be(copy->data + copy->length, t.length, 4);
	memcpy(copy->data + copy->length + 4, t.bytes, t.length);
	copy->length += 4 + t.length;
}
