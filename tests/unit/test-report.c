/* report: widths, text, csv and json. */
#include "report/report.h"

#include <check.h>

static int keep(void *context, struct text piece, struct err *err)
{
	(void)err;
	buffer_add_text(context, piece);
	return 0;
}

static const struct report_column columns[] = {
	{ "id", "ID", REPORT_TEXT, 0, 0, "its number" },
	{ "count", "COUNT", REPORT_NUMBER, 0, 0, "how many" },
	{ "subject", "SUBJECT", REPORT_TEXT, 0, 6, "who" },
	{ "late", "LATE", REPORT_FLAG, 1, 0, "whether it is late" },
	{ "needs", "NEEDS", REPORT_LIST, 2, 0, "requirements" },
	{ "first", "FIRST", REPORT_MOMENT, 3, 0, "the first" },
	{ "day", "DAY", REPORT_DATE, 3, 0, "the day" },
	{ "rate", "RATE", REPORT_HUNDREDTHS, 3, 0, "per cent" },
	{ "why", NULL, REPORT_JSON, 0, 0, "the arithmetic" },
};
static const struct report_table table = { columns, ARRAY_LENGTH(columns) };

#define NOON 1772366400000000LL /* 2026-03-01T12:00:00Z */

static const struct text needs[] = { { "3.1.8", 5 }, { "3.5.3", 5 } };

static void fill(struct report_value values[ARRAY_LENGTH(columns)], const char *id,
		 int64_t count, struct text subject)
{
	values[0] = report_string(id);
	values[1] = report_number(count);
	values[2] = report_text(subject);
	values[3] = report_flag(count > 9);
	values[4] = report_list(needs, 2);
	values[5] = report_moment(NOON);
	values[6] = report_moment(NOON);
	values[7] = report_number(-205);
	values[8] = report_string("[1,{}]");
}

static void render(struct buffer *out, enum report_format format, unsigned width,
		   const struct text *subjects, size_t count)
{
	struct report_value values[ARRAY_LENGTH(columns)];
	CLEAN(report) struct report *report =
		report_begin(&table, format, width, (struct report_sink){ keep, out });
	struct err err;

	buffer_reset(out);
	ck_assert_ptr_nonnull(report);
	for (size_t i = 0; i < count; i++) {
		fill(values, i % 2 ? "V-2" : "V-10", i % 2 ? 1234 : 7, subjects[i]);
		ck_assert_int_eq(report_row(report, values, &err), 0);
	}
	ck_assert_int_eq(report_end(report, &err), 0);
	ck_assert_uint_eq(report_row_count(report), count);
	buffer_add_byte(out, '\0');
}

START_TEST(text_is_aligned_and_escaped)
{
	static const struct text subjects[] = { { "m\xc3\xbcller", 7 }, { "a\x1b[31m", 6 } };
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 100000);
	render(&out, REPORT_AS_TEXT, 0, subjects, 2);
	ck_assert_str_eq(
		out.data,
		"ID    COUNT  SUBJECT    LATE  NEEDS        FIRST                 DAY          RATE\n"
		"V-10      7  m\xc3\xbcller     no    3.1.8 3.5.3  2026-03-01T12:00:00Z  2026-03-01  -2.05\n"
		"V-2    1234  a\\x1B[31m  yes   3.1.8 3.5.3  2026-03-01T12:00:00Z  2026-03-01  -2.05\n");
}
END_TEST

START_TEST(narrow_text_leaves_out_by_rank_and_then_cuts)
{
	static const struct text subjects[] = { { "abcdefghijklmnopqrstuvwxyz", 26 } };
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 100000);
	render(&out, REPORT_AS_TEXT, 40, subjects, 1);
	ck_assert_str_eq(out.data, "ID    COUNT  SUBJECT   LATE  NEEDS\n"
				   "V-10      7  abcdefg~  no    3.1.8 3.5.3\n"
				   "(not shown: first, day, rate)\n");
	render(&out, REPORT_AS_TEXT, 30, subjects, 1);
	ck_assert_str_eq(out.data, "ID    COUNT  SUBJECT      LATE\n"
				   "V-10      7  abcdefghij~  no\n"
				   "(not shown: needs, first,\n"
				   " day, rate)\n");
	/* What may not be left out nor cut is wider than asked for. */
	render(&out, REPORT_AS_TEXT, 5, subjects, 1);
	ck_assert_ptr_nonnull(strstr(out.data, "V-10      7  abcde~\n"));
}
END_TEST

START_TEST(no_line_is_wider_than_asked_for)
{
	static const struct text subjects[] = {
		{ "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", 18 },
		{ "e\xcc\x81" "e\xcc\x81" "e\xcc\x81" "e\xcc\x81", 12 },
		{ "\xff\xfe\x00\x01 and more of it", 19 },
		{ "line\nline\r\n\xe2\x80\xae" "abc", 17 },
	};
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 100000);
	for (unsigned width = 24; width < 140; width++) {
		render(&out, REPORT_AS_TEXT, width, subjects, ARRAY_LENGTH(subjects));
		struct text rest = text_of(out.data);
		size_t lines = 0;
		while (rest.length) {
			struct text line = text_split(&rest, '\n');
			ck_assert_uint_le(report_width(line), width);
			ck_assert(!line.length || line.bytes[line.length - 1] != ' ');
			ck_assert_uint_eq(text_utf8_valid(line), line.length);
			lines++;
		}
		ck_assert_uint_ge(lines, 5);
	}
}
END_TEST

START_TEST(rows_after_the_widths_are_known_still_come)
{
	struct report_value values[ARRAY_LENGTH(columns)];
	CLEAN(buffer) struct buffer out;
	struct err err;
	size_t lines = 0;

	buffer_init(&out, 10000000);
	CLEAN(report) struct report *report =
		report_begin(&table, REPORT_AS_TEXT, 80, (struct report_sink){ keep, &out });
	for (int64_t i = 0; i < 2500; i++) {
		fill(values, "V-1", i, i < 2000 ? TEXT("short") : TEXT("a much longer subject than before"));
		ck_assert_int_eq(report_row(report, values, &err), 0);
	}
	ck_assert_int_eq(report_end(report, &err), 0);
	for (struct text rest = buffer_text(&out); rest.length; lines++) {
		struct text line = text_split(&rest, '\n');
		ck_assert_uint_le(report_width(line), 80);
	}
	ck_assert_uint_eq(lines, 1 + 2500);
}
END_TEST

START_TEST(nothing_is_an_empty_text_a_csv_header_and_no_json)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 100000);
	render(&out, REPORT_AS_TEXT, 80, NULL, 0);
	ck_assert_str_eq(out.data, "");
	render(&out, REPORT_AS_CSV, 80, NULL, 0);
	ck_assert_str_eq(out.data, "id,count,subject,late,needs,first,day,rate,why\r\n");
	render(&out, REPORT_AS_JSON, 80, NULL, 0);
	ck_assert_str_eq(out.data, "");
}
END_TEST

/* Reads the third field of the second line of a csv as RFC 4180 says. */
static void third_field(struct text csv, struct buffer *ret)
{
	size_t at = text_find(csv, TEXT("\r\n")) + 2, field = 0;
	bool quoted = false;

	buffer_reset(ret);
	for (; at < csv.length; at++) {
		char c = csv.bytes[at];
		if (c == '"' && quoted && at + 1 < csv.length && csv.bytes[at + 1] == '"')
			at++;
		else if (c == '"') {
			quoted = !quoted;
			continue;
		} else if (!quoted && (c == ',' || c == '\r')) {
			if (++field == 3)
				return;
			continue;
		}
		if (field == 2)
			buffer_add_byte(ret, c);
	}
}

START_TEST(csv_gives_back_every_value)
{
	static const struct text values[] = {
		{ "plain", 5 },
		{ "", 0 },
		{ "with, comma", 11 },
		{ "say \"so\"", 8 },
		{ "two\r\nlines", 10 },
		{ "\"", 1 },
		{ ",\"\n,\"", 5 },
		{ "a=1", 3 },
		{ "'quoted'", 8 },
		{ "m\xc3\xbcller", 7 },
	};
	CLEAN(buffer) struct buffer out, field;

	buffer_init(&out, 100000);
	buffer_init(&field, 100000);
	for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
		render(&out, REPORT_AS_CSV, 0, &values[i], 1);
		third_field(text_of(out.data), &field);
		ck_assert(text_equal(buffer_text(&field), values[i]));
	}
}
END_TEST

START_TEST(csv_never_begins_a_formula)
{
	static const struct text values[] = {
		{ "=cmd|' /C calc'!A0", 18 }, { "+1", 2 }, { "-1", 2 },	{ "@SUM(A1)", 8 },
		{ "\t=1", 3 },		      { "\r=1", 3 }, { "'=1", 3 }, { "''+1", 4 },
	};
	CLEAN(buffer) struct buffer out, field;

	buffer_init(&out, 100000);
	buffer_init(&field, 100000);
	for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
		render(&out, REPORT_AS_CSV, 0, &values[i], 1);
		third_field(text_of(out.data), &field);
		ck_assert_int_eq(field.data[0], '\'');
		/* One apostrophe taken off gives the value. */
		ck_assert(text_equal(text_skip(buffer_text(&field), 1), values[i]));
	}
	/* Numbers are numbers, and control characters do not get through. */
	static const struct text bell = { "a\x07\x1b\xff", 4 };
	render(&out, REPORT_AS_CSV, 0, &bell, 1);
	ck_assert_ptr_nonnull(strstr(out.data, ",-2.05,"));
	ck_assert_ptr_nonnull(strstr(out.data, ",a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd,"));
}
END_TEST

START_TEST(json_is_typed)
{
	static const struct text subjects[] = { { "a\"\n\xff", 4 } };
	struct report_value none[ARRAY_LENGTH(columns)];
	CLEAN(buffer) struct buffer out;
	struct err err;

	buffer_init(&out, 100000);
	render(&out, REPORT_AS_JSON, 10, subjects, 1);
	ck_assert_str_eq(out.data,
			 "{\"id\":\"V-10\",\"count\":7,\"subject\":\"a\\\"\\n\xef\xbf\xbd\","
			 "\"late\":false,\"needs\":[\"3.1.8\",\"3.5.3\"],"
			 "\"first\":\"2026-03-01T12:00:00Z\",\"day\":\"2026-03-01\","
			 "\"rate\":-2.05,\"why\":[1,{}]}\n");

	buffer_reset(&out);
	for (size_t i = 0; i < ARRAY_LENGTH(columns); i++)
		none[i] = report_none();
	CLEAN(report) struct report *report =
		report_begin(&table, REPORT_AS_JSON, 0, (struct report_sink){ keep, &out });
	ck_assert_int_eq(report_row(report, none, &err), 0);
	ck_assert_str_eq(out.data,
			 "{\"id\":null,\"count\":null,\"subject\":null,\"late\":null,"
			 "\"needs\":null,\"first\":null,\"day\":null,\"rate\":null,"
			 "\"why\":null}\n");
}
END_TEST

static int refuse(void *context, struct text piece, struct err *err)
{
	(void)context;
	(void)piece;
	return err_set(err, ERR_SYSTEM, "full");
}

START_TEST(a_sink_that_fails_ends_the_report)
{
	struct report_value values[ARRAY_LENGTH(columns)];
	struct err err;

	fill(values, "V-1", 1, TEXT("a"));
	CLEAN(report) struct report *report =
		report_begin(&table, REPORT_AS_CSV, 0, (struct report_sink){ refuse, NULL });
	ck_assert_int_eq(report_row(report, values, &err), -ERR_SYSTEM);
	ck_assert_str_eq(err.text, "full");
}
END_TEST

START_TEST(widths)
{
	static const struct {
		struct text text;
		size_t width;
	} cases[] = {
		{ TEXT(""), 0 },	       { TEXT("abc"), 3 },
		{ TEXT("m\xc3\xbc"), 2 },      { TEXT("e\xcc\x81"), 1 },
		{ TEXT("\xe6\xbc\xa2"), 2 },   { TEXT("\xf0\x9f\x94\x92"), 2 },
		{ TEXT("\xff\xc3"), 2 },       { TEXT("\xed\xa0\x80"), 3 },
	};

	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ck_assert_uint_eq(report_width(cases[i].text), cases[i].width);
	ck_assert(text_equal(report_head(TEXT("\xe6\xbc\xa2\xe6\xbc\xa2"), 3),
			     TEXT("\xe6\xbc\xa2")));
	ck_assert(text_equal(report_head(TEXT("e\xcc\x81x"), 1), TEXT("e\xcc\x81")));
}
END_TEST

START_TEST(wrapped_lines_end_at_spaces)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 10000);
	report_wrap(&out, TEXT("one two three four five six seven eight"), 24, 4, true);
	ck_assert_str_eq(out.data, "    one two three four\n    five six seven eight\n");
	buffer_reset(&out);
	report_wrap(&out, TEXT("abcdefghijklmnopqrstuvwxyz 1"), 20, 0, true);
	ck_assert_str_eq(out.data, "abcdefghijklmnopqrst\nuvwxyz 1\n");
	buffer_reset(&out);
	report_wrap(&out, TEXT(""), 20, 2, false);
	ck_assert_str_eq(out.data, "\n");
}
END_TEST

START_TEST(moments_are_cut_to_the_second_in_text_only)
{
	static const struct report_column column = { "at", "AT", REPORT_MOMENT, 0, 0, "when" };
	static const struct report_table moments = { &column, 1 };
	static const int64_t when[] = { NOON + 123456, -1, MOMENT_NONE };
	static const char *const expected[] = {
		[REPORT_AS_TEXT] = "AT\n2026-03-01T12:00:00Z\n1969-12-31T23:59:59Z\n-\n",
		[REPORT_AS_CSV] = "at\r\n2026-03-01T12:00:00.123456Z\r\n"
				  "1969-12-31T23:59:59.999999Z\r\n\r\n",
		[REPORT_AS_JSON] = "{\"at\":\"2026-03-01T12:00:00.123456Z\"}\n"
				   "{\"at\":\"1969-12-31T23:59:59.999999Z\"}\n"
				   "{\"at\":null}\n",
	};
	struct err err;

	for (int format = REPORT_AS_TEXT; format <= REPORT_AS_JSON; format++) {
		CLEAN(buffer) struct buffer out;
		buffer_init(&out, 10000);
		CLEAN(report) struct report *report =
			report_begin(&moments, format, 0, (struct report_sink){ keep, &out });
		for (size_t i = 0; i < ARRAY_LENGTH(when); i++) {
			struct report_value value = report_moment(when[i]);
			ck_assert_int_eq(report_row(report, &value, &err), 0);
		}
		ck_assert_int_eq(report_end(report, &err), 0);
		ck_assert_str_eq(out.data, expected[format]);
	}
}
END_TEST

START_TEST(formats_have_names)
{
	enum report_format format;

	ck_assert(report_format_from_name(TEXT("csv"), &format) && format == REPORT_AS_CSV);
	ck_assert(!report_format_from_name(TEXT("CSV"), &format));
	ck_assert_str_eq(report_format_name(REPORT_AS_JSON), "json");
}
END_TEST

START_TEST(reports_are_described)
{
	enum report_name name;

	ck_assert(report_find(TEXT("scorecard"), &name) && name == REPORT_NAME_scorecard);
	ck_assert(!report_find(TEXT("queue"), &name));
	ck_assert(!report_find(TEXT("Scorecard"), &name));
	for (int i = 0; i < REPORT_NAME_COUNT; i++) {
		const struct report_description *d = report_describe(i);
		bool always = false;
		for (size_t c = 0; c < d->table.count; c++) {
			ck_assert(*d->table.columns[c].meaning);
			always |= d->table.columns[c].rank == 0;
		}
		ck_assert_msg(always && *d->title, "%s", d->name);
	}
	ck_assert_uint_eq(report_describe(REPORT_NAME_queue)->table.count, columns_of_queue);
	ck_assert_str_eq(report_describe(REPORT_NAME_queue)->table.columns[column_queue_due].key,
			 "due");
}
END_TEST

/* Against the formula in floating point, and the exact interval from tables. */
START_TEST(rates_have_their_interval)
{
	static const struct {
		uint64_t count;
		double low, high;   /* exact Poisson, 95 % */
	} exact[] = {
		{ 1, 0.0253, 5.572 },	 { 5, 1.623, 11.668 },	   { 10, 4.795, 18.390 },
		{ 50, 37.111, 65.919 }, { 100, 81.364, 121.627 },
	};
	struct report_rate rate;

	for (size_t i = 0; i < ARRAY_LENGTH(exact); i++) {
		ck_assert(report_rate(exact[i].count, 100000, &rate));
		ck_assert_int_eq(rate.rate, 100 * (int64_t)exact[i].count);
		ck_assert_double_eq_tol((double)rate.low / 100, exact[i].low,
					exact[i].count == 1 ? 0.04 : 0.02);
		ck_assert_double_eq_tol((double)rate.high / 100, exact[i].high, 0.02);
	}
	/* The example of muster-report-scorecard(1). */
	ck_assert(report_rate(10, 100000, &rate));
	ck_assert_int_eq(rate.low, 479);
	ck_assert_int_eq(rate.high, 1839);
	ck_assert(report_rate(0, 100000, &rate));
	ck_assert_int_eq(rate.rate, 0);
	ck_assert_int_eq(rate.low, 0);
	ck_assert_int_eq(rate.high, 367);       /* exact: 3.69 */
	/* The same share of a larger number of accesses: the same rate, surer. */
	struct report_rate large;
	ck_assert(report_rate(10, 1000, &rate) && report_rate(1000, 100000, &large));
	ck_assert_int_eq(rate.rate, large.rate);
	ck_assert_int_gt(large.low, rate.low);
	ck_assert_int_lt(large.high, rate.high);
	ck_assert(!report_rate(1, 0, &rate));
	ck_assert(!report_rate((uint64_t)1 << 40, 1, &rate));
	ck_assert(report_rate(((uint64_t)1 << 40) - 1, UINT64_MAX, &rate));
	ck_assert(report_rate(((uint64_t)1 << 40) - 1, 1000000, &rate));
	ck_assert_int_gt(rate.high, rate.rate);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report");
	TCase *test = tcase_create("report");

	tcase_set_timeout(test, 60);
	tcase_add_test(test, text_is_aligned_and_escaped);
	tcase_add_test(test, narrow_text_leaves_out_by_rank_and_then_cuts);
	tcase_add_test(test, no_line_is_wider_than_asked_for);
	tcase_add_test(test, rows_after_the_widths_are_known_still_come);
	tcase_add_test(test, nothing_is_an_empty_text_a_csv_header_and_no_json);
	tcase_add_test(test, csv_gives_back_every_value);
	tcase_add_test(test, csv_never_begins_a_formula);
	tcase_add_test(test, json_is_typed);
	tcase_add_test(test, a_sink_that_fails_ends_the_report);
	tcase_add_test(test, widths);
	tcase_add_test(test, wrapped_lines_end_at_spaces);
	tcase_add_test(test, moments_are_cut_to_the_second_in_text_only);
	tcase_add_test(test, formats_have_names);
	tcase_add_test(test, reports_are_described);
	tcase_add_test(test, rates_have_their_interval);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
