/*
 * child: programs of ours that another one runs, over channels of room ipc:
 * one with what it says (child.c), what readers are told of a standard
 * (lists.c), and readers that judge logs which are evidence already
 * (readers.c). Floor 4: knows no database.
 */
#ifndef CHILD_CHILD_H
#define CHILD_CHILD_H

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
/*
 * Start a program that is no part of this: with our environment, without a
 * control channel; it ends with us. arguments: as for execve().
 */
int child_start_plain(struct child *child, const char *path, const char *const *arguments,
		      struct err *err) MUST_CHECK;
/* It has ended. ret_how: NULL where it ended well, else static words. */
bool child_has_ended(struct child *child, const char **ret_how);

/* Directory of such programs: beside the one that runs, wherever its tree was moved to. */
const char *child_libexec(void);
/*
 * Account that readers run as when root starts them: its number, or 0 where
 * we are not root. ERR_CONFIG where there is none of that name, or it is root.
 */
int child_reader_user(const char *name, unsigned *ret_user, struct err *err) MUST_CHECK;

/* lists.c -------------------------------------------------------------------------- */

/* A standard to a reader: the lists that its rules name, then its bundle. */
int child_tell_standard(struct ipc_channel *reader, struct text bundle,
			struct err *err) MUST_CHECK;

/* readers.c ------------------------------------------------------------------------ */

/*
 * Readers that judge logs again. Whoever runs them is musterd and writer to
 * them; each is in its jail before it sees a contractor's byte.
 */
struct readers;
struct readers_setup {
	const char *libexec;
	size_t count;
	struct ipc_reader_setup reader;
	const struct text *standards;  /* bundles by which they judge */
	size_t standard_count;
};
/* setup and what it points to must live as long as the readers. NULL on failure. */
struct readers *readers_new(const struct readers_setup *setup, struct err *err);
void readers_free(struct readers *readers);    /* NULL is allowed */

/* A log that is to be judged. */
struct readers_log {
	int fd;                        /* at its beginning; the readers close it */
	int64_t bytes;                 /* what it counts in progress */
	struct ipc_reader_batch order;
	struct text zone, roster;      /* of order: TZif bytes, blob; alive until the next call */
};
struct readers_work {
	void *context;
	/* 1: *ret_log is for that reader (0 to count - 1); 0: there are no more. */
	int (*next)(void *context, size_t reader, struct readers_log *ret_log, struct err *err);
	/* What a reader says on its data channel: hostile, as ever. */
	int (*frame)(void *context, size_t reader, const struct ipc_frame *frame, struct err *err);
	/* Of the logs being read, so many bytes are done. */
	void (*progress)(void *context, int64_t bytes);
};
/* Until next has said that there are no more, and those given are judged. */
int readers_run(struct readers *readers, const struct readers_work *work, struct err *err)
	MUST_CHECK;

#endif
