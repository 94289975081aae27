#include "casework/clock.h"

#define DAY (86400 * MICROSECONDS)

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t to_local(const struct casework_calendar *calendar, int64_t moment)
{
	return calendar->zone ? zone_to_local(calendar->zone, moment) : moment;
}

static int64_t to_utc(const struct casework_calendar *calendar, int64_t local)
{
	return calendar->zone ? zone_to_utc_last(calendar->zone, local) : local;
}

/* 1970-01-01 was a Thursday. */
unsigned casework_weekday(int64_t day)
{
	return (unsigned)(((day + 4) % 7 + 7) % 7);
}

int64_t casework_day(const struct casework_calendar *calendar, int64_t moment)
{
	return floor_divide(to_local(calendar, moment), DAY);
}

int64_t casework_day_begin(const struct casework_calendar *calendar, int64_t day)
{
	return to_utc(calendar, day * DAY);
}

const char *casework_holiday_name(const struct casework_calendar *calendar, int64_t day)
{
	size_t low = 0, high = calendar->holiday_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (calendar->holidays[middle].day == day)
			return calendar->holidays[middle].name;
		if (calendar->holidays[middle].day < day)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

bool casework_is_business_day(const struct casework_calendar *calendar, int64_t day)
{
	return !(calendar->weekend >> casework_weekday(day) & 1) &&
	       !casework_holiday_name(calendar, day);
}

int64_t casework_business_days(const struct casework_calendar *calendar, int64_t from,
			       int64_t to)
{
	int64_t last = casework_day(calendar, to), count = 0;

	for (int64_t day = casework_day(calendar, from) + 1; day <= last; day++)
		count += casework_is_business_day(calendar, day);
	return count;
}

/* The nth business day after a day. */
static int64_t business_day_after(const struct casework_calendar *calendar, int64_t day,
				  int64_t n)
{
	if (calendar->weekend == CASEWORK_WHOLE_WEEK)
		return day + n;
	while (n > 0)
		n -= casework_is_business_day(calendar, ++day);
	return day;
}

static int64_t years_after(const struct casework_calendar *calendar, int64_t started,
			   int64_t amount)
{
	struct civil local = calendar_civil(to_local(calendar, started));

	local.year += (int)amount;
	if (!calendar_date_exists(local.year, local.month, local.day))
		local.day = 28;
	return to_utc(calendar, calendar_moment(&local));
}

int64_t casework_clock_due(const struct casework_calendar *calendar, int64_t started,
			   enum casework_unit unit, int64_t amount)
{
	int64_t day;

	switch (unit) {
	case CASEWORK_BUSINESS_DAYS:
		day = business_day_after(calendar, casework_day(calendar, started), amount);
		return casework_day_begin(calendar, day + 1);
	case CASEWORK_YEARS:
		return years_after(calendar, started, amount);
	case CASEWORK_DAYS:
		return started + amount * DAY;
	case CASEWORK_HOURS:
	case CASEWORK_UNIT_COUNT:
		break;
	}
	return started + amount * 3600 * MICROSECONDS;
}

int64_t casework_clock_resume(const struct casework_calendar *calendar,
			      enum casework_unit unit, int64_t due, int64_t paused,
			      int64_t resumed)
{
	if (unit != CASEWORK_BUSINESS_DAYS)
		return due + (resumed - paused);
	return casework_clock_due(calendar, resumed, unit,
				  casework_business_days(calendar, paused, due - 1));
}

int64_t casework_clock_run_due(const struct casework_calendar *calendar,
			       const struct casework_clock_run *run)
{
	int64_t due = casework_clock_due(calendar, run->started, run->unit, run->amount);
	int64_t paused = MOMENT_NONE;

	for (size_t i = 0; i < run->step_count; i++) {
		const struct casework_step *step = &run->steps[i];

		if (step->kind == CASEWORK_PAUSED && paused == MOMENT_NONE)
			paused = step->at;
		if (step->kind == CASEWORK_EXTENDED)
			due = step->until;
		if (step->kind == CASEWORK_RESUMED && paused != MOMENT_NONE) {
			due = casework_clock_resume(calendar, run->unit, due, paused, step->at);
			paused = MOMENT_NONE;
		}
	}
	return paused == MOMENT_NONE ? due : MOMENT_NONE;
}
