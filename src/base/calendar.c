#include "base/base.h"

#include <stdio.h>

#define SECONDS_A_DAY 86400

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

bool calendar_date_exists(int year, int month, int day)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap_year(year));
}

/* Years are counted from March, so that the leap day is the last. */
int64_t calendar_days(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = floor_divide(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era =
		year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

int64_t calendar_moment(const struct civil *c)
{
	int64_t seconds = calendar_days(c->year, c->month, c->day) * SECONDS_A_DAY +
			  c->hour * 3600 + c->minute * 60 + c->second;

	return seconds * MICROSECONDS + c->microsecond;
}

struct civil calendar_civil(int64_t moment)
{
	int64_t seconds = floor_divide(moment, MICROSECONDS);
	int64_t days = floor_divide(seconds, SECONDS_A_DAY);
	int64_t of_day = seconds - days * SECONDS_A_DAY;
	int64_t shifted = days + 719468;
	int64_t era = floor_divide(shifted, 146097);
	int64_t day_of_era = shifted - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;
	int month = (int)(month_from_march + (month_from_march < 10 ? 3 : -9));

	return (struct civil){
		.year = (int)(year_of_era + era * 400 + (month <= 2)),
		.month = month,
		.day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
		.hour = (int)(of_day / 3600),
		.minute = (int)(of_day / 60 % 60),
		.second = (int)(of_day % 60),
		.microsecond = (int)(moment - seconds * MICROSECONDS),
	};
}

int calendar_month_from_name(struct text name)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

	if (name.length != 3)
		return 0;
	for (int month = 0; month < 12; month++)
		if (text_equal_nocase(name, (struct text){ names + 3 * month, 3 }))
			return month + 1;
	return 0;
}

/* Two digits at p, or a number over 99. */
static int two_digits(const char *p)
{
	if (!is_digit(p[0]) || !is_digit(p[1]))
		return 1000;
	return (p[0] - '0') * 10 + (p[1] - '0');
}

bool calendar_from_rfc3339(struct text t, int64_t *ret_moment)
{
	const char *p = t.bytes;

	if (t.length < sizeof("2026-03-01T00:00:00Z") - 1)
		return false;
	if (p[4] != '-' || p[7] != '-' || p[13] != ':' || p[16] != ':' ||
	    (p[10] != 'T' && p[10] != 't' && p[10] != ' '))
		return false;
	struct civil c = {
		.year = two_digits(p) * 100 + two_digits(p + 2),
		.month = two_digits(p + 5),
		.day = two_digits(p + 8),
		.hour = two_digits(p + 11),
		.minute = two_digits(p + 14),
		.second = two_digits(p + 17),
	};
	if (!calendar_date_exists(c.year, c.month, c.day) || c.hour > 23 || c.minute > 59 ||
	    c.second > 60)
		return false;
	if (c.second == 60)
		c.second = 59;

	const char *end = p + t.length;
	p += 19;
	if (*p == '.') {
		int scale = 100000, digits = 0;
		for (p++; p < end && is_digit(*p); p++, digits++, scale /= 10)
			c.microsecond += (*p - '0') * scale;
		if (digits < 1 || digits > 9)
			return false;
	}
	int64_t offset = 0;
	if (p == end)
		return false;
	if (*p == 'Z' || *p == 'z') {
		p++;
	} else if (*p == '+' || *p == '-') {
		if (end - p != 6 || p[3] != ':')
			return false;
		int hours = two_digits(p + 1), minutes = two_digits(p + 4);
		if (hours > 14 || minutes > 59)
			return false;
		offset = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
		p += 6;
	} else {
		return false;
	}
	if (p != end)
		return false;
	*ret_moment = calendar_moment(&c) - offset * MICROSECONDS;
	return true;
}

const char *calendar_to_rfc3339(int64_t moment, char ret_text[CALENDAR_TEXT])
{
	struct civil c = calendar_civil(moment);
	int length = snprintf(ret_text, CALENDAR_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d", c.year,
			      c.month, c.day, c.hour, c.minute, c.second);

	if (c.microsecond)
		length += snprintf(ret_text + length, CALENDAR_TEXT - (size_t)length, ".%06d",
				   c.microsecond);
	snprintf(ret_text + length, CALENDAR_TEXT - (size_t)length, "Z");
	return ret_text;
}

bool calendar_duration(struct text t, int64_t *ret_seconds)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 },	 { 'm', 60 },	    { 'h', 3600 },
		      { 'd', 86400 },	 { 'w', 604800 },   { 'M', 30 * 86400 },
		      { 'y', 365 * 86400 } };
	int64_t unit = 1, count;

	if (t.length && !is_digit(t.bytes[t.length - 1])) {
		unit = 0;
		for (size_t i = 0; i < ARRAY_LENGTH(units); i++)
			if (units[i].letter == t.bytes[t.length - 1])
				unit = units[i].seconds;
		t.length--;
	}
	if (unit == 0 || !text_to_i64(t, &count) || count <= 0 ||
	    __builtin_mul_overflow(count, unit, ret_seconds))
		return false;
	return *ret_seconds <= INT64_MAX / MICROSECONDS;
}
