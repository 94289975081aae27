#include "sigma/value.h"

#include "sigma/fold.h"
#include "sigma/number.h"

enum known { UNKNOWN, THERE, NOT_THERE };

void value_set(struct value *value, struct text raw, uint8_t kind, char *folded)
{
	value->kind = kind;
	value->raw = raw;
	value->folded = (struct text){folded, raw.length};
	value->is_folded = false;
	value->digits_length = 0;
	value->number_known = value->address_known = UNKNOWN;
	if (kind == EVENT_FIELD_NUMBER)
		value->digits_length = (uint8_t)number_plain_digits(raw, value->digits);
}

void value_fold(struct value *value)
{
	fold(value->raw, (char *)value->folded.bytes);
	value->is_folded = true;
}

bool value_is_number(struct value *value)
{
	if (value->number_known == UNKNOWN)
		value->number_known =
			number_read(value->raw, &value->number) ? THERE : NOT_THERE;
	return value->number_known == THERE;
}

bool value_is_address(struct value *value)
{
	if (value->address_known == UNKNOWN)
		value->address_known =
			address_read(value->raw, &value->address) ? THERE : NOT_THERE;
	return value->address_known == THERE;
}

bool value_text_test(enum atom_kind kind, struct text literal, struct text t)
{
	switch (kind) {
	case ATOM_EXACT:
		return text_equal(literal, t);
	case ATOM_PREFIX:
		return text_starts_with(t, literal);
	case ATOM_SUFFIX:
		return text_ends_with(t, literal);
	default:
		return literal.length == 0 ||
		       (literal.length <= t.length &&
			memmem(t.bytes, t.length, literal.bytes, literal.length));
	}
}

bool value_test(struct value *value, const struct atom *atom, struct regex_work *work)
{
	double part;
	switch ((enum atom_kind)atom->kind) {
	case ATOM_EXACT:
		if (value->digits_length &&
		    text_equal(atom->literal,
			       (struct text){value->digits, value->digits_length}))
			return true;
		/* fall through */
	case ATOM_PREFIX:
	case ATOM_SUFFIX:
	case ATOM_CONTAINS:
		return value_text_test((enum atom_kind)atom->kind, atom->literal,
				       value_as(atom, value));
	case ATOM_PATTERN:
		return pattern_match(atom->pattern.units, atom->pattern.length,
				     value_as(atom, value));
	case ATOM_COMPARE:
		return value_is_number(value) &&
		       number_compare(value->number, (enum comparison)atom->comparison,
				      atom->real);
	case ATOM_TIME:
		return time_part_read(value->raw, (enum time_part)atom->time_part,
				      &part) &&
		       number_compare(part, (enum comparison)atom->comparison,
				      atom->real);
	case ATOM_CIDR:
		return value_is_address(value) &&
		       network_contains(&atom->network, &value->address);
	case ATOM_REGEX:
		return regex_search(atom->regex, work, value->raw);
	case ATOM_EXISTS:
	case ATOM_NULL:
	case ATOM_REFERENCE:
		break; /* not about one value */
	}
	return false;
}
