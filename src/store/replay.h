/*
 * Judging again what is in the books: logs are read once more from the
 * evidence, by any standard and with the roster as it stands now, and what
 * that makes is compared with what stands. Part of the door of store.
 *
 * One contractor at a time is one transaction: everything is written into it,
 * and it is for the caller to commit it or not. Frames come from readers and
 * are checked as those of deliveries are. In this order:
 *
 *	begin, (next, frame…)…, [lock, (next, frame…)…,] compare, write, end
 */
#ifndef STORE_REPLAY_H
#define STORE_REPLAY_H

#include "ipc/ipc.h"
#include "pg/pg.h"
#include "standard/standard.h"

struct store_rule;
struct store_replay;

/* On a connection as STORE_DAEMON; readers: how many send frames side by side. */
int store_replay_new(struct pg *pg, size_t readers, struct store_replay **ret_replay,
		     struct err *err) MUST_CHECK;
void store_replay_free(struct store_replay *replay);    /* NULL is allowed */
void store_replay_clean(struct store_replay **replay);

/* By what is judged -------------------------------------------------------------- */

/*
 * A loaded version, by its name (the one loaded last) or the first 8 or more
 * digits of its digest; NULL: all that are in force. ERR_NEGATIVE: there is none.
 */
int store_replay_standard(struct store_replay *replay, const char *which,
			  struct err *err) MUST_CHECK;
/* One that need not be loaded: only this session knows of it. */
int store_replay_standard_try(struct store_replay *replay, struct text bundle,
			      const struct standard *standard, const struct store_rule *rules,
			      size_t rule_count, struct err *err) MUST_CHECK;
/* Their bundles, for readers. Alive as long as the replay. */
const struct text *store_replay_bundles(const struct store_replay *replay, size_t *ret_count);
/* ERR_REFUSED where one of them is not in force: then the books must not follow it. */
int store_replay_must_be_in_force(struct store_replay *replay, struct err *err) MUST_CHECK;

/* What is judged ------------------------------------------------------------------ */

struct store_replay_scope {
	int32_t contractor_id;
	const char *contractor;        /* code */
	int64_t since, until;          /* moments; MOMENT_NONE: no bound. Their days count whole */
	bool late;                     /* only what a roster came late for, whenever */
};
/* What is to be judged for a scope, for progress. Outside a transaction. */
int store_replay_weigh(struct store_replay *replay, const struct store_replay_scope *scope,
		       int64_t *ret_bytes, struct err *err) MUST_CHECK;
/*
 * Begin a contractor. Waits where another process judges it again. 1: begun;
 * 0: there is nothing to judge, and nothing was begun.
 */
int store_replay_begin(struct store_replay *replay, const struct store_replay_scope *scope,
		       struct err *err) MUST_CHECK;

struct store_replay_log {
	int32_t contractor_id;
	int64_t batch, bytes, received;
	const char *evidence;          /* SHA-256, 64 hex digits */
	enum ipc_encoding encoding;
	const char *format;
	struct text zone;
	int64_t roster_version;        /* 0: none */
	struct text roster;            /* the blob */
};
/* 1: *ret_log is for that reader, alive until the end; 0: there are no more. */
int store_replay_next(struct store_replay *replay, size_t reader,
		      struct store_replay_log *ret_log, struct err *err) MUST_CHECK;
/* A frame of a reader's data channel. */
int store_replay_frame(struct store_replay *replay, size_t reader, const struct ipc_frame *frame,
		       struct err *err) MUST_CHECK;
/*
 * No log of the contractor gets into the books from here to the end. 1: some
 * have come since begin, which next tells; 0: none.
 */
int store_replay_lock(struct store_replay *replay, struct err *err) MUST_CHECK;

/* What comes of it ------------------------------------------------------------------ */

struct store_replay_totals {
	int64_t batches, records;
	int64_t changes, left;         /* violations that differ; of these, decided by people */
};
int store_replay_compare(struct store_replay *replay, struct store_replay_totals *ret_totals,
			 struct err *err) MUST_CHECK;
/*
 * All differences into the transaction. reason and who: for the record; reason
 * NULL: the version of the roster.
 */
int store_replay_write(struct store_replay *replay, const char *reason, const char *who,
		       struct err *err) MUST_CHECK;

struct store_replay_side {
	int64_t count, first, last;    /* count 0: there is no such side */
	int severity;
	const char *state;
};
struct store_replay_change {
	const char *number;            /* of the violation; given to one that is opened by write */
	const char *what, *rule, *subject_kind, *subject;
	int64_t day;
	struct store_replay_side before, after;
	bool left;                     /* people have decided on it */
	int64_t added, gone;           /* records */
};
typedef int store_replay_change_function(void *context, const struct store_replay_change *row,
					 struct err *err);
/* After write. */
int store_replay_changes(struct store_replay *replay, store_replay_change_function *row,
			 void *context, struct err *err) MUST_CHECK;
/*
 * Whose scores room judging reads from here on: of what is in force now, or
 * (as if) of what is judged by. Within begin and end.
 */
int store_replay_as_if(struct store_replay *replay, bool as_if, struct err *err) MUST_CHECK;
/* This moment, behind all that was done so far: for scores of what was just written. */
int store_replay_moment(struct store_replay *replay, int64_t *ret_moment,
			struct err *err) MUST_CHECK;
/* commit: keep it; else nothing has happened. */
int store_replay_end(struct store_replay *replay, bool commit, struct err *err) MUST_CHECK;

/*
 * Some of a contractor's records were judged without what its roster says of
 * their time now, and some standard is in force. On any connection.
 */
int store_replay_is_late(struct pg *pg, const char *contractor, bool *ret_late,
			 struct err *err) MUST_CHECK;

/* Changes of one violation --------------------------------------------------------- */

struct store_violation_change {
	const char *what, *reason, *by;
	int64_t at, roster;
	bool applied;
	struct store_replay_side before, after;
};
typedef int store_violation_change_function(void *context,
					    const struct store_violation_change *row,
					    struct err *err);
/* In the order in which they were made. */
int store_violation_changes(struct pg *pg, int32_t contractor_id, int64_t violation_id,
			    store_violation_change_function *row, void *context,
			    struct err *err) MUST_CHECK;

#endif
