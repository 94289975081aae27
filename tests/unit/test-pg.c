#include "test-server.h"

static struct pg *pg;
static struct err err;

static void connect_begin(void)
{
	err = (struct err){ 0 };
	pg = server_connect("postgres");
}

static void connect_end(void)
{
	pg_free(pg);
}

#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

START_TEST(values_come_back_as_they_went)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int64_t moment = 0;

	ck_assert(calendar_from_rfc3339(TEXT("1969-12-31T23:59:59.999999Z"), &moment));
	ck_ok(pg_query_one(pg,
			   "SELECT $1::text, $2::bytea, $3::bigint, $4::boolean, $5::timestamptz,"
			   " $6::text, $3::smallint, $3::integer, $7::timestamptz",
			   PG_VALUES(PG_STRING("Gr\303\274n 'n' \\"),
				     PG_BYTES(((struct text){ "a\0\377", 3 })), PG_NUMBER(-7),
				     PG_BOOL(true), PG_MOMENT(moment), PG_NULL,
				     PG_MOMENT(MOMENT_NONE)),
			   &result, &err));
	ck_assert_uint_eq(pg_rows(result), 1);
	ck_assert_uint_eq(pg_columns(result), 9);
	ck_assert_str_eq(pg_string(result, 0, 0), "Gr\303\274n 'n' \\");
	ck_assert_uint_eq(pg_text(result, 0, 1).length, 3);
	ck_assert_mem_eq(pg_text(result, 0, 1).bytes, "a\0\377", 3);
	ck_assert_int_eq(pg_number(result, 0, 2), -7);
	ck_assert(pg_bool(result, 0, 3));
	ck_assert_int_eq(pg_moment(result, 0, 4), moment);
	ck_assert(pg_is_null(result, 0, 5));
	ck_assert_ptr_null(pg_text(result, 0, 5).bytes);
	ck_assert_str_eq(pg_string(result, 0, 5), "");
	ck_assert_int_eq(pg_number(result, 0, 6), -7);
	ck_assert_int_eq(pg_number(result, 0, 7), -7);
	ck_assert_int_eq(pg_moment(result, 0, 8), MOMENT_NONE);
}
END_TEST

START_TEST(dates_and_arrays)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	int64_t moment = 0;

	ck_assert(calendar_from_rfc3339(TEXT("2026-03-01T00:00:00Z"), &moment));
	ck_ok(pg_query_one(pg,
			   "SELECT date '2026-03-01', timestamp '2026-03-01', 'infinity'::timestamptz,"
			   " ARRAY['3.1.1', NULL, ''], '{}'::text[], NULL::text[], 'x'::name",
			   PG_NO_VALUES, &result, &err));
	ck_assert_int_eq(pg_moment(result, 0, 0), moment);
	ck_assert_int_eq(pg_moment(result, 0, 1), moment);
	ck_assert_int_eq(pg_moment(result, 0, 2), MOMENT_NONE);
	ck_assert_uint_eq(pg_array_count(result, 0, 3), 3);
	ck_assert(text_equal(pg_array_text(result, 0, 3, 0), TEXT("3.1.1")));
	ck_assert_ptr_null(pg_array_text(result, 0, 3, 1).bytes);
	ck_assert_uint_eq(pg_array_text(result, 0, 3, 2).length, 0);
	ck_assert_uint_eq(pg_array_count(result, 0, 4), 0);
	ck_assert_uint_eq(pg_array_count(result, 0, 5), 0);
	ck_assert_str_eq(pg_string(result, 0, 6), "x");
}
END_TEST

START_TEST(errors_carry_their_state)
{
	struct pg_result *result = NULL;

	ck_assert_int_eq(pg_query(pg, "SELECT 1/0", PG_NO_VALUES, &result, &err), -ERR_DATABASE);
	ck_assert_str_eq(err.sqlstate, "22012");
	ck_assert_ptr_null(result);
	ck_assert_int_eq(pg_query(pg, "SELEKT", PG_NO_VALUES, NULL, &err), -ERR_DATABASE);
	ck_assert_str_eq(err.sqlstate, "42601");
	ck_assert_int_eq(pg_query(pg, "SELECT $1::text",
				  PG_VALUES(PG_TEXT(((struct text){ "a\0b", 3 }))), NULL, &err),
			 -ERR_SYNTAX);
	/* Two statements at once are no way in. */
	ck_assert_int_eq(pg_query(pg, "SELECT 1; SELECT 2", PG_NO_VALUES, NULL, &err),
			 -ERR_DATABASE);
	ck_assert_int_eq(pg_query_one(pg, "SELECT 1 WHERE false", PG_NO_VALUES, &result, &err),
			 -ERR_NEGATIVE);
	ck_assert(pg_is_alive(pg));
}
END_TEST

START_TEST(missing_rights_are_a_refusal)
{
	ck_ok(pg_script(pg, "CREATE ROLE nobody_much; CREATE TABLE secret (a integer);"
			    "SET ROLE nobody_much", &err));
	ck_assert_int_eq(pg_query(pg, "SELECT * FROM secret", PG_NO_VALUES, NULL, &err),
			 -ERR_REFUSED);
	ck_assert_str_eq(err.sqlstate, "42501");
	ck_ok(pg_script(pg, "RESET ROLE; DROP TABLE secret; DROP ROLE nobody_much", &err));
}
END_TEST

static int64_t count_rows(const char *sql)
{
	CLEAN(pg_result) struct pg_result *result = NULL;

	ck_ok(pg_query_one(pg, sql, PG_NO_VALUES, &result, &err));
	return pg_number(result, 0, 0);
}

START_TEST(transactions_end_or_leave_nothing)
{
	ck_ok(pg_script(pg, "CREATE TABLE kept (a integer)", &err));
	{
		CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
		ck_ok(pg_begin(pg, &transaction, &err));
		ck_ok(pg_query(pg, "INSERT INTO kept VALUES (1)", PG_NO_VALUES, NULL, &err));
	}
	ck_assert_int_eq(count_rows("SELECT count(*) FROM kept"), 0);
	{
		CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
		ck_ok(pg_begin(pg, &transaction, &err));
		ck_ok(pg_query(pg, "INSERT INTO kept VALUES (1)", PG_NO_VALUES, NULL, &err));
		ck_ok(pg_commit(&transaction, &err));
	}
	ck_assert_int_eq(count_rows("SELECT count(*) FROM kept"), 1);
	{
		/* A commit after a failure rolls back; that is not to be overlooked. */
		CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
		ck_ok(pg_begin(pg, &transaction, &err));
		ck_ok(pg_query(pg, "INSERT INTO kept VALUES (2)", PG_NO_VALUES, NULL, &err));
		ck_assert_int_lt(pg_query(pg, "SELECT 1/0", PG_NO_VALUES, NULL, &err), 0);
		ck_assert_int_eq(pg_commit(&transaction, &err), -ERR_DATABASE);
	}
	ck_assert_int_eq(count_rows("SELECT count(*) FROM kept"), 1);
	ck_ok(pg_script(pg, "DROP TABLE kept", &err));
}
END_TEST

START_TEST(copy_brings_every_row_and_type)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };
	static char large[300000];
	int64_t rows = 0, moment = 0;

	memset(large, 'x', sizeof(large));
	ck_assert(calendar_from_rfc3339(TEXT("2026-03-01T12:00:00.5Z"), &moment));
	ck_ok(pg_script(pg, "CREATE TABLE copied (a smallint, b integer, c bigint, d boolean,"
			    " e timestamptz, f text, g bytea)", &err));
	ck_ok(pg_copy_begin(pg, "COPY copied FROM STDIN (FORMAT binary)", &copy, &err));
	for (int i = 0; i < 30000; i++) {
		pg_copy_row(&copy, 7);
		pg_copy_smallint(&copy, (int16_t)-i);
		pg_copy_integer(&copy, -i);
		pg_copy_bigint(&copy, i * 1000000007LL);
		pg_copy_bool(&copy, i % 2);
		pg_copy_moment(&copy, i == 3 ? MOMENT_NONE : moment);
		pg_copy_text(&copy, i == 4 ? (struct text){ large, sizeof(large) } : TEXT("f\303\274"));
		pg_copy_null(&copy);
	}
	ck_ok(pg_copy_end(&copy, &rows, &err));
	ck_assert_int_eq(rows, 30000);
	ck_assert_int_eq(count_rows("SELECT count(*) FROM copied WHERE a = b::smallint AND"
				    " c = -b::bigint * 1000000007 AND d = (b % 2 <> 0) AND g IS NULL"
				    " AND (e = '2026-03-01T12:00:00.5Z' OR (b = -3 AND e IS NULL))"
				    " AND (f = 'f\303\274' OR (b = -4 AND length(f) = 300000))"),
			 30000);
	ck_ok(pg_script(pg, "DROP TABLE copied", &err));
}
END_TEST

START_TEST(copy_failures_are_told_and_free_the_connection)
{
	CLEAN(pg_copy) struct pg_copy copy = { 0 };

	ck_ok(pg_script(pg, "CREATE TABLE strict (a integer CHECK (a < 10))", &err));
	ck_assert_int_eq(pg_copy_begin(pg, "COPY nowhere FROM STDIN (FORMAT binary)", &copy, &err),
			 -ERR_DATABASE);
	ck_ok(pg_copy_begin(pg, "COPY strict FROM STDIN (FORMAT binary)", &copy, &err));
	for (int i = 0; i < 100000; i++) {
		pg_copy_row(&copy, 1);
		pg_copy_integer(&copy, i);
	}
	ck_assert_int_eq(pg_copy_end(&copy, NULL, &err), -ERR_DATABASE);
	ck_assert_str_eq(err.sqlstate, "23514");
	ck_ok(pg_copy_begin(pg, "COPY strict FROM STDIN (FORMAT binary)", &copy, &err));
	pg_copy_row(&copy, 1);
	pg_copy_integer(&copy, 1);
	pg_copy_abort(&copy);
	ck_assert_int_eq(count_rows("SELECT count(*) FROM strict"), 0);
	/* A value that is too large fails at the end, and only then. */
	ck_ok(pg_copy_begin(pg, "COPY strict FROM STDIN (FORMAT binary)", &copy, &err));
	pg_copy_row(&copy, 1);
	pg_copy_text(&copy, (struct text){ "", SIZE_MAX / 2 });
	for (int i = 0; i < 100000; i++)
		pg_copy_integer(&copy, 1);
	ck_assert_int_eq(pg_copy_end(&copy, NULL, &err), -ERR_LIMIT);
	ck_assert_int_eq(count_rows("SELECT count(*) FROM strict"), 0);
	ck_ok(pg_script(pg, "DROP TABLE strict", &err));
}
END_TEST

START_TEST(settings_are_quoted)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 1000);
	pg_add_setting(&out, "host", "/a b'c\\d");
	pg_add_setting(&out, "user", "");
	ck_assert_str_eq(out.data, "host='/a b\\'c\\\\d' user='' ");
}
END_TEST

START_TEST(no_server_is_an_error_of_the_database)
{
	struct pg *none = NULL;

	ck_assert_int_eq(pg_open("host=/nowhere dbname=x", "test", &none, &err), -ERR_DATABASE);
	ck_assert_str_eq(err.sqlstate, "");
	ck_assert_ptr_null(strchr(err.text, '\n'));
	ck_assert_ptr_null(none);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pg");
	TCase *tests = tcase_create("pg");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tests, server_begin, server_end);
	tcase_add_checked_fixture(tests, connect_begin, connect_end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, values_come_back_as_they_went);
	tcase_add_test(tests, dates_and_arrays);
	tcase_add_test(tests, errors_carry_their_state);
	tcase_add_test(tests, missing_rights_are_a_refusal);
	tcase_add_test(tests, transactions_end_or_leave_nothing);
	tcase_add_test(tests, copy_brings_every_row_and_type);
	tcase_add_test(tests, copy_failures_are_told_and_free_the_connection);
	tcase_add_test(tests, settings_are_quoted);
	tcase_add_test(tests, no_server_is_an_error_of_the_database);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
