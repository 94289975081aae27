#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MIGRATION_LIMIT ((size_t)4 << 20)
#define MIGRATIONS_MOST 9999

/* "0001_base.sql": 1 and "base". */
static bool name_parse(const char *file, struct store_migration *ret)
{
	struct text name = text_of(file);
	struct text number = text_head(name, 4);
	uint64_t version;

	if (name.length < 10 || name.bytes[4] != '_' || !text_ends_with(name, TEXT(".sql")) ||
	    !text_to_u64(number, &version) || version == 0)
		return false;
	ret->version = (int)version;
	return snprintf(ret->name, sizeof(ret->name), "%.*s", (int)name.length - 9,
			name.bytes + 5) < (int)sizeof(ret->name);
}

/* The files of the directory, by version: found[version], version 0 unused. */
static int directory_list(const char *directory, struct store_migration *found,
			  int *ret_last, struct err *err)
{
	DIR *stream = opendir(directory);
	struct dirent *entry;
	int last = 0;

	if (!stream)
		return err_system(err, "%s", directory);
	while ((entry = readdir(stream))) {
		struct store_migration migration;

		if (!name_parse(entry->d_name, &migration))
			continue;
		if (found[migration.version].version != 0) {
			closedir(stream);
			return err_set(err, ERR_CONFIG, "%s: two migrations have number %d",
				       directory, migration.version);
		}
		found[migration.version] = migration;
		last = migration.version > last ? migration.version : last;
	}
	closedir(stream);
	for (int i = 1; i <= last; i++)
		if (found[i].version == 0)
			return err_set(err, ERR_CONFIG, "%s: migration %04d is missing", directory,
				       i);
	if (last != STORE_SCHEMA)
		return err_set(err, ERR_CONFIG,
			       "%s: ends with migration %04d, this program needs %04d", directory,
			       last, STORE_SCHEMA);
	*ret_last = last;
	return 0;
}

static int table_make(struct pg *pg, struct err *err)
{
	return pg_script(pg,
			 "CREATE TABLE IF NOT EXISTS schema_migration (\n"
			 "  version integer PRIMARY KEY,\n"
			 "  name text NOT NULL,\n"
			 "  sha256 bytea NOT NULL CHECK (octet_length(sha256) = 32),\n"
			 "  applied_at timestamptz NOT NULL DEFAULT now(),\n"
			 "  applied_by text NOT NULL);\n"
			 "GRANT USAGE ON SCHEMA muster TO muster_daemon, muster_officer, muster_auditor;\n"
			 "GRANT SELECT ON schema_migration TO muster_daemon, muster_officer, "
			 "muster_auditor",
			 err);
}

/* 1: it was applied, with these bytes; 0: not yet. */
static int applied_check(struct pg *pg, const struct store_migration *migration,
			 struct text sql, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg, "SELECT sha256 = sha256($2) FROM schema_migration WHERE version = $1",
			 PG_VALUES(PG_NUMBER(migration->version), PG_BYTES(sql)), &result, err);

	if (r < 0 || pg_rows(result) == 0)
		return r;
	if (!pg_bool(result, 0, 0))
		return err_set(err, ERR_REFUSED,
			       "migration %04d_%s has changed since it was applied; the files do not belong to this database",
			       migration->version, migration->name);
	return 1;
}

static int apply(struct pg *pg, const struct store_migration *migration, struct text sql,
		 const char *who, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	int r = pg_begin(pg, &transaction, err);

	if (r == 0)
		r = pg_script(pg, sql.bytes, err);
	if (r == 0)
		r = pg_query(pg,
			     "INSERT INTO schema_migration (version, name, sha256, applied_by) "
			     "VALUES ($1, $2, sha256($3), $4)",
			     PG_VALUES(PG_NUMBER(migration->version), PG_STRING(migration->name),
				       PG_BYTES(sql), PG_STRING(who)),
			     NULL, err);
	if (r == 0)
		r = pg_commit(&transaction, err);
	if (r < 0)
		return err_prefix(err, "migration %04d_%s", migration->version, migration->name);
	return 0;
}

/* 1: applied now; 0: it was applied before. */
static int migration_do(struct pg *pg, const char *directory,
			const struct store_migration *migration, const char *who,
			struct err *err)
{
	CLEAN(buffer) struct buffer sql;
	char path[4400];
	int r;

	buffer_init(&sql, MIGRATION_LIMIT + 65536 * 2);
	if (snprintf(path, sizeof(path), "%s/%04d_%s.sql", directory, migration->version,
		     migration->name) >= (int)sizeof(path))
		return err_set(err, ERR_LIMIT, "%s: name too long", directory);
	r = file_read_all(path, MIGRATION_LIMIT, &sql, err);
	if (r == 0)
		r = applied_check(pg, migration, buffer_text(&sql), err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = apply(pg, migration, buffer_text(&sql), who, err);
	return r < 0 ? r : 1;
}

static int newer_refuse(struct pg *pg, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg, "SELECT coalesce(max(version), 0) FROM schema_migration",
			     PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	if (pg_number(result, 0, 0) > STORE_SCHEMA)
		return err_set(err, ERR_REFUSED,
			       "the database's schema has version %lld and this program knows %d: use the program that migrated it",
			       (long long)pg_number(result, 0, 0), STORE_SCHEMA);
	return 0;
}

/* "must" in ASCII: one migrating process at a time in a database. */
#define LOCK "SELECT pg_advisory_lock(1836413812)"
#define UNLOCK "SELECT pg_advisory_unlock(1836413812)"

/* Roles are made by who connected, not by the owner of the schema. */
static int roles_make(struct pg *pg, struct err *err)
{
	int r = pg_query(pg, "RESET ROLE", PG_NO_VALUES, NULL, err);

	if (r == 0)
		r = store_roles_make(pg, err);
	return r < 0 ? r : pg_query(pg, "SET ROLE muster_owner", PG_NO_VALUES, NULL, err);
}

int store_migrate(struct pg *pg, const char *directory, const char *who,
		  store_migrated_function *applied, void *context, struct err *err)
{
	struct store_migration *found = calloc(MIGRATIONS_MOST + 1, sizeof(*found));
	int last = 0, r;

	if (!found)
		return err_set(err, ERR_MEMORY, "out of memory");
	r = directory_list(directory, found, &last, err);
	if (r == 0)
		r = pg_query(pg, LOCK, PG_NO_VALUES, NULL, err);
	if (r == 0)
		r = roles_make(pg, err);
	if (r == 0)
		r = table_make(pg, err);
	if (r == 0)
		r = newer_refuse(pg, err);
	for (int i = 1; r >= 0 && i <= last; i++) {
		r = migration_do(pg, directory, &found[i], who, err);
		if (r > 0 && applied)
			applied(context, &found[i]);
	}
	if (pg_is_alive(pg) && pg_query(pg, UNLOCK, PG_NO_VALUES, NULL, NULL) < 0)
		r = r < 0 ? r : err_set(err, ERR_DATABASE, "the lock on migrations was lost");
	free(found);
	return r < 0 ? r : 0;
}
