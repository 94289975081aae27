/*
 * A contractor's score in words and as JSON, down to the violations.
 */
#ifndef MUSTER_SCORE_TEXT_H
#define MUSTER_SCORE_TEXT_H

#include "muster/judging.h"
#include "muster/command.h"

/* Append all of it as text of lines of at most width columns. */
int score_text_add(const struct store_contractor *contractor, struct judging_standard under,
		   const struct score *score, unsigned width, struct arena *arena,
		   struct buffer *out, struct err *err) MUST_CHECK;
/* Append the lines of the arithmetic as a JSON array. */
int score_json_add(const struct score *score, struct arena *arena, struct buffer *out,
		   struct err *err) MUST_CHECK;

#endif
