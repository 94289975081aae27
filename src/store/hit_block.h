/*
 * Hits packed close together, as they lie in the books: some dozens of one
 * group in a row, each as what differs from the one before. Only for
 * correlated.c and its like.
 */
#ifndef STORE_HIT_BLOCK_H
#define STORE_HIT_BLOCK_H

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
/* A single hit that stands for itself, without its batch. */
void held_hit_pack(const struct held_hit *hit, struct buffer *out);
/* Where one was packed; extra points into the text. False: it is cut short. */
bool held_hit_unpack(struct text *rest, struct held_hit *ret_hit);

/* How many hits lie in one stretch of time; see correlation_bucket(). */
struct hit_tally {
	int64_t bucket;
	uint32_t count;
};

struct hit_block {
	struct hit_block *next;
	int64_t first, last;       /* moments of the least and the greatest hit */
	uint32_t count;
	uint32_t length, room;
	char *bytes;
	bool written;              /* into the books */
	uint32_t tally_count, tally_room;
	struct hit_tally *tallies; /* in the order of time where the hits are */
	struct hit_tally few[2];   /* where they lie as long as they are so few */
};

/* What the next hit is told by. */
struct hit_before {
	int64_t time;
	uint64_t offset;
	uint32_t line;
};

/* The hits of one group from one batch. Begins as { 0 }. */
struct hit_list {
	struct hit_block *blocks, *newest;
	size_t count;
	bool out_of_order;         /* or some may be equal: see struct held_hit, ordinal */
	struct hit_before before;
	int64_t time;              /* of the newest hit, its identity and position */
	uint64_t identity;
	uint32_t position;
	int64_t bucket, bucket_from, bucket_to; /* of the newest hit */
};
/* False: the arena is full. */
bool hit_list_add(struct hit_list *list, const struct correlation *correlation,
		  const struct held_hit *hit, struct arena *arena) MUST_CHECK;

/*
 * The next of a block's hits, in the order in which they were packed, without
 * batch and system. Before the first, *before is { 0 }. False: there is none,
 * or it is not understood.
 */
bool hit_block_next(struct text *rest, struct hit_before *before, struct held_hit *ret_hit);
/* What hit_block_next() takes. */
static inline struct text hit_block_text(const struct hit_block *block)
{
	return (struct text){ block->bytes, block->length };
}

void hit_tallies_pack(const struct hit_block *block, struct buffer *out);
/* The next of packed tallies; *before as above. */
bool hit_tally_next(struct text *rest, int64_t *bucket, struct hit_tally *ret_tally);

#endif
