#include <check.h>

#include "muster/standard_directory.h"
#include "score/score.h"

/* The standard that is shipped, and a case that each test fills. */

static struct err err;
static struct standard *standard;
static struct arena *arena;
static struct score score;

static struct score_finding findings[64];
static const char *names[64][4];
static char numbers[64][24];
static struct score_assessment assessments[16];
static bool evidenced[110];
static struct score_input input;

#define DAY (86400 * MICROSECONDS)
#define TODAY 20500 /* 2026-02-16 */
#define NOW (TODAY * DAY)

static void setup(void)
{
	CLEAN(buffer) struct buffer bundle;

	buffer_init(&bundle, STANDARD_BUNDLE_LIMIT);
	ck_assert_int_eq(standard_directory_read(SOURCE_DIRECTORY
						 "/etc/standards/nist-800-171r2",
						 &bundle, &err),
			 0);
	ck_assert_int_eq(standard_parse("s", buffer_text(&bundle), &standard, &err), 0);
	arena = arena_new(8 << 20);
	memset(evidenced, 1, sizeof(evidenced));
	input = (struct score_input){.standard = standard,
				     .as_of = NOW,
				     .findings = findings,
				     .assessments = assessments,
				     .evidenced = evidenced};
}

static void teardown(void)
{
	standard_free(standard);
	arena_free(arena);
}

static void compute(void)
{
	int r = score_compute(&input, arena, &score, &err);

	ck_assert_msg(r == 0, "%s", err.text);
}

/* An open, direct finding of severity high; requirements "3.5.3 3.7.5". */
static struct score_finding *found(const char *rule, const char *requirements,
				   int64_t day)
{
	size_t n = input.finding_count++, count = 0;
	struct text rest = text_of(requirements), name;

	while ((name = text_split(&rest, ' ')).length > 0)
		names[n][count++] = arena_text(arena, name).bytes;
	names[n][count] = NULL;
	snprintf(numbers[n], sizeof(numbers[n]), "V-2026-%06zu", n + 1);
	findings[n] = (struct score_finding){
		.number = numbers[n],
		.rule = rule,
		.requirements = names[n],
		.severity = 4,
		.direct = true,
		.day = day,
		.opened = day * DAY,
		.decided = MOMENT_NONE,
		.state = SCORE_OPEN,
	};
	return &findings[n];
}

static struct score_finding *sustained(const char *rule, const char *requirements)
{
	struct score_finding *finding = found(rule, requirements, TODAY - 20);

	finding->state = SCORE_SUSTAINED;
	finding->decided = NOW - 10 * DAY;
	return finding;
}

static struct score_assessment *assessed(const char *requirement, bool met,
					 int64_t moment)
{
	struct score_assessment *assessment = &assessments[input.assessment_count++];

	*assessment = (struct score_assessment){requirement, met, false, moment};
	return assessment;
}

static const struct score_requirement *held(const char *id)
{
	return &score.requirements[standard_requirement_place(
		standard, standard_requirement_find(standard, text_of(id)))];
}

#define CHECK(record, indication, expected)                                              \
	do {                                                                             \
		compute();                                                               \
		ck_assert_int_eq(score.of_record, record);                               \
		ck_assert_int_eq(score.indicated, indication);                           \
		ck_assert_str_eq(score_standing_name(score.standing), expected);         \
	} while (0)

static void reason_has(const char *words)
{
	ck_assert_msg(strstr(score.standing_reason, words) != NULL, "\"%s\" lacks \"%s\"",
		      score.standing_reason, words);
}

START_TEST(nothing_known)
{
	CHECK(110, 110, "meets");
	ck_assert_uint_eq(score.counts[SCORE_NOT_OBSERVABLE], 15);
	ck_assert_uint_eq(score.counts[SCORE_NO_FINDING], 95);
	ck_assert_uint_eq(score.counts[SCORE_MET], 0);
	input.evidenced = NULL;
	CHECK(110, 110, "meets");
	ck_assert_uint_eq(score.counts[SCORE_NOT_EVIDENCED], 95);
	ck_assert_uint_eq(score.counts[SCORE_NOT_OBSERVABLE], 15);
	reason_has("15 not observable, 95 not evidenced");
	evidenced[0] = false;
	input.evidenced = evidenced;
	compute();
	ck_assert_uint_eq(score.counts[SCORE_NOT_EVIDENCED], 1);
	ck_assert_str_eq(score_status_name(held("3.1.1")->status), "not evidenced");
	ck_assert_str_eq(score_status_name(held("3.1.2")->status), "no finding");
	ck_assert_str_eq(score_status_name(held("3.3.6")->status), "not observable");
}
END_TEST

START_TEST(each_value_counts)
{
	for (size_t i = 0; i < standard->requirement_count; i++) {
		input.finding_count = 0;
		sustained("R", standard->requirements[i].id);
		compute();
		ck_assert_int_eq(score.of_record, 110 - standard->requirements[i].weight);
		ck_assert_uint_eq(score.counts[SCORE_NOT_MET], 1);
	}
}
END_TEST

START_TEST(everything_not_met)
{
	static struct score_assessment all[110];

	for (size_t i = 0; i < 110; i++)
		all[i] = (struct score_assessment){standard->requirements[i].id, false,
						   false, NOW};
	input.assessments = all;
	input.assessment_count = 110;
	CHECK(-203, -203, "fails");
	for (size_t i = 0; i < 110; i++)
		all[i].partial = true;
	CHECK(-199, -199, "fails");
}
END_TEST

START_TEST(once_for_one_requirement)
{
	sustained("A", "3.5.1 3.5.1");
	sustained("A", "3.5.1");
	sustained("B", "3.5.1 3.3.2");
	found("B", "3.5.1", TODAY);
	found("B", "3.5.1", TODAY - 1);
	assessed("3.5.1", false, NOW - DAY);
	CHECK(110 - 5 - 3, 110 - 5 - 3, "fails");
	ck_assert_uint_eq(held("3.5.1")->sustained_count, 3);
	ck_assert_uint_eq(held("3.5.1")->indication_count, 2);
	ck_assert_uint_eq(held("3.3.2")->sustained_count, 1);
	ck_assert_uint_eq(score.counts[SCORE_NOT_MET], 2);
}
END_TEST

START_TEST(open_findings_never_touch_the_record)
{
	found("A", "3.5.1", TODAY)->severity = 5;
	found("B", "3.1.22", TODAY);
	found("B", "3.1.22", TODAY - 1);
	CHECK(110, 104, "meets");
	ck_assert_int_eq(held("3.5.1")->status, SCORE_INDICATED_NOT_MET);
	ck_assert_uint_eq(score.counts[SCORE_INDICATED_NOT_MET], 2);
	reason_has("2 indicated not met");
}
END_TEST

START_TEST(two_dates_in_thirty_days)
{
	struct score_finding *second;

	found("A", "3.5.1", TODAY - 40);
	CHECK(110, 110, "meets");
	second = found("A", "3.5.1", TODAY - 40); /* the same date again */
	CHECK(110, 110, "meets");
	second->day = TODAY - 10; /* 31st day */
	CHECK(110, 110, "meets");
	second->day = TODAY - 11; /* 30th day */
	CHECK(110, 105, "meets");
	second->rule = "B"; /* another rule */
	CHECK(110, 110, "meets");
	second->rule = "A";
	second->direct = false; /* only asks */
	CHECK(110, 110, "meets");
	second->direct = true;
	second->state = SCORE_COVERED;
	CHECK(110, 110, "meets");
	ck_assert_uint_eq(held("3.5.1")->covered_count, 1);
	ck_assert_uint_eq(held("3.5.1")->open_count, 1);
	second->state = SCORE_DISMISSED;
	CHECK(110, 110, "meets");
	second->state = SCORE_CORRECTED;
	CHECK(110, 110, "meets");
	second->state = SCORE_OPEN;
	second->opened = NOW + 1; /* later than asked about */
	CHECK(110, 110, "meets");
	second->opened = NOW;
	CHECK(110, 105, "meets");
}
END_TEST

/* The window slides: old dates, and dates that do not count, fall out of it. */
START_TEST(window_slides)
{
	found("A", "3.5.1", 100);
	found("A", "3.5.1", 100)->direct = false;
	found("A", "3.5.1", 150)->direct = false;
	found("A", "3.5.1", 151);
	found("A", "3.5.1", 200);
	found("A", "3.5.1", 200);
	CHECK(110, 110, "meets");
	found("A", "3.5.1", 229);
	CHECK(110, 105, "meets");
	ck_assert_uint_eq(held("3.5.1")->indication_count, 5);
	ck_assert_uint_eq(held("3.5.1")->open_count, 7);
}
END_TEST

START_TEST(critical_once)
{
	struct score_finding *finding = found("A", "3.8.7", TODAY);

	CHECK(110, 110, "meets");
	finding->severity = 5;
	CHECK(110, 105, "meets");
	finding->direct = false;
	CHECK(110, 110, "meets");
}
END_TEST

START_TEST(variable_values)
{
	struct score_finding *a = sustained("A", "3.5.3"), *b;

	CHECK(105, 105, "fails");
	a->partial = true;
	CHECK(107, 107, "fails");
	b = sustained("A", "3.5.3");
	CHECK(105, 105, "fails");
	b->partial = true;
	CHECK(107, 107, "fails");
	assessed("3.5.3", false, NOW)->partial = true;
	CHECK(107, 107, "fails");
	assessments[0].partial = false;
	CHECK(105, 105, "fails");
	/* Partial says nothing where there is no partial value. */
	sustained("B", "3.5.1")->partial = true;
	CHECK(100, 100, "fails");
}
END_TEST

START_TEST(variable_values_indicated)
{
	struct score_finding *a = found("A", "3.5.3", TODAY),
			     *b = found("A", "3.5.3", TODAY - 1);

	a->partial = b->partial = true;
	CHECK(110, 107, "meets");
	b->partial = false; /* not enough for the whole value by itself */
	CHECK(110, 107, "meets");
	found("A", "3.5.3", TODAY - 2);
	CHECK(110, 105, "meets");
	sustained("A", "3.5.3")->partial = true;
	CHECK(107, 105, "fails");
}
END_TEST

START_TEST(assessments_are_heard)
{
	assessed("3.6.3", false, NOW - 3 * DAY);
	CHECK(109, 109, "conditional");
	ck_assert_uint_eq(score.counts[SCORE_NOT_OBSERVABLE], 14);
	assessed("3.6.3", true, NOW - 2 * DAY);
	CHECK(110, 110, "meets");
	ck_assert_int_eq(held("3.6.3")->status, SCORE_MET);
	assessed("3.6.3", false,
		 NOW - 2 * DAY); /* at the same moment: the last one given */
	CHECK(109, 109, "conditional");
	assessed("3.6.3", true, NOW);
	CHECK(110, 110, "meets");
	assessed("3.6.3", false, NOW + DAY); /* not yet, as of now */
	CHECK(110, 110, "meets");
	input.as_of = NOW + DAY;
	CHECK(109, 109, "conditional");
	assessed("9.9.9", false, NOW); /* of some other standard */
	CHECK(109, 109, "conditional");
}
END_TEST

/* That an assessor says met corrects no violation that was sustained. */
START_TEST(assessment_lifts_no_decision)
{
	assessed("3.1.3", true, NOW);
	sustained("A", "3.1.3");
	CHECK(109, 109, "conditional");
	findings[0].state = SCORE_CORRECTED;
	CHECK(110, 110, "meets");
	ck_assert_int_eq(held("3.1.3")->status, SCORE_MET);
	findings[0].state = SCORE_OPEN;
	findings[0].severity = 5;
	CHECK(110, 109, "meets");
	ck_assert_int_eq(held("3.1.3")->status, SCORE_INDICATED_NOT_MET);
}
END_TEST

/* 32 CFR 170.21(a)(2) */
START_TEST(standing_conditional)
{
	static const char *const excluded[] = {"3.1.20", "3.1.22", "3.12.4",
					       "3.10.3", "3.10.4", "3.10.5"};

	sustained("A", "3.1.3");
	CHECK(109, 109, "conditional");
	ck_assert_int_eq(score.conditional_until, NOW + 170 * DAY);
	reason_has("1 not met, each of which may stand on a plan of action until "
		   "2026-08-05T00:00:00Z");
	for (size_t i = 0; i < ARRAY_LENGTH(excluded); i++) {
		input.finding_count = 1;
		sustained("B", excluded[i]);
		compute();
		ck_assert_int_eq(score.standing, SCORE_FAILS);
		reason_has("is excluded by name");
	}
	input.finding_count = 1;
	sustained("B", "3.1.5");
	CHECK(106, 106, "fails");
	reason_has("3.1.5 is not met and may not stand on a plan of action: it is worth "
		   "more than one point");
	input.finding_count = 1;
	sustained("B", "3.13.11");
	CHECK(104, 104, "fails");
	findings[1].partial = true;
	CHECK(106, 106, "conditional");
	input.finding_count = 1;
	sustained("B", "3.5.3")->partial = true;
	CHECK(106, 106, "fails");
}
END_TEST

START_TEST(standing_needs_88)
{
	static struct score_assessment open_items[46];
	size_t plans = 0;

	for (size_t i = 0; i < standard->requirement_count; i++)
		if (standard->requirements[i].plan == STANDARD_PLAN_YES)
			open_items[plans++] = (struct score_assessment){
				standard->requirements[i].id, false, false, NOW};
	ck_assert_uint_eq(plans, 46);
	input.assessments = open_items;
	input.assessment_count = 22;
	CHECK(88, 88, "conditional");
	input.assessment_count = 23;
	CHECK(87, 87, "fails");
	reason_has("the score of record is 87, below 88");
}
END_TEST

START_TEST(standing_runs_out)
{
	sustained("A", "3.1.3");
	sustained("A", "3.1.3")->decided = NOW - 180 * DAY + 1;
	sustained("A", "3.1.3");
	sustained("A", "3.1.4");
	CHECK(108, 108, "conditional");
	ck_assert_int_eq(score.conditional_until, NOW + 1);
	input.as_of = NOW + 1;
	CHECK(108, 108, "fails");
	ck_assert_int_eq(score.conditional_until, MOMENT_NONE);
	reason_has(
		"the 180 days of a plan of action ended at 2026-02-16T00:00:00.000001Z");
}
END_TEST

/* NISPOM and export findings have no value; a critical one decides the standing. */
START_TEST(handling_is_apart)
{
	struct score_finding *finding = found("ACC-CLR", "", TODAY);

	CHECK(110, 110, "meets");
	ck_assert_uint_eq(score.handling_open, 1);
	ck_assert_uint_eq(score.handling_critical, 0);
	finding->severity = 5;
	CHECK(110, 110, "fails");
	ck_assert_uint_eq(score.handling_critical, 1);
	reason_has("1 open critical finding");
	finding->state = SCORE_SUSTAINED;
	CHECK(110, 110, "fails");
	finding->state = SCORE_COVERED;
	CHECK(110, 110, "meets");
	finding->state = SCORE_CORRECTED;
	CHECK(110, 110, "meets");
	ck_assert_uint_eq(score.handling_open, 0);
	/* One that names requirements of some other standard is none of this one. */
	found("X", "9.9.9", TODAY)->severity = 5;
	CHECK(110, 110, "meets");
	ck_assert_uint_eq(score.handling_open, 0);
}
END_TEST

/* An exception covers a finding for the requirements it names, not for others. */
START_TEST(covered_for_one_requirement)
{
	static const char *const covered[] = {"3.5.1", NULL};
	struct score_finding *decided = sustained("A", "3.5.1 3.3.2");
	struct score_finding *open = found("B", "3.5.1 3.1.22", TODAY);

	open->severity = 5;
	CHECK(110 - 5 - 3, 110 - 5 - 3 - 1, "fails");
	decided->covered = covered;
	open->covered = covered;
	CHECK(110 - 3, 110 - 3 - 1, "fails");
	ck_assert_uint_eq(held("3.5.1")->covered_count, 2);
	ck_assert_uint_eq(held("3.5.1")->sustained_count, 0);
	ck_assert_uint_eq(held("3.3.2")->sustained_count, 1);
	ck_assert_uint_eq(held("3.1.22")->indication_count, 1);
}
END_TEST

/* The same findings in any order give the same score. */
START_TEST(order_does_not_matter)
{
	static struct score_finding again[64];
	int of_record, indicated;

	for (int i = 0; i < 40; i++) {
		static const char *const rules[] = {"A", "B", "C"};
		struct score_finding *finding =
			found(rules[i % 3], standard->requirements[i * 7 % 110].id,
			      TODAY - i * 5 % 60);
		finding->severity = 1 + i % 5;
		finding->state = i % 4 == 0 ? SCORE_SUSTAINED : SCORE_OPEN;
		finding->decided = NOW - i;
		finding->partial = i % 2;
	}
	compute();
	of_record = score.of_record;
	indicated = score.indicated;
	ck_assert_int_lt(of_record, 110);
	ck_assert_int_lt(indicated, of_record);
	for (int i = 0; i < 40; i++)
		again[(i * 17 + 5) % 40] = findings[i];
	input.findings = again;
	compute();
	ck_assert_int_eq(score.of_record, of_record);
	ck_assert_int_eq(score.indicated, indicated);
}
END_TEST

static void line_is(const struct score_line *line, const char *requirement, int points,
		    int total, const char *why, size_t violations)
{
	size_t count = 0;

	while (line->violations[count])
		count++;
	if (requirement)
		ck_assert_str_eq(line->requirement, requirement);
	else
		ck_assert_ptr_null(line->requirement);
	ck_assert_int_eq(line->points, points);
	ck_assert_int_eq(line->total, total);
	ck_assert_str_eq(line->why, why);
	ck_assert_uint_eq(count, violations);
}

START_TEST(arithmetic_is_shown)
{
	const struct score_line *lines = NULL;
	size_t count = 0;

	sustained("A", "3.5.3")->partial = true;
	sustained("A", "3.5.3")->partial = true;
	found("B", "3.1.22", TODAY)->severity = 5;
	assessed("3.6.3", false, NOW - DAY);
	assessed("3.12.4", false, NOW - DAY);
	CHECK(106, 105, "fails");
	ck_assert_int_eq(
		score_explain(&score, SCORE_OF_RECORD, arena, &lines, &count, &err), 0);
	ck_assert_uint_eq(count, 5);
	line_is(&lines[0], NULL, 0, 110, "where nothing is not met", 0);
	line_is(&lines[1], "3.5.3", -3, 107,
		"2 violations sustained; the partial value, not 5", 2);
	ck_assert_str_eq(lines[1].violations[0], "V-2026-000001");
	ck_assert_str_eq(lines[1].citation, "NIST SP 800-171 Rev. 2, 3.5.3");
	line_is(&lines[2], "3.6.3", -1, 106,
		"assessed as not met at 2026-02-15T00:00:00Z", 0);
	line_is(&lines[3], "3.12.4", 0, 106,
		"assessed as not met at 2026-02-15T00:00:00Z; it has no value", 0);
	line_is(&lines[4], NULL, 0, 106, "the score of record", 0);

	ck_assert_int_eq(
		score_explain(&score, SCORE_INDICATED, arena, &lines, &count, &err), 0);
	ck_assert_uint_eq(count, 6);
	line_is(&lines[1], "3.1.22", -1, 109, "1 open violation indicates it", 1);
	line_is(&lines[5], NULL, 0, 105, "the indicated score", 0);
}
END_TEST

/* The examples of muster-score(7). */
START_TEST(manual_decided_and_indicated)
{
	sustained("AUT-ROOT", "3.3.2 3.1.6");
	sustained("AUT-ROOT", "3.3.2 3.1.6");
	found("MED-UNREGISTERED", "3.8.7", 20515);
	found("MED-UNREGISTERED", "3.8.7", 20532);
	found("XFR-OUTSIDE", "3.1.20 3.1.3", 20521);
	input.as_of = 20540 * DAY;
	CHECK(106, 101, "fails");
	reason_has("3.3.2 is not met and may not stand on a plan of action");
}
END_TEST

START_TEST(manual_plan_of_action)
{
	int64_t february = calendar_days(2026, 2, 1) * DAY, until;

	assessed("3.6.3", false, february);
	assessed("3.3.6", false, february);
	assessed("3.13.11", false, calendar_days(2026, 3, 1) * DAY)->partial = true;
	input.as_of = calendar_days(2026, 3, 2) * DAY;
	CHECK(105, 105, "conditional");
	until = calendar_days(2026, 7, 31) * DAY;
	ck_assert_int_eq(score.conditional_until, until);
	input.as_of = until - 1;
	CHECK(105, 105, "conditional");
	input.as_of = until;
	CHECK(105, 105, "fails");
}
END_TEST

START_TEST(memory_has_an_end)
{
	struct arena *small = arena_new(2000);

	sustained("A", "3.5.1");
	ck_assert_int_eq(score_compute(&input, small, &score, &err), -ERR_MEMORY);
	arena_free(small);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("score");
	TCase *tests = tcase_create("score");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_known);
	tcase_add_test(tests, each_value_counts);
	tcase_add_test(tests, everything_not_met);
	tcase_add_test(tests, once_for_one_requirement);
	tcase_add_test(tests, open_findings_never_touch_the_record);
	tcase_add_test(tests, two_dates_in_thirty_days);
	tcase_add_test(tests, window_slides);
	tcase_add_test(tests, critical_once);
	tcase_add_test(tests, variable_values);
	tcase_add_test(tests, variable_values_indicated);
	tcase_add_test(tests, assessments_are_heard);
	tcase_add_test(tests, assessment_lifts_no_decision);
	tcase_add_test(tests, standing_conditional);
	tcase_add_test(tests, standing_needs_88);
	tcase_add_test(tests, standing_runs_out);
	tcase_add_test(tests, handling_is_apart);
	tcase_add_test(tests, covered_for_one_requirement);
	tcase_add_test(tests, order_does_not_matter);
	tcase_add_test(tests, arithmetic_is_shown);
	tcase_add_test(tests, manual_decided_and_indicated);
	tcase_add_test(tests, manual_plan_of_action);
	tcase_add_test(tests, memory_has_an_end);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
