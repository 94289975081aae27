/* exercise: what is planted is what is told, and the same everywhere. */
#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exercise/exercise.h"
#include "exercise/random.h"
#include "exercise/stream.h"

#define LABELS_MAX 4096
#define FILE_MAX ((size_t)64 << 20)

static char directory[] = "/tmp/test-exercise-XXXXXX";
static struct err err;

static int remove_one(const char *path, const struct stat *status, int type,
		      struct FTW *at)
{
	(void)status, (void)type, (void)at;
	return remove(path);
}

static void setup(void)
{
	memcpy(directory + sizeof(directory) - 7, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(directory));
}

static void teardown(void)
{
	nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static char *path_of(const char *name)
{
	static char paths[4][512];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
	return path;
}

static struct exercise_options options_for(const char *name)
{
	return (struct exercise_options){
		.directory = path_of(name),
		.seed = 1,
		.start = calendar_days(2026, 10, 1) * 86400 * MICROSECONDS,
		.days = 30,
		.contractors = 6,
		.records = 6000,
	};
}

static struct exercise_result make(const struct exercise_options *options)
{
	struct exercise_result result;

	ck_assert_msg(exercise_write(options, &result, &err) == 0, "%s", err.text);
	return result;
}

static void read_file(const char *path, struct buffer *ret)
{
	buffer_init(ret, FILE_MAX);
	ck_assert_msg(file_read_all(path, FILE_MAX, ret, &err) == 0, "%s", err.text);
}

/* A hash of all names and bytes that does not depend on the order of reading. */
static uint64_t tree_sum;
static const struct hash_key tree_key = {1, 2};
static size_t tree_root;

static int sum_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	CLEAN(buffer) struct buffer content;

	(void)status, (void)at;
	buffer_init(&content, FILE_MAX);
	if (type != FTW_F)
		return 0;
	ck_assert(file_read_all(path, FILE_MAX, &content, &err) == 0);
	buffer_add_string(&content, path + tree_root);
	tree_sum += hash_text(&tree_key, buffer_text(&content));
	return 0;
}

static uint64_t sum_tree(const char *path)
{
	tree_sum = 0;
	tree_root = strlen(path);
	ck_assert_int_eq(nftw(path, sum_one, 16, FTW_PHYS), 0);
	return tree_sum;
}

/* The value of a text or number member of one of our own flat lines. */
static struct text member(struct text line, const char *name)
{
	char quoted[64];
	struct text rest;

	snprintf(quoted, sizeof(quoted), "\"%s\":", name);
	rest = text_skip(line, text_find(line, text_of(quoted)) + strlen(quoted));
	ck_assert_msg(rest.length, "no %s in %.*s", name, TEXT_PRINT(line));
	if (rest.bytes[0] == '"')
		return text_head(text_skip(rest, 1),
				 text_find_byte(text_skip(rest, 1), '"'));
	return text_head(rest, text_find_byte(rest, ','));
}

static uint64_t number_member(struct text line, const char *name)
{
	uint64_t number;

	ck_assert(text_to_u64(member(line, name), &number));
	return number;
}

START_TEST(same_seed_same_bytes)
{
	struct exercise_options first = options_for("first"),
				second = options_for("second");

	make(&first);
	make(&second);
	ck_assert_uint_eq(sum_tree(first.directory), sum_tree(second.directory));
}
END_TEST

/*
 * What every compiler and machine must write: differs only where a deed, a
 * name or the plan was changed on purpose. Then the new value belongs here.
 */
START_TEST(the_bytes_are_known)
{
	struct exercise_options options = options_for("e");

	make(&options);
	ck_assert_uint_eq(sum_tree(options.directory), 5501033905091048422u);
}
END_TEST

START_TEST(other_options_other_bytes)
{
	struct exercise_options first = options_for("first"),
				second = options_for("second");

	make(&first);
	second.seed = 2;
	make(&second);
	ck_assert_uint_ne(sum_tree(first.directory), sum_tree(second.directory));
}
END_TEST

/* Fixed for all machines: the generator's first numbers of seed 1. */
START_TEST(random_is_the_same_everywhere)
{
	struct random random = {{1, 2, 3, 4}};

	/* Worked by hand from the published definition. */
	ck_assert_uint_eq(random_next(&random), 11520);
	ck_assert_uint_eq(random_next(&random), 0);
	ck_assert_uint_eq(random_next(&random), 1509978240);
	/* splitmix64 of state 0, published first output. */
	ck_assert_uint_eq(random_mix(0), 0xe220a8397b1dcdafu);
	ck_assert_uint_eq(random_scale(UINT64_MAX, 7), 6);
	ck_assert_uint_eq(random_scale(0, 7), 0);
}
END_TEST

START_TEST(truth_adds_up_labels)
{
	struct exercise_options options = options_for("e");
	CLEAN(buffer) struct buffer labels, truth;
	struct text rest, line;
	uint64_t label_count = 0, sum = 0;

	options.seed = (uint64_t)_i;
	make(&options);
	read_file(path_of("e/labels.ndjson"), &labels);
	read_file(path_of("e/truth.ndjson"), &truth);
	for (rest = buffer_text(&labels); (line = text_split(&rest, '\n')).length;)
		label_count++;
	for (rest = buffer_text(&truth); (line = text_split(&rest, '\n')).length;) {
		struct text inner = buffer_text(&labels), label;
		uint64_t count = 0;

		while ((label = text_split(&inner, '\n')).length)
			count +=
				text_equal(member(label, "rule"), member(line, "rule")) &&
				text_equal(member(label, "contractor"),
					   member(line, "contractor")) &&
				text_equal(member(label, "subject"),
					   member(line, "subject")) &&
				text_starts_with(member(label, "time"),
						 member(line, "day"));
		ck_assert_uint_eq(count, number_member(line, "count"));
		ck_assert(text_starts_with(member(line, "first"), member(line, "day")));
		ck_assert(text_starts_with(member(line, "last"), member(line, "day")));
		sum += count;
	}
	ck_assert_uint_eq(sum, label_count);
}
END_TEST

START_TEST(every_rule_is_broken_by_three)
{
	struct exercise_options options = options_for("e");
	CLEAN(buffer) struct buffer truth;

	options.seed = (uint64_t)_i;
	make(&options);
	read_file(path_of("e/truth.ndjson"), &truth);
	for (unsigned rule = RULE_NONE + 1; rule < RULE_COUNT; rule++) {
		struct text rest = buffer_text(&truth), line, seen[3];
		unsigned violations = 0, contractors = 0;

		while ((line = text_split(&rest, '\n')).length) {
			struct text who = member(line, "contractor");
			bool known = false;

			if (!text_equal(member(line, "rule"),
					text_of(rule_name((enum rule)rule))))
				continue;
			violations++;
			for (unsigned i = 0; i < contractors; i++)
				known = known || text_equal(seen[i], who);
			if (!known && contractors < 3)
				seen[contractors++] = who;
		}
		ck_assert_msg(violations >= 3 && contractors == 3, "%s: %u, by %u",
			      rule_name((enum rule)rule), violations, contractors);
	}
}
END_TEST

/* One contractor breaks nothing; one breaks most of all that is broken. */
START_TEST(contractors_differ)
{
	struct exercise_options options = options_for("e");
	CLEAN(buffer) struct buffer list, truth;
	struct text rest, line;
	unsigned clean = 0, most = 0, rows = 0;

	options.seed = (uint64_t)_i;
	make(&options);
	read_file(path_of("e/contractors.csv"), &list);
	read_file(path_of("e/truth.ndjson"), &truth);
	rest = buffer_text(&list);
	text_split(&rest, '\n');
	while ((line = text_split(&rest, '\n')).length) {
		struct text code = text_split(&line, ','), inner = buffer_text(&truth), v;
		unsigned violations = 0;

		while ((v = text_split(&inner, '\n')).length)
			violations += text_equal(member(v, "contractor"), code);
		clean += !violations;
		most = violations > most ? violations : most;
		rows++;
	}
	ck_assert_uint_eq(rows, 6);
	ck_assert_uint_eq(clean, 1);
	ck_assert_uint_gt(most, 2 * (RULE_COUNT - 1));
}
END_TEST

START_TEST(labels_point_at_their_subject)
{
	struct exercise_options options = options_for("e");
	CLEAN(buffer) struct buffer labels;
	struct text rest, label;
	unsigned count = 0;

	make(&options);
	read_file(path_of("e/labels.ndjson"), &labels);
	for (rest = buffer_text(&labels); (label = text_split(&rest, '\n')).length;
	     count++) {
		CLEAN(buffer) struct buffer log;
		char name[256];
		struct text lines, line = TEXT_NONE, subject = member(label, "subject");

		snprintf(name, sizeof(name), "e/%.*s", TEXT_PRINT(member(label, "file")));
		read_file(path_of(name), &log);
		lines = buffer_text(&log);
		for (uint64_t n = number_member(label, "line"); n; n--)
			line = text_split(&lines, '\n');
		size_t sign = text_find_byte(subject, '=');
		if (sign < subject.length)
			subject = text_skip(subject, sign + 1);
		ck_assert_msg(text_find(line, subject) < line.length, "%.*s: %.*s",
			      TEXT_PRINT(label), TEXT_PRINT(line));
	}
	ck_assert_uint_gt(count, 75);
}
END_TEST

/* Every deed, ordinary ones too, names only placeholders that there are. */
START_TEST(every_deed_can_be_written)
{
	CLEAN(arena) struct arena *arena = arena_new((size_t)64 << 20);
	struct contractor *contractors;

	ck_assert(world_contractors(arena, 1, 8, &contractors, &err) == 0);
	for (unsigned i = 0; i < DEED_COUNT; i++) {
		CLEAN(buffer) struct buffer out;
		struct occurrence o = {.deed = (enum deed)i, .seed = i, .number = 77};
		struct sheet sheet = {.out = &out};
		const struct deed_description *d = deed_describe(o.deed);

		buffer_init(&out, 1 << 20);
		sheet_write(&sheet, &contractors[i % 8], &o);
		ck_assert_msg(!out.failed && out.length, "%s", d->text);
		ck_assert_msg(text_find_byte(buffer_text(&out), '$') == out.length, "%s",
			      out.data);
		ck_assert_msg(text_utf8_valid(buffer_text(&out)) == out.length, "%s",
			      out.data);
		ck_assert(d->weight ? !d->rules[0] : d->rules[0] != RULE_NONE);
		ck_assert(!d->rules[0] || deed_records(d->format, d->text) == 1);
		ck_assert(!d->about_file || sheet.mark_count >= 2);
		if (d->then) {
			o.later = true;
			sheet_write(&sheet, &contractors[i % 8], &o);
			ck_assert_msg(!out.failed, "%s", d->then);
		}
	}
}
END_TEST

/* Times of a file never go back, and all lie on the file's day. */
START_TEST(a_file_is_one_day_in_order)
{
	struct exercise_options options = options_for("e");
	CLEAN(buffer) struct buffer log;
	struct text rest, line;
	int64_t before = INT64_MIN;

	options.days = 3;
	make(&options);
	read_file(path_of("e/TORVANE/access.2026-10-02.log"), &log);
	for (rest = buffer_text(&log); (line = text_split(&rest, '\n')).length;) {
		char day[CALENDAR_TEXT];
		int64_t time;

		ck_assert(calendar_from_rfc3339(member(line, "time"), &time));
		ck_assert_int_ge(time, before);
		ck_assert_int_eq(
			strncmp(calendar_to_rfc3339(time, day), "2026-10-02", 10), 0);
		before = time;
	}
	ck_assert_int_ne(before, INT64_MIN);
}
END_TEST

START_TEST(a_filled_directory_is_refused)
{
	struct exercise_options options = options_for("e");
	struct exercise_result result;

	options.records = 60;
	options.days = 1;
	make(&options);
	ck_assert_int_eq(exercise_write(&options, &result, &err), -ERR_REFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, "--force"));
	options.force = true;
	make(&options);
}
END_TEST

/* A failed run says so and leaves no README. */
START_TEST(a_failed_run_is_not_whole)
{
	struct exercise_options options = options_for("e");
	struct exercise_result result;

	options.records = 60;
	options.force = true;
	make(&options);
	nftw(path_of("e/TORVANE"), remove_one, 16, FTW_DEPTH | FTW_PHYS);
	ck_assert_int_eq(symlink(directory, path_of("e/TORVANE")), 0);
	ck_assert_int_lt(exercise_write(&options, &result, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "not whole"));
	ck_assert_int_ne(access(path_of("e/README"), F_OK), 0);
}
END_TEST

START_TEST(records_are_about_as_many_as_asked)
{
	struct exercise_options options = options_for("e");
	struct exercise_result result;

	options.records = 20000;
	result = make(&options);
	ck_assert_uint_ge(result.records, 19000);
	ck_assert_uint_le(result.records, 22000);
}
END_TEST

static void write_stream(enum format format, uint64_t seed, const char *name,
			 bool with_labels)
{
	struct stream_options options = {
		.format = format,
		.seed = seed,
		.records = 20000,
		.start = calendar_days(2026, 10, 1) * 86400 * MICROSECONDS,
		.days = 30,
		.misconduct = 5000,
		.labels = -1,
	};
	CLEAN(fd)
	int labels = open(path_of("labels"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	CLEAN(fd) int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	uint64_t planted;

	if (with_labels)
		options.labels = labels;
	ck_assert_msg(stream_write(&options, fd, &planted, &err) == 0, "%s", err.text);
	ck_assert_uint_gt(planted, 50);
	ck_assert_uint_lt(planted, 200);
}

START_TEST(a_stream_is_labelled_and_repeatable)
{
	CLEAN(buffer) struct buffer one, two, other, labels;
	struct text rest, label, lines;
	uint64_t at = 0, last = 0;
	struct text line = TEXT_NONE;

	write_stream((enum format)_i, 1, "one", true);
	read_file(path_of("labels"), &labels);
	write_stream((enum format)_i, 1, "two", false);
	write_stream((enum format)_i, 2, "other", false);
	read_file(path_of("one"), &one);
	read_file(path_of("two"), &two);
	read_file(path_of("other"), &other);
	ck_assert(text_equal(buffer_text(&one), buffer_text(&two)));
	ck_assert(!text_equal(buffer_text(&one), buffer_text(&other)));

	lines = buffer_text(&one);
	for (rest = buffer_text(&labels); (label = text_split(&rest, '\n')).length;) {
		struct text subject = member(label, "subject");

		last = number_member(label, "line");
		for (; at < last; at++)
			line = text_split(&lines, '\n');
		ck_assert_msg(text_find(line, subject) < line.length, "%.*s: %.*s",
			      TEXT_PRINT(label), TEXT_PRINT(line));
	}
	ck_assert_uint_gt(last, 10000);
}
END_TEST

START_TEST(the_bytes_of_a_stream_are_known)
{
	static const uint64_t known[FORMAT_COUNT] = {
		13722321995122180172u, 4523781321705075816u, 6296939797572513837u};
	CLEAN(buffer) struct buffer log;

	write_stream((enum format)_i, 1, "one", false);
	read_file(path_of("one"), &log);
	ck_assert_uint_eq(hash_text(&tree_key, buffer_text(&log)), known[_i]);
}
END_TEST

START_TEST(a_stream_moves_forward)
{
	CLEAN(buffer) struct buffer log;
	struct text rest, line;
	int64_t before = INT64_MIN;
	uint64_t records = 0;

	write_stream(FORMAT_NDJSON, 1, "one", false);
	read_file(path_of("one"), &log);
	for (rest = buffer_text(&log); (line = text_split(&rest, '\n')).length;
	     records++) {
		int64_t time;
		char id[32];

		ck_assert(calendar_from_rfc3339(member(line, "time"), &time));
		ck_assert_int_gt(time, before);
		before = time;
		snprintf(id, sizeof(id), "tor-%llu", 1000000000ull + records);
		ck_assert(text_equal(member(line, "id"), text_of(id)));
	}
	ck_assert_uint_eq(records, 20000);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exercise");
	TCase *tests = tcase_create("exercise");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, same_seed_same_bytes);
	tcase_add_test(tests, the_bytes_are_known);
	tcase_add_test(tests, other_options_other_bytes);
	tcase_add_test(tests, random_is_the_same_everywhere);
	tcase_add_loop_test(tests, truth_adds_up_labels, 1, 4);
	tcase_add_loop_test(tests, every_rule_is_broken_by_three, 0, 8);
	tcase_add_loop_test(tests, contractors_differ, 1, 4);
	tcase_add_test(tests, labels_point_at_their_subject);
	tcase_add_test(tests, every_deed_can_be_written);
	tcase_add_test(tests, a_file_is_one_day_in_order);
	tcase_add_test(tests, a_filled_directory_is_refused);
	tcase_add_test(tests, a_failed_run_is_not_whole);
	tcase_add_test(tests, records_are_about_as_many_as_asked);
	tcase_add_loop_test(tests, a_stream_is_labelled_and_repeatable, 0, FORMAT_COUNT);
	tcase_add_loop_test(tests, the_bytes_of_a_stream_are_known, 0, FORMAT_COUNT);
	tcase_add_test(tests, a_stream_moves_forward);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
