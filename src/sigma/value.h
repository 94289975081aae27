/*
 * One value of an event, and what is asked of it: folded, as a number, as an
 * address. Each is made when it is first asked for.
 */
#ifndef SIGMA_VALUE_H
#define SIGMA_VALUE_H

#include "sigma/set.h"

#define VALUE_PADDING 8 /* readable bytes on either side of a folded text */

struct value {
	uint32_t epoch;	       /* the matcher's: when it was set */
	uint8_t kind;	       /* enum event_field_kind */
	uint8_t digits_length; /* digits: of a whole number written as 4625.0 */
	uint8_t number_known, address_known; /* enum known, of value.c */
	bool is_folded;
	struct text raw, folded;
	char digits[24];
	double number;
	struct address address;
};

/*
 * raw must live as long as the value is asked. folded: raw.length bytes for
 * its lower case, and VALUE_PADDING on either side.
 */
void value_set(struct value *value, struct text raw, uint8_t kind, char *folded);

/* What value_folded() does where it has not been done. */
void value_fold(struct value *value);
static inline struct text value_folded(struct value *value)
{
	if (!value->is_folded)
		value_fold(value);
	return value->folded;
}
/* As the atom wants its texts compared. */
static inline struct text value_as(const struct atom *atom, struct value *value)
{
	return atom->cased ? value->raw : value_folded(value);
}
/* Then number, or address, is set. */
bool value_is_number(struct value *value);
bool value_is_address(struct value *value);

/* kind: ATOM_EXACT to ATOM_CONTAINS. */
bool value_text_test(enum atom_kind kind, struct text literal, struct text t);
/* Is an atom that is about single values true of this one? */
bool value_test(struct value *value, const struct atom *atom, struct regex_work *work);

#endif
