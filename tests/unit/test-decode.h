/* Runs a decoder over bytes and writes down what it says, for the tests of decode. */
#ifndef TEST_DECODE_H
#define TEST_DECODE_H

#include <check.h>

#include "decode/decode.h"

#define SCRIPT_LIMIT (256u << 20)

/* What a decoder said: the script in words, the last event by value. */
struct run {
	const char *format;
	struct decode_options options;
	size_t chunk;              /* bytes a call; 0: as many as fit */
	bool brief;                /* count only */
	const char *const *names;  /* that rules read; NULL-terminated, or NULL */
	/* results */
	struct buffer script;
	uint64_t events, rejects, records;
	size_t peak_room;
};

static inline void script_text(struct buffer *b, const char *name, struct text t)
{
	if (t.bytes && t.length > 0) {
		buffer_add_format(b, " %s=", name);
		buffer_add_escaped(b, t, 0);
	}
}

static inline void script_part(struct buffer *b, const struct event_part *part)
{
	static const char kinds[] = "tnb0o";

	buffer_add_string(b, " {");
	for (uint32_t i = 0; i < part->field_count; i++) {
		const struct event_field *field = &part->fields[i];
		buffer_add_string(b, i ? "," : "");
		buffer_add_escaped(b, field->name, 0);
		buffer_add_format(b, ":%c:", kinds[field->kind]);
		buffer_add_escaped(b, field->value, 200);
		ck_assert_uint_eq(text_utf8_valid(field->value), field->value.length);
		if (field->value.length > 0)
			ck_assert_ptr_null(
				memchr(field->value.bytes, 0, field->value.length));
	}
	buffer_add_string(b, "}");
}

static inline void check_slots(const struct event_part *part, uint32_t names)
{
	for (uint32_t n = 0; n < names; n++) {
		uint32_t expect = 0, at = part->first[n];
		for (uint32_t i = 0; i < part->field_count; i++) {
			if (part->fields[i].name_number != n)
				continue;
			if (expect == 0)
				ck_assert_uint_eq(at, i + 1);
			ck_assert_uint_eq(at, i + 1);
			at = part->fields[i].next;
			expect++;
		}
		ck_assert_uint_eq(at, 0);
	}
}

static inline int run_event(void *context, const struct event *event,
			    struct err *err UNUSED)
{
	struct run *run = context;
	struct buffer *b = &run->script;
	char moment[CALENDAR_TEXT];
	uint32_t names = 0;

	run->events++;
	while (run->names && run->names[names])
		names++;
	for (uint32_t i = 0; i < event->part_count; i++)
		check_slots(&event->parts[i], names);
	if (run->brief)
		return 0;
	buffer_add_format(
		b, "E %llu+%llu+%llu %s%s %s %s %s", (unsigned long long)event->line,
		(unsigned long long)event->offset, (unsigned long long)event->length,
		calendar_to_rfc3339(event->time, moment),
		event->time_quality == EVENT_TIME_EXACT	     ? ""
		: event->time_quality == EVENT_TIME_ZONE_SET ? "(zone)"
							     : "(year)",
		event_source_describe(event->source)->name,
		event_action_name(event->action), event_outcome_name(event->outcome));
	script_text(b, "actor", event->actor);
	script_text(b, "object", event->object);
	script_text(b, "host", event->host);
	script_text(b, "address", event->address);
	script_text(b, "session", event->session);
	script_text(b, "marking", event->marking);
	script_text(b, "id", event->native_id);
	if (event->level)
		buffer_add_format(b, " level=%d", (int)event->level);
	if (event->bytes >= 0)
		buffer_add_format(b, " bytes=%lld", (long long)event->bytes);
	buffer_add_format(b, " raw=%zu", event->raw.length);
	for (uint32_t i = 0; i < event->part_count; i++)
		script_part(b, &event->parts[i]);
	buffer_add_byte(b, '\n');
	return 0;
}

static inline int run_reject(void *context, const struct decode_reject *reject,
			     struct err *err UNUSED)
{
	struct run *run = context;

	run->rejects++;
	ck_assert_uint_eq(text_utf8_valid(reject->reason), reject->reason.length);
	ck_assert_uint_gt(reject->reason.length, 0);
	ck_assert_ptr_null(memchr(reject->reason.bytes, '\n', reject->reason.length));
	if (!run->brief)
		buffer_add_format(&run->script, "R %llu@%llu %s\n",
				  (unsigned long long)reject->line,
				  (unsigned long long)reject->offset,
				  decode_code_describe(reject->code)->code);
	return 0;
}

static inline struct decoder *run_begin(struct run *run, struct event_names *names)
{
	struct err err = { 0 };

	buffer_init(&run->script, SCRIPT_LIMIT);
	for (size_t i = 0; run->names && run->names[i]; i++)
		event_names_intern(names, text_of(run->names[i]));
	struct decoder *decoder = decoder_new(
		decode_format_find(text_of(run->format)), &run->options, names,
		&(struct decode_sink){ run, run_event, run_reject }, &err);
	ck_assert_msg(decoder != NULL, "%s", err.text);
	return decoder;
}

static inline void run_feed(struct run *run, struct decoder *decoder, struct text t)
{
	struct err err = { 0 };

	while (t.length > 0) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		ck_assert_uint_ge(room, 65536);
		size_t length = t.length < room ? t.length : room;
		if (run->chunk && length > run->chunk)
			length = run->chunk;
		memcpy(space, t.bytes, length);
		ck_assert_int_eq(decoder_take(decoder, length, &err), 0);
		t = text_skip(t, length);
	}
}

static inline void run_end(struct run *run, struct decoder *decoder,
			   struct event_names *names)
{
	struct err err = { 0 };

	ck_assert_int_eq(decoder_finish(decoder, &err), 0);
	run->records = decoder_records(decoder);
	ck_assert_uint_eq(run->records, run->events + run->rejects);
	ck_assert(!run->script.failed);
	decoder_free(decoder);
	event_names_free(names);
}

static inline void run_over(struct run *run, struct text t)
{
	struct event_names *names = event_names_new();
	struct decoder *decoder = run_begin(run, names);

	run->events = run->rejects = 0;
	run_feed(run, decoder, t);
	run_end(run, decoder, names);
}

/* One format, some bytes, and what must be said about them, in each division. */
static inline void assert_script(const char *format, const struct decode_options *options,
				 struct text bytes, const char *expect)
{
	static const size_t chunks[] = { 0, 1, 2, 7, 64, 1000 };

	for (size_t i = 0; i < ARRAY_LENGTH(chunks); i++) {
		struct run run = { .format = format, .chunk = chunks[i] };
		if (options)
			run.options = *options;
		run_over(&run, bytes);
		buffer_add(&run.script, "", 0);
		ck_assert_str_eq(run.script.length ? run.script.data : "", expect);
		buffer_done(&run.script);
	}
}

static inline int64_t moment_of(const char *written)
{
	int64_t moment;

	ck_assert(calendar_from_rfc3339(text_of(written), &moment));
	return moment;
}

static inline int run_suite(const char *name, void (*add)(TCase *cases))
{
	Suite *suite = suite_create(name);
	TCase *cases = tcase_create(name);
	SRunner *runner = srunner_create(suite);

	tcase_set_timeout(cases, 120);
	add(cases);
	suite_add_tcase(suite, cases);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? 1 : 0;
}

#endif
