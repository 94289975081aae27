/* What is missing under a violation, and exceptions that cover it and end soon. */
#ifndef MUSTER_CASE_GAPS_H
#define MUSTER_CASE_GAPS_H

#include "muster/command.h"

/* A section of lines of that width; nothing where nothing is to be said. */
int case_gaps_add(struct command_run *run, struct pg *pg, const struct store_violation *violation,
		  unsigned width, struct buffer *out, struct err *err) MUST_CHECK;
/* Members flags, exception_until and evidence_gaps of the object that is open. */
int case_gaps_add_json(struct command_run *run, struct pg *pg,
		       const struct store_violation *violation, struct json *json,
		       struct err *err) MUST_CHECK;

#endif
