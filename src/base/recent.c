#include "base/base.h"

#include <stdlib.h>

/* The numbers in a ring, and a table of twice its size over it. */
struct recent {
	uint32_t capacity, next, count;
	uint64_t *ring;
	uint32_t *table;           /* place in the ring + 1; 0: free */
};

struct recent *recent_new(uint32_t capacity)
{
	struct recent *recent = calloc(1, sizeof(*recent));

	if (!recent)
		return NULL;
	recent->capacity = capacity;
	recent->ring = calloc(capacity, sizeof(*recent->ring));
	recent->table = calloc((size_t)capacity * 2, sizeof(*recent->table));
	if (recent->ring && recent->table)
		return recent;
	recent_free(recent);
	return NULL;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	free(recent->ring);
	free(recent->table);
	free(recent);
}

void recent_reset(struct recent *recent)
{
	memset(recent->table, 0, (size_t)recent->capacity * 2 * sizeof(*recent->table));
	recent->next = recent->count = 0;
}

static uint32_t mask_of(const struct recent *recent)
{
	return recent->capacity * 2 - 1;
}

static uint32_t home(const struct recent *recent, uint64_t number)
{
	return (uint32_t)(number >> 32) & mask_of(recent);
}

bool recent_has(const struct recent *recent, uint64_t number)
{
	uint32_t mask = mask_of(recent);

	for (uint32_t at = home(recent, number); recent->table[at]; at = (at + 1) & mask)
		if (recent->ring[recent->table[at] - 1] == number)
			return true;
	return false;
}

/* Take the table's entry for a place of the ring out, closing the gap. */
static void forget(struct recent *recent, uint32_t place)
{
	uint32_t mask = mask_of(recent), hole = home(recent, recent->ring[place]);

	while (recent->table[hole] != place + 1)
		hole = (hole + 1) & mask;
	for (uint32_t at = (hole + 1) & mask; recent->table[at]; at = (at + 1) & mask) {
		uint32_t wanted = home(recent, recent->ring[recent->table[at] - 1]);
		if (((at - wanted) & mask) >= ((at - hole) & mask)) {
			recent->table[hole] = recent->table[at];
			hole = at;
		}
	}
	recent->table[hole] = 0;
}

uint32_t recent_add(struct recent *recent, uint64_t number, bool *ret_replaced)
{
	uint32_t mask = mask_of(recent), place = recent->next, at;

	*ret_replaced = recent->count == recent->capacity;
	if (*ret_replaced)
		forget(recent, place);
	else
		recent->count++;
	for (at = home(recent, number); recent->table[at]; at = (at + 1) & mask)
		;
	recent->ring[place] = number;
	recent->table[at] = place + 1;
	recent->next = (place + 1) % recent->capacity;
	return place;
}
