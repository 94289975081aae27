/*
 * The lists that a sitting at the desk works on: the one that was previewed
 * last, and the one to which an act was done last, which can be taken back.
 * Each new list takes the place of the one before it, so a long day takes no
 * more memory than a short one.
 */
#ifndef MUSTER_BULK_LISTS_H
#define MUSTER_BULK_LISTS_H

#include "store/store.h"

struct bulk_list {
	struct arena *arena;           /* of its rows */
	struct store_bulk_violation *rows;
	size_t count;
};
struct bulk_lists {
	struct bulk_list previewed, done;
};

int bulk_lists_init(struct bulk_lists *lists, struct err *err) MUST_CHECK;
void bulk_lists_clean(struct bulk_lists *lists);       /* for CLEAN(bulk_lists) */
/* A list to be filled: what was previewed before is forgotten, what was done is not. */
struct bulk_list *bulk_lists_begin(struct bulk_lists *lists);
/* What was previewed has been done. */
void bulk_lists_settle(struct bulk_lists *lists);

#endif
