/*
 * Moments are microseconds since 1970-01-01T00:00:00Z in an int64_t, leap
 * seconds not counted. Proleptic Gregorian calendar. Pure: no clock, no
 * time zone of the machine.
 */
#ifndef BASE_CALENDAR_H
#define BASE_CALENDAR_H

#include "base/text.h"

#define MICROSECONDS 1000000LL
#define MOMENT_NONE INT64_MIN

struct civil {
	int year, month, day;        /* month and day from 1 */
	int hour, minute, second;    /* second 0..59 */
	int microsecond;
};

/* Days since 1970-01-01 of a date that must exist. */
int64_t calendar_days(int year, int month, int day);
bool calendar_date_exists(int year, int month, int day);
int64_t calendar_moment(const struct civil *civil);
struct civil calendar_civil(int64_t moment);

/* "JAN".."Dec" in any case: 1..12; 0 for anything else. */
int calendar_month_from_name(struct text name);

/*
 * RFC 3339 (section 5.6) in full: date, 'T' 't' or ' ', time, fraction of 1
 * to 9 digits (cut to microseconds), 'Z' 'z' or an offset up to +-14:59.
 * Second 60 counts as 59 (a leap second; the calendar has none). Anything
 * that is no real moment is refused. True and *ret_moment on success.
 */
bool calendar_from_rfc3339(struct text t, int64_t *ret_moment) MUST_CHECK;

/* "2026-03-01T12:00:00Z", with ".123456" only where there is a fraction. */
#define CALENDAR_TEXT 40
const char *calendar_to_rfc3339(int64_t moment, char ret_text[CALENDAR_TEXT]);

/*
 * A length of time as people write it: 90s 15m 1h 30d 2w (a bare number is
 * seconds; M and y, as in Sigma, are 30 and 365 days). Seconds, > 0.
 */
bool calendar_duration(struct text t, int64_t *ret_seconds) MUST_CHECK;

#endif
