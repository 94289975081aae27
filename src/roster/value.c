#include "roster/value.h"

#define DAY (86400 * MICROSECONDS)

static const char *const weekdays[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
static const char *const statuses[] = {"active", "suspended", "revoked",  "denied",
				       "withdrawn", "departed", "debriefed"};

static bool two_digits(struct text t, size_t at, int *ret)
{
	if (!is_digit(t.bytes[at]) || !is_digit(t.bytes[at + 1]))
		return false;
	*ret = (t.bytes[at] - '0') * 10 + t.bytes[at + 1] - '0';
	return true;
}

static bool day_read(struct text t, int64_t *ret_moment)
{
	int century, year, month, day;
	if (t.length != 10 || t.bytes[4] != '-' || t.bytes[7] != '-' ||
	    !two_digits(t, 0, &century) || !two_digits(t, 2, &year) ||
	    !two_digits(t, 5, &month) || !two_digits(t, 8, &day) ||
	    !calendar_date_exists(century * 100 + year, month, day))
		return false;
	*ret_moment = calendar_days(century * 100 + year, month, day) * DAY;
	return true;
}

bool value_moment(struct text value, int64_t *ret_moment)
{
	return day_read(value, ret_moment) || calendar_from_rfc3339(value, ret_moment);
}

static bool clock_read(struct text t, int64_t *ret_minutes)
{
	int hour, minute;
	if (t.length != 5 || t.bytes[2] != ':' || !two_digits(t, 0, &hour) ||
	    !two_digits(t, 3, &minute) || hour > 23 || minute > 59)
		return false;
	*ret_minutes = hour * 60 + minute;
	return true;
}

static bool angle_read(struct text t, int64_t most, int64_t *ret_millionths)
{
	return text_to_millionths(t, ret_millionths) && *ret_millionths >= -most * 1000000 &&
	       *ret_millionths <= most * 1000000;
}

static int weekday_of(struct text name)
{
	for (int i = 0; i < 7; i++)
		if (text_equal_nocase(name, text_of(weekdays[i])))
			return i;
	return -1;
}

static bool is_between(char c)
{
	return c == ';' || is_space(c);
}

bool value_list_next(struct text *rest, struct text *ret_element)
{
	size_t from = 0, to;
	while (from < rest->length && is_between(rest->bytes[from]))
		from++;
	for (to = from; to < rest->length && !is_between(rest->bytes[to]);)
		to++;
	*ret_element = text_head(text_skip(*rest, from), to - from);
	*rest = text_skip(*rest, to);
	return ret_element->length > 0;
}

bool value_list_has(struct text list, struct text element)
{
	struct text each;
	while (value_list_next(&list, &each))
		if (text_equal(each, element))
			return true;
	return false;
}

static bool dated_read(struct text element, struct text *ret_name, int64_t *ret_day)
{
	*ret_name = text_split(&element, '=');
	return ret_name->length > 0 && day_read(element, ret_day);
}

int64_t value_dated_latest(struct text list, struct text name, int64_t moment)
{
	int64_t latest = MOMENT_NONE, day;
	struct text each, of;
	while (value_list_next(&list, &each))
		if (dated_read(each, &of, &day) && text_equal(of, name) && day <= moment &&
		    day > latest)
			latest = day;
	return latest;
}

/* --- writing ------------------------------------------------------------------ */

static const char *level_write(struct text value, struct buffer *out)
{
	enum event_level level = EVENT_LEVEL_UNKNOWN;
	for (int i = EVENT_LEVEL_UNCLASSIFIED; i <= EVENT_LEVEL_TOP_SECRET; i++)
		if (text_equal_nocase(value, text_of(event_level_name((enum event_level)i))))
			level = (enum event_level)i;
	if (level == EVENT_LEVEL_UNKNOWN)
		level = event_level_of_marking(value);
	if (level == EVENT_LEVEL_UNKNOWN)
		return "is no level";
	buffer_add_string(out, event_level_name(level));
	return NULL;
}

static const char *flag_write(struct text value, struct buffer *out)
{
	if (text_equal_nocase(value, TEXT("yes")) || text_equal_nocase(value, TEXT("true")))
		buffer_add_string(out, "yes");
	else if (text_equal_nocase(value, TEXT("no")) || text_equal_nocase(value, TEXT("false")))
		buffer_add_string(out, "no");
	else if (!text_equal_nocase(value, TEXT("unknown")))
		return "must be yes, no or unknown";
	return NULL;
}

static const char *status_write(struct text value, struct buffer *out)
{
	for (size_t i = 0; i < ARRAY_LENGTH(statuses); i++)
		if (text_equal_nocase(value, text_of(statuses[i]))) {
			buffer_add_string(out, statuses[i]);
			return NULL;
		}
	return "is no status";
}

static const char *list_write(struct text value, bool dated, struct buffer *out)
{
	struct text each, name;
	int64_t day;
	for (size_t i = 0; value_list_next(&value, &each); i++) {
		if (dated && !dated_read(each, &name, &day))
			return "must be NAME=YYYY-MM-DD, separated by semicolons or blanks";
		if (i)
			buffer_add_byte(out, ' ');
		buffer_add_text(out, each);
	}
	return NULL;
}

/* The days of "fri" and "sat-mon" as bits. */
static unsigned days_read(struct text range)
{
	int from = weekday_of(text_split(&range, '-'));
	int to = range.bytes ? weekday_of(range) : from;
	unsigned days = 0;
	if (from < 0 || to < 0)
		return 0;
	for (int day = from;; day = (day + 1) % 7) {
		days |= 1u << day;
		if (day == to)
			return days;
	}
}

static const char *weekdays_write(struct text value, struct buffer *out)
{
	unsigned days = 0;
	struct text each;
	while (value_list_next(&value, &each)) {
		unsigned more = days_read(each);
		if (!more)
			return "is no day of the week; days are mon tue wed thu fri sat sun";
		days |= more;
	}
	for (int day = 0; day < 7; day++)
		if (days >> day & 1) {
			if (days & ((1u << day) - 1))
				buffer_add_byte(out, ' ');
			buffer_add_string(out, weekdays[day]);
		}
	return NULL;
}

static const char *pattern_write(struct text value, struct buffer *out)
{
	struct text plain = value;
	if (text_ends_with(value, TEXT("/**")))
		plain.length -= 3;
	if (text_find_byte(plain, '*') < plain.length)
		return "may have * only as /** at the end";
	buffer_add_text(out, value);
	return NULL;
}

static const char *as_it_is(bool right, const char *wrong, struct text value,
			    struct buffer *out)
{
	if (!right)
		return wrong;
	buffer_add_text(out, value);
	return NULL;
}

const char *value_write(enum roster_type type, struct text value, struct buffer *out)
{
	int64_t number;
	if (value.length == 0)
		return NULL;
	switch (type) {
	case ROSTER_TYPE_LEVEL:
		return level_write(value, out);
	case ROSTER_TYPE_FLAG:
		return flag_write(value, out);
	case ROSTER_TYPE_STATUS:
		return status_write(value, out);
	case ROSTER_TYPE_LIST:
	case ROSTER_TYPE_DATED_LIST:
		return list_write(value, type == ROSTER_TYPE_DATED_LIST, out);
	case ROSTER_TYPE_WEEKDAYS:
		return weekdays_write(value, out);
	case ROSTER_TYPE_PATTERN:
		return pattern_write(value, out);
	case ROSTER_TYPE_DATE:
		return as_it_is(day_read(value, &number), "is no date as YYYY-MM-DD", value, out);
	case ROSTER_TYPE_DATE_OR_NONE:
		return as_it_is(text_equal(value, TEXT("none")) || day_read(value, &number),
				"is neither a date as YYYY-MM-DD nor none", value, out);
	case ROSTER_TYPE_CLOCK:
		return as_it_is(clock_read(value, &number), "is no time of day as HH:MM", value,
				out);
	case ROSTER_TYPE_OFFSET:
		return as_it_is(text_to_i64(value, &number) && number >= -840 && number <= 840,
				"must be a whole number of minutes, -840 to 840", value, out);
	case ROSTER_TYPE_LATITUDE:
		return as_it_is(angle_read(value, 90, &number), "must be degrees, -90 to 90", value,
				out);
	case ROSTER_TYPE_LONGITUDE:
		return as_it_is(angle_read(value, 180, &number), "must be degrees, -180 to 180",
				value, out);
	case ROSTER_TYPE_TEXT:
	case ROSTER_TYPE_COUNT:
		break;
	}
	return as_it_is(true, NULL, value, out);
}

/* --- reading again --------------------------------------------------------------- */

static int64_t level_number(struct text value)
{
	for (int i = EVENT_LEVEL_UNCLASSIFIED; i <= EVENT_LEVEL_TOP_SECRET; i++)
		if (text_equal(value, text_of(event_level_name((enum event_level)i))))
			return i;
	return VALUE_UNKNOWN;
}

static int64_t weekdays_number(struct text value)
{
	unsigned days = 0;
	struct text each;
	while (value_list_next(&value, &each))
		days |= days_read(each);
	return days;
}

int64_t value_number(enum roster_type type, struct text value)
{
	int64_t number = VALUE_UNKNOWN;
	bool known = false;
	if (value.length == 0)
		return type == ROSTER_TYPE_OFFSET ? 0 : VALUE_UNKNOWN;
	switch (type) {
	case ROSTER_TYPE_LEVEL:
		return level_number(value);
	case ROSTER_TYPE_FLAG:
		return text_equal(value, TEXT("yes"));
	case ROSTER_TYPE_WEEKDAYS:
		return weekdays_number(value);
	case ROSTER_TYPE_DATE_OR_NONE:
		if (text_equal(value, TEXT("none")))
			return VALUE_NEVER;
		/* fall through */
	case ROSTER_TYPE_DATE:
		known = day_read(value, &number);
		break;
	case ROSTER_TYPE_CLOCK:
		known = clock_read(value, &number);
		break;
	case ROSTER_TYPE_OFFSET:
		known = text_to_i64(value, &number);
		break;
	default:
		break;
	}
	return known ? number : VALUE_UNKNOWN;
}
