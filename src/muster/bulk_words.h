/* Acts on many at once, in words: what a preview says, and what became of it. */
#ifndef MUSTER_BULK_WORDS_H
#define MUSTER_BULK_WORDS_H

#include "muster/command.h"

#define BULK_REASONS_MOST 100u
#define BULK_SAMPLE 10u
/* Up to here, and without one of severity high or critical, no count is asked for. */
#define BULK_UNCOUNTED 50

/* Collects the rows of store_bulk_prepare(). */
struct bulk_preview {
	char token[STORE_BULK_TOKEN];
	int64_t included, excluded, waits, leaves;
	int highest;
	char sample[BULK_SAMPLE][32];
	size_t sample_count;
	struct {
		char why[300], first[32];
		int64_t count;
	} reasons[BULK_REASONS_MOST];
	size_t reason_count;
	bool reasons_missing;          /* there are more reasons than are told apart */
};
/* context: struct bulk_preview. */
int bulk_preview_row(void *context, const struct store_bulk_prepared *row, struct err *err);
/* Whoever does it has to say how many they are. */
bool bulk_preview_expects(const struct bulk_preview *preview);
/* Lines: counts, what else happens, who is left out and why, the first ones. */
void bulk_preview_add(struct buffer *out, const struct bulk_preview *preview,
		      const char *action, const char *reason);

/* Collects the rows of store_bulk_do(). */
struct bulk_outcome {
	int64_t done, waits, skipped;  /* done: those that wait among them */
	struct buffer lines;           /* of those skipped */
};
int bulk_outcome_row(void *context, const struct store_bulk_done *row, struct err *err);

#endif
