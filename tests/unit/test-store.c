#include "test-server.h"

#include <fcntl.h>

#include "store/store.h"

static struct err err;
static struct pg *owner;
#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

#define MIGRATIONS SOURCE_DIRECTORY "/migrations"

/* A database with the schema for all tests; each test has its own connection. */
static struct pg *store_connect(enum store_role role)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(role == STORE_OWNER ? CLUSTER_SUPERUSER : store_role_name(role), "muster",
			&conninfo);
	ck_ok(store_open(conninfo.data, role, "test", &pg, &err));
	return pg;
}

static void database_make(const char *name)
{
	CLEAN(pg) struct pg *server = server_connect("postgres");
	CLEAN(pg) struct pg *database = NULL;

	ck_ok(store_database_create(server, name, &err));
	database = server_connect(name);
	ck_ok(store_schema_create(database, &err));
}

static struct pg *migrating_connect(const char *name)
{
	CLEAN(buffer) struct buffer conninfo;
	struct pg *pg = NULL;

	server_conninfo(CLUSTER_SUPERUSER, name, &conninfo);
	ck_ok(store_open_unchecked(conninfo.data, STORE_OWNER, "test", &pg, &err));
	return pg;
}

static void books_begin(void)
{
	CLEAN(pg) struct pg *pg = NULL;

	server_begin();
	database_make("muster");
	pg = migrating_connect("muster");
	ck_ok(store_migrate(pg, MIGRATIONS, "tester", NULL, NULL, &err));
}

static void connect_begin(void)
{
	err = (struct err){ 0 };
	owner = store_connect(STORE_OWNER);
}

static void connect_end(void)
{
	pg_free(owner);
}

/* Schema and migrations ------------------------------------------------------------ */

static int64_t number(struct pg *pg, const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	ck_ok(pg_query_one(pg, sql, PG_NO_VALUES, &result, &err));
	return pg_number(result, 0, 0);
}

static void count_migration(void *context, const struct store_migration *migration UNUSED)
{
	++*(int *)context;
}

START_TEST(migrating_again_changes_nothing)
{
	CLEAN(pg) struct pg *pg = migrating_connect("muster");
	int applied = 0;

	ck_ok(store_migrate(pg, MIGRATIONS, "tester", count_migration, &applied, &err));
	ck_assert_int_eq(applied, 0);
	ck_assert_int_eq(number(owner, "SELECT max(version) FROM schema_migration"), STORE_SCHEMA);
	ck_assert_int_eq(number(owner, "SELECT count(*) FROM schema_migration"), STORE_SCHEMA);
}
END_TEST

START_TEST(a_schema_is_not_made_twice)
{
	CLEAN(pg) struct pg *pg = server_connect("muster");

	ck_assert_int_eq(store_schema_create(pg, &err), -ERR_REFUSED);
}
END_TEST

START_TEST(a_changed_migration_is_refused)
{
	CLEAN(pg) struct pg *pg = migrating_connect("muster");
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };

	ck_ok(pg_begin(pg, &transaction, &err));
	ck_ok(pg_script(pg, "UPDATE schema_migration SET sha256 = sha256('else') WHERE version = 1",
			&err));
	ck_assert_int_eq(store_migrate(pg, MIGRATIONS, "tester", NULL, NULL, &err), -ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "0001"));
}
END_TEST

START_TEST(other_versions_of_the_schema_are_refused)
{
	CLEAN(buffer) struct buffer conninfo;
	CLEAN(pg) struct pg *pg = NULL, *late = NULL;

	database_make("versions");
	server_conninfo(CLUSTER_SUPERUSER, "versions", &conninfo);
	/* An empty schema. */
	ck_assert_int_eq(store_open(conninfo.data, STORE_OWNER, "test", &pg, &err), -ERR_REFUSED);
	late = migrating_connect("versions");
	ck_ok(store_migrate(late, MIGRATIONS, "tester", NULL, NULL, &err));
	ck_ok(pg_script(late, "INSERT INTO schema_migration VALUES (9000, 'future', sha256('x'), now(),"
			      " 'tester')", &err));
	ck_assert_int_eq(store_open(conninfo.data, STORE_OWNER, "test", &pg, &err), -ERR_REFUSED);
	ck_assert_int_eq(store_migrate(late, MIGRATIONS, "tester", NULL, NULL, &err),
			 -ERR_REFUSED);
	ck_ok(pg_script(late, "DELETE FROM schema_migration WHERE version >= 1", &err));
	ck_assert_int_eq(store_open(conninfo.data, STORE_OWNER, "test", &pg, &err), -ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "muster migrate"));
}
END_TEST

static void file_write(const char *directory, const char *name, const char *content)
{
	CLEAN(fd) int fd = open(directory, O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_ok(file_replace(fd, name, 0644, text_of(content), &err));
}

START_TEST(a_failing_migration_leaves_nothing)
{
	CLEAN(pg) struct pg *pg = NULL;
	char directory[100];

	snprintf(directory, sizeof(directory), "%s/migrations", server_directory);
	ck_ok(file_make_directory(directory, 0755, &err));
	database_make("failing");
	pg = migrating_connect("failing");
	for (int i = 1; i <= STORE_SCHEMA; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%04d_step.sql", i);
		file_write(directory, name, i == STORE_SCHEMA ?
						    "CREATE TABLE half (a integer); SELECT 1/0;" :
						    "SELECT 1;");
	}
	ck_assert_int_eq(store_migrate(pg, directory, "tester", NULL, NULL, &err), -ERR_DATABASE);
	ck_assert_int_eq(number(pg, "SELECT count(*) FROM pg_class WHERE relname = 'half'"), 0);
	ck_assert_int_eq(number(pg, "SELECT count(*) FROM schema_migration"), STORE_SCHEMA - 1);
	/* Gaps, and files that are not this program's. */
	file_write(directory, "0077_far.sql", "SELECT 1;");
	ck_assert_int_eq(store_migrate(pg, directory, "tester", NULL, NULL, &err), -ERR_CONFIG);
}
END_TEST

/* Rights ------------------------------------------------------------------------------ */

START_TEST(roles_may_do_what_is_theirs)
{
	static const struct {
		enum store_role role;
		const char *sql;
		int expected;
	} attempts[] = {
		{ STORE_DAEMON, "SELECT name_key FROM instance", 0 },
		{ STORE_DAEMON, "DELETE FROM batch", -ERR_REFUSED },
		{ STORE_DAEMON, "UPDATE event SET bytes = 0", -ERR_REFUSED },
		{ STORE_DAEMON, "INSERT INTO contractor (id, code, name) VALUES (99, 'X', 'X')",
		  -ERR_REFUSED },
		{ STORE_OFFICER, "SELECT count(*) FROM violation", 0 },
		{ STORE_OFFICER, "SELECT name_key FROM instance", -ERR_REFUSED },
		{ STORE_OFFICER, "UPDATE violation SET state = 'dismissed'", -ERR_REFUSED },
		{ STORE_OFFICER, "SET ROLE muster_owner", -ERR_REFUSED },
		{ STORE_AUDITOR, "SELECT count(*) FROM batch", 0 },
		{ STORE_AUDITOR, "INSERT INTO name VALUES (1, 1, 'x')", -ERR_REFUSED },
		{ STORE_AUDITOR, "CREATE TABLE muster.mine (a integer)", -ERR_REFUSED },
		{ STORE_AUDITOR, "CREATE TEMP TABLE counter (a integer)", -ERR_REFUSED },
		{ STORE_AUDITOR, "TRUNCATE event", -ERR_REFUSED },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(attempts); i++) {
		CLEAN(pg) struct pg *pg = store_connect(attempts[i].role);

		ck_assert_msg(pg_query(pg, attempts[i].sql, PG_NO_VALUES, NULL, &err) ==
				      attempts[i].expected,
			      "%s: %s", attempts[i].sql, err.text);
	}
}
END_TEST

START_TEST(functions_of_the_owner_cannot_be_misled)
{
	/* Each must fix its search_path, with pg_temp last. */
	ck_assert_int_eq(number(owner,
				"SELECT count(*) FROM pg_proc p JOIN pg_namespace n"
				" ON n.oid = p.pronamespace WHERE n.nspname = 'muster' AND p.prosecdef"
				" AND NOT coalesce(array_to_string(p.proconfig, '|'), '')"
				"  ~ 'search_path=[^|]*pg_temp(\\||$)'"),
			 0);
	ck_assert_int_eq(number(owner,
				"SELECT count(*) FROM pg_proc p JOIN pg_namespace n"
				" ON n.oid = p.pronamespace WHERE n.nspname = 'muster'"
				" AND has_function_privilege('public', p.oid, 'EXECUTE')"),
			 0);
}
END_TEST

START_TEST(tables_about_contractors_can_be_distributed)
{
	/* No trigger of ours, and the contractor first in every key. */
	ck_assert_int_eq(number(owner,
				"SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
				" JOIN pg_namespace n ON n.oid = c.relnamespace"
				" JOIN pg_attribute a ON a.attrelid = c.oid"
				"  AND a.attname = 'contractor_id'"
				" WHERE n.nspname = 'muster' AND NOT t.tgisinternal"),
			 0);
	ck_assert_int_eq(number(owner,
				"SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
				" JOIN pg_namespace n ON n.oid = c.relnamespace"
				" JOIN pg_attribute a ON a.attrelid = c.oid"
				"  AND a.attname = 'contractor_id'"
				" WHERE n.nspname = 'muster' AND i.indisunique"
				" AND i.indkey[0] <> a.attnum"),
			 0);
}
END_TEST

/* Instance and enrolment --------------------------------------------------------------- */

START_TEST(the_instance_has_one_key)
{
	const struct hash_key key = { 0x0123456789abcdef, 0xfedcba9876543210 };
	struct hash_key read = { 0 };
	CLEAN(pg) struct pg *daemon = store_connect(STORE_DAEMON);

	ck_ok(store_instance_create(owner, &key, &err));
	ck_assert_int_lt(store_instance_create(owner, &key, &err), 0);
	ck_ok(store_instance_read(daemon, &read, &err));
	ck_assert_mem_eq(&read, &key, sizeof(key));
}
END_TEST

struct seen {
	int count;
	char text[4096];
};

static int contractor_seen(void *context, const struct store_contractor *row,
			   struct err *error UNUSED)
{
	struct seen *seen = context;
	size_t length = strlen(seen->text);

	seen->count++;
	snprintf(seen->text + length, sizeof(seen->text) - length, "%d %s %s %d %d %lld %s;",
		 row->id, row->code, row->name, row->is_unsigned, row->active,
		 (long long)row->systems, row->created_by);
	return 0;
}

static int system_seen(void *context, const struct store_system *row, struct err *error UNUSED)
{
	struct seen *seen = context;
	size_t length = strlen(seen->text);

	seen->count++;
	snprintf(seen->text + length, sizeof(seen->text) - length, "%s/%s %d %s %s %lld %zu %d;",
		 row->contractor, row->name, row->id, row->format, row->timezone,
		 (long long)row->every, row->zone.length, row->active);
	return 0;
}

START_TEST(contractors_and_systems)
{
	CLEAN(pg) struct pg *officer = store_connect(STORE_OFFICER);
	CLEAN(pg) struct pg *daemon = store_connect(STORE_DAEMON);
	struct store_system web = { .contractor = "ACME", .name = "web", .format = "ndjson",
				    .timezone = "UTC", .every = 3600 };
	struct store_system mail = { .contractor = "ACME", .name = "mail", .format = "syslog",
				     .timezone = "Europe/Berlin", .zone = TEXT("TZif2") };
	struct store_system lost = { .contractor = "NOBODY", .name = "web", .format = "ndjson",
				     .timezone = "UTC" };
	struct seen seen = { 0 };

	ck_ok(store_contractor_add(owner, "BOLT", "Bolt & Sons", false, "eve", &err));
	ck_ok(store_contractor_add(owner, "ACME", "Acme'); DROP TABLE", true, "ann", &err));
	ck_assert_int_eq(store_contractor_add(owner, "ACME", "Again", true, "ann", &err),
			 -ERR_REFUSED);
	ck_assert_int_lt(store_contractor_add(owner, "lower", "x", true, "ann", &err), 0);
	ck_ok(store_system_add(owner, &web, "ann", &err));
	ck_ok(store_system_add(owner, &mail, "ann", &err));
	ck_assert_int_eq(store_system_add(owner, &web, "ann", &err), -ERR_REFUSED);
	ck_assert_int_eq(store_system_add(owner, &lost, "ann", &err), -ERR_NEGATIVE);

	ck_ok(store_contractors(officer, NULL, contractor_seen, &seen, &err));
	/* Refused enrolments use up no number. */
	ck_assert_str_eq(seen.text, "2 ACME Acme'); DROP TABLE 1 1 2 ann;"
				    "1 BOLT Bolt & Sons 0 1 0 eve;");
	seen = (struct seen){ 0 };
	ck_ok(store_systems(officer, "ACME", system_seen, &seen, &err));
	ck_assert_str_eq(seen.text, "ACME/mail 2 syslog Europe/Berlin 0 0 1;"
				    "ACME/web 1 ndjson UTC 3600 0 1;");
	seen = (struct seen){ 0 };
	ck_ok(store_enrolment(daemon, system_seen, &seen, &err));
	ck_assert_str_eq(seen.text, "BOLT/ 0   0 0 0;ACME/web 1 ndjson UTC 3600 0 1;"
				    "ACME/mail 2 syslog Europe/Berlin 0 5 1;");

	ck_ok(store_system_close(owner, "ACME", "web", &err));
	ck_assert_int_eq(store_system_close(owner, "ACME", "web", &err), -ERR_NEGATIVE);
	ck_ok(store_contractor_close(owner, "BOLT", &err));
	ck_assert_int_eq(store_contractor_close(owner, "BOLT", &err), -ERR_NEGATIVE);
	seen = (struct seen){ 0 };
	ck_ok(store_enrolment(daemon, system_seen, &seen, &err));
	ck_assert_str_eq(seen.text, "ACME/mail 2 syslog Europe/Berlin 0 5 1;");
	lost.contractor = "BOLT";
	ck_assert_int_eq(store_system_add(owner, &lost, "ann", &err), -ERR_REFUSED);
}
END_TEST

START_TEST(totals_of_empty_books)
{
	CLEAN(pg) struct pg *officer = store_connect(STORE_OFFICER);
	struct store_totals totals;

	ck_ok(store_totals_read(officer, &totals, &err));
	ck_assert_int_eq(totals.batches, 0);
	ck_assert_int_eq(totals.events, 0);
	ck_assert_int_eq(totals.duplicates, 0);
	ck_assert_int_eq(totals.last_delivery, MOMENT_NONE);
}
END_TEST

/* Standards ------------------------------------------------------------------------------ */

static int standard_seen(void *context, const struct store_standard *row,
			 struct err *error UNUSED)
{
	struct seen *seen = context;
	size_t length = strlen(seen->text);
	bool in_force = row->in_force_since != MOMENT_NONE && row->in_force_until == MOMENT_NONE;

	seen->count++;
	snprintf(seen->text + length, sizeof(seen->text) - length, "%s %d %lld %lld %.*s;",
		 row->name, in_force, (long long)row->requirements, (long long)row->rules,
		 TEXT_PRINT(row->bundle));
	return 0;
}

START_TEST(standards_are_loaded_once_and_put_in_force)
{
	const struct standard_requirement requirements[] = {
		{ .id = "1.1", .title = "First", .citation = "House, 1.1", .family = "A",
		  .weight = 5, .observable = STANDARD_OBSERVABLE_DIRECT, .plan = STANDARD_PLAN_NO },
		{ .id = "1.2", .title = "Second", .citation = "House, 1.2", .family = "A",
		  .observable = STANDARD_OBSERVABLE_NONE, .plan = STANDARD_PLAN_YES },
	};
	const struct standard standard = { .name = "house", .title = "House rules",
					   .requirement_count = 2, .requirements = requirements };
	const struct store_rule rules[] = {
		{ .key = "A-ONE", .title = "One", .says = "do", .file = "rules/a.yml",
		  .severity = 4, .direct = true, .requirements = "1.1 1.2" },
		{ .key = "A-TWO", .title = "Two", .says = "do not", .file = "rules/b.yml",
		  .severity = 1, .requirements = "" },
	};
	CLEAN(pg) struct pg *daemon = store_connect(STORE_DAEMON);
	char first[STORE_DIGEST], second[STORE_DIGEST], active[STORE_DIGEST];
	struct seen seen = { 0 };
	bool is_new = false;

	ck_ok(store_standard_load(owner, TEXT("one"), &standard, rules, 2, "ann", first, &is_new,
				  &err));
	ck_assert(is_new);
	ck_assert_str_eq(first, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
	ck_ok(store_standard_load(owner, TEXT("one"), &standard, rules, 2, "ann", second, &is_new,
				  &err));
	ck_assert(!is_new);
	ck_assert_str_eq(first, second);
	ck_ok(store_standard_load(owner, TEXT("two"), &standard, rules, 1, "ann", second, &is_new,
				  &err));
	ck_assert_int_eq(number(owner, "SELECT count(*) FROM rule"), 3);
	ck_assert_int_eq(number(owner, "SELECT max(id) FROM rule"), 3);
	ck_assert_int_eq(number(owner, "SELECT count(*) FROM rule WHERE requirements = '{}'"), 1);

	ck_assert_int_eq(store_standard_activate(owner, "barn", "ann", active, &err),
			 -ERR_NEGATIVE);
	ck_assert_int_eq(store_standard_activate(owner, "7692c3a", "ann", active, &err),
			 -ERR_NEGATIVE);
	ck_ok(store_standard_activate(owner, "house", "ann", active, &err));
	ck_assert_str_eq(active, second);
	ck_ok(store_standard_activate(owner, "7692C3AD", "ann", active, &err));
	ck_assert_str_eq(active, first);
	ck_ok(store_standard_activate(owner, first, "ann", active, &err));
	ck_assert_int_eq(number(owner, "SELECT count(*) FROM standard_in_force"), 2);
	ck_ok(store_standards(daemon, standard_seen, &seen, &err));
	ck_assert_str_eq(seen.text, "house 0 2 1 ;house 1 2 2 ;");
	seen = (struct seen){ 0 };
	ck_ok(store_standards_in_force(daemon, standard_seen, &seen, &err));
	ck_assert_str_eq(seen.text, "house 1 2 2 one;");
	/* What fails half way leaves nothing: the same rule twice. */
	const struct store_rule twice[] = { rules[0], rules[0] };
	ck_assert_int_lt(store_standard_load(owner, TEXT("three"), &standard, twice, 2, "ann",
					     second, &is_new, &err),
			 0);
	ck_assert_int_eq(number(owner, "SELECT count(*) FROM standard"), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tests, books_begin, server_end);
	tcase_add_checked_fixture(tests, connect_begin, connect_end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, migrating_again_changes_nothing);
	tcase_add_test(tests, a_schema_is_not_made_twice);
	tcase_add_test(tests, a_changed_migration_is_refused);
	tcase_add_test(tests, other_versions_of_the_schema_are_refused);
	tcase_add_test(tests, a_failing_migration_leaves_nothing);
	tcase_add_test(tests, roles_may_do_what_is_theirs);
	tcase_add_test(tests, functions_of_the_owner_cannot_be_misled);
	tcase_add_test(tests, tables_about_contractors_can_be_distributed);
	tcase_add_test(tests, the_instance_has_one_key);
	tcase_add_test(tests, totals_of_empty_books);
	tcase_add_test(tests, contractors_and_systems);
	tcase_add_test(tests, standards_are_loaded_once_and_put_in_force);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
