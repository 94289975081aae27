#include <check.h>
#include <limits.h>
#include <unistd.h>

#include "config/config.h"

static struct err err;

static void parse_tree(const char *text, struct config_tree **ret_tree)
{
	memset(&err, 0, sizeof(err));
	int r = config_tree_parse("t.cfg", text_of(text), ret_tree, &err);
	ck_assert_msg(r == 0, "%s", err.text);
}

static void refuse_tree(struct text text, const char *why)
{
	struct config_tree *tree = NULL;

	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(config_tree_parse("t.cfg", text, &tree, &err), -ERR_SYNTAX);
	ck_assert_msg(strstr(err.text, why) != NULL, "\"%s\" lacks \"%s\"", err.text,
		      why);
	ck_assert_ptr_null(tree);
}

START_TEST(tree_is_read)
{
	CLEAN(config_tree) struct config_tree *tree = NULL;
	const struct config_node *group = NULL, *list = NULL, *root;
	const char *text = NULL;
	int64_t number = 0;
	bool yes = false;

	parse_tree("# 12 \"not a text\n"
		   "a-1 = \"x\" \"y\"; // 99\n"
		   "g: { n = 68719476736; m = 0x10; k = -5; y = true; };\n"
		   "l = ( { v = 1; }, { v = 2L; } ); /* 7\n 8 */\n"
		   "s = \"say \\\"12\\\" // here\";\n",
		   &tree);
	root = config_tree_root(tree);
	ck_assert_uint_eq(config_node_count(root), 4);
	ck_assert_int_eq(config_node_text(root, "a-1", CONFIG_REQUIRED, &text, &err), 1);
	ck_assert_str_eq(text, "xy");
	ck_assert_int_eq(config_node_text(root, "s", CONFIG_REQUIRED, &text, &err), 1);
	ck_assert_str_eq(text, "say \"12\" // here");
	ck_assert_int_eq(config_node_group(root, "g", CONFIG_REQUIRED, &group, &err), 1);
	ck_assert_uint_eq(config_node_line(group), 3);
	ck_assert_int_eq(config_node_number(group, "n", CONFIG_REQUIRED, 0, INT64_MAX,
					    &number, &err),
			 1);
	ck_assert_int_eq(number, 68719476736);
	ck_assert_int_eq(
		config_node_number(group, "m", CONFIG_REQUIRED, 0, 99, &number, &err), 1);
	ck_assert_int_eq(number, 16);
	ck_assert_int_eq(
		config_node_number(group, "k", CONFIG_REQUIRED, -9, 9, &number, &err), 1);
	ck_assert_int_eq(number, -5);
	ck_assert_int_eq(config_node_bool(group, "y", CONFIG_REQUIRED, &yes, &err), 1);
	ck_assert(yes);
	ck_assert_int_eq(config_node_list(root, "l", CONFIG_REQUIRED, &list, &err), 1);
	ck_assert_uint_eq(config_node_count(list), 2);
	ck_assert_int_eq(config_node_number(config_node_at(list, 1), "v", CONFIG_REQUIRED,
					    0, 9, &number, &err),
			 1);
	ck_assert_int_eq(number, 2);
	ck_assert_ptr_null(config_node_at(list, 2));
	ck_assert_ptr_null(config_node_name(root));
	ck_assert_str_eq(config_node_name(group), "g");
}
END_TEST

START_TEST(tree_getters_say_what_they_want)
{
	CLEAN(config_tree) struct config_tree *tree = NULL;
	const char *const keys[] = {"n", "t", NULL};
	const struct config_node *root, *node = NULL;
	const char *text = "untouched";
	int64_t number = 7;
	bool value;

	parse_tree("n = 11;\nt = \"x\";\n\nodd = 1.5;\n", &tree);
	root = config_tree_root(tree);
	ck_assert_int_eq(config_node_text(root, "none", CONFIG_OPTIONAL, &text, &err), 0);
	ck_assert_str_eq(text, "untouched");
	ck_assert_int_lt(config_node_text(root, "none", CONFIG_REQUIRED, &text, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, "\"none\" is missing"));
	ck_assert_int_lt(
		config_node_number(root, "n", CONFIG_REQUIRED, 1, 10, &number, &err), 0);
	ck_assert_str_eq(err.text, "t.cfg:1: n must be a whole number from 1 to 10");
	ck_assert_int_eq(number, 7);
	ck_assert_int_lt(
		config_node_number(root, "odd", CONFIG_REQUIRED, 1, 10, &number, &err),
		0);
	ck_assert_int_lt(config_node_text(root, "n", CONFIG_REQUIRED, &text, &err), 0);
	ck_assert_int_lt(config_node_bool(root, "t", CONFIG_REQUIRED, &value, &err), 0);
	ck_assert_int_lt(config_node_group(root, "t", CONFIG_REQUIRED, &node, &err), 0);
	ck_assert_int_lt(config_node_list(root, "t", CONFIG_REQUIRED, &node, &err), 0);
	ck_assert_int_lt(config_node_check(root, keys, &err), 0);
	ck_assert_str_eq(err.text, "t.cfg:4: \"odd\" is not known here");
}
END_TEST

START_TEST(tree_refuses)
{
	refuse_tree(TEXT("a = 1;\na = 2;\n"), "t.cfg:2: duplicate");
	refuse_tree(TEXT("a = 1;\n@include \"x.cfg\"\n"),
		    "t.cfg:2: @include is not allowed");
	refuse_tree(TEXT("a = 1;\nb = \"\xff\";\n"), "t.cfg:2: not UTF-8");
	refuse_tree(TEXT("a = 1;\n\0b = 2;\n"), "t.cfg:2: not UTF-8");
	refuse_tree(TEXT("a = 1234567890123456789;\n"), "too large");
	refuse_tree(TEXT("a = \n\n };"), "t.cfg:3: syntax error");
	refuse_tree(TEXT("a = \"never closed"), "t.cfg:1: a text is never closed");
	refuse_tree(TEXT("a = \"ends in a backslash\\"),
		    "t.cfg:1: a text is never closed");
	refuse_tree(TEXT("\n/* never closed"), "t.cfg:2: a comment is never closed");
	static char large[CONFIG_TREE_LIMIT + 1];
	memset(large, '\n', sizeof(large));
	refuse_tree((struct text){large, sizeof(large)}, "longer than");
	struct config_tree *tree = NULL;
	ck_assert_int_eq(config_tree_parse("t.cfg",
					   (struct text){large, CONFIG_TREE_LIMIT}, &tree,
					   &err),
			 0);
	config_tree_free(tree);
	ck_assert_int_eq(config_tree_parse("t.cfg", TEXT(""), &tree, &err), 0);
	ck_assert_uint_eq(config_node_count(config_tree_root(tree)), 0);
	config_tree_free(tree);
	config_tree_free(NULL);
}
END_TEST

START_TEST(defaults_stand)
{
	CLEAN(config) struct config config = {0};

	ck_assert_int_eq(config_parse("muster.conf", TEXT(""), "/srv/m", &config, &err),
			 0);
	ck_assert_str_eq(config.instance_directory, "/srv/m");
	ck_assert_str_eq(config.database_conninfo, "");
	ck_assert_int_eq(config.daemon_readers, 0);
	ck_assert_str_eq(config.daemon_reader_user, "nobody");
	ck_assert_int_eq(config.daemon_scan_interval, 5);
	ck_assert_int_eq(config.daemon_record_reject_limit, 10000);
	ck_assert_int_eq(config.daemon_look_interval, 60);
	ck_assert_int_eq(config.daemon_clock_bound, 5);
	ck_assert_int_eq(config.spool_max_bytes, 64LL << 30);
	ck_assert_int_eq(config.spool_max_ratio, 1000);
	ck_assert(!config.log_debug);
	ck_assert_str_eq(config.calendar_time_zone, "UTC");
	ck_assert_uint_eq(config.calendar_holidays.count, 0);
}
END_TEST

START_TEST(values_are_read)
{
	CLEAN(config) struct config config = {0};
	int r = config_parse(
		"muster.conf",
		TEXT("instance: { directory = \"data\"; };\n"
		     "daemon: { readers = 3; scan_interval = \"2m\"; };\n"
		     "spool: { max_bytes = \"3M\"; };\nlog: { debug = true; };\n"
		     "calendar: { holidays = (\"2026-12-25 Christmas Day\", \"2027-01-01\"); };"),
		"/", &config, &err);

	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_str_eq(config.instance_directory, "/data");
	ck_assert_int_eq(config.daemon_readers, 3);
	ck_assert_int_eq(config.daemon_scan_interval, 120);
	ck_assert_int_eq(config.spool_max_bytes, 3 << 20);
	ck_assert(config.log_debug);
	ck_assert_uint_eq(config.calendar_holidays.count, 2);
	ck_assert_str_eq(config.calendar_holidays.items[0], "2026-12-25 Christmas Day");
	ck_assert_str_eq(config.calendar_holidays.items[1], "2027-01-01");
}
END_TEST

static void refuse_config(const char *text, const char *why)
{
	struct config config = {0};

	memset(&err, 0, sizeof(err));
	ck_assert_int_eq(config_parse("m.conf", text_of(text), "/d", &config, &err),
			 -ERR_CONFIG);
	ck_assert_int_eq(err.code, ERR_CONFIG);
	ck_assert_msg(strcmp(err.text, why) == 0, "\"%s\" is not \"%s\"", err.text, why);
	ck_assert_ptr_null(config.arena);
}

START_TEST(faults_are_named)
{
	refuse_config("daemon: { readers = 1025; };",
		      "m.conf:1: readers must be a whole number from 0 to 1024");
	refuse_config("daemon: { readers = \"4\"; };",
		      "m.conf:1: readers must be a whole number from 0 to 1024");
	refuse_config("\ndaemon: {\n reader = 4; };",
		      "m.conf:3: daemon has no option \"reader\"");
	refuse_config("demon: { };", "m.conf:1: \"demon\" is no section");
	refuse_config("log = true;", "m.conf:1: log must be a group: { ... }");
	refuse_config("log: { debug = 1; };", "m.conf:1: debug must be true or false");
	refuse_config("daemon: { reader_user = \"\"; };",
		      "m.conf:1: reader_user must be 1 to 64 bytes long");
	refuse_config("daemon: { scan_interval = 0; };",
		      "m.conf:1: scan_interval must be a whole number from 1 to 86400");
	refuse_config("daemon: { scan_interval = \"2d\"; };",
		      "m.conf:1: scan_interval must be seconds or a time such as \"15m\" "
		      "from 1 to 86400");
	refuse_config("spool: { max_bytes = \"2P\"; };",
		      "m.conf:1: max_bytes must be bytes or a size such as \"64G\" from "
		      "1 to 1125899906842624");
	refuse_config("spool: { max_bytes = \"99999999T\"; };",
		      "m.conf:1: max_bytes must be bytes or a size such as \"64G\" from "
		      "1 to 1125899906842624");
	refuse_config("calendar: { holidays = \"2026-12-25\"; };",
		      "m.conf:1: holidays must be a list: ( ... )");
	refuse_config("calendar: { holidays = (\"2026-12-25\",\n 7); };",
		      "m.conf:2: holidays must be texts in double quotes");
	refuse_config("spool: { max_bytes = \"\"; };",
		      "m.conf:1: max_bytes must be bytes or a size such as \"64G\" from "
		      "1 to 1125899906842624");
}
END_TEST

/* What is printed is read back as the same, and every option is in it. */
START_TEST(print_and_parse_agree)
{
	CLEAN(config) struct config config = {0}, again = {0};
	CLEAN(buffer) struct buffer out, out_again;
	const struct config_option *options;
	size_t count;

	buffer_init(&out, 1 << 20);
	buffer_init(&out_again, 1 << 20);
	ck_assert_int_eq(
		config_parse("m",
			     TEXT("instance: { directory = \"/a\\\"b\\\\c\"; };"
				  "spool: { max_bytes = 5; }; log: { debug = true; };"
				  "calendar: { holidays = (\"2026-12-25 A \\\"day\\\"\", \"b\"); };"),
			     "/d", &config, &err),
		0);
	config_print(&config, &out);
	int r = config_parse("again", buffer_text(&out), "/elsewhere", &again, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_str_eq(again.instance_directory, "/a\"b\\c");
	ck_assert_int_eq(again.spool_max_bytes, 5);
	ck_assert(again.log_debug);
	ck_assert_uint_eq(again.calendar_holidays.count, 2);
	ck_assert_str_eq(again.calendar_holidays.items[0], "2026-12-25 A \"day\"");
	config_print(&again, &out_again);
	ck_assert(text_equal(buffer_text(&out), buffer_text(&out_again)));

	buffer_reset(&out);
	config_print(NULL, &out);
	options = config_options(&count);
	ck_assert_uint_eq(count, 22);
	for (size_t i = 0; i < count; i++) {
		char line[128];
		snprintf(line, sizeof(line), "\n\t# %s = ", options[i].name);
		ck_assert_ptr_nonnull(strstr(out.data, line));
		ck_assert_ptr_nonnull(strstr(out.data, options[i].summary));
		ck_assert_ptr_nonnull(config_section_meaning(options[i].section));
		ck_assert_int_le(options[i].least, options[i].most);
		/* A summary is one sentence. */
		ck_assert_int_eq(options[i].summary[strlen(options[i].summary) - 1], '.');
	}
	ck_assert_ptr_null(config_section_meaning("nothing"));
}
END_TEST

START_TEST(file_is_loaded)
{
	char directory[] = "/tmp/test-config.XXXXXX", path[64], real[PATH_MAX];
	CLEAN(config) struct config config = {0};
	FILE *file;

	ck_assert_ptr_nonnull(mkdtemp(directory));
	ck_assert_ptr_nonnull(realpath(directory, real));
	snprintf(path, sizeof(path), "%s/muster.conf", directory);
	file = fopen(path, "w");
	fputs("log: { debug = true; };\n", file);
	fclose(file);
	int r = config_load(path, &config, &err);
	ck_assert_msg(r == 0, "%s", err.text);
	ck_assert_str_eq(config.instance_directory, real);
	ck_assert(config.log_debug);
	unlink(path);
	config_done(&config);
	ck_assert_int_lt(config_load(path, &config, &err), 0);
	ck_assert_ptr_nonnull(strstr(err.text, path));
	rmdir(directory);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tree = tcase_create("tree"), *conf = tcase_create("muster.conf");

	tcase_add_test(tree, tree_is_read);
	tcase_add_test(tree, tree_getters_say_what_they_want);
	tcase_add_test(tree, tree_refuses);
	suite_add_tcase(suite, tree);
	tcase_add_test(conf, defaults_stand);
	tcase_add_test(conf, values_are_read);
	tcase_add_test(conf, faults_are_named);
	tcase_add_test(conf, print_and_parse_agree);
	tcase_add_test(conf, file_is_loaded);
	suite_add_tcase(suite, conf);

	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
