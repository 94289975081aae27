/* A clock that was moved, in the books, and what waits to be taken. */
#include "test-people.h"

#include "ipc/ipc.h"

static int64_t at(const char *moment)
{
	int64_t m;

	ck_assert(calendar_from_rfc3339(text_of(moment), &m));
	return m;
}

static void step(const char *kind, int64_t seconds)
{
	const struct store_clock_step is = { .kind = kind,
					     .expected = at("2026-11-20T16:40:00Z"),
					     .shown = at("2026-11-20T16:40:00Z") + seconds * MICROSECONDS,
					     .bound = 5 * MICROSECONDS };

	ck_ok(store_clock_step_record(people.daemon, &is, &err));
}

static bool is_held(void)
{
	struct store_clock_standing standing;

	ck_ok(store_clock_standing(people.daemon, &standing, &err));
	ck_assert(!standing.held || standing.count > 0);
	return standing.held;
}

/* Steps that take each other back, and those that only go backward, hold nothing. */
START_TEST(what_holds_time)
{
	ck_assert(!is_held());
	step("set", 31536000);
	ck_assert(is_held());
	step("set", -31535990);
	ck_assert_msg(is_held(), "ten seconds ahead");
	step("set", -8);
	ck_assert(!is_held());
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM clock_step WHERE returned"), 3);
	step("set", -31536000);
	step("behind", -100);
	ck_assert(!is_held());
	/* Which of two clocks is right is nobody's guess. */
	step("database", -7200);
	ck_assert(is_held());
	step("database", 7201);
	ck_assert(!is_held());
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM clock_step_open"), 2);
}
END_TEST

START_TEST(nothing_runs_out_while_time_is_held)
{
	static const char harm_sql[] = "SELECT (SELECT count(*) FROM duty_fact WHERE fact = 'overdue')"
				       " + (SELECT count(*) FROM act WHERE action = 'lapse')";
	CLEAN(pg) struct pg *udo = office_person("udo");
	int64_t count, acts;

	lead_to(CASEWORK_STATE_NOTICED, 1);
	ck_ok(office_act(people.anna, one, "incident", NULL, NULL,
			 "{\"moment\":\"discovered\",\"at\":\"2026-11-20T00:00:00Z\"}"));
	step("set", 31536000);
	office_later("1 year");
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_ok(store_pass_until(people.daemon, at("2036-01-01T00:00:00Z"), &acts, &err));
	ck_assert_int_eq(acts, 0);
	ck_assert_int_eq(office_number(owner, harm_sql), 0);
	ck_refused(office_act(people.daemon, one, "lapse", NULL, NULL, NULL), STORE_MU_STATE,
		   "the clock was moved");
	ck_refused(store_clock_acknowledge(people.lena, "fine", &count, &err), STORE_MU_PERSON,
		   "officer, supervisor");
	ck_assert_int_eq(store_clock_acknowledge(udo, "fine", &count, &err), -ERR_REFUSED);
	ck_refused(store_clock_acknowledge(people.anna, " ", &count, &err), STORE_MU_MISSING, "words");
	ck_ok(store_clock_acknowledge(people.anna, "it was wrong before", &count, &err));
	ck_assert_int_eq(count, 1);
	ck_ok(store_clock_acknowledge(people.anna, "again", &count, &err));
	ck_assert_int_eq(count, 0);
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_int_eq(office_number(owner, harm_sql), 2);
}
END_TEST

START_TEST(an_act_is_never_before_the_last)
{
	lead_to(CASEWORK_STATE_TRIAGED, 1);
	lead_to(CASEWORK_STATE_TRIAGED, 2);
	office_later("1 year");
	ck_ok(office_act(people.anna, one, "note", NULL, "a year ahead", NULL));
	office_later("-1 year");
	ck_ok(office_act(people.anna, one, "note", NULL, "back again", NULL));
	ck_ok(office_act(people.anna, two, "note", NULL, "of another case", NULL));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act a JOIN act b"
		" USING (contractor_id, violation_id) WHERE a.number < b.number"
		" AND a.recorded_at > b.recorded_at"), 0);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE"
		" recorded_at = moment() + interval '1 year' AND note <> 'of another case'"), 2);
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM act WHERE"
		" recorded_at = moment() AND note = 'of another case'"), 1);
}
END_TEST

/* An answer that came in time and has not been read yet. */
START_TEST(what_waits_is_held_against_nobody)
{
	struct ipc_waiting waiting = { .contractor_id = 1 };
	int64_t due, acts;

	lead_to(CASEWORK_STATE_NOTICED, 1);
	lead_to(CASEWORK_STATE_NOTICED, 2);
	due = office_number(owner, "SELECT (extract(epoch FROM due) * 1000000)::bigint"
				   " FROM violation WHERE id = 1");
	snprintf(waiting.name, sizeof(waiting.name), "%s", one);
	waiting.since = due - 1;
	office_later("1 year");
	ck_ok(store_waiting_set(people.daemon, &waiting, 1, &err));
	ck_ok(store_pass_until(people.daemon, due - 1, &acts, &err));
	ck_assert_int_eq(acts, 0);
	ck_ok(store_pass_until(people.daemon, due + MICROSECONDS, &acts, &err));
	ck_assert_int_eq(acts, 1);
	ck_assert_str_eq(state_of(1), "noticed");
	ck_assert_str_eq(state_of(2), "unanswered");
	waiting.since = due;
	ck_ok(store_waiting_set(people.daemon, &waiting, 1, &err));
	ck_ok(store_pass(people.daemon, &acts, &err));
	ck_assert_str_eq(state_of(1), "unanswered");
	ck_ok(store_waiting_set(people.daemon, NULL, 0, &err));
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM waiting"), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clock-step");
	TCase *tests = tcase_create("all");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tests, office_begin_with_letters, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, what_holds_time);
	tcase_add_test(tests, nothing_runs_out_while_time_is_held);
	tcase_add_test(tests, an_act_is_never_before_the_last);
	tcase_add_test(tests, what_waits_is_held_against_nobody);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
