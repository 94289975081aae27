/* The office's calendar from words. */
#include "casework/clock.h"

#include <stdlib.h>

static bool two_or_four_digits(struct text t, int64_t *ret_number)
{
	for (size_t i = 0; i < t.length; i++)
		if (!is_digit(t.bytes[i]))
			return false;
	return text_to_i64(t, ret_number);
}

bool casework_day_read(struct text t, int64_t *ret_day)
{
	int64_t year, month, day;

	if (t.length != 10 || t.bytes[4] != '-' || t.bytes[7] != '-' ||
	    !two_or_four_digits(text_head(t, 4), &year) ||
	    !two_or_four_digits(text_head(text_skip(t, 5), 2), &month) ||
	    !two_or_four_digits(text_skip(t, 8), &day) ||
	    !calendar_date_exists((int)year, (int)month, (int)day))
		return false;
	*ret_day = calendar_days((int)year, (int)month, (int)day);
	return true;
}

static int read_weekend(const char *words, unsigned *ret_weekend, struct err *err)
{
	static const char *const names[] = { "Sunday", "Monday", "Tuesday", "Wednesday",
					     "Thursday", "Friday", "Saturday" };
	struct text rest = text_trim(text_of(words));

	*ret_weekend = 0;
	while (rest.length) {
		struct text word = text_split(&rest, ' ');
		unsigned day = 0;

		while (day < 7 && !text_equal_nocase(word, text_of(names[day])) &&
		       !text_equal_nocase(word, text_head(text_of(names[day]), 3)))
			day++;
		if (day == 7)
			return err_set(err, ERR_SYNTAX, "weekend: \"%.*s\" is no day of the week",
				       TEXT_PRINT(word));
		*ret_weekend |= 1u << day;
		rest = text_trim(rest);
	}
	if (*ret_weekend == CASEWORK_WHOLE_WEEK)
		return err_set(err, ERR_SYNTAX, "weekend: the office must work on some day");
	return 0;
}

/* Names are shown, and travel as lines. */
static bool is_one_line(const char *words)
{
	for (; *words; words++)
		if ((unsigned char)*words < 0x20)
			return false;
	return true;
}

static int earlier(const void *a, const void *b)
{
	const struct casework_holiday *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int read_holidays(const char *const *words, size_t count, struct arena *arena,
			 struct casework_calendar *ret, struct err *err)
{
	struct casework_holiday *holidays =
		arena_get_many(arena, count + 1, sizeof(*holidays));

	if (!holidays)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; i < count; i++) {
		struct text name = text_of(words[i]);
		struct text date = text_split(&name, ' ');

		if (!casework_day_read(date, &holidays[i].day) || !text_trim(name).length ||
		    !is_one_line(words[i]))
			return err_set(err, ERR_SYNTAX,
				       "holidays: \"%s\" is not a date and a name, as in \"2026-11-26 Thanksgiving Day\"",
				       words[i]);
		holidays[i].name = arena_string(arena, text_trim(name).bytes);
		if (!holidays[i].name)
			return err_set(err, ERR_MEMORY, "out of memory");
	}
	qsort(holidays, count, sizeof(*holidays), earlier);
	for (size_t i = 1; i < count; i++)
		if (holidays[i].day == holidays[i - 1].day)
			return err_set(err, ERR_SYNTAX, "holidays: %s and %s are on one date",
				       holidays[i - 1].name, holidays[i].name);
	ret->holidays = holidays;
	ret->holiday_count = count;
	return 0;
}

int casework_calendar_read(const char *zone_name, struct text tzif, const char *weekend,
			   const char *const *holidays, size_t holiday_count,
			   struct arena *arena, struct casework_calendar *ret, struct err *err)
{
	struct zone *zone = NULL;
	int r = 0;

	*ret = (struct casework_calendar){ .zone_name = zone_name };
	if (!is_one_line(zone_name))
		return err_set(err, ERR_SYNTAX, "time_zone: that is no time zone");
	if (tzif.length) {
		zone = arena_get(arena, sizeof(*zone));
		r = zone ? zone_read(tzif, zone, err) :
			   err_set(err, ERR_MEMORY, "out of memory");
		ret->zone = zone;
	}
	if (r == 0)
		r = read_weekend(weekend, &ret->weekend, err);
	return r < 0 ? r : read_holidays(holidays, holiday_count, arena, ret, err);
}
