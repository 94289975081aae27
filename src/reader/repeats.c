/*
 * The last RECENT events are remembered exactly, as a ring and a table over
 * it. Everything older than the horizon, the newest moment that has left the
 * ring, is forgotten: an event at or before it may be a repetition.
 */
#include "reader/reader.h"

#include <stdlib.h>

#define RECENT 16384u
#define TABLE (2u * RECENT)

struct repeats {
	uint64_t ring[RECENT];     /* mixed identities; 0: free */
	int64_t times[RECENT];
	uint16_t table[TABLE];     /* place in the ring + 1; 0: free */
	uint32_t next;
	int64_t horizon;
};

_Static_assert(RECENT < UINT16_MAX, "places in the ring fit the table");

struct repeats *repeats_new(void)
{
	struct repeats *repeats = malloc(sizeof(*repeats));

	if (repeats)
		repeats_reset(repeats);
	return repeats;
}

void repeats_free(struct repeats *repeats)
{
	free(repeats);
}

void repeats_reset(struct repeats *repeats)
{
	memset(repeats, 0, sizeof(*repeats));
	repeats->horizon = INT64_MIN;
}

static uint32_t home(uint64_t mixed)
{
	return (uint32_t)(mixed >> 32) & (TABLE - 1);
}

/* Take the table's entry for a place of the ring out, closing the gap. */
static void forget(struct repeats *repeats, uint32_t place)
{
	uint32_t hole = home(repeats->ring[place]);

	while (repeats->table[hole] != place + 1)
		hole = (hole + 1) & (TABLE - 1);
	for (uint32_t at = (hole + 1) & (TABLE - 1); repeats->table[at];
	     at = (at + 1) & (TABLE - 1)) {
		uint32_t wanted = home(repeats->ring[repeats->table[at] - 1]);
		if (((at - wanted) & (TABLE - 1)) >= ((at - hole) & (TABLE - 1))) {
			repeats->table[hole] = repeats->table[at];
			hole = at;
		}
	}
	repeats->table[hole] = 0;
}

bool repeats_note(struct repeats *repeats, int64_t time, uint64_t identity)
{
	uint64_t mixed = (identity ^ (uint64_t)time * 0x9e3779b97f4a7c15u) | 1;
	uint32_t at = home(mixed), place = repeats->next;

	for (; repeats->table[at]; at = (at + 1) & (TABLE - 1))
		if (repeats->ring[repeats->table[at] - 1] == mixed)
			return true;
	if (repeats->ring[place]) {
		if (repeats->times[place] > repeats->horizon)
			repeats->horizon = repeats->times[place];
		forget(repeats, place);
		for (at = home(mixed); repeats->table[at]; at = (at + 1) & (TABLE - 1))
			;
	}
	repeats->ring[place] = mixed;
	repeats->times[place] = time;
	repeats->table[at] = (uint16_t)(place + 1);
	repeats->next = (place + 1) % RECENT;
	return time <= repeats->horizon;
}
