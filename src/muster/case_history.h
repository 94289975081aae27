/* What was done with a violation, and where it stands: its part of muster show. */
#ifndef MUSTER_CASE_HISTORY_H
#define MUSTER_CASE_HISTORY_H

#include "store/store.h"

/* As lines of text, of at most width characters. */
int case_history_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		     struct buffer *out, struct err *err) MUST_CHECK;
/* The clock that runs, and what the case waits for. */
int case_clock_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		   struct buffer *out, struct err *err) MUST_CHECK;
/* What whoever signs would keep out of the queue; nothing where no such act waits. */
int case_signature_add(struct pg *pg, const struct store_violation *violation, unsigned width,
		       struct buffer *out, struct err *err) MUST_CHECK;
/*
 * As members of an object: version, disputed, pending_act, acts, documents,
 * milestones, clocks; to_be_signed where a suppression of more than this one waits.
 */
int case_history_add_json(struct pg *pg, const struct store_violation *violation,
			  struct json *json, struct err *err) MUST_CHECK;

#endif
