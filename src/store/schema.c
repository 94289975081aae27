#include "store/store.h"

/* Servers before this one lack what the schema uses. */
#define SERVER_LEAST 150000

int store_database_create(struct pg *pg, const char *name, struct err *err)
{
	char sql[160];

	for (const char *c = name; *c; c++)
		if (!is_lower(*c))
			return err_set(err, ERR_USAGE, "%s: lower case letters only", name);
	snprintf(sql, sizeof(sql),
		 "CREATE DATABASE %.63s TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'", name);
	return pg_query(pg, sql, PG_NO_VALUES, NULL, err);
}

static int server_check(struct pg *pg, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT current_setting('server_version_num')::integer, "
			     "current_setting('server_encoding')",
			     PG_NO_VALUES, &result, err);

	if (r < 0)
		return r;
	if (pg_number(result, 0, 0) < SERVER_LEAST)
		return err_set(err, ERR_REFUSED,
			       "the server is PostgreSQL %lld; muster needs %d or newer",
			       (long long)pg_number(result, 0, 0) / 10000, SERVER_LEAST / 10000);
	if (strcmp(pg_string(result, 0, 1), "UTF8") != 0)
		return err_set(err, ERR_REFUSED,
			       "the database's encoding is %s; muster needs UTF8",
			       pg_string(result, 0, 1));
	return 0;
}

/* Roles are the whole server's: another instance may have made them. */
static const char roles_script[] =
	"DO $$ DECLARE role text; BEGIN\n"
	"  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'muster_owner') THEN\n"
	"    CREATE ROLE muster_owner NOLOGIN;\n"
	"  END IF;\n"
	"  FOREACH role IN ARRAY ARRAY['muster_daemon', 'muster_officer', 'muster_auditor'] LOOP\n"
	"    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN\n"
	"      EXECUTE format('CREATE ROLE %I LOGIN', role);\n"
	"    END IF;\n"
	"  END LOOP;\n"
	"  FOREACH role IN ARRAY ARRAY['muster_supervisor', 'muster_appeals', 'muster_liaison'] LOOP\n"
	"    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN\n"
	"      EXECUTE format('CREATE ROLE %I NOLOGIN', role);\n"
	"    END IF;\n"
	"  END LOOP;\n"
	"  FOREACH role IN ARRAY ARRAY['muster_owner', 'muster_daemon', 'muster_officer',\n"
	"                              'muster_auditor'] LOOP\n"
	"    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AND\n"
	"       current_user <> role AND NOT EXISTS (\n"
	"         SELECT FROM pg_auth_members WHERE roleid = role::regrole\n"
	"         AND member = current_user::regrole AND NOT admin_option) THEN\n"
	"      EXECUTE format('GRANT %I TO CURRENT_USER', role);\n"
	"    END IF;\n"
	"  END LOOP;\n"
	"END $$";

static const char schema_script[] =
	"CREATE SCHEMA muster AUTHORIZATION muster_owner;\n"
	"DO $$ BEGIN\n"
	"  IF (SELECT datdba FROM pg_database WHERE datname = current_database()) =\n"
	"     current_user::regrole THEN\n"
	"    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());\n"
	"  END IF;\n"
	"END $$";

static const char connect_script[] =
	"DO $$ BEGIN\n"
	"  IF (SELECT datdba FROM pg_database WHERE datname = current_database()) =\n"
	"     current_user::regrole THEN\n"
	"    EXECUTE format('GRANT CONNECT ON DATABASE %I TO muster_owner, muster_daemon, '\n"
	"                   'muster_officer, muster_supervisor, muster_appeals, muster_liaison, '\n"
	"                   'muster_auditor', current_database());\n"
	"    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO muster_daemon', current_database());\n"
	"  END IF;\n"
	"END $$";

int store_roles_make(struct pg *pg, struct err *err)
{
	int r = pg_script(pg, roles_script, err);

	if (r == 0)
		r = pg_script(pg, connect_script, err);
	if (r < 0)
		return err_prefix(err,
				  "the roles of muster cannot be made (the account needs CREATEROLE, or membership in muster_owner, muster_daemon, muster_officer and muster_auditor)");
	return 0;
}

int store_schema_create(struct pg *pg, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	struct err failure = { 0 };
	int r = server_check(pg, err);

	if (r == 0)
		r = pg_begin(pg, &transaction, err);
	if (r < 0)
		return r;
	r = store_roles_make(pg, err);
	if (r < 0)
		return r;
	r = pg_script(pg, schema_script, &failure);
	if (r < 0 && strcmp(failure.sqlstate, "42P06") == 0)
		return err_set(err, ERR_REFUSED,
			       "this database has a schema \"muster\" already; use another database");
	if (r < 0) {
		if (err)
			*err = failure;
		return err_prefix(err, "the schema muster cannot be made");
	}
	r = pg_script(pg, connect_script, err);
	if (r < 0)
		return r;
	return pg_commit(&transaction, err);
}

int store_schema_drop(struct pg *pg, struct err *err)
{
	return pg_script(pg, "DROP SCHEMA IF EXISTS muster CASCADE", err);
}
