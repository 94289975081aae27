#include <check.h>

#include "casework/duty.h"

/* New York by its rule alone: a table without transitions, and a footer. */
#define NEW_YORK "EST5EDT,M3.2.0,M11.1.0"

static struct buffer file;
static struct zone zone;
static struct casework_calendar office;

static const struct casework_holiday holidays[] = {
	{ 20768, "Veterans Day" },         /* 2026-11-11 */
	{ 20783, "Thanksgiving Day" },     /* 2026-11-26 */
	{ 20812, "Christmas Day" },        /* 2026-12-25 */
	{ 20819, "New Year's Day" },       /* 2027-01-01 */
};

static void add_header(struct buffer *b, unsigned types)
{
	buffer_add_string(b, "TZif2");
	for (int i = 0; i < 15; i++)
		buffer_add_byte(b, 0);
	for (int i = 0; i < 4; i++)
		buffer_add_be32(b, 0);
	buffer_add_be32(b, types);
	buffer_add_be32(b, 4);
	buffer_add_be32(b, (uint32_t)-5 * 3600);
	buffer_add_byte(b, 0);
	buffer_add_byte(b, 0);
	buffer_add(b, "EST", 4);
}

static void office_open(void)
{
	struct err err = { 0 };

	buffer_init(&file, 4096);
	add_header(&file, 1);
	add_header(&file, 1);
	buffer_add_string(&file, "\n" NEW_YORK "\n");
	ck_assert_msg(zone_read(buffer_text(&file), &zone, &err) == 0, "%s", err.text);
	office = (struct casework_calendar){ "America/New_York", &zone,
					     CASEWORK_SATURDAY_AND_SUNDAY, holidays,
					     ARRAY_LENGTH(holidays) };
}

static void office_close(void)
{
	buffer_done(&file);
}

static int64_t at(const char *moment)
{
	int64_t m;

	ck_assert(calendar_from_rfc3339(text_of(moment), &m));
	return m;
}

static void same(int64_t moment, const char *expected)
{
	char text[CALENDAR_TEXT];

	ck_assert_str_eq(calendar_to_rfc3339(moment, text), expected);
}

static int64_t due(const char *started, enum casework_unit unit, int64_t amount)
{
	return casework_clock_due(&office, at(started), unit, amount);
}

START_TEST(local_and_back)
{
	/* Both sides of both changes, an hour each way. */
	static const struct {
		const char *utc, *local;
	} pairs[] = {
		{ "2026-01-15T12:00:00Z", "2026-01-15T07:00:00Z" },
		{ "2026-03-08T06:59:59Z", "2026-03-08T01:59:59Z" },
		{ "2026-03-08T07:00:00Z", "2026-03-08T03:00:00Z" },
		{ "2026-11-01T05:59:59Z", "2026-11-01T01:59:59Z" },
		{ "2026-11-01T06:00:00Z", "2026-11-01T01:00:00Z" },
		{ "2038-07-01T00:00:00Z", "2038-06-30T20:00:00Z" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(pairs); i++)
		same(zone_to_local(&zone, at(pairs[i].utc)), pairs[i].local);
	for (int64_t m = at("2026-01-01T00:00:00Z"); m < at("2027-01-01T00:00:00Z");
	     m += 1800 * MICROSECONDS) {
		int64_t back = zone_to_utc(&zone, zone_to_local(&zone, m));
		/* Only the hour shown twice comes back as its first showing. */
		ck_assert(back == m || back == m - 3600 * MICROSECONDS);
		if (back != m)
			ck_assert(m >= at("2026-11-01T06:00:00Z") && m < at("2026-11-01T07:00:00Z"));
	}
}
END_TEST

START_TEST(business_days)
{
	/* A Friday afternoon; Thanksgiving is the Thursday after. */
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-24T05:00:00Z");
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 3), "2026-11-26T05:00:00Z");
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 4), "2026-11-28T05:00:00Z");
	/* 02:00 in Greenwich is still the day before in New York. */
	same(due("2026-11-24T02:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-25T05:00:00Z");
	same(due("2026-11-24T05:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-26T05:00:00Z");
	/* Began on a Saturday, on a Sunday, on a holiday. */
	same(due("2026-11-21T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-24T05:00:00Z");
	same(due("2026-11-22T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-24T05:00:00Z");
	same(due("2026-11-26T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-28T05:00:00Z");
	/* Fourteen of them over Christmas and New Year. */
	same(due("2026-12-14T15:00:00Z", CASEWORK_BUSINESS_DAYS, 14), "2027-01-06T05:00:00Z");
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 0), "2026-11-21T05:00:00Z");
}
END_TEST

START_TEST(days_when_the_clocks_change)
{
	/* 8 March has 23 hours, 1 November 25: a day ends when it ends. */
	same(due("2026-03-06T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-03-10T04:00:00Z");
	same(due("2026-10-30T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-03T05:00:00Z");
	office.weekend = 0;
	same(due("2026-03-07T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-03-09T04:00:00Z");
	same(due("2026-10-31T15:00:00Z", CASEWORK_BUSINESS_DAYS, 1), "2026-11-02T05:00:00Z");
	/* 24 hours are 24 hours, whatever the clocks show. */
	same(due("2026-03-07T15:00:00Z", CASEWORK_DAYS, 1), "2026-03-08T15:00:00Z");
	same(due("2026-11-20T00:00:00Z", CASEWORK_DAYS, 180), "2027-05-19T00:00:00Z");
	same(due("2026-11-20T00:00:00Z", CASEWORK_HOURS, 72), "2026-11-23T00:00:00Z");
	/* A year later it is the same time of day in the office. */
	same(due("2026-03-07T15:00:00Z", CASEWORK_YEARS, 1), "2027-03-07T15:00:00Z");
	same(due("2026-03-10T15:00:00Z", CASEWORK_YEARS, 1), "2027-03-10T16:00:00Z");
	same(due("2028-02-29T15:00:00Z", CASEWORK_YEARS, 1), "2029-02-28T15:00:00Z");
	same(due("2028-02-29T15:00:00Z", CASEWORK_YEARS, 4), "2032-02-29T15:00:00Z");
	same(due("2024-03-01T04:00:00Z", CASEWORK_YEARS, 6), "2030-03-01T04:00:00Z");
}
END_TEST

START_TEST(counting_is_the_inverse)
{
	int64_t begin = at("2026-01-02T11:17:00Z");

	for (int64_t hours = 0; hours < 24 * 500; hours += 7)
		for (int64_t amount = 1; amount < 30; amount += 4) {
			int64_t started = begin + hours * 3600 * MICROSECONDS;
			int64_t end = casework_clock_due(&office, started,
							 CASEWORK_BUSINESS_DAYS, amount);

			ck_assert_int_eq(casework_business_days(&office, started, end - 1), amount);
			ck_assert_int_eq(casework_business_days(&office, end, started), 0);
			ck_assert(casework_is_business_day(&office, casework_day(&office, end - 1)));
			ck_assert_int_eq(casework_day_begin(&office, casework_day(&office, end)), end);
		}
}
END_TEST

START_TEST(a_pause_gives_back_what_was_left)
{
	int64_t end = due("2026-11-02T15:00:00Z", CASEWORK_BUSINESS_DAYS, 14);

	/* 14: 3-6, 9, 10, 12, 13, 16-20, 23 November; Veterans Day is none. */
	same(end, "2026-11-24T05:00:00Z");
	/* Paused and resumed on one day: no gain. */
	ck_assert_int_eq(casework_clock_resume(&office, CASEWORK_BUSINESS_DAYS, end,
					       at("2026-11-05T15:00:00Z"),
					       at("2026-11-05T20:00:00Z")), end);
	/* Over a weekend: none either. */
	ck_assert_int_eq(casework_clock_resume(&office, CASEWORK_BUSINESS_DAYS, end,
					       at("2026-11-06T15:00:00Z"),
					       at("2026-11-08T20:00:00Z")), end);
	/* From Thursday to Monday: two business days, and over the holiday. */
	same(casework_clock_resume(&office, CASEWORK_BUSINESS_DAYS, end,
				   at("2026-11-05T15:00:00Z"), at("2026-11-09T15:00:00Z")),
	     "2026-11-26T05:00:00Z");
	same(casework_clock_resume(&office, CASEWORK_BUSINESS_DAYS, end,
				   at("2026-11-05T15:00:00Z"), at("2026-11-10T15:00:00Z")),
	     "2026-11-28T05:00:00Z");
	/* Hours and days are counted exactly. */
	same(casework_clock_resume(&office, CASEWORK_DAYS, at("2026-11-20T00:00:00Z"),
				   at("2026-11-05T15:00:00Z"), at("2026-11-05T15:00:01Z")),
	     "2026-11-20T00:00:01Z");
}
END_TEST

static const char *explain(const struct casework_clock_run *run, struct buffer *out)
{
	buffer_init(out, 65536);
	casework_clock_explain(&office, run, out);
	ck_assert(!out->failed && out->data);
	return out->data;
}

START_TEST(the_arithmetic_is_shown)
{
	const struct casework_step steps[] = {
		{ CASEWORK_PAUSED, at("2026-11-23T15:00:00Z"), 0, NULL, NULL, NULL },
		{ CASEWORK_RESUMED, at("2026-11-24T14:00:00Z"), 0, "musterd", NULL, NULL },
		{ CASEWORK_EXTENDED, at("2026-11-25T15:30:00Z"), at("2026-12-05T05:00:00Z"), "anna",
		  "boris", "flood" },
		{ CASEWORK_STOPPED, at("2026-12-02T17:00:00Z"), 0, "clara", NULL, "reply" },
	};
	struct casework_clock_run run = { "reply", CASEWORK_BUSINESS_DAYS, 3,
					  at("2026-11-20T21:40:00Z"), NULL, 0 };
	CLEAN(buffer) struct buffer plain, stepped, days;

	ck_assert_str_eq(explain(&run, &plain),
			 "began Fri 2026-11-20 16:40, 3 business days: Mon 2026-11-23 (1), Tue 24 (2),"
			 " Wed 25 (3) -> due Wed 2026-11-25 24:00 America/New_York\n");
	run.steps = steps;
	run.step_count = ARRAY_LENGTH(steps);
	ck_assert_str_eq(
		explain(&run, &stepped),
		"began Fri 2026-11-20 16:40, 3 business days: Mon 2026-11-23 (1), Tue 24 (2),"
		" Wed 25 (3) -> due Wed 2026-11-25 24:00 America/New_York\n"
		"paused Mon 2026-11-23 10:00 -> 2 business days left\n"
		"resumed Tue 2026-11-24 09:00 by musterd, 2 business days left: Wed 2026-11-25 (1),"
		" Thu 26 holiday Thanksgiving Day skipped, Fri 27 (2) -> due Fri 2026-11-27 24:00"
		" America/New_York\n"
		"extended Wed 2026-11-25 10:30 by anna, approved by boris: flood -> due Fri"
		" 2026-12-04 24:00 America/New_York\n"
		"stopped Wed 2026-12-02 12:00 by clara: reply, in time\n");
	same(casework_clock_run_due(&office, &run), "2026-12-05T05:00:00Z");
	run.step_count = 1;
	ck_assert_int_eq(casework_clock_run_due(&office, &run), MOMENT_NONE);
	run = (struct casework_clock_run){ "correct", CASEWORK_DAYS, 180,
					   at("2026-11-20T21:40:00Z"), NULL, 0 };
	ck_assert_str_eq(explain(&run, &days),
			 "began Fri 2026-11-20 16:40, 180 days of 24 hours -> due Wed 2027-05-19 17:40"
			 " America/New_York\n");
}
END_TEST

START_TEST(unknown_holidays_are_named)
{
	const struct casework_clock_run run = { "triage", CASEWORK_BUSINESS_DAYS, 2,
						at("2027-12-30T21:40:00Z"), NULL, 0 };
	CLEAN(buffer) struct buffer out;

	ck_assert_str_eq(explain(&run, &out),
			 "began Thu 2027-12-30 16:40, 2 business days: Fri 2027-12-31 (1),"
			 " Mon 2028-01-03 (2) -> due Mon 2028-01-03 24:00 America/New_York\n"
			 "no holiday of 2028 is known (muster.conf, section calendar)\n");
}
END_TEST

static int calendar_of(const char *weekend, const char *const *days, size_t count,
		       struct casework_calendar *ret, struct err *err)
{
	static struct arena *arena;

	arena_free(arena);
	arena = arena_new(1 << 16);
	return casework_calendar_read("America/New_York", buffer_text(&file), weekend, days, count,
				      arena, ret, err);
}

START_TEST(a_calendar_is_read)
{
	const char *const days[] = { "2026-12-25 Christmas Day", "2026-11-26 Thanksgiving Day" };
	struct casework_calendar read;
	struct err err = { 0 };

	ck_assert_msg(calendar_of("Sat  sunday ", days, 2, &read, &err) == 0, "%s", err.text);
	ck_assert_uint_eq(read.weekend, CASEWORK_SATURDAY_AND_SUNDAY);
	ck_assert_uint_eq(read.holiday_count, 2);
	ck_assert_str_eq(casework_holiday_name(&read, 20783), "Thanksgiving Day");
	ck_assert_str_eq(casework_holiday_name(&read, 20812), "Christmas Day");
	ck_assert_ptr_null(casework_holiday_name(&read, 20813));
	same(casework_clock_due(&read, at("2026-11-20T21:40:00Z"), CASEWORK_BUSINESS_DAYS, 4),
	     "2026-11-28T05:00:00Z");
	ck_assert_int_eq(calendar_of("", NULL, 0, &read, &err), 0);
	ck_assert_uint_eq(read.weekend, 0);
}
END_TEST

START_TEST(a_wrong_calendar_is_refused)
{
	static const struct {
		const char *weekend, *day, *why;
	} wrong[] = {
		{ "Caturday", "2026-12-25 X", "weekend: \"Caturday\" is no day of the week" },
		{ "Sun Mon Tue Wed Thu Fri Sat", "2026-12-25 X",
		  "weekend: the office must work on some day" },
		{ "", "2026-02-29 X", "holidays: \"2026-02-29 X\" is not a date and a name, as in"
				      " \"2026-11-26 Thanksgiving Day\"" },
		{ "", "2026-12-25", "holidays: \"2026-12-25\" is not a date and a name, as in"
				    " \"2026-11-26 Thanksgiving Day\"" },
		{ "", "2026-+2-25 X", "holidays: \"2026-+2-25 X\" is not a date and a name, as in"
				      " \"2026-11-26 Thanksgiving Day\"" },
		{ "", "2026-12-25 X\ny", "holidays: \"2026-12-25 X\ny\" is not a date and a name, as in"
					" \"2026-11-26 Thanksgiving Day\"" },
		{ "", "2026-11-26 Again", "holidays: Again and Thanksgiving are on one date" },
	};
	struct casework_calendar read;

	for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
		const char *const days[] = { "2026-11-26 Thanksgiving", wrong[i].day };
		struct err err = { 0 };

		ck_assert_int_eq(calendar_of(wrong[i].weekend, days, 2, &read, &err), -ERR_SYNTAX);
		ck_assert_str_eq(err.text, wrong[i].why);
	}
}
END_TEST

START_TEST(duties_are_whole)
{
	enum casework_moment moment;
	enum casework_duty duty;

	for (int i = 0; i < CASEWORK_DUTY_COUNT; i++) {
		const struct casework_duty_description *is =
			casework_duty_describe((enum casework_duty)i);

		ck_assert(casework_duty_find(text_of(is->name), &duty) && (int)duty == i);
		ck_assert_int_ne(is->base, CASEWORK_MOMENT_NONE);
		/* What is only kept is met by nothing. */
		ck_assert_int_eq(is->keep, is->met == CASEWORK_MOMENT_NONE);
		ck_assert_int_ge(is->amount, 1);
		ck_assert_uint_gt(strlen(is->citation), 0);
	}
	/* Every moment starts or meets something. */
	for (int i = 0; i < CASEWORK_MOMENT_COUNT; i++) {
		bool used = false;

		ck_assert(casework_moment_find(
				  text_of(casework_moment_describe((enum casework_moment)i)->name),
				  &moment) && (int)moment == i);
		for (int k = 0; k < CASEWORK_DUTY_COUNT; k++) {
			const struct casework_duty_description *is =
				casework_duty_describe((enum casework_duty)k);
			used = used || (int)is->base == i || (int)is->met == i;
		}
		ck_assert(used);
	}
	ck_assert(!casework_moment_find(TEXT("never"), &moment));
	ck_assert(!casework_duty_find(TEXT(""), &duty));
}
END_TEST

/* The figures that the rules name, from one moment: 20 November 2026, 16:40. */
START_TEST(duties_have_the_lengths_of_the_rules)
{
	static const struct {
		enum casework_duty duty;
		const char *due;
	} expected[] = {
		{ CASEWORK_DUTY_CYBER_72H, "2026-11-23T21:40:00Z" },
		{ CASEWORK_DUTY_IMAGE_90D, "2027-02-18T21:40:00Z" },
		{ CASEWORK_DUTY_POAM_180D, "2027-05-19T21:40:00Z" },
		{ CASEWORK_DUTY_AFFIRM_1Y, "2027-11-20T21:40:00Z" },
		{ CASEWORK_DUTY_REASSESS_3Y, "2029-11-20T21:40:00Z" },
		{ CASEWORK_DUTY_SELF_INSPECT_1Y, "2027-11-20T21:40:00Z" },
		{ CASEWORK_DUTY_REBUTTAL_14BD, "2026-12-12T05:00:00Z" },
		{ CASEWORK_DUTY_EXPORT_60D, "2027-01-19T21:40:00Z" },
		{ CASEWORK_DUTY_AUDIT_REVIEW_7D, "2026-11-27T21:40:00Z" },
		{ CASEWORK_DUTY_EVIDENCE_6Y, "2032-11-20T21:40:00Z" },
	};
	for (size_t i = 0; i < ARRAY_LENGTH(expected); i++) {
		const struct casework_duty_description *is =
			casework_duty_describe(expected[i].duty);
		same(due("2026-11-20T21:40:00Z", is->unit, is->amount), expected[i].due);
	}
}
END_TEST

START_TEST(without_a_zone_it_is_utc)
{
	office.zone = NULL;
	office.zone_name = "UTC";
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 3), "2026-11-26T00:00:00Z");
	ck_assert_int_eq(casework_day(&office, -1), -1);
	ck_assert_uint_eq(casework_weekday(-1), 3);
	office.weekend = CASEWORK_WHOLE_WEEK;
	same(due("2026-11-20T21:40:00Z", CASEWORK_BUSINESS_DAYS, 3), "2026-11-24T00:00:00Z");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("casework-clock");
	TCase *tests = tcase_create("clock");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, office_open, office_close);
	tcase_add_test(tests, local_and_back);
	tcase_add_test(tests, business_days);
	tcase_add_test(tests, days_when_the_clocks_change);
	tcase_add_test(tests, counting_is_the_inverse);
	tcase_add_test(tests, a_pause_gives_back_what_was_left);
	tcase_add_test(tests, the_arithmetic_is_shown);
	tcase_add_test(tests, unknown_holidays_are_named);
	tcase_add_test(tests, a_calendar_is_read);
	tcase_add_test(tests, a_wrong_calendar_is_refused);
	tcase_add_test(tests, duties_are_whole);
	tcase_add_test(tests, duties_have_the_lengths_of_the_rules);
	tcase_add_test(tests, without_a_zone_it_is_utc);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
