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
	struct buffer staged;      /* of the batch */
	size_t staged_count;
	/* while the batch is settled */
	struct arena *arena;
	struct map by_key;
	struct hit_group **groups;
	size_t group_count, group_room;
	struct buffer evidence;    /* rows of violation_event */
};

/* What is held while a batch is settled: made, and given back. */
int correlated_open(struct correlated *correlated, struct err *err) MUST_CHECK;
void correlated_close(struct correlated *correlated);
/* Time and offset of the hits that were taken, as rows of two. */
void correlated_places(const struct correlated *correlated, struct pg_copy *copy);
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

/* Number of the stretch of time that a hit's block is of. */
int64_t hit_bucket(const struct correlation *correlation, int64_t time);

#endif
