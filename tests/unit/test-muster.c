#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "muster/bulk_lists.h"
#include "muster/daemon_process.h"
#include "muster/run.h"
#include "muster/standard_source.h"
#include "muster/time_zone.h"

static struct err err;
static struct command_run run;
#define ck_ok(expression) ck_assert_msg((expression) == 0, "%s", err.text)

static void run_begin(void)
{
	err = (struct err){ 0 };
	ck_ok(command_run_init(&run, &err));
}

static void run_end(void)
{
	command_run_done(&run);
}

#define PARSE(...)                                                                        \
	parse((char *[]){ "muster", __VA_ARGS__ },                                        \
	      sizeof((char *[]){ "muster", __VA_ARGS__ }) / sizeof(char *))
static int parse(char **argv, size_t argc)
{
	command_run_done(&run);
	run_begin();
	return command_line_parse(&run, (int)argc, argv, &err);
}

/* The command line ----------------------------------------------------------------- */

START_TEST(options_stand_anywhere_and_in_any_form)
{
	ck_ok(PARSE("contractor", "add", "ACME", "--name", "A B", "--unsigned"));
	ck_assert_str_eq(run.command->name, "contractor add");
	ck_assert_uint_eq(command_arguments(&run), 1);
	ck_assert_str_eq(command_argument(&run, 0), "ACME");
	ck_assert_ptr_null(command_argument(&run, 1));
	ck_assert_str_eq(command_option(&run, "name"), "A B");
	ck_assert(command_has(&run, "unsigned"));
	ck_assert_ptr_null(command_option(&run, "config"));

	ck_ok(PARSE("-c", "x.conf", "--format=json", "contractor", "add", "-nA", "--", "-X"));
	ck_assert_str_eq(command_option(&run, "config"), "x.conf");
	ck_assert_str_eq(command_option(&run, "name"), "A");
	ck_assert_str_eq(command_argument(&run, 0), "-X");
	ck_assert_int_eq(command_format(&run), REPORT_AS_JSON);
}
END_TEST

START_TEST(an_own_option_takes_the_place_of_a_global_one)
{
	ck_ok(PARSE("system", "add", "A/b", "--format", "ndjson"));
	ck_assert_str_eq(command_option(&run, "format"), "ndjson");
	ck_assert_int_eq(command_format(&run), REPORT_AS_TEXT);
}
END_TEST

START_TEST(repeated_options_keep_all_values)
{
	ck_ok(PARSE("contractor", "add", "A", "--name", "n", "--key", "one", "-k", "two"));
	ck_assert_str_eq(command_option_at(&run, "key", 0), "one");
	ck_assert_str_eq(command_option_at(&run, "key", 1), "two");
	ck_assert_ptr_null(command_option_at(&run, "key", 2));
	ck_assert_int_eq(PARSE("contractor", "add", "A", "--name", "n", "--name", "m"), -ERR_USAGE);
}
END_TEST

static void ck_refused(int r, const char *says)
{
	ck_assert_int_eq(r, -ERR_USAGE);
	ck_assert_msg(strstr(err.text, says), "\"%s\" does not say \"%s\"", err.text, says);
}

START_TEST(what_is_not_understood_is_explained)
{
	ck_refused(PARSE("contracter"), "did you mean \"contractor\"");
	ck_refused(PARSE("xyzzy"), "muster help");
	ck_refused(PARSE("contractor"), "add, list, show, close, threshold");
	ck_refused(PARSE("contractor", "make"), "add, list, show, close, threshold");
	ck_refused(PARSE("status", "--fast"), "--fast");
	ck_refused(PARSE("status", "-f"), "-f");
	ck_refused(PARSE("status", "now"), "\"now\"");
	ck_refused(PARSE("init"), "DIR");
	ck_refused(PARSE("contractor", "add", "A"), "--name");
	ck_refused(PARSE("contractor", "add", "A", "--name"), "--name needs a value");
	ck_refused(PARSE("contractor", "add", "A", "--name", "n", "--unsigned=yes"), "no value");
	ck_refused(PARSE("status", "--format", "xml"), "text, csv or json");
	ck_ok(PARSE("contractor", "add", "--help"));
	ck_ok(PARSE("--version"));
	ck_assert_str_eq(run.command->name, "version");
}
END_TEST

START_TEST(values_of_options)
{
	static const struct command_option options[] = {
		{ "when", 0, "T", 0, "" }, { "count", 0, "N", 0, "" }, COMMAND_OPTIONS_END
	};
	int64_t n = -5, expected;

	run.given[0] = (struct command_given){ &options[0], "2026-03-01" };
	run.given[1] = (struct command_given){ &options[1], "17" };
	run.given_count = 2;
	ck_assert(calendar_from_rfc3339(TEXT("2026-03-01T00:00:00Z"), &expected));
	ck_assert_int_eq(command_option_moment(&run, "when", &n, &err), 1);
	ck_assert_int_eq(n, expected);
	ck_assert_int_eq(command_option_number(&run, "count", 1, 17, &n, &err), 1);
	ck_assert_int_eq(n, 17);
	ck_assert_int_eq(command_option_number(&run, "count", 1, 16, &n, &err), -ERR_USAGE);
	ck_assert_int_eq(command_option_duration(&run, "count", &n, &err), 1);
	ck_assert_int_eq(command_option_duration(&run, "when", &n, &err), -ERR_USAGE);
	ck_assert_int_eq(command_option_number(&run, "none", 1, 16, &n, &err), 0);
	run.given[0].value = "yesterday";
	ck_assert_int_eq(command_option_moment(&run, "when", &n, &err), -ERR_USAGE);
}
END_TEST

/* The table of commands and its pages ------------------------------------------------- */

START_TEST(the_table_of_commands_holds_together)
{
	size_t count;
	const struct command *commands = command_list(&count);

	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_eq(command_find(text_of(commands[i].name)), &commands[i]);
		ck_assert_msg(is_lower(commands[i].summary[0]), "%s", commands[i].name);
		ck_assert(commands[i].least <= commands[i].most);
		ck_assert((commands[i].most == 0) == (*commands[i].arguments == '\0'));
		for (const struct command_option *o = commands[i].options; o->name; o++) {
			ck_assert_msg(*o->meaning, "%s --%s", commands[i].name, o->name);
			for (const struct command_option *p = o + 1; p->name; p++) {
				ck_assert_str_ne(o->name, p->name);
				ck_assert(!o->letter || o->letter != p->letter);
			}
		}
	}
}
END_TEST

/*
 * A page takes from the tables what follows from them, and so cannot differ.
 * Pages without markers are compared with the program by tests/lint/help.sh.
 */
START_TEST(every_page_takes_its_synopsis_and_options_from_the_tables)
{
	size_t count;
	const struct command *commands = command_list(&count);
	unsigned pages = 0;

	for (size_t i = 0; i < count; i++) {
		CLEAN(buffer) struct buffer page = { 0 };
		struct text rest = text_of(commands[i].name);
		struct text word = text_split(&rest, ' ');
		char path[500], marker[200];

		snprintf(path, sizeof(path), SOURCE_DIRECTORY "/man/muster-%.*s.1.in",
			 (int)word.length, word.bytes);
		buffer_init(&page, 1 << 20);
		if (access(path, F_OK) < 0)
			continue;
		pages++;
		ck_ok(file_read_all(path, 1 << 19, &page, &err));
		snprintf(marker, sizeof(marker), ".\\\" @synopsis %.*s@\n", (int)word.length,
			 word.bytes);
		ck_assert_msg(strstr(page.data, marker), "%s lacks %s", path, marker);
		if (!commands[i].options->name)
			continue;
		snprintf(marker, sizeof(marker), ".\\\" @options %.*s@\n", (int)word.length,
			 word.bytes);
		ck_assert_msg(strstr(page.data, marker), "%s lacks %s", path, marker);
	}
	ck_assert_uint_ge(pages, 19);
}
END_TEST

START_TEST(the_synopsis_shows_what_is_asked_for)
{
	CLEAN(buffer) struct buffer out;

	buffer_init(&out, 65536);
	command_synopsis(command_find(TEXT("contractor add")), &out);
	ck_assert_str_eq(out.data,
			 "muster contractor add CODE --name NAME [--key FILE]... [--unsigned]");
}
END_TEST

/* Time zones ------------------------------------------------------------------------------ */

START_TEST(zones_are_names)
{
	CLEAN(buffer) struct buffer zone;

	buffer_init(&zone, 1 << 20);
	ck_ok(time_zone_read("UTC", &zone, &err));
	ck_assert_uint_eq(zone.length, 0);
	ck_assert_int_eq(time_zone_read("+02:00", &zone, &err), -ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "summer time"));
	ck_assert_int_eq(time_zone_read("../../../etc/passwd", &zone, &err), -ERR_USAGE);
	ck_assert_int_eq(time_zone_read("Europe/../tzdata.zi", &zone, &err), -ERR_USAGE);
	ck_assert_int_eq(time_zone_read("Europe", &zone, &err), -ERR_USAGE);
	ck_assert_int_eq(time_zone_read("Nowhere/Land", &zone, &err), -ERR_USAGE);
	if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) < 0)
		return;
	buffer_reset(&zone);
	ck_ok(time_zone_read("Europe/Berlin", &zone, &err));
	ck_assert_mem_eq(zone.data, "TZif", 4);
}
END_TEST

/* Standards ---------------------------------------------------------------------------------- */

static void file_make(const char *directory, const char *name, const char *content)
{
	CLEAN(fd) int fd = open(directory, O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	ck_ok(file_replace(fd, name, 0644, text_of(content), &err));
}

/* A copy of the shipped standard's requirements, with one rule of our own. */
static void standard_make(char directory[32], const char *rule)
{
	CLEAN(buffer) struct buffer requirements;
	char rules[64];

	buffer_init(&requirements, 1 << 22);
	ck_ok(file_read_all(SOURCE_DIRECTORY "/etc/standards/nist-800-171r2/standard.cfg", 1 << 21,
			    &requirements, &err));
	memcpy(directory, "/tmp/muster-unit.XXXXXX", 24);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	file_make(directory, "standard.cfg", requirements.data);
	snprintf(rules, sizeof(rules), "%s/rules", directory);
	ck_ok(file_make_directory(rules, 0755, &err));
	file_make(rules, "one.yml", rule);
}

static void standard_remove(const char *directory)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/rules/one.yml", directory);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/rules", directory);
	ck_assert_int_eq(rmdir(path), 0);
	snprintf(path, sizeof(path), "%s/standard.cfg", directory);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}

#define RULE(requirements, condition)                                                     \
	"title: A logon as root\nid: 4d2ef4c8-7b52-4c5e-9d0f-6a1f7e0c9b11\nname: T-ROOT\n"    \
	"logsource:\n  product: muster\n  category: access\n"                                 \
	"detection:\n  root:\n    muster.actor: root\n  condition: " condition "\n"           \
	"level: high\nmuster:\n  requirements: [" requirements "]\n  strength: direct\n"      \
	"  says: Nobody logs on as root.\n"

START_TEST(a_standard_is_read_with_its_rules)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	char directory[32];

	standard_make(directory, RULE("\"3.3.2\", \"3.1.6\"", "root"));
	ck_ok(standard_source_read(directory, &source, NULL, NULL, &err));
	ck_assert_uint_eq(source.rule_count, 1);
	ck_assert_str_eq(source.rules[0].key, "T-ROOT");
	ck_assert_str_eq(source.rules[0].requirements, "3.3.2 3.1.6");
	ck_assert_int_eq(source.rules[0].severity, 4);
	ck_assert(source.rules[0].direct);
	ck_assert_str_eq(source.rules[0].says, "Nobody logs on as root.");
	standard_remove(directory);
}
END_TEST

START_TEST(a_standard_with_a_wrong_rule_is_refused_whole)
{
	struct standard_source source = { 0 };
	char directory[32];

	standard_make(directory, RULE("\"9.9.9\"", "root"));
	ck_assert_int_eq(standard_source_read(directory, &source, NULL, NULL, &err), -ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(err.text, "9.9.9"));
	ck_assert_ptr_nonnull(strstr(err.text, "rules/one.yml"));
	standard_remove(directory);
	standard_make(directory, RULE("\"3.3.2\"", "nothing_of_that_name"));
	ck_assert_int_eq(standard_source_read(directory, &source, NULL, NULL, &err), -ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(err.text, "rules/one.yml"));
	standard_remove(directory);
}
END_TEST

static void count_refusals(void *context, const char *file, unsigned line, const char *reason)
{
	unsigned *count = context;

	ck_assert_ptr_nonnull(strstr(file, "/rules/one.yml"));
	ck_assert_uint_gt(line, 0);
	*count += strncmp(reason, "refused: ", 9) == 0;
}

/* The first refusal is the error, with its place; the others are told beside it. */
START_TEST(every_wrong_rule_is_told)
{
	struct standard_source source = { 0 };
	char directory[32], place[64];
	unsigned others = 0;

	standard_make(directory, RULE("\"3.3.2\"", "one") "---\n" RULE("\"3.3.2\"", "two") "---\n"
							    RULE("\"3.3.2\"", "three"));
	ck_assert_int_eq(standard_source_read(directory, &source, count_refusals, &others, &err),
			 -ERR_SYNTAX);
	snprintf(place, sizeof(place), "%s/rules/one.yml:10:14: ", directory);
	ck_assert_msg(strstr(err.text, place) == err.text, "%s", err.text);
	ck_assert_ptr_nonnull(strstr(err.text, "'one'"));
	ck_assert_uint_eq(others, 2);
	standard_remove(directory);
}
END_TEST

START_TEST(a_name_is_one_rules)
{
	struct standard_source source = { 0 };
	char directory[32];

	standard_make(directory, RULE("\"3.3.2\"", "root") "---\n" RULE("\"3.3.2\"", "root"));
	ck_assert_int_eq(standard_source_read(directory, &source, NULL, NULL, &err), -ERR_SYNTAX);
	ck_assert_msg(strstr(err.text, "/rules/one.yml:17: a rule of that name, T-ROOT, is there already: "
				       "rules/one.yml:1"),
		      "%s", err.text);
	standard_remove(directory);
}
END_TEST

#define NAMES_LIST(name)                                                                   \
	"title: An old protocol\nid: 4d2ef4c8-7b52-4c5e-9d0f-6a1f7e0c9b12\nname: T-OLD\n"       \
	"logsource:\n  product: muster\n  category: access\n"                                 \
	"detection:\n  old:\n    protocol|expand: '%" name "%'\n  condition: old\n"           \
	"level: high\nmuster:\n  requirements: [3.4.7]\n  strength: direct\n  says: None.\n"

START_TEST(a_rule_names_the_lists_of_its_standard)
{
	struct standard_source source = { 0 };
	char directory[32];

	standard_make(directory, NAMES_LIST("clear_protocols"));
	ck_ok(standard_source_read(directory, &source, NULL, NULL, &err));
	standard_source_done(&source);
	standard_remove(directory);
	standard_make(directory, NAMES_LIST("other_protocols"));
	ck_assert_int_eq(standard_source_read(directory, &source, NULL, NULL, &err), -ERR_SYNTAX);
	ck_assert_ptr_nonnull(strstr(err.text, "no list is configured for placeholder '%other_protocols%'"));
	standard_remove(directory);
}
END_TEST

START_TEST(the_shipped_standards_are_right)
{
	CLEAN(standard_source) struct standard_source source = { 0 };

	ck_ok(standard_source_read(SOURCE_DIRECTORY "/etc/standards/nist-800-171r2", &source, NULL,
				   NULL, &err));
	ck_assert_uint_eq(source.standard->requirement_count, 110);
}
END_TEST

/* The daemon, as seen from outside ----------------------------------------------------------- */

START_TEST(a_daemon_is_stopped_by_its_lock)
{
	char directory[32], path[64];
	int told[2], status;
	char byte;
	pid_t pid;

	memcpy(directory, "/tmp/muster-unit.XXXXXX", 24);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/run", directory);
	ck_ok(file_make_directory(path, 0700, &err));
	ck_assert(!daemon_is_running(directory));
	ck_assert_int_eq(daemon_stop(directory, &err), 0);
	snprintf(path, sizeof(path), "%s/run/musterd.lock", directory);
	ck_assert_int_eq(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		int lock = open(path, O_RDWR | O_CREAT, 0600);
		char number[32];

		signal(SIGTERM, SIG_DFL);   /* the test runner has its own idea */
		snprintf(number, sizeof(number), "%d\n", (int)getpid());
		if (flock(lock, LOCK_EX) < 0 ||
		    file_write_fully(lock, number, strlen(number)) < 0 ||
		    file_write_fully(told[1], "", 1) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(told[0], &byte, 1), 1);
	ck_assert(daemon_is_running(directory));
	ck_assert_int_eq(daemon_stop(directory, &err), 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	/* A lock that was left behind holds nobody up. */
	ck_assert(!daemon_is_running(directory));
	ck_assert_int_eq(daemon_stop(directory, &err), 0);
	ck_assert_int_eq(unlink(path), 0);
	snprintf(path, sizeof(path), "%s/run", directory);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}
END_TEST

/* A day of acts on many takes no more memory than one, and none of them is mixed up. */
START_TEST(lists_take_each_others_place)
{
	CLEAN(bulk_lists) struct bulk_lists lists;

	ck_ok(bulk_lists_init(&lists, &err));
	for (int64_t i = 1; i <= 1000; i++) {
		struct bulk_list *list = bulk_lists_begin(&lists);

		list->rows = arena_get_many(list->arena, STORE_BULK_MOST, sizeof(*list->rows));
		ck_assert_ptr_nonnull(list->rows);
		list->count = STORE_BULK_MOST;
		list->rows[STORE_BULK_MOST - 1].id = i;
		if (i % 3 == 0)
			bulk_lists_settle(&lists);
		if (i >= 3)
			ck_assert_int_eq(lists.done.rows[STORE_BULK_MOST - 1].id, i / 3 * 3);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("muster");
	TCase *tests = tcase_create("muster");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tests, run_begin, run_end);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, options_stand_anywhere_and_in_any_form);
	tcase_add_test(tests, an_own_option_takes_the_place_of_a_global_one);
	tcase_add_test(tests, repeated_options_keep_all_values);
	tcase_add_test(tests, what_is_not_understood_is_explained);
	tcase_add_test(tests, values_of_options);
	tcase_add_test(tests, the_table_of_commands_holds_together);
	tcase_add_test(tests, every_page_takes_its_synopsis_and_options_from_the_tables);
	tcase_add_test(tests, the_synopsis_shows_what_is_asked_for);
	tcase_add_test(tests, zones_are_names);
	tcase_add_test(tests, a_standard_is_read_with_its_rules);
	tcase_add_test(tests, a_standard_with_a_wrong_rule_is_refused_whole);
	tcase_add_test(tests, every_wrong_rule_is_told);
	tcase_add_test(tests, a_name_is_one_rules);
	tcase_add_test(tests, a_rule_names_the_lists_of_its_standard);
	tcase_add_test(tests, the_shipped_standards_are_right);
	tcase_add_test(tests, a_daemon_is_stopped_by_its_lock);
	tcase_add_test(tests, lists_take_each_others_place);
	suite_add_tcase(suite, tests);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
