#include "base/base.h"

#include <stdlib.h>
#include <sys/random.h>

struct map_slot {
	struct text key;           /* bytes NULL: free */
	uint64_t hash;
	union map_value value;
};

void map_init(struct map *map)
{
	uint64_t random[2];

	/* Without a random key the map still works, only less defended. */
	if (getrandom(random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random[0] = random[1] = (uintptr_t)map;
	*map = (struct map){ .key = { random[0], random[1] } };
}

void map_done(struct map *map)
{
	free(map->slots);
	*map = (struct map){ 0 };
}

void map_clean(struct map *map)
{
	map_done(map);
}

static struct map_slot *slot_of(const struct map *map, struct text key, uint64_t hash)
{
	size_t mask = map->room - 1;

	for (size_t at = hash & mask;; at = (at + 1) & mask) {
		struct map_slot *slot = &map->slots[at];
		if (!slot->key.bytes || (slot->hash == hash && text_equal(slot->key, key)))
			return slot;
	}
}

union map_value *map_find(const struct map *map, struct text key)
{
	/* Without a look at the key where none is as long. */
	if (!(map->lengths >> (key.length % 64) & 1))
		return NULL;
	struct map_slot *slot = slot_of(map, key, hash_text(&map->key, key));
	return slot->key.bytes ? &slot->value : NULL;
}

static bool grow(struct map *map)
{
	size_t room = map->room ? map->room * 2 : 32;
	struct map_slot *slots = calloc(room, sizeof(*slots)), *old = map->slots;
	size_t old_room = map->room;

	if (!slots)
		return false;
	map->slots = slots;
	map->room = room;
	for (size_t i = 0; i < old_room; i++)
		if (old[i].key.bytes)
			*slot_of(map, old[i].key, old[i].hash) = old[i];
	free(old);
	return true;
}

union map_value *map_add(struct map *map, struct text key, bool *ret_new)
{
	if (!key.bytes)
		key.bytes = "";
	if (map->count * 4 >= map->room * 3 && !grow(map))
		return NULL;
	uint64_t hash = hash_text(&map->key, key);
	struct map_slot *slot = slot_of(map, key, hash);
	*ret_new = !slot->key.bytes;
	if (*ret_new) {
		slot->key = key;
		slot->hash = hash;
		map->lengths |= (uint64_t)1 << (key.length % 64);
		map->count++;
	}
	return &slot->value;
}
