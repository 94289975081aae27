/* The kinds of reference data, from roster.def. */
#include "roster/roster.h"

#define KIND(identifier, name, meaning) \
	static const struct roster_column identifier##_columns[] = {
#define COLUMN(kind, identifier, name, type, presence, meaning) \
	{name, ROSTER_TYPE_##type, ROSTER_##presence, meaning},
#define END(kind) };
#include "roster/roster.def"
#undef KIND
#undef COLUMN
#undef END

static const struct roster_kind_description kinds[] = {
#define KIND(identifier, name, meaning) \
	[ROSTER_##identifier] = {name, meaning, identifier##_columns, \
				 ARRAY_LENGTH(identifier##_columns)},
#define COLUMN(kind, identifier, name, type, presence, meaning)
#define END(kind)
#include "roster/roster.def"
#undef KIND
#undef COLUMN
#undef END
};

#define KIND(identifier, name, meaning) \
	_Static_assert((int)ROSTER_##identifier##_COLUMNS <= (int)ROSTER_COLUMNS_MOST, name);
#define COLUMN(kind, identifier, name, type, presence, meaning)
#define END(kind)
#include "roster/roster.def"
#undef KIND
#undef COLUMN
#undef END

static const struct {
	const char *name, *meaning;
} types[] = {
#define TYPE(identifier, name, meaning) [ROSTER_TYPE_##identifier] = {name, meaning},
#include "roster/types.def"
#undef TYPE
};

const struct roster_kind_description *roster_kind_describe(enum roster_kind kind)
{
	return (size_t)kind < ARRAY_LENGTH(kinds) ? &kinds[kind] : NULL;
}

bool roster_kind_from_name(struct text name, enum roster_kind *ret_kind)
{
	for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
		if (text_equal(name, text_of(kinds[i].name))) {
			*ret_kind = (enum roster_kind)i;
			return true;
		}
	return false;
}

const char *roster_type_name(enum roster_type type)
{
	return (size_t)type < ARRAY_LENGTH(types) ? types[type].name : NULL;
}

const char *roster_type_meaning(enum roster_type type)
{
	return (size_t)type < ARRAY_LENGTH(types) ? types[type].meaning : NULL;
}

void roster_key_add(enum roster_kind kind, const struct text *fields, struct buffer *out)
{
	const struct roster_kind_description *d = &kinds[kind];
	for (size_t i = 0; i < d->column_count && d->columns[i].presence == ROSTER_KEY; i++) {
		if (i)
			buffer_add_byte(out, '\x1f');
		buffer_add_text(out, fields[i]);
	}
}
