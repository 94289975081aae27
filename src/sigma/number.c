#include "sigma/number.h"

#include <math.h>

#define DIGITS_LIMIT 512

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)? */
static bool is_number(struct text t, bool *ret_plain)
{
	size_t i = 0, n = t.length, start;
	const char *p = t.bytes;
	*ret_plain = true;
	if (i < n && p[i] == '-')
		i++;
	start = i;
	while (i < n && is_digit(p[i]))
		i++;
	if (i == start || (p[start] == '0' && i - start > 1))
		return false;
	if (i < n && p[i] == '.') {
		*ret_plain = false;
		start = ++i;
		while (i < n && is_digit(p[i]))
			i++;
		if (i == start)
			return false;
	}
	if (i < n && (p[i] == 'e' || p[i] == 'E')) {
		*ret_plain = false;
		i++;
		if (i < n && (p[i] == '-' || p[i] == '+'))
			i++;
		start = i;
		while (i < n && is_digit(p[i]))
			i++;
		if (i == start)
			return false;
	}
	return i == n;
}

bool number_read(struct text t, double *ret)
{
	bool plain;
	int64_t whole;
	char copy[DIGITS_LIMIT];
	if (t.length == 0 || t.length >= sizeof(copy) || !is_number(t, &plain))
		return false;
	if (plain && text_to_i64(t, &whole)) {
		*ret = (double)whole;
		return true;
	}
	memcpy(copy, t.bytes, t.length);
	copy[t.length] = '\0';
	*ret = strtod(copy, NULL);
	return true;
}

bool number_compare(double value, enum comparison comparison, double with)
{
	switch (comparison) {
	case COMPARE_LT:
		return value < with;
	case COMPARE_LTE:
		return value <= with;
	case COMPARE_GT:
		return value > with;
	case COMPARE_GTE:
		return value >= with;
	case COMPARE_EQ:
		break;
	}
	return !(value < with) && !(value > with);
}

size_t number_plain_digits(struct text t, char digits[24])
{
	bool plain;
	double value;
	if (!is_number(t, &plain) || plain || !number_read(t, &value))
		return 0;
	if (fabs(value) >= 9007199254740992.0 ||
	    !number_compare(value, COMPARE_EQ, (double)(int64_t)value))
		return 0;
	int n = snprintf(digits, 24, "%lld", (long long)value);
	return n > 0 ? (size_t)n : 0;
}

static bool digits_at(struct text t, size_t at, size_t count, int *ret)
{
	*ret = 0;
	if (at + count > t.length)
		return false;
	for (size_t i = at; i < at + count; i++) {
		if (!is_digit(t.bytes[i]))
			return false;
		*ret = *ret * 10 + (t.bytes[i] - '0');
	}
	return true;
}

/* 1970-01-01 was a Thursday; 0 is Monday here. */
static int weekday_of(int64_t days)
{
	return (int)(((days + 3) % 7 + 7) % 7);
}

/* ISO 8601: the week that has the date's Thursday. */
static int week_of(int year, int month, int day)
{
	int64_t days = calendar_days(year, month, day);
	int64_t thursday = days - weekday_of(days) + 3;
	struct civil civil = calendar_civil(thursday * 86400 * MICROSECONDS);
	return (int)((thursday - calendar_days(civil.year, 1, 1)) / 7) + 1;
}

bool time_part_read(struct text t, enum time_part part, double *ret)
{
	int year, month, day, hour = 0, minute = 0;
	if (!digits_at(t, 0, 4, &year) || !digits_at(t, 5, 2, &month) ||
	    !digits_at(t, 8, 2, &day) || t.bytes[4] != '-' || t.bytes[7] != '-' ||
	    !calendar_date_exists(year, month, day))
		return false;
	bool clock = t.length > 10 &&
		     (t.bytes[10] == 'T' || t.bytes[10] == 't' || t.bytes[10] == ' ') &&
		     digits_at(t, 11, 2, &hour) && digits_at(t, 14, 2, &minute) &&
		     t.bytes[13] == ':' && hour < 24 && minute < 60;
	if (t.length > 10 && !clock)
		return false;
	if (!clock && (part == TIME_MINUTE || part == TIME_HOUR))
		return false;
	const int parts[] = {
		[TIME_MINUTE] = minute, [TIME_HOUR] = hour,
		[TIME_DAY] = day,	[TIME_WEEK] = week_of(year, month, day),
		[TIME_MONTH] = month,	[TIME_YEAR] = year};
	*ret = parts[part];
	return true;
}
