/* Clocks as arithmetic that a person can check with a calendar on the wall. */
#include "casework/clock.h"

#include <inttypes.h>

#define DAY (86400 * MICROSECONDS)
#define COUNTED_MOST 400       /* days that are counted out one by one */

static const char weekdays[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };

static const char *const units[] = {
#define UNIT(identifier, name) name,
	CASEWORK_UNITS(UNIT)
#undef UNIT
};

const char *casework_unit_name(enum casework_unit unit)
{
	return units[unit];
}

bool casework_unit_find(struct text name, enum casework_unit *ret_unit)
{
	for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
		if (text_equal(text_of(units[i]), name)) {
			*ret_unit = (enum casework_unit)i;
			return true;
		}
	return false;
}

static const char *weekday_name(int64_t day)
{
	return weekdays[casework_weekday(day)];
}

static struct civil date_of(int64_t day)
{
	return calendar_civil(day * DAY);
}

static void add_date(struct buffer *out, int64_t day)
{
	struct civil date = date_of(day);

	buffer_add_format(out, "%s %04d-%02d-%02d", weekday_name(day), date.year, date.month,
			  date.day);
}

/* The time of day at a moment of that date, as the office's clocks show it. */
static void add_time(struct buffer *out, const struct casework_calendar *calendar,
		     int64_t moment)
{
	struct civil local = calendar_civil(
		calendar->zone ? zone_to_local(calendar->zone, moment) : moment);

	buffer_add_format(out, " %02d:%02d", local.hour, local.minute);
	if (local.second || local.microsecond)
		buffer_add_format(out, ":%02d", local.second);
}

void casework_moment_print(const struct casework_calendar *calendar, int64_t moment,
			   struct buffer *out)
{
	add_date(out, casework_day(calendar, moment));
	add_time(out, calendar, moment);
}

void casework_deadline_print(const struct casework_calendar *calendar, int64_t due,
			     struct buffer *out)
{
	int64_t day = casework_day(calendar, due);

	if (casework_day_begin(calendar, day) == due) {
		add_date(out, day - 1);
		buffer_add_string(out, " 24:00");
		return;
	}
	casework_moment_print(calendar, due, out);
}

static void add_due(struct buffer *out, const struct casework_calendar *calendar, int64_t due)
{
	buffer_add_string(out, " -> due ");
	casework_deadline_print(calendar, due, out);
	buffer_add_format(out, " %s\n", calendar->zone_name);
}

static bool year_has_holidays(const struct casework_calendar *calendar, int year)
{
	for (size_t i = 0; i < calendar->holiday_count; i++)
		if (date_of(calendar->holidays[i].day).year == year)
			return true;
	return false;
}

/* The days after a date, one by one, until the last; weekends go without saying. */
static void add_count(struct buffer *out, const struct casework_calendar *calendar,
		      int64_t day, int64_t last)
{
	int month = 0;
	int64_t count = 0;
	const char *separator = ": ";

	if (last - day > COUNTED_MOST)
		return;
	while (day++ < last) {
		struct civil date = date_of(day);
		const char *holiday = casework_holiday_name(calendar, day);
		bool counts = casework_is_business_day(calendar, day);

		if (!counts && (!holiday || calendar->weekend >> casework_weekday(day) & 1))
			continue;
		buffer_add_string(out, separator);
		separator = ", ";
		if (date.month != month)
			add_date(out, day);
		else
			buffer_add_format(out, "%s %d", weekday_name(day), date.day);
		month = date.month;
		if (counts)
			buffer_add_format(out, " (%" PRId64 ")", ++count);
		else
			buffer_add_format(out, " holiday %s skipped", holiday);
	}
}

/* A deadline that may be a day early, because nobody has given the holidays. */
static void add_unknown_years(struct buffer *out, const struct casework_calendar *calendar,
			      int64_t day, int64_t last)
{
	for (int year = date_of(day).year; year <= date_of(last).year; year++)
		if (!year_has_holidays(calendar, year))
			buffer_add_format(out, "no holiday of %d is known (muster.conf, section calendar)\n",
					  year);
}

static void add_amount(struct buffer *out, int64_t amount, enum casework_unit unit)
{
	buffer_add_format(out, "%" PRId64 " %s%s", amount, casework_unit_name(unit),
			  amount == 1 ? "" : "s");
	if (unit == CASEWORK_DAYS)
		buffer_add_string(out, " of 24 hours");
}

static void add_by(struct buffer *out, const struct casework_step *step)
{
	if (step->by)
		buffer_add_format(out, " by %s", step->by);
	if (step->approved)
		buffer_add_format(out, ", approved by %s", step->approved);
	if (step->why)
		buffer_add_format(out, ": %s", step->why);
}

static void add_left(struct buffer *out, const struct casework_calendar *calendar,
		     enum casework_unit unit, int64_t due, int64_t paused)
{
	int64_t seconds = due > paused ? (due - paused) / MICROSECONDS : 0;

	if (unit == CASEWORK_BUSINESS_DAYS)
		add_amount(out, casework_business_days(calendar, paused, due - 1), unit);
	else
		buffer_add_format(out, "%" PRId64 " days %02d:%02d:%02d", seconds / 86400,
				  (int)(seconds / 3600 % 24), (int)(seconds / 60 % 60),
				  (int)(seconds % 60));
	buffer_add_string(out, " left");
}

static void add_step(struct buffer *out, const struct casework_calendar *calendar,
		     const struct casework_clock_run *run, const struct casework_step *step,
		     int64_t *due, int64_t *paused)
{
	static const char *const words[] = { [CASEWORK_PAUSED] = "paused",
					     [CASEWORK_RESUMED] = "resumed",
					     [CASEWORK_EXTENDED] = "extended",
					     [CASEWORK_STOPPED] = "stopped" };

	buffer_add_format(out, "%s ", words[step->kind]);
	casework_moment_print(calendar, step->at, out);
	add_by(out, step);
	switch (step->kind) {
	case CASEWORK_PAUSED:
		*paused = step->at;
		buffer_add_string(out, " -> ");
		add_left(out, calendar, run->unit, *due, step->at);
		break;
	case CASEWORK_RESUMED:
		if (*paused == MOMENT_NONE)
			break;
		buffer_add_string(out, ", ");
		add_left(out, calendar, run->unit, *due, *paused);
		*due = casework_clock_resume(calendar, run->unit, *due, *paused, step->at);
		*paused = MOMENT_NONE;
		if (run->unit == CASEWORK_BUSINESS_DAYS)
			add_count(out, calendar, casework_day(calendar, step->at),
				  casework_day(calendar, *due - 1));
		add_due(out, calendar, *due);
		return;
	case CASEWORK_EXTENDED:
		*due = step->until;
		add_due(out, calendar, *due);
		return;
	case CASEWORK_STOPPED:
		buffer_add_string(out, step->at < *due ? ", in time" : ", too late");
		break;
	}
	buffer_add_byte(out, '\n');
}

void casework_clock_explain(const struct casework_calendar *calendar,
			    const struct casework_clock_run *run, struct buffer *out)
{
	int64_t due = casework_clock_due(calendar, run->started, run->unit, run->amount);
	int64_t first = casework_day(calendar, run->started), paused = MOMENT_NONE;

	buffer_add_string(out, "began ");
	casework_moment_print(calendar, run->started, out);
	buffer_add_string(out, ", ");
	add_amount(out, run->amount, run->unit);
	if (run->unit == CASEWORK_BUSINESS_DAYS)
		add_count(out, calendar, first, casework_day(calendar, due - 1));
	add_due(out, calendar, due);
	for (size_t i = 0; i < run->step_count; i++)
		add_step(out, calendar, run, &run->steps[i], &due, &paused);
	if (run->unit == CASEWORK_BUSINESS_DAYS)
		add_unknown_years(out, calendar, first, casework_day(calendar, due - 1));
}
