#include "muster/bulk_lists.h"

/* A full list, and what an arena needs for itself. */
#define LIST_BYTES (STORE_BULK_MOST * sizeof(struct store_bulk_violation) * 4)

int bulk_lists_init(struct bulk_lists *lists, struct err *err)
{
	*lists = (struct bulk_lists){ { .arena = arena_new(LIST_BYTES) },
				      { .arena = arena_new(LIST_BYTES) } };
	return lists->previewed.arena && lists->done.arena ?
		       0 :
		       err_set(err, ERR_MEMORY, "out of memory");
}

void bulk_lists_clean(struct bulk_lists *lists)
{
	arena_free(lists->previewed.arena);
	arena_free(lists->done.arena);
}

struct bulk_list *bulk_lists_begin(struct bulk_lists *lists)
{
	struct bulk_list *list = &lists->previewed;

	arena_reset(list->arena);
	list->rows = NULL;
	list->count = 0;
	return list;
}

void bulk_lists_settle(struct bulk_lists *lists)
{
	const struct bulk_list done = lists->previewed;

	lists->previewed = lists->done;
	lists->done = done;
}
