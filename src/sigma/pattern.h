/*
 * A value of a rule as a row of units: bytes, wildcards and dashes. The
 * modifiers that encode work on such rows.
 */
#ifndef SIGMA_PATTERN_H
#define SIGMA_PATTERN_H

#include "base/base.h"

enum { UNIT_ANY = 256, UNIT_ONE, UNIT_DASH };

struct pattern {
	uint16_t *units;
	size_t length;
};

/* Patterns that one value became; grows in the arena. */
struct patterns {
	struct arena *arena;
	struct pattern *list;
	size_t count, room;
	bool failed;               /* out of memory */
};
void patterns_add(struct patterns *patterns, struct pattern pattern);

/* A text as Sigma writes it: "*" and "?" are wildcards unless escaped. */
struct pattern pattern_from_sigma(struct arena *arena, struct text t);
/* A text that means itself. */
struct pattern pattern_from_literal(struct arena *arena, struct text t);
bool pattern_has_wildcard(struct pattern p);
bool pattern_has_dash(struct pattern p);
/* Neither wildcard nor dash. */
bool pattern_is_literal(struct pattern p);
/* The bytes of a literal pattern. */
struct text pattern_literal(struct arena *arena, struct pattern p);
/* The first run of bytes in it from *at on, where *at then is; false: none. */
bool pattern_next_run(struct pattern p, size_t *at, size_t *ret_length);

/*
 * windash: a "-", "/" or long dash at the start of a word becomes
 * UNIT_DASH, which matches any of them.
 */
void pattern_windash(struct pattern p, struct arena *arena, struct pattern *ret);

enum utf16_form { UTF16_LITTLE, UTF16_BIG, UTF16_MARKED };
/* All of these give units NULL when out of memory. p has no dashes. */
struct pattern pattern_utf16(struct arena *arena, struct pattern p, enum utf16_form form);
struct pattern pattern_base64(struct arena *arena, struct pattern p);
/* shift 0, 1 or 2: the characters that do not depend on neighbours. */
struct pattern pattern_base64_shifted(struct arena *arena, struct pattern p, size_t shift);
/* Every way to write the dashes; false where there are too many. */
bool pattern_spell_dashes(struct pattern p, struct patterns *ret);

/* Does the whole of t match? Bytes compare as they are. */
bool pattern_match(const uint16_t *units, size_t length, struct text t);

#endif
