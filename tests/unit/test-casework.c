#include <check.h>

#include "casework/casework.h"

START_TEST(every_name_finds_itself)
{
	for (int i = 0; i < CASEWORK_STATE_COUNT; i++) {
		enum casework_state state;
		ck_assert(casework_state_find(
			text_of(casework_state_describe((enum casework_state)i)->name), &state));
		ck_assert_int_eq(state, i);
	}
	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		enum casework_action action;
		ck_assert(casework_action_find(
			text_of(casework_action_describe((enum casework_action)i)->name), &action));
		ck_assert_int_eq(action, i);
	}
	for (int i = 0; i < CASEWORK_ROLE_COUNT; i++) {
		enum casework_role role;
		ck_assert(casework_role_find(
			text_of(casework_role_describe((enum casework_role)i)->name), &role));
		ck_assert_int_eq(role, i);
	}
	ck_assert_ptr_nonnull(casework_reason_find(TEXT("DISPUTE-FACT")));
	ck_assert_ptr_null(casework_reason_find(TEXT("dispute-fact")));
	ck_assert(!casework_state_find(TEXT("lost"), &(enum casework_state){ 0 }));
}
END_TEST

START_TEST(rows_for_many_states_hold_for_each)
{
	struct casework_transition is;

	ck_assert(casework_transition(CASEWORK_STATE_CLOSED, CASEWORK_ACTION_NOTE, &is));
	ck_assert_int_eq(is.from, CASEWORK_STATE_CLOSED);
	ck_assert_int_eq(is.to, CASEWORK_STATE_CLOSED);
	ck_assert(!casework_transition(CASEWORK_STATE_CLOSED, CASEWORK_ACTION_TAKE, &is));
	ck_assert(casework_transition(CASEWORK_STATE_VERIFIED, CASEWORK_ACTION_TAKE, &is));
	ck_assert_int_eq(is.to, CASEWORK_STATE_VERIFIED);
	ck_assert(casework_transition(CASEWORK_STATE_NOTICED, CASEWORK_ACTION_MERGE, &is));
	ck_assert_int_eq(is.to, CASEWORK_STATE_MERGED);
}
END_TEST

START_TEST(a_row_of_a_state_says_who_and_where_to)
{
	struct casework_transition is;

	ck_assert(casework_transition(CASEWORK_STATE_OVERDUE, CASEWORK_ACTION_VERIFY, &is));
	ck_assert_int_eq(is.to, CASEWORK_STATE_VERIFIED);
	ck_assert_uint_eq(is.who, 1u << CASEWORK_ROLE_OFFICER | 1u << CASEWORK_ROLE_SUPERVISOR);
	ck_assert_int_eq(is.by, CASEWORK_BY_OTHER);
	ck_assert_int_eq(is.second, CASEWORK_SECOND_NEVER);
	ck_assert(!casework_transition(CASEWORK_STATE_FLAGGED, CASEWORK_ACTION_CLOSE, &is));
}
END_TEST

/* What an action needs are arguments; what a reason needs its actions may take. */
START_TEST(needs_are_arguments)
{
	size_t count;
	const struct casework_reason *reasons = casework_reasons(&count);

	for (int i = 0; i < CASEWORK_ACTION_COUNT; i++) {
		struct text rest =
			text_of(casework_action_describe((enum casework_action)i)->needs);
		while (rest.length) {
			struct text word = text_split(&rest, ' ');
			bool known = false;
			if (word.bytes[0] == '[')
				word = text_head(text_skip(word, 1), word.length - 2);
			for (int k = 0; k < CASEWORK_ARGUMENT_COUNT; k++)
				known = known ||
					text_equal(word, text_of(casework_argument_describe(
								 (enum casework_argument)k)->name));
			ck_assert_msg(known, "%.*s is no argument", TEXT_PRINT(word));
		}
	}
	for (int k = 0; k < CASEWORK_ARGUMENT_COUNT; k++) {
		const char *code = casework_argument_describe((enum casework_argument)k)->reason;
		ck_assert_msg(!*code || casework_reason_find(text_of(code)), "%s", code);
	}
	for (size_t i = 0; i < count; i++)
		ck_assert_int_ne(reasons[i].list, CASEWORK_LIST_NONE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("casework");
	TCase *tests = tcase_create("lists");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(tests, every_name_finds_itself);
	tcase_add_test(tests, rows_for_many_states_hold_for_each);
	tcase_add_test(tests, a_row_of_a_state_says_who_and_where_to);
	tcase_add_test(tests, needs_are_arguments);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
