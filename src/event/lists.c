/* The closed lists of an event: actions, outcomes, levels, sources. */
#include "event/event.h"

static const struct {
	enum event_action action;
	const char *name, *meaning;
} actions[] = {
#define ACTION(identifier, number, name, meaning) {EVENT_##identifier, name, meaning},
#include "event/actions.def"
#undef ACTION
};

static const char *const outcomes[] = {
	[EVENT_OUTCOME_UNKNOWN] = "unknown",
	[EVENT_SUCCESS] = "success",
	[EVENT_FAILURE] = "failure",
};

static const struct {
	const char *name, *banner;
} levels[] = {
#define LEVEL(identifier, number, name, banner)                                          \
	[EVENT_LEVEL_##identifier] = {name, banner},
#include "event/levels.def"
#undef LEVEL
};

static const struct event_source_description sources[] = {
#define SOURCE(identifier, name, product, category, services)                            \
	[EVENT_FROM_##identifier] = {name, product, category, services},
#include "event/sources.def"
#undef SOURCE
};

/* The table is in order of numbers and has no gap, but nothing relies on it. */
static size_t action_row(enum event_action action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(actions); i++)
		if (actions[i].action == action)
			return i;
	return 0;
}

const char *event_action_name(enum event_action action)
{
	return actions[action_row(action)].name;
}

const char *event_action_meaning(enum event_action action)
{
	return actions[action_row(action)].meaning;
}

bool event_action_from_name(struct text name, enum event_action *ret_action)
{
	for (size_t i = 0; i < ARRAY_LENGTH(actions); i++) {
		if (text_equal(name, text_of(actions[i].name))) {
			*ret_action = actions[i].action;
			return true;
		}
	}
	*ret_action = EVENT_OTHER;
	return false;
}

const char *event_outcome_name(enum event_outcome outcome)
{
	return (size_t)outcome < ARRAY_LENGTH(outcomes) ? outcomes[outcome] : outcomes[0];
}

bool event_outcome_from_name(struct text name, enum event_outcome *ret_outcome)
{
	for (size_t i = 0; i < ARRAY_LENGTH(outcomes); i++) {
		if (text_equal(name, text_of(outcomes[i]))) {
			*ret_outcome = (enum event_outcome)i;
			return true;
		}
	}
	*ret_outcome = EVENT_OUTCOME_UNKNOWN;
	return false;
}

const char *event_level_name(enum event_level level)
{
	return (size_t)level < ARRAY_LENGTH(levels) ? levels[level].name : levels[0].name;
}

const char *event_level_banner(enum event_level level)
{
	return (size_t)level < ARRAY_LENGTH(levels) ? levels[level].banner : "";
}

const struct event_source_description *event_source_describe(enum event_source source)
{
	return (size_t)source < ARRAY_LENGTH(sources) ? &sources[source] : &sources[0];
}

/* Words of a marking's first part that name a level. */
static const struct {
	struct text word;
	enum event_level level;
} marking_words[] = {
	{TEXT("U"), EVENT_LEVEL_UNCLASSIFIED},
	{TEXT("UNCLASSIFIED"), EVENT_LEVEL_UNCLASSIFIED},
	{TEXT("CUI"), EVENT_LEVEL_CUI},
	{TEXT("CONTROLLED"), EVENT_LEVEL_CUI},
	{TEXT("C"), EVENT_LEVEL_CONFIDENTIAL},
	{TEXT("CONFIDENTIAL"), EVENT_LEVEL_CONFIDENTIAL},
	{TEXT("S"), EVENT_LEVEL_SECRET},
	{TEXT("SECRET"), EVENT_LEVEL_SECRET},
	{TEXT("TS"), EVENT_LEVEL_TOP_SECRET},
	{TEXT("TOP SECRET"), EVENT_LEVEL_TOP_SECRET},
	{TEXT("TOP_SECRET"), EVENT_LEVEL_TOP_SECRET},
	{TEXT("TOP-SECRET"), EVENT_LEVEL_TOP_SECRET},
};

static enum event_level level_of_word(struct text word)
{
	for (size_t i = 0; i < ARRAY_LENGTH(marking_words); i++)
		if (text_equal_nocase(word, marking_words[i].word))
			return marking_words[i].level;
	return EVENT_LEVEL_UNKNOWN;
}

enum event_level event_level_of_marking(struct text marking)
{
	if (marking.length == 0)
		return EVENT_LEVEL_UNKNOWN;
	marking = text_trim(marking);
	if (marking.length >= 2 && marking.bytes[0] == '(' &&
	    marking.bytes[marking.length - 1] == ')')
		marking = text_trim(text_head(text_skip(marking, 1), marking.length - 2));

	struct text rest = marking;
	enum event_level level = level_of_word(text_trim(text_split(&rest, '/')));
	/* "UNCLASSIFIED//CUI" says CUI in an unclassified document. */
	while (level == EVENT_LEVEL_UNCLASSIFIED && rest.bytes)
		if (level_of_word(text_trim(text_split(&rest, '/'))) == EVENT_LEVEL_CUI)
			level = EVENT_LEVEL_CUI;
	return level;
}
