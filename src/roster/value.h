/* Values of the roster's types: checked and written in one way, and read again. */
#ifndef ROSTER_VALUE_H
#define ROSTER_VALUE_H

#include "roster/roster.h"

/*
 * Write a value as its type is written. NULL where it is right, else what is
 * wrong with it. Empty values are right: the caller knows what may be empty.
 */
const char *value_write(enum roster_type type, struct text value, struct buffer *out);

/* What a written value comes to as a number: */
#define VALUE_UNKNOWN INT64_MIN
#define VALUE_NEVER INT64_MAX      /* DATE_OR_NONE: none */
/*
 * LEVEL: enum event_level; FLAG: 0 or 1; DATE, DATE_OR_NONE: the day's first
 * moment; CLOCK: minutes from midnight; WEEKDAYS: bit 0 is Monday; OFFSET:
 * minutes. VALUE_UNKNOWN for an empty value and for texts.
 */
int64_t value_number(enum roster_type type, struct text value);

/* "2026-03-01" or a moment of RFC 3339. */
bool value_moment(struct text value, int64_t *ret_moment);
/* The next element of a written list; false at its end. */
bool value_list_next(struct text *rest, struct text *ret_element);
bool value_list_has(struct text list, struct text element);
/* Latest day, not after moment, that a dated list gives for a name; or MOMENT_NONE. */
int64_t value_dated_latest(struct text list, struct text name, int64_t moment);

#endif
