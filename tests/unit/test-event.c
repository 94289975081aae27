#include <check.h>
#include "event/event.h"

START_TEST(actions_have_names)
{
	enum event_action action;
	ck_assert_str_eq(event_action_name(EVENT_READ), "read");
	ck_assert_str_eq(event_action_name((enum event_action)200), "other");
	ck_assert(event_action_from_name(TEXT("leave"), &action));
	ck_assert_int_eq(action, EVENT_LEAVE);
	ck_assert(!event_action_from_name(TEXT("Read"), &action));
	ck_assert_int_eq(action, EVENT_OTHER);
	ck_assert(strlen(event_action_meaning(EVENT_SEND)) > 0);
}
END_TEST

START_TEST(outcomes_have_names)
{
	enum event_outcome outcome;
	ck_assert(event_outcome_from_name(TEXT("failure"), &outcome));
	ck_assert_int_eq(outcome, EVENT_FAILURE);
	ck_assert(!event_outcome_from_name(TEXT("fail"), &outcome));
	ck_assert_int_eq(outcome, EVENT_OUTCOME_UNKNOWN);
	ck_assert_str_eq(event_outcome_name(EVENT_SUCCESS), "success");
}
END_TEST

START_TEST(markings_have_levels)
{
	static const struct {
		const char *marking;
		enum event_level level;
	} cases[] = {
		{"SECRET//NOFORN", EVENT_LEVEL_SECRET},
		{"(S)", EVENT_LEVEL_SECRET},
		{"(S//NF)", EVENT_LEVEL_SECRET},
		{"s", EVENT_LEVEL_SECRET},
		{"TS//SCI", EVENT_LEVEL_TOP_SECRET},
		{" Top Secret ", EVENT_LEVEL_TOP_SECRET},
		{"cui", EVENT_LEVEL_CUI},
		{"CUI//SP-CTI", EVENT_LEVEL_CUI},
		{"CONTROLLED", EVENT_LEVEL_CUI},
		{"UNCLASSIFIED//CUI", EVENT_LEVEL_CUI},
		{"UNCLASSIFIED//FOUO", EVENT_LEVEL_UNCLASSIFIED},
		{"U", EVENT_LEVEL_UNCLASSIFIED},
		{"C", EVENT_LEVEL_CONFIDENTIAL},
		{"", EVENT_LEVEL_UNKNOWN},
		{"()", EVENT_LEVEL_UNKNOWN},
		{"SECRETARY", EVENT_LEVEL_UNKNOWN},
		{"NOFORN//SECRET", EVENT_LEVEL_UNKNOWN},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ck_assert_msg(event_level_of_marking(text_of(cases[i].marking)) ==
				      cases[i].level,
			      "%s", cases[i].marking);
}
END_TEST

START_TEST(names_are_numbers)
{
	struct event_names *names = event_names_new();
	ck_assert_ptr_nonnull(names);
	ck_assert(event_names_find(names, TEXT("Image")) == EVENT_NAME_NONE);
	for (uint32_t i = 0; i < 5000; i++) {
		char name[40];
		int n = snprintf(name, sizeof(name), "field.%u.name", i);
		struct text t = {name, (size_t)n};
		ck_assert_uint_eq(event_names_intern(names, t), i);
		ck_assert_uint_eq(event_names_intern(names, t), i);
	}
	ck_assert_uint_eq(event_names_find(names, TEXT("field.4321.name")), 4321);
	ck_assert(event_names_find(names, TEXT("Field.4321.name")) == EVENT_NAME_NONE);
	ck_assert(text_equal(event_names_text(names, 17), TEXT("field.17.name")));
	ck_assert_uint_eq(event_names_intern(names, TEXT_NONE), 5000);
	ck_assert_uint_eq(event_names_find(names, TEXT("")), 5000);
	ck_assert_uint_eq(event_names_count(names), 5001);
	event_names_free(names);
}
END_TEST

static struct text value(const struct event *event, enum event_normalised which)
{
	static char scratch[EVENT_SCRATCH];
	struct text t;
	return event_normalised_value(event, which, scratch, &t) ? t : TEXT("<none>");
}

START_TEST(normalised_values)
{
	struct event event = {.bytes = -1};
	ck_assert(calendar_from_rfc3339(TEXT("2026-03-01T23:59:58Z"), &event.time));
	event.actor = TEXT("jdoe");
	event.level = EVENT_LEVEL_SECRET;
	event.source = EVENT_FROM_SSHD;
	ck_assert(text_equal(value(&event, EVENT_N_TIME), TEXT("2026-03-01T23:59:58Z")));
	ck_assert(text_equal(value(&event, EVENT_N_HOUR), TEXT("23")));
	ck_assert(text_equal(value(&event, EVENT_N_WEEKDAY), TEXT("7")));
	ck_assert(text_equal(value(&event, EVENT_N_ACTOR), TEXT("jdoe")));
	ck_assert(text_equal(value(&event, EVENT_N_OBJECT), TEXT("<none>")));
	ck_assert(text_equal(value(&event, EVENT_N_OUTCOME), TEXT("unknown")));
	ck_assert(text_equal(value(&event, EVENT_N_LEVEL), TEXT("4")));
	ck_assert(text_equal(value(&event, EVENT_N_BYTES), TEXT("<none>")));
	ck_assert(text_equal(value(&event, EVENT_N_SOURCE), TEXT("sshd")));
	event.bytes = 0;
	ck_assert(text_equal(value(&event, EVENT_N_BYTES), TEXT("0")));
	event.time = -1;
	ck_assert(text_equal(value(&event, EVENT_N_WEEKDAY), TEXT("3")));
	ck_assert_str_eq(event_normalised_describe(EVENT_N_TIME)->name, "muster.time");
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("event");
	tcase_add_test(tests, actions_have_names);
	tcase_add_test(tests, outcomes_have_names);
	tcase_add_test(tests, markings_have_levels);
	tcase_add_test(tests, names_are_numbers);
	tcase_add_test(tests, normalised_values);
	Suite *suite = suite_create("event");
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
