#include "base/base.h"

#define HEADER 44
#define DAY 86400
/* RFC 8536 asks for offsets from -25 to +26 hours, exclusive. */
#define OFFSET_LIMIT (26 * 3600)

struct counts {
	char version;
	uint32_t utc, standard, leap, time, type, letter;
};

static uint32_t be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static const unsigned char *bytes_of(struct text t)
{
	return (const unsigned char *)t.bytes;
}

static bool read_header(struct text t, struct counts *ret)
{
	if (t.length < HEADER || memcmp(t.bytes, "TZif", 4) != 0)
		return false;
	const unsigned char *p = bytes_of(t) + 20;
	*ret = (struct counts){
		.version = t.bytes[4],
		.utc = be32(p),
		.standard = be32(p + 4),
		.leap = be32(p + 8),
		.time = be32(p + 12),
		.type = be32(p + 16),
		.letter = be32(p + 20),
	};
	return true;
}

/* Bytes of the block after a header whose times are width bytes. */
static uint64_t block_size(const struct counts *c, unsigned width)
{
	return (uint64_t)c->time * (width + 1) + (uint64_t)c->type * 6 + c->letter +
	       (uint64_t)c->leap * (width + 4) + c->standard + c->utc;
}

static int64_t transition(const struct zone *zone, uint32_t i)
{
	const unsigned char *p = zone->times + (size_t)i * zone->width;

	return zone->width == 8 ? be64(p) : (int32_t)be32(p);
}

static int32_t type_offset(const struct zone *zone, unsigned type)
{
	return (int32_t)be32(zone->types + (size_t)type * 6);
}

/* Offset in force before transition i; before the first it is type 0. */
static int32_t offset_before(const struct zone *zone, uint32_t i)
{
	return type_offset(zone, i > 0 ? zone->indexes[i - 1] : 0);
}

static bool table_is_sound(const struct zone *zone)
{
	for (uint32_t i = 0; i < zone->type_count; i++)
		if (type_offset(zone, i) <= -OFFSET_LIMIT ||
		    type_offset(zone, i) >= OFFSET_LIMIT)
			return false;
	for (uint32_t i = 0; i < zone->count; i++)
		if (zone->indexes[i] >= zone->type_count ||
		    (i > 0 && transition(zone, i) <= transition(zone, i - 1)))
			return false;
	return true;
}

/* A cursor over a footer: each function takes something off it or fails. */
static bool take(struct text *t, char byte)
{
	if (t->length == 0 || t->bytes[0] != byte)
		return false;
	*t = text_skip(*t, 1);
	return true;
}

static bool take_number(struct text *t, int limit, int *ret)
{
	int number = 0;
	size_t digits = 0;

	for (; digits < t->length && digits < 3 && is_digit(t->bytes[digits]); digits++)
		number = number * 10 + (t->bytes[digits] - '0');
	*t = text_skip(*t, digits);
	*ret = number;
	return digits > 0 && number <= limit;
}

static bool take_name(struct text *t)
{
	size_t length = 0;

	if (take(t, '<')) {
		length = text_find_byte(*t, '>');
		*t = text_skip(*t, length);
		return length >= 3 && take(t, '>');
	}
	while (length < t->length && is_alpha(t->bytes[length]))
		length++;
	*t = text_skip(*t, length);
	return length >= 3;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(struct text *t, int hours_limit, int32_t *ret)
{
	int hours, minutes = 0, seconds = 0;
	int sign = take(t, '-') ? -1 : 1;

	if (sign > 0)
		(void)take(t, '+');
	if (!take_number(t, hours_limit, &hours))
		return false;
	if (take(t, ':')) {
		if (!take_number(t, 59, &minutes))
			return false;
		if (take(t, ':') && !take_number(t, 59, &seconds))
			return false;
	}
	*ret = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool take_change(struct text *t, struct zone_change *ret)
{
	*ret = (struct zone_change){ .kind = ZONE_DAY, .time = 2 * 3600 };
	if (!take(t, ','))
		return false;
	if (take(t, 'M')) {
		ret->kind = ZONE_WEEKDAY;
		if (!take_number(t, 12, &ret->month) || ret->month < 1 || !take(t, '.') ||
		    !take_number(t, 5, &ret->week) || ret->week < 1 || !take(t, '.') ||
		    !take_number(t, 6, &ret->day))
			return false;
	} else if (take(t, 'J')) {
		ret->kind = ZONE_JULIAN;
		if (!take_number(t, 365, &ret->day) || ret->day < 1)
			return false;
	} else if (!take_number(t, 365, &ret->day)) {
		return false;
	}
	return !take(t, '/') || take_time(t, 167, &ret->time);
}

/* POSIX counts offsets west of UTC. */
static bool read_rule(struct text t, struct zone_rule *ret)
{
	*ret = (struct zone_rule){ 0 };
	if (!take_name(&t) || !take_time(&t, 24, &ret->standard))
		return false;
	ret->standard = -ret->standard;
	if (t.length == 0)
		return true;
	ret->saves = true;
	ret->saving = ret->standard + 3600;
	if (!take_name(&t))
		return false;
	if (t.length > 0 && t.bytes[0] != ',') {
		if (!take_time(&t, 24, &ret->saving))
			return false;
		ret->saving = -ret->saving;
	}
	return take_change(&t, &ret->begin) && take_change(&t, &ret->end) &&
	       t.length == 0;
}

static bool read_footer(struct text t, struct zone *ret)
{
	if (!take(&t, '\n'))
		return false;
	size_t length = text_find_byte(t, '\n');
	if (length == t.length)
		return false;
	ret->has_rule = length > 0;
	return length == 0 || read_rule(text_head(t, length), &ret->rule);
}

int zone_read(struct text tzif, struct zone *ret, struct err *err)
{
	struct counts counts;
	unsigned width = 4;

	*ret = (struct zone){ 0 };
	if (!read_header(tzif, &counts))
		return err_set(err, ERR_SYNTAX, "not a TZif file");
	tzif = text_skip(tzif, HEADER);
	if (counts.version >= '2') {
		uint64_t old = block_size(&counts, 4);
		width = 8;
		if (old > tzif.length ||
		    !read_header(text_skip(tzif, (size_t)old), &counts))
			return err_set(err, ERR_SYNTAX, "a TZif file that is cut off");
		tzif = text_skip(tzif, (size_t)old + HEADER);
	}
	uint64_t size = block_size(&counts, width);
	if (size > tzif.length || counts.type == 0 || counts.type > 256)
		return err_set(err, ERR_SYNTAX,
			       "a TZif file that is cut off, or without types");
	*ret = (struct zone){
		.times = bytes_of(tzif),
		.indexes = bytes_of(tzif) + (size_t)counts.time * width,
		.types = bytes_of(tzif) + (size_t)counts.time * (width + 1),
		.count = counts.time,
		.type_count = counts.type,
		.width = width,
	};
	if (!table_is_sound(ret))
		return err_set(err, ERR_SYNTAX, "a TZif file with an inconsistent table");
	if (width == 8 && !read_footer(text_skip(tzif, (size_t)size), ret))
		return err_set(err, ERR_SYNTAX,
			       "a TZif file with a footer that is no rule");
	return 0;
}

/* Midnight of the day of a change, in seconds of local time. */
static int64_t change_day(const struct zone_change *change, int year)
{
	int64_t new_year = calendar_days(year, 1, 1);

	if (change->kind == ZONE_DAY)
		return (new_year + change->day) * DAY;
	if (change->kind == ZONE_JULIAN)
		return (new_year + change->day - 1 +
			(change->day >= 60 && calendar_date_exists(year, 2, 29))) * DAY;
	int64_t first = calendar_days(year, change->month, 1);
	int64_t weekday = ((first + 4) % 7 + 7) % 7;  /* 1970-01-01 was a Thursday */
	int64_t day = (change->day - weekday + 7) % 7 + (change->week - 1) * 7;
	while (!calendar_date_exists(year, change->month, (int)day + 1))
		day -= 7;
	return (first + day) * DAY;
}

/* The rule's offset for a local time: that of the last change it has passed. */
static int32_t rule_offset(const struct zone_rule *rule, int64_t local)
{
	int32_t high = rule->saving > rule->standard ? rule->saving : rule->standard;
	int64_t last = INT64_MIN;
	int32_t offset = rule->standard;
	int year = calendar_civil(local * MICROSECONDS).year;

	if (!rule->saves)
		return offset;
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t begin =
			change_day(&rule->begin, y) + rule->begin.time - rule->standard;
		int64_t end = change_day(&rule->end, y) + rule->end.time - rule->saving;
		if (begin + high <= local && begin >= last) {
			last = begin;
			offset = rule->saving;
		}
		if (end + high <= local && end >= last) {
			last = end;
			offset = rule->standard;
		}
	}
	return offset;
}

/*
 * A change takes effect on local clocks once they have passed it by both
 * offsets: what they show twice or never still counts by the old one.
 */
static bool passed(const struct zone *zone, uint32_t i, int64_t local)
{
	int32_t before = offset_before(zone, i);
	int32_t after = type_offset(zone, zone->indexes[i]);

	return transition(zone, i) <= local - (before > after ? before : after);
}

static int32_t offset_of(const struct zone *zone, int64_t local)
{
	uint32_t low = 0, high = zone->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (transition(zone, middle) <= local + OFFSET_LIMIT)
			low = middle + 1;
		else
			high = middle;
	}
	while (low > 0 && !passed(zone, low - 1, local))
		low--;
	if (low == zone->count && zone->has_rule)
		return rule_offset(&zone->rule, local);
	return offset_before(zone, low);
}

static int64_t whole_seconds(int64_t moment)
{
	return moment / MICROSECONDS - (moment % MICROSECONDS < 0);
}

int64_t zone_to_utc(const struct zone *zone, int64_t local)
{
	return local - offset_of(zone, whole_seconds(local)) * MICROSECONDS;
}

/* No clock is set back by more than that. */
#define SET_BACK_MOST (3 * 3600 * MICROSECONDS)

int64_t zone_to_utc_last(const struct zone *zone, int64_t local)
{
	int64_t first = zone_to_utc(zone, local), behind = first + SET_BACK_MOST;
	int64_t last = local - (zone_to_local(zone, behind) - behind);

	return last > first && zone_to_local(zone, last) == local ? last : first;
}

/* The rule's offset at a moment: that of the last change before it. */
static int32_t rule_offset_at(const struct zone_rule *rule, int64_t seconds)
{
	int64_t last = INT64_MIN;
	int32_t offset = rule->standard;
	int year = calendar_civil(seconds * MICROSECONDS).year;

	for (int y = year - 1; rule->saves && y <= year + 1; y++) {
		int64_t begin =
			change_day(&rule->begin, y) + rule->begin.time - rule->standard;
		int64_t end = change_day(&rule->end, y) + rule->end.time - rule->saving;
		if (begin <= seconds && begin >= last) {
			last = begin;
			offset = rule->saving;
		}
		if (end <= seconds && end >= last) {
			last = end;
			offset = rule->standard;
		}
	}
	return offset;
}

int64_t zone_to_local(const struct zone *zone, int64_t moment)
{
	int64_t seconds = whole_seconds(moment);
	uint32_t low = 0, high = zone->count;
	int32_t offset;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (transition(zone, middle) <= seconds)
			low = middle + 1;
		else
			high = middle;
	}
	offset = low == zone->count && zone->has_rule ? rule_offset_at(&zone->rule, seconds)
						      : offset_before(zone, low);
	return moment + offset * MICROSECONDS;
}
