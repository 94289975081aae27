#include "test-people.h"

#include "store/letter.h"

struct asking {
	char asked[80];
	int wanted, unwanted;
};

static int take_request(void *context, const struct store_letter *row, struct err *error UNUSED)
{
	struct asking *asking = context;

	ck_assert_str_eq(row->action, "request");
	snprintf(asking->asked, sizeof(asking->asked), "%s", row->asked);
	asking->wanted += row->wanted;
	asking->unwanted += !row->wanted;
	return 0;
}

static struct asking letters_of_requests(void)
{
	struct store_letter_place place = { .at = MOMENT_NONE };
	struct asking asking = { 0 };
	size_t count;

	ck_ok(store_letters_due(people.daemon, &place, take_request, &asking, &count, &err));
	return asking;
}

static const char *document_for(const char *number)
{
	CLEAN(pg_result) struct pg_result *result = NULL;
	static char said[400];

	ck_ok(pg_query_one(people.daemon, "SELECT concat_ws(': ', code, why)"
			   " FROM attachment_take(1, $1, 'd1', 'door.log', sha256('x'), 1)",
			   PG_VALUES(PG_STRING(number)), &result, &err));
	snprintf(said, sizeof(said), "%s", pg_string(result, 0, 0));
	return said;
}

/* Asking moves no case and no clock; who was asked can send documents. */
START_TEST(evidence_is_asked_for)
{
	struct asking asking;

	office_open(1, 1, 5);
	ck_refused(office_act(people.anna, one, "request", NULL, "seen", NULL), STORE_MU_MISSING,
		   "request needs: evidence");
	ck_refused(office_act(people.otto, one, "request", NULL, NULL, "{\"evidence\":\"x\"}"),
		   STORE_MU_PERSON, "otto may not request");
	ck_ok(do_made(one, TEXT("request")));
	ck_assert_str_eq(state_of(1), "flagged");
	ck_assert_int_eq(office_number(owner, "SELECT count(*) FROM violation WHERE id = 1"
				       " AND clock_name = 'triage' AND clock_paused_at IS NULL"), 1);
	/* Held, and taken back. */
	ck_assert_int_eq(letters_of_requests().wanted, 0);
	ck_ok(do_made(one, TEXT("undo")));
	office_later("10 minutes");
	ck_assert_int_eq(letters_of_requests().unwanted, 1);
	ck_assert_str_eq(document_for(one), "unknown-violation: you have no notice of V-2026-100001");
	ck_ok(do_made(one, TEXT("request")));
	office_later("10 minutes");
	asking = letters_of_requests();
	ck_assert_int_eq(asking.wanted, 1);
	ck_assert_str_eq(asking.asked, "the log of the door");
	ck_ok(pg_query(people.daemon, "SELECT letter_done(contractor_id, violation_id, act_number,"
		       " CASE WHEN wanted THEN moment() END) FROM letters_due(10)", PG_NO_VALUES,
		       NULL, &err));
	ck_assert_str_eq(document_for(one), "");
	ck_assert_str_eq(reply_to(one, "FIXED"), "not-awaited: an answer is not possible now");
	ck_refused(do_made(one, TEXT("undo")), STORE_MU_STATE, "left the building");
	/* Nothing is asked for any more once the case has ended. */
	ck_ok(do_made(one, TEXT("request")));
	ck_ok(office_act(people.anna, one, "dismiss", "FPL", NULL, NULL));
	ck_ok(office_act(people.otto, one, "approve", NULL, NULL, NULL));
	office_later("10 minutes");
	asking = letters_of_requests();
	ck_assert_int_eq(asking.wanted, 0);
	ck_assert_int_eq(asking.unwanted, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("request");
	TCase *tests = tcase_create("request");
	SRunner *runner = srunner_create(suite);

	tcase_add_unchecked_fixture(tests, office_begin, server_end);
	tcase_add_checked_fixture(tests, people_begin, people_end);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, evidence_is_asked_for);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
