/*
 * The last so many events are remembered exactly. Everything older than the
 * horizon, the newest moment that has been forgotten, is out of sight: an
 * event at or before it may be a repetition.
 */
#include "reader/reader.h"

#include <stdlib.h>

#define REMEMBERED 16384u

struct repeats {
	struct recent *recent;
	int64_t times[REMEMBERED]; /* by their places there */
	int64_t horizon;
};

struct repeats *repeats_new(void)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));

	if (repeats)
		repeats->recent = recent_new(REMEMBERED);
	if (repeats && repeats->recent) {
		repeats->horizon = INT64_MIN;
		return repeats;
	}
	repeats_free(repeats);
	return NULL;
}

void repeats_free(struct repeats *repeats)
{
	if (repeats)
		recent_free(repeats->recent);
	free(repeats);
}

void repeats_reset(struct repeats *repeats)
{
	recent_reset(repeats->recent);
	repeats->horizon = INT64_MIN;
}

bool repeats_note(struct repeats *repeats, int64_t time, uint64_t identity)
{
	uint64_t mixed = identity ^ (uint64_t)time * 0x9e3779b97f4a7c15u;
	bool replaced;

	if (recent_has(repeats->recent, mixed))
		return true;
	uint32_t place = recent_add(repeats->recent, mixed, &replaced);
	if (replaced && repeats->times[place] > repeats->horizon)
		repeats->horizon = repeats->times[place];
	repeats->times[place] = time;
	return time <= repeats->horizon;
}
