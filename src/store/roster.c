#include "store/store.h"

#include <stdlib.h>

/* As much as PostgreSQL takes in one value of JSON. */
#define ROWS_LARGEST ((size_t)240 << 20)

/* Importing ---------------------------------------------------------------------- */

/* [line, key, [fields], valid_from, valid_until] for each row. */
static void rows_write(const struct store_roster_import *import, struct buffer *out)
{
	const struct roster_kind_description *kind = roster_kind_describe(import->kind);
	struct json json = json_to(out);
	CLEAN(buffer) struct buffer key;

	buffer_init(&key, 1 << 20);
	json_begin_array(&json, NULL);
	for (size_t i = 0; i < import->row_count && !out->failed; i++) {
		const struct roster_row *row = &import->rows[i];
		buffer_reset(&key);
		roster_key_add(import->kind, row->fields, &key);
		json_begin_array(&json, NULL);
		json_number(&json, NULL, row->line);
		json_text(&json, NULL, buffer_text(&key));
		json_begin_array(&json, NULL);
		for (size_t f = 0; f < kind->column_count; f++)
			json_text(&json, NULL, row->fields[f]);
		json_end_array(&json);
		json_moment(&json, NULL, row->valid_from);
		json_moment(&json, NULL, row->valid_until);
		json_end_array(&json);
	}
	json_end_array(&json);
}

#define GIVEN                                                                            \
	"WITH given AS MATERIALIZED (SELECT (r->>0)::integer AS line, r->>1 AS key,"         \
	" ARRAY(SELECT jsonb_array_elements_text(r->2)) AS fields,"                          \
	" (r->>3)::timestamptz AS valid_from, (r->>4)::timestamptz AS valid_until"           \
	" FROM jsonb_array_elements($4::jsonb) r) "

static const char replace_sql[] =
	GIVEN "UPDATE roster_row o SET replaced_by = $2 FROM given g "
	      "WHERE o.contractor_id = $1 AND o.kind = $3 AND o.key = g.key"
	      " AND o.valid_from = g.valid_from AND o.replaced_by IS NULL"
	      " AND (o.fields IS DISTINCT FROM g.fields"
	      "  OR o.valid_until IS DISTINCT FROM g.valid_until)";

static const char insert_sql[] =
	GIVEN "INSERT INTO roster_row (contractor_id, import_id, line, kind, key, fields,"
	      " valid_from, valid_until) "
	      "SELECT $1, $2, g.line, $3, g.key, g.fields, g.valid_from, g.valid_until "
	      "FROM given g WHERE NOT EXISTS (SELECT FROM roster_row o"
	      " WHERE o.contractor_id = $1 AND o.kind = $3 AND o.key = g.key"
	      " AND o.valid_from = g.valid_from AND o.replaced_by IS NULL)";

/* One import of a contractor at a time; the lock goes with the transaction. */
static int contractor_lock(struct pg *pg, const char *code, int64_t *ret_id,
			   int64_t *ret_version, struct err *err)
{
	CLEAN(pg_result) struct pg_result *locked = NULL;
	CLEAN(pg_result) struct pg_result *last = NULL;
	int r = pg_query(pg, "SELECT id FROM contractor WHERE code = $1 FOR UPDATE",
			 PG_VALUES(PG_STRING(code)), &locked, err);

	if (r < 0)
		return r;
	if (pg_rows(locked) == 0)
		return err_set(err, ERR_NEGATIVE, "no contractor \"%s\" is enrolled", code);
	*ret_id = pg_number(locked, 0, 0);
	r = pg_query_one(pg,
			 "SELECT coalesce(max(id), 0) FROM roster_import WHERE contractor_id = $1",
			 PG_VALUES(PG_NUMBER(*ret_id)), &last, err);
	if (r == 0)
		*ret_version = pg_number(last, 0, 0) + 1;
	return r;
}

static int count_affected(struct pg *pg, const char *sql, const struct pg_value *values,
			  size_t count, int64_t *ret_count, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, sql, values, count, &result, err);

	if (r == 0)
		*ret_count = pg_affected(result);
	return r;
}

/* The rows refer to the import, and are counted before it is written down. */
static int import_write(struct pg *pg, struct store_roster_import *import, int64_t contractor,
			int64_t version, const char *who, struct err *err)
{
	return pg_query(pg,
			"INSERT INTO roster_import (contractor_id, id, kind, file, digest, rows,"
			" added, changed, imported_by) "
			"VALUES ($1, $2, $3, $4, sha256($5), $6, $7, $8, $9)",
			PG_VALUES(PG_NUMBER(contractor), PG_NUMBER(version),
				  PG_STRING(roster_kind_describe(import->kind)->name),
				  PG_STRING(import->file), PG_BYTES(import->content),
				  PG_NUMBER((int64_t)import->row_count), PG_NUMBER(import->added),
				  PG_NUMBER(import->changed), PG_STRING(who)),
			NULL, err);
}

/* What is too large for the readers is not taken. */
static int size_check(struct pg *pg, const struct store_roster_import *import,
		      int32_t contractor, struct err *err)
{
	CLEAN(buffer) struct buffer blob;

	buffer_init(&blob, ROSTER_BLOB_LARGEST);
	int r = store_roster_read(pg, contractor, import->version, &blob, err);
	return r < 0 ? err_prefix(err, "%s", import->file) : 0;
}

static int import_one(struct pg *pg, struct store_roster_import *import, const char *who,
		      struct err *err)
{
	CLEAN(buffer) struct buffer rows;
	int64_t contractor = 0, version = 0, written = 0;
	int r = contractor_lock(pg, import->contractor, &contractor, &version, err);

	buffer_init(&rows, ROWS_LARGEST);
	rows_write(import, &rows);
	if (r == 0 && rows.failed)
		r = err_set(err, ERR_LIMIT, "%s: too many rows for one import", import->file);
	const struct pg_value values[] = {
		PG_NUMBER(contractor),
		PG_NUMBER(version),
		PG_STRING(roster_kind_describe(import->kind)->name),
		PG_TEXT(buffer_text(&rows)),
	};
	if (r == 0)
		r = count_affected(pg, replace_sql, values, ARRAY_LENGTH(values),
				   &import->changed, err);
	if (r == 0)
		r = count_affected(pg, insert_sql, values, ARRAY_LENGTH(values), &written, err);
	if (r < 0 || written == 0)
		return r;
	import->added = written - import->changed;
	import->version = version;
	r = import_write(pg, import, contractor, version, who, err);
	return r < 0 ? r : size_check(pg, import, (int32_t)contractor, err);
}

int store_roster_import(struct pg *pg, struct store_roster_import *imports, size_t count,
			const char *who, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int r = pg_begin(pg, &transaction, err);

	if (r == 0)
		r = pg_script(pg, "SET CONSTRAINTS ALL DEFERRED", err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = import_one(pg, &imports[i], who, err);
	return r < 0 ? r : pg_commit(&transaction, err);
}

/* Reading -------------------------------------------------------------------------- */

int store_roster_versions(struct pg *pg, store_roster_version_function *row, void *context,
			  struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT i.contractor_id, max(i.id) FROM roster_import i "
			 "JOIN contractor c ON c.id = i.contractor_id WHERE c.active "
			 "GROUP BY i.contractor_id ORDER BY i.contractor_id",
			 PG_NO_VALUES, &result, err);

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++)
		r = row(context, (int32_t)pg_number(result, i, 0), pg_number(result, i, 1), err);
	return r;
}

/* Columns that were added after a row was imported are empty in it. */
static void fields_read(const struct pg_result *result, size_t row, size_t column,
			enum roster_kind kind, struct text fields[ROSTER_COLUMNS_MOST])
{
	size_t known = roster_kind_describe(kind)->column_count;
	size_t count = pg_array_count(result, row, column);

	for (size_t i = 0; i < ROSTER_COLUMNS_MOST; i++)
		fields[i] = i < known && i < count ? pg_array_text(result, row, column, i) :
						     TEXT("");
}

static int blob_fill(const struct pg_result *page, struct buffer *blob, struct err *err)
{
	struct text fields[ROSTER_COLUMNS_MOST];
	enum roster_kind kind;

	for (size_t i = 0; i < pg_rows(page); i++) {
		if (!roster_kind_from_name(pg_text(page, i, 0), &kind))
			continue;
		fields_read(page, i, 1, kind, fields);
		roster_blob_add(blob, kind, fields, pg_moment(page, i, 2), pg_moment(page, i, 3));
	}
	return blob->failed ? err_set(err, ERR_LIMIT, "the roster would be larger than %zu MiB",
				      ROSTER_BLOB_LARGEST >> 20) :
			      0;
}

int store_roster_read(struct pg *pg, int32_t contractor_id, int64_t version,
		      struct buffer *ret_blob, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT kind, fields, valid_from, valid_until FROM roster_row "
			 "WHERE contractor_id = $1 AND import_id <= $2"
			 " AND (replaced_by IS NULL OR replaced_by > $2) "
			 "ORDER BY kind, key, valid_from",
			 PG_VALUES(PG_NUMBER(contractor_id), PG_NUMBER(version)), &result, err);

	return r < 0 ? r : blob_fill(result, ret_blob, err);
}

static int rows_tell(const struct pg_result *page, enum roster_kind kind,
		     store_roster_row_function *tell, void *context, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < pg_rows(page); i++) {
		struct store_roster_row row = {
			.contractor = pg_string(page, i, 0),
			.valid_from = pg_moment(page, i, 2),
			.valid_until = pg_moment(page, i, 3),
			.version = pg_number(page, i, 4),
		};
		fields_read(page, i, 1, kind, row.fields);
		r = tell(context, &row, err);
	}
	return r;
}

int store_roster_rows(struct pg *pg, const char *contractor, enum roster_kind kind,
		      store_roster_row_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			   "SELECT c.code, r.fields, r.valid_from, r.valid_until, r.import_id "
			   "FROM roster_row r JOIN contractor c ON c.id = r.contractor_id "
			   "WHERE r.kind = $2 AND r.replaced_by IS NULL"
			   " AND ($1::text IS NULL OR c.code = $1) "
			   "ORDER BY c.code, r.key, r.valid_from",
			   PG_VALUES(PG_STRING(contractor),
				     PG_STRING(roster_kind_describe(kind)->name)),
			   &result, err);

	return r < 0 ? r : rows_tell(result, kind, row, context, err);
}
