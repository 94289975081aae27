/*
 * Many rules at once against each rule alone: whatever the index finds must
 * be what a plain test of the value says. Rules and values are made from the
 * same pieces; MUSTER_SEED repeats a run.
 */
#include "test-sigma.h"

#include "sigma/address.h"
#include "sigma/regex.h"

#include <arpa/inet.h>
#include <strings.h>
#include <time.h>

#define RULES 400
#define RECORDS 1500

static uint64_t random_state;

static unsigned any(unsigned n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}
#define ANY_OF(list) list[any(ARRAY_LENGTH(list))]

static unsigned long seed_set(void)
{
	const char *given = getenv("MUSTER_SEED");
	unsigned long seed = given ? strtoul(given, NULL, 10) : (unsigned long)time(NULL);
	random_state = seed;
	for (int i = 0; i < 4; i++)
		any(2);
	printf("MUSTER_SEED=%lu\n", seed);
	return seed;
}

static const char *const actions[] = {"read", "write", "copy", "delete"};
static const char *const pieces[] = {"/store/",
				     "/srv/greyling/models/",
				     "area-",
				     "frame",
				     "-x",
				     "kiss",
				     "report-final",
				     ".dwg",
				     ".step",
				     "k",
				     "S",
				     "\xE2\x84\xAA",
				     "\xC3\xA9",
				     "\xC5\xBF",
				     "aaa",
				     "]b",
				     "-"};

static void piece_add(char *to, size_t size)
{
	size_t n = strlen(to);
	if (any(4) == 0)
		snprintf(to + n, size - n, "%u", any(120));
	else
		snprintf(to + n, size - n, "%s", ANY_OF(pieces));
	if (any(6) == 0)
		for (; to[n]; n++)
			if (to[n] >= 'a' && to[n] <= 'z')
				to[n] = (char)(to[n] - 32);
}

static void text_make(char *to, size_t size, unsigned most)
{
	to[0] = '\0';
	for (unsigned i = any(most) + 1; i; i--)
		piece_add(to, size);
}

static void address_make(char *to, size_t size)
{
	if (any(6) == 0)
		snprintf(to, size, "2001:db8:%x::%x", any(3), any(4));
	else if (any(12) == 0)
		snprintf(to, size, "10.%u.0.0%u", any(300), any(10));
	else
		snprintf(to, size, "%u.%u.%u.%u", any(2) ? 10 : 192, any(4), any(4),
			 any(260));
}

static void network_make(char *to, size_t size)
{
	unsigned bits = any(33);
	uint32_t network =
		((any(2) ? 10u : 192u) << 24 | any(4) << 16 | any(4) << 8 | any(256)) &
		(bits ? UINT32_MAX << (32 - bits) : 0);
	if (any(6) == 0)
		snprintf(to, size, any(2) ? "2001:db8:%x::/48" : "2001:db8:%x::/64",
			 any(3));
	else
		snprintf(to, size, "%u.%u.%u.%u/%u", network >> 24, network >> 16 & 255,
			 network >> 8 & 255, network & 255, bits);
}

static void regex_make(char *to, size_t size)
{
	static const char *const others[] = {".*",
					     "[a-z]+",
					     "\\d+",
					     "(dwg|step)",
					     "(?:area|frame)?",
					     "?",
					     "*",
					     "{2}",
					     "{0,1}",
					     "+",
					     "[^]x]",
					     "[]b]",
					     "[\\]k]+",
					     "\\x6b",
					     "\\.dwg",
					     "\\/srv",
					     "\\-x?",
					     "\\bframe",
					     "(a(a)a)",
					     "(?i:KISS)",
					     "(?=/st)",
					     "\\Qarea-\\E",
					     "[[:alpha:]]",
					     "|",
					     "k?",
					     "ss*",
					     "\\p{L}",
					     "area-{1}",
					     "(?:/store/)+",
					     "\\w{3}"};
	to[0] = '\0';
	if (any(8) == 0)
		snprintf(to, size, "(?i)");
	if (any(3) == 0)
		snprintf(to + strlen(to), size - strlen(to), "^");
	for (unsigned i = any(5) + 1; i; i--) {
		if (any(2))
			piece_add(to, size);
		else
			snprintf(to + strlen(to), size - strlen(to), "%s",
				 ANY_OF(others));
	}
	if (any(4) == 0)
		snprintf(to + strlen(to), size - strlen(to), "$");
}

enum manner { EXACTLY, STARTS, ENDS, CONTAINS, LIKE, MATCHES, MATCHES_CASELESS, IN };
struct made {
	enum manner manner;
	const char *action; /* or NULL */
	char value[512];
	struct regex *regex;
};

static void made_write(const struct made *made, char *yaml, size_t size)
{
	static const char *const modifiers[] = {
		"", "|startswith", "|endswith", "|contains", "", "|re", "|re|i", "|cidr"};
	char detection[1024];
	snprintf(detection, sizeof(detection),
		 "  s:\n%s%s%s    %s%s: '%s'\n  condition: s\n",
		 made->action ? "    muster.action: " : "",
		 made->action ? made->action : "", made->action ? "\n" : "",
		 made->manner == IN ? "a" : "f", modifiers[made->manner], made->value);
	rule_text(yaml, size, detection);
}

static void made_new(struct made *made)
{
	size_t size = sizeof(made->value);
	memset(made, 0, sizeof(*made));
	made->manner = (enum manner)any(IN + 1);
	made->action = any(3) ? ANY_OF(actions) : NULL;
	if (made->manner == IN)
		network_make(made->value, size);
	else if (made->manner >= MATCHES)
		regex_make(made->value, size);
	else
		text_make(made->value, size, 4);
	/* Beginnings and ends that many share. */
	if (made->manner == STARTS && any(2)) {
		snprintf(made->value, size, "/srv/greyling/models/%u", any(120));
		text_make(made->value + strlen(made->value), size - 32, 2);
	} else if (made->manner == ENDS && any(2)) {
		snprintf(made->value, size, "%u-", any(120));
		piece_add(made->value, size);
		snprintf(made->value + strlen(made->value), size - strlen(made->value),
			 "report-final.step");
	}
	if (made->manner == LIKE) {
		snprintf(made->value + strlen(made->value), size - strlen(made->value),
			 "*");
		piece_add(made->value, size);
		snprintf(made->value + strlen(made->value), size - strlen(made->value),
			 "*");
		piece_add(made->value, size);
	}
}

/* --- what a rule says, in the plainest way ------------------------------------ */

static bool like(const char *pattern, const char *value)
{
	if (*pattern == '*')
		return like(pattern + 1, value) || (*value && like(pattern, value + 1));
	if (!*pattern || !*value)
		return *pattern == *value;
	return strncasecmp(pattern, value, 1) == 0 && like(pattern + 1, value + 1);
}

static bool is_in(const char *network, const char *value)
{
	unsigned char bytes[2][16];
	char copy[512];
	int family = strchr(network, ':') ? AF_INET6 : AF_INET;
	snprintf(copy, sizeof(copy), "%s", network);
	*strchr(copy, '/') = '\0';
	if (inet_pton(family, copy, bytes[0]) != 1 ||
	    inet_pton(family, value, bytes[1]) != 1)
		return false;
	for (unsigned i = 0; i < strtoul(strchr(network, '/') + 1, NULL, 10); i++)
		if ((bytes[0][i / 8] ^ bytes[1][i / 8]) >> (7 - i % 8) & 1)
			return false;
	return true;
}

static bool says(const struct made *made, struct regex_work *work, const char *action,
		 const char *f, const char *a)
{
	size_t n = strlen(f), length = strlen(made->value);
	char around[600];
	if (made->action && strcmp(made->action, action) != 0)
		return false;
	switch (made->manner) {
	case EXACTLY:
		return strcasecmp(f, made->value) == 0;
	case STARTS:
		return strncasecmp(f, made->value, length) == 0;
	case ENDS:
		return n >= length && strcasecmp(f + n - length, made->value) == 0;
	case CONTAINS:
		snprintf(around, sizeof(around), "*%s*", made->value);
		return like(around, f);
	case LIKE:
		return like(made->value, f);
	case MATCHES:
	case MATCHES_CASELESS:
		return regex_search(made->regex, work, text_of(f));
	case IN:
		return is_in(made->value, a);
	}
	return false;
}

static size_t rules_make(struct bench *b, struct made *made, struct regex_work *work)
{
	char yaml[2048], reason[256];
	size_t count = 0;
	for (unsigned i = 0; i < RULES; i++) {
		struct made *m = &made[count];
		made_new(m);
		made_write(m, yaml, sizeof(yaml));
		if (bench_add(b, yaml) != 0)
			continue; /* no expression: a quantifier of nothing */
		count++;
		if (m->manner != MATCHES && m->manner != MATCHES_CASELESS)
			continue;
		m->regex = regex_new(text_of(m->value),
				     m->manner == MATCHES ? 0 : REGEX_CASELESS, reason);
		ck_assert_msg(m->regex && regex_work_prepare(work, m->regex), "%s: %s",
			      m->value, reason);
	}
	return count;
}

/* Any text, or what a rule looks for, as it is or with more at either end. */
static void value_make(char *to, size_t size, const struct made *near)
{
	to[0] = '\0';
	if (near->manner > CONTAINS) {
		text_make(to, size, 6);
		return;
	}
	if (any(3) == 0)
		piece_add(to, size);
	snprintf(to + strlen(to), size - strlen(to), "%s", near->value);
	if (any(3) == 0)
		piece_add(to, size);
}

static int count_verdicts(void *context, const struct sigma_verdict *verdict, struct err *err UNUSED)
{
	ck_assert(verdict->words.length > 0);
	ck_assert(verdict->is_test == (verdict->values.length > 0));
	++*(unsigned *)context;
	return 0;
}

START_TEST(index_and_plain_tests_agree)
{
	static struct made made[RULES];
	struct bench b;
	struct regex_work *work = regex_work_new();
	unsigned long seed = seed_set();
	size_t hits = 0;
	bench_new(&b);
	size_t count = rules_make(&b, made, work);
	ck_assert_uint_gt(count, RULES / 2);
	bench_compile(&b, false);
	for (unsigned round = 0; round < RECORDS; round++) {
		char f[512], a[64], record[1024];
		const uint32_t *rules;
		const char *action = ANY_OF(actions);
		value_make(f, sizeof(f), &made[any((unsigned)count)]);
		address_make(a, sizeof(a));
		snprintf(record, sizeof(record), "{\"f\":\"%s\",\"a\":\"%s\"}", f, a);
		ck_assert(event_action_from_name(text_of(action), &b.event.action));
		size_t found = bench_match(&b, record, &rules), at = 0;
		hits += found;
		for (uint32_t i = 0; i < count; i++) {
			bool hit = at < found && rules[at] == i;
			at += hit;
			ck_assert_msg(hit == says(&made[i], work, action, f, a),
				      "seed %lu: rule of manner %d, %s on %s of %s: %s",
				      seed, made[i].manner, made[i].value, action, record,
				      hit ? "fires" : "does not fire");
		}
		/* Explained, it is judged the same. */
		for (unsigned k = 0; k < 3; k++) {
			struct sigma_judgement judgement;
			unsigned i = any((unsigned)count), lines = 0;
			ck_assert_int_eq(sigma_set_judge(b.set, i, &b.event, &judgement, count_verdicts,
							 &lines, &b.err),
					 0);
			ck_assert(judgement.of_source);
			ck_assert_uint_ge(lines, made[i].action ? 3 : 1);
			ck_assert_msg(judgement.holds == says(&made[i], work, action, f, a),
				      "seed %lu: rule %u of %s", seed, i, record);
		}
	}
	ck_assert_uint_gt(hits, RECORDS);
	for (size_t i = 0; i < count; i++)
		regex_free(made[i].regex);
	regex_work_free(work);
	bench_free(&b);
}
END_TEST

static void check_runs(const char *pattern, unsigned flags, const char *expected)
{
	char bytes[256], joined[256] = "";
	struct text runs[8];
	size_t count = regex_required_runs(text_of(pattern), flags, bytes, runs,
					   ARRAY_LENGTH(runs));
	for (size_t i = 0; i < count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined),
			 "%.*s ", TEXT_PRINT(runs[i]));
	ck_assert_msg(strcmp(joined, expected) == 0, "%s requires %snot %s", pattern,
		      joined, expected);
}

START_TEST(runs_that_an_expression_requires)
{
	check_runs("^/store/[a-z]+-17/.*\\.(dwg|step)$", 0, "/store/ -17/ . ");
	check_runs("a\\.exe\\\\b", 0, "a.exe\\b ");
	check_runs("abc?d{2}ef", 0, "ab ef ");
	check_runs("ab\\.?cd", 0, "ab cd ");
	check_runs("one|two", 0, "");
	check_runs("one(two|three)four", 0, "one four ");
	check_runs("one(?=two)", 0, "");
	check_runs("\\x41bc", 0, "");
	check_runs("\\Qa*\\E", 0, "");
	check_runs("risky", 0, "risky ");
	check_runs("risky", REGEX_CASELESS, "ri y ");
	check_runs("(?i)risky", 0, "ri y ");
	check_runs("ab[]c]de", 0, "ab de ");
	check_runs("", 0, "");
}
END_TEST

/* The rarest witness is taken, whatever the rules share beside it. */
START_TEST(witness_is_what_few_rules_share)
{
	struct bench b;
	CLEAN(buffer) struct buffer out;
	char yaml[1024], detection[512];
	static const char *const lines[] = {"f|re: '^/store/[a-z]+-%u/.*\\.(dwg|step)$'",
					    "a|cidr: 10.0.%u.0/24",
					    "f: '/store/*-%u/x*.dwg'"};
	static const char *const waits[] = {"looked at when f contains \"-107/",
					    "looked at when a in network 10.0.107.0/24",
					    "looked at when f contains \"-107/x\""};
	for (size_t k = 0; k < ARRAY_LENGTH(lines); k++) {
		bench_new(&b);
		for (unsigned i = 0; i < 120; i++) {
			char line[256];
			const char *number = strstr(lines[k], "%u");
			snprintf(line, sizeof(line), "%.*s%u%s", (int)(number - lines[k]),
				 lines[k], i, number + 2);
			snprintf(detection, sizeof(detection),
				 "  s:\n    muster.action: read\n    %s\n  condition: "
				 "s\n",
				 line);
			rule_text(yaml, sizeof(yaml), detection);
			ck_assert_int_eq(bench_add(&b, yaml), 0);
		}
		bench_compile(&b, false);
		buffer_init(&out, 1u << 16);
		sigma_set_explain(b.set, 107, &out);
		ck_assert_msg(strstr(out.data, waits[k]), "%s in %s", waits[k], out.data);
		buffer_done(&out);
		bench_free(&b);
	}
	buffer_init(&out, 16);
}
END_TEST

/* A field that only keeps the door of an expression is looked at all the same. */
START_TEST(doorkeepers_heed_sources)
{
	struct bench b;
	const uint32_t *rules;
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, "title: t\nlogsource:\n  product: muster\n"
				       "detection:\n  s:\n    u: root\n"
				       "    f|re: 'abcd.*x'\n  condition: s\n"),
			 0);
	bench_compile(&b, true);
	uint32_t sources = sigma_set_rule(b.set, 0)->sources;
	ck_assert_uint_ne(sources, 0);
	b.event.source = (enum event_source)__builtin_ctz(sources);
	ck_assert_uint_eq(bench_match(&b, "{\"u\":\"root\",\"f\":\"abcdxx\"}", &rules),
			  1);
	ck_assert_uint_eq(bench_match(&b, "{\"u\":\"root\",\"f\":\"abcxx\"}", &rules), 0);
	bench_free(&b);
}
END_TEST

/* What an event's value that has a number must say to each of these. */
struct coded_case {
	const char *line;
	bool (*says)(const char *action, const char *outcome, int level);
};
#define CASE(name, expression)                                                            \
	static bool name(const char *action UNUSED, const char *outcome UNUSED,           \
			 int level UNUSED)                                                \
	{                                                                                 \
		return expression;                                                        \
	}
CASE(action_is_read, strcmp(action, "read") == 0)
CASE(action_is_some, strcmp(action, "send") == 0 || strcmp(action, "print") == 0)
CASE(action_begins, strncmp(action, "re", 2) == 0)
CASE(action_ends, strlen(action) > 2 && strcmp(action + strlen(action) - 2, "nt") == 0)
CASE(action_holds, strstr(action, "ount") != NULL)
CASE(action_matches, action[0] == 'm' || action[0] == 's')
CASE(action_cased, strcmp(action, "copy") == 0)
CASE(always, true)
CASE(never, false)
CASE(level_is_two, level == 2)
CASE(level_is_high, level >= 3)
CASE(level_is_low, level > 0 && level < 3)
CASE(level_is_known, level > 0)
CASE(level_is_unknown, level == 0)
CASE(failed, strcmp(outcome, "failure") == 0)
CASE(not_failed, strcmp(outcome, "failure") != 0)
static const struct coded_case coded_cases[] = {
	{"s:\n    muster.action: READ", action_is_read},
	{"s:\n    muster.action: [send, print]", action_is_some},
	{"s:\n    muster.action|startswith: re", action_begins},
	{"s:\n    muster.action: '*nt'", action_ends},
	{"s:\n    muster.action|contains: ount", action_holds},
	{"s:\n    muster.action|re: '^[ms]'", action_matches},
	{"s:\n    muster.action|cased: copy", action_cased},
	{"s:\n    muster.action|cased: Copy", never},
	{"s:\n    muster.action|exists: true", always},
	{"s:\n    muster.action: null", never},
	{"s:\n    muster.level: 2", level_is_two},
	{"s:\n    muster.level|gte: 3", level_is_high},
	{"s:\n    muster.level|lt: 3", level_is_low},
	{"s:\n    muster.level|exists: true", level_is_known},
	{"s:\n    muster.level: null", level_is_unknown},
	{"s:\n    muster.outcome: failure", failed},
	{"s:\n    muster.outcome|fieldref: muster.outcome", always},
	{"not:\n    muster.outcome: failure", not_failed},
};

START_TEST(values_that_have_numbers)
{
	struct bench b;
	const uint32_t *rules;
	bench_new(&b);
	for (size_t i = 0; i < ARRAY_LENGTH(coded_cases); i++) {
		char yaml[1024], detection[512];
		const char *line = coded_cases[i].line;
		bool denied = line[0] == 'n';
		snprintf(detection, sizeof(detection), "  s%s\n  condition: %ss\n",
			 line + (denied ? 3 : 1), denied ? "not " : "");
		rule_text(yaml, sizeof(yaml), detection);
		ck_assert_int_eq(bench_add(&b, yaml), 0);
	}
	bench_compile(&b, false);
	for (unsigned code = 0; code < EVENT_CODES_MOST * 18; code++) {
		b.event.action = (enum event_action)(code / 18);
		b.event.outcome = (enum event_outcome)(code / 6 % 3);
		b.event.level = (enum event_level)(code % 6);
		size_t found = bench_match(&b, "{\"f\":\"x\"}", &rules), at = 0;
		for (uint32_t i = 0; i < ARRAY_LENGTH(coded_cases); i++) {
			bool hit = at < found && rules[at] == i;
			at += hit;
			ck_assert_msg(hit == coded_cases[i].says(event_action_name(b.event.action),
								 event_outcome_name(b.event.outcome),
								 b.event.level),
				      "%s on %s of %s, level %d: %s", coded_cases[i].line,
				      event_outcome_name(b.event.outcome),
				      event_action_name(b.event.action), b.event.level,
				      hit ? "fires" : "does not fire");
		}
	}
	bench_free(&b);
}
END_TEST

/* That a value is missing is a witness, too. */
START_TEST(values_that_are_missing)
{
	struct bench b;
	const uint32_t *rules;
	char yaml[1024];
	CLEAN(buffer) struct buffer out;
	bench_new(&b);
	rule_text(yaml, sizeof(yaml), "  s:\n    muster.actor: [null, '']\n    muster.outcome: success\n"
				      "  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	rule_text(yaml, sizeof(yaml), "  s:\n    muster.host: null\n    f: x\n  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	bench_compile(&b, false);
	buffer_init(&out, 1u << 16);
	sigma_set_explain(b.set, 0, &out);
	ck_assert_msg(strstr(out.data, "looked at when muster.actor is"), "%s", out.data);
	for (unsigned i = 0; i < 16; i++) {
		b.event.actor = i & 1 ? TEXT("anna") : TEXT_NONE;
		b.event.host = i & 2 ? TEXT("fs01") : TEXT_NONE;
		b.event.outcome = i & 4 ? EVENT_SUCCESS : EVENT_FAILURE;
		size_t found = bench_match(&b, i & 8 ? "{\"f\":\"x\"}" : "{\"f\":\"y\"}", &rules);
		bool first = !(i & 1) && (i & 4), second = !(i & 2) && (i & 8);
		ck_assert_uint_eq(found, (unsigned)first + second);
		if (found)
			ck_assert_uint_eq(rules[0], first ? 0 : 1);
	}
	bench_free(&b);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("sigma index");
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, index_and_plain_tests_agree);
	tcase_add_test(tests, runs_that_an_expression_requires);
	tcase_add_test(tests, witness_is_what_few_rules_share);
	tcase_add_test(tests, doorkeepers_heed_sources);
	tcase_add_test(tests, values_that_have_numbers);
	tcase_add_test(tests, values_that_are_missing);
	Suite *suite = suite_create("sigma index");
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
