#include "reader/reader.h"

#include <stdlib.h>

/*
 * Sets of the identities told, the latest first, each a line of the cache; what
 * falls out is told again.
 */
#define SETS ((size_t)1 << 12)
#define WAYS 8

struct names {
	_Alignas(64) uint64_t told[SETS][WAYS];
	struct hash_key key;
};

struct names *names_new(const struct hash_key *key)
{
	struct names *names = aligned_alloc(_Alignof(struct names), sizeof(*names));

	if (!names)
		return NULL;
	names_reset(names);
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

uint64_t names_id(const struct names *names, struct text value)
{
	uint64_t id = hash_text(&names->key, value);

	if (UNLIKELY(id == 0))
		id = 1;
	__builtin_prefetch(names->told[id % SETS], 1);
	return id;
}

bool names_tell(struct names *names, uint64_t id)
{
	uint64_t *set = names->told[id % SETS];
	unsigned told = 0;

	/* All of them, since nothing says which it will be. */
	for (int way = 0; way < WAYS; way++)
		told |= set[way] == id;
	if (LIKELY(told))
		return false;
	memmove(set + 1, set, (WAYS - 1) * sizeof(set[0]));
	set[0] = id;
	return true;
}
