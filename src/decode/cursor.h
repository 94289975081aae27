/* Taking a text apart from either end, for the formats that are no JSON. */
#ifndef DECODE_CURSOR_H
#define DECODE_CURSOR_H

#include "base/base.h"

/* Take prefix off *t. False, and *t as it was, where it does not stand there. */
static inline bool take_prefix(struct text *t, struct text prefix)
{
	if (!text_starts_with(*t, prefix))
		return false;
	*t = text_skip(*t, prefix.length);
	return true;
}

static inline bool take_byte(struct text *t, char byte)
{
	if (t->length == 0 || t->bytes[0] != byte)
		return false;
	*t = text_skip(*t, 1);
	return true;
}

/* The same at the end. */
static inline bool cut_suffix(struct text *t, struct text suffix)
{
	if (!text_ends_with(*t, suffix))
		return false;
	t->length -= suffix.length;
	return true;
}

/*
 * Take what stands before mark, and mark, off *t. Where there is none: false,
 * *ret is all of *t, and *t as it was.
 */
static inline bool take_until(struct text *t, struct text mark, struct text *ret)
{
	size_t at = text_find(*t, mark);

	*ret = text_head(*t, at);
	if (at == t->length)
		return false;
	*t = text_skip(*t, at + mark.length);
	return true;
}

/* How many digits t begins with. */
static inline size_t count_digits(struct text t)
{
	size_t n = 0;

	while (n < t.length && is_digit(t.bytes[n]))
		n++;
	return n;
}

/* Last place of needle in t; t.length where there is none. */
static inline size_t find_last(struct text t, struct text needle)
{
	for (size_t at = t.length; at-- > 0;)
		if (text_starts_with(text_skip(t, at), needle))
			return at;
	return t.length;
}

#endif
