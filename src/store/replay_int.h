/* What the files of replay share; nobody else includes this. */
#ifndef STORE_REPLAY_INT_H
#define STORE_REPLAY_INT_H

#include "store/correlated.h"
#include "store/replay.h"

/* What one reader sends, and of what. */
struct replay_slot {
	struct store_batch *batch;
	int32_t *rules;
	size_t rule_count;
	size_t row;                    /* of the batch in the list */
	bool given, begun;
	struct ipc_writer_batch delivery;
};

struct store_replay {
	struct pg *pg;
	struct arena *arena;
	struct text *bundles;
	size_t bundle_count;
	struct replay_slot *slots;
	size_t slot_count;
	struct store_batch *settler;   /* makes runs of the hits of all */
	/* of one contractor */
	struct store_replay_scope scope;
	int64_t read_since, read_until; /* what is read for it: as wide, or wider */
	struct pg_transaction transaction;
	int64_t moment;                /* of the transaction */
	int64_t roster_version;
	struct buffer roster;
	struct pg_result *list, *systems;
	size_t next;                   /* in the list */
	struct store_replay_totals totals;
	struct ipc_writer_batch delivery;
};

/* replay_runs.c: runs of all hits, as rows beside the books. */
int replay_runs_make(struct store_replay *replay, struct err *err) MUST_CHECK;
/* Hits and runs of the books give way to those that were made. */
int replay_runs_write(struct store_replay *replay, struct err *err) MUST_CHECK;

static inline struct pg_value replay_contractor(const struct store_replay *replay)
{
	return PG_NUMBER(replay->scope.contractor_id);
}
static inline bool replay_is_whole(const struct store_replay *replay)
{
	return replay->scope.since == MOMENT_NONE && replay->scope.until == MOMENT_NONE;
}

#endif
