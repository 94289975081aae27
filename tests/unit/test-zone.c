#include <check.h>

#include "base/base.h"

/* A TZif file put together here: a table in version 1 and in version 2. */

static void add_header(struct buffer *b, char version, unsigned times, unsigned types)
{
	buffer_add_string(b, "TZif");
	buffer_add_byte(b, version);
	for (int i = 0; i < 15; i++)
		buffer_add_byte(b, 0);
	buffer_add_be32(b, 0);
	buffer_add_be32(b, 0);
	buffer_add_be32(b, 0);
	buffer_add_be32(b, times);
	buffer_add_be32(b, types);
	buffer_add_be32(b, 4);
}

static void add_type(struct buffer *b, int offset, int saving)
{
	buffer_add_be32(b, (uint32_t)offset);
	buffer_add_byte(b, (char)saving);
	buffer_add_byte(b, 0);
}

static int64_t at(const char *moment)
{
	int64_t m;

	ck_assert(calendar_from_rfc3339(text_of(moment), &m));
	return m;
}

/* Central Europe in 2025: +1, from 30 March +2, from 26 October +1. */
static void add_table(struct buffer *b, unsigned width)
{
	const char *changes[] = { "2025-03-30T01:00:00Z", "2025-10-26T01:00:00Z" };

	for (int i = 0; i < 2; i++) {
		if (width == 8)
			buffer_add_be64(b, (uint64_t)(at(changes[i]) / MICROSECONDS));
		else
			buffer_add_be32(b, (uint32_t)(at(changes[i]) / MICROSECONDS));
	}
	buffer_add_byte(b, 1);
	buffer_add_byte(b, 0);
	add_type(b, 3600, 0);
	add_type(b, 7200, 1);
	buffer_add(b, "CET", 4);
}

static struct text whole(struct buffer *b, const char *footer)
{
	buffer_init(b, 65536);
	add_header(b, '2', 2, 2);
	add_table(b, 4);
	add_header(b, '2', 2, 2);
	add_table(b, 8);
	buffer_add_byte(b, '\n');
	buffer_add_string(b, footer);
	buffer_add_byte(b, '\n');
	return buffer_text(b);
}

static void assert_utc(const struct zone *zone, const char *local, const char *utc)
{
	char got[CALENDAR_TEXT];

	calendar_to_rfc3339(zone_to_utc(zone, at(local)), got);
	ck_assert_str_eq(got, utc);
}

static void assert_utc_last(const struct zone *zone, const char *local, const char *utc)
{
	char got[CALENDAR_TEXT];

	calendar_to_rfc3339(zone_to_utc_last(zone, at(local)), got);
	ck_assert_str_eq(got, utc);
}

START_TEST(table)
{
	struct buffer b;
	struct zone zone;

	ck_assert_int_eq(zone_read(whole(&b, ""), &zone, NULL), 0);
	assert_utc(&zone, "2025-01-15T12:00:00Z", "2025-01-15T11:00:00Z");
	assert_utc(&zone, "2025-07-15T12:00:00.5Z", "2025-07-15T10:00:00.500000Z");
	assert_utc(&zone, "2026-07-15T12:00:00Z", "2026-07-15T11:00:00Z");
	assert_utc(&zone, "1925-07-15T12:00:00Z", "1925-07-15T11:00:00Z");
	/* The hour that does not exist counts on from the jump. */
	assert_utc(&zone, "2025-03-30T01:59:59Z", "2025-03-30T00:59:59Z");
	assert_utc(&zone, "2025-03-30T02:00:00Z", "2025-03-30T01:00:00Z");
	assert_utc(&zone, "2025-03-30T02:30:00Z", "2025-03-30T01:30:00Z");
	assert_utc(&zone, "2025-03-30T03:00:00Z", "2025-03-30T01:00:00Z");
	/* The hour that comes twice is its first coming. */
	assert_utc(&zone, "2025-10-26T01:59:59Z", "2025-10-25T23:59:59Z");
	assert_utc(&zone, "2025-10-26T02:30:00Z", "2025-10-26T00:30:00Z");
	assert_utc(&zone, "2025-10-26T03:00:00Z", "2025-10-26T02:00:00Z");
	/* Or its second, where that is asked for; what comes once does not care. */
	assert_utc_last(&zone, "2025-10-26T01:59:59Z", "2025-10-25T23:59:59Z");
	assert_utc_last(&zone, "2025-10-26T02:00:00Z", "2025-10-26T01:00:00Z");
	assert_utc_last(&zone, "2025-10-26T02:30:00Z", "2025-10-26T01:30:00Z");
	assert_utc_last(&zone, "2025-10-26T03:00:00Z", "2025-10-26T02:00:00Z");
	assert_utc_last(&zone, "2025-03-30T02:30:00Z", "2025-03-30T01:30:00Z");
	assert_utc_last(&zone, "2025-07-15T12:00:00Z", "2025-07-15T10:00:00Z");
	buffer_done(&b);
}
END_TEST

START_TEST(version_1)
{
	struct buffer b;
	struct zone zone;

	buffer_init(&b, 65536);
	add_header(&b, 0, 2, 2);
	add_table(&b, 4);
	ck_assert_int_eq(zone_read(buffer_text(&b), &zone, NULL), 0);
	assert_utc(&zone, "2025-07-15T12:00:00Z", "2025-07-15T10:00:00Z");
	assert_utc(&zone, "2030-07-15T12:00:00Z", "2030-07-15T11:00:00Z");
	buffer_done(&b);
}
END_TEST

static const struct {
	const char *footer, *local, *utc;
} footers[] = {
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2031-07-15T12:00:00Z", "2031-07-15T10:00:00Z" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2031-12-15T12:00:00Z", "2031-12-15T11:00:00Z" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2031-03-30T02:30:00Z", "2031-03-30T01:30:00Z" },
	{ "CET-1CEST,M3.5.0,M10.5.0/3", "2031-10-26T02:30:00Z", "2031-10-26T00:30:00Z" },
	/* South of the equator the year begins in daylight saving time. */
	{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2031-01-01T00:30:00Z", "2030-12-31T13:30:00Z" },
	{ "AEST-10AEDT,M10.1.0,M4.1.0/3", "2031-06-01T12:00:00Z", "2031-06-01T02:00:00Z" },
	/* A time below zero and beyond a day, and quoted names. */
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2031-07-01T12:00:00Z", "2031-07-01T13:00:00Z" },
	{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2031-01-01T12:00:00Z", "2031-01-01T14:00:00Z" },
	{ "EET-2EEST,M3.4.4/50,M10.4.4/50", "2031-03-29T03:00:00Z", "2031-03-29T00:00:00Z" },
	{ "<+0545>-5:45", "2031-07-01T12:00:00Z", "2031-07-01T06:15:00Z" },
	{ "EST5EDT,J60/0,J300/0", "2032-03-01T12:00:00Z", "2032-03-01T16:00:00Z" },
	{ "EST5EDT,J60/0,J300/0", "2032-02-29T12:00:00Z", "2032-02-29T17:00:00Z" },
	{ "EST5EDT,59/0,300/0", "2032-02-29T12:00:00Z", "2032-02-29T16:00:00Z" },
	/* Daylight saving time all year. */
	{ "EST5EDT,0/0,J365/25", "2031-01-01T00:00:00Z", "2031-01-01T04:00:00Z" },
	{ "EST5EDT,0/0,J365/25", "2031-12-31T23:59:59Z", "2032-01-01T03:59:59Z" },
};

START_TEST(footer)
{
	struct buffer b;
	struct zone zone;

	ck_assert_int_eq(zone_read(whole(&b, footers[_i].footer), &zone, NULL), 0);
	assert_utc(&zone, footers[_i].local, footers[_i].utc);
	/* The table still rules its own years. */
	assert_utc(&zone, "2025-07-15T12:00:00Z", "2025-07-15T10:00:00Z");
	buffer_done(&b);
}
END_TEST

static const char *const bad_footers[] = {
	"C", "CET", "CET-25", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
	"CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x",
	"<CET-1", "CET-1CEST,J0,J10", "CET-1CEST,366,10", "CET-1CEST,M3.5.0/168,M10.5.0",
	"CET--1", "CET-1:60", "CET-1CEST,M3.5.0/,M10.5.0",
};

START_TEST(bad_footer)
{
	struct buffer b;
	struct zone zone;

	ck_assert_int_lt(zone_read(whole(&b, bad_footers[_i]), &zone, NULL), 0);
	buffer_done(&b);
}
END_TEST

START_TEST(cut_anywhere)
{
	struct buffer b;
	struct zone zone;
	struct text t = whole(&b, "CET-1CEST,M3.5.0,M10.5.0/3");

	for (size_t length = 0; length < t.length; length++) {
		/* A copy of just that size: a byte read too far is found out. */
		char *copy = malloc(length ? length : 1);
		memcpy(copy, t.bytes, length);
		ck_assert_int_lt(zone_read((struct text){ copy, length }, &zone, NULL),
				 0);
		free(copy);
	}
	buffer_done(&b);
}
END_TEST

START_TEST(damaged_anywhere)
{
	struct buffer b;
	struct zone zone;
	struct text t = whole(&b, "CET-1CEST,M3.5.0,M10.5.0/3");

	for (size_t i = 0; i < t.length; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1u << bit);
			if (zone_read(t, &zone, NULL) == 0)
				for (int year = 1900; year < 2200; year += 7)
					zone_to_utc(&zone, calendar_days(year, 7, 1) *
								   86400 * MICROSECONDS);
			b.data[i] ^= (char)(1u << bit);
		}
	}
	buffer_done(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zone");
	TCase *cases = tcase_create("zone");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(cases, table);
	tcase_add_test(cases, version_1);
	tcase_add_loop_test(cases, footer, 0, (int)ARRAY_LENGTH(footers));
	tcase_add_loop_test(cases, bad_footer, 0, (int)ARRAY_LENGTH(bad_footers));
	tcase_add_test(cases, cut_anywhere);
	tcase_add_test(cases, damaged_anywhere);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}
