/*
 * Hits of correlations on their way into the books, and what they change;
 * shared by correlated.c (the batch's hits), neighbourhood.c (what is near
 * them) and run.c (runs and violations).
 */
#ifndef STORE_CORRELATED_H
#define STORE_CORRELATED_H

#include "store/batch_int.h"
#include "store/correlation.h"

struct held_hit {
	int64_t time, batch;
	uint64_t identity, offset, value;
	uint32_t line, length, ordinal, position;
	int32_t system;
	uint32_t extra_size;
	const char *extra;         /* struct ipc_chained, packed */
	uint8_t level;
};
/* Without the batch. */
void held_hit_pack(const struct held_hit *hit, struct buffer *out);
/* The next hit; extra points into the text. False: there is none, or it is cut short. */
bool held_hit_unpack(struct text *rest, struct held_hit *ret_hit);

/* Hits of one correlation with the same group-by values. */
struct hit_group {
	uint32_t correlation;      /* place in the list */
	struct text key;
	struct held_hit **hits;    /* of this batch, in order */
	size_t count;
	bool renewed;              /* runs of it were written for this batch */
	bool touched;              /* runs that are its hits came or went, from… to… */
	int64_t touched_first, touched_last;
};

struct correlated {
	struct correlations known;
	bool *judges;              /* those of the list that the batch is judged by */
	struct buffer staged;      /* of the batch */
	size_t staged_count;
	/* while the batch is settled */
	struct arena *arena;
	struct map by_key;
	struct hit_group **groups;
	size_t group_count, group_room;
	struct buffer evidence;    /* rows of violation_event */
	struct buffer undecided;   /* rows of undecided */
};

/* The group of a key, made where it is missing; NULL: out of memory. */
struct hit_group *correlated_group(struct correlated *correlated, uint32_t correlation,
				   struct text key);

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

/*
 * How far the logs reach (horizon.c). Each correlation that asks for it learns
 * it, this batch included; groups in which it decides something are touched.
 */
int horizon_extend(struct store_batch *batch, struct err *err) MUST_CHECK;
/* Must the hit wait for the logs to reach further? Then it is noted. */
void horizon_note(struct store_batch *batch, const struct hit_change *change,
		const struct correlate_hit *hit, bool is_last);
int horizon_flush(struct store_batch *batch, struct err *err) MUST_CHECK;
/* The group has changed at a moment. */
void hit_group_touch(struct hit_group *group, int64_t time);

/* Number of the stretch of time that a hit's block is of. */
int64_t hit_bucket(const struct correlation *correlation, int64_t time);

#endif
