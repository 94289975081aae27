/* Inside room correlate: what correlate.c and again.c share. */
#ifndef CORRELATE_ENGINE_H
#define CORRELATE_ENGINE_H

#include "correlate/correlate.h"

/*
 * As correlate(), but only hits from since on can be hot: earlier ones are
 * there to fill windows. *ret_kept: how many hits were of use; they come
 * first, in order.
 */
int correlate_since(const struct correlate_rule *rule, int64_t since,
		    struct correlate_hit *hits, size_t count, correlate_function *run,
		    void *context, size_t *ret_kept, struct err *err) MUST_CHECK;

bool correlate_same_record(const struct correlate_hit *a, const struct correlate_hit *b);

#endif
