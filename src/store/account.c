/* The people of the office. */
#include "store/store.h"
#include "store/violation_row.h"

bool store_account_name_valid(const char *name)
{
	size_t length = strlen(name);

	if (length == 0 || length >= STORE_ACCOUNT_NAME || !is_lower(*name))
		return false;
	for (const char *c = name; *c; c++)
		if (!is_lower(*c) && !is_digit(*c) && !strchr("_.-", *c))
			return false;
	return strncmp(name, "pg_", 3) != 0 && strncmp(name, "muster_", 7) != 0 &&
	       strcmp(name, "postgres") != 0 && strcmp(name, "public") != 0 &&
	       strcmp(name, "none") != 0 && strcmp(name, "all") != 0;
}

/* Roles are changed by who connected; names were checked, and stand as they are. */
static int as_maker(struct pg *pg, struct err *err, const char *format, ...)
	PRINTF_LIKE(3, 4);
static int as_maker(struct pg *pg, struct err *err, const char *format, ...)
{
	char sql[512];
	va_list list;
	int r = pg_query(pg, "RESET ROLE", PG_NO_VALUES, NULL, err);

	va_start(list, format);
	vsnprintf(sql, sizeof(sql), format, list);
	va_end(list);
	if (r == 0)
		r = pg_query(pg, sql, PG_NO_VALUES, NULL, err);
	return r < 0 ? r : pg_query(pg, "SET ROLE muster_owner", PG_NO_VALUES, NULL, err);
}

static int name_check(const char *name, struct err *err)
{
	if (store_account_name_valid(name))
		return 0;
	return err_set(err, ERR_USAGE,
		       "\"%s\" is no name of an account: 1 to 63 lower-case letters, digits and any of \"_.-\", the first a letter, and none that PostgreSQL or muster has for itself",
		       name);
}

int store_account_is_open(struct pg *pg, const char *name, bool *ret_open, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT EXISTS (SELECT FROM account WHERE name = $1"
			     " AND closed_at IS NULL)",
			     PG_VALUES(PG_STRING(name)), &result, err);

	if (r == 0)
		*ret_open = pg_bool(result, 0, 0);
	return r;
}

static int open_check(struct pg *pg, const char *name, struct err *err)
{
	bool open = false;
	int r = name_check(name, err);

	if (r == 0)
		r = store_account_is_open(pg, name, &open, err);
	if (r == 0 && !open)
		return err_set(err, ERR_NEGATIVE, "there is no account %s that is open", name);
	return r;
}

static int role_exists(struct pg *pg, const char *name, bool *ret_exists, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1),"
			     " EXISTS (SELECT FROM pg_roles WHERE rolname = $1 AND"
			     " (rolsuper OR rolbypassrls OR rolcreaterole))",
			     PG_VALUES(PG_STRING(name)), &result, err);

	if (r == 0)
		*ret_exists = pg_bool(result, 0, 0);
	if (r == 0 && pg_bool(result, 0, 1))
		return err_set(err, ERR_REFUSED,
			       "the role %s of PostgreSQL may do more than a person of the office",
			       name);
	return r;
}

int store_account_add(struct pg *pg, const char *name, const char *full_name, const char *who,
		      struct err *err)
{
	struct err failure = { 0 };
	bool exists = false;
	int r = name_check(name, err);

	if (r == 0)
		r = role_exists(pg, name, &exists, err);
	if (r < 0)
		return r;
	r = pg_query(pg,
		     "INSERT INTO account (name, full_name, added_at, added_by)"
		     " VALUES ($1, $2, moment(), $3)",
		     PG_VALUES(PG_STRING(name), PG_STRING(full_name), PG_STRING(who)), NULL,
		     &failure);
	if (r < 0 && strcmp(failure.sqlstate, "23505") == 0)
		return err_set(err, ERR_REFUSED, "there is an account %s, or was: names are not given again",
			       name);
	if (r < 0) {
		if (err)
			*err = failure;
		return r;
	}
	return exists ? 0 : as_maker(pg, err, "CREATE ROLE \"%s\" LOGIN", name);
}

/* Who speaks for contractors does not decide on them, and who audits changes nothing. */
static int roles_check(struct pg *pg, const char *name, const char *role, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query_one(pg,
			     "SELECT string_agg(role, ', ') FROM account_role WHERE account = $1"
			     " AND revoked_at IS NULL AND role <> $2"
			     " AND ('{liaison,auditor}' && ARRAY[role, $2])",
			     PG_VALUES(PG_STRING(name), PG_STRING(role)), &result, err);

	if (r == 0 && !pg_is_null(result, 0, 0))
		return err_set(err, ERR_REFUSED,
			       "%s is %s: a liaison or an auditor has no other role", name,
			       pg_string(result, 0, 0));
	return r;
}

int store_account_grant(struct pg *pg, const char *name, enum casework_role role,
			const char *who, struct err *err)
{
	const struct casework_role_description *is = casework_role_describe(role);
	int r = open_check(pg, name, err);

	if (r == 0 && role == CASEWORK_ROLE_DAEMON)
		r = err_set(err, ERR_USAGE, "no person is the daemon");
	if (r == 0)
		r = roles_check(pg, name, is->name, err);
	if (r == 0)
		r = pg_query(pg,
			     "INSERT INTO account_role (account, role, granted_at, granted_by)"
			     " VALUES ($1, $2, moment(), $3)"
			     " ON CONFLICT (account, role) WHERE revoked_at IS NULL DO NOTHING",
			     PG_VALUES(PG_STRING(name), PG_STRING(is->name), PG_STRING(who)), NULL,
			     err);
	return r < 0 ? r : as_maker(pg, err, "GRANT %s TO \"%s\"", is->postgres, name);
}

int store_account_revoke(struct pg *pg, const char *name, enum casework_role role,
			 const char *who, struct err *err)
{
	const struct casework_role_description *is = casework_role_describe(role);
	int r = open_check(pg, name, err);

	if (r == 0)
		r = pg_query(pg,
			     "UPDATE account_role SET revoked_at = moment(), revoked_by = $3"
			     " WHERE account = $1 AND role = $2 AND revoked_at IS NULL",
			     PG_VALUES(PG_STRING(name), PG_STRING(is->name), PG_STRING(who)), NULL,
			     err);
	return r < 0 ? r : as_maker(pg, err, "REVOKE %s FROM \"%s\"", is->postgres, name);
}

/* The number of the contractor, or SQL NULL for all. */
static int contractor_value(struct pg *pg, const char *code, struct pg_value *ret,
			    struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r;

	*ret = PG_NULL;
	if (!code)
		return 0;
	r = pg_query(pg, "SELECT id FROM contractor WHERE code = $1", PG_VALUES(PG_STRING(code)),
		     &result, err);
	if (r < 0)
		return r;
	if (pg_rows(result) == 0)
		return err_set(err, ERR_NEGATIVE, "no contractor %s is enrolled", code);
	*ret = PG_NUMBER(pg_number(result, 0, 0));
	return 0;
}

int store_portfolio_grant(struct pg *pg, const char *name, const char *contractor,
			  const char *who, struct err *err)
{
	struct pg_value id;
	int r = open_check(pg, name, err);

	if (r == 0)
		r = contractor_value(pg, contractor, &id, err);
	if (r < 0)
		return r;
	return pg_query(pg,
			"INSERT INTO portfolio (account, contractor, granted_at, granted_by)"
			" VALUES ($1, $2, moment(), $3) ON CONFLICT DO NOTHING",
			PG_VALUES(PG_STRING(name), id, PG_STRING(who)), NULL, err);
}

int store_portfolio_revoke(struct pg *pg, const char *name, const char *contractor,
			   const char *who, struct err *err)
{
	struct pg_value id;
	int r = open_check(pg, name, err);

	if (r == 0)
		r = contractor_value(pg, contractor, &id, err);
	if (r < 0)
		return r;
	return pg_query(pg,
			"UPDATE portfolio SET revoked_at = moment(), revoked_by = $3"
			" WHERE account = $1 AND contractor IS NOT DISTINCT FROM $2::integer"
			" AND revoked_at IS NULL",
			PG_VALUES(PG_STRING(name), id, PG_STRING(who)), NULL, err);
}

/*
 * Its memberships stay: where it is still connected, the books are empty to
 * it, and its acts are refused with the words why.
 */
int store_account_close(struct pg *pg, const char *name, const char *who, struct err *err)
{
	int r = open_check(pg, name, err);

	if (r == 0)
		r = pg_query(pg,
			     "UPDATE account_role SET revoked_at = moment(), revoked_by = $2"
			     " WHERE account = $1 AND revoked_at IS NULL",
			     PG_VALUES(PG_STRING(name), PG_STRING(who)), NULL, err);
	if (r == 0)
		r = pg_query(pg,
			     "UPDATE portfolio SET revoked_at = moment(), revoked_by = $2"
			     " WHERE account = $1 AND revoked_at IS NULL",
			     PG_VALUES(PG_STRING(name), PG_STRING(who)), NULL, err);
	if (r == 0)
		r = pg_query(pg,
			     "UPDATE account SET closed_at = moment(), closed_by = $2"
			     " WHERE name = $1",
			     PG_VALUES(PG_STRING(name), PG_STRING(who)), NULL, err);
	return r < 0 ? r : as_maker(pg, err, "ALTER ROLE \"%s\" NOLOGIN", name);
}

int store_server_reload(struct pg *pg, struct err *err)
{
	return as_maker(pg, err, "SELECT pg_reload_conf()");
}

int store_accounts(struct pg *pg, store_account_function *row, void *context, struct err *err)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int r = pg_query(pg,
			 "SELECT a.name, a.full_name, a.added_at, a.closed_at, a.added_by,"
			 " ARRAY(SELECT g.role FROM account_role g WHERE g.account = a.name"
			 "  AND g.revoked_at IS NULL ORDER BY g.role),"
			 " ARRAY(SELECT c.code FROM portfolio p JOIN contractor c ON c.id = p.contractor"
			 "  WHERE p.account = a.name AND p.revoked_at IS NULL ORDER BY c.code),"
			 " EXISTS (SELECT FROM portfolio p WHERE p.account = a.name"
			 "  AND p.revoked_at IS NULL AND p.contractor IS NULL)"
			 " FROM account a ORDER BY a.name",
			 PG_NO_VALUES, &result, err);
	struct store_account account;

	for (size_t i = 0; r == 0 && i < pg_rows(result); i++) {
		account.name = pg_string(result, i, 0);
		account.full_name = pg_string(result, i, 1);
		account.added = pg_moment(result, i, 2);
		account.closed = pg_moment(result, i, 3);
		account.added_by = pg_string(result, i, 4);
		account.role_count =
			store_texts_read(result, i, 5, account.roles, CASEWORK_ROLE_COUNT);
		account.contractor_count = store_texts_read(result, i, 6, account.contractors,
							    ARRAY_LENGTH(account.contractors));
		account.all_contractors = pg_bool(result, i, 7);
		r = row(context, &account, err);
	}
	return r;
}
