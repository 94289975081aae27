/* The clocks of one case and the duties that go with it, as arithmetic. */
#ifndef MUSTER_CASE_CLOCK_H
#define MUSTER_CASE_CLOCK_H

#include "muster/command.h"

/*
 * Everything that ran, oldest first, a paragraph each: how its deadline came
 * about, from the moments in the books and the office's calendar. As lines of
 * at most width characters, or as one JSON object.
 */
int case_clock_explain(struct pg *pg, const struct store_violation *violation, int64_t now,
		       unsigned width, struct arena *arena, struct buffer *out,
		       struct err *err) MUST_CHECK;
int case_clock_explain_json(struct pg *pg, const struct store_violation *violation,
			    int64_t now, struct arena *arena, struct buffer *out,
			    struct err *err) MUST_CHECK;

#endif
