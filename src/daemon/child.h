/* A program that musterd runs: its control channel and what it says. */
#ifndef DAEMON_CHILD_H
#define DAEMON_CHILD_H

#include <sys/types.h>

#include "ipc/ipc.h"

#define CHILD_CONTROL 3                /* the child's end of its control channel */

struct child {
	const char *program;
	pid_t pid;                     /* 0: not running */
	struct ipc_channel *control;
	int words;                     /* its standard error, or -1 */
	struct buffer line;
	unsigned lines;                /* told in this minute */
	int64_t minute;
};

/*
 * Start libexec/program. It has our end of nothing but its control channel,
 * no environment but a path and a locale, ignores the signals that are meant
 * for us, and ends with us. queue_limit: bytes that may wait to be sent.
 */
int child_start(struct child *child, const char *libexec, const char *program,
		enum ipc_process kind, size_t queue_limit, struct err *err) MUST_CHECK;
/* Hand what it said on to the log, so many lines a minute. now: ms. */
void child_relay(struct child *child, int64_t now);
/*
 * It ends now, if it has not already. *ret_how says how it came to its end.
 * True: by a fault of its own, such as a segmentation fault.
 */
#define CHILD_HOW 80
bool child_end(struct child *child, char ret_how[CHILD_HOW]);

#endif
