/* Private to writer: what its files share. */
#ifndef WRITER_WRITER_H
#define WRITER_WRITER_H

#include "ipc/ipc.h"
#include "store/store.h"

#define READERS 1024u
#define BATCHES 4096u

struct reader {
	struct ipc_channel *channel;
	int32_t *rules;
	size_t rule_count;
	bool told_rules;
};

/* A batch that musterd has given to a reader. */
struct order {
	struct ipc_writer_batch batch;
	struct ipc_evidence evidence;
	bool has_evidence;
	bool abandoned;            /* read on to its end, keep nothing */
};

/* Where the first order stands. */
enum stage {
	STAGE_WAITING,             /* for DATA_BEGIN */
	STAGE_TAKING,
	STAGE_KNOWN,               /* it is in the books: skip to its end */
	STAGE_FAILED,              /* cannot be stored: skip to its end, then refuse */
	STAGE_ENDED,               /* waits for its evidence */
};

struct told_roster {
	int32_t contractor_id;
	int64_t version;
};

struct deferred {
	struct deferred *next;
	struct ipc_frame frame;
	char bytes[];
};

/* A step of a clock that is not in the books yet; see store/clock_step.h. */
struct clock_move {
	const char *kind;
	int64_t expected, shown;   /* moments */
};

struct clock {
	bool begun, held;
	char boot[STORE_BOOT];
	int64_t bound;             /* microseconds */
	int64_t offset;            /* of the time of day, to how long the machine has run */
	int64_t apart;             /* how far the database's clock is ahead */
	struct clock_move moves[8];
	size_t move_count;
};

struct writer {
	struct ipc_channel *daemon;
	struct clock clock;
	struct pg *pg;
	struct store_batch *batch;
	struct reader readers[READERS];
	struct order *orders[BATCHES];
	size_t order_count;
	enum stage stage;
	bool ended;                /* DATA_END or DATA_FAIL has come */
	struct ipc_end end;
	struct ipc_fail fail;
	char *conninfo;
	struct told_roster *rosters;   /* versions that musterd has */
	size_t roster_count;
	struct deferred *deferred, **deferred_end;
	bool office;               /* its settings have come: letters are sent */
	unsigned letters;          /* with musterd, not written yet */
	struct store_letter_place letters_at;  /* the look into the outbox */
	bool letters_failed;       /* of this look: the next is not so soon */
	bool feeds_asked;          /* musterd waits for FEEDS_DONE */
	int64_t next_pass;         /* ms */
};

static inline struct text block_of(const void *bytes, size_t size)
{
	return (struct text){ bytes, size };
}

/* clock.c: whether the clock was moved ------------------------------------------------ */

/* Before the jail. */
void clock_prepare(struct writer *writer);
/* Compare the clock with the books, and watch it from now on. bound: seconds. */
int clock_begin(struct writer *writer, uint32_t bound, struct err *err) MUST_CHECK;
/* Each time around: an alarm where it was moved, in the books between two batches. */
int clock_turn(struct writer *writer, struct err *err) MUST_CHECK;
/* Between batches, before time is held against anybody: whether it may not be. */
int clock_is_held(struct writer *writer, bool *ret_held, struct err *err) MUST_CHECK;
/* Whether it was moved since the last turn; also within a transaction. */
int clock_has_moved(struct writer *writer, bool *ret_moved, struct err *err) MUST_CHECK;
/* Keep where it is. */
int clock_keep(struct writer *writer, struct err *err) MUST_CHECK;

/* office.c: what time brings, and letters to contractors ---------------------------- */

/* WRITER_OFFICE: how the office works. */
int office_set(struct writer *writer, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
/*
 * WRITER_FEEDS: whoever is silent is so, and what has not been answered by now
 * has lapsed, but for what waits to be taken.
 */
int office_look(struct writer *writer, const struct ipc_frame *frame, struct err *err) MUST_CHECK;
/* WRITER_LETTER_WRITTEN */
int office_letter_written(struct writer *writer, const struct ipc_frame *frame,
			  struct err *err) MUST_CHECK;
/* Between batches: letters that the outbox lets go. */
int office_pass(struct writer *writer, struct err *err) MUST_CHECK;
/* Until the next look into the outbox, in ms; -1: none is to come. */
int office_wait(const struct writer *writer);

#endif
