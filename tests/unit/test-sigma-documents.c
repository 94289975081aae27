/* What is refused and where; documents, filters, correlations. */
#include "test-sigma.h"

/* --- what is refused
 * --------------------------------------------------------------------------------- */

static const char *refusal(const char *yaml, struct said *said)
{
	struct bench b;
	bench_new(&b);
	int refused = bench_add(&b, yaml);
	*said = b.said;
	bench_free(&b);
	return refused ? said->reason : NULL;
}

START_TEST(detections_refused)
{
	static const struct {
		const char *detection, *reason;
	} cases[] = {
		{"  s:\n    f|nothing: x\n  condition: s\n", "no modifier 'nothing'"},
		{"  s:\n    f|contains|startswith: x\n  condition: s\n", "only one of"},
		{"  s:\n    f|cidr|contains: 10.0.0.0/8\n  condition: s\n",
		 "only one of"},
		{"  s:\n    f|gt|lt: 5\n  condition: s\n", "only one of"},
		{"  s:\n    f|gt|wide: 5\n  condition: s\n", "numbers cannot"},
		{"  s:\n    f|fieldref|re: g\n  condition: s\n", "field reference"},
		{"  s:\n    f|wide|utf16: x\n  condition: s\n", "only one encoding"},
		{"  s:\n    f|base64|base64offset: x\n  condition: s\n", "twice"},
		{"  s:\n    f|contains|contains: x\n  condition: s\n", "twice"},
		{"  s:\n    f|i: x\n  condition: s\n", "after 're'"},
		{"  s:\n    f|i|re: x\n  condition: s\n", "after 're'"},
		{"  s:\n    f|exists|expand: true\n  condition: s\n", "only texts"},
		{"  s:\n    f|exists: x\n  condition: s\n", "true or false"},
		{"  s:\n    f|gt: x\n  condition: s\n", "a number"},
		{"  s:\n    f|gt: '5'\n  condition: s\n", "a number"},
		{"  s:\n    f|hour: x\n  condition: s\n", "a number"},
		{"  s:\n    f|contains: 5\n  condition: s\n", "a text"},
		{"  s:\n    f|re: null\n  condition: s\n", "a text"},
		{"  s:\n    f|re: '(a'\n  condition: s\n", "regular expression"},
		{"  s:\n    f|re: 'a\\Cb'\n  condition: s\n", "regular expression"},
		{"  s:\n    f|cidr: 10.0.0.0/33\n  condition: s\n", "prefix"},
		{"  s:\n    f|cidr: 10.0.0.1/8\n  condition: s\n", "inside"},
		{"  s:\n    f|cidr: host\n  condition: s\n", "no IP address"},
		{"  s:\n    f|base64: 'a*'\n  condition: s\n", "wildcards"},
		{"  s:\n    f: []\n  condition: s\n", "empty list"},
		{"  s:\n    f: [[a]]\n  condition: s\n", "a value must be"},
		{"  s:\n    f:\n      g: 1\n  condition: s\n", "a value must be"},
		{"  s: {}\n  condition: s\n", "empty selection"},
		{"  s:\n  condition: s\n", "empty selection"},
		{"  s: []\n  condition: s\n", "empty selection"},
		{"  s:\n    '|exists': true\n  condition: s\n", "needs a field"},
		{"  s:\n    f: 1\n", "no condition"},
		{"  condition: s\n", "no selection"},
		{"  s:\n    f: 1\n  condition: t\n", "'t', which is no selection"},
		{"  s:\n    f: 1\n  condition: 1 of t*\n", "no selection is named like"},
		{"  s:\n    f: 1\n  condition: 2 of s*\n", "1 of"},
		{"  s:\n    f: 1\n  condition: s and\n", "ends where"},
		{"  s:\n    f: 1\n  condition: and s\n", "'and' stands"},
		{"  s:\n    f: 1\n  condition: (s\n", "')'"},
		{"  s:\n    f: 1\n  condition: s)\n", "')' stands"},
		{"  s:\n    f: 1\n  condition: s s\n", "'s' stands"},
		{"  s:\n    f: 1\n  condition: s | count() > 3\n", "correlation"},
		{"  s:\n    f: 1\n  condition: not\n", "ends where"},
		{"  s:\n    f: 1\n  condition: ''\n", "ends where"},
		{"  s:\n    f: 1\n  condition: []\n", "empty list of conditions"},
		{"  s:\n    f: 1\n    f: 2\n  condition: s\n", "twice"},
	};
	char yaml[1024];
	struct said said;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		rule_text(yaml, sizeof(yaml), cases[i].detection);
		const char *reason = refusal(yaml, &said);
		ck_assert_msg(reason != NULL, "not refused: %s", cases[i].detection);
		ck_assert_msg(strstr(reason, cases[i].reason) != NULL, "%s: %s",
			      cases[i].detection, reason);
		ck_assert_uint_ge(said.line, 4);
	}
}
END_TEST

START_TEST(rules_refused)
{
	static const struct {
		const char *yaml, *reason;
	} cases[] = {
		{"logsource:\n  product: x\n" DETECTION, "no title"},
		{"title: t\n" DETECTION, "no logsource"},
		{"title: t\nlogsource: x\n" DETECTION, "must be a map"},
		{"title: t\nlogsource:\n  product: x\n", "no detection"},
		{"title: t\nlogsource:\n  product: x\ndetection: x\n", "must be a map"},
		{"title: t\nlevel: bad\nlogsource:\n  product: x\n" DETECTION,
		 "'bad' is no level"},
		{"title: t\nstatus: bad\nlogsource:\n  product: x\n" DETECTION,
		 "no status"},
		{"title: t\ntags: bad\nlogsource:\n  product: x\n" DETECTION,
		 "must be a list"},
		{"title: t\nmuster:\n  bad: 1\nlogsource:\n  product: x\n" DETECTION,
		 "key of 'muster'"},
		{"title: t\nmuster:\n  strength: maybe\nlogsource:\n  product: "
		 "x\n" DETECTION,
		 "no strength"},
		{"title: t\nmuster:\n  subject: cat\nlogsource:\n  product: "
		 "x\n" DETECTION,
		 "no subject"},
		{"title: [t]\nlogsource:\n  product: x\n" DETECTION, "title"},
		{"- a\n", "must be a map"},
		{"", "no rule"},
		{"title: 'x\n", ""},
		{"a: *nothing\n", ""},
		{"a: &x [*x]\n", "alias"},
		{"action: sing\ntitle: t\n", "'action'"},
		{"action: repeat\ntitle: t\n", "to repeat"},
	};
	struct said said;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *reason = refusal(cases[i].yaml, &said);
		ck_assert_msg(reason != NULL, "not refused: %s", cases[i].yaml);
		ck_assert_msg(strstr(reason, cases[i].reason) != NULL, "%s: %s",
			      cases[i].yaml, reason);
	}
}
END_TEST

START_TEST(nothing_is_no_rule)
{
	struct bench b;
	bench_new(&b);
	ck_assert_int_eq(sigma_set_add(b.set, "f", TEXT_NONE, on_notice, &b.said, &b.err),
			 1);
	bench_free(&b);
}
END_TEST

START_TEST(the_place_is_told)
{
	struct said said;
	ck_assert_ptr_nonnull(
		refusal("title: t\nlogsource:\n  product: x\ndetection:\n  s:\n"
			"    f|cidr:\n      - 10.0.0.0/8\n      - no\n  condition: s\n",
			&said));
	ck_assert_uint_eq(said.line, 8);
	ck_assert_uint_eq(said.column, 9);
}
END_TEST

START_TEST(bombs_are_refused)
{
	struct said said;
	CLEAN(buffer) struct buffer yaml;
	buffer_init(&yaml, 1u << 20);
	buffer_add_string(&yaml, "a: &a [x,x,x,x,x,x,x,x,x,x]\n");
	for (char c = 'b'; c < 'k'; c++)
		buffer_add_format(&yaml,
				  "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n",
				  c, c, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1,
				  c - 1, c - 1, c - 1);
	ck_assert_ptr_nonnull(refusal(yaml.data, &said));
	ck_assert_ptr_nonnull(strstr(said.reason, "too many"));
	buffer_reset(&yaml);
	for (int i = 0; i < 5000; i++)
		buffer_add_byte(&yaml, '[');
	ck_assert_ptr_nonnull(refusal(yaml.data, &said));
	buffer_reset(&yaml);
	buffer_add_string(&yaml, "title: t\nlogsource:\n  product: x\ndetection:\n  s:\n "
				 "   f: 1\n  condition: ");
	for (int i = 0; i < 5000; i++)
		buffer_add_byte(&yaml, '(');
	ck_assert_ptr_nonnull(refusal(yaml.data, &said));
	ck_assert_ptr_nonnull(strstr(said.reason, "too deeply"));
}
END_TEST

START_TEST(hostile_patterns_end)
{
	static const char *const patterns[] = {"(a+)+$",
					       "(a|a)*b",
					       "(a|aa)+$",
					       "^(([a-z])+.)+[A-Z]([a-z])+$",
					       "(.*)*(.*)*x",
					       "(?=(a+))a*b\\1",
					       "((a{1,50}){1,50}){1,50}b"};
	struct bench b;
	const uint32_t *rules;
	char yaml[1024], detection[256];
	CLEAN(buffer) struct buffer record;
	buffer_init(&record, 1u << 20);
	buffer_add_string(&record, "{\"f\":\"");
	for (int i = 0; i < 100000; i++)
		buffer_add_byte(&record, 'a');
	buffer_add_string(&record, "!\"}");
	bench_new(&b);
	for (size_t i = 0; i < ARRAY_LENGTH(patterns); i++) {
		snprintf(detection, sizeof(detection),
			 "  s:\n    f|re: '%s'\n  condition: s\n", patterns[i]);
		rule_text(yaml, sizeof(yaml), detection);
		bench_add(&b, yaml);
	}
	bench_compile(&b, false);
	bench_match(&b, record.data, &rules); /* the test's own time limit is the judge */
	ck_assert_uint_gt(sigma_set_given_up(b.set), 0);
	bench_free(&b);
}
END_TEST

/* --- documents
 * ------------------------------------------------------------------------------------------
 */

START_TEST(about_a_rule)
{
	struct bench b;
	bench_new(&b);
	ck_assert_int_eq(
		bench_add(&b,
			  "title: A title\nid: 0b1d\nname: AUT-X\nstatus: test\nlevel: "
			  "high\n"
			  "description: d\ntags: [a.b, c.d]\nfalsepositives: [none]\n"
			  "logsource:\n  product: linux\n  service: sshd\n"
			  "muster:\n  requirements: [3.5.3, 3.10]\n  strength: direct\n"
			  "  subject: object\n  says: in words\n" DETECTION),
		0);
	ck_assert_uint_eq(sigma_set_count(b.set), 1);
	const struct sigma_rule *rule = sigma_set_rule(b.set, 0);
	ck_assert_str_eq(rule->title, "A title");
	ck_assert_str_eq(rule->name, "AUT-X");
	ck_assert_int_eq(rule->level, SIGMA_HIGH);
	ck_assert_str_eq(rule->requirements[0], "3.5.3");
	ck_assert_str_eq(rule->requirements[1], "3.10");
	ck_assert_ptr_null(rule->requirements[2]);
	ck_assert(rule->direct);
	ck_assert_int_eq(rule->subject, SIGMA_SUBJECT_OBJECT);
	ck_assert_str_eq(rule->says, "in words");
	ck_assert_uint_eq(rule->sources, 1u << EVENT_FROM_SSHD);
	ck_assert_int_eq(b.said.severity, SIGMA_OK);
	ck_assert_ptr_null(sigma_set_rule(b.set, 1));
	bench_free(&b);
}
END_TEST

START_TEST(sources_are_heeded)
{
	struct bench b;
	const uint32_t *rules;
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, "title: a\nlogsource:\n  product: linux\n  "
				       "service: auth\n" DETECTION),
			 0);
	ck_assert_int_eq(bench_add(&b, "title: b\nlogsource:\n  product: muster\n  "
				       "category: access\n" DETECTION),
			 0);
	ck_assert_int_eq(
		bench_add(&b, "title: c\nlogsource:\n  product: windows\n" DETECTION), 0);
	ck_assert_int_eq(
		bench_add(&b, "title: d\nlogsource:\n  service: auditd\n" DETECTION), 0);
	bench_compile(&b, true);
	ck_assert_uint_eq(sigma_set_rule(b.set, 2)->sources, 0);
	b.event.source = EVENT_FROM_SUDO;
	ck_assert_uint_eq(bench_match(&b, "{\"f\":1}", &rules), 2);
	ck_assert_uint_eq(rules[1], 1);
	b.event.source = EVENT_FROM_ACCESS;
	ck_assert_uint_eq(bench_match(&b, "{\"f\":1}", &rules), 1);
	ck_assert_uint_eq(rules[0], 1);
	b.event.source = EVENT_FROM_AUDITD;
	ck_assert_uint_eq(bench_match(&b, "{\"f\":1}", &rules), 2);
	ck_assert_uint_eq(rules[1], 3);
	bench_free(&b);
}
END_TEST

static size_t matches(const char *yaml, const char *record)
{
	struct bench b;
	const uint32_t *rules;
	bench_new(&b);
	ck_assert_msg(bench_add(&b, yaml) == 0, "%s", b.said.reason);
	bench_compile(&b, false);
	size_t count = bench_match(&b, record, &rules);
	bench_free(&b);
	return count;
}

START_TEST(several_documents)
{
	static const char two[] = "title: a\nlogsource:\n  product: x\n" DETECTION
				  "---\ntitle: b\nlogsource:\n  product: x\n" DETECTION
				  "...\n---\n# nothing\n";
	static const char global[] = "action: global\nlogsource:\n  product: "
				     "x\ndetection:\n  condition: s\n---\n"
				     "title: a\ndetection:\n  s:\n    f: 1\n---\ntitle: "
				     "b\ndetection:\n  s:\n    f: 2\n";
	static const char repeat[] =
		"title: a\nlogsource:\n  product: x\n" DETECTION
		"---\naction: repeat\ntitle: b\ndetection:\n  s:\n    f: 2\n";
	ck_assert_uint_eq(matches(two, "{\"f\":1}"), 2);
	ck_assert_uint_eq(matches(global, "{\"f\":2}"), 1);
	ck_assert_uint_eq(matches(repeat, "{\"f\":2}"), 1);
	ck_assert_uint_eq(matches(repeat, "{\"f\":1}"), 1);
	struct said said;
	ck_assert_ptr_nonnull(refusal(
		"action: global\nlogsource:\n  product: x\n---\naction: reset\n---\n"
		"title: a\n" DETECTION,
		&said));
}
END_TEST

START_TEST(filters)
{
#define FILTERED(rules)                                                                  \
	"title: a\nid: r1\nlogsource:\n  product: x\n" DETECTION                         \
	"---\ntitle: flt\nlogsource:\n  product: x\nfilter:\n  rules: " rules            \
	"\n  own:\n    user: adm\n  condition: not own\n"
	ck_assert_uint_eq(matches(FILTERED("[r1]"), "{\"f\":1}"), 1);
	ck_assert_uint_eq(matches(FILTERED("[r1]"), "{\"f\":1,\"user\":\"adm\"}"), 0);
	ck_assert_uint_eq(matches(FILTERED("[r2]"), "{\"f\":1,\"user\":\"adm\"}"), 1);
	ck_assert_uint_eq(matches(FILTERED("[]"), "{\"f\":1,\"user\":\"adm\"}"), 0);
	ck_assert_uint_eq(matches(FILTERED("any"), "{\"f\":1,\"user\":\"adm\"}"), 0);
}
END_TEST

/* What is said of a text, once all of it is read and linked. */
static const char *said_of(const char *yaml, struct said *said)
{
	struct bench b;
	bench_new(&b);
	(void)bench_add(&b, yaml);
	(void)sigma_set_link(b.set, on_notice, &b.said);
	*said = b.said;
	bench_free(&b);
	return said->reason;
}

#define SELECTED(lines) "title: t\nlogsource:\n  product: x\ndetection:\n" lines

START_TEST(mistakes_are_warned_of)
{
	static const struct {
		const char *yaml, *reason;
	} cases[] = {
		{FILTERED("[r2]"), "for 'r2': there is no such rule"},
		{"title: a\nid: r1\nlogsource:\n  product: y\n" DETECTION
		 "---\ntitle: f\nlogsource:\n  product: x\nfilter:\n  rules: [r1]\n"
		 "  own: {u: a}\n  condition: not own\n",
		 "its logsource is another"},
		{SELECTED("  s: {f: 1}\n  t: {f: 2}\n  condition: s\n"), "does not name 't'"},
		{SELECTED("  s: {muster.acton: read}\n  condition: s\n"), "'muster.acton'"},
		{SELECTED("  s: {f|fieldref: muster.host.levl}\n  condition: s\n"),
		 "'muster.host.levl'"},
		{SELECTED("  s: {muster.action: [read, checkin]}\n  condition: s\n"),
		 "'checkin' for muster.action"},
		{SELECTED("  s: {muster.outcome|neq: failed}\n  condition: s\n"),
		 "'failed' for muster.outcome"},
		{SELECTED("  s: {f: 1}\n  condition: s\n") "name: r\n---\ntitle: c\ncorrelation:\n"
		 "  type: event_count\n  rules: [r]\n  group-by: [muster.acter]\n"
		 "  timespan: 1h\n  condition: {gte: 2}\n",
		 "'muster.acter'"},
		{SELECTED("  s: {f: 1}\n  condition: s\n") "name: r\n---\ntitle: c\ncorrelation:\n"
		 "  type: event_count\n  rules: [r]\n  timespan: 1h\n  condition: {lt: 1}\n",
		 "never true"},
	};
	static const char *const fine[] = {
		FILTERED("[r1]"), FILTERED("any"),
		SELECTED("  s: {f: 1}\n  _t: {f: 2}\n  condition: s and 1 of _*\n"),
		SELECTED("  s: {muster.action: [Read, 's*'], muster.source: sshd}\n  condition: s\n"),
		SELECTED("  s: {muster.action|startswith: rea}\n  condition: s\n"),
		SELECTED("  rules: {f: 1}\n  condition: rules\n"),
		SELECTED("  s: {f: 1}\n  condition: s\n") "name: r\n---\ntitle: c\ncorrelation:\n"
		"  type: event_count\n  rules: [r]\n  group-by: [muster.who]\n"
		"  aliases: {muster.who: {r: user}}\n"
		"  timespan: 1h\n  condition: {gte: 2}\n",
	};
	struct said said;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *reason = said_of(cases[i].yaml, &said);
		ck_assert_msg(strstr(reason, cases[i].reason) != NULL, "%s: %s", cases[i].yaml,
			      reason);
		ck_assert_int_eq(said.severity, SIGMA_WARNING);
		ck_assert_uint_eq(said.refused, 0);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(fine); i++) {
		const char *reason = said_of(fine[i], &said);
		ck_assert_msg(said.severity == SIGMA_OK, "%s: %s", fine[i], reason);
	}
}
END_TEST

/* However much was warned of before. */
START_TEST(a_refusal_is_told_as_one)
{
	CLEAN(buffer) struct buffer yaml;
	struct said said;
	buffer_init(&yaml, 1u << 16);
	buffer_add_string(&yaml, SELECTED("  s:\n"));
	for (unsigned i = 0; i < 60; i++)
		buffer_add_format(&yaml, "    muster.nothing%u: x\n", i);
	buffer_add_string(&yaml, "    f|nothing: x\n  condition: s\n");
	const char *reason = refusal(yaml.data, &said);
	ck_assert_ptr_nonnull(reason);
	ck_assert_int_eq(said.severity, SIGMA_REFUSED);
	ck_assert_msg(strstr(reason, "'nothing'"), "%s", reason);
}
END_TEST

/* Whatever way it asks. */
START_TEST(rules_that_ask_reference_data_are_known)
{
#define ASKING(line) "title: a\nname: r\nlogsource: {product: x}\ndetection:\n  s: {" line     \
		     "}\n  condition: s\n"
	static const struct {
		const char *yaml;
		bool joined;
	} cases[] = {
		{ASKING("f: 1"), false},
		{ASKING("muster.person.cleared: false"), true},
		{ASKING("f|fieldref: muster.person.id"), true},
		{ASKING("f: 1") "---\ntitle: f\nlogsource: {product: x}\nfilter:\n  rules: [r]\n"
				"  own: {muster.person.known: false}\n  condition: not own\n",
		 true},
	};
	static const char correlation[] = "---\ntitle: c\ncorrelation:\n  type: event_count\n"
					  "  rules: [r]\n  timespan: 1h\n  condition: {gte: 2}\n";
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct bench b;
		bench_new(&b);
		ck_assert_int_eq(bench_add(&b, cases[i].yaml), 0);
		ck_assert_int_eq(bench_add(&b, correlation), 0);
		ck_assert_int_eq(sigma_set_link(b.set, NULL, NULL), 0);
		ck_assert_msg(sigma_set_rule(b.set, 0)->joined == cases[i].joined, "%s",
			      cases[i].yaml);
		ck_assert_msg(sigma_set_rule(b.set, 1)->joined == cases[i].joined,
			      "a correlation over %s", cases[i].yaml);
		bench_free(&b);
	}
}
END_TEST

START_TEST(a_name_of_two_rules_is_none)
{
	struct said said;
	const char *reason = said_of(
		"title: a\nid: r\nlogsource: {product: x}\n" DETECTION
		"---\ntitle: b\nname: r\nlogsource: {product: x}\n" DETECTION
		"---\ntitle: c\ncorrelation:\n  type: event_count\n  rules: [r]\n"
		"  timespan: 1h\n  condition: {gte: 2}\n",
		&said);
	ck_assert_uint_eq(said.refused, 1);
	ck_assert_msg(strstr(reason, "two rules are called 'r': rule.yml:1 and rule.yml:9"),
		      "%s", reason);
}
END_TEST

START_TEST(correlations_are_linked)
{
#define BASE(name)                                                                       \
	"title: " name "\nid: id-" name "\nname: " name                                  \
	"\nlogsource:\n  product: x\n" DETECTION "---\n"
#define CORRELATION(body)                                                                \
	"title: c\nid: id-c\nname: c\ncorrelation:\n  timespan: 5m\n" body
	struct bench b;
	bench_new(&b);
	ck_assert_int_eq(
		bench_add(
			&b,
			BASE("a") BASE("b") CORRELATION(
				"  type: value_count\n  rules: [a, id-b]\n  group-by: "
				"[User, addr]\n"
				"  aliases:\n    addr:\n      a: src\n      id-b: dst\n  "
				"condition:\n    field: Host\n    gte: 3\n    lt: 10\n")),
		0);
	ck_assert_int_eq(sigma_set_link(b.set, on_notice, &b.said), 0);
	const struct sigma_correlation *c = sigma_set_correlation(b.set, 2);
	ck_assert_ptr_nonnull(c);
	ck_assert_int_eq(c->type, SIGMA_VALUE_COUNT);
	ck_assert_int_eq(c->timespan, 300 * MICROSECONDS);
	ck_assert_uint_eq(c->rule_count, 2);
	ck_assert_uint_eq(c->rules[1], 1);
	ck_assert(c->compares[SIGMA_GTE] && c->compares[SIGMA_LT] &&
		  !c->compares[SIGMA_EQ]);
	ck_assert_uint_eq(sigma_set_columns(b.set), 4); /* User src dst Host */
	ck_assert_uint_eq(c->group_columns[0], c->group_columns[2]);
	ck_assert_uint_ne(c->group_columns[1], c->group_columns[3]);
	ck_assert(sigma_set_rule(b.set, 0)->only_correlated);
	ck_assert(!sigma_set_rule(b.set, 2)->only_correlated);
	bench_compile(&b, false);
	const uint32_t *rules;
	char scratch[EVENT_SCRATCH];
	struct text value;
	ck_assert_uint_eq(bench_match(&b, "{\"f\":1,\"src\":\"s\",\"Host\":7}", &rules),
			  2);
	ck_assert(sigma_set_value(b.set, &b.event, c->group_columns[1], scratch, &value));
	ck_assert(text_equal(value, TEXT("s")));
	ck_assert(
		!sigma_set_value(b.set, &b.event, c->group_columns[3], scratch, &value));
	ck_assert(sigma_set_value(b.set, &b.event, c->value_columns[0], scratch, &value));
	ck_assert(text_equal(value, TEXT("7")));
	bench_free(&b);
}
END_TEST

START_TEST(correlations_refused)
{
	static const struct {
		const char *yaml, *reason;
	} cases[] = {
		{"title: c\ncorrelation:\n  type: event_count\n  rules: [a]\n  "
		 "condition:\n    gte: 1\n",
		 "timespan"},
		{CORRELATION("  type: event_count\n  rules: [a]\n"), "condition"},
		{CORRELATION("  type: event_count\n  condition:\n    gte: 1\n"),
		 "needs rules"},
		{CORRELATION("  type: some_count\n  rules: [a]\n"),
		 "no correlation of type"},
		{CORRELATION("  rules: [a]\n"), "needs a type"},
		{CORRELATION("  type: value_percentile\n  rules: [a]\n  condition:\n    "
			     "field: x\n    lte: 1\n"),
		 "value_percentile"},
		{CORRELATION(
			 "  type: value_count\n  rules: [a]\n  condition:\n    gte: 1\n"),
		 "needs a field"},
		{CORRELATION("  type: event_count\n  rules: [a]\n  condition:\n    more: "
			     "1\n"),
		 "'more'"},
		{CORRELATION(
			 "  type: event_count\n  rules: [a]\n  condition:\n    gte: x\n"),
		 "a number"},
		{CORRELATION("  type: temporal\n  rules: [a, b]\n  condition: a and b\n"),
		 "must be a map"},
		{CORRELATION("  type: temporal\n  rules: [a]\n  window: tumbling\n"),
		 "'window'"},
		{CORRELATION("  type: temporal\n  rules: []\n"), "entries"},
		{CORRELATION("  type: temporal\n  rules: [a]\n  aliases:\n    x:\n      "
			     "z: f\n"),
		 "not among"},
		{"title: c\ncorrelation:\n  timespan: soon\n  type: temporal\n  rules: "
		 "[a]\n",
		 "'soon'"},
		{"title: c\ncorrelation:\n  timespan: 90\n  type: temporal\n  rules: "
		 "[a]\n",
		 "'90'"},
	};
	struct said said;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *reason = refusal(cases[i].yaml, &said);
		ck_assert_msg(reason != NULL, "not refused: %s", cases[i].yaml);
		ck_assert_msg(strstr(reason, cases[i].reason) != NULL, "%s: %s",
			      cases[i].yaml, reason);
	}
}
END_TEST

#define OWN(body) "title: c\nid: id-c\nname: c\ncorrelation:\n" body

START_TEST(what_is_missing_is_read)
{
	struct bench b;
	bench_new(&b);
	ck_assert_int_eq(
		bench_add(&b, BASE("a") BASE("b") OWN(
				      "  type: absence\n  rules: [a, b]\n  group-by: [medium]\n"
				      "  before: 1h\n  within: 15m\n  distinct: [User, Host]\n"
				      "  where_known: true\n")
				  "---\ntitle: g\nname: g\ncorrelation:\n  type: gap\n"
				  "  rules: [a]\n  longer_than: 7d\n  open: true\n"
				  "---\ntitle: t\nname: t\ncorrelation:\n  type: travel\n"
				  "  rules: [a]\n  group-by: [User]\n  timespan: 24h\n"
				  "  speed_above: 900\n  distance_above: 100\n"
				  "---\ntitle: s\nname: s\ncorrelation:\n  type: silence\n"
				  "  intervals: 2\n"
				  "---\ntitle: h\nname: h\ncorrelation:\n  type: hole\n"
				  "  longer_than: 24h\n"
				  "---\ntitle: r\nname: r\ncorrelation:\n  type: rewrite\n"),
		0);
	ck_assert_int_eq(sigma_set_link(b.set, on_notice, &b.said), 0);
	const struct sigma_correlation *c = sigma_set_correlation(b.set, 2);
	ck_assert_int_eq(c->type, SIGMA_ABSENCE);
	ck_assert_int_eq(c->timespan, 75 * 60 * MICROSECONDS);
	ck_assert_int_eq(c->before, 60 * 60 * MICROSECONDS);
	ck_assert_uint_eq(c->value_count, 2);
	ck_assert(c->where_known);
	c = sigma_set_correlation(b.set, 3);
	ck_assert(c->type == SIGMA_GAP && c->open && c->timespan == 7 * 86400 * MICROSECONDS);
	c = sigma_set_correlation(b.set, 4);
	ck_assert(c->type == SIGMA_TRAVEL && c->speed == 900 && c->distance == 100 &&
		  c->value_count == 2);
	ck_assert(sigma_set_joins(b.set)); /* where places lie */
	c = sigma_set_correlation(b.set, 5);
	ck_assert(c->type == SIGMA_SILENCE && c->intervals == 2 && c->rule_count == 0);
	ck_assert_uint_ne(sigma_set_rule(b.set, 5)->sources, 0);
	c = sigma_set_correlation(b.set, 6);
	ck_assert(c->type == SIGMA_HOLE && c->timespan == 86400 * MICROSECONDS);
	bench_compile(&b, false);
	CLEAN(buffer) struct buffer out;
	buffer_init(&out, 1 << 16);
	for (size_t i = 2; i < 7; i++)
		sigma_set_explain(b.set, i, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "in 3600 seconds before and in 900 seconds after, "
					       "of another User, Host\nonly where one of the "
					       "others was there before that time begins"));
	ck_assert_ptr_nonnull(strstr(out.data, "for more than 604800 seconds, or ever since"));
	ck_assert_ptr_nonnull(strstr(out.data, "faster than 900 km/h over more than 100 km"));
	ck_assert_ptr_nonnull(strstr(out.data, "more than 2 times the interval"));
	bench_free(&b);
}
END_TEST

START_TEST(what_is_missing_is_refused)
{
	static const struct {
		const char *yaml, *reason;
	} cases[] = {
		{OWN("  type: absence\n  rules: [a]\n  within: 1h\n"), "two rules"},
		{OWN("  type: absence\n  rules: [a, b]\n"), "'within', 'before'"},
		{OWN("  type: absence\n  rules: [a, b]\n  within: soon\n"), "'soon'"},
		{OWN("  type: absence\n  rules: [a, b]\n  within: 1h\n  timespan: 1h\n"), "'timespan'"},
		{OWN("  type: absence\n  rules: [a, b]\n  within: 1h\n  condition:\n    gte: 1\n"),
		 "'condition'"},
		{OWN("  type: absence\n  rules: [a, b]\n  within: 1h\n  where_known: perhaps\n"),
		 "true or false"},
		{OWN("  type: gap\n  rules: [a]\n  longer_than: 1d\n  where_known: true\n"),
		 "'where_known'"},
		{OWN("  type: gap\n  rules: [a]\n"), "longer_than"},
		{OWN("  type: gap\n  rules: [a]\n  longer_than: 1d\n  open: maybe\n"), "true or false"},
		{OWN("  type: gap\n  rules: [a]\n  within: 1d\n"), "'within'"},
		{OWN("  type: travel\n  rules: [a]\n  timespan: 1d\n"), "speed_above"},
		{OWN("  type: travel\n  rules: [a]\n  speed_above: 900\n"), "timespan"},
		{OWN("  type: travel\n  rules: [a]\n  timespan: 1d\n  speed_above: fast\n"),
		 "whole number"},
		{OWN("  type: silence\n"), "intervals"},
		{OWN("  type: silence\n  intervals: 2\n  rules: [a]\n"), "'rules'"},
		{OWN("  type: hole\n"), "longer_than"},
		{OWN("  type: rewrite\n  rules: [a]\n"), "'rules'"},
		{OWN("  type: rewrite\n  longer_than: 1d\n"), "'longer_than'"},
		{OWN("  type: event_count\n  rules: [a]\n  timespan: 1h\n  within: 1h\n  "
		     "condition:\n    gte: 1\n"),
		 "'within'"},
	};
	struct said said;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		const char *reason = refusal(cases[i].yaml, &said);
		ck_assert_msg(reason != NULL, "not refused: %s", cases[i].yaml);
		ck_assert_msg(strstr(reason, cases[i].reason) != NULL, "%s: %s",
			      cases[i].yaml, reason);
	}
}
END_TEST

START_TEST(correlations_without_rules_leave)
{
	static const struct {
		const char *yaml;
		int refused;
		size_t left;
	} cases[] = {
		{BASE("a") CORRELATION("  type: temporal\n  rules: [a, none]\n"), 1, 1},
		{CORRELATION("  type: temporal\n  rules: [c]\n"), 1, 0},
		{BASE("a") CORRELATION(
			 "  type: temporal\n  rules: [none]\n") "---\ntitle: "
								"d\ncorrelation:\n  "
								"type: temporal\n  "
								"rules: [c, a]\n  "
								"timespan: 1m\n",
		 2, 1},
		{BASE("a") BASE("b") CORRELATION(
			 "  type: temporal\n  rules: [a, b]\n  group-by: [x]\n"
			 "  aliases:\n    x:\n      a: f\n"),
		 1, 2},
		/* A trigger may be a run, an answer that is known may not. */
		{BASE("a") BASE("b") CORRELATION("  type: temporal\n  rules: [a, b]\n")
		 "---\ntitle: d\ncorrelation:\n  type: absence\n  rules: [c, a]\n"
		 "  within: 1m\n  where_known: true\n",
		 0, 4},
		{BASE("a") BASE("b") CORRELATION("  type: temporal\n  rules: [a, b]\n")
		 "---\ntitle: d\ncorrelation:\n  type: absence\n  rules: [a, c]\n"
		 "  within: 1m\n  where_known: true\n",
		 1, 3},
	};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct bench b;
		bench_new(&b);
		ck_assert_int_eq(bench_add(&b, cases[i].yaml), 0);
		ck_assert_int_eq(sigma_set_link(b.set, on_notice, &b.said),
				 cases[i].refused);
		ck_assert_uint_eq(sigma_set_count(b.set), cases[i].left);
		ck_assert_int_eq(sigma_set_compile(b.set, false, &b.err), 0);
		bench_free(&b);
		bench_new(&b);
		ck_assert_int_eq(bench_add(&b, cases[i].yaml), 0);
		ck_assert(sigma_set_compile(b.set, false, &b.err) < 0 || cases[i].refused == 0);
		bench_free(&b);
	}
}
END_TEST

/* The manual page and the lists that the code is made of agree. */
START_TEST(the_manual_page_is_complete)
{
	static const char *const names[] = {
#define MODIFIER(identifier, name, kind, meaning) ".It Cm " name "\n",
#include "sigma/modifiers.def"
#undef MODIFIER
#define NORMALISED(identifier, name, meaning) ".It Cm " name "\n",
#include "event/normalised.def"
#undef NORMALISED
#define JOINED(identifier, name, meaning) ".It Cm " name "\n",
#include "event/joined.def"
#undef JOINED
#define SOURCE(identifier, name, product, category, services) ".It " name " Ta ",
#include "event/sources.def"
#undef SOURCE
	};
	CLEAN(buffer) struct buffer page;
	char path[4096];
	struct err err;
	const char *directory = getenv("srcdir");
	snprintf(path, sizeof(path), "%s/man/muster-rules.5",
		 directory ? directory : ".");
	buffer_init(&page, 1u << 20);
	ck_assert_msg(file_read_all(path, 1u << 20, &page, &err) == 0, "%s", err.text);
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		ck_assert_msg(strstr(page.data, names[i]) != NULL, "%s", names[i]);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("sigma documents");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, detections_refused);
	tcase_add_test(tests, rules_refused);
	tcase_add_test(tests, nothing_is_no_rule);
	tcase_add_test(tests, the_place_is_told);
	tcase_add_test(tests, bombs_are_refused);
	tcase_add_test(tests, hostile_patterns_end);
	tcase_add_test(tests, about_a_rule);
	tcase_add_test(tests, sources_are_heeded);
	tcase_add_test(tests, several_documents);
	tcase_add_test(tests, filters);
	tcase_add_test(tests, mistakes_are_warned_of);
	tcase_add_test(tests, a_refusal_is_told_as_one);
	tcase_add_test(tests, rules_that_ask_reference_data_are_known);
	tcase_add_test(tests, a_name_of_two_rules_is_none);
	tcase_add_test(tests, correlations_are_linked);
	tcase_add_test(tests, correlations_refused);
	tcase_add_test(tests, what_is_missing_is_read);
	tcase_add_test(tests, what_is_missing_is_refused);
	tcase_add_test(tests, correlations_without_rules_leave);
	tcase_add_test(tests, the_manual_page_is_complete);
	Suite *suite = suite_create("sigma documents");
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
