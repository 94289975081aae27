/* Readers that judge logs which are evidence already. */
#include "child/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define QUEUE ((size_t)256 << 20)      /* every standard may wait in it */
#define ROSTERS_MOST ((size_t)128 << 20) /* bytes that one reader is told */
#define TICK 200                       /* ms between two looks at progress */

struct judge {
	struct child child;
	struct ipc_channel *data;
	bool ready;                    /* in the jail */
	bool busy;
	int fd;                        /* of the log, or -1 */
	int64_t bytes, size;           /* of the log: what it counts, and its file's */
	uint64_t batch;
	int32_t contractor_id;         /* whose roster it was told last, */
	int64_t roster;                /* and which version */
	size_t roster_bytes;           /* of all that it was told */
};

struct readers {
	const struct readers_setup *setup;
	struct judge *judges;
	struct pollfd *polls;          /* control, words and data of each */
	bool exhausted;
};

/* Starting and ending ---------------------------------------------------------------- */

static int instruct(const struct readers_setup *setup, struct judge *judge, struct err *err)
{
	const struct text reader = { (const char *)&setup->reader, sizeof(setup->reader) };
	int pair[2];
	int failed = ipc_pair(pair, err);

	if (failed)
		return failed;
	CLEAN(fd) int ours = pair[0], theirs = pair[1];
	if (fcntl(ours, F_SETFL, O_NONBLOCK) < 0)
		return err_system(err, "fcntl");
	judge->data = ipc_channel_new(fd_take(&ours), IPC_WRITER, IPC_READER, 0, err);
	if (!judge->data)
		return -(int)ERR_MEMORY;
	failed = ipc_send(judge->child.control, IPC_READER_SETUP, reader, TEXT_NONE, theirs, err);
	for (size_t i = 0; i < setup->standard_count && !failed; i++)
		failed = child_tell_standard(judge->child.control, setup->standards[i], err);
	return failed ? failed :
			ipc_send(judge->child.control, IPC_READER_JAIL, TEXT_NONE, TEXT_NONE, -1,
				 err);
}

static int start(const struct readers_setup *setup, struct judge *judge, struct err *err)
{
	int failed;

	*judge = (struct judge){ .fd = -1 };
	failed = child_start(&judge->child, setup->libexec, "muster-reader", IPC_READER, QUEUE,
			     err);
	return failed ? failed : instruct(setup, judge, err);
}

static void end(struct judge *judge, char ret_how[CHILD_HOW])
{
	/* At once, so that it does not complain of channels that are closed. */
	if (judge->child.pid)
		kill(judge->child.pid, SIGKILL);
	child_end(&judge->child, ret_how);
	ipc_channel_free(judge->data);
	judge->data = NULL;
	fd_clean(&judge->fd);
}

struct readers *readers_new(const struct readers_setup *setup, struct err *err)
{
	struct readers *readers = calloc(1, sizeof(*readers));

	if (readers) {
		readers->setup = setup;
		readers->judges = calloc(setup->count, sizeof(*readers->judges));
		readers->polls = calloc(3 * setup->count, sizeof(*readers->polls));
	}
	if (!readers || !readers->judges || !readers->polls) {
		err_set(err, ERR_MEMORY, "no memory for readers");
		readers_free(readers);
		return NULL;
	}
	for (size_t i = 0; i < setup->count; i++)
		readers->judges[i].fd = -1;
	for (size_t i = 0; i < setup->count; i++) {
		if (start(setup, &readers->judges[i], err) < 0) {
			readers_free(readers);
			return NULL;
		}
	}
	return readers;
}

void readers_free(struct readers *readers)
{
	char how[CHILD_HOW];

	if (!readers)
		return;
	for (size_t i = 0; readers->judges && i < readers->setup->count; i++)
		end(&readers->judges[i], how);
	free(readers->judges);
	free(readers->polls);
	free(readers);
}

/* Giving ----------------------------------------------------------------------------- */

static int give_roster(struct judge *judge, const struct readers_log *log, struct err *err)
{
	struct ipc_roster head = { .contractor_id = log->order.contractor_id,
				   .version = log->order.roster,
				   .size = log->roster.length };
	int sent = 0;

	if (!head.version ||
	    (judge->contractor_id == head.contractor_id && judge->roster == head.version))
		return 0;
	do {
		struct text piece = text_head(text_skip(log->roster, head.offset), IPC_ROSTER_PIECE);
		sent = ipc_send(judge->child.control, IPC_READER_ROSTER,
				(struct text){ (const char *)&head, sizeof(head) }, piece, -1, err);
		head.offset += piece.length;
	} while (sent == 0 && head.offset < head.size);
	judge->contractor_id = head.contractor_id;
	judge->roster = head.version;
	judge->roster_bytes += log->roster.length;
	return sent;
}

static int give(struct readers *readers, size_t place, const struct readers_work *work,
		struct err *err)
{
	struct judge *judge = &readers->judges[place];
	struct readers_log log = { .fd = -1 };
	struct stat stat;
	int more = work->next(work->context, place, &log, err);

	if (more <= 0) {
		readers->exhausted = more == 0;
		return more;
	}
	judge->fd = log.fd;
	judge->bytes = log.bytes;
	judge->size = fstat(log.fd, &stat) == 0 ? stat.st_size : 0;
	judge->batch = log.order.batch;
	judge->busy = true;
	log.order.zone_length = (uint32_t)log.zone.length;
	log.order.judge_only = 1;
	int failed = give_roster(judge, &log, err);
	return failed ? failed :
			ipc_send(judge->child.control, IPC_READER_BATCH,
				 (struct text){ (const char *)&log.order, sizeof(log.order) },
				 log.zone, log.fd, err);
}

/* Hearing ---------------------------------------------------------------------------- */

static int hear_control(struct judge *judge, struct err *err)
{
	struct ipc_frame frame;
	int got;

	while ((got = ipc_receive(judge->child.control, &frame, err)) > 0)
		judge->ready |= frame.message == IPC_READER_READY;
	return got < 0 ? got : ipc_flush(judge->child.control, err);
}

/* A reader that has been told too many rosters gives way to a new one. */
static int finish(struct readers *readers, struct judge *judge, struct err *err)
{
	char how[CHILD_HOW];

	judge->busy = false;
	fd_clean(&judge->fd);
	if (judge->roster_bytes <= ROSTERS_MOST)
		return 0;
	end(judge, how);
	return start(readers->setup, judge, err);
}

/* As many frames as have come, but not for ever: others have some too. */
static int hear_data(struct readers *readers, size_t place, const struct readers_work *work,
		     struct err *err)
{
	struct judge *judge = &readers->judges[place];
	struct ipc_frame frame;

	for (int i = 0; i < 64; i++) {
		int got = ipc_receive(judge->data, &frame, err);
		if (got <= 0)
			return got;
		if (frame.message != IPC_DATA_RULES && !judge->busy)
			return err_set(err, ERR_PROTOCOL, "a reader says what it was not asked");
		got = work->frame(work->context, place, &frame, err);
		if (got < 0)
			return got;
		if (frame.message == IPC_DATA_END || frame.message == IPC_DATA_FAIL)
			return finish(readers, judge, err);
	}
	return 0;
}

/* What it died of says more than the broken channel. */
static int blame(struct judge *judge, int failed, struct err *err)
{
	char how[CHILD_HOW];
	uint64_t batch = judge->batch;

	if (failed >= 0 || err->code != ERR_SYSTEM || err->number != EPIPE)
		return failed;
	bool busy = judge->busy;
	end(judge, how);
	return busy ? err_set(err, ERR_SYSTEM, "%s while it judged batch %llu", how,
			      (unsigned long long)batch) :
		      err_set(err, ERR_SYSTEM, "%s", how);
}

static int hear(struct readers *readers, const struct readers_work *work, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < readers->setup->count && failed >= 0; i++) {
		struct judge *judge = &readers->judges[i];
		const struct pollfd *polls = &readers->polls[3 * i];
		if (polls[1].revents)
			child_relay(&judge->child, 0);
		if (polls[0].revents)
			failed = hear_control(judge, err);
		if (failed >= 0 && (polls[2].revents || ipc_channel_ready(judge->data)))
			failed = hear_data(readers, i, work, err);
		failed = blame(judge, failed, err);
	}
	return failed;
}

static int64_t position(const struct readers *readers)
{
	int64_t sum = 0;

	for (size_t i = 0; i < readers->setup->count; i++) {
		const struct judge *judge = &readers->judges[i];
		off_t at = judge->busy && judge->size > 0 ? lseek(judge->fd, 0, SEEK_CUR) : 0;
		if (at > 0)
			sum += (int64_t)((double)judge->bytes * (double)at / (double)judge->size);
	}
	return sum;
}

static int wait_for(struct readers *readers, struct err *err)
{
	bool ready = false;

	for (size_t i = 0; i < readers->setup->count; i++) {
		const struct judge *judge = &readers->judges[i];
		struct pollfd *polls = &readers->polls[3 * i];
		short out = ipc_channel_waiting(judge->child.control) ? POLLOUT : 0;
		polls[0] = (struct pollfd){ ipc_channel_fd(judge->child.control),
					    (short)(POLLIN | out), 0 };
		polls[1] = (struct pollfd){ judge->child.words, POLLIN, 0 };
		polls[2] = (struct pollfd){ ipc_channel_fd(judge->data), POLLIN, 0 };
		ready |= ipc_channel_ready(judge->data);
	}
	if (poll(readers->polls, 3 * readers->setup->count, ready ? 0 : TICK) < 0 && errno != EINTR)
		return err_system(err, "poll");
	return 0;
}

int readers_run(struct readers *readers, const struct readers_work *work, struct err *err)
{
	readers->exhausted = false;
	for (;;) {
		bool busy = false;
		int failed = 0;
		for (size_t i = 0; i < readers->setup->count && failed >= 0; i++) {
			struct judge *judge = &readers->judges[i];
			if (judge->ready && !judge->busy && !readers->exhausted)
				failed = give(readers, i, work, err);
			busy |= judge->busy;
		}
		if (failed < 0 || (readers->exhausted && !busy))
			return failed;
		failed = wait_for(readers, err);
		if (failed >= 0)
			failed = hear(readers, work, err);
		if (failed < 0)
			return failed;
		work->progress(work->context, position(readers));
	}
}
