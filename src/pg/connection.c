#include "pg/connection.h"

#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>

static void notice_drop(void *context UNUSED, const PGresult *result UNUSED)
{
}

/* libpq's texts have several lines, of which the first says what is wrong. */
static struct text first_line(const char *message)
{
	struct text rest = text_of(message);

	return text_trim(text_split(&rest, '\n'));
}

int pg_failed(const struct pg *pg, const PGresult *result, struct err *err)
{
	const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
	const char *primary = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
	const char *detail = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL) : NULL;
	struct text text = primary ? text_of(primary) :
				     first_line(PQerrorMessage(pg->connection));
	enum err_code code = state && strcmp(state, "42501") == 0 ? ERR_REFUSED : ERR_DATABASE;

	if (text.length == 0)
		text = TEXT("the connection was lost");
	err_set(err, code, "PostgreSQL: %.*s%s%s%s", TEXT_PRINT(text), detail && *detail ? " (" : "",
		detail ? detail : "", detail && *detail ? ")" : "");
	if (err && state)
		snprintf(err->sqlstate, sizeof(err->sqlstate), "%s", state);
	return -(int)code;
}

/* What is sent waits in the kernel, not in us, while the server is busy. Where it may not: no matter. */
static void send_ahead(struct pg *pg)
{
	int size = 4 << 20;
	if (setsockopt(PQsocket(pg->connection), SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(PQsocket(pg->connection), SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

int pg_open(const char *conninfo, const char *application, struct pg **ret_pg,
	    struct err *err)
{
	/* An empty dbname would end the expansion of the first one. */
	const char *const keywords[] = { "dbname", "application_name", "client_encoding",
					 NULL };
	const char *const values[] = { conninfo, application, "UTF8", NULL };
	CLEAN(pg) struct pg *pg = calloc(1, sizeof(*pg));

	if (!pg)
		return err_set(err, ERR_MEMORY, "out of memory");
	pg->connection = PQconnectdbParams(keywords, values, 1);
	if (!pg->connection)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (PQstatus(pg->connection) != CONNECTION_OK)
		return pg_failed(pg, NULL, err);
	PQsetNoticeReceiver(pg->connection, notice_drop, NULL);
	send_ahead(pg);
	*ret_pg = pg;
	pg = NULL;
	return 0;
}

void pg_free(struct pg *pg)
{
	if (!pg)
		return;
	PQfinish(pg->connection);
	free(pg);
}

void pg_clean(struct pg **pg)
{
	pg_free(*pg);
	*pg = NULL;
}

bool pg_is_alive(const struct pg *pg)
{
	return PQstatus(pg->connection) == CONNECTION_OK;
}

int pg_descriptor(const struct pg *pg)
{
	return PQsocket(pg->connection);
}

/* Statements --------------------------------------------------------------- */

/* Values as libpq takes them: everything as text, but for bytea. */
struct arguments {
	const char *values[PG_VALUES_MOST];
	int lengths[PG_VALUES_MOST];
	int formats[PG_VALUES_MOST];
	struct arena *arena;
};

static const char *argument_text(struct arguments *arguments, const struct pg_value *value)
{
	char moment[CALENDAR_TEXT];

	switch (value->kind) {
	case PG_KIND_NULL:
		break;
	case PG_KIND_TEXT:
		return arena_text(arguments->arena, value->text).bytes;
	case PG_KIND_BYTES:
		return value->text.bytes;
	case PG_KIND_NUMBER:
		return arena_format(arguments->arena, "%lld", (long long)value->number);
	case PG_KIND_BOOL:
		return value->number ? "t" : "f";
	case PG_KIND_MOMENT:
		return arena_string(arguments->arena,
				    calendar_to_rfc3339(value->number, moment));
	}
	return NULL;
}

static bool value_is_null(const struct pg_value *value)
{
	switch (value->kind) {
	case PG_KIND_NULL:
		return true;
	case PG_KIND_TEXT:
	case PG_KIND_BYTES:
		return !value->text.bytes;
	case PG_KIND_MOMENT:
		return value->number == MOMENT_NONE;
	case PG_KIND_NUMBER:
	case PG_KIND_BOOL:
		break;
	}
	return false;
}

static int arguments_fill(struct arguments *arguments, const struct pg_value *values,
			  size_t count, struct err *err)
{
	for (size_t i = 0; i < count; i++) {
		const struct pg_value *value = &values[i];

		if (value_is_null(value))
			continue;
		if (value->text.length > INT32_MAX)
			return err_set(err, ERR_LIMIT, "a value is too large for the database");
		if (value->kind == PG_KIND_TEXT && memchr(value->text.bytes, 0, value->text.length))
			return err_set(err, ERR_SYNTAX, "a text with a NUL cannot be kept");
		arguments->values[i] = argument_text(arguments, value);
		if (!arguments->values[i])
			return err_set(err, ERR_MEMORY, "out of memory");
		arguments->lengths[i] = (int)value->text.length;
		arguments->formats[i] = value->kind == PG_KIND_BYTES;
	}
	return 0;
}

int pg_query(struct pg *pg, const char *sql, const struct pg_value *values, size_t count,
	     struct pg_result **ret_result, struct err *err)
{
	CLEAN(arena) struct arena *arena = arena_new((size_t)1 << 30);
	struct arguments arguments = { .arena = arena };
	CLEAN(pg_result) struct pg_result *result = NULL;
	PGresult *answer;
	int r;

	if (!arena)
		return err_set(err, ERR_MEMORY, "out of memory");
	if (count > PG_VALUES_MOST)
		return err_set(err, ERR_LIMIT, "a statement has too many values");
	r = arguments_fill(&arguments, values, count, err);
	if (r < 0)
		return r;
	answer = PQexecParams(pg->connection, sql, (int)count, NULL, arguments.values,
			      arguments.lengths, arguments.formats, 1);
	if (PQresultStatus(answer) != PGRES_TUPLES_OK &&
	    PQresultStatus(answer) != PGRES_COMMAND_OK) {
		r = pg_failed(pg, answer, err);
		PQclear(answer);
		return r;
	}
	r = pg_result_new(answer, &result, err);
	if (r < 0)
		return r;
	if (ret_result) {
		*ret_result = result;
		result = NULL;
	}
	return 0;
}

int pg_query_one(struct pg *pg, const char *sql, const struct pg_value *values, size_t count,
		 struct pg_result **ret_result, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, sql, values, count, &result, err);

	if (r < 0)
		return r;
	if (pg_rows(result) != 1)
		return err_set(err, ERR_NEGATIVE, "%s",
			       pg_rows(result) ? "more than one was found" : "nothing was found");
	*ret_result = result;
	result = NULL;
	return 0;
}

int pg_script(struct pg *pg, const char *sql, struct err *err)
{
	PGresult *answer = PQexec(pg->connection, sql);
	ExecStatusType status = PQresultStatus(answer);
	const char *position = answer ? PQresultErrorField(answer, PG_DIAG_STATEMENT_POSITION) :
					NULL;
	int r = 0;

	if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
	    status != PGRES_EMPTY_QUERY) {
		r = pg_failed(pg, answer, err);
		if (position)
			err_prefix(err, "at character %s", position);
	}
	PQclear(answer);
	return r;
}

/* Transactions -------------------------------------------------------------- */

int pg_begin(struct pg *pg, struct pg_transaction *ret_transaction, struct err *err)
{
	int r = pg_query(pg, "BEGIN", PG_NO_VALUES, NULL, err);

	if (r == 0)
		ret_transaction->pg = pg;
	return r;
}

int pg_commit(struct pg_transaction *transaction, struct err *err)
{
	struct pg *pg = transaction->pg;
	PGresult *answer = PQexec(pg->connection, "COMMIT");
	int r = 0;

	if (PQresultStatus(answer) != PGRES_COMMAND_OK)
		r = pg_failed(pg, answer, err);
	else if (strcmp(PQcmdStatus(answer), "COMMIT") != 0)
		r = err_set(err, ERR_DATABASE, "the transaction had failed and was rolled back");
	PQclear(answer);
	transaction->pg = NULL;
	return r;
}

void pg_rollback(struct pg_transaction *transaction)
{
	if (!transaction->pg)
		return;
	PQclear(PQexec(transaction->pg->connection, "ROLLBACK"));
	transaction->pg = NULL;
}

void pg_transaction_clean(struct pg_transaction *transaction)
{
	pg_rollback(transaction);
}

/* Text ----------------------------------------------------------------------- */

void pg_add_setting(struct buffer *conninfo, const char *name, const char *value)
{
	buffer_add_format(conninfo, "%s='", name);
	for (; *value; value++) {
		if (*value == '\'' || *value == '\\')
			buffer_add_byte(conninfo, '\\');
		buffer_add_byte(conninfo, *value);
	}
	buffer_add_string(conninfo, "' ");
}
