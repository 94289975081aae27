#include "test-office.h"

/* What each may do, tried through SQL; the list says what it should be. */

static struct pg *me;

/* 42501 is what the server says where a right is missing. */
static bool may(const char *sql)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
	struct err failure = { 0 };

	ck_ok(pg_begin(me, &transaction, &err));
	return pg_query(me, sql, PG_NO_VALUES, NULL, &failure) == 0 ||
	       strcmp(failure.sqlstate, "42501") != 0;
}

struct verb {
	char letter;
	const char *whole;             /* %s: the table */
	const char *column;            /* %s: the table, then the column twice; or NULL */
};
static const struct verb verbs[] = {
	{ 'S', "SELECT FROM muster.%s WHERE false", NULL },
	{ 'I', NULL, "INSERT INTO muster.%s (%s) SELECT NULL WHERE false AND '%s' = ''" },
	{ 'U', NULL, "UPDATE muster.%s SET %s = NULL WHERE false AND '%s' = ''" },
	{ 'D', "DELETE FROM muster.%s WHERE false", NULL },
	{ 'T', "TRUNCATE muster.%s CASCADE", NULL },
};

/* Of how many columns, and of how many of them it is allowed. */
static void try_columns(const struct verb *verb, const char *table, int *ret_all, int *ret_may)
{
	CLEAN(pg_result) struct pg_result *columns = NULL;

	ck_ok(pg_query(owner,
		       "SELECT attname FROM pg_attribute WHERE attrelid = ('muster.' || $1)::regclass"
		       " AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
		       PG_VALUES(PG_STRING(table)), &columns, &err));
	*ret_all = (int)pg_rows(columns);
	*ret_may = 0;
	for (size_t i = 0; i < pg_rows(columns); i++) {
		char sql[400];
		const char *column = pg_string(columns, i, 0);
		snprintf(sql, sizeof(sql), verb->column, table, column, column);
		*ret_may += may(sql);
	}
}

static void try_table(const char *table, bool is_view, char found[8])
{
	size_t length = 0;

	for (size_t i = 0; i < ARRAY_LENGTH(verbs); i++) {
		int all = 1, allowed;
		char sql[400];
		if (is_view && verbs[i].letter != 'S')
			continue;
		if (verbs[i].column) {
			try_columns(&verbs[i], table, &all, &allowed);
		} else {
			snprintf(sql, sizeof(sql), verbs[i].whole, table);
			allowed = may(sql);
		}
		if (allowed)
			found[length++] = (char)(verbs[i].letter + (allowed < all ? 32 : 0));
	}
	found[length] = '\0';
}

static const char *expected(enum store_right_kind kind, const char *name, enum store_role role)
{
	size_t count;
	const struct store_right *rights = store_rights(&count);

	if (kind == STORE_RIGHT_TABLE && strncmp(name, "event_2", 7) == 0)
		name = "event_other";
	for (size_t i = 0; i < count; i++)
		if (rights[i].kind == kind && strcmp(rights[i].name, name) == 0)
			return role == STORE_DAEMON  ? rights[i].daemon :
			       role == STORE_AUDITOR ? rights[i].auditor :
						       rights[i].people;
	return "";
}

static void check_tables(enum store_role role, const char *who)
{
	CLEAN(pg_result) struct pg_result *tables = NULL;

	ck_ok(pg_query(owner,
		       "SELECT relname, relkind = 'v' FROM pg_class WHERE relnamespace = 'muster'::regnamespace"
		       " AND relkind IN ('r', 'p', 'v') AND relname <> 'test_clock'",
		       PG_NO_VALUES, &tables, &err));
	ck_assert_uint_gt(pg_rows(tables), 40);
	for (size_t i = 0; i < pg_rows(tables); i++) {
		const char *table = pg_string(tables, i, 0);
		char found[8];
		try_table(table, pg_bool(tables, i, 1), found);
		ck_assert_msg(strcmp(found, expected(STORE_RIGHT_TABLE, table, role)) == 0,
			      "%s has \"%s\" on %s, and should have \"%s\"", who, found, table,
			      expected(STORE_RIGHT_TABLE, table, role));
	}
}

static void check_functions(enum store_role role, const char *who)
{
	CLEAN(pg_result) struct pg_result *functions = NULL;

	ck_ok(pg_query(owner,
		       "SELECT proname, format('SELECT muster.%I(%s)', proname, (SELECT"
		       " string_agg('NULL::' || format_type(t, NULL), ', ' ORDER BY n)"
		       " FROM unnest(proargtypes) WITH ORDINALITY AS x (t, n)))"
		       " FROM pg_proc WHERE pronamespace = 'muster'::regnamespace",
		       PG_NO_VALUES, &functions, &err));
	ck_assert_uint_gt(pg_rows(functions), 30);
	for (size_t i = 0; i < pg_rows(functions); i++) {
		const char *name = pg_string(functions, i, 0);
		bool should = *expected(STORE_RIGHT_FUNCTION, name, role) != '\0';
		ck_assert_msg(may(pg_string(functions, i, 1)) == should, "%s %s call %s", who,
			      should ? "cannot" : "can", name);
	}
}

/* Nobody makes things, becomes the owner, or gets at files. */
static void check_server(enum store_role role, const char *who)
{
	static const char *const attempts[] = {
		"CREATE SCHEMA mine",
		"CREATE TABLE muster.mine (a integer)",
		"CREATE TABLE public.mine (a integer)",
		"CREATE FUNCTION muster.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
		"SET ROLE muster_owner",
		"SET ROLE postgres",
		"SET SESSION AUTHORIZATION postgres",
		"SET session_replication_role = replica",
		"ALTER TABLE muster.act DISABLE TRIGGER ALL",
		"ALTER TABLE muster.act DISABLE ROW LEVEL SECURITY",
		"ALTER FUNCTION muster.act(integer, bigint, integer, text, text, text, jsonb) SECURITY INVOKER",
		"DROP TABLE muster.act",
		"GRANT muster_supervisor TO anna",
		"CREATE ROLE other",
		"COPY muster.act FROM PROGRAM 'true'",
		"COPY muster.act TO '/tmp/act'",
		"SELECT pg_read_file('postgresql.conf')",
	};

	for (size_t i = 0; i < ARRAY_LENGTH(attempts); i++)
		ck_assert_msg(!may(attempts[i]), "%s can: %s", who, attempts[i]);
	ck_assert_int_eq(may("CREATE TEMPORARY TABLE mine (a integer)"), role == STORE_DAEMON);
}

static const struct {
	const char *name;
	enum store_role role;
} everybody[] = {
	{ "anna", STORE_OFFICER }, { "otto", STORE_OFFICER },	{ "paul", STORE_OFFICER },
	{ "lena", STORE_OFFICER }, { "udo", STORE_AUDITOR },	{ NULL, STORE_DAEMON },
	{ NULL, STORE_OFFICER },   { NULL, STORE_AUDITOR },
};

START_TEST(everybody_may_what_the_list_says)
{
	enum store_role role = everybody[_i].role;
	const char *who = everybody[_i].name ? everybody[_i].name : store_role_name(role);

	ck_ok(pg_query(owner, "SELECT event_partition('2026-11-20')", PG_NO_VALUES, NULL, &err));
	me = everybody[_i].name ? office_person(who) : office_connect(role);
	check_tables(role, who);
	check_functions(role, who);
	check_server(role, who);
	pg_free(me);
}
END_TEST

START_TEST(the_list_names_what_is_there)
{
	size_t count;
	const struct store_right *rights = store_rights(&count);

	for (size_t i = 0; i < count; i++) {
		CLEAN(pg_result) struct pg_result *result = NULL;
		ck_ok(pg_query_one(owner,
				   "SELECT CASE WHEN $2 THEN EXISTS (SELECT FROM pg_proc WHERE proname = $1"
				   " AND pronamespace = 'muster'::regnamespace)"
				   " ELSE to_regclass('muster.' || $1) IS NOT NULL END",
				   PG_VALUES(PG_STRING(rights[i].name),
					     PG_BOOL(rights[i].kind == STORE_RIGHT_FUNCTION)),
				   &result, &err));
		ck_assert_msg(pg_bool(result, 0, 0), "%s is not there", rights[i].name);
	}
}
END_TEST

/* Of a violation musterd writes what the logs say, and not where it stands. */
START_TEST(the_daemon_does_not_say_where_a_case_stands)
{
	static const char *const columns[] = { "state",	 "owner",	   "version",
					       "due",	 "clock_name",	   "clock_party",
					       "disputed", "clock_paused_at", "pending_action",
					       "merged_into", "suppressed_until", "clock_started" };

	me = office_connect(STORE_DAEMON);
	for (size_t i = 0; i < ARRAY_LENGTH(columns); i++) {
		char sql[200];
		snprintf(sql, sizeof(sql), "UPDATE muster.violation SET %s = NULL", columns[i]);
		ck_assert_msg(!may(sql), "%s", columns[i]);
	}
	ck_assert(!may("INSERT INTO muster.violation (state) VALUES ('closed')"));
	pg_free(me);
}
END_TEST

/* Catalogue ----------------------------------------------------------------------------- */

START_TEST(the_catalogue_is_as_it_should_be)
{
	/* Every function looks its names up where nobody else can put any. */
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_proc WHERE pronamespace = 'muster'::regnamespace"
		" AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_proc p WHERE pronamespace = 'muster'::regnamespace"
		" AND (proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0))"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_class c, aclexplode(relacl) WHERE grantee = 0"
		" AND relnamespace = 'muster'::regnamespace AND relname <> 'test_clock'"), 0);
	/* Nothing goes because something else goes. */
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_constraint WHERE connamespace = 'muster'::regnamespace"
		" AND contype = 'f' AND (confdeltype <> 'a' OR confupdtype <> 'a')"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_roles WHERE rolname = 'muster_owner' AND rolcanlogin"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_auth_members WHERE roleid = 'muster_owner'::regrole"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_roles WHERE (rolname ~ '^muster_' OR EXISTS (SELECT FROM"
		" muster.account a WHERE a.name = rolname)) AND (rolsuper OR rolbypassrls OR"
		" rolcreaterole OR rolcreatedb OR rolreplication)"), 0);
	/* Every table about a contractor that people read has a policy; partitions are read
	 * by who sees all. */
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
		" AND a.attname = 'contractor_id' WHERE relnamespace = 'muster'::regnamespace"
		" AND relkind IN ('r', 'p') AND NOT relrowsecurity"
		" AND has_table_privilege('muster_officer', c.oid, 'SELECT')"), 0);
	ck_assert_int_eq(office_number(owner,
		"SELECT count(*) FROM pg_class WHERE relnamespace = 'muster'::regnamespace"
		" AND relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false)"),
		0);
}
END_TEST

/* Attacks --------------------------------------------------------------------------------- */

/* Tables that the caller makes do not stand in for those of the books. */
START_TEST(temporary_tables_deceive_nobody)
{
	office_open(1, 1, 3);
	me = office_connect(STORE_DAEMON);
	ck_ok(pg_script(me,
		"CREATE TEMPORARY TABLE transition AS SELECT 'flagged' AS from_state, 'close' AS action,"
		" 'closed' AS to_state, '{daemon}'::text[] AS roles, 'never' AS second,"
		" 'anybody' AS by_whom; CREATE TEMPORARY TABLE account AS TABLE muster.account;"
		"CREATE TEMPORARY TABLE office AS TABLE muster.office;"
		"CREATE FUNCTION pg_temp.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
		" 'SELECT ''2000-01-01''::timestamptz'; SET search_path = pg_temp, muster", &err));
	ck_refused(office_act(me, "V-2026-100001", "close", NULL, NULL, NULL), STORE_MU_STATE,
		   "not possible");
	pg_free(me);
}
END_TEST

START_TEST(acts_are_refused_where_the_transaction_looks_back)
{
	static const char *const levels[] = { "REPEATABLE READ", "SERIALIZABLE" };

	office_open(1, 1, 3);
	me = office_person("anna");
	for (size_t i = 0; i < ARRAY_LENGTH(levels); i++) {
		CLEAN(pg_transaction) struct pg_transaction transaction = { NULL };
		char sql[100];
		ck_ok(pg_begin(me, &transaction, &err));
		snprintf(sql, sizeof(sql), "SET TRANSACTION ISOLATION LEVEL %s", levels[i]);
		ck_ok(pg_script(me, sql, &err));
		ck_assert_int_lt(office_act(me, "V-2026-100001", "triage", NULL, NULL, NULL), 0);
		ck_assert_str_eq(err.sqlstate, "25000");
	}
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act"), 0);
	pg_free(me);
}
END_TEST

/* A person is who logged in, whatever role was set since. */
START_TEST(nobody_acts_as_somebody_else)
{
	office_open(1, 1, 5);
	me = office_person("anna");
	ck_ok(pg_script(me, "SET ROLE muster_officer", &err));
	ck_ok(office_act(me, "V-2026-100001", "dismiss", "FPL", NULL, NULL));
	ck_assert_str_eq(office_string(owner, "SELECT actor FROM act"), "anna");
	ck_refused(office_act(me, "V-2026-100001", "approve", NULL, NULL, NULL), STORE_MU_PERSON,
		   "supervisor");
	pg_free(me);
	/* The role itself is nobody. */
	me = office_connect(STORE_OFFICER);
	ck_refused(office_act(me, "V-2026-100001", "note", NULL, "x", NULL), STORE_MU_PERSON,
		   "no person");
	pg_free(me);
	/* What the account was given counts, not what the server's roles say besides. */
	office_script("RESET ROLE; GRANT muster_supervisor TO bert; SET ROLE muster_owner");
	me = office_person("bert");
	ck_refused(office_act(me, "V-2026-100001", "approve", NULL, NULL, NULL), STORE_MU_PERSON,
		   "supervisor");
	pg_free(me);
	office_script("RESET ROLE; REVOKE muster_supervisor FROM bert; SET ROLE muster_owner");
}
END_TEST

/* Roles that the server's administrator gave to whom the books do not know. */
static void stranger_make(const char *name, const char *roles)
{
	char account[256];

	snprintf(account, sizeof(account), "%s", getpwuid(geteuid())->pw_name);
	office_script("RESET ROLE; CREATE ROLE %s LOGIN; GRANT %s TO %s; SET ROLE muster_owner", name,
		      roles, name);
	ck_ok(cluster_identity_add(server_directory, account, name, &err));
	ck_ok(store_server_reload(owner, &err));
}

static struct pg *stranger_connect(const char *name)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(name, "muster", &conninfo);
	for (int i = 0; i < 500 && !pg; i++, usleep(10000))
		if (store_open_person(conninfo.data, name, "test", &pg, &err) < 0)
			pg = NULL;
	ck_assert_msg(pg != NULL, "%s", err.text);
	return pg;
}

/* Of every table about contractors, and of people, nothing is seen; rows there are. */
static void check_sees_nothing(const char *who)
{
	CLEAN(pg_result) struct pg_result *tables = NULL;
	int64_t rows = 0;

	ck_ok(pg_query(owner,
		       "SELECT relname FROM pg_class c WHERE relnamespace = 'muster'::regnamespace"
		       " AND relkind IN ('r', 'p', 'v') AND NOT relispartition AND (relname IN"
		       " ('contractor', 'account', 'account_role', 'portfolio', 'saved_filter', 'bulk',"
		       " 'bulk_preview') OR EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid"
		       " AND a.attname = 'contractor_id'))"
		       " AND has_table_privilege('muster_officer', c.oid, 'SELECT')",
		       PG_NO_VALUES, &tables, &err));
	ck_assert_uint_gt(pg_rows(tables), 25);
	for (size_t i = 0; i < pg_rows(tables); i++) {
		char sql[200];
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM muster.%s", pg_string(tables, i, 0));
		rows += office_number(owner, sql);
		ck_assert_msg(office_number(me, sql) == 0, "%s sees %s", who, pg_string(tables, i, 0));
	}
	ck_assert_int_gt(rows, 10);
}

START_TEST(whom_the_books_do_not_know_sees_and_does_nothing)
{
	static const char *const strangers[][2] = {
		{ "mallory", "muster_officer, muster_supervisor, muster_appeals, muster_liaison" },
		{ "trudy", "muster_auditor" },
	};
	static const char *const attempts[] = {
		"SELECT muster.act(1, 1, 0, 'note', NULL, 'x', '{}')",
		"SELECT * FROM muster.bulk_prepare('note', NULL, 'x', '{}', '', '{1}', '{1}')",
		"SELECT * FROM muster.bulk_act('00000000000000000000000000000000', 1)",
		"SELECT muster.duty_record(1, 'discovered', '2026-11-01', NULL, NULL)",
		"SELECT muster.assess(1, 'test', '1.1', 'met', '2026-11-01', 'x', 'x')",
		"SELECT muster.exception_propose(1, 'enduring', 't', '1', NULL, NULL, 'x', 'x', 'x', now(), now())",
		"SELECT muster.exception_decide(1, 1, 'approved', 'x')",
		"SELECT muster.filter_save('mine', 'x')",
	};

	office_open(1, 1, 3);
	for (size_t i = 0; i < ARRAY_LENGTH(strangers); i++) {
		stranger_make(strangers[i][0], strangers[i][1]);
		me = stranger_connect(strangers[i][0]);
		check_sees_nothing(strangers[i][0]);
		/* Nor as the role itself, which is somebody only for who logged in as it. */
		ck_ok(pg_script(me, i ? "SET ROLE muster_auditor" : "SET ROLE muster_officer", &err));
		check_sees_nothing(strangers[i][0]);
		ck_ok(pg_script(me, "RESET ROLE", &err));
		for (size_t k = 0; k < ARRAY_LENGTH(attempts); k++)
			ck_assert_msg(pg_query(me, attempts[k], PG_NO_VALUES, NULL, &err) < 0 &&
					      (strncmp(err.sqlstate, "MU", 2) == 0 ||
					       strcmp(err.sqlstate, "42501") == 0),
				      "%s can: %s", strangers[i][0], attempts[k]);
		ck_assert_str_eq(office_string(me, "SELECT muster.look(1, 1)::text"), "false");
		pg_free(me);
	}
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act"), 0);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM look"), 0);
	/* Who is let in sees what the portfolio says, and who is let in no more nothing. */
	office_script("INSERT INTO account VALUES ('mallory', 'Mallory', now(), 'tester');"
		      "INSERT INTO portfolio VALUES ('mallory', 2, now(), 'tester')");
	me = stranger_connect("mallory");
	ck_assert_int_eq(office_number(me, "SELECT count(*) FROM violation"), 0);
	ck_assert_int_eq(office_number(me, "SELECT count(*) FROM contractor"), 1);
	office_script("UPDATE portfolio SET contractor = 1 WHERE account = 'mallory'");
	ck_assert_int_eq(office_number(me, "SELECT count(*) FROM violation"), 1);
	office_script("UPDATE account SET closed_at = now(), closed_by = 'tester' WHERE name = 'mallory'");
	check_sees_nothing("mallory");
	pg_free(me);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rights");
	TCase *tests = tcase_create("rights");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin, server_end);
	tcase_add_checked_fixture(tests, office_test_begin, office_test_end);
	tcase_set_timeout(tests, 300);
	tcase_add_loop_test(tests, everybody_may_what_the_list_says, 0, ARRAY_LENGTH(everybody));
	tcase_add_test(tests, the_list_names_what_is_there);
	tcase_add_test(tests, the_daemon_does_not_say_where_a_case_stands);
	tcase_add_test(tests, the_catalogue_is_as_it_should_be);
	tcase_add_test(tests, temporary_tables_deceive_nobody);
	tcase_add_test(tests, acts_are_refused_where_the_transaction_looks_back);
	tcase_add_test(tests, nobody_acts_as_somebody_else);
	tcase_add_test(tests, whom_the_books_do_not_know_sees_and_does_nothing);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
