/*
 * A text is bytes that somebody else owns: a pointer and a length, not
 * terminated. The bytes may hold anything unless said otherwise.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attribute.h"

struct text {
	const char *bytes;
	size_t length;
};

#define TEXT_NONE ((struct text){ NULL, 0 })
#define TEXT(literal) ((struct text){ literal, sizeof(literal) - 1 })
/* For printf: "%.*s", TEXT_PRINT(text). */
#define TEXT_PRINT(t) (int)(t).length, (t).bytes ? (t).bytes : ""

static inline struct text text_of(const char *string)
{
	return (struct text){ string, string ? strlen(string) : 0 };
}

static inline struct text text_between(const char *from, const char *to)
{
	return (struct text){ from, (size_t)(to - from) };
}

static inline bool text_equal(struct text a, struct text b)
{
	return a.length == b.length &&
	       (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

/* ASCII letters compare equal in either case; other bytes as they are. */
bool text_equal_nocase(struct text a, struct text b);
bool text_starts_with(struct text t, struct text prefix);
bool text_ends_with(struct text t, struct text suffix);
/* Compare byte for byte: below, equal to or above 0. */
int text_compare(struct text a, struct text b);

/* First place of byte, or of the needle, in t; t.length where there is none. */
size_t text_find_byte(struct text t, char byte);
size_t text_find(struct text t, struct text needle);

/* t without the first n bytes (all of it where n is larger). */
static inline struct text text_skip(struct text t, size_t n)
{
	if (n > t.length)
		n = t.length;
	return (struct text){ t.bytes ? t.bytes + n : NULL, t.length - n };
}

static inline struct text text_head(struct text t, size_t n)
{
	return (struct text){ t.bytes, n < t.length ? n : t.length };
}

/* Cut spaces, tabs, CR and LF at both ends. */
struct text text_trim(struct text t);

/*
 * Take everything before the next separator off *rest and return it; at the
 * end of the text *rest becomes TEXT_NONE and the remainder is returned.
 */
struct text text_split(struct text *rest, char separator);

/* ASCII classes, the same in every locale and for every sign of char. */
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
static inline bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
static inline bool is_alpha(char c) { return is_lower(c) || is_upper(c); }
static inline bool is_alnum(char c) { return is_alpha(c) || is_digit(c); }
static inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline char to_lower(char c) { return is_upper(c) ? (char)(c + 32) : c; }
static inline int hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * Whole-text decimal numbers: digits only (a leading '-' for the signed),
 * no spaces, no '+', no overflow. True and *ret_number on success.
 */
bool text_to_u64(struct text t, uint64_t *ret_number) MUST_CHECK;
bool text_to_i64(struct text t, int64_t *ret_number) MUST_CHECK;
/*
 * A decimal number, "-77.0365", in whole millionths; further digits are cut
 * off. Not more than a million million either way.
 */
bool text_to_millionths(struct text t, int64_t *ret_millionths) MUST_CHECK;

/*
 * Length of the longest valid UTF-8 prefix (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF); t.length where all of it is valid.
 */
size_t text_utf8_valid(struct text t);

#endif
