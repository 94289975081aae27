/* Framing, the native record, and JSON objects. */
#include "test-decode.h"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#define GOOD "{\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"read\"}"
#define GOOD_FIELDS "{time:t:2026-03-01T12:00:00Z,action:t:read}"
#define GOOD_EVENT(where) \
	"E " where " 2026-03-01T12:00:00Z access read unknown raw=47 " GOOD_FIELDS "\n"

static const struct {
	struct text bytes;
	const char *expect;
} framings[] = {
	{ TEXT(""), "" },
	{ TEXT("\n"), "" },
	{ TEXT("\r\n \t\n\n\r"), "" },
	{ TEXT("\xef\xbb\xbf"), "" },
	{ TEXT("\xef\xbb\xbf\n"), "" },
	{ TEXT(GOOD), GOOD_EVENT("1+0+47") },
	{ TEXT(GOOD "\n"), GOOD_EVENT("1+0+47") },
	{ TEXT(GOOD "\r\n" GOOD "\r\n"), GOOD_EVENT("1+0+47") GOOD_EVENT("2+49+47") },
	{ TEXT("\n\n" GOOD "\n\n" GOOD), GOOD_EVENT("3+2+47") GOOD_EVENT("5+51+47") },
	{ TEXT("\xef\xbb\xbf" GOOD "\n" GOOD), GOOD_EVENT("1+3+47") GOOD_EVENT("2+51+47") },
	/* Only once: later it is data, and no JSON. */
	{ TEXT(GOOD "\n\xef\xbb\xbf" GOOD), GOOD_EVENT("1+0+47") "R 2@48 json\n" },
	{ TEXT("{\r\n" GOOD), "R 1@0 json\n" GOOD_EVENT("2+3+47") },
	{ TEXT("\xff\xfe{\0\n\0"), "R 1@0 utf16\nR 2@5 nul\n" },
	{ TEXT("\xfe\xff\0{\0\n"), "R 1@0 utf16\n" },
	{ TEXT("\0\n\0\0\n"), "R 1@0 nul\nR 2@2 nul\n" },
	{ TEXT("ab\0cd\xff"), "R 1@2 nul\n" },
	{ TEXT("ab\xff\0"), "R 1@2 utf8\n" },
};

START_TEST(framing)
{
	assert_script("ndjson", NULL, framings[_i].bytes, framings[_i].expect);
}
END_TEST

#define NEEDED "\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"read\""

static const struct {
	const char *line, *expect;
} rejected[] = {
	/* bytes: overlong, surrogate, beyond Unicode, cut off */
	{ "{" NEEDED ",\"actor\":\"\xc0\x80\"}", "R 1@56 utf8\n" },
	{ "{" NEEDED ",\"actor\":\"\xed\xa0\x80\"}", "R 1@56 utf8\n" },
	{ "{" NEEDED ",\"actor\":\"\xf4\x90\x80\x80\"}", "R 1@56 utf8\n" },
	{ "{" NEEDED ",\"actor\":\"a\xe2\x82\"}", "R 1@57 utf8\n" },
	{ "{" NEEDED ",\"actor\":\"\xe2\x82", "R 1@56 utf8\n" },
	{ "{" NEEDED ",\"actor\":\"a\\u0000\"}", "R 1@55 nul\n" },
	{ "{" NEEDED ",\"a\\u0000\":1}", "R 1@47 nul\n" },
	{ "{" NEEDED ",\"actor\":\"a\\ud800\"}", "R 1@55 json\n" },
	{ "{" NEEDED ",\"actor\":\"a\\x\"}", "R 1@55 json\n" },
	{ "{" NEEDED ",\"actor\":\"a\tb\"}", "R 1@57 json\n" },
	{ "{" NEEDED ",\"actor\":\"a\rb\"}", "R 1@57 json\n" },
	/* shape */
	{ "[]", "R 1@0 json\n" },
	{ "[" GOOD "]", "R 1@0 json\n" },
	{ "\"" NEEDED, "R 1@45 json\n" },
	{ GOOD "x", "R 1@47 json\n" },
	{ GOOD " {}", "R 1@48 json\n" },
	{ GOOD ",", "R 1@47 json\n" },
	{ GOOD "}", "R 1@47 json\n" },
	{ "{" NEEDED, "R 1@0 json\n" },
	{ "{" NEEDED ",}", "R 1@47 json\n" },
	{ "{" NEEDED ",\"a\"}", NULL },
	{ "{" NEEDED ",\"a\":}", NULL },
	{ "{" NEEDED ",\"a\":[1,]}", NULL },
	{ "{" NEEDED ",\"a\":[1 2]}", NULL },
	{ "{" NEEDED ",\"a\":[1}", NULL },
	{ "{" NEEDED ",\"a\":{\"b\":1]}", NULL },
	{ "{" NEEDED " \"a\":1}", NULL },
	{ "{" NEEDED ",'a':1}", NULL },
	{ "{" NEEDED ",a:1}", NULL },
	{ "{" NEEDED ",\"a\":tru}", NULL },
	{ "{" NEEDED ",\"a\":nulll}", NULL },
	{ "{" NEEDED ",\"a\":01}", NULL },
	{ "{" NEEDED ",\"a\":+1}", NULL },
	{ "{" NEEDED ",\"a\":1.}", NULL },
	{ "{" NEEDED ",\"a\":.5}", NULL },
	{ "{" NEEDED ",\"a\":1e}", NULL },
	{ "{" NEEDED ",\"a\":-}", NULL },
	{ "{" NEEDED ",\"a\":0x10}", NULL },
	{ "{" NEEDED ",\"a\":NaN}", NULL },
	{ "{" NEEDED ",\"a\":1\"b\"}", NULL },
	{ "{" NEEDED ",\"a\":\"b\"c}", NULL },
	{ "{" NEEDED ",/* */\"a\":1}", NULL },
	/* members */
	{ "{" NEEDED ",\"action\":\"read\"}", "R 1@56 duplicate-member\n" },
	{ "{" NEEDED ",\"x\":1,\"x\":2}", "R 1@57 duplicate-member\n" },
	{ "{" NEEDED ",\"x\":1,\"\\u0078\":2}", "R 1@62 duplicate-member\n" },
	{ "{\"action\":\"read\"}", "R 1@0 missing-member\n" },
	{ "{\"time\":\"2026-03-01T12:00:00Z\"}", "R 1@0 missing-member\n" },
	{ "{\"time\":null,\"action\":\"read\"}", "R 1@0 missing-member\n" },
	{ "{}", "R 1@0 missing-member\n" },
	{ "{\"time\":1772366400,\"action\":\"read\"}", "R 1@8 wrong-type\n" },
	{ "{" NEEDED ",\"bytes\":\"1\"}", "R 1@56 wrong-type\n" },
	{ "{" NEEDED ",\"actor\":5}", "R 1@55 wrong-type\n" },
	{ "{" NEEDED ",\"actor\":true}", "R 1@55 wrong-type\n" },
	{ "{" NEEDED ",\"actor\":[\"a\"]}", "R 1@0 wrong-type\n" },
	{ "{" NEEDED ",\"actor\":[]}", "R 1@0 wrong-type\n" },
	{ "{" NEEDED ",\"actor\":{}}", "R 1@0 wrong-type\n" },
	{ "{" NEEDED ",\"remote\":\"yes\"}", "R 1@57 wrong-type\n" },
	{ "{" NEEDED ",\"factors\":1.5}", "R 1@57 number\n" },
	{ "{" NEEDED ",\"bytes\":-1}", "R 1@55 number\n" },
	{ "{" NEEDED ",\"bytes\":1e3}", "R 1@55 number\n" },
	{ "{" NEEDED ",\"bytes\":9223372036854775808}", "R 1@55 number\n" },
	{ "{" NEEDED ",\"bytes\":18446744073709551616}", "R 1@55 number\n" },
	{ "{" NEEDED ",\"outcome\":\"ok\"}", "R 1@58 unknown-outcome\n" },
	{ "{\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"READ\"}", "R 1@41 unknown-action\n" },
	{ "{\"time\":\"2026-03-01T12:00:00Z\",\"action\":\"\"}", "R 1@41 unknown-action\n" },
	{ "{\"time\":\"2026-03-01T12:00:00\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"2026-02-29T12:00:00Z\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"2025-11-31T14:99:16Z\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"2026-03-01T24:00:00Z\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"2026-03-01T12:00:00+15:00\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"2026-03-01T12:00:00.1234567891Z\",\"action\":\"read\"}", "R 1@9 time\n" },
	{ "{\"time\":\"\",\"action\":\"read\"}", "R 1@9 time\n" },
};

/* The line, and after it a good one that must not suffer. */
START_TEST(bad_lines)
{
	struct buffer b;
	char expect[512];
	const char *line = rejected[_i].line;

	buffer_init(&b, 65536);
	buffer_add_string(&b, line);
	buffer_add_string(&b, "\n" GOOD "\n");
	struct run run = { .format = "ndjson" };
	run_over(&run, buffer_text(&b));
	snprintf(expect, sizeof(expect), "E 2+%zu+47 2026-03-01T12:00:00Z access read unknown raw=47 "
		 GOOD_FIELDS "\n", strlen(line) + 1);
	ck_assert_uint_eq(run.rejects, 1);
	ck_assert_uint_eq(run.events, 1);
	const char *second = strchr(run.script.data, '\n') + 1;
	ck_assert_str_eq(second, expect);
	if (rejected[_i].expect)
		ck_assert_msg(strncmp(run.script.data, rejected[_i].expect,
				      strlen(rejected[_i].expect)) == 0,
			      "%s: %s", line, run.script.data);
	else
		ck_assert_msg(strstr(run.script.data, " json\n") < second, "%s: %s", line,
			      run.script.data);
	buffer_done(&run.script);
	/* And alone, as a last line without an end. */
	struct run alone = { .format = "ndjson" };
	run_over(&alone, text_of(line));
	ck_assert_uint_eq(alone.rejects, 1);
	ck_assert_uint_eq(alone.events, 0);
	buffer_done(&alone.script);
	buffer_done(&b);
}
END_TEST

START_TEST(everything)
{
	assert_script(
		"ndjson", NULL,
		TEXT("{\"id\":\"n-1\",\"time\":\"2026-03-01T12:00:00.25+01:00\",\"action\":\"copy\","
		     "\"outcome\":\"failure\",\"actor\":\"J\\u00f6rg \\\"x\\\"\",\"object\":\"/a b\","
		     "\"host\":\"h\",\"address\":\"10.0.0.1\",\"session\":\"s\",\"bytes\":0,"
		     "\"marking\":\"SECRET//NOFORN\",\"medium_owner\":null,\"remote\":true,"
		     "\"factors\":2,\"extra\":{\"a\":[1,\"x\",{\"b\":false}],\"c\":{},\"d\":[]},"
		     "\"extra.a\":-0.5e+3}\n"),
		"E 1+0+323 2026-03-01T11:00:00.250000Z access copy failure actor=J\xc3\xb6rg \"x\" "
		"object=/a b host=h address=10.0.0.1 session=s marking=SECRET//NOFORN id=n-1 "
		"level=4 bytes=0 raw=323 "
		"{id:t:n-1,time:t:2026-03-01T12:00:00.25+01:00,action:t:copy,outcome:t:failure,"
		"actor:t:J\xc3\xb6rg \"x\",object:t:/a b,host:t:h,address:t:10.0.0.1,session:t:s,"
		"bytes:n:0,marking:t:SECRET//NOFORN,medium_owner:0:,remote:b:true,factors:n:2,"
		"extra:o:,extra.a:n:1,extra.a:t:x,extra.a:o:,extra.a.b:b:false,extra.c:o:,"
		"extra.d:o:,extra.a:n:-0.5e+3}\n");
}
END_TEST

/* A member inside is never taken for one at the top, whatever it is called. */
START_TEST(odd_names)
{
	assert_script("ndjson", NULL,
		      TEXT("{" NEEDED ",\"\":{\"actor\":\"x\",\"\":1},\"a.\":2,\"a\":{\"\":3}}"),
		      "E 1+0+87 2026-03-01T12:00:00Z access read unknown raw=87 "
		      "{time:t:2026-03-01T12:00:00Z,action:t:read,:o:,.actor:t:x,.:n:1,"
		      "a.:n:2,a:o:,a.:n:3}\n");
}
END_TEST

/* Shapes that change from record to record keep names, slots and duplicates right. */
START_TEST(changing_shapes)
{
	static const char *const names[] = { "a", "b", "c.d", "action", "a\"b", NULL };
	struct run run = { .format = "ndjson", .names = names };

	run_over(&run, TEXT("{" NEEDED ",\"a\":1,\"b\":2}\n"
			    "{" NEEDED ",\"b\":2,\"a\":1,\"c\":{\"d\":[1,2,3]},\"c.d\":4}\n"
			    "{" NEEDED ",\"a\\\"b\":1}\n"
			    "{" NEEDED ",\"a\":\"b\"}\n"
			    "{\"b\":1," NEEDED "}\n"
			    "{" NEEDED "}\n"
			    "{" NEEDED ",\"a\":1,\"b\":2,\"a\":3}\n"
			    "{" NEEDED ",\"a\":1,\"b\":2}\n"));
	ck_assert_uint_eq(run.events, 7);
	ck_assert_uint_eq(run.rejects, 1);
	buffer_done(&run.script);
}
END_TEST

START_TEST(depths)
{
	for (unsigned depth = 60; depth <= 70; depth++) {
		struct buffer b;
		buffer_init(&b, 65536);
		buffer_add_string(&b, "{" NEEDED ",\"a\":");
		for (unsigned i = 0; i < depth; i++)
			buffer_add_string(&b, i % 2 ? "{\"b\":" : "[");
		buffer_add_string(&b, "1");
		for (unsigned i = depth; i-- > 0;)
			buffer_add_string(&b, i % 2 ? "}" : "]");
		buffer_add_string(&b, "}");
		struct run run = { .format = "ndjson" };
		run_over(&run, buffer_text(&b));
		ck_assert_uint_eq(run.events, depth <= 64);
		ck_assert(depth <= 64 || strstr(run.script.data, "json-depth"));
		buffer_done(&run.script);
		buffer_done(&b);
	}
}
END_TEST

START_TEST(deep_without_end)
{
	struct buffer b;
	struct run run = { .format = "ndjson" };

	buffer_init(&b, 1u << 20);
	for (unsigned i = 0; i < 100000; i++)
		buffer_add_string(&b, "{\"a\":[");
	run_over(&run, buffer_text(&b));
	ck_assert_uint_eq(run.rejects, 1);
	buffer_done(&run.script);
	buffer_done(&b);
}
END_TEST

/* Many values, many names, names of the longest length, in many records. */
START_TEST(size)
{
	struct buffer b;
	struct run run = { .format = "ndjson", .brief = true };

	buffer_init(&b, 64u << 20);
	for (unsigned line = 0; line < 4; line++) {
		buffer_add_string(&b, "{" NEEDED);
		for (unsigned i = 0; i < (line == 3 ? 32767u : 32766u); i++)
			buffer_add_format(&b, ",\"k%u-%u\":%u", line, i, i);
		buffer_add_string(&b, "}\n");
	}
	for (unsigned length = 500; length < 520; length++) {
		buffer_add_string(&b, "{" NEEDED ",\"");
		for (unsigned i = 0; i < length; i++)
			buffer_add_byte(&b, 'k');
		buffer_add_string(&b, "\":1}\n");
	}
	run_over(&run, buffer_text(&b));
	ck_assert_uint_eq(run.events, 3 + 13);
	ck_assert_uint_eq(run.rejects, 1 + 7);
	buffer_done(&run.script);
	buffer_done(&b);
}
END_TEST

/* A good record of exactly length bytes, the line's end not counted. */
static void add_record(struct buffer *b, size_t length, const char *end)
{
	static const char begin[] = "{" NEEDED ",\"x\":\"";
	size_t filler = length - (sizeof(begin) - 1) - 2;

	buffer_add_string(b, begin);
	char *at = buffer_reserve(b, filler);
	ck_assert_ptr_nonnull(at);
	memset(at, 'x', filler);
	b->length += filler;
	buffer_add_string(b, "\"}");
	buffer_add_string(b, end);
}

static const struct {
	const char *before, *end;
	int over;
} limits[] = {
	{ "", "\n", -1 },	 { "", "\n", 0 },	  { "", "\n", 1 },
	{ "", "\r\n", -1 },	 { "", "\r\n", 0 },	  { "", "\r\n", 1 },
	{ "", "", -1 },		 { "", "", 0 },		  { "", "", 1 },
	{ "\xef\xbb\xbf", "\r\n", 0 }, { "\xef\xbb\xbf", "\n", 1 },
	{ "\xef\xbb\xbf", "", 0 },  { "", "\n", 300000 },  { "", "\r\n", 5000000 },
	{ "", "", 5000000 },
};

START_TEST(limit)
{
	static const size_t chunks[] = { 0, 65536, 65535, 4099 };
	struct buffer b;
	char *first = NULL;

	buffer_init(&b, 16u << 20);
	buffer_add_string(&b, limits[_i].before);
	add_record(&b, DECODE_RECORD_LIMIT + (size_t)(ssize_t)limits[_i].over,
		   limits[_i].end);
	if (limits[_i].end[0])
		buffer_add_string(&b, GOOD "\n" GOOD);
	for (size_t i = 0; i < ARRAY_LENGTH(chunks); i++) {
		struct run run = { .format = "ndjson", .chunk = chunks[i] };
		run_over(&run, buffer_text(&b));
		ck_assert_uint_eq(run.rejects, limits[_i].over > 0);
		ck_assert_uint_eq(run.events,
				  (limits[_i].over <= 0) + (limits[_i].end[0] ? 2u : 0u));
		if (!first)
			first = strdup(run.script.data);
		ck_assert_str_eq(first, run.script.data);
		buffer_done(&run.script);
	}
	if (limits[_i].over > 0)
		ck_assert_int_eq(strncmp(first, limits[_i].before[0] ? "R 1@1048579 too-long\n" :
								       "R 1@1048576 too-long\n",
					 21), 0);
	free(first);
	buffer_done(&b);
}
END_TEST

/* 100 MB without a line end, in every format: constant memory, then on. */
START_TEST(endless_line)
{
	const struct decode_format *format = &decode_formats()[_i];
	static char block[1u << 16];
	struct run run = { .format = format->name, .brief = true };
	struct event_names *names = event_names_new();
	struct decoder *decoder = run_begin(&run, names);
	struct rusage before, after;

	memset(block, 'x', sizeof(block));
	run_feed(&run, decoder, (struct text){ block, sizeof(block) });
	getrusage(RUSAGE_SELF, &before);
	for (unsigned i = 0; i < 1600; i++)
		run_feed(&run, decoder, (struct text){ block, sizeof(block) });
	getrusage(RUSAGE_SELF, &after);
	run_feed(&run, decoder, TEXT("\nshort\n"));
	ck_assert_uint_eq(decoder_records(decoder), 2);
	run_end(&run, decoder, names);
	ck_assert_uint_eq(run.rejects, 2);
#ifndef SANITIZED
	ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 32 << 10);
#endif
	buffer_done(&run.script);
}
END_TEST

/* Line ends alone, 20 MB of them, are nothing and take nothing. */
START_TEST(endless_blanks)
{
	const struct decode_format *format = &decode_formats()[_i];
	static char block[1u << 16];
	struct run run = { .format = format->name, .brief = true };
	struct event_names *names = event_names_new();
	struct decoder *decoder = run_begin(&run, names);

	memset(block, '\n', sizeof(block));
	run_feed(&run, decoder,
		 TEXT("type=EOE msg=audit(1.000:1): \n<13>1 2026-03-01T12:00:00Z h a - - - x\n"));
	for (unsigned i = 0; i < 400; i++)
		run_feed(&run, decoder, (struct text){ block, sizeof(block) });
	run_end(&run, decoder, names);
	ck_assert_uint_eq(run.records, 2);
	buffer_done(&run.script);
}
END_TEST

static int stop_event(void *context, const struct event *event UNUSED, struct err *err)
{
	++*(unsigned *)context;
	return err_set(err, ERR_LIMIT, "enough");
}

static int stop_reject(void *context, const struct decode_reject *reject UNUSED,
		       struct err *err)
{
	++*(unsigned *)context;
	return err_set(err, ERR_LIMIT, "enough");
}

START_TEST(sink_stops)
{
	struct event_names *names = event_names_new();
	struct err err = { 0 };
	unsigned calls = 0;
	struct decoder *decoder = decoder_new(
		decode_format_find(TEXT("ndjson")), &(struct decode_options){ 0 }, names,
		&(struct decode_sink){ &calls, stop_event, stop_reject }, &err);
	size_t room;

	memcpy(decoder_space(decoder, &room), GOOD "\nbad\n", 52);
	ck_assert_int_eq(decoder_take(decoder, 52, &err), -ERR_LIMIT);
	ck_assert_int_eq(decoder_finish(decoder, &err), -ERR_LIMIT);
	ck_assert_uint_eq(calls, 1);
	decoder_free(decoder);
	event_names_free(names);
}
END_TEST

START_TEST(tables)
{
	ck_assert_ptr_null(decode_format_find(TEXT("")));
	ck_assert_ptr_null(decode_format_find(TEXT("NDJSON")));
	for (const struct decode_format *f = decode_formats(); f->name; f++)
		ck_assert_ptr_eq(decode_format_find(text_of(f->name)), f);
	for (unsigned i = 0; i < DECODE_CODE_COUNT; i++) {
		const char *code = decode_code_describe((enum decode_code)i)->code;
		ck_assert_uint_gt(
			strlen(decode_code_describe((enum decode_code)i)->meaning), 20);
		for (unsigned j = 0; j < i; j++)
			ck_assert_str_ne(code,
					 decode_code_describe((enum decode_code)j)->code);
	}
}
END_TEST

/* So many that the table of names moves while a list is read. */
START_TEST(names_new_inside_a_list)
{
	struct event_names *names = event_names_new();
	uint32_t a = event_names_intern(names, TEXT("a"));
	struct decode_json *json = decode_json_new(names, NULL);
	struct decode_reject reject;
	struct event_part part;
	CLEAN(buffer) struct buffer object;

	buffer_init(&object, 1 << 20);
	buffer_add_string(&object, "{\"a\":[{");
	for (int i = 0; i < 1000; i++)
		buffer_add_format(&object, "%s\"n%d\":%d", i ? "," : "", i, i);
	buffer_add_string(&object, "},7,{\"\\u00e9\\ud83d\\ude00\":\"\\u20ac\\t\"}]}");
	ck_assert_int_eq(decode_json_object(json, buffer_text(&object), &part, &reject, NULL), 1);
	ck_assert_uint_eq(part.field_count, 1004);
	const struct event_field *seven = &part.fields[1001], *last = &part.fields[1003];
	ck_assert(text_equal(seven->name, TEXT("a")) && text_equal(seven->value, TEXT("7")));
	ck_assert_uint_eq(seven->name_number, a);
	ck_assert(text_equal(part.fields[1000].name, TEXT("a.n999")));
	ck_assert(text_equal(last->name, TEXT("a.\xc3\xa9\xf0\x9f\x98\x80")));
	ck_assert(text_equal(last->value, TEXT("\xe2\x82\xac\t")));
	decode_json_free(json);
	event_names_free(names);
}
END_TEST

/* The door for any object: events of no format. */
START_TEST(any_object)
{
	struct event_names *names = event_names_new();
	uint32_t a = event_names_intern(names, TEXT("a.b"));
	struct decode_json *json = decode_json_new(names, NULL);
	struct decode_reject reject;
	struct event_part part;

	ck_assert_int_eq(decode_json_object(json, TEXT(" {\"a\":{\"b\":[1,2]},\"a.b\":\"x\"} "),
					    &part, &reject, NULL), 1);
	ck_assert_uint_eq(part.field_count, 4);
	ck_assert_uint_eq(part.first[a], 2);
	ck_assert_uint_eq(part.fields[1].next, 3);
	ck_assert_uint_eq(part.fields[2].next, 4);
	ck_assert(!part.fields[1].literal && part.fields[3].literal);
	ck_assert_int_eq(decode_json_object(json, TEXT("{\"a\":1,\"a\":2}"), &part, &reject, NULL),
			 0);
	ck_assert_int_eq(reject.code, DECODE_DUPLICATE);
	ck_assert_uint_eq(reject.offset, 11);
	ck_assert_int_eq(decode_json_object(json, TEXT(""), &part, &reject, NULL), 0);
	ck_assert_int_eq(decode_json_object(json, TEXT("  "), &part, &reject, NULL), 0);
	ck_assert_int_eq(decode_json_object(json, TEXT("{\"a\":\"\xff\"}"), &part, &reject, NULL),
			 0);
	ck_assert_int_eq(reject.code, DECODE_UTF8);
	ck_assert_uint_eq(reject.offset, 6);
	ck_assert_int_eq(decode_json_object(json, TEXT("{}"), &part, &reject, NULL), 1);
	ck_assert_uint_eq(part.field_count, 0);
	ck_assert_uint_eq(part.first[a], 0);
	decode_json_free(json);
	event_names_free(names);
}
END_TEST

/*
 * Every value of six tokens from a small alphabet: the object is taken exactly
 * when a plain recogniser of RFC 8259 takes it.
 */
static const char *recognise_value(const char *p);

static const char *recognise_list(const char *p, char close, bool named)
{
	if (*p == close)
		return p + 1;
	for (;;) {
		if (named) {
			if (strncmp(p, "\"k\"", 3) != 0 || p[3] != ':')
				return NULL;
			p += 4;
		}
		p = recognise_value(p);
		if (!p)
			return NULL;
		if (*p == close)
			return p + 1;
		if (*p++ != ',')
			return NULL;
	}
}

static const char *recognise_value(const char *p)
{
	if (*p == '{')
		return recognise_list(p + 1, '}', true);
	if (*p == '[')
		return recognise_list(p + 1, ']', false);
	if (strncmp(p, "\"k\"", 3) == 0)
		return p + 3;
	return strncmp(p, "null", 4) == 0 ? p + 4 : NULL;
}

START_TEST(every_short_object)
{
	static const char *const tokens[] = { "{", "}", "[", "]", ",", ":", "\"k\"", "null" };
	struct event_names *names = event_names_new();
	struct decode_json *json = decode_json_new(names, NULL);
	unsigned taken = 0;

	for (unsigned n = 0; n < 8 * 8 * 8 * 8 * 8 * 8; n++) {
		char line[40] = "{\"q\":";
		size_t length = 5;
		for (unsigned i = 0, rest = n; i < 6; i++, rest /= 8) {
			memcpy(line + length, tokens[rest % 8], strlen(tokens[rest % 8]));
			length += strlen(tokens[rest % 8]);
		}
		line[length] = 0;
		const char *end = recognise_value(line + 5);
		/* Members at the top: ours is "q", and "k" may follow once. */
		if (end && *end == ',')
			end = strncmp(end, ",\"k\":", 5) == 0 ? recognise_value(end + 5) : NULL;
		bool expect = end && strcmp(end, "}") == 0;
		struct decode_reject reject;
		struct event_part part;
		int got = decode_json_object(json, text_of(line), &part, &reject, NULL);
		ck_assert_msg(got == (int)expect, "%s: %d", line, got);
		taken += got == 1;
	}
	ck_assert_uint_gt(taken, 5);
	decode_json_free(json);
	event_names_free(names);
}
END_TEST

/* A collection of JSON texts: y_ must be taken, n_ refused, where there is one. */
START_TEST(collection)
{
	const char *data = getenv("MUSTER_DATA");
	char path[1024];

	snprintf(path, sizeof(path), "%s/logs/json-adversarial", data ? data : "../shared");
	DIR *directory = opendir(path);
	if (!directory) {
		printf("skipped: no %s\n", path);
		return;
	}
	struct event_names *names = event_names_new();
	struct decode_json *json = decode_json_new(names, NULL);
	struct dirent *entry;
	while ((entry = readdir(directory))) {
		struct buffer b, object;
		struct decode_reject reject;
		struct event_part part;
		buffer_init(&b, 1u << 20);
		buffer_init(&object, 1u << 20);
		snprintf(path, sizeof(path), "%s/logs/json-adversarial/%s",
			 data ? data : "../shared", entry->d_name);
		if ((entry->d_name[0] != 'y' && entry->d_name[0] != 'n') ||
		    file_read_all(path, 1u << 20, &b, NULL) < 0)
			continue;
		buffer_add_string(&object, "{\"v\":");
		buffer_add_text(&object, buffer_text(&b));
		buffer_add_string(&object, "}");
		int got = decode_json_object(json, buffer_text(&object), &part, &reject,
					     NULL);
		bool nul = strstr(entry->d_name, "null_escape") || strstr(entry->d_name, "u+0000") ||
			   strstr(entry->d_name, "escaped_null");
		if (entry->d_name[0] == 'y')
			ck_assert_msg(got == 1 || nul || reject.code == DECODE_NUL, "%s: %.*s",
				      entry->d_name, TEXT_PRINT(reject.reason));
		/* Some are refused only because of what stands around the value. */
		if (entry->d_name[0] == 'n' && got == 1)
			ck_assert_msg(strstr(entry->d_name, "structure") != NULL, "%s",
				      entry->d_name);
		buffer_done(&b);
		buffer_done(&object);
	}
	closedir(directory);
	decode_json_free(json);
	event_names_free(names);
}
END_TEST

static void add(TCase *cases)
{
	tcase_add_loop_test(cases, framing, 0, (int)ARRAY_LENGTH(framings));
	tcase_add_loop_test(cases, bad_lines, 0, (int)ARRAY_LENGTH(rejected));
	tcase_add_test(cases, everything);
	tcase_add_test(cases, odd_names);
	tcase_add_test(cases, changing_shapes);
	tcase_add_test(cases, depths);
	tcase_add_test(cases, deep_without_end);
	tcase_add_test(cases, size);
	tcase_add_loop_test(cases, limit, 0, (int)ARRAY_LENGTH(limits));
	tcase_add_loop_test(cases, endless_line, 0, 3);
	tcase_add_loop_test(cases, endless_blanks, 0, 3);
	tcase_add_test(cases, sink_stops);
	tcase_add_test(cases, tables);
	tcase_add_test(cases, any_object);
	tcase_add_test(cases, names_new_inside_a_list);
	tcase_add_test(cases, every_short_object);
	tcase_add_test(cases, collection);
}

int main(void)
{
	return run_suite("decode", add);
}
