#include "filter/value.h"

#define HOUR (3600 * MICROSECONDS)
#define DAY (24 * HOUR)

static const char *const flag_words[] = { "no", "yes", NULL };
static const char *const waits_words[] = { "no", "yes", "me", NULL };
static const char *const party_words[] = { "us", "them", NULL };

const char *const *filter_choices(enum filter_field field, const struct filter_words *meaning,
				  int64_t *ret_first)
{
	*ret_first = 0;
	switch (field) {
	case FILTER_SEVERITY:
		*ret_first = 1;
		return meaning->severities;
	case FILTER_MARKING:
		return meaning->levels;
	case FILTER_STATE:
		return meaning->states;
	case FILTER_PARTY:
		return party_words;
	case FILTER_WAITS:
		return waits_words;
	default:
		return filter_describe(field)->kind == FILTER_FLAG ? flag_words : NULL;
	}
}

static bool choice_read(struct filter_comparison *compare, struct text word,
			const struct filter_words *meaning)
{
	int64_t rank;
	const char *const *choices = filter_choices(compare->field, meaning, &rank);

	for (; choices && *choices; choices++, rank++)
		if (text_equal_nocase(word, text_of(*choices))) {
			compare->number = rank;
			compare->text = text_of(*choices);
			return true;
		}
	return false;
}

static int64_t day_of(int64_t moment)
{
	struct civil c = calendar_civil(moment);

	return calendar_days(c.year, c.month, c.day) * DAY;
}

/* Monday of the week that a day is in; 1970-01-01 was a Thursday. */
static int64_t week_of(int64_t moment)
{
	int64_t days = day_of(moment) / DAY + 3, rest = days % 7;

	return (days - (rest < 0 ? rest + 7 : rest) - 3) * DAY;
}

static void month_of(int64_t moment, struct filter_comparison *compare)
{
	struct civil c = calendar_civil(moment);

	compare->from = calendar_days(c.year, c.month, 1) * DAY;
	compare->until = c.month == 12 ? calendar_days(c.year + 1, 1, 1) * DAY :
					 calendar_days(c.year, c.month + 1, 1) * DAY;
}

static bool moment_word_read(struct filter_comparison *compare, struct text word, int64_t now)
{
	static const struct {
		const char *name;
		int days;
		int length;
	} days[] = { { "yesterday", -1, 1 }, { "today", 0, 1 }, { "tomorrow", 1, 1 } };

	for (size_t i = 0; i < ARRAY_LENGTH(days); i++)
		if (text_equal_nocase(word, text_of(days[i].name))) {
			compare->from = day_of(now) + days[i].days * DAY;
			compare->until = compare->from + days[i].length * DAY;
			return true;
		}
	if (text_equal_nocase(word, TEXT("now"))) {
		compare->from = now;
		compare->until = now + 1;
	} else if (text_equal_nocase(word, TEXT("this-week"))) {
		compare->from = week_of(now);
		compare->until = compare->from + 7 * DAY;
	} else if (text_equal_nocase(word, TEXT("last-week"))) {
		compare->until = week_of(now);
		compare->from = compare->until - 7 * DAY;
	} else if (text_equal_nocase(word, TEXT("this-month"))) {
		month_of(now, compare);
	} else {
		return false;
	}
	return true;
}

/* The length of time in microseconds; "0" is one here. At most some 300 years. */
static bool length_read(struct text word, int64_t *ret)
{
	int64_t seconds = 0;

	if (!text_equal(word, TEXT("0")) && !calendar_duration(word, &seconds))
		return false;
	if (seconds > 10000000000)
		return false;
	*ret = seconds * MICROSECONDS;
	return true;
}

static bool moment_read(struct filter_comparison *compare, struct text word, int64_t now)
{
	char day[32];
	int64_t length;

	if (word.length == 10 &&
	    snprintf(day, sizeof(day), "%.*sT00:00:00Z", TEXT_PRINT(word)) > 0 &&
	    calendar_from_rfc3339(text_of(day), &compare->from)) {
		compare->until = compare->from + DAY;
		return true;
	}
	if (calendar_from_rfc3339(word, &compare->from)) {
		compare->until = compare->from + 1;
		return true;
	}
	if (text_ends_with(word, TEXT("-ago")) &&
	    length_read(text_head(word, word.length - 4), &length)) {
		compare->from = now - length;
		compare->until = compare->from + 1;
		return true;
	}
	return moment_word_read(compare, word, now);
}

/* late is a way to say < 0; so no time left at all. */
static bool time_left_read(struct filter_comparison *compare, struct text word, int64_t now)
{
	bool equal = compare->operator == FILTER_EQUAL;
	bool negative = word.length > 1 && word.bytes[0] == '-';
	int64_t length;

	if (equal || compare->operator == FILTER_DIFFERENT) {
		if (!text_equal_nocase(word, TEXT("late")))
			return false;
		compare->operator = equal ? FILTER_BELOW : FILTER_AT_LEAST;
		length = 0;
	} else if (!length_read(text_skip(word, negative), &length)) {
		return false;
	}
	compare->from = now + (negative ? -length : length);
	compare->until = compare->from + 1;
	return true;
}

static bool text_read(struct filter_comparison *compare, struct text word, bool quoted,
		      struct arena *arena)
{
	bool owner = compare->field == FILTER_OWNER && compare->operator != FILTER_CONTAINS;

	if (text_utf8_valid(word) != word.length || text_find_byte(word, 0) < word.length)
		return false;
	compare->nobody = owner && !quoted && text_equal_nocase(word, TEXT("nobody"));
	compare->me = owner && !quoted && text_equal_nocase(word, TEXT("me"));
	compare->text = arena_text(arena, word);
	return compare->text.bytes != NULL;
}

const char *filter_value_allowed(enum filter_field field)
{
	static const char *const allowed[] = {
		[FILTER_TEXT] = "a text (in \"quotes\" where it has spaces)",
		[FILTER_NUMBER] = "a number",
		[FILTER_MOMENT] = "a day (2026-03-01), a moment (2026-03-01T12:00:00Z), 24h-ago,"
				  " now, today, yesterday, tomorrow, this-week, last-week,"
				  " this-month",
		[FILTER_TIME_LEFT] = "a length of time such as 24h or 3d, or =late",
	};

	return allowed[filter_describe(field)->kind];
}

bool filter_value_read(struct filter_comparison *compare, struct text word, bool quoted,
		       const struct filter_words *meaning, struct arena *arena)
{
	switch (filter_describe(compare->field)->kind) {
	case FILTER_RANK:
	case FILTER_WORD:
	case FILTER_FLAG:
		return choice_read(compare, word, meaning);
	case FILTER_TEXT:
		return text_read(compare, word, quoted, arena);
	case FILTER_NUMBER:
		return text_to_i64(word, &compare->number);
	case FILTER_MOMENT:
		return moment_read(compare, word, meaning->now);
	case FILTER_TIME_LEFT:
		return time_left_read(compare, word, meaning->now);
	}
	return false;
}
