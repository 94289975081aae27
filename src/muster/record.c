#include "muster/record.h"
#include "decode/decode.h"
#include "muster/standard_lists.h"
#include "sigma/sigma.h"

struct reading {
	const struct record_reading *of;
	struct event_names *names;
	struct sigma_set *set;
	struct roster_join *join;
	record_value_function *value;
	void *context;
	bool matches, seen;
};

static void ignore(void *context, const struct sigma_notice *notice)
{
	(void)context;
	(void)notice;
}

static int tell_fields(struct reading *reading, const struct event *event, uint32_t name,
		       struct err *err)
{
	struct text called = event_names_text(reading->names, name);
	int r = 0;

	for (uint32_t p = 0; p < event->part_count; p++) {
		const struct event_part *part = &event->parts[p];
		for (uint32_t at = part->first[name]; at && r == 0;
		     at = part->fields[at - 1].next)
			if (part->fields[at - 1].kind != EVENT_FIELD_OBJECT)
				r = reading->value(reading->context, called,
						   part->fields[at - 1].value, err);
	}
	return r;
}

/* What the roster says, of which the file speaks: not of longer names. */
static int tell_joined(struct reading *reading, const struct event *event, struct err *err)
{
	int r = 0;

	for (unsigned i = 0; i < EVENT_J_COUNT && r == 0; i++) {
		enum event_joined which = (enum event_joined)i;
		struct text called = text_of(event_joined_describe(which)->name), value;
		char scratch[EVENT_SCRATCH];
		if (text_find(reading->of->yaml, called) < reading->of->yaml.length &&
		    roster_join_value(reading->join, event, which, scratch, &value))
			r = reading->value(reading->context, called, value, err);
	}
	return r;
}

/* The record's own fields that were interned for the rules, then the
 * normalised values that the file speaks of. */
static int tell_values(struct reading *reading, const struct event *event, struct err *err)
{
	uint32_t names = event_names_count(reading->names);
	int r = 0;

	for (uint32_t name = 0; name < names && r == 0; name++)
		r = tell_fields(reading, event, name, err);
	for (unsigned i = 0; i < EVENT_N_COUNT && r == 0; i++) {
		enum event_normalised which = (enum event_normalised)i;
		struct text called = text_of(event_normalised_describe(which)->name), value;
		char scratch[EVENT_SCRATCH];
		if (text_find(reading->of->yaml, called) < reading->of->yaml.length &&
		    event_normalised_value(event, which, scratch, &value))
			r = reading->value(reading->context, called, value, err);
	}
	return r < 0 ? r : tell_joined(reading, event, err);
}

/* The record begins where the bytes do; what follows is another's. */
static int take_event(void *context, const struct event *event, struct err *err)
{
	struct reading *reading = context;
	const uint32_t *rules;
	size_t count;

	if (reading->seen || event->offset != 0)
		return 0;
	reading->seen = true;
	roster_join_begin(reading->join, event);
	count = sigma_set_match(reading->set, event, &rules);
	for (size_t i = 0; i < count; i++) {
		const struct sigma_rule *rule = sigma_set_rule(reading->set, rules[i]);
		const char *key = rule->name && *rule->name ? rule->name : rule->id;
		reading->matches |= reading->of->any_rule ||
				    (key && strcmp(key, reading->of->rule) == 0);
	}
	return tell_values(reading, event, err);
}

static int take_reject(void *context, const struct decode_reject *reject, struct err *err)
{
	(void)context;
	(void)reject;
	(void)err;
	return 0;
}

static int decode_all(struct reading *reading, struct err *err)
{
	const struct record_reading *of = reading->of;
	const struct decode_format *format = decode_format_find(text_of(of->format));
	struct decode_options options = { of->zone, of->received };
	struct decode_sink sink = { reading, take_event, take_reject };
	struct decoder *decoder;
	int r = 0;

	if (!format)
		return 0;
	decoder = decoder_new(format, &options, reading->names, &sink, err);
	if (!decoder)
		return -ERR_MEMORY;
	for (struct text rest = of->bytes; rest.length && r == 0;) {
		size_t room;
		char *space = decoder_space(decoder, &room);
		struct text piece = text_head(rest, room);
		memcpy(space, piece.bytes, piece.length);
		r = decoder_take(decoder, piece.length, err);
		rest = text_skip(rest, piece.length);
	}
	if (r == 0)
		r = decoder_finish(decoder, err);
	decoder_free(decoder);
	return r;
}

int record_explain(const struct record_reading *of, record_value_function *value,
		   void *context, struct err *err)
{
	struct reading reading = {
		.of = of,
		.names = event_names_new(),
		.value = value,
		.context = context,
	};
	int r;

	reading.set = reading.names ? sigma_set_new(reading.names) : NULL;
	reading.join = reading.names ? roster_join_new(reading.names) : NULL;
	if (!reading.set || !reading.join)
		r = err_set(err, ERR_MEMORY, "out of memory");
	else
		r = standard_lists_add(reading.set, of->standard, err);
	if (r >= 0)
		r = sigma_set_add(reading.set, of->file, of->yaml, ignore, NULL, err);
	/* A correlation whose rules stand in other files is of no use here. */
	if (r >= 0)
		r = sigma_set_link(reading.set, ignore, NULL);
	if (r >= 0)
		r = sigma_set_compile(reading.set, true, err);
	if (r >= 0) {
		roster_join_use(reading.join, of->roster);
		sigma_set_join(reading.set, roster_join_value, reading.join);
		r = decode_all(&reading, err);
	}
	roster_join_free(reading.join);
	sigma_set_free(reading.set);
	event_names_free(reading.names);
	return r < 0 ? r : reading.matches;
}
