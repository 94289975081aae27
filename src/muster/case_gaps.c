#include "muster/case_gaps.h"
#include "muster/queue_words.h"

#include <inttypes.h>

struct telling {
	unsigned width;
	struct buffer *out;
	struct json *json;
};

static void gap_in_words(struct buffer *words, const struct store_gap *gap)
{
	char since[CALENDAR_TEXT];

	switch (gap->kind) {
	case STORE_GAP_REJECTED:
		buffer_add_format(words, "%" PRId64 " record%s of batch %" PRId64
				  ", from system %s, %s rejected.", gap->count,
				  gap->count == 1 ? "" : "s", gap->batch, gap->system,
				  gap->count == 1 ? "was" : "were");
		break;
	case STORE_GAP_HOLE:
		buffer_add_format(words, "Of system %s, number %" PRId64, gap->system, gap->first);
		if (gap->last != gap->first)
			buffer_add_format(words, " to %" PRId64, gap->last);
		buffer_add_format(words, " never came, as the delivery of %s shows; batch %" PRId64
				  " is next to that.", calendar_to_rfc3339(gap->since, since),
				  gap->batch);
		break;
	case STORE_GAP_SILENCE:
		buffer_add_format(words, "System %s is silent since batch %" PRId64 ", which came at %s.",
				  gap->system, gap->batch, calendar_to_rfc3339(gap->since, since));
		break;
	}
}

static int add_gap(void *context, const struct store_gap *gap, struct err *err UNUSED)
{
	const struct telling *telling = context;
	CLEAN(buffer) struct buffer words, escaped;

	buffer_init(&words, 4096);
	buffer_init(&escaped, 16384);
	gap_in_words(&words, gap);
	buffer_add_escaped(&escaped, buffer_text(&words), 0);
	report_wrap(telling->out, buffer_text(&escaped), telling->width, 2, true);
	return 0;
}

static bool has_flag(struct command_run *run, const struct store_violation *violation,
		     enum queue_flag flag)
{
	struct text flags[QUEUE_FLAGS];
	size_t count = queue_flags(violation, queue_moment(run, command_now(run)), flags);

	for (size_t i = 0; i < count; i++)
		if (text_equal(flags[i], text_of(queue_flag_describe(flag)->name)))
			return true;
	return false;
}

int case_gaps_add(struct command_run *run, struct pg *pg, const struct store_violation *violation,
		  unsigned width, struct buffer *out, struct err *err)
{
	struct telling telling = { .width = width, .out = out };
	CLEAN(buffer) struct buffer words;
	char until[CALENDAR_TEXT];

	buffer_init(&words, 4096);
	if (has_flag(run, violation, QUEUE_FLAG_EXCEPTION_ENDING)) {
		buffer_add_format(&words, "An exception that covers it ends at %s; see: muster"
				  " exception list %s --in-force",
				  calendar_to_rfc3339(violation->exception_until, until),
				  violation->contractor);
		buffer_add_string(out, "\nWHAT ENDS\n");
		report_wrap(out, buffer_text(&words), width, 2, true);
	}
	if (!violation->evidence_gap)
		return 0;
	buffer_add_string(out, "\nWHAT EVIDENCE IS MISSING\n");
	return store_evidence_gaps(pg, violation, add_gap, &telling, err);
}

static int add_json_gap(void *context, const struct store_gap *gap, struct err *err UNUSED)
{
	static const char *const kinds[] = { "rejected", "hole", "silence" };
	struct json *json = context;

	json_begin_object(json, NULL);
	json_string(json, "kind", kinds[gap->kind]);
	json_string(json, "system", gap->system);
	json_number(json, "batch", gap->batch);
	json_moment(json, "since", gap->since);
	if (gap->kind == STORE_GAP_REJECTED)
		json_number(json, "count", gap->count);
	if (gap->kind == STORE_GAP_HOLE) {
		json_number(json, "first", gap->first);
		json_number(json, "last", gap->last);
	}
	json_end_object(json);
	return 0;
}

int case_gaps_add_json(struct command_run *run, struct pg *pg,
		       const struct store_violation *violation, struct json *json,
		       struct err *err)
{
	struct text flags[QUEUE_FLAGS];
	size_t count = queue_flags(violation, queue_moment(run, command_now(run)), flags);
	int r = 0;

	json_begin_array(json, "flags");
	for (size_t i = 0; i < count; i++)
		json_text(json, NULL, flags[i]);
	json_end_array(json);
	json_moment(json, "exception_until", violation->exception_until);
	json_begin_array(json, "evidence_gaps");
	if (violation->evidence_gap)
		r = store_evidence_gaps(pg, violation, add_json_gap, json, err);
	json_end_array(json);
	return r;
}
