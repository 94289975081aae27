/* The right side of a comparison: a word, as the kind of its field reads it. */
#ifndef FILTER_VALUE_H
#define FILTER_VALUE_H

#include "filter/filter.h"

/*
 * word: without its quotes; quoted: it had some, and so is never one of the
 * words with a meaning. False where the field does not take it.
 */
bool filter_value_read(struct filter_comparison *compare, struct text word, bool quoted,
		       const struct filter_words *meaning, struct arena *arena) MUST_CHECK;
/* What its kind takes, for a message; NULL where it is only the choices. */
const char *filter_value_allowed(enum filter_field field);
/* The words that a field takes, or NULL. *ret_first: the rank of the first. */
const char *const *filter_choices(enum filter_field field, const struct filter_words *meaning,
				  int64_t *ret_first);

#endif
