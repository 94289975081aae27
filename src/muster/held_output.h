/*
 * Output held back until its end is known: a page that is marked at its top
 * with the highest marking of what stands below it. It is kept in memory
 * only, never in a file that has a name.
 */
#ifndef MUSTER_HELD_OUTPUT_H
#define MUSTER_HELD_OUTPUT_H

#include "muster/command.h"

/* The markings of what was shown so far. */
struct marking {
	int highest;           /* enum event_level, of those that are known */
	bool any, unknown;     /* there was one; there was one not known */
};
void marking_add(struct marking *marking, int level);
/* What a row of that level bears: "SECRET", or "unknown"; never NULL. */
const char *marking_of_level(int level);
/*
 * The banner of a page, centred in width columns (0: 80), with a line end.
 * Nothing for a page that shows nothing marked. What is not known is said to
 * be so and never taken for UNCLASSIFIED.
 */
void marking_add_banner(const struct marking *marking, unsigned width, struct buffer *out);

struct held_output;
struct held_output *held_output_new(struct err *err);
void held_output_free(struct held_output *held);        /* NULL is allowed */
void held_output_clean(struct held_output **held);      /* for CLEAN(held_output) */
struct report_sink held_output_sink(struct held_output *held);
/* SHA-256 of all that was taken in, 64 hex digits. Once, before it is written. */
#define HELD_OUTPUT_DIGEST 65
int held_output_digest(struct held_output *held, char ret_digest[HELD_OUTPUT_DIGEST],
		       struct err *err) MUST_CHECK;
/* Write it all to the command's output. */
int held_output_write(struct held_output *held, struct command_run *run,
		      struct err *err) MUST_CHECK;

#endif
