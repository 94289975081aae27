#include "test-office.h"

static const char one[] = "V-2026-100001", two[] = "V-2026-100002";

static const char *state_of(int64_t id)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT state FROM violation WHERE contractor_id = 1 AND id = %lld",
		 (long long)id);
	return office_string(owner, sql);
}

/* Lists ---------------------------------------------------------------------------- */

START_TEST(the_database_has_the_lists)
{
	static const char *const tables[] = { "role",	"clock_rule", "state",	   "action",
					      "reason", "sanction",   "transition" };

	for (size_t i = 0; i < ARRAY_LENGTH(tables); i++) {
		CLEAN(buffer) struct buffer sql;
		char count[300];

		buffer_init(&sql, (size_t)1 << 20);
		buffer_add_format(&sql, "CREATE TABLE expected (LIKE %s); INSERT INTO expected VALUES\n",
				  tables[i]);
		ck_assert(casework_rows(tables[i], &sql));
		ck_ok(pg_script(owner, sql.data, &err));
		snprintf(count, sizeof(count),
			 "SELECT count(*) FROM ((TABLE expected EXCEPT TABLE %s)"
			 " UNION ALL (TABLE %s EXCEPT TABLE expected)) x", tables[i], tables[i]);
		ck_assert_msg(office_number(owner, count) == 0, "%s: list and table differ",
			      tables[i]);
		ck_ok(pg_script(owner, "DROP TABLE expected", &err));
	}
}
END_TEST

/* Cases ---------------------------------------------------------------------------- */

START_TEST(a_case_goes_from_flag_to_closed)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *bert = office_person("bert");
	CLEAN(pg) struct pg *lena = office_person("lena");
	CLEAN(pg) struct pg *daemon = office_connect(STORE_DAEMON);
	int64_t acts = 0;

	office_open(1, 1, 3);
	ck_ok(office_act(anna, one, "take", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "triage", NULL, NULL, NULL));
	ck_ok(office_act(anna, one, "notice", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE due IS NULL"
					      " AND clock_name = 'reply' AND clock_paused_at IS NOT NULL"), 1);
	ck_ok(store_pass(daemon, &acts, &err));
	ck_assert_int_eq(acts, 0);
	office_later("10 minutes");
	ck_ok(store_pass(daemon, &acts, &err));
	ck_assert_int_eq(acts, 1);
	/* 14 business days after Friday the 20th. */
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE state = 'noticed'"
					      " AND clock_paused_at IS NULL"
					      " AND due = '2026-12-11T00:00:00Z'"), 1);
	ck_ok(office_act(lena, one, "reply", "DISPUTE-FACT", "it was not so", NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE disputed"), 1);
	ck_ok(office_act(anna, one, "sustain", "SUB", NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE disputed"), 0);
	ck_ok(office_act(lena, one, "plan", NULL, NULL,
			 "{\"milestones\":[{\"title\":\"locks\",\"due\":\"2026-12-10\"}]}"));
	ck_refused(office_act(bert, one, "verify", NULL, "seen", NULL), STORE_MU_STATE, "1");
	ck_ok(office_act(lena, one, "milestone", NULL, NULL, "{\"milestone\":1}"));
	ck_refused(office_act(anna, one, "verify", NULL, "seen", NULL), STORE_MU_PERSON, "has decided");
	ck_ok(office_act(bert, one, "verify", NULL, "seen", NULL));
	ck_ok(office_act(anna, one, "close", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "closed");
	ck_assert_int_eq(office_number(owner, "SELECT version FROM violation"), 10);
}
END_TEST

START_TEST(what_is_grave_takes_two)
{
	CLEAN(pg) struct pg *anna = office_person("anna"), *otto = office_person("otto");

	office_open(1, 1, 5);
	office_open(1, 2, 3);
	ck_ok(office_act(anna, one, "dismiss", "FPL", NULL, NULL));
	ck_assert_str_eq(state_of(1), "flagged");
	ck_refused(office_act(anna, one, "triage", NULL, NULL, NULL), STORE_MU_STATE, "waits");
	ck_refused(office_act(anna, one, "approve", NULL, NULL, NULL), STORE_MU_PERSON, "supervisor");
	ck_ok(office_act(otto, one, "approve", NULL, NULL, NULL));
	ck_assert_str_eq(state_of(1), "dismissed");
	ck_ok(office_act(anna, two, "dismiss", "FPL", NULL, NULL));
	ck_assert_str_eq(state_of(2), "dismissed");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process");
	TCase *tests = tcase_create("process");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin, server_end);
	tcase_add_checked_fixture(tests, office_test_begin, office_test_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, the_database_has_the_lists);
	tcase_add_test(tests, a_case_goes_from_flag_to_closed);
	tcase_add_test(tests, what_is_grave_takes_two);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
