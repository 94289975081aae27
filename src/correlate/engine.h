/* Inside room correlate: what correlate.c and again.c share. */
#ifndef CORRELATE_ENGINE_H
#define CORRELATE_ENGINE_H

#include "correlate/correlate.h"

/*
 * As correlate(), but only hits from since on and until can be hot: others
 * are there to fill windows. *ret_kept: how many hits were of use; they come
 * first, in order.
 */
int correlate_since(const struct correlate_rule *rule, int64_t since, int64_t until,
		    struct correlate_hit *hits, size_t count, correlate_function *run,
		    void *context, size_t *ret_kept, struct err *err) MUST_CHECK;

/* Types that judge single hits (apart.c). */
bool correlate_is_apart(const struct correlate_rule *rule);
/* The hits of one group, in order, with numbers of their values. counts: as many zeros. */
struct correlate_group {
	const struct correlate_rule *rule;
	const struct correlate_hit *hits;
	size_t count;
	const uint32_t *numbers;
	uint32_t *counts;
	int64_t since, until;
	correlate_function *run;
	void *context;
	struct err *err;
};
int correlate_apart(const struct correlate_group *group);

bool correlate_same_record(const struct correlate_hit *a, const struct correlate_hit *b);

#endif
