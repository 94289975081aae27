/*
 * The last so many events are remembered exactly. Everything older than the
 * horizon, the newest moment that has been forgotten, is out of sight: an
 * event at or before it may be a repetition.
 *
 * While a log is in order, a repetition can only be among the latest events,
 * those of the same moment; so they are noted in a plain ring, and the table
 * is filled from it when the first event comes out of order.
 */
#include "reader/reader.h"

#include <stdlib.h>

#define REMEMBERED 16384u
#define AT_ONE_MOMENT 64u          /* more than that are left to the table */

struct noted {
	int64_t time;
	uint64_t mixed;
};

struct repeats {
	struct recent *recent;
	bool in_order;
	uint64_t count;            /* noted in order */
	struct noted ring[REMEMBERED];
	int64_t times[REMEMBERED]; /* by their places in recent */
	int64_t horizon;
};

struct repeats *repeats_new(void)
{
	struct repeats *repeats = calloc(1, sizeof(*repeats));

	if (repeats)
		repeats->recent = recent_new(REMEMBERED);
	if (repeats && repeats->recent) {
		repeats_reset(repeats);
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
	repeats->in_order = true;
	repeats->count = 0;
	repeats->horizon = INT64_MIN;
}

static void remember(struct repeats *repeats, int64_t time, uint64_t mixed)
{
	bool replaced;
	uint32_t place = recent_add(repeats->recent, mixed, &replaced);

	if (replaced && repeats->times[place] > repeats->horizon)
		repeats->horizon = repeats->times[place];
	repeats->times[place] = time;
}

static void leave_order(struct repeats *repeats)
{
	/* One less than the ring holds, so that what is forgotten last is there. */
	uint64_t from = repeats->count >= REMEMBERED ? repeats->count - REMEMBERED + 1 : 0;

	repeats->in_order = false;
	if (from)
		repeats->horizon = repeats->ring[(from - 1) % REMEMBERED].time;
	for (uint64_t i = from; i < repeats->count; i++) {
		const struct noted *noted = &repeats->ring[i % REMEMBERED];
		remember(repeats, noted->time, noted->mixed);
	}
}

/* 1: a repetition; 0: noted as new; -1: this log is not that simple. */
static int note_in_order(struct repeats *repeats, int64_t time, uint64_t mixed)
{
	uint64_t back = 1;

	for (; back <= repeats->count && back <= AT_ONE_MOMENT; back++) {
		const struct noted *noted = &repeats->ring[(repeats->count - back) % REMEMBERED];
		if (noted->time > time)
			return -1;
		if (noted->time < time)
			break;
		if (noted->mixed == mixed)
			return 1;
	}
	if (back > AT_ONE_MOMENT)
		return -1;
	repeats->ring[repeats->count++ % REMEMBERED] = (struct noted){ time, mixed };
	return 0;
}

bool repeats_note(struct repeats *repeats, int64_t time, uint64_t identity)
{
	uint64_t mixed = identity ^ (uint64_t)time * 0x9e3779b97f4a7c15u;

	if (LIKELY(repeats->in_order)) {
		int noted = note_in_order(repeats, time, mixed);
		if (LIKELY(noted >= 0))
			return noted > 0;
		leave_order(repeats);
	}
	if (recent_has(repeats->recent, mixed))
		return true;
	remember(repeats, time, mixed);
	return time <= repeats->horizon;
}
