/* The normalised values of an event under their names for rules. */
#include "event/event.h"

static const struct event_normalised_description descriptions[] = {
#define NORMALISED(identifier, name, meaning) [EVENT_N_##identifier] = {name, meaning},
#include "event/normalised.def"
#undef NORMALISED
};

const struct event_normalised_description *
event_normalised_describe(enum event_normalised which)
{
	return (size_t)which < ARRAY_LENGTH(descriptions) ? &descriptions[which] : NULL;
}

static const struct event_normalised_description joined[] = {
#define JOINED(identifier, name, meaning) [EVENT_J_##identifier] = {name, meaning},
#include "event/joined.def"
#undef JOINED
};

const struct event_normalised_description *event_joined_describe(enum event_joined which)
{
	return (size_t)which < ARRAY_LENGTH(joined) ? &joined[which] : NULL;
}

/* Digits from the end of scratch; number is not negative. Faster than printf by far. */
static struct text number_text(int64_t number, char scratch[EVENT_SCRATCH])
{
	size_t at = EVENT_SCRATCH;
	do {
		scratch[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return (struct text){scratch + at, EVENT_SCRATCH - at};
}

static bool text_known(struct text value, struct text *ret_value)
{
	*ret_value = value;
	return value.length > 0;
}

static bool seconds_known(int64_t seconds, char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	if (seconds > 0)
		*ret_value = number_text(seconds, scratch);
	return seconds > 0;
}

/* 1 (Monday) to 7; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t moment)
{
	struct civil civil = calendar_civil(moment);
	int64_t days = calendar_days(civil.year, civil.month, civil.day);
	return (int)(((days + 3) % 7 + 7) % 7) + 1;
}

bool event_normalised_value(const struct event *event, enum event_normalised which,
			    char scratch[EVENT_SCRATCH], struct text *ret_value)
{
	switch (which) {
	case EVENT_N_TIME:
		*ret_value = text_of(calendar_to_rfc3339(event->time, scratch));
		return true;
	case EVENT_N_HOUR:
		*ret_value = number_text(calendar_civil(event->time).hour, scratch);
		return true;
	case EVENT_N_WEEKDAY:
		*ret_value = number_text(weekday_of(event->time), scratch);
		return true;
	case EVENT_N_ACTION:
		*ret_value = text_of(event_action_name(event->action));
		return true;
	case EVENT_N_OUTCOME:
		*ret_value = text_of(event_outcome_name(event->outcome));
		return true;
	case EVENT_N_ACTOR:
		return text_known(event->actor, ret_value);
	case EVENT_N_OBJECT:
		return text_known(event->object, ret_value);
	case EVENT_N_HOST:
		return text_known(event->host, ret_value);
	case EVENT_N_ADDRESS:
		return text_known(event->address, ret_value);
	case EVENT_N_SESSION:
		return text_known(event->session, ret_value);
	case EVENT_N_BYTES:
		if (event->bytes < 0)
			return false;
		*ret_value = number_text(event->bytes, scratch);
		return true;
	case EVENT_N_MARKING:
		return text_known(event->marking, ret_value);
	case EVENT_N_LEVEL:
		if (event->level == EVENT_LEVEL_UNKNOWN)
			return false;
		*ret_value = number_text(event->level, scratch);
		return true;
	case EVENT_N_AHEAD:
	case EVENT_N_BACK:
		return seconds_known(which == EVENT_N_AHEAD ? event->ahead : event->back, scratch,
				     ret_value);
	case EVENT_N_SOURCE:
		*ret_value = text_of(event_source_describe(event->source)->name);
		return true;
	case EVENT_N_COUNT:
		break;
	}
	return false;
}

#define ACTION(identifier, number, name, meaning) _Static_assert((number) < EVENT_CODES_MOST, name);
#include "event/actions.def"
#undef ACTION
_Static_assert(EVENT_SOURCE_COUNT <= EVENT_CODES_MOST, "sources");

unsigned event_normalised_codes(enum event_normalised which)
{
	switch (which) {
	case EVENT_N_ACTION:
		return EVENT_CODES_MOST;
	case EVENT_N_OUTCOME:
		return EVENT_FAILURE + 1;
	case EVENT_N_LEVEL:
		return EVENT_LEVEL_TOP_SECRET + 1;
	case EVENT_N_SOURCE:
		return EVENT_SOURCE_COUNT;
	default:
		return 0;
	}
}

void event_normalised_code_set(struct event *event, enum event_normalised which, unsigned code)
{
	switch (which) {
	case EVENT_N_ACTION:
		event->action = (enum event_action)code;
		break;
	case EVENT_N_OUTCOME:
		event->outcome = (enum event_outcome)code;
		break;
	case EVENT_N_LEVEL:
		event->level = (enum event_level)code;
		break;
	default:
		event->source = (enum event_source)code;
	}
}
