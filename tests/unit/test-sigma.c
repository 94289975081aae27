/* Values, modifiers, selections, conditions, and the index. */
#include "test-sigma.h"

struct line_case {
	const char *line, *record;
	bool fires;
};

static void check_lines(const struct line_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(line_fires(cases[i].line, cases[i].record) ==
				      cases[i].fires,
			      "%s  on  %s  should%s fire", cases[i].line, cases[i].record,
			      cases[i].fires ? "" : " not");
}

#define YES(line, record)                                                                \
	{                                                                                \
		line, record, true                                                       \
	}
#define NO(line, record)                                                                 \
	{                                                                                \
		line, record, false                                                      \
	}
#define CHECK_LINES(...)                                                                 \
	do {                                                                             \
		static const struct line_case cases[] = {__VA_ARGS__};                   \
		check_lines(cases, ARRAY_LENGTH(cases));                                 \
	} while (0)

/* --- values ----------------------------------------------------------------------------
 */

START_TEST(plain_values)
{
	CHECK_LINES(YES("f: Value", "{\"f\":\"vaLUE\"}"),
		    NO("f: value", "{\"f\":\"value \"}"),
		    NO("F: value", "{\"f\":\"value\"}"), YES("f: 4625", "{\"f\":4625}"),
		    YES("f: 4625", "{\"f\":\"4625\"}"), YES("f: '4625'", "{\"f\":4625}"),
		    YES("f: 4625", "{\"f\":4625.0}"), YES("f: 1000", "{\"f\":1e3}"),
		    NO("f: 1000", "{\"f\":\"1e3\"}"), NO("f: 4625", "{\"f\":46250}"),
		    NO("f: 4625", "{\"f\":4625.5}"), YES("f: 0.5", "{\"f\":0.50}"),
		    NO("f: 0.5", "{\"f\":0.51}"), YES("f: -3", "{\"f\":-3}"),
		    YES("f: 0x10", "{\"f\":16}"), YES("f: 007", "{\"f\":\"007\"}"),
		    NO("f: 007", "{\"f\":7}"), YES("f: true", "{\"f\":true}"),
		    YES("f: true", "{\"f\":\"TRUE\"}"), NO("f: true", "{\"f\":false}"),
		    YES("f: yes", "{\"f\":\"yes\"}"), NO("f: yes", "{\"f\":true}"),
		    YES("f: [a, b]", "{\"f\":\"b\"}"), NO("f: [a, b]", "{\"f\":\"c\"}"),
		    YES("f: b", "{\"f\":[\"a\",\"b\"]}"),
		    NO("f: b", "{\"f\":[\"a\",\"c\"]}"));
}
END_TEST

START_TEST(letters_without_case)
{
	CHECK_LINES(YES("f: 'ÄRGER'", "{\"f\":\"ärger\"}"),
		    YES("f: 'жук'", "{\"f\":\"ЖУК\"}"),
		    YES("f|contains: 'ΣΑΣ'", "{\"f\":\"xxxσαςxx\"}"),
		    NO("f: 'arger'", "{\"f\":\"ärger\"}"),
		    YES("f|endswith: 'ŻÓŁĆ'", "{\"f\":\"zażółć\"}"),
		    NO("f|cased: 'ÄRGER'", "{\"f\":\"ärger\"}"));
}
END_TEST

START_TEST(null_and_empty)
{
	CHECK_LINES(YES("f: null", "{\"g\":1}"), YES("f: null", "{\"f\":null}"),
		    YES("f:", "{\"f\":null}"), NO("f: null", "{\"f\":\"\"}"),
		    YES("f: ''", "{\"f\":\"\"}"), NO("f: ''", "{\"f\":null}"),
		    NO("f: ''", "{\"g\":1}"), NO("f: ''", "{\"f\":\" \"}"),
		    YES("f: [a, null]", "{\"g\":1}"), NO("f: 'null'", "{\"f\":null}"));
	ck_assert(fires("  s:\n    a: 1\n  n:\n    b: x\n  condition: s and not n\n",
			"{\"a\":1}"));
	ck_assert(!fires("  s:\n    a: 1\n  n:\n    b: x\n  condition: s and not n\n",
			 "{\"a\":1,\"b\":\"x\"}"));
}
END_TEST

START_TEST(wildcards_and_escapes)
{
	CHECK_LINES(
		YES("f: 'a*c'", "{\"f\":\"abbc\"}"), NO("f: 'a*c'", "{\"f\":\"abbcd\"}"),
		YES("f: 'a*c'", "{\"f\":\"ac\"}"),
		YES("f: 'a?c'", "{\"f\":\"a\\ud83d\\udd25c\"}"),
		NO("f: 'a?c'", "{\"f\":\"ac\"}"),
		NO("f: 'a??c'", "{\"f\":\"a\\ud83d\\udd25c\"}"),
		YES("f: 'a*c'", "{\"f\":\"a\\nc\"}"), YES("f: '*'", "{\"f\":\"\"}"),
		NO("f: '*'", "{\"g\":1}"), NO("f: '?'", "{\"f\":\"\"}"),
		YES("f: 'a\\*c'", "{\"f\":\"a*c\"}"), NO("f: 'a\\*c'", "{\"f\":\"abc\"}"),
		YES("f: 'a\\?'", "{\"f\":\"a?\"}"), NO("f: 'a\\?'", "{\"f\":\"ab\"}"),
		YES("f: 'a\\b'", "{\"f\":\"a\\\\b\"}"),
		YES("f: 'a\\\\b'", "{\"f\":\"a\\\\b\"}"),
		YES("f: 'a\\\\*'", "{\"f\":\"a\\\\bc\"}"),
		NO("f: 'a\\\\*'", "{\"f\":\"abc\"}"),
		YES("f: 'a\\\\\\*'", "{\"f\":\"a\\\\*\"}"),
		NO("f: 'a\\\\\\*'", "{\"f\":\"a\\\\b\"}"),
		YES("f: 'a\\\\\\\\b'", "{\"f\":\"a\\\\\\\\b\"}"),
		YES("f: '*a*b*c'", "{\"f\":\"xaxbxbxc\"}"),
		NO("f: '*a*b*c'", "{\"f\":\"xbxaxc\"}"),
		YES("f|contains: 'x*z'", "{\"f\":\"..xyyz..\"}"),
		NO("f|contains: 'x*z'", "{\"f\":\"zx\"}"),
		YES("f|startswith: 'a?c'", "{\"f\":\"abcd\"}"),
		NO("f|startswith: 'a?c'", "{\"f\":\"xabcd\"}"));
}
END_TEST

/* --- modifiers
 * --------------------------------------------------------------------------- */

START_TEST(texts_in_texts)
{
	CHECK_LINES(
		YES("f|contains: word", "{\"f\":\"a WORD here\"}"),
		NO("f|contains: word", "{\"f\":\"a wor d\"}"),
		YES("f|contains: xy", "{\"f\":\"axyb\"}"),
		YES("f|contains: xyz", "{\"f\":\"axyz\"}"),
		NO("f|contains: xyz", "{\"f\":\"axy\"}"),
		YES("f|startswith: '10.'", "{\"f\":\"10.1\"}"),
		NO("f|startswith: '10.'", "{\"f\":\"110.1\"}"),
		YES("f|startswith: a", "{\"f\":\"Ab\"}"),
		YES("f|startswith: 'a rather long beginning'",
		    "{\"f\":\"a Rather long beginning of it\"}"),
		NO("f|startswith: 'a rather long beginning'",
		   "{\"f\":\"a rather long beginnin\"}"),
		YES("f|endswith: '.exe'", "{\"f\":\"c.EXE\"}"),
		NO("f|endswith: '.exe'", "{\"f\":\"c.exe \"}"),
		YES("f|endswith: '\\powershell.exe'",
		    "{\"f\":\"C:\\\\x\\\\PowerShell.exe\"}"),
		NO("f|endswith: '\\powershell.exe'", "{\"f\":\"C:\\\\xpowershell.exe\"}"),
		YES("f|contains|all: [one, two]", "{\"f\":\"two and one\"}"),
		NO("f|contains|all: [one, two]", "{\"f\":\"two\"}"),
		YES("f|contains: ''", "{\"f\":\"x\"}"),
		NO("f|contains: ''", "{\"g\":\"x\"}"));
}
END_TEST

START_TEST(cased_and_neq)
{
	CHECK_LINES(YES("f|cased: Abc", "{\"f\":\"Abc\"}"),
		    NO("f|cased: Abc", "{\"f\":\"abc\"}"),
		    YES("f|contains|cased: Abcd", "{\"f\":\"xAbcdx\"}"),
		    NO("f|contains|cased: Abcd", "{\"f\":\"xabcdx\"}"),
		    NO("f|cased|endswith: 'B*d'", "{\"f\":\"xbcd\"}"),
		    YES("f|neq: a", "{\"f\":\"b\"}"), NO("f|neq: a", "{\"f\":\"A\"}"),
		    YES("f|neq: a", "{\"g\":1}"), NO("f|neq: [a, b]", "{\"f\":\"b\"}"),
		    YES("f|neq: [a, b]", "{\"f\":\"c\"}"), YES("f|neq: 5", "{\"f\":6}"),
		    NO("f|neq: 5", "{\"f\":5}"), YES("f|neq: null", "{\"f\":1}"),
		    NO("f|neq: null", "{\"g\":1}"));
}
END_TEST

START_TEST(regular_expressions)
{
	CHECK_LINES(
		YES("f|re: 'b+c$'", "{\"f\":\"abbc\"}"),
		NO("f|re: 'b+c$'", "{\"f\":\"abbcd\"}"),
		NO("f|re: 'ABC'", "{\"f\":\"abc\"}"),
		YES("f|re|i: 'ABC'", "{\"f\":\"xabcx\"}"),
		YES("f|re: '(?i)power[a-z]+'", "{\"f\":\"POWERSHELL\"}"),
		NO("f|re: '^b'", "{\"f\":\"a\\nb\"}"),
		YES("f|re|m: '^b'", "{\"f\":\"a\\nb\"}"),
		NO("f|re: 'a.b'", "{\"f\":\"a\\nb\"}"),
		YES("f|re|s: 'a.b'", "{\"f\":\"a\\nb\"}"),
		YES("f|re|i|s: 'A.B'", "{\"f\":\"a\\nb\"}"),
		YES("f|re: ['x', 'y']", "{\"f\":\"y\"}"),
		YES("f|re: '\\d{4}'", "{\"f\":12345}"),
		/* the literal that must be there is told from the one that need not */
		YES("f|re: 'abcd?$'", "{\"f\":\"abc\"}"),
		YES("f|re: '(evil)?good'", "{\"f\":\"good\"}"),
		YES("f|re: 'evil|good'", "{\"f\":\"good\"}"),
		YES("f|re: 'wxyz{0,2}'", "{\"f\":\"wxy\"}"),
		YES("f|re: 'wxyz*'", "{\"f\":\"wxy\"}"),
		YES("f|re: '[[:alpha:]]xyz'", "{\"f\":\"axyz\"}"),
		YES("f|re: '\\Qa.b\\Ecdef'", "{\"f\":\"a.bcdef\"}"),
		YES("f|re: '\\x41bcdef'", "{\"f\":\"Abcdef\"}"),
		YES("f|re: '^.{3}$'", "{\"f\":\"\u00e4\u00f6\u00fc\"}"),
		NO("f|re: '^.{6}$'", "{\"f\":\"\u00e4\u00f6\u00fc\"}"),
		YES("f|re: '\xC3\xA4+'", "{\"f\":\"x\u00e4\"}"),
		NO("f|re: '\xC3\xA4+'", "{\"f\":\"xa\"}"),
		/* only backtracking can do these */
		YES("f|re: 'a(?=b)'", "{\"f\":\"xab\"}"),
		NO("f|re: 'a(?=b)'", "{\"f\":\"xac\"}"),
		YES("f|re: '(.)\\1'", "{\"f\":\"abba\"}"),
		NO("f|re: '(.)\\1'", "{\"f\":\"abab\"}"), YES("f|re: ''", "{\"f\":\"\"}"),
		NO("f|re: ''", "{\"g\":1}"),
		YES("f|re|i: 'task'", "{\"f\":\"ta\xC5\xBF\xE2\x84\xAA\"}"));
}
END_TEST

START_TEST(networks)
{
	CHECK_LINES(YES("f|cidr: 10.0.0.0/8", "{\"f\":\"10.255.0.1\"}"),
		    NO("f|cidr: 10.0.0.0/8", "{\"f\":\"11.0.0.1\"}"),
		    YES("f|cidr: 192.168.4.0/22", "{\"f\":\"192.168.7.255\"}"),
		    NO("f|cidr: 192.168.4.0/22", "{\"f\":\"192.168.8.0\"}"),
		    YES("f|cidr: '192.0.2.7'", "{\"f\":\"192.0.2.7\"}"),
		    YES("f|cidr: 0.0.0.0/0", "{\"f\":\"1.2.3.4\"}"),
		    NO("f|cidr: 0.0.0.0/0", "{\"f\":\"::1\"}"),
		    YES("f|cidr: 'fe80::/10'", "{\"f\":\"fe80::1%eth0\"}"),
		    NO("f|cidr: 'fe80::/10'", "{\"f\":\"fec0::1\"}"),
		    YES("f|cidr: '::1/128'", "{\"f\":\"::1\"}"),
		    YES("f|cidr: 10.0.0.0/8", "{\"f\":\"::ffff:10.1.1.1\"}"),
		    NO("f|cidr: 10.0.0.0/8", "{\"f\":\"10.1.1\"}"),
		    NO("f|cidr: 10.0.0.0/8", "{\"f\":\"10.0.0.0/8\"}"));
}
END_TEST

#define TEN "1000000000"

START_TEST(existence_and_comparisons)
{
	CHECK_LINES(YES("f|exists: true", "{\"f\":null}"),
		    YES("f|exists: true", "{\"f\":\"\"}"),
		    YES("f|exists: true", "{\"f\":{\"g\":1}}"),
		    NO("f|exists: true", "{\"g\":1}"),
		    YES("f|exists: false", "{\"g\":1}"),
		    NO("f|exists: false", "{\"f\":0}"), YES("f|lt: 5", "{\"f\":4.9}"),
		    NO("f|lt: 5", "{\"f\":5}"), YES("f|lte: 5", "{\"f\":5}"),
		    NO("f|lte: 5", "{\"f\":5.1}"), YES("f|gt: 5", "{\"f\":\"6\"}"),
		    NO("f|gt: 5", "{\"f\":5}"), YES("f|gte: 0.5", "{\"f\":0.5}"),
		    NO("f|gte: 0.5", "{\"f\":0.4}"), NO("f|gt: 5", "{\"f\":\"six\"}"),
		    NO("f|lt: 5", "{\"g\":1}"), NO("f|lt: 5", "{\"f\":null}"),
		    YES("f|gt: -2", "{\"f\":-1}"));
	/* A number is one however large it is, and however long it is written. */
	CHECK_LINES(YES("f|gt: 5", "{\"f\":1e400}"), NO("f|lt: 5", "{\"f\":1e400}"),
		    YES("f|lt: 5", "{\"f\":-1e400}"),
		    YES("f|gt: 5", "{\"f\":" TEN TEN TEN TEN TEN TEN TEN TEN "}"),
		    NO("f: 5", "{\"f\":1e400}"));
}
END_TEST

START_TEST(parts_of_dates)
{
	CHECK_LINES(YES("f|minute: 59", "{\"f\":\"2026-03-01T23:59:01Z\"}"),
		    NO("f|minute: 59", "{\"f\":\"2026-03-01T23:58:59Z\"}"),
		    YES("f|hour: 23", "{\"f\":\"2026-03-01 23:59:01\"}"),
		    NO("f|hour: 23", "{\"f\":\"2026-03-01\"}"),
		    YES("f|hour|gte: 18", "{\"f\":\"2026-03-01T18:00:00+02:00\"}"),
		    NO("f|hour|gte: 18", "{\"f\":\"2026-03-01T17:59:00+02:00\"}"),
		    YES("f|day: 1", "{\"f\":\"2026-03-01\"}"),
		    NO("f|day: 1", "{\"f\":\"2026-03-02\"}"),
		    YES("f|week: 53", "{\"f\":\"2027-01-03\"}"),
		    YES("f|week: 1", "{\"f\":\"2027-01-04\"}"),
		    YES("f|week: 1", "{\"f\":\"2024-12-30\"}"),
		    NO("f|week: 1", "{\"f\":\"2024-12-29\"}"),
		    YES("f|month: 3", "{\"f\":\"2026-03-01\"}"),
		    NO("f|month: 3", "{\"f\":\"2026-04-01\"}"),
		    YES("f|year: 2026", "{\"f\":\"2026-03-01\"}"),
		    NO("f|year: 2026", "{\"f\":\"2025-03-01\"}"),
		    NO("f|day: 30", "{\"f\":\"2026-02-30\"}"),
		    NO("f|year: 2026", "{\"f\":2026}"));
}
END_TEST

START_TEST(encodings)
{
	CHECK_LINES(YES("f|base64: 'foobar'", "{\"f\":\"Zm9vYmFy\"}"),
		    NO("f|base64: 'foobar'", "{\"f\":\"foobar\"}"),
		    YES("f|base64|contains: 'foob'", "{\"f\":\"xZm9vYg==x\"}"),
		    NO("f|base64|contains: 'foob'", "{\"f\":\"xZm9vYmFyx\"}"),
		    /* "foobar" inside of "foobar", "xfoobar" and "xxfoobar" */
		    YES("f|base64offset|contains: foobar", "{\"f\":\"Zm9vYmFy\"}"),
		    YES("f|base64offset|contains: foobar", "{\"f\":\"eGZvb2Jhcg==\"}"),
		    YES("f|base64offset|contains: foobar", "{\"f\":\"eHhmb29iYXI=\"}"),
		    NO("f|base64offset|contains: foobar", "{\"f\":\"eHhmb29iYQ==\"}"),
		    /* UTF-16 of "cmd" in Base64 */
		    YES("f|wide|base64: cmd", "{\"f\":\"YwBtAGQA\"}"),
		    YES("f|utf16le|base64: cmd", "{\"f\":\"YwBtAGQA\"}"),
		    YES("f|utf16be|base64: cmd", "{\"f\":\"AGMAbQBk\"}"),
		    NO("f|utf16be|base64: cmd", "{\"f\":\"YwBtAGQA\"}"),
		    YES("f|utf16|base64: cmd", "{\"f\":\"//5jAG0AZAA=\"}"),
		    NO("f|utf16|base64: cmd", "{\"f\":\"YwBtAGQA\"}"),
		    YES("f|wide|base64: '\xF0\x9F\x94\xA5'", "{\"f\":\"Pdgl3Q==\"}"),
		    YES("f|windash: 'x -f'", "{\"f\":\"x /f\"}"),
		    YES("f|windash: 'x /f'", "{\"f\":\"x -f\"}"),
		    YES("f|windash: 'x -f'", "{\"f\":\"x \\u2013f\"}"),
		    YES("f|windash: 'x -f'", "{\"f\":\"x \\u2014f\"}"),
		    YES("f|windash: 'x -f'", "{\"f\":\"x \\u2015f\"}"),
		    YES("f|windash: 'x -f'", "{\"f\":\"x -f\"}"),
		    NO("f|windash: 'x -f'", "{\"f\":\"x +f\"}"),
		    NO("f|windash: 'a-b'", "{\"f\":\"a/b\"}"),
		    YES("f|windash: 'x \xE2\x80\x93"
			"f'",
			"{\"f\":\"x /f\"}"),
		    YES("f|contains|windash: ' -a -b '", "{\"f\":\"x /a -b y\"}"),
		    NO("f|contains|windash: ' -a -b '", "{\"f\":\"x /a b y\"}"),
		    YES("f|windash|base64: ' -f'", "{\"f\":\"IC9m\"}"));
}
END_TEST

START_TEST(references_to_fields)
{
	CHECK_LINES(YES("f|fieldref: g", "{\"f\":\"Abc\",\"g\":\"aBC\"}"),
		    NO("f|fieldref: g", "{\"f\":\"abc\",\"g\":\"abd\"}"),
		    NO("f|fieldref: g", "{\"f\":\"abc\"}"),
		    NO("f|fieldref|cased: g", "{\"f\":\"Abc\",\"g\":\"abc\"}"),
		    YES("f|fieldref|startswith: g", "{\"f\":\"abcd\",\"g\":\"ab\"}"),
		    NO("f|fieldref|startswith: g", "{\"f\":\"abcd\",\"g\":\"bc\"}"),
		    YES("f|fieldref|endswith: g", "{\"f\":\"abcd\",\"g\":\"cd\"}"),
		    YES("f|fieldref|contains: g", "{\"f\":\"abcd\",\"g\":\"bc\"}"),
		    YES("f|fieldref|neq: g", "{\"f\":\"a\",\"g\":\"b\"}"),
		    NO("f|fieldref|neq: g", "{\"f\":\"a\",\"g\":\"a\"}"),
		    YES("f|fieldref: [g, h]", "{\"f\":\"a\",\"g\":\"b\",\"h\":\"a\"}"));
}
END_TEST

START_TEST(placeholders)
{
	struct bench b;
	const uint32_t *rules;
	const struct text values[] = {TEXT("srv*"), TEXT("dc01")};
	char yaml[1024];
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    f|expand: '%Servers%'\n  condition: s\n");
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, yaml), 1);
	ck_assert_ptr_nonnull(strstr(b.said.reason, "Servers"));
	ck_assert_int_eq(sigma_set_placeholder(b.set, TEXT("Servers"), values, 2, &b.err),
			 0);
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    g|expand|contains: 'a\\%Servers%'\n  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	sigma_set_placeholders_optional(b.set);
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    f|expand: '%None%'\n  condition: not s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	bench_compile(&b, false);
	ck_assert_uint_eq(bench_match(&b, "{\"f\":\"SRV12\"}", &rules), 2);
	ck_assert_uint_eq(bench_match(&b, "{\"f\":\"dc01\"}", &rules), 2);
	ck_assert_uint_eq(bench_match(&b, "{\"f\":\"dc012\"}", &rules), 1);
	ck_assert_uint_eq(bench_match(&b, "{\"g\":\"xa%Servers%\"}", &rules), 2);
	bench_free(&b);
}
END_TEST

/* --- selections, keywords, fields
 * -------------------------------------------------------------- */

START_TEST(selections)
{
	static const char maps[] =
		"  s:\n    - a: 1\n      b: 2\n    - c: 3\n  condition: s\n";
	ck_assert(fires(maps, "{\"a\":1,\"b\":2}"));
	ck_assert(fires(maps, "{\"c\":3}"));
	ck_assert(!fires(maps, "{\"a\":1}"));
	ck_assert(!fires(maps, "{\"b\":2,\"c\":4}"));
}
END_TEST

START_TEST(keywords)
{
	static const char any[] =
		"  k:\n    - EVIL\n    - 'b?d'\n    - 4711\n  condition: k\n";
	static const char all[] =
		"  k:\n    '|all':\n      - one\n      - two\n  condition: k\n";
	ck_assert(fires(any, "{\"x\":\"so evil\"}"));
	ck_assert(fires(any, "{\"x\":{\"y\":[\"-bad-\"]}}"));
	ck_assert(fires(any, "{\"x\":147118}"));
	ck_assert(!fires(any, "{\"evil\":\"good\"}"));
	ck_assert(fires(all, "{\"x\":\"one\",\"y\":\"two\"}"));
	ck_assert(!fires(all, "{\"x\":\"one\"}"));
	ck_assert(fires("  k: word\n  condition: k\n", "{\"x\":\"a word\"}"));
	ck_assert(fires("  k:\n    '|re': '^a.c$'\n  condition: k\n",
			"{\"x\":\"q\",\"y\":\"abc\"}"));
	ck_assert(
		!fires("  k:\n    '|re': '^a.c$'\n  condition: k\n", "{\"x\":\"abcd\"}"));
	ck_assert(fires("  k: [x]\n  condition: k\n", "{\"a\":\"axb\"}"));
	ck_assert(fires("  k: [1.5]\n  condition: k\n", "{\"a\":\"version 1.5 of it\"}"));
	ck_assert(fires("  k: [1.5]\n  condition: k\n", "{\"a\":1.5}"));
	ck_assert(!fires("  k: [1.5]\n  condition: k\n", "{\"a\":\"1.6\"}"));
}
END_TEST

START_TEST(dotted_names)
{
	ck_assert(line_fires("a.b: x", "{\"a\":{\"b\":\"x\"}}"));
	ck_assert(line_fires("a.b: x", "{\"a.b\":\"x\"}"));
	ck_assert(line_fires("a.b: x", "{\"a.b\":\"x\",\"a\":{\"b\":\"y\"}}"));
	ck_assert(!line_fires("a.b: y", "{\"a.b\":\"x\",\"a\":{\"b\":\"y\"}}"));
	ck_assert(!line_fires("a.b|contains: y", "{\"a.b\":\"x\",\"a\":{\"b\":\"y\"}}"));
	ck_assert(line_fires("a.b: y", "{\"a\":[{\"b\":\"x\"},{\"b\":\"y\"}]}"));
	ck_assert(line_fires("a.b|exists: true", "{\"a\":{\"b\":null}}"));
}
END_TEST

START_TEST(normalised_values)
{
	struct bench b;
	const uint32_t *rules;
	char yaml[1024];
	bench_new(&b);
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    muster.action: send\n    muster.level|gte: 2\n    "
		  "muster.hour: 12\n"
		  "    muster.actor|fieldref: owner\n    muster.bytes|exists: false\n  "
		  "condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	bench_compile(&b, false);
	b.event.action = EVENT_SEND;
	b.event.level = EVENT_LEVEL_CUI;
	b.event.actor = TEXT("jdoe");
	b.event.time = 12 * 3600 * MICROSECONDS;
	ck_assert_uint_eq(bench_match(&b, "{\"owner\":\"JDOE\"}", &rules), 1);
	ck_assert_uint_eq(bench_match(&b, "{\"owner\":\"other\"}", &rules), 0);
	b.event.level = EVENT_LEVEL_UNKNOWN;
	ck_assert_uint_eq(bench_match(&b, "{\"owner\":\"jdoe\"}", &rules), 0);
	/* A record cannot speak for the program. */
	ck_assert_uint_eq(
		bench_match(&b, "{\"owner\":\"jdoe\",\"muster.level\":5}", &rules), 0);
	b.event.level = EVENT_LEVEL_SECRET;
	b.event.bytes = 0;
	ck_assert_uint_eq(bench_match(&b, "{\"owner\":\"jdoe\"}", &rules), 0);
	bench_free(&b);
}
END_TEST

START_TEST(parts_match_singly)
{
	struct bench b;
	const uint32_t *rules;
	char yaml[1024];
	bench_new(&b);
	rule_text(yaml, sizeof(yaml), "  s:\n    a: 1\n    b: 2\n  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    b: 2\n    muster.action: read\n  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	rule_text(yaml, sizeof(yaml), "  s:\n    c: 3\n  condition: not s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	bench_compile(&b, false);
	struct decode_json *other = decode_json_new(b.names, &b.err);
	struct decode_reject reject;
	struct event_part parts[2];
	ck_assert_int_eq(decode_json_object(b.json, TEXT("{\"a\":1,\"c\":3}"), &parts[0],
					    &reject, &b.err),
			 1);
	ck_assert_int_eq(decode_json_object(other, TEXT("{\"b\":2,\"c\":3}"), &parts[1],
					    &reject, &b.err),
			 1);
	b.event.parts = parts;
	b.event.part_count = 2;
	b.event.action = EVENT_READ;
	ck_assert_uint_eq(sigma_set_match(b.set, &b.event, &rules), 1);
	ck_assert_uint_eq(rules[0], 1);
	ck_assert_int_eq(decode_json_object(other, TEXT("{\"a\":1,\"b\":2}"), &parts[1],
					    &reject, &b.err),
			 1);
	ck_assert_uint_eq(sigma_set_match(b.set, &b.event, &rules), 3);
	for (uint32_t i = 0; i < 3; i++)
		ck_assert_uint_eq(rules[i], i);
	b.event.part_count = 0;
	ck_assert_uint_eq(sigma_set_match(b.set, &b.event, &rules), 1);
	ck_assert_uint_eq(rules[0], 2);
	decode_json_free(other);
	bench_free(&b);
}
END_TEST

/* --- conditions
 * ------------------------------------------------------------------------------------ */

static bool condition_fires(const char *condition, const char *record)
{
	char detection[1024];
	snprintf(detection, sizeof(detection),
		 "  sel-a:\n    a: 1\n  sel_b:\n    b: 1\n  _hidden:\n    c: 1\n  "
		 "other:\n    d: 1\n"
		 "  condition: %s\n",
		 condition);
	return fires(detection, record);
}

START_TEST(conditions)
{
	static const struct line_case cases[] = {
		YES("sel-a", "{\"a\":1}"),
		NO("sel-a", "{\"b\":1}"),
		YES("sel-a and sel_b", "{\"a\":1,\"b\":1}"),
		NO("sel-a and sel_b", "{\"a\":1}"),
		YES("sel-a or sel_b", "{\"b\":1}"),
		NO("sel-a or sel_b", "{\"d\":1}"),
		YES("not sel-a", "{\"b\":1}"),
		NO("not sel-a", "{\"a\":1}"),
		YES("not not sel-a", "{\"a\":1}"),
		/* and binds closer than or, not closer than and */
		YES("sel-a or sel_b and other", "{\"a\":1}"),
		NO("sel-a or sel_b and other", "{\"b\":1}"),
		NO("(sel-a or sel_b) and other", "{\"a\":1}"),
		YES("(sel-a or sel_b) and other", "{\"b\":1,\"d\":1}"),
		YES("not sel-a and sel_b", "{\"b\":1}"),
		NO("not sel-a and sel_b", "{\"d\":1}"),
		YES("not (sel-a and sel_b)", "{\"a\":1}"),
		NO("not (sel-a and sel_b)", "{\"a\":1,\"b\":1}"),
		YES("1 of sel*", "{\"b\":1}"),
		NO("1 of sel*", "{\"d\":1}"),
		YES("any of sel*", "{\"a\":1}"),
		YES("all of sel*", "{\"a\":1,\"b\":1}"),
		NO("all of sel*", "{\"a\":1,\"d\":1}"),
		YES("1 of them", "{\"d\":1}"),
		NO("1 of them", "{\"c\":1}"),
		YES("all of them", "{\"a\":1,\"b\":1,\"d\":1}"),
		NO("all of them", "{\"a\":1,\"b\":1,\"c\":1}"),
		YES("1 of _hid*", "{\"c\":1}"),
		YES("1 of *e*", "{\"d\":1}"),
		YES("other and not 1 of sel*", "{\"d\":1}"),
		NO("other and not 1 of sel*", "{\"d\":1,\"a\":1}"),
		YES("[sel-a, sel_b]", "{\"b\":1}"),
		NO("[sel-a, sel_b]", "{\"d\":1}"),
		YES("((((sel-a))))", "{\"a\":1}"),
	};
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++)
		ck_assert_msg(condition_fires(cases[i].line, cases[i].record) ==
				      cases[i].fires,
			      "%s  on  %s", cases[i].line, cases[i].record);
}
END_TEST

/* --- many rules
 * ------------------------------------------------------------------------------------------
 */

/* Whatever the index finds must be what every rule says alone. */
START_TEST(rules_together_and_alone)
{
	static const char *const words[] = {"alpha", "beta", "gamma", "delta", "epsilon",
					    "zeta",  "eta",  "theta", "io",    "k"};
	static const char *const modifiers[] = {
		"",	  "|contains", "|startswith", "|endswith",
		"|cased", "|neq",      "|re",	      "|contains|cased"};
	uint32_t random = 7;
	char detections[120][512], yaml[1024], record[256];
#define RANDOM(n) ((random = random * 1664525u + 1013904223u) >> 16) % (n)
	for (int i = 0; i < 120; i++) {
		uint32_t a = RANDOM(10), b = RANDOM(10), c = RANDOM(10), m = RANDOM(8),
			 n = RANDOM(8);
		static const char *const joins[] = {"s and t", "s or t", "s and not t",
						    "not (s and t)"};
		uint32_t k = RANDOM(4);
		snprintf(detections[i], sizeof(detections[i]),
			 "  s:\n    f%s: %s\n  t:\n    g%s:\n      - %s\n      - %s%s\n  "
			 "condition: %s\n",
			 modifiers[m], words[a], modifiers[n], words[b], words[c],
			 n == 6 ? ".*a" : "*", joins[k]);
	}
	struct bench all;
	bench_new(&all);
	for (int i = 0; i < 120; i++) {
		rule_text(yaml, sizeof(yaml), detections[i]);
		ck_assert_int_eq(bench_add(&all, yaml), 0);
	}
	bench_compile(&all, false);
	for (int round = 0; round < 40; round++) {
		const uint32_t *rules;
		uint32_t a = RANDOM(10), b = RANDOM(10), c = RANDOM(10), d = RANDOM(10);
		snprintf(record, sizeof(record), "{\"f\":\"%s%s\",\"g\":\"%s %s\"}",
			 words[a], c % 3 ? "" : words[c], words[b],
			 d % 2 ? "" : words[d]);
		size_t count = bench_match(&all, record, &rules);
		bool hit[120] = {false};
		for (size_t i = 0; i < count; i++)
			hit[rules[i]] = true;
		for (int i = 0; i < 120; i++) {
			if ((i + round) % 10)
				continue;
			/* "not (never or not …)": a rule that no index can serve */
			char plain[1024];
			char *condition = strstr(detections[i], "condition: ") + 11;
			snprintf(plain, sizeof(plain),
				 "  never:\n    zz: 1\n%.*snot (never or not (%.*s))\n",
				 (int)(condition - detections[i]), detections[i],
				 (int)strlen(condition) - 1, condition);
			ck_assert_msg(fires(detections[i], record) == hit[i], "%s on %s",
				      detections[i], record);
			ck_assert_msg(fires(plain, record) == hit[i], "%s on %s", plain,
				      record);
		}
	}
	bench_free(&all);
}
END_TEST

START_TEST(long_lists)
{
	CLEAN(buffer) struct buffer yaml;
	struct bench b;
	const uint32_t *rules;
	buffer_init(&yaml, 1u << 20);
	buffer_add_string(&yaml, "title: t\nlogsource:\n  product: x\ndetection:\n  s:\n "
				 "   h|contains:\n");
	for (int i = 0; i < 3000; i++)
		buffer_add_format(&yaml, "      - 'SHA1=%08X'\n", i * 7919);
	buffer_add_string(&yaml, "  n:\n    h|endswith:\n");
	for (int i = 0; i < 20; i++)
		buffer_add_format(&yaml, "      - '-%d'\n", i);
	buffer_add_string(&yaml, "  condition: s and not n\n");
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, yaml.data), 0);
	bench_compile(&b, false);
	ck_assert_uint_eq(bench_match(&b, "{\"h\":\"x,sha1=00001eef,y\"}", &rules), 1);
	ck_assert_uint_eq(bench_match(&b, "{\"h\":\"x,sha1=00001eef-19\"}", &rules), 0);
	ck_assert_uint_eq(bench_match(&b, "{\"h\":\"x,sha1=00001eee\"}", &rules), 0);
	bench_free(&b);
}
END_TEST

#define RULE_TOLD(line, subject)                                                         \
	"title: t\nname: r\nlogsource: {product: x}\nmuster: {subject: " subject             \
	"}\ndetection:\n  s:\n    " line "\n  condition: s\n"
#define COUNTED(alias, field, generate)                                                  \
	"---\ntitle: c\nname: c\ncorrelation:\n  type: event_count\n  rules: [r]\n"          \
	"  group-by: [" alias "]\n  aliases: {" alias ": {r: " field "}}\n"                  \
	"  timespan: 1h\n  condition: {gte: 3}\n  generate: " generate "\n"
#define LONG TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

START_TEST(rules_are_explained)
{
	struct bench b;
	char yaml[1024];
	CLEAN(buffer) struct buffer out;
	buffer_init(&out, 1u << 16);
	bench_new(&b);
	rule_text(yaml, sizeof(yaml),
		  "  s:\n    f|contains: abcd\n    g|cidr: 10.0.0.0/8\n  condition: s\n");
	ck_assert_int_eq(bench_add(&b, yaml), 0);
	bench_compile(&b, false);
	sigma_set_explain(b.set, 0, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "looked at when f contains \"abcd\""));
	ck_assert_ptr_nonnull(strstr(out.data, "g in network 10.0.0.0/8"));
	bench_free(&b);
}
END_TEST

/* What two rules differ in, their explanations differ in. */
START_TEST(explanations_tell_rules_apart)
{
	static const char *const rules[] = {
		RULE_TOLD("f|re: abc", "actor"),   RULE_TOLD("f|re|i: abc", "actor"),
		RULE_TOLD("f|re|m: abc", "actor"), RULE_TOLD("f|re|s: abc", "actor"),
		RULE_TOLD("f|re: abc", "object"),  RULE_TOLD("f: abc", "actor"),
		RULE_TOLD("f: " LONG "a", "actor"), RULE_TOLD("f: " LONG "b", "actor"),
		RULE_TOLD("f: abc", "actor") COUNTED("u", "x", "false"),
		RULE_TOLD("f: abc", "actor") COUNTED("u", "y", "false"),
		RULE_TOLD("f: abc", "actor") COUNTED("u", "x", "true"),
	};
	struct buffer told[ARRAY_LENGTH(rules)];
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++) {
		struct bench b;
		bench_new(&b);
		buffer_init(&told[i], 1u << 16);
		ck_assert_int_eq(bench_add(&b, rules[i]), 0);
		bench_compile(&b, false);
		for (size_t r = 0; r < sigma_set_count(b.set); r++)
			sigma_set_explain(b.set, r, &told[i]);
		bench_free(&b);
	}
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		for (size_t k = 0; k < i; k++)
			ck_assert_msg(strcmp(told[i].data, told[k].data) != 0, "%s and %s: %s",
				      rules[i], rules[k], told[i].data);
	for (size_t i = 0; i < ARRAY_LENGTH(rules); i++)
		buffer_done(&told[i]);
}
END_TEST

/* --- what is joined ---------------------------------------------------------- */

struct joining {
	const char *answers[EVENT_J_COUNT]; /* NULL: not known */
	unsigned asked[EVENT_J_COUNT];
};

static bool join_value(void *context, const struct event *event UNUSED,
		       enum event_joined which, char scratch[EVENT_SCRATCH] UNUSED,
		       struct text *ret_value)
{
	struct joining *joining = context;
	joining->asked[which]++;
	*ret_value = text_of(joining->answers[which]);
	return joining->answers[which] != NULL;
}

static const char joined_rules[] =
	"title: not cleared\nlogsource: {product: muster}\n"
	"detection:\n  s:\n    muster.action: read\n    muster.object.level|gte: 3\n"
	"    muster.person.cleared: false\n  condition: s\n"
	"---\n"
	"title: cleared and known\nlogsource: {product: muster}\n"
	"detection:\n  s:\n    muster.person.cleared: true\n    muster.person.id|startswith: p\n"
	"  condition: s\n"
	"---\n"
	"title: unknown\nlogsource: {product: muster}\n"
	"detection:\n  s:\n    muster.action: read\n    muster.person.id: null\n  condition: s\n";

static void check_joined(struct bench *b, enum event_action action, size_t count, uint32_t first)
{
	const uint32_t *rules;
	b->event.action = action;
	ck_assert_uint_eq(bench_match(b, "{\"f\":1,\"muster.person.cleared\":false}", &rules),
			  count);
	ck_assert(count == 0 || rules[0] == first);
}

START_TEST(joined_values_are_asked_for_when_needed)
{
	struct joining joining = {0};
	struct bench b;
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, joined_rules), 0);
	ck_assert(sigma_set_joins(b.set));
	bench_compile(&b, true);
	ck_assert(sigma_set_rule(b.set, 0)->joined);

	/* Nobody answers: nothing is known, whatever the record says. */
	check_joined(&b, EVENT_READ, 1, 2);
	sigma_set_join(b.set, join_value, &joining);
	check_joined(&b, EVENT_READ, 1, 2);
	joining.answers[EVENT_J_OBJECT_LEVEL] = "4";
	joining.answers[EVENT_J_PERSON_CLEARED] = "false";
	joining.answers[EVENT_J_PERSON_ID] = "P17";
	memset(joining.asked, 0, sizeof(joining.asked));
	check_joined(&b, EVENT_READ, 1, 0);
	ck_assert_uint_eq(joining.asked[EVENT_J_PERSON_CLEARED], 1);
	ck_assert_uint_eq(joining.asked[EVENT_J_OBJECT_LEVEL], 1);
	ck_assert_uint_eq(joining.asked[EVENT_J_PLACE_LEVEL], 0);
	/* The rest of the first and the last rule does not hold. */
	memset(joining.asked, 0, sizeof(joining.asked));
	check_joined(&b, EVENT_WRITE, 0, 0);
	ck_assert_uint_eq(joining.asked[EVENT_J_OBJECT_LEVEL], 0);
	joining.answers[EVENT_J_PERSON_CLEARED] = "true";
	check_joined(&b, EVENT_WRITE, 1, 1);
	joining.answers[EVENT_J_PERSON_CLEARED] = NULL;
	check_joined(&b, EVENT_WRITE, 0, 0);
	bench_free(&b);
}
END_TEST

START_TEST(joined_values_are_not_asked_for_in_vain)
{
	struct joining joining = {0};
	struct bench b;
	const uint32_t *rules;
	bench_new(&b);
	ck_assert_int_eq(bench_add(&b, "title: t\nlogsource: {product: muster}\n" DETECTION), 0);
	ck_assert(!sigma_set_joins(b.set));
	bench_compile(&b, true);
	ck_assert(!sigma_set_rule(b.set, 0)->joined);
	sigma_set_join(b.set, join_value, &joining);
	ck_assert_uint_eq(bench_match(&b, "{\"f\":1}", &rules), 1);
	for (int i = 0; i < EVENT_J_COUNT; i++)
		ck_assert_uint_eq(joining.asked[i], 0);
	bench_free(&b);
}
END_TEST

int main(void)
{
	TCase *tests = tcase_create("sigma");
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, plain_values);
	tcase_add_test(tests, letters_without_case);
	tcase_add_test(tests, null_and_empty);
	tcase_add_test(tests, wildcards_and_escapes);
	tcase_add_test(tests, texts_in_texts);
	tcase_add_test(tests, cased_and_neq);
	tcase_add_test(tests, regular_expressions);
	tcase_add_test(tests, networks);
	tcase_add_test(tests, existence_and_comparisons);
	tcase_add_test(tests, parts_of_dates);
	tcase_add_test(tests, encodings);
	tcase_add_test(tests, references_to_fields);
	tcase_add_test(tests, placeholders);
	tcase_add_test(tests, selections);
	tcase_add_test(tests, keywords);
	tcase_add_test(tests, dotted_names);
	tcase_add_test(tests, normalised_values);
	tcase_add_test(tests, parts_match_singly);
	tcase_add_test(tests, conditions);
	tcase_add_test(tests, rules_together_and_alone);
	tcase_add_test(tests, long_lists);
	tcase_add_test(tests, rules_are_explained);
	tcase_add_test(tests, explanations_tell_rules_apart);
	tcase_add_test(tests, joined_values_are_asked_for_when_needed);
	tcase_add_test(tests, joined_values_are_not_asked_for_in_vain);
	Suite *suite = suite_create("sigma");
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed > 0;
}
