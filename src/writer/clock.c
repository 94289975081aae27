/*
 * The clock itself. The kernel counts how long the machine has run, also while
 * it slept, and nobody sets that: where the time of day parts from it, the
 * clock was moved. NTP that slews moves both alike. Where it should be is kept
 * in the books, so that musterd need not run for this to be seen.
 */
#include "writer/writer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>

static int64_t microseconds(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * MICROSECONDS + time.tv_nsec / 1000;
}

void clock_prepare(struct writer *writer)
{
	CLEAN(fd) int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	/* 36 characters; without them each start of musterd is like one of the machine. */
	if (fd < 0 || file_read_fully(fd, writer->clock.boot, 36) <= 0)
		writer->clock.boot[0] = '\0';
}

/* Alarm, and keep it until it can be recorded; of too many, the last go together. */
static void moved(struct clock *clock, const char *kind, int64_t expected, int64_t shown)
{
	char old_time[CALENDAR_TEXT], new_time[CALENDAR_TEXT];
	struct clock_move *move = &clock->moves[clock->move_count];

	log_error("ALARM: %s from %s to %s, a step of %+.3f s; see musterd(8)",
		  strcmp(kind, "database") == 0 ? "the database's clock has parted from this one," :
		  strcmp(kind, "behind") == 0	? "the clock is behind the books," :
						  "the clock was moved",
		  calendar_to_rfc3339(expected, old_time), calendar_to_rfc3339(shown, new_time),
		  (double)(shown - expected) / MICROSECONDS);
	if (clock->move_count < ARRAY_LENGTH(clock->moves)) {
		*move = (struct clock_move){ kind, expected, shown };
		clock->move_count++;
	} else {
		move[-1].shown = shown;
	}
}

static void watch(struct clock *clock)
{
	int64_t expected = clock->offset + microseconds(CLOCK_BOOTTIME);
	int64_t shown = microseconds(CLOCK_REALTIME);

	if (llabs(shown - expected) <= clock->bound)
		return;
	moved(clock, "set", expected, shown);
	clock->offset += shown - expected;
}

static int see(struct writer *writer, struct err *err)
{
	struct store_clock_seen seen = { .running = microseconds(CLOCK_BOOTTIME) };

	seen.at = writer->clock.offset + seen.running;
	memcpy(seen.boot, writer->clock.boot, sizeof(seen.boot));
	return store_clock_see(writer->pg, &seen, err);
}

/* What was noticed goes into the books, once, with where the clock is now. */
static int record(struct writer *writer, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	struct clock *clock = &writer->clock;

	if (!clock->move_count)
		return 0;
	int done = pg_begin(writer->pg, &transaction, err);
	for (size_t i = 0; done == 0 && i < clock->move_count; i++) {
		const struct clock_move *move = &clock->moves[i];
		struct store_clock_step step = { .kind = move->kind,
						 .expected = move->expected,
						 .shown = move->shown,
						 .bound = clock->bound };
		done = store_clock_step_record(writer->pg, &step, err);
	}
	if (done == 0)
		done = see(writer, err);
	if (done < 0)
		return done;
	clock->move_count = 0;
	return pg_commit(&transaction, err);
}

int clock_begin(struct writer *writer, uint32_t bound, struct err *err)
{
	struct clock *clock = &writer->clock;
	int64_t running = microseconds(CLOCK_BOOTTIME), now = microseconds(CLOCK_REALTIME), latest;
	struct store_clock_seen seen;
	int done = store_clock_seen_read(writer->pg, &seen, &latest, &clock->apart, err);

	if (done < 0)
		return done;
	clock->bound = bound * MICROSECONDS;
	clock->begun = true;
	clock->offset = now - running;
	/* The machine has run on since: what its clock should show is known. */
	if (seen.at != MOMENT_NONE && *seen.boot && strcmp(seen.boot, clock->boot) == 0 &&
	    running >= seen.running)
		clock->offset = seen.at - seen.running;
	else if (latest != MOMENT_NONE && now < latest - clock->bound)
		moved(clock, "behind", latest, now);
	watch(clock);
	done = record(writer, err);
	return done < 0 ? done : see(writer, err);
}

int clock_turn(struct writer *writer, struct err *err)
{
	if (!writer->clock.begun)
		return 0;
	watch(&writer->clock);
	return writer->stage == STAGE_WAITING ? record(writer, err) : 0;
}

/* The database's clock, read between two readings of ours. */
static int compare(struct writer *writer, struct err *err)
{
	struct clock *clock = &writer->clock;
	int64_t before = microseconds(CLOCK_BOOTTIME), theirs;
	bool held;
	int done = store_clock_now(writer->pg, &theirs, &held, err);
	int64_t half = (microseconds(CLOCK_BOOTTIME) - before) / 2;

	/* A step of ours since is told as such, and leaves nothing to compare. */
	watch(clock);
	if (done < 0 || clock->move_count)
		return done;
	int64_t expected = clock->offset + before + half + clock->apart;
	if (llabs(theirs - expected) <= clock->bound + half)
		return 0;
	moved(clock, "database", expected, theirs);
	clock->apart += theirs - expected;
	return 0;
}

int clock_has_moved(struct writer *writer, bool *ret_moved, struct err *err)
{
	int done = writer->clock.begun ? compare(writer, err) : 0;

	*ret_moved = writer->clock.move_count > 0;
	return done;
}

int clock_is_held(struct writer *writer, bool *ret_held, struct err *err)
{
	struct clock *clock = &writer->clock;
	int64_t now;
	int done = clock->begun ? compare(writer, err) : 0;

	if (done == 0)
		done = record(writer, err);
	if (done == 0)
		done = store_clock_now(writer->pg, &now, ret_held, err);
	if (done < 0)
		return done;
	if (*ret_held && !clock->held)
		log_error("nothing lapses, nobody is silent and no letter leaves until the step of the clock is taken back, or acknowledged with muster status --acknowledge");
	else if (!*ret_held && clock->held)
		log_info("time counts again: the step of the clock was acknowledged or taken back");
	clock->held = *ret_held;
	return 0;
}

int clock_keep(struct writer *writer, struct err *err)
{
	return writer->clock.begun ? see(writer, err) : 0;
}
