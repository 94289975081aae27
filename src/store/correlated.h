/*
 * Hits of correlations on their way into the books, and what they change;
 * shared by correlated.c (the batch's hits), reach.c (which of them can
 * matter), neighbourhood.c (what is near those) and run.c (runs and
 * violations).
 */
#ifndef STORE_CORRELATED_H
#define STORE_CORRELATED_H

#include "store/batch_int.h"
#include "store/hit_block.h"

/* A stretch of time, both ends in it. */
struct hit_reach {
	int64_t from, to;
};

/* A run that this batch wrote, or took out of the books. */
struct run_written {
	struct correlate_standing is; /* owner: struct run_standing */
	bool gone;
};

/* Hits of one correlation with the same group-by values. */
struct hit_group {
	uint32_t correlation;      /* place in the list */
	struct text key;
	struct hit_list list;      /* of this batch, packed; in order once settling begins */
	struct held_hit **hits;    /* the same, where they were asked for: hit_group_read() */
	size_t count;
	int32_t parts;             /* blocks of this batch that were written */
	/* Where the condition can be true with hits of this batch (reach.c). */
	struct hit_reach *reaches;
	size_t reach_count;
	struct run_written *written; /* as long as a later change can meet them */
	size_t written_count, written_room;
	bool touched;              /* runs that are its hits came or went, from… to… */
	int64_t touched_first, touched_last;
};

/* A block that is full, and the group it is of. */
struct full_block {
	struct hit_group *group;
	struct hit_block *block;
};

/* Groups found lately, for keys of one name. */
#define GROUPS_AT_HAND 4096u
struct group_at_hand {
	struct hit_group *group;   /* NULL: none */
	uint64_t name;
	uint32_t correlation;
};

struct correlated {
	struct correlations known;
	bool *judges;              /* those of the list that the batch is judged by */
	/* of the batch */
	struct arena *arena;
	bool full;                 /* the arena is */
	struct map by_key;
	struct hit_group **groups;
	size_t group_count, group_room;
	struct group_at_hand at_hand[GROUPS_AT_HAND];
	struct buffer extra;       /* of one hit */
	struct buffer blocks;      /* struct full_block: to be written while the reader reads on */
	size_t block_bytes;
	struct buffer evidence;    /* rows of violation_event */
	unsigned evidence_turns, changed_turns; /* of store_session_table_empty() */
	struct buffer undecided;   /* rows of undecided */
	struct buffer runs, run_hits; /* rows of run and run_hit, for runs_flush() */
	struct store_effort effort;
};

/* What is held of a batch goes. */
void correlated_forget(struct correlated *correlated);
/* Time and offset of the hits that were taken, as rows of two. */
void correlated_places(const struct correlated *correlated, struct pg_copy *copy);
/* The group of a key, made where it is missing; NULL: out of memory. */
struct hit_group *correlated_group(struct correlated *correlated, uint32_t correlation,
				   struct text key);

/* Its hits of this batch, in group->hits; false: out of memory. */
bool hit_group_read(const struct store_batch *batch, struct hit_group *group);

/* A stretch of one group in which hits have changed. */
struct hit_change {
	struct hit_group *group;
	struct correlate_change is;
	struct held_hit **fresh;
	size_t fresh_count;
	struct correlate_standing *standing;   /* owner: struct run_standing */
	size_t standing_count;
};
/* Everything that changed in the correlations of one depth: runs made anew. */
int neighbourhood_renew(struct store_batch *batch, struct hit_change *changes, size_t count,
			struct err *err) MUST_CHECK;
/* A hit as correlations take it; its owner is held. */
struct correlate_hit neighbourhood_hit(const struct correlation *c, struct held_hit *held);

/*
 * How far the logs reach, and since when answers are known (horizon.c). Each
 * correlation that asks for it learns it, this batch included; groups in which
 * it decides something are touched.
 */
int horizon_extend(struct store_batch *batch, struct err *err) MUST_CHECK;
/*
 * Those that must wait for the logs to reach further, or for an earlier answer,
 * are noted, once more where they were already. hits: all that is known near
 * the change.
 */
void horizon_note(struct store_batch *batch, const struct hit_change *change,
		  const struct correlate_hit *hits, size_t count);
int horizon_flush(struct store_batch *batch, struct err *err) MUST_CHECK;
/* The group has changed at a moment. */
void hit_group_touch(struct hit_group *group, int64_t time);

/*
 * Questions about stretches of time of groups, in pg_temp.changed: nth, the
 * group, from low to high, and latest, when a block that reaches into the
 * stretch has its last hit at the latest.
 */
int changed_begin(struct store_batch *batch, struct pg_copy *ret_copy, struct err *err) MUST_CHECK;
void changed_add(struct pg_copy *copy, size_t nth, const struct correlation *correlation,
		 struct text key, int64_t low, int64_t high);

/* Finds what is in group->reaches, for correlations that only grow. */
int reach_find(struct store_batch *batch, struct err *err) MUST_CHECK;
/* The same for those of one depth that need a run below, where one is kept. */
int reach_find_below(struct store_batch *batch, unsigned depth, struct err *err) MUST_CHECK;

#endif
