#include "config.h"

#include "muster/rule_events.h"

#include "decode/decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool rule_events_intern(struct event_names *names, const char *time_field)
{
	for (int i = 0; i < EVENT_N_COUNT; i++) {
		const char *name =
			event_normalised_describe((enum event_normalised)i)->name;
		if (event_names_intern(names, text_of(name)) == EVENT_NAME_NONE)
			return false;
	}
	for (int i = 0; i < EVENT_J_COUNT; i++) {
		const char *name = event_joined_describe((enum event_joined)i)->name;
		if (event_names_intern(names, text_of(name)) == EVENT_NAME_NONE)
			return false;
	}
	return event_names_intern(names, text_of(time_field)) != EVENT_NAME_NONE;
}

/* --- formats of decode ------------------------------------------------------ */

static int on_event(void *context, const struct event *event, struct err *err)
{
	const struct rule_events *events = context;
	return events->event(events->context, event, true, err);
}

static int on_reject(void *context, const struct decode_reject *reject,
		     struct err *err UNUSED)
{
	const struct rule_events *events = context;
	events->reject(events->context, reject->line, reject->reason);
	return 0;
}

static int pump(struct decoder *decoder, FILE *file, struct err *err)
{
	for (;;) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		size_t length = fread(space, 1, room, file);
		if (length == 0)
			return ferror(file) ? err_system(err, "reading events")
					    : decoder_finish(decoder, err);
		int result = decoder_take(decoder, length, err);
		if (result < 0)
			return result;
	}
}

static int no_format(const char *name, struct err *err)
{
	CLEAN(buffer) struct buffer known;
	buffer_init(&known, 4096);
	for (const struct decode_format *f = decode_formats(); f->name; f++)
		buffer_add_format(&known, ", %s", f->name);
	return err_set(err, ERR_USAGE, "there is no format '%s'; known are: json-lines%s", name,
		       known.data ? known.data : "");
}

static int read_format(const struct rule_events *events, FILE *file, struct err *err)
{
	const struct decode_format *format = decode_format_find(text_of(events->format));
	struct decode_options options = {.delivered = events->now};
	struct decode_sink sink = {(void *)(uintptr_t)events, on_event, on_reject};
	if (!format)
		return no_format(events->format, err);
	struct decoder *decoder =
		decoder_new(format, &options, events->names, &sink, err);
	if (!decoder)
		return -ERR_MEMORY;
	int result = pump(decoder, file, err);
	decoder_free(decoder);
	return result;
}

/* --- json-lines ---------------------------------------------------------------- */

static struct text value_of(const struct event_part *part,
			    const struct event_names *names, const char *name)
{
	uint32_t number = event_names_find(names, text_of(name));
	uint32_t i = number == EVENT_NAME_NONE ? 0 : part->first[number];
	return i && part->fields[i - 1].kind <= EVENT_FIELD_BOOL
		       ? part->fields[i - 1].value
		       : TEXT_NONE;
}

/* RFC 3339, or seconds since 1970 with or without a fraction. */
static bool time_of(struct text t, int64_t *ret_time)
{
	struct text rest = t, seconds;
	int64_t whole, fraction = 0, scale = MICROSECONDS;
	if (t.length == 0)
		return false;
	if (calendar_from_rfc3339(t, ret_time))
		return true;
	seconds = text_split(&rest, '.');
	if (!text_to_i64(seconds, &whole) || whole > INT32_MAX * 100LL || whole < 0)
		return false;
	for (size_t i = 0; i < rest.length; i++) {
		if (!is_digit(rest.bytes[i]))
			return false;
		scale /= 10;
		fraction += scale * (rest.bytes[i] - '0');
	}
	*ret_time = whole * MICROSECONDS + fraction;
	return true;
}

/* What the object says of itself as "muster.actor", "muster.level" and so on. */
static void normalise(struct event *event, const struct event_names *names)
{
	const struct event_part *part = event->parts;
	uint64_t number;
	event_action_from_name(value_of(part, names, "muster.action"), &event->action);
	event_outcome_from_name(value_of(part, names, "muster.outcome"), &event->outcome);
	event->actor = value_of(part, names, "muster.actor");
	event->object = value_of(part, names, "muster.object");
	event->host = value_of(part, names, "muster.host");
	event->address = value_of(part, names, "muster.address");
	event->session = value_of(part, names, "muster.session");
	event->marking = value_of(part, names, "muster.marking");
	event->level = event_level_of_marking(event->marking);
	if (text_to_u64(value_of(part, names, "muster.level"), &number) &&
	    number <= EVENT_LEVEL_TOP_SECRET)
		event->level = (enum event_level)number;
	if (text_to_u64(value_of(part, names, "muster.bytes"), &number) &&
	    number <= INT64_MAX)
		event->bytes = (int64_t)number;
	struct text source = value_of(part, names, "muster.source");
	for (unsigned i = 0; i < EVENT_SOURCE_COUNT; i++)
		if (text_equal(
			    source,
			    text_of(event_source_describe((enum event_source)i)->name)))
			event->source = (enum event_source)i;
}

bool rule_events_joined(const struct event *event, const struct event_names *names,
			enum event_joined which, struct text *ret_value)
{
	*ret_value = event->part_count
			     ? value_of(&event->parts[0], names, event_joined_describe(which)->name)
			     : TEXT_NONE;
	return ret_value->length > 0;
}

static int take_line(const struct rule_events *events, struct decode_json *json,
		     struct text line, uint64_t number, struct err *err)
{
	static const struct text mark = TEXT("\xEF\xBB\xBF");
	struct event_part part;
	struct decode_reject reject;
	if (number == 1 && text_starts_with(line, mark))
		line = text_skip(line, mark.length);
	if (text_trim(line).length == 0)
		return 0;
	int result = decode_json_object(json, line, &part, &reject, err);
	if (result < 0)
		return result;
	if (result == 0) {
		events->reject(events->context, number, reject.reason);
		return 0;
	}
	struct event event = {.bytes = -1,
			      .line = number,
			      .raw = line,
			      .parts = &part,
			      .part_count = 1};
	bool timed =
		time_of(value_of(&part, events->names, events->time_field), &event.time);
	normalise(&event, events->names);
	return events->event(events->context, &event, timed, err);
}

static int read_json_lines(const struct rule_events *events, FILE *file, struct err *err)
{
	struct decode_json *json = decode_json_new(events->names, err);
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int result = json ? 0 : -ERR_MEMORY;

	for (uint64_t number = 1;
	     result >= 0 && (length = getline(&line, &room, file)) >= 0; number++)
		result = take_line(events, json, (struct text){line, (size_t)length},
				   number, err);
	if (result >= 0 && ferror(file))
		result = err_system(err, "reading events");
	free(line);
	decode_json_free(json);
	return result;
}

int rule_events_read(const struct rule_events *events, const char *path, struct err *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	FILE *file = standard_input ? stdin : fopen(path, "re");
	if (!file)
		return err_system(err, "%s", path);
	/* A directory opens, and cannot be read. */
	int first = getc(file);
	if (first == EOF && ferror(file)) {
		err_system(err, "%s", path);
		if (!standard_input)
			fclose(file);
		return -(int)err->code;
	}
	ungetc(first, file);
	int result = strcmp(events->format, "json-lines") == 0
			     ? read_json_lines(events, file, err)
			     : read_format(events, file, err);
	if (!standard_input)
		fclose(file);
	return result;
}
