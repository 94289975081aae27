#include "reader/reader.h"

#include <stdlib.h>

/* Sets of the identities told, the latest first; what falls out is told again. */
#define SETS ((size_t)1 << 13)
#define WAYS 4

struct names {
	struct hash_key key;
	uint64_t told[SETS][WAYS];
};

struct names *names_new(const struct hash_key *key)
{
	struct names *names = calloc(1, sizeof(*names));

	if (names)
		names->key = *key;
	return names;
}

void names_free(struct names *names)
{
	free(names);
}

void names_reset(struct names *names)
{
	memset(names->told, 0, sizeof(names->told));
}

static bool was_told(uint64_t set[WAYS], uint64_t id)
{
	for (int way = 0; way < WAYS; way++)
		if (LIKELY(set[way] == id))
			return true;
	memmove(set + 1, set, (WAYS - 1) * sizeof(set[0]));
	set[0] = id;
	return false;
}

uint64_t names_id(struct names *names, struct text value, bool *ret_new)
{
	uint64_t id = hash_text(&names->key, value);

	if (UNLIKELY(id == 0))
		id = 1;
	*ret_new = !was_told(names->told[id % SETS], id);
	return id;
}
