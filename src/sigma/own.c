/* muster's own fields: which there are, and what some can hold. */
#include "sigma/fold.h"
#include "sigma/set.h"

#define VALUE_LONGEST 32

uint32_t field_read(struct loading *loading, const struct tree *at, struct text name)
{
	uint32_t number = set_field(loading->set, name);
	if (number == SIGMA_NONE) {
		loading_memory(loading);
		return SIGMA_NONE;
	}
	const struct field *field = &loading->set->fields[number];
	if (text_starts_with(name, TEXT("muster.")) && field->normalised < 0 &&
	    field->joined < 0)
		warn(loading, at, "no record has a field '%.*s': muster has none of that name",
		     TEXT_PRINT(name));
	return number;
}

/* What was done, how it ended and what recorded it are of closed lists. */
static bool is_listed(int normalised, struct text value)
{
	enum event_action action;
	enum event_outcome outcome;
	char folded[VALUE_LONGEST + 8];
	if (value.length > VALUE_LONGEST)
		return false;
	fold(value, folded);
	value.bytes = folded;
	if (normalised == EVENT_N_ACTION)
		return event_action_from_name(value, &action);
	if (normalised == EVENT_N_OUTCOME)
		return event_outcome_from_name(value, &outcome);
	for (unsigned i = 0; i < EVENT_SOURCE_COUNT; i++)
		if (text_equal(value,
			       text_of(event_source_describe((enum event_source)i)->name)))
			return true;
	return false;
}

void value_check(struct loading *loading, const struct tree *at, uint32_t number,
		 struct text value)
{
	const struct field *field = &loading->set->fields[number];
	if (field->normalised != EVENT_N_ACTION && field->normalised != EVENT_N_OUTCOME &&
	    field->normalised != EVENT_N_SOURCE)
		return;
	for (size_t i = 0; i < value.length; i++)
		if (memchr("*?\\", value.bytes[i], 3))
			return;
	if (!is_listed(field->normalised, value))
		warn(loading, at, "no record has '%.*s' for %.*s", TEXT_PRINT(value),
		     TEXT_PRINT(field->name));
}
