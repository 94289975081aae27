/* base: texts, memory, escapes, calendar, JSON, files. */
#include "base/base.h"

#include <check.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

START_TEST(numbers_are_whole_and_do_not_overflow)
{
	static const char *const refused[] = { "",    "-",    "+1",  " 1", "1 ",
					       "0x1", "1e9",  "--1", "18446744073709551616",
					       "1.0" };
	uint64_t u;
	int64_t i;

	for (size_t n = 0; n < ARRAY_LENGTH(refused); n++)
		ck_assert_msg(!text_to_u64(text_of(refused[n]), &u), "%s", refused[n]);
	ck_assert(text_to_u64(TEXT("18446744073709551615"), &u) && u == UINT64_MAX);
	ck_assert(text_to_i64(TEXT("-9223372036854775808"), &i) && i == INT64_MIN);
	ck_assert(text_to_i64(TEXT("9223372036854775807"), &i) && i == INT64_MAX);
	ck_assert(!text_to_i64(TEXT("9223372036854775808"), &i));
	ck_assert(!text_to_i64(TEXT("-9223372036854775809"), &i));
}
END_TEST

START_TEST(utf8_ends_at_the_first_bad_byte)
{
	static const struct {
		struct text text;
		size_t valid;
	} cases[] = {
		{ TEXT("plain text, longer than eight"), 29 },
		{ TEXT("a\xc0\x80"), 1 },		/* overlong NUL */
		{ TEXT("12345678\xe0\x9f\x80"), 8 },	/* overlong */
		{ TEXT("\xed\xa0\x80"), 0 },		/* surrogate */
		{ TEXT("\xf4\x90\x80\x80"), 0 },	/* above U+10FFFF */
		{ TEXT("\xf0\x8f\xbf\xbf"), 0 },
		{ TEXT("ok\xe2\x82"), 2 },		/* cut short */
		{ TEXT("\xe2\x82\xac\xf0\x9f\x94\x92"), 7 },
		{ TEXT("\xff"), 0 },
		{ TEXT("a\0b"), 3 },			/* NUL is UTF-8 */
	};

	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++)
		ck_assert_uint_eq(text_utf8_valid(cases[n].text), cases[n].valid);
}
END_TEST

START_TEST(split_gives_every_part)
{
	struct text rest = TEXT("a,,b,");

	ck_assert(text_equal(text_split(&rest, ','), TEXT("a")));
	ck_assert(text_equal(text_split(&rest, ','), TEXT("")));
	ck_assert(text_equal(text_split(&rest, ','), TEXT("b")));
	ck_assert(rest.length == 0);
}
END_TEST

START_TEST(arena_keeps_its_limit)
{
	CLEAN(arena) struct arena *arena = arena_new(1 << 20);
	size_t got = 0;

	ck_assert_ptr_nonnull(arena);
	while (arena_get(arena, 1000))
		got++;
	ck_assert_uint_gt(got, 900);
	ck_assert_uint_lt(got, 1049);
	ck_assert_ptr_null(arena_get_many(arena, SIZE_MAX / 2, 3));
	arena_reset(arena);
	const char *zeroed = arena_get(arena, 1000);
	ck_assert_ptr_nonnull(zeroed);
	for (size_t i = 0; i < 1000; i++)
		ck_assert_int_eq(zeroed[i], 0);
	ck_assert_str_eq(arena_format(arena, "%d-%s", 7, "x"), "7-x");
}
END_TEST

START_TEST(buffer_stops_at_its_cap)
{
	CLEAN(buffer) struct buffer buffer;

	buffer_init(&buffer, 10);
	buffer_add_string(&buffer, "12345");
	buffer_add_string(&buffer, "67890");
	ck_assert(!buffer.failed);
	buffer_add_byte(&buffer, 'x');
	ck_assert(buffer.failed);
	ck_assert_str_eq(buffer.data, "1234567890");
}
END_TEST

START_TEST(escape_shows_what_deceives)
{
	static const struct {
		struct text in;
		const char *out;
	} cases[] = {
		{ TEXT("plain \xe2\x82\xac"), "plain \xe2\x82\xac" },
		{ TEXT("a\nb\tc\\d"), "a\\nb\\tc\\\\d" },
		{ TEXT("\x1b[31mred\x7f\r"), "\\x1B[31mred\\x7F\\x0D" },
		{ TEXT("\xc2\x9b"), "\\u{009B}" },
		{ TEXT("\xe2\x80\xae" "gpj"), "\\u{202E}gpj" },
		{ TEXT("a\0b\xff"), "a\\x00b\\xFF" },
		{ TEXT("\xe2\x82"), "\\xE2\\x82" },
	};

	for (size_t n = 0; n < ARRAY_LENGTH(cases); n++) {
		CLEAN(buffer) struct buffer buffer;
		buffer_init(&buffer, 1000);
		buffer_add_escaped(&buffer, cases[n].in, 0);
		ck_assert_str_eq(buffer.data, cases[n].out);
	}
	CLEAN(buffer) struct buffer cut;
	buffer_init(&cut, 1000);
	buffer_add_escaped(&cut, TEXT("01234567890123456789"), 12);
	ck_assert(cut.length <= 15);
	ck_assert(text_ends_with(buffer_text(&cut), TEXT("...")));
}
END_TEST

START_TEST(moments_are_read_as_written_or_refused)
{
	static const struct {
		const char *text, *same;
	} good[] = {
		{ "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
		{ "2026-03-01t12:30:45.5z", "2026-03-01T12:30:45.500000Z" },
		{ "2024-02-29 23:59:60Z", "2024-02-29T23:59:59Z" },
		{ "2026-01-01T00:30:00+01:00", "2025-12-31T23:30:00Z" },
		{ "2025-12-31T23:30:00-14:00", "2026-01-01T13:30:00Z" },
		{ "1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999Z" },
		{ "0000-03-01T00:00:00Z", "0000-03-01T00:00:00Z" },
		{ "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
	};
	static const char *const bad[] = {
		"2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z",	 "2026-13-01T00:00:00Z",
		"2026-00-10T00:00:00Z", "2026-01-01T24:00:00Z",	 "2026-01-01T14:99:00Z",
		"2026-01-01T14:00:61Z", "2026-01-01T14:00:00",	 "2026-01-01T14:00Z",
		"2026-01-01T14:00:00.Z", "2026-01-01T14:00:00.1234567890Z",
		"2026-01-01T14:00:00+15:00", "2026-01-01T14:00:00+0100",
		"2026-01-01T14:00:00Zx", "2026-01-01X14:00:00Z", "26-01-01T14:00:00Z  ",
		"-026-01-01T14:00:00Z", "",
	};
	int64_t moment;
	char text[CALENDAR_TEXT];

	for (size_t n = 0; n < ARRAY_LENGTH(good); n++) {
		ck_assert_msg(calendar_from_rfc3339(text_of(good[n].text), &moment), "%s",
			      good[n].text);
		ck_assert_str_eq(calendar_to_rfc3339(moment, text), good[n].same);
	}
	for (size_t n = 0; n < ARRAY_LENGTH(bad); n++)
		ck_assert_msg(!calendar_from_rfc3339(text_of(bad[n]), &moment), "%s", bad[n]);
}
END_TEST

START_TEST(every_day_of_four_centuries_goes_round)
{
	int64_t day = calendar_days(1899, 12, 31);

	for (int year = 1900; year < 2300; year++)
		for (int month = 1; month <= 12; month++)
			for (int d = 1; calendar_date_exists(year, month, d); d++) {
				ck_assert_int_eq(calendar_days(year, month, d), ++day);
				struct civil c = calendar_civil(day * 86400 * MICROSECONDS);
				ck_assert(c.year == year && c.month == month && c.day == d);
			}
}
END_TEST

START_TEST(durations)
{
	int64_t s;

	ck_assert(calendar_duration(TEXT("15m"), &s) && s == 900);
	ck_assert(calendar_duration(TEXT("30"), &s) && s == 30);
	ck_assert(calendar_duration(TEXT("2w"), &s) && s == 1209600);
	ck_assert(calendar_duration(TEXT("1M"), &s) && s == 2592000);
	ck_assert(!calendar_duration(TEXT("0s"), &s));
	ck_assert(!calendar_duration(TEXT("5x"), &s));
	ck_assert(!calendar_duration(TEXT("-5m"), &s));
	ck_assert(!calendar_duration(TEXT("9223372036854775807y"), &s));
	ck_assert(!calendar_duration(TEXT("h"), &s));
}
END_TEST

/* Vectors of the SipHash authors' key 00..0f, message 00..n-1, for 1-3. */
START_TEST(hash_is_keyed_and_spreads)
{
	struct hash_key key = { 0x0706050403020100u, 0x0f0e0d0c0b0a0908u }, other = { 1, 2 };
	unsigned char message[16];

	for (unsigned char i = 0; i < sizeof(message); i++)
		message[i] = i;
	ck_assert_uint_eq(hash_bytes(&key, message, 0), 0xabac0158050fc4dcu);
	ck_assert_uint_eq(hash_bytes(&key, message, 1), 0xc9f49bf37d57ca93u);
	ck_assert_uint_ne(hash_bytes(&other, message, 1), hash_bytes(&key, message, 1));
	ck_assert_uint_ne(hash_bytes(&key, "a\0", 2), hash_bytes(&key, "a", 1));
}
END_TEST

START_TEST(map_finds_what_was_added)
{
	static char keys[5000][8];
	CLEAN(map) struct map map;
	bool new;

	map_init(&map);
	ck_assert_ptr_null(map_find(&map, TEXT("k0")));
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%u", i);
		map_add(&map, text_of(keys[i]), &new)->number = i;
		ck_assert(new);
	}
	map_add(&map, TEXT("k7"), &new);
	ck_assert(!new);
	for (unsigned i = 0; i < 5000; i++)
		ck_assert_uint_eq(map_find(&map, text_of(keys[i]))->number, i);
	ck_assert_ptr_null(map_find(&map, TEXT("k5000")));
	ck_assert_uint_eq(map.count, 5000);
}
END_TEST

/* Against a plain list, through many rounds of the ring. */
START_TEST(the_recent_are_remembered_and_no_others)
{
	struct recent *recent = recent_new(64);
	uint64_t added[5000], number = 0x9e3779b97f4a7c15u;
	bool replaced;

	for (int round = 0; round < 2; round++) {
		recent_reset(recent);
		for (int i = 0; i < 5000; i++) {
			/* Few different upper halves: long runs in the table. */
			number = number * 6364136223846793005u + 1442695040888963407u;
			added[i] = (number >> 60 << 32) | (uint64_t)i;
			ck_assert(!recent_has(recent, added[i]));
			ck_assert_uint_eq(recent_add(recent, added[i], &replaced), i % 64);
			ck_assert_int_eq(replaced, i >= 64);
			for (int back = 0; back < 64 && back <= i; back++)
				ck_assert(recent_has(recent, added[i - back]));
			ck_assert(i < 64 || !recent_has(recent, added[i - 64]));
		}
	}
	recent_free(recent);
}
END_TEST

START_TEST(json_nests_and_escapes)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 1000);
	struct json json = json_to(&out);
	json_begin_object(&json, NULL);
	json_string(&json, "a", "q\"\\\n\x01");
	json_begin_array(&json, "b");
	json_number(&json, NULL, -5);
	json_null(&json, NULL);
	json_end_array(&json);
	json_bool(&json, "c", true);
	json_moment(&json, "t", 0);
	json_moment(&json, "n", MOMENT_NONE);
	json_text(&json, "u", TEXT("x\xff\xe2\x82\xacy"));
	json_end_object(&json);
	ck_assert_str_eq(out.data,
			 "{\"a\":\"q\\\"\\\\\\n\\u0001\",\"b\":[-5,null],\"c\":true,"
			 "\"t\":\"1970-01-01T00:00:00Z\",\"n\":null,"
			 "\"u\":\"x\xef\xbf\xbd\xe2\x82\xacy\"}");
}
END_TEST

START_TEST(untrusted_files_are_regular_and_have_one_name)
{
	char directory[] = "/tmp/muster-test-XXXXXX";
	struct err err;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	CLEAN(fd) int at = open(directory, O_RDONLY | O_DIRECTORY);
	ck_assert_int_eq(file_replace(at, "plain", 0600, TEXT("one"), &err), 0);
	ck_assert_int_eq(file_replace(at, "plain", 0600, TEXT("two"), &err), 0);
	CLEAN(fd) int fd = file_open_untrusted(at, "plain", &err);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(symlinkat("plain", at, "link"), 0);
	ck_assert_int_lt(file_open_untrusted(at, "link", &err), 0);
	ck_assert_int_eq(mkfifoat(at, "pipe", 0600), 0);
	ck_assert_int_lt(file_open_untrusted(at, "pipe", &err), 0);
	ck_assert_int_lt(file_open_untrusted(at, ".", &err), 0);
	ck_assert_int_eq(linkat(at, "plain", at, "second", 0), 0);
	ck_assert_int_lt(file_open_untrusted(at, "plain", &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "hard link"));
	ck_assert_int_lt(file_open_untrusted(at, "missing", &err), 0);

	CLEAN(buffer) struct buffer content;
	buffer_init(&content, 1 << 20);
	char path[64];
	snprintf(path, sizeof(path), "%s/plain", directory);
	ck_assert_int_eq(file_read_all(path, 100, &content, &err), 0);
	ck_assert_str_eq(content.data, "two");
	ck_assert_int_lt(file_read_all(path, 2, &content, &err), 0);
	static const char *const names[] = { "plain", "link", "pipe", "second" };
	for (size_t n = 0; n < ARRAY_LENGTH(names); n++)
		unlinkat(at, names[n], 0);
	rmdir(directory);
}
END_TEST

START_TEST(errors_carry_their_words)
{
	struct err err;

	ck_assert_int_eq(err_set(&err, ERR_CONFIG, "line %d", 3), -ERR_CONFIG);
	ck_assert_int_eq(err_prefix(&err, "muster.conf"), -ERR_CONFIG);
	ck_assert_str_eq(err.text, "muster.conf: line 3");
	ck_assert_int_eq(err_exit_status(ERR_REFUSED), 3);
	ck_assert_int_eq(err_exit_status(ERR_USAGE), 2);
}
END_TEST

/* The records of content, with "|" between fields and ";" between records. */
static const char *csv_told(const char *content, struct csv_fault *ret_fault)
{
	static char told[256];
	struct arena *arena = arena_new(1 << 20);
	struct csv_field fields[3];
	struct csv csv;
	size_t count, length = 0;
	int r;

	csv_init(&csv, text_of(content), arena);
	while ((r = csv_next(&csv, fields, 3, &count, ret_fault)) != 0) {
		if (r < 0)
			length += (size_t)snprintf(told + length, sizeof(told) - length, "!");
		for (size_t i = 0; r > 0 && i < count; i++)
			length += (size_t)snprintf(told + length, sizeof(told) - length, "%s%.*s",
						   i ? "|" : "", TEXT_PRINT(fields[i].value));
		length += (size_t)snprintf(told + length, sizeof(told) - length, ";");
	}
	told[length] = '\0';
	csv_done(&csv);
	arena_free(arena);
	return told;
}

START_TEST(csv_is_read_as_rfc_4180_has_it)
{
	struct csv_fault fault;

	ck_assert_str_eq(csv_told("a,b\r\nc,\n", &fault), "a|b;c|;");
	ck_assert_str_eq(csv_told("\xef\xbb\xbf" "a", &fault), "a;");
	ck_assert_str_eq(csv_told("\"a,\"\"b\nc\",d\n", &fault), "a,\"b\nc|d;");
	ck_assert_str_eq(csv_told("x\nb\"d\ny\n", &fault), "x;!;y;");
	ck_assert_uint_eq(fault.line, 2);
	ck_assert_uint_eq(fault.column, 2);
	ck_assert_str_eq(csv_told("\"a\"b,c\ny", &fault), "!;y;");
	ck_assert_uint_eq(fault.column, 4);
	ck_assert_str_eq(csv_told("1,2,3,4\ny", &fault), "!;y;");
	ck_assert_str_eq(fault.reason, "too many columns");
	ck_assert_str_eq(csv_told("y\n\"a\nb", &fault), "y;!;");
	ck_assert_uint_eq(fault.line, 2);
	ck_assert_str_eq(fault.reason, "the quotes are not closed");
}
END_TEST

/* How a child ended that passed a point twice: its exit status. */
static int status_after_crash_points(const char *wanted)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		setenv("MUSTER_CRASH_AT", wanted, 1);
		crash_point("claim");
		crash_point("snapshot");
		crash_point("snapshot");
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WEXITSTATUS(status);
}

START_TEST(crash_points_end_the_process_where_told)
{
	ck_assert_int_eq(status_after_crash_points("snapshot"), 137);
	ck_assert_int_eq(status_after_crash_points("snapshot:2"), 137);
	ck_assert_int_eq(status_after_crash_points("snapshot:3"), 0);
	ck_assert_int_eq(status_after_crash_points("snap"), 0);
	ck_assert_int_eq(status_after_crash_points("snapshot:x"), 0);
	crash_point("snapshot");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *test = tcase_create("base");

	tcase_set_timeout(test, 60);
	tcase_add_test(test, numbers_are_whole_and_do_not_overflow);
	tcase_add_test(test, utf8_ends_at_the_first_bad_byte);
	tcase_add_test(test, split_gives_every_part);
	tcase_add_test(test, arena_keeps_its_limit);
	tcase_add_test(test, buffer_stops_at_its_cap);
	tcase_add_test(test, escape_shows_what_deceives);
	tcase_add_test(test, moments_are_read_as_written_or_refused);
	tcase_add_test(test, every_day_of_four_centuries_goes_round);
	tcase_add_test(test, durations);
	tcase_add_test(test, hash_is_keyed_and_spreads);
	tcase_add_test(test, map_finds_what_was_added);
	tcase_add_test(test, the_recent_are_remembered_and_no_others);
	tcase_add_test(test, json_nests_and_escapes);
	tcase_add_test(test, csv_is_read_as_rfc_4180_has_it);
	tcase_add_test(test, untrusted_files_are_regular_and_have_one_name);
	tcase_add_test(test, errors_carry_their_words);
	tcase_add_test(test, crash_points_end_the_process_where_told);
	suite_add_tcase(suite, test);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
