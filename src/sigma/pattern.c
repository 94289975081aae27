#include "sigma/pattern.h"

#define SPELLINGS_LIMIT 3125 /* five dashes in one value */

void patterns_add(struct patterns *patterns, struct pattern pattern)
{
	if (patterns->count == patterns->room) {
		size_t room = patterns->room ? patterns->room * 2 : 4;
		struct pattern *list =
			arena_get_many(patterns->arena, room, sizeof(*list));
		if (list) {
			for (size_t i = 0; i < patterns->count; i++)
				list[i] = patterns->list[i];
			patterns->list = list;
			patterns->room = room;
		}
	}
	if (patterns->count == patterns->room || !pattern.units)
		patterns->failed = true;
	else
		patterns->list[patterns->count++] = pattern;
}

static struct pattern pattern_new(struct arena *arena, size_t room)
{
	return (struct pattern){arena_get_many(arena, room + 1, sizeof(uint16_t)), 0};
}

static void put(struct pattern *p, unsigned unit)
{
	p->units[p->length++] = (uint16_t)unit;
}

/*
 * A backslash makes a plain character of "*", "?" and the backslash that
 * follow it; before anything else it stands for itself.
 */
struct pattern pattern_from_sigma(struct arena *arena, struct text t)
{
	struct pattern p = pattern_new(arena, t.length);
	for (size_t i = 0; p.units && i < t.length; i++) {
		unsigned char c = (unsigned char)t.bytes[i];
		char next = i + 1 < t.length ? t.bytes[i + 1] : 'x';
		if (c == '\\' && (next == '*' || next == '?' || next == '\\'))
			put(&p, (unsigned char)t.bytes[++i]);
		else if (c == '*')
			put(&p, UNIT_ANY);
		else if (c == '?')
			put(&p, UNIT_ONE);
		else
			put(&p, c);
	}
	return p;
}

struct pattern pattern_from_literal(struct arena *arena, struct text t)
{
	struct pattern p = pattern_new(arena, t.length);
	for (size_t i = 0; p.units && i < t.length; i++)
		put(&p, (unsigned char)t.bytes[i]);
	return p;
}

static bool has_unit(struct pattern p, unsigned from, unsigned to)
{
	for (size_t i = 0; i < p.length; i++)
		if (p.units[i] >= from && p.units[i] <= to)
			return true;
	return false;
}

bool pattern_has_wildcard(struct pattern p)
{
	return has_unit(p, UNIT_ANY, UNIT_ONE);
}

bool pattern_has_dash(struct pattern p)
{
	return has_unit(p, UNIT_DASH, UNIT_DASH);
}

bool pattern_is_literal(struct pattern p)
{
	return !has_unit(p, UNIT_ANY, UNIT_DASH);
}

struct text pattern_literal(struct arena *arena, struct pattern p)
{
	char *bytes = arena_get(arena, p.length + 1);
	for (size_t i = 0; bytes && i < p.length; i++)
		bytes[i] = (char)p.units[i];
	return (struct text){bytes, p.length};
}

bool pattern_next_run(struct pattern p, size_t *at, size_t *ret_length)
{
	while (*at < p.length && p.units[*at] >= UNIT_ANY)
		++*at;
	*ret_length = 0;
	while (*at + *ret_length < p.length && p.units[*at + *ret_length] < UNIT_ANY)
		++*ret_length;
	return *ret_length > 0;
}

/* Length in units of the dash at p[i], or 0: "-", "/", U+2013, U+2014, U+2015. */
static size_t dash_length(struct pattern p, size_t i)
{
	if (p.units[i] == '-' || p.units[i] == '/')
		return 1;
	if (i + 2 < p.length && p.units[i] == 0xE2 && p.units[i + 1] == 0x80 &&
	    p.units[i + 2] >= 0x93 && p.units[i + 2] <= 0x95)
		return 3;
	return 0;
}

/* A letter, a digit, "_" or a byte of a character outside ASCII. */
static bool is_word(unsigned unit)
{
	return unit < UNIT_ANY && (unit >= 0x80 || unit == '_' || is_alnum((char)unit));
}

void pattern_windash(struct pattern p, struct arena *arena, struct pattern *ret)
{
	bool after_word = false;
	*ret = pattern_new(arena, p.length);
	for (size_t i = 0; ret->units && i < p.length;) {
		size_t dash = dash_length(p, i);
		bool word_follows = i + dash < p.length && is_word(p.units[i + dash]) &&
				    !dash_length(p, i + dash);
		if (dash && !after_word && word_follows) {
			put(ret, UNIT_DASH);
			i += dash;
			after_word = false;
			continue;
		}
		after_word = is_word(p.units[i]) && !dash;
		for (size_t end = i + (dash ? dash : 1); i < end; i++)
			put(ret, p.units[i]);
	}
}

/* The code point at p[*i] of a text in UTF-8; a stray byte counts as itself. */
static unsigned take_code_point(struct pattern p, size_t *i)
{
	unsigned lead = p.units[(*i)++];
	size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
	unsigned c = more ? lead & (0x3Fu >> more) : lead;
	if (*i + more > p.length)
		return lead;
	for (size_t k = 0; k < more; k++)
		c = c << 6 | (p.units[(*i)++] & 0x3Fu);
	return c;
}

static void put_utf16(struct pattern *to, unsigned unit, enum utf16_form form)
{
	unsigned high = unit >> 8 & 0xFF, low = unit & 0xFF;
	put(to, form == UTF16_BIG ? high : low);
	put(to, form == UTF16_BIG ? low : high);
}

struct pattern pattern_utf16(struct arena *arena, struct pattern p, enum utf16_form form)
{
	struct pattern to = pattern_new(arena, p.length * 2 + 2);
	if (!to.units)
		return to;
	if (form == UTF16_MARKED)
		put_utf16(&to, 0xFEFF, UTF16_LITTLE);
	for (size_t i = 0; i < p.length;) {
		if (p.units[i] >= UNIT_ANY) {
			put(&to, p.units[i++]);
			continue;
		}
		unsigned c = take_code_point(p, &i);
		if (c >= 0x10000) {
			put_utf16(&to, 0xD800 + ((c - 0x10000) >> 10), form);
			c = 0xDC00 + ((c - 0x10000) & 0x3FF);
		}
		put_utf16(&to, c, form);
	}
	return to;
}

static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct pattern base64_of(struct arena *arena, struct pattern p, size_t shift)
{
	struct pattern to = pattern_new(arena, (p.length + shift) / 3 * 4 + 4);
	size_t length = p.length + shift;
	for (size_t i = 0; to.units && i < length; i += 3) {
		unsigned group = 0;
		size_t have = length - i < 3 ? length - i : 3;
		for (size_t k = 0; k < 3; k++) {
			unsigned byte = 0;
			if (k < have && i + k >= shift)
				byte = p.units[i + k - shift];
			group = group << 8 | byte;
		}
		for (size_t k = 0; k < 4; k++)
			put(&to,
			    k <= have ? (unsigned char)
						base64_digits[group >> (18 - 6 * k) & 63]
				      : '=');
	}
	return to;
}

struct pattern pattern_base64(struct arena *arena, struct pattern p)
{
	return base64_of(arena, p, 0);
}

struct pattern pattern_base64_shifted(struct arena *arena, struct pattern p, size_t shift)
{
	static const size_t from[] = {0, 2, 3}, back[] = {0, 3, 2};
	struct pattern to = base64_of(arena, p, shift);
	if (!to.units)
		return to;
	size_t end = to.length - back[(p.length + shift) % 3];
	if (end < from[shift])
		end = from[shift];
	return (struct pattern){to.units + from[shift], end - from[shift]};
}

bool pattern_spell_dashes(struct pattern p, struct patterns *ret)
{
	static const char *const spellings[] = {"-", "/", "\xE2\x80\x93", "\xE2\x80\x94",
						"\xE2\x80\x95"};
	size_t ways = 1;
	for (size_t i = 0; i < p.length; i++) {
		if (p.units[i] == UNIT_DASH)
			ways *= ARRAY_LENGTH(spellings);
		if (ways > SPELLINGS_LIMIT)
			return false;
	}
	for (size_t way = 0; way < ways && !ret->failed; way++) {
		struct pattern to = pattern_new(ret->arena, p.length * 3);
		size_t choice = way;
		for (size_t i = 0; to.units && i < p.length; i++) {
			if (p.units[i] != UNIT_DASH) {
				put(&to, p.units[i]);
				continue;
			}
			const char *dash = spellings[choice % ARRAY_LENGTH(spellings)];
			choice /= ARRAY_LENGTH(spellings);
			for (; *dash; dash++)
				put(&to, (unsigned char)*dash);
		}
		patterns_add(ret, to);
	}
	return true;
}

/* How many bytes of t at j the unit takes; 0: it does not match. */
static inline size_t unit_match(unsigned unit, struct text t, size_t j)
{
	unsigned char c = (unsigned char)t.bytes[j];
	size_t n = 1;
	switch (unit) {
	default:
		return c == unit;
	case UNIT_ONE:
		while (j + n < t.length && ((unsigned char)t.bytes[j + n] & 0xC0) == 0x80)
			n++;
		return n;
	case UNIT_DASH:
		if (c == '-' || c == '/')
			return 1;
		return j + 2 < t.length && c == 0xE2 &&
				       (unsigned char)t.bytes[j + 1] == 0x80 &&
				       (unsigned char)t.bytes[j + 2] >= 0x93 &&
				       (unsigned char)t.bytes[j + 2] <= 0x95
			       ? 3
			       : 0;
	}
}

/* Only the last "*" need ever be taken back, so this is at worst length * t.length. */
bool pattern_match(const uint16_t *units, size_t length, struct text t)
{
	size_t i = 0, j = 0, star = SIZE_MAX, mark = 0;
	while (j < t.length) {
		size_t n;
		if (i < length && units[i] == UNIT_ANY) {
			star = i++;
			mark = j;
			if (i == length)
				return true;
		} else if (i < length && (n = unit_match(units[i], t, j))) {
			i++;
			j += n;
		} else if (star == SIZE_MAX) {
			return false;
		} else {
			i = star + 1;
			j = ++mark;
		}
	}
	while (i < length && units[i] == UNIT_ANY)
		i++;
	return i == length;
}
