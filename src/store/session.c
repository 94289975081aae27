#include "store/store.h"

static const char *const role_names[] = {
	[STORE_OWNER] = "muster_owner",
	[STORE_DAEMON] = "muster_daemon",
	[STORE_OFFICER] = "muster_officer",
	[STORE_AUDITOR] = "muster_auditor",
};

const char *store_role_name(enum store_role role)
{
	return role_names[role];
}

/* Nothing that the server, database or account sets by default counts here. */
static const char *const session[] = {
	"SET search_path = muster, pg_temp",
	"SET timezone = 'UTC'",
	"SET datestyle = 'ISO, YMD'",
	"SET intervalstyle = 'iso_8601'",
	"SET client_min_messages = warning",
	"SET standard_conforming_strings = on",
	"SET default_transaction_isolation = 'read committed'",
	"SET jit = off",
};

static const char *const role_statements[] = {
	[STORE_OWNER] = "SET ROLE muster_owner",
	[STORE_DAEMON] = "SET ROLE muster_daemon",
	[STORE_OFFICER] = "SET ROLE muster_officer",
	[STORE_AUDITOR] = "SET ROLE muster_auditor",
};

static int session_set(struct pg *pg, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(session); i++)
		r = pg_query(pg, session[i], PG_NO_VALUES, NULL, err);
	return r;
}

int store_open_unchecked(const char *conninfo, enum store_role role, const char *process,
			 struct pg **ret_pg, struct err *err)
{
	CLEAN(pg) struct pg *pg = NULL;
	int r = pg_open(conninfo, process, &pg, err);

	if (r == 0)
		r = pg_query(pg, role_statements[role], PG_NO_VALUES, NULL, err);
	if (r == 0)
		r = session_set(pg, err);
	if (r < 0)
		return r;
	*ret_pg = pg;
	pg = NULL;
	return 0;
}

static int schema_check(struct pg *pg, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	struct err failure = { 0 };
	int64_t version;
	int r = pg_query_one(pg, "SELECT coalesce(max(version), 0) FROM schema_migration",
			     PG_NO_VALUES, &result, &failure);

	if (r < 0 && strcmp(failure.sqlstate, "42P01") == 0)
		return err_set(err, ERR_REFUSED,
			       "this database holds no instance; make one with: muster init DIR");
	if (r < 0) {
		if (err)
			*err = failure;
		return r;
	}
	version = pg_number(result, 0, 0);
	if (version < STORE_SCHEMA)
		return err_set(err, ERR_REFUSED,
			       "the database's schema has version %lld, this program needs %d: run muster migrate",
			       (long long)version, STORE_SCHEMA);
	if (version > STORE_SCHEMA)
		return err_set(err, ERR_REFUSED,
			       "the database's schema has version %lld and this program knows %d: use the program that migrated it",
			       (long long)version, STORE_SCHEMA);
	return 0;
}

int store_open(const char *conninfo, enum store_role role, const char *process,
	       struct pg **ret_pg, struct err *err)
{
	CLEAN(pg) struct pg *pg = NULL;
	int r = store_open_unchecked(conninfo, role, process, &pg, err);

	if (r == 0)
		r = schema_check(pg, err);
	if (r < 0)
		return r;
	*ret_pg = pg;
	pg = NULL;
	return 0;
}

static int person_check(struct pg *pg, const char *name, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg, "SELECT session_user", PG_NO_VALUES, &result, err);

	if (r == 0 && strcmp(pg_string(result, 0, 0), name) != 0)
		return err_set(err, ERR_REFUSED, "the database knows this connection as %s, not as %s",
			       pg_string(result, 0, 0), name);
	return r;
}

int store_open_person(const char *conninfo, const char *name, const char *process,
		      struct pg **ret_pg, struct err *err)
{
	CLEAN(pg) struct pg *pg = NULL;
	int r = pg_open(conninfo, process, &pg, err);

	if (r == 0)
		r = session_set(pg, err);
	if (r == 0)
		r = person_check(pg, name, err);
	if (r == 0)
		r = schema_check(pg, err);
	if (r < 0)
		return r;
	*ret_pg = pg;
	pg = NULL;
	return 0;
}
