/*
 * What a decoder makes of a log: decode-dump FORMAT [ZONEFILE] < LOG
 * writes one JSON object for each event and reject, then one of totals.
 */
#include "decode/decode.h"

#include <unistd.h>

#define OUT_LIMIT (64u << 20)

struct dump {
	struct buffer out;
	uint64_t events, rejects;
};

static void add_text(struct json *json, const char *key, struct text value)
{
	if (value.length > 0)
		json_text(json, key, value);
}

static void add_parts(struct json *json, const struct event *event)
{
	json_begin_array(json, "parts");
	for (uint32_t i = 0; i < event->part_count; i++) {
		const struct event_part *part = &event->parts[i];
		json_begin_array(json, NULL);
		for (uint32_t j = 0; j < part->field_count; j++) {
			json_begin_array(json, NULL);
			json_text(json, NULL, part->fields[j].name);
			json_text(json, NULL, part->fields[j].value);
			json_number(json, NULL, part->fields[j].kind);
			json_end_array(json);
		}
		json_end_array(json);
	}
	json_end_array(json);
}

static int flush(struct dump *dump, struct err *err)
{
	buffer_add_byte(&dump->out, '\n');
	if (dump->out.failed)
		return err_set(err, ERR_LIMIT, "a line of more than %u bytes", OUT_LIMIT);
	if (file_write_fully(STDOUT_FILENO, dump->out.data, dump->out.length) < 0)
		return err_system(err, "standard output");
	buffer_reset(&dump->out);
	return 0;
}

static int on_event(void *context, const struct event *event, struct err *err)
{
	struct dump *dump = context;
	struct json json = json_to(&dump->out);

	dump->events++;
	json_begin_object(&json, NULL);
	json_number(&json, "line", (int64_t)event->line);
	json_number(&json, "offset", (int64_t)event->offset);
	json_number(&json, "length", (int64_t)event->length);
	json_moment(&json, "time", event->time);
	json_number(&json, "time_quality", event->time_quality);
	json_string(&json, "source", event_source_describe(event->source)->name);
	json_string(&json, "action", event_action_name(event->action));
	json_string(&json, "outcome", event_outcome_name(event->outcome));
	add_text(&json, "actor", event->actor);
	add_text(&json, "object", event->object);
	add_text(&json, "host", event->host);
	add_text(&json, "address", event->address);
	add_text(&json, "session", event->session);
	add_text(&json, "marking", event->marking);
	json_string(&json, "level", event_level_name(event->level));
	add_text(&json, "native_id", event->native_id);
	json_number(&json, "bytes", event->bytes);
	add_parts(&json, event);
	json_end_object(&json);
	return flush(dump, err);
}

static int on_reject(void *context, const struct decode_reject *reject, struct err *err)
{
	struct dump *dump = context;
	struct json json = json_to(&dump->out);

	dump->rejects++;
	json_begin_object(&json, NULL);
	json_number(&json, "line", (int64_t)reject->line);
	json_number(&json, "offset", (int64_t)reject->offset);
	json_string(&json, "code", decode_code_describe(reject->code)->code);
	json_text(&json, "reason", reject->reason);
	json_end_object(&json);
	return flush(dump, err);
}

static int run(struct decoder *decoder, struct err *err)
{
	for (;;) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		ssize_t length = read(STDIN_FILENO, space, room);
		if (length < 0)
			return err_system(err, "standard input");
		if (length == 0)
			return decoder_finish(decoder, err);
		if (decoder_take(decoder, (size_t)length, err) < 0)
			return -1;
	}
}

static int fail(const struct err *err)
{
	fprintf(stderr, "decode-dump: %s\n", err->text);
	return 4;
}

int main(int argc, char **argv)
{
	const struct decode_format *format =
		argc > 1 ? decode_format_find(text_of(argv[1])) : NULL;
	struct dump dump = { 0 };
	struct decode_options options = { .delivered =
						  (int64_t)time(NULL) * MICROSECONDS };
	struct buffer zone;
	struct err err = { 0 };

	if (!format) {
		fprintf(stderr, "usage: decode-dump FORMAT [ZONEFILE] < LOG\n");
		return 2;
	}
	buffer_init(&zone, 1u << 20);
	if (argc > 2 && file_read_all(argv[2], 1u << 20, &zone, &err) < 0)
		return fail(&err);
	options.zone = buffer_text(&zone);
	buffer_init(&dump.out, OUT_LIMIT);
	struct event_names *names = event_names_new();
	struct decoder *decoder =
		names ? decoder_new(format, &options, names,
				    &(struct decode_sink){ &dump, on_event, on_reject },
				    &err)
		      : NULL;
	if (!decoder || run(decoder, &err) < 0)
		return fail(&err);
	printf("{\"records\":%llu,\"events\":%llu,\"rejects\":%llu}\n",
	       (unsigned long long)decoder_records(decoder),
	       (unsigned long long)dump.events, (unsigned long long)dump.rejects);
	decoder_free(decoder);
	event_names_free(names);
	buffer_done(&dump.out);
	buffer_done(&zone);
	return 0;
}
