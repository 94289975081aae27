/*
 * Names of fields as numbers: an open-addressing table. Entries come from
 * rules, so only looking up meets a contractor's bytes, and a look-up
 * walks at most one cluster of a table that is never more than half full.
 */
#include "event/event.h"

#define NAMES_LIMIT (1u << 20)

struct slot {
	uint32_t hash;
	uint32_t name; /* number + 1; 0: empty */
};

struct event_names {
	struct slot *slots;
	uint32_t room; /* of slots, a power of two */
	struct text *texts;
	uint32_t count, texts_room;
};

/* Length, first and last eight bytes: names of fields differ there. */
static uint32_t name_hash(struct text name)
{
	uint64_t first = 0, last = 0;
	size_t n = name.length;
	if (n >= 8) {
		memcpy(&first, name.bytes, 8);
		memcpy(&last, name.bytes + n - 8, 8);
	} else {
		for (size_t i = 0; i < n; i++)
			first = first << 8 | (unsigned char)name.bytes[i];
	}
	uint64_t h = (first ^ n) * 0x9E3779B97F4A7C15u;
	h = ((h ^ h >> 29) + last) * 0xBF58476D1CE4E5B9u;
	return (uint32_t)(h >> 32);
}

struct event_names *event_names_new(void)
{
	struct event_names *names = calloc(1, sizeof(*names));
	if (!names)
		return NULL;
	names->room = 64;
	names->slots = calloc(names->room, sizeof(*names->slots));
	if (!names->slots) {
		free(names);
		return NULL;
	}
	return names;
}

void event_names_free(struct event_names *names)
{
	if (!names)
		return;
	for (uint32_t i = 0; i < names->count; i++)
		free((void *)(uintptr_t)names->texts[i].bytes);
	free(names->texts);
	free(names->slots);
	free(names);
}

static uint32_t slot_find(const struct event_names *names, struct text name,
			  uint32_t hash)
{
	uint32_t i = hash & (names->room - 1);
	while (names->slots[i].name) {
		if (names->slots[i].hash == hash &&
		    text_equal(names->texts[names->slots[i].name - 1], name))
			break;
		i = (i + 1) & (names->room - 1);
	}
	return i;
}

static bool slots_grow(struct event_names *names)
{
	struct event_names wider = *names;
	wider.room = names->room * 2;
	wider.slots = calloc(wider.room, sizeof(*wider.slots));
	if (!wider.slots)
		return false;
	for (uint32_t i = 0; i < names->room; i++) {
		struct slot slot = names->slots[i];
		if (slot.name)
			wider.slots[slot_find(&wider, names->texts[slot.name - 1],
					      slot.hash)] = slot;
	}
	free(names->slots);
	*names = wider;
	return true;
}

static bool texts_grow(struct event_names *names)
{
	uint32_t room = names->texts_room ? names->texts_room * 2 : 32;
	struct text *texts = realloc(names->texts, room * sizeof(*texts));
	if (!texts)
		return false;
	names->texts = texts;
	names->texts_room = room;
	return true;
}

uint32_t event_names_find(const struct event_names *names, struct text name)
{
	uint32_t found = names->slots[slot_find(names, name, name_hash(name))].name;
	return found ? found - 1 : EVENT_NAME_NONE;
}

uint32_t event_names_intern(struct event_names *names, struct text name)
{
	uint32_t number = event_names_find(names, name);
	if (number != EVENT_NAME_NONE)
		return number;
	if (names->count == NAMES_LIMIT)
		return EVENT_NAME_NONE;
	if ((names->count + 1) * 2 > names->room && !slots_grow(names))
		return EVENT_NAME_NONE;
	if (names->count == names->texts_room && !texts_grow(names))
		return EVENT_NAME_NONE;
	char *copy = malloc(name.length + 1);
	if (!copy)
		return EVENT_NAME_NONE;
	if (name.length)
		memcpy(copy, name.bytes, name.length);
	copy[name.length] = '\0';

	uint32_t hash = name_hash(name);
	number = names->count++;
	names->texts[number] = (struct text){copy, name.length};
	names->slots[slot_find(names, name, hash)] = (struct slot){hash, number + 1};
	return number;
}

uint32_t event_names_count(const struct event_names *names)
{
	return names->count;
}

struct text event_names_text(const struct event_names *names, uint32_t name)
{
	return name < names->count ? names->texts[name] : TEXT_NONE;
}
