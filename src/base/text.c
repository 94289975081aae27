#include "base/base.h"

bool text_equal_nocase(struct text a, struct text b)
{
	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		if (to_lower(a.bytes[i]) != to_lower(b.bytes[i]))
			return false;
	return true;
}

bool text_starts_with(struct text t, struct text prefix)
{
	return t.length >= prefix.length && text_equal(text_head(t, prefix.length), prefix);
}

bool text_ends_with(struct text t, struct text suffix)
{
	return t.length >= suffix.length &&
	       text_equal(text_skip(t, t.length - suffix.length), suffix);
}

int text_compare(struct text a, struct text b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int order = shorter ? memcmp(a.bytes, b.bytes, shorter) : 0;

	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

size_t text_find_byte(struct text t, char byte)
{
	const char *found = t.length ? memchr(t.bytes, byte, t.length) : NULL;

	return found ? (size_t)(found - t.bytes) : t.length;
}

size_t text_find(struct text t, struct text needle)
{
	const char *found;

	if (needle.length == 0)
		return 0;
	if (t.length == 0)
		return 0;
	found = memmem(t.bytes, t.length, needle.bytes, needle.length);
	return found ? (size_t)(found - t.bytes) : t.length;
}

struct text text_trim(struct text t)
{
	while (t.length && is_space(t.bytes[0]))
		t = text_skip(t, 1);
	while (t.length && is_space(t.bytes[t.length - 1]))
		t.length--;
	return t;
}

struct text text_split(struct text *rest, char separator)
{
	size_t at = text_find_byte(*rest, separator);
	struct text part = text_head(*rest, at);

	*rest = at < rest->length ? text_skip(*rest, at + 1) : TEXT_NONE;
	return part;
}

bool text_to_u64(struct text t, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (t.length == 0)
		return false;
	for (size_t i = 0; i < t.length; i++) {
		if (!is_digit(t.bytes[i]))
			return false;
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(t.bytes[i] - '0'), &number))
			return false;
	}
	*ret_number = number;
	return true;
}

bool text_to_i64(struct text t, int64_t *ret_number)
{
	bool negative = t.length && t.bytes[0] == '-';
	uint64_t size;

	if (!text_to_u64(text_skip(t, negative), &size))
		return false;
	if (size > (uint64_t)INT64_MAX + negative)
		return false;
	*ret_number = negative ? (int64_t)(0 - size) : (int64_t)size;
	return true;
}

#define MILLIONTHS_MOST 1000000000000000000LL

bool text_to_millionths(struct text t, int64_t *ret_millionths)
{
	bool negative = t.length && t.bytes[0] == '-';
	int64_t sum = 0, unit = 1000000;
	struct text fraction = text_skip(t, negative), whole = text_split(&fraction, '.');

	if (whole.length + fraction.length == 0)
		return false;
	for (size_t i = 0; i < whole.length; i++) {
		if (!is_digit(whole.bytes[i]) || sum > MILLIONTHS_MOST / 10)
			return false;
		sum = sum * 10 + (whole.bytes[i] - '0') * unit;
	}
	for (size_t i = 0; i < fraction.length; i++) {
		if (!is_digit(fraction.bytes[i]))
			return false;
		unit /= 10;
		sum += (fraction.bytes[i] - '0') * unit;
	}
	if (sum > MILLIONTHS_MOST)
		return false;
	*ret_millionths = negative ? -sum : sum;
	return true;
}

/* Length of the valid sequence at p, or 0. */
static size_t utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char first = p[0], low = 0x80, high = 0xbf;
	size_t need;

	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf) {
		need = 2;
	} else if (first >= 0xe0 && first <= 0xef) {
		need = 3;
		if (first == 0xe0)
			low = 0xa0;
		if (first == 0xed)
			high = 0x9f;
	} else if (first >= 0xf0 && first <= 0xf4) {
		need = 4;
		if (first == 0xf0)
			low = 0x90;
		if (first == 0xf4)
			high = 0x8f;
	} else {
		return 0;
	}
	if (left < need || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return need;
}

size_t text_utf8_valid(struct text t)
{
	const unsigned char *p = (const unsigned char *)t.bytes;
	size_t at = 0;

	while (at < t.length) {
		uint64_t eight;
		if (t.length - at >= sizeof(eight)) {
			memcpy(&eight, p + at, sizeof(eight));
			if (!(eight & 0x8080808080808080u)) {
				at += sizeof(eight);
				continue;
			}
		}
		size_t step = utf8_sequence(p + at, t.length - at);
		if (step == 0)
			break;
		at += step;
	}
	return at;
}
