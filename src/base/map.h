/*
 * A map from text to a pointer or number. Keys are not copied: they must
 * live as long as the map. Values are never removed singly.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/hash.h"

struct map {
	struct map_slot *slots;
	size_t room;       /* power of two, or 0 */
	size_t count;
	uint64_t lengths;  /* bit n: some key is of a length that is n modulo 64 */
	struct hash_key key;
};

union map_value {
	void *pointer;
	uint64_t number;
};

void map_init(struct map *map);
void map_done(struct map *map);
void map_clean(struct map *map);
/* The value of key, or NULL where there is none. Valid until the next add. */
union map_value *map_find(const struct map *map, struct text key);
/*
 * The place of key's value, made (zeroed) where it was missing; *ret_new
 * says which. NULL when out of memory.
 */
union map_value *map_add(struct map *map, struct text key, bool *ret_new);

#endif
