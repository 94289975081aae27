#include "muster/queue_words.h"

#include "casework/casework.h"
#include "event/event.h"
#include "sigma/sigma.h"

#include <inttypes.h>

const char *queue_severity(int severity)
{
	static const char *const words[] = { "",      "INFO",	"LOW",
					     "MED !", "HIGH !!", "CRIT !!!" };

	return severity >= 1 && severity <= 5 ? words[severity] : "";
}

int64_t queue_time_left(const struct store_violation *violation, int64_t now)
{
	if (!violation->clock || violation->paused || violation->due == MOMENT_NONE)
		return INT64_MIN;
	return (violation->due - now) / MICROSECONDS;
}

const char *queue_clock(const struct store_violation *violation, int64_t now,
			char ret_words[QUEUE_CLOCK])
{
	int64_t left = queue_time_left(violation, now);
	bool late = left < 0;
	const char *who = late				   ? "LATE" :
			  strcmp(violation->party ? violation->party : "us", "us") == 0 ? "US" :
											   "THEM";

	if (!violation->clock)
		return "-";
	if (left == INT64_MIN)
		return "paused";
	if (late)
		left = -left;
	if (left >= 86400)
		snprintf(ret_words, QUEUE_CLOCK, "%s %" PRId64 "d %02" PRId64 "h", who,
			 left / 86400, left % 86400 / 3600);
	else
		snprintf(ret_words, QUEUE_CLOCK, "%s %" PRId64 "h %02" PRId64 "m", who,
			 left / 3600, left % 3600 / 60);
	return ret_words;
}

const struct queue_flag_description *queue_flag_describe(enum queue_flag flag)
{
	static const struct queue_flag_description flags[] = {
#define FLAG(identifier, name, meaning) [QUEUE_FLAG_##identifier] = { name, meaning },
#include "muster/flags.def"
#undef FLAG
	};

	return &flags[flag];
}

struct queue_moment queue_moment(struct command_run *run, int64_t now)
{
	const struct config *config;
	struct queue_moment at = { .now = now };

	/* Whoever has the books open has read it. */
	if (command_config(run, &config, NULL) == 0)
		at.exception_ending = config->process_exception_ending * MICROSECONDS;
	return at;
}

static bool has_flag(const struct store_violation *violation, struct queue_moment at,
		     enum queue_flag flag)
{
	switch (flag) {
	case QUEUE_FLAG_DISPUTED:
		return violation->disputed;
	case QUEUE_FLAG_REOPENED:
		return strcmp(violation->state, "reopened") == 0;
	case QUEUE_FLAG_REPEAT:
		return violation->repeated;
	case QUEUE_FLAG_NEEDS_SECOND:
		return violation->pending != NULL;
	case QUEUE_FLAG_EVIDENCE_GAP:
		return violation->evidence_gap;
	case QUEUE_FLAG_EXCEPTION_ENDING:
		return violation->exception_until != MOMENT_NONE &&
		       violation->exception_until - at.now < at.exception_ending;
	case QUEUE_FLAG_SUPPRESSED:
		return violation->suppressed != MOMENT_NONE && violation->suppressed > at.now;
	case QUEUE_FLAG_SUPPRESSION_ENDED:
		return violation->suppressed != MOMENT_NONE && violation->suppressed <= at.now;
	case QUEUE_FLAGS:
		break;
	}
	return false;
}

size_t queue_flags(const struct store_violation *violation, struct queue_moment at,
		   struct text ret_flags[QUEUE_FLAGS])
{
	size_t count = 0;

	for (enum queue_flag flag = 0; flag < QUEUE_FLAGS; flag++)
		if (has_flag(violation, at, flag))
			ret_flags[count++] = text_of(queue_flag_describe(flag)->name);
	return count;
}

void queue_state_add(struct buffer *out, const struct store_violation *violation,
		     struct queue_moment at)
{
	struct text flags[QUEUE_FLAGS];
	size_t count = queue_flags(violation, at, flags);

	buffer_add_string(out, violation->state);
	for (size_t i = 0; i < count; i++)
		if (!text_equal(flags[i], text_of(violation->state)))
			buffer_add_format(out, " %.*s", TEXT_PRINT(flags[i]));
}

void queue_why_add(struct buffer *out, const struct store_violation *violation,
		   enum store_urgency urgency, int64_t now)
{
	char clock[QUEUE_CLOCK], moment[CALENDAR_TEXT];

	buffer_add_format(out,
			  "%s stands where it stands by, in this order:\n  1. urgency: %s",
			  violation->number, store_urgency_name(urgency));
	if (violation->clock)
		buffer_add_format(out, " (clock %s, %s", violation->clock,
				  queue_clock(violation, now, clock));
	if (violation->clock && violation->due != MOMENT_NONE)
		buffer_add_format(out, ", due %s", calendar_to_rfc3339(violation->due, moment));
	buffer_add_format(out,
			  "%s\n  2. severity: %s\n  3. points at stake: %d\n"
			  "  4. first event: %s\n"
			  "  5. where all are equal: the order of contractors (%s) and numbers\n",
			  violation->clock ? ")" : "",
			  sigma_level_name((enum sigma_level)violation->severity),
			  violation->points, calendar_to_rfc3339(violation->first, moment),
			  violation->contractor);
	buffer_add_string(out, "It was opened by ");
	buffer_add_escaped(out, text_of(violation->rule), 0);
	buffer_add_string(out, ", ");
	buffer_add_escaped(out, text_of(violation->rule_title), 0);
	buffer_add_format(out, ", %s\n",
			  violation->direct ? "which shows that these are not met:" :
					      "which is a reason to ask about:");
	for (size_t i = 0; i < violation->requirement_count; i++)
		buffer_add_format(out, "  %.*s\n", TEXT_PRINT(violation->requirements[i]));
}

/* Filters --------------------------------------------------------------------------- */

struct filter_words queue_filter_words(struct command_run *run)
{
	static const char *severities[SIGMA_CRITICAL + 1];
	static const char *levels[EVENT_LEVEL_TOP_SECRET + 2];
	static const char *states[CASEWORK_STATE_COUNT + 1];

	for (int i = SIGMA_INFORMATIONAL; i <= SIGMA_CRITICAL; i++)
		severities[i - SIGMA_INFORMATIONAL] = sigma_level_name((enum sigma_level)i);
	for (int i = 0; i <= EVENT_LEVEL_TOP_SECRET; i++)
		levels[i] = event_level_name((enum event_level)i);
	for (int i = 0; i < CASEWORK_STATE_COUNT; i++)
		states[i] = casework_state_describe((enum casework_state)i)->name;
	return (struct filter_words){
		.now = command_now(run),
		.severities = severities,
		.levels = levels,
		.states = states,
		.exception_ending = queue_moment(run, 0).exception_ending,
	};
}

static int keep_words(void *context, const struct store_saved_filter *row,
		      struct err *err UNUSED)
{
	buffer_add_string(context, row->filter);
	return 0;
}

int queue_saved_filter(struct command_run *run, struct pg *pg, const char *name,
		       struct text *ret_words, struct err *err)
{
	CLEAN(buffer) struct buffer words;
	int r;

	buffer_init(&words, 65536);
	r = store_saved_filters(pg, name, keep_words, &words, err);
	if (r < 0)
		return r;
	if (words.length == 0)
		return err_set(err, ERR_NEGATIVE,
			       "you keep no filter called %s; see: muster filter list", name);
	*ret_words = arena_text(command_arena(run), buffer_text(&words));
	return ret_words->bytes ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

/* Adds one filter to those that have to hold. option: that gave it. */
static int also(struct command_run *run, const char *option, struct text words,
		struct store_queue_query *query, struct err *err)
{
	const struct filter_words meaning = queue_filter_words(run);
	const struct filter_node *filter;
	int r = filter_parse(words, &meaning, command_arena(run), &filter, err);

	if (r < 0)
		return strcmp(option, "filter") ? err_prefix(err, "--%s", option) : r;
	if (!filter_and(command_arena(run), query->filter, filter, &query->filter))
		return err_set(err, ERR_MEMORY, "out of memory");
	return 0;
}

/* The words of an option that stands for a comparison: contractor="CODE". */
static void comparison_words(struct buffer *out, const char *left, const char *value)
{
	buffer_add_format(out, "%s\"", left);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			buffer_add_byte(out, '\\');
		buffer_add_byte(out, *value);
	}
	buffer_add_byte(out, '"');
}

static int also_option(struct command_run *run, const char *option, const char *left,
		       struct store_queue_query *query, struct err *err)
{
	CLEAN(buffer) struct buffer words;
	const char *value = command_option(run, option);

	buffer_init(&words, 65536);
	if (!value)
		return 0;
	comparison_words(&words, left, value);
	return also(run, option, buffer_text(&words), query, err);
}

static int also_severity(struct command_run *run, struct store_queue_query *query,
			 struct err *err)
{
	CLEAN(buffer) struct buffer words;
	const char *value = command_option(run, "severity");
	bool above = value && text_ends_with(text_of(value), TEXT("+"));

	buffer_init(&words, 65536);
	if (!value)
		return 0;
	comparison_words(&words, above ? "severity>=" : "severity=", value);
	if (above) {
		words.length -= 2;
		buffer_add_byte(&words, '"');
	}
	return also(run, "severity", buffer_text(&words), query, err);
}

int queue_query(struct command_run *run, struct pg *pg, struct store_queue_query *ret,
		struct err *err)
{
	static const struct {
		const char *option, *left;
	} comparisons[] = {
		{ "contractor", "contractor=" }, { "rule", "rule=" },
		{ "state", "state=" },		 { "subject", "subject~" },
		{ "since", "last>=" },		 { "until", "first<" },
	};
	static const struct {
		const char *option;
		struct text words;
	} switches[] = {
		{ "mine", { "owner=me", 8 } },
		{ "overdue", { "clock=late", 10 } },
		{ "waits", { "waits=me", 8 } },
	};
	const char *saved = command_option(run, "saved");
	struct text words;
	int r = 0;

	*ret = (struct store_queue_query){ .now = command_now(run) };
	if (command_option(run, "filter"))
		r = also(run, "filter", text_of(command_option(run, "filter")), ret, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(comparisons); i++)
		r = also_option(run, comparisons[i].option, comparisons[i].left, ret, err);
	if (r == 0)
		r = also_severity(run, ret, err);
	for (size_t i = 0; r == 0 && i < ARRAY_LENGTH(switches); i++)
		if (command_has(run, switches[i].option))
			r = also(run, switches[i].option, switches[i].words, ret, err);
	if (r == 0 && saved) {
		r = queue_saved_filter(run, pg, saved, &words, err);
		if (r == 0)
			r = also(run, "saved", words, ret, err);
	}
	ret->ended = filter_names(ret->filter, FILTER_STATE) ||
		     filter_names(ret->filter, FILTER_ENDED);
	ret->suppressed = filter_names(ret->filter, FILTER_SUPPRESSED);
	return r;
}
