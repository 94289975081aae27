/*
 * A look at the feeds: who is silent, what is missing. Only when nothing
 * waits to be taken, so that time in which musterd did not run is held
 * against nobody who delivered in it.
 */
#include "daemon/parts.h"

#include <time.h>

#define EVERY 60000                    /* ms */

static bool is_idle(struct daemon *daemon)
{
	const struct supervisor *supervisor = &daemon->supervisor;

	return supervisor->writer_ready && !supervisor->writer_failed && !supervisor->refreshing &&
	       !daemon->stopping && !work_count(daemon) && !intake_waiting(daemon) &&
	       !intake_paused(daemon);
}

void feeds_look(struct daemon *daemon)
{
	struct ipc_feeds feeds;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	feeds.now = now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
	daemon->feeds.next = daemon_now() + EVERY;
	daemon->feeds.asked = supervisor_tell_writer(daemon, IPC_WRITER_FEEDS, TEXT_OF_STRUCT(feeds),
						     TEXT_NONE);
}

void feeds_turn(struct daemon *daemon)
{
	if (daemon->options->once || daemon->feeds.asked || daemon->feeds.next > daemon_now() ||
	    !is_idle(daemon))
		return;
	/* What came in this moment is taken first. */
	intake_look_again(daemon);
	work_take(daemon);
	if (is_idle(daemon))
		feeds_look(daemon);
}

int64_t feeds_next(struct daemon *daemon)
{
	return daemon->options->once || daemon->feeds.asked || !is_idle(daemon) ? INT64_MAX
										: daemon->feeds.next;
}

void feeds_done(struct daemon *daemon)
{
	daemon->feeds.asked = false;
	daemon->feeds.looked = true;
}
