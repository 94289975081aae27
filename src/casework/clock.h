/*
 * Clocks of the process: when something is due, what a pause and an
 * extension do to it, and the same as arithmetic that a person can check.
 *
 * Moments are those of base/calendar.h; a deadline is the first moment that
 * is too late, so that "until the end of Wednesday" is Thursday's midnight
 * and is written "Wed 24:00". Everything follows from stored moments and
 * from the office's calendar; what the machine's clock does is no matter.
 */
#ifndef CASEWORK_CLOCK_H
#define CASEWORK_CLOCK_H

#include "base/base.h"

struct casework_holiday {
	int64_t day;            /* days since 1970-01-01 */
	const char *name;
};

/* The office's calendar. Days begin at midnight in its time zone. */
struct casework_calendar {
	const char *zone_name;          /* "America/New_York" */
	const struct zone *zone;        /* NULL: UTC */
	unsigned weekend;               /* bit n: weekday n (0: Sunday) is no business day */
	const struct casework_holiday *holidays; /* ascending by day */
	size_t holiday_count;
};
#define CASEWORK_SATURDAY_AND_SUNDAY (1u << 6 | 1u << 0)
#define CASEWORK_WHOLE_WEEK 0x7fu       /* as weekend: refused, nothing would ever be due */

/*
 * A calendar from words: weekend as "Saturday Sunday" (English, in full, or
 * their first three letters; may be empty), each holiday as "2026-11-26" and
 * its name behind a space, in any order. tzif: the zone's file (RFC 8536),
 * empty for UTC; it and zone_name must live as long as the calendar, the rest
 * lives in the arena. ERR_SYNTAX, ERR_MEMORY.
 */
int casework_calendar_read(const char *zone_name, struct text tzif, const char *weekend,
			   const char *const *holidays, size_t holiday_count,
			   struct arena *arena, struct casework_calendar *ret,
			   struct err *err) MUST_CHECK;
/* "2026-11-26" to days since 1970-01-01. */
bool casework_day_read(struct text t, int64_t *ret_day) MUST_CHECK;

/*
 * HOURS are 3,600 seconds, DAYS 24 hours each. BUSINESS_DAYS end with the
 * last moment of the nth business day after the day on which they began,
 * whether or not that was one. YEARS end at the same time of day on the same
 * date n years on, 29 February on 28 February where there is none.
 */
#define CASEWORK_UNITS(UNIT)                                                             \
	UNIT(HOURS, "hour")                                                              \
	UNIT(DAYS, "day")                                                                \
	UNIT(BUSINESS_DAYS, "business day")                                              \
	UNIT(YEARS, "year")
enum casework_unit {
#define UNIT(identifier, name) CASEWORK_##identifier,
	CASEWORK_UNITS(UNIT)
#undef UNIT
	CASEWORK_UNIT_COUNT
};
/* "hour", "business day" */
const char *casework_unit_name(enum casework_unit unit);
bool casework_unit_find(struct text name, enum casework_unit *ret_unit) MUST_CHECK;

/* 0 (Sunday) to 6 of a date, in days since 1970-01-01. */
unsigned casework_weekday(int64_t day);
/* Days since 1970-01-01 of the office's date at a moment. */
int64_t casework_day(const struct casework_calendar *calendar, int64_t moment);
/* The moment at which that date begins. */
int64_t casework_day_begin(const struct casework_calendar *calendar, int64_t day);
bool casework_is_business_day(const struct casework_calendar *calendar, int64_t day);
/* NULL where the day is no holiday. */
const char *casework_holiday_name(const struct casework_calendar *calendar, int64_t day);

/*
 * Business days later than the date of from, up to that of to: what an
 * officer counts on a calendar on the wall. 0 where to is not later.
 */
int64_t casework_business_days(const struct casework_calendar *calendar, int64_t from,
			       int64_t to);

/* The deadline of amount (0 or more) units that began at started. */
int64_t casework_clock_due(const struct casework_calendar *calendar, int64_t started,
			   enum casework_unit unit, int64_t amount);
/*
 * The deadline of a clock that stood still from paused to resumed. What was
 * left when it was paused is left when it resumes: whole business days after
 * that date for BUSINESS_DAYS, the exact time for the others.
 */
int64_t casework_clock_resume(const struct casework_calendar *calendar,
			      enum casework_unit unit, int64_t due, int64_t paused,
			      int64_t resumed);

/* What happened to a clock since it began, oldest first. */
enum casework_step_kind {
	CASEWORK_PAUSED,
	CASEWORK_RESUMED,
	CASEWORK_EXTENDED,
	CASEWORK_STOPPED,
};
struct casework_step {
	enum casework_step_kind kind;
	int64_t at;
	int64_t until;          /* EXTENDED: the new deadline */
	const char *by;         /* who; NULL: not said */
	const char *approved;   /* second person, or NULL */
	const char *why;        /* in words, or NULL */
};
struct casework_clock_run {
	const char *name;       /* "reply" */
	enum casework_unit unit;
	int64_t amount;
	int64_t started;
	const struct casework_step *steps;
	size_t step_count;
};
/* The deadline after all its steps; MOMENT_NONE while it is paused. */
int64_t casework_clock_run_due(const struct casework_calendar *calendar,
			       const struct casework_clock_run *run);
/*
 * The arithmetic behind casework_clock_run_due(), a line each:
 *	began Fri 2026-11-20 16:40, 3 business days: Mon 2026-11-23 (1),
 * Tue 24 (2), Wed 25 (3) -> due Wed 2026-11-25 24:00 America/New_York
 * Lines are not wrapped. Says so where no holiday of a year is known.
 */
void casework_clock_explain(const struct casework_calendar *calendar,
			    const struct casework_clock_run *run, struct buffer *out);
/* "Wed 2026-11-25 24:00"; a deadline's midnight is the end of the day before. */
void casework_deadline_print(const struct casework_calendar *calendar, int64_t due,
			     struct buffer *out);
/* "Fri 2026-11-20 16:40" */
void casework_moment_print(const struct casework_calendar *calendar, int64_t moment,
			   struct buffer *out);

#endif
