/* Fields, atoms and expressions: each distinct one is there once. */
#include "sigma/set.h"

static bool room_for_one_more(void **list, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return true;
	uint32_t wider = *room ? *room * 2 : 64;
	void *moved = realloc(*list, wider * size);
	if (!moved)
		return false;
	*list = moved;
	*room = wider;
	return true;
}

static int normalised_of(struct text name)
{
	for (int i = 0; i < EVENT_N_COUNT; i++) {
		const struct event_normalised_description *d =
			event_normalised_describe((enum event_normalised)i);
		if (text_equal(name, text_of(d->name)))
			return i;
	}
	return -1;
}

static int joined_of(struct text name)
{
	for (int i = 0; i < EVENT_J_COUNT; i++)
		if (text_equal(name, text_of(event_joined_describe((enum event_joined)i)->name)))
			return i;
	return -1;
}

uint32_t set_field(struct sigma_set *set, struct text name)
{
	for (uint32_t i = 0; i < set->field_count; i++)
		if (text_equal(set->fields[i].name, name))
			return i;
	void *fields = set->fields;
	if (!room_for_one_more(&fields, set->field_count, &set->field_room,
			       sizeof(*set->fields)))
		return SIGMA_NONE;
	set->fields = fields;
	struct field *field = &set->fields[set->field_count];
	*field = (struct field){.number = EVENT_NAME_NONE, .exists = SIGMA_NONE, .missing = SIGMA_NONE};
	field->name = arena_text(set->arena, name);
	field->normalised = normalised_of(name);
	field->joined = joined_of(name);
	field->dotted = text_find_byte(name, '.') < name.length;
	if (!field->name.bytes)
		return SIGMA_NONE;
	if (name.length && field->normalised < 0 && field->joined < 0) {
		field->number = event_names_intern(set->names, name);
		if (field->number == EVENT_NAME_NONE)
			return SIGMA_NONE;
	}
	return set->field_count++;
}

/* All that tells an atom from another, in bytes. */
static void key_write(struct buffer *key, const struct atom *atom)
{
	buffer_add_byte(key, (char)atom->kind);
	buffer_add_byte(key, (char)atom->cased);
	buffer_add_byte(key, (char)atom->comparison);
	buffer_add_byte(key, (char)atom->time_part);
	buffer_add_byte(key, (char)atom->regex_flags);
	buffer_add_be32(key, atom->field);
	buffer_add_be32(key, atom->other);
	buffer_add(key, &atom->real, sizeof(atom->real));
	buffer_add(key, &atom->network, sizeof(atom->network));
	buffer_add_text(key, atom->literal);
	if (atom->pattern.length)
		buffer_add(key, atom->pattern.units,
			   atom->pattern.length * sizeof(*atom->pattern.units));
}

static bool atom_copy(struct sigma_set *set, const struct atom *like, struct atom *atom)
{
	*atom = *like;
	atom->literal = arena_text(set->arena, like->literal);
	if (!atom->literal.bytes)
		return false;
	if (!like->pattern.units)
		return true;
	size_t size = like->pattern.length * sizeof(uint16_t);
	atom->pattern.units = arena_get(set->arena, size + 1);
	if (atom->pattern.units && size)
		memcpy(atom->pattern.units, like->pattern.units, size);
	return atom->pattern.units != NULL;
}

uint32_t set_atom(struct sigma_set *set, const struct atom *like)
{
	CLEAN(buffer) struct buffer key;
	buffer_init(&key, 1u << 24);
	key_write(&key, like);
	if (key.failed)
		return SIGMA_NONE;
	union map_value *known = map_find(&set->atom_by_key, buffer_text(&key));
	if (known)
		return (uint32_t)known->number;

	void *atoms = set->atoms;
	if (!room_for_one_more(&atoms, set->atom_count, &set->atom_room,
			       sizeof(*set->atoms)))
		return SIGMA_NONE;
	set->atoms = atoms;
	struct text kept = arena_text(set->arena, buffer_text(&key));
	bool new;
	if (!kept.bytes || !atom_copy(set, like, &set->atoms[set->atom_count]))
		return SIGMA_NONE;
	known = map_add(&set->atom_by_key, kept, &new);
	if (!known)
		return SIGMA_NONE;
	known->number = set->atom_count;
	return set->atom_count++;
}

struct expression *expression_atom(struct sigma_set *set, const struct atom *like)
{
	uint32_t atom = set_atom(set, like);
	if (atom == SIGMA_NONE)
		return NULL;
	struct expression *e = arena_get(set->arena, sizeof(*e));
	if (e) {
		e->kind = EXPRESSION_ATOM;
		e->atom = atom;
	}
	return e;
}

struct expression *expression_new(struct sigma_set *set, enum expression_kind kind,
				  struct expression **children, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!children[i])
			return NULL;
	if (count == 1 && (kind == EXPRESSION_AND || kind == EXPRESSION_OR))
		return children[0];
	struct expression *e = arena_get(set->arena, sizeof(*e));
	if (!e)
		return NULL;
	e->kind = kind;
	e->count = (uint32_t)count;
	e->children = arena_get_many(set->arena, count + 1, sizeof(*e->children));
	if (!e->children)
		return NULL;
	for (size_t i = 0; i < count; i++)
		e->children[i] = children[i];
	return e;
}

struct expression *expression_not(struct sigma_set *set, struct expression *child)
{
	if (child && child->kind == EXPRESSION_NOT)
		return child->children[0];
	return expression_new(set, EXPRESSION_NOT, &child, 1);
}
