/*
 * What an atom implies: weaker atoms that the index can find, all of which
 * are true wherever it is. They are its witnesses, and the doorkeepers of
 * what is dear to test.
 */
#include "sigma/fold.h"
#include "sigma/index.h"

#define IMPLIED_LIMIT 8
#define SHORTEST_RUN 3

static bool is_plain_text(const struct atom *atom)
{
	return atom->kind >= ATOM_EXACT && atom->kind <= ATOM_CONTAINS;
}

bool atom_is_findable(const struct sigma_set *set, const struct atom *atom)
{
	if (atom_is_joined(set, atom))
		return false;
	if (atom->kind == ATOM_EXISTS)
		return atom->field != FIELD_ANY;
	if (atom->kind == ATOM_NULL) /* of every event, or of one of its parts */
		return set->fields[atom->field].normalised >= 0;
	if (atom->kind == ATOM_CIDR || atom->kind == ATOM_EXACT)
		return !atom->cased;
	return is_plain_text(atom) && !atom->cased &&
	       atom->literal.length >= SHORTEST_RUN;
}

/* Texts that are in every value an atom is true of; -1: memory. */
static int runs_of(struct arena *scratch, const struct atom *atom, struct text *runs)
{
	size_t count = 0, at = 0, length;
	if (is_plain_text(atom)) {
		runs[count++] = atom->literal;
	} else if (atom->kind == ATOM_PATTERN) {
		while (count < IMPLIED_LIMIT &&
		       pattern_next_run(atom->pattern, &at, &length)) {
			struct pattern run = {atom->pattern.units + at, length};
			runs[count] = pattern_literal(scratch, run);
			if (!runs[count++].bytes)
				return -1;
			at += length;
		}
	} else if (atom->kind == ATOM_REGEX) {
		char *room = arena_get(scratch, atom->literal.length + 1);
		if (!room)
			return -1;
		count = regex_required_runs(atom->literal, atom->regex_flags, room, runs,
					    IMPLIED_LIMIT);
	}
	return (int)count;
}

static bool imply(struct sigma_set *set, uint32_t number, const struct atom *weaker)
{
	uint32_t implied = set_atom(set, weaker);
	if (implied == SIGMA_NONE)
		return false;
	struct atom *atom = &set->atoms[number]; /* set_atom() may have moved it */
	for (uint32_t i = 0; i < atom->implied_count; i++)
		if (atom->implied[i] == implied)
			return true;
	atom->implied[atom->implied_count++] = implied;
	return true;
}

bool atom_find_implied(struct sigma_set *set, struct arena *scratch, uint32_t number)
{
	struct atom atom = set->atoms[number];
	struct text runs[IMPLIED_LIMIT];
	if (atom.implied || atom_is_findable(set, &atom) ||
	    atom_is_joined(set, &atom) || atom.kind == ATOM_NULL)
		return true;
	atom.implied = arena_get_many(set->arena, IMPLIED_LIMIT + 1, sizeof(uint32_t));
	set->atoms[number].implied = atom.implied;
	int count = atom.implied ? runs_of(scratch, &atom, runs) : -1;
	for (int i = 0; i < count; i++) {
		struct atom weaker = {.kind = is_plain_text(&atom) ? atom.kind
								   : ATOM_CONTAINS,
				      .field = atom.field,
				      .literal = {arena_get(scratch, runs[i].length + 8),
						  runs[i].length}};
		if (runs[i].length < SHORTEST_RUN && weaker.kind != ATOM_EXACT)
			continue;
		if (!weaker.literal.bytes)
			return false;
		fold(runs[i], (char *)weaker.literal.bytes);
		if (!imply(set, number, &weaker))
			return false;
	}
	struct atom there = {.kind = ATOM_EXISTS, .field = atom.field};
	return count >= 0 && (atom.field == FIELD_ANY || imply(set, number, &there));
}
