/*
 * libFuzzer target: any bytes as a log of any format, in any division. The
 * first byte chooses the format, the second the bytes a call. Events must
 * hold what event.h promises, and a second run in another division must say
 * the same.
 */
#include "decode/decode.h"

struct seen {
	uint64_t events, rejects, hash;
};

static const struct hash_key key = { 1, 2 };

static void require(bool truth)
{
	if (!truth)
		abort();
}

static void see(struct seen *seen, struct text t)
{
	require(t.length == 0 || !memchr(t.bytes, 0, t.length));
	require(text_utf8_valid(t) == t.length);
	seen->hash = seen->hash * 31 + hash_text(&key, t);
}

static int on_event(void *context, const struct event *event, struct err *err)
{
	struct seen *seen = context;

	(void)err;
	seen->events++;
	require(event->time != MOMENT_NONE && event->part_count > 0);
	see(seen, event->actor);
	see(seen, event->object);
	see(seen, event->host);
	see(seen, event->address);
	see(seen, event->session);
	see(seen, event->marking);
	see(seen, event->native_id);
	see(seen, event->raw);
	seen->hash += event->line * 3 + event->offset * 5 + event->length * 7;
	for (uint32_t i = 0; i < event->part_count; i++) {
		for (uint32_t j = 0; j < event->parts[i].field_count; j++) {
			const struct event_field *field = &event->parts[i].fields[j];
			see(seen, field->name);
			see(seen, field->value);
			require(field->next == 0 ||
				(field->next > j + 1 &&
				 field->next <= event->parts[i].field_count));
		}
	}
	return 0;
}

static int on_reject(void *context, const struct decode_reject *reject, struct err *err)
{
	struct seen *seen = context;

	(void)err;
	seen->rejects++;
	see(seen, reject->reason);
	seen->hash += reject->line * 3 + reject->offset * 5 + (uint64_t)reject->code;
	return 0;
}

static struct seen run(unsigned format, size_t chunk, struct text log)
{
	static const char *const names[] = { "action", "type", "a1", "sshd.user", "a.b" };
	struct event_names *table = event_names_new();
	struct seen seen = { 0 };
	struct err err = { 0 };

	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		event_names_intern(table, text_of(names[i]));
	struct decoder *decoder = decoder_new(
		&decode_formats()[format],
		&(struct decode_options){ .delivered = 1772366400000000 }, table,
		&(struct decode_sink){ &seen, on_event, on_reject }, &err);
	require(decoder != NULL);
	while (log.length > 0) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		size_t length = log.length < room ? log.length : room;
		if (chunk > 0 && length > chunk)
			length = chunk;
		memcpy(space, log.bytes, length);
		require(decoder_take(decoder, length, &err) == 0);
		log = text_skip(log, length);
	}
	require(decoder_finish(decoder, &err) == 0);
	require(decoder_records(decoder) == seen.events + seen.rejects);
	decoder_free(decoder);
	event_names_free(table);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned formats = 0;

	if (size < 2)
		return 0;
	while (decode_formats()[formats].name)
		formats++;
	struct text log = { (const char *)data + 2, size - 2 };
	struct seen whole = run(data[0] % formats, 0, log);
	struct seen parts = run(data[0] % formats, 1u + data[1], log);
	require(whole.events == parts.events && whole.rejects == parts.rejects &&
		whole.hash == parts.hash);
	return 0;
}
