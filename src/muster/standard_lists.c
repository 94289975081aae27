#include "muster/standard_lists.h"

int standard_lists_add(struct sigma_set *set, const struct standard *standard, struct err *err)
{
	for (size_t i = 0; standard && i < standard->list_count; i++) {
		const struct standard_list *list = &standard->lists[i];
		int r = sigma_set_placeholder(set, list->name, list->values, list->count, err);
		if (r < 0)
			return r;
	}
	return 0;
}
