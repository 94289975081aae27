#include <check.h>

#include "filter/filter.h"

static const char *const severities[] = { "informational", "low",      "medium",
					  "high",	   "critical", NULL };
static const char *const levels[] = { "unknown", "unclassified", "cui", "confidential",
				      "secret",	 "top secret",	 NULL };
static const char *const states[] = { "flagged", "triaged", "corrective-action", NULL };

#define HOUR (3600 * MICROSECONDS)
/* Wednesday 2026-09-16T10:30:00Z */
#define NOW (calendar_days(2026, 9, 16) * 24 * HOUR + 10 * HOUR + HOUR / 2)

static struct arena *arena;
static struct err err;

static void begin(void)
{
	arena = arena_new(1 << 20);
	err = (struct err){ 0 };
}

static void end(void)
{
	arena_free(arena);
}

static int parse(const char *words, const struct filter_node **ret)
{
	const struct filter_words meaning = { NOW, severities, levels, states, 0 };

	return filter_parse(text_of(words), &meaning, arena, ret, &err);
}

/* The tree in brackets, to see what binds to what. */
static void add_tree(struct buffer *out, const struct filter_node *node)
{
	const struct filter_comparison *c = &node->compare;

	if (node->kind == FILTER_COMPARE) {
		buffer_add_format(out, "%s%s", filter_describe(c->field)->name,
				  filter_operator_name(c->operator));
		if (c->nobody)
			buffer_add_string(out, "(nobody)");
		else if (c->me)
			buffer_add_string(out, "(me)");
		else if (filter_describe(c->field)->kind == FILTER_TEXT)
			buffer_add_format(out, "'%.*s'", TEXT_PRINT(c->text));
		else if (c->from || c->until)
			buffer_add_format(out, "[%lld,%lld)", (long long)((c->from - NOW) / HOUR),
					  (long long)((c->until - NOW) / HOUR));
		else
			buffer_add_format(out, "%lld", (long long)c->number);
		return;
	}
	buffer_add_byte(out, '(');
	if (node->kind == FILTER_NOT)
		buffer_add_string(out, "not ");
	add_tree(out, node->left);
	if (node->right) {
		buffer_add_string(out, node->kind == FILTER_AND ? " and " : " or ");
		add_tree(out, node->right);
	}
	buffer_add_byte(out, ')');
}

static void ck_parses(const char *words, const char *tree)
{
	CLEAN(buffer) struct buffer out;
	const struct filter_node *filter = NULL;

	ck_assert_msg(parse(words, &filter) == 0, "%s: %s", words, err.text);
	buffer_init(&out, 65536);
	if (filter)
		add_tree(&out, filter);
	ck_assert_str_eq(out.data ? out.data : "", tree);
}

static void ck_refuses(const char *words, const char *message)
{
	const struct filter_node *filter = NULL;

	ck_assert_msg(parse(words, &filter) == -ERR_USAGE, "taken: %s", words);
	ck_assert_msg(strncmp(err.text, message, strlen(message)) == 0, "%s: %s", words,
		      err.text);
}

START_TEST(what_binds_to_what)
{
	ck_parses("", "");
	ck_parses("  ", "");
	ck_parses("count>3", "count>3");
	ck_parses("count>3 and points=5 or severity>=high",
		  "((count>3 and points=5) or severity>=4)");
	ck_parses("count>3 and (points=5 or severity>=high)",
		  "(count>3 and (points=5 or severity>=4))");
	ck_parses("not count=1 and count=2", "((not count=1) and count=2)");
	ck_parses("not (count=1 and count=2)", "(not (count=1 and count=2))");
	ck_parses("not not disputed", "(not (not disputed=1))");
	ck_parses("COUNT > 3 AND Severity = HIGH", "(count>3 and severity=4)");
	ck_parses("count=1 and count=2 and count=3", "((count=1 and count=2) and count=3)");
	ck_parses("(disputed)or(waits=me)", "(disputed=1 or waits=2)");
}
END_TEST

START_TEST(each_kind_of_value)
{
	ck_parses("severity!=informational", "severity!=1");
	ck_parses("marking>=secret", "marking>=4");
	ck_parses("marking=\"top secret\"", "marking=5");
	ck_parses("disputed=no", "disputed=0");
	ck_parses("waits", "waits=1");
	ck_parses("contractor=C-0417", "contractor='C-0417'");
	ck_parses("subject~\"a \\\"b\\\" (c)\"", "subject~'a \"b\" (c)'");
	ck_parses("subject=\"\"", "subject=''");
	ck_parses("count<=-3", "count<=-3");
	ck_parses("clock<24h", "clock<[24,24)");
	ck_parses("clock>=3d", "clock>=[72,72)");
	ck_parses("clock<0", "clock<[0,0)");
	ck_parses("clock<-2h", "clock<[-2,-1)");
	ck_parses("clock=late", "clock<[0,0)");
	ck_parses("clock!=late", "clock>=[0,0)");
}
END_TEST

START_TEST(owners)
{
	ck_parses("owner=me", "owner=(me)");
	ck_parses("owner=\"me\"", "owner='me'");
	ck_parses("owner!=nobody", "owner!=(nobody)");
	ck_parses("owner=\"nobody\"", "owner='nobody'");
	ck_parses("owner~me", "owner~'me'");
}
END_TEST

START_TEST(moments)
{
	/* From NOW's own day at 00:00 are 10.5 hours, which are cut to 10. */
	ck_parses("first=today", "first=[-10,13)");
	ck_parses("first<yesterday", "first<[-34,-10)");
	ck_parses("last>tomorrow", "last>[13,37)");
	ck_parses("opened>=this-week", "opened>=[-58,109)");
	ck_parses("opened<last-week", "opened<[-226,-58)");
	ck_parses("opened=this-month", "opened=[-370,349)");
	ck_parses("first>=2026-09-16", "first>=[-10,13)");
	ck_parses("first>=2026-09-16T13:30:00Z", "first>=[3,3)");
	ck_parses("first>48h-ago", "first>[-48,-47)");
	ck_parses("first<now", "first<[0,0)");
}
END_TEST

START_TEST(mistakes_are_told_with_their_column)
{
	ck_refuses("severty>=high", "filter, column 1: \"severty\" is not one of: severity, clock,");
	ck_refuses("count>3 and", "filter, column 12: something is expected: not, \"(\" or one of");
	ck_refuses("count>3 count<5", "filter, column 9: \"count\" is not one of: and, or");
	ck_refuses("(count>3", "filter, column 1: this parenthesis is not closed");
	ck_refuses("(count>3 x)", "filter, column 10: \"x\" is not one of: and, or, \")\"");
	ck_refuses("count>3)", "filter, column 8: \")\" is not one of: and, or");
	ck_refuses("severity~high", "filter, column 9: after severity comes one of: != <= >= = < >");
	ck_refuses("state<flagged", "filter, column 6: after state comes one of: != =");
	ck_refuses("count", "filter, column 6: after count comes one of:");
	ck_refuses("severity>=grave",
		   "filter, column 11: severity is not compared with \"grave\", but with one of: "
		   "informational, low, medium, high, critical");
	ck_refuses("severity>=", "filter, column 11: severity is compared with one of: informational");
	ck_refuses("clock<soon", "filter, column 7: clock is not compared with \"soon\", but with a length");
	ck_refuses("clock=24h", "filter, column 7: clock is not compared with \"24h\"");
	ck_refuses("clock<99999999999999999d", "filter, column 7: clock is not");
	ck_refuses("first>2026-02-30", "filter, column 7: first is not compared with \"2026-02-30\"");
	ck_refuses("first>99999999999d-ago", "filter, column 7: first is not");
	ck_refuses("count=99999999999999999999", "filter, column 7: count is not");
	ck_refuses("disputed=me", "filter, column 10: disputed is not compared with \"me\"");
	ck_refuses("subject=\"a", "filter, column 9: this quote is not closed");
	ck_refuses("subject=\"\xc3\xa4\" und", "filter, column 13: \"und\" is not one of: and, or");
	ck_refuses("subject~\xff", "filter, column 9: subject is not compared with");
	ck_refuses("; DROP TABLE violation", "filter, column 1: \";\" is not one of");
}
END_TEST

START_TEST(what_is_too_much_is_refused)
{
	CLEAN(buffer) struct buffer words;
	const struct filter_node *filter;

	buffer_init(&words, 1 << 16);
	for (int i = 0; i < 40; i++)
		buffer_add_byte(&words, '(');
	ck_assert_int_eq(parse(words.data, &filter), -ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "at most 32 deep"));
	buffer_reset(&words);
	for (int i = 0; i < 150; i++)
		buffer_add_string(&words, i ? " or count=1" : "count=1");
	ck_assert_int_eq(parse(words.data, &filter), -ERR_USAGE);
	ck_assert_ptr_nonnull(strstr(err.text, "at most 200 parts"));
}
END_TEST

/* Whatever is typed, it is understood or refused with a column inside of it. */
START_TEST(any_words_at_all)
{
	static const char *const pieces[] = { "severity", ">=",	  "high", " ",	 "and",	  "or",
					      "not",	  "(",	  ")",	  "\"",  "\\",	  "count",
					      "=",	  "3",	  "!",	  "~",	 "clock", "<",
					      "24h",	  "late", "\xff", "\xc3", "first", "today",
					      "disputed", "waits", "me",  "!=",	 "owner", "" };
	unsigned seed = 3, taken = 0;

	for (int i = 0; i < 100000; i++) {
		CLEAN(buffer) struct buffer words;
		const struct filter_node *filter = NULL;
		int column = 0;

		buffer_init(&words, 4096);
		for (int k = 0; k < 12; k++) {
			seed = seed * 1664525u + 1013904223u;
			buffer_add_string(&words, pieces[(seed >> 10) % ARRAY_LENGTH(pieces)]);
		}
		arena_reset(arena);
		if (parse(words.data, &filter) == 0) {
			taken++;
			continue;
		}
		ck_assert_int_eq(sscanf(err.text, "filter, column %d:", &column), 1);
		ck_assert_int_ge(column, 1);
		ck_assert_uint_le((unsigned)column, words.length + 1);
	}
	ck_assert_uint_gt(taken, 0);
}
END_TEST

START_TEST(filters_are_put_together)
{
	const struct filter_node *one, *other, *both;

	ck_assert_int_eq(parse("count>3", &one), 0);
	ck_assert_int_eq(parse("not waits", &other), 0);
	ck_assert(filter_and(arena, one, other, &both));
	ck_assert_int_eq(both->kind, FILTER_AND);
	ck_assert(filter_names(both, FILTER_WAITS));
	ck_assert(!filter_names(both, FILTER_STATE));
	ck_assert(filter_and(arena, NULL, other, &both) && both == other);
	ck_assert(filter_and(arena, one, NULL, &both) && both == one);
	ck_assert(filter_and(arena, NULL, NULL, &both) && both == NULL);
	ck_assert(!filter_names(NULL, FILTER_WAITS));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *words = tcase_create("words");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(words, begin, end);
	tcase_add_test(words, what_binds_to_what);
	tcase_add_test(words, each_kind_of_value);
	tcase_add_test(words, owners);
	tcase_add_test(words, moments);
	tcase_add_test(words, mistakes_are_told_with_their_column);
	tcase_add_test(words, what_is_too_much_is_refused);
	tcase_add_test(words, any_words_at_all);
	tcase_add_test(words, filters_are_put_together);
	suite_add_tcase(suite, words);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
