#include "test-people.h"

START_TEST(what_is_suppressed_is_not_written_home_about)
{
	int64_t before;

	lead_to_reopened(1);
	ck_ok(do_made(one, TEXT("triage")));
	before = office_number(owner, "SELECT count(*) FROM outbox");
	ck_ok(office_act(people.anna, one, "suppress", "FPD", "a clock",
			 "{\"until\":\"2027-01-01T00:00:00Z\"}"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM outbox"), before);
	/* Nothing has left, so it can be taken back. */
	office_later("1 hour");
	ck_ok(office_act(people.anna, one, "undo", NULL, NULL, NULL));
}
END_TEST

/* With others like it: two people, and only as long as the act stands. */
START_TEST(others_like_it_take_two_people)
{
	static const char scope[] = "SELECT count(*) FROM violation WHERE suppressed_until("
				    "1, 'rule', 's%s', %d, '2026-11-21') IS NOT NULL";
	char asked[256];

	office_open(1, 1, 3);
	office_open(1, 2, 3);
	ck_ok(office_act(people.anna, one, "suppress", "BEN", "a test bench",
			 "{\"until\":\"2027-01-01T00:00:00Z\",\"subject\":true}"));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression"), 0);
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM suppression"), 1);
	snprintf(asked, sizeof(asked), scope, "1", 3);
	ck_assert_int_eq(office_number(owner, asked), 2);
	snprintf(asked, sizeof(asked), scope, "2", 3);     /* another subject */
	ck_assert_int_eq(office_number(owner, asked), 0);
	snprintf(asked, sizeof(asked), scope, "1", 4);     /* a more severe one */
	ck_assert_int_eq(office_number(owner, asked), 0);
	/* What was opened meanwhile comes back with it. */
	office_script("UPDATE violation SET suppressed_until = '2027-01-01T00:00:00Z' WHERE id = 2");
	ck_ok(office_act(people.otto, one, "undo", NULL, NULL, NULL));
	snprintf(asked, sizeof(asked), scope, "1", 3);
	ck_assert_int_eq(office_number(owner, asked), 0);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation"
					      " WHERE suppressed_until IS NOT NULL"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("suppress");
	TCase *tests = tcase_create("suppress");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, what_is_suppressed_is_not_written_home_about);
	tcase_add_test(tests, others_like_it_take_two_people);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
