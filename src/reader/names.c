/*
 * Most values have been seen a moment ago. They are found again by their
 * bytes, in a table that costs less than the keyed hash; only what is not
 * there is hashed. That table is a shortcut: whoever fills it with clashing
 * values slows down the own log, and changes nothing else.
 */
#include "reader/reader.h"

#include <stdlib.h>

#define RECENT 2048u
#define RECENT_LONGEST 55u
/* Sets of the identities told, the latest first. */
#define SETS ((size_t)1 << 13)
#define WAYS 4

struct recent {
	uint64_t id;               /* 0: free */
	uint8_t length;
	char bytes[RECENT_LONGEST];
};
_Static_assert(sizeof(struct recent) == 64, "one line of the cache each");

struct names {
	struct hash_key key;
	uint64_t told[SETS][WAYS];
	struct recent recent[RECENT];
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
	memset(names->recent, 0, sizeof(names->recent));
}

/* First and last bytes say most about a name. */
static size_t recent_place(struct text value)
{
	uint64_t first = 0, last = 0;

	if (LIKELY(value.length >= 8)) {
		memcpy(&first, value.bytes, 8);
		memcpy(&last, value.bytes + value.length - 8, 8);
	} else {
		memcpy(&first, value.bytes, value.length);
	}
	uint64_t mixed = (first ^ (last << 23 | last >> 41) ^ value.length) * 0x9e3779b97f4a7c15u;
	return (size_t)(mixed >> 40) % RECENT;
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
	struct recent *recent = NULL;

	if (value.length <= RECENT_LONGEST) {
		recent = &names->recent[recent_place(value)];
		if (LIKELY(recent->id && recent->length == value.length &&
			   memcmp(recent->bytes, value.bytes, value.length) == 0)) {
			*ret_new = false;
			return recent->id;
		}
	}
	uint64_t id = hash_text(&names->key, value);
	if (UNLIKELY(id == 0))
		id = 1;
	*ret_new = !was_told(names->told[id % SETS], id);
	if (recent) {
		recent->id = id;
		recent->length = (uint8_t)value.length;
		memcpy(recent->bytes, value.bytes, value.length);
	}
	return id;
}
