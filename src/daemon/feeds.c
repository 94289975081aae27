/*
 * A look at what time has brought: who is silent, what is missing, what has
 * lapsed. At the latest after a while, however much waits: what waits is told,
 * so that time in which musterd did not run, or had much to do, is held
 * against nobody who delivered in it.
 */
#include "daemon/parts.h"

#include <time.h>

static bool can_look(struct daemon *daemon)
{
	const struct supervisor *supervisor = &daemon->supervisor;

	return !daemon->options->once && !daemon->feeds.asked && supervisor->writer_ready &&
	       !supervisor->writer_failed && !supervisor->refreshing && !daemon->stopping;
}

void feeds_look(struct daemon *daemon)
{
	CLEAN(buffer) struct buffer waiting;
	struct ipc_feeds feeds;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	feeds.now = now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
	buffer_init(&waiting, (IPC_WAITING_MOST + 1) * sizeof(struct ipc_waiting));
	intake_tell_waiting(daemon, &waiting);
	daemon->feeds.next = daemon_now() + daemon->config.daemon_look_interval * 1000;
	daemon->feeds.asked = supervisor_tell_writer(daemon, IPC_WRITER_FEEDS, TEXT_OF_STRUCT(feeds),
						     buffer_text(&waiting));
}

void feeds_turn(struct daemon *daemon)
{
	if (can_look(daemon) && daemon->feeds.next <= daemon_now())
		feeds_look(daemon);
}

int64_t feeds_next(struct daemon *daemon)
{
	return can_look(daemon) ? daemon->feeds.next : INT64_MAX;
}

void feeds_done(struct daemon *daemon)
{
	daemon->feeds.asked = false;
	daemon->feeds.looked = true;
}
