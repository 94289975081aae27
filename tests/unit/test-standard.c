#include <check.h>
#include <sys/stat.h>
#include <unistd.h>

#include "muster/standard_directory.h"
#include "standard/standard.h"

static struct err err;

/* Bundles -------------------------------------------------------------------------- */

static void add(struct buffer *bundle, const char *name, const char *content)
{
	int r = standard_bundle_add(bundle, text_of(name), text_of(content), &err);

	ck_assert_msg(r == 0, "%s: %s", name, err.text);
}

START_TEST(bundle_keeps_files)
{
	CLEAN(buffer) struct buffer bundle;
	struct standard_file file;
	struct text content;
	size_t at = 0;

	buffer_init(&bundle, 1 << 20);
	ck_assert_int_eq(standard_bundle_next(TEXT_NONE, &at, &file, &err), 0);
	add(&bundle, "rules/a.yml", "x: 1\n");
	add(&bundle, "rules/b.yml", "");
	add(&bundle, "standard.cfg", "three");
	/* The form is fixed: a change of it would change every digest. */
	ck_assert_uint_eq(bundle.length, 8 + 11 + 5 + 8 + 11 + 8 + 12 + 5);
	ck_assert_mem_eq(bundle.data,
			 "\0\0\0\013rules/a.yml\0\0\0\005x: 1\n\0\0\0\013rules/b.yml"
			 "\0\0\0\0\0\0\0\014standard.cfg\0\0\0\005three",
			 bundle.length);
	ck_assert_int_eq(standard_bundle_next(buffer_text(&bundle), &at, &file, &err), 1);
	ck_assert(text_equal(file.name, TEXT("rules/a.yml")));
	ck_assert(text_equal(file.content, TEXT("x: 1\n")));
	ck_assert(standard_file_is_rules(&file));
	ck_assert_int_eq(standard_bundle_next(buffer_text(&bundle), &at, &file, &err), 1);
	ck_assert_uint_eq(file.content.length, 0);
	ck_assert_int_eq(standard_bundle_next(buffer_text(&bundle), &at, &file, &err), 1);
	ck_assert(!standard_file_is_rules(&file));
	ck_assert_int_eq(standard_bundle_next(buffer_text(&bundle), &at, &file, &err), 0);
	ck_assert_int_eq(standard_bundle_find(buffer_text(&bundle), TEXT("standard.cfg"),
					      &content, &err),
			 1);
	ck_assert(text_equal(content, TEXT("three")));
	ck_assert_int_eq(standard_bundle_find(buffer_text(&bundle), TEXT("standard"),
					      &content, &err),
			 0);
}
END_TEST

START_TEST(bundle_refuses_names)
{
	static const char *const bad[] = {"",	"/a",  "a/",   "a//b", ".a",	  "a/.b",
					  "..", "a b", "a\\b", "a\n",  "\xc3\xa4"};
	CLEAN(buffer) struct buffer bundle;
	char name[STANDARD_NAME_LIMIT + 2] = "";

	buffer_init(&bundle, 1 << 20);
	for (size_t i = 0; i < ARRAY_LENGTH(bad); i++)
		ck_assert_int_eq(
			standard_bundle_add(&bundle, text_of(bad[i]), TEXT("x"), &err),
			-ERR_SYNTAX);
	memset(name, 'a', STANDARD_NAME_LIMIT + 1);
	ck_assert_int_lt(standard_bundle_add(&bundle, text_of(name), TEXT("x"), &err), 0);
	name[STANDARD_NAME_LIMIT] = '\0';
	add(&bundle, name, "x");
	ck_assert_int_lt(standard_bundle_add(&bundle, text_of(name), TEXT("x"), &err), 0);
	ck_assert_int_lt(standard_bundle_add(&bundle, TEXT("B"), TEXT("x"), &err), 0);
	add(&bundle, "b", "x");
}
END_TEST

/* No prefix and no single changed byte makes the reader leave the bundle. */
START_TEST(bundle_damaged)
{
	CLEAN(buffer) struct buffer bundle;
	struct standard_file file;

	buffer_init(&bundle, 1 << 20);
	add(&bundle, "rules/a.yml", "x: 1\n");
	add(&bundle, "standard.cfg", "three");
	for (size_t length = 1; length < bundle.length; length++) {
		char *cut = malloc(length);
		size_t at = 0;
		int r;

		memcpy(cut, bundle.data, length);
		while ((r = standard_bundle_next((struct text){cut, length}, &at, &file,
						 &err)) > 0)
			;
		ck_assert(r < 0 || length == 8 + 11 + 5);
		free(cut);
	}
	for (size_t i = 0; i < bundle.length; i++) {
		size_t at = 0, end = 0;

		bundle.data[i] = (char)(bundle.data[i] ^ 0x80);
		while (standard_bundle_next(buffer_text(&bundle), &at, &file, &err) > 0)
			end = (size_t)(file.content.bytes - bundle.data) +
			      file.content.length;
		ck_assert_uint_le(end, bundle.length);
		bundle.data[i] = (char)(bundle.data[i] ^ 0x80);
	}
}
END_TEST

START_TEST(bundle_has_limits)
{
	CLEAN(buffer) struct buffer bundle;
	char *large = calloc(1, STANDARD_FILE_LIMIT + 1);
	struct text content = {large, STANDARD_FILE_LIMIT + 1};

	buffer_init(&bundle, 3u * STANDARD_FILE_LIMIT / 2);
	ck_assert_int_eq(standard_bundle_add(&bundle, TEXT("a"), content, &err),
			 -ERR_LIMIT);
	content.length--;
	ck_assert_int_eq(standard_bundle_add(&bundle, TEXT("a"), content, &err), 0);
	size_t length = bundle.length;
	ck_assert_int_eq(standard_bundle_add(&bundle, TEXT("b"), content, &err),
			 -ERR_LIMIT);
	ck_assert_uint_eq(bundle.length, length);
	ck_assert(!bundle.failed);
	free(large);
}
END_TEST

/* Reading a standard ---------------------------------------------------------------- */

#define HEAD                                                                             \
	"name = \"t\"; title = \"T\"; version = \"1\"; citation = \"T \"; maximum = 10;" \
	"conditional: { score = 8; days = 180; };"                                       \
	"indicated: { dates = 2; days = 30; at_once = \"critical\"; };"                  \
	"reasons: { value = \"is worth too much\"; };"
#define FAMILY(requirements)                                                             \
	"families: ( { code = \"AC\"; title = \"Access\"; requirements: (" requirements  \
	"); } );"
#define ONE "{ id = \"1.1\"; title = \"One\"; kind = \"basic\"; observable = \"direct\"; "
#define TWO                                                                              \
	", { id = \"1.2\"; title = \"Two\"; kind = \"derived\"; observable = \"none\"; "

static int parse(const char *text, struct standard **ret_standard)
{
	CLEAN(buffer) struct buffer bundle;

	memset(&err, 0, sizeof(err));
	buffer_init(&bundle, 1 << 20);
	add(&bundle, "standard.cfg", text);
	return standard_parse("t", buffer_text(&bundle), ret_standard, &err);
}

START_TEST(standard_is_read)
{
	CLEAN(standard) struct standard *standard = NULL;
	const struct standard_requirement *requirement;
	int r = parse(HEAD "floor = 5; cmmc = \"L2-\";\n" FAMILY(
			      ONE "weight = 5; partial = 3; plan = \"no\"; because = "
				  "\"value\"; note = \"N\"; }" TWO "plan = \"yes\"; }"),
		      &standard);

	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_str_eq(standard->name, "t");
	ck_assert_int_eq(standard->maximum, 10);
	ck_assert_int_eq(standard->floor, 5);
	ck_assert_int_eq(standard->conditional_score, 8);
	ck_assert_int_eq(standard->conditional_days, 180);
	ck_assert_int_eq(standard->indicated_dates, 2);
	ck_assert_int_eq(standard->indicated_days, 30);
	ck_assert_int_eq(standard->indicated_at_once, 5);
	ck_assert_uint_eq(standard->requirement_count, 2);
	requirement = standard_requirement_find(standard, TEXT("1.1"));
	ck_assert_ptr_eq(requirement, standard->requirements);
	ck_assert_str_eq(requirement->citation, "T 1.1");
	ck_assert_str_eq(requirement->cmmc, "AC.L2-1.1");
	ck_assert_str_eq(requirement->note, "N");
	ck_assert_str_eq(requirement->family_title, "Access");
	ck_assert_int_eq(requirement->weight, 5);
	ck_assert_int_eq(requirement->weight_partial, 3);
	ck_assert_int_eq(requirement->plan, STANDARD_PLAN_NO);
	ck_assert_str_eq(requirement->plan_reason, "is worth too much");
	requirement = standard_requirement_find(standard, TEXT("1.2"));
	ck_assert_uint_eq(standard_requirement_place(standard, requirement), 1);
	ck_assert_int_eq(requirement->weight, 0);
	ck_assert_int_eq(requirement->observable, STANDARD_OBSERVABLE_NONE);
	ck_assert_int_eq(requirement->kind, STANDARD_DERIVED);
	ck_assert_ptr_null(requirement->plan_reason);
	ck_assert_ptr_null(requirement->note);
	ck_assert_ptr_null(standard_requirement_find(standard, TEXT("1.")));
}
END_TEST

START_TEST(lists_are_read)
{
	CLEAN(standard) struct standard *standard = NULL;
	int r = parse(HEAD "floor = 5; lists = ( { name = \"old\"; values = [ \"telnet\", \"r*\" ]; },"
			   "{ name = \"ports\"; values = ( \"23\" ); } );" FAMILY(
				   ONE "weight = 5; plan = \"yes\"; }"),
		      &standard);

	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_uint_eq(standard->list_count, 2);
	ck_assert(text_equal(standard->lists[0].name, TEXT("old")));
	ck_assert_uint_eq(standard->lists[0].count, 2);
	ck_assert(text_equal(standard->lists[0].values[1], TEXT("r*")));
	ck_assert(text_equal(standard->lists[1].values[0], TEXT("23")));
}
END_TEST

static void refuse(const char *text, const char *why)
{
	struct standard *standard = NULL;

	ck_assert_int_lt(parse(text, &standard), 0);
	ck_assert_msg(strstr(err.text, why) != NULL, "\"%s\" lacks \"%s\"", err.text,
		      why);
	ck_assert_ptr_null(standard);
}

START_TEST(standard_is_refused)
{
	CLEAN(buffer) struct buffer empty;
	struct standard *standard = NULL;

	refuse("name = ;", "t/standard.cfg:1: syntax error");
	refuse(HEAD "floor = 5;", "\"families\" is missing");
	refuse(HEAD "floor = 5; families: ();", "there is no requirement");
	refuse(HEAD "floor = 5;\nodd = 1;" FAMILY(ONE "plan = \"yes\"; }"),
	       "t/standard.cfg:2: \"odd\" is not known here");
	refuse(HEAD "floor = 5;\n" FAMILY(ONE "weight = 4; plan = \"yes\"; }"),
	       "the values add up to 4, but maximum less floor is 5");
	refuse(HEAD "floor = 5; " FAMILY(ONE "weight = 5; plan = \"no\"; }"),
	       "\"because\" is missing");
	refuse(HEAD
	       "floor = 5; " FAMILY(ONE "weight = 5; plan = \"no\"; because = \"x\"; }"),
	       "\"x\" is not among the reasons");
	refuse(HEAD "floor = 5; " FAMILY(
		       ONE "weight = 5; plan = \"yes\"; because = \"value\"; }"),
	       "because has no place where plan is yes");
	refuse(HEAD "floor = 5; " FAMILY(ONE "weight = 5; plan = \"maybe\"; }"),
	       "plan must be one of: no partial yes");
	refuse(HEAD
	       "floor = 5; " FAMILY(ONE "weight = 5; partial = 5; plan = \"yes\"; }"),
	       "partial must be less than weight");
	refuse(HEAD "floor = 5; " FAMILY(ONE "partial = 1; plan = \"yes\"; }"),
	       "partial must be less than weight");
	refuse(HEAD "floor = 5; " FAMILY(
		       ONE "weight = 5; plan = \"partial\"; because = \"value\"; }"),
	       "needs a partial value");
	refuse(HEAD "floor = 5; " FAMILY(ONE "weight = 0; plan = \"yes\"; }"),
	       "weight must be");
	refuse(HEAD "floor = 5; " FAMILY(ONE "weight = 1; plan = \"yes\"; }," ONE
					     "plan = \"yes\"; }"),
	       "1.1 is given twice");
	refuse(HEAD "floor = 11; ", "floor must be a whole number");
#define LISTS(of) HEAD "floor = 5; lists = (" of ");" FAMILY(ONE "weight = 5; plan = \"yes\"; }")
	refuse(LISTS("1"), "a list must be a group");
	refuse(LISTS("{ name = \"a\"; }"), "\"values\" is missing");
	refuse(LISTS("{ name = \"a\"; values = []; }"), "a list has 1 to 10000 values");
	refuse(LISTS("{ name = \"a\"; values = [ 7 ]; }"), "must be a text in double quotes");
	refuse(LISTS("{ name = \"a b\"; values = [ \"x\" ]; }"), "letters, digits and _-.");
	refuse(LISTS("{ name = \"a\"; values = [ \"x\" ]; word = 1; }"), "\"word\" is not known");
	refuse(LISTS("{ name = \"a\"; values = [ \"x\" ]; }, { name = \"a\"; values = [ \"y\" ]; }"),
	       "list a is given twice");
	buffer_init(&empty, 100);
	ck_assert_int_lt(standard_parse("t", buffer_text(&empty), &standard, &err), 0);
	ck_assert_str_eq(err.text, "t: there is no standard.cfg");
	standard_free(NULL);
}
END_TEST

/* The standard that is shipped ---------------------------------------------------------
 */

#define SHIPPED SOURCE_DIRECTORY "/etc/standards/nist-800-171r2"

static struct standard *shipped(void)
{
	CLEAN(buffer) struct buffer bundle;
	struct standard *standard = NULL;
	int r;

	buffer_init(&bundle, STANDARD_BUNDLE_LIMIT);
	r = standard_directory_read(SHIPPED, &bundle, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	r = standard_parse("nist-800-171r2", buffer_text(&bundle), &standard, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	return standard;
}

/*
 * NIST SP 800-171 DoD Assessment Methodology 1.2.1, Annex A: the value of
 * each requirement of a family in order. V is 5 or 3, n has no value.
 */
static const struct {
	const char *code;
	const char *values;
	const char *basic; /* b or d for each */
} annex_a[] = {
	{"AC", "5511311111155115553111", "bbdddddddddddddddddddd"},
	{"AT", "551", "bbd"},
	{"AU", "531151111", "bbddddddd"},
	{"CM", "551155551", "bbddddddd"},
	{"IA", "55V11111151", "bbddddddddd"},
	{"IR", "551", "bbd"},
	{"MA", "351351", "bbdddd"},
	{"MP", "335111531", "bbbdddddd"},
	{"PS", "35", "bb"},
	{"PE", "551111", "bbdddd"},
	{"RA", "351", "bdd"},
	{"CA", "535n", "bbbb"},
	{"SC", "5511551311V11151", "bbdddddddddddddd"},
	{"SI", "5555353", "bbbdddd"},
};

START_TEST(shipped_values)
{
	CLEAN(standard) struct standard *standard = shipped();
	const struct standard_requirement *requirement = standard->requirements;
	int fives = 0, variable = 0, threes = 0, ones = 0, unscored = 0, sum = 0;

	ck_assert_uint_eq(standard->requirement_count, 110);
	for (size_t family = 0; family < ARRAY_LENGTH(annex_a); family++) {
		for (size_t i = 0; annex_a[family].values[i]; i++, requirement++) {
			char id[16], value = annex_a[family].values[i];
			int weight = value == 'V' ? 5 : value == 'n' ? 0 : value - '0';

			snprintf(id, sizeof(id), "3.%zu.%zu", family + 1, i + 1);
			ck_assert_str_eq(requirement->id, id);
			ck_assert_str_eq(requirement->family, annex_a[family].code);
			ck_assert_msg(requirement->weight == weight, "%s", id);
			ck_assert_msg(requirement->weight_partial ==
					      (value == 'V' ? 3 : 0),
				      "%s", id);
			ck_assert_msg((requirement->kind == STANDARD_BASIC) ==
					      (annex_a[family].basic[i] == 'b'),
				      "%s", id);
			fives += value == '5';
			variable += value == 'V';
			threes += value == '3';
			ones += value == '1';
			unscored += value == 'n';
			sum += requirement->weight;
		}
	}
	ck_assert_int_eq(fives, 42);
	ck_assert_int_eq(variable, 2);
	ck_assert_int_eq(threes, 14);
	ck_assert_int_eq(ones, 51);
	ck_assert_int_eq(unscored, 1);
	ck_assert_int_eq(sum, 313);
	ck_assert_int_eq(standard->maximum, 110);
	ck_assert_int_eq(standard->floor, -203);
}
END_TEST

static bool is_one_of(const char *id, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(*list, id) == 0)
			return true;
	return false;
}

START_TEST(shipped_properties)
{
	static const char *const unseen[] = {"3.3.6",  "3.5.7",	 "3.5.8",  "3.5.11",
					     "3.6.3",  "3.7.1",	 "3.11.1", "3.11.3",
					     "3.12.1", "3.12.2", "3.12.4", "3.13.2",
					     "3.13.4", "3.14.1", "3.14.3", NULL};
	static const char *const excluded[] = {"3.1.20", "3.1.22", "3.12.4", "3.10.3",
					       "3.10.4", "3.10.5", NULL};
	CLEAN(standard) struct standard *standard = shipped();
	int plans = 0;

	ck_assert_str_eq(standard->name, "nist-800-171r2");
	ck_assert_int_eq(standard->conditional_score, 88);
	ck_assert_int_eq(standard->conditional_days, 180);
	for (size_t i = 0; i < standard->requirement_count; i++) {
		const struct standard_requirement *r = &standard->requirements[i];
		enum standard_plan plan = strcmp(r->id, "3.13.11") == 0
						  ? STANDARD_PLAN_PARTIAL
					  : r->weight != 1 || is_one_of(r->id, excluded)
						  ? STANDARD_PLAN_NO
						  : STANDARD_PLAN_YES;
		char expected[64];

		ck_assert_msg((r->observable == STANDARD_OBSERVABLE_NONE) ==
				      is_one_of(r->id, unseen),
			      "%s", r->id);
		ck_assert_msg(r->plan == plan, "%s", r->id);
		plans += plan == STANDARD_PLAN_YES;
		snprintf(expected, sizeof(expected), "NIST SP 800-171 Rev. 2, %s", r->id);
		ck_assert_str_eq(r->citation, expected);
		snprintf(expected, sizeof(expected), "%s.L2-%s", r->family, r->id);
		ck_assert_str_eq(r->cmmc, expected);
		ck_assert_msg(strlen(r->title) <= 70, "%s: %s", r->id, r->title);
	}
	ck_assert_int_eq(plans, 46);
}
END_TEST

/* Against the reference table, where it is there. */
START_TEST(shipped_agrees_with_reference)
{
	const char *data = getenv("MUSTER_DATA");
	CLEAN(standard) struct standard *standard = NULL;
	char path[4096], line[1024];
	FILE *file;
	int count = 0;

	snprintf(path, sizeof(path), "%s/standards/nist-800-171r2.csv",
		 data ? data : SOURCE_DIRECTORY "/../shared");
	file = fopen(path, "r");
	if (!file) {
		printf("%s is not there: the comparison with it is skipped\n", path);
		return;
	}
	standard = shipped();
	ck_assert_ptr_nonnull(fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file)) {
		struct text rest = text_of(line), id = text_split(&rest, ',');
		const struct standard_requirement *r =
			standard_requirement_find(standard, id);
		char start[128], end[8];

		ck_assert_ptr_nonnull(r);
		ck_assert(text_equal(text_split(&rest, ','), text_of(r->cmmc)));
		ck_assert(text_equal(text_split(&rest, ','), text_of(r->family)));
		snprintf(end, sizeof(end), "%d", r->weight_partial);
		/* The title may hold commas; what follows it cannot be mistaken. */
		snprintf(start, sizeof(start), ",%s,%.*s,%s,",
			 standard_kind_name(r->kind), 1,
			 r->weight ? &"0123456789"[r->weight] : "N",
			 r->weight_partial ? end : "");
		if (!r->weight)
			snprintf(start, sizeof(start), ",%s,NA,,",
				 standard_kind_name(r->kind));
		ck_assert_msg(text_find(rest, text_of(start)) < rest.length, "%s: %s",
			      r->id, start);
		count++;
	}
	fclose(file);
	ck_assert_int_eq(count, 110);
}
END_TEST

/* Directories ---------------------------------------------------------------------------
 */

static char place[64];

static void put(const char *name, const char *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", place, name);
	file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(content, file);
	fclose(file);
}

static void make_place(void)
{
	char path[128];

	snprintf(place, sizeof(place), "/tmp/test-standard.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place));
	snprintf(path, sizeof(path), "%s/rules", place);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void remove_place(void)
{
	static const char *const names[] = {"standard.cfg", "rules/a.yml",  "rules/b.yml",
					    "rules/.x",	    "rules/a.yml~", "rules/odd",
					    "extra",	    "rules",	    ""};
	char path[128];

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", place, names[i]);
		remove(path);
	}
}

static void refuse_place(const char *why)
{
	CLEAN(buffer) struct buffer bundle;

	buffer_init(&bundle, 1 << 20);
	ck_assert_int_lt(standard_directory_read(place, &bundle, &err), 0);
	ck_assert_msg(strstr(err.text, why) != NULL, "\"%s\" lacks \"%s\"", err.text,
		      why);
}

START_TEST(directory_is_read)
{
	CLEAN(buffer) struct buffer bundle, expected;

	buffer_init(&bundle, 1 << 20);
	buffer_init(&expected, 1 << 20);
	put("standard.cfg", "c");
	put("rules/b.yml", "b");
	put("rules/a.yml", "a");
	put("rules/a.yml~", "old");
	put("rules/.x", "hidden");
	add(&expected, "rules/a.yml", "a");
	add(&expected, "rules/b.yml", "b");
	add(&expected, "standard.cfg", "c");
	int r = standard_directory_read(place, &bundle, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert(text_equal(buffer_text(&bundle), buffer_text(&expected)));
}
END_TEST

START_TEST(directory_is_refused)
{
	char path[128], target[128];

	put("standard.cfg", "c");
	put("extra", "x");
	refuse_place("extra: is no part of a standard");
	snprintf(target, sizeof(target), "%s/extra", place);
	snprintf(path, sizeof(path), "%s/rules/a.yml", place);
	ck_assert_int_eq(symlink(target, path), 0);
	remove(target);
	refuse_place("a.yml");
	remove(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	refuse_place("a.yml: not a regular file");
	remove(path);
	put("rules/odd", "x");
	refuse_place("rules/odd: does not end in .yml");
	snprintf(place + strlen(place), 2, "/");
	place[strlen(place) - 1] = 'x';
	refuse_place(place);
	place[strlen(place) - 1] = '\0';
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("standard");
	TCase *bundle = tcase_create("bundle"), *standard = tcase_create("standard"),
	      *directory = tcase_create("directory");

	tcase_add_test(bundle, bundle_keeps_files);
	tcase_add_test(bundle, bundle_refuses_names);
	tcase_add_test(bundle, bundle_damaged);
	tcase_add_test(bundle, bundle_has_limits);
	suite_add_tcase(suite, bundle);
	tcase_add_test(standard, standard_is_read);
	tcase_add_test(standard, standard_is_refused);
	tcase_add_test(standard, lists_are_read);
	tcase_add_test(standard, shipped_values);
	tcase_add_test(standard, shipped_properties);
	tcase_add_test(standard, shipped_agrees_with_reference);
	suite_add_tcase(suite, standard);
	tcase_add_checked_fixture(directory, make_place, remove_place);
	tcase_add_test(directory, directory_is_read);
	tcase_add_test(directory, directory_is_refused);
	suite_add_tcase(suite, directory);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
